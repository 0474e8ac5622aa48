"""The networks that a domain's SPF record lets send its mail (RFC 7208), found by following it.

A record is the text of whoever owns a domain that it names: it is read by its grammar, and everything in it is bounded.
What passes for everybody, or for more networks than any mail provider has, is refused as a whole. It owns no table.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from reputation.addresses.address import BITS, Address, Network, parse_network
from reputation.addresses.reserved import reserved_part
from reputation.addresses.scored_networks import around
from reputation.intake.txt_records import NoAnswer, TxtRecords

MOST_LOOKUPS = 10  # terms that need a look-up, RFC 7208 4.6.4
MOST_VOID = 2  # look-ups that find nothing, RFC 7208 4.6.4
MOST_EXCHANGERS = 10  # of one `mx`, RFC 7208 4.6.4
LONGEST_RECORD = 8192  # octets
MOST_NETWORKS = 2000
WIDEST = {4: 12, 6: 32}  # prefixes
# All of them together: as many addresses as a /10 has, or a /28 of IPv6.
MOST_ADDRESSES = {4: 1 << 22, 6: 1 << 100}
PATIENCE = 60.0  # seconds for all of a domain
TOLD = 3  # things that were left out, in full; the others are counted

LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
DOMAIN = re.compile(rf"(?:{LABEL}\.)+(?![\d-]+$){LABEL}", re.ASCII)
RECORD = re.compile(rb"v=spf1(?: +|$)", re.IGNORECASE)
MECHANISM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]+))?((?:/\d{1,3})?(?://\d{1,3})?)",
    re.ASCII | re.IGNORECASE,
)
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.ASCII | re.IGNORECASE)
COUNTED = {"include", "a", "mx", "ptr", "exists"}  # the mechanisms that need a look-up; `redirect` needs one, too
PREFIXED = {"ip4", "ip6", "a", "mx"}


class SpfError(ValueError):
    """The record could not be followed to its end; the text is for a person."""


class Followed(NamedTuple):
    """What a domain lets send: its networks in the order of the addresses, and what was left out and why."""

    networks: tuple[Network, ...]
    remarks: tuple[str, ...]


def domain_name(text: str) -> str:
    """Return a domain in lower case and without its last dot; "" where it is none that can be asked for."""
    name = text.strip().rstrip(".").lower()
    return name if len(name) <= 253 and DOMAIN.fullmatch(name) else ""


def follow(
    domain: str, records: TxtRecords, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
) -> Followed:
    """Follow the SPF record of a domain, and return whom it lets send.

    Raise SpfError where it has none, cannot be fetched or followed, or names more than a mail provider has.
    """
    return _Walk(records, clock() + patience, clock).result(domain)


class _Walk:
    """One way through the records, with what it has found and how much it has asked."""

    def __init__(self, records: TxtRecords, end: float, clock: Callable[[], float]) -> None:
        self._records, self._end, self._clock = records, end, clock
        self._lookups = self._voids = 0
        self._found: dict[Network, None] = {}
        self._left_out: list[str] = []

    def result(self, domain: str) -> Followed:
        self._follow(domain, ())
        if not self._found:
            raise SpfError(f"The SPF record of {domain} lets nobody send: no network of it can be protected.")
        _check_amount(domain, self._found)
        more = len(self._left_out) - TOLD
        return Followed(
            tuple(sorted(self._found)), (*self._left_out[:TOLD], *([f"{more} more are left out"] if more > 0 else []))
        )

    def _follow(self, domain: str, above: tuple[str, ...]) -> None:
        if domain in above:
            raise SpfError(f"The SPF record of {domain} leads back to itself.")
        redirect, is_done = "", False
        for term in self._terms(domain):
            mechanism, modifier = MECHANISM.fullmatch(term), MODIFIER.fullmatch(term)
            if modifier:
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
            elif mechanism is None or (mechanism[4] and mechanism[2].lower() not in PREFIXED):
                raise SpfError(f"The SPF record of {domain} cannot be read: {_quoted(term)}.")
            elif not is_done:  # nothing counts behind `all`, RFC 7208 5.1
                is_done = mechanism[2].lower() == "all"
                self._apply(domain, mechanism, above)
        if redirect and not is_done:
            self._count()
            self._include(redirect, (*above, domain))

    def _terms(self, domain: str) -> list[str]:
        texts = [text for text in self._ask(domain, "TXT", _text) if RECORD.match(text)]
        if len(texts) != 1:
            raise SpfError(f"{domain} has {'no SPF record' if not texts else 'more than one SPF record'}.")
        if len(texts[0]) > LONGEST_RECORD or not texts[0].isascii():
            raise SpfError(f"The SPF record of {domain} is no text of at most {LONGEST_RECORD} characters.")
        return [term for term in texts[0].decode("ascii").split(" ")[1:] if term]

    def _apply(self, domain: str, mechanism: re.Match[str], above: tuple[str, ...]) -> None:
        """Add what a mechanism lets send. One that lets nobody send is not followed."""
        passes, kind, value = mechanism[1] in ("", "+"), mechanism[2].lower(), mechanism[3] or ""
        if kind in COUNTED:
            self._count()
        if not passes:
            return
        if kind == "all":
            raise SpfError(f"The SPF record of {domain} lets everybody send.")
        if kind in ("ip4", "ip6"):
            self._add_written(value + mechanism[4], kind)
        elif kind == "include":
            self._include(value, (*above, domain))
        elif kind in ("a", "mx"):
            self._add_named(kind, value or domain, mechanism[4])
        else:
            self._left_out.append(f"{kind} names no network, and is left out")

    def _include(self, value: str, above: tuple[str, ...]) -> None:
        name = domain_name(value)
        if name:
            self._follow(name, above)
        else:
            self._left_out.append(f"{_quoted(value)} depends on the sender or is no domain, and is left out")

    def _add_written(self, text: str, kind: str) -> None:
        network: Network | None
        try:
            network = parse_network(text)
        except ValueError:
            network = _rounded(text)
        if network is None or network.version != int(kind[-1]):
            raise SpfError(f"The SPF record cannot be read: {kind}:{_quoted(text)}.")
        self._add(network)

    def _add_named(self, kind: str, value: str, prefixes: str) -> None:
        name = domain_name(value)
        if not name:
            self._left_out.append(f"{kind}:{_quoted(value)} depends on the sender or is no domain, and is left out")
            return
        four, _, six = prefixes.partition("//")
        widths = {4: int(four.strip("/") or 32), 6: int(six or 128)}
        if widths[4] > BITS[4] or widths[6] > BITS[6]:
            raise SpfError(f"The SPF record cannot be read: {kind}:{name}{prefixes}.")
        for host in self._hosts(kind, name):
            for address in self._addresses(host):
                self._add(around(address, widths[address.version]))

    def _hosts(self, kind: str, name: str) -> Iterable[str]:
        if kind == "a":
            return (name,)
        hosts = self._ask(name, "MX", lambda record: str(record.exchange))
        if len(hosts) > MOST_EXCHANGERS:
            raise SpfError(f"{name} has more than {MOST_EXCHANGERS} mail exchangers, which SPF does not allow.")
        return filter(None, map(domain_name, hosts))

    def _addresses(self, host: str) -> Iterator[Address]:
        found = [
            parse_network(text)
            for kind in ("A", "AAAA")
            for text in self._ask(host, kind, lambda record: str(record.address), is_part=True)
        ]
        if not found:
            self._void(host)
        return (Address(one.version, one.first) for one in found)

    def _add(self, network: Network) -> None:
        if network.prefix < WIDEST[network.version]:
            self._left_out.append(f"{network} is wider than /{WIDEST[network.version]}, and is left out")
        elif reserved := reserved_part(network):
            self._left_out.append(f"{network} is left out: {reserved.reason}")
        else:
            self._found[network] = None
            if len(self._found) > MOST_NETWORKS:
                raise SpfError(f"The SPF record names more than {MOST_NETWORKS} networks.")

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise SpfError(f"The SPF record needs more than {MOST_LOOKUPS} look-ups, which SPF does not allow.")

    def _void(self, name: str) -> None:
        self._voids += 1
        if self._voids > MOST_VOID:
            raise SpfError(f"More than {MOST_VOID} names of the SPF record do not exist, the last of them {name}.")

    def _ask(self, name: str, kind: str, read: Callable[[Any], Any], is_part: bool = False) -> list[Any]:
        """What the records of a name say. One that finds nothing counts, unless it `is_part` of a look-up."""
        if self._clock() > self._end:
            raise SpfError("The name servers took too long to answer.")
        try:
            found = [read(record) for record in self._records.records(name, kind)]
        except NoAnswer:
            raise SpfError(f"{name} could not be looked up just now: no name server answered.") from None
        if not found and not is_part:
            self._void(name)
        return found


def _text(record: Any) -> bytes:
    return b"".join(record.strings)


def _rounded(text: str) -> Network | None:
    """A network that is written with bits behind its prefix, as SPF allows; None where it is none."""
    base, _, prefix = text.partition("/")
    try:
        [address, width] = parse_network(base), int(prefix)
    except ValueError:
        return None
    fits = prefix.isascii() and width <= BITS[address.version]
    return around(Address(address.version, address.first), width) if fits else None


def _check_amount(domain: str, networks: Iterable[Network]) -> None:
    """Refuse what covers too much of the internet, however it is cut into pieces."""
    amounts = dict.fromkeys(BITS, 0)
    for network in networks:
        amounts[network.version] += network.last - network.first + 1
    if any(amounts[version] > MOST_ADDRESSES[version] for version in BITS):
        raise SpfError(f"The SPF record of {domain} names more addresses than any mail provider has.")


def _quoted(text: str) -> str:
    """A stranger's text as it may stand in a sentence."""
    return repr("".join(sign if sign.isprintable() else "?" for sign in text[:60]))
