"""Follows logs: reads the new lines since the last look, and counts what they say.

The place in a log is written in the same transaction as what its lines said, so that a line counts once, whenever the
program ends. A line counts as of its own time; one that is older than six hours counts for nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from reputation.addresses.address import parse_address
from reputation.intake import spam_reports
from reputation.intake.maillog.events import (
    CLEAN,
    COUNTED,
    FOREIGN,
    KNOWN,
    OWN_NETWORK,
    SPAM,
    STRANGE,
    TOO_OLD,
    UNKNOWN_RECIPIENT,
    LogEvent,
    ignored,
)
from reputation.intake.maillog.figures import LogFigures, Tally, shown
from reputation.intake.maillog.journal import Journal
from reputation.intake.maillog.log_files import LogFile, LogPosition
from reputation.intake.maillog.readers import PROGRAMS
from reputation.intake.maillog.records import Framing
from reputation.intake.maillog.refusals import Refusals
from reputation.intake.maillog.verdicts import Told, Verdicts
from reputation.intake.messages import TrustedNetworks
from reputation.intake.spam_reports import Incoming
from reputation.store import db
from reputation.store.models import LogPlace
from reputation.verdict.origins import EMPTY, Origins

OLDEST = 6 * 3600  # seconds
LIVE = 60  # a line is as of now when it is not older than this many seconds
A_LOOK = 0.7  # seconds of one look, each second; the rest is for the next
GUESSES = 3  # unknown recipients of one client in an hour that are mistakes and no guesses
HOUR = 3600
MOST_GUESSERS = 50_000
UNKNOWN_WEIGHT = 0.5  # of one guess beside that of a message that was spam
MOST_ADDRESSES = 50_000
JOURNAL = "journal"


class LogSource(NamedTuple):
    """A log and the program that writes it, as the setting names them.

    The path `journal` is systemd's journal, `journal:DIR` one in another folder.
    """

    program: str
    path: Path

    def open(self) -> LogFile | Journal:
        """Return what reads the log."""
        name, _, folder = str(self.path).partition(":")
        if name == JOURNAL:
            return Journal(PROGRAMS[self.program].journal, folder)
        return LogFile(self.path)


class Look(NamedTuple):
    """What some lines say, in their order: what is evidence or decides that something is none."""

    told: list[Told]
    last_at: int


class LineReader:
    """Reads the lines of one log: their framing, the program's grammar, and what holds for every program."""

    def __init__(
        self, program: str, own: TrustedNetworks | None = None, refusals: Refusals | None = None, oldest: int = OLDEST
    ) -> None:
        """`own` are the networks of our own servers, which no line speaks against."""
        self.program, self._own, self._oldest = program, own or TrustedNetworks(), oldest
        self._reader = PROGRAMS[program].reader(refusals or Refusals())
        self._framing = Framing()
        self._addresses: dict[str, tuple[str, bool]] = {}

    def warm_up(self, lines: Iterable[str], now: int) -> None:
        """Read lines that have counted before, for the messages that are under way."""
        for line in lines:
            self._event(line, now)

    def read(self, lines: Sequence[str], tally: Tally, now: int) -> Look:
        """Read lines; count them in the tally."""
        told: list[Told] = []
        known = foreign = 0
        at = now
        for line in lines:
            event, stamp = self._event(line, now)
            at = now if stamp is None else min(stamp, now)
            kind = event.kind
            if kind is KNOWN:
                known += 1
                continue
            if kind is FOREIGN:
                foreign += 1
                continue
            event = self._checked(event, now - at)
            tally.add(event, line, at)
            if event.kind in COUNTED or event.queue_id:
                told.append(Told(event, self.program, at, line))
        tally.add_many(KNOWN, known, at)
        tally.add_many(FOREIGN, foreign, at)
        tally.lines += len(lines)
        tally.last_line_at = at if lines else tally.last_line_at
        return Look(told, at)

    def _event(self, line: str, now: int) -> tuple[LogEvent, int | None]:
        record = self._framing.read(line, now)
        if record is None:
            return self._reader.unframed(line), None
        return self._reader.read(record), record.at

    def _checked(self, event: LogEvent, age: int) -> LogEvent:
        """What holds for every program: the address is one, and not one of ours; and the line is not too old."""
        if not event.address:
            return event
        address, is_own = self._read_address(event.address)
        if not address:
            return STRANGE
        if address != event.address:
            event = event._replace(address=address)
        if event.kind in COUNTED:
            if age > self._oldest:
                return ignored(TOO_OLD, address)
            if is_own:
                return ignored(OWN_NETWORK, address, event.queue_id)
        return event

    def _read_address(self, text: str) -> tuple[str, bool]:
        """The address as this program writes it, "" where it is none; and whether it is one of our own."""
        found = self._addresses.get(text)
        if found is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            found = self._addresses[text] = self._parsed(text)
        return found

    def _parsed(self, text: str) -> tuple[str, bool]:
        try:
            address = parse_address(text)
        except ValueError:
            return "", False
        return str(address), address in self._own or address in LOOPBACK


