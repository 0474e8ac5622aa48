"""A report costs what it changes, and not what is listed already."""

from __future__ import annotations

from benchmarks.listings import elsewhere

ROUNDS = 2  # of which the better one counts: the machine has other work


def test_a_report_costs_the_same_with_many_listings() -> None:
    few, many = (min((elsewhere(size) for _ in range(ROUNDS)), key=lambda one: one.report) for size in (1_000, 100_000))
    for kind in ("report", "report_alone"):
        assert getattr(many, kind) <= 2 * getattr(few, kind), (few, many)


def test_a_million_listings_fit_below_200_mb() -> None:
    found = elsewhere(1_000_000)
    assert found.held < found.highest < 200_000_000, found
