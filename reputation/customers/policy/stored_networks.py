"""The rules of an organization in the store; no more of them are read than one question needs.

It answers what `RuleNetworks` answers for rules in memory, and what the rules by ISP and country say, each with one or
two statements, whether the organization has ten rules or fifty thousand. Where a question could go on through very many
rules, it stops at a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from peewee import SQL, chunked, fn

from reputation.addresses.address import BITS, Network, parse_network
from reputation.customers.policy.rule_networks import together
from reputation.customers.policy.sort_keys import address_of, network_keys, network_of, value_of
from reputation.store.models import SenderRule
from reputation.store.models import database as connection

Rule = SenderRule
# Networks inside a network that are read at once: few at first, because the first part that is left over may do.
FIRST_AT_ONCE, MOST_AT_ONCE = 16, 2000
# Networks inside a network that are looked at until some are found that decide an address: fewer than all decide
# nothing only where somebody has cut every one of them into smaller ones.
LOOKED_AT = 64
# Networks that are looked at for one by ISP or country, and rules by ISP for one by country.
MOST_BY_ORIGIN = 2000
MOST_COUNTED = 1000  # networks inside a network with one action; of more it is said that there are at least so many
VALUES_AT_ONCE = 500


class StoredNetworks:
    """The networks among an organization's rules, except the rule with the id `without`."""

    def __init__(self, organization_id: int, without: int = 0) -> None:
        self._organization_id, self._without = organization_id, without
        self._mine = self._of(Rule)

    def actions(self, network: Network) -> set[str]:
        """Return the actions of the rules for exactly this network."""
        rows = Rule.select(Rule.action).where(self._mine & (Rule.value == str(network)))
        return {action for (action,) in rows.tuples()}

    def says(self, network: Network) -> str:
        """Return the action that counts for exactly this network; "" where there is no rule."""
        return together(self.actions(network))

    def around(self, network: Network) -> Network | None:
        """Return the next wider network that has a rule, or None."""
        wider = [str(one) for one in wider_networks(network)]
        found = Rule.select(Rule.value).where(self._mine & (Rule.value << wider))
        return max(map(parse_network, {value for (value,) in found.tuples()}), key=lambda one: one.prefix, default=None)

    def inside(self, network: Network, action: str) -> tuple[int, bool, Iterator[Network]]:
        """Count the networks inside a network with this action, up to MOST_COUNTED, and tell whether these are all.

        Return also those that decide at least one address.
        """
        if network.first == network.last:
            return 0, True, iter(())
        some = Rule.select(SQL("1")).where(self._inside(network) & self._say(action)).limit(MOST_COUNTED + 1)
        count = some.count()
        found = self._that_decide(network, action) if count else iter(())
        return min(count, MOST_COUNTED), count <= MOST_COUNTED, found

    def left_over(self, network: Network) -> Iterator[tuple[int, int]]:
        """Yield the first and the last address of each part of a network that no network inside it takes."""
        if network.first == network.last:  # nothing lies inside one address
            yield network.first, network.last
            return
        inside, (reached, end), most = self._inside(network), network_keys(network), FIRST_AT_ONCE
        columns = Rule.select(Rule.first_key, Rule.end_key).order_by(Rule.first_key, Rule.end_key.desc())
        rows = None
        while rows is None or len(rows) == most:
            most = most if rows is None else min(4 * most, MOST_AT_ONCE)
            # What begins before has ended before, too: networks never overlap in part.
            rows = list(columns.where(inside & (Rule.first_key >= reached)).limit(most).tuples())
            for begins, behind in rows:
                if begins > reached:
                    yield address_of(reached), address_of(begins) - 1
                reached = max(reached, behind)
        if reached != end:
            yield address_of(reached), network.last

    def that_decide_first(
        self, action: str, belongs: Callable[[int, int], bool], most: int = MOST_BY_ORIGIN
    ) -> tuple[list[Network], bool]:
        """Return, in order, networks with this action that decide at their first address, where this one belongs.

        `belongs` is asked of an address, its version and number. Tell also whether these are all.
        """
        inner = Rule.alias()
        narrower = inner.select(SQL("1")).where(
            self._of(inner) & (inner.first_key == Rule.first_key) & (inner.end_key < Rule.end_key)
        )
        rows = Rule.select(Rule.first_key, Rule.end_key).where(
            self._mine & (Rule.first_key < "c") & self._say(action) & ~fn.EXISTS(narrower)
        )
        keys = connection.execute(rows.order_by(Rule.first_key).limit(most + 1)).fetchall()
        found = [network_of(*both) for both in keys[:most] if belongs(int(both[0][0]), address_of(both[0]))]
        return found, len(keys) <= most

    def _that_decide(self, network: Network, action: str) -> Iterator[Network]:
        rows = Rule.select(Rule.first_key, Rule.end_key).where(self._inside(network) & self._say(action))
        in_order = rows.order_by(Rule.first_key, Rule.end_key.desc()).limit(LOOKED_AT)
        for both in connection.execute(in_order).fetchall():
            found = network_of(*both)
            if any(self.left_over(found)):
                yield found

    def _inside(self, network: Network) -> Any:
        """Those strictly inside: networks never overlap in part, so one that begins inside and is no wider is so."""
        first, end = network_keys(network)
        narrower = (Rule.first_key > first) | (Rule.end_key < end)
        return self._mine & (Rule.first_key >= first) & (Rule.first_key < end) & (Rule.end_key <= end) & narrower

    def _say(self, action: str) -> Any:
        """Rules whose network says this, each once: approved wins over blocked."""
        if action == "approved":
            return Rule.action == "approved"
        twin = Rule.alias()
        # By its keys, as all that is asked here: the one index holds them, and no row is read.
        same = self._of(twin) & (twin.first_key == Rule.first_key) & (twin.end_key == Rule.end_key)
        approved = twin.select(SQL("1")).where(same & (twin.action == "approved"))
        return (Rule.action == "blocked") & ~fn.EXISTS(approved)

    def _of(self, table: Any) -> Any:
        mine = table.organization == self._organization_id
        return mine & (table.id != self._without) if self._without else mine


