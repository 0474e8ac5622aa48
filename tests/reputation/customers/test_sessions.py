"""Sessions: where a person is logged in, until when, and how it ends."""

from __future__ import annotations

import pytest
from peewee import DatabaseError

from reputation.customers import sessions, users
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, Session
from tests.conftest import NOON, Cast
from tests.neighbour import others

GOOD = "correct horse battery"
HOUR = 3600


@pytest.fixture
def ann(cast: Cast) -> PortalUser:
    return users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)


def test_a_session_is_found_by_its_token_and_by_no_other(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)

    found = sessions.find(token, NOON)

    assert found is not None
    assert (found.user_id, found.address, found.agent) == (ann.id, "192.0.2.1", "Firefox")
    assert sessions.find(token + "x", NOON) is None
    assert sessions.find("1.1", NOON) is None
    assert sessions.find("", NOON) is None


def test_the_token_itself_is_not_kept(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)

    assert token not in str(list(others(Session).dicts()))


def test_it_ends_twelve_hours_after_the_last_page_that_was_opened(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    assert sessions.find(token, NOON + 11 * HOUR)

    assert sessions.find(token, NOON + 23 * HOUR - 1)
    assert sessions.find(token, NOON + 40 * HOUR) is None
    assert sessions.sessions(ann.id, NOON + 40 * HOUR) == []


def test_it_ends_a_week_after_the_login_however_many_pages_are_opened(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    for hours in range(6, 7 * 24, 6):
        assert sessions.find(token, NOON + hours * HOUR)

    assert sessions.find(token, NOON + 7 * 24 * HOUR) is None
    assert sessions.sessions(ann.id, NOON + 7 * 24 * HOUR) == []


def test_a_page_that_refreshes_itself_does_not_lengthen_it(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    sessions.find(token, NOON + 11 * HOUR, opened=False)

    assert sessions.find(token, NOON + 13 * HOUR) is None


def test_when_it_was_last_seen_is_written_once_a_minute(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)

    sessions.find(token, NOON + 59)
    assert others(Session).get().seen_at == NOON
    sessions.find(token, NOON + 60)
    assert others(Session).get().seen_at == NOON + 60


def test_a_session_that_was_seen_in_a_time_to_come_ends_as_any_once_a_page_is_opened(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON + 365 * 24 * HOUR)

    assert sessions.find(token, NOON)

    row = others(Session).get()
    assert (row.seen_at, row.created_at) == (NOON, NOON)
    assert sessions.find(token, NOON + 12 * HOUR) is None


def test_it_ends_in_the_very_second_and_is_not_swept_before(ann: PortalUser) -> None:
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    sessions.begin(ann.id, "192.0.2.2", "Firefox", NOON + 12 * HOUR - 1)

    assert sessions.find(token, NOON + 12 * HOUR - 1, opened=False)
    assert sessions.find(token, NOON + 12 * HOUR, opened=False) is None
    found = [[one.address for one in sessions.sessions(ann.id, NOON + 12 * HOUR - late)] for late in (1, 0)]
    assert found == [["192.0.2.2", "192.0.2.1"], ["192.0.2.2"]]
    sessions.begin(ann.id, "192.0.2.3", "Firefox", NOON + 12 * HOUR)
    assert sorted(row.address for row in others(Session)) == ["192.0.2.2", "192.0.2.3"]


def test_what_a_browser_says_of_itself_is_cut(ann: PortalUser) -> None:
    address = "0000:0000:0000:0000:0000:ffff:192.100.100.100"  # the longest there is
    sessions.begin(ann.id, address + "x", "F" * 201, NOON)

    assert sessions.sessions(ann.id, NOON)[0][1:] == (ann.id, NOON, NOON, address, "F" * 200)


def test_of_those_seen_in_the_same_second_the_newest_comes_first(ann: PortalUser) -> None:
    first, *_ = (sessions.begin(ann.id, f"192.0.2.{n}", "Firefox", NOON) for n in (1, 2, 3))
    assert [one.address for one in sessions.sessions(ann.id, NOON)] == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]

    sessions.find(first, NOON + 60)

    assert [one.address for one in sessions.sessions(ann.id, NOON)] == ["192.0.2.1", "192.0.2.3", "192.0.2.2"]


def test_ended_ones_are_swept_with_the_next_login(ann: PortalUser) -> None:
    sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    sessions.begin(ann.id, "192.0.2.2", "Firefox", NOON + 13 * HOUR)

    assert [row.address for row in others(Session)] == ["192.0.2.2"]


def test_one_is_signed_out_and_the_log_says_so(ann: PortalUser) -> None:
    here, there = (sessions.begin(ann.id, f"192.0.2.{n}", "Firefox", NOON + n) for n in (1, 2))
    number = sessions.sessions(ann.id, NOON + 2)[0].id

    ended = sessions.end(ann.id, number, NOON + 3)

    assert (ended.id, ended.address) == (number, "192.0.2.2")
    assert sessions.find(there, NOON + 3) is None and sessions.find(here, NOON + 3)
    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (entry.who, entry.what, entry.before) == (ann.email, "Session signed out", "192.0.2.2")
    assert (entry.organization_id, entry.at) == (ann.organization.id, NOON + 3)
    with pytest.raises(Refused, match="has ended already"):
        sessions.end(ann.id, number, NOON + 3)


def test_nobody_signs_out_the_session_of_somebody_else(ann: PortalUser, cast: Cast) -> None:
    bob = users.add("bob@acme.example", cast.acme.id, "viewer", GOOD, NOON)
    token = sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)

    with pytest.raises(Refused):
        sessions.end(bob.id, sessions.sessions(ann.id, NOON)[0].id, NOON)

    assert sessions.find(token, NOON)


def test_all_others_are_signed_out_but_not_those_of_other_people(ann: PortalUser, cast: Cast) -> None:
    bob = users.add("bob@acme.example", cast.acme.id, "viewer", GOOD, NOON)
    kept, *rest = (sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON) for _ in range(3))
    of_bob = sessions.begin(bob.id, "192.0.2.9", "Firefox", NOON)

    assert sessions.end_others(ann.id, kept, NOON) == 2
    assert sessions.end_others(ann.id, kept, NOON) == 0

    assert sessions.find(kept, NOON) and sessions.find(of_bob, NOON)
    assert not any(sessions.find(token, NOON) for token in rest)
    noted = [(row.who, row.before) for row in others(AuditEntry) if row.what == "Other sessions signed out"]
    assert noted == [(ann.email, "2")]


