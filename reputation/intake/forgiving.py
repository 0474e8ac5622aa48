"""A person removes a sender or a network from the dynamic database: what reports have told about it is forgotten."""

from __future__ import annotations

import ipaddress
from typing import Any

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import AROUND, WHOLE, WIDE, around, subject_of
from reputation.intake import network_listings, sender_scores, step_sums
from reputation.intake.estimate import Hours, Node, Sender
from reputation.intake.exemptions import Exemptions
from reputation.intake.listing_history import REPORTS
from reputation.intake.sender_scores import sliced
from reputation.store.models import Listing, ListingPass, ScoredNode, SpamReport
from reputation.verdict.origins import EMPTY


def forgive(network: Network, now: int) -> list[str]:
    """Forget the evidence about the senders in a network; return which these are. Call it inside a transaction.

    A single sender passes from now on where its network is listed. A network of a /24 or wider is forgiven itself.
    """
    forgiven = sender_scores.clear(network)
    for some in sliced(forgiven):  # or who takes another source back would count them again
        SpamReport.update(weight=0).where(SpamReport.subject << some).execute()
    if network.prefix >= WHOLE[network.version]:
        _let_pass(subject_of(Address(network.version, network.first)), now)
    elif network.prefix <= AROUND[network.version]:
        _forget_networks(network)
    return forgiven


def _let_pass(subject: Network, now: int) -> None:
    before = sender_scores.load([str(subject)]).get(str(subject), Sender())
    sender_scores.save({subject: before._replace(at=max(before.at, now), waits=0, passed=True)})
    near, *_ = step_sums.steps_above(Address(subject.version, subject.first), EMPTY)
    nodes, hours = step_sums.load_nodes([near])
    if near in hours:  # whatever those who passed before have done: this is a person's word
        opened = hours[near]._replace(passed_spam=0.0)
        wide = str(around(Address(subject.version, subject.first), WIDE[subject.version]))
        step_sums.save_nodes({near: (nodes[near], opened, wide)})
    paths = step_sums.Paths([subject], EMPTY, now)
    network_listings.review_passes({str(subject): paths.path(subject)}, now)


def is_listed_for_networks(network: Network, now: int) -> bool:
    """Tell whether this is a single sender, and reports list a network around it, in which it does not pass yet."""
    if network.prefix < WHOLE[network.version]:
        return False
    subject = subject_of(Address(network.version, network.first))
    near, wide, *_ = step_sums.steps_above(Address(subject.version, subject.first), EMPTY)
    around_it = (Listing.source == REPORTS) & (Listing.network << [near, wide]) & (Listing.expires_at > now)
    passes = (ListingPass.network == str(subject)) & (ListingPass.level4_until > now)
    return Listing.select().where(around_it).exists() and not ListingPass.select().where(passes).exists()


def review(network: Network, now: int) -> None:
    """List nothing around a network that a person has removed, but for what others there have sent since."""
    if network.prefix <= AROUND[network.version]:
        wides = {str(around(Address(network.version, network.first), WIDE[network.version]))}
        wides |= {row[0] for row in _overlapping(network) if not row[1]}
        network_listings.review(wides, Exemptions(), EMPTY, now, network_listings.ANEW)


def _forget_networks(network: Network) -> None:
    """The spam of the networks inside and around it; what was seen of them stays."""
    step_sums.save_nodes({name: (Node(at, 0.0, seen), Hours(), wide) for name, wide, at, seen in _overlapping(network)})


def _overlapping(network: Network) -> list[tuple[str, str, int, float]]:
    """Name, wide network, time and what was seen of the networks inside and around."""
    one = ScoredNode
    wide = around(Address(network.version, network.first), WIDE[network.version])
    if network.prefix >= wide.prefix:
        chosen = (one.name == str(wide)) | (one.wide == str(wide))
    else:  # wider than reports list: a thing that a person does seldom
        chosen = _inside(one.name, network)
    rows = one.select(one.name, one.wide, one.at, one.seen).where(chosen & one.name.contains("/"))
    return [row for row in rows.tuples().iterator() if parse_network(row[0]).overlaps(network)]


def _inside(field: Any, network: Network) -> Any:
    """Make a condition for names of networks that may be inside a wide one, by how their texts begin."""
    octets = str(ipaddress.IPv4Address(network.first)).split(".")[: network.prefix // 8] if network.version == 4 else []
    return field.startswith("".join(f"{octet}." for octet in octets)) if octets else field.contains("/")