LOOPBACK = TrustedNetworks(("127.0.0.0/8", "::1/128"))


class Guesses:
    """Counts recipients that there are not, by client and hour: a few are mistakes."""

    def __init__(self) -> None:
        self._clients: Counter[str] = Counter()
        self._hour = 0
        self._before: tuple[int, Counter[str]] | None = None

    def count(self, client: str, times: int, at: int) -> int:
        """Count so many more; return how many of them are guesses."""
        if self._before is None:
            self._before = self._hour, self._clients.copy()
        if at // HOUR != self._hour or len(self._clients) > MOST_GUESSERS:
            self._hour, self._clients = at // HOUR, Counter()
        before = self._clients[client]
        self._clients[client] += times
        return max(before + times - GUESSES, 0) - max(before - GUESSES, 0)

    def settle(self) -> None:
        """Take what was counted since the last time as written."""
        self._before = None

    def undo(self) -> None:
        """Forget what was counted since it was settled last: it was not written, and the same lines come again."""
        if self._before is not None:
            (self._hour, self._clients), self._before = self._before, None


class Follower:
    """Follows one log. It remembers in memory only the messages that are under way."""

    def __init__(
        self,
        source: LogSource,
        own: TrustedNetworks | None = None,
        refusals: Refusals | None = None,
        verdicts: Verdicts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self._log = source.open()
        self._reader = LineReader(source.program, own, refusals)
        self._verdicts = verdicts or Verdicts()
        self._guesses = Guesses()
        self._tally = Tally()
        self._is_warm = False
        self._fault = ""
        self._clock = clock

    @property
    def figures(self) -> LogFigures:
        """Return what reading this log has come to since the program's start."""
        return self._tally.figures(self.source.program, str(self.source.path))

    def read_new(self, now: int, origins: Origins = EMPTY) -> str:
        """Read what is new in the log and count it; return a sentence, or "" where nothing was new."""
        try:
            # Asked each second: a log that nobody has written to costs no transaction.
            if self._log.is_unchanged() and not self._verdicts.is_due(now):
                return ""
            return self._take_in(now, origins)
        except OSError as error:
            reason = error.strerror or str(error)
            self._fault = f"{self.source.path} cannot be read: {reason}. Let this user read it, or name another log."
            return self._fault

    def trouble(self, now: int) -> str:
        """Return what is wrong with following this log; "" where nothing is."""
        return self._fault or self._warning(now)

    def close(self) -> None:
        """End what runs for this log."""
        self._log.close()

    def _take_in(self, now: int, origins: Origins) -> str:
        accepted = clean = 0
        end = self._clock() + A_LOOK
        moves = True
        while moves:
            counted, moves = self._one_read(now, origins)
            accepted, clean = accepted + counted[0], clean + counted[1]
            moves = moves and self._tally.left > 0 and self._clock() < end
        self._keep_up(now)
        self._fault = ""
        return " ".join(filter(None, (self._said(accepted, clean), self._warning(now))))

    def _one_read(self, now: int, origins: Origins) -> tuple[tuple[int, int], bool]:
        """Count what one read of the log brings; how many reports and clean deliveries, and whether it moved on."""
        before = self._place()
        if not self._is_warm:
            self._reader.warm_up(self._log.before(before), now)
            self._is_warm = True
        chunk = self._log.new(before)
        tally = self._tally.copy()
        look = self._reader.read(chunk.lines, self._tally, now)
        settled = self._verdicts.settle(look.told, now)
        self._tally.add_twice(len(settled.twice))
        try:
            with db.write():
                counted = self._count(settled.counted, now, origins)
                if chunk.place != before:
                    self._write_place(chunk.place, now)
        except BaseException:
            self._verdicts.undo(settled)
            self._guesses.undo()
            self._log.forget()
            self._tally = tally  # the same lines are read again
            raise
        self._guesses.settle()
        self._tally.left = chunk.left
        return counted, chunk.place != before

    def _count(self, told: Sequence[Told], now: int, origins: Origins) -> tuple[int, int]:
        clean: Counter[str] = Counter()
        reports: dict[int, list[Incoming]] = {}
        for each in told:
            if each.event.kind == CLEAN:
                clean[each.event.address] += each.event.times
            else:
                at = now if now - each.at < LIVE else each.at
                reports.setdefault(at, []).extend(self._reports(each, at))
        batches = [spam_reports.accept_many(reports[at], at, origins) for at in sorted(reports)]
        for batch in batches:
            self._tally.guarded += len(batch.refused)
            self._tally.duplicates += batch.duplicates
        if clean:
            spam_reports.clean_many(clean, now, origins)
        return sum(batch.accepted for batch in batches), sum(clean.values())

    def _reports(self, told: Told, at: int) -> list[Incoming]:
        event = told.event
        if event.kind == SPAM:
            evidence = f"{told.program}: refused as spam\n{shown(told.line)}"
            key = f"message {event.queue_id}" if event.queue_id else ""
            return [Incoming(event.address, "filter", evidence=evidence, dedupe_key=key)] * event.times
        assert event.kind == UNKNOWN_RECIPIENT
        guesses = self._guesses.count(event.address, event.times, at)
        evidence = f"{told.program}: asks for recipients that there are not\n{shown(told.line)}"
        return [Incoming(event.address, "filter", UNKNOWN_WEIGHT, evidence=evidence)] * guesses

    def _place(self) -> LogPosition | None:
        """Where the last look ended; before programs had places of their own, a path had one."""
        for key in (self._key, str(self.source.path)):
            if row := LogPlace.get_or_none(LogPlace.path == key):
                return LogPosition(row.inode, row.offset)
        return None

    def _write_place(self, place: LogPosition, now: int) -> None:
        values = {"path": self._key, "inode": place.inode, "offset": place.offset, "at": now}
        LogPlace.insert(values).on_conflict(conflict_target=[LogPlace.path], update=values).execute()

    @property
    def _key(self) -> str:
        """Several programs may write one log, and each is followed on its own."""
        return f"{self.source.program} {self.source.path}"

    def _keep_up(self, now: int) -> None:
        if not self._tally.left:
            self._tally.behind_since = 0
        elif not self._tally.behind_since:
            self._tally.behind_since = now

    def _said(self, accepted: int, clean: int) -> str:
        return f"{self.source.path.name}: {accepted} reports, {clean} clean deliveries." if accepted or clean else ""

    def _warning(self, now: int) -> str:
        figures, title = self.figures, PROGRAMS[self.source.program].title
        if figures.is_silent:
            return (
                f"{self.source.path.name}: none of the last {figures.silent:,} lines is one of {title}'s. "
                f"See what they are: gatepost logs try {self.source.program}:{self.source.path}"
            )
        if figures.is_behind(now):
            return f"{self.source.path.name}: reading is {figures.left / 1e6:,.0f} MB behind what is written."
        return ""


def followers(
    logs: Sequence[tuple[str, str]], own_networks: Iterable[str] = (), spam_refusals: Iterable[str] = ()
) -> list[Follower]:
    """Make the followers of these logs, given as program and path; what they say of one message counts once."""
    own, refusals, verdicts = TrustedNetworks(own_networks), Refusals(spam_refusals), Verdicts(waits=len(logs) > 1)
    return [Follower(LogSource(program, Path(path)), own, refusals, verdicts) for program, path in logs]


def follow(logs: Sequence[Follower], now: int, origins: Origins = EMPTY) -> str:
    """Look into each log once; return the sentences about them as one text."""
    return " ".join(filter(None, (each.read_new(now, origins) for each in logs)))


def figures(logs: Sequence[Follower]) -> list[LogFigures]:
    """Return what reading each log has come to."""
    return [each.figures for each in logs]


def troubles(logs: Sequence[Follower], now: int) -> dict[str, str]:
    """Return what is wrong with following the logs, by the log as the setting names it."""
    found = {f"{each.source.program}:{each.source.path}": each.trouble(now) for each in logs}
    return {log: text for log, text in found.items() if text}


def close(logs: Sequence[Follower]) -> None:
    """End what runs for the logs."""
    for each in logs:
        each.close()
