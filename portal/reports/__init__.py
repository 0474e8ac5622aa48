"""Report: Percentage Queries, Queries per Hour, Queries per Day, and the Botnet Report; each a screen of its own."""

from __future__ import annotations

from portal.reports import botnet_report, percentage_queries, queries_per_day, queries_per_hour

__all__ = ["botnet_report", "percentage_queries", "queries_per_day", "queries_per_hour"]
