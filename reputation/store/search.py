"""Conditions for rows in which somebody's words stand, whatever their case, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any


def containing(words: str, *fields: Any) -> Any:
    """A condition for rows one of whose fields holds the words."""
    # SQLite folds the case of ASCII alone: other letters are looked for in the cases in which people write them.
    forms = {words} if words.isascii() else {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    return reduce(or_, (field.contains(form) for field in fields for form in sorted(forms)))
