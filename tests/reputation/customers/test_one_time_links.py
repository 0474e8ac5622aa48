"""Links that work once: what they say, how many there may be, when they end, and whom their use concerns.

How people use them is in test_user_admin.py.
"""

from __future__ import annotations

import pytest
from peewee import DatabaseError

from reputation.customers import one_time_links, sessions, users
from reputation.customers.one_time_links import INVITATION, MOST_INVITATIONS, PASSWORD, Link
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, Letter, OneTimeLink, User
from tests.conftest import NOON, Cast
from tests.neighbour import others

OTHER = "another long sentence"
PLACE = "https://reputation.acme.example"
DAY = 86400


def person(email: str, organization_id: int, role: str) -> PortalUser:
    """Somebody whose password nobody has to know: to hash one takes longer than all the rest."""
    row = User.create(email=email, organization=organization_id, role=role, password_hash=email, created_at=NOON)
    return users.user_from_row(row)


@pytest.fixture
def ada(cast: Cast) -> PortalUser:
    return person("ada@acme.example", cast.acme.id, "administrator")


@pytest.fixture
def boris(cast: Cast) -> PortalUser:
    return person("boris@basic.example", cast.basic.id, "administrator")


@pytest.fixture
def vera(cast: Cast) -> PortalUser:
    return person("vera@acme.example", cast.acme.id, "viewer")


def passwords() -> dict[str, str]:
    return dict(User.select(User.email, User.password_hash).tuples())


def invited(actor: PortalUser, email: str, now: int = NOON, role: str = "viewer") -> Link:
    return one_time_links.invite(actor, email, role, now, PLACE)[0]


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def open_to(organization_id: int, now: int = NOON) -> list[str]:
    return [link.email for link in one_time_links.invitations(organization_id, now)]


def logged() -> tuple[int | None, str, str, str, str, int]:
    row = others(AuditEntry).order_by(AuditEntry.id.desc()).first()
    return row.organization_id, row.who, row.what, row.before, row.after, row.at


def test_an_invitation_says_for_whom_by_whom_and_until_when(ada: PortalUser) -> None:
    link, address = one_time_links.invite(ada, "Eve@Acme.example", "administrator", NOON, f"{PLACE}/")

    assert link[1:] == (
        INVITATION, "Acme", None, "eve@acme.example", "administrator", ada.email, NOON, NOON + 7 * DAY,
    )  # fmt: skip
    assert address.startswith(f"{PLACE}/invitation/") and len(token_of(address)) == 32
    assert one_time_links.find_open(INVITATION, token_of(address), NOON) == link
    assert logged() == (ada.organization.id, ada.email, "eve@acme.example invited", "", "administrator", NOON)


@pytest.mark.parametrize(("role", "said"), [("viewer", "a viewer"), ("administrator", "an administrator")])
def test_the_letter_to_the_invited_says_who_where_and_in_which_role(ada: PortalUser, role: str, said: str) -> None:
    _, address = one_time_links.invite(ada, "eve@acme.example", role, NOON, PLACE)

    letter = others(Letter).get()
    assert (letter.to, letter.subject) == ("eve@acme.example", "Invitation to Acme on Gatepost")
    assert letter.text.startswith(f"{ada.email} invites you to Acme on Gatepost, as {said}.\n")
    assert f"\n{address}\n" in letter.text


def test_a_link_to_a_new_password_says_whose_it_is_and_is_sent_to_its_owner(ada: PortalUser, vera: PortalUser) -> None:
    link, address = one_time_links.make_reset_link(ada, vera, NOON, PLACE)

    assert link[1:] == (PASSWORD, "Acme", vera.id, vera.email, "viewer", ada.email, NOON, NOON + DAY)
    assert address.startswith(f"{PLACE}/password/")
    letter = others(Letter).get()
    assert (letter.to, letter.subject) == (vera.email, "A new password for Gatepost")
    assert letter.text.startswith(f"{ada.email} has made a link") and f"\n{address}\n" in letter.text
    said = f"Link to a new password made for {vera.email}"
    assert logged() == (vera.organization.id, ada.email, said, "", "", NOON)
    other = one_time_links.reset(ada, NOON, "https://mx.box//")[1]
    assert other.startswith("https://mx.box/password/")


