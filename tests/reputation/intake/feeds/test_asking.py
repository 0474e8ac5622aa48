"""How a feed asks its publisher: when it was told to wait, with a key, and at times in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.intake import feeds
from reputation.intake.feeds.catalogue import BY_KEY
from reputation.intake.fetch import Patience
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, Feed
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.intake.feeds.cast import HOUR, FeedFile
from tests.reputation.intake.fetch.server import Site, answer, raw, running

HASTY = Patience(connect=2, read=2, deadline=10, tries=3, pause=0.01)
LIST = b"192.0.2.1\n"


def row() -> Feed:
    return others(Feed).where(Feed.name == "web").get()


def web(site: Site, **more: object) -> None:
    feeds.add("web", f"{site.url}/list?api_key=hidden-one", "plain", "KSS", NOON, **more)  # type: ignore[arg-type]


def test_a_source_that_said_when_to_come_again_is_not_asked_before(store: Store) -> None:
    with running(answer(b"", 429, Retry_After="7200"), answer(LIST)) as site:
        web(site)
        told = feeds.refresh("web", NOON, HASTY)
        early = feeds.refresh("web", NOON + 7199, HASTY)
        with pytest.raises(Refused, match="wants no question before 20"):
            feeds.refresh_soon("web", NOON + 7199)
        due = "web" in feeds.due(NOON + 7199), "web" in feeds.due(NOON + 7200)
        then = feeds.refresh("web", NOON + 7200, HASTY)

    assert told.status == early.status == "failed" and then.status == "new"
    assert "answered 429" in told.message and "wants no question before" in told.message
    assert due == (False, True)
    assert len(site.asked) == 2 and row().retry_at == 0


def test_no_wait_that_a_clock_years_ahead_has_written_takes_a_feed_away(store: Store) -> None:
    year = 365 * 24 * HOUR
    with running(answer(b"", 429, Retry_After="7200"), answer(LIST)) as site:
        web(site)
        feeds.refresh("web", NOON + year, HASTY)
        assert "web" in feeds.due(NOON)
        feeds.refresh_soon("web", NOON)

        assert feeds.refresh("web", NOON, HASTY).status == "new"


def test_another_address_is_asked_at_once(store: Store) -> None:
    with running(answer(b"", 429, Retry_After="7200")) as site:
        web(site)
        feeds.refresh("web", NOON, HASTY)
        feeds.edit("web", f"{site.url}/other", "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga")

    assert row().retry_at == 0


def test_a_tenth_of_the_answers_is_asked_for_in_full(store: Store) -> None:
    with running(answer(LIST, ETag='"1"'), *[answer(b"", 304)] * 9, answer(b"192.0.2.7\n" * 2, ETag='"1"')) as site:
        web(site)
        done = [feeds.refresh("web", NOON + turn * HOUR, HASTY).status for turn in range(11)]

    assert done == ["new", *["unchanged"] * 9, "new"]
    assert ["If-None-Match" in headers for _, headers in site.asked] == [False, *[True] * 9, False]
    assert row().unchanged == 0


def test_a_key_is_sent_and_shown_nowhere(store: Store) -> None:
    with running(answer(LIST)) as site:
        web(site, key_header="auth-key:  secret-word ")
        feeds.refresh("web", NOON, HASTY)
        source, key = f"{site.url}/list?api_key=hidden-two", "X-API-KEY: secret-other"
        feeds.edit("web", source, "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga", key)
        feeds.refresh("web", NOON, HASTY)
        state = feeds.by_id(row().id)
        feeds.remove("web", NOON)

    assert [headers.get("Auth-Key") for _, headers in site.asked] == ["secret-word", None]
    assert site.asked[1][1]["X-Api-Key"] == "secret-other"
    assert state is not None and state.key_name == "X-API-KEY"
    log = " ".join(f"{entry.what} {entry.before} {entry.after}" for entry in others(AuditEntry))
    assert "secret" not in log + repr(state) and "hidden" not in log
    assert "key by X-API-KEY" in log


def test_a_key_stays_with_its_host(store: Store) -> None:
    feeds.add("web", "https://lists.example/a", "plain", "KSS", NOON, key_header="Key: secret-word")

    feeds.edit("web", "https://lists.example/b", "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga")
    assert row().key_header == "Key: secret-word"
    feeds.edit("web", "https://other.example/b", "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga")
    assert row().key_header == ""


@pytest.mark.parametrize(
    "source", ["http://lists.example/a", "https://lists.example:8443/a", "https://olga@other.example/a"]
)
def test_a_key_is_not_kept_for_another_scheme_or_port(store: Store, source: str) -> None:
    """By http it would go out in clear text."""
    feeds.add("web", "https://lists.example/a", "plain", "KSS", NOON, key_header="Key: secret-word")

    feeds.edit("web", source, "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga")

    assert row().key_header == ""


def test_a_login_in_the_source_is_no_other_place_for_a_key(store: Store) -> None:
    feeds.add("web", "https://lists.example/a", "plain", "KSS", NOON, key_header="Key: secret-word")

    feeds.edit("web", "https://olga@lists.example/a", "plain", "KSS", NOON, "standard", HOUR, HOUR, {}, "olga")

    assert row().key_header == "Key: secret-word"


def test_the_reason_of_a_failure_shows_no_password(store: Store) -> None:
    feeds.add("web", "https://olga:hunter2@127.0.0.1:1/l?apikey=hidden-one", "plain", "KSS", NOON)

    told = feeds.refresh("web", NOON, HASTY).message

    assert told == row().message and "127.0.0.1" in told
    assert "hunter2" not in told and "hidden-one" not in told


def test_a_paused_feed_is_not_refreshed_with_all_others(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish("192.0.2.1\n")
    feeds.pause("one", NOON, "olga")

    assert [done.name for done in feeds.refresh_all(NOON + 9 * HOUR, HASTY) if done.name == "one"] == []


def test_a_publisher_is_asked_no_more_often_than_it_wants(store: Store) -> None:
    known = BY_KEY["drop"]

    with pytest.raises(Refused, match="at most once in 1h"):
        feeds.add("drop", known.source, known.format, "KSS", NOON, every=HOUR - 1)
    feeds.add("drop", known.source, known.format, "KSS", NOON, every=HOUR)
    with pytest.raises(Refused, match="at most once in 1h"):
        feeds.edit("drop", known.source, known.format, "KSS", NOON, "standard", 60, HOUR, {}, "olga")


CUT = b"192.0.2.1\n198.51.100.1"  # of 198.51.100.17


def test_a_list_that_may_be_cut_short_is_held_for_a_person(store: Store) -> None:
    without_end = raw(b"HTTP/1.0 200 OK\r\n\r\n" + CUT)
    with running(answer(LIST), without_end, without_end, without_end, answer(LIST + b"192.0.2.9\n")) as site:
        web(site)
        done = [feeds.refresh("web", NOON + turn * HOUR, HASTY) for turn in range(3)]
        state = feeds.by_id(row().id)
        feeds.accept("web", NOON + 3 * HOUR)
        after = feeds.refresh("web", NOON + 4 * HOUR, HASTY), feeds.refresh("web", NOON + 5 * HOUR, HASTY)

    assert [one.status for one in done] == ["new", "held", "held"]
    assert state is not None and (state.status, state.entries, state.held_entries) == ("held", 1, 2)
    assert "'198.51.100.1', has no end: it may be cut short. The list before it stays in use." in state.message
    assert [one.status for one in after] == ["unchanged", "new"], "nobody has to agree to the same list twice"


def test_a_first_list_that_may_be_cut_short_is_held_and_nothing_is_in_use(store: Store) -> None:
    with running(raw(b"HTTP/1.0 200 OK\r\n\r\n" + CUT)) as site:
        web(site)
        done = feeds.refresh("web", NOON, HASTY)

    assert done.status == "held" and "Nothing of it is in use until then." in done.message


def test_a_preview_says_that_a_list_may_be_cut_short(store: Store) -> None:
    with running(raw(b"HTTP/1.0 200 OK\r\n\r\n" + CUT)) as site:
        shown = feeds.preview_feed(site.url, "plain", {}, NOON)

    assert "it may be cut short" in shown.warnings[0]


def test_a_source_that_said_when_to_come_again_is_not_asked_for_a_trial_or_for_another_bound(store: Store) -> None:
    with running(answer(b"", 503, Retry_After="7200")) as site:
        web(site)
        feeds.refresh("web", NOON, HASTY)
        with pytest.raises(Refused, match="wants no question before 2026-09-21 14:00 UTC: it said so to a feed"):
            feeds.preview_feed(row().source, "plain", {}, NOON + 7199)
        feeds.edit("web", row().source, "plain", "KSS", NOON, "standard", HOUR, HOUR, {"widest4": 16}, "olga")
        assert row().retry_at == NOON + 7200 and "web" not in feeds.due(NOON + 7199)
        feeds.pause("web", NOON, "olga")
        feeds.resume("web", NOON, "olga")
        assert "web" not in feeds.due(NOON + 7199) and "web" in feeds.due(NOON + 7200)


def test_a_redirect_that_is_not_ready_is_followed_at_the_next_turn(store: Store) -> None:
    with running(answer(LIST)) as other, running(answer(b"", 302, Location=other.url, Retry_After="600")) as site:
        web(site)
        first = feeds.refresh("web", NOON, HASTY)
        assert row().retry_at == NOON + 600 and not other.asked
        then = feeds.refresh("web", NOON + 600, HASTY)

    assert "wants no question before 2026-09-21 12:10 UTC" in first.message and then.status == "new"
