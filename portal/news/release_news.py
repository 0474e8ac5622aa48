"""News > Release News: what the operator writes about the service, and what each version of the program brought."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue

from portal import markdown
from portal.news import item_page
from reputation.insight import news, releases
from reputation.insight.releases import Release
from reputation.version import VERSION

blueprint = Blueprint("release_news", __name__, url_prefix="/news/release")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the items, the latest first, and the versions of the program."""
    told = [(release, markdown.render(release.text, top=3)) for release in versions()]
    opened = next((release for release in versions() if release.version == VERSION), None)
    context = {"releases": told, "opened": opened, "version": VERSION, **item_page.page_of(news.RELEASE)}
    return render_template("release_news/show.html", **context)


@blueprint.get("/<int:item_id>")
def item(item_id: int) -> ResponseReturnValue:
    """Show one item. It is public, as the feed that links to it."""
    return item_page.item_page(news.RELEASE, item_id)


def versions() -> list[Release]:
    """Return the releases of the program's own changelog, the latest version first."""
    return cast(list[Release], current_app.extensions["changelog"])


def init_app(app: Flask, changelog: Path) -> None:
    """Read the changelog that came with the program."""
    app.extensions["changelog"] = releases.parse(changelog.read_text(encoding="utf-8")) if changelog.exists() else []
