"""The framing of a log line: when it was written, on which host, by which program, and the program's own text.

It knows the forms of syslog daemons (RFC 3164, RFC 5424, ISO stamps), of journald and Docker (JSON), and of programs
that write their log files themselves. Each is read from its fixed beginning; what follows it is not looked at here.
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any, NamedTuple

MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
DAY = 86400
ZONE = re.compile(r" [+-]\d{4}(?= )")
FRACTION = re.compile(r"\.\d+")
PRIORITY = re.compile(r"<\d{1,3}>")
# Solaris puts the message's number in front of it.
SOLARIS = re.compile(r"\[ID \d+ \w+\.\w+\] ")
# RFC 5424 6.3: SD-ELEMENTs, in whose values ", \ and ] are escaped.
STRUCTURED = re.compile(r'-|(?:\[[^ \]="]+(?: [^ \]="]+="(?:[^"\\\]]|\\.)*")*\])+')


class Record(NamedTuple):
    """A framed line. `at` is its own time in Unix seconds, None where it has none.

    `program` is the tag as it was written, such as postfix/smtpd; "" where a program writes its file itself.
    """

    at: int | None
    host: str
    program: str
    process: str
    text: str


class Framing:
    """Reads the framing of lines; it remembers the last stamp, because lines of one second follow one another."""

    def __init__(self) -> None:
        self._stamp, self._at = "", 0
        self._now = 0

    def read(self, line: str, now: int) -> Record | None:
        """Read a line; None where it has no framing that is known. `now` gives RFC 3164 its year."""
        self._now = now
        first = line[:1]
        if first == "{":
            return self._json(line)
        if first == "<" and (found := PRIORITY.match(line)):
            line = line[found.end() :]
        if line[3:4] == " " and line[:3] in MONTHS:
            return self._rfc3164(line)
        if line[:2] == "1 " and line[12:13] == "T":
            return self._rfc5424(line)
        if line[10:11] == "T":
            return self._iso(line)
        if line[4:5] == "-" and line[10:11] == " ":
            return self._own_file(line)
        return None

    def _rfc3164(self, line: str) -> Record | None:
        """`Nov  3 08:12:05 host tag[process]: text`: the year and the zone are this machine's."""
        stamp = line[:15]
        if line[15:16] != " ":
            return None
        if stamp != self._stamp and not self._set(stamp, _without_year(stamp, self._now)):
            return None
        host, _, rest = line[16:].partition(" ")
        return self._tagged(self._at, host, rest)

    def _iso(self, line: str) -> Record | None:
        """`2026-11-03T08:12:05.123456+01:00 host tag[process]: text`."""
        stamp, _, rest = line.partition(" ")
        if stamp != self._stamp and not self._set(stamp, _iso_time(stamp)):
            return None
        host, _, rest = rest.partition(" ")
        # A program that stamps its own lines, such as Haraka, writes no host and no tag.
        return self._tagged(self._at, host, rest) or Record(self._at, "", "", "", line[len(stamp) + 1 :])

    def _rfc5424(self, line: str) -> Record | None:
        """`1 STAMP HOST PROGRAM PROCESS MESSAGE-ID STRUCTURED-DATA text` (RFC 5424 6)."""
        parts = line.split(" ", 6)
        if len(parts) < 7:
            return None
        _, stamp, host, program, process, _, rest = parts
        structured = STRUCTURED.match(rest)
        if structured is None or rest[structured.end() : structured.end() + 1] not in ("", " "):
            return None
        if stamp != self._stamp and not self._set(stamp, _iso_time(stamp)):
            return None
        text = rest[structured.end() + 1 :].removeprefix("\ufeff")
        return Record(self._at, host, program, process.replace("-", ""), text)

    def _own_file(self, line: str) -> Record | None:
        """`2026-11-03 08:12:05 text`, as Exim and Rspamd write it; Exim may add a fraction and a zone."""
        stamp, end = line[:19], 19
        if found := FRACTION.match(line, end):
            end = found.end()
        if found := ZONE.match(line, end):
            stamp, end = stamp + found[0].strip(), found.end()
        if line[end : end + 1] != " ":
            return None
        if stamp != self._stamp and not self._set(stamp, _iso_time(stamp)):
            return None
        return Record(self._at, "", "", "", line[end + 1 :])

    def _json(self, line: str) -> Record | None:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return self._docker(found) if "log" in found else self._journal(found)

    def _docker(self, found: dict[str, Any]) -> Record | None:
        """A line of Docker's json-file driver: what the container printed, which may be framed itself."""
        text, at = found["log"], _iso_time(str(found.get("time", "")))
        if not isinstance(text, str) or at is None:
            return None
        text = text.removesuffix("\n").removesuffix("\r")
        if "\n" in text or text[:1] == "{":
            return None
        return self.read(text, self._now) or Record(at, "", "", "", text)

    def _journal(self, found: dict[str, Any]) -> Record | None:
        """An entry of `journalctl -o json`; a message that is no UTF-8 is a list of octets there."""
        text, program = found.get("MESSAGE"), found.get("SYSLOG_IDENTIFIER", found.get("_COMM"))
        if isinstance(text, list):
            text = _octets(text)
        stamp = str(found.get("__REALTIME_TIMESTAMP", ""))
        if not isinstance(text, str) or not isinstance(program, str) or not stamp.isdecimal() or "\n" in text:
            return None
        process = str(found.get("SYSLOG_PID", found.get("_PID", "")))
        return Record(int(stamp[:16]) // 1_000_000, str(found.get("_HOSTNAME", "")), program, process, text)

    def _tagged(self, at: int, host: str, rest: str) -> Record | None:
        """`tag[process]: text`; a tag has no space in it."""
        tag, colon, text = rest.partition(": ")
        if not colon or " " in tag:
            return None
        program, _, process = tag.partition("[")
        if text[:4] == "[ID " and (found := SOLARIS.match(text)):
            text = text[found.end() :]
        return Record(at, host, program, process[:-1], text)

    def _set(self, stamp: str, at: int | None) -> bool:
        if at is not None:
            self._stamp, self._at = stamp, at
        return at is not None


def _without_year(stamp: str, now: int) -> int | None:
    """The time of `Nov  3 08:12:05` in this machine's zone, in the year that brings it nearest to now, or before it."""
    try:
        month, day, clock = MONTHS[stamp[:3]], int(stamp[4:6]), stamp[7:]
        hour, minute, second = int(clock[:2]), int(clock[3:5]), min(int(clock[6:]), 59)  # a leap second is none here
    except ValueError:
        return None
    if clock[2] != ":" or clock[5] != ":":
        return None
    year = time.localtime(now).tm_year
    found = [_local(each, month, day, hour, minute, second) for each in (year + 1, year, year - 1)]
    past = [at for at in found if at is not None and at <= now + DAY]
    return max(past, default=None)


def _local(*parts: int) -> int | None:
    try:
        return int(datetime(*parts).timestamp())  # type: ignore[arg-type]  # six numbers
    except ValueError:
        return None


def _iso_time(stamp: str) -> int | None:
    """The time of an ISO 8601 stamp; without a zone it is this machine's. Its fraction may have any length."""
    found = FRACTION.match(stamp, 19)
    if found:
        stamp = stamp[: found.start()] + stamp[found.end() :]
    try:
        return int(datetime.fromisoformat(stamp).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _octets(numbers: list[Any]) -> str | None:
    try:
        return bytes(numbers).decode(errors="replace")
    except (TypeError, ValueError):
        return None
