"""Letters that wait to be sent. A letter is written in the transaction that it is about; a job sends it.

Where no mail server is set up a letter waits, and people see its content in the portal, too.
"""

from __future__ import annotations

from reputation.store.models import Letter

LONGEST_SUBJECT = 200


def write(to: str, subject: str, text: str, now: int) -> None:
    """Put a letter to one address into the outbox. Line breaks are removed from the subject (RFC 5322 2.2)."""
    Letter.create(to=to, subject=" ".join(subject.split())[:LONGEST_SUBJECT], text=text, created_at=now)
