"""The rules that are compared do what they publish; the stream is the same each time; the page is made of figures."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as Xml

import numpy as np

from benchmarks import report
from benchmarks.verdicts import page, rules
from benchmarks.verdicts.__main__ import unmet
from benchmarks.verdicts.measuring import Figures, Share
from benchmarks.verdicts.stream import DAY, HOUR, ROOT, Sender, Times, dealt, senders
from reputation.intake.scoring import LEVELS


def times(*moments: int) -> Times:
    return np.array(sorted(moments), np.int64)


def sender(trap: Times | None = None, complaint: Times | None = None, good: int = 0, known: bool = False) -> Sender:
    nothing = times()
    return Sender(
        "bot", 1, nothing, times(*range(good)), nothing if trap is None else trap, nothing,
        nothing if complaint is None else complaint, nothing, known,
    )  # fmt: skip


def listed(rule: str, one: Sender, *asked: int) -> list[bool]:
    rules.prepare([one])
    found = next(each for each in rules.rules() if each.name.startswith(rule))
    return list(found.verdicts(one, times(*asked)))


def test_spamcop_weighs_the_newest_report_4_and_one_of_two_days_1() -> None:
    ages = rules._fresh(times(0), times(0, 24 * HOUR, 48 * HOUR, 6 * DAY, 8 * DAY))

    assert list(ages) == [4, 2.5, 1, 1, 0]


def test_spamcop_lists_nobody_by_one_report_and_for_12_hours_by_two() -> None:
    assert listed("SpamCop's rule at 2", sender(trap=times(0)), 1) == [False]
    two = sender(trap=times(0, 1))
    assert listed("SpamCop's rule at 2", two, 2, 12 * HOUR, 12 * HOUR + 2) == [True, True, False]
    three = sender(trap=times(0, 1, 2))
    assert listed("SpamCop's rule at 2", three, 23 * HOUR, 25 * HOUR) == [True, False]


def test_spamcop_sets_the_reports_against_the_mail_that_was_seen() -> None:
    complaints = times(1000, 1001, 1002)

    assert listed("SpamCop's rule at 2", sender(complaint=complaints, good=500), 1003) == [True]
    assert listed("SpamCop's rule at 2", sender(complaint=complaints, good=1000), 1003) == [False]


def test_psbl_lists_by_one_trap_for_15_days_and_a_real_server_until_it_is_removed() -> None:
    asked = (HOUR, 13 * HOUR, 14 * DAY, 16 * DAY)

    assert listed("PSBL", sender(trap=times(0)), *asked) == [True, True, True, False]
    assert listed("PSBL", sender(trap=times(0), good=5), *asked) == [True, False, False, False]
    assert listed("PSBL", sender(trap=times(0), known=True), *asked) == [False] * 4
    assert listed("PSBL", sender(trap=times(*range(11))), 300 * DAY) == [True]


def test_ours_is_the_scoring_that_is_served() -> None:
    asked = (0, LEVELS[1].shortest - 1, LEVELS[1].shortest)

    assert listed("Gatepost, level 2", sender(trap=times(0)), *asked) == [True, True, False]
    assert listed("Gatepost, level 1", sender(trap=times(0)), *asked) == [False] * 3


def test_the_stream_is_the_same_for_the_same_seed() -> None:
    one, other = (list(itertools.islice(senders(5), 20)) for _ in range(2))

    for first, second in zip(one, other, strict=True):
        assert np.array_equal(first.spam, second.spam)
        assert np.array_equal(first.complaint, second.complaint)


def test_every_connection_is_dealt_to_one_who_sees_it() -> None:
    chance = np.random.default_rng(1)

    parts = dealt(chance, times(*range(1000)), (0.1, 0.2))

    assert sorted(np.concatenate(parts)) == list(range(1000))
    assert 50 < len(parts[0]) < 150 < len(parts[1]) < 250


def figures(name: str, spam: int, good: int) -> Figures:
    made = Figures(name, to_list=[60], to_clear=[3600])
    made.spam["bot"], made.good["shop"] = Share(100, spam), Share(1000, good)
    return made


def test_what_is_not_met_is_said() -> None:
    ours = [figures(f"Gatepost, level {level}", 50 + level, level) for level in (1, 2, 3, 4)]

    assert unmet([*ours, figures("PSBL's rule", 40, 3)]) == []
    assert unmet([*ours, figures("PSBL's rule", 60, 3)]) == [
        "level 2 defers more spam and less good mail than PSBL's rule"
    ]
    assert unmet([*reversed(ours), figures("PSBL's rule", 40, 30)])


def test_the_page_has_a_place_for_every_table_and_shows_the_numbers_that_are_used() -> None:
    text = (ROOT / "docs" / "scoring.md").read_text()

    sections = page.numbers() | page.verdicts([figures("PSBL's rule", 40, 3)])

    assert "| PSBL's rule | 40.0% | 0.30% |" in report.filled(text, sections)
    assert report.filled(text, page.numbers()) == text, "docs/scoring.md shows other numbers: make verdicts"


def test_the_picture_has_every_rule() -> None:
    names = ["Gatepost, level 1", "Gatepost, level 2", *(f"rule {number}" for number in range(12))]

    picture = page.drawn([figures(name, 40, 3) for name in names])

    assert set(names) <= {element.text for element in Xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
