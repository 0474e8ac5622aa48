"""Help: a page for each screen from docs/help/<screen>.md, opened in place by the icon at the top, and a search.

A screen's file is named as its blueprint is. Its first line is `# Title`; the rest is what the page shows.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from htmx_flask.requests import HtmxAwareRequest
from markupsafe import Markup

from portal import fragments, markdown
from portal.menu import MENU
from reputation.notices import channels, checks

blueprint = Blueprint("help", __name__, url_prefix="/help")

LONGEST_SEARCH = 200
# What a page says of the rows of a table, by the mark `<!-- … -->` that stands for it in the file.
PARTS: dict[str, Callable[[], str]] = {
    "alert channels": channels.describe,
    "alert kinds": checks.describe,
}
AROUND = 90  # characters that a finding shows on each side of the first word that was found


class Page(NamedTuple):
    """The help of one screen: `name` is the screen's blueprint."""

    name: str
    title: str
    text: str

    @property
    def words(self) -> str:
        """Return the text as a search reads it."""
        return _words(self.text)


class SearchHit(NamedTuple):
    """A page that a search found, with the place where it found it."""

    page: Page
    place: Markup


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show all pages; with `search`, those that hold every word of it."""
    search = " ".join(request.args.get("search", "")[:LONGEST_SEARCH].split())
    told = {"search": search, "groups": groups(), "found": look_for(search) if search else []}
    if fragments.is_fragment_request():
        searched = cast(HtmxAwareRequest, request).htmx.target == "help-found"
        return render_template("help/_found.html" if searched else "help/_panel_index.html", **told)
    return render_template("help/index.html", **told)


@blueprint.get("/<screen>")
def show(screen: str) -> ResponseReturnValue:
    """Show the help of one screen; for htmx the text alone."""
    page = pages().get(screen) or abort(404)
    text = markdown.render(page.text, link=_link)
    return render_template(
        "help/_panel.html" if fragments.is_fragment_request() else "help/show.html", page=page, text=text
    )


def pages() -> dict[str, Page]:
    """Return every page by its screen."""
    return cast(dict[str, Page], current_app.extensions["help"])


def groups() -> list[tuple[str, list[Page]]]:
    """Return the pages in the order of the menu, grouped under its lines; those without a line come last."""
    left = dict(pages())
    grouped = []
    for entry in MENU:
        names = [line.endpoint.partition(".")[0] for line in entry.entries or (entry,)]
        grouped.append((entry.text if entry.entries else "", [left.pop(name) for name in names if name in left]))
    # Screens that are a line of the menu by themselves stand together.
    single = [page for text, group in grouped if not text for page in group]
    rest = [("", single), *((text, group) for text, group in grouped if text), ("Other pages", list(left.values()))]
    return [(text, group) for text, group in rest if group]


def look_for(search: str) -> list[SearchHit]:
    """Return the pages that hold every word; first those whose titles have most of the words and little else."""
    wanted = search.casefold().split()
    holding = [page for page in pages().values() if all(w in f"{page.title} {page.words}".casefold() for w in wanted)]
    ordered = sorted(holding, key=lambda page: (-sum(w in page.title.casefold() for w in wanted), len(page.title)))
    return [SearchHit(page, _around(page.words, wanted)) for page in ordered]


def read(folder: Path) -> dict[str, Page]:
    """Read the pages of a folder, by their names."""
    return {page.name: page for page in _pages_in(folder)}


def help_address() -> str:
    """Return where the icon leads: to the present screen's help, or to the list of all where it has none."""
    if request.blueprint == "help" and request.view_args:
        screen = str(request.view_args.get("screen", ""))
    else:
        screen = request.blueprint or ""
    return url_for("help.show", screen=screen) if screen in pages() else url_for("help.index")


def init_app(app: Flask, folder: Path) -> None:
    """Read the pages, and give the templates the link to the present screen's page."""
    app.extensions["help"] = read(folder)
    app.jinja_env.globals["help_address"] = help_address


def _pages_in(folder: Path) -> Iterator[Page]:
    for file in sorted(folder.glob("*.md")):
        first, _, text = _filled(file.read_text(encoding="utf-8")).partition("\n")
        yield Page(file.stem, first.removeprefix("# ").strip(), text)


@functools.cache
def _words(text: str) -> str:
    """The words of a page, made when they are first searched: for all pages they cost half of the portal's start."""
    return markdown.plain(text)


def _filled(text: str) -> str:
    """The text with what stands in a table of the program in the place of its mark."""
    for mark, describe in PARTS.items():
        text = text.replace(f"<!-- {mark} -->", describe())
    return text


def _link(address: str) -> str:
    """Where a link of a text leads: `feeds.md` to the help of that screen."""
    name, dot, place = address.partition(".md")
    return url_for("help.show", screen=name) + place if dot and name in pages() else address


def _first(words: str, wanted: list[str]) -> tuple[int, int]:
    """Where these words stand together, or else the first of them; sooner at the beginning of a word than within."""
    for boundary in (r"\b", ""):
        for word in [" ".join(wanted), *wanted]:
            found = re.search(boundary + re.escape(word), words, re.IGNORECASE)
            if found:
                return found.span()
    return 0, 0


def _around(words: str, wanted: list[str]) -> Markup:
    """The text around the first word that was found, with it marked."""
    at, until = _first(words, wanted)
    start, end = max(0, at - AROUND), until + AROUND
    start = words.find(" ", start, at) + 1 if start else 0
    before, hit, after = words[start:at], words[at:until], words[until:end]
    after = after if end >= len(words) else after.rpartition(" ")[0] + " …"
    return Markup("{}{}{}{}").format(
        "… " if start else "", before, Markup("<mark>%s</mark>") % hit if hit else "", after
    )
