"""What a network that a person lists, blocks or approves would reach, and what has to be confirmed before it does.

The bounds are those of feeds (bounds.py): a network that is too wide, one that holds a canary, and too large a share of
all addresses. A list beyond them is refused; a person may mean it, and says so by repeating the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import Network, parse_address, parse_network
from reputation.addresses.reserved import RESERVED
from reputation.counting.query_log import key
from reputation.intake import canaries, protected_senders
from reputation.intake.bounds import FeedBounds
from reputation.intake.exemptions import approver
from reputation.intake.listing_history import HAND
from reputation.refusal import Unconfirmed
from reputation.store.models import Listing, MailServer, Organization, QueryLogEntry, ReputationSettings, SenderRule
from reputation.verdict.zones import DYNAMIC, STANDARD

BOUNDS = FeedBounds()
DAYS = 7
NAMED = 5  # of a kind that a sentence names; the others it counts
MOST_COUNTED = 20  # networks whose connections are counted
MOST_ROWS = 20_000  # of the query log that are read; of a longer log an even part stands for all
COUNTED_FROM = 6  # the sample level from which the rows are counted that tell how long the log is
SPACE = {4: 1 << 32, 6: 1 << 125}  # addresses: of IPv6 those of 2000::/3


class Audience(NamedTuple):
    """Whom it would concern: the organizations, the database that they ask, and whether it refuses or accepts."""

    organization_ids: Sequence[int]
    database: int
    refuses: bool


def warning(address: str) -> str:
    """Return what somebody should know who reports an address; "" where it is neither a canary nor protected."""
    try:
        network = parse_network(address)
    except ValueError:
        return ""
    touched = [words for canary, words in canaries.CANARIES if canary.overlaps(network)]
    if touched:
        return f"{network} belongs to {touched[0]}, which half the world uses: is it really meant?"
    return protected_senders.warning(address)


def fault(network: Network, refuses: bool) -> str:
    """Explain why a network has to be confirmed; return "" where it need not be.

    `refuses` is False for one that is approved: to accept a resolver harms nobody.
    """
    widest = BOUNDS.widest4 if network.version == 4 else BOUNDS.widest6
    held = canaries.in_network(network) if refuses else []
    parts = [
        f"is wider than /{widest}" if network.prefix < widest and not _is_reserved(network) else "",
        f"holds {_named(held)}" if held else "",
    ]
    said = " and ".join(filter(None, parts))
    return f"{network} {said}." if said else ""


def word_for(networks: Sequence[Network]) -> str:
    """Return what a person repeats to confirm these networks: the one network, or how many they are."""
    return str(networks[0]) if len(networks) == 1 else f"{len(networks)} networks"


def is_confirmed(networks: Sequence[Network], confirm: str) -> bool:
    """Tell whether a person has repeated what these networks are."""
    said = confirm.strip()
    if len(networks) != 1:
        return said.casefold() == word_for(networks)
    try:
        return parse_network(said) == networks[0]
    except ValueError:
        return False


def require_listing(network: Network, database: str, category: str, confirm: str, now: int) -> None:
    """Raise Unconfirmed where a listing has to be confirmed, and is not; the text says what it would do."""
    joined = canaries.held_together([network], lambda canary: _standing_listings(canary, database, now))
    found = [
        *filter(None, [fault(network, refuses=True)]),
        *(one.said("listed by hand") for one in joined),
        *_about_confirmed(network),
    ]
    if not found or is_confirmed([network], confirm):
        return
    audience = _listeners(database, category)
    told = [*found, *_sizes([network]), *_about_servers(network), *_about_approved(network)]
    raise Unconfirmed(" ".join([*told, _about_connections([network], audience, now)]), word_for([network]))


def require_listings(networks: Sequence[Network], database: str, now: int) -> None:
    """Raise Unconfirmed where one of many listings has to be confirmed, by itself or for what they hold together.

    Its `word` is that network: it is to be listed alone.
    """
    for network in networks:
        said = fault(network, refuses=True)
        if said:
            raise Unconfirmed(said, str(network))
    for joined in canaries.held_together(networks, lambda canary: _standing_listings(canary, database, now)):
        raise Unconfirmed(joined.said("listed by hand"), str(joined.new[0]))
    rows = MailServer.select(MailServer.network).where(MailServer.confirmed_at.is_null(False)).distinct()
    for server in [parse_network(row.network) for row in rows]:
        held = next((network for network in networks if network.overlaps(server)), None)
        if held:
            raise Unconfirmed(" ".join(_about_confirmed(held)), str(held))


def require_rules(
    rules: Sequence[tuple[str, Network]], organization_id: int, confirm: str, now: int, replaced: int = 0
) -> None:
    """Raise Unconfirmed where sender rules have to be confirmed, and are not; the text says what they would do.

    `rules` are actions and networks that are added together; one that is changed is `replaced`. What is confirmed is
    all that the text is about: where all hold too much together, each network that is inside none of the others.
    """
    faults = {(action, network): fault(network, action == "blocked") for action, network in rules}
    chosen = [rule for rule, said in faults.items() if said]
    found = [faults[rule] for rule in chosen]
    blocked = [network for action, network in faults if action == "blocked"]
    for joined in canaries.held_together(blocked, lambda canary: _standing_rules(canary, organization_id, replaced)):
        found.append(joined.said("blocked"))
        chosen += [("blocked", part) for part in joined.new]
    chosen = list(dict.fromkeys(chosen))
    together = _about_coverage([network for _, network in faults])
    beside = _outside(faults, set(chosen)) if together else []
    if beside:
        found, chosen = [*together, *found], [*chosen, *beside]
    networks = [network for _, network in chosen]
    if not found or is_confirmed(networks, confirm):
        return
    more = [f"And {len(found) - NAMED} more."] if len(found) > NAMED else []
    raise Unconfirmed(
        " ".join([*found[:NAMED], *more, *_sizes(networks)]),
        word_for(networks),
        " ".join(_about_changes(chosen, organization_id, now)),
    )


def _standing_rules(network: Network, organization_id: int, but: int) -> list[Network]:
    """The organization's blocked networks around or inside a network."""
    rule = SenderRule
    begins = rule.first_key.between(str(network.version), key(network.version, network.last))
    mine = (rule.organization == organization_id) & (rule.kind == "network") & (rule.action == "blocked")
    wanted = mine & begins & (rule.end_key > key(network.version, network.first)) & (rule.id != but)
    return [parse_network(value) for (value,) in rule.select(rule.value).where(wanted).tuples()]


