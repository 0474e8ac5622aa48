"""The menu, as in Trend Micro's console: the screens in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flask import Flask, request

from portal.auth import signed_in_user_or_none


@dataclass(frozen=True)
class Entry:
    """A line of the menu: what it leads to, or the first of its own lines."""

    text: str
    endpoint: str
    icon: str = ""
    entries: tuple[Entry, ...] = field(default=())
    for_operator: bool = False

    @property
    def is_here(self) -> bool:
        """Whether the reader is on this screen or below it. A screen is a blueprint, so its other pages count too."""
        if self.entries:
            return any(entry.is_here for entry in self.entries)
        return request.blueprint == self.endpoint.partition(".")[0]


MENU = (
    Entry("General", "general.show", "speedometer2"),
    Entry("Global Spam Statistics", "statistics.show", "globe2"),
    Entry(
        "News",
        "spam_news.show",
        "newspaper",
        (Entry("Spam News", "spam_news.show"), Entry("Release News", "release_news.show")),
    ),
    Entry(
        "Report",
        "percentage_queries.show",
        "bar-chart-line",
        (
            Entry("Percentage Queries", "percentage_queries.show"),
            Entry("Queries per Hour", "queries_per_hour.show"),
            Entry("Queries per Day", "queries_per_day.show"),
            Entry("Botnet Report", "botnet_report.show"),
            Entry("Query Log", "query_log.show"),
        ),
    ),
    Entry(
        "Policy",
        "policy.show",
        "shield-check",
        (
            Entry("Settings", "policy.show"),
            Entry("New ISP Request", "isp_request.show"),
            Entry("Reputation Settings", "reputation_settings.show"),
        ),
    ),
    Entry("Check an address", "check.show", "search"),
    Entry(
        "Administration",
        "password.show",
        "gear",
        (
            Entry("Password", "password.show"),
            Entry("Two-step Login", "two_step.show"),
            Entry("Sessions", "sessions.show"),
            Entry("Activation Code", "activation_code.show"),
            Entry("Valid Mail Servers", "mail_servers.show"),
            Entry("Users", "users.show"),
            Entry("API Tokens", "tokens.show"),
            Entry("Lists for Firewalls", "firewall_lists.show"),
            Entry("Alerts", "alerts.show"),
            Entry("Audit Log", "audit_log.show"),
        ),
    ),
    Entry(
        "Installation",
        "organizations.show",
        "building",
        (
            Entry("Organizations", "organizations.show"),
            Entry("Activation Codes", "activation_codes.show"),
            Entry("Feeds", "feeds.show"),
            Entry("Listings", "listings.show"),
            Entry("Requests", "requests.show"),
            Entry("Repeat Offenders", "repeat_offenders.show"),
            Entry("Write News", "write_news.show"),
            Entry("System", "system.show"),
        ),
        for_operator=True,
    ),
)


def lines() -> list[Entry]:
    """The menu of this reader: what concerns the installation is for its operator."""
    user = signed_in_user_or_none()
    return [entry for entry in MENU if not entry.for_operator or (user and user.runs_installation)]


def here() -> Entry | None:
    """The innermost line the reader is at."""
    return next((entry for entry in _leaves(lines()) if entry.is_here), None)


def reachable(screen: str) -> bool:
    """Whether this screen is in the reader's menu, so that a page may lead there."""
    return any(entry.endpoint == f"{screen}.show" for entry in _leaves(lines()))


def init_app(app: Flask) -> None:
    """Give the templates the menu."""
    app.jinja_env.globals.update(menu=lines, here=here, reachable=reachable)


def _leaves(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.entries:
            yield from _leaves(entry.entries)
        else:
            yield entry
