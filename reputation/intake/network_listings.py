"""Networks that are listed as a whole, for spam from many of their addresses, and who has reported these."""

from __future__ import annotations

from collections.abc import Iterable

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import neighbourhood_of
from reputation.intake import agreement, report_listings, scoring, sender_scores
from reputation.intake.agreement import Neighbour
from reputation.intake.exemptions import Exemptions
from reputation.intake.scoring import COMPLAINT, Times
from reputation.store.models import SpamReport

WITNESS_DAYS = 4  # after which one trap's point counts for nothing, and who gave it is no witness of a network


def around(changed: Iterable[Network], exempt: Exemptions, now: int) -> report_listings.Wanted:
    """Return the networks around these subjects that are listed as a whole, and that evidence may list."""
    networks = {str(neighbourhood_of(Address(subject.version, subject.first))) for subject in changed}
    found = {}
    for network, expiries in listed_until(networks, now).items():
        if max(expiries) > now and not exempt.any_in(parse_network(network)):
            found[network] = expiries, report_listings.REASON_OF_MANY
    return found


def listed_until(neighbourhoods: Iterable[str], now: int) -> dict[str, Times]:
    """Return until when each level lists these networks as a whole for everybody, by network; zeros for never."""
    found = {}
    for network, alike in sender_scores.neighbours(neighbourhoods).items():
        named = _witnesses(alike, now) if any(scoring.neighbourhood(alike.values(), now)) else {}
        found[network] = agreement.neighbourhood(
            [Neighbour(state, named.get(subject, frozenset())) for subject, state in alike.items()],
            now,
            agreement.in_force(),
        )
    return found


def _witnesses(subjects: Iterable[str], now: int) -> dict[str, frozenset[str]]:
    """By subject, who has reported it lately: all complaints together are one of them, and each organization is."""
    columns = (SpamReport.subject, SpamReport.organization, SpamReport.source)
    is_new = (SpamReport.weight > 0) & (SpamReport.reported_at > now - WITNESS_DAYS * scoring.DAY)
    rows = SpamReport.select(*columns).where((SpamReport.subject << list(subjects)) & is_new)
    found: dict[str, set[str]] = {}
    for subject, owner, source in rows.distinct().tuples():
        name = str(owner) if owner else COMPLAINT if source == COMPLAINT else agreement.INSTALLATION
        found.setdefault(subject, set()).add(name)
    return {subject: frozenset(names) for subject, names in found.items()}
