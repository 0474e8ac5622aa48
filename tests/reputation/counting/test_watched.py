"""A feed on watch: in no answer, and counted as what it would have done to whom."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from reputation.addresses.address import parse_address
from reputation.counting import hours, watched
from reputation.counting.delivery import Delivery
from reputation.counting.watched import WouldHave
from reputation.customers import policy
from reputation.customers.policy import settings
from reputation.intake import feeds
from reputation.refusal import Refused
from reputation.store import changes, db
from reputation.store.models import AuditEntry, FeedDay, FeedRevision, WatchedDay
from reputation.verdict.counters import Batch, Counters
from reputation.verdict.decision import decide
from reputation.verdict.matches import Match
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.reputation.export.cast import published
from tests.reputation.intake.lists import sample

WHO = "olga@rep.example"
LISTED = "198.51.100.0/24\n2001:db8:1::/48\n"
INSIDE, INSIDE6, OUTSIDE = "198.51.100.7", "2001:db8:1::7", "203.0.113.7"


def on_watch(folder: Path, name: str = "tried", text: str = LISTED, database: str = "standard", **more: str) -> int:
    file = folder / f"{name}.txt"
    file.write_text(text)
    made = feeds.add(name, str(file), "plain", "KSS", NOON, database, **{"purpose": "watch"} | more)
    feeds.refresh(name, NOON)
    return made.id


def ask(
    organization: int, *addresses: str, database: int = STANDARD, sample: int = 1, snapshot: Snapshot | None = None
) -> None:
    """An organization's mail server asks, and what was counted is written."""
    snapshot = snapshot or published()
    counters = Counters(sample)
    for address in addresses:
        version, value = parse_address(address)
        decision = decide(snapshot, database, organization, version, value, NOON)
        counters.record(organization, database, decision, version, value, NOON)
    hours.flush(Delivery(counters), EMPTY, NOON, sample, snapshot)


def test_what_is_on_watch_is_in_no_answer_and_counted_as_what_it_would_do(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    snapshot = published()

    assert decide(snapshot, STANDARD, cast.acme.id, *parse_address(INSIDE), NOON).code == 0
    ask(cast.acme.id, INSIDE, INSIDE6, OUTSIDE, snapshot=snapshot)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=3, already=0, more=2)


def test_what_is_matched_anyway_is_told_apart(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.0/28", NOON)

    ask(cast.acme.id, INSIDE, "198.51.100.77", OUTSIDE)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=3, already=1, more=1)


def test_whom_an_organization_approved_it_would_not_have_refused(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    policy.add_rule(cast.acme.id, "approved", INSIDE, NOON)

    ask(cast.acme.id, INSIDE, INSIDE6)
    ask(cast.basic.id, INSIDE)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=3, already=0, more=2)


def test_a_category_or_level_that_is_off_would_refuse_nobody(cast: Cast, tmp_path: Path) -> None:
    feed, deferring = on_watch(tmp_path), on_watch(tmp_path, "deferring", database="dynamic")
    settings.choose_categories(cast.acme.id, False, True, True, NOON, WHO)
    settings.choose_level(cast.acme.id, 0, NOON, WHO)

    ask(cast.acme.id, INSIDE)
    ask(cast.acme.id, INSIDE, database=DYNAMIC)

    assert (watched.of_feed(feed, NOON), watched.of_feed(deferring, NOON)) == (WouldHave(1), WouldHave(1))


def test_what_a_list_of_good_senders_covers_it_would_not_have_refused(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    on_watch(tmp_path, "good", f"{INSIDE}\n", purpose="approve")

    ask(cast.acme.id, INSIDE, INSIDE6)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=2, already=0, more=1)


@pytest.mark.parametrize("database", DATABASE_NAMES)
def test_each_database_counts_the_questions_that_it_was_asked(cast: Cast, tmp_path: Path, database: str) -> None:
    feed = on_watch(tmp_path, database=database)

    ask(cast.acme.id, INSIDE, database=STANDARD)
    ask(cast.acme.id, INSIDE, INSIDE6, database=DYNAMIC)

    count = 1 if database == "standard" else 2
    assert watched.of_feed(feed, NOON) == WouldHave(asked=count, already=0, more=count)


def test_a_sample_stands_for_all_that_it_was_taken_from(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)

    ask(cast.acme.id, *[INSIDE] * 20, sample=5)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=20, already=0, more=20)


