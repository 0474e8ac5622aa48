"""Markdown as safe HTML: the help texts, and the news that an operator writes. It knows neither of them.

HTML in the text is shown as it was typed. A picture becomes a link to it: the portal's pages load nothing from
elsewhere, so that nobody else learns who reads them. What comes out is cleaned once more, by a second library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "br"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {*BLOCKS, *TABLES, "a", "code", "em", "strong", "del"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"class"}, "td": {"class"}}
SCHEMES = {"http", "https", "mailto"}

BLOCK = re.compile(rf"</?({'|'.join(sorted(BLOCKS | TABLES))})\b")

reading = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def as_written(address: str) -> str:
    """Return the address as it is: the link leads where it says."""
    return address


def render(text: str, top: int = 2, link: Callable[[str], str] = as_written) -> Markup:
    """Turn the text into HTML. Its highest heading becomes `<h{top}>`; `link` says where each address leads."""
    tokens = reading.parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - highest + top)}"
    for token in tokens:
        if token.attrs.pop("style", "") == "text-align:right":  # the only style a table writes is how a column stands
            token.attrs["class"] = "number"
        if token.children:
            token.children = list(_inline(token.children, link))
    html = reading.renderer.render(tokens, reading.options, {})
    return Markup(nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noreferrer"))


def plain(text: str) -> str:
    """Return the words alone, as a search reads them."""
    spaced = BLOCK.sub(r" \g<0>", str(render(text)))
    return " ".join(Markup(nh3.clean(spaced, tags=set())).unescape().split())


def first_words(text: str, longest: int) -> str:
    """Return the beginning of its paragraphs as a summary, without headings, lists of figures, and marks."""
    tokens = reading.parse(text)
    lines = [inline for opening, inline in pairwise(tokens) if opening.type == "paragraph_open" and not opening.hidden]
    words = " ".join(" ".join(_words(line.children or []).split()) for line in lines)
    if len(words) <= longest:
        return words
    return (words[:longest].rpartition(" ")[0] or words[:longest]) + " …"


def _words(tokens: list[Token]) -> str:
    return "".join(" " if token.type in ("softbreak", "hardbreak") else token.content for token in tokens)


def _inline(tokens: list[Token], link: Callable[[str], str]) -> Iterator[Token]:
    """The parts of a line: links lead where `link` says, pictures become links."""
    within = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            within = token.type == "link_open"
            if within:
                token.attrs["href"] = link(str(token.attrs["href"]))
            yield token
        elif token.type == "image":
            words = Token("text", "", 0, content=token.content or "Picture")
            opening = Token("link_open", "a", 1, attrs={"href": link(str(token.attrs["src"]))})
            # A picture within a link leads where the link does.
            yield from [words] if within else [opening, words, Token("link_close", "a", -1)]
        else:
            yield token
