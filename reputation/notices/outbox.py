"""Letters that wait to be sent. A letter is written in the transaction that it is about; a job sends it.

Where no mail server is set up a letter waits, and people see its content in the portal, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from reputation.clock import SLACK
from reputation.store.models import Letter

LONGEST_SUBJECT = 200


def write(to: str, subject: str, text: str, now: int) -> None:
    """Put a letter to one address into the outbox. Line breaks are removed from the subject (RFC 5322 2.2)."""
    Letter.create(to=to, subject=" ".join(subject.split())[:LONGEST_SUBJECT], text=text, created_at=now)


def is_due(model: Any, pauses: Sequence[int], now: int) -> Any:
    """Make the condition of rows whose next try has come. `pauses`: seconds after each try, the last one for all later.

    What would wait longer than its pause was tried by a clock that was ahead, and is due.
    """
    longest = len(pauses)
    waits = ((model.tries == tries, pause) for tries, pause in enumerate(pauses[:-1], start=1))
    cases = [*waits, (model.tries >= longest, pauses[-1])]
    too_long = (is_it & (model.next_try_at > now + pause + SLACK) for is_it, pause in cases)
    return reduce(or_, too_long, model.next_try_at <= now)
