"""How often a list is right: by the senders that our own filters and traps judged while it held them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.addresses.address import parse_address, parse_network
from reputation.counting import precision
from reputation.counting.precision import DAY, Measured, Precision, prior, wilson
from reputation.intake import feeds, questions, spam_reports
from reputation.intake.spam_reports import Incoming
from reputation.publisher import live_lists
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import FeedDay, JudgedDay, JudgedSender
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import DYNAMIC
from tests.conftest import NOON, Cast
from tests.neighbour import others

LISTED = "198.51.100.0/24\n2001:db8:1::/48\n"
COUNTS = st.integers(0, 5_000)


def taken(folder: Path, name: str = "one", text: str = LISTED, **more: str) -> int:
    file = folder / f"{name}.txt"
    file.write_text(text)
    made = feeds.add(name, str(file), "plain", "KSS", NOON, **more)
    feeds.refresh(name, NOON)
    return made.id


def judged(spam: int, clean: int, at: int = NOON, network: str = "198.51.100") -> None:
    """So many senders of the list send spam, and so many others clean mail."""
    with db.write():
        precision.count([(f"{network}.{number}", True) for number in range(spam)], at)
        precision.count([(f"{network}.{255 - number}", False) for number in range(clean)], at)


def test_reports_of_the_installation_and_clean_deliveries_are_counted_by_list(cast: Cast, tmp_path: Path) -> None:
    one, other = taken(tmp_path, purpose="watch"), taken(tmp_path, "other", "203.0.113.0/24\n", purpose="watch")

    spam_reports.accept_many(
        [Incoming(address, source) for address in ("198.51.100.1", "203.0.113.1") for source in ("trap", "filter")]
        + [Incoming("2001:db8:1::1", "hand")],
        NOON,
    )
    spam_reports.clean_many({"198.51.100.2": 40, "203.0.113.1": 0, "192.0.2.1": 3}, NOON)

    assert precision.of_feed(one, NOON).in_full == Precision(spam=2, clean=1)
    assert precision.of_feed(other, NOON).in_full == Precision(spam=1, clean=0)
    assert precision.of_feed(one, NOON)[2:] == (3, 2)


def test_what_others_say_is_not_counted(cast: Cast, tmp_path: Path) -> None:
    taken(tmp_path)

    spam_reports.accept_many(
        [
            Incoming("198.51.100.1", "trap", organization_id=cast.acme.id),
            Incoming("198.51.100.2", "complaint"),
            Incoming("nonsense", "trap"),
        ],
        NOON,
    )
    with db.write():
        precision.count_reports([Incoming("198.51.100.3", "trap", weight=0.0)], NOON)

    assert others(JudgedSender).count() == others(FeedDay).count() == 0


def test_a_sender_counts_once_a_day_however_much_it_sends(cast: Cast, tmp_path: Path) -> None:
    one = taken(tmp_path)

    for moment in (NOON, NOON + 60, NOON + DAY):
        spam_reports.accept_many([Incoming("198.51.100.1", "trap", dedupe_key=str(n)) for n in range(30)], moment)
        spam_reports.clean_many({"2001:db8:1::1": 5, "2001:db8:1::2": 5}, moment)  # one /64

    assert precision.of_feed(one, NOON + DAY).seen == Precision(spam=2, clean=2)


def test_what_was_judged_while_it_was_served_is_told_apart(cast: Cast, tmp_path: Path) -> None:
    one = taken(tmp_path)
    judged(3, 0)
    feeds.watch("one", NOON)
    judged(2, 1, NOON + DAY)

    found = precision.of_feed(one, NOON + DAY)

    assert (found.seen, found.in_full) == (Precision(3, 0), Precision(2, 1))


def test_a_list_of_good_senders_is_seen_in_full_though_nobody_is_listed(cast: Cast, tmp_path: Path) -> None:
    one = taken(tmp_path, purpose="approve")

    report = spam_reports.accept_many([Incoming("198.51.100.1", "trap")], NOON)
    spam_reports.clean_many({"198.51.100.2": 1}, NOON)

    assert report.accepted == 0
    assert precision.of_feed(one, NOON).in_full == Precision(spam=1, clean=1)


def test_a_batch_that_fails_counts_nobody(cast: Cast, tmp_path: Path) -> None:
    taken(tmp_path)
    with pytest.raises(RuntimeError), db.write():
        precision.count([("198.51.100.1", True)], NOON)
        raise RuntimeError

    assert others(JudgedSender).count() == others(JudgedDay).count() == others(FeedDay).count() == 0


def test_who_was_judged_is_kept_for_a_day_and_the_sums_for_ninety(cast: Cast, tmp_path: Path) -> None:
    one = taken(tmp_path)
    judged(2, 1)

    assert precision.prune(NOON + DAY) == 0
    assert precision.prune(NOON + 2 * DAY) == 3
    assert precision.of_feed(one, NOON + 2 * DAY).seen == Precision(2, 1)
    assert precision.prune(NOON + 91 * DAY) == 2


@pytest.mark.parametrize(
    "spam,clean,falls",
    [(20, 0, False), (19, 0, False), (18, 2, False), (17, 3, True), (0, 19, False), (0, 20, True), (97, 3, False)],
)
def test_a_fall_is_told_where_it_is_certain(cast: Cast, tmp_path: Path, spam: int, clean: int, falls: bool) -> None:
    taken(tmp_path)
    judged(spam, clean)

    assert [one.name for one in precision.fallen(NOON)] == (["one"] if falls else [])


def test_a_list_that_was_better_has_fallen_even_above_the_level(cast: Cast, tmp_path: Path) -> None:
    text = "".join(f"198.51.{third}.0/24\n" for third in range(100, 110))
    taken(tmp_path, text=text)
    for third in range(100, 110):
        judged(200, 0, NOON - 10 * DAY, f"198.51.{third}")
    assert precision.fallen(NOON) == []

    for third in range(100, 110):
        judged(96, 4, NOON, f"198.51.{third}")

    (one,) = precision.fallen(NOON)
    assert one.text.startswith("Of 1,000 senders that one listed")
    assert "960 sent spam, 2,000 of 2,000 in the four weeks before" in one.text


def test_a_list_of_good_senders_falls_where_spam_comes_from_them(cast: Cast, tmp_path: Path) -> None:
    taken(tmp_path, purpose="approve")
    judged(0, 30)
    assert precision.fallen(NOON) == []

    judged(30, 0, network="198.51.100")

    (one,) = precision.fallen(NOON)
    assert "Of 60 senders that the list of good senders one covers" in one.text and "30 sent clean mail" in one.text


def test_what_is_on_watch_or_paused_raises_nothing(cast: Cast, tmp_path: Path) -> None:
    taken(tmp_path, purpose="watch")
    taken(tmp_path, "paused")
    judged(0, 60)
    feeds.pause("paused", NOON, "olga@rep.example")

    assert precision.fallen(NOON) == []


def test_wilsons_interval_is_that_of_the_book() -> None:
    # Brown, Cai and DasGupta 2001, and the score interval of R's prop.test without correction.
    found = [tuple(round(bound, 4) for bound in wilson(*one)) for one in ((0, 10), (3, 3), (409, 412), (81, 263))]
    assert found == [(0.0, 0.2775), (0.4385, 1.0), (0.9788, 0.9975), (0.2553, 0.3662)]


@given(COUNTS, COUNTS)
def test_the_interval_holds_the_share(spam: int, clean: int) -> None:
    low, high = Precision(spam, clean).bounds()
    share = spam / (spam + clean) if spam + clean else 0.5
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1


@given(COUNTS, COUNTS)
def test_more_spam_makes_a_word_worth_no_less_and_more_clean_mail_no_more(spam: int, clean: int) -> None:
    worth = prior(Precision(spam, clean))
    assert 0 <= worth <= 30
    assert prior(Precision(spam + 1, clean)) >= worth - 1e-9
    assert prior(Precision(spam, clean + 1)) <= worth + 1e-9


@given(st.integers(1, 50), st.integers(0, 50), st.integers(2, 50))
def test_the_same_share_of_more_senders_is_worth_no_less(spam: int, clean: int, times: int) -> None:
    assert prior(Precision(spam * times, clean * times)) >= prior(Precision(spam, clean)) - 1e-9


@given(COUNTS, COUNTS, st.floats(0.5, 12), st.floats(0.1, 0.9))
def test_with_it_a_sender_of_which_nothing_is_known_gets_the_share_that_is_certain(
    spam: int, clean: int, unknown: float, before: float
) -> None:
    found = Precision(spam, clean)
    worth = prior(found, unknown, before, most=1e9)
    estimate = (worth + unknown * before) / (worth + unknown)
    assert estimate == pytest.approx(max(found.bounds()[0], before))


def test_a_list_that_nobody_judged_is_worth_nothing(store: Store) -> None:
    assert prior(Precision()) == prior(Precision(1, 0)) == prior(Precision(500, 500)) == 0
    assert 0 < prior(Precision(5, 0)) < prior(Precision(50, 0)) < prior(Precision(5_000, 0)) == 30


INSIDE, SIX, OUTSIDE = (parse_network(text) for text in ("198.51.100.77", "2001:db8:1:2::/64", "192.0.2.77"))


def test_the_word_of_a_served_list_is_worth_what_it_was_right(store: Store, tmp_path: Path) -> None:
    taken(tmp_path)
    assert precision.words([INSIDE, SIX, OUTSIDE], NOON) == {}, "nobody has judged it"

    judged(60, 0)

    word = prior(Precision(60, 0))
    assert word > 4 and precision.words([INSIDE, SIX, OUTSIDE], NOON) == {INSIDE: word, SIX: word}
    judged(60, 60)
    assert precision.words([INSIDE], NOON) == {}


def test_a_list_on_watch_or_paused_has_no_word_and_of_several_the_best_one_counts(store: Store, tmp_path: Path) -> None:
    for name, purpose in (("one", "list"), ("two", "list"), ("three", "watch"), ("good", "approve")):
        taken(tmp_path, name, purpose=purpose)
    judged(30, 0)
    with db.write():
        FeedDay.update(count=90).where(FeedDay.feed == taken_id("two")).execute()
    best = prior(Precision(90, 0))
    assert precision.words([INSIDE], NOON) == {INSIDE: best}

    feeds.pause("two", NOON, "dora")
    assert precision.words([INSIDE], NOON) == {INSIDE: prior(Precision(30, 0))}
    feeds.pause("one", NOON, "dora")
    assert precision.words([INSIDE], NOON) == {}


def taken_id(name: str) -> int:
    return int(next(one.id for one in feeds.all_feeds() if one.name == name))


def test_what_was_judged_in_full_decides_where_it_says_anything() -> None:
    flattered = Precision(500, 0)
    assert precision.worth(Measured(Precision(10, 10), flattered)) == 0
    assert precision.worth(Measured(Precision(5, 5), flattered)) == prior(Precision(505, 5)) > 0
    assert precision.worth(Measured()) == 0


def test_what_mail_servers_ask_unpacks_no_list(store: Store, tmp_path: Path) -> None:
    live_lists.live_lists(NOON)  # there is none, and what was kept of others goes
    taken(tmp_path)
    assert live_lists._kept == {}

    questions.count(Matches([Match(NOON, 1, DYNAMIC, 0, *parse_address("198.51.100.7"))]), EMPTY, NOON)
    assert live_lists._kept == {}

    spam_reports.accept("198.51.100.7", "trap", NOON)
    assert live_lists._kept != {}
