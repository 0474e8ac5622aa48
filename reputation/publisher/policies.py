"""The policies: what each organization chose, flattened so that one search finds the most specific rule."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reputation.addresses.address import BITS, Network
from reputation.addresses.nested import NestedNetworks
from reputation.store.models import (
    ActivationCode,
    CodeNetwork,
    Organization,
    QuotaDay,
    ReputationSettings,
    SenderRule,
)
from reputation.store.models import database as proxy
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.origins import country_number
from reputation.verdict.rules import APPROVED, OriginRules, Rules
from reputation.verdict.snapshot import Policies
from reputation.verdict.subscriptions import database_bits
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    CATEGORIES,
    FOREVER,
    LEVEL_DEFAULT,
    served_until,
)

BLOCKED = {"isp": BLOCKED_ISP, "country": BLOCKED_COUNTRY}
ALL_CATEGORIES = (1 << len(CATEGORIES)) - 1


class RuleDraft(NamedTuple):
    """A sender rule as it would be in a row, for a dry run. Without an end it holds for ever."""

    organization_id: int
    action: str
    kind: str
    value: str
    expires_at: int | None = None

    @property
    def end(self) -> int:
        """Return the Unix second from which it no longer holds."""
        return served_until(self.expires_at)


def build(now: int) -> Policies:
    """Build the policies of every organization, each at its own number. Rules that have ended by `now` are left out."""
    organizations = list(Organization.select())
    size = max((row.id for row in organizations), default=0) + 1
    databases, categories, levels, has_origin_rules = (bytearray(size) for _ in range(4))
    for row in organizations:
        databases[row.id], categories[row.id], levels[row.id] = (
            database_bits(row.subscription),
            ALL_CATEGORIES,
            LEVEL_DEFAULT,
        )
    for chosen in ReputationSettings.select():
        categories[chosen.organization_id] = _categories(chosen)
        levels[chosen.organization_id] = chosen.level
    state = _standing(now)
    networks = [rule for rule in state if rule.kind == "network"]
    origins = [rule for rule in state if rule.kind != "network"]
    for rule in origins:
        has_origin_rules[rule.organization_id] = 1
    rules = Rules(*_flattened(networks, size, 4), *_flattened(networks, size, 6))
    over_until, (has_networks, where) = _over_until(size, now), _code_networks(size)
    return Policies(
        _codes(),
        databases,
        categories,
        levels,
        rules,
        _origin_rules(origins, size),
        has_origin_rules,
        over_until,
        has_networks,
        where,
    )


def _over_until(size: int, now: int) -> list[int]:
    """Until when the daily quota of each organization is used up; 0 where it is not."""
    found = [0] * size
    for row in QuotaDay.select().where(QuotaDay.over_at.is_null(False) & (QuotaDay.ends_at > now)):
        found[row.organization_id] = row.ends_at
    return found


def _code_networks(size: int) -> tuple[bytearray, OrganizationListings]:
    """Who has networks from which alone the codes may be used, and these."""
    by_organization: dict[int, list[str]] = {}
    for organization, network in CodeNetwork.select(CodeNetwork.organization, CodeNetwork.network).tuples():
        by_organization.setdefault(organization, []).append(network)
    four, six = (_steps_of_networks(by_organization, size, version) for version in BITS)
    steps = OrganizationSteps(four[0], four[1], six[0], six[1])
    return bytearray(number in by_organization for number in range(size)), OrganizationListings(steps, four[2], six[2])


def _steps_of_networks(
    by_organization: Mapping[int, Sequence[str]], size: int, version: int
) -> tuple[list[int], list[int], list[int]]:
    """Where the steps of each organization begin, and the start and the value of each: 1 inside a network."""
    begins, starts, values = [0], list[int](), list[int]()
    for number in range(size):
        texts = [text for text in by_organization.get(number, ()) if (":" in text) == (version == 6)]
        nested = NestedNetworks((_network(text, version), 1) for text in texts)
        for start, holding in nested.steps(version) if texts else ():
            starts.append(start)
            values.append(int(bool(holding)))
        begins.append(len(starts))
    return begins, starts, values


def _categories(chosen: ReputationSettings) -> int:
    return sum(1 << slot for slot, name in enumerate(CATEGORIES) if getattr(chosen, name.lower()))


def _codes() -> dict[bytes, tuple[int, int]]:
    rows = ActivationCode.select().where(ActivationCode.revoked_at.is_null())
    return {row.label.encode(): (row.organization_id, served_until(row.expires_at)) for row in rows}


def _standing(now: int) -> list[RuleDraft]:
    """The rules that hold, as the driver gives them: peewee would take longer than all the rest for ten thousand."""
    columns = (SenderRule.organization, SenderRule.action, SenderRule.kind, SenderRule.value, SenderRule.expires_at)
    query = SenderRule.select(*columns).where(SenderRule.expires_at.is_null() | (SenderRule.expires_at > now))
    return [RuleDraft(*row) for row in proxy.execute_sql(*query.sql()).fetchall()]


class Flattened(NamedTuple):
    """Sender rules of one IP version: where each organization's steps begin, and the columns of Rules for all steps."""

    begins: list[int]
    starts: list[int]
    values: list[int]
    texts: list[str]
    ends: list[int]


