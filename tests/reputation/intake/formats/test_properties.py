"""What holds for every reader: it serves nothing that the text does not say, and counts what it leaves out."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.addresses.address import Network
from reputation.intake.formats import FormatError, Parsed
from tests.reputation.intake.lists import read

Block = tuple[int, int, int]  # version, first, last

four = st.builds(
    lambda value, prefix: ipaddress.IPv4Network((value, prefix), strict=False),
    st.integers(0xC0000200, 0xC00003FF), st.sampled_from((24, 25, 28, 31, 32, 32, 32)),
)  # fmt: skip
six = st.builds(
    lambda value, prefix: ipaddress.IPv6Network((value, prefix), strict=False),
    st.integers(0x20010DB8 << 96, (0x20010DB8 << 96) + 1023), st.sampled_from((64, 120, 127, 128)),
)  # fmt: skip
networks = st.lists(st.one_of(four, four, six), min_size=1, max_size=12)
junk = st.sampled_from(("", "spam.example", "1.2.3.4.5", "192.0.2.300", "-", "x", "192.0.2.9/33", "\x00", "é", "1,2"))
noise = st.lists(st.tuples(st.integers(0, 20), junk), max_size=5)


def block(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Block:
    return network.version, int(network[0]), int(network[-1])


def served(parsed: Parsed) -> list[Block]:
    found = []
    for version in (4, 6):
        firsts, lasts, _ = parsed.ranges.of(version)
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            low, high = (bound if version == 4 else bound[0] << 64 | bound[1] for bound in (first, last))
            found.append((version, low, high))
    return found


def covered(blocks: list[Block]) -> set[Block]:
    """The same addresses as ranges that neither touch nor overlap."""
    merged: list[Block] = []
    for version, first, last in sorted(set(blocks)):
        if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
            merged[-1] = (version, merged[-1][1], max(merged[-1][2], last))
        else:
            merged.append((version, first, last))
    return set(merged)


def with_noise(lines: list[str], extra: list[tuple[int, str]]) -> str:
    mixed = list(lines)
    for place, text in extra:
        mixed.insert(min(place, len(mixed)), text)
    return "\n".join(mixed) + "\n"


def _row(network: ipaddress.IPv4Network | ipaddress.IPv6Network, form: str) -> str:
    first, last, bits = network[0], network[-1], network.prefixlen
    return {
        "plain": f"{network}",
        "netset": f"{network}",
        "drop": f"{network} ; SBL1",
        "drop-json": json.dumps({"cidr": str(network), "sblid": "SBL1"}),
        "rbldnsd": f"{network} :2:text",
        "csv:ip": f"a,{network},x",
        "csv:start=first,end=last": f"{first};{last};y",
        "csv:network=net,prefix=bits": f"{first}\t{bits}",
        "json:data.ip": json.dumps({"data": {"ip": str(network)}}),
        "address-port": f"[{first}]:25" if network.version == 6 else f"{first}:25",
    }[form]


HEADS = {
    "csv:ip": ["n,ip,m"],
    "csv:start=first,end=last": ["first;last;z"],
    "csv:network=net,prefix=bits": ["# net\tbits"],
}
FORMS = [
    "plain", "netset", "drop", "drop-json", "rbldnsd", "csv:ip", "csv:start=first,end=last",
    "csv:network=net,prefix=bits", "json:data.ip", "address-port",
]  # fmt: skip


def body(found: list[ipaddress.IPv4Network | ipaddress.IPv6Network], extra: list[tuple[int, str]], form: str) -> str:
    lines = [_row(network, form) for network in found]
    if form.startswith("json"):
        extra = []  # one damaged line, and it is no JSON any more
    text = with_noise(lines, extra)
    head = "".join(f"{line}\n" for line in HEADS.get(form, []))
    records = sum(bool(line.strip()) for line in text.splitlines())
    tail = json.dumps({"type": "metadata", "records": records}) + "\n" if form == "drop-json" else ""
    return head + text + tail


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60)
@given(found=networks, extra=noise)
def test_a_reader_serves_what_the_text_says_and_nothing_else(
    form: str, found: list[ipaddress.IPv4Network | ipaddress.IPv6Network], extra: list[tuple[int, str]]
) -> None:
    said = [block(network) for network in found]
    if form == "address-port":
        said = [(version, first, first) for version, first, _ in said]
    try:
        parsed = read(body(found, extra, form), form)
    except FormatError:
        assert extra, "a list without a bad line was refused"
        return

    assert covered(served(parsed)) == covered(said)
    assert parsed.entries == len(found)


@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith("json")])
@settings(max_examples=60)
@given(found=networks, extra=noise)
def test_what_a_reader_does_not_serve_it_counts(
    form: str, found: list[ipaddress.IPv4Network | ipaddress.IPv6Network], extra: list[tuple[int, str]]
) -> None:
    wrong = [text for _, text in extra if text.strip("\0 ")]
    try:
        parsed = read(body(found, extra, form), form)
    except FormatError:
        assert extra
        return

    assert parsed.bad >= len(wrong)
    assert parsed.bad == len(parsed.warnings) + parsed.more_warnings


@settings(max_examples=80)
@given(wide=four, holes=st.lists(four, max_size=6))
def test_a_zone_never_serves_what_it_excludes(wide: ipaddress.IPv4Network, holes: list[ipaddress.IPv4Network]) -> None:
    zone = "\n".join([f"!{hole}" for hole in holes] + [str(wide)])
    try:
        parsed = read(zone, "rbldnsd")
    except FormatError:
        return

    for hole in holes:
        if hole.prefixlen > wide.prefixlen:
            assert not parsed.ranges.touches(Network(4, int(hole[0]), int(hole[-1]), hole.prefixlen))
    assert set(covered([*served(parsed), block(wide)])) == {block(wide)}
