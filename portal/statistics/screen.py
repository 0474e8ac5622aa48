"""What the pages of the statistics share: the blueprint, the live origins, and bots in words."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint

from portal.app_context import current
from portal.filters import MINUS, NARROW
from reputation.verdict.origins import Origins
from reputation.verdict.snapshot import Snapshot

blueprint = Blueprint("statistics", __name__, url_prefix="/statistics")

STEEP = 20  # percent: a rise above it is red and bold
NOTHING_LOADED = Snapshot()


class Bots(NamedTuple):
    """The bots of an ISP in the last whole hour and in the one before, for the reader's organization."""

    present: int
    before: int

    @property
    def change(self) -> float | None:
        """Return the change in percent; None where there were none before, of which there is no percentage."""
        return 100 * (self.present - self.before) / self.before if self.before else None

    @property
    def is_steep(self) -> bool:
        """Tell whether it rose by more than a fifth; from none at all every rise is steep."""
        return self.present > 0 if self.change is None else self.change > STEEP

    @property
    def words(self) -> str:
        """Write the change: +8.7 %, −12.4 %, 0.0 %; `new` where there were none before."""
        return signed_percent(self.present, self.before) if self.before else "new"

    @property
    def sort_key(self) -> float:
        """Return its place among others: `new` is above all percentages."""
        if self.change is None:
            return float("inf") if self.present else 0.0
        return self.change


NO_BOTS = Bots(0, 0)


def live_snapshot() -> Snapshot:
    """Return the live snapshot; before anything is loaded, one that lists nothing and knows no origin."""
    return current().live.current or NOTHING_LOADED


def live_origins() -> Origins:
    """Return the live origins, for names of ISPs."""
    return current().publisher.origins


def signed_percent(present: int, before: int) -> str:
    """Write how a figure that was not 0 has changed: +8.7 %, −12.4 %, 0.0 %."""
    change = 100 * (present - before) / before
    sign = "+" if change >= 0.05 else MINUS if change <= -0.05 else ""
    return f"{sign}{abs(change):,.1f}{NARROW}%"
