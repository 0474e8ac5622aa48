"""An organization's people: who may change whose account, and that somebody always stays in charge."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from reputation.customers import (
    one_time_links,
    second_factor,
    sessions,
    user_admin,
    users,
)
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, Letter, OneTimeLink, User
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.reputation.customers.test_second_factor import turned_on

GOOD, OTHER = "correct horse battery", "another long sentence"
PLACE = "https://reputation.acme.example"
DAY = 86400


class Staff(NamedTuple):
    ada: PortalUser  # administrator
    bea: PortalUser  # administrator
    vera: PortalUser  # viewer
    olga: PortalUser  # operator
    boris: PortalUser  # administrator of another organization


@pytest.fixture
def staff(cast: Cast) -> Staff:
    acme, basic = cast.acme.id, cast.basic.id
    return Staff(
        users.add("ada@acme.example", acme, "administrator", GOOD, NOON),
        users.add("bea@acme.example", acme, "administrator", GOOD, NOON),
        users.add("vera@acme.example", acme, "viewer", GOOD, NOON),
        users.add("olga@acme.example", acme, "operator", GOOD, NOON),
        users.add("boris@basic.example", basic, "administrator", GOOD, NOON),
    )


def last_entry() -> AuditEntry:
    return others(AuditEntry).order_by(AuditEntry.id.desc()).first()


def test_the_list_has_the_organizations_own_people_and_nobody_elses(staff: Staff, cast: Cast) -> None:
    turned_on(staff.vera)

    found = user_admin.users_of(cast.acme.id)

    assert [one.email for one in found] == [
        "ada@acme.example",
        "bea@acme.example",
        "olga@acme.example",
        "vera@acme.example",
    ]
    assert [one.two_step for one in found] == [False, False, False, True]
    assert user_admin.user_of(cast.acme.id, staff.boris.id) is None
    assert user_admin.user_of(cast.basic.id, staff.boris.id) == staff.boris


def test_a_role_is_changed_and_the_log_has_both(staff: Staff) -> None:
    user_admin.change_role(staff.ada, staff.vera, "administrator", NOON)

    assert users.user(staff.vera.id).role == "administrator"  # type: ignore[union-attr]
    entry = last_entry()
    assert (entry.who, entry.before, entry.after) == ("ada@acme.example", "viewer", "administrator")


def test_only_an_operator_makes_an_operator(staff: Staff) -> None:
    with pytest.raises(Refused, match="choose viewer or administrator"):
        user_admin.change_role(staff.ada, staff.vera, "operator", NOON)
    with pytest.raises(Refused, match="choose viewer or administrator"):
        one_time_links.invite(staff.ada, "eve@acme.example", "operator", NOON, PLACE)

    user_admin.change_role(staff.olga, staff.vera, "operator", NOON)

    assert users.user(staff.vera.id).is_operator  # type: ignore[union-attr]


def test_an_administrator_cannot_take_over_an_operators_account(staff: Staff) -> None:
    for act in (
        lambda: user_admin.change_role(staff.ada, staff.olga, "viewer", NOON),
        lambda: user_admin.deactivate(staff.ada, staff.olga, NOON),
        lambda: user_admin.reset_two_step(staff.ada, staff.olga, NOON),
        lambda: one_time_links.make_reset_link(staff.ada, staff.olga, NOON, PLACE),
    ):
        with pytest.raises(Refused, match="only an operator can change this account"):
            act()

    assert others(OneTimeLink).count() == 0


def test_who_became_an_operator_meanwhile_is_out_of_reach(staff: Staff) -> None:
    User.update(role="operator").where(User.id == staff.bea.id).execute()

    with pytest.raises(Refused, match="only an operator"):
        user_admin.deactivate(staff.ada, staff.bea, NOON)  # with what was read before


def test_nobody_changes_the_own_account(staff: Staff) -> None:
    with pytest.raises(Refused, match="your own account"):
        user_admin.change_role(staff.ada, staff.ada, "viewer", NOON)
    with pytest.raises(Refused, match="your own account"):
        user_admin.deactivate(staff.ada, staff.ada, NOON)


def test_the_last_administrator_stays(staff: Staff) -> None:
    # Olga is of Acme as well; with her shut out, the two administrators are what is left.
    User.update(active=False).where(User.id == staff.olga.id).execute()
    user_admin.deactivate(staff.ada, staff.bea, NOON)
    User.update(active=True, role="viewer").where(User.id == staff.bea.id).execute()

    with pytest.raises(Refused, match="last active administrator"):
        user_admin.deactivate(staff.bea._replace(role="administrator"), staff.ada, NOON)
    with pytest.raises(Refused, match="last active administrator"):
        user_admin.change_role(staff.bea._replace(role="administrator"), staff.ada, "viewer", NOON)

    assert users.user(staff.ada.id).role == "administrator"  # type: ignore[union-attr]


def test_the_last_operator_stays(staff: Staff) -> None:
    actor = staff.ada._replace(role="operator")

    with pytest.raises(Refused, match="last active operator"):
        user_admin.deactivate(actor, staff.olga, NOON)


def test_who_leaves_leaves_no_link_behind(staff: Staff, cast: Cast) -> None:
    """The attacker: who is about to be dismissed invites another address, and makes a link to a colleague's account."""
    _, invited = one_time_links.invite(staff.ada, "ada@home.example", "administrator", NOON, PLACE)
    _, colleagues = one_time_links.make_reset_link(staff.ada, staff.vera, NOON, PLACE)
    _, stays = one_time_links.invite(staff.bea, "eve@acme.example", "viewer", NOON, PLACE)

    user_admin.deactivate(staff.olga, staff.ada, NOON)

    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.accept(token_of(invited, "invitation"), OTHER, NOON)
    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.choose_password(token_of(colleagues, "password"), OTHER, NOON)
    assert one_time_links.accept(token_of(stays, "invitation"), OTHER, NOON)


