"""Sources of evidence of the demo: a mail log, which is followed, and messages that count for nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from commands.demo.people import address
from reputation.intake.uncounted import COMPLAINTS, TRAP, Uncounted, UncountedMessages
from reputation.settings import FILE_NAME
from reputation.store.models import LogPlace

TAIL = "from=<offers@sender.example> to=<ada@acme.example> proto=ESMTP helo=<sender.example>"
SPAMMERS = ((0, 28), (2, 28), (4, 28))  # place of the ISP, and the host
GOOD = ((13, 4), (14, 9))
MINUTE = 60


def make(folder: Path, at: int) -> None:
    """Write the log into the folder, with a gatepost.toml that follows it, and keep messages that count for nobody.

    A gatepost.toml that is there already stays as it is.
    """
    if (folder / FILE_NAME).exists():
        return
    log = folder.resolve() / "demo-mail.log"
    log.write_text("".join(f"{line}\n" for line in _lines(at - 30 * MINUTE)))
    (folder / FILE_NAME).write_text(f"mail_log = [{json.dumps(f'postfix:{log}')}]\n")
    LogPlace.create(path=f"postfix {log}", inode=log.stat().st_ino, offset=0, at=at)
    kept = UncountedMessages()
    for message in _uncounted(at):
        kept.add(message)
    kept.write()


def _lines(at: int) -> Iterator[str]:
    """What a Postfix writes that refuses spam."""
    for number, sender in enumerate(SPAMMERS * 3):
        said = f"{'AB' * 4}{number}: milter-reject: END-OF-MESSAGE from unknown[{address(*sender)}]: 5.7.1 Spam"
        yield _line(at + number, "cleanup", f"{said}; {TAIL}")
    for number, sender in enumerate(GOOD * 20):
        message = f"{'CD' * 4}{number}"
        yield _line(at + 60 + number, "smtpd", f"{message}: client=mail.good.example[{address(*sender)}]")
        delivered = "relay=virtual, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)"
        yield _line(at + 60 + number, "virtual", f"{message}: to=<ada@acme.example>, {delivered}")
        yield _line(at + 60 + number, "qmgr", f"{message}: removed")
    grey = f"EF{'00' * 4}: milter-reject: END-OF-MESSAGE from unknown[{address(9, 9)}]: 4.7.1 Try again later; {TAIL}"
    yield _line(at + 120, "cleanup", grey)
    yield f"{_stamp(at + 121)} mx1 CRON[77]: (root) CMD (run-parts /etc/cron.hourly)"
    yield "a line that no mail server has written"


def _line(at: int, service: str, text: str) -> str:
    return f"{_stamp(at)} mx1 postfix/{service}[4711]: {text}"


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _uncounted(at: int) -> Iterator[Uncounted]:
    complaint = "From: Feedback <abuse@provider.example>\nSubject: Abuse report"
    yield Uncounted(at - 90 * MINUTE, COMPLAINTS, "unknown reporter", address(20, 5), address(2, 30), complaint)
    bounce = "From: MAILER-DAEMON@relay.example\nSubject: Undelivered mail"
    yield Uncounted(at - 40 * MINUTE, TRAP, "unread hop", address(14, 2), "", bounce)
