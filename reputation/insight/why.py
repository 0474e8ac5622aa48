"""Why an address is listed or not: the estimate about it, the parts that made it, and what reports list around it.

It says what anybody may know: how much spam was seen from an address and from the networks around it, and how many
independent reporters saw it. It never says which trap or filter that was, who reported it or to whom it was sent. An
organization is also told what its own reports add. why_words.py has the sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import Address, Network
from reputation.addresses.scored_networks import subject_of
from reputation.counting import precision
from reputation.insight import why_words
from reputation.insight.why_words import DAYS, Counted, Listed, Part
from reputation.intake import estimate, steps
from reputation.intake.estimate import ADDRESS, COMPLAINT, DAY, LEVELS, NEAR, PROVIDER, WIDE, WORLD, Path
from reputation.intake.exemptions import Exemptions
from reputation.intake.listing_history import REPORTS
from reputation.intake.peer_words import told_about
from reputation.intake.step_sums import Paths
from reputation.store.models import Listing, ListingPass, ScoredNode, SenderScore, SpamReport
from reputation.verdict.origins import Origin, Origins

MOST = 5_000  # senders of a network whose reports are counted
LEAST = 0.5  # messages, below which nothing is known of a step
NETWORKS = (ADDRESS, NEAR, WIDE)  # the steps that are the address itself and what is around it


class Why(NamedTuple):
    """What is known of an address, and what follows from it.

    `subject` is what is scored: the address, or its /64. `likely` is the estimate that its next message is spam, from 0
    to 1; `level` is the lowest level that it reaches, 0 where it reaches none or nothing near was seen. `sentence` is
    for everybody; `lines` say the rest, without times. `kept_off` is why evidence does not list it; "" where it may.
    """

    address: str
    subject: str
    sentence: str
    lines: tuple[str, ...]
    likely: float
    level: int
    is_known: bool
    parts: tuple[Part, ...]
    listed: tuple[Listed, ...]
    counted: Counted
    kept_off: str

    def as_json(self) -> dict[str, Any]:
        """Return the dictionary that `check --json` prints; shares have three decimals, times are Unix seconds."""
        return {
            "sentence": self.sentence, "lines": list(self.lines), "estimate": round(self.likely, 3),
            "level": self.level, "parts": [_part_as_json(part) for part in self.parts],
            "listed": [one._asdict() for one in self.listed],
        }  # fmt: skip


def why(address: Address, origins: Origins, now: int, organization_id: int | None = None) -> Why:
    """Explain what is known of an address, for everybody or for the organization that reads. It reads tables."""
    subject = subject_of(address)
    path = path_of(address, origins, now)
    made = parts(address, path, origins.origin(address.version, address.value))
    likely, is_known = made[0].likely, known(path, now) >= LEAST
    level = (
        next((place for place, least in enumerate(estimate.thresholds(path), 1) if likely >= least), 0)
        if is_known
        else 0
    )
    counted, listed = _counted(address, path, now, organization_id), _listed(address, now)
    kept_off = _kept_off(address, subject, origins)
    sentence = why_words.sentence(str(subject), counted, is_known)
    lines = why_words.lines(likely, level, is_known, listed, path, kept_off, counted.mine)
    return Why(
        str(address), str(subject), sentence, lines, likely, level, is_known, made, listed, counted, kept_off
    )  # fmt: skip


def path_of(address: Address, origins: Origins, now: int) -> Path:
    """Load all that is known on the way from an address to the world.

    The lists that hold it are asked only where it has sent spam: beside our own evidence alone their word counts.
    """
    subject = subject_of(address)
    path = Paths({subject}, origins, now, asks_lists=False).path(subject)
    if not path.sender.spam:
        return path
    return path._replace(listed=precision.words([subject], now).get(subject, 0.0))


def parts(address: Address, path: Path, origin: Origin) -> tuple[Part, ...]:
    """Return the steps of an estimate, the address first: what each has seen, and the estimate down to it.

    All senders have one class of name where nobody looks names up: its step is told together with the world's.
    """
    as_of = max(path.sender.last, *(node.last for node in path.nodes))
    likely, made = estimate.UNKNOWN, list[Part]()
    for step in range(WORLD, ADDRESS - 1, -1):
        spam, seen = estimate.sums(path, step, as_of)
        told = estimate.with_lists(path, as_of) if step == ADDRESS else (spam, seen)
        likely = estimate.leaned(*told, estimate.LEANS[step], likely)
        messages = max(spam, seen)
        kind, name = _name(step, address, origin)
        made.append(Part(kind, name, spam, messages, spam / messages if messages else None, likely))
    world, name_class, *rest = made
    return (*reversed(rest), world._replace(likely=name_class.likely))


def known(path: Path, now: int) -> float:
    """Return how many messages are known of an address and of the networks around it, as they have faded by now."""
    return max(max(estimate.sums(path, step, now)) for step in NETWORKS)


def confidence(path: Path, now: int) -> float:
    """Return the weight, from 0 to 1, that the address and its networks have in the estimate, beside what is usual."""
    usual = 1.0
    for step in NETWORKS:
        usual *= estimate.LEANS[step] / (max(estimate.sums(path, step, now)) + estimate.LEANS[step])
    return 1.0 - usual


def _name(step: int, address: Address, origin: Origin) -> tuple[str, str]:
    if step in NETWORKS:
        return "address" if step == ADDRESS else "network", steps.networks_of(address)[step]
    if step != PROVIDER:
        return "all", "all mail"
    if not origin.asn:
        return "provider", "senders whose provider is not known"
    number = f"AS{origin.asn}"
    return "provider", number if origin.isp in ("", number) else f"{number} {origin.isp}"


def _counted(address: Address, path: Path, now: int, organization_id: int | None) -> Counted:
    """Count what was reported of the /24 around an address, or of its /22 where there was nothing in the /24."""
    subject, near, wide = steps.networks_of(address)
    first, network, step = now - DAYS * DAY, near, NEAR
    found = _reported([near], first)
    if not found:
        found = _reported(_inside(wide), first)
        network, step = (wide, WIDE) if found else (near, NEAR)
    spam, seen = estimate.sums(path, step, now)
    reporters, owners = len({kind for _, kind, _ in found}), _owners(subject, first)
    if not reporters and max(path.sender.until) > now:  # those alone have made the listing that everybody sees
        reporters = len(owners)
    return Counted(
        network, sum(count for *_, count in found), sum(count for name, _, count in found if name == subject),
        reporters, round(max(seen - spam, 0.0)), owners.get(organization_id or 0, 0), _installations((near, wide), now),
    )  # fmt: skip


def _installations(networks: Sequence[str], now: int) -> int:
    """How many other installations, independent of each other, tell of spam from one of these networks."""
    return max((one.installations for one in told_about(networks, now).values()), default=0)


def _inside(wide: str) -> list[str]:
    """The /24 or /56 inside a /22 or /48 of which something is known."""
    return [row[0] for row in ScoredNode.select(ScoredNode.name).where(ScoredNode.wide == wide).tuples()]


def _reported(neighbourhoods: Sequence[str], first: int) -> list[tuple[str, bool, int]]:
    """What the installation was told of senders in these networks: the sender, whether by complaints, how often.

    The installation itself is one reporter, whatever it was that told it; those who complain are another. What
    organizations report is their own affair, unless they have agreed on a listing for everybody.
    """
    senders = SenderScore.select(SenderScore.network).where(SenderScore.neighbourhood << neighbourhoods).limit(MOST)
    one = SpamReport
    chosen = (one.subject << senders) & (one.reported_at >= first)
    chosen &= one.organization.is_null() & (one.weight > 0)
    rows = one.select(one.subject, one.source, fn.COUNT(one.id)).where(chosen).group_by(one.subject, one.source)
    return [(subject, source == COMPLAINT, count) for subject, source, count in rows.tuples()]


def _owners(subject: str, first: int) -> dict[int, int]:
    """How often each organization has reported a sender."""
    one = SpamReport
    chosen = (one.subject == subject) & (one.reported_at >= first) & one.organization.is_null(False) & (one.weight > 0)
    return dict(one.select(one.organization, fn.COUNT(one.id)).where(chosen).group_by(one.organization).tuples())


def _listed(address: Address, now: int) -> tuple[Listed, ...]:
    """What reports list around an address now, the smallest network first."""
    names = steps.networks_of(address)
    served, passing = _served(names, now), _passing(names[:WIDE], now)
    found = (_one(place, names, served[name], passing, now) for place, name in enumerate(names) if name in served)
    return tuple(one for one in found if one)


def _one(
    place: int, names: Sequence[str], until: Sequence[int], passing: dict[str, Sequence[int]], now: int
) -> Listed | None:
    """One network that is listed, at the levels at which nobody inside it passes where the address is."""
    levels = [level for level in range(LEVELS) if until[level] > now]
    inner = [passing[name] for name in names[:place] if name in passing]
    counting = [level for level in levels if not any(ends[level] > now for ends in inner)]
    if not levels:
        return None
    shown = counting or levels
    kind = "network" if place else "address"
    return Listed(kind, names[place], shown[0] + 1, max(until[level] for level in shown), not counting)


def _served(names: Iterable[str], now: int) -> dict[str, Sequence[int]]:
    one = Listing
    chosen = (one.source == REPORTS) & (one.network << list(names)) & (one.expires_at > now)
    rows = one.select(one.network, one.level1_until, one.level2_until, one.level3_until, one.level4_until).where(chosen)
    return {network: until for network, *until in rows.tuples()}


def _passing(names: Iterable[str], now: int) -> dict[str, Sequence[int]]:
    one = ListingPass
    chosen = (one.network << list(names)) & (one.expires_at > now)
    rows = one.select(one.network, one.level1_until, one.level2_until, one.level3_until, one.level4_until).where(chosen)
    return {network: until for network, *until in rows.tuples()}


def _kept_off(address: Address, subject: Network, origins: Origins) -> str:
    """Why evidence does not list an address for everybody; "" where it may."""
    exempt = Exemptions(origins)
    exemption = exempt.why(address, None)
    if exemption and exemption.is_kept:  # whose mail server it is, is not everybody's to know
        return f"{address} is known for good: reports do not list it."
    if exemption:
        return exemption.reason
    if exempt.is_protected(subject):
        return f"{subject} is a protected sender: evidence lists it at level 4 alone, and for whoever reports it."
    return ""


def _part_as_json(part: Part) -> dict[str, Any]:
    return {
        "what": part.name, "spam": round(part.spam), "seen": round(part.seen),
        "share": None if part.share is None else round(part.share, 3), "estimate": round(part.likely, 3),
    }  # fmt: skip
