"""The lines of OpenSMTPD: a session tells its client once, at its beginning, and each line the session's id.

Its log does not name the sender of what was refused. So a refused recipient counts for nothing here, because it may be
a bounce to a forged sender; a refusal that says spam counts, because it is about the message's content.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reputation.intake.maillog.events import (
    AUTHENTICATED,
    CLEAN,
    NO_CLIENT,
    NO_SPAM,
    NOTHING,
    NULL_SENDER,
    OTHER,
    SPAM,
    STRANGE,
    TEMPORARY,
    LogEvent,
    Recent,
    ignored,
)
from reputation.intake.maillog.grammar import ADDRESS, PATH
from reputation.intake.maillog.records import Record
from reputation.intake.maillog.refusals import Refusals, without_codes

LINE = re.compile(r"(?P<session>[0-9a-f]{16}) (?P<part>smtp|mda|mta) (?P<event>[\w-]+) ?")
CONNECTED = re.compile(rf"address=(?:\[?(?:IPv6:)?{ADDRESS}\]?|local) host=")
USER = re.compile(r"user=.* result=ok")
MESSAGE = re.compile(r"msgid=(?P<id>[0-9a-f]{8}) ")
# A command that the client wrote may hold quotes; only one that is fixed is read, and a result that ends the line.
FAILED = re.compile(r'command="(?i:DATA|\.|)" result="(?P<reply>[^"]*)"')
DELIVERED = re.compile(
    rf"evpid=(?P<id>[0-9a-f]{{8}})[0-9a-f]{{8}} from={PATH.pattern} to={PATH.pattern} (?:rcpt={PATH.pattern} )?"
)
DONE = re.compile(r'(?:user=\S+ )?(?:source="[^"]*" relay="[^"]*" )?delay=\w+ result="?Ok"? ')


class _Session(NamedTuple):
    """The client of a session, and whether it is one of our people."""

    client: str
    is_ours: bool = False


class OpenSmtpd:
    """Reads the lines of OpenSMTPD."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        self._refusals = refusals or Refusals()
        self._sessions: Recent[_Session] = Recent()
        self._messages: Recent[str] = Recent()

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program != "smtpd":
            return OTHER
        found = LINE.match(record.text)
        if found is None:
            return NOTHING
        session, rest = found["session"], record.text[found.end() :]
        if found["part"] != "smtp":
            return self._delivery(rest) if found["event"] == "delivery" else NOTHING
        return self._smtp(session, found["event"], rest)

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        return STRANGE

    def _smtp(self, session: str, event: str, rest: str) -> LogEvent:
        known = self._sessions.get(session)
        if event == "connected":
            connected = CONNECTED.match(rest)
            if connected is None:
                return STRANGE
            if connected["address"]:
                self._sessions[session] = _Session(connected["address"])
        elif event == "authentication" and known and USER.fullmatch(rest):
            self._sessions[session] = known._replace(is_ours=True)
        elif event == "message" and known and not known.is_ours and (message := MESSAGE.match(rest)):
            self._messages[message["id"]] = known.client
        elif event == "failed-command" and (failed := FAILED.fullmatch(rest)):
            return self._refused(known, failed["reply"])
        elif event == "disconnected":
            self._sessions.pop(session)
        return NOTHING

    def _refused(self, session: _Session | None, reply: str) -> LogEvent:
        permanent, words = without_codes(reply)
        if session is None:
            return ignored(NO_CLIENT)
        if session.is_ours:
            return ignored(AUTHENTICATED, session.client)
        if not permanent:
            return ignored(TEMPORARY, session.client)
        return LogEvent(SPAM, session.client) if self._refusals.says_spam(words) else ignored(NO_SPAM, session.client)

    def _delivery(self, rest: str) -> LogEvent:
        delivered = DELIVERED.match(rest)
        if delivered is None or not DONE.match(rest, delivered.end()):
            return NOTHING
        client = self._messages.pop(delivered["id"])
        if client is None:
            return NOTHING
        return LogEvent(CLEAN, client) if delivered[2] else ignored(NULL_SENDER, client)
