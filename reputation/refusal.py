"""What a use case raises when it refuses: the text says why and what to do. Every door shows it unchanged."""

from __future__ import annotations


class Refused(Exception):
    """The use case was refused; the text says why and what to do. Nothing was changed."""


class Unconfirmed(Refused):
    """Refused until a person confirms it: the text says what it would do, `word` is what has to be repeated."""

    def __init__(self, text: str, word: str) -> None:
        super().__init__(text)
        self.word = word


class NameTaken(Refused):
    """Refused because another one has the name; the form shows the text beside that field."""
