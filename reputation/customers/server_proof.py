"""What the tables know of networks that organizations name as mail servers, so that the operator can confirm them.

An organization can ask about any address as often as it likes: what its own mail servers asked is no proof for it.
Names are looked up elsewhere (reverse_names.py), because nobody waits for a name server here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import BITS, Address, Network, parse_network
from reputation.addresses.scored_networks import AROUND, around, subject_of
from reputation.customers.mail_servers import ClaimedServer
from reputation.customers.policy.sort_keys import network_keys
from reputation.insight import evidence
from reputation.store.models import MailServer, Organization, QueryLogEntry, SenderScore
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
    owners = dict(MailServer.select(MailServer.id, MailServer.organization).tuples())
    networks = {one.server.id: parse_network(one.server.network) for one in claimed}
    reports = evidence.spam_reports_of(set(networks.values()), now - REPORTS_OF)
    return {
        number: _proof(network, owners.get(number), origins, len(reports[network]))
        for number, network in networks.items()
    }


def _proof(network: Network, owner: int | None, origins: Origins, reports: int) -> ServerProof:
    origin = origins.origin(network.version, network.first)
    connections, busiest = _asked_about(network, owner)
    addresses = (str(network),) if network.prefix == BITS[network.version] else busiest
    return ServerProof(
        origin.asn, origin.isp, origin.country, addresses, connections, _delivered(network), reports
    )  # fmt: skip


def _asked_about(network: Network, owner: int | None) -> tuple[int, tuple[str, ...]]:
    """How many connections others asked about, and the addresses of the most."""
    first, end = network_keys(network)
    # Named one by one, the organizations let the index by address do the work.
    others = Organization.select(Organization.id).where(Organization.id != owner)
    inside = (QueryLogEntry.address_key >= first) & (QueryLogEntry.address_key < end)
    rows: Any = QueryLogEntry.select(QueryLogEntry.address, fn.SUM(QueryLogEntry.weight).alias("connections"))
    rows = rows.where((QueryLogEntry.organization << others) & inside).group_by(QueryLogEntry.address)
    counted = sorted(rows.tuples(), key=lambda row: (-row[1], row[0]))
    return sum(count for _, count in counted), tuple(address for address, _ in counted if "/" not in address)[:NAMED]


def _delivered(network: Network) -> int:
    """Mail without spam, as far as the scores of its senders remember it."""
    width = AROUND[network.version]
    first = Address(network.version, network.first)
    if network.prefix >= width:
        rows = SenderScore.select().where(SenderScore.neighbourhood == str(around(first, width)))
    else:
        step = 1 << (BITS[network.version] - width)
        places = range(network.first, network.last + 1, step)
        texts = [str(around(Address(network.version, place), width)) for place in places]
        rows = SenderScore.select().where(SenderScore.neighbourhood << texts)
    touched = network if network.prefix <= subject_of(first).prefix else subject_of(first)
    clean = (float(row.clean) for row in rows if parse_network(row.network).overlaps(touched))
    return round(sum(clean))
