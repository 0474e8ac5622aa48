"""A person removes a sender or a network from the dynamic database: what reports have told about it is forgotten."""

from __future__ import annotations

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import AROUND, WHOLE, WIDE, around, subject_of
from reputation.intake import network_listings, sender_scores, step_sums
from reputation.intake.estimate import Hours, Node, Sender
from reputation.intake.exemptions import Exemptions
from reputation.intake.sender_scores import sliced
from reputation.store.models import ScoredNode, SpamReport
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
    sender_scores.save({subject: before._replace(at=max(before.at, now), waits=now, passed=True)})
    near, *_ = step_sums.steps_above(Address(subject.version, subject.first), EMPTY)
    nodes, hours = step_sums.load_nodes([near])
    if near in hours:  # whatever those who passed before have done: this is a person's word
        opened = hours[near]._replace(passed_spam=0.0)
        wide = str(around(Address(subject.version, subject.first), WIDE[subject.version]))
        step_sums.save_nodes({near: (nodes[near], opened, wide)})
    paths = step_sums.Paths([subject], EMPTY, now)
    network_listings.review_passes({str(subject): paths.path(subject)}, now)


def review(network: Network, now: int) -> None:
    """List nothing around a network that a person has removed, but for what others there have sent since."""
    if network.prefix <= AROUND[network.version]:
        wides = {str(around(Address(network.version, network.first), WIDE[network.version]))}
        wides |= {row[0] for row in _overlapping(network) if not row[1]}
        network_listings.review(wides, Exemptions(), EMPTY, now, keep=False)


def _forget_networks(network: Network) -> None:
    """The spam of the networks inside and around it; what was seen of them stays."""
    step_sums.save_nodes({name: (Node(at, 0.0, seen), Hours(), wide) for name, wide, at, seen in _overlapping(network)})


def _overlapping(network: Network) -> list[tuple[str, str, int, float]]:
    """Name, wide network, time and what was seen of the networks inside and around."""
    rows = ScoredNode.select(ScoredNode.name, ScoredNode.wide, ScoredNode.at, ScoredNode.seen)
    rows = rows.where(ScoredNode.name.contains("/"))
    return [row for row in rows.tuples().iterator() if parse_network(row[0]).overlaps(network)]
