"""How the zone is found: its name servers and their addresses, the records of the parent zone, and where resolvers ask.

It reads settings and opens no socket. The lines for each resolver program are in resolvers.py.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reputation.settings import ListenAddress, bracketed

DNS_PORT = 53  # which whoever follows a delegation asks: an NS record names no port
HERE = "here"  # the way of a resolver on this machine
LOOPBACKS = {4: "127.0.0.1", 6: "::1"}


class Way(NamedTuple):
    """A way by which a resolver can ask: `words` say who can take it, `doors` are the addresses and ports to ask."""

    id: str
    words: str
    doors: tuple[ListenAddress, ...]


@dataclass(frozen=True)
class Delegation:
    """What is served where: the zone, the addresses and ports of `dns`, and the name servers that were set, if any."""

    zone: str
    doors: Sequence[ListenAddress]
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)  # names, each with its addresses

    @property
    def name_servers(self) -> dict[str, Sequence[str]]:
        """Return the zone's name servers, the primary first, with their addresses: those that were set, or `ns.<zone>`.

        Without a setting its addresses are the concrete ones of `dns`; a loopback address is one only where nobody but
        this machine can ask. Where DNS is served on every address of a machine, nobody knows which one others reach:
        then there is none.
        """
        return dict(self.given) or {f"ns.{self.zone}": _served(self.doors)}

    @property
    def lacks(self) -> str:
        """Return what keeps others from finding the zone, and what to set; "" where nothing does."""
        if not self.doors:
            return ""
        if self.given:
            return self._lacks_an_address()
        addresses, ns, where = _served(self.doors), f"ns.{self.zone}", _listed(self.doors)
        everywhere = [door for door in self.doors if _is_wildcard(door[0])]
        if not addresses or self._hides_ipv4(everywhere, addresses):
            kind = "IPv4 address" if addresses else "address"
            return (
                f"The zone's name server {ns} has no {kind}: dns listens on {_listed(everywhere)}, which is every "
                "address of this machine, and a resolver that follows a delegation must know one. Set dns to the "
                f'address that resolvers reach, as in 192.0.2.53:53, or name it: nameserver = ["{ns}=192.0.2.53"].'
            )
        if _is_loopback(addresses[0]):
            return (
                f"Only this machine can ask by DNS, because dns listens on {where}. For resolvers and mail servers "
                "elsewhere, set dns to an address of this machine that they reach, as in 192.0.2.53:53."
            )
        if not any(port == DNS_PORT and host in addresses for host, port in self.doors):
            return (
                f"A resolver that follows a delegation asks port {DNS_PORT}, and dns listens on {where}. Set dns to "
                f"port {DNS_PORT}; or, where a firewall hands port {DNS_PORT} on to it, name the address that "
                f'resolvers reach: nameserver = ["{ns}={addresses[0]}"].'
            )
        return ""

    @property
    def is_found(self) -> bool:
        """Tell whether a resolver that follows a delegation reaches us."""
        return bool(self.doors) and not self.lacks

    @property
    def is_for_this_machine(self) -> bool:
        """Tell whether nobody but this machine can ask."""
        return all(_is_loopback(host) for host, _ in self.doors)

    @property
    def parent_zone(self) -> str:
        """Return the zone above, such as example.org; "." where there is none but the root."""
        return self.zone.partition(".")[2] or "."

    @property
    def parent_records(self) -> str:
        """Return the records that delegate the zone, as lines of the parent's file: NS, and glue (RFC 1034 4.2.1).

        Only a name server in the zone itself needs glue; every other has its address in a zone of its own.
        """
        rows = [(self.zone, "NS", f"{name}.") for name in self.name_servers]
        for name, addresses in self.name_servers.items():
            if self._holds(name):
                rows += [(name, "AAAA" if ":" in address else "A", address) for address in addresses]
        width = max(len(owner) for owner, _, _ in rows) + 1
        return "\n".join(f"{owner + '.':<{width}} IN {kind:<4} {value}" for owner, kind, value in rows)

    def ways(self, own: Iterable[str]) -> list[Way]:
        """Return the ways by which a resolver can ask, the most usual first; `own` are the addresses of this machine.

        Name servers that were set come first: their addresses may be those of a router that hands port 53 on. Where DNS
        is served on every address, each of `own` is a way. A loopback address is a way for this machine alone.
        """
        named = tuple((each, DNS_PORT) for addresses in self.given.values() for each in addresses if _is_reached(each))
        concrete = tuple(door for door in self.doors if _is_reached(door[0]))
        found = [_way(named), _way(concrete)]
        for host, port in self.doors:
            if _is_wildcard(host):
                reached = (each for each in own if _version(each) == _version(host) and _is_reached(each))
                found += [_way(((each, port),)) for each in reached]
        local = tuple(
            (_loopback_of(host), port) for host, port in self.doors if _is_wildcard(host) or _is_loopback(host)
        )
        if local:
            found.append(Way(HERE, f"on Gatepost's own machine, asking at {_listed(local)}", local))
        return list({way.doors: way for way in found if way.doors}.values())

    def _lacks_an_address(self) -> str:
        bare = [name for name, addresses in self.given.items() if not addresses and self._holds(name)]
        if not bare:
            return ""
        return (
            f"The name server {bare[0]} lies in the zone and has no address: a resolver that follows a delegation "
            f'finds nobody to ask. Write its address: nameserver = ["{bare[0]}=192.0.2.53"].'
        )

    def _hides_ipv4(self, everywhere: Sequence[ListenAddress], addresses: Sequence[str]) -> bool:
        """Whether IPv4 is served on every address and the name server has none: few resolvers ask by IPv6 alone."""
        return any(_version(host) == 4 for host, _ in everywhere) and all(_version(each) == 6 for each in addresses)

    def _holds(self, name: str) -> bool:
        return name == self.zone or name.endswith(f".{self.zone}")


def shown(door: ListenAddress) -> str:
    """Return an address and port as people write them: `192.0.2.53:53`, `[2001:db8::53]:53`."""
    return f"{bracketed(door[0])}:{door[1]}"


def _served(doors: Sequence[ListenAddress]) -> tuple[str, ...]:
    """The addresses of `dns` that a name server has."""
    concrete = tuple(dict.fromkeys(host for host, _ in doors if not _is_wildcard(host) and not _is_link_local(host)))
    others = tuple(host for host in concrete if not _is_loopback(host))
    if others or any(_is_wildcard(host) for host, _ in doors):
        return others  # 127.0.0.1 would send a resolver elsewhere to itself
    return concrete


def _way(doors: tuple[ListenAddress, ...]) -> Way:
    return Way(",".join(map(shown, doors)), f"reaching Gatepost at {_listed(doors)}", doors)


def _listed(doors: Sequence[ListenAddress]) -> str:
    return " and ".join(map(shown, doors))


def _version(host: str) -> int:
    return ipaddress.ip_address(host).version


def _is_wildcard(host: str) -> bool:
    return ipaddress.ip_address(host).is_unspecified


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _is_link_local(host: str) -> bool:
    return ipaddress.ip_address(host).is_link_local


def _is_reached(host: str) -> bool:
    """Whether another machine may reach it; an address of one link needs the link's name beside it."""
    return not (_is_wildcard(host) or _is_loopback(host) or _is_link_local(host))


def _loopback_of(host: str) -> str:
    return LOOPBACKS[_version(host)] if _is_wildcard(host) else host