def _standing_listings(network: Network, database: str, now: int) -> list[Network]:
    """What is listed by hand around or inside a network."""
    by_hand = (Listing.database == database) & (Listing.source == HAND) & (Listing.expires_at > now)
    found = (parse_network(text) for (text,) in Listing.select(Listing.network).where(by_hand).tuples())
    return [one for one in found if one.overlaps(network)]


def _about_changes(rules: Sequence[tuple[str, Network]], organization_id: int, now: int) -> list[str]:
    """What the rules would have changed, for those that block and those that approve."""
    told = []
    for action in ("blocked", "approved"):
        networks = [network for its, network in rules if its == action]
        if networks:
            audience = Audience([organization_id], STANDARD, action == "blocked")
            told.append(_about_connections(networks, audience, now))
    return told


def _is_reserved(network: Network) -> bool:
    """Whether no mail comes from any address of it."""
    return any(one.network.overlaps(network) and one.network.prefix <= network.prefix for one in RESERVED)


def _outside(rules: Iterable[tuple[str, Network]], asked: Collection[tuple[str, Network]]) -> list[tuple[str, Network]]:
    """The rules whose networks are not inside one that is asked about already, without the reserved ones."""
    found, reached = [], (0, -1)
    for rule in sorted(rules, key=lambda one: (one[1].version, one[1].first, -one[1].last)):
        end = (rule[1].version, rule[1].last)
        if rule in asked:
            reached = max(reached, end)
        elif end > reached and not _is_reserved(rule[1]):
            found.append(rule)
    return found


def _about_coverage(networks: Sequence[Network]) -> list[str]:
    shares = _shares([network for network in networks if not _is_reserved(network)])
    return [
        f"Together they hold {share:.0%} of all IPv{version} addresses."
        for version, share in shares.items()
        if share > BOUNDS.max_coverage
    ]


def _shares(networks: Sequence[Network]) -> dict[int, float]:
    """The share of all addresses of each IP version; what several of them hold counts once."""
    sizes = dict.fromkeys(SPACE, 0)
    end = (0, -1)
    for network in sorted(networks):
        first = max(network.first, end[1] + 1) if network.version == end[0] else network.first
        sizes[network.version] += max(network.last + 1 - first, 0)
        end = max(end, (network.version, network.last))
    return {version: size / SPACE[version] for version, size in sizes.items()}


