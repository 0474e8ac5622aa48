"""A use case whose caller means it: what has to be confirmed is confirmed, by repeating the word that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reputation.refusal import Unconfirmed

Result = TypeVar("Result")


def meant(use_case: Callable[..., Result], *values: Any, **named: Any) -> Result:
    """Call the use case, and once more with `confirm` where it asks for that."""
    try:
        return use_case(*values, **named)
    except Unconfirmed as refusal:
        return use_case(*values, **named, confirm=refusal.word)
