"""Senders that no report may list: reserved networks, this machine, valid mail servers, approved senders.

A valid mail server is exempt from the reports of its own organization at once. For everybody else, and for feeds, it is
so once the operator has confirmed it: nobody keeps a network off others' lists by naming it as their own. Protected
senders are listed by evidence for the reporter at most, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
)
from reputation.addresses.nested import NestedNetworks
from reputation.addresses.scored_networks import around, subject_of
from reputation.intake import guards, protected_senders
from reputation.intake.bounds import CANARY_NAMES
from reputation.intake.own_addresses import OwnAddresses
from reputation.publisher.approvals import approved
from reputation.store.models import MailServer, SenderRule
from reputation.verdict.origins import EMPTY, Origins

OWN = OwnAddresses()


class Exemption(NamedTuple):
    """Why a sender is exempt, as a sentence.

    `is_kept`: the report is kept but lists nobody, and the mail server's organization can see it.
    """

    reason: str
    is_kept: bool = False


CANARIES = tuple(parse_network(text) for text in CANARY_NAMES)
ANYBODY = 0  # in the place of an organization: no organization has this number


class Exemptions:
    """The exemptions at this moment: read from the tables once, then used for many reports."""

    def __init__(self, origins: Origins = EMPTY) -> None:
        """`origins` tells country and ISP of a sender, for those who approved one; without it networks alone count."""
        self._origins = origins
        rows = MailServer.select(MailServer.network, MailServer.organization, MailServer.confirmed_at).tuples()
        # For whom each is exempt: its organization, or all of them.
        self._servers = NestedNetworks(
            (parse_network(network), owner if confirmed is None else ANYBODY) for network, owner, confirmed in rows
        )
        self._protected = protected_senders.networks()
        self._approved = approved()  # by lists of good senders
        self._rules: dict[int, _Rules] = {}

    def why(self, address: Address, organization_id: int | None) -> Exemption | None:
        """Explain why a report of that organization may not list this sender; return None where it may.

        None in place of an organization is the installation: its traps, its logs and its operator.
        """
        reserved = guards.unlistable(around(address, BITS[address.version]))
        if reserved:
            return Exemption(reserved)
        if OWN.inside(subject_of(address)):
            return Exemption(f"{address} is an address of this installation: reports never list it.")
        if self._approved.touches(subject_of(address)):
            return Exemption(
                f"{address} is on a list of good senders that the operator has added: it is not listed.", True
            )
        # A server in a /64 keeps all of the /64 from being listed.
        if any(exempt in (ANYBODY, organization_id) for exempt in self._servers.touching(subject_of(address))):
            return Exemption(
                f"{address} is a valid mail server: it is not listed; the report is kept for its organization.",
                True,
            )
        if organization_id is not None and self._of(organization_id).approves(address, self._origins):
            return Exemption(f"{address} is an approved sender of the organization that reports it: remove that rule.")
        return None

    def any_in(self, network: Network) -> bool:
        """Tell whether a network holds an address that no report may list for others, whoever reports it."""
        return bool(
            guards.unlistable(network)
            or any(canary.overlaps(network) for canary in CANARIES if network.prefix <= canary.prefix)
            or OWN.inside(network)
            or ANYBODY in self._servers.touching(network)
            or self.is_protected(network)
            or self._approved.touches(network)
        )

    def is_protected(self, subject: Network) -> bool:
        """Tell whether a network touches a protected sender: evidence lists it for nobody but the reporter."""
        return any(self._protected.touching(subject))

    def _of(self, organization_id: int) -> _Rules:
        if organization_id not in self._rules:
            self._rules[organization_id] = _Rules(organization_id)
        return self._rules[organization_id]


def confirmed_servers() -> list[Network]:
    """Return the mail servers that the operator has confirmed, which no feed lists."""
    rows = MailServer.select(MailServer.network).where(MailServer.confirmed_at.is_null(False)).distinct()
    return [parse_network(row.network) for row in rows]


def approver(organization_id: int) -> Callable[[Address], bool]:
    """Return a function that tells whether an organization approves an address by a rule for its network."""
    rules = _Rules(organization_id)
    return lambda address: rules.approves(address, EMPTY)


class _Rules:
    """Sender rules of one organization, read as the decision reads them: the most specific, and approved at a tie."""

    def __init__(self, organization_id: int) -> None:
        rows = list(SenderRule.select().where(SenderRule.organization == organization_id))
        # The approved come first, and so count where the same sender is blocked, too: the first one is found.
        rows.sort(key=lambda row: row.action != "approved")
        self._networks = NestedNetworks((parse_network(row.value), row.action) for row in rows if row.kind == "network")
        self._others = {row.value: row.action for row in reversed(rows) if row.kind != "network"}

    def approves(self, address: Address, origins: Origins) -> bool:
        """Tell whether the organization approves this sender."""
        action = next(self._networks.around(around(address, BITS[address.version])), None)
        if action is None and self._others:
            origin = origins.origin(address.version, address.value)
            action = self._others.get(f"isp:AS{origin.asn}") or self._others.get(f"country:{origin.country}")
        return bool(action == "approved")
