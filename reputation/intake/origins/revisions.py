"""Which table of origins is in use: the bundled one, or the last that was loaded. Owns the rows of OriginRevision.

A table that cannot be used replaces nothing: what is loaded stays, and the sentence says why.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reputation.clock import has_come
from reputation.intake.fetch import Fetched, FetchError, Patience, fetch
from reputation.intake.fetch.waiting import LONGEST
from reputation.intake.origins.combining import ASN, COUNTRY, PARTS, Origin, said_of
from reputation.intake.origins.opening import MAX_BYTES
from reputation.intake.origins.packed import unpack
from reputation.intake.origins.reading import InUse, ReadTable, TableFile, pieces_of, read_tables
from reputation.publisher import damaged_origins
from reputation.refusal import Refused
from reputation.settings import masked
from reputation.store import audit, changes, db
from reputation.store.models import OriginRevision
from reputation.store.rows import OriginRow
from reputation.verdict.origins import EMPTY, Origins

log = logging.getLogger("gatepost.origins")

SOURCE = "https://iptoasn.com/data/ip2asn-combined.tsv.gz"
PATIENCE = Patience()
NONE = "none"  # in the place of a source: nothing is fetched
REPLACED = "The weekly refresh will replace it, unless the setting origins_source names something else, or none."
KEPT = 2  # the table in use and the one before it
AGAIN = 900  # seconds after which a table that is damaged is asked for again
ROOT = Path(getattr(sys, "_MEIPASS", Path(__file__).parents[3]))  # an executable unpacks its data there
SEED = ROOT / "reputation" / "intake" / "seed" / "origins.bin"

# Their licences ask for a link where results show (CC BY 4.0 3(a)); iptoasn.com does not, and has earned it.
CREDITS = (
    ("RouteViews", "https://www.routeviews.org/"),
    ("NRO", "https://www.nro.net/"),
    ("DB-IP", "https://db-ip.com/"),
    ("MaxMind", "https://www.maxmind.com/"),
    ("IPinfo", "https://ipinfo.io/"),
    ("iptoasn.com", "https://iptoasn.com/"),
)


class Loaded(NamedTuple):
    """What came of loading a table: a sentence, what the files lack, and how many rows were read and left out."""

    sentence: str
    lacks: tuple[str, ...]
    rows: int
    bad: int


class OriginState(NamedTuple):
    """The table in use: when it was loaded (None: it is the bundled one), and where its ASNs and countries are from."""

    loaded_at: int | None
    rows: int
    asns: str
    countries: str
    lacks: tuple[str, ...]


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


def import_files(
    paths: Sequence[Path | str],
    now: int,
    names: Sequence[str] = (),
    who: str = audit.COMMAND_LINE,
    alone: bool = False,
) -> Loaded:
    """Load a table from a file, or from several that belong together. Raise Refused where it cannot be used.

    What they lack is kept from the table in use, unless they are to stand `alone`. `names` are what to call the files,
    where the paths are only places of uploads.
    """
    called = names or [Path(path).name for path in paths]
    files = [_file(Path(path), name, now) for path, name in zip(paths, called, strict=True)]
    made = read_tables(files, None if alone else in_use())
    damaged_origins.look_at_all()
    with db.write():
        _keep(made, now)
        after = f"{made.source}, {made.rows:,} rows"
        audit.record(None, who, "Loaded a table of origins", now, after=" ".join([after, *made.lacks]))
    done = _loaded(made)
    return done._replace(sentence=f"{done.sentence} {REPLACED}")


def refresh(now: int, sources: Sequence[str] = (), patience: Patience = PATIENCE) -> str:
    """Fetch the published tables if one has changed; return a sentence.

    Without `sources` that is iptoasn.com's; NONE fetches nothing. On any fault the present table stays in use, and the
    sentence says so.
    """
    wanted = tuple(sources) or (SOURCE,)
    if NONE in wanted:
        return ""
    last = latest()
    dated = last.dated if last else seed().dated
    try:
        fetched = _fetch(wanted, last, patience)
        if fetched is None:
            return f"The origins of {dated} are still the newest."
        _check_ends(fetched)
        files = [
            TableFile(_shown(url), _shown(url), _published(one.modified, now), partial(_in_one, one.body))
            for url, one in zip(wanted, fetched, strict=True)
        ]
        made = read_tables(files, in_use())
        _compare(made, last.rows if last else seed().rows)
    except (FetchError, Refused) as error:
        log.warning("origins not refreshed: %s", error)
        if isinstance(error, FetchError) and error.wait:
            damaged_origins.wait_until(now + error.wait)
        return f"The origins were not refreshed: {error} Those of {dated or 'no day'} stay."
    damaged_origins.look_at_all()
    with db.write():
        _keep(made, now, wanted, fetched)
    return _loaded(made).sentence


def replace_damaged(now: int, sources: Sequence[str] = (), patience: Patience = PATIENCE) -> str:
    """Fetch the table anew where the stored one is damaged; return a sentence, "" where there is nothing to do.

    It is tried every quarter of an hour, and not before the moment that its source named.
    """
    if not damaged_origins.standing() or NONE in sources or not has_come(damaged_origins.waits_until(), now, LONGEST):
        return ""
    damaged_origins.wait_until(now + AGAIN)
    return refresh(now, sources, patience)


def in_use() -> InUse:
    """Return the table in use as it is packed, with where its parts are from: the last readable, or the bundled one."""
    found = damaged_origins.newest(_whole_content)
    if found is None:
        return InUse(_bundled(), _whole(seed()))
    row, content = found
    return InUse(content, parts_of(row))


def content_in_use() -> bytes:
    """Return the table in use as it is packed: the last readable, or the bundled one; b"" where that is missing."""
    found = damaged_origins.newest(_whole_content)
    return _bundled() if found is None else found[1]


def _whole_content(content: bytes) -> bytes:
    """The content itself; raise ValueError where it is damaged."""
    unpack(content)
    return content


def _bundled() -> bytes:
    try:
        return SEED.read_bytes()
    except OSError as error:
        log.error("The bundled table of origins cannot be read, so no AS has networks: %s", error)
        return b""


def parts_of(row: OriginRow) -> dict[str, Origin]:
    """Return where each part of a stored table is from."""
    return {name: Origin(*one) for name, one in json.loads(row.parts).items()}


def state(loaded: Origins | None = None) -> OriginState:
    """Return what is known of the table in use, without its content.

    `loaded` is the table in memory, if there is one: it spares reading the bundled one.
    """
    row = latest()
    if row is None:
        found = seed() if loaded is None else loaded
        return _state(None, found.rows, _whole(found), ())
    return _state(row.loaded_at, row.rows, parts_of(row), tuple(json.loads(row.lacks)))


def _state(loaded_at: int | None, rows: int, parts: dict[str, Origin], lacks: tuple[str, ...]) -> OriginState:
    return OriginState(loaded_at, rows, said_of(parts, ASN), said_of(parts, COUNTRY), lacks)


def _whole(origins: Origins) -> dict[str, Origin]:
    """The parts of a table that comes from one place."""
    one = Origin(origins.source, origins.dated)
    return {f"{field}{version}": one for field, version in PARTS} if origins.rows else {}


def latest() -> OriginRevision | None:
    """Return the loaded table in use, without its content; None while the bundled one is used."""
    found: OriginRevision | None = damaged_origins.in_use()
    return found


def _check_ends(fetched: Sequence[Fetched]) -> None:
    """A table that may have been cut short replaces none; as a file it can be looked at before."""
    for one in fetched:
        if one.doubt:
            raise Refused(f"{one.doubt} If it is whole, import it as a file.")


def _compare(table: ReadTable, loaded: int) -> None:
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


def _keep(made: ReadTable, now: int, sources: Sequence[str] = (), fetched: Sequence[Fetched] = ()) -> None:
    OriginRevision.create(
        loaded_at=now,
        dated=made.dated,
        source=made.source,
        rows=made.rows,
        content=made.content,
        parts=json.dumps(made.parts),
        lacks=json.dumps(made.lacks),
        sources="\n".join(sources),
        etag="\n".join(one.etag for one in fetched),
        last_modified="\n".join(one.modified for one in fetched),
    )
    whole = OriginRevision.select(OriginRevision.id).where(OriginRevision.damage == "")
    kept = [row.id for row in whole.order_by(OriginRevision.id.desc()).limit(KEPT)]
    damaged_origins.remove_others(kept)
    changes.record_change(changes.ORIGINS, now)


def _in_one(body: bytes | None) -> Iterable[bytes]:
    return (body or b"",)


def _fetch(sources: Sequence[str], last: OriginRow | None, patience: Patience) -> list[Fetched] | None:
    """All of them in full, or None where none has changed. Raise FetchError."""
    same = last is not None and last.sources == "\n".join(sources)
    etags = last.etag.split("\n") if last and same else [""] * len(sources)
    times = last.last_modified.split("\n") if last and same else [""] * len(sources)
    found = [
        fetch(url, MAX_BYTES, etag, modified, patience)
        for url, etag, modified in zip(sources, etags, times, strict=True)
    ]
    if all(one.body is None for one in found):
        return None
    return [
        one if one.body is not None else fetch(url, MAX_BYTES, patience=patience)
        for url, one in zip(sources, found, strict=True)
    ]


def _file(place: Path, name: str, now: int) -> TableFile:
    try:
        changed_at = int(place.stat().st_mtime)
        place.open("rb").close()
        content = partial(pieces_of, place, MAX_BYTES)
        return TableFile(name, f"file {name}", _day(min(changed_at, now)), content)
    except OSError as error:
        raise Refused(f"{place} cannot be read: {error.strerror or error}.") from error


def _shown(url: str) -> str:
    """A source as everybody sees it, also below the statistics: without login and query, which have keys."""
    bare = masked(url).partition("?")[0]
    scheme, slashes, rest = bare.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}" if slashes else bare


def _loaded(table: ReadTable) -> Loaded:
    said = [f"Loaded {table.rows:,} origins of {table.dated} from {table.source}.", *table.lacks]
    if table.bad:
        said.append(f"{table.bad:,} lines were left out: {'; '.join(table.warnings)}.")
    return Loaded(" ".join(said), table.lacks, table.rows, table.bad)


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()
