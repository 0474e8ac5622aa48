"""Spam volumes as other installations have counted them, which the statistics add to our own.

Nobody can check such a figure. So the rule is that of peers' words (reputation/intake/peer_trust.py): no group of peers
adds more to a figure than all the others and we ourselves together, and who is believed nothing adds nothing.

A page asks for the same days several times, so what was added up is kept until a peer has told more: a week of five
peers is 40,000 rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from peewee import fn

from reputation.countries import COUNTRIES
from reputation.intake.peer_trust import group_of, no_louder_than_the_rest
from reputation.store.models import ExchangedVolume, ExchangePeer
from reputation.store.models import database as connection

MOST_KEPT = 8  # sums of ISPs or countries over some days
ISPS, MAP = "isps", "countries"

Said = Mapping[str, Mapping[str, int]]  # by the subject, what each group of peers has told
Subject = TypeVar("Subject", int, str)


class _Teller(NamedTuple):
    """A peer that has told of some days, and that counts; `told` changes with each batch of it."""

    id: int
    key: str
    group: str
    told: str


class _Kept:
    """The last sums that were asked for, each with the tellers that it is the sum of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: OrderedDict[tuple[str, str, int, int], tuple[list[_Teller], Said]] = OrderedDict()

    def find(self, what: tuple[str, str, int, int], tellers: list[_Teller]) -> Said | None:
        """Return the sums, or None where they are not those of these tellers."""
        with self._lock:
            of, sums = self._sums.get(what, ([], {}))
        return sums if of == tellers and all(one.told for one in tellers) else None

    def put(self, what: tuple[str, str, int, int], tellers: list[_Teller], sums: Said) -> None:
        """Keep the sums in the place of those asked for longest ago."""
        with self._lock:
            self._sums[what] = tellers, sums
            self._sums.move_to_end(what)
            while len(self._sums) > MOST_KEPT:
                self._sums.popitem(last=False)


_kept = _Kept()


def of_isps(own: Mapping[int, int], first: int, end: int) -> dict[int, int]:
    """Return the volume of each ISP by its ASN, ours and others'.

    The days are those from `first` to before `end`, in Unix seconds.
    """
    return _together(own, {int(name[2:]): groups for name, groups in _said(ISPS, first, end).items()})


def of_countries(own: Mapping[str, int], first: int, end: int) -> dict[str, int]:
    """Return the volume of each country by its two letters, ours and others'."""
    return _together(own, _said(MAP, first, end))


def installations(first: int, end: int) -> int:
    """Return how many other installations, independent of each other, have told of these days."""
    return len({one.group for one in _tellers(first, end)})


def _together(own: Mapping[Subject, int], said: Mapping[Subject, Mapping[str, int]]) -> dict[Subject, int]:
    found = dict(own)
    for name, groups in said.items():
        volume = own.get(name, 0) + int(no_louder_than_the_rest(groups.values(), own.get(name, 0)))
        if volume:
            found[name] = volume
    return found


def _tellers(first: int, end: int) -> list[_Teller]:
    """The peers that have told of these days and count; no figure is read."""
    peer, one = ExchangePeer, ExchangedVolume
    tells = fn.EXISTS(one.select(one.day).where((one.peer == peer.id) & _is_between(first, end)))
    counts = (peer.weight > 0) & ~peer.paused & peer.revoked_at.is_null() & tells
    rows = list(peer.select(peer.id, peer.key, peer.introduced_by, peer.cursor_hash, counts).order_by(peer.id).tuples())
    groups = group_of({key: introduced_by for _, key, introduced_by, _, _ in rows})
    return [_Teller(number, key, groups[key], told) for number, key, _, told, is_one in rows if is_one]


def _said(kind: str, first: int, end: int) -> Said:
    """What each group of peers has told of ISPs, or of countries."""
    what, tellers = (str(connection.database), kind, first, end), _tellers(first, end)
    found = _kept.find(what, tellers)
    if found is None:
        found = _added_up(kind, tellers, first, end) if tellers else {}
        _kept.put(what, tellers, found)
    return found


def _added_up(kind: str, tellers: list[_Teller], first: int, end: int) -> Said:
    one, groups = ExchangedVolume, {teller.id: teller.group for teller in tellers}
    # Countries are found by the key: peer and name. ISPs, which are most of the rows, by the day; so no peer is named.
    of_countries = (one.peer << sorted(groups)) & (one.subject << sorted(COUNTRIES))
    of_kind = of_countries if kind == MAP else fn.LENGTH(one.subject) > 2  # AS alone is American Samoa
    rows = one.select(one.subject, one.peer, fn.SUM(one.volume)).where(of_kind & _is_between(first, end))
    found: dict[str, dict[str, int]] = {}
    for subject, peer, volume in rows.group_by(one.subject, one.peer).tuples():
        if peer not in groups:
            continue
        told = found.setdefault(subject, {})
        told[groups[peer]] = told.get(groups[peer], 0) + int(volume)
    return found


def _is_between(first: int, end: int) -> Any:
    return (ExchangedVolume.day >= first) & (ExchangedVolume.day < end)
