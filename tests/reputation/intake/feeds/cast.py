"""A feed of the tests: a file that they write, and what the tables say of it."""

import json
from pathlib import Path
from typing import Any

from reputation.intake import feeds
from reputation.intake.feeds import FeedState, Refreshed
from reputation.ranges import Stored
from reputation.store import changes
from reputation.store.models import FeedRevision
from tests.conftest import NOON
from tests.neighbour import apart, others
from tests.reputation.intake.lists import listed

HOUR = 3600


class FeedFile:
    """The feed `one`, whose source is a file; `now` is the clock of its refreshes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.file = folder / "list.txt"
        self.now = NOON
        given: dict[str, Any] = {"format": "plain", "category": "KSS"} | settings
        feeds.add("one", str(self.file), given.pop("format"), given.pop("category"), NOON, **given)

    def publish(self, text: str) -> Refreshed:
        """The publisher writes, and an hour later we fetch."""
        self.file.write_text(text)
        return self.refresh()

    def refresh(self) -> Refreshed:
        self.now += HOUR
        return feeds.refresh("one", self.now)

    @property
    def state(self) -> FeedState:
        (state,) = apart(feeds.all_feeds())
        return state

    @property
    def live(self) -> list[str]:
        return revision_of("live")


def revision_of(state: str) -> list[str]:
    """What the only revision in that state lists."""
    (row,) = others(FeedRevision).where(FeedRevision.state == state)
    return listed(Stored(bytes(row.ranges4), bytes(row.ranges6), json.loads(row.texts)).ranges)


def states() -> list[str]:
    """The states of all revisions, the oldest first."""
    return [row.state for row in others(FeedRevision, FeedRevision.state).order_by(FeedRevision.id)]


def generation(database: str = "standard") -> int:
    return changes.generations()[changes.STANDARD_FEEDS if database == "standard" else changes.DYNAMIC_FEEDS]
