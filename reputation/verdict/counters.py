"""Counts of the answers, kept in memory until the next drain. It knows no table; the part that drains writes them.

The loops that answer plain packets count in tallies of their own (tally.py); everything else is counted here, under a
lock. A drain takes all counts and leaves none: the one who drains keeps them until they are written.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from reputation.verdict.client_networks import network_text
from reputation.verdict.decision import Decision
from reputation.verdict.matches import Match, Matches
from reputation.verdict.tally import Tally

HOUR = 3600
KEPT_MATCHES = 1 << 17  # between two drains, of all loops; what is beyond is counted as lost
KEPT_CLIENTS = 1000
SLICE = 4096  # of a ring read at once, so that the interpreter is never held for long
COLUMNS = 32  # of an organization in a tally: two databases
NOT_SUBSCRIBED = "not subscribed"  # asked in a database that the code's subscription does not include
OVER_QUOTA = "over quota"  # asked under a code whose organization has used up its daily quota
ELSEWHERE = "elsewhere"  # asked under a valid code from a network that may not use it
TURNED_AWAY_KINDS = (ELSEWHERE, OVER_QUOTA)
# Of a database in a tally, beyond all return codes; the first is of a kind of TURNED_AWAY_KINDS instead, and counts
# those alone whose client network found no place.
TURNED_AWAY_COLUMN, NOT_SUBSCRIBED_COLUMN, TXT_COLUMN = 13, 14, 15
ZONE_KINDS = ("partial", "other", "test", "unknown code", "limited")  # columns of what belongs to no organization
OTHER_COLUMNS = {NOT_SUBSCRIBED_COLUMN: NOT_SUBSCRIBED, TXT_COLUMN: "txt"}  # each with its kind of other packets


@dataclass
class Batch:
    """What was counted since the last drain; an hour is the Unix second of its beginning."""

    answers: Counter[tuple[int, int, int, int]] = field(default_factory=Counter)  # hour, organization, database, code
    last_asked: dict[int, int] = field(default_factory=dict)  # organization -> Unix seconds
    others: Counter[tuple[int, str]] = field(default_factory=Counter)  # hour, kind
    unknown_codes: Counter[tuple[int, str]] = field(default_factory=Counter)  # hour, client network
    # hour, organization, OVER_QUOTA or ELSEWHERE, client network ("": beyond the bound)
    turned_away: Counter[tuple[int, int, str, str]] = field(default_factory=Counter)
    matches: Matches = field(default_factory=Matches)
    matches_lost: int = 0

    def __bool__(self) -> bool:
        return bool(self.answers or self.others or self.unknown_codes or self.matches or self.matches_lost)

    def count_stranger(self, hour: int, network: str, count: int) -> None:
        """Count questions from a network under a code that nobody has, within the bound of how many are named."""
        if (hour, network) in self.unknown_codes or len(self.unknown_codes) < KEPT_CLIENTS:
            self.unknown_codes[hour, network] += count

    def add(self, other: Batch) -> None:
        """Add what another batch has, within the bounds of one."""
        self.answers.update(other.answers)
        self.others.update(other.others)
        for (hour, network), count in other.unknown_codes.items():
            self.count_stranger(hour, network, count)
        for key, count in other.turned_away.items():
            self._name(*key, count)
        for organization, at in other.last_asked.items():
            self.last_asked[organization] = max(at, self.last_asked.get(organization, at))
        self.remember_all(other.matches.columns)
        self.matches_lost += other.matches_lost

    def turn_away(self, hour: int, organization: int, kind: str, network: str, count: int) -> None:
        """Count packets under a valid code that were not answered by it; beyond the bound without their network."""
        self.others[hour, kind] += count
        self._name(hour, organization, kind, network, count)

    def _name(self, hour: int, organization: int, kind: str, network: str, count: int) -> None:
        is_new = (hour, organization, kind, network) not in self.turned_away
        named = "" if is_new and len(self.turned_away) >= KEPT_CLIENTS else network
        self.turned_away[hour, organization, kind, named] += count

    def remember(self, match: Match) -> None:
        """Keep a match, within the bound; a match beyond the bound is counted as lost."""
        if len(self.matches) < KEPT_MATCHES:
            self.matches.append(match)
        else:
            self.matches_lost += 1

    def remember_all(self, columns: Sequence[array[Any]]) -> None:
        """Keep many matches, given in the columns of a ring; those beyond the bound are counted as lost."""
        count = len(columns[0])
        room = max(KEPT_MATCHES - len(self.matches), 0)
        self.matches.extend(columns if count <= room else [column[:room] for column in columns])
        self.matches_lost += max(count - room, 0)


class Counters:
    """The counters of the whole process. The lock is held for a few increments or one exchange, never for a write."""

    def __init__(self, sample: int = 0) -> None:
        """`sample`: of the connections that were not listed, one in so many is remembered; 0 for none."""
        self._lock = threading.Lock()
        self._batch = Batch()
        self._sample = sample
        self._passed = 0
        self._readers: list[TallyReader] = []
        self._watched: list[tuple[Callable[[], dict[str, int]], Counter[str]]] = []

    def new_tally(self) -> Tally:
        """Return a tally for one more loop; each drain takes its counts, too."""
        tally = Tally(self._sample)
        self._readers.append(TallyReader(tally))
        return tally

    def watch(self, totals: Callable[[], dict[str, int]]) -> None:
        """Add counts that a loop keeps itself, as totals by kind that only rise; each drain takes the differences."""
        self._watched.append((totals, Counter()))

    def record(self, organization: int, database: int, decision: Decision, version: int, value: int, now: int) -> None:
        """Count one connection: a complete address, not a test point, asked by type A under a valid code."""
        with self._lock:
            batch = self._batch
            batch.answers[now - now % HOUR, organization, database, decision.code] += 1
            batch.last_asked[organization] = now
            if decision.code or self._in_sample():
                batch.remember(Match(now, organization, database, decision.code, version, value))

    def _in_sample(self) -> bool:
        self._passed += 1
        chosen = self._sample > 0 and self._passed >= self._sample
        if chosen:
            self._passed = 0
        return chosen

    def other(self, kind: str, now: int, network: str = "") -> None:
        """Count any other packet, by its kind. `network` is the client's, where a code was unknown."""
        with self._lock:
            batch = self._batch
            batch.others[now - now % HOUR, kind] += 1
            if network:
                batch.count_stranger(now - now % HOUR, network, 1)

    def turn_away(self, organization: int, kind: str, network: str, now: int) -> None:
        """Count a packet under a valid code that was not answered by it, for OVER_QUOTA or for ELSEWHERE.

        `network` is the client's. Beyond KEPT_CLIENTS of them the packets are counted without it.
        """
        with self._lock:
            self._batch.turn_away(now - now % HOUR, organization, kind, network, 1)

    def drain(self, now: int) -> Batch:
        """Return everything since the last drain; counting goes on in a new batch.

        `now` is the time at which the tallies are read (Unix seconds).
        """
        with self._lock:
            batch, self._batch = self._batch, Batch()
        for reader in self._readers:
            reader.into(batch, now)
        for totals, seen in self._watched:
            for kind, total in totals().items():
                if total > seen[kind]:
                    batch.others[now - now % HOUR, kind] += total - seen[kind]
                    seen[kind] = total
        return batch


