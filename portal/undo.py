"""What a screen says after it has changed something, with a button that undoes it where that is possible."""

from __future__ import annotations

from typing import Any

from flask import flash


def flash_undo(sentence: str, undo: str = "", **fields: Any) -> None:
    """Say the sentence at the top of the next page. `undo` is the URL that a button posts these fields to."""
    # Flask's own hints know only text; what it keeps until the next page may be any JSON.
    message: Any = {"sentence": sentence, "undo": undo, "fields": {name: str(value) for name, value in fields.items()}}
    flash(message)
