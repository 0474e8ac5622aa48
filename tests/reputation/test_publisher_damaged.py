"""A stored list that is damaged: the one before it is served, every screen says so, and the next fetch heals it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

import pytest

from reputation import faults
from reputation.addresses.address import parse_address, parse_network
from reputation.counting import watched
from reputation.insight import feed_status, lookup
from reputation.intake import feeds
from reputation.intake.feeds import Refreshed
from reputation.intake.fetch import Patience
from reputation.publisher import Publisher, approvals, damaged_lists
from reputation.publisher.approvals import approved
from reputation.publisher.damaged_origins import all_damage
from reputation.publisher.live_lists import live_lists
from reputation.ranges import Ranges
from reputation.refusal import Refused
from reputation.store.db import SQLITE_NAME, Store
from reputation.store.models import AuditEntry, Feed, FeedRevision
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.reputation.intake.fetch.server import Act, Site, answer, running
from tests.reputation.test_publisher import ask, live

HOUR = 3600
HASTY = Patience(connect=2, read=2, deadline=10, tries=1, pause=0.01)
OLD, NEW, BOTH = "203.0.113.1", "203.0.113.2", "203.0.113.9"
FIRST, SECOND = (f"{one}\n{BOTH}\n2001:db8::{one[-1]}\n".encode() for one in (OLD, NEW))


def versioned(body: Callable[[], bytes]) -> Act:
    """A server that says that nothing has changed to who has its last version already."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        tag = f'"{hash(body()) & 0xFFFF:x}"'
        known = handler.headers.get("If-None-Match") == tag
        (answer(b"", 304) if known else answer(body(), ETag=tag))(handler)

    return act


class House(NamedTuple):
    """A publisher, and the feed `one` of a web server, whose second list is live and whose first is old."""

    publisher: Publisher
    site: Site
    content: list[bytes]
    acme: int

    def refresh(self, now: int, name: str = "one") -> Refreshed:
        done = feeds.refresh(name, now, HASTY)
        self.publisher.catch_up(now)
        return done

    def serves(self) -> list[str]:
        return [one for one in (OLD, NEW, BOTH) if ask(self.publisher, self.acme, one, now=NOON).code]

    def restarted(self) -> House:
        """The same tables, read by a program that begins."""
        return self._replace(publisher=new_publisher())


def new_publisher() -> Publisher:
    return Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "")


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    content = [FIRST]
    with running(versioned(lambda: content[-1])) as site:
        made = House(new_publisher(), site, content, cast.acme.id)
        feeds.add("one", site.url, "plain", "KSS", NOON)
        made.refresh(NOON)
        content.append(SECOND)
        assert made.refresh(NOON + HOUR).status == "new"
        yield made
    for fault in faults.standing():
        faults.gone(fault.name, NOON)


def row(state: str = "live", name: str = "one") -> FeedRevision:
    return FeedRevision.select().join(Feed).where((Feed.name == name) & (FeedRevision.state == state)).get()


def feed_row(name: str = "one") -> Feed:
    return Feed.get(Feed.name == name)


def damage_it(kind: str = "flipped", state: str = "live", name: str = "one") -> None:
    """Change what is stored of a list, as a disk does that fails."""
    one = row(state, name)
    four, six = bytes(one.ranges4), bytes(one.ranges6)
    at, far = len(four) - 3, min(20, len(six) - 1)
    values = {
        "flipped": {"ranges4": four[:at] + bytes([four[at] ^ 4]) + four[at + 1 :]},
        "flipped in IPv6": {"ranges6": six[:far] + bytes([six[far] ^ 1]) + six[far + 1 :]},
        "truncated": {"ranges4": four[:-2]},
        "empty": {"ranges4": b""},
        "swapped": {"ranges4": six, "ranges6": four},
        "wrong count": {"ranges4": four[:8] + bytes([four[8] ^ 1]) + four[9:]},
        "no texts": {"texts": "[{"},
        "other texts": {"texts": "7"},
    }[kind]
    FeedRevision.update(values).where(FeedRevision.id == one.id).execute()


KINDS = ["flipped", "flipped in IPv6", "truncated", "empty", "swapped", "wrong count", "no texts", "other texts"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_before_is_served_and_the_next_fetch_heals_it(house: House, kind: str) -> None:
    damage_it(kind)
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)

    assert after.serves() == [OLD, BOTH]
    (state,) = apart(feeds.all_feeds())
    assert (state.status, state.entries, state.fetched_at) == ("damaged", 3, NOON)
    assert "Its list of 2026-09-21 13:00 UTC is damaged in the database" in state.message
    assert "The one before, of 2026-09-21 12:00 UTC with 3 entries, is in use" in state.message
    assert (feed_row().etag, feed_row().last_modified) == ("", "")
    assert feeds.due(NOON + 2 * HOUR) == ["one"], "at once, and not in an hour"

    assert after.refresh(NOON + 2 * HOUR).status == "new"
    assert "If-None-Match" not in house.site.asked[-1][1]
    assert after.serves() == [NEW, BOTH]
    assert others(FeedRevision).where(FeedRevision.state == "damaged").count() == 0
    (state,) = apart(feeds.all_feeds())
    assert (state.status, state.message, state.fetched_at) == ("good", "", NOON + 2 * HOUR)
    assert damaged_lists.standing() == {}


