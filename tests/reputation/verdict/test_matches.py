"""Matches in columns are the list that was put in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from reputation.verdict.matches import Match, Matches

matches = some.lists(
    some.builds(
        Match,
        at=some.integers(0, 2**32 - 1),
        organization=some.integers(0, 2**31 - 1),
        database=some.sampled_from([0, 1]),
        code=some.integers(0, 15),
        version=some.sampled_from([4, 6]),
        value=some.integers(0, 2**128 - 1),
    ),
    max_size=20,
)


@given(matches, matches)
def test_they_come_out_as_they_went_in(some_matches: list[Match], more: list[Match]) -> None:
    kept = Matches(some_matches)
    kept.extend(Matches(more).columns)

    assert list(kept) == some_matches + more
    assert len(kept) == len(some_matches) + len(more)
    assert [kept[place] for place in range(len(kept))] == list(kept)


def test_two_lists_are_equal_when_all_their_matches_are() -> None:
    one, other = Match(1, 2, 0, 4, 4, 5), Match(1, 2, 0, 4, 6, 5)

    assert Matches([one, other]) == Matches([one, other])
    assert Matches([one]) != Matches([other])
    assert Matches([one]) != [one]
