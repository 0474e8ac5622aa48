"""Conditions for rows that contain the words of a search, in any case, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any


def containing(words: str, *fields: Any) -> Any:
    """Make a condition for rows that contain the words in one of these fields."""
    # SQLite folds the case of ASCII alone: other letters are looked for in the cases in which people write them.
    forms = {words} if words.isascii() else {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    return reduce(or_, (field.contains(form) for field in fields for form in sorted(forms)))