def _flattened(rows: Sequence[RuleDraft], size: int, version: int) -> Flattened:
    by_organization: dict[int, list[RuleDraft]] = {}
    # Where the same network is approved and blocked, approved wins: what comes last speaks.
    for row in sorted(rows, key=lambda row: row.action == "approved"):
        if (":" in row.value) == (version == 6):
            by_organization.setdefault(row.organization_id, []).append(row)
    made = Flattened([0], [], [], [], [])
    for number in range(size):
        if number in by_organization:
            _add_steps(made, by_organization[number], version)
        made.begins.append(len(made.starts))
    return made


def _add_steps(made: Flattened, rows: Iterable[RuleDraft], version: int) -> None:
    """The steps of one organization: the most specific network speaks at each address."""
    for start, holding in NestedNetworks((_network(row.value, version), row) for row in rows).steps(version):
        made.starts.append(start)
        if holding:
            rule = holding[-1]
            made.values.append(APPROVED if rule.action == "approved" else BLOCKED_ADDRESS)
            made.texts.append(rule.value)
            made.ends.append(rule.end)
        else:
            made.values.append(0)
            made.texts.append("")
            made.ends.append(FOREVER)


def _network(text: str, version: int) -> Network:
    """A network in its canonical form, read in a tenth of the time that any text takes."""
    base, _, prefix = text.partition("/")
    first = int.from_bytes(socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, base))
    length = int(prefix) if prefix else BITS[version]
    return Network(version, first, first + (1 << (BITS[version] - length)) - 1, length)


def _origin_rules(rows: Iterable[RuleDraft], size: int) -> OriginRules:
    isps: dict[int, dict[int, tuple[int, int]]] = {}
    countries: dict[int, dict[int, tuple[int, int]]] = {}
    for row in rows:
        name = row.value.partition(":")[2]
        table, key = (isps, int(name.removeprefix("AS"))) if row.kind == "isp" else (countries, country_number(name))
        _stronger(table.setdefault(row.organization_id, {}), key, row)
    begins = [0]
    found: list[tuple[int, int, int]] = []
    for number in range(size):
        found += ((asn, *said) for asn, said in sorted(isps.get(number, {}).items()))
        begins.append(len(found))
    asns, values, ends = ([row[column] for row in found] for column in range(3))
    return OriginRules(begins, asns, values, ends, countries)


def _stronger(table: dict[int, tuple[int, int]], key: int, row: RuleDraft) -> None:
    """At equal specificity approved wins: nobody's mail is lost over two rules that contradict each other."""
    if row.action == "approved" or key not in table:
        table[key] = (APPROVED if row.action == "approved" else BLOCKED[row.kind], row.end)


def of_one(organization_id: int, databases: int, categories: int, level: int, rules: Sequence[RuleDraft]) -> Policies:
    """Build policies in which only one organization has chosen something; no table is read.

    Bit `database` of `databases` is set where the subscription includes a database, bit `slot` of `categories` where a
    category is enabled. No activation code leads to them.
    """
    size = organization_id + 1
    networks = [rule for rule in rules if rule.kind == "network"]
    origins = [rule for rule in rules if rule.kind != "network"]
    return Policies(
        {},
        _alone(size, databases),
        _alone(size, categories),
        _alone(size, level),
        Rules(*_flattened(networks, size, 4), *_flattened(networks, size, 6)),
        _origin_rules(origins, size),
        _alone(size, bool(origins)),
    )


def _alone(size: int, value: int) -> bytes:
    """A column in which the last organization alone has a value."""
    return bytes(size - 1) + bytes([value])
