"""Opening a door, or saying why not: who holds the port, what right is missing, which address is not ours."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dnsd.server import DnsServer
from dnsd.sockets import RECEIVE_BUFFER, SO_RCVBUFFORCE, BindError, bind
from tests.dnsd.desk import Desk
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., DnsServer]


def test_a_port_that_this_program_holds_is_said_to_be_given_twice(desk: Desk, start: Start):
    port = start(desk).addresses[0][1]

    with pytest.raises(
        BindError, match=rf"^DNS cannot be served on 127.0.0.1 port {port}: this program holds UDP port {port} of 127"
    ):
        start(desk, [("127.0.0.1", port)])


def test_no_door_stays_open_when_one_cannot_be_opened(desk: Desk, start: Start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = free_port()
        server = DnsServer(desk.resolver, [("127.0.0.1", port), ("127.0.0.1", taken.getsockname()[1])])
        with pytest.raises(BindError):
            server.start()

        assert server.addresses == []
    start(desk, [("127.0.0.1", port)])


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("192.0.2.1", 5300, "no interface of this machine has this address"),
        ("localhost", 5300, "write an address of this machine"),
        ("127.0.0.1", 70000, "write an address of this machine"),
        ("", 5300, "write an address of this machine"),
    ],
)
def test_an_address_that_cannot_be_had_is_explained(desk: Desk, start: Start, host: str, port: int, sentence: str):
    with pytest.raises(BindError, match=sentence):
        start(desk, [(host, port)])


def test_a_port_below_1024_without_the_privilege_is_explained():
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 1 or os.geteuid() != 0:
        pytest.skip("needs root to become nobody, and a kernel that guards low ports")
    program = (
        "import os\nfrom dnsd.sockets import BindError, bind\n"
        "bind('127.0.0.1', 0).close()  # while the library can still be read\nos.setuid(65534)\n"
        "try:\n    bind('127.0.0.1', 1)\nexcept BindError as error:\n    print(error)\n"
    )

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in said


def test_a_receive_buffer_that_the_kernel_caps_is_said(desk: Desk, start: Start, caplog: pytest.LogCaptureFixture):
    capped = int(Path("/proc/sys/net/core/rmem_max").read_text()) < RECEIVE_BUFFER and not may_force()

    with caplog.at_level(logging.WARNING):
        start(desk)

    assert any("net.core.rmem_max" in record.getMessage() for record in caplog.records) == capped


def test_whoever_may_has_the_whole_receive_buffer_whatever_the_kernels_bound():
    door = bind("127.0.0.1", 0, threads=2)
    bound = int(Path("/proc/sys/net/core/rmem_max").read_text())
    wanted = RECEIVE_BUFFER if may_force() else min(RECEIVE_BUFFER, bound)
    try:
        assert {udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2 for udp in door.udp} == {wanted}
    finally:
        door.close()


def may_force() -> bool:
    """Whether this process may have a larger receive buffer than others."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except PermissionError:
            return False
    return True


def test_replies_over_ipv4_may_not_be_cut_into_fragments(desk: Desk, start: Start):
    """RFC 9715 3.1, R2: with this choice of IP_MTU_DISCOVER (10), 3, Linux sets Don't Fragment whatever it was told."""
    door = bind("127.0.0.1", 0, threads=2)
    try:
        assert [udp.getsockopt(socket.IPPROTO_IP, 10) for udp in door.udp] == [3, 3]
    finally:
        door.close()
