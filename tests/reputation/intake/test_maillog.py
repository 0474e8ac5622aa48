"""Mail logs: what a line tells, and that each line counts once through rotation, truncation and restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.intake import spam_reports
from reputation.intake.maillog import Follower, LogSource
from reputation.intake.maillog.lines import (
    CLEAN,
    SPAM,
    UNKNOWN_RECIPIENT,
    Exim,
    LogEvent,
    Postfix,
    Reader,
    Rspamd,
)
from reputation.store.db import Store
from reputation.store.models import SenderScore, SpamReport
from tests.conftest import NOON
from tests.neighbour import others

P = "Nov  3 08:12:05 mx postfix"
POSTFIX = [
    f"{P}/smtpd[123]: connect from unknown[203.0.113.9]",
    f"{P}/smtpd[123]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 550 5.1.1 <x@acme.example>: Recipient address "
    "rejected: User unknown in local recipient table; from=<a@b.example> to=<x@acme.example> proto=ESMTP helo=<b>",
    # By a DNS list, such as this installation: no new evidence.
    f"{P}/smtpd[123]: NOQUEUE: reject: RCPT from unknown[203.0.113.8]: 554 5.7.1 Service unavailable; Client host "
    "[203.0.113.8] blocked using rep.example; from=<a@b.example> to=<y@acme.example> proto=ESMTP helo=<b>",
    f"{P}/smtpd[124]: 4F1AB2: client=mail.good.example[198.51.100.25]",
    f"{P}/cleanup[130]: 4F1AB2: message-id=<1@good.example>",
    f"{P}/smtpd[125]: 4F1AB3: client=unknown[203.0.113.10]",
    f"{P}/cleanup[131]: 4F1AB3: milter-reject: END-OF-MESSAGE from unknown[203.0.113.10]: 5.7.1 Spam message rejected; "
    "from=<a@b.example> to=<y@acme.example> proto=ESMTP helo=<b>",
    f"{P}/submission/smtpd[126]: 4F1AB4: client=home[192.0.2.77], sasl_method=PLAIN, sasl_username=ada",
    f"{P}/lmtp[140]: 4F1AB2: to=<y@acme.example>, relay=127.0.0.1[127.0.0.1]:24, dsn=2.0.0, status=sent (250 Ok)",
    f"{P}/smtp[141]: 4F1AB4: to=<z@other.example>, relay=mx.other.example[192.0.2.1]:25, status=sent (250 Ok)",
    f"{P}/qmgr[99]: 4F1AB2: removed",
    f"{P}/qmgr[99]: 4F1AB4: removed",
    f"{P}/smtpd[127]: 4F1AB5: client=unknown[2001:db8::9]",
    f"{P}/cleanup[132]: 4F1AB5: reject: header Subject: Pills from unknown[2001:db8::9]; from=<a@b.example> "
    "to=<y@acme.example> proto=ESMTP helo=<b>: 5.7.1 spam",
]
E = "2026-11-03 08:12:05"
EXIM = [
    f"{E} H=(b.example) [203.0.113.9] F=<a@b.example> rejected RCPT <x@acme.example>: Unrouteable address",
    f"{E} H=(b.example) [203.0.113.8] F=<a@b.example> rejected RCPT <y@acme.example>: 203.0.113.8 is listed",
    f"{E} 1tABCd-0001Ab-2C <= a@good.example H=mail.good.example [198.51.100.25] P=esmtps S=1234 id=1@good.example",
    f"{E} 1tABCd-0001Ab-2C => y@acme.example R=local T=maildir",
    f"{E} 1tABCd-0001Ab-2C Completed",
    f"{E} 1tABCe-0001Ab-2D H=(b.example) [203.0.113.10] F=<a@b.example> rejected after DATA: this is spam (21.0)",
    f"{E} 1tABCf-0001Ab-2E <= ada@acme.example H=home [192.0.2.77] P=esmtpsa A=plain:ada S=99",
    f"{E} 1tABCf-0001Ab-2E => z@other.example R=dnslookup T=remote_smtp H=mx.other.example [192.0.2.1]",
    f"{E} 1tABCf-0001Ab-2E Completed",
]
R = "2026-11-03 08:12:05 #8(normal) <4f1>; task; rspamd_task_write_log: id:"
RSPAMD = [
    f"{R} <1@b.example>, qid: <4F1AB2>, ip: 203.0.113.10, from: <a@b.example>, (default: T (reject): [21.1/15.0] [X",
    f"{R} <2@b.example>, qid: <4F1AB3>, ip: 2001:db8::9, from: <a@b.example>, (default: F (add header): [7.1/15.0] [X",
    f"{R} <3@good.example>, qid: <4F4>, ip: 198.51.100.25, from: <a@g.example>, (default: F (no action): [0.1/15.0] [",
    f"{R} <4@b.example>, qid: <4F1AB5>, ip: 203.0.113.11, from: <a@b.example>, (default: F (greylist): [5.1/15.0] [X",
    f"{R} <5@acme.example>, qid: <4F6>, ip: 192.0.2.77, user: ada, from: <a@acme.example>, (default: T (reject): [20/1",
]


@pytest.mark.parametrize(
    ("reader", "lines", "told"),
    [
        (
            Postfix(),
            POSTFIX,
            [
                (UNKNOWN_RECIPIENT, "203.0.113.9"),
                (SPAM, "203.0.113.10"),
                (CLEAN, "198.51.100.25"),
                (SPAM, "2001:db8::9"),
            ],
        ),
        (Exim(), EXIM, [(UNKNOWN_RECIPIENT, "203.0.113.9"), (CLEAN, "198.51.100.25"), (SPAM, "203.0.113.10")]),
        (Rspamd(), RSPAMD, [(SPAM, "203.0.113.10"), (SPAM, "2001:db8::9"), (CLEAN, "198.51.100.25")]),
    ],
)
def test_each_program_tells_of_strangers_and_not_of_its_own_people(
    reader: Reader, lines: list[str], told: list[tuple[str, str]]
) -> None:
    events = [event for line in lines if (event := reader.read(line))]

    assert [(event.kind, event.address) for event in events] == told


@pytest.mark.parametrize("reader", [Postfix(), Exim(), Rspamd()])
@pytest.mark.parametrize("line", ["", "x" * 10_000, "\x00\ufffd", f"{P}/smtpd[1]: 1: client=[[[[", f"{R} <"])
def test_a_line_that_means_nothing_is_passed_over(reader: Reader, line: str) -> None:
    assert reader.read(line) is None


def test_messages_that_never_end_fill_no_memory() -> None:
    reader = Postfix()
    for number in range(25_000):
        reader.read(f"{P}/smtpd[1]: {number:X}: client=a[192.0.2.1]")

    assert len(reader._clients._clients) == 20_000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text("\n".join(POSTFIX) + "\n")
    return path


def spam(number: int) -> str:
    return (
        f"{P}/cleanup[1]: AB{number}: milter-reject: END-OF-MESSAGE from a[203.0.113.{number}]: 5.7.1 Spam; from=<>\n"
    )


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
    log.write_text(spam(6))
    following.read_new(NOON + 2)

    assert reported() == ["203.0.113.6"]


def test_one_mistyped_recipient_is_nothing_and_many_are_guesses(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, f"{POSTFIX[1]}\n" * 3)
    following.read_new(NOON + 1)
    assert reported() == []
    append(log, f"{POSTFIX[1]}\n" * 2)
    following.read_new(NOON + 2)
    assert reported() == ["203.0.113.9", "203.0.113.9"]


def test_clean_deliveries_make_a_rating(store: Store, log: Path) -> None:
    following = follower(log)
    following.read_new(NOON)
    append(log, "\n".join(POSTFIX) + "\n")
    following.read_new(NOON + 1)

    [state] = others(SenderScore).where(SenderScore.network == "198.51.100.25")
    assert state.clean == 1.0
    assert LogEvent(CLEAN, "x").dedupe_key == ""


def test_a_backlog_is_read_look_by_look_to_its_end(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.intake.maillog.follower.AT_ONCE", len(spam(1)) + 10)
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
    monkeypatch.setattr("reputation.intake.maillog.follower.AT_ONCE", len(spam(1)) + 10)
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
