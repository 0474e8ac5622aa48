"""What the tables know of networks that organizations name as mail servers, so that the operator can confirm them.

An organization can ask about any address as often as it likes: what its own mail servers asked is no proof for it.
Names are looked up elsewhere (reverse_names.py), because nobody waits for a name server here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import BITS, Address, Network, parse_network
from reputation.addresses.scored_networks import AROUND, around, subject_of
from reputation.customers.mail_servers import ClaimedServer
from reputation.customers.policy.sort_keys import network_keys
from reputation.insight import evidence
from reputation.store.models import LastAsked, MailServer, QueryLogEntry, SenderScore
from reputation.verdict.origins import Origins

DAY = 86400
REPORTS_OF = 30 * DAY  # as long as they are kept
NAMED = 3  # addresses of a network whose names are looked up


class ServerProof(NamedTuple):
    """What is known of a network: `addresses` are those of it whose names tell something, the busiest first.

    `connections` counts those about which mail servers of other organizations asked, `delivered` roughly the recent
    mail without spam in our logs, `reports` the spam reports of thirty days.
    """

    asn: int
    isp: str
    country: str
    addresses: tuple[str, ...]
    connections: int
    delivered: int
    reports: int


def proofs(claimed: Sequence[ClaimedServer], origins: Origins, now: int) -> dict[int, ServerProof]:
    """Return what is known of each of these servers, by its number."""
    rows = MailServer.select(MailServer.id, MailServer.organization).where(
        MailServer.id << [one.server.id for one in claimed]
    )
    owners: dict[int, int] = dict(rows.tuples())
    networks = {one.server.id: parse_network(one.server.network) for one in claimed}
    reports = evidence.spam_reports_of(set(networks.values()), now - REPORTS_OF)
    delivered = _delivered(set(networks.values()))
    found = {}
    for number, network in networks.items():
        origin = origins.origin(network.version, network.first)
        connections, busiest = _asked_about(network, owners.get(number, 0))
        addresses = (str(network),) if network.prefix == BITS[network.version] else busiest
        figures = (connections, delivered[network], len(reports[network]))
        found[number] = ServerProof(origin.asn, origin.isp, origin.country, addresses, *figures)
    return found


def _asked_about(network: Network, owner: int) -> tuple[int, tuple[str, ...]]:
    """How many connections others asked about, and the addresses of the most."""
    first, end = network_keys(network)
    # Named one by one, the organizations let the index by address do the work.
    others = LastAsked.select(LastAsked.organization).where(LastAsked.organization != owner)
    inside = (QueryLogEntry.address_key >= first) & (QueryLogEntry.address_key < end)
    rows: Any = QueryLogEntry.select(QueryLogEntry.address, fn.SUM(QueryLogEntry.weight).alias("connections"))
    rows = rows.where((QueryLogEntry.organization << others) & inside).group_by(QueryLogEntry.address)
    counted = sorted(rows.tuples(), key=lambda row: (-row[1], row[0]))
    return int(sum(count for _, count in counted)), tuple(text for text, _ in counted if "/" not in text)[:NAMED]


def _delivered(networks: Collection[Network]) -> dict[Network, int]:
    """Mail without spam, as far as the scores of its senders remember it."""
    subjects = {one: subject_of(Address(one.version, one.first)) for one in networks}
    alone = {one: subject for one, subject in subjects.items() if one.prefix >= subject.prefix}
    rows = SenderScore.select(SenderScore.network, SenderScore.clean).where(
        SenderScore.network << [str(subject) for subject in alone.values()]
    )
    clean: dict[str, float] = dict(rows.tuples())
    found = {one: round(clean.get(str(subject), 0.0)) for one, subject in alone.items()}
    return found | {one: _delivered_from(one) for one in networks if one not in alone}


def _delivered_from(network: Network) -> int:
    """The same of a network, whose senders are many."""
    width = AROUND[network.version]
    step = 1 << (BITS[network.version] - width)
    begins = [Address(network.version, place) for place in range(network.first, network.last + 1, step)]
    rows = SenderScore.select(SenderScore.network, SenderScore.clean).where(
        SenderScore.neighbourhood << [str(around(begin, width)) for begin in begins]
    )
    return round(sum(float(clean) for text, clean in rows.tuples() if parse_network(text).overlaps(network)))
