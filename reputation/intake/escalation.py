"""Repeat offenders: a sender that is listed again and again is proposed for the standard database, or listed there.

Only senders that are listed at the default level now are considered, so an address with a new, quiet owner is left
alone.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.addresses.address import parse_network
from reputation.clock import was_within
from reputation.intake import listings
from reputation.intake.exemptions import Exemptions
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import Listing, Proposal, SenderScore

# A stay grows with repetition up to half a day: the fifth one that begins within days is no accident.
STAYS = 5
STAY = 30 * 86400  # seconds in the standard database
RESTS = 30 * 86400  # a proposal that was declined is not made again before
KEPT = 365 * 86400  # seconds after the decision, longer than anything asks for it
MOST = 500  # proposals that wait; more would not be read
PROPOSE, LIST, OFF = "propose", "list", "off"
LISTED, DECLINED = "listed", "declined"
PROGRAM = "repeat offenders"


class Proposed(NamedTuple):
    """A repeat offender that waits for the operator's decision, with the number of times that it was listed."""

    id: int
    network: str
    times_listed: int
    proposed_at: int


def propose_or_list(mode: str, now: int) -> str:
    """Propose or list the present repeat offenders, by `mode`; return a sentence, or "" where there are none."""
    if mode == OFF:
        return ""
    most = MOST if mode == LIST else MOST - Proposal.select().where(Proposal.decided_at.is_null()).count()
    exempt = Exemptions()
    found = [row for row in _offenders(now, max(most, 0)) if not exempt.any_in(parse_network(row.network))]
    for row in found:
        with db.write():
            made = Proposal.create(network=row.network, times_listed=row.times_listed, proposed_at=now)
            if mode == LIST:
                _list(made, PROGRAM, now)
    if not found:
        return ""
    return f"{'Listed' if mode == LIST else 'Proposed'} {len(found)} repeat offenders for the standard database."


def waiting() -> list[Proposed]:
    """Return the proposals that nobody has decided yet, the most frequent offender first."""
    rows = Proposal.select().where(Proposal.decided_at.is_null()).order_by(Proposal.times_listed.desc(), Proposal.id)
    return [Proposed(row.id, row.network, row.times_listed, row.proposed_at) for row in rows]


def decide(proposal_id: int, accepted: bool, now: int, who: str) -> Proposed:
    """List the offender as KSS for 30 days, or decline the proposal. Raise Refused where it was decided already."""
    with db.write():
        row = Proposal.get_or_none((Proposal.id == proposal_id) & Proposal.decided_at.is_null())
        if row is None:
            raise Refused("This proposal was decided already: reload the page.")
        if accepted:
            _list(row, who, now)
        else:
            row.decided_at, row.decision, row.who = now, DECLINED, who
            row.save()
            audit.record(None, who, f"Repeat offender {row.network} left out of the standard database", now)
    return Proposed(row.id, row.network, row.times_listed, row.proposed_at)


def prune(now: int) -> int:
    """Remove the proposals that were decided more than a year ago; return how many. Undecided ones stay."""
    return int(Proposal.delete().where(Proposal.decided_at < now - KEPT).execute())


def _list(row: Proposal, who: str, now: int) -> None:
    reason = f"Spam was seen from this sender again and again: it came to be listed {row.times_listed} times"
    listings.add(row.network, "standard", "KSS", STAY, reason, now, who)
    row.decided_at, row.decision, row.who = now, LISTED, who
    row.save()


def _offenders(now: int, most: int) -> list[SenderScore]:
    """Those listed at the default level now that neither wait, were decided a short time ago, nor are listed for it."""
    proposed = Proposal.select(Proposal.network).where(
        Proposal.decided_at.is_null() | was_within(Proposal.decided_at, now, RESTS)
    )
    stands = Listing.select(Listing.network).where((Listing.database == "standard") & (Listing.expires_at > now))
    is_one = (SenderScore.level2_until > now) & (SenderScore.times_listed >= STAYS)
    is_new = SenderScore.network.not_in(proposed) & SenderScore.network.not_in(stands)
    rows = SenderScore.select(SenderScore.network, SenderScore.times_listed).where(is_one & is_new)
    return list(rows.order_by(SenderScore.times_listed.desc(), SenderScore.network).limit(most))
