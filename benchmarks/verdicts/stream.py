"""The stream: seeded senders of every kind, what they send, and what is learned of it. It decides nothing.

A fixed share of all connections reaches those who report, whatever any list says of the sender: traps, sites with a
content filter that pass its verdict on, people who complain. The others only ask. So every rule sees the same evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
MINUTE, HOUR, DAY = 60, 3600, 86400
SEED = 6471
FORGED = "forged complaints"
DAYS = 21
MEASURED_FROM = 7 * DAY  # the week before is only evidence: every rule needs a past

# Of what a sender sends, these shares reach somebody who reports.
TRAP, FILTER, COMPLAINT = 0.01, 0.05, 0.005  # of spam
CAUGHT = 0.90  # of the spam at a site with a filter; the rest passes there as clean
MISTAKEN = 0.001  # of good mail at such a site is called spam
COMPLAINT_DELAY = 4 * HOUR  # on average, until a person reads mail and complains

Times = NDArray[np.int64]
Stays = tuple[NDArray[np.int64], NDArray[np.int64]]  # moments, and after each until when the levels list: 4 columns
Generator = np.random.Generator


@dataclass
class Sender:
    """One address. Times are sorted seconds; `spam` and `good` are connections that ask, the others are evidence."""

    kind: str
    network: int  # addresses with the same number lie in one /24
    spam: Times
    good: Times
    trap: Times
    filtered: Times
    complaint: Times
    clean: Times
    known: bool = False  # a mail server that lists of known servers hold
    attacked: bool = False  # complaints about it are forged
    own: Stays | None = None  # what our scoring makes of it; kept, since four levels ask for it
    shared: Stays | None = None  # and of its network

    @property
    def is_real(self) -> bool:
        """Tell whether it is a mail server whose people would ask for its removal."""
        return len(self.good) > 0


def senders(seed: int = SEED) -> Iterator[Sender]:
    """Yield all senders, the same ones for the same seed."""
    chance = np.random.default_rng(seed)
    numbers = count(10_000)

    def alone() -> int:
        return next(numbers)

    for _ in range(1200):
        # spread over the networks of internet providers, where some neighbours are taken over together
        yield sender("botnet", chance, int(chance.integers(0, 300)), spam=bot(chance))
    for number in range(3):
        begin = MEASURED_FROM + chance.uniform(0, 7 * DAY)
        for _ in range(250):
            yield sender("snowshoe", chance, 1000 + number, spam=snowshoe(chance, begin))
    for _ in range(30):
        good = steady(chance, 300)
        yield sender("compromised server", chance, alone(), spam=compromise(chance), good=good)
    for _ in range(40):
        # 0.1% of what a big provider sends is complained of; its traps are the mistyped addresses of its customers.
        yield sender(
            "big provider", chance, 2000, good=steady(chance, 3000), complained=0.001, trapped=0.00005, known=True
        )
    for _ in range(40):
        yield sender("newsletter", chance, alone(), good=mailings(chance), complained=0.002, trapped=0.00005)
    for _ in range(1500):
        yield sender("quiet good sender", chance, alone(), good=steady(chance, chance.uniform(2, 40)))
    for number in range(60):
        # small servers in the networks of internet providers and, the last ones, at the host that spammers rent from
        place = int(chance.integers(0, 300)) if number < 50 else 1000
        yield sender("good neighbour", chance, place, good=steady(chance, chance.uniform(2, 20)))
    for _ in range(30):
        yield attacked(sender(FORGED, chance, alone(), good=steady(chance, 400)), chance)


def bot(chance: Generator) -> Times:
    """Make bursts, some a day, until the address changes hands."""
    begin = chance.uniform(0, DAYS * DAY)
    end = min(begin + chance.exponential(3 * DAY), DAYS * DAY)
    bursts = [begin, *chance.uniform(begin, end, chance.poisson(3 * (end - begin) / DAY))]
    return gathered(
        [at + chance.uniform(0, chance.uniform(10, 40) * MINUTE, chance.integers(40, 200)) for at in bursts]
    )


def snowshoe(chance: Generator, begin: float) -> Times:
    """Make a little from each address of a network, evenly, for five days."""
    return gathered([chance.uniform(begin, begin + 5 * DAY, chance.poisson(5 * 60))])


def compromise(chance: Generator) -> Times:
    """Make the spam after a stolen password: hundreds an hour until somebody notices."""
    begin = chance.uniform(MEASURED_FROM, (DAYS - 2) * DAY)
    length = chance.uniform(4, 24) * HOUR
    return gathered([chance.uniform(begin, begin + length, chance.poisson(300 * length / HOUR))])


def steady(chance: Generator, a_day: float) -> Times:
    """Make so many messages a day, at any time."""
    return gathered([chance.uniform(0, DAYS * DAY, chance.poisson(a_day * DAYS))])


def mailings(chance: Generator) -> Times:
    """Make two mailings a week, each within two hours."""
    days = chance.integers(0, 7) + np.arange(0, DAYS - 6, 3.5)
    return gathered([day * DAY + chance.uniform(0, 2 * HOUR, 2000) for day in days])


def attacked(target: Sender, chance: Generator) -> Sender:
    """Add a thousand forged complaints within an hour, every few days."""
    begins = chance.uniform(MEASURED_FROM, (DAYS - 1) * DAY, 4)
    forged = [target.complaint, *(at + chance.uniform(0, HOUR, 1000) for at in begins)]
    target.complaint, target.attacked = gathered(forged), True
    return target


def sender(
    kind: str,
    chance: Generator,
    network: int,
    spam: Times | None = None,
    good: Times | None = None,
    complained: float = 0.0,
    trapped: float = 0.0,
    known: bool = False,
) -> Sender:
    """Divide what a sender sends among those who report and those who ask. `complained`, `trapped`: of good mail."""
    nothing = np.zeros(0, np.int64)
    bad = dealt(chance, nothing if spam is None else spam, (TRAP, FILTER, COMPLAINT))
    fine = dealt(chance, nothing if good is None else good, (trapped, FILTER, complained))
    caught, missed = dealt(chance, bad[1], (CAUGHT,))
    mistaken, passed = dealt(chance, fine[1], (MISTAKEN,))
    late = np.concatenate([bad[2], fine[2]])
    late = late + chance.exponential(COMPLAINT_DELAY, len(late)).astype(np.int64)
    return Sender(
        kind,
        network,
        spam=bad[3],
        good=fine[3],
        trap=np.sort(np.concatenate([bad[0], fine[0]])),
        filtered=np.sort(np.concatenate([caught, mistaken])),
        complaint=np.sort(late),
        clean=np.sort(np.concatenate([missed, passed])),
        known=known,
    )


def dealt(chance: Generator, times: Times, shares: tuple[float, ...]) -> list[Times]:
    """Divide the times by chance: one part for each share, and the rest."""
    which = np.searchsorted(np.cumsum(shares), chance.uniform(0, 1, len(times)), "right")
    return [times[which == number] for number in range(len(shares) + 1)]


def gathered(parts: list[Any]) -> Times:
    """Join all of the parts as sorted seconds within the time of the stream."""
    together = np.concatenate([np.asarray(part, float) for part in parts])
    return np.sort(together[(together >= 0) & (together < DAYS * DAY)].astype(np.int64))
