"""The values of a sender rule: approved or blocked, the sender, the note and the end.

It checks them and stores nothing.
"""

from __future__ import annotations

import re
import socket

from reputation.addresses.address import parse_network
from reputation.countries import country_fault
from reputation.refusal import Refused
from reputation.verdict.zones import FOREVER

ACTIONS = ("approved", "blocked")
LONGEST_NOTE = 200
COUNTRY = re.compile(r"country:([a-z]{2})", re.IGNORECASE | re.ASCII)
ISP = re.compile(r"(?:isp:(?:as)?|as)(\d{1,10})", re.IGNORECASE | re.ASCII)


def parse_value(text: str) -> tuple[str, str]:
    """Return kind and canonical form of the sender of a new rule: an address, a CIDR, `country:AT` or `isp:AS64500`.

    Raise Refused, which says what to write, also for a country that there is not.
    """
    kind, value = read_value(text)
    fault = country_fault(value.removeprefix("country:")) if kind == "country" else ""
    if fault:
        raise Refused(fault)
    return kind, value


def read_value(text: str) -> tuple[str, str]:
    """Return the same of a rule that there is, whose country may be none.

    Raise Refused, which says what to write.
    """
    text = text.strip()
    country, isp = COUNTRY.fullmatch(text), ISP.fullmatch(text)
    if country:
        return "country", f"country:{country[1].upper()}"
    if isp:
        return "isp", f"isp:AS{_asn(isp[1])}"
    if text.lower().startswith(("country:", "isp:")):
        raise Refused(f"{text[:60]!r} cannot be read: write country:AT (two letters, ISO 3166) or isp:AS64500.")
    try:
        network = parse_network(text)
    except ValueError as error:
        is_no_address = "is not an" in str(error) and not re.search(r"[/-]", text)
        raise Refused(f"{error}, or country:AT, or isp:AS64500." if is_no_address else _sentence(str(error))) from None
    return "network", str(network)


def span(value: str) -> tuple[int, int, int]:
    """Return version, first and last address of a network in its canonical form; it is faster than `parse_network`."""
    base, _, prefix = value.partition("/")
    version, family, bits = (6, socket.AF_INET6, 128) if ":" in base else (4, socket.AF_INET, 32)
    first = int.from_bytes(socket.inet_pton(family, base))
    return version, first, first + (1 << (bits - int(prefix or bits))) - 1


def check_action(action: str) -> str:
    """Return the action where it is approved or blocked. Raise Refused for anything else."""
    if action not in ACTIONS:
        raise Refused(f"A rule says approved or blocked, not {action[:40]!r}.")
    return action


def check_note(note: str) -> str:
    """Return the note on one line. Raise Refused where it is too long."""
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused(f"A note has at most {LONGEST_NOTE} characters; this one has {len(note)}.")
    return note


def check_end(expires_at: int | None, now: int) -> int | None:
    """Return when a rule ends (Unix seconds), None for never.

    Raise Refused where that is past, or so late that it means never.
    """
    if expires_at is not None and expires_at <= now:
        raise Refused("The end of the rule is past already: choose a later one, or none.")
    if expires_at is not None and expires_at >= FOREVER:
        raise Refused("The end of the rule is too far away: leave it out for a rule without an end.")
    return expires_at


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _asn(digits: str) -> int:
    number = int(digits)
    if not 0 < number < 1 << 32:
        raise Refused(f"AS{number} is no AS number: they run from 1 to {(1 << 32) - 1}.")
    return number
