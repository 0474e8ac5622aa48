"""What is asked of all matches at once is what is asked of each of them."""

from __future__ import annotations

from random import Random

import numpy as np

from reputation.addresses.address import parse_address
from reputation.counting import match_columns
from reputation.verdict.matches import Match, Matches
from tests.snapshots import origins

KNOWN = origins(
    {
        "192.0.2.0/24": (64500, "AT", "Example Net"),
        "192.0.2.128/25": (64501, "DE", "Other Net"),
        "2001:db8::/33": (64502, "CH", "Third Net"),
    }
)
ADDRESSES = [
    "192.0.2.0",
    "192.0.2.127",
    "192.0.2.128",
    "192.0.3.0",
    "2001:db8::1",
    "2001:db8:8000::1",
    "255.255.255.255",
]


def drawn(number: int = 200) -> list[Match]:
    chance = Random(7)
    return [
        Match(
            chance.randrange(2**32),
            chance.randrange(1, 4),
            chance.randrange(2),
            chance.choice([0, 2, 3, 4, 10]),
            *parse_address(chance.choice(ADDRESSES)),
        )
        for _ in range(number)
    ]


def test_places_by_return_code_answer_and_organization() -> None:
    matches = drawn()
    kept = Matches(matches)

    assert match_columns.with_code(kept, {2, 4}).tolist() == [
        at for at, one in enumerate(matches) if one.code in (2, 4)
    ]
    answers = {(0, 4), (1, 2)}
    wanted = [at for at, one in enumerate(matches) if (one.database, one.code) in answers]
    assert match_columns.with_answer(kept, answers).tolist() == wanted
    assert match_columns.of_organizations(kept, [3]).tolist() == [
        at for at, one in enumerate(matches) if one.organization == 3
    ]
    assert match_columns.of_organizations(kept, []).tolist() == []


def test_times_and_origins_of_both_versions() -> None:
    matches = drawn()
    kept = Matches(matches)
    places = match_columns.with_code(kept, {0, 2})
    chosen = [matches[at] for at in places.tolist()]

    assert match_columns.times(kept, places).tolist() == [one.at for one in chosen]
    assert match_columns.origin_numbers(kept, places, KNOWN).tolist() == [
        KNOWN.number(one.version, one.value) for one in chosen
    ]


def test_pairs_are_counted() -> None:
    left, right = np.array([7, 4_294_967_295, 7, 7]), np.array([1, 4_294_967_295, 2, 1])

    assert match_columns.pairs(left, right) == {(7, 1): 2, (7, 2): 1, (4_294_967_295, 4_294_967_295): 1}


def test_of_no_match_there_is_nothing() -> None:
    empty = Matches()
    places = match_columns.with_code(empty, {2})

    assert places.tolist() == match_columns.times(empty, places).tolist() == []
    assert match_columns.origin_numbers(empty, places, KNOWN).tolist() == []
