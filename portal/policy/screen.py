"""What the pages of this screen share: whose rules they are, the names of senders, and when a rule ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, g

from portal.auth import signed_in_user
from portal.effects import live_snapshot
from portal.forms import Form, confirm_field, text_field
from portal.times import field, from_field
from reputation.countries import COUNTRIES, MEANT, country_name
from reputation.customers.policy import importing
from reputation.customers.policy.overlaps import Statement
from reputation.customers.policy.stored_overlaps import StoredOverlaps
from reputation.refusal import Refused
from reputation.verdict.origins import EMPTY

blueprint = Blueprint("policy", __name__, url_prefix="/policy")

LONGEST_SENDER = 100
LONGEST_NOTE = 2000  # that is looked at; the use case says what is too long
MOST_SUGGESTED = 8
PERIODS = (
    ("", "No end"), ("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"),
    ("365d", "1 year"),
)  # fmt: skip
EXACT = re.compile(r"@(\d{1,12})", re.ASCII)
VERBS = {"approved": "Approve", "blocked": "Block"}
KINDS = (("", "All"), ("network", "Addresses"), ("country", "Countries"), ("isp", "ISPs"))


class RuleForm(Form):
    """A rule as it is written: `chosen` is the suggestion that was taken in place of the `sender`."""

    list = text_field()
    sender = text_field()
    chosen = text_field()
    note = text_field()
    until = text_field()
    confirm = confirm_field()


class Suggestion(NamedTuple):
    """A sender that may be meant: its name, and how a rule writes it."""

    name: str
    value: str


def mine() -> int:
    """Return the id of the reader's organization."""
    return signed_in_user().organization.id


def name_of(value: str) -> str:
    """Return the name of the country or ISP that a rule is for; "" for addresses and for what has none."""
    return namer()(value)


def namer() -> Callable[[str], str]:
    """Return `name_of` for many values: the live snapshot is asked for once."""
    snapshot = live_snapshot()
    names = snapshot.origins.names if snapshot else None

    def name_in(value: str) -> str:
        kind, _, name = value.partition(":")
        if kind == "country":
            return country_name(name) if name in COUNTRIES else ""
        return names.get(int(name.removeprefix("AS"))) if kind == "isp" and names else ""

    return name_in


def suggestions(text: str) -> list[Suggestion]:
    """Return countries and ISPs whose name contains the text, and the AS of that number."""
    wanted = text.strip().casefold()
    if len(wanted) < 2:
        return []
    meant = MEANT.get(wanted.upper(), "").casefold()
    countries = [
        Suggestion(name, f"country:{code}")
        for code, name in COUNTRIES.items()
        if wanted in name.casefold() or code.casefold() in (wanted, meant)
    ]
    code = f"country:{meant or wanted}"
    countries.sort(key=lambda one: (one.value.casefold() != code, not one.name.casefold().startswith(wanted)))
    snapshot = live_snapshot()
    isps = snapshot.origins.isps_named(wanted, MOST_SUGGESTED) if snapshot else []
    if wanted.isdecimal() and wanted.isascii() and len(wanted) <= 10:
        number = int(wanted)
        isps = [(number, (snapshot.origins.names.get(number) if snapshot else "") or "An ISP that has no name here")]
    return countries[: MOST_SUGGESTED // 2] + [Suggestion(name, f"isp:AS{asn}") for asn, name in isps]


def overlaps(action: str, value: str, without: int = 0) -> list[Statement]:
    """Return how a rule would relate to the others; `without` is one that it is to replace."""
    snapshot = live_snapshot()
    return StoredOverlaps(mine(), snapshot.origins if snapshot else EMPTY, without).of(action, value)


def parse_end(text: str) -> int | None:
    """Return when a rule ends, in Unix seconds; None where it has no end. Raise Refused where the text cannot be read.

    A form says it as a period, as a day and time in the reader's zone, as `@` with Unix seconds, or as "" for no end.
    """
    text = text.strip()
    exact = EXACT.fullmatch(text)
    if exact:
        return int(exact[1])
    if "T" in text:
        try:
            return from_field(text)
        except ValueError:
            raise Refused("Write the end as a day and a time, such as 2026-11-03T08:00, or leave it empty.") from None
    return importing.parse_end(text, g.now)


def written_end(timestamp: int | None) -> str:
    """Write the end as a form's field for a day and a time holds it."""
    return "" if timestamp is None else field(timestamp, to="seconds")
