"""Write News: the operator writes, previews, schedules, unpublishes, edits and discards; nobody else has the screen."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from reputation.insight import news
from reputation.insight.news import Item
from reputation.store.models import User
from tests.conftest import NOON
from tests.neighbour import apart
from tests.portal.conftest import OLGA, Browser, Clock, content, words

PATH = "/installation/news"
HOUR = 3600
FIELDS = {"kind": "spam", "title": "A wave", "body": "It **rose**.", "when": "now", "at": ""}


def send(olga: Browser, path: str = f"{PATH}/new", **fields: str) -> TestResponse:
    return olga.send(path, f"{PATH}/new", **{**FIELDS, **fields})


def the_item() -> Item:
    [item] = apart(news.all_items())
    return item


def content_of_menu(user: Browser) -> str:
    return user.get("/").text.partition('aria-label="Menu"')[2].partition("</nav>")[0]


def written(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/new", f"{PATH}/1"])
def test_there_is_no_such_page_for_anybody_else(ada: Browser, vera: Browser, boris: Browser, path: str) -> None:
    news.write("spam", "A wave", "It rose.", None, OLGA, NOON)

    for user in (ada, vera, boris):
        assert user.get(path).status_code == 404


@pytest.mark.parametrize("act", ["new", "1", "1/publish", "1/unpublish", "1/discard", "1/restore"])
def test_nobody_else_changes_anything(ada: Browser, act: str) -> None:
    news.write("spam", "A wave", "It rose.", None, OLGA, NOON)

    answer = ada.send(f"{PATH}/{act}", "/administration/password", **FIELDS)

    assert answer.status_code == 404
    assert the_item().state(NOON) == news.DRAFT


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get(PATH).location.startswith("/login")


def test_only_the_operator_has_it_in_the_menu(ada: Browser, olga: Browser) -> None:
    assert f'href="{PATH}" aria-current="page"' in olga.get(PATH).text
    assert "Installation" not in content_of_menu(ada)
    assert "Installation" in content_of_menu(olga)


def test_what_is_published_now_is_read_by_others_at_once(olga: Browser, ada: Browser) -> None:
    answer = send(olga)

    assert (answer.status_code, answer.location) == (303, PATH)
    assert "The item is published." in content(olga.get(PATH))
    assert "A wave" in content(ada.get("/news/spam"))
    assert the_item().author == OLGA


def test_a_draft_is_shown_to_the_operator_alone(olga: Browser, ada: Browser) -> None:
    send(olga, when="draft")

    assert "Draft" in content(olga.get(PATH))
    assert "A wave" not in ada.get("/news/spam").text


def test_a_time_is_read_in_the_readers_zone(olga: Browser) -> None:
    User.update(time_zone="Asia/Kolkata").where(User.email == OLGA).execute()

    send(olga, when="at", at="2026-12-24T18:00")

    assert the_item().published_at == int(datetime(2026, 12, 24, 12, 30, tzinfo=UTC).timestamp())
    page = olga.get(f"{PATH}/{the_item().id}")
    assert 'value="2026-12-24T18:00"' in page.text
    assert "Asia/Kolkata" in page.text


def test_a_scheduled_item_says_so_and_shows_itself_then(olga: Browser, ada: Browser, clock: Clock) -> None:
    send(olga, when="at", at=written(NOON + HOUR))

    assert "will be shown from the time you chose" in content(olga.get(PATH))
    assert "Scheduled" in content(olga.get(PATH))
    assert "A wave" not in ada.get("/news/spam").text
    clock.advance(hours=1)
    assert "A wave" in ada.get("/news/spam").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "Write a title."),
        ({"title": "x" * 201}, "Use a shorter title."),
        ({"body": ""}, "Write a text."),
        ({"when": "at", "at": ""}, "Write a day and a time, such as 2026-11-03T08:00."),
        ({"when": "at", "at": "soon"}, "Write a day and a time"),
        ({"when": "at", "at": "9999-12-31T00:00"}, "look at the year"),
        ({"when": "at", "at": "10000-01-01T00:00"}, "Write a day and a time"),
        ({"when": "at", "at": "1969-12-31T23:59"}, "This is before 1970"),
        ({"kind": "weather"}, "Not a valid choice"),
    ],
)
def test_what_is_missing_is_said_beside_it_and_nothing_is_lost(
    olga: Browser, fields: dict[str, str], sentence: str
) -> None:
    answer = send(olga, **fields)

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert "A wave" in answer.text or "title" in fields
    assert "It **rose**." in answer.text or "body" in fields
    assert apart(news.all_items()) == []


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Vienna", "0001-01-01T00:00"),  # the year 0 in UTC, which no page could tell of
        ("Europe/Vienna", "1970-01-01T00:30"),
        ("America/New_York", "9999-12-31T23:59"),  # the year 10000
    ],
)
def test_a_moment_that_is_out_of_all_bounds_in_utc_is_refused_on_the_form(olga: Browser, zone: str, at: str) -> None:
    User.update(time_zone=zone).where(User.email == OLGA).execute()

    answer = send(olga, when="at", at=at)

    assert answer.status_code == 422 and "look at the year" in content(answer)
    assert f'value="{at}"' in answer.text and apart(news.all_items()) == []
    assert olga.get(PATH).status_code == 200


def test_the_preview_is_a_page_without_javascript_and_saves_nothing(olga: Browser) -> None:
    answer = send(olga, do="preview", body="It **rose**. <script>x</script>")

    assert answer.status_code == 200
    assert "<html" in answer.text
    assert "<strong>rose</strong>" in answer.text
    assert "<script>x" not in answer.text
    assert 'value="A wave"' in answer.text
    assert apart(news.all_items()) == []


def test_the_preview_is_a_fragment_for_htmx(olga: Browser) -> None:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', olga.get(f"{PATH}/new").text)
    assert token

    answer = olga.client.post(
        f"{PATH}/new",
        data={"csrf_token": token[1], **FIELDS, "do": "preview"},
        headers={"HX-Request": "true", "HX-Target": "preview"},
    )

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "<strong>rose</strong>" in answer.text
    assert apart(news.all_items()) == []


def test_the_preview_of_an_edit_keeps_the_item_as_it_is(olga: Browser) -> None:
    send(olga)

    answer = send(olga, f"{PATH}/{the_item().id}", do="preview", body="Changed")

    assert "Changed" in answer.text
    assert f'action="{PATH}/{the_item().id}"' in answer.text
    assert the_item().body == "It **rose**."


def test_an_edit_keeps_the_second_of_the_publication(olga: Browser, clock: Clock) -> None:
    clock.advance(seconds=17)
    send(olga)
    clock.advance(hours=2)

    page = olga.get(f"{PATH}/{the_item().id}")
    assert f'value="{written(NOON)}"' in page.text
    send(olga, f"{PATH}/{the_item().id}", when="at", at=written(NOON), title="A flood")

    assert (the_item().title, the_item().published_at) == ("A flood", NOON + 17)


def test_unpublishing_can_be_undone_with_the_day_it_had(olga: Browser, ada: Browser, clock: Clock) -> None:
    send(olga)
    number = the_item().id
    clock.advance(hours=5)

    assert olga.send(f"{PATH}/{number}/unpublish", PATH).status_code == 303
    assert "A wave" not in ada.get("/news/spam").text
    page = olga.get(PATH)
    assert "is a draft again" in content(page)
    assert f'action="{PATH}/{number}/publish"' in page.text
    assert f'name="at" value="{NOON}"' in page.text
    olga.send(f"{PATH}/{number}/publish", PATH, at=str(NOON))

    assert the_item().published_at == NOON
    assert "A wave" in ada.get("/news/spam").text


def test_discarding_can_be_undone(olga: Browser, ada: Browser) -> None:
    send(olga)
    number = the_item().id

    olga.send(f"{PATH}/{number}/discard", PATH)

    assert "A wave" not in ada.get("/news/spam").text
    assert f'action="{PATH}/{number}/restore"' in olga.get(PATH).text
    assert olga.get(f"{PATH}/{number}").status_code == 404
    assert "A wave" not in content(olga.get(PATH)).partition("Write News")[2]
    assert "A wave" in content(olga.get(f"{PATH}?state=discarded"))
    olga.send(f"{PATH}/{number}/restore", f"{PATH}?state=discarded")
    assert "A wave" in ada.get("/news/spam").text


def test_what_is_gone_meanwhile_is_no_page(olga: Browser) -> None:
    send(olga)
    number = the_item().id
    news.discard(number, OLGA, NOON)

    for act in ("publish", "unpublish", "discard"):
        assert olga.send(f"{PATH}/{number}/{act}", f"{PATH}/new").status_code == 404
    assert send(olga, f"{PATH}/{number}").status_code == 404
    assert olga.send(f"{PATH}/999/restore", f"{PATH}/new").status_code == 404


def test_the_list_is_filtered_and_sorted_by_its_address(olga: Browser) -> None:
    news.write("spam", "Beta", "b", NOON - HOUR, OLGA, NOON)
    news.write("release", "alpha", "a", NOON - 2 * HOUR, OLGA, NOON)
    news.write("spam", "Gamma", "with a needle", None, OLGA, NOON)

    def titles(query: str) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]+>(\w+)<', olga.get(f"{PATH}{query}").text)

    assert titles("") == ["Gamma", "Beta", "alpha"]
    assert titles("?sort=title") == ["alpha", "Beta", "Gamma"]
    assert titles("?kind=release") == ["alpha"]
    assert titles("?state=draft") == ["Gamma"]
    assert titles("?search=NEEDLE") == ["Gamma"]
    assert titles("?search=nothing") == []
    assert "Change the filter" in content(olga.get(f"{PATH}?search=nothing"))


def test_a_weekly_draft_says_where_it_comes_from(olga: Browser) -> None:
    news.add_draft("spam", "Spam in week 2026-W38", "Text", "2026-W38", NOON)

    assert "made from the figures of week 2026-W38" in words(olga.get(PATH))
    assert "made from the figures of week 2026-W38" in words(olga.get(f"{PATH}/{the_item().id}"))


def test_an_empty_list_says_how_it_fills(olga: Browser) -> None:
    assert "Nothing has been written yet" in content(olga.get(PATH))
