"""Asking on real sockets, over UDP and over TCP."""

from __future__ import annotations

import socket

from tests.dnsd import cast, wire

WAIT = 10.0  # seconds for an answer that must come
LISTED = wire.query(cast.reversed_name("203.0.113.2"))
PROBE = wire.query("probe.example", id=0xFFFE)


class Udp:
    """Asks over UDP from one socket."""

    name = "udp"

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(WAIT)
        self._socket.connect(address)

    def send(self, packet: bytes) -> None:
        self._socket.send(packet)

    def receive(self) -> bytes:
        return self._socket.recv(65535)

    def ask(self, packet: bytes) -> wire.Reply:
        self.send(packet)
        return wire.read(self.receive())

    def is_silent(self, packet: bytes) -> bool:
        """Whether the packet gets no answer: the question sent after it is answered first."""
        self.send(packet)
        self.send(PROBE)
        return wire.read(self.receive()).id == 0xFFFE

    def close(self) -> None:
        self._socket.close()


class From(Udp):
    """Asks over UDP from an address of its own."""

    def __init__(self, source: str, address: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(WAIT)
        self._socket.bind((source, 0))
        self._socket.connect(address)


class Tcp:
    """Asks over TCP, one connection for all that a test asks."""

    name = "tcp"

    def __init__(self, address: tuple[str, int], source: str | None = None) -> None:
        self.socket = socket.create_connection(address, WAIT, (source, 0) if source else None)

    def send(self, packet: bytes) -> None:
        self.socket.sendall(wire.framed(packet))

    def receive(self) -> bytes:
        """The next message; EOFError when the server has closed."""
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def ask(self, packet: bytes) -> wire.Reply:
        self.send(packet)
        return wire.read(self.receive())

    def is_silent(self, packet: bytes) -> bool:
        self.send(packet)
        self.send(PROBE)
        return wire.read(self.receive()).id == 0xFFFE

    def is_closed(self) -> bool:
        """Waits for the server's end of the connection; False if it sends something instead."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.socket.close()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("the server closed the connection")
            data += more
        return data


def numbered(id: int) -> bytes:
    """A listed address, asked under this ID."""
    return wire.query(cast.reversed_name("203.0.113.2"), id=id)


def is_answered(client: Udp | Tcp) -> bool:
    return client.ask(LISTED).addresses == ["127.0.0.2"]
