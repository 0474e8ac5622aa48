"""`check`: what both databases answer for an address, and what decided."""

from __future__ import annotations

import click

from commands import as_json, command, echo, fail, format_time, now, organization_option
from reputation.addresses.address import parse_address
from reputation.customers import organizations
from reputation.insight import address_check
from reputation.insight import why as explaining
from reputation.insight.address_check import Answer
from reputation.intake import origins
from reputation.publisher import Publisher
from reputation.verdict.live import Live


@command(None, "check")
@click.argument("address")
@organization_option
@as_json
def check(address: str, organization: str, as_json: bool) -> None:
    """Show what both databases answer for ADDRESS, what decided, and what is known of it."""
    customer = organizations.by_name(organization)
    live = Live()
    Publisher(live, origins.seed, origins.unpack, "").catch_up(now())
    assert live.current is not None
    try:
        found = address_check.check(live.current, customer.id, address, now())
    except ValueError as error:
        fail(f"{error}.")
    why = explaining.why(parse_address(address), live.current.origins, now(), customer.id)
    heading = f"{found.address}  {found.country or 'country unknown'}  {_isp(found.asn, found.isp)}"
    lines = (heading, _told("standard", found.standard), _told("dynamic", found.dynamic), why.sentence, *why.lines)
    echo({**found.as_json(), "why": why.as_json()}, as_json, "\n".join(lines))


def _isp(asn: int, isp: str) -> str:
    return f"AS{asn} {isp}" if asn else "ISP unknown"


def _told(database: str, answer: Answer) -> str:
    if not answer.listed:
        return f"{database:8}  not listed  decided by: {answer.decided_by}  {answer.reason}".rstrip()
    until = f" until {format_time(answer.until)}" if answer.until else ""
    return f"{database:8}  {answer.code}{until}  decided by: {answer.decided_by}  {answer.reason}"
