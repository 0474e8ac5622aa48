"""What one spam report costs while few or many are listed already; a table in docs/performance.md.

Each report is of a sender of its own, is written into SQLite and published before the next one comes, as by a page of
the portal. It is told apart whom a report lists its sender for: everybody, or one organization alone.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import table
from reputation import memory
from reputation.customers import organizations
from reputation.intake import reasons, spam_reports
from reputation.publisher import Publisher
from reputation.publisher.listings_part import MERGED_EVERY
from reputation.store import db
from reputation.store.db import open_store
from reputation.store.models import Listing, OrganizationListing
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY

ROOT = Path(__file__).parents[1]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS, WARMING = 60, 5
NOW = 1_800_000_000
STAY = 12 * 3600
ROWS = 20_000  # at once; also the most that one organization may have for itself alone
MB = 1 << 20


@dataclass
class Cost:
    """What was measured with so many listings.

    `report`: milliseconds of the processor for a report of either kind, written and published, in the middle;
    `published`: of these, for the publishing alone. `read`: seconds of the processor to read and build all at the
    start, `merged`: beside what is served; `held` and `highest`: bytes that the process holds more for it, afterwards
    and at the highest.
    """

    listings: int
    report: float = 0.0
    report_alone: float = 0.0
    published: float = 0.0
    published_alone: float = 0.0
    read: float = 0.0
    merged: float = 0.0
    held: int = 0
    highest: int = 0


class Spent(NamedTuple):
    """Milliseconds of the processor: a report whole, and its publishing."""

    whole: float
    published: float


def measured(sizes: Sequence[int] = SIZES) -> list[Cost]:
    """Measure each size in a process of its own, since memory counts, too."""
    return [elsewhere(size) for size in sizes]


def elsewhere(count: int) -> Cost:
    """Measure with so many listings in another process."""
    words = [sys.executable, "-m", "benchmarks.listings", str(count)]
    said = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(said))


def section(found: list[Cost]) -> str:
    """Write the part of the page."""
    heads = (
        "listed", "a report, for everybody", "of which published", "a report, for one organization alone",
        "of which published", "all read and built", "built anew beside", "held for it", "at the highest",
    )  # fmt: skip
    lines = [
        [
            f"{one.listings:,}", f"{one.report:.1f} ms", f"{one.published:.1f} ms", f"{one.report_alone:.1f} ms",
            f"{one.published_alone:.1f} ms", f"{one.read:.2f} s", f"{one.merged:.2f} s",
            f"{one.held / MB:.0f} MB", f"{one.highest / MB:.0f} MB",
        ]
        for one in found
    ]  # fmt: skip
    return table(heads, lines)


def one_size(count: int) -> Cost:
    """Measure with so many listings, half of them for everybody and half for organizations alone."""
    found = Cost(count)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("", Path(folder), ROOT / "migrations")
        with store.connection():
            owners = _listed(count)
            db.shrink_cache()  # what writing has taken is not counted
            memory.trim_heap()
            before = _resident()
            publisher = Publisher(Live(), lambda: EMPTY, lambda content: EMPTY, "")
            began = time.process_time()
            publisher.catch_up(NOW)
            found.read = time.process_time() - began
            memory.trim_heap()
            found.held = _resident() - before
            found.report, found.published = _reports(publisher, None)
            found.report_alone, found.published_alone = _reports(publisher, owners[-1])
            began = time.process_time()
            publisher.merge_listings(NOW + MERGED_EVERY)
            found.merged = time.process_time() - began
            found.highest = _highest() - before
        store.close()
    return found


def _reports(publisher: Publisher, owner: int | None) -> Spent:
    """The middle of some rounds, after the first ones."""
    spent = []
    for number in range(ROUNDS + WARMING):
        address = f"198.{18 + (owner is None)}.{number}.7"
        began = time.process_time()
        spam_reports.accept(address, "trap" if owner is None else "complaint", NOW + number, organization_id=owner)
        written = time.process_time()
        publisher.catch_up(NOW + number)
        ended = time.process_time()
        spent.append(Spent((ended - began) * 1000, (ended - written) * 1000))
    kept = spent[WARMING:]
    return Spent(statistics.median(one.whole for one in kept), statistics.median(one.published for one in kept))


def _listed(count: int) -> list[int]:
    """Write the rows; the organizations, of which each lists as many for itself as it may."""
    times = (NOW + STAY // 4, NOW + STAY // 2, NOW + STAY, NOW + STAY)
    addresses = (f"{11 + n % 80}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(count))
    shared = [
        Listing.database, Listing.network, Listing.category, Listing.source, Listing.reason, Listing.created_at,
        Listing.expires_at, Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until,
    ]  # fmt: skip
    _written(
        shared,
        count // 2,
        lambda: ("dynamic", next(addresses), "ETL", "reports", reasons.WITHOUT_FIGURE, NOW, max(times), *times),
    )
    owners: list[int] = []
    one = OrganizationListing
    alone = [
        one.organization, one.network, one.reported_at, one.expires_at, one.level1_until, one.level2_until,
        one.level3_until, one.level4_until,
    ]  # fmt: skip
    left = count - count // 2
    while left:
        owner = organizations.add(f"Organization {len(owners)}", "advanced", NOW)[0].id
        some = min(left, ROWS // 2)
        _written(alone, some, lambda owner=owner: (owner, next(addresses), NOW, max(times), *times))  # type: ignore[misc]
        owners.append(owner)
        left -= some
    return owners


def _written(fields: list[Any], count: int, row: Callable[[], tuple[Any, ...]]) -> None:
    for some in _parts(count):
        with db.write():
            db.write_rows(fields, [row() for _ in range(some)])


def _parts(count: int) -> Iterator[int]:
    while count:
        yield min(count, ROWS)
        count -= min(count, ROWS)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _highest() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    print(json.dumps(asdict(one_size(int(sys.argv[1])))))
