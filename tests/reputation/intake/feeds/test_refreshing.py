"""One refresh of a feed, from its source to what is served."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reputation.customers import mail_servers, organizations
from reputation.intake import feeds
from reputation.intake.feeds import Refreshed, refreshing
from reputation.intake.fetch import Patience
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import Feed, FeedRevision, User
from tests.conftest import NOON, Cast
from tests.neighbour import apart, is_others, others
from tests.reputation.intake.feeds.cast import HOUR, FeedFile, generation, revision_of, states
from tests.reputation.intake.fetch.server import answer, running
from tests.reputation.intake.lists import plain_list, sample

HASTY = Patience(connect=2, read=2, deadline=5, tries=1, pause=0.01)


def test_the_first_list_is_served(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    before = generation()

    assert one.publish("192.0.2.1\n2001:db8::/32\n") == Refreshed("one", "new", 2, 2, 0, ())
    assert one.live == ["192.0.2.1", "2001:db8::/32"]
    assert generation() == before + 1
    assert (one.state.status, one.state.entries, one.state.refreshed_at) == ("good", 2, NOON + HOUR)


def test_texts_are_kept_with_their_ranges(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, format="drop")

    one.publish(sample("drop.txt").decode())

    assert one.live[0] == "192.0.2.0/25 SBL100001"


def test_a_change_says_what_came_and_went(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish("192.0.2.1\n192.0.2.2\n192.0.2.3\n")

    assert one.publish("192.0.2.1\n192.0.2.3\n192.0.2.4\n192.0.2.5\n") == Refreshed("one", "new", 4, 2, 1, ())
    assert states() == ["old", "live"]


def test_an_unchanged_source_is_not_read_and_nothing_is_published(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish("192.0.2.1\nbad\n")
    before = generation()

    refreshed = one.refresh()

    assert (refreshed.status, refreshed.entries, len(refreshed.warnings)) == ("unchanged", 1, 1)
    assert generation() == before
    assert others(FeedRevision).get().seen_at == one.now


def test_the_same_entries_in_another_file_are_unchanged(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish("# Monday\n192.0.2.1\n")

    assert one.publish("# Tuesday\n192.0.2.1\n").status == "unchanged"
    assert states() == ["live"]


def test_a_dynamic_list_that_is_seen_again_is_published_again_for_its_new_end(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, database="dynamic")
    one.publish("192.0.2.1\n")
    before = generation("dynamic")

    assert one.refresh().status == "unchanged"

    assert generation("dynamic") == before + 1
    assert others(FeedRevision).get().seen_at == one.now


def test_warnings_are_kept_for_a_person_to_see(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)

    refreshed = one.publish("192.0.2.1\nbad\x00\n10.0.0.1\n" + "192.0.2.2\nworse\n" * 30)

    assert refreshed.warnings[0] == "line 2: not an IP address: bad\N{REPLACEMENT CHARACTER}"
    assert refreshed.warnings[-2:] == (
        "11 more lines could not be read",
        "1 entry in private or reserved networks left out (line 3: 10.0.0.1)",
    )
    assert one.state.warnings == refreshed.warnings


def test_no_organizations_word_takes_an_entry_out_of_a_feed(cast: Cast, tmp_path: Path) -> None:
    for organization, network in ((cast.acme.id, "45.148.10.0/24"), (cast.basic.id, "45.148.10.0/25")):
        mail_servers.add(organization, network, NOON)
    one = FeedFile(tmp_path)

    refreshed = one.publish("45.148.10.0/24\n")

    assert one.live == ["45.148.10.0/24"] and refreshed.warnings == ()


def test_confirmed_mail_servers_are_never_listed(cast: Cast, tmp_path: Path) -> None:
    made = mail_servers.add(cast.acme.id, "192.0.2.0/31", NOON)
    mail_servers.confirm(made.id, made.network, NOON)
    one = FeedFile(tmp_path)

    one.publish("192.0.2.0/30\n")

    assert one.live == ["192.0.2.2/31"]


@pytest.mark.parametrize("way", ["withdraw", "change", "remove", "remove the organization"])
def test_a_feed_is_read_anew_once_a_confirmation_came_or_went(cast: Cast, tmp_path: Path, way: str) -> None:
    made = mail_servers.add(cast.acme.id, "192.0.2.0/31", NOON)
    one = FeedFile(tmp_path)
    one.publish("192.0.2.0/30\n")
    mail_servers.confirm(made.id, made.network, NOON)
    assert feeds.refresh(one.state.name, NOON).status == "new" and one.live == ["192.0.2.2/31"]

    if way == "withdraw":
        mail_servers.withdraw_confirmation(made.id, made.network, NOON)
    elif way == "change":
        mail_servers.change(cast.acme.id, made.id, "192.0.2.0", "", NOON)
    elif way == "remove":
        mail_servers.remove(cast.acme.id, made.id, NOON)
    else:
        User.create(
            organization=cast.basic.id, email="olga@basic.example", role="operator", password_hash="!", created_at=NOON
        )
        organizations.remove(cast.acme.id, "Acme", NOON, "olga")

    assert feeds.refresh(one.state.name, NOON).status == "new" and one.live == ["192.0.2.0/30"]


@pytest.mark.parametrize("spoil,status,says", [
    (lambda file: file.unlink(), "failed", "There is no file"),
    (lambda file: file.write_text(""), "refused", "The list is empty"),
    (lambda file: file.write_text("# nothing\n"), "refused", "The list is empty"),
    (lambda file: file.write_text("<html></html>"), "refused", "A web page"),
    (lambda file: file.write_text("a\nb\n192.0.2.1\n"), "refused", "is the format right"),
    (lambda file: file.write_text("192.0.2.1\n0.0.0.0/0\n"), "refused", "line 2: 0.0.0.0/0 is wider"),
    (lambda file: file.write_text("192.0.2.1\n8.8.8.8\n"), "refused", "holds 8.8.8.8"),
    (lambda file: file.write_text("10.0.0.1\n"), "refused", "Nothing of the list is left"),
    (lambda file: file.write_bytes(b"\x1f\x8bbroken"), "refused", "damaged"),
])  # fmt: skip
def test_a_refresh_that_goes_wrong_withdraws_nothing_and_keeps_its_reason(
    store: Store, tmp_path: Path, spoil: Callable[[Path], object], status: str, says: str
) -> None:
    one = FeedFile(tmp_path)
    one.publish("192.0.2.1\n")
    before = generation()
    spoil(one.file)

    refreshed = one.refresh()

    assert (refreshed.status, refreshed.entries) == (status, 1)
    assert says in refreshed.message
    assert (one.state.status, one.state.message) == ("failed", refreshed.message)
    assert (one.state.refreshed_at, one.state.checked_at) == (one.now - HOUR, one.now)
    assert one.live == ["192.0.2.1"]
    assert (states(), generation()) == (["live"], before)


def test_a_feed_recovers(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish("192.0.2.1\n")
    one.publish("")

    assert one.publish("192.0.2.1\n").status == "unchanged"
    assert (one.state.status, one.state.message) == ("good", "")


def test_a_feed_that_never_came_serves_nothing(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)

    assert one.refresh().status == "failed"
    assert one.state.entries == 0


def test_a_great_change_is_held_and_the_list_before_is_served_on(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(100))
    before, served = generation(), one.live

    refreshed = one.publish(plain_list(40))

    assert refreshed[:5] == ("one", "held", 40, 0, 60)
    assert "60%" in refreshed.message and "feed accept one" in refreshed.message
    assert one.live == served
    assert (states(), generation()) == (["live", "held"], before)
    assert (one.state.status, one.state.entries, one.state.held_entries) == ("held", 100, 40)
    assert one.state.message == refreshed.message


def test_the_same_list_is_held_once(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(100))
    held = one.publish(plain_list(40))

    assert one.refresh() == held
    assert one.publish("# again\n" + plain_list(40)) == held
    assert states() == ["live", "held"]


def test_a_list_that_is_held_gives_way_to_the_next_that_is_held(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(100))
    one.publish(plain_list(40))

    assert one.publish(plain_list(41)).status == "held"
    assert states() == ["live", "withdrawn", "held"]
    assert len(revision_of("held")) == 41


@pytest.mark.parametrize("count,status", [(100, "unchanged"), (99, "new")])
def test_a_source_that_comes_to_its_senses_takes_back_what_was_held(
    store: Store, tmp_path: Path, count: int, status: str
) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(100))
    one.publish(plain_list(40))

    assert one.publish(plain_list(count)).status == status
    assert "held" not in states()
    assert one.state.status == "good"


def test_a_feed_may_allow_itself_more_change(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, bounds={"max_change": 0.6})
    one.publish(plain_list(100))

    assert one.publish(plain_list(40)).status == "new"


def test_a_served_list_that_is_damaged_in_the_table_is_replaced(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(100))
    FeedRevision.update(ranges4=b"damaged").where(is_others(FeedRevision)).execute()

    assert one.publish(plain_list(99)).status == "new"
    assert len(one.live) == 99


def test_a_list_from_a_server_is_asked_for_with_its_validators(store: Store) -> None:
    with running(answer(b"192.0.2.1\n", ETag='"v1"'), answer(b"", 304), answer(b"", 404), answer(b"", 304)) as site:
        feeds.add("web", site.url, "plain", "KSS", NOON)
        statuses = [feeds.refresh("web", NOON + n, HASTY).status for n in range(4)]

    assert statuses == ["new", "unchanged", "failed", "unchanged"]
    assert [headers.get("If-None-Match") for _, headers in site.asked] == [None, '"v1"', '"v1"', '"v1"']


def test_what_a_guard_refused_is_fetched_again_in_full(store: Store) -> None:
    with running(
        answer(b"192.0.2.1\n", ETag='"v1"'), answer(b"8.8.8.8\n", ETag='"v2"'), answer(b"192.0.2.1\n")
    ) as site:
        feeds.add("web", site.url, "plain", "KSS", NOON)
        statuses = [feeds.refresh("web", NOON + n, HASTY).status for n in range(3)]

    assert statuses == ["new", "refused", "unchanged"]
    assert "If-None-Match" not in site.asked[2][1]


def test_a_held_list_that_its_server_calls_unchanged_stays_held(store: Store) -> None:
    first, second = (answer(plain_list(count).encode(), ETag=f'"{count}"') for count in (100, 40))
    with running(first, second, answer(b"", 304)) as site:
        feeds.add("web", site.url, "plain", "KSS", NOON)
        statuses = [feeds.refresh("web", NOON + n, HASTY).status for n in range(3)]

    assert statuses == ["new", "held", "held"]
    assert states() == ["live", "held"]


def test_a_server_that_calls_unchanged_what_we_never_got_is_asked_again(store: Store) -> None:
    with running(answer(b"", 304), answer(b"192.0.2.1\n")) as site:
        feeds.add("web", site.url, "plain", "KSS", NOON)
        assert feeds.refresh("web", NOON, HASTY).status == "failed"
        assert apart(feeds.all_feeds())[0].status == "failed"
        assert feeds.refresh("web", NOON + 1, HASTY).status == "new"


def test_a_feed_is_due_after_its_time_and_a_failed_one_sooner(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, every=6 * HOUR)
    one.publish("192.0.2.1\n")

    assert feeds.due(one.now + 6 * HOUR - 1) == []
    assert feeds.due(one.now + 6 * HOUR) == ["one"]
    one.publish("")
    assert feeds.due(one.now + 899) == []
    assert feeds.due(one.now + 900) == ["one"]


def test_a_feed_is_due_that_was_looked_at_in_a_time_to_come_by_more_than_another_nodes_clock(
    store: Store, tmp_path: Path
) -> None:
    one = FeedFile(tmp_path, every=6 * HOUR)
    one.publish("192.0.2.1\n")

    assert feeds.due(one.now - 60) == [], "another node's clock may be a little ahead"
    assert feeds.due(one.now - 61) == feeds.due(one.now - HOUR) == ["one"]
    assert feeds.refresh("one", one.now - HOUR).status == "unchanged"
    assert feeds.due(one.now - 1) == [], "it is fetched once, and then by its time again"


def test_all_due_feeds_have_their_turn_though_one_fails(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        feeds.add(name, str(tmp_path / name), "plain", "KSS", NOON)
    (tmp_path / "a").write_text("192.0.2.1\n")
    (tmp_path / "c").write_text("192.0.2.3\n")

    done = feeds.refresh_due(NOON)

    assert [(one.name, one.status) for one in done] == [("a", "new"), ("b", "failed"), ("c", "new")]
    assert feeds.refresh_due(NOON + 1) == []
    assert [one.status for one in apart(feeds.refresh_all(NOON + 1))] == ["unchanged", "failed", "unchanged"]


def test_a_fault_of_ours_in_one_feed_leaves_the_others_their_turn(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b"):
        feeds.add(name, str(tmp_path / name), "plain", "KSS", NOON)
        (tmp_path / name).write_text("192.0.2.1\n")
    Feed.update(bounds="not JSON").where(Feed.name == "a").execute()

    done = feeds.refresh_due(NOON)

    assert [(one.name, one.status) for one in done] == [("a", "failed"), ("b", "new")]


def test_a_fault_of_ours_is_kept_as_the_reason_and_waits_for_its_turn(store: Store, tmp_path: Path) -> None:
    feeds.add("a", str(tmp_path / "a"), "plain", "KSS", NOON)
    Feed.update(bounds="not JSON").where(Feed.name == "a").execute()

    feeds.refresh_due(NOON)

    row = Feed.get(Feed.name == "a")
    assert (row.status, row.checked_at) == ("failed", NOON) and "internal error" in row.message
    assert "a" not in feeds.due(NOON + 60) and "a" in feeds.due(NOON + HOUR)


DIGITS = "9" * 5000
HOSTILE = [
    ("rbldnsd", f"1.2.3.4/{DIGITS}\n192.0.2.1\n"),
    ("rbldnsd", f"2001:db8::/{DIGITS}\n192.0.2.1\n"),
    ("rbldnsd", f"$MAXRANGE4 {DIGITS}\n192.0.2.1\n"),
    ("rbldnsd", f"$MAXRANGE4 /{DIGITS}\n192.0.2.1\n"),
    ("rbldnsd", f"$TIMESTAMP 2026:01:01 +{DIGITS}w\n192.0.2.1\n"),
    ("rbldnsd", f"192.0.2.1 :{DIGITS}:x\n192.0.2.1\n"),
    ("rbldnsd", "$TIMESTAMP 2026:01:01 +99999999999999999w\n192.0.2.1\n"),
    ("rbldnsd", "$TIMESTAMP 2026:01:01:00:00:00 9999:12:31:00:00:00\n192.0.2.1\n"),
    ("drop-json", '{"cidr":"192.0.2.0/24"}\n' + "[" * 200_000 + '\n{"type":"metadata","records":2}\n'),
    ("asn", "{" * 200_000 + "\n64496\n"),
    ("json:a", "[" * 200_000),
    ("plain", f"192.0.2.0/{DIGITS}\n192.0.2.1\n"),
    ("csv:#1", f"192.0.2.0/{DIGITS}\n192.0.2.1\n192.0.2.2\n"),
    ("address-port", f"192.0.2.1:{DIGITS}\n192.0.2.1:25\n"),
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_list_is_a_fault_of_ours(store: Store, tmp_path: Path, number: int) -> None:
    """Such a feed would stay without a reason, and its preview be an error page."""
    form, text = HOSTILE[number]
    (tmp_path / "a").write_text(text)
    feeds.add("a", str(tmp_path / "a"), form, "KSS", NOON)

    done = feeds.refresh("a", NOON)

    assert done.status in ("new", "refused")
    try:
        feeds.preview_feed(str(tmp_path / "a"), form, {}, NOON)
    except Refused as why:
        assert str(why) == done.message


def test_a_rollback_during_a_refresh_is_not_undone_by_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = FeedFile(tmp_path)
    one.publish(plain_list(30))
    one.publish(plain_list(31))
    content = refreshing._content
    turns = []

    def and_someone_rolls_back(*given):  # type: ignore[no-untyped-def]
        found = content(*given)
        if not turns:
            feeds.rollback("one", one.now)
        turns.append(threading.current_thread())
        return found

    monkeypatch.setattr(refreshing, "_content", and_someone_rolls_back)
    refreshed = one.publish(plain_list(32))

    assert len(turns) == 2, "compared again with what is served now"
    assert (refreshed.added, refreshed.removed) == (2, 0)