@pytest.mark.parametrize(("role", "left"), [("viewer", []), ("administrator", ["administrator", "viewer"])])
def test_a_lesser_role_ends_the_invitations_that_it_could_not_make(
    staff: Staff, cast: Cast, role: str, left: list[str]
) -> None:
    users.add("ole@acme.example", cast.acme.id, "operator", GOOD, NOON)
    for number, given in enumerate(users.ROLES):
        one_time_links.invite(staff.olga, f"new{number}@acme.example", given, NOON, PLACE)
    one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)

    user_admin.change_role(users.with_email("ole@acme.example"), staff.olga, role, NOON)

    open_ = [link for link in one_time_links.invitations(cast.acme.id, NOON) if link.created_by == staff.olga.email]
    assert sorted(link.role for link in open_) == left
    assert "eve@acme.example" in [link.email for link in one_time_links.invitations(cast.acme.id, NOON)]


def test_who_is_deactivated_is_logged_out_and_has_no_link(staff: Staff) -> None:
    token = sessions.begin(staff.vera.id, "192.0.2.1", "Firefox", NOON)
    _, address = one_time_links.make_reset_link(staff.ada, staff.vera, NOON, PLACE)

    user_admin.deactivate(staff.ada, staff.vera, NOON)

    assert sessions.find(token, NOON) is None
    assert users.authenticate("vera@acme.example", GOOD, NOON) is None
    assert one_time_links.find_open(one_time_links.PASSWORD, address.rpartition("/")[2], NOON) is None
    with pytest.raises(Refused, match="deactivated already"):
        user_admin.deactivate(staff.ada, staff.vera, NOON)
    with pytest.raises(Refused, match="reactivate the account first"):
        one_time_links.make_reset_link(staff.ada, staff.vera, NOON, PLACE)

    user_admin.reactivate(staff.ada, staff.vera, NOON)

    assert users.authenticate("vera@acme.example", GOOD, NOON) is not None


def test_two_step_login_is_turned_off_for_who_has_lost_the_app(staff: Staff) -> None:
    turned_on(staff.vera)

    user_admin.reset_two_step(staff.ada, staff.vera, NOON)

    assert not second_factor.is_on(staff.vera.id)
    assert (last_entry().who, last_entry().what) == (
        "ada@acme.example",
        "Two-step login of vera@acme.example turned off",
    )
    with pytest.raises(Refused, match="off already"):
        user_admin.reset_two_step(staff.ada, staff.vera, NOON)


def token_of(address: str, purpose: str) -> str:
    assert address.startswith(f"{PLACE}/{purpose}/")
    return address.rpartition("/")[2]


def test_an_invitation_becomes_an_account(staff: Staff, cast: Cast) -> None:
    link, address = one_time_links.invite(staff.ada, "Eve@Acme.example", "administrator", NOON, f"{PLACE}/")
    token = token_of(address, "invitation")
    assert one_time_links.invitations(cast.acme.id, NOON) == [link]

    eve = one_time_links.accept(token, OTHER, NOON + DAY)

    assert (eve.email, eve.role, eve.organization.name) == ("eve@acme.example", "administrator", "Acme")
    assert users.authenticate("eve@acme.example", OTHER, NOON) is not None
    assert one_time_links.invitations(cast.acme.id, NOON) == []
    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.accept(token, OTHER, NOON + DAY)


