"""Two organizations change their rules in every way, and both have what the plain model has, after each change.

So a change of one of them is seen to leave the other one alone.
"""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from reputation.customers import organizations, policy
from reputation.customers.policy import NewRule, importing, rule_list, sender_rules
from reputation.customers.policy.importing import DUPLICATE, EXISTS, NEW, WRONG
from reputation.customers.policy.overlaps import Overlaps
from reputation.customers.policy.rule_list import SORTS, RuleFilter
from reputation.customers.policy.stored_overlaps import StoredOverlaps
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import AuditEntry, FormerRule
from tests.conftest import NOON, undone
from tests.meant import meant
from tests.reputation.customers.policy.plain import Policy, Row, Wanted, in_order, row_of, sender
from tests.reputation.customers.policy.test_overlaps import ORIGINS

ACME, BASIC = "Acme", "Basic"
MOST = 12  # rules of one organization, so that some are refused
HOUR = 3600

WRITTEN = ["203.0.113.9", " 203.0.113.0/24", "::ffff:203.0.113.9", "203.0.113.0/30", "0.0.0.0/0", "255.255.255.255",
           "2001:DB8::/32", "2001:db8::9", "::/0", "country:at", "country:DE", "AS64500", "isp:as9",
           "isp:64501"]  # fmt: skip
WRONGLY = ["203.0.113.9/24", "x", "country:AUT", "AS0", "2001:db8::/129"]
NAMES = {"country:AT": "Austria", "isp:AS64500": "Example Net"}
NOTES = ["", "Partner", " partner of\nours", "100%", "a_wave", "Überall", "see 203.0.113.9"]
WORDS = ["", "203.0.113.9", "203.0.113.8", "203.0.112.0/20", "2001:db8::9", "::/0", "PART", "%", "_", "überall",
         "AUSTRIA", "net", "isp:", "ada@", "0"]  # fmt: skip

names = some.sampled_from([ACME, BASIC])
people = some.sampled_from(["ada@acme.example", "Bob@acme.example"])
actions = some.sampled_from(policy.ACTIONS)
stays = some.none() | some.sampled_from([1, HOUR, 40 * 86400])
places = some.integers(0, MOST)
rights = some.tuples(actions, some.sampled_from(WRITTEN), some.sampled_from(NOTES), stays)
wrongs = some.tuples(actions, some.sampled_from(WRONGLY), some.just(""), some.none()) | some.one_of(
    some.tuples(some.just("allowed"), some.just("203.0.113.9"), some.just(""), some.none()),
    some.tuples(actions, some.just("203.0.113.9"), some.just("x" * 201), some.none()),
    some.tuples(actions, some.just("203.0.113.9"), some.just(""), some.sampled_from([0, -1, 1 << 32])),
)
texts = some.lists(
    some.tuples(actions, some.sampled_from(WRITTEN + WRONGLY), some.sampled_from(NOTES), stays), max_size=8
)