class TallyReader:
    """Reads what one tally has counted since the last time. The tally's loop goes on writing meanwhile."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._seen = array("Q", tally.counted)
        self._seen_strangers = array("Q", tally.strangers[-1])
        self._matches = self._lost = 0

    def into(self, batch: Batch, now: int) -> None:
        """Add the new counts to a batch; the hour is the loop's, which may have begun the next one already."""
        for bank in (0, 1):
            hour = self._tally.hours[bank] * HOUR
            for organization, column, count in self._new(bank):
                self._add(batch, hour, organization, column, count, now)
        self._strangers(batch)
        end = self._tally.written()  # what comes meanwhile waits for the next drain: a busy loop would hold us here
        while self._matches < end:
            self._some_matches(batch, min(end, self._matches + SLICE))
        batch.matches_lost += self._tally.lost - self._lost
        self._lost = self._tally.lost

    def _add(self, batch: Batch, hour: int, organization: int, column: int, count: int, now: int) -> None:
        database, code = divmod(column, COLUMNS // 2)
        if organization == self._tally.organizations:
            batch.others[hour, ZONE_KINDS[column]] += count
        elif code == TURNED_AWAY_COLUMN:
            batch.turn_away(hour, organization, TURNED_AWAY_KINDS[database], "", count)
        elif code in OTHER_COLUMNS:
            batch.others[hour, OTHER_COLUMNS[code]] += count
        else:
            batch.answers[hour, organization, database, code] += count
            batch.last_asked[organization] = now

    def _new(self, bank: int) -> Iterator[tuple[int, int, int]]:
        """(organization, column, count) of what has grown in a bank; behind the last organization is the zone's row."""
        counted, seen = self._tally.counted, self._seen
        rows = self._tally.organizations
        for organization in (*range(min(self._tally.highest + 1, rows)), rows):
            begin = (bank * (rows + 1) + organization) * COLUMNS
            now = counted[begin : begin + COLUMNS]
            before = seen[begin : begin + COLUMNS]
            if now != before:
                seen[begin : begin + COLUMNS] = now
                yield from ((organization, at, now[at] - before[at]) for at in range(COLUMNS) if now[at] != before[at])

    def _strangers(self, batch: Batch) -> None:
        """The networks of unknown codes. A table that is a quarter full is left alone, and emptied at the next drain.

        Then the loop has long left it, and all that it wrote there is read.
        """
        *_, counts = self._tally.strangers
        half, bank = len(counts) // 2, self._tally.stranger_bank
        if counts != self._seen_strangers:
            now = array("Q", counts)
            for at, count in enumerate(now):
                if count > self._seen_strangers[at]:
                    self._stranger(batch, at, count - self._seen_strangers[at])
            self._seen_strangers = now
        other = (1 - bank) * half
        counts[other : other + half] = self._seen_strangers[other : other + half] = array("Q", bytes(8 * half))
        if sum(map(bool, counts[bank * half : (bank + 1) * half])) > half // 4:
            self._tally.turn_to(1 - bank)

    def _stranger(self, batch: Batch, at: int, count: int) -> None:
        """What a place of the tables has counted, as Tally.count_stranger put it there."""
        networks, hours, whats, _ = self._tally.strangers
        hour, network, what = hours[at] * HOUR, network_text(networks[at]), whats[at]
        if what:
            organization, kind = divmod(what - 1, len(TURNED_AWAY_KINDS))
            batch.turn_away(hour, organization, TURNED_AWAY_KINDS[kind], network, count)
        else:
            batch.count_stranger(hour, network, count)

    def _some_matches(self, batch: Batch, end: int) -> None:
        """A slice of the ring, up to the record with the number `end` or to the ring's own end."""
        begin = self._matches & self._tally.mask
        count = min(end - self._matches, self._tally.mask + 1 - begin)
        batch.remember_all([column[begin : begin + count] for column in self._tally.ring])
        self._matches += count
        self._tally.taken(self._matches)
