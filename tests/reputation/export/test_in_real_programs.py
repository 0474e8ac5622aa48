"""The files in the programs that they are for: a real rbldnsd answers as we do; nft and ipset take them."""

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

import pytest

from reputation.customers import organizations
from reputation.export.formats import FORMS, Head
from reputation.export.listed import entries
from reputation.store.db import Store
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, STANDARD
from tests.conftest import NOON
from tests.debian import libraries, need, need_root
from tests.reputation.export.cast import answer, published, sampled, some_listings

ADDRESSES = 10_000
NAMESPACE = f"gp-export-{os.getpid()}"


@pytest.fixture
def snapshot(store: Store) -> Snapshot:
    organizations.add("Acme", "advanced", NOON)
    some_listings("an export", 400)
    return published()


def written(snapshot: Snapshot, form: str, database: int, version: int) -> str:
    head = Head(DATABASE_NAMES[database], version, 2 if database == DYNAMIC else 0, "rep.example", NOON)
    return "".join(FORMS[form].write(head, entries(snapshot, database, version, 2, NOON)))


@contextmanager
def rbldnsd(*data_sets: str) -> Iterator[int]:
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


def codes(port: int, names: list[str]) -> list[int]:
    """The last octet of each answer; 0 where it is not listed."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.connect(("127.0.0.1", port))
        for number, name in enumerate(names):
            labels = b"".join(bytes([len(label)]) + label.encode() for label in f"{name}.bl.example".split("."))
            packet = struct.pack("!6H", number & 0xFFFF, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
            for _ in range(20):  # it may not have opened its door yet
                try:
                    asking.send(packet)
                    reply = asking.recv(512)
                    break
                except OSError:
                    time.sleep(0.1)
            found.append(reply[-1] if struct.unpack_from("!H", reply, 6)[0] else 0)
    return found


def reversed_name(value: object) -> str:
    text = getattr(value, "reverse_pointer")  # noqa: B009
    return str(text).removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may read: rbldnsd gives up root's rights before it reads."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("database", [STANDARD, DYNAMIC])
def test_a_real_rbldnsd_answers_as_we_do(snapshot: Snapshot, open_folder: Path, database: int) -> None:
    data_sets = []
    for version in (4, 6):
        file = open_folder / f"list{version}"
        file.write_text(written(snapshot, "rbldnsd", database, version))
        file.chmod(0o644)
        data_sets.append(f"bl.example:ip{version}trie:{file}")
    asked = [*sampled("many", 4, ADDRESSES * 9 // 10), *sampled("many", 6, ADDRESSES // 10)]

    with rbldnsd(*data_sets) as port:
        answers = codes(port, [reversed_name(value) for value in asked])

    assert answers == [answer(snapshot, database, value, NOON) for value in asked]
    assert sum(map(bool, answers)) > ADDRESSES // 20


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network of its own, so that nothing of this machine is changed."""
    need("iproute2")
    need_root("may make a network namespace that has a name")
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    yield NAMESPACE
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


def inside(namespace: str, package: str, program: str, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    root = need(package)
    command = [
        "ip",
        "netns",
        "exec",
        namespace,
        "env",
        f"LD_LIBRARY_PATH={libraries(root)}",
        root / f"usr/sbin/{program}",
    ]
    return subprocess.run([*command, *words], input=text, capture_output=True, text=True)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("database", [STANDARD, DYNAMIC])
def test_nft_takes_a_list_again_and_again(snapshot: Snapshot, namespace: str, database: int, version: int) -> None:
    text = written(snapshot, "nft", database, version)

    for words in (("-c", "-f", "-"), ("-f", "-"), ("-f", "-")):
        done = inside(namespace, "nftables", "nft", *words, text=text)
        assert done.returncode == 0, done.stderr
    name = f"gatepost-{DATABASE_NAMES[database]}{version}"
    held = inside(namespace, "nftables", "nft", "list", "set", "inet", "gatepost", name).stdout
    expected = list(entries(snapshot, database, version, 2, NOON))
    assert held.count("timeout") - held.count("flags") == len(expected) > 10


@pytest.mark.parametrize("version", [4, 6])
def test_ipset_takes_a_list_and_matches_what_we_list(snapshot: Snapshot, namespace: str, version: int) -> None:
    text = written(snapshot, "ipset", STANDARD, version)
    for _ in range(2):
        done = inside(namespace, "ipset", "ipset", "restore", text=text)
        assert done.returncode == 0, done.stderr

    for value in sampled("few", version, 40):
        matches = inside(namespace, "ipset", "ipset", "test", f"gatepost-standard{version}", str(value)).returncode == 0
        assert matches == bool(answer(snapshot, STANDARD, value, NOON)), value


def test_a_spreadsheet_and_a_router_get_what_they_read(snapshot: Snapshot) -> None:
    found = list(entries(snapshot, STANDARD, 4, 2, NOON))

    table = written(snapshot, "csv", STANDARD, 4).splitlines()
    assert table[0] == "network,answer,category,until,reason" and len(table) == len(found) + 1
    assert table[1].startswith(f"{found[0].network},127.0.0.{found[0].code},{found[0].category},20")
    script = written(snapshot, "mikrotik", STANDARD, 4)
    assert f"add list=gatepost-standard4 address={found[0].network} timeout={found[0].until - NOON}s\n" in script
    plain = written(snapshot, "plain", STANDARD, 4).splitlines()
    assert plain[1:] == [entry.network for entry in found] and plain[0].startswith("# ")
