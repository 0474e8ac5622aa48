"""The cast's snapshot behind a resolver at a desk, and the same on real sockets over UDP and TCP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dnsd.server import DnsServer
from tests.dnsd import cast
from tests.dnsd.ask import Tcp, Udp
from tests.dnsd.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(cast.snapshot())


@pytest.fixture
def make_desk() -> type[Desk]:
    return Desk


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[str, int]]:
    """The address of a server with the cast's snapshot; shared, so nothing may be changed through it."""
    server = DnsServer(Desk(cast.snapshot()).resolver, [("127.0.0.1", 0)])
    server.start()
    yield server.addresses[0]
    server.stop()


@pytest.fixture(scope="session")
def served_empty() -> Iterator[tuple[str, int]]:
    """A server to which nothing was published yet."""
    server = DnsServer(Desk().resolver, [("127.0.0.1", 0)])
    server.start()
    yield server.addresses[0]
    server.stop()


@pytest.fixture(params=[Udp, Tcp], ids=["udp", "tcp"])
def transport(request: pytest.FixtureRequest) -> type[Udp] | type[Tcp]:
    kind: type[Udp] | type[Tcp] = request.param
    return kind


@pytest.fixture
def door(served: tuple[str, int], transport: type[Udp] | type[Tcp]) -> Iterator[Udp | Tcp]:
    """The shared server, asked over UDP and then over TCP."""
    client = transport(served)
    yield client
    client.close()


@pytest.fixture
def start() -> Iterator[Callable[..., DnsServer]]:
    """Starts servers of a test's own, and stops them."""
    servers: list[DnsServer] = []

    def start(desk: Desk, doors: list[tuple[str, int]] | None = None, **settings: object) -> DnsServer:
        server = DnsServer(desk.resolver, doors or [("127.0.0.1", 0)], **settings)  # type: ignore[arg-type]
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
