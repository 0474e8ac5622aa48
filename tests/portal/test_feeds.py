"""Installation > Feeds: from the catalogue to a list that is served, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.app_context import AppContext
from portal.feeds.forms import of_known
from reputation.addresses.address import parse_address
from reputation.counting import hours, precision
from reputation.counting.delivery import Delivery
from reputation.insight.query_log import LogBounds
from reputation.intake import feeds
from reputation.intake.feeds import attempts, revisions
from reputation.intake.feeds.catalogue import BY_KEY, CATALOGUE, RECOMMENDED, Known
from reputation.intake.formats import FORMATS
from reputation.notices import checks
from reputation.store import db
from reputation.store.models import AuditEntry, Feed, FeedRevision
from reputation.verdict.counters import Counters
from reputation.verdict.decision import decide
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import Browser, Clock, content
from tests.reputation.intake.fetch.server import Site, answer, running

PAGE = "/installation/feeds"
USUAL = {
    "name": "drop",
    "format": "plain",
    "category": "KSS",
    "database": "standard",
    "every": "1h",
    "duration": "12h",
    "widest4": "8",
    "widest6": "19",
    "max_change": "30%",
}


def lines(*numbers: int) -> bytes:
    return "".join(f"198.51.100.{number}\n" for number in numbers).encode()


@pytest.fixture
def site() -> Iterator[Site]:
    """Where the list lies; `acts` is what comes next."""
    with running(answer(lines(*range(1, 41)))) as served:
        yield served


def add(olga: Browser, site: Site, **fields: str) -> str:
    """A feed made by the form; the path of its page."""
    made = olga.send(f"{PAGE}/add", **USUAL | {"source": f"{site.url}/list.txt"} | fields)
    assert made.status_code == 303, content(made)
    return str(made.location)


def turn(app_context: AppContext, clock: Clock) -> None:
    """What the scheduler does within 20 seconds."""
    feeds.refresh_due(clock.now)
    app_context.publisher.catch_up(clock.now)


def code(app_context: AppContext, cast: Cast, text: str, now: int = NOON) -> int:
    assert app_context.live.current
    address = parse_address(text)
    return decide(app_context.live.current, STANDARD, cast.acme.id, 4, address.value, now).code


def test_without_any_it_leads_to_the_catalogue(olga: Browser, cast: Cast) -> None:
    assert f'href="{PAGE}/catalogue"' in olga.get(PAGE).text
    text = content(olga.get(f"{PAGE}/catalogue"))
    assert all(known.name in text and known.terms in text for known in CATALOGUE)


def test_several_lists_of_the_catalogue_are_added_at_once(olga: Browser, clock: Clock) -> None:
    page = f"{PAGE}/catalogue"

    done = olga.send(page, keys=["drop", "cins"], which="ticked", use="watch")

    assert done.status_code == 303 and done.location == PAGE
    assert {(row.name, row.purpose) for row in others(Feed)} == {("Spamhaus DROP", "watch"), ("CINS Army", "watch")}
    assert "Added, on watch: Spamhaus DROP, CINS Army." in content(olga.get(PAGE))
    text = olga.get(page).text
    assert 'id="take-drop6"' in text and 'id="take-drop"' not in text


def test_those_that_are_recommended_are_one_choice(olga: Browser) -> None:
    page = f"{PAGE}/catalogue"
    assert f"Add {len(RECOMMENDED)} recommended lists" in content(olga.get(page))

    assert olga.send(page, keys=["greensnow"], which="recommended").status_code == 303

    assert {row.name for row in others(Feed)} == {BY_KEY[key].name for key in RECOMMENDED}
    assert "All of them are among your feeds" in content(olga.get(page))
    assert olga.send(page, which="recommended").status_code == 303
    assert "among your feeds already" in content(olga.get(PAGE))


def test_nothing_ticked_or_an_unknown_list_is_told_and_ticks_stay(olga: Browser) -> None:
    page = f"{PAGE}/catalogue"
    assert "Choose at least one list." in content(olga.send(page, which="ticked"))

    wrong = olga.send(page, keys=["drop", "nonsense"], which="ticked")

    assert "There is no list 'nonsense' in the catalogue" in content(wrong)
    assert re.search(r'id="take-drop"[^>]* checked', wrong.text)
    assert others(Feed).count() == 0


def test_the_catalogue_says_what_terms_forbid(olga: Browser) -> None:
    text = content(olga.get(f"{PAGE}/catalogue"))

    assert all(known.limits in text for known in CATALOGUE)
    assert "(at most every 1 h)" in text


@pytest.mark.parametrize("known", CATALOGUE, ids=lambda known: known.key)
def test_each_list_of_the_catalogue_fills_a_form_that_can_be_saved(
    olga: Browser, cast: Cast, app: Flask, known: Known
) -> None:
    assert f'value="{known.source}"' in olga.get(f"{PAGE}/add?known={known.key}").text
    with app.test_request_context():
        fields = {name: str(field.data) for name, field in of_known(known)._fields.items() if name != "csrf_token"}

    answered = olga.send(f"{PAGE}/add", **fields)

    assert answered.status_code == 303, content(answered)
    feed = others(Feed).get()
    assert (feed.source, feed.format, feed.every) == (known.source, known.format, known.every)


def test_the_form_offers_every_format_that_is_read(olga: Browser) -> None:
    page = olga.get(f"{PAGE}/add")

    offered = re.search(r'<select[^>]* name="format".*?</select>', page.text, re.DOTALL)
    assert offered and re.findall(r'<option[^>]* value="([^"]*)"', offered[0]) == [form.name for form in FORMATS]
    assert all(f"{form.name}: {form.about}" in content(page) for form in FORMATS)
    assert all(f"For {form.name}: {form.option_about}." in content(page) for form in FORMATS if form.option)


def test_a_preview_tells_what_the_list_holds_and_keeps_nothing(olga: Browser, site: Site) -> None:
    site.acts = [answer(b"192.0.2.0/25\n10.0.0.1\nspam.example\n192.0.2.128/25\n")]

    answered = olga.send(f"{PAGE}/preview", f"{PAGE}/add", **USUAL | {"source": site.url})

    text = content(answered)
    assert answered.status_code == 200
    assert "This list passes the guards" in text
    assert "Entries 2, and 1 line that cannot be read" in text
    assert "1 range, 256 IPv4 addresses" in text and "192.0.2.0/24" in text
    assert "1 entry in private or reserved networks left out" in text
    assert "2 10.0.0.1 10.0.0.1: left out by the guards 3 spam.example left out: not an IP address" in text
    assert not others(Feed).exists() and not others(FeedRevision).exists()
    assert 'value="drop"' in answered.text  # the form keeps what was written


def test_a_preview_tells_that_a_guard_would_refuse_the_list(olga: Browser, site: Site) -> None:
    site.acts = [answer(b"1.1.1.0/24\n192.0.2.1\n")]

    text = content(olga.send(f"{PAGE}/preview", f"{PAGE}/add", **USUAL | {"source": site.url}))

    assert "This list would not be accepted" in text
    assert "1.1.1.1" in text


def test_a_preview_of_what_cannot_be_fetched_says_why(olga: Browser, site: Site) -> None:
    site.acts = [answer(b"gone", 404)]

    answered = olga.send(f"{PAGE}/preview", f"{PAGE}/add", **USUAL | {"source": site.url})

    assert answered.status_code == 422
    assert "answered 404" in content(answered)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("source", "/etc/passwd", "begins with https:// or http://"),
        ("source", "file:///etc/passwd", "begins with https:// or http://"),
        ("source", "ftp://host/list", "begins with https:// or http://"),
        ("name", "", "Give the feed a name."),
        ("every", "soon", "is no duration"),
        ("format", "csv", "needs the name of the column"),
        ("widest4", "99", "widest4 is a whole number"),
        ("max_change", "much", "max_change is a share"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_what_to_write(
    olga: Browser, site: Site, field: str, value: str, sentence: str
) -> None:
    for page in ("add", "preview"):
        answered = olga.send(f"{PAGE}/{page}", f"{PAGE}/add", **USUAL | {"source": site.url} | {field: value})
        assert answered.status_code == 422
        assert sentence in content(answered)
    assert not site.asked and not others(Feed).exists()


@pytest.mark.parametrize(("fields", "is_name"), [({}, True), ({"name": "other", "every": "already"}, False)])
def test_only_a_name_that_is_taken_is_a_problem_of_the_name(
    olga: Browser, site: Site, fields: dict[str, str], is_name: bool
) -> None:
    add(olga, site)

    answered = olga.send(f"{PAGE}/add", **USUAL | {"source": site.url} | fields)

    assert answered.status_code == 422 and "already" in content(answered)
    assert ('id="name-problem"' in answered.text) is is_name


def test_a_saved_feed_is_fetched_by_the_clockwork_and_the_page_polls_until_then(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)

    assert not site.asked  # the page did not wait for it
    waiting = olga.fragment(page)
    assert "hx-get" in waiting.text and "Being fetched" in waiting.text and "<html" not in waiting.text
    assert "hx-get" in olga.fragment(PAGE).text
    turn(app_context, clock)

    done = olga.fragment(page)
    assert "hx-get" not in done.text and "Entries served 40" in " ".join(re.sub(r"<[^>]+>", " ", done.text).split())
    assert 'class="state good"' in olga.get(PAGE).text
    assert code(app_context, cast, "198.51.100.7") == KSS


def test_refresh_now_makes_it_due_at_once(olga: Browser, site: Site, app_context: AppContext, clock: Clock) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    clock.advance(minutes=1)
    turn(app_context, clock)
    assert len(site.asked) == 1

    answered = olga.send(f"{page}/refresh", page)
    turn(app_context, clock)

    assert answered.status_code == 303 and answered.location == page
    assert len(site.asked) == 2
    assert olga.send(f"{page}/refresh", page, back="list").location == PAGE


def test_a_held_list_is_compared_and_accepted(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    site.acts = [answer(lines(*range(101, 141)))]
    clock.advance(hours=1)
    turn(app_context, clock)

    text = content(olga.get(page))
    assert "A list is held: 40 entries" in text
    link = re.search(rf'href="({page}/changes\?[^"]+)">See what would change', olga.get(page).text)
    assert link
    shown = content(olga.get(link[1].replace("&amp;", "&")))
    assert "Added: 1 range " in shown and "198.51.100.101-198.51.100.140" in shown  # neighbours are one range
    removed = content(olga.get(link[1].replace("&amp;", "&") + "&which=removed"))
    assert "198.51.100.1-198.51.100.40" in removed and "198.51.100.101" not in removed

    assert olga.send(f"{page}/accept", page).status_code == 303
    assert (code(app_context, cast, "198.51.100.101"), code(app_context, cast, "198.51.100.1")) == (KSS, 0)
    assert olga.send(f"{page}/accept", page).status_code == 422


def test_a_held_list_that_is_refused_is_not_served_and_held_again_when_it_comes_again(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    site.acts = [answer(lines(*range(101, 141)))]
    clock.advance(hours=1)
    turn(app_context, clock)

    assert olga.send(f"{page}/refuse", page).status_code == 303
    assert "A list is held" not in content(olga.get(page))
    assert (code(app_context, cast, "198.51.100.101"), code(app_context, cast, "198.51.100.1")) == (0, KSS)
    clock.advance(hours=1)
    turn(app_context, clock)
    assert "A list is held" in content(olga.get(page))


def test_a_rollback_serves_the_list_before(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    site.acts = [answer(lines(*range(1, 46)))]
    clock.advance(hours=1)
    turn(app_context, clock)
    assert code(app_context, cast, "198.51.100.45") == KSS

    assert olga.send(f"{page}/rollback", page).status_code == 303

    assert code(app_context, cast, "198.51.100.45") == 0
    assert "rolled back" in content(olga.get(page))


def test_a_paused_feed_is_neither_fetched_nor_served_until_it_is_resumed(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)

    assert olga.send(f"{page}/pause", page).status_code == 303
    clock.advance(hours=3)
    turn(app_context, clock)
    assert (code(app_context, cast, "198.51.100.1"), len(site.asked)) == (0, 1)
    assert 'class="state paused"' in olga.get(PAGE).text
    assert olga.send(f"{page}/refresh", page).status_code == 422

    assert olga.send(f"{page}/resume", page).status_code == 303
    assert code(app_context, cast, "198.51.100.1") == KSS
    turn(app_context, clock)
    assert len(site.asked) == 2


def test_an_edit_is_served_at_once_and_fetched_soon(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    fields = USUAL | {"source": f"{site.url}/list.txt", "category": "DUL", "every": "2h"}

    assert olga.send(f"{page}/edit", page, **fields).status_code == 303
    assert code(app_context, cast, "198.51.100.1") == 3
    assert others(Feed).get().checked_at == NOON  # another category is no reason to fetch
    assert olga.send(f"{page}/edit", page, **fields | {"source": f"{site.url}/other.txt"}).status_code == 303
    assert others(Feed).get().checked_at is None
    assert olga.send(f"{page}/edit", page, **fields | {"source": "/etc/passwd"}).status_code == 422
    assert others(AuditEntry).where(AuditEntry.what == "Feed changed: drop").count() == 2


def test_a_feed_from_a_file_keeps_it_when_the_rest_is_changed(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    (app_context.data / "own.txt").write_text("192.0.2.1\n")
    made = feeds.add("own", str(app_context.data / "own.txt"), "plain", "KSS", NOON)

    fields = USUAL | {"source": made.source, "category": "ETL"}
    assert olga.send(f"{PAGE}/{made.id}/edit", f"{PAGE}/{made.id}", **fields).status_code == 303
    assert others(Feed).get().category == "ETL"


def test_a_removed_feed_lists_nothing(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)

    assert olga.send(f"{page}/remove", page).status_code == 303

    assert code(app_context, cast, "198.51.100.1") == 0
    assert olga.get(page).status_code == 404


def test_many_changed_ranges_are_paged(olga: Browser, site: Site, app_context: AppContext, clock: Clock) -> None:
    page = add(olga, site, max_change="900%")
    turn(app_context, clock)
    site.acts = [answer("".join(f"203.0.113.{n}\n" for n in range(0, 256, 2)).encode() + lines(*range(1, 41)))]
    clock.advance(hours=1)
    turn(app_context, clock)

    link = re.search(rf'href="({page}/changes\?[^"]+)">since the one before', olga.get(page).text)
    assert link
    address = link[1].replace("&amp;", "&")
    assert "203.0.113.198" in content(olga.get(address)) and "203.0.113.200" not in content(olga.get(address))
    assert "203.0.113.200" in content(olga.get(f"{address}&page=2"))


def test_a_password_in_the_address_is_not_shown_in_the_state(olga: Browser, cast: Cast) -> None:
    made = feeds.add("paid", "https://me:secret-word@lists.example/x", "plain", "KSS", NOON)

    assert "secret-word" not in olga.fragment(f"{PAGE}/{made.id}").text


def test_a_key_is_sent_and_on_no_page(olga: Browser, site: Site, app_context: AppContext, clock: Clock) -> None:
    page = add(olga, site, key_header="Auth-Key: secret-word")
    turn(app_context, clock)

    assert site.asked[0][1]["Auth-Key"] == "secret-word"
    shown = olga.get(page).text
    assert "with a key by Auth-Key" in shown and "secret-word" not in shown
    source = {"source": f"{site.url}/list.txt"}
    assert olga.send(f"{page}/edit", page, **USUAL | source | {"every": "2h"}).status_code == 303
    assert others(Feed).get().key_header == "Auth-Key: secret-word"
    assert olga.send(f"{page}/edit", page, **USUAL | source | {"key_header": "none"}).status_code == 303
    assert others(Feed).get().key_header == ""


def test_a_list_of_good_senders_is_added_as_one(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site, purpose="approve")
    turn(app_context, clock)

    assert others(Feed).get().purpose == "approve" and code(app_context, cast, "198.51.100.1") == 0
    assert "a list of good senders: no other feed and no new report lists what it covers" in content(olga.get(page))
    assert "Good senders" in content(olga.get(PAGE))


def judge(spam: int, clean: int, at: int = NOON) -> None:
    """So many senders of the list send spam, and so many others clean mail."""
    with db.write():
        precision.count([(f"198.51.100.{number}", True) for number in range(1, spam + 1)], at)
        precision.count([(f"198.51.100.{40 - number}", False) for number in range(clean)], at)


def ask_about(app_context: AppContext, cast: Cast, *numbers: int) -> None:
    snapshot = app_context.live.current
    assert snapshot
    counters = Counters(1)
    for number in numbers:
        value = parse_address(f"198.51.100.{number}").value
        counters.record(
            cast.acme.id, STANDARD, decide(snapshot, STANDARD, cast.acme.id, 4, value, NOON), 4, value, NOON
        )
    hours.flush(Delivery(counters), EMPTY, NOON, 1, snapshot)


def test_a_feed_on_watch_lists_nobody_and_tells_what_it_would_have_done(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site, purpose="watch")
    turn(app_context, clock)
    ask_about(app_context, cast, 1, 2, 3, 200)
    judge(spam=30, clean=3)

    assert code(app_context, cast, "198.51.100.1") == 0
    text = content(olga.get(page))
    assert "Entries counted, not served 40" in text and "KSS, standard database if it were served" in text
    assert "Asked about 4 connections in the standard database" in text
    assert "It would have refused about 3 connections that nothing else matched, 75.0 %" in text
    assert "Of 33 senders that it listed while it was on watch" in text and "30 sent spam: 90.9 %" in text
    assert "between 76.4 % and 96.9 %" in text
    assert "KSS · on watch" in content(olga.get(PAGE))
    assert "drop" in content(olga.get(f"{PAGE}?state=on+watch"))
    assert "KSS, on watch" in content(olga.get("/"))
    assert "drop" not in content(olga.get("/criteria"))


def test_it_is_served_and_put_on_watch_by_a_button_and_the_audit_log_says_who(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    assert code(app_context, cast, "198.51.100.1") == KSS and "Put on watch" in content(olga.get(page))

    assert olga.send(f"{page}/watch", page).status_code == 303
    assert code(app_context, cast, "198.51.100.1") == 0
    assert "lists nothing from now on" in content(olga.get(page))

    assert olga.send(f"{page}/serve", page).status_code == 303
    assert code(app_context, cast, "198.51.100.1") == KSS
    said = [(row.what, row.who) for row in others(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)]
    assert said == [
        ("Feed served, no longer on watch: drop", "olga@acme.example"),
        ("Feed put on watch: drop", "olga@acme.example"),
    ]


def test_what_a_served_list_refuses_shows_no_filter_anything_and_the_page_says_so(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    assert "No mail of senders that it lists has been judged yet" in content(olga.get(page))
    judge(spam=3, clean=0)

    text = content(olga.get(page))

    assert "Of 3 senders that it listed while it was served" in text and "These are too few to say anything" in text
    assert "This figure flatters" in text and "On watch it would be measured in full" in text
    assert "Without the log of a mail server only traps speak" in text


def test_a_list_that_falls_is_told_on_general_and_on_its_page(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock
) -> None:
    page = add(olga, site)
    turn(app_context, clock)
    judge(spam=15, clean=15)
    checks.run_checks(app_context.live.current, app_context.data, checks.Clock(), NOON)

    for where in (page, PAGE, "/"):
        assert "Of 30 senders that drop listed and that our own filters and traps judged" in content(olga.get(where))


def test_without_a_sample_it_is_not_known_what_it_would_have_done(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock
) -> None:
    page = add(olga, site, purpose="watch")
    app_context.log_bounds = LogBounds(sample=0)

    assert "not known: the setting sample is 0" in content(olga.get(page))


def test_an_age_up_to_which_a_list_is_served_is_a_bound_of_the_form(olga: Browser, site: Site, clock: Clock) -> None:
    page = add(olga, site, max_age="36h")
    assert 'name="max_age" type="text" value="36h"' in olga.get(page).text or 'value="36h"' in olga.get(page).text
    feeds.refresh_due(clock.now)

    assert "it ends" in content(olga.get(page))


def test_a_source_that_fails_is_told_with_its_reason(
    olga: Browser, site: Site, app_context: AppContext, clock: Clock
) -> None:
    page = add(olga, site)
    site.acts = [answer(b"", 403)]
    turn(app_context, clock)

    assert 'class="state failed"' in olga.get(PAGE).text
    assert "answered 403" in content(olga.get(page))


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser, cast: Cast) -> None:
    made = feeds.add("own", "https://lists.example/x", "plain", "KSS", NOON)
    for browser in (ada, vera, boris):
        for path in ("", "/catalogue", "/add", f"/{made.id}", f"/{made.id}/changes"):
            assert browser.get(PAGE + path).status_code == 404
        for act in ("refresh", "pause", "accept", "refuse", "rollback", "edit", "remove"):
            assert browser.send(f"{PAGE}/{made.id}/{act}", "/").status_code == 404
    assert others(Feed).count() == 1


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"


def test_feeds_are_found_by_name_and_state_and_paged(olga: Browser, cast: Cast) -> None:
    for number in range(60):
        Feed.create(
            name=f"list-{number:02}", source="https://lists.example/", format="plain", category="KSS",
            database="standard", every=3600, duration=3600, created_at=NOON, checked_at=NOON, paused=number == 8,
            refreshed_at=NOON - 60 if number != 7 else NOON - 86400, status="failed" if number == 9 else "good",
        )  # fmt: skip

    def shown(query: str) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', olga.get(f"{PAGE}{query}").text)

    assert (len(shown("")), shown("?page=2")[0]) == (50, "list-50")
    assert shown("?search=LIST-3") == [f"list-3{end}" for end in range(10)]
    assert [shown(f"?state={state}") for state in ("stale", "paused", "failed")] == [
        ["list-07"],
        ["list-08", "neighbours-list"],
        ["list-09"],
    ]
    assert len(shown("?state=good")) == 50 and "57 feeds, page 1 of 2" in content(olga.get(f"{PAGE}?state=good"))
    assert "No feed matches this filter." in content(olga.get(f"{PAGE}?search=nothing"))
    general = content(olga.get("/"))
    assert "list-09" in general and "list-07" in general and "11 feeds more: all feeds" in general


def test_a_damaged_list_is_told_and_compared_with_nothing(
    olga: Browser, app_context: AppContext, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text("192.0.2.1\n")
    made = feeds.add("torn", str(file), "plain", "KSS", NOON)
    feeds.refresh("torn", NOON)
    file.write_text("192.0.2.1\n192.0.2.2\n")
    feeds.refresh("torn", NOON + 60)
    newest = FeedRevision.select().where((FeedRevision.feed == made.id) & (FeedRevision.state == "live"))
    FeedRevision.update(ranges4=b"damaged").where(FeedRevision.id == newest.get().id).execute()
    app_context.publisher.catch_up(NOON + 120)

    page = content(olga.get(f"/installation/feeds/{made.id}"))

    assert "damaged Being fetched" in page and "Entries served 1, of the list fetched" in page
    assert "damaged in the database: another one is in use –" in page
    assert "torn" in content(olga.get("/installation/feeds?state=damaged"))
    assert "Feed torn: Its list of" in content(olga.get("/installation/system"))


def test_a_list_that_ended_the_program_is_told_with_its_next_attempt(olga: Browser, cast: Cast) -> None:
    made = feeds.add("large", "https://lists.example/large", "plain", "KSS", NOON)
    for _ in range(3):
        attempts.begin(revisions.by_name("large"), NOON - 60)

    text = content(olga.get(f"/installation/feeds/{made.id}"))

    assert "and that has not ended. Where the program was ended meanwhile, the list may be too large" in text
    assert "Being fetched" not in text
    assert re.search(r"Next fetch in 59 min ?, because reading its list did not end well 3 times in a row", text)
