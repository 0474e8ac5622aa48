"""A token acts for its organization, within its scopes and its person's role, until one of them ends."""

from __future__ import annotations

import pytest

from reputation.customers import tokens, user_admin, users
from reputation.customers.organizations import Customer
from reputation.customers.tokens import OPERATOR_SCOPES, SCOPES
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import ApiToken, AuditEntry, User
from tests.conftest import NOON, Cast, make_cast
from tests.neighbour import others

ADA, OLGA, VERA = "ada@acme.example", "olga@acme.example", "vera@acme.example"
BORIS, OLE = "boris@basic.example", "ole@basic.example"
PEOPLE = {ADA: "administrator", OLGA: "operator", VERA: "viewer", BORIS: "administrator", OLE: "operator"}


@pytest.fixture
def cast(store: Store) -> Cast:
    """Acme and Basic with their people."""
    made = make_cast()
    for email, role in PEOPLE.items():
        organization = made.acme if "acme" in email else made.basic
        users.add(email, organization.id, role, "a quiet sentence works", NOON)
    return made


def person(email: str) -> PortalUser:
    return users.with_email(email)


def made(
    name: str = "Ticket system", days: int = 30, scopes: tuple[str, ...] = ("read",), of: str = ADA, now: int = NOON
) -> str:
    return tokens.create(person(of), name, scopes, days, now)[1]


def may(secret: str) -> tuple[str, ...]:
    """What a call with this secret may do now; nothing where it is refused."""
    found = tokens.bearer(secret, NOON)
    return found.token.scopes if found else ()


def test_a_token_speaks_for_its_organization(cast: Cast) -> None:
    found = tokens.bearer(made(scopes=("rules", "read")), NOON)

    assert found
    assert (found.organization, found.person.email, found.token.scopes, found.who) == (
        cast.acme,
        ADA,
        ("read", "rules"),
        "API token Ticket system",
    )


def test_the_secret_is_kept_nowhere(cast: Cast) -> None:
    secret = made()

    row = others(ApiToken).get()
    assert len(secret) > 40 and secret.startswith("gp_")
    assert secret not in str(vars(row)["__data__"])
    assert row.hint == secret[:8]
    assert not others(AuditEntry).where(AuditEntry.after.contains(secret)).exists()


def test_a_token_ends_to_the_second(cast: Cast) -> None:
    secret = made(days=30)

    assert tokens.bearer(secret, NOON + 30 * 86400 - 1)
    assert tokens.bearer(secret, NOON + 30 * 86400) is None


def test_a_token_without_an_end_stays(cast: Cast) -> None:
    assert tokens.bearer(made(days=0), NOON + 20 * 365 * 86400)


def test_an_unknown_secret_speaks_for_nobody(cast: Cast) -> None:
    made()

    assert tokens.bearer("", NOON) is None
    assert tokens.bearer("gp_" + "x" * 43, NOON) is None


def test_its_use_is_noted_to_the_minute(cast: Cast) -> None:
    secret = made()
    used = []
    for later in (0, 59, 60):
        tokens.bearer(secret, NOON + later)
        used.append(tokens.tokens(cast.acme.id)[0].last_used_at)

    assert used == [NOON, NOON, NOON + 60]


def test_a_revoked_token_is_unknown(cast: Cast) -> None:
    secret = made()

    tokens.revoke(cast.acme.id, tokens.tokens(cast.acme.id)[0].id, NOON, ADA)

    assert tokens.bearer(secret, NOON) is None
    assert tokens.tokens(cast.acme.id) == []


def test_nobody_revokes_another_organizations_token(cast: Cast) -> None:
    secret = made()

    with pytest.raises(Refused, match="no such token"):
        tokens.revoke(cast.basic.id, tokens.tokens(cast.acme.id)[0].id, NOON, BORIS)
    assert tokens.bearer(secret, NOON)
    assert tokens.tokens(cast.basic.id) == []


@pytest.mark.parametrize(
    ("name", "scopes", "days", "says"),
    [
        ("  ", ("read",), 30, "Give the token a name"),
        ("x" * 101, ("read",), 30, "at most 100 characters"),
        ("Monitor", (), 30, "Choose what the token may do"),
        ("Monitor", ("read", "everything"), 30, "'everything'"),
        ("Monitor", ("listings",), 30, "'listings'"),
        ("Monitor", ("read",), 31, "Choose when the token ends"),
        (" Ticket   system ", ("read",), 30, "There is a token named 'Ticket system' already"),
    ],
)
def test_what_makes_no_token_is_refused(cast: Cast, name: str, scopes: tuple[str, ...], days: int, says: str) -> None:
    made()

    with pytest.raises(Refused, match=says):
        tokens.create(person(ADA), name, scopes, days, NOON)
    assert len(tokens.tokens(cast.acme.id)) == 1


def test_the_operator_alone_gives_a_token_the_listings(cast: Cast) -> None:
    token, _ = tokens.create(person(OLGA), "Traps", ("listings",), 0, NOON)

    assert token.scopes == ("listings",)


def test_an_organization_has_a_bounded_number_of_tokens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    made("One")
    made("Two")

    with pytest.raises(Refused, match="at most 2 tokens"):
        made("Three")


