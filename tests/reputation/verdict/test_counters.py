"""Counting loses nothing: not between threads, not where batches are joined."""

from __future__ import annotations

import threading

from reputation.verdict.counters import ELSEWHERE, HOUR, KEPT_CLIENTS, KEPT_MATCHES, Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.matches import Match, Matches
from reputation.verdict.zones import FOREVER, KSS, STANDARD

LISTED = Decision(KSS, FOREVER, "KSS", "reason")
AT = 1000 * HOUR


def test_a_connection_counts_in_its_hour_and_under_its_answer() -> None:
    counters = Counters()
    counters.record(3, STANDARD, NOT_LISTED, 4, 1, AT + HOUR - 1)
    counters.record(3, STANDARD, LISTED, 4, 1, AT + HOUR)

    batch = counters.drain(AT)

    assert batch.answers == {(AT, 3, STANDARD, 0): 1, (AT + HOUR, 3, STANDARD, KSS): 1}
    assert [match.at for match in batch.matches] == [AT + HOUR]
    assert batch.last_asked == {3: AT + HOUR}


def test_a_drain_leaves_nothing_behind() -> None:
    counters = Counters()
    counters.other("malformed", AT)

    assert counters.drain(AT).others == {(AT, "malformed"): 1}
    assert not counters.drain(AT)


def test_a_batch_takes_in_what_another_one_has() -> None:
    counters = Counters()
    counters.record(1, STANDARD, LISTED, 4, 7, AT)
    counters.other("txt", AT)
    both = counters.drain(AT)
    counters.record(1, STANDARD, LISTED, 4, 8, AT + 1)
    counters.turn_away(1, ELSEWHERE, "192.0.2.0/24", AT)

    both.add(counters.drain(AT + 1))

    assert both.answers[AT, 1, STANDARD, KSS] == 2
    assert [match.value for match in both.matches] == [7, 8]
    assert both.last_asked == {1: AT + 1}
    assert both.others == {(AT, "txt"): 1, (AT, ELSEWHERE): 1}, "turned away once, not twice"
    assert both.turned_away == {(AT, 1, ELSEWHERE, "192.0.2.0/24"): 1}


def test_a_batch_takes_in_no_more_than_its_bounds() -> None:
    batches = []
    for part in range(2):
        counters = Counters()
        for number in range(KEPT_CLIENTS):
            counters.other("unknown code", AT, f"{part} {number}")
            counters.turn_away(1, ELSEWHERE, f"{part} {number}", AT)
        batches.append(counters.drain(AT))
    first, second = batches
    first.matches, second.matches = (Matches([Match(AT, 1, STANDARD, KSS, 4, 7)] * (KEPT_MATCHES - 1)) for _ in "ab")

    first.add(second)

    assert (len(first.matches), first.matches_lost) == (KEPT_MATCHES, KEPT_MATCHES - 2)
    assert len(first.unknown_codes) == KEPT_CLIENTS and first.others[AT, "unknown code"] == 2 * KEPT_CLIENTS
    assert first.turned_away[AT, 1, ELSEWHERE, ""] == KEPT_CLIENTS


def test_threads_that_count_at_once_lose_nothing() -> None:
    counters = Counters()
    drained = []

    def count() -> None:
        for _ in range(2000):
            counters.record(1, STANDARD, NOT_LISTED, 4, 1, AT)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        drained.append(counters.drain(AT))
    drained.append(counters.drain(AT))

    assert sum(batch.answers.total() for batch in drained) == 8000


def test_matches_beyond_the_bound_are_counted_as_lost() -> None:
    counters = Counters()
    for _ in range(KEPT_MATCHES + 5):
        counters.record(1, STANDARD, LISTED, 4, 1, AT)

    batch = counters.drain(AT)

    assert batch.matches_lost == 5
    assert batch.answers.total() == KEPT_MATCHES + 5
