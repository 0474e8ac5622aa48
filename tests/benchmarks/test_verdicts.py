"""The page's tables and pictures are made of figures; what was not met is said; the numbers are those that decide."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.verdicts import drawing, page, speed
from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.measuring import LEVEL_TWO, TUNED_ON, UNSEEN, Run, added, figures_of
from benchmarks.verdicts.closed_loop.rules import BEFORE, NAMED, PSBL, RULES, SERVED
from benchmarks.verdicts.closed_loop.running import NOT_LISTED, Counted, Figures
from benchmarks.verdicts.closed_loop.settings import DENSE, SETTINGS, THIN, TRAPS
from benchmarks.verdicts.measuring import COMPARED, Results, runs
from benchmarks.verdicts.targets import Target, targets
from reputation.intake import estimate

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "scoring.md").read_text()


def figures(spam: int, good: int, lost: int = 0) -> Figures:
    """Of a hundred pieces of spam and a thousand good messages, so many deferred, and so many never come in."""
    made = Figures(to_list=[0, 60, 7200, 90_000, NOT_LISTED])
    made.spam["botnet"], made.good["server"] = Counted(100, spam, 0, 0), Counted(1000, good, lost, 0)
    return made


@pytest.fixture
def results() -> Results:
    """Ours meets every target; the others do less."""
    found = Results()
    for run in runs(1):
        ours = run.rule in (SERVED, NAMED)
        key = run.stream, run.setting.name, run.rule, run.level
        found.figures[key] = figures(70 + run.level, 5) if ours else figures(20, 5)
    for rule in COMPARED:
        found.through |= {(rule, attack.name): 50 for attack in adversary.ATTACKS}
        found.let_go |= {(stream, rule): {1: (40, 40), 6: (20, 40), 12: (4, 40)} for stream in (UNSEEN, TUNED_ON)}
    return found


def unmet(results: Results) -> list[Target]:
    return [one for one in targets(results) if not one.is_met]


def test_what_meets_every_target_misses_none(results: Results) -> None:
    assert unmet(results) == []


@pytest.mark.parametrize(
    ("setting", "found", "begins"),
    [
        (DENSE, figures(59, 5), "one filter's log, dense: 60% of spam or more"),
        (DENSE, figures(61, 7), "one filter's log, dense: 60% of spam or more"),
        (TRAPS, figures(70, 6), "traps alone: more spam than PSBL's rule"),
        (TRAPS, figures(20, 5), "traps alone: more spam than PSBL's rule"),
        (THIN, figures(70, 6), "one filter's log, thin: more spam than the points before it"),
    ],
)
def test_a_target_is_missed_by_too_little_spam_and_by_too_much_good_mail(
    results: Results, setting: object, found: Figures, begins: str
) -> None:
    results.figures[UNSEEN, setting.name, SERVED, LEVEL_TWO] = found  # type: ignore[attr-defined]

    assert [one.what.startswith(begins) for one in unmet(results)] == [True]


def test_good_mail_that_is_bounced_is_said_with_the_setting_where_it_is_most(results: Results) -> None:
    results.figures[UNSEEN, TRAPS.name, SERVED, LEVEL_TWO] = figures(70, 5, lost=3)

    (missed,) = unmet(results)
    assert missed.found == f"at most 0.300% (traps alone); more than 0.02% in 1 of {len(SETTINGS)} settings"


def test_an_adversary_that_gets_too_much_through_and_servers_that_are_kept_too_long_are_said(results: Results) -> None:
    results.through[SERVED, adversary.ATTACKS[0].name] = 101
    results.let_go[UNSEEN, SERVED][12] = 5, 40

    assert [one.found for one in unmet(results)] == ["101", "35 of 40"]


def test_every_rule_is_run_on_the_stream_for_the_page_and_ours_at_every_level() -> None:
    found = list(runs(1))

    for setting in SETTINGS:
        at = {(one.rule, one.level) for one in found if one.stream == UNSEEN and one.setting == setting}
        assert {rule for rule, level in at if level == LEVEL_TWO} == set(RULES)
        assert {level for rule, level in at if rule == SERVED} == {0, 1, 2, 3}


def test_runs_of_several_seeds_are_added_up() -> None:
    small = THIN._replace(amount=THIN.amount._replace(days=6, a_day=60), seeds=2)
    seeds = Run(UNSEEN, 5, small, PSBL).seeds()
    one, other = map(figures_of, seeds)

    together = added([one, other])
    assert [each.seed for each in seeds] == [5, 6]
    assert sum(each.tried for each in together.good.values()) == sum(
        each.tried for each in (*one.good.values(), *other.good.values())
    )
    assert together.to_list == one.to_list + other.to_list


def test_the_page_has_a_place_for_every_table(results: Results) -> None:
    taken = speed.Speed("two cores", 1.0, 2.0, 3.0, 4.0, 5, 6, 7, 8.0, 9)

    text = report.filled(TEXT, page.numbers() | page.verdicts(results) | page.speed(taken))

    cells = ["71.0% / 0.50%", "71.0% / 0.50%", *["20.0% / 0.50%"] * 5]
    assert f"| traps alone | {' | '.join(cells)} |" in text
    assert f"| {SERVED} | 20% | 20% | 20% | 20% | 20% | 5 |" in text  # how soon it lists
    assert f"| {BEFORE} | 100% | 50% | 10% | 40 |" in text  # when it lets go
    assert "| one more report scored | 2.0 µs |" in text


def test_the_page_shows_the_numbers_that_decide() -> None:
    assert report.filled(TEXT, page.numbers()) == TEXT, "docs/scoring.md shows other numbers: make verdicts"
    assert report.filled(TEXT, {"settings": page.settings()}) == TEXT, "docs/scoring.md shows other settings"


def test_the_page_says_whose_mail_is_deferred_and_bounced_by_kind(results: Results) -> None:
    results.of(TRAPS.name, SERVED).good["at home"] = Counted(200, 4, 1, 0)

    lines = page.verdicts(results)["good by kind"].splitlines()
    assert lines[2].startswith("| at home | 2.00% / 0.50% | 0.00% / 0.00% |")


def words(picture: str) -> set[str | None]:
    return {element.text for element in Xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}


def test_the_picture_has_every_setting_every_rule_and_four_levels(results: Results) -> None:
    found = words(drawing.drawn(results))

    assert {setting.name for setting in SETTINGS} <= found
    assert {f"{SERVED}, levels 1 to 4", f"{NAMED}, level 2", "1", "2", "3", "4"} <= found
    assert set(RULES) - {SERVED, NAMED} <= found


def test_the_picture_of_the_steps_is_an_example_of_the_estimate() -> None:
    world = estimate.leaned(600, 1000, estimate.LEANS[estimate.WORLD], estimate.UNKNOWN)
    likely = drawing.example()

    assert likely[0] == world and likely[-1] == likely[-2], "an address that was never seen is taken for its /24"
    assert f"nothing seen: {likely[-1]:.0%}" in words(drawing.steps_drawn())
    assert words((ROOT / "docs" / "scoring-steps.svg").read_text()) == words(drawing.steps_drawn())
    assert f"address is\n{likely[-1] * 100:.0f} %" in TEXT or f"address is {likely[-1] * 100:.0f} %" in TEXT
