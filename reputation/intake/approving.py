"""A list of good senders, whose purpose is to approve: it may let through what others list, so its bounds are narrow.

No operator can widen them: who wants more approved writes a sender rule, or protects a sender.
"""

from dataclasses import replace

from reputation.intake.bounds import FeedBounds
from reputation.intake.formats import Parsed
from reputation.intake.guards import Guarded, GuardError, guard
from reputation.ranges import Ranges

WIDEST4 = 16
WIDEST6 = 32
MOST4 = 1 << 24  # IPv4 addresses of one list: 0.4% of all
MOST6 = 256  # networks of the widest kind that one list may hold in IPv6, or as many addresses in narrower ones


def guard_approvals(parsed: Parsed, bounds: FeedBounds) -> Guarded:
    """Check a list of good senders and return what of it is approved. Raise GuardError where it is refused."""
    narrow = replace(bounds, widest4=max(bounds.widest4, WIDEST4), widest6=max(bounds.widest6, WIDEST6), canaries=())
    try:
        guarded = guard(parsed, narrow)
    except GuardError as error:
        said = str(error).partition(" If the list is meant so")[0]
        raise GuardError(f"{said} A list of good senders has no wider network than /{WIDEST4} (/{WIDEST6}).") from None
    if guarded.ranges.addresses4 > MOST4:
        raise GuardError(
            f"The list would approve {guarded.ranges.addresses4:,} IPv4 addresses; at most {MOST4:,} are taken of one "
            "list of good senders."
        )
    if _nets64(guarded.ranges) > MOST6 << 64 - WIDEST6:
        raise GuardError(
            f"The list would approve more IPv6 addresses than {MOST6} networks of /{WIDEST6} hold; no more are taken "
            "of one list of good senders."
        )
    return guarded


def _nets64(ranges: Ranges) -> int:
    """How many networks of /64 the IPv6 ranges touch, each range counted by itself."""
    firsts, lasts, _ = ranges.of(6)
    return int((lasts[:, 0] - firsts[:, 0]).sum()) + len(firsts)  # disjoint: the sum fits
