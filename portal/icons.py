"""Bootstrap Icons as inline SVG, so that an icon takes the colour of its text and the page needs no request for it.

Only the drawings in static/vendor/bootstrap-icons/ exist; asking for another is a mistake in a template and fails
loudly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

FRAME = '<svg class="icon" width="16" height="16" viewBox="0 0 16 16" fill="currentColor"'


def icon_drawer(folder: Path) -> Callable[..., Markup]:
    """Return `icon(name, label="")` for templates: with a label for screen readers, or hidden beside a word."""

    @cache
    def shapes(name: str) -> str:
        drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
        return drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")].strip()

    @cache
    def hidden(name: str) -> Markup:
        return Markup(f'{FRAME} aria-hidden="true">{shapes(name)}</svg>')

    def icon(name: str, label: str = "") -> Markup:
        if not label:
            return hidden(name)
        # Written with escape() and not Markup.format(), which takes five times as long: each row of a table has icons.
        return Markup(f'{FRAME} role="img" aria-label="{escape(label)}">{shapes(name)}</svg>')

    return icon
