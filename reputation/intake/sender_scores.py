"""What is remembered of senders, in its table: a scoring.SenderState by subject.

It owns the rows, not their meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import neighbourhood_of
from reputation.intake import scoring
from reputation.intake.scoring import SenderState
from reputation.store import db
from reputation.store.models import SenderScore

SLICE = 500  # rows of one statement
COLUMNS = tuple(field for field in SenderScore._meta.sorted_fields if field.name not in ("network", "neighbourhood"))

Item = TypeVar("Item")


def load(networks: Iterable[str]) -> dict[str, SenderState]:
    """Load the states of these subjects; subjects without a state are left out."""
    found: dict[str, SenderState] = {}
    for some in sliced(networks):
        rows = SenderScore.select(SenderScore.network, *COLUMNS).where(SenderScore.network << some)
        found.update((row[0], _standing(row[1:])) for row in rows.tuples())
    return found


def neighbours(neighbourhoods: Iterable[str]) -> dict[str, list[SenderState]]:
    """Load all states in these neighbourhoods, by neighbourhood; each holds at most 256 subjects."""
    found: dict[str, list[SenderState]] = {}
    for some in sliced(neighbourhoods):
        rows = SenderScore.select(SenderScore.neighbourhood, *COLUMNS).where(SenderScore.neighbourhood << some)
        for row in rows.tuples():
            found.setdefault(row[0], []).append(_standing(row[1:]))
    return found


def save(states: Mapping[Network, SenderState]) -> None:
    """Write the states in place of those that were there."""
    rows = [
        (str(network), str(neighbourhood_of(Address(network.version, network.first))), *_row(state))
        for network, state in states.items()
    ]
    db.write_rows([SenderScore.network, SenderScore.neighbourhood, *COLUMNS], rows, key=[SenderScore.network])


def clear(network: Network) -> list[str]:
    """Forget the evidence and the stays of the subjects in a network; return which these are.

    How often each of them was listed is remembered, so that one that comes back stays longer.
    """
    forgiven = {row[0]: _standing(row[1:]) for row in _inside(network)}
    for text, state in forgiven.items():
        changed = state._replace(trusted=0.0, complained=0.0, expiries=(0, 0, 0, 0))
        values = dict(zip(COLUMNS, _row(changed), strict=True))
        SenderScore.update(values).where(SenderScore.network == text).execute()
    return list(forgiven)


def prune(now: int) -> int:
    """Remove the states of which nothing matters any more; return how many."""
    rows = SenderScore.select(SenderScore.network, *COLUMNS).where(SenderScore.at < now - scoring.DAY)
    over = [row[0] for row in rows.tuples().iterator() if scoring.is_negligible(_standing(row[1:]), now)]
    for some in sliced(over):
        SenderScore.delete().where(SenderScore.network << some).execute()
    return len(over)


def sliced(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Split the items into lists that one statement can take."""
    rest = iter(items)
    while some := list(islice(rest, SLICE)):
        yield some


def _inside(network: Network) -> Iterator[tuple[Any, ...]]:
    """Rows of the subjects that overlap a network."""
    rows = SenderScore.select(SenderScore.network, *COLUMNS)
    around = neighbourhood_of(Address(network.version, network.first))
    if network.prefix >= around.prefix:
        rows = rows.where(SenderScore.neighbourhood == str(around))
    else:  # wider than any neighbourhood: a thing that a person does seldom
        rows = rows.where(SenderScore.level4_until > 0)
    for row in rows.tuples():
        if parse_network(row[0]).overlaps(network):
            yield row


def _standing(row: tuple[Any, ...]) -> SenderState:
    at, trusted, complained, clean = row[:4]
    repetition, listed_at, expiries = row[4:8], row[8:12], row[12:16]
    return SenderState(at, trusted, complained, clean, repetition, listed_at, expiries, row[16])


def _row(state: SenderState) -> tuple[float, ...]:
    return (*state[:4], *state.repetition, *state.listed_at, *state.expiries, state.times_listed)