class Policies(RuleBasedStateMachine):
    """Acme and Basic, each with what the model says it has."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(undone(store))
        self.now = NOON
        self.numbers = {name: organizations.add(name, "advanced", NOON)[0].id for name in (ACME, BASIC)}
        self.policies = {name: Policy(MOST) for name in self.numbers}
        self.added, self.removed = ["", "unknown"], ["", "unknown"]  # batches of both organizations
        self.audited = {name: audited(number) for name, number in self.numbers.items()}

    def teardown(self) -> None:
        self.undo.close()

    @initialize(acme=some.lists(rights, max_size=6), basic=some.lists(rights, max_size=6))
    def begin(self, acme: list[Any], basic: list[Any]) -> None:
        self.add_many(ACME, acme, "ada@acme.example")
        self.add_many(BASIC, basic, "boris@basic.example")
        self.remove_some(ACME, {0}, {0})

    @rule(name=names, what=rights, who=people)
    def add(self, name: str, what: Any, who: str) -> None:
        mine, wanted = self.policies[name], self.wanted(what)
        with self.changing(name, not mine.new([wanted]) or not mine.has_room_for(1)):
            made = meant(
                policy.add_rule,
                self.numbers[name],
                wanted.action,
                wanted.sender,
                self.now,
                who,
                wanted.note,
                wanted.end,
            )
            mine.add([wanted], self.now, who, made.batch)

    @rule(name=names, what=wrongs)
    def add_wrongly(self, name: str, what: Any) -> None:
        wanted = self.wanted(what)
        with self.changing(name, True):
            meant(
                policy.add_rules,
                self.numbers[name],
                [NewRule("blocked", "203.0.113.77"), NewRule(*wanted)],
                self.now,
                "ada",
            )

    @rule(name=names, what=some.lists(rights, max_size=8), who=people)
    def add_many(self, name: str, what: list[Any], who: str) -> None:
        mine, wanted = self.policies[name], [self.wanted(one) for one in what]
        new = mine.new(wanted)
        with self.changing(name, not mine.has_room_for(len(new)), bool(new)):
            added = meant(policy.add_rules, self.numbers[name], [NewRule(*one) for one in wanted], self.now, who)
            assert (added.added, added.existing) == (
                len(new),
                len({sender(one.sender) + one[:1] for one in wanted}) - len(new),
            )
            mine.add(new, self.now, who, added.batch)
            self.added.append(added.batch)

    @rule(name=names, lines=texts, action=actions, who=people)
    def paste(self, name: str, lines: list[Any], action: str, who: str) -> None:
        """A table with headings, of which the lines that are new are added, as on the screen for many rules."""
        number, mine = self.numbers[name], self.policies[name]
        wanted = [self.wanted(one) for one in lines]
        read = importing.read(table(wanted), action, self.now, policy.existing_rules(number))
        states: list[str] = []
        new: list[Wanted] = []
        for one in wanted:
            if one.sender in WRONGLY:
                states.append(WRONG)
            elif not mine.new([one]):
                states.append(EXISTS)
            else:
                again = key(one) in map(key, new)
                states.append(DUPLICATE if again else NEW)
                new += [] if again else [one]
        # Of two lines with the same rule that exists already both say so.
        assert [line.state for line in read] == states
        with self.changing(name, not mine.has_room_for(len(new)), bool(new)):
            rules = [line.rule for line in read if line.state == NEW and line.rule]
            mine.add(new, self.now, who, meant(policy.add_rules, number, rules, self.now, who).batch)

    @rule(name=names, place=places, what=rights, keeps_end=some.booleans())
    def change(self, name: str, place: int, what: Any, keeps_end: bool) -> None:
        mine, wanted = self.policies[name], self.wanted(what)
        if place < len(mine.rows):
            before = mine.rows[place]
            wanted = wanted._replace(end=before.end) if keeps_end else wanted
            others = [row.key for row in mine.rows if row is not before]
            after = row_of(wanted, before.made_at, before.made_by, before.batch)
            is_other = after != before._replace(changed_at=None)
            with self.changing(name, after.key in others, is_other):
                meant(
                    policy.change_rule, self.numbers[name], self.id_of(name, place), NewRule(*wanted), self.now, "ada"
                )
                mine.change(place, wanted, self.now)

    @rule(name=names, place=places, what=rights)
    def change_what_is_not_there(self, name: str, place: int, what: Any) -> None:
        """A rule of the other organization, or one that is gone."""
        number = self.id_of(other(name), place) if place < len(self.policies[other(name)].rows) else 1 << 30
        assert policy.rule(self.numbers[name], number) is None
        with self.changing(name, True):
            meant(policy.change_rule, self.numbers[name], number, NewRule(*self.wanted(what)), self.now)

    @rule(name=names, what=rights)
    def remove(self, name: str, what: Any) -> None:
        mine, wanted = self.policies[name], self.wanted(what)
        with self.changing(name, bool(mine.new([wanted]))):
            policy.remove_rule(self.numbers[name], wanted.action, wanted.sender, self.now)
            mine.take(lambda row: row.key == key(wanted), self.now, "")

    @rule(name=names, chosen=some.sets(places, max_size=4), theirs=some.sets(places, max_size=2))
    def remove_some(self, name: str, chosen: set[int], theirs: set[int]) -> None:
        """Ticked on a page; numbers of the other organization's rules among them mean nothing."""
        mine = self.policies[name]
        chosen = {place % len(mine.rows) for place in chosen} if mine.rows else set()
        rows = [row for place, row in enumerate(mine.rows) if place in chosen]
        ids = [self.id_of(name, place) for place in chosen]
        ids += [self.id_of(other(name), place) for place in theirs if place < len(self.policies[other(name)].rows)]
        with self.changing(name, False, bool(rows)):
            batch, gone = policy.remove_rules(self.numbers[name], ids, self.now, "ada")
            assert [(one.action, one.value) for one in gone] == [row.key for row in rows]
            mine.take(lambda row: row in rows, self.now, batch)
            self.removed += [batch] if batch else []

    @rule(name=names, place=places)
    def take_batch_back(self, name: str, place: int) -> None:
        """What was added together goes together: what is left of it, and of this organization alone."""
        batch, mine = self.added[-1 - place % len(self.added)], self.policies[name]
        rows = [row for row in mine.rows if batch and row.batch == batch]
        with self.changing(name, False, bool(rows)):
            gone = policy.remove_batch(self.numbers[name], batch, self.now, "ada")
            assert [(one.action, one.value) for one in gone] == [row.key for row in rows]
            mine.take(lambda row: row in rows, self.now, "")

    @rule(place=some.integers(0, 3), waits=some.booleans())
    def bring_back(self, place: int, waits: bool) -> None:
        """Rules come back to whom they belong; the others try first. `waits`: until one of them would have ended."""
        batch = self.removed[-1 - place % len(self.removed)]
        for name in sorted(self.policies, key=lambda name: bool(batch and self.policies[name].of_batch(batch))):
            mine = self.policies[name]
            known = mine.of_batch(batch) if batch else []
            ends = [row.end for row in known if row.end and row.end > self.now and waits]
            self.now = min(ends, default=self.now)
            back = mine.would_come_back(batch, self.now) if batch else []
            with self.changing(name, not known or not mine.has_room_for(len(back)), bool(back)):
                added = policy.restore(self.numbers[name], batch, self.now, "ada")
                assert (added.added, added.existing) == (len(back), len(known) - len(back))
                mine.bring_back(batch, self.now, added.batch)

    @rule(data=some.data())
    def time_passes(self, data: some.DataObject) -> None:
        """To just before the end of a rule and on to that second, or by more than a month; each time with the jobs."""
        rows = [row for mine in self.policies.values() for row in (*mine.rows, *(one.row for _, one in mine.gone))]
        ends = {row.end for row in rows if row.end and row.end > self.now}
        end = data.draw(some.sampled_from([*sorted(ends), self.now + 31 * 86400]))
        for moment in (end - 1, end) if end - 1 > self.now else (end,):
            self.now = moment
            self.run_jobs()
            self.both_have_what_they_should()

    def run_jobs(self) -> None:
        before = changes.generations()[changes.POLICIES]
        policy.end_rules(self.now)
        policies = self.policies.items()
        changed = {name for name, mine in policies if any(row.has_ended(self.now) for row in mine.rows)}
        for mine in self.policies.values():
            mine.take(lambda row: row.has_ended(self.now), self.now, "", by_itself=True)
        self.told_of_change(changed)
        assert (changes.generations()[changes.POLICIES] > before) == bool(changed)
        policy.prune_removed_rules(self.now)
        for mine in self.policies.values():
            mine.forget(self.now)

    @rule(seconds=some.sampled_from([1, HOUR]))
    def no_job_has_its_turn(self, seconds: int) -> None:
        self.now += seconds

    # What is seen after each of it

    @invariant()
    def both_have_what_they_should(self) -> None:
        for name, mine in self.policies.items():
            number = self.numbers[name]
            assert [seen(one) for one in policy.rules(number)] == mine.rows
            assert policy.existing_rules(number) == {row.key for row in mine.rows}
            counted = {action: sum(row.action == action for row in mine.rows) for action in policy.ACTIONS}
            assert policy.counts(number) == counted
            for action in policy.ACTIONS:
                ended = policy.recently_ended(number, action)
                assert [Wanted(*one) for one in ended] == mine.recently_ended(action)
            former = FormerRule.select().where(FormerRule.organization == number)
            assert former.count() == len(mine.gone)

    @rule(name=names, action=actions, kind=some.sampled_from(["", "", "network", "country", "isp"]),
          sort=some.sampled_from(SORTS), descending=some.booleans(),
          first=some.sampled_from([0, 0, 0, 2, 20]), count=some.integers(1, 12))  # fmt: skip
    def look(self, name: str, action: str, kind: str, sort: str, descending: bool, first: int, count: int) -> None:
        """A page of the list for any search, and how many there are in all."""
        for search in WORDS:
            wanted = RuleFilter(action, search, kind, sort, descending)
            found, total = rule_list.page(self.numbers[name], wanted, first, count, lambda value: NAMES.get(value, ""))
            expected = in_order(self.policies[name].found(action, kind, search, NAMES), sort, descending)
            assert [seen(one) for one in found] == expected[first : first + count]
            assert total == len(expected)

    @rule(name=names, what=rights)
    def ask_how_it_stands_to_the_others(self, name: str, what: Any) -> None:
        """It is told of rules in the store as of rules in memory, which test_overlaps.py holds to the decision."""
        wanted, rows = self.wanted(what), self.policies[name].rows
        stored = StoredOverlaps(self.numbers[name], ORIGINS).of(wanted.action, wanted.sender)
        assert stored == Overlaps([row.key for row in rows], ORIGINS).of(wanted.action, wanted.sender)

    # How

    def wanted(self, what: tuple[str, str, str, int | None]) -> Wanted:
        action, written, note, stay = what
        return Wanted(action, written, note, None if stay is None else self.now + stay)

    def id_of(self, name: str, place: int) -> int:
        return policy.rules(self.numbers[name])[place].id

    def changing(self, name: str, is_refused: bool, changes_something: bool = True) -> Changing:
        return Changing(self, name, is_refused, changes_something)

    def told_of_change(self, changed: set[str]) -> None:
        """The audit log has a line of a change, in the log of the organization alone."""
        for name, number in self.numbers.items():
            now = audited(number)
            assert (now > self.audited[name]) == (name in changed)
            self.audited[name] = now


