"""What functions read of a row that they are handed. peewee's models are Any to the type checker; these are not.

A class has the columns of one table that are read so; every row of that table fits it.
"""

from __future__ import annotations

from typing import Protocol


class FeedRow(Protocol):
    """A row of Feed. `bounds` and `warnings` are JSON; times are Unix seconds."""

    id: int
    name: str
    source: str
    format: str
    category: str
    database: str
    every: int
    duration: int
    bounds: str
    etag: str
    last_modified: str
    checked_at: int | None
    refreshed_at: int | None
    status: str
    message: str
    warnings: str
    created_at: int
    paused: bool
    content_at: int | None
    retry_at: int
    unchanged: int
    purpose: str
    watched_since: int
    key_header: str
    attempts: int
    attempted_at: int


class RevisionRow(Protocol):
    """A row of FeedRevision without its content."""

    id: int
    state: str
    fetched_at: int
    seen_at: int
    hash: str
    entries: int
    added: int
    removed: int
    etag: str
    last_modified: str
    content_at: int | None
    expires_at: int | None
    ends_at: int | None
    damage: str


class OriginRow(Protocol):
    """A row of OriginRevision without its content. `parts` and `lacks` are JSON; `sources` has one a line."""

    id: int
    loaded_at: int
    dated: str
    source: str
    rows: int
    parts: str
    lacks: str
    sources: str
    etag: str
    last_modified: str
    damage: str
    retry_at: int
