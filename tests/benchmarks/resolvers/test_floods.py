"""Lookups of one client through a real resolver, while another address floods Gatepost for some seconds.

The load is bounded and ends by itself: three seconds for each flood. The bounds are for a machine with two cores and
much other work. Waiting times are then those of the other work: so every second lookup counts, with as much room as
lookups need without a flood; where each packet of the flood takes the slow way, they wait for 50 ms and more. What a
packet takes of the processor is the same on any machine within a factor of two or three: 3 µs, or 60 the slow way.
"""

from __future__ import annotations

import json

import pytest

from benchmarks import load
from benchmarks.peers import Absent
from benchmarks.resolvers import floods, found, network
from benchmarks.resolvers.programs import KnotResolver, Unbound
from benchmarks.results import FLOODS, Lap
from benchmarks.servers import gatepost
from tests import debian

SECONDS, RATE, LOOKUPS = 3, 20_000, 100
ROOM = 20_000  # microseconds
MOST_MICROS = 20
TIMES_QUIET = 3


@pytest.fixture(scope="module")
def laps() -> dict[str, Lap]:
    """What was measured, by what was beside it."""
    for kind in (Unbound, KnotResolver):
        debian.need(kind.package)
    if not load.has_compiler() or not gatepost.is_compiled():
        debian.do_without("there is no C compiler: interpreted, Gatepost cannot answer such a flood")
    try:
        measured = network.run("floods", SECONDS, RATE, LOOKUPS)
    except Absent as reason:
        debian.need_root("may make a network namespace on this system")
        debian.do_without(str(reason))
    return {lap.beside: lap for lap in found.laps(json.loads(measured))}


def bound(laps: dict[str, Lap]) -> float:
    """How long every second lookup may take at most."""
    return ROOM + TIMES_QUIET * laps[floods.QUIET].p90


def test_a_partial_name_costs_about_as_little_as_a_whole_one(laps: dict[str, Lap]) -> None:
    assert 0 < laps[FLOODS["partial"]].micros <= MOST_MICROS


@pytest.mark.parametrize("kind", FLOODS.values())
def test_a_flood_keeps_no_other_client_waiting(laps: dict[str, Lap], kind: str) -> None:
    assert laps[kind].p50 <= bound(laps)


@pytest.mark.parametrize("kind", FLOODS.values())
def test_no_lookup_beside_a_flood_is_lost_or_gets_a_wrong_answer(laps: dict[str, Lap], kind: str) -> None:
    lap = laps[kind]

    assert lap.flood > RATE / 2, "the flood itself was not sent"
    assert (lap.lost, lap.failed) == (0, 0)


def test_a_resolver_is_answered_whenever_it_walks_to_a_name(laps: dict[str, Lap]) -> None:
    lap = laps[floods.LIMITED]

    assert (lap.dropped, lap.truncated) == (0, 0)
