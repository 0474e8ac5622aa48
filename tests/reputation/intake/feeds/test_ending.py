"""How old a list is, when it ends, and that nothing of it is served from that second on."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reputation.customers import organizations
from reputation.insight import feed_status
from reputation.intake import feeds
from reputation.intake.formats.dates import second_of
from reputation.store.db import Store
from reputation.store.models import Feed
from reputation.verdict.zones import DATABASE_NAMES, FOREVER
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.export.cast import answer, published
from tests.reputation.intake.feeds.cast import HOUR, FeedFile, generation

DAY = 24 * HOUR
ADDRESS = ipaddress.IPv4Address("198.51.100.7")


@pytest.fixture(autouse=True)
def asker(store: Store) -> None:
    organizations.add("Acme", "advanced", NOON)


def stamp(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y:%m:%d:%H:%M:%S")


def zone(made: int, ends: int) -> str:
    return f"$TIMESTAMP {stamp(made)} {stamp(ends)}\n198.51.100.7\n"


def served_at(now: int, built_at: int, database: str = "standard") -> bool:
    return bool(answer(published(built_at), DATABASE_NAMES.index(database), ADDRESS, now))


@pytest.mark.parametrize("database", ["standard", "dynamic"])
def test_a_zone_is_served_up_to_the_second_of_its_own_end(store: Store, tmp_path: Path, database: str) -> None:
    feed = FeedFile(tmp_path, format="rbldnsd", database=database, duration=30 * DAY)
    ends = NOON + 5 * HOUR
    feed.publish(zone(NOON, ends))

    assert feed.state.content_at == NOON and feed.state.ends_at == ends
    assert served_at(ends - 1, NOON + HOUR, database) and not served_at(ends, NOON + HOUR, database)


@pytest.mark.parametrize("end", ["+99999999999999999w", "9999:12:31:00:00:00"])
@pytest.mark.parametrize("database", ["standard", "dynamic"])
def test_an_end_far_away_is_the_last_that_a_listing_can_hold(
    store: Store, tmp_path: Path, database: str, end: str
) -> None:
    feed = FeedFile(tmp_path, format="rbldnsd", database=database, duration=30 * DAY)

    feed.publish(f"$TIMESTAMP {stamp(NOON)} {end}\n198.51.100.7\n")

    assert feed.state.ends_at == FOREVER
    assert served_at(NOON + DAY, NOON + HOUR, database)


@pytest.mark.parametrize("said", [
    "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999999999",
    -62135596800,
])  # fmt: skip
@pytest.mark.parametrize("bounds", [{}, {"max_age": "2d"}])
def test_a_date_that_no_list_can_have_says_nothing(
    store: Store, tmp_path: Path, said: object, bounds: dict[str, str]
) -> None:
    feed = FeedFile(tmp_path, format="json:ip", bounds=bounds)

    done = feed.publish(json.dumps({"timestamp": said, "ip": "198.51.100.7"}))

    assert done.status == "new" and feed.state.content_at is None


def test_the_dates_that_lists_can_have_are_read() -> None:
    assert second_of("1990-01-01T00:00:00Z") == 631_152_000
    assert second_of("Fri, 31 Dec 1989 23:59:59 GMT") == 0
    assert second_of("2106-02-07T06:28:14Z") == FOREVER - 1
    assert second_of("2106-02-07T06:28:15Z") == 0


def test_a_zone_past_its_end_is_refused_and_the_one_before_ends_by_itself(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, format="rbldnsd")
    feed.publish(zone(NOON, NOON + 3 * HOUR))

    done = feed.publish(zone(NOON, NOON + HOUR))

    assert done.status == "refused" and "has ended by its own word" in done.message
    assert served_at(NOON + 3 * HOUR - 1, NOON + 2 * HOUR) and not served_at(NOON + 3 * HOUR, NOON + 2 * HOUR)


def test_the_same_addresses_with_a_later_end_are_served_longer(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, format="rbldnsd")
    feed.publish(zone(NOON, NOON + 3 * HOUR))
    before = generation()

    assert feed.publish(zone(NOON + HOUR, NOON + 9 * HOUR)).status == "unchanged"

    assert feed.state.ends_at == NOON + 9 * HOUR and generation() > before
    assert served_at(NOON + 5 * HOUR, NOON + 2 * HOUR)


def test_a_list_that_has_ended_is_stale_and_counts_nothing(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, format="rbldnsd", every=30 * DAY)
    feed.publish(zone(NOON, NOON + 3 * HOUR))

    good = feed_status.feed("one", NOON + 3 * HOUR - 1)
    ended = feed_status.feed("one", NOON + 3 * HOUR)

    assert good and ended
    assert (good.state, good.entries, ended.state, ended.entries) == ("good", 1, "stale", 0)
    assert "not used any more" in ended.message
    assert [one.name for one in feed_status.page("one", "stale", 0, 10, NOON + 3 * HOUR)[0]] == ["one"]
    assert feed_status.page("one", "good", 0, 10, NOON + 3 * HOUR)[0] == []


def test_a_list_ends_at_the_age_that_its_feed_allows(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, bounds={"max_age": "2d"})
    feed.publish(f"# Last updated: {datetime.fromtimestamp(NOON, UTC):%Y-%m-%d %H:%M:%S} UTC\n198.51.100.7\n")

    assert feed.state.ends_at == NOON + 2 * DAY
    assert served_at(NOON + 2 * DAY - 1, NOON + HOUR) and not served_at(NOON + 2 * DAY, NOON + HOUR)


def test_a_list_that_is_too_old_is_refused(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, bounds={"max_age": "2d"})

    done = feed.publish("# Last updated: 2020-01-01 00:00:00 UTC\n198.51.100.7\n")

    assert done.status == "refused"
    assert done.message == "The list is too old: it was made on 2020-01-01 00:00 UTC, and its bound max_age is 2d."


def test_a_list_that_says_nothing_of_its_age_is_as_old_as_its_first_fetch(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, bounds={"max_age": "2d"})
    feed.publish("198.51.100.7\n")
    fetched_at = feed.now
    feed.refresh()

    assert (feed.state.content_at, feed.state.ends_at) == (None, fetched_at + 2 * DAY)


def test_another_age_counts_from_the_next_answer(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(f"# Last updated: {datetime.fromtimestamp(NOON, UTC):%Y-%m-%d %H:%M:%S} UTC\n198.51.100.7\n")
    assert feed.state.ends_at is None and served_at(NOON + 90 * DAY, NOON + HOUR)
    before = generation()

    feeds.set_bounds("one", {"max_age": "1d"}, NOON)

    assert feed.state.ends_at == NOON + DAY and generation() > before
    feeds.set_bounds("one", {"max_age": "none"}, NOON)
    assert feed.state.ends_at is None


def test_the_age_stands_in_the_row_of_the_feed(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish("# Last updated: 2026-04-02 15:51:19 UTC\n198.51.100.7\n")

    assert others(Feed).where(Feed.name == "one").get().content_at == feed.state.content_at == 1775145079


def test_a_preview_shows_lines_beside_what_each_became(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(
        "# a comment\n\n198.51.100.7\n10.0.0.1\nspam.example\n198.51.100.0/24 # net\n198.51.101.0 - 198.51.101.9\n"
        + "".join(f"203.0.113.{n}\n" for n in range(10))
    )

    trial = feeds.preview_feed(str(file), "plain", {}, NOON)

    assert [tuple(piece) for piece in trial.pieces][:6] == [
        (3, "198.51.100.7", "198.51.100.7"),
        (4, "10.0.0.1", "10.0.0.1: left out by the guards"),
        (5, "spam.example", "left out: not an IP address"),
        (6, "198.51.100.0/24 # net", "198.51.100.0/24"),
        (7, "198.51.101.0 - 198.51.101.9", "198.51.101.0-198.51.101.9"),
        (8, "203.0.113.0", "203.0.113.0"),
    ]
    assert len(trial.pieces) == 10


def test_a_preview_shows_the_values_of_a_zone_and_its_end(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "zone"
    file.write_text(zone(NOON, NOON + DAY) + "198.51.100.0/24 :3:\n!198.51.100.9\n")

    trial = feeds.preview_feed(str(file), "rbldnsd:without=3", {}, NOON)

    assert trial.values == (("127.0.0.2", 1), ("127.0.0.3", 1))
    assert (trial.content_at, trial.ends_at) == (NOON, NOON + DAY)
    assert [piece.became for piece in trial.pieces] == [
        "no entry",
        "198.51.100.7",
        "198.51.100.0/24: not listed, and left out of wider entries",
        "198.51.100.9: not listed, and left out of wider entries",
    ]


def test_as_numbers_become_the_networks_of_the_table_of_origins(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, format="asn")

    done = feed.publish("AS13414 ; a company\n")  # of the bundled table

    assert done.status == "new" and done.entries > 5
    assert all(line.endswith("AS13414 a company") for line in feed.live)