def test_a_letter_takes_the_invitation(staff: Staff) -> None:
    _, address = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)

    letter = others(Letter).get()
    assert letter.to == "eve@acme.example"
    assert address in letter.text and "ada@acme.example invites you to Acme" in letter.text


def test_the_link_itself_is_not_kept(staff: Staff) -> None:
    _, address = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)

    assert token_of(address, "invitation") not in str(list(others(OneTimeLink).dicts()))


def test_an_invitation_ends_after_seven_days(staff: Staff, cast: Cast) -> None:
    _, address = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)
    token = token_of(address, "invitation")
    assert one_time_links.find_open(one_time_links.INVITATION, token, NOON + 7 * DAY - 1)

    assert one_time_links.find_open(one_time_links.INVITATION, token, NOON + 7 * DAY) is None
    assert one_time_links.find_open(one_time_links.PASSWORD, token, NOON) is None  # of the other purpose
    assert one_time_links.invitations(cast.acme.id, NOON + 7 * DAY) == []


def test_a_newer_invitation_ends_the_older_one(staff: Staff, cast: Cast) -> None:
    _, old = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)
    one_time_links.invite(staff.ada, "eve@acme.example", "administrator", NOON, PLACE)

    assert one_time_links.find_open(one_time_links.INVITATION, token_of(old, "invitation"), NOON) is None
    assert [link.role for link in one_time_links.invitations(cast.acme.id, NOON)] == ["administrator"]


def test_who_has_an_account_is_not_invited(staff: Staff) -> None:
    with pytest.raises(Refused, match="has an account already"):
        one_time_links.invite(staff.ada, "BORIS@basic.example", "viewer", NOON, PLACE)
    with pytest.raises(Refused, match="no email address"):
        one_time_links.invite(staff.ada, "eve", "viewer", NOON, PLACE)


def test_an_invitation_is_withdrawn_by_its_own_organization_alone(staff: Staff, cast: Cast) -> None:
    link, address = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)

    assert one_time_links.withdraw(cast.basic.id, link.id, NOON, "boris@basic.example") is None
    assert one_time_links.withdraw(cast.acme.id, link.id, NOON, "ada@acme.example") == link

    assert one_time_links.find_open(one_time_links.INVITATION, token_of(address, "invitation"), NOON) is None


def test_a_weak_password_leaves_the_invitation_open(staff: Staff) -> None:
    _, address = one_time_links.invite(staff.ada, "eve@acme.example", "viewer", NOON, PLACE)
    token = token_of(address, "invitation")

    with pytest.raises(Refused, match="at least 12 characters"):
        one_time_links.accept(token, "short", NOON)

    assert one_time_links.find_open(one_time_links.INVITATION, token, NOON)


def test_a_forgotten_password_is_replaced_by_a_link_and_ends_every_session(staff: Staff) -> None:
    session = sessions.begin(staff.vera.id, "192.0.2.1", "Firefox", NOON)
    _, first = one_time_links.make_reset_link(staff.ada, staff.vera, NOON, PLACE)
    _, address = one_time_links.make_reset_link(staff.ada, staff.vera, NOON, PLACE)
    assert one_time_links.find_open(one_time_links.PASSWORD, token_of(first, "password"), NOON) is None

    one_time_links.choose_password(token_of(address, "password"), OTHER, NOON)

    assert users.authenticate("vera@acme.example", OTHER, NOON) is not None
    assert users.authenticate("vera@acme.example", GOOD, NOON) is None
    assert sessions.find(session, NOON) is None
    assert last_entry().what == "Password chosen by a link"
    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.choose_password(token_of(address, "password"), OTHER, NOON)


def test_the_way_to_a_new_password_ends_after_a_day(staff: Staff) -> None:
    _, address = one_time_links.reset(staff.vera, NOON, PLACE)

    assert one_time_links.find_open(one_time_links.PASSWORD, token_of(address, "password"), NOON + DAY - 1)
    with pytest.raises(Refused, match="ask for a new one"):
        one_time_links.choose_password(token_of(address, "password"), OTHER, NOON + DAY)


def test_a_time_zone_is_one_of_the_list(staff: Staff) -> None:
    users.choose_time_zone(staff.vera, "Europe/Vienna", NOON)

    assert users.user(staff.vera.id).time_zone == "Europe/Vienna"  # type: ignore[union-attr]
    with pytest.raises(Refused, match="There is no time zone 'Mars/Base'"):
        users.choose_time_zone(staff.vera, "Mars/Base", NOON)
