"""Whose reports list a sender for whom: nobody alone for others, and no more than anybody's share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.intake import estimate
from reputation.intake.agreement import NEEDED, Standing, Witnessed, after
from reputation.intake.estimate import COMPLAINT, DAY, HOUR, LEVELS, NONE, SOURCES, Path, Sender, Times
from tests.noon import NOON

ACME, BASIC, CITY, DOVE = 1, 2, 3, 4
NEW = Standing(Path("203.0.113.9"))


def told(*reports: tuple[int | None, str], at: int = NOON, before: Standing = NEW, **how: bool) -> Standing:
    """The standing after these reports: who, and the source."""
    standing = before
    for owner, source in reports:
        standing = after(standing, Witnessed(at, source, 1.0, owner, 0.9), **how)
    return standing


def levels(until: Times, now: int = NOON) -> list[int]:
    return [level for level, end in enumerate(until, 1) if end > now]


def shared(standing: Standing, now: int = NOON) -> list[int]:
    return levels(standing.until_for(None), now)


def rated(messages: int) -> Standing:
    return Standing(estimate.after_clean(NEW.path, NOON, messages))


def test_the_installations_word_counts_for_everybody() -> None:
    standing = told((None, "trap"))

    assert standing.path == estimate.after_report(NEW.path, NOON, "trap") and standing.own == {}
    assert shared(standing) == levels(standing.until_for(ACME)) == [2, 3, 4]


def test_an_organization_lists_for_itself_and_for_nobody_else() -> None:
    standing = told((ACME, "filter"))

    assert levels(standing.until_for(ACME)) == [2, 3, 4]
    assert standing.until_for(None) == standing.until_for(BASIC) == NONE
    assert standing.path == NEW.path, "nor does it say anything of its networks to others"


def test_for_itself_its_word_stands_beside_what_everybody_knows() -> None:
    known = told((None, COMPLAINT), (None, COMPLAINT), (None, COMPLAINT))
    assert shared(known) == [4]

    assert levels(told((ACME, COMPLAINT), (ACME, COMPLAINT), before=known).until_for(ACME)) == [3, 4]
    assert levels(told((ACME, COMPLAINT)).until_for(ACME)) == [4]


def test_two_list_for_everybody_at_levels_3_and_4_and_three_at_all_they_reach() -> None:
    two = told((ACME, "filter"), (BASIC, "filter"))
    three = told((CITY, "filter"), before=two)

    assert shared(two) == [3, 4]
    assert shared(three) == [2, 3, 4]
    assert levels(two.until_for(ACME)) == [2, 3, 4], "its own word stays"


def test_whoever_agrees_at_the_default_level_is_a_witness_of_the_networks_once() -> None:
    three = told((ACME, "filter"), (BASIC, "filter"), (CITY, "filter"))
    more = told((DOVE, "filter"), (ACME, "filter"), before=three)

    assert [node.spam for node in three.path.nodes] == [1.0] * 5
    assert [node.spam for node in more.path.nodes] == [1.0] * 5
    assert more.path.sender.times_listed == 1


def test_the_installation_and_an_organization_are_two() -> None:
    before = rated(3)
    one = told((None, "filter"), before=before)
    both = told((ACME, "trap"), (ACME, "trap"), (ACME, "trap"), before=one)

    assert shared(one) == [4] and shared(both) == [4], "of Acme's word no more counts than of the installation's"
    assert shared(told((None, "hand"), before=both)) == [3, 4]


def test_nobody_gives_more_than_the_least_of_so_many_as_must_agree() -> None:
    loud = told(*[(ACME, "filter")] * 50, (BASIC, COMPLAINT), before=rated(2))

    assert shared(loud) == [4], "0.24 and 0.24 against two clean messages"
    assert shared(told(*[(BASIC, "filter")] * 12, before=loud)) == [3, 4]


def test_what_is_all_but_forgotten_agrees_with_nobody() -> None:
    old = told((ACME, "filter"))  # of the one message a tenth is left after 40 hours
    late, later = NOON + 39 * HOUR, NOON + 41 * HOUR

    assert shared(told((BASIC, "filter"), at=late, before=old), late) == [3, 4]
    assert told((BASIC, "filter"), at=later, before=old).until_for(None) == NONE


def test_an_organizations_report_renews_nothing_that_the_installation_listed() -> None:
    listed, late = told((None, "trap")), NOON + 30 * HOUR

    again = told(*[(ACME, "filter")] * 30, at=late, before=listed)

    assert shared(again, late) == [3, 4], "the trap's message of yesterday agrees with it there"
    assert again.until_for(None)[:2] == listed.until_for(None)[:2]


def test_a_protected_sender_is_listed_by_an_organization_for_itself_at_level_4_alone() -> None:
    standing = told((None, "trap"), (None, "hand"), (ACME, "trap"), (BASIC, "filter"), is_protected=True)

    assert standing.until_for(None) == NONE
    assert levels(standing.until_for(ACME)) == levels(standing.until_for(BASIC)) == [4]
    assert standing.until_for(CITY) == NONE
    assert standing.path.sender.spam == pytest.approx(3.2), "what was said is remembered"
    assert standing.path.nodes == NEW.path.nodes, "and says nothing of its networks"


def test_complaints_of_an_organization_count_as_much_as_one_trap_a_day_for_itself() -> None:
    many = told(*[(ACME, COMPLAINT)] * 5)

    assert told(*[(ACME, COMPLAINT)] * 40) == many
    assert levels(many.until_for(ACME)) == levels(told((ACME, "trap")).until_for(ACME))


reports = some.lists(
    some.tuples(some.sampled_from([ACME, BASIC, CITY, DOVE]), some.sampled_from(SOURCES), some.integers(0, DAY)),
    max_size=30,
)


@given(reports, some.sampled_from([0, 30, 100, 5000]))
def test_fewer_than_must_agree_never_list_for_others(given_reports: list[tuple[int, str, int]], clean: int) -> None:
    standing = rated(clean) if clean else NEW
    said: set[int] = set()
    for owner, source, wait in sorted(given_reports, key=lambda one: one[2]):
        said.add(owner)
        standing = after(standing, Witnessed(NOON + wait, source, 1.0, owner))
        for place in range(LEVELS):
            assert standing.until_for(None)[place] == 0 or len(said) >= NEEDED[place]
        assert list(standing.until_for(None)) == sorted(standing.until_for(None)), "none below, none shorter above"


@given(reports, reports)
def test_what_one_organization_says_changes_no_other_ones_own_evidence(
    first: list[tuple[int, str, int]], more: list[tuple[int, str, int]]
) -> None:
    alone, beside = NEW, NEW
    every = sorted([*((one, True) for one in first), *((one, False) for one in more)], key=lambda one: one[0][2])
    for (owner, source, wait), is_first in every:
        one = Witnessed(NOON + wait, source, 1.0, owner if is_first else 99)
        beside = after(beside, one)
        alone = after(alone, one) if is_first else alone

    def evidence(standing: Standing) -> dict[int, Sender]:
        return {owner: one._replace(until=NONE, times_listed=0) for owner, one in standing.own.items() if owner != 99}

    assert evidence(beside) == evidence(alone)


@given(reports)
def test_fewer_than_three_organizations_add_nothing_to_what_is_known_of_networks(
    given_reports: list[tuple[int, str, int]],
) -> None:
    standing = NEW
    for owner, source, wait in sorted(given_reports, key=lambda one: one[2]):
        standing = after(standing, Witnessed(NOON + wait, source, 1.0, owner % 2))
        assert standing.path.nodes == NEW.path.nodes


@given(some.lists(some.tuples(some.sampled_from(SOURCES), some.integers(0, DAY)), max_size=20))
def test_without_organizations_all_is_as_the_estimate_has_it(said: list[tuple[str, int]]) -> None:
    standing, path = NEW, NEW.path
    for source, wait in said:
        standing = after(standing, Witnessed(NOON + wait, source))
        path = estimate.after_report(path, NOON + wait, source)

    assert standing.path == path
