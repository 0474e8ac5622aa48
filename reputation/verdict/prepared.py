"""The prepared snapshot: the parts of what is served, as files of columns that a start maps and answers from at once.

Each part has a file, since a changed policy must not write ten million entries again. The `state` of the tables that a
part was made of stands in its file as the publisher has written it: whether the part is current is the publisher's to
say. Until it has, the files are served as of the time up to which they were known to be current; no listing is served
beyond its end, which is a date in the data. Where one file cannot be used none is: half a snapshot would let mail pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reputation.verdict import column_file
from reputation.verdict.column_file import UnusableFile
from reputation.verdict.shapes import (
    LAYER,
    ORIGINS,
    OWN_LISTINGS,
    POLICIES,
    RECENT_LISTINGS,
    Columns,
    Kind,
    RecentLayer,
)
from reputation.verdict.snapshot import Layer, Listed, Snapshot
from reputation.verdict.zones import DATABASE_NAMES

FOLDER = "prepared"  # in the data folder
OWN, RECENT = "listings", "recent listings"
FEEDS = {name: f"{name} feeds" for name in DATABASE_NAMES}
PARTS: dict[str, Kind] = {
    "policies": POLICIES,
    "origins": ORIGINS,
    **dict.fromkeys(FEEDS.values(), LAYER),
    OWN: OWN_LISTINGS,
    RECENT: RECENT_LISTINGS,
}


class PreparedPart(NamedTuple):
    """A part as it was read, and what the publisher had written beside it."""

    value: Any
    state: dict[str, Any]
    written_at: int


class Prepared(NamedTuple):
    """A snapshot that can be served, its parts by name, and until when it was known to be current (Unix seconds)."""

    snapshot: Snapshot
    parts: dict[str, PreparedPart]
    as_of: int


def database_id(url: str) -> str:
    """Return what tells the database at this URL from others; "" for the one in the data folder."""
    return hashlib.sha256(url.encode()).hexdigest()[:32] if url else ""


def write_part(data: Path, name: str, value: Any, state: dict[str, Any]) -> None:
    """Write a part of the served snapshot into the data folder. Raise OSError; what was there before is kept then."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    columns = Columns()
    written = PARTS[name].write(value, columns)
    column_file.write(path(data, name), {"part": name, "state": state, "value": written}, columns)


def may_be_of(data: Path, database: str) -> bool:
    """Tell whether the folder has files of this database, or files of which that cannot be told."""
    if not any(path(data, name).exists() for name in PARTS):
        return False
    try:
        head = column_file.read(path(data, "policies")).head
        return bool(head["state"]["database"] == database)
    except (OSError, UnusableFile, LookupError, TypeError):
        return True


def read(data: Path, database: str, lookup_url: str) -> Prepared | None:
    """Read the prepared snapshot of this database; None where there is none. Raise UnusableFile."""
    if not (data / FOLDER).exists():
        return None
    found = {name: read_part(data, name, database) for name in PARTS}
    recent = found[RECENT]
    serial = int(recent.state["serial"])
    return Prepared(_snapshot(found, serial, lookup_url), found, recent.written_at)


def read_part(data: Path, name: str, database: str) -> PreparedPart:
    """Read one part, as views of its file. Raise UnusableFile, also where it is of another database."""
    place = path(data, name)
    try:
        file = column_file.read(place)
    except FileNotFoundError:
        raise UnusableFile(f"{place} is missing") from None
    try:
        head, state = file.head, file.head["state"]
        if head["part"] != name or state["database"] != database:
            raise UnusableFile(f"{place} is of another database or part")
        return PreparedPart(PARTS[name].read(head["value"], file.columns), state, file.written_at)
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, UnusableFile):
            raise
        raise UnusableFile(f"{place} is damaged: {type(error).__name__}: {error}") from None


def recent_above(parts: Mapping[str, PreparedPart]) -> dict[str, RecentLayer] | None:
    """Return the small layers of what has changed above the large ones of these parts; None where they are of others.

    What has changed since is in the large layers then, or will be once the publisher has read it.
    """
    recent = parts[RECENT]
    return recent.value if recent.state["above"] == parts[OWN].state["id"] else None


def path(data: Path, name: str) -> Path:
    """Return where the file of a part is."""
    return data / FOLDER / name.replace(" ", "-")


def _snapshot(parts: dict[str, PreparedPart], serial: int, lookup_url: str) -> Snapshot:
    standard, dynamic = (_listed(parts, name, parts[FEEDS[name]].value) for name in DATABASE_NAMES)
    return Snapshot(standard, dynamic, parts["origins"].value, parts["policies"].value, serial, lookup_url)


def _listed(parts: dict[str, PreparedPart], database: str, feeds: Layer) -> Listed:
    own = parts[OWN].value[database]
    recent = recent_above(parts)
    if recent is None:
        return Listed(feeds, own.layer, own.alone)
    return Listed(feeds, own.layer, own.alone, recent[database].layer, recent[database].alone)
