"""The turns of the exchange: look at what we have seen ourselves, learn of the peers, give, and take."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from reputation.clock import was_within
from reputation.exchange import choices, giving, learning, taking
from reputation.exchange.own_sums import Source, of_nodes
from reputation.exchange.taking import Fetch, fetch_file
from reputation.intake import network_listings, sender_scores
from reputation.intake.estimate import DAY
from reputation.intake.exemptions import Exemptions
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import ExchangePeer
from reputation.verdict.origins import EMPTY, Origins

EVERY = 900  # seconds between two turns


def give(data: Path, now: int, every: int = 0, source: Source = of_nodes) -> str:
    """Learn from what we have seen since the last turn, and make a batch of it where something is given.

    Return a sentence; "" where it is not the time for a turn yet, or the exchange is not used.
    """
    choice = choices.current()
    is_used = choice.gives or ExchangePeer.select().where(~ExchangePeer.paused).exists()
    if not is_used or was_within(choice.tried_at, now, every):
        return ""
    # After a look by a clock that was ahead, what has changed since is not known: of a day it is read again.
    since = choice.looked_at if choice.looked_at <= now else now - DAY
    sums = list(source(since, now))
    judged = learning.look(sums, now)
    told, problem = "", ""
    if choice.gives:
        try:
            made = giving.make(data, sums, choice, now)
            told = f"Made batch {made.number} with {made.entries} entries. " if made else "Nothing new to give. "
        except Refused as refusal:
            problem = str(refusal)
    with db.write():
        choices.note(tried_at=now, problem=problem)
    return problem or f"{told}Judged {judged} words of peers."


def take(now: int, every: int = EVERY, fetching: Fetch = fetch_file, origins: Origins = EMPTY) -> str:
    """Take from the peers whose turn it is, and list what their words make likely.

    Return a sentence, or "" where it was nobody's turn.
    """
    done = taking.take_due(now, every, fetching)
    list_told({name for one in done for name in one.nodes}, origins, now)
    failed = [one.name for one in done if one.problem]
    said = f" Not from {', '.join(failed)}: the screen Exchange says why." if failed else ""
    entries = sum(one.entries for one in done)
    return f"Took {entries} entries from {len(done) - len(failed)} peers.{said}" if entries or failed else ""


def list_told(names: Collection[str], origins: Origins, now: int) -> None:
    """Let the listings of the networks that peers told of say what is known now, some in each transaction.

    `origins` says whose networks these are; by it good senders are exempt.
    """
    for some in sender_scores.sliced(sorted(names)):
        with db.write():
            db.lock_for_transaction(sender_scores.TURN)
            network_listings.review_told(some, Exemptions(origins), origins, now)
