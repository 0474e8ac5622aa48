"""What is learned of peers: by what they foretold, and not by what they repeat; and what their words come to here."""

from __future__ import annotations

from typing import Any

import pytest

from reputation.exchange import choices, learning, peers, taking, turns
from reputation.exchange.own_sums import OwnSum
from reputation.intake import peer_words
from reputation.intake.estimate import DAY, HALF_LIVES, HOUR, NEAR
from reputation.intake.peer_trust import BEGINNING, MOST_WORD, Word
from reputation.intake.peer_words import words_about
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import ExchangedNode, ExchangeGiven, ExchangePeer
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.exchange.conftest import MakePeer
from tests.reputation.exchange.maker import Maker, node

NET, OTHER = "192.0.2.0/24", "198.51.100.0/24"
WORLD = OwnSum("world", 60, 100, 1, NOON)


def saw(*sums: tuple[str, float, float], at: int = NOON) -> int:
    """We have seen so much of nodes, and six of ten messages are spam."""
    return learning.look([OwnSum(name, spam, seen, 1, at) for name, spam, seen in sums] + [WORLD], at)


def says(maker: Maker, *names: str, at: int = NOON, spam: int = 3) -> None:
    maker.give(*[node(name, spam, at=at) for name in names], at=at)
    assert taking.take(maker.folder.name, at).problem == ""


def trust(name: str = "beta") -> tuple[float, float, float]:
    found = peers.find(name)
    return round(found.trust.judged, 3), round(found.trust.right, 3), round(found.weight, 3)


def test_spam_from_a_network_that_a_peer_has_named_is_to_its_credit(peer: Maker) -> None:
    saw()
    says(peer, NET, at=NOON + 1)
    saw(at=NOON + 2)

    assert saw((NET, 2, 2), at=NOON + HOUR) == 1
    assert trust()[:2] == (2, 2) and trust()[2] > BEGINNING


def test_clean_mail_from_a_network_that_a_peer_has_named_is_to_its_debit(peer: Maker) -> None:
    saw()
    says(peer, NET, at=NOON + 1)
    saw(at=NOON + 2)
    saw((NET, 0, 2), at=NOON + HOUR)

    assert trust() == (2, 0, 0)


def test_a_word_is_judged_once(peer: Maker) -> None:
    saw()
    says(peer, NET, at=NOON + 1)
    saw(at=NOON + 2)
    saw((NET, 1, 1), at=NOON + HOUR)

    assert saw((NET, 9, 9), at=NOON + 2 * HOUR) == 0 and trust()[0] == 1


def test_who_repeats_what_we_know_learns_no_trust(peer: Maker) -> None:
    saw((NET, 1, 1))
    says(peer, NET, at=NOON + 1)
    saw((NET, 1, 1), at=NOON + 2)

    assert saw((NET, 9, 9), at=NOON + HOUR) == 0 and trust() == (0, 0, BEGINNING)


def test_what_was_seen_before_the_word_came_is_not_foretold(peer: Maker) -> None:
    saw()
    says(peer, NET, at=NOON + HOUR)

    assert saw((NET, 9, 9), at=NOON + HOUR) == 0  # some of it may have come before the word
    assert trust() == (0, 0, BEGINNING)


def test_a_network_that_mostly_sends_clean_mail_was_not_called_spam(peer: Maker) -> None:
    saw()
    peer.give(node(NET, 1, 9), at=NOON + 1)
    taking.take("beta", NOON + 1)
    saw(at=NOON + 2)

    assert saw((NET, 0, 9), at=NOON + HOUR) == 0 and trust() == (0, 0, BEGINNING)


def test_sums_of_before_count_only_by_what_is_new(peer: Maker) -> None:
    half = HALF_LIVES[NEAR]
    saw((NET, 0.5, 8))
    says(peer, NET, at=NOON + 1)
    saw((NET, 0.5, 8), at=NOON + 2)
    saw((NET, 2.25, 6), at=NOON + 2 + half)

    assert trust()[:2] == (2, 2)


def test_a_liar_is_soon_believed_nothing_and_one_who_foretells_much(make_peer: MakePeer) -> None:
    honest, liar = make_peer("honest"), make_peer("liar")
    at, sums = NOON, dict[str, tuple[str, float, float]]()
    for day in range(30):
        at = NOON + day * DAY
        spammer, innocent = f"192.0.{day + 1}.0/24", f"198.51.{day + 1}.0/24"
        says(honest, spammer, at=at)
        says(liar, innocent, at=at)
        saw(*sums.values(), at=at + 1)
        sums |= {spammer: (spammer, 2, 2), innocent: (innocent, 0, 2)}
        saw(*sums.values(), at=at + HOUR)

    assert trust("honest")[2] > 0.5 and trust("liar")[2] == 0


def believed(name: str, weight: float) -> None:
    ExchangePeer.update(weight=weight).where(ExchangePeer.name == name).execute()


def test_words_come_to_nothing_from_one_peer_and_to_something_from_two(make_peer: MakePeer) -> None:
    for name in ("beta", "gamma"):
        says(make_peer(name), NET, spam=9)
        believed(name, 1)
    says(make_peer("delta"), OTHER, spam=9)

    assert words_about([NET, OTHER, "203.0.113.0/24"], NOON) == {NET: (2 * MOST_WORD, 2 * MOST_WORD)}
    told = peer_words.told_about([NET, OTHER], NOON)
    assert (told[NET].installations, told[OTHER].installations, told[OTHER].spam) == (2, 1, 0)
    assert words_about([OTHER], NOON, {OTHER: Word(0.3, 0.3)})[OTHER] == pytest.approx((0.3, 0.3))


