"""Sessions: the browsers in which people are logged in.

It owns the tokens and when each was last seen; it knows no cookie. A token is 256 random bits, and only its SHA-256 is
stored: nobody can log in with what is in the table.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from peewee import Expression

from reputation.clock import was_within
from reputation.customers.token_hash import hash_token
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import HalfLogin, Session, User

IDLE = 12 * 3600  # seconds from the last page that was opened to the end
LONGEST = 7 * 86400  # seconds from the login to the end, however many pages are opened: a stolen cookie ends, too
SEEN_STEP = 60  # somebody who opens many pages costs a write a minute
LONGEST_AGENT = 200


class SessionInfo(NamedTuple):
    """One session of a person, with times in Unix seconds; `agent` is the browser's User-Agent."""

    id: int
    user_id: int
    created_at: int
    seen_at: int
    address: str
    agent: str


def begin(user_id: int, address: str, agent: str, now: int) -> str:
    """Begin a session and return its token. Sessions that have ended are removed."""
    token = secrets.token_urlsafe(32)
    with db.write():
        _remove_ended(now)
        Session.create(
            user=user_id,
            token_hash=hash_token(token),
            created_at=now,
            seen_at=now,
            address=address[:45],
            agent=agent[:LONGEST_AGENT],
        )
    return token


def find(token: str, now: int, opened: bool = True) -> SessionInfo | None:
    """Return the session with this token, or None where it has ended.

    `opened` means that a person opened a page, which prolongs the session.
    """
    row = Session.get_or_none((Session.token_hash == hash_token(token)) & _goes_on(now))
    if row is None:
        return None
    if opened and not was_within(row.seen_at, now, SEEN_STEP):
        # A page is shown though this cannot be written: the disk may be full.
        seen = {"seen_at": now, "created_at": min(row.created_at, now)}  # it may be of a clock that was ahead
        db.try_to_write(lambda: Session.update(seen).where(Session.id == row.id).execute())
    return _sitting(row)


def sessions(user_id: int, now: int) -> list[SessionInfo]:
    """Return a person's sessions; the one that was last seen comes first."""
    rows = Session.select().where((Session.user == user_id) & _goes_on(now))
    return [_sitting(row) for row in rows.order_by(Session.seen_at.desc(), Session.id.desc())]


def close(token: str) -> None:
    """Log out: the token is invalid from now on."""
    Session.delete().where(Session.token_hash == hash_token(token)).execute()


def end(user_id: int, session_id: int, now: int) -> SessionInfo:
    """Sign out one session of the person. Raise Refused where there is none such."""
    with db.write():
        _remove_ended(now)
        row = Session.get_or_none((Session.id == session_id) & (Session.user == user_id))
        if row is None:
            raise Refused("This session has ended already: reload the page to see the present ones.")
        row.delete_instance()
        _note(user_id, "Session signed out", row.address, now)
    return _sitting(row)


def end_others(user_id: int, kept: str, now: int) -> int:
    """Sign out all sessions of the person except the one with the token `kept`; return how many."""
    with db.write():
        _remove_ended(now)
        ended = end_all(user_id, kept)
        if ended:
            _note(user_id, "Other sessions signed out", str(ended), now)
    return ended


def end_all(user_id: int, kept: str = "") -> int:
    """End the sessions of the person except the one with the token `kept`, and logins half way; return how many.

    The caller writes the audit log.
    """
    HalfLogin.delete().where(HalfLogin.user == user_id).execute()
    return int(Session.delete().where((Session.user == user_id) & (Session.token_hash != hash_token(kept))).execute())


def _remove_ended(now: int) -> None:
    """Those of everybody: nobody is told that one was signed out which had ended by itself."""
    Session.delete().where(~_goes_on(now)).execute()


def _goes_on(now: int) -> Expression:
    return (Session.seen_at > now - IDLE) & (Session.created_at > now - LONGEST)


def _note(user_id: int, what: str, before: str, now: int) -> None:
    row = User.get_by_id(user_id)
    audit.record(row.organization_id, row.email, what, now, before=before)


def _sitting(row: Session) -> SessionInfo:
    return SessionInfo(row.id, row.user_id, row.created_at, row.seen_at, row.address, row.agent)
