"""What a running program takes from its settings when it reads them again, and what of them waits for a restart."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from reputation.settings import SETTINGS, Settings, masked

# serving/reloading.py hands each of them on. All others are part of what was built at the start: sockets and their
# loops, doors, what the snapshot says, whom a listener believes.
RELOADABLE = frozenset(
    (
        "outgoing_proxy",
        "origins_source",
        "import_memory",
        "import_time",
        "daily_quota",
        "query_log_days",
        "query_log_rows",
        "reporters_agree",
        "repeat_offenders",
        "exchange_every",
        "mail_server",
        "mail_from",
        "log_level",
    )
)


class Change(NamedTuple):
    """A setting that is in force with one value and written down with another, both without passwords."""

    name: str
    in_force: str
    written: str
    needs_restart: bool


def changes(running: Settings, read: Settings) -> list[Change]:
    """Return what differs between the settings in force and those that were read, in the order of the table."""
    return [
        Change(
            each.name,
            masked(each.show(getattr(running, each.name))),
            masked(each.show(getattr(read, each.name))),
            each.name not in RELOADABLE,
        )
        for each in SETTINGS
        if getattr(running, each.name) != getattr(read, each.name)
    ]


def taken_over(running: Settings, read: Settings) -> Settings:
    """Return the settings that are in force after a reload: of what was read, what needs no restart."""
    return dataclasses.replace(running, **{name: getattr(read, name) for name in RELOADABLE})
