"""Who holds an address and port that cannot be had: read from /proc, as `ss -lpn` does, by the rules of Linux.

A socket on one address is in the way of that address and of the wildcard, and one on the wildcard of every address; an
IPv6 wildcard may hold IPv4, too. It opens no socket.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

LISTENING, TIME_WAIT = "0A", "06"  # states in /proc/net/tcp
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Owner(NamedTuple):
    """A socket in the way: the address that it holds, and the program behind it; "" and 0 where that is not told."""

    transport: str  # "udp" or "tcp"
    host: str
    port: int
    program: str
    process: int

    @property
    def is_this_program(self) -> bool:
        """Tell whether it is a socket of this process."""
        return self.process == os.getpid()


class _Held(NamedTuple):
    """A socket as /proc lists it; `rank` orders those in the way, the surest first."""

    rank: int
    host: str
    inode: str


def owner(host: str, port: int, transport: str) -> Owner | None:
    """Return who keeps an address, or 0.0.0.0 or ::, from being bound by "udp" or "tcp"; None where nobody is seen."""
    wanted = ipaddress.ip_address(host)
    found = sorted(_in_the_way(wanted, port, transport), key=lambda held: held.rank)
    processes = _processes({held.inode for held in found})
    owners = [(held, Owner(transport, held.host, port, *processes.get(held.inode, ("", 0)))) for held in found]
    # Ours never hold IPv4 by an IPv6 wildcard.
    return next((each for held, each in owners if not (held.rank % 3 == 2 and each.is_this_program)), None)


def _in_the_way(wanted: IPAddress, port: int, transport: str) -> Iterator[_Held]:
    for table in (transport, transport + "6"):
        for fields in _rows(table):
            address, _, number = fields[1].rpartition(":")
            if int(number, 16) != port or (transport == "tcp" and fields[3] == TIME_WAIT):
                continue
            held = _address(address)
            rank = _rank(held, wanted)
            if rank >= 0:
                # A connection from that port is in the way as well, if no server is.
                later = 3 if transport == "tcp" and fields[3] != LISTENING else 0
                yield _Held(rank + later, str(held), fields[9])


def _rank(held: IPAddress, wanted: IPAddress) -> int:
    """How surely a socket is in the way: 0 on the address itself, 1 by a wildcard, 2 perhaps; -1 if it is not."""
    if held.version == wanted.version:
        return 0 if held == wanted else 1 if held.is_unspecified or wanted.is_unspecified else -1
    # Whether an IPv6 wildcard holds IPv4, too, /proc does not tell. Ours do not: bindv6only.
    return 2 if held.version == 6 and held.is_unspecified else -1


def _rows(table: str) -> Iterator[list[str]]:
    with contextlib.suppress(OSError):  # no IPv6 on this machine
        yield from (line.split() for line in Path("/proc/net", table).read_text().splitlines()[1:])


def _address(text: str) -> IPAddress:
    """An address in /proc/net: words of 32 bits in the byte order of the machine; a mapped one is the IPv4 address."""
    words = (int(text[at : at + 8], 16) for at in range(0, len(text), 8))
    octets = b"".join(struct.pack("=I", word) for word in words)
    address = ipaddress.ip_address(octets)
    return getattr(address, "ipv4_mapped", None) or address


def _processes(inodes: Iterable[str]) -> dict[str, tuple[str, int]]:
    """The name and number of the process behind each socket, as far as we may see them."""
    sockets = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, tuple[str, int]] = {}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        with contextlib.suppress(OSError):  # it ended, or it is another user's
            for entry in (process / "fd").iterdir():
                if inode := sockets.get(_link(entry)):
                    found[inode] = ((process / "comm").read_text().strip(), int(process.name))
    return found


def _link(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:  # closed since it was listed
        return ""