def test_open_invitations_are_those_of_the_organization_by_email(ada: PortalUser, boris: PortalUser) -> None:
    for email in ("zoe@acme.example", "eve@acme.example"):
        invited(ada, email)
    invited(boris, "bob@basic.example")
    one_time_links.reset(ada, NOON, PLACE)

    assert open_to(ada.organization.id) == ["eve@acme.example", "zoe@acme.example"]
    assert open_to(ada.organization.id, NOON + 7 * DAY - 1) == ["eve@acme.example", "zoe@acme.example"]
    assert open_to(boris.organization.id) == ["bob@basic.example"]


def test_an_invitation_ends_an_older_one_of_its_own_organization_alone(ada: PortalUser, boris: PortalUser) -> None:
    for actor in (ada, boris):
        invited(actor, "eve@acme.example")
    invited(ada, "zoe@acme.example")

    invited(ada, "eve@acme.example", NOON + 60)

    assert open_to(ada.organization.id) == ["eve@acme.example", "zoe@acme.example"]
    assert open_to(boris.organization.id) == ["eve@acme.example"]


def test_an_invitation_clears_away_those_of_its_organization_that_have_ended(
    ada: PortalUser, boris: PortalUser
) -> None:
    for actor in (ada, boris):
        invited(actor, "eve@acme.example")
    one_time_links.reset(ada, NOON, PLACE)
    invited(ada, "zoe@acme.example", NOON + 1)

    invited(ada, "tom@acme.example", NOON + 7 * DAY)

    kept = {(row.organization_id, row.email) for row in others(OneTimeLink)}
    acme, basic = ada.organization.id, boris.organization.id
    assert kept == {
        (acme, "zoe@acme.example"), (acme, "tom@acme.example"), (acme, ada.email), (basic, "eve@acme.example"),
    }  # fmt: skip


def test_an_organization_has_so_many_open_invitations_and_no_more(ada: PortalUser, boris: PortalUser) -> None:
    like = {"purpose": INVITATION, "role": "viewer", "created_by": "", "created_at": NOON, "expires_at": NOON + DAY}
    OneTimeLink.insert_many(
        like | {"organization": ada.organization.id, "email": f"{number}@acme.example", "token_hash": f"h{number}"}
        for number in range(MOST_INVITATIONS - 1)
    ).execute()
    one_time_links.reset(ada, NOON, PLACE)  # is no invitation
    invited(ada, "eve@acme.example")

    with pytest.raises(Refused, match="100 invitations are open: withdraw"):
        invited(ada, "zoe@acme.example")

    assert len(open_to(ada.organization.id)) == 100
    invited(boris, "zoe@acme.example")
    invited(ada, "eve@acme.example")  # takes the place of the older one
    invited(ada, "zoe@acme.example", NOON + DAY)  # the others have ended


def test_withdrawing_an_invitation_is_noted_and_takes_nothing_else(ada: PortalUser, vera: PortalUser) -> None:
    link, kept = invited(ada, "eve@acme.example", role="administrator"), invited(ada, "zoe@acme.example")
    reset, address = one_time_links.make_reset_link(ada, vera, NOON, PLACE)

    assert one_time_links.withdraw(ada.organization.id, link.id, NOON + 5, "bea@acme.example") == link
    said = "Invitation of eve@acme.example withdrawn"
    assert logged() == (ada.organization.id, "bea@acme.example", said, "administrator", "", NOON + 5)
    assert one_time_links.withdraw(ada.organization.id, link.id, NOON + 5, "bea@acme.example") is None
    assert one_time_links.withdraw(ada.organization.id, reset.id, NOON + 5, "bea@acme.example") is None
    assert one_time_links.invitations(ada.organization.id, NOON) == [kept]
    assert one_time_links.find_open(PASSWORD, token_of(address), NOON) == reset


def test_a_new_link_to_a_password_ends_older_ones_of_the_same_person_alone(ada: PortalUser, vera: PortalUser) -> None:
    invitation = invited(ada, "eve@acme.example")
    of_ada, first = (token_of(one_time_links.reset(user, NOON, PLACE)[1]) for user in (ada, vera))

    second = token_of(one_time_links.reset(vera, NOON, PLACE)[1])

    found = [one_time_links.find_open(PASSWORD, token, NOON) is not None for token in (of_ada, first, second)]
    assert found == [True, False, True]
    assert one_time_links.invitations(ada.organization.id, NOON) == [invitation]


