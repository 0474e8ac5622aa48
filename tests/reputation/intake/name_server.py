"""A name server of the tests: records that a test writes, answered over UDP and TCP on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from dnslib import AAAA, MX, QTYPE, RCODE, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from reputation.intake.txt_records import TxtRecords

PIECE = 200  # octets of a TXT record in one string, of 255 at most


class Records(BaseResolver):
    """What is answered, by name and type: texts as in a zone file. A name in `broken` is answered with SERVFAIL."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], list[str]] = {}
        self.broken: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.delay = 0.0  # seconds before each answer
        self.port = 0

    def spf(self, domain: str, *texts: str) -> None:
        """Give a domain these TXT records."""
        self.texts[domain, "TXT"] = list(texts)

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        name, kind, reply = str(request.q.qname).lower().rstrip("."), QTYPE[request.q.qtype], request.reply()
        self.asked.append((name, kind))
        time.sleep(self.delay)
        if name in self.broken:
            reply.header.rcode = RCODE.SERVFAIL
        elif not any(one == name for one, _ in self.texts):
            reply.header.rcode = RCODE.NXDOMAIN
        for text in self.texts.get((name, kind), ()):
            reply.add_answer(RR(name, request.q.qtype, rdata=_data(kind, text), ttl=60))
        return reply

    def client(self, patience: float = 2.0) -> TxtRecords:
        """Return what asks this server."""
        return TxtRecords(["127.0.0.1"], port=self.port, patience=patience)


@contextmanager
def serving() -> Iterator[Records]:
    """Serve records until the end of the block."""
    made = Records()
    servers = _servers(made)
    for server in servers:
        server.start_thread()
    yield made
    for server in servers:
        server.server.shutdown()
        server.server.server_close()


def _servers(made: Records) -> list[DNSServer]:
    """A server for UDP and one for TCP on the same port, which somebody else may have taken for one of them."""
    quiet = DNSLogger("-recv,-send,-request,-reply,-truncated,-error,-data")
    for _ in range(20):
        tcp = DNSServer(made, address="127.0.0.1", port=0, tcp=True, logger=quiet)
        made.port = tcp.server.server_address[1]
        try:
            return [tcp, DNSServer(made, address="127.0.0.1", port=made.port, logger=quiet)]
        except OSError:
            tcp.server.server_close()
    raise OSError("no port is free for both UDP and TCP")


def _data(kind: str, text: str) -> object:
    if kind == "TXT":
        octets = text.encode("utf-8", "surrogateescape")
        return TXT([octets[at : at + PIECE] for at in range(0, len(octets), PIECE)])
    return MX(text, 10) if kind == "MX" else (A if kind == "A" else AAAA)(text)