class StoredByOrigin:
    """The actions of an organization's rules by ISP and country, by value; usable as a dictionary of them."""

    def __init__(self, organization_id: int, without: int = 0) -> None:
        self._all = Rule.organization == organization_id
        if without:
            self._all &= Rule.id != without
        self._mine = self._all & (Rule.first_key >= "c")

    def __bool__(self) -> bool:
        return bool(Rule.select().where(self._mine).exists())

    def get(self, value: str, default: Iterable[str] = ()) -> Iterable[str]:
        """Return the actions of the rules for this ISP or country, or the default."""
        # Looked up by the value alone: of two indexes that would do, a database may take the longer way.
        rows = Rule.select(Rule.action).where(self._all & (Rule.value == value))
        return {action for (action,) in rows.tuples()} or default

    def that_say(self, values: Iterable[str]) -> dict[str, set[str]]:
        """Return the actions of the rules for these ISPs or countries, by value, where there are any."""
        found: dict[str, set[str]] = {}
        for some in chunked(values, VALUES_AT_ONCE):
            rows = Rule.select(Rule.value, Rule.action).where(self._all & (Rule.value << some))
            for value, action in connection.execute(rows).fetchall():
                found.setdefault(value, set()).add(action)
        return found

    def isps(self, action: str, most: int = MOST_BY_ORIGIN) -> list[int]:
        """Return in order the ASNs for which this action counts, at most `most`."""
        # Approved comes first among the actions, and wins. The key has the ASN, too: no row is read, the index alone.
        rows = Rule.select(Rule.first_key).where(self._mine & (Rule.first_key >= "i"))
        together = rows.group_by(Rule.first_key).having(fn.MIN(Rule.action) == action)
        keys = connection.execute(together.order_by(Rule.first_key).limit(most)).fetchall()
        return [int(value_of(key).removeprefix("isp:AS")) for (key,) in keys]


def wider_networks(network: Network) -> Iterator[Network]:
    """Yield all networks that contain this one and are wider, the widest first."""
    bits = BITS[network.version]
    for prefix in range(network.prefix):
        size = 1 << (bits - prefix)
        first = network.first & -size
        yield Network(network.version, first, first + size - 1, prefix)


RuleEnd = tuple[str, str, str, int | None]  # action, kind, value and end of a rule


def rules_for_values(organization_id: int, values: Iterable[str]) -> set[RuleEnd]:
    """Return the organization's rules for these senders."""
    found: set[RuleEnd] = set()
    for some in chunked(sorted(set(values)), VALUES_AT_ONCE):
        found |= _standing(organization_id, Rule.value << some)
    return found


def of_countries(organization_id: int) -> set[RuleEnd]:
    """Return the organization's rules by country, which are hardly more than there are countries."""
    return _standing(organization_id, (Rule.first_key >= "c") & (Rule.first_key < "i"))


def _standing(organization_id: int, which: Any) -> set[RuleEnd]:
    rows = Rule.select(Rule.action, Rule.kind, Rule.value, Rule.expires_at)
    return set(rows.where((Rule.organization == organization_id) & which).tuples())
