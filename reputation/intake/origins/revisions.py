"""Which table of origins is in use: the bundled one, or the last that was loaded. Owns the rows of OriginRevision.

A table that cannot be used replaces nothing: what is loaded stays, and the sentence says why.
"""

from __future__ import annotations

import io
import logging
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from reputation.intake.fetch import FetchError, Patience, fetch
from reputation.intake.origins.iptoasn import MAX_BYTES, read_iptoasn
from reputation.intake.origins.packed import pack, unpack
from reputation.intake.origins.table import OriginTable
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import OriginRevision
from reputation.verdict.origins import EMPTY, Origins

log = logging.getLogger("gatepost.origins")

SOURCE = "https://iptoasn.com/data/ip2asn-combined.tsv.gz"
PATIENCE = Patience()
KEPT = 2  # the table in use and the one before it
ROOT = Path(getattr(sys, "_MEIPASS", Path(__file__).parents[3]))  # an executable unpacks its data there
SEED = ROOT / "reputation" / "intake" / "seed" / "origins.bin"

# Their licences ask for a link where results show (CC BY 4.0 3(a)); iptoasn.com does not, and has earned it.
CREDITS = (
    ("RouteViews", "https://www.routeviews.org/"),
    ("NRO", "https://www.nro.net/"),
    ("DB-IP", "https://db-ip.com/"),
    ("iptoasn.com", "https://iptoasn.com/"),
)


def seed() -> Origins:
    """Load the bundled origins. Where they cannot be read, log an error and return origins that know nothing."""
    try:
        return unpack(SEED.read_bytes())
    except (OSError, ValueError) as error:
        log.error("The bundled table of origins cannot be read, so countries and ISPs are unknown: %s", error)
        return EMPTY


def credits(source: str) -> list[tuple[str, str]]:
    """Return (name, web address) of those whose data a table with this `source` contains."""
    return [(name, address) for name, address in CREDITS if name in source]


def import_file(path: Path | str, now: int, name: str = "", who: str = audit.COMMAND_LINE) -> str:
    """Load a table in iptoasn.com's form from a file; return a sentence. Raise Refused where it cannot be used.

    `name` is what to call the file, where `path` is only the place of an upload.
    """
    place = Path(path)
    try:
        changed_at = int(place.stat().st_mtime)
    except OSError as error:
        raise Refused(f"{place} cannot be read: {error.strerror or error}.") from error
    table = read_iptoasn(place, _day(min(changed_at, now)), f"file {name or place.name}")
    content = pack(table)
    with db.write():
        _keep(table, content, now)
        audit.record(None, who, "Loaded a table of origins", now, after=f"{table.source}, {table.rows:,} rows")
    return _loaded(table)


def refresh(now: int, url: str = SOURCE, patience: Patience = PATIENCE) -> str:
    """Fetch the published table if it has changed; return a sentence.

    On any fault the present table stays in use, and the sentence says so.
    """
    last = latest()
    dated = last.dated if last else seed().dated
    try:
        etag, modified = (last.etag, last.last_modified) if last and last.source == url else ("", "")
        fetched = fetch(url, MAX_BYTES, etag, modified, patience)
        if fetched.body is None:
            return f"The origins of {dated} are still the newest."
        table = read_iptoasn(io.BytesIO(fetched.body), _published(fetched.modified, now), url)
        _compare(table, last.rows if last else seed().rows)
    except (FetchError, Refused) as error:
        log.warning("origins not refreshed: %s", error)
        return f"The origins were not refreshed: {error} Those of {dated or 'no day'} stay."
    content = pack(table)
    with db.write():
        _keep(table, content, now, fetched.etag, fetched.modified)
    return _loaded(table)


def latest() -> OriginRevision | None:
    """Return the loaded table in use, without its content; None while the bundled one is used."""
    fields = [field for field in OriginRevision._meta.sorted_fields if field.name != "content"]
    found: OriginRevision | None = OriginRevision.select(*fields).order_by(OriginRevision.id.desc()).first()
    return found


def _compare(table: OriginTable, loaded: int) -> None:
    """A source that has lost half of its rows is broken; only a person may say that it is not."""
    if table.rows * 2 < loaded:
        raise Refused(
            f"The table at {table.source} has {table.rows:,} rows, the one in use {loaded:,}: less than half is "
            "suspicious. If it is right, import it as a file."
        )


def _published(modified: str, now: int) -> str:
    """The day of a Last-Modified header; without one, today."""
    try:
        return _day(min(now, int(parsedate_to_datetime(modified).timestamp())))
    except (ValueError, OverflowError):
        return _day(now)


def _keep(table: OriginTable, content: bytes, now: int, etag: str = "", last_modified: str = "") -> None:
    OriginRevision.create(
        loaded_at=now,
        dated=table.dated,
        source=table.source,
        rows=table.rows,
        content=content,
        etag=etag,
        last_modified=last_modified,
    )
    kept = OriginRevision.select(OriginRevision.id).order_by(OriginRevision.id.desc()).limit(KEPT)
    OriginRevision.delete().where(OriginRevision.id.not_in([row.id for row in kept])).execute()
    changes.record_change(changes.ORIGINS, now)


def _loaded(table: OriginTable) -> str:
    sentence = f"Loaded {table.rows:,} origins of {table.dated} from {table.source}."
    if not table.bad:
        return sentence
    return f"{sentence} {table.bad:,} lines were left out: {'; '.join(table.warnings[:3])}."


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()
