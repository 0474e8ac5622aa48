"""Ranges of addresses: the content of a list, from parsed entries over a stored blob to the layer that answers.

Everything here is arrays and sorting (numpy). It knows no file format, no database and no DNS; it imports nothing of
the project, so that a feed job and the publisher can both use it.

    Entries -> build -> Ranges -> to_blobs; Stored          what one fetch of a feed listed, and its way back
    Ranges, Ranges -> difference, tally                     what changed since the last fetch
    Ranges + expiries + reason = Part; Parts -> overlay -> Overlay   all lists of one database, laid over each other
"""

from reputation.ranges.building import build, join
from reputation.ranges.changed import Blocks, Changed, changed
from reputation.ranges.comparing import (
    Difference,
    EntryCounts,
    difference,
    tally,
)
from reputation.ranges.entries import Entries, EntryPiece
from reputation.ranges.overlaying import Overlay, OverlayPart, overlay
from reputation.ranges.ranges import Ranges
from reputation.ranges.stored import Stored

__all__ = [
    "Blocks",
    "Changed",
    "Difference",
    "Entries",
    "EntryCounts",
    "EntryPiece",
    "Overlay",
    "OverlayPart",
    "Ranges",
    "Stored",
    "build",
    "changed",
    "difference",
    "join",
    "overlay",
    "tally",
]
