"""`logs`: what the mail logs of our own servers say, and whom they would list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from commands import (
    as_json,
    echo,
    format_time,
    now,
    opened,
    refusing,
    setting_options,
)
from reputation import settings
from reputation.intake import maillog
from reputation.intake.maillog import LogFigures, TriedLog

SHOWN = 10  # senders of a level


@click.group()
def logs() -> None:
    """See what the mail logs of our own servers say."""


@logs.command("try")
@setting_options("data", "own_networks", "spam_refusals")
@click.argument("log", nargs=-1, required=True, metavar="PROGRAM:FILE...")
@as_json
def try_logs(log: tuple[str, ...], as_json: bool, **flags: Any) -> None:
    """Read whole logs, such as postfix:/var/log/mail.log, and say what would count; nothing is written.

    Name the logs that are followed together in one command: what they say of one message counts once.
    """
    with refusing():
        chosen = settings.read({**flags, "mail_log": log})
        with opened(chosen):
            tried = maillog.try_logs(chosen.mail_log, now(), chosen.all_own_networks, chosen.spam_refusals)
    echo(_values(tried), as_json, "\n".join(_told(tried)))


def _values(tried: TriedLog) -> dict[str, Any]:
    return {
        "logs": [figures._asdict() for figures in tried.logs],
        "listed": {str(level): senders for level, senders in enumerate(tried.listed, 1)},
        "exempt": tried.exempt,
    }


def _told(tried: TriedLog) -> Iterator[str]:
    for figures in tried.logs:
        yield from _log(figures)
    for level, senders in enumerate(tried.listed, 1):
        more = f" and {len(senders) - SHOWN} more" if len(senders) > SHOWN else ""
        yield f"Level {level} would have listed {len(senders)}: {', '.join(senders[:SHOWN]) or 'nobody'}{more}"
    if tried.exempt:
        yield f"Never listed, whatever is reported: {', '.join(tried.exempt[:SHOWN])}"


def _log(figures: LogFigures) -> Iterator[str]:
    yield (
        f"{figures.program}:{figures.log}: {figures.lines:,} lines, {figures.recognised:,} recognised, "
        f"{figures.foreign:,} of other programs, {figures.unread:,} unread"
    )
    if figures.last_recognised_at:
        yield f"  last one: {format_time(figures.last_recognised_at)}"
    yield f"  counted: {_counts(figures.counted)}"
    yield f"  ignored: {_counts(figures.ignored)}"
    if figures.is_silent:
        yield "  None of the last lines is one of this program's: is it the right program, and the right file?"
    for kind, samples in figures.samples.items():
        yield f"  {kind}:"
        yield from (f"    {line}" for line in samples)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in counts.items()) or "none"
