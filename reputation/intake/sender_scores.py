"""What is remembered of senders, in its tables: an estimate.Sender by subject, and by organization and subject.

It owns the rows of senders, not their meaning. What is remembered of the networks around them is in step_sums.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import neighbourhood_of, subject_of
from reputation.clock import has_come
from reputation.intake import estimate
from reputation.intake.estimate import DAY, Sender
from reputation.store import db
from reputation.store.models import OrganizationScore, SenderScore

SLICE = 500  # rows of one statement
TURN = "spam reports"  # of whoever writes scores, or listings by reports: by db.lock_for_transaction
KEYS = ("network", "neighbourhood", "organization")
COLUMNS, OWN_COLUMNS = (
    tuple(field for field in model._meta.sorted_fields if field.name not in KEYS)
    for model in (SenderScore, OrganizationScore)
)
FORGOTTEN = 7 * DAY  # after which it matters to nobody that a sender has asked, or has passed
NEGLIGIBLE = 0.02  # messages' worth of a sum that has faded
LITTLE, FADED_LITTLE = 80.0, 60 * DAY  # so much is next to nothing after twelve half-lives of spam, eight of clean mail
FADED = 120 * DAY  # and whatever it was, after these

Item = TypeVar("Item")


def load(networks: Iterable[str]) -> dict[str, Sender]:
    """Load what is remembered of these subjects; those of which nothing is are left out."""
    found: dict[str, Sender] = {}
    for some in sliced(networks):
        rows = SenderScore.select(SenderScore.network, *COLUMNS).where(db.among(SenderScore.network, some))
        found.update((row[0], _sender(row[1:])) for row in rows.tuples())
    return found


def load_own(networks: Iterable[str]) -> dict[str, dict[int, Sender]]:
    """Load what organizations have reported of these subjects, by subject and organization."""
    own: dict[str, dict[int, Sender]] = {}
    for some in sliced(networks):
        rows = OrganizationScore.select(OrganizationScore.network, OrganizationScore.organization, *OWN_COLUMNS)
        for network, organization_id, *row in rows.where(db.among(OrganizationScore.network, some)).tuples():
            own.setdefault(network, {})[organization_id] = _sender(tuple(row))
    return own


def with_a_name(neighbourhoods: Iterable[str], most: int) -> dict[str, dict[str, Sender]]:
    """Load the senders in these neighbourhoods that may pass where their network is listed.

    These are who sent clean mail, or came again. Return them by neighbourhood and subject, at most so many together:
    those with the most clean mail.
    """
    found: dict[str, dict[str, Sender]] = {}
    columns = (SenderScore.neighbourhood, SenderScore.network, *COLUMNS)
    may_pass = (SenderScore.clean > 0) | (SenderScore.passed == 1)
    for some in sliced(neighbourhoods):
        rows = SenderScore.select(*columns).where(db.among(SenderScore.neighbourhood, some) & may_pass)
        for row in rows.order_by(SenderScore.clean.desc(), SenderScore.asked.desc()).limit(most).tuples():
            found.setdefault(row[0], {})[row[1]] = _sender(row[2:])
    return found


def waiting(since: int, most: int) -> dict[str, Sender]:
    """Load the senders that were deferred for their networks alone up to a second, and wait to pass.

    The second is RETRY ago; who was deferred in a time to come has waited, too.
    """
    rows = SenderScore.select(SenderScore.network, *COLUMNS).where(
        (SenderScore.waits > 0) & has_come(SenderScore.waits, since, estimate.RETRY)
    )
    return {row[0]: _sender(row[1:]) for row in rows.order_by(SenderScore.waits).limit(most).tuples()}


def save(senders: Mapping[Network, Sender]) -> None:
    """Write what is remembered of these subjects in place of what was there."""
    rows = [
        (str(network), str(neighbourhood_of(Address(network.version, network.first))), *_row(one))
        for network, one in senders.items()
    ]
    db.write_rows([SenderScore.network, SenderScore.neighbourhood, *COLUMNS], rows, key=[SenderScore.network])


def save_own(senders: Mapping[tuple[int, str], Sender]) -> None:
    """Write what organizations have reported, by organization and subject, in place of what was there.

    Give only what has changed: another organization may be removed at this moment.
    """
    rows = [(*key, *_row(one)) for key, one in senders.items()]
    keys = [OrganizationScore.organization, OrganizationScore.network]
    db.write_rows([*keys, *OWN_COLUMNS], rows, key=keys)


def clear(network: Network) -> list[str]:
    """Forget the evidence and the stays of the subjects in a network; return which these are.

    Their clean mail is remembered, and how often each of them was listed.
    """
    forgiven = {row[0]: _sender(row[1:]) for row in _inside(network)}
    for text, one in forgiven.items():
        changed = Sender(at=one.at, seen=one.clean, recent_seen=one.recent_seen - one.recent_spam, clean=one.clean,
                         asked=one.asked, times_listed=one.times_listed)  # fmt: skip
        values = dict(zip(COLUMNS, _row(changed), strict=True))
        SenderScore.update(values).where(SenderScore.network == text).execute()
    reported = _reported_inside(network)
    for some in sliced(reported):
        OrganizationScore.delete().where(OrganizationScore.network << some).execute()
    return sorted({*forgiven, *reported})


def over(now: int, most: int) -> list[str]:
    """Return some senders of which nothing matters any more, at most so many."""
    one = SenderScore
    is_quiet = (one.asked < now - FORGOTTEN) & (one.waits < now - FORGOTTEN) & (one.level4_until <= now)
    is_little = (one.spam < NEGLIGIBLE) & (one.seen < NEGLIGIBLE) & (one.clean < NEGLIGIBLE)
    is_little |= (one.at <= now - FADED_LITTLE) & (one.spam < LITTLE) & (one.clean < LITTLE)
    rows = one.select(one.network).where(is_quiet & (is_little | (one.at <= now - FADED)))
    return [row[0] for row in rows.limit(most).tuples()]


def count_askers() -> int:
    """Count the senders of which nothing is known but that they asked, without those that wait to pass."""
    return int(SenderScore.select().where(_only_asked()).count())


def oldest_askers(most: int) -> list[str]:
    """Return the first of them to be forgotten: those that pass nowhere, and of these who asked longest ago."""
    rows = SenderScore.select(SenderScore.network).where(_only_asked())
    return [row[0] for row in rows.order_by(SenderScore.passed, SenderScore.asked).limit(most).tuples()]


def forget(networks: Iterable[str]) -> None:
    """Remove these senders. Call it inside a transaction that has taken the turn."""
    for some in sliced(networks):
        SenderScore.delete().where(SenderScore.network << some).execute()


def prune_own(now: int) -> int:
    """Remove what organizations have reported of which nothing matters any more; return how many rows."""
    key = (OrganizationScore.organization, OrganizationScore.network)
    rows = OrganizationScore.select(*key, *OWN_COLUMNS).where(OrganizationScore.at < now - DAY)
    gone = [row[:2] for row in rows.tuples().iterator() if is_negligible(_sender(row[2:]), now)]
    for organization_id, network in gone:
        OrganizationScore.delete().where((key[0] == organization_id) & (key[1] == network)).execute()
    return len(gone)


def is_negligible(one: Sender, now: int) -> bool:
    """Tell whether nothing of what was reported of a sender could matter any more, so that it can be removed."""
    left = estimate.faded(one, now)
    return max(left.spam, left.seen, left.clean) < NEGLIGIBLE and max(one.until) <= now


def sliced(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Split the items into lists that one statement can take."""
    rest = iter(items)
    while some := list(islice(rest, SLICE)):
        yield some


def _only_asked() -> Any:
    one = SenderScore
    nothing = (one.spam == 0) & (one.seen == 0) & (one.clean == 0) & (one.times_listed == 0)
    return nothing & (one.asked > estimate.NEVER) & (one.waits == 0)


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


def _sender(row: tuple[Any, ...]) -> Sender:
    """The columns stand in the order of the fields; the ends are last."""
    *sums, one, two, three, four = row
    at, spam, seen, recent_spam, recent_seen, day_spam, day_clean, day_complaints, clean, last, asked = sums[:11]
    waits, passed, found, trapped, times_listed = sums[11:]
    return Sender(
        at, spam, seen, recent_spam, recent_seen, day_spam, day_clean, day_complaints, clean, last, asked,
        waits, bool(passed), found, trapped, (one, two, three, four), times_listed,
    )  # fmt: skip


def _row(one: Sender) -> tuple[float, ...]:
    *sums, until, times_listed = one
    return (*map(_number, sums), times_listed, *until)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
