"""What mail servers ask as evidence: each connection shows that a sender is there, and who was deferred may come again.

A question tells of a message without saying what it was. It counts for the networks of its sender, once a day, with
what a question weighs (learned.py); it rates no sender. Of what was asked, the counters remember all that was listed
and a sample of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import subject_of
from reputation.counting import other_packets
from reputation.intake import estimate, guards, learned, network_listings, sender_scores
from reputation.intake.estimate import DAY, NEVER, RETRY, Sender
from reputation.intake.step_sums import Paths
from reputation.store import db
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import Origins
from reputation.verdict.zones import DYNAMIC

AT_ONCE = 2_000  # senders of one flush; of more, each counted one stands for several
MOST_KEPT = 300_000  # senders that only asked: whoever may ask can name any address, 2,000 in five seconds
OLDEST = 6 * 3600  # seconds of a question that was told late, as of a line in a mail log
FORGOTTEN_AT_ONCE = 5_000  # in one transaction
MOST_PASSING = 2_000  # that come to pass at once; the others at the next flush


class _Asked:
    """What one flush tells of a sender: since when it was deferred, and for how many connections it stands."""

    def __init__(self) -> None:
        self.at, self.deferred_at, self.weight = 0, 0, 0.0

    def add(self, match: Match, weight: float) -> None:
        """One more connection. Where it was listed it was remembered for sure, and so stands for itself alone."""
        self.at = max(self.at, match.at)
        self.weight = weight if not self.weight else min(self.weight, weight)
        if match.database == DYNAMIC and match.code and not self.deferred_at:
            self.deferred_at = match.at


def count(matches: Matches, origins: Origins, now: int, sample: int = 1) -> str:
    """Count what was asked since the last time, and let pass who may; return a sentence.

    `sample`: one in so many of the connections that were not listed is among the matches. What is older than six hours,
    because the database was away, counts in figures alone.
    """
    asked = _by_subject(matches, sample, now)
    if not asked and not sender_scores.waiting(now - RETRY, 1):
        return ""
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        counted = _counted(asked, origins, now)
        passing = _let_pass(origins, now)
    return f"Counted {counted} senders that asked; {passing} may pass from now on." if counted or passing else ""


def bound(now: int) -> int:
    """Forget senders that only asked, beyond 300,000 of them, and that they may pass; return how many.

    They are counted among the other packets of the hour. Who passes nowhere goes first, and of these who asked longest
    ago. It takes some thousand in each transaction.
    """
    over = forgotten = sender_scores.count_askers() - MOST_KEPT
    while over > 0:
        with db.write():
            db.lock_for_transaction(sender_scores.TURN)
            gone = sender_scores.oldest_askers(min(over, FORGOTTEN_AT_ONCE))
            sender_scores.forget(gone)
            network_listings.drop_passes(gone, now)
            other_packets.add(other_packets.FORGOTTEN, len(gone), now)
        over -= FORGOTTEN_AT_ONCE
    return max(forgotten, 0)


def _by_subject(matches: Matches, sample: int, now: int) -> dict[Network, _Asked]:
    """The senders that were asked about lately; of very many connections, one in so many."""
    places = [place for place, at in enumerate(matches.at) if now - at <= OLDEST]
    step = max(1, -(-len(places) // AT_ONCE))
    found: dict[Network, _Asked] = {}
    for place in places[::step]:
        match = matches[place]
        subject = subject_of(Address(match.version, match.value))
        if not guards.unlistable(subject):
            found.setdefault(subject, _Asked()).add(match, step * (1 if match.code else max(sample, 1)))
    return found


def _counted(asked: dict[Network, _Asked], origins: Origins, now: int) -> int:
    if not asked:
        return 0
    paths = Paths(asked, origins, now, asks_lists=False)
    for subject, one in sorted(asked.items(), key=lambda pair: pair[1].at):
        before = paths.sender(subject)
        if one.at - before.asked >= DAY:
            # Whoever is known to come again and again stands for itself, however it was found in the sample.
            weight = one.weight if before.asked == NEVER else 1.0
            each = learned.weight_of_question(paths.learned, one.at)
            paths.learned = learned.after_question(paths.learned, one.at, weight)
            paths.keep(subject, estimate.after_question(paths.path(subject), one.at, each * weight))
        if one.deferred_at and estimate.is_listed_for_networks_alone(paths.path(subject), one.deferred_at):
            paths.keep(subject, estimate.after_deferral(paths.path(subject), one.deferred_at))
    paths.save()
    return len(asked)


def _let_pass(origins: Origins, now: int) -> int:
    """Let pass, where their networks alone are listed, those who were deferred long enough ago to come again."""
    found: dict[str, Sender] = sender_scores.waiting(now - RETRY, MOST_PASSING)
    subjects: Iterable[Network] = [parse_network(name) for name in found]
    paths = Paths(subjects, origins, now, asks_lists=False)
    for subject in subjects:
        path = paths.path(subject)
        paths.keep(subject, path._replace(sender=path.sender._replace(passed=True, waits=0)))
    paths.save()
    network_listings.review_passes({str(subject): paths.path(subject) for subject in subjects}, now)
    return len(found)
