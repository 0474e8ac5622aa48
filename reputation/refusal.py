"""What a use case raises when it refuses: the text says why and what to do. Every door shows it as it stands."""

from __future__ import annotations


class Refused(Exception):
    """The use case was refused; the text says why and what to do. Nothing was changed."""


class NameTaken(Refused):
    """Refused because another has the name; the form says so beside that field."""
