"""The trap over real SMTP: what it takes, what it counts, what it never does, and what it bears."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
from collections.abc import Iterator

import pytest

from reputation.intake import trap as trap_module
from reputation.intake.report_queue import QueueFull
from reputation.intake.spam_reports import Incoming
from reputation.intake.trap import Mailboxes, Trap
from reputation.refusal import Refused
from tests.reputation.intake.test_arf import report

MAILBOXES = Mailboxes(
    ("trap.example",), "fbl@acme.example", relays=("127.0.0.2/32",), reporters=("127.0.0.3/32",), host="mx.trap.example"
)
OFFER = "From: a@spammer.example\nSubject: Offer\nMessage-ID: <1@spammer.example>\n\ntext\n"
RELAYED = f"Received: from spammer.example ([203.0.113.9]) by mx.acme.example with ESMTP\n{OFFER}"


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
def trap(desk: Desk) -> Iterator[Trap]:
    made = Trap(("127.0.0.1", 0), MAILBOXES, desk.offer)
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

    assert desk.reports == [
        Incoming(
            "127.0.0.1", "trap", evidence="From: a@spammer.example\nSubject: Offer\nMessage-ID: <1@spammer.example>",
            dedupe_key="<1@spammer.example>",
        )
    ]  # fmt: skip


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


def test_it_answers_as_a_usual_server_and_relays_nothing(trap: Trap, desk: Desk) -> None:
    with connect(trap) as client:
        assert client.noop()[0] == 250
        assert client.ehlo()[0] == 250 and client.esmtp_features["size"] == str(trap_module.LARGEST)
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
        ("a@b.example", f"List-Id: <x.example>\n{OFFER}"),
    ],
)
def test_bounces_answers_and_lists_are_taken_and_not_counted(trap: Trap, desk: Desk, sender: str, content: str) -> None:
    send(trap, content, sender=sender)

    assert desk.reports == [] and counted(trap) == {"not counted": 1}


@pytest.mark.parametrize(("source", "weight"), [("127.0.0.3", 1.0), ("127.0.0.4", 0.25)])
def test_a_complaint_counts_by_who_sends_it(trap: Trap, desk: Desk, source: str, weight: float) -> None:
    send(trap, report(), "FBL@acme.example", source=source)

    [found] = desk.reports
    assert (found.address, found.source, found.weight) == ("203.0.113.9", "complaint", weight)
    assert found.reporter == "abuse@provider.example"
    assert counted(trap) == {"complaints": 1}


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
        send(trap, "x" * 70 + "\n" * (trap_module.LARGEST + 10))

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


def test_a_client_that_sends_rubbish_harms_nobody(trap: Trap, desk: Desk) -> None:
    for rubbish in (b"\x00\xff\xfe\r\n" * 50, b"A" * 100_000, b"MAIL FROM:<\r\nDATA\r\n.\r\n", b""):
        with socket.create_connection(trap.address, timeout=10) as client, contextlib.suppress(OSError):
            client.sendall(rubbish)
    send(trap, OFFER)

    assert len(desk.reports) == 1


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
