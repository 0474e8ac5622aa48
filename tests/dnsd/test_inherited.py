"""Sockets that somebody else has opened are taken where they fit the settings, and refused with a sentence if not."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dnsd import inherited
from dnsd.inherited import PREDECESSOR, SYSTEMD, fitted, from_systemd
from dnsd.server import DnsServer
from dnsd.sockets import RECEIVE_BUFFER, BindError, bind
from tests.dnsd.ask import LISTED, Tcp, Udp
from tests.dnsd.desk import Desk
from tests.ports import free_port

Opened = Callable[..., socket.socket]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens sockets on loopback, as systemd would; they are closed at the end."""
    made: list[socket.socket] = []

    def one(
        kind: int = socket.SOCK_DGRAM, port: int = 0, host: str = "127.0.0.1", listens: bool = True
    ) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
        made.append(sock)
        sock.bind((host, port))
        if kind == socket.SOCK_STREAM and listens:
            sock.listen()
        sock.setblocking(False)
        return sock

    yield one
    for sock in made:
        sock.close()


def pair(opened: Opened, host: str = "127.0.0.1", listens: bool = True) -> tuple[list[socket.socket], int]:
    """UDP and TCP on one port."""
    port = free_port(host)
    return [opened(port=port, host=host), opened(socket.SOCK_STREAM, port, host, listens)], port


@pytest.mark.parametrize("threads", [1, 3])
def test_questions_are_answered_on_sockets_that_were_handed_over(desk: Desk, opened: Opened, threads: int) -> None:
    sockets, port = pair(opened)
    waiting = Udp(("127.0.0.1", port))
    waiting.send(LISTED)  # before anybody reads: the kernel keeps it
    doors = fitted(sockets, [("127.0.0.1", port)], threads, SYSTEMD)
    server = DnsServer(desk.resolver, (), threads=threads, bound=doors)

    server.start()

    try:
        assert server.addresses == [("127.0.0.1", port)] and len(doors[0].udp) == threads
        assert waiting.receive()[3] & 15 == 0
        for client in (Udp, Tcp):
            asking = client(("127.0.0.1", port))
            assert asking.ask(LISTED).rcode == 0
            asking.close()
    finally:
        server.stop()
        waiting.close()


def test_a_door_that_nobody_hands_over_is_opened_here(opened: Opened) -> None:
    sockets, port = pair(opened)

    given, own = fitted(sockets, [("127.0.0.1", port), ("127.0.0.1", 0)], 1, SYSTEMD)

    assert given.udp[0] is sockets[0] and own.address[1] not in (0, port)
    own.close()


def test_a_wider_receive_buffer_is_left_as_it_is(opened: Opened) -> None:
    sockets, port = pair(opened)
    sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * RECEIVE_BUFFER)
    before = sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    fitted(sockets, [("127.0.0.1", port)], 1, SYSTEMD)

    assert sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= before
    assert sockets[0].getblocking() and not sockets[1].getblocking()


def test_the_predecessors_sockets_that_nobody_wants_any_more_are_closed(opened: Opened) -> None:
    kept, port = pair(opened)
    left, _ = pair(opened)

    (door,) = fitted([*left, *kept], [("127.0.0.1", port)], 1, PREDECESSOR)

    assert door.address == ("127.0.0.1", port) and [sock.fileno() for sock in left] == [-1, -1]


def other_port(opened: Opened) -> tuple[list[socket.socket], int]:
    return pair(opened)[0], 1053


def udp_alone(opened: Opened) -> tuple[list[socket.socket], int]:
    sockets, port = pair(opened)
    return sockets[:1], port


def tcp_alone(opened: Opened) -> tuple[list[socket.socket], int]:
    sockets, port = pair(opened)
    return sockets[1:], port


def deaf(opened: Opened) -> tuple[list[socket.socket], int]:
    return pair(opened, listens=False)


def local(opened: Opened) -> tuple[list[socket.socket], int]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.close()
    return [one], 53


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (other_port, "which the setting dns does not name: serve the same addresses and ports in both"),
        (udp_alone, "alone, and DNS needs UDP and TCP: add ListenStream="),
        (tcp_alone, "alone, and DNS needs UDP and TCP: add ListenDatagram="),
        (deaf, "which does not listen"),
        (local, "neither UDP nor TCP of IPv4 or IPv6"),
    ],
)
def test_what_does_not_fit_is_refused_and_closed(
    opened: Opened, make: Callable[[Opened], tuple[list[socket.socket], int]], sentence: str
) -> None:
    sockets, port = make(opened)

    with pytest.raises(BindError, match=f"^systemd hands over .*{sentence}"):
        fitted(sockets, [("127.0.0.1", port)], 1, SYSTEMD)

    assert all(sock.fileno() == -1 for sock in sockets)


def test_a_socket_for_both_ip_versions_is_refused() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        udp.bind(("::", 0))
        with pytest.raises(BindError, match=r"write BindIPv6Only=ipv6-only, and 0\.0\.0\.0 with the port for IPv4"):
            fitted([udp], [("::", udp.getsockname()[1])], 1, SYSTEMD)


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The first descriptor that is handed over: a bound socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        monkeypatch.setattr(inherited, "FIRST", udp.fileno())
        yield udp.fileno()


def variables(names: str = "dns", process: int = 0, count: int = 1) -> dict[str, str]:
    return {
        "LISTEN_PID": str(process or os.getpid()), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": names, "HOME": "/",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["dns", "gatepost-dns.socket", "unknown", ""])
def test_a_descriptor_is_taken_by_its_name_and_its_variables_are_gone(third: int, name: str) -> None:
    environment = variables(name)

    (taken,) = from_systemd(environment)

    assert taken.detach() == third and environment == {"HOME": "/"}
    assert not os.get_inheritable(third), "no child of ours holds the port"


def test_descriptors_of_another_process_are_left_alone(third: int) -> None:
    assert from_systemd(variables(process=1)) == []
    assert from_systemd(variables(process=os.getppid())) == []
    assert from_systemd({}) == []


def test_a_descriptor_of_another_name_is_refused(third: int) -> None:
    with pytest.raises(BindError, match="a descriptor of the name web: those of DNS have FileDescriptorName=dns"):
        from_systemd(variables("web"))


def test_a_number_of_names_that_is_wrong_is_refused(third: int) -> None:
    with pytest.raises(BindError, match="hands over 1 descriptors with 2 names"):
        from_systemd(variables("dns:dns"))


def test_a_descriptor_that_is_no_socket_or_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "file").open("w") as file:
        monkeypatch.setattr(inherited, "FIRST", file.fileno())
        with pytest.raises(BindError, match="which is no socket"):
            from_systemd(variables())
    with pytest.raises(BindError, match="which cannot be used: Bad file descriptor"):
        from_systemd(variables())


def test_without_anything_handed_over_each_door_is_opened(opened: Opened) -> None:
    (door,) = fitted([], [("127.0.0.1", 0)], 1, SYSTEMD)

    with pytest.raises(BindError):
        bind(*door.address)
    door.close()
