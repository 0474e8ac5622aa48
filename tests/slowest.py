"""The ten files in which a run of the tests spends most of its time, printed at its end: where it grows slow is seen.

The time of a file is that of its tests with what they set up and put away, on whichever worker. A file that waits costs
as much as one that computes: a worker has one file at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import pytest

SHOWN = 10


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
