"""The decision as docs/return-codes.md and docs/dns.md tell it, over plain lists: each answer goes through all of them.

It is written from what we promise and not from the program: nothing is sorted, merged or looked up, and the addresses
are those of Python's `ipaddress`. So it is slow, and can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import inf
from typing import NamedTuple

CATEGORIES = {"ETL": 4, "KSS": 2, "DUL": 3}  # with the x of 127.0.0.x; in the order of decision
BLOCKED = {"sender rule": 10, "ISP rule": 11, "country rule": 12}
TESTS = {"standard": (2, 3, 4, 10, 11, 12), "dynamic": (2,)}  # 127.0.0.x
DATABASES_OF = {"standard": ("standard",), "advanced": ("standard", "dynamic")}
TTL, NEGATIVE_TTL = {"standard": 300, "dynamic": 60}, 60


class Rule(NamedTuple):
    """A sender rule, until the second `end`; `sender` is a network, `country:AT` or `isp:AS64500`."""

    action: str
    sender: str
    end: float = inf

    @property
    def kind(self) -> str:
        return {"country": "country rule", "isp": "ISP rule"}.get(self.sender.partition(":")[0], "sender rule")

    @property
    def precedence(self) -> tuple[int, int, bool]:
        """Addresses before ISPs before countries, the longer prefix first, and approved wins."""
        prefix = network_of(self.sender).prefixlen if self.kind == "sender rule" else 0
        return -list(BLOCKED).index(self.kind), prefix, self.action == "approved"


class Listing(NamedTuple):
    """What lists a network or `first-last` in a database: `ends` has a second by category, or by level 1 to 4.

    `only_for` names the one organization for which it holds; None is everybody.
    """

    database: str
    addresses: str
    ends: dict[str | int, float]
    reason: str
    only_for: str | None = None


class Answer(NamedTuple):
    """The x of 127.0.0.x, 0 for not listed; until when, and what decided; the reason holds one of these words."""

    code: int = 0
    until: float = inf
    decided_by: str = "no listing"
    reasons: tuple[str, ...] = ("",)


class Reply(NamedTuple):
    """An answer by DNS: what stands in its header, the x of 127.0.0.x, and the longest time for a cache to keep it."""

    rcode: str
    code: int = 0
    ttl: float = NEGATIVE_TTL


@dataclass
class Organization:
    """What one organization chose. Each activation code is unknown from a second on."""

    subscription: str
    categories: set[str] = field(default_factory=lambda: set(CATEGORIES))
    level: int = 2
    rules: list[Rule] = field(default_factory=list)
    codes: dict[str, float] = field(default_factory=dict)
    mail_servers: list[str] = field(default_factory=list)
    name: str = ""
    confirmed: list[str] = field(default_factory=list)  # of the mail servers: what feeds leave out


@dataclass
class World:
    """All that an answer depends on.

    Rules that have ended go with the next change of a policy or the next turn of the job `publish`: that was at
    `rules_as_of`. A listing ends to the second, whatever is published.
    """

    organizations: dict[int, Organization]
    table: dict[str, tuple[int, str]]  # of origins: ASN and country of a network
    rules_as_of: int
    listings: list[Listing] = field(default_factory=list)
    isps: dict[str, tuple[int, str]] = field(default_factory=dict)  # of accepted ISPs, likewise; "": as in the table

    def answer(self, database: str, asker: Organization, text: str, now: int) -> Answer:
        address = sender_of(text)
        if holds("127.0.0.0/8", address):
            last = int(address) % 256
            is_test = last in TESTS[database] and holds("127.0.0.0/24", address)
            return Answer(last, decided_by="test address") if is_test else Answer(decided_by="test address")
        rule = self.deciding_rule(asker, text)
        if rule and rule.action == "approved":
            return Answer(0, rule.end, rule.kind, ("Approved sender: ",))
        if rule and database == "standard":
            return Answer(BLOCKED[rule.kind], rule.end, rule.kind, ("Blocked sender: ",))
        if database == "standard":
            for category, code in CATEGORIES.items():
                if category in asker.categories and (found := self.listed(database, category, text, now)):
                    return Answer(code, *found)
        elif asker.level > 0 and (found := self.listed(database, asker.level, text, now, asker)):
            return Answer(2, *found)
        return Answer()

    def deciding_rule(self, asker: Organization, text: str) -> Rule | None:
        """The most specific rule that has not ended, or None."""
        meant = [rule for rule in asker.rules if rule.end > self.rules_as_of and self.is_meant(rule, text)]
        return max(meant, key=lambda rule: rule.precedence, default=None)

    def is_meant(self, rule: Rule, text: str) -> bool:
        if rule.kind == "sender rule":
            return holds(rule.sender, sender_of(text))
        asn, country = self.origin(text)
        return rule.sender in (f"isp:AS{asn}", f"country:{country}")

    def origin(self, text: str) -> tuple[int, str]:
        """ASN and country: those of an accepted ISP's smallest network, otherwise of the table's; 0 and "" unknown."""
        asn, country = smallest(self.table, text) or (0, "")
        own = smallest(self.isps, text)
        return (own[0], own[1] or country) if own else (asn, country)

    def listed(
        self, database: str, slot: str | int, text: str, now: int, asker: Organization | None = None
    ) -> tuple[float, str, tuple[str, ...]] | None:
        """Until when it is listed so, what decides then, and the reasons of those that hold so long; or None."""
        here = [
            one
            for one in self.listings
            if one.database == database
            and holds(one.addresses, sender_of(text))
            and (one.only_for is None or (asker is not None and one.only_for == asker.name))
        ]
        until = max((one.ends.get(slot, 0) for one in here), default=0)
        reasons = tuple(one.reason for one in here if one.ends.get(slot) == until)
        return (until, slot if isinstance(slot, str) else "dynamic", reasons) if now < until else None

    def reply(self, database: str, code: str, text: str, now: int) -> Reply:
        """What the name of an address under an activation code is answered, to a question of type A."""
        asker = next((one for one in self.organizations.values() if now < one.codes.get(code, 0)), None)
        if asker is None or database not in DATABASES_OF[asker.subscription]:
            return Reply("NXDOMAIN")
        made = self.answer(database, asker, text, now)
        left = max(made.until - now, 0)
        if made.code:
            return Reply("NOERROR", made.code, min(TTL[database], left))
        # The name of 2.0.0.1 is the parent of all of 2001::/16, too.
        is_parent = all(len(octet) == 1 for octet in str(sender_of(text)).split(".")) and ":" not in text
        return Reply("NOERROR" if is_parent else "NXDOMAIN", ttl=min(NEGATIVE_TTL, left))

    def is_exempt(self, asker: Organization, text: str) -> bool:
        """Whether no report of this organization lists the sender: a mail server of its own, a confirmed one of
        anybody, or approved here.

        An IPv6 sender is its /64: a server in it stands for all of it.
        """
        address = sender_of(text)
        subject = ip_network((address, 64 if address.version == 6 else 32), strict=False)
        confirmed = [one for other in self.organizations.values() for one in other.confirmed]
        servers = [ip_network(one) for one in (*asker.mail_servers, *confirmed)]
        rule = self.deciding_rule(asker, text)
        return any(one.version == subject.version and one.overlaps(subject) for one in servers) or (
            rule is not None and rule.action == "approved"
        )


@cache
def sender_of(text: str) -> IPv4Address | IPv6Address:
    """The address; ::ffff:192.0.2.1 is the IPv4 address."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


@cache
def network_of(text: str) -> IPv4Network | IPv6Network:
    """The network; one inside ::ffff:0:0/96 is the IPv4 network."""
    network = ip_network(text)
    if sender_of(str(network[0])).version == network.version:
        return network
    return IPv4Network((int(network[0]) % (1 << 32), network.prefixlen - 96))


@cache
def holds(addresses: str, address: IPv4Address | IPv6Address) -> bool:
    """Whether a network or `first-last` holds the address."""
    if "-" not in addresses:
        return address in network_of(addresses)
    first, last = map(ip_address, addresses.split("-"))
    return first.version == address.version and int(first) <= int(address) <= int(last)


def smallest(networks: dict[str, tuple[int, str]], text: str) -> tuple[int, str] | None:
    """What the smallest of the networks that hold the address says."""
    around = [network for network in networks if holds(network, sender_of(text))]
    return networks[max(around, key=lambda one: network_of(one).prefixlen)] if around else None