def test_a_password_by_a_link_ends_the_sessions_of_that_person_alone(ada: PortalUser, vera: PortalUser) -> None:
    session, of_ada = (sessions.begin(user.id, "192.0.2.1", "Firefox", NOON) for user in (vera, ada))
    _, address = one_time_links.make_reset_link(ada, vera, NOON, PLACE)

    chosen = one_time_links.choose_password(token_of(address), OTHER, NOON + 9)

    assert (chosen.id, chosen.email) == (vera.id, vera.email)
    assert sessions.find(session, NOON) is None and sessions.find(of_ada, NOON)
    assert passwords()[ada.email] == ada.email and passwords()[vera.email] != vera.email
    said = "Password chosen by a link"
    assert logged() == (vera.organization.id, vera.email, said, f"of {ada.email}", "", NOON + 9)


def test_a_weak_password_leaves_the_link_the_old_password_and_the_sessions(ada: PortalUser, vera: PortalUser) -> None:
    session = sessions.begin(vera.id, "192.0.2.1", "Firefox", NOON)
    link, address = one_time_links.make_reset_link(ada, vera, NOON, PLACE)

    with pytest.raises(Refused, match="at least 12 characters"):
        one_time_links.choose_password(token_of(address), "short", NOON)

    assert one_time_links.find_open(PASSWORD, token_of(address), NOON) == link
    assert sessions.find(session, NOON) and passwords()[vera.email] == vera.email


def test_a_link_is_of_one_purpose(ada: PortalUser, vera: PortalUser) -> None:
    invitation = token_of(one_time_links.invite(ada, "eve@acme.example", "viewer", NOON, PLACE)[1])
    password = token_of(one_time_links.reset(vera, NOON, PLACE)[1])

    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.accept(password, OTHER, NOON)
    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.choose_password(invitation, OTHER, NOON)
    assert one_time_links.find_open(INVITATION, "no such token", NOON) is None


def test_an_account_by_invitation_is_noted_under_its_own_name(ada: PortalUser, boris: PortalUser) -> None:
    token = token_of(one_time_links.invite(ada, "eve@acme.example", "viewer", NOON, PLACE)[1])
    invited(ada, "zoe@acme.example")
    invited(boris, "tom@basic.example")

    eve = one_time_links.accept(token, OTHER, NOON + 7 * DAY - 1)

    assert (eve.organization.id, eve.role) == (ada.organization.id, "viewer")
    assert logged()[:2] == (ada.organization.id, "eve@acme.example")
    assert open_to(ada.organization.id) == ["zoe@acme.example"] and open_to(boris.organization.id)


def test_links_that_have_ended_are_pruned(ada: PortalUser, vera: PortalUser) -> None:
    invited(ada, "eve@acme.example")
    one_time_links.reset(vera, NOON, PLACE)

    assert [one_time_links.prune(NOON + DAY - 1), one_time_links.prune(NOON + DAY)] == [0, 1]
    assert [row.email for row in others(OneTimeLink)] == ["eve@acme.example"]


@pytest.mark.alone("the audit log is taken away")
def test_what_cannot_be_noted_is_not_done(ada: PortalUser, vera: PortalUser) -> None:
    link = invited(ada, "eve@acme.example")
    _, address = one_time_links.reset(vera, NOON, PLACE)
    rows = list(others(OneTimeLink).order_by(OneTimeLink.id).tuples())
    session = sessions.begin(vera.id, "192.0.2.1", "Firefox", NOON)
    AuditEntry.drop_table()

    for act in (
        lambda: invited(ada, "eve@acme.example"),
        lambda: one_time_links.withdraw(ada.organization.id, link.id, NOON, ada.email),
        lambda: one_time_links.reset(vera, NOON, PLACE),
        lambda: one_time_links.choose_password(token_of(address), OTHER, NOON),
    ):
        with pytest.raises(DatabaseError):
            act()

    assert list(others(OneTimeLink).order_by(OneTimeLink.id).tuples()) == rows
    assert others(Letter).count() == 2
    assert passwords()[vera.email] == vera.email and sessions.find(session, NOON)


def test_a_link_that_a_clock_a_year_ahead_has_made_is_not_open_for_a_year(ada: PortalUser, vera: PortalUser) -> None:
    _, ahead = one_time_links.make_reset_link(ada, vera, NOON + 365 * DAY, PLACE)
    assert one_time_links.find_open(PASSWORD, token_of(ahead), NOON) is None

    _, hour = one_time_links.make_reset_link(ada, vera, NOON + 3600, PLACE)
    assert one_time_links.find_open(PASSWORD, token_of(hour), NOON), "the clock was set back by an hour"
