"""Networks that reports list as a whole, and who passes there: what the estimate says of senders that were never seen.

A /24 (or /56) and the /22 (/48) around it are listed where the estimate of a stranger in them reaches a level. What is
known better decides: a /24 that the estimate leaves out passes in its listed /22, and so does a sender with mail of its
own, or one that came again. Each is a row, so that DNS needs nothing but rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from reputation.addresses.address import Address, parse_network
from reputation.addresses.scored_networks import WIDE, around, neighbourhood_of
from reputation.intake import estimate, reasons, report_listings, sender_scores, step_sums, steps
from reputation.intake.estimate import DAY, NOBODY, NONE, Hours, Node, Others, Path, Sender, Times
from reputation.intake.exemptions import Exemptions
from reputation.intake.listing_history import REMOVED, REPORTS
from reputation.intake.report_listings import Wanted, drop
from reputation.intake.sender_scores import sliced
from reputation.store import changes, db
from reputation.store.models import Listing, ListingPass
from reputation.verdict.origins import EMPTY, Origins

PASSES_FOR = 7 * DAY  # the longest that somebody who came again passes; longer than any network is listed
LONGER, MAY_END, ANEW = "longer", "may end", "anew"  # what becomes of a listing that stands
MOST_PASSES = 2_000  # senders that are looked at in the networks of one batch, the newest ones


Near = tuple[dict[str, Node], dict[str, Hours]]  # the /24 or /56 of a wide network, and their last hours


class Judged(NamedTuple):
    """What is said of a wide network and of those inside it: until when each level lists them, and who passes.

    `strangers` are the paths by which that was judged: of somebody in each who was never seen.
    """

    listed: Mapping[str, Times]
    passes: Mapping[str, tuple[bool, ...]]
    strangers: Mapping[str, Path]


def review(wides: Collection[str], exempt: Exemptions, origins: Origins, now: int, how: str = LONGER) -> None:
    """Let the listings of these /22 or /48, and of what is inside them, say what is known now.

    Call it inside a transaction that has taken the turn. `how`: after spam a listing only becomes LONGER; after clean
    mail it MAY_END, where the estimate lists no more; and where reports were taken back, it is made ANEW.
    """
    judged = {wide: _judged(wide, around, exempt, now) for wide, around in _steps_of(wides, origins, now).items()}
    listed = {network: until for one in judged.values() for network, until in one.listed.items()}
    strangers = {network: path for one in judged.values() for network, path in one.strangers.items()}
    stands = _standing(listed, now)
    wanted: Wanted = {}
    for network, until in listed.items():
        before = stands.get(network, NONE)
        ends = _ends(before, until, now, how)
        if max(ends) > now and ends != before:
            wanted[network] = ends, reasons.of_network(network, strangers[network])
    report_listings.write(wanted, now)
    over = [network for network, before in stands.items() if max(_ends(before, listed[network], now, how)) <= now]
    for some in sliced(over):
        drop((Listing.source == REPORTS) & (Listing.network << some), now, REMOVED)
    _write_passes(judged, now)


def review_told(names: Iterable[str], exempt: Exemptions, origins: Origins, now: int) -> None:
    """Do the same where other installations have told of these networks. Call it as you call `review`."""
    networks = [parse_network(name) for name in names if "/" in name]
    wides = {str(around(Address(one.version, one.first), WIDE[one.version])) for one in networks}
    for some in sliced(sorted(wides)):
        review(some, exempt, origins, now)


def review_passes(subjects: Mapping[str, Path], now: int) -> None:
    """Let these senders pass their listed networks where what is known of them now says so."""
    found = {name: _passes(path, now) for name, path in subjects.items()}
    save_passes({name: passes for name, passes in found.items() if any(passes)}, now)
    drop_passes([name for name, passes in found.items() if not any(passes)], now)


def standing_wides(wides: Iterable[str]) -> set[str]:
    """Return those of these wide networks in which something is known of spam; of the others nothing is listed."""
    nodes, _ = step_sums.load_nodes(wides)
    return {name for name, node in nodes.items() if node.last > estimate.NEVER}


def sweep_passes(now: int) -> int:
    """Remove the rows of those whose time to pass has ended; return how many."""
    gone = [row[0] for row in ListingPass.select(ListingPass.network).where(ListingPass.expires_at <= now).tuples()]
    drop_passes(gone, now)
    return len(gone)


class _Steps(NamedTuple):
    """The steps of a wide network, and those of what is inside it."""

    wide: Node
    above: tuple[Node, ...]
    near: Mapping[str, Node]
    hours: Mapping[str, Hours]
    has_provider: bool
    of_wide: Others
    of_near: Mapping[str, Others]

    def stranger(self) -> Path:
        """Somebody in a /24 of the wide network of which nothing is known."""
        nodes = (Node(), self.wide, *self.above)
        return Path("", Sender(), nodes, Hours(), self.has_provider, (NOBODY, self.of_wide))

    def inside(self, near: str, name: str = "", sender: Sender = Sender()) -> Path:  # noqa: B008 - it is immutable
        """Somebody in one of the /24 that are known."""
        nodes, hours = (self.near[near], self.wide, *self.above), self.hours.get(near, Hours())
        return Path(name, sender, nodes, hours, self.has_provider, (self.of_near.get(near, NOBODY), self.of_wide))


def _steps_of(wides: Collection[str], origins: Origins, now: int) -> dict[str, _Steps]:
    names = {wide: step_sums.steps_above(_first(wide), origins) for wide in wides}
    nodes, _ = step_sums.load_nodes({*names, *(name for steps_of in names.values() for name in steps_of[2:])})
    inside, told = _inside(names, nodes, now)
    found = {}
    for wide, steps_of in names.items():
        above = tuple(nodes.get(name, Node()) for name in steps_of[2:])
        near, hours = inside[wide]
        found[wide] = _Steps(
            nodes.get(wide, Node()), above, near, hours, steps.has_provider(steps_of), told.get(wide, NOBODY), told
        )
    return found


def _inside(wides: Collection[str], nodes: Mapping[str, Node], now: int) -> tuple[dict[str, Near], dict[str, Others]]:
    """The /24 inside wide networks, those that we know and those that peers tell of; and what peers tell of all."""
    known = step_sums.load_near(wides)
    inside = {wide: known.get(wide, (dict[str, Node](), dict[str, Hours]())) for wide in wides}
    near = {name: wide for wide in wides for name in _nears(wide)}
    of_near = {name: node for nodes_of, _ in inside.values() for name, node in nodes_of.items()}
    told = step_sums.others_about({*wides, *near, *of_near}, {**nodes, **of_near}, now)
    for name in told:
        if name in near:
            inside[near[name]][0].setdefault(name, Node())
    return inside, told


def _nears(wide: str) -> list[str]:
    """The /24 of a /22; what peers tell of IPv6 is about a /48, which is the wide network."""
    first = _first(wide)
    return [str(neighbourhood_of(Address(4, first.value + 256 * at))) for at in range(4)] if first.version == 4 else []


def _judged(wide: str, around: _Steps, exempt: Exemptions, now: int) -> Judged:
    """What the estimate says inside a wide network. Who is no network's part keeps the networks around from it."""
    strangers = {wide: around.stranger(), **{near: around.inside(near) for near in around.near}}
    listed = {network: _until(network, stranger, exempt, now) for network, stranger in strangers.items()}
    passes: dict[str, tuple[bool, ...]] = {}
    if not any(max(until) > now for until in listed.values()):
        return Judged(listed, passes, strangers)
    for near in around.near:
        passes[near] = tuple(inner <= now < outer for inner, outer in zip(listed[near], listed[wide], strict=True))
    crowd = sender_scores.with_a_name([*around.near], MOST_PASSES)
    for near, senders in crowd.items():
        for name, sender in senders.items():
            passes[name] = _passes(around.inside(near, name, sender), now)
    return Judged(listed, passes, strangers)


