"""The trap over real SMTP: what it takes, what it counts, what it never does, and what it bears."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import smtplib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from email.utils import formatdate
from pathlib import Path

import pytest

from reputation.addresses.address import parse_address
from reputation.intake import complaints
from reputation.intake import trap as trap_module
from reputation.intake.messages import TrustedNetworks
from reputation.intake.report_queue import QueueFull, ReportQueue
from reputation.intake.spam_reports import Incoming
from reputation.intake.trap import Mailboxes, Trap, report_of
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import UncountedMessages
from reputation.refusal import Refused
from reputation.store.db import SQLITE_NAME, connected, open_store
from reputation.store.models import SpamReport
from tests.conftest import MIGRATIONS, NOON
from tests.neighbour import others
from tests.reputation.intake.conftest import Zone, signed
from tests.reputation.intake.test_arf import report
from tests.stories.program import wait_until

MAILBOXES = Mailboxes(
    ("trap.example",), "fbl@acme.example", relays=("127.0.0.2/32",), reporters=("127.0.0.3/32",), host="mx.trap.example"
)
OFFER = "From: a@spammer.example\nSubject: Offer\nMessage-ID: <1@spammer.example>\n\ntext\n"
RELAYED = f"Received: from spammer.example ([203.0.113.9]) by mx.acme.example with ESMTP\n{OFFER}"
EVIDENCE = "From: a@spammer.example\nSubject: Offer\nMessage-ID: <1@spammer.example>"
NOBODY, PEER = TrustedNetworks(), parse_address("203.0.113.1")
TODAY = str(NOON // 86400)


class Desk:
    """Takes reports as the queue does."""

    def __init__(self) -> None:
        self.reports: list[Incoming] = []
        self.refusal: Refused | None = None

    def offer(self, incoming: Incoming) -> None:
        if self.refusal:
            raise self.refusal
        self.reports.append(incoming)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def kept() -> UncountedMessages:
    return UncountedMessages()


@pytest.fixture
def trap(desk: Desk, kept: UncountedMessages) -> Iterator[Trap]:
    made = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer, kept=kept, wall_clock=lambda: float(NOON))
    made.start()
    yield made
    made.stop()


def connect(trap: Trap, source: str = "127.0.0.1") -> smtplib.SMTP:
    return smtplib.SMTP(*trap.address, local_hostname="client.example", timeout=10, source_address=(source, 0))


def send(
    trap: Trap,
    content: str | bytes,
    to: str = "anyone@trap.example",
    sender: str = "a@spammer.example",
    source: str = "127.0.0.1",
) -> None:
    with connect(trap, source) as client:
        client.sendmail(sender, [to], content)


def counted(trap: Trap) -> dict[str, int]:
    """What it has counted, without what it has not."""
    return {name: count for name, count in trap.figures.items() if count}


def test_whoever_sends_to_a_trap_is_reported_once_a_message(trap: Trap, desk: Desk) -> None:
    send(trap, OFFER)

    [found] = desk.reports
    assert found == Incoming("127.0.0.1", "trap", evidence=EVIDENCE, dedupe_key=found.dedupe_key)
    assert found.dedupe_key.startswith(f"{TODAY} ")


def test_no_command_of_a_client_is_logged(trap: Trap, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    send(trap, OFFER)

    assert len(desk.reports) == 1
    assert "anyone@trap.example" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("mail.")]


def test_behind_a_relay_of_ours_the_first_other_hop_is_reported(trap: Trap, desk: Desk) -> None:
    send(trap, RELAYED, source="127.0.0.2")
    send(trap, RELAYED, source="127.0.0.9")

    assert [report.address for report in desk.reports] == ["203.0.113.9", "127.0.0.9"]
    assert counted(trap) == {"trapped": 2}
    assert trap.last_at == {"trapped": NOON}


def test_it_answers_as_a_usual_server_and_relays_nothing(trap: Trap, desk: Desk) -> None:
    with connect(trap) as client:
        assert client.noop()[0] == 250
        assert client.ehlo()[0] == 250 and client.esmtp_features["size"] == str(complaints.LARGEST)
        client.mail("a@spammer.example")
        assert client.rcpt("someone@elsewhere.example")[0] == 554
        assert client.rcpt("SOMEONE@Trap.Example")[0] == 250
        code, text = client.data(OFFER)
        assert code == 250 and b"queued as" in text
        assert client.vrfy("someone@trap.example")[0] in (252, 502)
    assert len(desk.reports) == 1


@pytest.mark.parametrize(
    ("sender", "content"),
    [
        ("", OFFER),
        ("a@b.example", f"Auto-Submitted: auto-replied\n{OFFER}"),
        ("a@b.example", f"List-Unsubscribe: <mailto:x@y.example>\n{OFFER}"),
        ("a@b.example", f"Precedence: bulk\n{OFFER}"),
    ],
)
def test_whatever_a_message_calls_itself_it_counts_and_weighs_less(
    trap: Trap, desk: Desk, sender: str, content: str
) -> None:
    send(trap, content, sender=sender)

    assert [report.weight for report in desk.reports] == [0.25] and counted(trap) == {"trapped": 1}


def test_a_message_is_known_by_its_content_and_not_by_the_id_that_its_sender_gave_it(trap: Trap, desk: Desk) -> None:
    for content in (OFFER, OFFER.replace("text", "another text"), OFFER.replace("Offer", "Prize"), OFFER):
        send(trap, content)
        send(trap, f"Received: from x ([203.0.113.1]) by y\nTo: other@trap.example\n{content}")

    keys = [report.dedupe_key for report in desk.reports]
    assert keys[0::2] == keys[1::2] and len(set(keys)) == 3


def test_a_message_counts_again_on_another_day() -> None:
    first, later = (report_of(OFFER.encode(), "a@b.example", NOBODY, PEER, day) for day in (NOON, NOON + 86400))

    assert first.dedupe_key != later.dedupe_key


def test_a_complaint_of_a_known_reporter_is_reported(trap: Trap, desk: Desk) -> None:
    fields = f"Feedback-Type: abuse\nSource-IP: 203.0.113.9\nArrival-Date: {formatdate(NOON)}"
    send(trap, report(fields), "FBL@acme.example", source="127.0.0.3")

    [found] = desk.reports
    assert (found.address, found.source, found.weight) == ("203.0.113.9", "complaint", 1.0)
    assert found.reporter == "127.0.0.3"
    assert counted(trap) == {"complaints": 1}


def test_a_complaint_of_a_stranger_is_taken_and_counts_for_nobody(
    trap: Trap, desk: Desk, kept: UncountedMessages
) -> None:
    for number in range(11):  # forged, on one connection
        send(trap, report(original=f"Subject: {number}\n"), "fbl@acme.example", source="127.0.0.4")

    assert desk.reports == [] and counted(trap) == {"not counted": 11}
    assert kept.figures() == {("complaints", "unknown reporter"): 11}


def test_a_reporter_is_known_by_its_signature(desk: Desk, zone: Zone, private: bytes) -> None:
    mailboxes = Mailboxes(complaint_address="fbl@acme.example", reporters=("provider.example",))
    keys = TxtRecords(["127.0.0.1"], port=zone.port, patience=1.0)
    trap = Trap(("127.0.0.1", 0), mailboxes, desk.offer, keys=keys)
    trap.start()
    try:
        send(trap, signed(report(), private), "fbl@acme.example")
        send(trap, report(), "fbl@acme.example")
        zone.fails = True
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(trap, signed(report(), private, selector="other"), "fbl@acme.example")
    finally:
        trap.stop()

    assert [(found.address, found.reporter) for found in desk.reports] == [("203.0.113.9", "provider.example")]
    assert refused.value.smtp_code == 451
    assert counted(trap) == {"complaints": 1, "not counted": 1, "later": 1}


@pytest.mark.parametrize(
    ("received", "why"),
    [
        ("from [192.0.2.66] by mx.acme.example with something", "unread hop"),
        ("from x (y [203.0.113.9]) by mx.acme.example (Postfix) with ESMTPSA id 1", "own user"),
        ("from mx2.acme.example (y [127.0.0.2]) by mx.acme.example (Postfix) with ESMTP id 1", "no hop"),
    ],
)
def test_behind_a_relay_whose_field_names_nobody_nobody_is_reported_and_the_reason_is_a_figure(
    trap: Trap, desk: Desk, kept: UncountedMessages, received: str, why: str
) -> None:
    send(trap, f"Received: {received}\n{OFFER}", source="127.0.0.2")

    assert desk.reports == [] and kept.figures() == {("trap", why): 1}


def test_a_name_that_a_client_gives_a_relay_of_ours_lists_nobody_else(trap: Trap, desk: Desk) -> None:
    for helo in ("[192.0.2.66]", "[IPv6:2001:db8::66]", "by", "x[192.0.2.66]"):
        field = f"from {helo} (unknown [198.51.100.63])\n\tby mx.acme.example (Postfix) with ESMTP id 4F1"
        send(trap, f"Received: {field}\nReceived: from x (y [192.0.2.66]) by z\n{OFFER}{helo}", source="127.0.0.2")

    assert {report.address for report in desk.reports} == {"198.51.100.63"} and len(desk.reports) == 4


def test_what_is_no_complaint_is_taken_and_not_counted(trap: Trap, desk: Desk) -> None:
    send(trap, OFFER, "fbl@acme.example")

    assert desk.reports == []


def test_a_message_comes_again_where_it_could_not_be_kept(trap: Trap, desk: Desk) -> None:
    desk.refusal = QueueFull("no place")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(trap, OFFER)
    assert refused.value.smtp_code == 451
    desk.refusal = Refused("a mail server of ours")
    send(trap, OFFER)  # of this the other side is told nothing
    assert counted(trap) == {"later": 1, "not counted": 1}


def test_a_message_that_is_too_large_is_refused(trap: Trap, desk: Desk) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(trap, "x" * 70 + "\n" * (complaints.LARGEST + 10))

    assert refused.value.smtp_code == 552 and desk.reports == []


def test_one_client_has_a_bound_of_connections_and_others_their_own(
    trap: Trap, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trap_module, "MOST_OF_ONE", 3)
    with contextlib.ExitStack() as open_ones:
        for _ in range(3):
            open_ones.enter_context(connect(trap)).noop()
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            connect(trap)
        assert refused.value.smtp_code == 421
        send(trap, OFFER, source="127.0.0.7")
    send(trap, OFFER)  # those that were closed count no more
    assert len(desk.reports) == 2
    assert counted(trap) == {"trapped": 2, "turned away": 1}


def test_one_client_has_a_bound_of_messages_a_minute(desk: Desk) -> None:
    minute = [0.0]
    trap = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer, clock=lambda: minute[0])
    trap.start()
    try:
        with connect(trap) as client:
            client.ehlo()
            codes = []
            for _ in range(trap_module.MESSAGES_A_MINUTE + 1):
                codes.append(client.mail("a@spammer.example")[0])
                client.rset()
            minute[0] = 61.0
            codes.append(client.mail("a@spammer.example")[0])
    finally:
        trap.stop()

    assert codes == [250] * trap_module.MESSAGES_A_MINUTE + [450, 250]
    assert counted(trap) == {"turned away": 1}


def test_a_client_that_sends_rubbish_harms_nobody_and_is_no_warning(
    trap: Trap, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    begin = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@trap.example>\r\nDATA\r\n"
    for rubbish in (
        b"\x00\xff\xfe\r\n" * 50, b"A" * 100_000, b"MAIL FROM:<\r\nDATA\r\n.\r\n", b"", b"STARTTLS\r\nAUTH PLAIN =\r\n",
        b"EHLO \xff\xfe\r\nMAIL FROM:<\xff@\xff>\r\nRCPT TO:<\xff@trap.example>\r\nGET / HTTP/1.1\r\n" * 3,
        begin + b"\0\r\nContent-Type: ;=*0\r\n\r\n" + b"\xff" * 9000 + b"\r\n.\r\n" + b"NOOP " + b"x" * 9000 + b"\r\n",
    ):  # fmt: skip
        with socket.create_connection(trap.address, timeout=10) as client, contextlib.suppress(OSError):
            client.sendall(rubbish)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
    send(trap, OFFER)

    assert desk.reports[-1].evidence == EVIDENCE
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_door_that_is_taken_is_said_at_the_start(trap: Trap, desk: Desk) -> None:
    with pytest.raises(OSError):
        Trap((trap.address[0], trap.address[1]), MAILBOXES, desk.offer).start()


def test_it_stops_while_clients_are_connected(desk: Desk) -> None:
    made = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
    made.start()
    with connect(made):
        made.stop()
        with pytest.raises(OSError):
            socket.create_connection(made.address, timeout=1)


def test_it_starts_and_stops_beside_a_loop_of_its_caller(desk: Desk) -> None:
    async def beside() -> None:
        made = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
        made.start()
        with connect(made) as client:
            assert client.noop()[0] == 250
        made.stop()

    asyncio.run(beside())


def test_a_message_is_the_clients_until_its_report_is_written(migrated: Path, tmp_path: Path) -> None:
    shutil.copy(migrated / "lived_in" / SQLITE_NAME, tmp_path)
    store = open_store("", tmp_path, MIGRATIONS)
    queue = ReportQueue(clock=lambda: float(NOON))
    queue.start()
    made = Trap(("127.0.0.1", 0), MAILBOXES, queue.offer, wall_clock=lambda: float(NOON))
    made.start()
    try:
        with connected():
            store.database.execute_sql("alter table spam_report rename to elsewhere")
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            send(made, RELAYED, source="127.0.0.2")
        assert counted(made) == {"later": 1}
        with connected():
            store.database.execute_sql("alter table elsewhere rename to spam_report")
        send(made, RELAYED, source="127.0.0.2")
        assert counted(made) == {"later": 1, "trapped": 1}
    finally:
        made.stop()
        queue.stop()

    with connected():
        assert [row.address for row in others(SpamReport)] == ["203.0.113.9"], "twice sent, once counted"
    store.close()


def test_a_database_that_hangs_makes_a_client_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trap_module, "WRITTEN", 0.2)
    made = Trap(("127.0.0.1", 0), MAILBOXES, lambda _: Future(), wall_clock=lambda: float(NOON))
    made.start()
    try:
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            send(made, OFFER)
    finally:
        made.stop()

    assert counted(made) == {"later": 1}


def silent(trap: Trap, source: str) -> socket.socket:
    connection = socket.create_connection(trap.address, 10, (source, 0))
    assert connection.recv(200).startswith(b"220 ")
    return connection


def test_where_all_places_are_taken_the_quietest_connection_goes_and_a_newcomer_is_heard(desk: Desk) -> None:
    trap = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer, most=40)
    trap.start()
    with contextlib.ExitStack() as strangers:
        strangers.callback(trap.stop)
        first = strangers.enter_context(connect(trap, "127.0.0.4"))
        idle = [strangers.enter_context(silent(trap, f"127.0.{1 + n // 15}.{1 + n % 15}")) for n in range(39)]
        first.sendmail("a@spammer.example", ["anyone@trap.example"], OFFER)  # now the others are quieter
        for number in range(20):
            strangers.enter_context(silent(trap, f"127.0.9.{number + 1}"))
        send(trap, OFFER, source="127.0.0.7")

        assert first.noop()[0] == 250
        assert idle[0].recv(200).startswith(b"421 ") and idle[0].recv(200) == b""
        figures = trap.connections()
        assert figures["bound"] == 40 and figures["open"] <= 40 and figures["closed for quiet"] >= 21
    assert len(desk.reports) == 2 and counted(trap) == {"trapped": 2}


@pytest.mark.parametrize("says", [b"", b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@trap.example>\r\nDATA\r\n"])
def test_who_sends_an_octet_now_and_then_is_closed_at_the_deadline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    monkeypatch.setattr(trap_module, "PATIENCE", 1)
    trap = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
    trap.start()
    with contextlib.ExitStack() as strangers:
        strangers.callback(trap.stop)
        slow = strangers.enter_context(silent(trap, "127.0.0.1"))
        slow.sendall(says)
        with pytest.raises(OSError):
            for _ in range(100):
                slow.sendall(b"a")
                time.sleep(0.1)
        assert trap.connections()["closed by deadline"] == 1 and trap.connections()["open"] == 0


def test_no_session_lasts_longer_than_its_bound_whatever_its_client_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trap_module, "LONGEST_SESSION", 1)
    trap = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
    trap.start()
    with contextlib.ExitStack() as strangers:
        strangers.callback(trap.stop)
        talking = strangers.enter_context(contextlib.closing(silent(trap, "127.0.0.1")))
        with pytest.raises(OSError):
            for _ in range(100):
                talking.sendall(b"NOOP\r\n")
                time.sleep(0.1)
        assert trap.connections()["closed by deadline"] == 1


def test_who_never_reads_our_answers_is_closed_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trap_module, "LONGEST_SESSION", 2)
    trap = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
    trap.start()
    with contextlib.ExitStack() as strangers:
        strangers.callback(trap.stop)
        greedy = strangers.enter_context(contextlib.closing(silent(trap, "127.0.0.1")))
        greedy.settimeout(0.5)
        with contextlib.suppress(OSError):
            while True:
                greedy.sendall(b"NOOP\r\n" * 5000)
        wait_until(lambda: trap.connections()["open"] == 0, 20, "the end of its session")
