"""Organizations, people, codes and rules: what is kept, and what is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from reputation.customers import (
    activation_codes,
    first_steps,
    organizations,
    password_hash,
    policy,
    sessions,
    users,
)
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import AuditEntry, Feed, FeedRevision, User
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others

GOOD = "correct horse battery"
AS_SHIPPED = password_hash.hasher  # before any test makes it cheap


def test_a_new_organization_has_a_code_to_ask_with(store: Store) -> None:
    customer, code = organizations.add("  Acme   Ltd ", "advanced", NOON)

    assert customer.name == "Acme Ltd"
    assert customer.includes_dynamic
    assert activation_codes.active(customer.id, NOON) == [code]


def test_a_code_has_31_letters_and_is_read_with_or_without_dashes(cast: Cast) -> None:
    code = cast.acme_code

    assert len(code.label) == 31
    assert code.label.isalnum() and code.label == code.label.lower()
    assert code.dashed.replace("-", "").lower() == code.label
    assert activation_codes.label_of(f" {code.dashed} ") == code.label


@pytest.mark.parametrize("subscription,name,says", [
    ("gold", "New", "choose standard or advanced"),
    ("standard", "   ", "needs a name"),
    ("standard", "Acme", "already an organization"),
    ("standard", "x" * 201, "at most 200 characters"),
])  # fmt: skip
def test_an_organization_that_cannot_be_is_refused(cast: Cast, subscription: str, name: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        organizations.add(name, subscription, NOON)

    assert [one.name for one in apart(organizations.all_organizations())] == ["Acme", "Basic"]


def test_an_unknown_organization_is_refused_with_the_known_ones(cast: Cast) -> None:
    with pytest.raises(Refused, match="Known: Acme, Basic"):
        organizations.by_name("Acne")


def test_a_revoked_code_is_no_longer_active(cast: Cast) -> None:
    second = activation_codes.issue(cast.acme.id, NOON)
    activation_codes.revoke(cast.acme_code.dashed, NOON)

    assert [code.label for code in activation_codes.active(cast.acme.id, NOON)] == [second.label]
    with pytest.raises(Refused, match="revoked already"):
        activation_codes.revoke(cast.acme_code.label, NOON)


def test_a_code_with_a_typo_is_refused_without_repeating_it_whole(cast: Cast) -> None:
    wrong = "z" * 31
    with pytest.raises(Refused, match="no activation code of this installation") as refusal:
        activation_codes.revoke(wrong, NOON)
    with pytest.raises(Refused, match=r"31 letters and digits.*this one has 30"):
        activation_codes.revoke("a" * 30, NOON)

    assert wrong not in str(refusal.value)


def test_a_person_logs_in_with_the_right_password_only(cast: Cast) -> None:
    users.add("Ann@Acme.example", cast.acme.id, "administrator", GOOD, NOON)

    user = users.authenticate("ann@acme.example", GOOD, NOON)

    assert user is not None
    assert user.organization.name == "Acme"
    assert user.can_edit and not user.is_operator
    assert users.authenticate("ann@acme.example", GOOD + "x", NOON) is None
    assert users.authenticate("bob@acme.example", GOOD, NOON) is None


def test_each_guess_at_a_stored_password_costs_64_mib(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_hash, "hasher", AS_SHIPPED)
    users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)

    stored = extract_parameters(User.get(User.email == "ann@acme.example").password_hash)

    assert (stored.type, stored.memory_cost) == (Type.ID, 64 * 1024)
    assert stored.time_cost >= 3
    assert users.authenticate("ann@acme.example", GOOD, NOON) is not None
    assert users.authenticate("ann@acme.example", GOOD + "x", NOON) is None


@pytest.mark.parametrize("email,role,password,says", [
    ("ann", "viewer", GOOD, "no email address"),
    ("ann@acme.example", "boss", GOOD, "choose viewer, administrator or operator"),
    ("ann@acme.example", "viewer", "short", "at least 12 characters"),
    ("ann@acme.example", "viewer", "aaaaaaaaaaaaaa", "repeats too few characters"),
    ("ann@acme.example", "viewer", "x" * 201, "at most 200"),
    ("annabelle@acme.example", "viewer", "annabelle2026!", "contains the email address"),
])  # fmt: skip
def test_a_person_that_cannot_be_is_refused(cast: Cast, email: str, role: str, password: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        users.add(email, cast.acme.id, role, password, NOON)


def test_an_address_has_one_account(cast: Cast) -> None:
    users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)

    with pytest.raises(Refused, match="has an account already"):
        users.add("ANN@acme.example", cast.basic.id, "viewer", GOOD, NOON)


@pytest.mark.alone("the first run is over once somebody is there")
def test_the_first_run_happens_once(store: Store) -> None:
    user = users.first_run("Acme", "advanced", "ann@acme.example", GOOD, NOON)

    assert user.is_operator and user.can_edit
    with pytest.raises(Refused, match="has been set up already"):
        users.first_run("Evil", "advanced", "eve@evil.example", GOOD, NOON)


@pytest.mark.alone("the first run is over once somebody is there")
def test_a_first_run_that_is_refused_leaves_nothing(store: Store) -> None:
    with pytest.raises(Refused):
        users.first_run("Acme", "advanced", "ann@acme.example", "short", NOON)

    assert organizations.all_organizations() == []


def test_a_new_password_ends_the_other_sessions(cast: Cast) -> None:
    user = users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)

    here, elsewhere = (sessions.begin(user.id, "192.0.2.1", "a browser", NOON) for _ in range(2))

    users.change_password(user, GOOD, "another long sentence", NOON, here)

    assert sessions.find(here, NOON) is not None
    assert sessions.find(elsewhere, NOON) is None
    assert users.authenticate("ann@acme.example", GOOD, NOON) is None
    with pytest.raises(Refused, match="present password is not right"):
        users.change_password(user, GOOD, "another long sentence", NOON)


@pytest.mark.parametrize("text,kind,canonical", [
    ("192.0.2.1", "network", "192.0.2.1"),
    (" 192.0.2.0/24 ", "network", "192.0.2.0/24"),
    ("2001:DB8::/32", "network", "2001:db8::/32"),
    ("::ffff:192.0.2.1", "network", "192.0.2.1"),
    ("country:at", "country", "country:AT"),
    ("ISP:as64500", "isp", "isp:AS64500"),
    ("isp:64500", "isp", "isp:AS64500"),
])  # fmt: skip
def test_a_rule_is_kept_in_one_form(cast: Cast, text: str, kind: str, canonical: str) -> None:
    rule = policy.add_rule(cast.acme.id, "approved", text, NOON)

    assert (rule.kind, rule.value) == (kind, canonical)
    with pytest.raises(Refused, match="is approved already"):
        policy.add_rule(cast.acme.id, "approved", canonical, NOON)


@pytest.mark.parametrize("text,says", [
    ("192.0.2.1/24", r"did you mean 192\.0\.2\.0/24"),
    ("country:Austria", "two letters"),
    ("isp:Example", "isp:AS64500"),
    ("isp:AS0", "no AS number"),
    ("isp:AS99999999999", "write country:AT|no AS number|cannot be read"),
    ("nonsense", "or country:AT, or isp:AS64500"),
])  # fmt: skip
def test_a_rule_that_cannot_be_read_is_refused(cast: Cast, text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        policy.add_rule(cast.acme.id, "blocked", text, NOON)

    assert policy.rules(cast.acme.id) == []


def test_one_organization_cannot_remove_anothers_rule(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON)

    with pytest.raises(Refused, match="There is no rule"):
        policy.remove_rule(cast.basic.id, "blocked", "192.0.2.1", NOON)
    policy.remove_rule(cast.acme.id, "blocked", "192.0.2.1", NOON)

    assert policy.rules(cast.acme.id) == []


def test_every_change_is_in_the_audit_log_and_marks_the_policies(cast: Cast) -> None:
    before = changes.generations()[changes.POLICIES]
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON, who="ann@acme.example", note="Snowshoe")

    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).get()

    assert (entry.who, entry.what, entry.after) == (
        "ann@acme.example",
        "Sender rule added: blocked 192.0.2.1",
        "Snowshoe",
    )
    assert changes.generations()[changes.POLICIES] == before + 1


def test_the_first_steps_tick_themselves(cast: Cast) -> None:
    before = {step.text: step.done for step in first_steps.steps(cast.acme.id, NOON)}
    policy.add_rule(cast.acme.id, "approved", "192.0.2.1", NOON)
    after = {step.text: step.done for step in first_steps.steps(cast.acme.id, NOON)}

    assert before["Activation code issued"] and not before["A sender approved or blocked"]
    assert after["A sender approved or blocked"]
    assert sum(after.values()) == sum(before.values()) + 1


@pytest.mark.alone("the neighbour has a feed that lists")
@pytest.mark.parametrize("purpose,is_done", [("list", True), ("approve", False)])
def test_a_feed_is_loaded_once_one_lists(cast: Cast, purpose: str, is_done: bool) -> None:
    feed = Feed.create(
        name="a", source="x", format="plain", category="KSS", database="standard", every=60, duration=60,
        created_at=NOON, purpose=purpose,
    )  # fmt: skip
    FeedRevision.create(
        feed=feed, state="live", fetched_at=NOON, seen_at=NOON, hash="x", entries=1, ranges4=b"", ranges6=b""
    )

    done = {step.text: step.done for step in first_steps.steps(cast.acme.id, NOON)}

    assert done["A feed is loaded"] == is_done


class SlowHasher(PasswordHasher):
    """It takes so long for a password that somebody does something meanwhile."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.meanwhile = meanwhile

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        found = super().verify(hash, password)
        self.meanwhile()
        return found


@pytest.mark.parametrize("change", [{"active": False}, {"password_hash": "another"}])
def test_a_login_undoes_nothing_that_was_done_while_the_password_was_compared(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    ann = users.add("ann@acme.example", cast.acme.id, "viewer", GOOD, NOON)
    mine = User.id == ann.id
    monkeypatch.setattr(password_hash, "hasher", SlowHasher(lambda: User.update(change).where(mine).execute()))

    assert users.authenticate("ann@acme.example", GOOD, NOON) is None

    row = User.get(mine)
    assert {name: getattr(row, name) for name in change} == change and row.last_login_at is None


def test_a_login_takes_back_no_role_that_was_given_meanwhile(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = users.add("ann@acme.example", cast.acme.id, "administrator", GOOD, NOON)
    mine = User.id == ann.id
    monkeypatch.setattr(password_hash, "hasher", SlowHasher(lambda: User.update(role="viewer").where(mine).execute()))

    assert users.authenticate("ann@acme.example", GOOD, NOON)

    assert (User.get(mine).role, User.get(mine).last_login_at) == ("viewer", NOON)