def _until(network: str, stranger: Path, exempt: Exemptions, now: int) -> Times:
    until = estimate.verdict(stranger).networks
    return until if max(until) > now and not exempt.any_in(parse_network(network)) else NONE


def _passes(path: Path, now: int) -> tuple[bool, ...]:
    """For each level, whether a sender with a name, or one that came again, is left out of what lists its networks."""
    has_name = path.sender.passed or path.sender.clean > 0
    return tuple(has_name and until <= now for until in estimate.verdict(path).networks)


def _ends(before: Times, until: Times, now: int, how: str) -> Times:
    """Until when each level lists a network that was listed before."""
    if how == ANEW:
        return until
    stays = (max(old, new) if how == LONGER or new > now else 0 for old, new in zip(before, until, strict=True))
    one, two, three, four = stays
    return one, two, three, four


def _standing(networks: Iterable[str], now: int) -> dict[str, Times]:
    """The listings by reports of these networks that are served now."""
    columns = (Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until)
    found: dict[str, Times] = {}
    for some in sliced(networks):
        chosen = (Listing.source == REPORTS) & db.among(Listing.network, some) & (Listing.expires_at > now)
        rows = Listing.select(Listing.network, *columns).where(chosen).tuples()
        found.update((network, tuple(until)) for network, *until in rows)
    return found


def _write_passes(judged: Mapping[str, Judged], now: int) -> None:
    found = {name: passes for one in judged.values() for name, passes in one.passes.items()}
    save_passes({name: passes for name, passes in found.items() if any(passes)}, now)
    drop_passes([name for name, passes in found.items() if not any(passes)], now)


def save_passes(found: Mapping[str, tuple[bool, ...]], now: int) -> None:
    """Write who passes at which levels. A row that lasts for days yet is left as it is. Call it in a transaction."""
    stands = _rows_of(found)
    rows, changed = [], []
    for name, passes in found.items():
        ends = tuple(now + PASSES_FOR if one else 0 for one in passes)
        before = stands.get(name)
        if before and [end > now for end in before] == list(passes) and max(before) > now + PASSES_FOR // 2:
            continue
        rows.append((name, step_sums.steps_above(_first(name), EMPTY)[1], max(ends), *ends))
        changed.append((report_listings.DATABASE, name))
    db.write_rows(PASS_COLUMNS, rows, key=[ListingPass.network])
    changes.record_listings(changed, now)


def drop_passes(names: Iterable[str], now: int) -> None:
    """Remove the rows of those who pass no longer. Call it in a transaction."""
    gone: list[str] = []
    for some in sliced(names):
        chosen = db.among(ListingPass.network, some)
        gone += [row[0] for row in ListingPass.select(ListingPass.network).where(chosen).tuples()]
    for some in sliced(gone):
        ListingPass.delete().where(ListingPass.network << some).execute()
    changes.record_listings([(report_listings.DATABASE, name) for name in gone], now)


def _rows_of(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for some in sliced(names):
        rows = ListingPass.select(ListingPass.network, *PASS_COLUMNS[3:]).where(db.among(ListingPass.network, some))
        found.update({name: tuple(ends) for name, *ends in rows.tuples()})
    return found


def _first(network: str) -> Address:
    parsed = parse_network(network)
    return Address(parsed.version, parsed.first)


PASS_COLUMNS = (
    ListingPass.network, ListingPass.wide, ListingPass.expires_at,
    ListingPass.level1_until, ListingPass.level2_until, ListingPass.level3_until, ListingPass.level4_until,
)  # fmt: skip
