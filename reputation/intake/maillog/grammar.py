"""The parts that the lines of several programs have in common: tokens that are read from a fixed place on.

Each reads what stands at a place of the text, and nothing behind it. A mail address may hold anything between its
quotes (RFC 5321 4.1.2), so that its end is found by its grammar and not by the next bracket.
"""

from __future__ import annotations

import re

# `<` path `>`: quoted strings, and anything that ends neither the path nor begins a quoted string.
PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>')
ADDRESS = r"(?P<address>[0-9A-Fa-f.:]+)"


def path(text: str, at: int) -> tuple[str, int] | None:
    """Read the mail address in angle brackets at a place: its text, and where it ends; None where there is none."""
    found = PATH.match(text, at)
    return (found[1], found.end()) if found else None


def masked(line: str) -> str:
    """Return a line without the local parts of its mail addresses: who got a message is nobody's business."""
    return MASKED.sub("…@", line)


MASKED = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^\s<>,;:=()\[\]"@])++@')