def test_a_role_gives_what_its_people_may_do_themselves() -> None:
    given = {role: tuple(tokens.scopes_of(_of(role))) for role in users.ROLES}

    assert given["viewer"] == ("read", "feeds"), "a viewer changes nothing"
    assert given["administrator"] == tuple(SCOPES)
    assert given["operator"] == (*SCOPES, *OPERATOR_SCOPES)


@pytest.mark.parametrize("scope", ["rules", "mail-servers", "code-networks", "reports", "listings"])
def test_a_viewer_makes_no_token_that_changes_anything(cast: Cast, scope: str) -> None:
    with pytest.raises(Refused, match=f"You are viewer and cannot give a token '{scope}': choose from read, feeds."):
        made(scopes=("read", scope), of=VERA)
    assert tokens.tokens(cast.acme.id) == []


def test_whoever_opened_the_page_as_administrator_is_asked_again(cast: Cast) -> None:
    """A form that was opened before the role was lost, or the account, makes no token after it."""
    before = person(ADA)
    user_admin.change_role(person(OLGA), before, "viewer", NOON)
    with pytest.raises(Refused, match="You are viewer"):
        tokens.create(before, "Monitor", ("rules",), 0, NOON)

    user_admin.deactivate(person(OLGA), before, NOON)
    with pytest.raises(Refused, match=f"{ADA} is deactivated"):
        tokens.create(before, "Monitor", ("read",), 0, NOON)
    assert tokens.tokens(cast.acme.id) == []


def test_the_tokens_of_a_dismissed_person_end_and_no_others(cast: Cast) -> None:
    secrets = [made("One", 0, of=ADA), made("Two", 0, of=ADA)]
    stays = made("Three", of=OLGA)

    user_admin.deactivate(person(OLGA), person(ADA), NOON)

    assert [may(secret) for secret in secrets] == [(), ()]
    assert may(stays) == ("read",)
    told = {token.name: (token.person, token.scopes, token.ended) for token in tokens.tokens(cast.acme.id)}
    assert told["One"] == (ADA, (), "the account is deactivated")
    assert told["Three"] == (OLGA, ("read",), "")
    assert others(ApiToken).where(ApiToken.name == "One").get().last_used_at is None, "a refused call is no use"


def test_who_comes_back_has_the_tokens_back_except_the_revoked(cast: Cast) -> None:
    kept, revoked = made("Kept", 0), made("Revoked", 0)
    user_admin.deactivate(person(OLGA), person(ADA), NOON)
    tokens.revoke(cast.acme.id, tokens.tokens(cast.acme.id)[0].id, NOON, OLGA)

    user_admin.reactivate(person(OLGA), person(ADA), NOON)

    assert (may(kept), may(revoked)) == (("read",), ())


def test_a_lesser_role_takes_what_it_does_not_give(cast: Cast) -> None:
    both, writes = made("Both", scopes=("read", "rules")), made("Writes", scopes=("rules", "reports"))

    user_admin.change_role(person(OLGA), person(ADA), "viewer", NOON)

    assert (may(both), may(writes)) == (("read",), ())
    told = {token.name: (token.scopes, token.lost, token.ended) for token in tokens.tokens(cast.acme.id)}
    assert told == {
        "Both": (("read",), ("rules",), ""),
        "Writes": ((), ("rules", "reports"), "the role viewer gives none of it"),
    }
    user_admin.change_role(person(OLGA), person(ADA), "administrator", NOON)
    assert (may(both), may(writes)) == (("read", "rules"), ("rules", "reports"))


def test_the_listings_end_with_the_operators_role(cast: Cast) -> None:
    secret = made("Traps", scopes=("reports", "listings"), of=OLGA)

    user_admin.change_role(person(OLE), person(OLGA), "administrator", NOON)

    assert may(secret) == ("reports",)


def test_whoever_moves_to_another_organization_speaks_for_the_old_one_no_more(cast: Cast) -> None:
    secret = made()
    User.update(organization=cast.basic.id).where(User.email == ADA).execute()

    assert may(secret) == ()
    assert [token.ended for token in tokens.tokens(cast.acme.id)] == ["its person has left the organization"]
    assert tokens.tokens(cast.basic.id) == []


def test_the_tokens_of_a_removed_person_go_with_the_account(cast: Cast) -> None:
    secret, stays = made("One"), made("Two", of=OLGA)

    User.delete().where(User.email == ADA).execute()

    assert (may(secret), may(stays)) == ((), ("read",))
    assert [token.name for token in tokens.tokens(cast.acme.id)] == ["Two"]


def test_a_persons_tokens_are_told_and_no_others(cast: Cast) -> None:
    made("One"), made("Two", of=OLGA), made("Three", days=0)

    assert [token.name for token in tokens.tokens_of(person(ADA))] == ["Three", "One"]


def test_making_and_revoking_are_audited(cast: Cast) -> None:
    made(scopes=("read", "rules"))
    tokens.revoke(cast.acme.id, tokens.tokens(cast.acme.id)[0].id, NOON, ADA)

    rows = others(AuditEntry).where(AuditEntry.what.startswith("API token")).order_by(AuditEntry.id)
    assert [(row.who, row.what, row.before, row.after) for row in rows] == [
        (ADA, "API token Ticket system created", "", "read, rules"),
        (ADA, "API token Ticket system revoked", "read, rules", ""),
    ]


def _of(role: str) -> PortalUser:
    customer = Customer(1, "Acme", "advanced", NOON)
    return PortalUser(1, ADA, role, customer, "UTC", True)
