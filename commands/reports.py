"""`report` and `purge`: a person has seen spam from an address; reports that were wrong are taken back."""

from __future__ import annotations

import click

from commands import (
    Duration,
    as_json,
    command,
    echo,
    format_time,
    now,
)
from reputation.intake import estimate, purging, reach, spam_reports
from reputation.intake.spam_reports import Accepted
from reputation.store import audit


@command(None, "report")
@click.argument("address")
@click.option(
    "--source", type=click.Choice(estimate.SOURCES), default="hand", show_default=True, help="Who saw the spam."
)
@click.option("--reason", required=True, help="What was seen; kept as evidence, and not shown to the sender.")
@click.option("--weight", type=float, default=1.0, show_default=True, help="How much this reporter's word counts.")
@click.option("--dedupe-key", default="", help="Identifies the report, such as a Message-ID: the same key counts once.")
@as_json
def report(address: str, source: str, reason: str, weight: float, dedupe_key: str, as_json: bool) -> None:
    """Record a spam report about ADDRESS, which lists it in the dynamic database for a time."""
    moment_ = now()
    made = spam_reports.accept(
        address, source, moment_, weight, evidence=reason, reporter=audit.COMMAND_LINE, dedupe_key=dedupe_key,
        who=audit.COMMAND_LINE,
    )  # fmt: skip
    warning = reach.warning(address)
    echo({**made._asdict(), "warning": warning}, as_json, f"{_told(made, moment_)} {warning}".rstrip())


@command(None, "purge")
@click.argument("source", type=click.Choice(estimate.SOURCES))
@click.option("--reporter", default="", help="Only reports by this reporter, as the reports name it.")
@click.option("--since", "ago", type=Duration(), required=True, help="How old the reports may be, such as 6h.")
@click.option("--reason", required=True, help="What was wrong; every organization is told.")
@as_json
def purge(source: str, reporter: str, ago: int, reason: str, as_json: bool) -> None:
    """Take back the spam reports of a faulty SOURCE, and end the listings that are due to it alone."""
    moment_ = now()
    done = purging.purge(source, moment_ - ago, moment_, audit.COMMAND_LINE, reporter, reason)
    text = f"Took back {done.reports} reports of {done.senders} senders; {done.released} are no longer listed."
    echo(done._asdict(), as_json, text)


def _told(made: Accepted, at: int) -> str:
    if not made.is_new:
        return f"{made.subject}: this report was counted before."
    ends = [
        f"level {level} until {format_time(until)}" for level, until in enumerate(made.expiries, start=1) if until > at
    ]
    return f"{made.subject} is listed in the dynamic database at {', '.join(ends)}."
