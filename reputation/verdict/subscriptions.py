"""What each subscription includes: the one rule for DNS, the portal and the command line. It knows no organization."""

from __future__ import annotations

from reputation.verdict.zones import DYNAMIC, STANDARD

DATABASES_OF = {"standard": (STANDARD,), "advanced": (STANDARD, DYNAMIC)}
SUBSCRIPTIONS = tuple(DATABASES_OF)
NOT_INCLUDED = "The dynamic database belongs to the advanced subscription."


def includes(subscription: str, database: int) -> bool:
    """Tell whether the subscription, "standard" or "advanced", includes a database."""
    return database in DATABASES_OF[subscription]


def database_bits(subscription: str) -> int:
    """Return what the subscription includes as a number: bit `database` is set for each of its databases."""
    return sum(1 << database for database in DATABASES_OF[subscription])
