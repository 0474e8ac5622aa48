"""Figures become ratios, verdicts, a page and a picture."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from benchmarks import plan, report, targets
from benchmarks.__main__ import PAGE, ROOT
from benchmarks.plot import drawn
from benchmarks.results import COMPILED, INTERPRETED, PEER, Comparison, Results, Row, compared, find, paired, ratio

OURS = {"answers/s": [480_000.0, 240_000.0, 470_000.0], "µs": [2.0, 2.1, 2.0], "p50": [80.0] * 3, "p99": [150.0] * 3}
THEIRS = {"answers/s": [500_000.0, 240_000.0, 470_000.0], "µs": [2.0, 2.0, 2.0], "p50": [75.0] * 3, "p99": [140.0] * 3}
ONCE = {"memory": 110e6, "memory without lists": 99e6, "start": 1.5, "start without lists": 1.4, "lists loaded": 0.05}
PEERS_ONCE = {"memory": 24e6, "memory without lists": 0.3e6, "start": 0.31, "start without lists": 0.01}


@pytest.fixture
def results() -> Results:
    ours = Row(COMPILED, OURS | {"lost": [0, 0, 0], "asked": [60_000] * 3}, ONCE)
    theirs = Row(PEER, THEIRS | {"lost of bursts": [100, 90, 110], "bursts": [2, 2, 2]}, PEERS_ONCE)
    return Results(
        "full", "2 cores", "own load", 1_000_000, 200_000, 20_000,
        rows=[theirs, ours, Row("NSD", absent="the Debian package nsd could not be had here")],
        sizes={1_000_000: [theirs, Row(COMPILED, OURS, ONCE | {"import": 4.2})]},
        comparisons=[compared("busy portal", "p99, µs", [3400.0], [3200.0], "busy with swaps", "120 pages were shown")],
    )  # fmt: skip


def test_a_ratio_is_the_middle_one_of_the_rounds(results: Results) -> None:
    # Of the medians it would be 470 / 470; the rounds say 0.96, 1 and 1.
    assert ratio(results.row(COMPILED), results.row(PEER), "answers/s") == 1.0
    assert paired([1.0, 2.0, 9.0], [2.0, 2.0, 3.0]) == 1.0


def test_a_ratio_needs_both(results: Results) -> None:
    assert ratio(results.row(COMPILED), results.row("NSD"), "answers/s") is None
    assert paired([1.0], [0.0]) is None


def test_a_comparison_without_the_peer_has_no_ratio() -> None:
    found = compared("quiet", "p99, µs", [3.0, 1.0, 2.0], [])

    assert (found.ours, found.theirs, found.ratio) == (2.0, None, None)


def test_results_are_kept_whole(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "kept.json")

    assert Results.load_from(tmp_path / "kept.json") == results


def test_lists_are_what_a_server_has_more_than_without(results: Results) -> None:
    ours, theirs = find(results.rows, COMPILED), find(results.rows, PEER)

    assert targets.list_memory(ours) == 11e6
    assert targets.loading_seconds(ours) == 0.05
    assert targets.loading_seconds(theirs) == pytest.approx(0.3)


def test_targets_say_met_not_met_and_not_measured(results: Results) -> None:
    verdicts = {(line[0], line[1]): line[3:] for line in cells(report.targets(results))}

    assert verdicts["list of 1M loaded, times faster", PEER] == ["6.00", "met"]
    assert verdicts["memory of the list, 1M", PEER] == ["0.46", "met"]
    assert verdicts["answers/s, one loop", "NSD"] == ["–", "not measured"]
    assert verdicts["answers/s, interpreted", PEER] == ["–", "not measured"]
    assert verdicts["processor time an answer (theirs / ours)", PEER] == ["1.00", "met"]
    results.comparisons[0].ratio = 1.31
    assert "| at most 1.3 | 1.31 | **not met** |" in report.targets(results)


def test_a_scenario_is_no_verdict_on_the_compiled_one_where_it_did_not_run(results: Results) -> None:
    results.rows[1].name = INTERPRETED

    assert targets.beside("busy with swaps")(results) is None


def test_the_targets_of_memory_start_import_and_restart_are_mosts_of_their_own(results: Results) -> None:
    results.sizes[10_000_000] = [Row(COMPILED, once={"start, processor": 0.31})]
    for key, value in (
        ("restart, lost", 0), ("restart, longest", 900_000), ("import of 1,000,000 entries, p999", 5_100)
    ):  # fmt: skip
        results.comparisons.append(Comparison("a scenario", "a figure", value, key=key))

    verdicts = {line[0]: line[2:] for line in cells(report.targets(results))}

    assert verdicts["memory of the whole process, 1M entries, MB"] == ["at most 70", "110.00", "**not met**"]
    assert verdicts["first right answer after a start, 10M entries, s of processor"][1:] == ["0.310", "**not met**"]
    assert verdicts["lost while a successor takes over, 20,000/s"][1:] == ["0.00", "met"]
    assert verdicts["slowest answer meanwhile, s"][1:] == ["0.90", "met"]
    assert verdicts["p99.9, ms, during the import of 1,000,000 entries"][1:] == ["5.10", "**not met**"]
    assert verdicts["lost during the import of 10,000,000 entries"][1:] == ["–", "not measured"]


def test_the_page_has_every_server_and_why_one_is_absent(results: Results) -> None:
    lines = {line[0]: line for line in cells(report.servers(results))}

    assert lines[f"**{COMPILED}**"][1:6] == ["470k", "1.00", "–", "2.00", "80 / 150"]
    assert lines[PEER][7] == "50 of each"
    assert lines[f"**{COMPILED}**"][6] == "0"
    assert lines["NSD"][1] == "not measured: the Debian package nsd could not be had here"


def test_the_figures_replace_those_of_the_run_before(results: Results) -> None:
    once = report.filled(PAGE.read_text(), report.sections(results))
    results.rows[1].rounds["answers/s"] = [123_456.0] * 3
    twice = report.filled(once, report.sections(results))

    assert "470k" in once
    assert "| **Gatepost** | 123k |" in twice
    assert twice.count("<!-- servers -->") == 1
    assert "Not measured yet" not in once


def test_a_page_without_a_place_for_the_figures_is_told(results: Results) -> None:
    with pytest.raises(report.NoMarker, match="<!-- machine -->"):
        report.filled("# Performance\n", report.sections(results))


def test_the_picture_is_whole_and_has_every_server(results: Results) -> None:
    picture = drawn(results)

    words = [element.text for element in Xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert {PEER, COMPILED, "busy portal", "1,000,000"} <= set(words)
    assert "prefers-color-scheme: dark" in picture


def test_nobody_who_draws_no_picture_waits_for_matplotlib() -> None:
    code = "import sys, benchmarks.__main__, benchmarks.verdicts.__main__; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_picture_of_nothing_is_still_one() -> None:
    Xml.fromstring(drawn(Results("full", "", "", 1, 1, 1)))


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (850.0, "850"), (7_050.0, "7.0k"), (476_400.0, "476k")])
def test_rates_are_short(value: float | None, text: str) -> None:
    assert report.short(value) == text


def test_losses_are_told_as_shares(results: Results) -> None:
    row = Row("x", {"lost": [3.0, 0.0], "asked": [1000.0, 1000.0]})

    assert report.share(row, "lost", "asked") == "0.15%"
    assert report.share(row, "lost of bursts", "bursts") == "–"


def test_the_full_run_is_the_default_and_a_wrong_name_is_refused() -> None:
    assert plan.chosen({}) is plan.FULL
    assert plan.chosen({"BENCH": "quick"}) is plan.QUICK
    with pytest.raises(ValueError, match="full or quick"):
        plan.chosen({"BENCH": "slow"})


def test_a_note_stands_beside_its_figure() -> None:
    line = cells(report.company([Comparison("two loops", "answers/s", note="not measurable here")]))[0]

    assert line == ["two loops", "answers/s", "–", "–", "–", "not measurable here"]


def cells(table: str) -> list[list[str]]:
    """The lines of a table of Markdown, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_what_is_nothing_to_measure_is_refused_with_what_there_is() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 1 and "--help is nothing to measure" in done.stderr
    assert "python -m benchmarks reports" in done.stderr
