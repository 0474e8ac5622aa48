"""`zone`: how resolvers find the zone: the records of the parent zone, and the lines for each resolver program."""

from __future__ import annotations

from typing import Any

import click

from commands import as_json, echo, refusing, setting_options
from reputation import settings
from reputation.delegation import Delegation, Way, shown
from reputation.intake import own_addresses
from reputation.resolvers import BY_ID, Resolver


@click.command("zone")
@click.argument("resolver", required=False, default="", type=click.Choice(["", *BY_ID]), metavar="[RESOLVER]")
@click.option(
    "--at", multiple=True, metavar="ADDRESS:PORT", help="Where the resolver reaches us; may be given several times."
)
@as_json
@setting_options("data", "dns", "zone", "nameserver")
def zone(resolver: str, at: tuple[str, ...], as_json: bool, **flags: Any) -> None:
    """Print how resolvers find the zone; with the name of a RESOLVER, the lines that make it ask here."""
    with refusing():
        chosen = settings.read(flags)
        doors = tuple(settings.listen_address(text, "--at") for text in at)
    delegation = Delegation(chosen.zone, chosen.dns, chosen.nameserver)
    ways = delegation.ways(own_addresses.of_this_machine())
    if resolver:
        _print_lines(BY_ID[resolver], chosen.zone, doors or (ways[0].doors if ways else ()), as_json)
    else:
        _print_zone(delegation, ways, as_json)


def _print_zone(delegation: Delegation, ways: list[Way], as_json: bool) -> None:
    value = {
        "zone": delegation.zone,
        "name_servers": {name: list(addresses) for name, addresses in delegation.name_servers.items()},
        "lacks": delegation.lacks,
        "parent_zone": delegation.parent_zone,
        "parent_records": delegation.parent_records,
        "asked_at": [list(map(shown, way.doors)) for way in ways],
    }
    records = [
        f"Records of the zone {delegation.parent_zone}, which delegate {delegation.zone}:\n",
        delegation.parent_records,
    ]
    lines = f"\nLines for a resolver: gatepost zone {'|'.join(BY_ID)}"
    echo(value, as_json, "\n".join([*(records if delegation.is_found else [delegation.lacks]), lines]))


def _print_lines(resolver: Resolver, zone: str, doors: tuple[settings.ListenAddress, ...], as_json: bool) -> None:
    texts = resolver.lines(zone, doors)
    value = {
        "resolver": resolver.id,
        "asked_at": list(map(shown, doors)),
        "lines": [lines._asdict() for lines in texts],
        "command": resolver.command,
        "trouble": resolver.trouble(doors),
    }
    echo(value, as_json, "\n\n".join(lines.text for lines in texts) or resolver.trouble(doors))
    if texts and not as_json:  # not among the lines, which may go into a file
        click.echo(f"Then {resolver.command}. {resolver.hint}", err=True)
