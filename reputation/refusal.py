"""What a use case raises when it refuses: the text says why and what to do. Every door shows it unchanged."""

from __future__ import annotations


class Refused(Exception):
    """The use case was refused; the text says why and what to do. Nothing was changed."""


class NameTaken(Refused):
    """Refused because another one has the name; the form shows the text beside that field."""
