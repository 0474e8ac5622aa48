"""The tables of what was found through resolvers, and the targets that read them."""

from __future__ import annotations

import pytest

from benchmarks import mixes, targets
from benchmarks.resolvers import found
from benchmarks.results import COMPILED, FLOODS, PEER, Cost, Lap, Results, Row
from tests.benchmarks.test_results import cells

PARTIAL = FLOODS["partial"]


@pytest.fixture
def results() -> Results:
    ours = Row(COMPILED, {"answers/s": [300e3, 200e3], mixes.TOGETHER: [270e3, 180e3]})
    nsd = Row("NSD", {"answers/s": [100e3, 50e3], mixes.TOGETHER: [90e3, 60e3]})
    made = Results(
        "full", "", "", 1, 1, 1, [Row(PEER, {"answers/s": [1.0, 1.0], mixes.TOGETHER: [1.0, 1.0]}), nsd, ours]
    )
    made.mixes = {mixes.TOGETHER: 0.66}
    made.lookups = [Cost("unbound", 4, {"cold": 6, "same_network": 1, "other_network": 4})]
    made.laps = [
        Lap("unbound", PARTIAL, 2000, 0, 0, 900, 1500, 4200, 6000, 8000, flood=20_000, micros=3.25),
        Lap("Knot Resolver", found_under_limit(), 2000, 0, 0, 900, 1500, 4200, 6000, 8000, dropped=3, truncated=4),
    ]
    return made


def found_under_limit() -> str:
    return next(lap.beside for lap in found.before().laps if lap.resolver == "Knot Resolver")


def test_a_mix_stands_beside_complete_names_with_its_ratios(results: Results) -> None:
    complete, mixed = cells(found.mixes(results))

    assert complete == ["complete names", "0%", "1", "75k", "250k", "–", "1.00", "3.50", "250,000.00"]
    assert mixed == [mixes.TOGETHER, "66%", "1", "75k", "225k", "–", "0.90", "3.00", "225,000.00"]


def test_the_targets_of_a_mix_are_ratios_of_the_same_rounds(results: Results) -> None:
    assert targets.mix(COMPILED)(results) == 0.9
    assert targets.mix("NSD")(results) == 3.0
    assert targets.mix("Knot DNS")(results) is None


def test_a_lookup_has_its_packets_of_before_beside_those_of_now(results: Results) -> None:
    (line,) = cells(found.lookups(results.lookups))

    assert line == ["unbound", "IPv4", "6", "6", "6", "1", "6", "4"]


def test_a_lap_beside_a_flood_stands_below_that_of_before(results: Results) -> None:
    lines = cells(found.floods(results.laps, "a machine").partition("\n\n")[0])

    assert [line[2] for line in lines] == ["before", "now", "before", "now"]
    assert lines[1][3:] == ["0.9", "1.5", "4.2", "6.0", "0", "0", "0", "0", "20,000", "3.2"]
    assert lines[3][9:] == ["3", "4", "–", "–"]


def test_the_targets_beside_floods_read_their_laps(results: Results) -> None:
    assert targets.beside_flood(PARTIAL)(results) == 4.2
    assert targets.beside_flood("another flood")(results) is None
    assert targets.dropped(results) == 7
    assert targets.failed_beside_floods(results) == 0


def test_what_was_not_measured_is_said() -> None:
    assert set(found.sections(Results("full", "", "", 1, 1, 1)).values()) == {"Not measured in this run."}
