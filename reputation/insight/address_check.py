"""An address explained: what both databases say of it to one organization, and which step decided.

The decision is `decide`, the same that DNS answers with; here it is only told. Knows no table and no page.
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
    """One database's answer. `until` is None without an end; `steps` are those asked, up to the one that decided."""

    listed: bool
    code: str | None
    reason: str
    decided_by: str
    until: int | None
    steps: tuple[str, ...]


class Check(NamedTuple):
    """Where an address comes from and what is said of it; `asn` is 0 where it is unknown."""

    address: str
    country: str
    asn: int
    isp: str
    standard: Answer
    dynamic: Answer

    def as_json(self) -> dict[str, Any]:
        """As `check --json` prints it."""
        fields = ("listed", "code", "reason", "decided_by", "until")
        answers = {
            name: {field: getattr(getattr(self, name), field) for field in fields} for name in ("standard", "dynamic")
        }
        return {"address": self.address, "country": self.country, "asn": self.asn, "isp": self.isp, **answers}


def check(snapshot: Snapshot, organization: int, text: str, now: int) -> Check:
    """The decision of both databases for the address in `text`. ValueError says what is wrong with the text."""
    address = parse_address(text)
    origin = snapshot.origins.origin(address.version, address.value)
    answers = (_answer(snapshot, database, organization, address, now) for database in DATABASES)
    return Check(str(address), origin.country, origin.asn, origin.isp, *answers)


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
