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

ZONE = "bl.example"


@contextmanager
def rbldnsd(*data_sets: str) -> Iterator[int]:
    """Run it with these data sets (`ZONE:TYPE:FILE`) and yield its port."""
    root = need("rbldnsd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.connect(("127.0.0.1", port))
        for number, name in enumerate(names):
            labels = b"".join(bytes([len(label)]) + label.encode() for label in f"{name}.{ZONE}".split("."))
            packet = struct.pack("!6H", number & 0xFFFF, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
            for _ in range(20):  # it may not have opened its door yet
                try:
                    asking.send(packet)
                    reply = asking.recv(512)
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                return [["silent"]] * len(names)
            found.append(_values(reply, len(packet)))
    return found


def _values(reply: bytes, begin: int) -> list[str]:
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
