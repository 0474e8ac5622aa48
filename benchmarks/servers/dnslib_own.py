"""dnslib's own DNSServer with the shortest resolver that knows the lists: what one gets from the library alone.

Run as a program it is that server: `python -m benchmarks.servers.dnslib_own PORT ARRAYS ZONE`.
"""

from __future__ import annotations

import sys
import threading
from bisect import bisect_right
from pathlib import Path
from typing import Any

import numpy as np
from dnslib import QTYPE, RCODE, RR, SOA, TXT, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from benchmarks.lists import TEXT
from benchmarks.servers.base import Server


class DnslibOwn(Server):
    """dnslib's own server as a process, with our resolver."""

    name = "dnslib, its own server"
    is_slow = True

    def __init__(self, folder: Path, zone: str, arrays: Path) -> None:
        super().__init__(folder)
        self._zone, self._arrays = zone, arrays

    def command(self) -> list[str]:
        """Return the command line that runs this module."""
        return [sys.executable, "-m", __name__, str(self.port), str(self._arrays), self._zone]

    def variables(self) -> dict[str, str]:
        """Return PYTHONPATH, with which the process finds this module."""
        return {"PYTHONPATH": str(Path(__file__).parents[2])}


class ListResolver(BaseResolver):  # type: ignore[misc]
    """A lookup in sorted lists, and an answer of the same records as all others give."""

    def __init__(self, arrays: Any, zone: str) -> None:
        self._labels = len(zone.split("."))
        self._first, self._last = arrays["first"].tolist(), arrays["last"].tolist()
        six = [text.split("/") for text in arrays["six"].tolist()]
        self._first6 = [int(first, 16) for first, _ in six]
        self._last6 = [int(first, 16) | (1 << (128 - int(prefix))) - 1 for first, prefix in six]
        self._soa = RR(
            zone, QTYPE.SOA, ttl=60,
            rdata=SOA("ns.rep.example", "hostmaster.rep.example", (1, 3600, 600, 604800, 60)),
        )  # fmt: skip

    def resolve(self, request: Any, handler: Any) -> Any:
        """Answer a query: with A or TXT where the address is listed, else with NXDOMAIN."""
        reply = request.reply()
        labels = request.q.qname.label[: -self._labels]
        if not self._is_listed(labels):
            reply.header.rcode = RCODE.NXDOMAIN
            reply.add_auth(self._soa)
        elif request.q.qtype == QTYPE.TXT:
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, ttl=300, rdata=TXT(TEXT)))
        else:
            reply.add_answer(RR(request.q.qname, QTYPE.A, ttl=300, rdata=A("127.0.0.2")))
        return reply

    def _is_listed(self, labels: tuple[bytes, ...]) -> bool:
        if len(labels) == 4:
            value = int.from_bytes(bytes(int(label) for label in reversed(labels)))
            first, last = self._first, self._last
        else:
            value = int(b"".join(reversed(labels)), 16)
            first, last = self._first6, self._last6
        at = bisect_right(first, value) - 1
        return at >= 0 and value <= last[at]


def main(port: str, arrays: str, zone: str) -> None:
    """Serve the lists on this port, until the process is ended."""
    resolver = ListResolver(np.load(arrays), zone)
    DNSServer(resolver, address="127.0.0.1", port=int(port), logger=DNSLogger("-request,-reply")).start_thread()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
