"""Spam News: everybody of every organization reads what is published, and the feed has it too."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from reputation.insight import news
from tests.conftest import NOON, Cast
from tests.portal.conftest import OLGA, Browser, Clock, content

HOUR = 3600
ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def write(title: str = "A wave", body: str = "It *rose*.", at: int | None = NOON, kind: str = news.SPAM) -> int:
    return news.write(kind, title, body, at, OLGA, NOON).id


def feed(visitor: Browser) -> ElementTree.Element:
    return ElementTree.fromstring(visitor.get("/news.atom").data)


def texts(parent: ElementTree.Element, name: str) -> list[str]:
    return [part.text or "" for part in parent.findall(f"{ATOM}{name}")]


def test_without_news_it_says_so(ada: Browser) -> None:
    assert "No news yet." in content(ada.get("/news/spam"))


def test_everybody_reads_the_titles_days_and_first_words(ada: Browser, vera: Browser, boris: Browser) -> None:
    write(body="It **rose** on Monday.")

    for user in (ada, vera, boris):
        text = content(user.get("/news/spam"))
        assert "A wave" in text
        assert "It rose on Monday." in text


def test_a_visitor_is_sent_to_the_login_for_the_list(visitor: Browser) -> None:
    assert visitor.get("/news/spam").location.startswith("/login")


def test_an_item_has_a_page_of_its_own(ada: Browser) -> None:
    number = write(body="# First\n\n- one\n\n[more](https://example.org)")

    page = ada.get(f"/news/spam/{number}")

    assert "A wave" in content(page)
    assert "<h2>First</h2>" in page.text
    assert '<a href="https://example.org" rel="noreferrer">more</a>' in page.text


def test_what_an_operator_writes_runs_nothing_in_a_reader(ada: Browser) -> None:
    number = write("<script>alert(1)</script>", "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](//z/p.png)")

    for path in ("/news/spam", f"/news/spam/{number}"):
        text = ada.get(path).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert 'href="javascript' not in text


def test_an_edit_after_the_publication_is_marked(ada: Browser, clock: Clock) -> None:
    number = write()
    assert "edited" not in content(ada.get(f"/news/spam/{number}"))

    clock.advance(hours=1)
    news.edit(number, news.SPAM, "A wave", "It fell.", NOON, OLGA, clock.now)

    assert "edited" in content(ada.get(f"/news/spam/{number}"))


def test_what_is_scheduled_shows_itself_in_time(ada: Browser, visitor: Browser, clock: Clock) -> None:
    number = write(at=NOON + HOUR)

    assert "A wave" not in ada.get("/news/spam").text
    assert ada.get(f"/news/spam/{number}").status_code == 404
    assert "A wave" not in visitor.get("/news.atom").text
    clock.advance(hours=1)
    assert "A wave" in ada.get("/news/spam").text
    assert ada.get(f"/news/spam/{number}").status_code == 200
    assert "A wave" in visitor.get("/news.atom").text


@pytest.mark.parametrize("state", ["draft", "discarded"])
def test_what_is_not_published_is_no_page_for_anybody(olga: Browser, visitor: Browser, state: str) -> None:
    number = write(at=None if state == "draft" else NOON)
    if state == "discarded":
        news.discard(number, OLGA, NOON)

    for user in (olga, visitor):
        assert user.get(f"/news/spam/{number}").status_code == 404
    assert "A wave" not in visitor.get("/news.atom").text


def test_an_item_of_the_other_kind_is_no_page_here(ada: Browser) -> None:
    assert ada.get(f"/news/spam/{write(kind=news.RELEASE)}").status_code == 404


def test_more_than_a_page_has_pages(ada: Browser) -> None:
    for number in range(12):
        write(f"Item {number:02}", at=NOON - 60 * number)

    first, second = content(ada.get("/news/spam")), content(ada.get("/news/spam?page=2"))

    assert "Item 00" in first and "Item 09" in first and "Item 10" not in first
    assert "Item 10" in second and "Item 11" in second and "Item 09" not in second
    assert "12 items, page 1 of 2" in first
    assert "There is no such page." in content(ada.get("/news/spam?page=3"))


def test_the_operator_is_led_to_the_item_to_edit_and_nobody_else(ada: Browser, olga: Browser) -> None:
    number = write()

    assert f'href="/installation/news/{number}"' in olga.get(f"/news/spam/{number}").text
    assert f'href="/installation/news/{number}"' not in ada.get(f"/news/spam/{number}").text


def test_the_feed_has_what_atom_demands(visitor: Browser, cast: Cast) -> None:
    """RFC 4287 4.1.1 and 4.1.2: one id, title and updated each; an author; absolute addresses."""
    write("A wave & <more>", at=NOON - HOUR)
    write("Maintenance", at=NOON - 2 * HOUR, kind=news.RELEASE)

    answer = visitor.get("/news.atom")
    tree = feed(visitor)

    assert answer.content_type == "application/atom+xml; charset=utf-8"
    assert tree.tag == f"{ATOM}feed"
    entries = tree.findall(f"{ATOM}entry")
    assert [texts(entry, "title") for entry in entries] == [["A wave & <more>"], ["Maintenance"]]
    for part in (tree, *entries):
        assert len(texts(part, "id")) == len(texts(part, "title")) == len(texts(part, "updated")) == 1
        assert all(RFC3339.fullmatch(at) for at in texts(part, "updated") + texts(part, "published"))
    assert tree.find(f"{ATOM}author/{ATOM}name") is not None
    links = [link.get("href", "") for link in tree.iter(f"{ATOM}link")]
    assert len(links) == 4
    assert all(link.startswith("http://127.0.0.1/") for link in links + [i for e in entries for i in texts(e, "id")])
    assert [link.get("href") for link in tree.findall(f"{ATOM}link[@rel='self']")] == ["http://127.0.0.1/news.atom"]


def test_the_feeds_content_is_escaped_html_with_absolute_links(visitor: Browser, cast: Cast) -> None:
    write(body="**See** [the criteria](/criteria) <b>now</b>")

    content_ = feed(visitor).find(f"{ATOM}entry/{ATOM}content")

    assert content_ is not None
    assert content_.get("type") == "html"
    assert '<strong>See</strong> <a href="http://127.0.0.1/criteria"' in (content_.text or "")
    assert "&lt;b&gt;now" in (content_.text or "")


def test_the_feeds_links_lead_to_pages_that_need_no_login(visitor: Browser, cast: Cast) -> None:
    write()
    write(kind=news.RELEASE)

    entries = feed(visitor).findall(f"{ATOM}entry")
    assert len(entries) == 2
    for entry in entries:
        page = visitor.get(texts(entry, "id")[0].removeprefix("http://127.0.0.1"))
        assert page.status_code == 200
        assert "It <em>rose</em>." in page.text


def test_the_feed_tells_when_it_last_changed_and_a_draft_changes_nothing(visitor: Browser, clock: Clock) -> None:
    write(at=NOON - HOUR)
    before = texts(feed(visitor), "updated")

    clock.advance(hours=5)
    write("Draft", at=None)

    assert texts(feed(visitor), "updated") == before


def test_a_feed_without_items_is_a_feed(visitor: Browser, cast: Cast) -> None:
    tree = feed(visitor)

    assert len(texts(tree, "updated")) == 1
    assert tree.findall(f"{ATOM}entry") == []


def test_who_has_the_feed_already_is_not_sent_it_again(visitor: Browser, cast: Cast) -> None:
    write()
    tag = visitor.get("/news.atom").headers["ETag"]

    assert visitor.get("/news.atom", If_None_Match=tag).status_code == 304
    write("Another")
    assert visitor.get("/news.atom", If_None_Match=tag).status_code == 200


def test_the_list_names_its_feed_for_browsers(ada: Browser) -> None:
    assert 'rel="alternate" type="application/atom+xml"' in ada.get("/news/spam").text
