"""ISPs that the operator has accepted: their names, and the networks that belong to them here. It knows no requests.

The publisher lays them over the table of origins, so that rules and statistics know them. An ISP without an AS number
gets one of those that are for private use (RFC 6996), which no table on the internet contains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import parse_network
from reputation.addresses.reserved import reserved_part
from reputation.countries import country_fault
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import Isp, IspNetwork

FIRST_OF_OUR_OWN, LAST_OF_OUR_OWN = 4_200_000_000, 4_294_967_294  # RFC 6996 5
HIGHEST_ASN = (1 << 32) - 1
WIDEST = {4: 8, 6: 19}  # prefixes: what is wider is nobody's alone
MOST_NETWORKS = 200
MOST_ASNS = 10
LONGEST_NAME = 200


class AcceptedIsp(NamedTuple):
    """One accepted ISP; `networks` are in canonical form."""

    asn: int
    name: str
    country: str
    created_at: int
    networks: tuple[str, ...]


class IspDraft(NamedTuple):
    """The details of an ISP, checked and in canonical form."""

    asns: tuple[int, ...]
    name: str
    country: str
    networks: tuple[str, ...]


def check(asns: Iterable[Any], name: str, country: str, networks: Iterable[str]) -> IspDraft:
    """Check the details of an ISP as they are written, and return them in canonical form. Raise Refused."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"An ISP needs a name of at most {LONGEST_NAME} characters.")
    fault = country_fault(country.upper()) if country else ""
    if fault:
        raise Refused(fault)
    numbers = tuple(dict.fromkeys(asn(text) for text in asns))
    blocks = tuple(dict.fromkeys(_network(text) for text in networks))
    if not numbers and not blocks:
        raise Refused("Name at least one AS number or one network: nothing else tells which addresses are the ISP's.")
    if len(numbers) > MOST_ASNS or len(blocks) > MOST_NETWORKS:
        raise Refused(f"An ISP has at most {MOST_ASNS} AS numbers and {MOST_NETWORKS} networks here.")
    return IspDraft(numbers, name, country.upper(), blocks)


def asn(text: Any) -> int:
    """Read an AS number, such as `AS64500` or `64500`. Raise Refused where it is none."""
    digits = str(text).strip().upper().removeprefix("AS").strip()
    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits[:11]) <= HIGHEST_ASN and len(digits) <= 10):
        raise Refused(f"{str(text).strip()[:40]!r} is no AS number: write AS64500 or 64500.")
    return int(digits)


def accept(
    asns: Sequence[Any], name: str, country: str, networks: Sequence[str], now: int, who: str
) -> tuple[int, ...]:
    """Add an ISP, or change a known one; return its AS numbers, the first of which gets the networks.

    A known ISP keeps the networks that it has. A network of another ISP is moved to this one. Raise Refused.
    """
    wanted = check(asns, name, country, networks)
    with db.write():
        db.lock_for_transaction("isps")
        numbers = wanted.asns or (_next_of_our_own(),)
        values = {"name": wanted.name, "country": wanted.country, "created_at": now}
        for number in numbers:
            Isp.insert(asn=number, **values).on_conflict(conflict_target=[Isp.asn], update=values).execute()
        for network in wanted.networks:
            IspNetwork.insert(network=network, isp=numbers[0]).on_conflict(
                conflict_target=[IspNetwork.network], update={IspNetwork.isp: numbers[0]}
            ).execute()
        text = ", ".join([*(f"AS{number}" for number in numbers), *wanted.networks])
        audit.record(None, who, f"ISP {wanted.name} accepted", now, after=text)
        changes.record_change(changes.ORIGINS, now)
    return numbers


def remove(number: int, now: int, who: str) -> AcceptedIsp:
    """Remove an ISP; its name and networks are again what the table of origins says.

    Raise Refused where it is unknown.
    """
    with db.write():
        found = next((one for one in all_isps() if one.asn == number), None)
        if found is None:
            raise Refused(f"AS{number} is not among the ISPs that were accepted here: reload the page.")
        IspNetwork.delete().where(IspNetwork.isp == number).execute()
        Isp.delete().where(Isp.asn == number).execute()
        audit.record(None, who, f"ISP {found.name} removed", now, before=", ".join([f"AS{number}", *found.networks]))
        changes.record_change(changes.ORIGINS, now)
    return found


def all_isps() -> list[AcceptedIsp]:
    """Return all accepted ISPs, sorted by name."""
    networks: dict[int, list[str]] = {}
    for row in IspNetwork.select():
        networks.setdefault(row.isp_id, []).append(row.network)
    rows = Isp.select().order_by(fn.LOWER(Isp.name), Isp.asn)
    return [
        AcceptedIsp(
            row.asn, row.name, row.country, row.created_at, tuple(sorted(networks.get(row.asn, ()), key=parse_network))
        )
        for row in rows
    ]


def _next_of_our_own() -> int:
    mine = (Isp.asn >= FIRST_OF_OUR_OWN) & (Isp.asn <= LAST_OF_OUR_OWN)
    highest = Isp.select(fn.MAX(Isp.asn)).where(mine).scalar()
    return FIRST_OF_OUR_OWN if highest is None else int(highest) + 1


def _network(text: str) -> str:
    try:
        network = parse_network(text.strip())
    except ValueError as error:
        raise Refused(f"{error}.") from None
    if network.prefix < WIDEST[network.version]:
        raise Refused(f"{network} is wider than /{WIDEST[network.version]}: no ISP has all of it.")
    if reserved_part(network):
        raise Refused(f"{network} is private or reserved: no mail comes from there over the internet.")
    return str(network)
