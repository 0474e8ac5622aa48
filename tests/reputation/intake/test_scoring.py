"""What evidence makes of a sender: the table's promises as examples, and what holds whatever the evidence is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake import scoring
from reputation.intake.scoring import (
    DAY,
    HOUR,
    LEVELS,
    MINUTE,
    NEIGHBOURS,
    NEW,
    SOURCES,
    WELL_RATED,
    Clean,
    History,
    ScoredReport,
    SenderState,
    after_clean,
    after_report,
    is_negligible,
    neighbourhood,
    score,
    score_of,
    state_after,
)
from tests.conftest import NOON

NEVER = (0, 0, 0, 0)
moments = st.integers(NOON - 14 * DAY, NOON)
reports = st.builds(ScoredReport, moments, st.sampled_from(SOURCES), st.floats(0.01, 10))
cleans = st.builds(Clean, moments, st.floats(0, 5000))
histories = st.builds(History, st.lists(reports, max_size=12), st.lists(cleans, max_size=5), st.just(NEW))
forgeries = st.builds(ScoredReport, st.integers(NOON, NOON + 3 * DAY), st.just("complaint"), st.floats(0.01, 10))


def traps(*ages: int) -> History:
    return History([ScoredReport(NOON - age, "trap") for age in ages])


def well_rated(*reported: ScoredReport) -> History:
    return History(reported, [Clean(NOON - 2 * HOUR, WELL_RATED + 20)])


def test_one_message_to_a_trap_lists_a_stranger_at_every_level_but_the_least_aggressive() -> None:
    found = score(traps(0), NOON)

    assert [found.listed(level, NOON) for level in (1, 2, 3, 4)] == [False, True, True, True]
    assert found.lowest_level(NOON) == 2
    assert found.expiries == (0, NOON + HOUR, NOON + 2 * HOUR, NOON + 4 * HOUR)


def test_a_second_report_lists_a_stranger_at_level_1_for_five_minutes() -> None:
    assert score(traps(60, 0), NOON).expiries[0] == NOON + 5 * MINUTE


def test_the_levels_1_and_2_tolerate_as_much_of_a_well_rated_sender() -> None:
    for count in range(1, 6):
        expiries = score(well_rated(*[ScoredReport(NOON, "trap")] * count), NOON).expiries
        assert bool(expiries[0]) == bool(expiries[1])

    assert expiries[0]
    assert expiries[0] < expiries[1]


def test_at_level_4_one_report_of_any_source_lists_even_a_well_rated_sender() -> None:
    for source in SOURCES:
        assert score(well_rated(ScoredReport(NOON, source, 0.01)), NOON).listed(4, NOON)


def test_a_sender_nobody_reports_is_listed_nowhere() -> None:
    assert score(History((), [Clean(NOON, 5)]), NOON).expiries == NEVER
    assert score(History(), NOON).lowest_level(NOON) == 0


def test_a_stay_ends_to_the_second() -> None:
    until = score(traps(0), NOON).expiries[1]

    assert score(traps(0), until - 1).listed(2, until - 1)
    assert not score(traps(0), until).listed(2, until)


def test_a_report_counts_half_after_a_day() -> None:
    assert score(traps(DAY), NOON).points == pytest.approx(score(traps(0), NOON).points / 2)


def test_the_clean_connections_fade_by_half_in_a_week() -> None:
    assert score(History((), [Clean(NOON - 7 * DAY, 200)]), NOON).rating == pytest.approx(100)


def test_stays_grow_with_repetition_from_the_shortest_to_the_longest() -> None:
    state, times_listed = NEW, []
    for number in range(40):
        at = NOON + number * 13 * HOUR  # each one after the stay before has ended
        state = after_report(state, at, "trap")
        times_listed.append([until - at for until in state.expiries])

    for level, numbers in zip(LEVELS[1:], list(zip(*times_listed, strict=True))[1:], strict=True):
        assert numbers[0] == level.shortest
        assert list(numbers) == sorted(numbers)
        assert max(numbers) <= level.longest
    assert max(times_listed[-1]) == 12 * HOUR


def test_repetition_is_forgotten_by_and_by() -> None:
    again = after_report(state_after(traps(*range(0, 6 * HOUR, 600)), NOON), NOON + 60 * DAY, "trap")

    assert again.expiries[3] - (NOON + 60 * DAY) == pytest.approx(LEVELS[3].shortest, rel=0.01)


def test_a_burst_of_reports_in_one_second_is_no_repetition() -> None:
    assert score(traps(*[0] * 50), NOON).expiries[3] == NOON + LEVELS[3].shortest


def test_the_stays_at_the_default_level_are_counted() -> None:
    state = NEW
    for at in (NOON, NOON + 60, NOON + DAY, NOON + 2 * DAY):
        state = after_report(state, at, "trap")

    assert state.times_listed == 3


def test_a_report_that_comes_late_counts_as_of_the_last_one() -> None:
    state = after_report(after_report(NEW, NOON, "trap"), NOON - HOUR, "trap")

    assert state.at == NOON
    assert state.trusted == 2.0


def test_a_network_is_listed_while_enough_of_its_addresses_are() -> None:
    together = [after_report(NEW, NOON + number, "trap") for number in range(NEIGHBOURS[1])]

    until = neighbourhood(together, NOON + 20)[1]

    assert until == together[0].expiries[1]
    assert neighbourhood(together, NOON + 20)[0] == 0
    assert neighbourhood(together[1:], NOON + 20)[1] == 0


def test_a_network_with_well_rated_senders_is_left_to_its_addresses() -> None:
    together = [after_report(NEW, NOON, "trap") for _ in range(50)]

    assert neighbourhood([*together, after_clean(NEW, NOON, WELL_RATED)], NOON) == NEVER
    assert neighbourhood([*together, after_clean(NEW, NOON, WELL_RATED - 1)], NOON) != NEVER


def test_a_standing_is_forgotten_when_nothing_of_it_matters() -> None:
    state = state_after(traps(0), NOON)

    assert not is_negligible(state, NOON)
    assert not is_negligible(state, NOON + 5 * DAY)
    assert is_negligible(state, NOON + 60 * DAY)


def test_a_report_of_each_source_has_its_points() -> None:
    points = {source: score(History([ScoredReport(NOON, source)]), NOON).points for source in SOURCES}

    assert points == {"trap": 1.0, "hand": 1.0, "filter": 0.5, "complaint": 0.2}
    assert score(History([ScoredReport(NOON, "filter", 3.0)]), NOON).points == 1.5


def test_a_report_and_a_clean_connection_count_once_where_nothing_else_is_said() -> None:
    assert score(History(clean=[Clean(NOON)]), NOON).rating == after_clean(NEW, NOON).clean == 1.0
    assert after_report(NEW, NOON, "trap") == after_report(NEW, NOON, "trap", 1.0)


def test_what_came_before_fades_until_the_next_evidence_comes() -> None:
    reports = [ScoredReport(NOON - age, source) for age in (DAY, 0) for source in ("trap", "complaint")]
    found = score_of(state_after(History(reports, [Clean(NOON - 7 * DAY, 8), Clean(NOON, 8)]), NOON), NOON)

    assert (found.points, found.rating) == pytest.approx((1.5 + 0.3, 12))


def test_evidence_that_is_later_than_now_counts_as_of_now() -> None:
    found = score(History([ScoredReport(NOON + DAY, "trap")], [Clean(NOON + DAY, 7)]), NOON)

    assert (found.points, found.rating) == (1.0, 7.0)
    assert found.expiries == score(traps(0), NOON)._replace(rating=7.0).expiries


def test_all_complaints_together_have_a_bound_which_is_taken_after_they_have_faded() -> None:
    state = state_after(History([ScoredReport(NOON, "complaint")] * 40), NOON)

    points = [score_of(state, NOON + days * DAY).points for days in (0, 1, 2, 3)]
    assert points == pytest.approx([1.0, 1.0, 1.0, 1.0])
    assert score_of(after_report(state, NOON, "trap"), NOON).points == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("clean", "points"),
    [
        (0, (1.1, 0.5, 0.2, 0.0)),
        (50, (2.1, 1.8, 0.65, 0.0)),
        (99, (3.08, 3.074, 1.091, 0.0)),
        (100, (3.1, 3.1, 1.1, 0.0)),
        (300, (3.3, 3.3, 1.3, 0.0)),
    ],
)
def test_a_level_tolerates_so_many_points_by_the_clean_connections(clean: int, points: tuple[float, ...]) -> None:
    assert [scoring.tolerance(level, clean) for level in LEVELS] == pytest.approx(points, abs=0.0001)


@pytest.mark.parametrize(
    ("reports", "lowest"), [(["complaint"], 3), (["filter"], 2), (["hand", "complaint"], 1), (["hand", "filter"], 1)]
)
def test_a_level_lists_from_exactly_so_many_points_on(reports: list[str], lowest: int) -> None:
    """0.2, 0.5, 1.2 and 1.5 points: the first two are just what a level does not tolerate."""
    assert score(History([ScoredReport(NOON, source) for source in reports]), NOON).lowest_level(NOON) == lowest


def test_a_stay_has_its_shortest_and_its_longest_time_by_the_level() -> None:
    assert score(traps(0, 0), NOON).expiries == (NOON + 300, NOON + 3600, NOON + 7200, NOON + 14_400)
    again = score(traps(*range(0, 10 * DAY, 600)), NOON).expiries
    assert again == (NOON + 10_800, NOON + 43_200, NOON + 43_200, NOON + 43_200)


@pytest.mark.parametrize(
    ("gap", "active"), [(0, 0.0), (1800, 0.4988), (3600, 0.9952), (7200, 0.9857), (262_800, 0.4976)]
)
def test_the_first_hour_after_a_report_was_active_and_fades_by_half_in_three_days(gap: int, active: float) -> None:
    state = after_report(after_report(NEW, NOON, "trap"), NOON + gap, "trap")

    assert state.repetition[1:] == pytest.approx((active,) * 3, abs=0.0001)
    assert state.expiries[3] == max(NOON + 4 * HOUR, NOON + gap + int(4 * HOUR * 2 ** state.repetition[3]))


def test_a_listing_at_the_default_level_begins_again_in_the_second_in_which_it_has_ended() -> None:
    began = after_report(NEW, NOON, "trap")

    assert after_report(began, NOON + HOUR - 1, "trap").times_listed == 1
    assert after_report(began, NOON + HOUR, "trap").times_listed == 2
    assert after_report(NEW, NOON, "complaint").times_listed == 0


@pytest.mark.parametrize(("many", "levels"), [(5, 0), (6, 1), (7, 1), (8, 2), (9, 2), (10, 3), (200, 3)])
def test_so_many_addresses_list_their_network_at_so_many_levels(many: int, levels: int) -> None:
    found = neighbourhood([after_report(NEW, NOON, "trap")] * many, NOON)

    assert [bool(until) for until in found] == [level >= 4 - levels for level in range(4)]
    assert found[3] in (0, NOON + 4 * HOUR)


def test_clean_connections_of_a_network_count_where_their_address_is_not_listed() -> None:
    listed = after_report(NEW, NOON, "trap")
    well_rated_once = after_clean(listed, NOON, WELL_RATED * 2)

    assert neighbourhood([*[listed] * 10, well_rated_once], NOON) != NEVER
    assert neighbourhood([*[after_report(NEW, NOON + HOUR, "trap")] * 10, well_rated_once], NOON + HOUR) == NEVER


@pytest.mark.parametrize(
    ("state", "is_forgotten"),
    [
        (SenderState(NOON, trusted=0.0099), True), (SenderState(NOON, trusted=0.01), False),
        (SenderState(NOON, complained=0.0099), True), (SenderState(NOON, complained=0.01), False),
        (SenderState(NOON, clean=0.49), True), (SenderState(NOON, clean=0.5), False),
        (SenderState(NOON, repetition=(0, 0, 0, 0.049), listed_at=(0, 0, 0, NOON)), True),
        (SenderState(NOON, repetition=(0, 0, 0, 0.05), listed_at=(0, 0, 0, NOON)), False),
        (SenderState(NOON, repetition=(0.09, 0, 0, 0), listed_at=(0, 0, 0, NOON - 3 * DAY)), True),
        (SenderState(NOON, repetition=(0.11, 0, 0, 0), listed_at=(0, 0, 0, NOON - 3 * DAY)), False),
        (SenderState(NOON, expiries=(0, 0, 0, NOON)), True), (SenderState(NOON, expiries=(0, 0, 0, NOON + 1)), False),
        (SenderState(NOON - 2 * DAY, trusted=0.039), True), (SenderState(NOON - 2 * DAY, trusted=0.041), False),
    ],
)  # fmt: skip
def test_what_matters_of_a_state_keeps_it(state: SenderState, is_forgotten: bool) -> None:
    assert is_negligible(state, NOON) is is_forgotten


def test_the_table_keeps_its_own_rules() -> None:
    """What the invariants below rest on."""
    for lower, higher in pairwise(LEVELS):
        assert lower.stranger >= higher.stranger
        assert lower.rated >= higher.rated
        assert lower.share >= higher.share
        assert lower.shortest < higher.shortest
        assert lower.longest <= higher.longest
    assert LEVELS[3].stranger == LEVELS[3].rated == LEVELS[3].share == 0
    assert [(level.rated, level.share) for level in LEVELS[:1]] == [(level.rated, level.share) for level in LEVELS[1:2]]
    assert scoring.CLEAN_HALF_LIFE >= scoring.EVIDENCE_HALF_LIFE
    assert min(level.shortest for level in LEVELS) == 5 * MINUTE
    assert max(level.longest for level in LEVELS) == 12 * HOUR
    assert scoring.COMPLAINTS_AT_MOST < LEVELS[1].rated
    wanted = [many for many in NEIGHBOURS if many]
    assert wanted == sorted(wanted, reverse=True)


@given(histories, reports)
def test_one_more_report_never_shortens_a_stay(history: History, more: ScoredReport) -> None:
    without = score(history, NOON)
    with_it = score(history._replace(reports=[*history.reports, more]), NOON)

    # A second is the grain: the same sum, taken in another order, may round to the one beside.
    assert all(now >= before - 1 for before, now in zip(without.expiries, with_it.expiries, strict=True))
    assert with_it.points >= without.points - 1e-9


@given(histories, st.integers(0, 60 * DAY))
def test_time_raises_no_score(history: History, later: int) -> None:
    state = state_after(history, NOON)
    now, then = score_of(state, NOON), score_of(state, NOON + later)

    assert then.points <= now.points
    assert then.expiries == now.expiries
    assert all(now.listed(level, NOON) or not then.listed(level, NOON + later) for level in (1, 2, 3, 4))


@given(histories, st.integers(0, 30 * DAY))
def test_time_does_not_take_more_from_the_rating_than_from_the_evidence(history: History, later: int) -> None:
    """Who would not be listed by what is known now would not be listed by it later, either."""
    state = state_after(history, NOON)
    now, then = score_of(state, NOON), score_of(state, NOON + later)

    for level in LEVELS:
        if now.points < scoring.tolerance(level, now.rating):
            assert then.points <= scoring.tolerance(level, then.rating) + 1e-9


@given(histories)
def test_what_is_listed_at_a_level_is_listed_at_the_next_and_not_for_less(history: History) -> None:
    expiries = score(history, NOON).expiries

    assert list(expiries) == sorted(expiries)


@given(histories, cleans)
def test_clean_connections_lengthen_no_stay(history: History, more: Clean) -> None:
    without = score(history, NOON).expiries
    with_them = score(history._replace(clean=[*history.clean, more]), NOON).expiries

    assert all(now <= before + 1 for before, now in zip(without, with_them, strict=True))


@given(st.lists(forgeries, max_size=40), st.integers(1, 100), st.floats(2 * WELL_RATED, 1e6))
def test_forged_complaints_alone_never_list_a_well_rated_sender_at_level_1_or_2(
    forged: list[ScoredReport], times: int, connections: float
) -> None:
    # Rated twice as well as need be, since the rating fades while the attack goes on.
    history = History(forged * times, [Clean(NOON, connections)])

    assert score(history, NOON + 4 * DAY).expiries[:2] == (0, 0)


@given(st.lists(histories, max_size=30))
def test_a_network_is_listed_at_a_level_only_where_it_is_at_the_next(all_of_it: list[History]) -> None:
    states: list[SenderState] = [state_after(history, NOON) for history in all_of_it]

    expiries = neighbourhood(states, NOON)

    assert list(expiries) == sorted(expiries)


@given(histories)
def test_a_history_counts_the_same_in_any_order_and_in_parts(history: History) -> None:
    whole = state_after(history, NOON)
    shuffled = state_after(History(history.reports[::-1], history.clean[::-1]), NOON)
    middle = NOON - 7 * DAY
    early = History(
        [one for one in history.reports if one.at <= middle], [one for one in history.clean if one.at <= middle]
    )
    late = History(
        [one for one in history.reports if one.at > middle],
        [one for one in history.clean if one.at > middle],
        state_after(early, NOON),
    )

    assert score_of(shuffled, NOON).points == pytest.approx(score_of(whole, NOON).points)
    assert state_after(late, NOON) == whole
