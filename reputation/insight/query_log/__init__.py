"""The query log: each match and a sample of the rest, for people who ask why. It is bounded by age and by rows.

`retention` is what an organization has chosen, `search` reads the log; counting/query_log.py writes it. It knows
neither door.
"""

from __future__ import annotations

from reputation.counting.query_log import (
    MASKED,
    OFF,
    ON,
    LogBounds,
    key_of,
    prune,
    write,
)
from reputation.insight.query_log.retention import (
    CHOICES,
    MOST_COUNTED,
    choose,
    chosen,
    delete_all,
    row_count,
)
from reputation.insight.query_log.search import (
    LogEntry,
    LogFilter,
    Page,
    all_entries,
    page,
    rules_by_address,
)

__all__ = [
    "CHOICES",
    "MASKED",
    "MOST_COUNTED",
    "OFF",
    "ON",
    "LogBounds",
    "LogEntry",
    "LogFilter",
    "Page",
    "all_entries",
    "choose",
    "chosen",
    "delete_all",
    "key_of",
    "page",
    "prune",
    "row_count",
    "rules_by_address",
    "write",
]
