"""Opens the stored list of a feed and verifies it: whoever wants what is in one asks here.

Each blob has a checksum, and the texts are verified by that of the whole content. What does not match is no list.
"""

from __future__ import annotations

import json

from reputation.ranges.stored import Stored
from reputation.store import damage, db
from reputation.store.models import FeedRevision

DIGEST = 64  # digits of the checksum of a whole list

# All but the content, which is megabytes. In the tables it stands behind them: they can be read where it cannot.
METADATA = [field for name, field in FeedRevision._meta.fields.items() if name not in ("ranges4", "ranges6", "texts")]


class DamagedList(ValueError):
    """What is stored of a list is not what was written, or cannot be read; the text says how."""


def opened(revision: int) -> Stored | None:
    """Open the list of the revision with this id; return None where it is gone. Raise DamagedList."""
    try:
        with damage.named():
            return _opened(revision)
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedList(str(error)) from error


def _opened(revision: int) -> Stored | None:
    row = FeedRevision.select(FeedRevision.hash, FeedRevision.texts).where(FeedRevision.id == revision).tuples().first()
    four, six = (db.read_blob(field, revision) for field in (FeedRevision.ranges4, FeedRevision.ranges6))
    if row is None or four is None or six is None:
        return None
    digest, texts = row
    found = Stored(four, six, json.loads(texts))
    if found.texts and len(digest) == DIGEST and found.ranges.digest() != digest:
        raise ValueError("the texts of the stored list are damaged: its checksum does not match")
    return found
