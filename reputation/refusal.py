"""What is raised where something cannot be done: the text says why and what to do. Every door shows it unchanged."""

from __future__ import annotations


class Refused(Exception):
    """The use case was refused; the text says why and what to do. Nothing was changed."""


class Unconfirmed(Refused):
    """Refused until a person confirms it: the text says what it would do, `word` is what has to be repeated.

    `brief` is the text without its estimate of connections, for a place that shows the figures of a dry run beside it.
    """

    def __init__(self, text: str, word: str, estimate: str = "") -> None:
        super().__init__(f"{text} {estimate}".strip())
        self.word, self.brief = word, text


class NameTaken(Refused):
    """Refused because another one has the name; the form shows the text beside that field."""


class StoreError(Exception):
    """The database cannot be used; the text says why and what to do."""
