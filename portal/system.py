"""Installation > System: what runs, since when, and in which state. It shows; nothing is changed here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from portal.app_context import current
from portal.check import credit
from reputation import descriptors, faults
from reputation.counting import other_packets
from reputation.insight import system
from reputation.intake import origins
from reputation.intake.importing import limits, reader
from reputation.notices import alerts, checks, mailer
from reputation.places import FIGURES as CONNECTION_FIGURES
from reputation.publisher import damaged_origins
from reputation.version import VERSION

blueprint = Blueprint("system", __name__, url_prefix="/installation/system")

# What a DNS loop counts, as a person reads it.
FIGURES = {
    "received": "Received",
    "slow path": "Answered by Python",
    "slow path lost": "Lost: the queue was full",
    "refused": "Answers the system refused to send",
}


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the state of the installation."""
    app_context = current()
    loops = app_context.dns_figures()
    published = app_context.publisher.loaded
    changes, unread = app_context.changes()
    parts = [(part, published.get(part.name)) for part in system.loaded(app_context.live.current)]
    return render_template(
        "system/show.html",
        app_context=app_context,
        version=VERSION,
        now=g.now,
        faults=faults.standing(),
        database=system.database_facts(),
        disk=shutil.disk_usage(app_context.data),
        parts=parts,
        failed=app_context.publisher.failed,
        damaged=sorted(damaged_origins.all_damage().values()),
        jobs=app_context.jobs(),
        loops=loops,
        columns=_columns(loops),
        connections=app_context.connections(),
        connection_columns=CONNECTION_FIGURES,
        descriptors=descriptors.use(),
        others=other_packets.last_24_hours(g.now),
        askers=system.unknown_codes(g.now),
        clock_told=_clock_told(),
        origins=origins.state(app_context.publisher.origins),
        credit=credit,
        letters=mailer.waiting(),
        waiting=app_context.counts.figures(),
        reading=limits.chosen.limits,
        confined=reader.holds(),
        settings=app_context.settings,
        changes={change.name: change for change in changes},
        unread=unread,
    )


def _columns(loops: Sequence[Mapping[str, int]]) -> list[tuple[str, str]]:
    """The figures that these loops count, each with its heading."""
    return [(name, words) for name, words in FIGURES.items() if any(name in loop for loop in loops)]


def _clock_told() -> list[tuple[int, str]]:
    """What is wrong with the clock, and the last times that it was set, each with when (Unix seconds) it was told."""
    standing = [(one.since, one.sentence) for one in faults.standing() if one.name == checks.CLOCK]
    told = {text for _, text in standing}
    before = [(one.raised_at, one.text) for one in alerts.recent(None) if one.kind == checks.CLOCK]
    return standing + [one for one in before if one[1] not in told][:3]
