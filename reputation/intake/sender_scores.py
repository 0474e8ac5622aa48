"""What is remembered of senders, in its tables: a scoring.SenderState by subject, and by organization and subject.

It owns the rows, not their meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import neighbourhood_of, subject_of
from reputation.intake import scoring
from reputation.intake.agreement import Standing
from reputation.intake.scoring import NEW, SenderState
from reputation.store import db
from reputation.store.models import OrganizationScore, SenderScore

SLICE = 500  # rows of one statement
TURN = "spam reports"  # of whoever writes scores, or listings by reports: by db.lock_for_transaction
KEYS = ("network", "neighbourhood", "organization")
COLUMNS, OWN_COLUMNS = (
    tuple(field for field in model._meta.sorted_fields if field.name not in KEYS)
    for model in (SenderScore, OrganizationScore)
)

Item = TypeVar("Item")


def load(networks: Iterable[str]) -> dict[str, SenderState]:
    """Load the states of these subjects; subjects without a state are left out."""
    found: dict[str, SenderState] = {}
    for some in sliced(networks):
        rows = SenderScore.select(SenderScore.network, *COLUMNS).where(db.among(SenderScore.network, some))
        found.update((row[0], _standing(row[1:])) for row in rows.tuples())
    return found


def load_standings(networks: Iterable[str]) -> dict[str, Standing]:
    """Load what is remembered of these subjects: for everybody, and of each organization's own reports."""
    wanted = list(networks)
    shared, own = load(wanted), dict[str, dict[int, SenderState]]()
    for some in sliced(wanted):
        rows = OrganizationScore.select(OrganizationScore.network, OrganizationScore.organization, *OWN_COLUMNS)
        for network, organization_id, *row in rows.where(db.among(OrganizationScore.network, some)).tuples():
            own.setdefault(network, {})[organization_id] = _standing(tuple(row))
    return {one: Standing(shared.get(one, NEW), own.get(one, {})) for one in wanted}


def neighbours(neighbourhoods: Iterable[str]) -> dict[str, dict[str, SenderState]]:
    """Load all states in these neighbourhoods, by neighbourhood and subject; each holds at most 256 subjects."""
    found: dict[str, dict[str, SenderState]] = {}
    columns = (SenderScore.neighbourhood, SenderScore.network, *COLUMNS)
    for some in sliced(neighbourhoods):
        for row in SenderScore.select(*columns).where(db.among(SenderScore.neighbourhood, some)).tuples():
            found.setdefault(row[0], {})[row[1]] = _standing(row[2:])
    return found


def save_standings(standings: Mapping[Network, Standing], before: Mapping[str, Standing]) -> None:
    """Write what is remembered of these subjects in place of what was there.

    Of organizations only what is other than `before`: another one may be removed at this moment.
    """
    save({network: one.shared for network, one in standings.items()})
    rows = [
        (organization_id, str(network), *_row(state))
        for network, one in standings.items()
        for organization_id, state in one.own.items()
        if state != before[str(network)].own.get(organization_id)
    ]
    keys = [OrganizationScore.organization, OrganizationScore.network]
    db.write_rows([*keys, *OWN_COLUMNS], rows, key=keys)


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
    reported = _reported_inside(network)
    for some in sliced(reported):
        OrganizationScore.delete().where(OrganizationScore.network << some).execute()
    return sorted({*forgiven, *reported})


def prune(now: int) -> int:
    """Remove the states of which nothing matters any more; return how many."""
    rows = SenderScore.select(SenderScore.network, *COLUMNS).where(SenderScore.at < now - scoring.DAY)
    over = [row[0] for row in rows.tuples().iterator() if scoring.is_negligible(_standing(row[1:]), now)]
    for some in sliced(over):
        SenderScore.delete().where(SenderScore.network << some).execute()
    return len(over) + _prune_own(now)


def _prune_own(now: int) -> int:
    """How often an organization reported a sender matters to nobody once its points are gone."""
    key = (OrganizationScore.organization, OrganizationScore.network)
    rows = OrganizationScore.select(*key, *OWN_COLUMNS).where(OrganizationScore.at < now - scoring.DAY)
    over = [row[:2] for row in rows.tuples().iterator() if scoring.is_negligible(_standing(row[2:]), now)]
    for organization_id, network in over:
        OrganizationScore.delete().where((key[0] == organization_id) & (key[1] == network)).execute()
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


def _reported_inside(network: Network) -> list[str]:
    """Subjects with an organization's own reports that overlap a network."""
    rows = OrganizationScore.select(OrganizationScore.network).distinct()
    if network.prefix >= (32 if network.version == 4 else 64):
        rows = rows.where(OrganizationScore.network == str(subject_of(Address(network.version, network.first))))
    return [row[0] for row in rows.tuples() if parse_network(row[0]).overlaps(network)]


def _standing(row: tuple[Any, ...]) -> SenderState:
    at, trusted, complained, clean = row[:4]
    repetition, listed_at, expiries = row[4:8], row[8:12], row[12:16]
    return SenderState(at, trusted, complained, clean, repetition, listed_at, expiries, row[16])


def _row(state: SenderState) -> tuple[float, ...]:
    return (*state[:4], *state.repetition, *state.listed_at, *state.expiries, state.times_listed)
