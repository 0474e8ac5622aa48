"""The slowest files: they begin first, and a run ends with the ten that took longest, to show where it grows slow.

The time of a file is that of its tests with what they set up and put away, on whichever worker. A file that waits costs
as much as one that computes: a worker has one file at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import pytest

SHOWN = 10
# Few tests, each of which starts a program, a browser or a mail server: begun last, they would end long after all else.
FIRST = ("stories", "recipes", "browser", "mta", "benchmarks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the slow folders in front; all others stay in their order."""
    items.sort(key=lambda item: item.path.parent.name not in FIRST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the slowest files, where there were more than a few."""
    reports = chain.from_iterable(terminalreporter.stats.values())
    seconds = seconds_of_files(report for report in reports if isinstance(report, pytest.TestReport))
    if len(seconds) <= SHOWN:
        return
    terminalreporter.section(f"{SHOWN} slowest of {len(seconds)} files, {sum(seconds.values()):.0f} s in all")
    for file, spent in seconds.most_common(SHOWN):
        terminalreporter.line(f"{spent:6.1f} s  {file}")


def seconds_of_files(reports: Iterable[pytest.TestReport]) -> Counter[str]:
    """Return the seconds of each file, of its tests' three phases together."""
    seconds: Counter[str] = Counter()
    for report in reports:
        seconds[report.nodeid.partition("::")[0]] += report.duration  # type: ignore[assignment]
    return seconds