def _sizes(networks: Sequence[Network]) -> list[str]:
    shares = _shares(networks)
    return [
        f"That is {_count(version, shares[version])}{_share(shares[version])} of all IPv{version} addresses."
        for version in SPACE
        if any(network.version == version for network in networks)
    ]


def _count(version: int, share: float) -> str:
    """The number of IPv4 addresses; one of IPv6 tells nobody anything."""
    return f"{round(share * SPACE[4]):,} addresses, " if version == 4 else ""


def _share(share: float) -> str:
    return f"{min(share, 1):.0%}" if share >= 0.01 else "less than 1%"


def _about_confirmed(network: Network) -> list[str]:
    rows = MailServer.select(MailServer.network).where(MailServer.confirmed_at.is_null(False)).distinct()
    held = sorted(row.network for row in rows if parse_network(row.network).overlaps(network))
    return [f"{network} holds valid mail servers that are confirmed: {_named(held)}."] if held else []


def _about_servers(network: Network) -> list[str]:
    rows = MailServer.select(MailServer, Organization).join(Organization).where(MailServer.confirmed_at.is_null())
    held = sorted(
        f"{row.network} of {row.organization.name}" for row in rows if parse_network(row.network).overlaps(network)
    )
    names = protected_senders.names_touching(network)
    return [
        *([f"Valid mail servers in it: {_named(held)}."] if held else []),
        *([f"Protected senders in it: {_named(names)}."] if names else []),
    ]


def _about_approved(network: Network) -> list[str]:
    first, last = key(network.version, network.first), key(network.version, network.last)
    inside = (SenderRule.kind == "network") & SenderRule.first_key.between(first, last)
    count = SenderRule.select().where(inside & (SenderRule.action == "approved")).count()
    return [f"Approved senders in it, which stay accepted: {count:,}."] if count else []


def _listeners(database: str, category: str) -> Audience:
    """The organizations for which a listing counts."""
    settings = ReputationSettings
    counts = settings.level > 0 if database == "dynamic" else getattr(settings, category.lower())
    numbers = [number for (number,) in settings.select(settings.organization).where(counts).tuples()]
    return Audience(numbers, DYNAMIC if database == "dynamic" else STANDARD, True)


def _about_connections(networks: Sequence[Network], audience: Audience, now: int) -> str:
    """How many of the connections that the query logs hold would have had another answer."""
    asked = _recent(audience, now)
    level = _level(asked)
    asked &= QueryLogEntry.sample_level >= level
    total = QueryLogEntry.select(fn.SUM(QueryLogEntry.weight)).where(asked).scalar() or 0
    if not total:
        return f"The query log holds no connection of the last {DAYS} days, so that nothing can be said of them."
    otherwise = QueryLogEntry.code == 0 if audience.refuses else QueryLogEntry.code > 0
    changed = sum(_changed(network, asked & otherwise, audience.refuses) for network in networks[:MOST_COUNTED])
    verb = ("deferred" if audience.database == DYNAMIC else "refused") if audience.refuses else "accepted"
    of = f"Of {'about ' if level else ''}{int(total) << level:,} connections of the last {DAYS} days"
    return f"{of} it would have {verb} {changed << level:,} that were not."


def _level(asked: Any) -> int:
    """The lowest sample level whose rows are not too many to be read. How many there are is told by a part of them."""
    rows = QueryLogEntry.select().where(asked & (QueryLogEntry.sample_level >= COUNTED_FROM)).count() << COUNTED_FROM
    return (-(-rows // MOST_ROWS) - 1).bit_length() if rows > MOST_ROWS else 0


def _recent(audience: Audience, now: int) -> Any:
    log = QueryLogEntry
    mine = log.organization << list(audience.organization_ids)
    return mine & (log.database == audience.database) & (log.asked_at >= now - DAYS * 86400)


def _changed(network: Network, which: Any, refuses: bool) -> int:
    """Connections from a network, without those of senders whom their organization approves."""
    log = QueryLogEntry
    inside = log.address_key.between(key(network.version, network.first), key(network.version, network.last))
    rows = log.select(log.organization, log.address, fn.SUM(log.weight)).where(which & inside)
    found: list[tuple[int, str, int]] = list(rows.group_by(log.organization, log.address).tuples())
    approves = {owner: approver(owner) for owner in {owner for owner, _, _ in found}} if refuses else {}
    return sum(
        int(weight)
        for owner, text, weight in found
        if not refuses or not approves[owner](parse_address(text.partition("/")[0]))
    )


def _named(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return ", ".join(texts[:NAMED]) + more