def test_it_is_said_wherever_somebody_looks(house: House) -> None:
    damage_it()
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)
    served = after.publisher.served_lists

    (fault,) = [one for one in faults.standing() if one.name == "stored list:one"]
    assert "Feed one: Its list of 2026-09-21 13:00 UTC is damaged" in fault.sentence
    assert list(all_damage()) == ["one"]
    status = feed_status.feed("one", NOON + 2 * HOUR, served)
    assert status is not None and (status.state, status.entries, status.list_at) == ("damaged", 3, NOON)
    assert [one.name for one in feed_status.page("one", "damaged", 0, 9, NOON + 2 * HOUR)[0]] == ["one"]
    assert feed_status.page("one", "good", 0, 9, NOON + 2 * HOUR)[0] == []
    entry = others(AuditEntry).where(AuditEntry.what == "Damaged list of the feed one set aside").get()
    assert (entry.who, entry.after) == ("Gatepost", "3 entries of 2026-09-21 12:00 UTC in use")
    assert [one.state for one in feeds.history("one")] == ["damaged", "live"]

    after.refresh(NOON + 2 * HOUR)

    assert not [one for one in faults.standing() if one.name == "stored list:one"] and all_damage() == {}


def test_a_fetch_that_fails_leaves_it_as_it_is_and_says_both(house: House) -> None:
    damage_it()
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)
    house.site.acts[:] = [answer(b"", 404)]

    assert after.refresh(NOON + 2 * HOUR).status == "failed"

    (state,) = apart(feeds.all_feeds())
    assert state.status == "damaged" and "is damaged in the database" in state.message
    assert "answered 404" in state.message
    assert after.serves() == [OLD, BOTH]
    assert feeds.due(NOON + 2 * HOUR + 899) == [] and feeds.due(NOON + 2 * HOUR + 900) == ["one"]


def test_a_server_that_says_nothing_has_changed_though_it_was_not_asked_heals_nothing(house: House) -> None:
    damage_it()
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)
    house.site.acts[:] = [answer(b"", 304)]

    done = after.refresh(NOON + 2 * HOUR)

    assert done.status == "failed" and "was not asked that" in done.message
    assert apart(feeds.all_feeds())[0].status == "damaged"


def test_where_every_list_is_damaged_nothing_is_served_and_that_is_said(house: House) -> None:
    damage_it()
    damage_it("truncated", "old")
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)

    assert after.serves() == []
    (state,) = apart(feeds.all_feeds())
    assert (state.status, state.entries) == ("damaged", 0)
    assert "No list before it can be read, so that nothing of it is in use" in state.message
    status = feed_status.feed("one", NOON + 2 * HOUR, after.publisher.served_lists)
    assert status is not None and status.entries == 0 and status.list_at is None
    assert feeds.due(NOON + 2 * HOUR) == ["one"]

    after.refresh(NOON + 2 * HOUR)
    assert after.serves() == [NEW, BOTH] and apart(feeds.all_feeds())[0].status == "good"


