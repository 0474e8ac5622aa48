"""Sender rules: one or many are added, changed, removed and brought back, and those with an end end by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from peewee import DatabaseError

from reputation.addresses.address import parse_address
from reputation.counting.delivery import Delivery
from reputation.customers import organizations, policy
from reputation.customers.policy import NewRule, sender_rules
from reputation.customers.policy.sort_keys import sort_keys
from reputation.jobs import JobContext, publish
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import AuditEntry, FormerRule, Organization, SenderRule
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
    return JobContext(store, made, live, Delivery(Counters()))


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

    assert policy.prune_removed_rules(NOON + 30 * 86400) == 0
    assert policy.prune_removed_rules(NOON + 30 * 86400 + 1) == 1
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


def entries(who: str) -> list[tuple[int, str, str, str, int]]:
    found = others(AuditEntry).where(AuditEntry.who == who).order_by(AuditEntry.id)
    return [(row.organization_id, row.what, row.before, row.after, row.at) for row in found]


def test_a_rule_is_returned_and_noted_as_it_was_written(cast: Cast) -> None:
    until = NOON + HOUR
    made = policy.add_rule(cast.acme.id, "approved", " 2001:DB8::/32", NOON, ANN, "Partner", until)

    assert made[1:] == ("approved", "network", "2001:db8::/32", "Partner", NOON, until, ANN, None, made.batch)
    assert policy.rules(cast.acme.id) == [made] and policy.rule(cast.acme.id, made.id) == made
    what = "Sender rule added: approved 2001:db8::/32"
    said = f"Partner, until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M:%S} UTC"
    assert entries(ANN) == [(cast.acme.id, what, "", said, NOON)]


def test_a_rule_that_stands_is_refused_and_leaves_no_trace(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON)
    before = generation()

    with pytest.raises(Refused, match=r"^192\.0\.2\.7 is approved already\.$"):
        policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON, ANN)

    assert (entries(ANN), generation()) == ([], before)
    assert policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)
    assert policy.add_rule(cast.basic.id, "approved", "192.0.2.7", NOON)


def test_the_bound_is_reached_by_ones_own_rules_alone_and_not_before(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sender_rules.MOST == 50_000
    monkeypatch.setattr(sender_rules, "MOST", 3)
    policy.add_rules(cast.basic.id, [NewRule("blocked", f"192.0.2.{end}") for end in (1, 2, 3)], NOON, ANN)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON)
    policy.add_rules(cast.acme.id, [NewRule("blocked", f"192.0.2.{end}") for end in (1, 2, 3)], NOON, ANN)

    with pytest.raises(Refused, match="at most 3 rules: write neighbours as one network"):
        policy.add_rule(cast.acme.id, "blocked", "192.0.2.4", NOON)

    assert values(cast) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_one_of_two_contradicting_rules_is_removed(cast: Cast) -> None:
    rules = [
        policy.add_rule(cast.acme.id, action, "192.0.2.7", NOON, note=action) for action in ("approved", "blocked")
    ]
    theirs = policy.add_rule(cast.basic.id, "approved", "192.0.2.7", NOON)
    before = generation()

    assert policy.remove_rule(cast.acme.id, "approved", " 192.0.2.7", NOON + 5, ANN) == rules[0]

    assert (policy.rules(cast.acme.id), policy.rules(cast.basic.id)) == ([rules[1]], [theirs])
    assert entries(ANN) == [(cast.acme.id, "Sender rule removed: approved 192.0.2.7", "approved", "", NOON + 5)]
    assert generation() == before + 1
    with pytest.raises(Refused, match=r"There is no rule approved 192\.0\.2\.7: `rule list` shows"):
        policy.remove_rule(cast.acme.id, "approved", "192.0.2.7", NOON, ANN)


def test_hundreds_are_removed_and_come_back_with_a_line_for_a_hundred(cast: Cast) -> None:
    wanted = [NewRule("blocked", f"203.0.113.{end}") for end in range(201)]
    made = policy.add_rules(cast.acme.id, wanted, NOON, "others")
    kept = policy.add_rule(cast.acme.id, "approved", "192.0.2.1", NOON)
    marked = generation()
    ids = [one.id for one in policy.rules(cast.acme.id) if one.batch == made.batch]

    batch, gone = policy.remove_rules(cast.acme.id, reversed(ids), NOON + 5, ANN)

    assert [one.id for one in gone] == ids and policy.rules(cast.acme.id) == [kept]
    assert generation() == marked + 1
    assert policy.restore(cast.acme.id, batch, NOON + 6, ANN).added == 201
    assert generation() == marked + 2
    noted = [(what, before.count(";") + after.count(";"), at) for _, what, before, after, at in entries(ANN)]
    assert noted == [
        *((f"201 sender rules removed ({part} of 3)", many, NOON + 5) for part, many in ((1, 99), (2, 99), (3, 0))),
        *(
            (f"201 sender rules brought back ({part} of 3)", many, NOON + 6)
            for part, many in ((1, 99), (2, 99), (3, 0))
        ),
    ]


def test_of_what_was_removed_only_the_asked_batch_comes_back(cast: Cast) -> None:
    made = [policy.add_rule(cast.acme.id, "blocked", f"192.0.2.{end}", NOON) for end in (1, 2)]
    first, second = (policy.remove_rules(cast.acme.id, [one.id], NOON, "others")[0] for one in made)

    back = policy.restore(cast.acme.id, first, NOON + 5, ANN)

    assert (back.added, back.existing, values(cast)) == (1, 0, ["192.0.2.1"])
    assert entries(ANN) == [(cast.acme.id, "Sender rule brought back", "", "blocked 192.0.2.1", NOON + 5)]
    assert policy.rules(cast.acme.id)[0].batch == back.batch
    assert policy.restore(cast.acme.id, second, NOON + 5, ANN).added == 1


@pytest.mark.parametrize(("now", "added"), [(NOON + HOUR - 1, 1), (NOON + HOUR, 0)])
def test_a_removed_rule_comes_back_before_its_end_and_not_in_that_second(cast: Cast, now: int, added: int) -> None:
    made = policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON, expires_at=NOON + HOUR)
    batch, _ = policy.remove_rules(cast.acme.id, [made.id], NOON, "others")
    before = generation()

    back = policy.restore(cast.acme.id, batch, now, ANN)

    assert (back.added, back.existing) == (added, 1 - added)
    assert (len(entries(ANN)), generation() - before) == (added, added)


def test_a_rule_that_is_also_blocked_comes_back_as_approved(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "192.0.2.1", NOON)
    batch, _ = policy.remove_rules(cast.acme.id, [made.id], NOON, ANN)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON)

    assert policy.restore(cast.acme.id, batch, NOON, ANN).added == 1


def test_rules_end_in_their_second_each_in_the_log_of_its_organization(cast: Cast) -> None:
    owners = (cast.acme.id, cast.basic.id, cast.acme.id)
    made = [
        policy.add_rule(owner, "blocked", f"192.0.2.{end}", NOON, expires_at=NOON + HOUR)
        for end, owner in enumerate(owners)
    ]
    kept = policy.add_rule(cast.acme.id, "blocked", "192.0.2.9", NOON, expires_at=NOON + HOUR + 1)
    assert policy.end_rules(NOON + HOUR - 1) == []

    assert policy.end_rules(NOON + HOUR) == made

    assert policy.rules(cast.acme.id) == [kept]
    assert {owner: what for owner, what, *_ in entries("Gatepost")} == {
        cast.acme.id: "2 sender rules ended", cast.basic.id: "Sender rule ended: blocked 192.0.2.1",
    }  # fmt: skip
    assert [one.value for one in policy.recently_ended(cast.acme.id, "blocked")] == ["192.0.2.2", "192.0.2.0"]


def test_the_rules_that_ended_last_come_first_and_removed_ones_not_at_all(cast: Cast) -> None:
    for end in (1, 3, 2):
        policy.add_rule(cast.acme.id, "blocked", f"192.0.2.{end}", NOON, expires_at=NOON + end * HOUR)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.4", NOON)
    policy.remove_rule(cast.acme.id, "blocked", "192.0.2.4", NOON, ANN)
    for hours in (1, 2, 3):
        policy.end_rules(NOON + hours * HOUR)

    found = [one.value for one in policy.recently_ended(cast.acme.id, "blocked")]
    assert found == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
    assert [one.value for one in policy.recently_ended(cast.acme.id, "blocked", 2)] == found[:2]


def test_so_many_rules_that_ended_are_told(cast: Cast) -> None:
    wanted = [NewRule("blocked", f"192.0.2.{end}", expires_at=NOON + 1) for end in range(25)]
    policy.add_rules(cast.acme.id, wanted, NOON, ANN)
    policy.end_rules(NOON + 1)

    assert len(policy.recently_ended(cast.acme.id, "blocked")) == 20


def test_a_rule_that_is_about_to_go_can_still_be_changed_in_its_note(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, expires_at=NOON + HOUR)
    same = NewRule("blocked", "192.0.2.7", "A note", NOON + HOUR)

    assert policy.change_rule(cast.acme.id, made.id, same, NOON + HOUR)[1].note == "A note"
    with pytest.raises(Refused, match="The end of the rule"):
        policy.change_rule(cast.acme.id, made.id, same._replace(expires_at=NOON + HOUR - 1), NOON + HOUR)


def test_a_changed_rule_has_its_new_place_in_the_list_and_leaves_the_others_alone(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, ANN)
    other = policy.add_rule(cast.acme.id, "blocked", "192.0.2.8", NOON, ANN)

    _, after = policy.change_rule(cast.acme.id, made.id, NewRule("blocked", "198.51.100.0/24"), NOON + 5, ANN)

    assert policy.rules(cast.acme.id) == [after, other]
    keys = others(SenderRule, SenderRule.first_key, SenderRule.end_key).order_by(SenderRule.id).tuples()
    assert list(keys) == [sort_keys("network", "198.51.100.0/24"), sort_keys("network", "192.0.2.8")]
    what = "Sender rule changed: blocked 192.0.2.7"
    assert entries(ANN)[-1] == (cast.acme.id, what, "blocked 192.0.2.7", "blocked 198.51.100.0/24", NOON + 5)


def test_both_lists_are_counted_for_each_organization(cast: Cast) -> None:
    for owner, action, end in ((cast.acme, "approved", 1), (cast.acme, "blocked", 1), (cast.basic, "approved", 2)):
        policy.add_rule(owner.id, action, f"192.0.2.{end}", NOON)

    assert policy.counts(cast.acme.id) == {"approved": 1, "blocked": 1}
    assert policy.counts(cast.basic.id) == {"approved": 1, "blocked": 0}
    assert sender_rules.existing_rules(cast.basic.id) == {("approved", "192.0.2.2")}


def test_what_goes_together_is_noted_and_published(cast: Cast) -> None:
    made = policy.add_rules(cast.acme.id, [NewRule("blocked", f"192.0.2.{end}") for end in (2, 3)], NOON, "others")
    before = generation()

    gone = policy.remove_batch(cast.acme.id, made.batch, NOON + 5, ANN)

    assert [one.value for one in gone] == ["192.0.2.2", "192.0.2.3"] and generation() == before + 1
    said = (cast.acme.id, "2 sender rules removed", "blocked 192.0.2.2; blocked 192.0.2.3", "", NOON + 5)
    assert entries(ANN) == [said]
    assert policy.remove_batch(cast.acme.id, made.batch, NOON + 5, ANN) == []
    assert (entries(ANN), generation()) == ([said], before + 1)


@pytest.mark.alone("the audit log is taken away")
@pytest.mark.parametrize(
    "change",
    [
        lambda own: policy.add_rule(own, "blocked", "192.0.2.9", NOON),
        lambda own: policy.add_rules(own, [NewRule("blocked", "192.0.2.9")], NOON, ANN),
        lambda own: policy.change_rule(own, policy.rules(own)[0].id, NewRule("blocked", "192.0.2.9"), NOON),
        lambda own: policy.remove_rule(own, "blocked", "192.0.2.1", NOON),
        lambda own: policy.remove_rules(own, [policy.rules(own)[0].id], NOON, ANN),
        lambda own: policy.remove_batch(own, policy.rules(own)[0].batch, NOON, ANN),
        lambda own: policy.restore(own, others(FormerRule).get().batch, NOON, ANN),
        lambda own: policy.end_rules(NOON + HOUR),
    ],
    ids=["add", "add many", "change", "remove", "remove several", "remove a batch", "restore", "end"],
)
def test_a_change_that_cannot_be_noted_is_not_made(cast: Cast, change: Callable[[int], object]) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.1", NOON, expires_at=NOON + HOUR)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.2", NOON)
    policy.remove_rule(cast.acme.id, "blocked", "192.0.2.2", NOON)
    before = policy.rules(cast.acme.id), others(FormerRule).count(), generation()
    AuditEntry.drop_table()

    with pytest.raises(DatabaseError):
        change(cast.acme.id)

    assert (policy.rules(cast.acme.id), others(FormerRule).count(), generation()) == before
