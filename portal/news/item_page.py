"""What both screens of news share: a page of items, and one item."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template

from portal import markdown, tables
from reputation.insight import news

ITEMS_A_PAGE = 10
LONGEST_SUMMARY = 300


def page_of(kind: str) -> dict[str, Any]:
    """Return the items of the page that the address asks for, each with its first words."""
    view = tables.from_request(["published"], "-published", rows_a_page=ITEMS_A_PAGE)
    items = news.published(g.now, kind, ITEMS_A_PAGE, view.first)
    shown = [(item, markdown.first_words(item.body, LONGEST_SUMMARY)) for item in items]
    return {"kind": kind, "view": view, "items": shown, "total": news.count_published(g.now, kind)}


def item_page(kind: str, item_id: int) -> str:
    """Show the page of one item; answer 404 where nobody may read it now."""
    item = news.read(item_id, kind, g.now) or abort(404)
    return render_template("news/item.html", item=item, text=markdown.render(item.body))