def test_peers_that_one_introduced_are_one_voice(make_peer: MakePeer) -> None:
    for name, introduced_by in (("beta", ""), ("gamma", "beta"), ("delta", "gamma")):
        says(make_peer(name, introduced_by), NET, spam=9)
        believed(name, 1)
    assert words_about([NET], NOON) == {}

    peers.vouch("delta", "", NOON)
    assert NET in words_about([NET], NOON)
    peers.vouch("delta", "beta", NOON)
    peers.forget("beta", NOON)
    assert words_about([NET], NOON) == {}  # both stay in the group of whoever has introduced them


def test_words_fade_and_those_of_paused_and_revoked_peers_count_nothing(make_peer: MakePeer) -> None:
    for name in ("beta", "gamma", "delta"):
        says(make_peer(name), NET, spam=2)
        believed(name, 1)
    half = HALF_LIVES[NEAR]

    assert words_about([NET], NOON + half)[NET] == pytest.approx((3, 3))
    peers.pause("beta", True, NOON)
    assert words_about([NET], NOON)[NET] == (4, 4)
    ExchangePeer.update(revoked_at=NOON).where(ExchangePeer.name == "gamma").execute()
    assert words_about([NET], NOON) == {}


def test_words_are_asked_for_in_as_many_statements_as_they_need(make_peer: MakePeer) -> None:
    names = [f"192.{high}.{low}.0/24" for high in range(6) for low in range(1, 200)]
    for name in ("beta", "gamma"):
        says(make_peer(name), *names)
        believed(name, 1)

    assert len(words_about(names, NOON)) == sum(1 for row in others(ExchangedNode)) // 2 == 5 * 199 + 199


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("192.0.2.1", 0), ("2001:db8::/64", 0), ("192.0.2.0/24", 1), ("2001:db8::/56", 1), ("192.0.0.0/22", 2),
        ("2001:db8::/48", 2), ("AS64500 unknown", 3), ("unknown", 4), ("generated", 4), ("world", 5),
    ],
)  # fmt: skip
def test_each_node_fades_as_its_step_does(name: str, step: int) -> None:
    assert peer_words.left(name, HALF_LIVES[step]) == 0.5 and peer_words.left(name, -5) == 1


NETS = [f"192.0.{number}.0/24" for number in range(10, 17)]


def test_a_look_at_many_nodes_lets_others_write_in_between(
    peer: Maker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "A_TRANSACTION", 2)
    saw()
    says(peer, *NETS, at=NOON + 1)
    saw(at=NOON + 2)
    looked_at, begin = list[int](), store.database.begin

    def noting(*how: Any, **more: Any) -> None:
        begin(*how, **more)
        looked_at.append(choices.current().looked_at)

    monkeypatch.setattr(store.database, "begin", noting)
    assert saw(*[(name, 2, 2) for name in NETS], at=NOON + HOUR) == 7
    # Seven nodes and the world are four times two; the look itself is noted after them.
    assert looked_at == [NOON + 2] * 5 and choices.current().looked_at == NOON + HOUR
    assert trust()[:2] == (14, 14)


def test_a_look_that_was_broken_off_judges_nothing_twice(peer: Maker) -> None:
    saw()
    says(peer, *NETS, at=NOON + 1)
    saw(at=NOON + 2)
    sums = [OwnSum(name, 2, 2, 1, NOON) for name in NETS]
    with db.write():  # as far as it had come
        assert learning._look_at({one.name: one for one in sums[:4]}, NOON + 2, NOON + HOUR) == 4

    assert learning.look([*sums, WORLD], NOON + HOUR) == 3 and trust()[:2] == (14, 14)


def test_a_look_writes_what_has_changed_and_not_what_only_faded(store: Store) -> None:
    half = HALF_LIVES[NEAR]
    saw((NET, 4, 4), (OTHER, 4, 4))
    saw((NET, 2, 2), (OTHER, 2.5, 2.5), at=NOON + half)

    known = {row.name: (row.known_at, row.known_spam) for row in others(ExchangeGiven)}
    assert known == {NET: (NOON, 4), OTHER: (NOON + half, 2.5)}
    saw((NET, 0, 0), at=NOON + half)  # it was taken back
    assert learning.news([NET], NOON + half) == {NET}


def test_what_only_fades_is_remembered_as_long_as_it_says_anything(store: Store) -> None:
    half = HALF_LIVES[NEAR]
    for days in range(0, 200, 10):
        saw((NET, 10**9 * 0.5 ** (days * DAY / half), 10**9), at=NOON + days * DAY)
        learning.prune(NOON + days * DAY)

    assert learning.news([NET], NOON + 190 * DAY) == set()


@pytest.mark.touches("ExchangeGiven", "ExchangedNode", "ExchangedVolume", reason="what is old is removed")
def test_what_has_faded_away_is_removed(peer: Maker) -> None:
    says(peer, NET)
    saw((NET, 3, 3))

    assert learning.prune(NOON + learning.OLDEST) == 0
    assert learning.prune(NOON + 60_000 * DAY) == 5
    assert not ExchangeGiven.select().exists() and not ExchangedNode.select().exists()


def test_a_turn_learns_though_nothing_is_given(peer: Maker, store: Store) -> None:
    told = turns.give(peer.folder, NOON + 1)

    assert told == "Judged 0 words of peers." and choices.current().looked_at == NOON + 1
    assert peers.find("beta").weight == BEGINNING


def test_a_turn_tells_what_was_taken_and_from_whom_it_was_not(make_peer: MakePeer) -> None:
    make_peer("gone")
    make_peer("beta").give(node(NET))

    assert turns.take(NOON) == "Took 1 entries from 1 peers. Not from gone: the screen Exchange says why."
    assert turns.take(NOON + 1) == ""
