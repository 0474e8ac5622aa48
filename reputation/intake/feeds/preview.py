"""What a list would give as a feed: it is fetched, read and guarded, and nothing of it is kept.

A person waits for it, so there is one try within some seconds; a list that needs more time can be saved without it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from reputation.clock import has_come
from reputation.intake import formats
from reputation.intake.became import Became
from reputation.intake.bounds import FeedBounds
from reputation.intake.exemptions import confirmed_servers
from reputation.intake.feeds.ending import age_of, ends_at
from reputation.intake.fetch import FetchError, Patience, checked_key_header, checked_source, fetch
from reputation.intake.fetch.waiting import LONGEST
from reputation.intake.formats import FormatError
from reputation.intake.formats.dates import words_of
from reputation.intake.importing import reader
from reputation.intake.importing.lists import ListOrder, ReadList
from reputation.intake.importing.reader import NotRead
from reputation.intake.origins.revisions import content_in_use
from reputation.publisher.approvals import APPROVE, LIST
from reputation.refusal import Refused
from reputation.store.models import Feed

HURRY = Patience(connect=4.0, read=8.0, deadline=12.0, tries=1)
LARGEST = 16 << 20  # bytes: reading more takes longer than somebody wants to wait


class Preview(NamedTuple):
    """What came from the source.

    `verdict` is empty where the guards let the list pass; otherwise it says why nothing would be taken. `entries`
    counts what would be listed, `bad` the lines that cannot be read, `ranges` the merged entries. `pieces` are the
    first lines beside what each became; `values` the entries by the value that a zone gives them. `content_at` is when
    the list was made, `ends_at` when it would no longer be served (Unix seconds; None where nobody says).
    """

    entries: int
    bad: int
    ranges: int
    addresses4: int
    warnings: tuple[str, ...]
    verdict: str
    examples: tuple[str, ...]
    pieces: tuple[Became, ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    content_at: int | None = None
    ends_at: int | None = None


def preview_feed(
    source: str,
    format: str,
    bounds: Mapping[str, Any],
    now: int,
    key_header: str = "",
    purpose: str = LIST,
    patience: Patience = HURRY,
) -> Preview:
    """Fetch, read and guard a list without keeping it. Raise Refused where it cannot be fetched or read at all."""
    try:
        chosen = FeedBounds.of(bounds)
        formats.check(format)
        key = checked_key_header(key_header)
        place = checked_source(source)
        _check_wait(place, now)
        fetched = fetch(place, min(chosen.max_bytes, LARGEST), "", "", patience, key)
        with reader.put_aside(fetched.body or b"") as spool:
            order = ListOrder(
                format, chosen, now, tuple(confirmed_servers()), purpose == APPROVE,
                origins=content_in_use, is_trial=True,
            )  # fmt: skip
            found = reader.read_list(spool, order, reader.PATIENCE)
        age = age_of(found.dated, found.expires, fetched, chosen, now)
    except (FetchError, FormatError, NotRead, ValueError) as error:
        raise Refused(str(error)) from None
    made = _shown(found)
    if found.refusal:
        return made
    doubt = (fetched.doubt,) if fetched.doubt else ()
    ends = ends_at(age, now, chosen)
    return made._replace(warnings=(*doubt, *made.warnings), content_at=age.content_at, ends_at=ends)


def _check_wait(source: str, now: int) -> None:
    """A source that has told a feed to wait is not asked for a trial either."""
    feed = Feed.select(Feed.retry_at).where((Feed.source == source) & ~has_come(Feed.retry_at, now, LONGEST)).first()
    if feed is not None:
        raise FetchError(f"This source wants no question before {words_of(feed.retry_at)}: it said so to a feed.")


def _shown(found: ReadList) -> Preview:
    trial = found.trial
    return Preview(
        found.change.entries if trial.ranges else found.entries,
        found.bad,
        trial.ranges,
        trial.addresses4,
        found.warnings,
        found.refusal,
        trial.examples,
        trial.became,
        trial.values,
    )
