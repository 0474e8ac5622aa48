"""An address explained: what both databases answer to one organization about it, and which step decided.

The decision is `decide`, the same that DNS answers with; this module only describes it. It knows no table and no page.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reputation.addresses.address import Address, parse_address
from reputation.verdict.decision import DYNAMIC_STEPS, STANDARD_STEPS, decide
from reputation.verdict.snapshot import Snapshot, expanded
from reputation.verdict.subscriptions import NOT_INCLUDED
from reputation.verdict.zones import DATABASES, DYNAMIC, FOREVER, STANDARD

STEPS = {STANDARD: STANDARD_STEPS, DYNAMIC: DYNAMIC_STEPS}


class Answer(NamedTuple):
    """One database's answer.

    `until` is in Unix seconds, None without an end; `steps` are those taken, the deciding one last.
    """

    listed: bool
    code: str | None
    reason: str
    decided_by: str
    until: int | None
    steps: tuple[str, ...]


class ListedAlone(NamedTuple):
    """What the organization's own reports list for it alone: the lowest level, and the longest end (Unix seconds)."""

    level: int
    until: int


class Check(NamedTuple):
    """Where an address comes from and both answers about it; `asn` is 0 where it is unknown.

    `alone` is None where no reports of the organization itself list the address.
    """

    address: str
    country: str
    asn: int
    isp: str
    standard: Answer
    dynamic: Answer
    alone: ListedAlone | None

    def as_json(self) -> dict[str, Any]:
        """Return the dictionary that `check --json` prints."""
        fields = ("listed", "code", "reason", "decided_by", "until")
        answers = {
            name: {field: getattr(getattr(self, name), field) for field in fields} for name in ("standard", "dynamic")
        }
        return {"address": self.address, "country": self.country, "asn": self.asn, "isp": self.isp, **answers}


def check(snapshot: Snapshot, organization: int, text: str, now: int) -> Check:
    """Decide for the address in `text` in both databases. Raise ValueError, which says what is wrong with the text."""
    address = parse_address(text)
    origin = snapshot.origins.origin(address.version, address.value)
    standard, dynamic = (_answer(snapshot, database, organization, address, now) for database in DATABASES)
    entries = snapshot.dynamic.listed_alone(organization, address, now)
    alone = ListedAlone(entries[0].slot + 1, max(one.until for one in entries)) if entries else None
    return Check(str(address), origin.country, origin.asn, origin.isp, standard, dynamic, alone)


def _answer(snapshot: Snapshot, database: int, organization: int, address: Address, now: int) -> Answer:
    if not snapshot.may_ask(organization, database):
        return Answer(False, None, NOT_INCLUDED, "subscription", None, ())
    made = decide(snapshot, database, organization, address.version, address.value, now)
    order = STEPS[database]
    return Answer(
        listed=bool(made.code),
        code=f"127.0.0.{made.code}" if made.code else None,
        reason=expanded(made.reason, address),
        decided_by=made.decided_by,
        until=None if made.until == FOREVER else made.until,
        steps=order[: order.index(made.decided_by) + 1],
    )
