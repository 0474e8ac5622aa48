"""What the program hands to the portal: the parts that screens read, and the clock that they use.

It owns nothing and starts nothing. Every screen reaches it through `current()`, so that no screen holds a global of its
own.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import current_app

from reputation.counting.delivery import Delivery
from reputation.customers.reverse_names import ReverseNames, ask_confirmed
from reputation.delegation import Delegation
from reputation.insight.query_log import LogBounds
from reputation.intake.complaints import MailboxFigures
from reputation.intake.maillog import LogFigures
from reputation.intake.report_queue import QueueCounts
from reputation.jobs import JobState
from reputation.publisher import Publisher
from reputation.reloadable import Change
from reputation.settings import SettingInForce, listen_address
from reputation.verdict.live import Live


def unix_time() -> int:
    """Return the time in whole Unix seconds (UTC)."""
    return int(time.time())


class FirstRunLink:
    """The one-time link of a new installation: its token opens the first-run page until it is closed for good."""

    def __init__(self, token: str = "") -> None:
        self._token = token

    @classmethod
    def issue(cls) -> FirstRunLink:
        """Make a link with a new token of 192 random bits."""
        return cls(secrets.token_urlsafe(24))

    @property
    def path(self) -> str:
        """Return the path to print at start, such as `/first-run/Jb1…`; empty when the link is closed."""
        return f"/first-run/{self._token}" if self._token else ""

    def opens(self, token: str) -> bool:
        """Tell whether this token is the one that was printed; they are compared in constant time."""
        return bool(self._token) and hmac.compare_digest(self._token.encode(), token.encode())

    def close(self) -> None:
        """Close the link for good."""
        self._token = ""


@dataclass
class AppContext:
    """The parts and the settings that screens need.

    `dns_addresses` are texts such as `127.0.0.1:5300`; `started_at` is Unix seconds; `secret_key` signs the session
    cookie and must outlive a restart, or everybody is logged out by it.
    """

    publisher: Publisher
    live: Live
    counts: Delivery
    zone: str
    data: Path
    lookup_url: str
    dns_addresses: Sequence[str]
    dns_runs: str  # "compiled" or "interpreted"
    started_at: int
    secret_key: str
    first_run: FirstRunLink = field(default_factory=FirstRunLink)
    log_bounds: LogBounds = field(default_factory=LogBounds)
    daily_quota: int = 0  # of organizations without one of their own, in connections; 0: none
    is_demo: bool = False  # all of it is invented, and every page says so
    sends_mail: bool = False  # whether a mail server is set up; letters wait otherwise
    names: ReverseNames = field(default_factory=ReverseNames)
    # of addresses whose name leads back to them; "" for the others
    confirmed_names: ReverseNames = field(default_factory=lambda: ReverseNames(ask_confirmed))
    jobs: Callable[[], Sequence[JobState]] = tuple  # the state of each job of the scheduler
    dns_figures: Callable[[], Sequence[Mapping[str, int]]] = tuple  # what each DNS loop has counted
    report_figures: Callable[[], QueueCounts] = QueueCounts  # of the queue of spam reports
    # of the connections of each door over TCP: what there is now, and what was counted since the start (places.FIGURES)
    connections: Callable[[], Mapping[str, Mapping[str, int]]] = dict
    trap_figures: Callable[[], Mapping[str, int]] = dict  # what the trap has counted; empty where there is none
    trap_last: Callable[[], Mapping[str, int]] = dict  # when each of these last grew, in Unix seconds
    mailbox_figures: Callable[[], MailboxFigures | None] = lambda: None  # of complaints; None where none is read
    log_figures: Callable[[], Sequence[LogFigures]] = tuple  # of each mail log that is followed
    log_troubles: Callable[[int], Mapping[str, str]] = lambda _now: {}  # what is wrong with following them, by the log
    # messages that count for nobody: the way they came, why, and how many since the start
    uncounted_figures: Callable[[], Sequence[tuple[str, str, int]]] = tuple
    settings: Sequence[SettingInForce] = ()
    # what is written down and not in force, and why that cannot be read where it cannot
    changes: Callable[[], tuple[Sequence[Change], str]] = lambda: ((), "")
    name_servers: Mapping[str, Sequence[str]] = field(default_factory=dict)  # those that were set, with their addresses
    proxies: Sequence[str] = ()  # networks of reverse proxies that are believed
    clock: Callable[[], int] = unix_time

    @property
    def delegation(self) -> Delegation:
        """Return what is served where, and how the zone is found."""
        doors = [listen_address(text, "dns") for text in self.dns_addresses]
        return Delegation(self.zone, doors, self.name_servers)


def current() -> AppContext:
    """Return the context of the application that answers the present request."""
    return cast(AppContext, current_app.extensions["app_context"])