def test_all_sessions_of_a_person_are_ended_and_counted(ann: PortalUser) -> None:
    tokens = [sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON) for _ in range(2)]

    assert sessions.end_all(ann.id) == 2
    assert not any(sessions.find(token, NOON) for token in tokens)


def test_one_that_has_ended_by_itself_is_not_signed_out_again(ann: PortalUser) -> None:
    sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON)
    number = sessions.sessions(ann.id, NOON)[0].id
    later = NOON + 12 * HOUR

    with pytest.raises(Refused, match="has ended already"):
        sessions.end(ann.id, number, later)
    assert sessions.end_others(ann.id, "", later) == 0
    assert not others(AuditEntry).where(AuditEntry.what.contains("signed out")).exists()


def test_to_log_out_ends_this_session_and_no_other(ann: PortalUser, cast: Cast) -> None:
    bob = users.add("bob@acme.example", cast.acme.id, "viewer", GOOD, NOON)
    gone, kept = (sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON) for _ in range(2))
    of_bob = sessions.begin(bob.id, "192.0.2.9", "Firefox", NOON)

    sessions.close(gone)

    assert sessions.find(gone, NOON) is None
    assert sessions.find(kept, NOON) and sessions.find(of_bob, NOON)


@pytest.mark.alone("the audit log is taken away")
def test_a_sign_out_that_cannot_be_noted_is_not_done(ann: PortalUser) -> None:
    here, there = (sessions.begin(ann.id, "192.0.2.1", "Firefox", NOON) for _ in range(2))
    AuditEntry.drop_table()

    with pytest.raises(DatabaseError):
        sessions.end(ann.id, sessions.sessions(ann.id, NOON)[0].id, NOON)
    with pytest.raises(DatabaseError):
        sessions.end_others(ann.id, here, NOON)

    assert sessions.find(here, NOON) and sessions.find(there, NOON)
