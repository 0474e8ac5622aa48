"""Who holds an address and port: the program that holds that very address, by UDP and TCP, IPv4 and IPv6."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dnsd.port_owner import owner
from dnsd.sockets import BindError, bind
from tests.ports import free_port

HOLDER = """
import socket, sys
kind, host, port, name, both = sys.argv[1:]
made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, getattr(socket, kind))
if ":" in host:
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(both != "both"))
made.bind((host, int(port)))
if kind == "SOCK_STREAM":
    made.listen()
if name:
    open("/proc/self/comm", "w").write(name)
print(made.getsockname()[1], flush=True)
sys.stdin.read()
"""
KINDS = {"udp": "SOCK_DGRAM", "tcp": "SOCK_STREAM"}


@contextlib.contextmanager
def holding(transport: str, host: str, port: int = 0, name: str = "", both: bool = False) -> Iterator[tuple[int, int]]:
    """The time while another program holds it: the port, and the number of the process. `both`: IPv4 by ::, too."""
    words = (KINDS[transport], host, str(port or free_port()), name, "both" if both else "")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield int(process.stdout.readline()), process.pid
        process.stdin.close()


def refusal(host: str, port: int) -> str:
    """What is said when the address and port cannot be had."""
    with pytest.raises(BindError) as refused:
        bind(host, port).close()
    return str(refused.value)


@pytest.mark.parametrize("transport", KINDS)
@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("::1", "::1"),
        ("::", "::1"),
        ("::1", "::"),
    ],
)
def test_who_is_in_the_way_is_named_with_the_address(transport: str, held: str, wanted: str) -> None:
    with holding(transport, held) as (port, process):
        said = refusal(wanted, port)

        assert f"(process {process}) holds {transport.upper()} port {port} of {held}. Stop it" in said
        found = owner(wanted, port, transport)
        assert found is not None and (found.host, found.process) == (held, process)


@pytest.mark.parametrize("transport", KINDS)
def test_of_two_programs_on_one_port_the_one_on_that_address_is_named(transport: str) -> None:
    with (
        holding(transport, "127.0.0.53", name="systemd-resolve") as (port, _),
        holding(transport, "127.0.0.9", port, name="unbound") as (_, process),
    ):
        said = refusal("127.0.0.9", port)
        assert (
            f"unbound (process {process}) holds {transport.upper()} port {port} of 127.0.0.9. Stop it, or take" in said
        )
        assert "resolve" not in said
        bind("127.0.0.10", port).close()


@pytest.mark.parametrize("transport", KINDS)
def test_by_the_transport_that_was_refused(transport: str) -> None:
    other = {"udp": "tcp", "tcp": "udp"}[transport]
    with holding(other, "127.0.0.53", name="dnsmasq") as (port, _), holding(transport, "127.0.0.9", port, name="named"):
        assert f"holds {transport.upper()} port {port} of 127.0.0.9" in refusal("127.0.0.9", port)


@pytest.mark.parametrize("transport", KINDS)
def test_an_ipv6_wildcard_that_holds_ipv4_as_well_is_named_and_one_that_does_not_is_in_nobodys_way(
    transport: str,
) -> None:
    with holding(transport, "::", both=True) as (port, process):
        assert f"(process {process}) holds {transport.upper()} port {port} of ::" in refusal("127.0.0.1", port)
    with holding(transport, "::") as (port, _):
        bind("127.0.0.1", port).close()
    with holding(transport, "127.0.0.1") as (port, _):
        bind("::", port).close()


def test_a_program_on_ipv4_by_a_mapped_address_is_named() -> None:
    with holding("tcp", "::ffff:127.0.0.1", both=True) as (port, process):
        assert f"(process {process}) holds TCP port {port} of 127.0.0.1" in refusal("127.0.0.1", port)


@pytest.mark.parametrize(
    ("held", "wanted", "way_out"),
    [
        (
            "127.0.0.53",
            "127.0.0.53",
            "Stop it, or set DNSStubListener=no in /etc/systemd/resolved.conf, or take another",
        ),
        ("127.0.0.53", "0.0.0.0", "or leave it, and name with --dns the addresses on which Gatepost shall answer"),
        ("127.0.0.9", "127.0.0.9", "take the address out of DNSStubListenerExtra="),
    ],
)
def test_systemd_resolved_is_named_for_its_own_addresses_with_the_way_out(held: str, wanted: str, way_out: str) -> None:
    with holding("udp", held, name="systemd-resolve") as (port, process):
        said = refusal(wanted, port)

        assert f"systemd-resolve (process {process}) holds UDP port {port} of {held}." in said and way_out in said


def test_a_door_of_this_program_that_is_in_the_way_is_told_apart_from_one_that_is_not() -> None:
    ours = bind("127.0.0.9", 0)
    port = ours.address[1]
    try:
        assert re.search(rf"this program holds UDP port {port} of 127.0.0.9 already", refusal("0.0.0.0", port))
        with holding("udp", "127.0.0.1", port) as (_, process):
            assert f"(process {process}) holds UDP port {port} of 127.0.0.1" in refusal("127.0.0.1", port)
    finally:
        ours.close()


def test_a_connection_from_that_port_is_in_the_way_where_no_server_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.bind(("127.0.0.9", 0))
        client.connect(server.getsockname())
        port = client.getsockname()[1]

        found = owner("127.0.0.9", port, "tcp")

        assert found is not None and found.process == os.getpid() and found.host == "127.0.0.9"
        assert owner("127.0.0.10", port, "tcp") is None


def test_where_nobody_is_in_the_way_nobody_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, and listening nowhere: /proc lists no such socket
        port = free.getsockname()[1]

        assert owner("127.0.0.1", port, "tcp") is None
        assert f"another program holds TCP port {port} (`ss -lpn sport = :{port}` as root names it)" in refusal(
            "127.0.0.1", port
        )
