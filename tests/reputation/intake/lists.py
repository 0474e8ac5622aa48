"""What the tests of the intake share: samples, and lists taken apart into entries that read well."""

import ipaddress
from pathlib import Path

from reputation.intake.formats import Parsed, parse
from reputation.intake.guards import block_text
from reputation.ranges import Ranges
from tests.conftest import ROOT

SAMPLES = ROOT / "tests" / "data" / "feeds"
REAL_LISTS = ROOT.parent / "shared" / "real-input"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


NETWORKS = {
    64496: ["192.0.2.0/25", "198.51.100.0/24"],
    64497: ["203.0.113.0/26", "2001:db8:1::/48"],
    64498: ["2001:db8:2::/48"],
}


def networks_of(asn: int) -> list[tuple[bytes, bytes]]:
    """What some AS for documentation announce."""
    networks = map(ipaddress.ip_network, NETWORKS.get(asn, []))
    return [(network[0].packed, network[-1].packed) for network in networks]


def read(text: str | bytes, name: str = "plain") -> Parsed:
    return parse(text.encode() if isinstance(text, str) else text, name, networks_of=networks_of)


def listed(ranges: Ranges) -> list[str]:
    """Every range as `192.0.2.0/24`, or with its text as `192.0.2.0/24 SBL1`."""
    found = []
    for version in (4, 6):
        for first, last, number in zip(*ranges.of(version), strict=True):
            low, high = (int(bound) if version == 4 else int(bound[0]) << 64 | int(bound[1]) for bound in (first, last))
            text = f" {ranges.texts[number - 1]}" if number else ""
            found.append(f"{block_text(version, low, high)}{text}".rstrip())
    return found


def plain_list(count: int, first: int = 1, net: str = "198.51") -> str:
    """That many single addresses that do not touch each other."""
    return "".join(f"{net}.{100 + number // 100}.{number % 100 * 2}\n" for number in range(first, first + count))


def need_real_list(name: str) -> Path:
    """A published list, for who has one; the samples beside it are ours."""
    import pytest

    file = REAL_LISTS / name
    if not file.exists():
        pytest.skip(f"{name} is not beside this checkout: published lists are their publishers' and not in it")
    return file
