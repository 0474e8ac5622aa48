"""A token acts for its organization, within its scopes, until it ends."""

from __future__ import annotations

import pytest

from reputation.customers import tokens
from reputation.refusal import Refused
from reputation.store.models import ApiToken, AuditEntry
from tests.conftest import NOON, Cast
from tests.neighbour import others

ADA = "ada@acme.example"


def made(cast: Cast, name: str = "Ticket system", days: int = 30, scopes: tuple[str, ...] = ("read",)) -> str:
    return tokens.create(cast.acme.id, name, scopes, days, NOON, ADA)[1]


def test_a_token_speaks_for_its_organization(cast: Cast) -> None:
    found = tokens.bearer(made(cast, scopes=("rules", "read")), NOON)

    assert found
    assert (found.organization, found.token.scopes, found.who) == (
        cast.acme,
        ("read", "rules"),
        "API token Ticket system",
    )


def test_the_secret_is_kept_nowhere(cast: Cast) -> None:
    secret = made(cast)

    row = others(ApiToken).get()
    assert len(secret) > 40 and secret.startswith("gp_")
    assert secret not in str(vars(row)["__data__"])
    assert row.hint == secret[:8]
    assert not others(AuditEntry).where(AuditEntry.after.contains(secret)).exists()


def test_a_token_ends_to_the_second(cast: Cast) -> None:
    secret = made(cast, days=30)

    assert tokens.bearer(secret, NOON + 30 * 86400 - 1)
    assert tokens.bearer(secret, NOON + 30 * 86400) is None


def test_a_token_without_an_end_stays(cast: Cast) -> None:
    assert tokens.bearer(made(cast, days=0), NOON + 20 * 365 * 86400)


def test_an_unknown_secret_speaks_for_nobody(cast: Cast) -> None:
    made(cast)

    assert tokens.bearer("", NOON) is None
    assert tokens.bearer("gp_" + "x" * 43, NOON) is None


def test_its_use_is_noted_to_the_minute(cast: Cast) -> None:
    secret = made(cast)
    used = []
    for later in (0, 59, 60):
        tokens.bearer(secret, NOON + later)
        used.append(tokens.tokens(cast.acme.id)[0].last_used_at)

    assert used == [NOON, NOON, NOON + 60]


def test_a_revoked_token_is_unknown(cast: Cast) -> None:
    secret = made(cast)

    tokens.revoke(cast.acme.id, tokens.tokens(cast.acme.id)[0].id, NOON, ADA)

    assert tokens.bearer(secret, NOON) is None
    assert tokens.tokens(cast.acme.id) == []


def test_nobody_revokes_another_organizations_token(cast: Cast) -> None:
    secret = made(cast)

    with pytest.raises(Refused, match="no such token"):
        tokens.revoke(cast.basic.id, tokens.tokens(cast.acme.id)[0].id, NOON, "boris@basic.example")
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
    made(cast)

    with pytest.raises(Refused, match=says):
        tokens.create(cast.acme.id, name, scopes, days, NOON, ADA)
    assert len(tokens.tokens(cast.acme.id)) == 1


def test_the_operator_alone_gives_a_token_the_listings(cast: Cast) -> None:
    token, _ = tokens.create(cast.acme.id, "Traps", ("listings",), 0, NOON, "olga@acme.example", operator=True)

    assert token.scopes == ("listings",)


def test_an_organization_has_a_bounded_number_of_tokens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    made(cast, "One")
    made(cast, "Two")

    with pytest.raises(Refused, match="at most 2 tokens"):
        made(cast, "Three")


def test_making_and_revoking_are_audited(cast: Cast) -> None:
    made(cast, scopes=("read", "rules"))
    tokens.revoke(cast.acme.id, tokens.tokens(cast.acme.id)[0].id, NOON, ADA)

    rows = others(AuditEntry).where(AuditEntry.what.startswith("API token")).order_by(AuditEntry.id)
    assert [(row.who, row.what, row.before, row.after) for row in rows] == [
        (ADA, "API token Ticket system created", "", "read, rules"),
        (ADA, "API token Ticket system revoked", "read, rules", ""),
    ]