def test_an_organization_reads_its_own_connections_alone(cast: Cast, tmp_path: Path) -> None:
    on_watch(tmp_path)
    ask(cast.acme.id, INSIDE)
    ask(cast.basic.id, INSIDE, INSIDE6)

    (found,) = watched.of_organization(cast.acme.id, NOON, NOON + 1)

    assert (found.name, found.database, found.found.more) == ("tried", "standard", 1)


def test_a_question_of_an_organization_that_is_gone_is_not_counted(cast: Cast, tmp_path: Path) -> None:
    feed, known = on_watch(tmp_path), [cast.acme.id]
    batch = Batch(Counter({(NOON, one, STANDARD, 0): 1 for one in (cast.acme.id, cast.basic.id)}))
    for one in (cast.acme.id, cast.basic.id):
        batch.remember(Match(NOON, one, STANDARD, 0, *parse_address(INSIDE)))

    with db.write():
        watched.add(batch, published(), known, 1, NOON)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=1, more=1)


def test_a_paused_or_ended_feed_counts_nothing(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    feeds.pause("tried", NOON, WHO)

    ask(cast.acme.id, INSIDE)

    assert others(FeedDay).count() == others(WatchedDay).count() == 0
    assert watched.of_feed(feed, NOON) == WouldHave()


def test_another_list_counts_from_the_moment_that_it_is_live(cast: Cast, tmp_path: Path) -> None:
    feed = on_watch(tmp_path)
    ask(cast.acme.id, OUTSIDE)
    (tmp_path / "tried.txt").write_text(LISTED + f"{OUTSIDE}\n")
    feeds.refresh("tried", NOON + 1)

    ask(cast.acme.id, OUTSIDE)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=2, already=0, more=1)


def test_a_feed_goes_on_watch_and_back_by_a_person_and_dns_follows(cast: Cast, tmp_path: Path) -> None:
    on_watch(tmp_path, purpose="list")
    codes = []
    for change in (lambda: None, lambda: feeds.watch("tried", NOON, WHO), lambda: feeds.serve("tried", NOON, WHO)):
        before = changes.generations()[changes.STANDARD_FEEDS]
        change()
        codes.append(decide(published(), STANDARD, cast.acme.id, *parse_address(INSIDE), NOON).code)
        codes.append(changes.generations()[changes.STANDARD_FEEDS] > before)

    said = [row.what for row in others(AuditEntry) if row.who == WHO]
    assert codes == [2, False, 0, True, 2, True]
    assert said == ["Feed put on watch: tried", "Feed served, no longer on watch: tried"]


def test_what_cannot_go_on_watch_is_refused_with_the_reason(cast: Cast, tmp_path: Path) -> None:
    on_watch(tmp_path)
    on_watch(tmp_path, "good", purpose="approve")
    on_watch(tmp_path, "served", purpose="list")

    with pytest.raises(Refused, match="on watch already"):
        feeds.watch("tried", NOON)
    with pytest.raises(Refused, match="list of good senders"):
        feeds.watch("good", NOON)
    with pytest.raises(Refused, match="is not on watch"):
        feeds.serve("served", NOON)


def test_a_damaged_list_is_not_counted_and_takes_no_other_away(cast: Cast, tmp_path: Path) -> None:
    feed, whole = on_watch(tmp_path), on_watch(tmp_path, "whole", f"{INSIDE}\n{OUTSIDE}\n")
    FeedRevision.update(ranges4=b"broken", hash="damaged").where(FeedRevision.feed == feed).execute()

    ask(cast.acme.id, INSIDE)

    assert watched.of_feed(feed, NOON) == WouldHave(asked=1)
    assert watched.of_feed(whole, NOON) == WouldHave(asked=1, more=1)


def test_days_are_kept_for_ninety_days(cast: Cast, tmp_path: Path) -> None:
    on_watch(tmp_path)
    ask(cast.acme.id, INSIDE)

    assert watched.prune(NOON + 90 * watched.DAY - NOON % watched.DAY) == 0
    assert watched.prune(NOON + 91 * watched.DAY) == 2


def test_the_texts_of_a_list_do_not_keep_it_from_being_counted(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "drop.json"
    file.write_bytes(sample("drop.json"))
    made = feeds.add("texts", str(file), "drop-json", "KSS", NOON, purpose="watch")
    feeds.refresh("texts", NOON)

    ask(cast.acme.id, INSIDE)

    assert watched.of_feed(made.id, NOON) == WouldHave(asked=1, more=1)
