"""A program for a network of its own: asks two addresses of one IPv6 wildcard door, prints those that answered."""

from __future__ import annotations

import contextlib
import socket
import subprocess

from dnsd.server import DnsServer
from tests.dnsd import cast
from tests.dnsd.ask import Tcp, Udp, is_answered
from tests.dnsd.desk import Desk

ADDRESSES = ("2001:db8::5", "2001:db8::6")


def main() -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in ADDRESSES:
        subprocess.run(["ip", "addr", "add", f"{address}/128", "dev", "lo", "nodad"], check=True)
        wait_for(address)
    server = DnsServer(Desk(cast.snapshot()).resolver, [("::", 0)])
    server.start()
    for address in ADDRESSES:
        for kind in (Udp, Tcp):
            with contextlib.closing(kind((address, server.addresses[0][1]))) as client:
                assert is_answered(client)
        print(address)
    server.stop()


def wait_for(address: str) -> None:
    """Until a datagram to the address arrives: the kernel adds its route a little after `ip` has ended."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ours:
        ours.bind(("::", 0))
        ours.settimeout(0.05)
        for _ in range(200):
            with contextlib.suppress(OSError):
                ours.sendto(b"here", (address, ours.getsockname()[1]))
                ours.recv(4)
                return
    raise RuntimeError(f"{address} was added and no datagram arrives at it")


if __name__ == "__main__":
    main()
