"""Snapshots made by hand, for tests that need no table: what is listed, and what one organization chose."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from reputation.addresses.address import BITS, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.verdict.origins import Origins, country_number, isp_names
from reputation.verdict.rules import OriginRules, Rules
from reputation.verdict.snapshot import Layer, Listed, Policies, Snapshot
from reputation.verdict.steps import steps4, steps6
from reputation.verdict.zones import FOREVER, SLOTS

ACME, BASIC = 1, 2  # numbers of organizations
ACME_CODE, BASIC_CODE, EXPIRED_CODE = b"a" * 31, b"b" * 31, b"e" * 31

Entry = tuple[str, tuple[int, ...], str]  # network, an until a slot, reason
Ruled = int | tuple[int, int]  # APPROVED or a return code, and where it has one the end


def layer(entries: Sequence[Entry]) -> Layer:
    """A layer of these entries; the innermost one speaks where they are nested."""
    nested = NestedNetworks((parse_network(text), number) for number, (text, _, _) in enumerate(entries, 1))
    expiries = array("I", [0] * SLOTS)
    reasons = [""] * SLOTS
    for _, ends, reason in entries:
        expiries.extend(ends)
        reasons.extend([reason] * SLOTS)
    return Layer(
        steps4((start, held[-1] if held else 0) for start, held in nested.steps(4)),
        steps6((start, held[-1] if held else 0) for start, held in nested.steps(6)),
        expiries,
        tuple(reasons),
    )


def rules(entries: Mapping[str, Ruled]) -> Rules:
    """Address rules of Acme alone: network -> what it says."""
    said_of = ((parse_network(text), (with_end(said)[0], text, with_end(said)[1])) for text, said in entries.items())
    nested = NestedNetworks(said_of)
    columns: list[Any] = []
    for version in BITS:
        steps = [(start, *(held[-1] if held else (0, "", FOREVER))) for start, held in nested.steps(version)]
        columns += [[0, 0, len(steps), len(steps)], *([step[k] for step in steps] for k in range(4))]
    return Rules(*columns)


def with_end(said: Ruled) -> tuple[int, int]:
    return (said, FOREVER) if isinstance(said, int) else said


def origins(entries: Mapping[str, tuple[int, str, str]]) -> Origins:
    """Network -> (ASN, country, ISP name)."""
    nested = NestedNetworks((parse_network(text), number) for number, text in enumerate(entries, 1))
    known = list(entries.values())
    return Origins(
        steps4((start, held[-1] if held else 0) for start, held in nested.steps(4)),
        steps6((start, held[-1] if held else 0) for start, held in nested.steps(6)),
        array("I", [0, *(asn for asn, _, _ in known)]),
        array("H", [0, *(country_number(country) for _, country, _ in known)]),
        isp_names((asn, name) for asn, _, name in known),
    )


def origin_rules(isps: Mapping[int, Ruled], countries: Mapping[str, Ruled]) -> OriginRules:
    """Origin rules of Acme alone: ASN or country -> what it says."""
    asns = sorted(isps)
    values, ends = ([with_end(isps[asn])[k] for asn in asns] for k in range(2))
    table = {country_number(code): with_end(said) for code, said in countries.items()}
    return OriginRules([0, 0, len(asns), len(asns)], asns, values, ends, {ACME: table})


def snapshot(
    standard: Sequence[Entry] = (),
    dynamic: Sequence[Entry] = (),
    own_standard: Sequence[Entry] = (),
    own_dynamic: Sequence[Entry] = (),
    sender_rules: Mapping[str, Ruled] | None = None,
    isps: Mapping[int, Ruled] | None = None,
    countries: Mapping[str, Ruled] | None = None,
    known_origins: Mapping[str, tuple[int, str, str]] | None = None,
    level: int = 2,
    categories: int = 0b111,
    expired_at: int = 0,
    lookup_url: str = "",
) -> Snapshot:
    """Acme is advanced and has the rules, level and categories given; Basic is standard and has none."""
    has_origin_rules = bool(isps or countries)
    policies = Policies(
        codes={ACME_CODE: (ACME, 2**32 - 1), BASIC_CODE: (BASIC, 2**32 - 1), EXPIRED_CODE: (ACME, expired_at)},
        databases=bytes([0, 0b11, 0b01]),
        categories=bytes([0, categories, 0b111]),
        levels=bytes([0, level, 2]),
        rules=rules(sender_rules or {}),
        origin_rules=origin_rules(isps or {}, countries or {}),
        has_origin_rules=bytes([0, has_origin_rules, 0]),
    )
    return Snapshot(
        standard=Listed(layer(standard), layer(own_standard)),
        dynamic=Listed(layer(dynamic), layer(own_dynamic)),
        origins=origins(known_origins or {}),
        policies=policies,
        serial=7,
        lookup_url=lookup_url,
    )
