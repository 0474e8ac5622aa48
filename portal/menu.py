"""The menu of the reader, made from the table of the screens. It knows no screen by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from flask import Flask, request

from portal.auth import signed_in_user_or_none
from portal.screens import SCREENS, Screen


@dataclass(frozen=True)
class MenuItem:
    """A line of the menu: it leads to a screen, or to the first of its own lines."""

    text: str
    endpoint: str
    icon: str = ""
    entries: tuple[MenuItem, ...] = field(default=())
    for_operator: bool = False

    @property
    def is_here(self) -> bool:
        """Tell whether the reader is on this screen or below it.

        A screen is a blueprint, so its other pages count too.
        """
        if self.entries:
            return any(entry.is_here for entry in self.entries)
        return request.blueprint == self.endpoint.partition(".")[0]


def _entries(screens: Iterable[Screen]) -> Iterator[MenuItem]:
    """The lines of these screens: those of a group stand under the line of the group."""
    for group, members in groupby(screens, key=lambda screen: screen.group):
        own = tuple(MenuItem(screen.title, screen.endpoint, screen.icon) for screen in members)
        if group is None:
            yield from own
        else:
            yield MenuItem(group.title, own[0].endpoint, group.icon, own, group.for_operator)


MENU = tuple(_entries(screen for screen in SCREENS if screen.in_menu))
VISITOR_MENU = tuple(MenuItem(screen.title, screen.endpoint) for screen in SCREENS if screen.for_visitors)


def lines() -> list[MenuItem]:
    """Return the menu of this reader: what concerns the installation is for its operator."""
    user = signed_in_user_or_none()
    return [entry for entry in MENU if not entry.for_operator or (user and user.is_operator)]


def here() -> MenuItem | None:
    """Return the innermost line that the reader is at."""
    return next((entry for entry in _leaves(lines()) if entry.is_here), None)


def reachable(screen: str) -> bool:
    """Tell whether this screen is in the reader's menu, so that a page may lead there."""
    return any(entry.endpoint == f"{screen}.show" for entry in _leaves(lines()))


def init_app(app: Flask) -> None:
    """Give the templates the menu, and the links of a visitor."""
    app.jinja_env.globals.update(menu=lines, visitor_menu=VISITOR_MENU, here=here, reachable=reachable)


def _leaves(entries: Iterable[MenuItem]) -> Iterator[MenuItem]:
    for entry in entries:
        if entry.entries:
            yield from _leaves(entry.entries)
        else:
            yield entry
