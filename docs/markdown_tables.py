"""Tables in Markdown, as the documentation has them. Knows nothing of what stands in one."""

from __future__ import annotations

from collections.abc import Iterable


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows as a Markdown table."""
    heads = list(heads)
    lines = [
        heads,
        ["---"] * len(heads),
        *([_cell(cell) for cell in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")


def _cell(text: str) -> str:
    """A `|` would end the cell; outside code, <zone> would be taken for HTML."""
    parts = text.replace("|", r"\|").split("`")
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def code(text: str) -> str:
    """A text as code; nothing where it is empty."""
    return f"`{text}`" if text else ""
