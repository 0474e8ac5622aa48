"""The list of an organization's rules as a screen shows it: the database searches, sorts and cuts it to a page.

The names of countries and ISPs are not in the table of rules, so a search by name first finds which ones it means. It
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import SQL, fn

from reputation.addresses.address import parse_network
from reputation.customers.policy.sender_rules import COLUMNS, Rule
from reputation.customers.policy.sort_keys import network_keys, value_of
from reputation.customers.policy.stored_networks import wider_networks
from reputation.store.models import SenderRule
from reputation.store.models import database as connection
from reputation.store.search import containing
from reputation.verdict.zones import FOREVER

SORTS = ("sender", "note", "until", "by", "added")
MOST_NAMED = 5000  # rules by ISP whose names are looked through for a word


class RuleFilter(NamedTuple):
    """Which rules, and in which order.

    `search` is an address or network (finds rules that hold it or are inside it), or a part of a sender, its name, the
    note or the person who made it; `kind` and `search` may be empty. `sort` is one of SORTS.
    """

    action: str
    search: str = ""
    kind: str = ""
    sort: str = "added"
    descending: bool = True


def page(
    organization_id: int,
    wanted: RuleFilter,
    first: int,
    count: int,
    name_of: Callable[[str], str],
    of: int | None = None,
) -> tuple[list[Rule], int]:
    """Return `count` matching rules from number `first` on, and the number of all that match.

    `name_of` returns the name of a country or an ISP, or "". `of` is how many rules the list has, where that is known.
    """
    which = _which(organization_id, wanted, name_of)
    # What is sorted are numbers: the database would carry all the columns of every rule that is not on the page along.
    numbers = SenderRule.select(SenderRule.id).where(which).order_by(*_order(wanted)).offset(first).limit(count)
    rows = SenderRule.select(*COLUMNS).where(SenderRule.id << numbers).order_by(*_order(wanted))
    found = [Rule(*row) for row in rows.tuples()]
    if of is not None and not wanted.search and not wanted.kind:
        return found, of
    if len(found) < count and (found or not first):  # the last page tells how many there are
        return found, first + len(found)
    return found, SenderRule.select().where(which).count()


def rule_exists(organization_id: int, action: str, value: str) -> bool:
    """Tell whether the organization has this rule; `value` is in canonical form."""
    mine = SenderRule.organization == organization_id
    return bool(SenderRule.select().where(mine & (SenderRule.action == action) & (SenderRule.value == value)).exists())


def _which(organization_id: int, wanted: RuleFilter, name_of: Callable[[str], str]) -> Any:
    which = (SenderRule.organization == organization_id) & (SenderRule.action == wanted.action)
    if wanted.kind:
        which &= SenderRule.kind == wanted.kind
    return which & _meant(organization_id, wanted.search, name_of) if wanted.search else which


def _meant(organization_id: int, search: str, name_of: Callable[[str], str]) -> Any:
    """A condition for the rules that a search means."""
    try:
        network = parse_network(search)
    except ValueError:
        texts = containing(search, SenderRule.value, SenderRule.note, SenderRule.created_by)
        return texts | (SenderRule.value << _named(organization_id, search, name_of))
    first, end = network_keys(network)
    within = (SenderRule.first_key >= first) & (SenderRule.first_key < end)
    around = SenderRule.value << [str(one) for one in wider_networks(network)]
    return within | around | containing(search, SenderRule.note)


def _named(organization_id: int, search: str, name_of: Callable[[str], str]) -> list[str]:
    """Countries and ISPs of the organization's rules whose name holds the words."""
    by_origin = (SenderRule.organization == organization_id) & (SenderRule.first_key >= "c")
    # Their keys alone, which stand in the index: no row is read.
    rows = SenderRule.select(SenderRule.first_key).where(by_origin).order_by(SenderRule.first_key).limit(MOST_NAMED)
    words, values = search.casefold(), {value_of(key) for (key,) in connection.execute(rows).fetchall()}
    return [value for value in values if words in name_of(value).casefold()]


def _order(wanted: RuleFilter) -> list[Any]:
    columns: dict[str, list[Any]] = {
        "sender": [SenderRule.first_key, SenderRule.end_key],
        "note": [fn.LOWER(SenderRule.note)],
        # Those without an end come last. A number of the statement itself: a parameter would miss the index.
        "until": [fn.COALESCE(SenderRule.expires_at, SQL(str(FOREVER)))],
        "by": [fn.LOWER(SenderRule.created_by)],
        "added": [SenderRule.created_at],
    }
    return [column.desc() if wanted.descending else column.asc() for column in (*columns[wanted.sort], SenderRule.id)]
