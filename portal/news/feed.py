"""The Atom feed of the news (RFC 4287): public, with what is published and nothing else."""

from __future__ import annotations

from urllib.parse import urljoin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from portal import markdown
from portal.app_context import current
from portal.times import iso
from reputation.insight import news
from reputation.insight.news import Item
from reputation.version import VERSION

blueprint = Blueprint("news_feed", __name__)

ATOM = "http://www.w3.org/2005/Atom"
ITEMS = 30


@blueprint.get("/news.atom")
def show() -> ResponseReturnValue:
    """Send the latest items. A reader that has them already gets 304 (RFC 9110 13)."""
    response = Response(_feed(news.published(g.now, limit=ITEMS)), content_type="application/atom+xml; charset=utf-8")
    response.add_etag()
    return response.make_conditional(request)


def absolute(path: str) -> str:
    """Return a path of this portal as the URL by which others reach it."""
    return urljoin(f"{current().lookup_url}/", path)


def _feed(items: list[Item]) -> bytes:
    app_context = current()
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    own = absolute(url_for("news_feed.show"))
    _text(feed, "id", own)
    _text(feed, "title", f"News of {app_context.zone}")
    _text(feed, "updated", iso(max(map(_updated, items), default=app_context.started_at)))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": own})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": absolute(url_for("spam_news.show"))})
    _text(SubElement(feed, "author"), "name", app_context.zone)
    SubElement(feed, "generator", {"version": VERSION}).text = "Gatepost"
    for item in items:
        _entry(feed, item)
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _entry(feed: Element, item: Item) -> None:
    entry = SubElement(feed, "entry")
    page = absolute(url_for(f"{item.kind}_news.item", item_id=item.id))
    _text(entry, "id", page)
    _text(entry, "title", item.title)
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": page})
    _text(entry, "published", iso(item.published_at or 0))
    _text(entry, "updated", iso(_updated(item)))
    SubElement(entry, "category", {"term": item.kind, "label": news.KINDS[item.kind]})
    # A feed reader knows no page that a link could be relative to.
    html = markdown.render(item.body, link=lambda address: urljoin(page, address))
    SubElement(entry, "content", {"type": "html"}).text = str(html)


def _updated(item: Item) -> int:
    """When it last changed for those who read it: what was written before its publication did not."""
    return max(item.published_at or 0, item.updated_at)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
