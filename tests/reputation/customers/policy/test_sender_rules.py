"""Sender rules: one or many are added, changed, removed and brought back, and those with an end end by themselves."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.customers import organizations, policy
from reputation.customers.policy import NewRule, sender_rules
from reputation.jobs import JobContext, publish
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import AuditEntry, FormerRule, Organization
from reputation.verdict.counters import Counters
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import BLOCKED_ADDRESS, FOREVER, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others

ANN = "ann@acme.example"
HOUR = 3600


def values(cast: Cast) -> list[str]:
    return [one.value for one in policy.rules(cast.acme.id)]


def generation() -> int:
    return changes.generations()[changes.POLICIES]


def last_entry() -> AuditEntry:
    return others(AuditEntry).order_by(AuditEntry.id.desc()).get()


@pytest.fixture
def context(store: Store) -> JobContext:
    live = Live()
    made = Publisher(live, lambda: EMPTY, lambda _: EMPTY, "")
    made.catch_up(NOON)
    return JobContext(store, made, live, Counters())


def code(context: JobContext, cast: Cast, address: str, now: int) -> int:
    assert context.live.current
    return decide(context.live.current, STANDARD, cast.acme.id, *parse_address(address), now).code


def test_a_running_server_notices_the_end_of_a_rule_in_that_second(cast: Cast, context: JobContext) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, expires_at=NOON + HOUR)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.8", NOON)
    publish(context, NOON)
    assert (
        publish(context, NOON + HOUR - 1) == "" and code(context, cast, "192.0.2.7", NOON + HOUR - 1) == BLOCKED_ADDRESS
    )

    assert publish(context, NOON + HOUR) == "Published policies."

    assert code(context, cast, "192.0.2.7", NOON + HOUR) == 0
    assert code(context, cast, "192.0.2.8", NOON + HOUR) == BLOCKED_ADDRESS
    assert publish(context, NOON + HOUR + 1) == ""  # once


def test_a_server_that_starts_after_the_end_never_serves_the_rule(cast: Cast, context: JobContext) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, expires_at=NOON + HOUR)
    policy.add_rule(cast.acme.id, "blocked", "isp:AS64500", NOON, expires_at=NOON + HOUR)

    context.publisher.catch_up(NOON + HOUR)

    assert code(context, cast, "192.0.2.7", NOON + HOUR) == 0
    assert context.live.current and not context.live.current.policies.has_origin_rules[cast.acme.id]


def test_another_node_is_told_by_the_mark_that_a_rule_has_ended(cast: Cast, context: JobContext) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, expires_at=NOON + HOUR)
    other = Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "")
    other.catch_up(NOON)

    publish(context, NOON + HOUR)

    assert other.catch_up(NOON + HOUR) == [changes.POLICIES]


def test_a_rule_that_has_ended_is_gone_remembered_and_in_the_audit_log(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, note="A wave", expires_at=NOON + HOUR)
    policy.add_rule(cast.basic.id, "blocked", "192.0.2.7", NOON, expires_at=NOON + HOUR)

    ended = policy.end_rules(NOON + HOUR)

    assert [one.value for one in ended] == ["192.0.2.7", "192.0.2.7"]
    assert values(cast) == [] and policy.rules(cast.basic.id) == []
    assert policy.recently_ended(cast.acme.id, "blocked") == [NewRule("blocked", "192.0.2.7", "A wave", NOON + HOUR)]
    assert policy.recently_ended(cast.acme.id, "approved") == []
    entry = AuditEntry.get(AuditEntry.what == "Sender rule ended: blocked 192.0.2.7")
    assert (entry.who, entry.organization_id) == ("Gatepost", cast.acme.id)
    assert entry.before.startswith("A wave, until 20")
    assert policy.end_rules(NOON + HOUR) == []


def test_former_rules_are_forgotten_after_a_month(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)
    policy.remove_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)

    assert policy.prune_removed_rules(NOON + sender_rules.REMEMBERED) == 0
    assert policy.prune_removed_rules(NOON + sender_rules.REMEMBERED + 1) == 1
    assert others(FormerRule).count() == 0


@pytest.mark.parametrize("end", [NOON, NOON - 1, FOREVER])
def test_an_end_lies_in_the_future(cast: Cast, end: int) -> None:
    with pytest.raises(Refused, match="The end of the rule"):
        policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, expires_at=end)

    assert values(cast) == []


def test_a_note_is_one_line_and_not_too_long(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, note=" two\n lines ")

    assert made.note == "two lines"
    with pytest.raises(Refused, match="at most 200 characters; this one has 201"):
        policy.add_rule(cast.acme.id, "blocked", "192.0.2.8", NOON, note="x" * 201)


def test_many_are_added_in_one_go_and_those_that_stand_are_left_alone(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, note="As it was")
    before = generation()
    wanted = [
        NewRule("blocked", "192.0.2.7", "Other"),
        NewRule("approved", "country:at"),
        NewRule("blocked", "AS64500"),
    ]

    made = policy.add_rules(cast.acme.id, wanted, NOON + 1, ANN)

    assert (made.added, made.existing) == (2, 1)
    assert values(cast) == ["192.0.2.7", "country:AT", "isp:AS64500"]
    assert policy.rules(cast.acme.id)[0].note == "As it was"
    assert {(one.created_by, one.created_at) for one in policy.rules(cast.acme.id)[1:]} == {(ANN, NOON + 1)}
    assert generation() == before + 1
    assert last_entry().after == "approved country:AT; blocked isp:AS64500"


def test_one_bad_rule_of_many_adds_none(cast: Cast) -> None:
    with pytest.raises(Refused, match="not an IP address"):
        policy.add_rules(cast.acme.id, [NewRule("blocked", "192.0.2.7"), NewRule("blocked", "x")], NOON, ANN)

    assert values(cast) == []


def test_nothing_new_changes_nothing(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)
    before = generation()

    made = policy.add_rules(cast.acme.id, [NewRule("blocked", "192.0.2.7")], NOON, ANN)

    assert (made.added, made.existing, generation()) == (0, 1, before)


def test_the_audit_log_names_every_one_of_many_a_hundred_a_line(cast: Cast) -> None:
    wanted = [NewRule("blocked", f"203.0.113.{end}") for end in range(250)]
    policy.add_rules(cast.acme.id, wanted, NOON, ANN)

    entries = list(others(AuditEntry).where(AuditEntry.who == ANN).order_by(AuditEntry.id))

    assert [entry.what for entry in entries] == [f"250 sender rules added ({part} of 3)" for part in (1, 2, 3)]
    assert "; ".join(entry.after for entry in entries) == "; ".join(f"blocked {one.value}" for one in wanted)


def test_an_organization_has_a_bound(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_rules, "MOST", 2)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)

    with pytest.raises(Refused, match="at most 2 rules"):
        policy.add_rules(cast.acme.id, [NewRule("blocked", "192.0.2.8"), NewRule("blocked", "192.0.2.9")], NOON, ANN)


def test_a_rule_is_changed_in_everything_with_before_and_after(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON, ANN, "Partner")
    marked = generation()

    before, after = policy.change_rule(
        cast.acme.id, made.id, NewRule("blocked", "country:at", "Left", NOON + HOUR), NOON + 5, "bob@acme.example"
    )

    assert before == made
    assert (after.action, after.kind, after.value, after.note) == ("blocked", "country", "country:AT", "Left")
    assert (after.expires_at, after.created_by, after.changed_at) == (NOON + HOUR, ANN, NOON + 5)
    assert policy.rule(cast.acme.id, made.id) == after
    entry = last_entry()
    assert entry.before == "approved 192.0.2.7 (Partner)" and entry.after.startswith("blocked country:AT (Left, until")
    assert generation() == marked + 1


def test_a_change_of_nothing_is_none(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON, ANN, "Partner", NOON + HOUR)
    marked = generation()

    before, after = policy.change_rule(
        cast.acme.id, made.id, NewRule("approved", " 192.0.2.7", "Partner ", NOON + HOUR), NOON + 5
    )

    assert before == after == made and generation() == marked


def test_a_change_to_what_another_rule_says_is_refused(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON)
    policy.add_rule(cast.acme.id, "approved", "192.0.2.8", NOON)

    with pytest.raises(Refused, match="approved already, by another rule"):
        policy.change_rule(cast.acme.id, made.id, NewRule("approved", "192.0.2.8"), NOON)

    assert values(cast) == ["192.0.2.7", "192.0.2.8"]


def test_another_organizations_rule_is_neither_seen_nor_changed_nor_removed(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON)
    theirs = cast.basic.id

    assert policy.rule(theirs, made.id) is None
    with pytest.raises(Refused, match="no such rule"):
        policy.change_rule(theirs, made.id, NewRule("blocked", "192.0.2.7"), NOON)
    assert policy.remove_rules(theirs, [made.id], NOON, ANN) == ("", [])
    assert policy.remove_batch(theirs, made.batch, NOON, ANN) == []
    batch, _ = policy.remove_rules(cast.acme.id, [made.id], NOON, ANN)
    with pytest.raises(Refused, match="can no longer be restored"):
        policy.restore(theirs, batch, NOON, ANN)


def test_several_are_removed_and_come_back_as_they_were(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "192.0.2.1", NOON)
    made = [
        policy.add_rule(cast.acme.id, "blocked", f"192.0.2.{end}", NOON, ANN, f"Note {end}", NOON + end * HOUR)
        for end in range(2, 5)
    ]

    batch, gone = policy.remove_rules(cast.acme.id, [one.id for one in made] + [999], NOON, ANN)
    assert gone == made and values(cast) == ["192.0.2.1"]
    assert last_entry().what == "3 sender rules removed"
    back = policy.restore(cast.acme.id, batch, NOON + 10, ANN)

    assert (back.added, back.existing) == (3, 0)
    kept = [(one.action, one.value, one.note, one.created_at, one.expires_at, one.created_by) for one in made]
    stand = [
        (one.action, one.value, one.note, one.created_at, one.expires_at, one.created_by)
        for one in policy.rules(cast.acme.id)[1:]
    ]
    assert stand == kept
    with pytest.raises(Refused, match="can no longer be restored"):
        policy.restore(cast.acme.id, batch, NOON + 10, ANN)


def test_what_was_added_anew_or_would_have_ended_does_not_come_back(cast: Cast) -> None:
    ends = policy.add_rule(cast.acme.id, "blocked", "192.0.2.2", NOON, expires_at=NOON + HOUR)
    anew = policy.add_rule(cast.acme.id, "blocked", "192.0.2.3", NOON, note="Old")
    batch, _ = policy.remove_rules(cast.acme.id, [ends.id, anew.id], NOON, ANN)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.3", NOON, note="New")

    back = policy.restore(cast.acme.id, batch, NOON + HOUR, ANN)

    assert (back.added, back.existing) == (0, 2)
    assert [(one.value, one.note) for one in policy.rules(cast.acme.id)] == [("192.0.2.3", "New")]


def test_what_was_added_together_goes_together(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON)
    made = policy.add_rules(cast.acme.id, [NewRule("blocked", f"192.0.2.{end}") for end in (2, 3)], NOON, ANN)

    assert len(policy.remove_batch(cast.acme.id, made.batch, NOON, ANN)) == 2
    assert policy.remove_batch(cast.acme.id, "", NOON, ANN) == []
    assert values(cast) == ["192.0.2.1"]


def test_rules_are_counted_by_list(cast: Cast) -> None:
    policy.add_rules(cast.acme.id, [NewRule("blocked", "192.0.2.1"), NewRule("blocked", "192.0.2.2")], NOON, ANN)

    assert policy.counts(cast.acme.id) == {"approved": 0, "blocked": 2}


def test_rules_go_with_their_organization(store: Store) -> None:
    made, _ = organizations.add("Gone", "standard", NOON)
    batch = policy.add_rule(made.id, "blocked", "192.0.2.1", NOON).batch
    policy.remove_batch(made.id, batch, NOON, ANN)

    Organization.delete_by_id(made.id)

    assert others(FormerRule).count() == 0
