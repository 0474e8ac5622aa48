"""Reputons (RFC 7071): the estimate about an address as a number that programs of any maker can read.

A reputon says how far its rater agrees that what a sender sends is spam, how certain it is, and how long it holds. The
application is email-id (RFC 7073), whose subject may be the address of a mail server. It reads tables by why.py.
"""

from __future__ import annotations

from typing import Any

from reputation.addresses.address import Address
from reputation.insight import why
from reputation.intake import estimate
from reputation.verdict.origins import Origins
from reputation.verdict.zones import DYNAMIC, TTL

APPLICATION = "email-id"
SPAM = "spam"  # the one assertion that is rated
ASSERTIONS = ("abusive", "fraud", "invalid-recipients", "malware", SPAM)  # those of the application
HOLDS = TTL[DYNAMIC]  # seconds: as long as an answer by DNS, which is kept as long by a mail server
STEP = 0.05  # of a rating: a finer one would tell what kind of report it rests on
DECIMALS = 3  # of a rating (RFC 7071 4: no more)


def document(address: Address, assertion: str, rater: str, origins: Origins, now: int) -> dict[str, Any]:
    """Return what is said of an address; `assertion` is one of the application's, or "" for all. No reputon says that
    nothing is known.
    """
    made = _reputon(address, rater, origins, now) if assertion in ("", SPAM) else None
    return {"application": APPLICATION, "reputons": [made] if made else []}


def _reputon(address: Address, rater: str, origins: Origins, now: int) -> dict[str, Any] | None:
    """The rating of the assertion spam: 0 is no spam at all, 1 nothing but spam."""
    path = why.path_of(address, origins, now)
    known = why.known(path, now)
    if known < why.LEAST:
        return None
    return {
        "rater": rater,
        "assertion": SPAM,
        "rated": str(address),
        "rating": round(STEP * round(estimate.estimate(path) / STEP), DECIMALS),
        "confidence": round(why.confidence(path, now), DECIMALS),
        "sample-size": max(round(known), 1),
        "generated": now,
        "expires": now + HOLDS,
        "email-id-identity": f"ipv{address.version}",
    }
