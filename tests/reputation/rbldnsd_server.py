"""A real rbldnsd on a free port of loopback, and what it answers."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.debian import libraries, need
from tests.ports import free_port

ZONE = "bl.example"


@contextmanager
def rbldnsd(*data_sets: str) -> Iterator[int]:
    """Run it with these data sets (`ZONE:TYPE:FILE`) and yield its port."""
    root = need("rbldnsd")
    port = free_port()
    user = ["-u", "65534:65534"] if os.geteuid() == 0 else []
    command = [root / "usr/sbin/rbldnsd", "-n", *user, "-b", f"127.0.0.1/{port}", *data_sets]
    environment = os.environ | {"LD_LIBRARY_PATH": libraries(root)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield port
        finally:
            process.terminate()


def answers(port: int, names: list[str]) -> list[list[str]]:
    """The A values of each answer, sorted; none where it is not listed, another word where it is not served."""
    return [_values(reply, begin) for reply, begin in _asked(port, names, b"\0\1")]


def texts(port: int, names: list[str]) -> list[str]:
    """The text of the first TXT record of each answer; "" where there is none."""
    found = []
    for reply, begin in _asked(port, names, b"\0\x10"):
        has_one = reply and struct.unpack_from("!H", reply, 6)[0]
        found.append(reply[begin + 13 :][: reply[begin + 12]].decode() if has_one else "")
    return found


def _asked(port: int, names: list[str], kind: bytes) -> Iterator[tuple[bytes, int]]:
    """Each reply, and where its records begin; an empty one where nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.connect(("127.0.0.1", port))
        for number, name in enumerate(names):
            labels = b"".join(bytes([len(label)]) + label.encode() for label in f"{name}.{ZONE}".split("."))
            packet = struct.pack("!6H", number & 0xFFFF, 0, 1, 0, 0, 0) + labels + b"\0" + kind + b"\0\1"
            yield _reply(asking, packet), len(packet)


def _reply(asking: socket.socket, packet: bytes) -> bytes:
    for _ in range(20):  # it may not have opened its door yet
        try:
            asking.send(packet)
            return asking.recv(1024)
        except OSError:
            time.sleep(0.1)
    return b""


def _values(reply: bytes, begin: int) -> list[str]:
    if not reply:
        return ["silent"]
    code, count = reply[3] & 15, struct.unpack_from("!H", reply, 6)[0]
    if code not in (0, 3):
        return [f"rcode {code}"]
    # each record: a pointer to the name, type, class, TTL, length, and the four octets
    return sorted(socket.inet_ntoa(reply[begin + 16 * place + 12 :][:4]) for place in range(count))


def reversed_name(value: object) -> str:
    """The address as the labels of a query."""
    text = getattr(value, "reverse_pointer")  # noqa: B009
    return str(text).removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


@contextmanager
def readable_folder() -> Iterator[Path]:
    """A folder that anybody may read: rbldnsd gives up root's rights before it reads."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
