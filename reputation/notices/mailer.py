"""Sends the letters of the outbox to the mail server that the installation names. It owns when a letter is tried again.

A letter is marked as sent when the server has taken it. Where the program ends in between, it is sent a second time:
better twice than never (RFC 5321 4.5.4.1 on trying again; two minutes first, hours later, days in all).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from reputation.certificate_authorities import trusted
from reputation.notices import outbox
from reputation.store.models import Letter

AT_ONCE = 50  # letters in one turn
SECONDS = 15.0  # for one step with the mail server
PAUSES = (120, 300, 900, 3600, 3 * 3600, 6 * 3600)  # until the next try; the last one again and again
PATIENCE = 5 * 86400
OFTEN = 10  # tries; in five days there are more than twenty
KEPT = 14 * 86400  # the digest looks whether it was written within a week


@dataclass(frozen=True)
class SmtpServer:
    """The server that takes our mail: `url` as in the setting `mail_server`, empty where there is none."""

    url: str = ""
    sender: str = ""
    portal_url: str = ""

    @property
    def mail_from(self) -> str:
        """Return the address for From and for the envelope."""
        return self.sender or f"gatepost@{urlsplit(self.portal_url).hostname or 'localhost'}"


def deliver(server: SmtpServer, now: int) -> str:
    """Send the letters that are due; return a sentence, or "" where none were due."""
    due = _due(now) if server.url else []
    if not due:
        return ""
    try:
        with _session(server) as session:
            sent = sum(_send(session, server, letter, now) for letter in due)
    except (OSError, smtplib.SMTPException) as error:
        for letter in due:
            if letter.sent_at is None:
                _postpone(letter, now, f"The mail server cannot be used: {_said(error)}")
        return f"No mail was sent: {_said(error)}"
    return f"Sent {sent} of {len(due)} letters."


def waiting() -> int:
    """Count the letters that wait."""
    return int(Letter.select().where(Letter.sent_at.is_null() & ~Letter.given_up).count())


def put_off() -> tuple[int, str]:
    """Return how many letters the mail server did not take twice or more, and what it says of the oldest."""
    rows = Letter.select().where(Letter.sent_at.is_null() & ~Letter.given_up & (Letter.tries >= 2))
    oldest = rows.order_by(Letter.id).first()
    return (int(rows.count()), str(oldest.problem)) if oldest else (0, "")


def prune(now: int) -> int:
    """Remove the letters that are older than two weeks, including those that were never sent; return how many."""
    return int(Letter.delete().where(Letter.created_at < now - KEPT).execute())


def _due(now: int) -> list[Letter]:
    is_due = Letter.sent_at.is_null() & ~Letter.given_up & outbox.is_due(Letter, PAUSES, now)
    return list(Letter.select().where(is_due).order_by(Letter.id).limit(AT_ONCE))


def _send(session: smtplib.SMTP, server: SmtpServer, letter: Letter, now: int) -> bool:
    """Whether the server took it. What it refuses for good is given up at once, the rest is tried again."""
    try:
        session.send_message(_message(server, letter), server.mail_from, [letter.to])
    except smtplib.SMTPServerDisconnected:
        raise
    except ValueError as error:  # it cannot be written down, so it never will be
        _postpone(letter, now, f"This letter cannot be sent: {error}", for_good=True)
        return False
    except smtplib.SMTPException as error:
        codes = (
            [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
        )
        code = codes[0] if codes else getattr(error, "smtp_code", 0)
        _postpone(letter, now, _said(error), for_good=500 <= code < 600)
        return False
    # Its text may hold a link that is good once.
    letter.sent_at, letter.problem, letter.text = now, "", ""
    letter.save()
    return True


def _postpone(letter: Letter, now: int, problem: str, for_good: bool = False) -> None:
    pause = PAUSES[min(letter.tries, len(PAUSES) - 1)]
    letter.tries += 1
    letter.next_try_at = now + pause
    letter.problem = problem[:500]
    # Its age may be that of a clock that was set forward meanwhile: it is given up when it was tried often, too.
    letter.given_up = for_good or (now - letter.created_at > PATIENCE and letter.tries >= OFTEN)
    letter.save()


def _message(server: SmtpServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Gatepost <{server.mail_from}>"
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.created_at, UTC))
    message["Message-ID"] = make_msgid(f"gatepost.{letter.id}", domain=server.mail_from.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no machine answers it
    message.set_content(letter.text)
    return message


@contextmanager
def _session(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(server.url)
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        session: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=trusted())
    else:
        session = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
    with session:
        session.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and session.has_extn("starttls"):
            # Without a login a server of the house may have a certificate of its own making (RFC 7435).
            session.starttls(context=trusted() if parts.username else _anybody())
            session.ehlo()
        if parts.username:
            session.login(unquote(parts.username), unquote(parts.password or ""))
        yield session


def _anybody() -> ssl.SSLContext:
    """Encrypts to whoever answers: better than in the clear, and no worse than without (RFC 7435 3)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"{code} {text.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:g} s"
    return str(error) or type(error).__name__