def test_one_list_of_several_takes_no_other_away(house: House, tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    file.write_text("198.51.100.7\n")
    feeds.add("two", str(file), "plain", "KSS", NOON)
    house.refresh(NOON + HOUR, "two")
    damage_it(name="two")
    after = house.restarted()
    after.publisher.catch_up(NOON + 2 * HOUR)

    assert after.serves() == [NEW, BOTH]
    assert ask(after.publisher, house.acme, "198.51.100.7").code == 0
    assert {one.name: one.status for one in apart(feeds.all_feeds())} == {"one": "good", "two": "damaged"}


def test_what_is_damaged_again_within_an_hour_is_not_asked_for_at_once(house: House) -> None:
    now = NOON + 2 * HOUR
    damage_it()
    after = house.restarted()
    after.publisher.catch_up(now)
    after.refresh(now)
    damage_it()
    again = house.restarted()
    again.publisher.catch_up(now + 60)

    assert again.serves() == [OLD, BOTH]
    assert feeds.due(now + 899) == [] and feeds.due(now + 900) == ["one"]
    assert "twice within an hour: look at the disk" in apart(feeds.all_feeds())[0].message


def test_the_refresh_finds_what_is_damaged_before_the_publisher_reads_it(house: House) -> None:
    """What is served came from the whole list; its source would say for ever that nothing has changed."""
    damage_it()
    assert house.serves() == [NEW, BOTH]

    assert house.refresh(NOON + 2 * HOUR).status == "new"

    assert house.serves() == [NEW, BOTH]
    assert apart(feeds.all_feeds())[0].status == "good"
    assert "If-None-Match" not in house.site.asked[-1][1]


def test_a_content_that_was_in_use_is_so_again_though_it_differs_much(cast: Cast) -> None:
    """Nobody has to agree twice to the same list."""
    content = [("\n".join(f"192.0.2.{number}" for number in range(10, 60)) + "\n").encode()]
    with running(versioned(lambda: content[-1])) as site:
        house = House(new_publisher(), site, content, cast.acme.id)
        feeds.add("one", site.url, "plain", "KSS", NOON)
        house.refresh(NOON)
        content.append(content[0] + b"\n".join(b"198.51.100.%d" % number for number in range(1, 99)) + b"\n")
        assert house.refresh(NOON + HOUR).status == "held"
        feeds.accept("one", NOON + HOUR)
        damage_it()
        after = house.restarted()
        after.publisher.catch_up(NOON + 2 * HOUR)

        assert after.refresh(NOON + 2 * HOUR).status == "new"


def test_a_held_list_that_is_damaged_cannot_be_accepted_and_comes_anew(house: House) -> None:
    FeedRevision.update(state="held").where(FeedRevision.id == row("live").id).execute()
    FeedRevision.update(state="live").where(FeedRevision.id == row("old").id).execute()
    damage_it("truncated", "held")

    with pytest.raises(Refused, match="cannot be accepted: it is damaged in the database"):
        feeds.accept("one", NOON + HOUR)
    feeds.refresh("one", NOON + 2 * HOUR, HASTY)

    assert "If-None-Match" not in house.site.asked[-1][1]
    assert row("live").fetched_at == NOON + 2 * HOUR


def test_nobody_goes_back_to_a_list_that_is_damaged(house: House) -> None:
    damage_it("flipped", "old")

    with pytest.raises(Refused, match="cannot be gone back to: it is damaged"):
        feeds.rollback("one", NOON + HOUR)

    house.publisher.catch_up(NOON + HOUR)
    assert house.serves() == [NEW, BOTH]


def test_the_dynamic_database_goes_on_with_the_list_before(cast: Cast) -> None:
    content = [FIRST]
    with running(versioned(lambda: content[-1])) as site:
        house = House(new_publisher(), site, content, cast.acme.id)
        feeds.add("one", site.url, "plain", "KSS", NOON, "dynamic", duration=2 * HOUR)
        house.refresh(NOON)
        content.append(SECOND)
        house.refresh(NOON + 9 * HOUR)
        damage_it()
        after = house.restarted()
        after.publisher.catch_up(NOON + 10 * HOUR)

        listed = [
            bool(live(after.publisher).dynamic.feeds.at(parse_address(one), NOON + 10 * HOUR))
            for one in (OLD, NEW, BOTH)
        ]
        assert listed == [True, False, True], "though its own stay was over"
        assert after.refresh(NOON + 10 * HOUR).status == "new"


def test_a_list_of_good_senders_goes_on_with_the_one_before(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "_last", ((), Ranges.empty()))  # of the test before on another database
    file, publisher = tmp_path / "good.txt", new_publisher()
    feeds.add("good", str(file), "plain", "KSS", NOON, purpose="approve")
    for number, one in enumerate((OLD, NEW)):
        file.write_text(f"{one}\n")
        feeds.refresh("good", NOON + number)
    damage_it(name="good")

    assert [approved().touches(parse_network(one)) for one in (OLD, NEW)] == [True, False]
    publisher.catch_up(NOON + 2)
    assert row("damaged", "good") and row("live", "good").fetched_at == NOON


def test_a_feed_on_watch_is_counted_by_the_list_before_and_heals(house: House) -> None:
    feeds.watch("one", NOON + HOUR)
    damage_it()

    (one,) = live_lists(NOON + 2 * HOUR)
    assert one.members.holds(4, [parse_address(OLD).value, parse_address(NEW).value]).tolist() == [True, False]
    house.refresh(NOON + 2 * HOUR)
    (one,) = live_lists(NOON + 2 * HOUR)
    assert one.members.holds(4, [parse_address(OLD).value, parse_address(NEW).value]).tolist() == [False, True]
    assert watched.of_feed(feed_row().id, NOON) is not None


def test_who_looks_an_address_up_meets_no_error(house: House) -> None:
    damage_it()

    found = lookup.published_lists(parse_address(BOTH), "standard", NOON + HOUR)

    assert [one.name for one in found] == ["one"]


def test_what_cannot_be_written_down_is_served_and_told_all_the_same(
    house: House, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage_it()
    monkeypatch.setattr(damaged_lists, "AGAIN", 0)
    on, off = (
        ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
        if store.is_sqlite
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    after = house.restarted()
    store.database.execute_sql(on)
    try:
        after.publisher.catch_up(NOON + 2 * HOUR)
        assert after.serves() == [OLD, BOTH]
        assert apart(feeds.all_feeds())[0].status == "damaged"
        assert [one.name for one in faults.standing() if one.name.startswith("stored list")] == ["stored list:one"]
    finally:
        store.database.execute_sql(off)
    after.publisher.catch_up(NOON + 2 * HOUR + 1)
    assert row("damaged") and row("live").fetched_at == NOON


def test_a_list_that_cannot_be_published_is_not_shown_as_loaded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.content.append(FIRST + b"198.51.100.1\n")
    feeds.refresh("one", NOON + 2 * HOUR, HASTY)
    with monkeypatch.context() as patch:
        patch.setattr("reputation.publisher.layers.standard_feeds", lambda: 1 // 0)
        house.publisher.catch_up(NOON + 2 * HOUR)
        served = house.publisher.served_lists
        status = feed_status.feed("one", NOON + 2 * HOUR, served)
        assert status is not None and (status.entries, status.list_at, status.state) == (3, NOON + HOUR, "stale")
        assert "could not be published" in status.message
        assert feed_status.entries_served(NOON + 2 * HOUR, served) == 3
        assert [one.name for one in faults.standing()] == ["published part:standard feeds"]
    house.publisher.catch_up(NOON + 3 * HOUR)

    status = feed_status.feed("one", NOON + 3 * HOUR, house.publisher.served_lists)
    assert status is not None and (status.entries, status.state) == (4, "good")
    assert faults.standing() == []


def tear(store: Store, folder: Path, piece: bytes) -> None:
    """Overwrite the page of a SQLite file in which these octets are with zeros."""
    store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    size = store.database.execute_sql("PRAGMA page_size").fetchone()[0]
    opened = store.database._state.ctx
    store.database.close()
    file = folder / SQLITE_NAME
    content = bytearray(file.read_bytes())
    found = content.find(piece)
    assert found >= 0 and content.find(piece, found + 1) < 0
    page = found // size * size
    content[page : page + size] = bytes(size)
    file.write_bytes(content)
    store.database.connect()
    store.database._state.ctx = opened


def test_a_torn_page_is_named_and_the_next_fetch_heals_what_it_can(house: House, store: Store, tmp_path: Path) -> None:
    if not store.is_sqlite:
        return  # what PostgreSQL says of a torn value is told by its state: test_damage.py
    house.content.append("".join(f"198.18.{n >> 8}.{n & 255 & ~1}\n" for n in range(0, 60_000, 2)).encode())
    assert house.refresh(NOON + 2 * HOUR).status == "new"
    blob = bytes(row().ranges4)
    tear(store, tmp_path, blob[len(blob) // 2 :][:200])
    after = house.restarted()
    after.publisher.catch_up(NOON + 3 * HOUR)

    assert after.serves() == [NEW, BOTH]
    (state,) = apart(feeds.all_feeds())
    assert state.status == "damaged" and "the database cannot read it" in state.message
    assert [one.state for one in feeds.history("one")][1:] == ["old", "old"]

    assert after.refresh(NOON + 3 * HOUR).status == "new"
    assert ask(after.publisher, house.acme, "198.18.0.2").code
    assert apart(feeds.all_feeds())[0].status == "good"


def test_a_torn_list_that_nobody_needs_stops_no_later_one(house: House, store: Store, tmp_path: Path) -> None:
    """SQLite cannot remove it, and writes nothing else in the transaction that tries."""
    if not store.is_sqlite:
        return  # what PostgreSQL says of a torn value is told by its state: test_damage.py
    wide = "".join(f"198.18.{n >> 8}.{n & 255 & ~1}\n" for n in range(0, 60_000, 2))
    house.content.append(wide.encode())
    house.refresh(NOON + 2 * HOUR)
    blob = bytes(row().ranges4)
    for turn in range(3, 12):
        house.content.append(f"203.0.113.{turn}\n".encode())
        if feeds.refresh("one", NOON + turn * HOUR, HASTY).status == "held":
            feeds.accept("one", NOON + turn * HOUR)
        if turn == 4:
            tear(store, tmp_path, blob[len(blob) // 2 :][:200])

    house.publisher.catch_up(NOON + 12 * HOUR)
    assert ask(house.publisher, house.acme, "203.0.113.11").code
    assert apart(feeds.all_feeds())[0].status == "good"
