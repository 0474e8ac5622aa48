"""The two databases, their return codes and their names. It knows no list and no organization.

A return code is the last octet of 127.0.0.x, as in Trend Micro's console and most DNSBLs (RFC 5782 2.1).
"""

from __future__ import annotations

STANDARD = 0
DYNAMIC = 1
DATABASES = (STANDARD, DYNAMIC)
DATABASE_LABELS = (b"r", b"q")
DATABASE_NAMES = ("standard", "dynamic")

KSS = 2
DUL = 3
ETL = 4
BLOCKED_ADDRESS = 10
BLOCKED_ISP = 11
BLOCKED_COUNTRY = 12
DYNAMIC_LISTING = 2

CATEGORIES = ("ETL", "KSS", "DUL")  # the order in which the standard database is decided; also the slot numbers
CATEGORY_CODES = (ETL, KSS, DUL)
CATEGORY_NAMES = {"KSS": "known spam source", "DUL": "dynamic user list", "ETL": "emerging threat list"}
SLOTS = 4  # of a listing: the categories above in the standard database, the levels 1 to 4 in the dynamic one

LEVEL_DEFAULT = 2
LEVEL_HIGHEST = 4

FOREVER = 0xFFFFFFFF  # the `until` of what has no end; anything is served while now < until


def served_until(end: int | None) -> int:
    """Return an end, in Unix seconds, as a snapshot holds it: what has none, or one further away, ends never."""
    return FOREVER if end is None or end > FOREVER else max(end, 0)


# Seconds: what an MTA's cache may keep (RFC 2308 5 for the negative one).
TTL = (300, 60)
NEGATIVE_TTL = 60
# Of NODATA: what lies below a code, or makes up the zone, never gets a record of that type, so it could be kept for
# longer. But unbound has one SOA record for all negative answers of a zone, and hands its TTL on to caches behind it
# with NXDOMAIN too: with an hour here, a new listing would be unseen there for an hour.
PART_TTL = 300

# 127.0.0.x is listed with its own code in every zone that can give it, whatever a policy says, so that an
# operator can try each reply of an MTA (RFC 5782 5).
TEST_POINT = 0x7F000002
TEST_CODES = (
    frozenset((KSS, DUL, ETL, BLOCKED_ADDRESS, BLOCKED_ISP, BLOCKED_COUNTRY)),
    frozenset((DYNAMIC_LISTING,)),
)


def category_slot(name: str) -> int:
    """Return the slot of KSS, DUL or ETL in a listing.

    Raise ValueError, which names all three, for another category.
    """
    if name.upper() not in CATEGORIES:
        raise ValueError(f"{name!r} is no category: write KSS, DUL or ETL")
    return CATEGORIES.index(name.upper())
