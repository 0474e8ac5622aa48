"""Whom a session, a link or a token lets in is whom the plain model lets in, with two people each of two organizations.

After each change all that ever opened a door is tried again, so that one that ends is seen to leave the others alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from math import inf
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reputation.customers import one_time_links, organizations, sessions, tokens, user_admin, users
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store.db import Store
from tests.conftest import NOON, undone
from tests.reputation.customers.plain import IN_CHARGE, MAY, Doors, Person, Session, Token

ACME, BASIC = "Acme", "Basic"
OLGA, VERA, BORIS, BELA = "olga@acme.example", "vera@acme.example", "boris@basic.example", "bela@basic.example"
CAST = {OLGA: (ACME, "operator"), VERA: (ACME, "viewer"), BORIS: (BASIC, "administrator"), BELA: (BASIC, "viewer")}
NEW = ["eve@new.example", "finn@new.example"]
GOOD, WEAK = ["correct horse battery", "another long sentence", "green lamps sing slowly"], "password1234"
PLACE = "https://reputation.acme.example"
DAY = 86400

names = some.sampled_from([ACME, BASIC])
emails = some.sampled_from([*CAST, *NEW])
insiders = some.sampled_from(list(CAST))
heads = some.sampled_from([OLGA, BORIS, OLGA, BORIS, VERA, BELA])  # mostly who may do it at first
roles = some.sampled_from(users.ROLES)
passwords = some.sampled_from([*GOOD, *GOOD, WEAK])
places = some.integers(0, 40)


class Access(RuleBasedStateMachine):
    def __init__(self, store: Store) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(undone(store))
        self.now, self.doors = NOON, Doors()
        self.numbers = {name: organizations.add(name, "standard", NOON)[0].id for name in (ACME, BASIC)}
        self.ids: dict[str, int] = {}
        for email, (organization, role) in CAST.items():
            self.ids[email] = users.add(email, self.numbers[organization], role, GOOD[0], NOON).id
            self.doors.people.append(Person(email, organization, role, GOOD[0]))
        # All tokens that ever were, and one more that is no session's, no link's and no program's.
        self.of_sessions, self.of_links, self.of_programs = ["unknown"], ["unknown"], ["unknown"]

    def teardown(self) -> None:
        self.undo.close()

    @initialize()
    def begin(self) -> None:
        for email in (*CAST, VERA, BORIS):
            self.log_in(email, GOOD[0], "192.0.2.1")
        for head, email in ((OLGA, NEW[0]), (BORIS, NEW[1])):
            self.invite(head, email, "viewer")
            self.make_link_to_a_new_password(head, 1)
            self.make_token(head, "tickets", 30, {"read", "rules", "listings"} if head == OLGA else {"read", "rules"})

    # Sessions

    @rule(email=emails, password=passwords, address=some.sampled_from(["192.0.2.1", "2001:db8::1"]))
    def log_in(self, email: str, password: str, address: str) -> None:
        person = self.doors.person(email)
        found = users.authenticate(f" {email.upper()}", password, self.now)
        assert bool(found) == bool(person and person.active and person.password == password)
        if found and person:
            self.doors.end([one for one in self.doors.sessions if one.is_over(self.now)])
            token = sessions.begin(found.id, address, "Firefox", self.now)
            self.doors.sessions.append(Session(token, person, self.now, self.now, address))
            self.of_sessions.append(token)

    @rule(place=places, is_opened=some.booleans())
    def open_page(self, place: int, is_opened: bool) -> None:
        expected = self.doors.session(self.token(place), self.now)
        found = sessions.find(self.token(place), self.now, opened=is_opened)
        person = users.user(found.user_id) if found else None
        assert (person and (person.email, person.role)) == (expected and (expected.who.email, expected.who.role))
        if is_opened:
            self.doors.open_page(self.token(place), self.now)

    @rule(place=places)
    def log_out(self, place: int) -> None:
        sessions.close(self.token(place))
        self.doors.end([one for one in self.doors.sessions if one.token == self.token(place)])

    @rule(email=insiders, of=insiders, place=places)
    def sign_out_one(self, email: str, of: str, place: int) -> None:
        """One of one's own sessions; nobody signs out those of others."""
        person, other = self.doors.person(email), self.doors.person(of)
        if person and other and (theirs := self.doors.of(other, self.now)):
            session = theirs[place % len(theirs)]
            number = sessions.sessions(self.ids[of], self.now)[place % len(theirs)].id
            with self.refused(person is not other):
                sessions.end(self.ids[email], number, self.now)
            self.doors.end([session] if person is other else [])

    @rule(email=insiders, place=places)
    def sign_out_others(self, email: str, place: int) -> None:
        person = self.doors.person(email)
        if person:
            ending = [one for one in self.doors.of(person, self.now) if one.token != self.token(place)]
            assert sessions.end_others(self.ids[email], self.token(place), self.now) == len(ending)
            self.doors.end(ending)

    @rule(email=insiders, old=passwords, new=passwords, place=places)
    def change_password(self, email: str, old: str, new: str, place: int) -> None:
        person = self.doors.person(email)
        if person:
            is_right = person.password == old and new != WEAK
            with self.refused(not is_right):
                users.change_password(self.user(email), old, new, self.now, self.token(place))
            if is_right:
                self.doors.change_password(person, new, self.token(place))

    # People

    @rule(actor=heads, place=places, role=roles)
    def change_role(self, actor: str, place: int, role: str) -> None:
        by, target = self.pair(actor, place)
        if by and target:
            may = self.doors.may_administer(by, target) and (role != "operator" or by.role == "operator")
            with self.refused(not may):
                user_admin.change_role(self.user(actor), self.user(target.email), role, self.now)
            if may:
                self.doors.change_role(target, role)

    @rule(actor=heads, place=places)
    def deactivate_or_reactivate(self, actor: str, place: int) -> None:
        by, target = self.pair(actor, place)
        if by and target:
            may = self.doors.may_administer(by, target)
            with self.refused(not may):
                (user_admin.deactivate if target.active else user_admin.reactivate)(
                    self.user(actor), self.user(target.email), self.now
                )
            if may and target.active:
                self.doors.deactivate(target)
            elif may:
                target.active = True

    @precondition(lambda self: self.now > NOON + DAY)
    @rule()
    def remove_basic(self) -> None:
        operators = [one for one in self.doors.people if one.active and one.role == "operator"]
        if BASIC in self.numbers and any(one.organization == ACME for one in operators):
            organizations.remove(self.numbers.pop(BASIC), BASIC, self.now, OLGA)
            self.doors.remove(BASIC)

    # Links

    @rule(actor=heads, email=some.sampled_from([*NEW, *NEW, VERA]), role=roles)
    def invite(self, actor: str, email: str, role: str) -> None:
        by = self.doors.person(actor)
        if by and by.active and by.role in IN_CHARGE:
            may = (role != "operator" or by.role == "operator") and self.doors.person(email) is None
            with self.refused(not may):
                _, address = one_time_links.invite(self.user(actor), email, role, self.now, PLACE)
                self.doors.make_link("invitation", self.learned(address), by, email, role, self.now)

    @rule(actor=heads, place=places)
    def make_link_to_a_new_password(self, actor: str, place: int) -> None:
        by, target = self.pair(actor, place)
        if by and target:
            with self.refused(not (self.doors.may_administer(by, target) and target.active)):
                _, address = one_time_links.make_reset_link(self.user(actor), self.user(target.email), self.now, PLACE)
                self.doors.make_link("password", self.learned(address), by, target.email, target.role, self.now)

    @rule(name=names, of=names, place=places)
    def withdraw(self, name: str, of: str, place: int) -> None:
        """An invitation of one's own organization; those of another one are not there."""
        if {name, of} <= self.numbers.keys() and (found := one_time_links.invitations(self.numbers[of], self.now)):
            link = found[place % len(found)]
            assert bool(one_time_links.withdraw(self.numbers[name], link.id, self.now, OLGA)) == (name == of)
            if name == of:
                same = ("invitation", of, link.email)
                self.doors.links = [
                    one for one in self.doors.links if (one.purpose, one.organization, one.email) != same
                ]

    @rule(place=places, purpose=some.sampled_from(["invitation", "password"]), password=passwords)
    def follow_link(self, place: int, purpose: str, password: str) -> None:
        token = self.of_links[-1 - place % len(self.of_links)]
        link = self.doors.link(purpose, token, self.now)
        may = self.doors.is_accepted(link, password != WEAK)
        follow = one_time_links.accept if purpose == "invitation" else one_time_links.choose_password
        with self.refused(not may):
            user = follow(token, password, self.now)
            assert user.email == (link and link.email)
            self.ids[user.email] = user.id
        if link and may:
            self.doors.links.remove(link)
            person = self.doors.person(link.email)
            if person:
                self.doors.change_password(person, password)
            else:
                self.doors.people.append(Person(link.email, link.organization, link.role, password))

    @rule()
    def prune(self) -> None:
        one_time_links.prune(self.now)

    # Tokens

    @rule(
        email=emails,
        called=some.sampled_from(["tickets", "mail gate"]),
        days=some.sampled_from([0, 30]),
        scopes=some.sets(some.sampled_from(["read", "rules", "feeds", "listings"]), min_size=1),
    )
    def make_token(self, email: str, called: str, days: int, scopes: set[str]) -> None:
        """By anybody, a viewer or somebody who is no longer active, too: the portal is not the only door."""
        person = self.doors.person(email)
        if person:
            names = [one.name for one in self.doors.tokens if one.who.organization == person.organization]
            may = person.active and scopes <= MAY[person.role] and called not in names
            with self.refused(not may):
                _, secret = tokens.create(self.user(email), called, sorted(scopes), days, self.now)
                ends = self.now + days * DAY if days else inf
                self.doors.tokens.append(Token(secret, person, called, scopes, ends))
                self.of_programs.append(secret)

    @rule(name=names, place=places)
    def revoke_token(self, name: str, place: int) -> None:
        """By its number, which may be that of another organization's token."""
        if name in self.numbers and self.doors.tokens:
            token = self.doors.tokens[place % len(self.doors.tokens)]
            named = {one.name: one.id for one in tokens.tokens(self.numbers[token.who.organization])}
            with self.refused(token.who.organization != name):
                tokens.revoke(self.numbers[name], named[token.name], self.now, OLGA)
                self.doors.tokens.remove(token)

    @rule(data=some.data())
    def time_passes(self, data: some.DataObject) -> None:
        """To just before the end of a session, of a link or of a token, and on to that second; or by a minute."""
        sittings = {one.seen + 12 * 3600 for one in self.doors.sessions}
        links = {one.ends for one in self.doors.links}
        programs = {int(one.ends) for one in self.doors.tokens if one.ends < inf}
        some_ends = data.draw(some.sampled_from([sittings, links, programs, {self.now + 60}]))
        ends = sorted(end for end in some_ends if end > self.now)
        end = data.draw(some.sampled_from(ends or [self.now + 60]))
        if end - 1 > self.now:
            self.now = end - 1
            self.every_session_is_whose_it_is_and_only_these()
            self.every_link_is_open_or_closed()
            self.every_token_does_what_its_person_may_until_it_ends()
        self.now = end

    # What is tried after each of it

    @invariant()
    def every_session_is_whose_it_is_and_only_these(self) -> None:
        for token in (*self.of_sessions, self.of_links[-1], self.of_programs[-1]):
            expected = self.doors.session(token, self.now)
            found = sessions.find(token, self.now, opened=False)
            assert (found and found.user_id) == (expected and self.ids[expected.who.email])
            if found and expected:
                assert (found.created_at, found.seen_at, found.address) == (
                    expected.begun, expected.seen, expected.address,
                )  # fmt: skip

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        for name, number in self.numbers.items():
            here = [one for one in self.doors.people if one.organization == name]
            listed = [(one.email, one.role, one.active) for one in user_admin.users_of(number)]
            assert listed == sorted(
                ((one.email, one.role, one.active) for one in here), key=lambda one: (not one[2], one[0])
            )
            for person in here[:2]:
                mine = sessions.sessions(self.ids[person.email], self.now)
                assert [one.seen_at for one in mine] == [one.seen for one in self.doors.of(person, self.now)]

    @invariant()
    def every_link_is_open_or_closed(self) -> None:
        for token in (*self.of_links, self.of_sessions[-1], self.of_programs[-1]):
            made = next((one for one in self.doors.links if one.token == token), None)
            purpose = made.purpose if made else "password"
            found = one_time_links.find_open(purpose, token, self.now)
            expected = self.doors.link(purpose, token, self.now)
            assert (found and (found.email, found.organization, found.role, found.created_by)) == (
                expected and (expected.email, expected.organization, expected.role, expected.made_by)
            )
        for name, number in self.numbers.items():
            links = [one for one in self.doors.links if one.organization == name and one.purpose == "invitation"]
            invited = sorted(one.email for one in links if self.now < one.ends)
            assert [one.email for one in one_time_links.invitations(number, self.now)] == invited

    @invariant()
    def every_token_does_what_its_person_may_until_it_ends(self) -> None:
        for secret in (*self.of_programs, self.of_sessions[-1], self.of_links[-1]):
            made = next((one for one in self.doors.tokens if one.secret == secret), None)
            does = made.does(self.now) if made else set()
            found = tokens.bearer(secret, self.now)
            assert set(found.token.scopes if found else ()) == does and bool(found) == bool(does)
            if found and made:
                assert (found.organization.name, found.person.email) == (made.who.organization, made.who.email)
                made.used = self.now if made.used is None or self.now - made.used >= 60 else made.used
        for name, number in self.numbers.items():
            mine = [one for one in self.doors.tokens if one.who.organization == name]
            listed = [(one.name, one.person, one.last_used_at, one.is_over(self.now)) for one in tokens.tokens(number)]
            expected = [(one.name, one.who.email, one.used, not one.does(self.now)) for one in mine]
            assert listed == expected[::-1]

    # How

    def refused(self, is_refused: bool) -> AbstractContextManager[Any]:
        return pytest.raises(Refused) if is_refused else nullcontext()

    def pair(self, actor: str, place: int) -> tuple[Person | None, Person | None]:
        """Somebody in charge, and a person of the same organization: nobody of another one is on that page."""
        by = self.doors.person(actor)
        if by is None or not by.active or by.role not in IN_CHARGE:
            return None, None
        for person in self.doors.people:
            found = user_admin.user_of(self.numbers[by.organization], self.ids[person.email])
            assert bool(found) == (by.organization == person.organization)
        here = [one for one in self.doors.people if one.organization == by.organization]
        return by, here[place % len(here)]

    def user(self, email: str) -> PortalUser:
        return users.with_email(email)

    def token(self, place: int) -> str:
        return self.of_sessions[-1 - place % len(self.of_sessions)]

    def learned(self, address: str) -> str:
        self.of_links.append(address.rpartition("/")[2])
        return self.of_links[-1]


def test_everybody_gets_in_where_the_plain_model_lets_them_in(store: Store) -> None:
    run_state_machine_as_test(lambda: Access(store), settings=settings(max_examples=8, stateful_step_count=18))
