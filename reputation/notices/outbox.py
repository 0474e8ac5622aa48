"""Letters that wait to be sent. Writing one is part of the transaction that it tells of; sending it is a job's.

Where no mail server is set up a letter waits, and whoever has to know it sees it in the portal too.
"""

from __future__ import annotations

from reputation.store.models import Letter

LONGEST_SUBJECT = 200


def write(to: str, subject: str, text: str, now: int) -> None:
    """Put a letter to one address into the outbox. A line break cannot come into a header (RFC 5322 2.2)."""
    Letter.create(to=to, subject=" ".join(subject.split())[:LONGEST_SUBJECT], text=text, created_at=now)
