"""Several lists of the catalogue are added at once, as it suggests them, or on watch."""

from collections.abc import Sequence
from typing import NamedTuple

from reputation.intake.feeds import editing
from reputation.intake.feeds.catalogue import BY_KEY
from reputation.intake.feeds.editing import FeedState
from reputation.publisher.approvals import LIST, WATCH
from reputation.refusal import Refused
from reputation.store import audit, db


class Taken(NamedTuple):
    """What came of it: the feeds that were added, and the names of the lists that were among the feeds already."""

    added: list[FeedState]
    already: list[str]


def take(keys: Sequence[str], now: int, on_watch: bool = False, who: str = audit.COMMAND_LINE) -> Taken:
    """Add the lists with these keys, all of them or, where one cannot be added, none. They are due at once.

    A list whose address is that of a feed is left as it is. Raise Refused for a key that is not in the catalogue,
    where none is given, and where another feed has the name of a list.
    """
    unknown = [key for key in keys if key not in BY_KEY]
    if unknown:
        raise Refused(f"There is no list {unknown[0]!r} in the catalogue; `feed catalogue` shows which there are.")
    if not keys:
        raise Refused("Choose at least one list.")
    chosen = [BY_KEY[key] for key in dict.fromkeys(keys)]
    with db.write():
        ours = editing.sources()
        added = [
            editing.add(
                known.name, known.source, known.format, known.category, now, known.database, known.every,
                bounds=dict(known.bounds), who=who, purpose=WATCH if on_watch else LIST,
            )
            for known in chosen
            if known.source not in ours
        ]  # fmt: skip
    return Taken(added, [known.name for known in chosen if known.source in ours])
