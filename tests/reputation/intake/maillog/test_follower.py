"""Following logs: each line counts once through rotation, truncation and restarts, as of its own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.customers import mail_servers
from reputation.intake import maillog, spam_reports
from reputation.intake.maillog import Follower, LogSource
from reputation.store.db import Store
from reputation.store.models import LogPlace, SenderScore, SpamReport
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.reputation.intake.maillog.log_lines import delivered, spam, unknown

HOUR = 3600
LINES = [*delivered("mail.good.example[198.51.100.25]"), unknown("unknown[203.0.113.9]")]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def reported() -> list[str]:
    return [row.address for row in others(SpamReport).order_by(SpamReport.id)]


def follower(log: Path) -> Follower:
    return Follower(LogSource("postfix", log))


def test_a_log_is_followed_from_its_present_end(store: Store, log: Path) -> None:
    following = follower(log)

    assert following.read_new(NOON) == ""
    append(log, spam(1))
    assert following.read_new(NOON + 1) == "mail.log: 1 reports, 0 clean deliveries."
    assert following.read_new(NOON + 2) == ""
    assert reported() == ["203.0.113.1"]


def test_a_restart_goes_on_where_the_last_look_ended(store: Store, log: Path) -> None:
    follower(log).read_new(NOON)
    append(log, spam(1) + spam(2))
    follower(log).read_new(NOON + 1)
    append(log, spam(3))
    follower(log).read_new(NOON + 2)

    assert reported() == ["203.0.113.1", "203.0.113.2", "203.0.113.3"]


def test_a_line_that_has_not_ended_waits_for_its_end(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1) + spam(2)[:70])
    following.read_new(NOON + 1)
    assert reported() == ["203.0.113.1"]
    append(log, spam(2)[70:])
    following.read_new(NOON + 2)
    assert reported() == ["203.0.113.1", "203.0.113.2"]


def test_rotation_loses_no_line_and_counts_none_twice(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1))
    following.read_new(NOON + 1)
    append(log, spam(2))
    log.rename(log.with_name("mail.log.1"))
    log.write_text(spam(3))
    following.read_new(NOON + 2)
    append(log, spam(4))
    following.read_new(NOON + 3)

    assert reported() == [f"203.0.113.{number}" for number in (1, 2, 3, 4)]


def test_a_log_that_is_truncated_in_place_is_read_from_its_beginning(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    log.write_text(spam(5))
    following.read_new(NOON + 1)

    assert reported() == ["203.0.113.5"]


def test_a_log_that_is_missing_is_said_and_taken_up_when_it_comes(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    log.rename(log.with_name("mail.log.1"))
    assert "cannot be read: No such file" in following.read_new(NOON + 1)
    assert "cannot be read: No such file" in following.trouble(NOON + 1)
    log.write_text(spam(6))
    following.read_new(NOON + 2)

    assert reported() == ["203.0.113.6"] and following.trouble(NOON + 2) == ""


def test_one_mistyped_recipient_is_nothing_and_many_are_guesses(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, f"{LINES[-1]}\n" * 3)
    following.read_new(NOON + 1)
    assert reported() == []
    append(log, f"{LINES[-1]}\n" * 2)
    following.read_new(NOON + 2)
    assert reported() == ["203.0.113.9", "203.0.113.9"]


def test_clean_deliveries_make_a_rating(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, "\n".join(LINES) + "\n")
    following.read_new(NOON + 1)

    [state] = others(SenderScore).where(SenderScore.network == "198.51.100.25")
    assert state.clean == 1.0


def test_a_backlog_is_read_look_by_look_to_its_end(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.intake.maillog.log_files.AT_ONCE", len(spam(1)) + 10)
    following = follower(log)
    following.read_new(NOON)
    append(log, "".join(map(spam, range(1, 5))))
    for second in range(1, 6):
        following.read_new(NOON + second)

    assert reported() == [f"203.0.113.{number}" for number in (1, 2, 3, 4)]


def test_what_could_not_be_written_is_read_again(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1))
    with monkeypatch.context() as broken:
        broken.setattr(spam_reports, "accept_many", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            following.read_new(NOON + 1)
    following.read_new(NOON + 2)

    assert reported() == ["203.0.113.1"]


def test_what_was_left_in_the_rotated_file_is_read_to_its_end_first(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reputation.intake.maillog.log_files.AT_ONCE", len(spam(1)) + 10)
    following = follower(log)
    following.read_new(NOON)
    append(log, "".join(map(spam, range(1, 4))) + spam(4).rstrip())
    log.rename(log.with_name("mail.log.1"))
    log.write_text(spam(5))
    for second in range(1, 9):
        following.read_new(NOON + second)

    assert reported() == [f"203.0.113.{number}" for number in range(1, 6)]


def test_a_log_that_nobody_writes_to_costs_no_transaction(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = follower(log)
    following.read_new(NOON)
    monkeypatch.setattr("reputation.intake.maillog.follower.db.write", lambda: 1 // 0)

    assert following.read_new(NOON + 1) == ""


def test_a_line_counts_as_of_its_own_time_and_for_nothing_after_six_hours(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1, NOON - 7 * HOUR) + spam(2, NOON - 5 * HOUR) + spam(3, NOON))
    following.read_new(NOON)

    rows = [(row.address, row.reported_at) for row in others(SpamReport).order_by(SpamReport.reported_at)]
    assert rows == [("203.0.113.2", NOON - 5 * HOUR), ("203.0.113.3", NOON)]
    assert following.figures.ignored == {"older than six hours": 1}


def test_a_message_whose_beginning_was_read_before_a_restart_is_known_after_it(store: Store, log: Path) -> None:
    lines = delivered("mail.good.example[198.51.100.26]", "5A")
    follower(log).read_new(NOON)
    append(log, "\n".join(lines[:4]) + "\n")
    follower(log).read_new(NOON + 1)
    append(log, "\n".join(lines[4:]) + "\n")
    said = follower(log).read_new(NOON + 2)

    assert said == "mail.log: 0 reports, 1 clean deliveries."


def test_two_programs_are_followed_in_one_file_each_to_its_end(store: Store, log: Path) -> None:
    logs = maillog.followers((("postfix", str(log)), ("amavis", str(log))))
    maillog.follow(logs, NOON)
    append(log, spam(1))
    maillog.follow(logs, NOON + 1)
    maillog.follow(logs, NOON + 6)

    assert reported() == ["203.0.113.1"]
    assert [figures.lines for figures in maillog.figures(logs)] == [1, 1]


def test_a_log_whose_place_an_earlier_version_wrote_is_read_on_from_there(store: Store, log: Path) -> None:
    LogPlace.create(path=str(log), inode=log.stat().st_ino, offset=log.stat().st_size, at=NOON)
    append(log, spam(1))
    follower(log).read_new(NOON)

    assert reported() == ["203.0.113.1"]


def test_lines_end_at_a_line_feed_and_nowhere_else(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    for end in "\u2028\u2029\x85\x0b\x0c\r\x1c\x1d\x1e\0":
        append(log, f"Sep 21 12:00:00 mx postfix/smtpd[1]: warning: {end}{spam(7)}")
    following.read_new(NOON + 1)

    assert reported() == [] and following.figures.lines == 10


def test_the_evidence_keeps_the_line_without_who_got_it(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1))
    following.read_new(NOON + 1)

    evidence = others(SpamReport).get().evidence
    assert "milter-reject: END-OF-MESSAGE from a[203.0.113.1]: 5.7.1 Spam" in evidence
    assert "to=<…@acme.example>" in evidence and "y@acme" not in evidence


def test_a_log_of_another_program_says_so_after_a_thousand_lines(store: Store, log: Path) -> None:
    following = Follower(LogSource("exim", log))
    following.read_new(NOON)
    append(log, "\n".join(delivered("a[192.0.2.1]") * 143) + "\n")
    said = following.read_new(NOON + 1)

    assert said == (
        f"mail.log: none of the last 1,001 lines is one of Exim's. See what they are: gatepost logs try exim:{log}"
    )
    assert following.figures.foreign == 1001 and following.figures.recognised == 0
    assert maillog.troubles([following], NOON + 2) == {f"exim:{log}": said}


def test_one_of_our_own_servers_is_never_evidence(store: Store, log: Path) -> None:
    [following] = maillog.followers((("postfix", str(log)),), own_networks=("203.0.113.0/30",))
    following.read_new(NOON)
    append(log, spam(1) + spam(9))
    following.read_new(NOON + 1)

    assert reported() == ["203.0.113.9"]
    assert following.figures.ignored == {"one of our own servers": 1}


def test_reading_that_does_not_keep_up_says_so_until_it_does(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reputation.intake.maillog.log_files.AT_ONCE", 1000)
    ticks = iter(range(100))  # a read lasts as long as a look may
    following = Follower(LogSource("postfix", log), clock=lambda: next(ticks))
    following.read_new(NOON)
    append(log, "\n".join(delivered("a[198.51.100.25]") * 12) + "\n")
    said = [following.read_new(NOON + second) for second in range(1, 12)]

    assert "behind" not in "".join(said[:5])
    assert said[6].endswith("mail.log: reading is 0 MB behind what is written.")
    assert said[-1] == "" and following.figures.left == 0 and not following.figures.is_behind(NOON + 12)


def test_lines_that_could_not_be_kept_are_figures_once(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1) + "what is this?\n")
    with monkeypatch.context() as patched:
        patched.setattr(spam_reports, "_keep", lambda *_: 1 / 0)
        for second in range(3):
            with pytest.raises(ZeroDivisionError):
                following.read_new(NOON + second)
    assert following.figures.lines == 0 and not following.figures.samples
    following.read_new(NOON + 5)

    figures = following.figures
    assert (figures.lines, figures.counted["spam"], figures.unread) == (2, 1, 1)
    assert [len(lines) for lines in figures.samples.values()] == [1, 1]


def test_reports_that_list_nobody_are_a_figure(cast: Cast, log: Path) -> None:
    server = mail_servers.add(cast.acme.id, "203.0.113.1", NOON)
    mail_servers.confirm(server.id, server.network, NOON)
    following = follower(log)
    following.read_new(NOON)
    append(log, spam(1) + spam(2))
    following.read_new(NOON + 1)
    assert (following.figures.counted["spam"], following.figures.guarded, following.figures.duplicates) == (2, 1, 0)

    log.write_text(spam(2))  # begun anew, with a line that was there
    following = follower(log)
    following.read_new(NOON + 2)
    assert (following.figures.guarded, following.figures.duplicates) == (0, 1)


def test_mistyped_recipients_that_could_not_be_kept_are_no_guesses_when_they_are_read_again(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, f"{LINES[-1]}\n" * 3)
    with monkeypatch.context() as patched:
        patched.setattr(following, "_write_place", lambda *_: 1 / 0)
        for second in range(5):
            with pytest.raises(ZeroDivisionError):
                following.read_new(NOON + second)
    following.read_new(NOON + 5)

    assert reported() == [], "three mistakes are three, however often the database was away"
    append(log, f"{LINES[-1]}\n")
    following.read_new(NOON + 6)
    assert reported() == ["203.0.113.9"]
