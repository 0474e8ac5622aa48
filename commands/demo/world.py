"""The invented world: ISPs with numbers and addresses that are for documentation (RFC 5398, RFC 5737, RFC 3849)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reputation.intake import feeds, origins
from reputation.publisher.approvals import LIST, WATCH

TRIED = "demo-tried"  # a list that is on watch
RANGES4 = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
RANGE6 = ipaddress.ip_network("2001:db8::/32")
DAY = 86400


class DemoIsp(NamedTuple):
    """An invented ISP. `spam` is its share beside others, `trend` the factor by which that changes in eight weeks."""

    asn: int
    name: str
    country: str
    spam: float
    trend: float = 1.0


ISPS = tuple(
    DemoIsp(asn, *fields)
    for asn, fields in zip(
        (*range(64496, 64512), *range(65536, 65544)),
        (
            ("Brightwater Cable", "US", 9.0, 0.8),
            ("Nordlicht Telekom", "DE", 6.0, 1.1),
            ("Lotus Broadband", "IN", 14.0, 1.6),
            ("Rio Verde Net", "BR", 11.0, 1.2),
            ("Yangcheng Hosting", "CN", 12.0, 0.9),
            ("Volga Link", "RU", 8.0, 0.7),
            ("Mekong Mobile", "VN", 10.0, 1.9),
            ("Sunda Data", "ID", 7.0, 1.0),
            ("Pampas Fibra", "AR", 4.0, 0.9),
            ("Anatolia Online", "TR", 5.0, 1.4),
            ("Island Colo", "SG", 3.0, 2.6),
            ("Lagoon Wireless", "NG", 2.5, 1.3),
            ("Polder Hosting", "NL", 6.5, 0.6),
            ("Tatra Connect", "SK", 1.2, 1.0),
            ("Danube Regional", "AT", 0.6, 1.0),
            ("Cordillera ISP", "CO", 3.2, 1.1),
            ("Atlas Telecom", "MA", 1.8, 1.0),
            ("Sakura Grid", "JP", 1.0, 0.8),
            ("Maple Rural", "CA", 0.9, 1.0),
            ("Baltic Shore", "LT", 1.4, 1.7),
            ("Savanna Link", "KE", 1.1, 1.2),
            ("Outback Air", "AU", 0.7, 0.9),
            ("Carpathia Net", "RO", 2.2, 1.0),
            ("Gulf Stream", "AE", 0.8, 1.1),
        ),
        strict=True,
    )
)


@cache
def home4(place: int) -> ipaddress.IPv4Network:
    """Return the IPv4 network of the ISP at this place in ISPS."""
    networks = [part for text in RANGES4 for part in ipaddress.IPv4Network(text).subnets(new_prefix=27)]
    return networks[place]


@cache
def home6(place: int) -> ipaddress.IPv6Network:
    """Return the IPv6 network of the ISP at this place in ISPS."""
    return ipaddress.IPv6Network((int(RANGE6.network_address) | place << 88, 40))


def make(folder: Path, at: int) -> None:
    """Write the table of origins and the lists as files in the folder, and import them as an operator would."""
    table = folder / "demo-origins.tsv"
    table.write_text("".join(_origins()))
    origins.import_files([table], at, alone=True)
    for name, category, database, lines in _lists():
        file = folder / f"{name}.txt"
        file.write_text("\n".join(lines) + "\n")
        feeds.add(
            name, str(file), "plain", category, at - 60 * DAY, database=database, every=3600, duration=400 * DAY,
            purpose=WATCH if name == TRIED else LIST,
        )  # fmt: skip
        feeds.refresh(name, at - 57 * DAY)
        file.write_text("\n".join([*lines, *_more(category)]) + "\n")
        feeds.refresh(name, at - 1800)


def _origins() -> Iterator[str]:
    for place, isp in enumerate(ISPS):
        for network in (home4(place), home6(place)):
            yield f"{network[0]}\t{network[-1]}\t{isp.asn}\t{isp.country}\t{isp.name}\n"


def _lists() -> Iterator[tuple[str, str, str, list[str]]]:
    """Name, category, database and lines: the more an ISP spams, the more of it is listed."""
    wide = [place for place, isp in enumerate(ISPS) if isp.spam >= 9]
    yield (
        "demo-known-sources",
        "KSS",
        "standard",
        [
            *(str(next(home4(place).subnets(new_prefix=29))) for place in wide),
            *(str(home4(place)[11]) for place in range(len(ISPS))),
            *(str(next(home6(place).subnets(new_prefix=48))) for place in wide),
        ],
    )
    yield (
        "demo-home-lines",
        "DUL",
        "standard",
        [str(list(home4(place).subnets(new_prefix=29))[2]) for place, isp in enumerate(ISPS) if isp.spam >= 3],
    )
    yield TRIED, "KSS", "standard", [str(home4(place)[number]) for place in range(16) for number in range(8, 31, 2)]
    yield "demo-emerging", "ETL", "standard", [str(home4(place)[number]) for place in range(14) for number in (24, 25)]
    yield "demo-dynamic", "ETL", "dynamic", [str(home4(place)[number]) for place in range(20) for number in (26, 27)]


def _more(category: str) -> list[str]:
    """What an issue eight weeks later has beside: few enough that nobody has to agree."""
    return [str(home4(16)[9])] if category == "KSS" else []
