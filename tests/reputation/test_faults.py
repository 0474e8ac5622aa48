"""The room of faults: what is not well, since when, and what to do."""

from __future__ import annotations

import logging
import threading

import pytest

from reputation import faults
from reputation.faults import Fault


def test_a_fault_keeps_its_beginning_and_has_the_last_sentence() -> None:
    faults.raised("database", "Gone.", 100)
    faults.raised("database", "Locked.", 160)

    assert faults.standing() == [Fault("database", 100, "Locked.", 160)]


def test_what_has_stood_longest_comes_first_and_what_is_gone_is_not_there() -> None:
    faults.raised("clock", "Ahead.", 200)
    faults.raised("database", "Gone.", 100)
    faults.raised("feed:one", "Not found.", 50)
    faults.gone("feed:one", 300)

    assert [fault.name for fault in faults.standing()] == ["database", "clock"]


def test_a_fault_that_comes_back_has_a_new_beginning() -> None:
    faults.raised("clock", "Ahead.", 100)
    faults.gone("clock", 200)
    faults.raised("clock", "Ahead.", 300)

    assert faults.standing() == [Fault("clock", 300, "Ahead.", 300)]


def test_the_log_has_a_line_for_what_is_new_and_for_the_end_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gatepost.faults"):
        for now in range(100, 200):
            faults.raised("database", "Gone.", now)
        faults.raised("database", "Locked.", 200)
        faults.gone("database", 230)
        faults.gone("database", 240)

    assert caplog.messages == ["database: Gone.", "database: Locked.", "database: well again after 130 seconds."]


def test_what_comes_and_goes_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gatepost.faults"):
        for now in range(1000, 1500):
            faults.raised("database", f"{now} of it.", now)
            faults.gone("database", now)
        faults.raised("clock", "Ahead.", 1500)

    assert len(caplog.messages) == faults.LINES + 1
    assert "no more of it here for 10 minutes" in caplog.messages[faults.LINES - 1]
    assert caplog.messages[-1] == "clock: Ahead.", "each has its own lines"
    with caplog.at_level(logging.INFO, "gatepost.faults"):
        faults.raised("database", "Gone.", 1000 + faults.WINDOW + 10)
    assert caplog.messages[-1] == "database: Gone."


def test_there_are_never_more_than_the_bound_and_it_is_said_how_many_more(caplog: pytest.LogCaptureFixture) -> None:
    for turn in range(3):
        for number in range(faults.MOST + 5):
            faults.raised(f"feed:{number}", "Not found.", 100 + turn)

    standing = faults.standing()
    assert len(standing) == faults.MOST + 1
    assert (standing[-1].name, standing[-1].since) == (faults.MORE, 100)
    assert "5 beyond these" in standing[-1].sentence
    assert len(caplog.messages) == faults.MOST + 1, "one line says that those beyond are counted alone"


def test_what_has_no_subject_always_has_a_place() -> None:
    for number in range(faults.MOST + 5):
        faults.raised(f"feed:{number}", "Not found.", 100)

    faults.raised("database", "Gone.", 200)

    assert [fault.sentence for fault in faults.of_kind("database")] == ["Gone."]


def test_one_beyond_the_bound_has_a_place_once_there_is_one() -> None:
    for number in range(faults.MOST + 1):
        faults.raised(f"feed:{number}", "Not found.", 100)
    faults.gone("feed:0", 200)
    faults.raised(f"feed:{faults.MOST}", "Not found.", 200)

    assert [fault.name for fault in faults.standing()][-1] == f"feed:{faults.MOST}"


def test_text_of_others_makes_no_second_line_and_has_an_end(caplog: pytest.LogCaptureFixture) -> None:
    faults.raised("feed:a\nb\x1b[31m", "One\r\n2026-01-01 gatepost ERROR all is lost\u2028" + "x" * 100_000, 100)

    [fault] = faults.standing()
    assert fault.name == "feed:a b [31m"
    assert fault.sentence.startswith("One 2026-01-01 gatepost ERROR all is lost xxx")
    assert len(fault.sentence) == faults.LONGEST_SENTENCE and fault.sentence.endswith("…")
    assert len(caplog.messages) == 1 and caplog.messages[0].isprintable()
    faults.gone("feed:a\nb\x1b[31m", 101)
    assert faults.standing() == []


def test_what_a_look_no_longer_finds_is_over_and_what_others_told_stays() -> None:
    faults.raised("feed:told", "By who fetched it.", 50)
    faults.found("feed", {"one": "Not found.", "two": "Refused."}, 100)
    faults.found("feed", {"two": "Refused."}, 160)
    faults.found("disk", {}, 160)

    assert faults.standing() == [
        Fault("feed:told", 50, "By who fetched it.", 50), Fault("feed:two", 100, "Refused.", 160),
    ]  # fmt: skip


def test_a_look_finds_a_kind_without_a_subject() -> None:
    faults.found("letters", {"": "3 letters wait."}, 100)
    assert [(fault.kind, fault.subject) for fault in faults.standing()] == [("letters", "")]

    faults.found("letters", {}, 160)
    assert faults.standing() == []


def test_no_fault_has_stood_since_a_time_to_come() -> None:
    faults.raised("database", "Gone.", 7200)
    faults.raised("database", "Gone.", 3600)

    assert faults.standing() == [Fault("database", 3600, "Gone.", 3600)]


def test_those_beyond_the_bound_end_too() -> None:
    for number in range(faults.MOST + 5):
        faults.raised(f"feed:{number}", "Not found.", number)
    assert len(faults.names("feed")) == faults.MOST + 5
    assert faults.standing()[-1].name == faults.MORE

    for name in faults.names("feed"):
        faults.gone(name, 1000)

    assert faults.standing() == [] and faults.names("feed") == set()


def test_whoever_tells_a_fault_does_not_wait_for_a_log_that_stands_still() -> None:
    goes_on, blocked = threading.Event(), threading.Event()

    class Stuck(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            blocked.set()
            assert goes_on.wait(30)

    stuck = Stuck()
    faults.log.addHandler(stuck)
    try:
        writer = threading.Thread(target=faults.raised, args=("database", "Gone.", 100))
        writer.start()
        assert blocked.wait(30)
        faults.gone("job:publish", 101)
        assert [fault.name for fault in faults.standing()] == ["database"]
    finally:
        goes_on.set()
        writer.join(30)
        faults.log.removeHandler(stuck)
