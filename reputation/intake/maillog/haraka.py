"""The lines of Haraka: a connection tells its client at its beginning, and whether it may relay at its end.

What was refused and accepted is therefore kept until the connection ends, and counts only if it was a stranger's. The
formats DEFAULT and LOGFMT are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reputation.intake.maillog.events import (
    AUTHENTICATED,
    CLEAN,
    NOTHING,
    OTHER,
    SPAM,
    STRANGE,
    LogEvent,
    Recent,
    ignored,
)
from reputation.intake.maillog.grammar import ADDRESS
from reputation.intake.maillog.records import Record
from reputation.intake.maillog.refusals import Refusals

VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s"]*)'
UUID = r"(?P<uuid>[0-9A-F-]{36})(?:\.\d+)*"
OPENING = re.compile(
    rf"(?:\[[A-Z]+\] \[(?:-|{UUID})\] \[(?P<origin>[\w./-]+)\] |"
    rf"level=[A-Z]+ uuid=(?:-|{UUID.replace('uuid', 'id')}) origin=(?P<from>[\w./-]+) message=)"
)
EVENT = re.compile(r'"?(?P<event>connect|disconnect|message|queue|sender (?P<sender><[^"]*>)) ?"? ?')
CONNECT = re.compile(rf"ip={ADDRESS} port=")
# helo is what the client wrote; its quotes say where it ends.
DISCONNECT = re.compile(rf"ip=[0-9A-Fa-f.:]+ rdns={VALUE} helo={VALUE} relay=(?P<relay>[YN]) ")
MESSAGE = re.compile(rf"mid={VALUE} size=\d+ rcpts=[\d/]+ delay=[\d.]+ code=(?P<code>[A-Z]+) msg=(?P<reply>{VALUE})")
QUEUE = re.compile(r"code=(?P<code>[A-Z]+) msg=")
REFUSED = ("DENY", "DENYDISCONNECT")


class _Connection(NamedTuple):
    """The client of a connection, and what became of its messages."""

    client: str
    spam: int = 0
    clean: int = 0
    is_bounce: bool = False


class Haraka:
    """Reads the lines of Haraka."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        self._refusals = refusals or Refusals()
        self._connections: Recent[_Connection] = Recent()

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program not in ("", "haraka"):
            return OTHER
        return self._line(record.text)

    def unframed(self, line: str) -> LogEvent:
        """Read a line of the log that Haraka prints without stamps."""
        return self._line(line)

    def _line(self, text: str) -> LogEvent:
        opening = OPENING.match(text)
        if opening is None:
            return STRANGE
        uuid = opening["uuid"] or opening["id"] or ""
        event = EVENT.match(text, opening.end())
        if (opening["origin"] or opening["from"]) != "core" or event is None:
            return NOTHING
        return self._event(uuid, event, text[event.end() :])

    def _event(self, uuid: str, event: re.Match[str], rest: str) -> LogEvent:
        if event["event"] == "connect":
            connect = CONNECT.match(rest)
            if connect is None:
                return STRANGE
            self._connections[uuid] = _Connection(connect["address"])
            return NOTHING
        known = self._connections.get(uuid)
        if known is None:
            return NOTHING
        if event["event"] == "disconnect":
            self._connections.pop(uuid)
            return _ended(known, DISCONNECT.match(rest))
        self._connections[uuid] = self._after(known, event, rest)
        return NOTHING

    def _after(self, known: _Connection, event: re.Match[str], rest: str) -> _Connection:
        if event["sender"]:
            return known._replace(is_bounce=event["sender"] == "<>")
        if event["event"] == "message" and (message := MESSAGE.match(rest)):
            words = message["reply"].strip('"')
            if message["code"] in REFUSED and not known.is_bounce and self._refusals.says_spam(words):
                return known._replace(spam=known.spam + 1)
        if event["event"] == "queue" and (queue := QUEUE.match(rest)):
            if queue["code"] == "OK" and not known.is_bounce:
                return known._replace(clean=known.clean + 1)
        return known


def _ended(known: _Connection, found: re.Match[str] | None) -> LogEvent:
    """What a connection comes to; without a word on relaying it may have been one of our people's."""
    if not known.spam and not known.clean:
        return NOTHING
    if found is None or found["relay"] == "Y":
        return ignored(AUTHENTICATED, known.client)
    if known.spam:
        return LogEvent(SPAM, known.client, times=known.spam)
    return LogEvent(CLEAN, known.client, times=known.clean)
