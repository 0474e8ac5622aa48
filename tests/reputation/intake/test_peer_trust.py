"""What others' words come to: no peer and no group lists alone, and trust is earned by foretelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake.estimate import DAY
from reputation.intake.peer_trust import (
    BEGINNING,
    CREDIT,
    HALF_LIFE,
    HIGHEST_BASE,
    MOST_CLEAN,
    MOST_SPAM,
    MOST_WORD,
    Trust,
    Word,
    faded,
    foreign,
    group_of,
    learned,
    weight,
)
from tests.conftest import NOON

messages = st.floats(-1e9, 1e9) | st.sampled_from([float("nan"), float("inf")])
words = st.builds(Word, messages, messages)
peers = st.sampled_from("abcdefgh")
said = st.dictionaries(peers, words)
weights = st.fixed_dictionaries({peer: st.floats(0, 1) for peer in "abcdefgh"})
groups = st.fixed_dictionaries({peer: st.sampled_from(["one", "two", "three"]) for peer in "abcdefgh"})
sure = dict.fromkeys("abcdefgh", 1.0)
EACH_ALONE = {peer: peer for peer in "abcdefgh"}


@given(said, weights)
def test_one_group_says_nothing_alone_whatever_it_says(said: dict[str, Word], weights: dict[str, float]) -> None:
    assert foreign(said, weights, dict.fromkeys(said, "one")) == (0, 0)


@given(said, weights, groups, words)
def test_what_all_say_together_has_a_bound(
    said: dict[str, Word], weights: dict[str, float], groups: dict[str, str], own: Word
) -> None:
    spam, seen = foreign(said, weights, groups, own)

    assert 0 <= spam <= MOST_SPAM and spam <= seen <= spam + MOST_CLEAN


@given(said, weights, groups, words, st.randoms())
def test_the_order_of_the_peers_changes_nothing(
    said: dict[str, Word], weights: dict[str, float], groups: dict[str, str], own: Word, chance: object
) -> None:
    mixed = list(said.items())
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert foreign(dict(mixed), weights, groups, own) == pytest.approx(foreign(said, weights, groups, own))


honest = st.dictionaries(st.sampled_from("abcd"), st.builds(Word, st.floats(0, 50), st.floats(0, 50)))


@given(honest, st.dictionaries(st.sampled_from("efgh"), words), st.floats(0, 1), st.floats(0, 20))
def test_a_group_of_liars_moves_a_node_by_twice_its_share_at_most(
    honest: dict[str, Word], lies: dict[str, Word], believed: float, seen: float
) -> None:
    weights = {**sure, **dict.fromkeys("efgh", believed)}
    groups = {**EACH_ALONE, **dict.fromkeys("efgh", "liars")}
    own = Word(seen, seen)

    without, _ = foreign(honest, weights, groups, own)
    with_them, _ = foreign({**honest, **lies}, weights, groups, own)

    assert without - 1e-9 <= with_them <= without + 2 * believed * MOST_WORD + 1e-9


def test_twenty_liars_behind_one_introduction_weigh_as_one() -> None:
    introduced = {"root": "", **{f"liar {number}": "root" for number in range(20)}}
    lies = dict.fromkeys(introduced, Word(1_000, 1_000))
    weights = dict.fromkeys(introduced, BEGINNING)
    own = Word(50, 50)

    one, _ = foreign({"root": Word(1_000, 1_000)}, weights, group_of(introduced), own)

    assert foreign(lies, weights, group_of(introduced), own)[0] == pytest.approx(one) == BEGINNING * MOST_WORD


def test_a_member_of_a_group_that_is_believed_makes_the_others_no_louder() -> None:
    weights = {"good": 1.0, **{f"liar {number}": BEGINNING for number in range(20)}}
    groups = dict.fromkeys(weights, "one")
    lies = {peer: Word(9, 9) for peer in weights if peer != "good"}

    assert foreign(lies, weights, groups, Word(9, 9))[0] <= BEGINNING * MOST_WORD


def test_two_groups_agree_on_what_the_quieter_one_says() -> None:
    found, _ = foreign({"a": Word(4, 4), "b": Word(1, 1)}, sure, EACH_ALONE)

    assert found == 2  # one of each


def test_our_own_evidence_stands_for_another_group() -> None:
    assert foreign({"a": Word(4, 4)}, sure, EACH_ALONE, Word(1, 1)) == (1, 1)
    assert foreign({"a": Word(4, 4)}, sure, EACH_ALONE, Word(9, 9)) == (4, 4)


def test_clean_mail_that_one_peer_tells_of_takes_nobody_off() -> None:
    assert foreign({"a": Word(2, 2), "b": Word(2, 2), "liar": Word(0, 10_000)}, sure, EACH_ALONE) == (4, 4)


def test_a_peer_of_which_nothing_is_known_says_nothing() -> None:
    assert foreign({"a": Word(4, 4), "gone": Word(4, 4)}, {"a": 1.0}, EACH_ALONE) == (0, 0)
    assert foreign({"a": Word(4, 4), "b": Word(4, 4)}, sure, {"a": "a"}) == (0, 0)


def test_groups_are_those_who_were_introduced_by_one_another() -> None:
    introduced = {"a": "", "b": "a", "c": "b", "d": "", "e": "forgotten", "f": "e"}

    assert group_of(introduced) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "forgotten", "f": "forgotten"}


def test_who_introduce_each_other_in_a_circle_are_one_group() -> None:
    assert set(group_of({"a": "b", "b": "c", "c": "a", "d": "b", "0": "c"}).values()) == {"a"}
    assert group_of({"a": "a"}) == {"a": "a"}


def after(*judged: tuple[float, float]) -> Trust:
    trust = Trust()
    for spam, seen in judged:
        trust = learned(trust, NOON, spam, seen)
    return trust


def test_a_new_peer_is_believed_a_little() -> None:
    assert weight(Trust(), NOON, 0.6) == BEGINNING


def test_a_peer_that_foretells_what_we_see_is_believed_more_and_more() -> None:
    found = [weight(after(*[(1, 1)] * count), NOON, 0.6) for count in (0, 5, 20, 100, 1_000)]

    assert found == sorted(found) and found[2] == pytest.approx(0.55) and found[-1] > 0.97


def test_a_peer_that_is_wrong_is_soon_believed_nothing() -> None:
    assert weight(after(*[(0, 1)] * 3), NOON, 0.6) == 0


@given(st.floats(0, HIGHEST_BASE), st.integers(1, 500))
def test_who_calls_nodes_spam_at_random_is_never_believed_more(base: float, count: int) -> None:
    assert weight(after(*[(base, 1.0)] * count), NOON, base) <= BEGINNING + 1e-6


def test_one_node_alone_makes_no_peer_trusted() -> None:
    assert weight(after((100_000, 100_000)), NOON, 0.6) < 0.25
    assert weight(after((-5, -5)), NOON, 0.6) == BEGINNING


def test_what_was_learned_fades() -> None:
    trust = after(*[(1, 1)] * 100)

    assert faded(trust, NOON + HALF_LIFE).judged == pytest.approx(50)
    assert weight(trust, NOON + 4_000 * DAY, 0.6) == pytest.approx(BEGINNING)
    assert faded(trust, NOON - DAY) == trust


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_a_weight_is_a_share(judged: float, right: float, base: float) -> None:
    assert 0 <= weight(Trust(NOON, judged, right), NOON, base) <= 1


def test_eight_of_ten_is_much_where_half_is_spam_and_nothing_where_most_is() -> None:
    trust = after(*[(0.8, 1)] * 100)

    assert weight(trust, NOON, 0.5) > 0.5 > BEGINNING > weight(trust, NOON, 0.9) == 0
    assert weight(after(*[(1, 1)] * 100), NOON, 1.0) > 0.8  # where nothing but traps is there, all that is seen is spam


def test_of_many_messages_at_a_node_a_few_count_in_their_proportion() -> None:
    assert learned(Trust(), NOON, 5, 10) == (NOON, CREDIT, CREDIT / 2)
    assert learned(Trust(), NOON, 1, 2) == (NOON, 2, 1) and Trust() == (0, 0, 0)
