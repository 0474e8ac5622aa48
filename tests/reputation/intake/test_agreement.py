"""Whose reports list a sender for whom: nobody alone for others, and no more than anybody's share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.intake import agreement, scoring
from reputation.intake.agreement import INSTALLATION, NEEDED, Neighbour, Standing, Witnessed, after, neighbourhood
from reputation.intake.scoring import COMPLAINT, DAY, HOUR, LEVELS, NEIGHBOURS, NEW, SOURCES, ScoredReport
from tests.noon import NOON

NEVER = (0, 0, 0, 0)
ACME, BASIC, CITY, DOVE = 1, 2, 3, 4


def told(*reports: tuple[int | None, str], at: int = NOON, before: Standing | None = None, **how: bool) -> Standing:
    """The standing after these reports: who, and the source."""
    standing = before or Standing()
    for owner, source in reports:
        standing = after(standing, Witnessed(ScoredReport(at, source), owner), **how)
    return standing


def levels(expiries: scoring.Times, now: int = NOON) -> list[int]:
    return [level for level, until in enumerate(expiries, 1) if until > now]


def test_the_installations_word_counts_for_everybody() -> None:
    standing = told((None, "trap"))

    assert standing.shared == scoring.after_report(NEW, NOON, "trap") and standing.own == {}
    assert levels(standing.expiries_for(None)) == levels(standing.expiries_for(ACME)) == [2, 3, 4]


def test_an_organization_lists_for_itself_and_for_nobody_else() -> None:
    standing = told((ACME, "filter"))

    assert levels(standing.expiries_for(ACME)) == [2, 3, 4]
    assert standing.expiries_for(None) == standing.expiries_for(BASIC) == NEVER


def test_two_list_for_everybody_at_levels_3_and_4_and_three_at_all_they_reach() -> None:
    two = told((ACME, "filter"), (BASIC, "filter"))
    three = told((CITY, "filter"), before=two)

    assert levels(two.shared.expiries) == [3, 4]
    assert levels(three.shared.expiries) == [1, 2, 3, 4]
    assert levels(two.expiries_for(ACME)) == [2, 3, 4], "its own word stays"


def test_the_installation_and_an_organization_are_two() -> None:
    known = Standing(scoring.after_clean(NEW, NOON, 100))  # level 3 tolerates 1.1 points of it
    one = told((None, "filter"), before=known)
    both = told((ACME, "trap"), before=one)

    assert levels(one.shared.expiries) == [4]
    assert levels(both.shared.expiries) == [4], "half of what level 3 tolerates is all that Acme may give: 1.05"
    assert levels(told((None, COMPLAINT), before=both).shared.expiries) == [3, 4], "0.5, 0.2 and a share of 0.55"


def test_nobody_gives_more_than_a_share_of_the_points() -> None:
    rated = Standing(scoring.after_clean(NEW, NOON, 100))  # level 3 tolerates 1.1 points

    loud = told(*[(ACME, "filter")] * 50, (BASIC, COMPLAINT), before=rated)

    assert levels(loud.shared.expiries) == [4], "0.55 and 0.2"
    assert levels(told((BASIC, "filter"), before=loud).shared.expiries) == [3, 4]
    assert levels(told((BASIC, "filter"), (CITY, "filter"), before=loud).shared.expiries) == [3, 4]


def test_what_is_all_but_forgotten_agrees_with_nobody() -> None:
    old = told((ACME, "filter"))  # 0.5 points, of which 0.1 are left after 2.3 days
    late, later = NOON + 2 * DAY, NOON + 3 * DAY

    assert levels(told((BASIC, "filter"), at=late, before=old).shared.expiries, late) == [3, 4]
    assert told((BASIC, "filter"), at=later, before=old).shared.expiries == NEVER


def test_an_organizations_report_renews_nothing_that_the_installation_listed() -> None:
    listed = told((None, "trap"))

    again = told(*[(ACME, "filter")] * 30, at=NOON + 30 * HOUR, before=listed)

    late = NOON + 30 * HOUR
    assert levels(again.shared.expiries, late) == [3, 4], "the trap's points of yesterday agree with it there"
    assert again.shared.expiries[:2] == listed.shared.expiries[:2]


def test_a_protected_sender_is_listed_by_an_organization_for_itself_at_level_4_alone() -> None:
    standing = told((None, "trap"), (None, "hand"), (ACME, "trap"), (BASIC, "filter"), is_protected=True)

    assert standing.shared.expiries == NEVER
    assert levels(standing.expiries_for(ACME)) == levels(standing.expiries_for(BASIC)) == [4]
    assert standing.expiries_for(CITY) == NEVER
    assert scoring.score_of(standing.shared, NOON).points == 2.0, "what was said is remembered"


reports = some.lists(
    some.tuples(some.sampled_from([ACME, BASIC, CITY, DOVE]), some.sampled_from(SOURCES), some.integers(0, DAY)),
    max_size=30,
)


@given(reports, some.sampled_from([0, 30, 100, 5000]))
def test_fewer_than_must_agree_never_list_for_others(given_reports: list[tuple[int, str, int]], clean: int) -> None:
    standing = Standing(scoring.after_clean(NEW, NOON, clean))
    said: set[int] = set()
    for owner, source, wait in sorted(given_reports, key=lambda one: one[2]):
        said.add(owner)
        standing = after(standing, Witnessed(ScoredReport(NOON + wait, source), owner))
        for place in range(len(LEVELS)):
            assert standing.shared.expiries[place] == 0 or len(said) >= NEEDED[place]
        assert list(standing.shared.expiries) == sorted(standing.shared.expiries), "none below, none shorter above"


@given(reports, reports)
def test_what_one_organization_says_changes_no_other_ones_own_listing(
    first: list[tuple[int, str, int]], more: list[tuple[int, str, int]]
) -> None:
    alone, beside = Standing(), Standing()
    every = sorted([*((one, True) for one in first), *((one, False) for one in more)], key=lambda one: one[0][2])
    for (owner, source, wait), is_first in every:
        one = Witnessed(ScoredReport(NOON + wait, source), owner if is_first else 99)
        beside = after(beside, one)
        alone = after(alone, one) if is_first else alone

    assert {owner: state.expiries for owner, state in beside.own.items() if owner != 99} == {
        owner: state.expiries for owner, state in alone.own.items()
    }


@given(some.lists(some.tuples(some.sampled_from(SOURCES), some.integers(0, DAY)), max_size=20))
def test_without_organizations_all_is_as_scoring_has_it(said: list[tuple[str, int]]) -> None:
    standing, state = Standing(), NEW
    for source, wait in said:
        standing = after(standing, Witnessed(ScoredReport(NOON + wait, source)))
        state = scoring.after_report(state, NOON + wait, source)

    assert standing.shared == state


def alike(*witnesses: str, many: int = NEIGHBOURS[1]) -> list[Neighbour]:
    listed = scoring.after_report(NEW, NOON, "trap")
    return [Neighbour(listed, frozenset(witnesses)) for _ in range(many)]


def test_a_network_is_listed_on_the_installations_evidence_alone() -> None:
    states = [one.state for one in alike()]
    assert neighbourhood(alike(INSTALLATION), NOON) == scoring.neighbourhood(states, NOON) != NEVER


@pytest.mark.parametrize("name", [COMPLAINT, "7", ""])
def test_a_network_is_not_listed_by_one_other_reporter(name: str) -> None:
    witnesses = [name] if name else []
    assert neighbourhood(alike(*witnesses, many=256), NOON) == NEVER


def test_a_network_is_listed_by_as_many_as_must_agree_and_each_gives_its_share() -> None:
    two, three = (
        [one for name in names for one in alike(name, many=4)] for names in (("7", COMPLAINT), ("7", "8", COMPLAINT))
    )
    found = [neighbourhood(some_of_them, NOON) for some_of_them in (two, three)]

    # Level 4 asks for six addresses and two reporters, level 3 for eight; level 2 for ten and three.
    assert [levels(one) for one in found] == [[3, 4], [2, 3, 4]]


def test_who_has_given_its_share_gives_no_more() -> None:
    uneven = [*alike("7", many=200), *alike("8", many=3), *alike(COMPLAINT, many=2)]

    assert levels(neighbourhood(uneven, NOON)) == [3, 4], "4, 3 and 2 of ten at level 2"
    assert levels(neighbourhood([*uneven, *alike(INSTALLATION, many=1)], NOON)) == [2, 3, 4]


def test_how_many_must_agree_is_a_setting_of_the_process() -> None:
    assert agreement.in_force() == NEEDED
    agreement.require((5, 4, 3, 2))
    try:
        assert agreement.in_force() == (5, 4, 3, 2)
    finally:
        agreement.require(NEEDED)
