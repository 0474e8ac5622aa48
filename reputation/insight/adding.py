"""Counts that are added to what a table holds. Knows no table of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import EXCLUDED, chunked

ROWS_A_STATEMENT = 200  # SQLite takes at most 999 values in one statement of an older build


def add_up(table: Any, counted: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert the rows, or add their count where the key is there.

    In the order of their keys: two nodes that write at once then never wait for each other in a circle.
    """
    key = list(table._meta.get_primary_keys())
    excluded = getattr(EXCLUDED, counted.column_name)
    ordered = sorted(rows, key=lambda row: [row[one.name] for one in key])
    for some in chunked(ordered, ROWS_A_STATEMENT):
        table.insert_many(some).on_conflict(conflict_target=key, update={counted: counted + excluded}).execute()
