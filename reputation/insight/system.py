"""Facts about the installation: its database, the memory of what is loaded, and who asks under unknown codes.

It changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reputation.insight.day_summary import DAY
from reputation.store import db
from reputation.store.models import OtherHour
from reputation.verdict.counters import HOUR
from reputation.verdict.snapshot import Layer, Snapshot


class DatabaseFacts(NamedTuple):
    """The kind of the database with its version, and its `size` in octets."""

    kind: str
    size: int


class Loaded(NamedTuple):
    """A part of the snapshot.

    `size` is in octets, as far as its columns and texts go; 0 where they cannot be read from outside, and are small.
    """

    name: str
    size: int
    what: str


class UnknownCodeClient(NamedTuple):
    """A network that asked under an unknown code, and when it was first and last seen (Unix seconds)."""

    network: str
    packets: int
    first_at: int
    last_at: int


def database_facts() -> DatabaseFacts:
    """Return which database is used, and how large it is."""
    return DatabaseFacts(*db.facts())


def loaded(snapshot: Snapshot | None) -> list[Loaded]:
    """Return the parts of the snapshot, each with the memory that it takes."""
    if snapshot is None:
        return []
    origins, policies = snapshot.origins, snapshot.policies
    names = origins.names
    own = (snapshot.standard.own, snapshot.dynamic.own)
    recent = (snapshot.standard.recent, snapshot.dynamic.recent)
    return [
        Loaded("standard feeds", _layer(snapshot.standard.feeds), _steps(snapshot.standard.feeds)),
        Loaded("dynamic feeds", _layer(snapshot.dynamic.feeds), _steps(snapshot.dynamic.feeds)),
        Loaded("listings", sum(map(_layer, (*own, *recent))), _own(sum(map(_count, own)), sum(map(_count, recent)))),
        Loaded(
            "origins",
            _size([*_columns(origins), origins.asn_of, origins.country_of, names.asns, names.ends, names.text]),
            f"{len(names):,} ISPs, as of {origins.dated or 'no day'}",
        ),
        Loaded("policies", 0, f"{len(policies.codes):,} activation codes"),
    ]


def unknown_codes(now: int, days: int = 7, limit: int = 50) -> list[UnknownCodeClient]:
    """Return who asked under unknown, expired or revoked codes in the last days, the most packets first."""
    since = now - now % HOUR - days * DAY
    found: dict[str, UnknownCodeClient] = {}
    rows = OtherHour.select().where((OtherHour.kind == "unknown code") & (OtherHour.hour > since))
    for row in rows.where(OtherHour.network != ""):
        one = found.get(row.network, UnknownCodeClient(row.network, 0, row.hour, row.hour))
        found[row.network] = UnknownCodeClient(
            row.network, one.packets + row.packets, min(one.first_at, row.hour), max(one.last_at, row.hour)
        )
    return sorted(found.values(), key=lambda one: (-one.packets, one.network))[:limit]


def _count(layer: Layer) -> int:
    return sum(bool(value) for steps in (layer.steps4, layer.steps6) for value in steps.values)


def _own(ranges: int, changed: int) -> str:
    return f"{ranges:,} ranges" + (f", {changed:,} changed since they were built" if changed else "")


def _steps(layer: Layer) -> str:
    return f"{len(layer.steps4) + len(layer.steps6):,} steps"


def _layer(layer: Layer) -> int:
    return _size(_columns(layer)) + layer.entries_size()


def _columns(held: Any) -> list[Any]:
    """The columns of what has steps of both versions."""
    four, six = held.steps4, held.steps6
    return [four.lows, four.index, four.values, six.high, six.low, six.values]


def _size(columns: Iterable[Any]) -> int:
    return sum(memoryview(column).nbytes for column in columns)
