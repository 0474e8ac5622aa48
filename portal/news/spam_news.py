"""News > Spam News: what the operator writes about spam."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.news import item_page
from reputation.insight import news

blueprint = Blueprint("spam_news", __name__, url_prefix="/news/spam")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the items, the latest first."""
    return render_template("spam_news/show.html", **item_page.page_of(news.SPAM))


@blueprint.get("/<int:item_id>")
def item(item_id: int) -> ResponseReturnValue:
    """Show one item. It is public, as the feed that links to it."""
    return item_page.item_page(news.SPAM, item_id)
