"""What tests of complaints share: a key, signatures made with it, and a name server that knows it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSServer

HEADERS = [b"from", b"to", b"subject", b"mime-version", b"content-type"]


class Zone(BaseResolver):
    """A name server that knows one key, and fails where it is told to."""

    def __init__(self, key: bytes) -> None:
        self.key, self.port, self.fails = key, 0, False
        self.asked: list[str] = []

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        name, reply = str(request.q.qname).lower(), request.reply()
        self.asked.append(name)
        if self.fails or name.startswith("broken."):
            reply.header.rcode = RCODE.SERVFAIL
        elif name.startswith("s1._domainkey."):
            text = b"v=DKIM1; k=rsa; p=" + self.key
            reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT([text[:200], text[200:]]), ttl=60))
        else:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file: Path = tmp_path_factory.mktemp("keys") / "private.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", file, "1024"], check=True, capture_output=True)
    return file.read_bytes()


@pytest.fixture(scope="session")
def public(private: bytes) -> bytes:
    done = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, check=True, capture_output=True
    )
    return base64.b64encode(done.stdout)


@pytest.fixture(scope="session")
def served(public: bytes) -> Iterator[Zone]:
    made = Zone(public)
    server = DNSServer(made, address="127.0.0.1", port=0)
    server.start_thread()
    made.port = server.server.server_address[1]
    yield made
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def zone(served: Zone) -> Zone:
    served.asked, served.fails = [], False
    return served


def signed(
    content: bytes, private: bytes, domain: str = "provider.example", selector: str = "s1", **more: object
) -> bytes:
    options = {"include_headers": HEADERS, "canonicalize": (b"relaxed", b"relaxed"), **more}
    return dkim.sign(content, selector.encode(), domain.encode(), private, **options) + content