class Changing:
    """What is done inside is refused, or it is told to DNS and in the audit log, if it changes something."""

    def __init__(self, machine: Policies, name: str, is_refused: bool, changes_something: bool) -> None:
        self.machine, self.name, self.is_changed = machine, name, changes_something and not is_refused
        self.is_refused, self.before = is_refused, changes.generations()[changes.POLICIES]

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        if kind is None or issubclass(kind, Refused):
            assert (kind is Refused) == self.is_refused, f"refused: {self.is_refused} was expected, {rest[0]}"
            assert changes.generations()[changes.POLICIES] - self.before == self.is_changed
            self.machine.told_of_change({self.name} if self.is_changed else set())
        return kind is not None and issubclass(kind, Refused)


def seen(one: policy.Rule) -> Row:
    made = one.created_at, one.expires_at, one.created_by
    return Row(one.action, one.kind, one.value, one.note, *made, one.changed_at, one.batch)


def key(one: Wanted) -> tuple[str, str]:
    return one.action, sender(one.sender)[1]


def other(name: str) -> str:
    return BASIC if name == ACME else ACME


def audited(number: int) -> int:
    return int(AuditEntry.select().where(AuditEntry.organization == number).count())


def table(wanted: list[Wanted]) -> str:
    """As a spreadsheet writes it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Sender", "Note", "Until (UTC)", "List"])
    for one in wanted:
        end = "" if one.end is None else f"{datetime.fromtimestamp(one.end, UTC):%Y-%m-%d %H:%M:%S}"
        writer.writerow([one.sender, one.note, end, one.action])
    return text.getvalue()


def test_both_organizations_have_what_the_plain_model_has(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_rules, "MOST", MOST)
    run_state_machine_as_test(lambda: Policies(store), settings=settings(max_examples=15, stateful_step_count=18))
