"""Lines of mail servers for the tests: whole ones of Postfix, and what the reader of a program makes of lines."""

from __future__ import annotations

import time
from collections.abc import Iterable

from reputation.intake.maillog.events import COUNTED
from reputation.intake.maillog.figures import LogFigures, Tally
from reputation.intake.maillog.follower import LineReader
from reputation.intake.maillog.verdicts import Told
from reputation.intake.messages import TrustedNetworks
from tests.conftest import NOON

TAIL = "from=<a@b.example> to=<y@acme.example> proto=ESMTP helo=<b>"


def stamp(at: int = NOON) -> str:
    """A time as RFC 3164 writes it, in this machine's zone."""
    return time.strftime("%b %e %H:%M:%S", time.localtime(at))


def postfix(service: str, text: str, at: int = NOON) -> str:
    """A line of Postfix."""
    return f"{stamp(at)} mx postfix/{service}[123]: {text}"


def refused(client: str, queue_id: str = "4F1AB3", words: str = "5.7.1 Spam message rejected", at: int = NOON) -> str:
    """A line of Postfix: a message was refused by a milter."""
    return postfix("cleanup", f"{queue_id}: milter-reject: END-OF-MESSAGE from {client}: {words}; {TAIL}", at)


def unknown(client: str, at: int = NOON, sender: str = "a@b.example") -> str:
    """A line of Postfix: there is no such recipient."""
    text = (
        f"NOQUEUE: reject: RCPT from {client}: 550 5.1.1 <x@acme.example>: Recipient address rejected: "
        f"User unknown in local recipient table; from=<{sender}> to=<x@acme.example> proto=ESMTP helo=<b>"
    )
    return postfix("smtpd", text, at)


def delivered(client: str, queue_id: str = "4F1AB2", at: int = NOON) -> list[str]:
    """The lines of Postfix about a message that was delivered."""
    return [
        postfix("smtpd", f"connect from {client}", at),
        postfix("smtpd", f"{queue_id}: client={client}", at),
        postfix("cleanup", f"{queue_id}: message-id=<1@b.example>", at),
        postfix("qmgr", f"{queue_id}: from=<a@b.example>, size=343, nrcpt=1 (queue active)", at),
        postfix("smtpd", f"disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", at),
        postfix(
            "virtual",
            f"{queue_id}: to=<y@acme.example>, relay=virtual, delay=0.07, delays=0.06/0.01/0/0, dsn=2.0.0, "
            "status=sent (delivered to maildir)",
            at,
        ),
        postfix("qmgr", f"{queue_id}: removed", at),
    ]


def spam(number: int, at: int = NOON) -> str:
    """A whole line that speaks against 203.0.113.NUMBER."""
    return refused(f"a[203.0.113.{number}]", f"AB{number}", at=at) + "\n"


def read(program: str, lines: Iterable[str], own: Iterable[str] = (), now: int = NOON) -> tuple[list[Told], LogFigures]:
    """What the reader of a program makes of lines, and its figures."""
    tally = Tally()
    look = LineReader(program, TrustedNetworks(own)).read(list(lines), tally, now)
    return look.told, tally.figures(program, "")


def counted(program: str, lines: Iterable[str], own: Iterable[str] = (), now: int = NOON) -> list[tuple[str, str]]:
    """What lines count for: kinds and addresses."""
    told, _ = read(program, lines, own, now)
    return [(each.event.kind, each.event.address) for each in told if each.event.kind in COUNTED]


def why(program: str, lines: Iterable[str], own: Iterable[str] = (), now: int = NOON) -> dict[str, int]:
    """Why lines that could be evidence are none; nothing of them counts."""
    assert counted(program, lines, own, now) == []
    return dict(read(program, lines, own, now)[1].ignored)
