"""A dry run: how the last seven days would have been answered under another policy. It changes nothing.

It calls the same function that answers DNS for each address of the query log, twice: with what is served now, and with
the same lists under the proposed policy. The log holds only a sample of the queries that were not listed, so the
figures may be estimates, and then they say so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import Network, parse_network
from reputation.counting import connections
from reputation.counting.query_log import HIGHEST_LEVEL
from reputation.customers import policy
from reputation.customers.policy.sort_keys import network_keys
from reputation.customers.policy.stored_networks import of_countries, rules_for_values, wider_networks
from reputation.publisher import policies
from reputation.publisher.policies import RuleDraft
from reputation.store.models import QueryLogEntry
from reputation.store.models import database as connection
from reputation.verdict.decision import code_of
from reputation.verdict.origins import Origins, country_number
from reputation.verdict.snapshot import Policies, Snapshot
from reputation.verdict.zones import CATEGORIES, DATABASES

DAYS = 7
LONGEST = 2_000  # rows that are replayed; of a longer log an even part of them stands for all: to some per cent
COUNTED_FROM = 6  # the sample level from which the rows are counted that tell how long the log is
ENOUGH = 100  # rows of that part in the proposed networks: of fewer, the log itself is read there
TOP = 20
FEW = 8  # senders whose rules change: of more all rules are read, at once


class ChangedAnswer(NamedTuple):
    """An address that would have been answered differently.

    A code is the last octet of 127.0.0.x, 0 for not listed. `address` is a network where the log is masked.
    """

    address: str
    queries: int
    code_before: int
    code_after: int
    database: int


class Effect(NamedTuple):
    """The result: of `of` connections since `since` (Unix seconds), `otherwise` would have been answered differently.

    `estimated` is True where rows stand for more than one query, or where addresses are masked. `addresses` are those
    with the most queries.
    """

    different: int
    of: int
    estimated: bool
    since: int
    addresses: list[ChangedAnswer]


Rule = tuple[str, str]  # approved or blocked; a network, country:XX or isp:ASn


class Log(NamedTuple):
    """The part of the log that is replayed: (key, database, weight) of each address; `total` is the whole log's weight.

    `part` is the number of rows that each row of this part stands for.
    """

    since: int
    part: int
    estimated: bool
    asked: Sequence[tuple[str, int, int]]
    total: int


class PolicyChange(NamedTuple):
    """What is proposed, in canonical form: rules to add and to remove as (action, kind, value), and settings."""

    added: Sequence[tuple[str, str, str]]
    removed: Sequence[tuple[str, str, str]]
    settings: Mapping[str, Any]

    @property
    def touched(self) -> set[tuple[str, str]]:
        """Return kind and value of each sender whose rules would change."""
        return {(kind, value) for _, kind, value in (*self.added, *self.removed)}

    def values(self, kind: str) -> list[str]:
        """Return the senders of this kind whose rules would change, sorted."""
        return sorted(value for its, value in self.touched if its == kind)


def dry_run(
    snapshot: Snapshot,
    organization_id: int,
    now: int,
    add: Sequence[Rule] = (),
    remove: Sequence[Rule] = (),
    settings: Mapping[str, Any] | None = None,
) -> Effect:
    """Compute what added rules, removed rules and other settings would have changed in the last seven days.

    `settings` are kss, dul and etl (bool) and level (0 to 4); those that are missing stay as they are. Raise Refused
    where a rule cannot be read.
    """
    added, removed = ([(action, *policy.read_value(value)) for action, value in some] for some in (add, remove))
    change = PolicyChange(added, removed, settings or {})
    if organization_id >= len(snapshot.policies.levels):  # it is not published yet: nobody has asked
        return Effect(0, 0, False, _log(organization_id, now, DATABASES, []).since, [])
    changed, log = _replayed(snapshot, organization_id, now, change)
    changed.sort(key=lambda one: (-one[0], one[1]))
    of = connections.of_questions(log.total, organization_id, log.since, now)
    different = min(sum(one[0] for one in changed), of)
    return Effect(different, of, log.estimated, log.since, _named(organization_id, changed[:TOP]))


def _replayed(
    snapshot: Snapshot, organization_id: int, now: int, change: PolicyChange
) -> tuple[list[tuple[int, str, int, int, int]], Log]:
    """Each address that would have been answered otherwise: queries, key, both codes and database."""
    is_narrow = not change.settings and len(change.touched) <= FEW
    spans = [parse_network(value) for value in change.values("network")]
    by_origin = len(spans) < len(change.touched)
    # Of what was asked under an earlier subscription nothing is answered now.
    databases = [database for database in DATABASES if snapshot.may_ask(organization_id, database)]
    log = _log(organization_id, now, databases, spans if is_narrow and not by_origin else None)
    asked = [(key, int(key[0]), int(key[1:], 16), zone, weight) for key, zone, weight in log.asked]
    decided: Collection[str] | None = None
    if is_narrow:
        asked = _reached(asked, spans, change, snapshot.origins) if by_origin else asked
        other, decided = _near(snapshot, organization_id, now, change, asked)
    else:
        other = _whole(snapshot, organization_id, now, change)
    found = []
    for key, version, value, zone, weight in asked:
        text = snapshot.policies.rules.text(organization_id, version, value) if decided is not None else ""
        if decided is not None and text and text not in decided:
            continue  # a more specific rule decides, whatever comes or goes around it
        before = code_of(snapshot, zone, organization_id, version, value, now)
        after = code_of(other, zone, organization_id, version, value, now)
        if before != after:
            found.append((weight * log.part, key, before, after, zone))
    return found, log


def _log(organization_id: int, now: int, databases: Sequence[int], spans: Sequence[Network] | None = None) -> Log:
    """The last seven days of these databases, grouped: an address that asked a thousand times is decided once.

    With `spans` the addresses in these networks alone; the total is that of all the same.
    """
    log = QueryLogEntry
    begin = now - DAYS * 86400
    mine = log.organization == organization_id
    wanted = mine & (log.asked_at >= begin) & (log.database << list(databases))
    first = log.select(fn.MIN(log.asked_at)).where(mine).scalar()
    level = _level(mine & (log.asked_at >= begin))
    part = 1 << level
    sample = _grouped(wanted & _reaches(level))
    asked, of_asked = (sample, part) if spans is None else _in_networks(wanted, sample, part, spans)
    estimated = part > 1 or any(one.heaviest > 1 or one.is_masked for one in sample)
    total = part * sum(one.weight for one in sample)
    return Log(max(begin, first or begin), of_asked, estimated, [one[:3] for one in asked], total)


class _Group(NamedTuple):
    """Rows of one address in one database: their weight together, the heaviest one, and whether it is a network."""

    key: str
    database: int
    weight: int
    heaviest: int
    is_masked: bool


def _level(recent: Any) -> int:
    """The lowest sample level whose rows are not too many. How many there are is told by a part of them."""
    rows = QueryLogEntry.select().where(recent & _reaches(COUNTED_FROM)).count() << COUNTED_FROM
    return (-(-rows // LONGEST) - 1).bit_length() if rows > LONGEST else 0


def _reaches(level: int) -> Any:
    """A condition for the rows of this sample level and of higher ones; each of them is one search in the index."""
    return QueryLogEntry.sample_level << list(range(level, HIGHEST_LEVEL + 1)) if level else True


def _part(rows: int) -> int:
    """One of how many rows is replayed. An odd number: what asks both databases in turn has even and odd rows."""
    return 1 if rows <= LONGEST else -(-rows // LONGEST) | 1


def _is_in(part: int) -> Any:
    """A condition for every so many-th row."""
    row = QueryLogEntry.id
    return row == row / part * part if part > 1 else True


def _grouped(which: Any) -> list[_Group]:
    log = QueryLogEntry
    rows = log.select(log.address_key, log.database, log.weight, log.address).where(which)
    found: dict[tuple[str, int], list[int]] = {}
    # Grouped here: the database would go through the whole log in the order of its addresses. And without a row's
    # object for each: peewee takes four times as long for them as the database for the answer.
    for key, zone, weight, address in connection.execute(rows).fetchall():
        one = found.setdefault((key, zone), [0, 0, 0])
        one[0] += weight
        one[1] = max(one[1], weight)
        one[2] |= "/" in address
    return [_Group(*of, weight, heaviest, bool(masked)) for of, (weight, heaviest, masked) in found.items()]


def _in_networks(
    wanted: Any, sample: Sequence[_Group], part: int, spans: Sequence[Network]
) -> tuple[list[_Group], int]:
    """What was asked in these networks, and what each weight stands for: of the sample where it holds enough of them,
    else read from the log, all of it where that is not much."""
    keys = [network_keys(one) for one in spans]
    found = [one for one in sample if any(first <= one.key < end for first, end in keys)]
    if part == 1 or len(found) >= ENOUGH:
        return found, part
    part = _part(part * len(found))
    each = {one[:2]: one for span in spans for one in _grouped(wanted & _inside(span) & _is_in(part))}
    return list(each.values()), part  # once, where one network lies inside another


def _inside(network: Network) -> Any:
    first, end = network_keys(network)
    return (QueryLogEntry.address_key >= first) & (QueryLogEntry.address_key < end)


Asked = tuple[str, int, int, int, int]  # key, version, value, database, weight


def _reached(asked: Sequence[Asked], spans: Sequence[Network], change: PolicyChange, origins: Origins) -> list[Asked]:
    """Those of which the change may decide: in its networks, or from its ISPs and countries."""
    asns = {int(value.removeprefix("isp:AS")) for value in change.values("isp")}
    countries = {country_number(value.removeprefix("country:")) for value in change.values("country")}
    numbers = [origins.number(version, value) for _, version, value, _, _ in asked]
    return [
        one
        for one, number in zip(asked, numbers, strict=True)
        if origins.asn_of[number] in asns
        or origins.country_of[number] in countries
        or any(span.version == one[1] and span.first <= one[2] <= span.last for span in spans)
    ]


def _near(
    snapshot: Snapshot, organization_id: int, now: int, change: PolicyChange, asked: Sequence[Asked]
) -> tuple[Snapshot, Collection[str]]:
    """The proposed policy as far as it decides of addresses that the change reaches, and the networks it was made of:
    those that come, go or stand around them. Whatever other rule decides of an address now decides it after, too."""
    networks = change.values("network")
    around = [str(one) for value in networks for one in wider_networks(parse_network(value))]
    isps = [f"isp:AS{asn}" for asn in _ruled_asns(snapshot, organization_id, asked)]
    rows = rules_for_values(organization_id, [*around, *isps, *(value for _, value in change.touched)])
    if snapshot.policies.has_origin_rules[organization_id] or change.values("isp") or change.values("country"):
        rows |= of_countries(organization_id)
    wishes = [
        RuleDraft(organization_id, action, kind, value)
        for action, kind, value, end in rows
        if (action, kind, value) not in change.removed and (end is None or now < end)
    ]
    wishes += [RuleDraft(organization_id, *rule) for rule in change.added]
    decided = {value for _, kind, value, _ in rows if kind == "network"} | set(networks)
    return _with(snapshot, policies.of_one(organization_id, *_settings(snapshot, organization_id, {}), wishes)), decided


def _ruled_asns(snapshot: Snapshot, organization_id: int, asked: Sequence[Asked]) -> Collection[int]:
    """The ISPs of these addresses for which the organization has a rule now."""
    ruled = set(snapshot.policies.origin_rules.asns_of(organization_id))
    return {asn for one in asked if (asn := snapshot.origins.asn(one[1], one[2])) in ruled} if ruled else ()


def _whole(snapshot: Snapshot, organization_id: int, now: int, change: PolicyChange) -> Snapshot:
    """The proposed policy of the organization, all of it."""
    enabled = _settings(snapshot, organization_id, change.settings)
    if not change.touched:
        return _with(snapshot, _under(snapshot.policies, organization_id, *enabled))
    wishes = [
        RuleDraft(organization_id, rule.action, rule.kind, rule.value)
        for rule in policy.rules(organization_id)
        if (rule.action, rule.kind, rule.value) not in change.removed
        and (rule.expires_at is None or now < rule.expires_at)
    ]
    wishes += [RuleDraft(organization_id, *rule) for rule in change.added]
    return _with(snapshot, policies.of_one(organization_id, *enabled, wishes))


def _with(snapshot: Snapshot, proposed: Policies) -> Snapshot:
    return Snapshot(snapshot.standard, snapshot.dynamic, snapshot.origins, proposed)


def _settings(snapshot: Snapshot, organization_id: int, settings: Mapping[str, Any]) -> tuple[int, int, int]:
    """The databases of the organization, its categories and its level, with what is proposed of them."""
    present = snapshot.policies
    enabled = present.categories[organization_id]
    for slot, name in enumerate(CATEGORIES):
        if name.lower() in settings:
            enabled = enabled & ~(1 << slot) | bool(settings[name.lower()]) << slot
    level = int(settings.get("level", present.levels[organization_id]))
    return present.databases[organization_id], enabled, level


def _under(present: Policies, organization_id: int, databases: int, categories: int, level: int) -> Policies:
    """The same rules under other settings of one organization: what is served is lent, and no rule is read."""
    columns = (present.databases, present.categories, present.levels)
    all_databases, enabled, levels = (bytearray(column) for column in columns)
    all_databases[organization_id], enabled[organization_id], levels[organization_id] = databases, categories, level
    has_origin_rules = bytes(present.has_origin_rules)
    return Policies({}, all_databases, enabled, levels, present.rules, present.origin_rules, has_origin_rules)


def _named(organization_id: int, changed: Sequence[tuple[int, str, int, int, int]]) -> list[ChangedAnswer]:
    """The addresses as the log writes them."""
    if not changed:
        return []
    log = QueryLogEntry
    keys = [key for _, key, _, _, _ in changed]
    rows = log.select(log.address_key, log.address).where(
        (log.organization == organization_id) & (log.address_key << keys)
    )
    names = dict(rows.distinct().tuples())
    return [ChangedAnswer(names[key], queries, *codes) for queries, key, *codes in changed]
