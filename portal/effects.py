"""What a change does, on a page: before it is saved, what it would have done in the last seven days (the dry run);
after it is saved, when every mail server sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g

from portal.app_context import current
from portal.auth import signed_in_user
from portal.times import local
from reputation.counting.connections import outcome
from reputation.customers.policy.dry_run import DAYS, Effect, dry_run
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import TTL

Rule = tuple[str, str]


def live_snapshot() -> Snapshot | None:
    """Return the snapshot that is served now; None before anything is loaded."""
    return current().live.current


def effect_of(
    add: Sequence[Rule] = (), remove: Sequence[Rule] = (), settings: Mapping[str, Any] | None = None
) -> Effect | None:
    """Return how the answers to the reader's organization would have differed; None before anything is loaded."""
    snapshot = live_snapshot()
    if snapshot is None:
        return None
    return dry_run(snapshot, signed_in_user().organization.id, g.now, list(add), list(remove), settings)


def is_young(effect: Effect) -> bool:
    """Tell whether the query log does not reach back over all seven days."""
    return effect.since > int(g.now) - DAYS * 86400


def seen_by(database: int | None = None) -> str:
    """Say when the last cache will have forgotten the answers from before a change that is made now.

    It is said of one database, or of both where none is named.
    """
    longest = max(TTL) if database is None else TTL[database]
    return f"In DNS now; every mail server sees it by {local(g.now + longest):%H:%M:%S} at the latest."


def answer(code: int, database: int) -> str:
    """Say what a mail server was told: `not listed`, `refused, 127.0.0.10` or `deferred, 127.0.0.2`."""
    words = outcome(database, code)
    return f"{words}, 127.0.0.{code}" if code else words
