"""For whom: organizations, their people, activation codes, policies and mail servers. Knows neither door."""

from __future__ import annotations


class Refused(Exception):
    """The use case was refused; the text says why and what to do. Nothing was changed."""


class NameTaken(Refused):
    """Refused because another has the name; the form says so beside that field."""
