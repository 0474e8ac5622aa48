"""Adds counts to those in a table. It knows no table of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reputation.store import db


def add_counts(fields: Sequence[Any], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert the rows, or add their count where the key exists. `fields` are those of the key, and then the count.

    Rows are written in the order of their keys: two nodes that write at once then never wait for each other in a
    circle.
    """
    db.write_rows(fields, sorted(rows), key=fields[:-1], adds=True)
