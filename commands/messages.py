"""`trap try` and `complaints try`: what a message would count for, without counting it."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from commands import as_json, command, echo, format_time, now
from reputation.addresses.address import Address
from reputation.intake import messages, spam_reports
from reputation.intake.complaints import LARGEST, ComplaintReader
from reputation.intake.messages import TrustedNetworks
from reputation.intake.reporters import Reporters
from reputation.intake.spam_reports import Accepted, Incoming
from reputation.intake.trap import report_of
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import NotCounted
from reputation.refusal import Refused
from reputation.settings import Settings

file_argument = click.argument("file", type=click.File("rb"))
peer_option = click.option(
    "--from", "peer", metavar="ADDRESS", help="Who connected; without it, a server of ours took the message."
)


@click.group()
def trap() -> None:
    """See what mail to the trap counts for."""


@click.group()
def complaints() -> None:
    """See what a complaint counts for."""


@command(trap, "try", "own_networks", "trap_relay")
@file_argument
@peer_option
@click.option("--sender", default="a@example", help="Sender of the envelope; empty for a bounce.  [default: one]")
@as_json
def try_trap(file: BinaryIO, peer: str | None, sender: str, as_json: bool, chosen: Settings) -> None:
    """Tell whom FILE, a message as it came to a trap, would be counted against, and where it would list them."""
    own = TrustedNetworks(chosen.all_own_networks)
    _tell(report_of(file.read(LARGEST), sender, own, _peer(peer), now()), as_json)


@command(complaints, "try", "own_networks", "trap_relay", "complaint_reporter")
@file_argument
@peer_option
@as_json
def try_complaint(file: BinaryIO, peer: str | None, as_json: bool, chosen: Settings) -> None:
    """Tell whom FILE, a complaint as it came, would be counted against, and where it would list them."""
    reporters = Reporters(chosen.complaint_reporter, TxtRecords())
    reader = ComplaintReader(TrustedNetworks(chosen.all_own_networks), reporters)
    content, connected = file.read(LARGEST), _peer(peer)
    try:
        found = reader.read(content, connected, now())
    except NotCounted as reason:
        by = reader.handed_over_by(messages.read(content), connected)
        raise Refused(
            f"{reason} It was handed over by {by or 'a server that its Received field does not tell'}."
        ) from None
    _tell(found, as_json)


def _peer(text: str | None) -> Address | None:
    return spam_reports.read_address(text) if text else None


def _tell(incoming: Incoming, as_json: bool) -> None:
    at = now()
    try:
        found = spam_reports.trial(incoming, at)
    except Refused as refusal:
        raise Refused(f"Not counted: {incoming.address} sent it, and {refusal}") from None
    echo(_value(incoming, found), as_json, _text(incoming, found, at))


def _value(incoming: Incoming, found: Accepted) -> dict[str, Any]:
    kept = {name: getattr(incoming, name) for name in ("address", "source", "weight", "reporter", "evidence")}
    return {**kept, "subject": found.subject, "is_new": found.is_new, "expiries": found.expiries}


def _text(incoming: Incoming, found: Accepted, at: int) -> str:
    by = f", reported by {incoming.reporter}" if incoming.reporter else ""
    lines = [f"Counted: {incoming.address}, source {incoming.source}, weight {incoming.weight:.2g}{by}."]
    if not found.is_new:
        lines = [f"Not counted: {incoming.address}, of which this was counted before, or enough of today."]
    lines += [
        f"Level {level} lists it until {format_time(until)}."
        for level, until in enumerate(found.expiries, start=1)
        if until > at
    ]
    return "\n".join([*lines, "", *incoming.evidence.splitlines()])
