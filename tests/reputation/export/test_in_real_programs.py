"""The files in the programs that they are for: a real rbldnsd answers as we do; nft and ipset take them."""

from __future__ import annotations

import csv
import ipaddress
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation.customers import organizations
from reputation.export.formats import FORMS, Head
from reputation.export.listed import entries
from reputation.intake import listings
from reputation.store.db import Store
from reputation.verdict.decision import decide
from reputation.verdict.snapshot import Snapshot, expanded
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, STANDARD
from tests.conftest import NOON
from tests.debian import libraries, need, need_root
from tests.reputation.export.cast import FIRST, answer, published, sampled, some_listings
from tests.reputation.rbldnsd_server import ZONE, answers, rbldnsd, readable_folder, reversed_name, texts

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


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with readable_folder() as folder:
        yield folder


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
        found = answers(port, [reversed_name(value) for value in asked])

    codes = [int(values[0].rpartition(".")[2]) if values else 0 for values in found]
    assert codes == [answer(snapshot, database, value, NOON) for value in asked]
    assert sum(map(bool, codes)) > ADDRESSES // 20


REASONS = [
    "Home lines: $", "# one of them", "; two", "=three $$ of $", "Costs $$5 and $5 $=", "  four   blanks ", "a:b :c",
    "é" * 300, "$" * 9, "long " * 60 + "$",
]  # fmt: skip


@pytest.mark.parametrize("lookup_url", ["", "https://rep.example/lookup/"])
@pytest.mark.parametrize("version", [4, 6])
def test_a_real_rbldnsd_says_the_text_that_we_say(
    store: Store, open_folder: Path, version: int, lookup_url: str
) -> None:
    organizations.add("Acme", "advanced", NOON)
    form = "203.0.113.{}" if version == 4 else "2001:db8:0:{}::/64"
    networks = [form.format(number) for number in range(len(REASONS))]
    for network, reason in zip(networks, REASONS, strict=True):
        listings.add(network, "standard", "KSS", 3600, reason, NOON)
    snapshot = published()
    head = Head("standard", version, 0, "rep.example", NOON, lookup_url)
    file = open_folder / "list"
    file.write_text("".join(FORMS["rbldnsd"].write(head, entries(snapshot, STANDARD, version, 2, NOON))))
    file.chmod(0o644)
    asked = [ipaddress.ip_address(network.partition("/")[0]) for network in networks]

    with rbldnsd(f"{ZONE}:ip{version}trie:{file}") as port:
        found = texts(port, [reversed_name(value) for value in asked])

    for value, text in zip(asked, found, strict=True):
        whole = said(snapshot, value) + (f" - {lookup_url}{value}" if lookup_url else "")
        if len(whole.encode()) <= 200:
            # blanks alone may differ: one parts an address from a digit that would make a variable of it
            assert "".join(text.split()) == "".join(whole.split())
        else:
            assert "…" in text and text.endswith(f"{lookup_url}{value}" if lookup_url else "…")
            assert len(text.encode()) <= 255


def said(snapshot: Snapshot, value: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The reason in the TXT record of an address."""
    return expanded(decide(snapshot, STANDARD, FIRST, value.version, int(value), NOON).reason, str(value))


def test_a_table_says_the_text_that_we_say(store: Store) -> None:
    organizations.add("Acme", "advanced", NOON)
    listings.add("203.0.113.7", "standard", "KSS", 3600, "Costs $$5: $", NOON)
    snapshot = published()
    head = Head("standard", 4, 0, "rep.example", NOON, "https://rep.example/lookup/")

    rows = list(csv.reader(FORMS["csv"].write(head, entries(snapshot, STANDARD, 4, 2, NOON))))

    reason = said(snapshot, ipaddress.ip_address("203.0.113.7"))
    assert rows[1][-1] == f"{reason} - https://rep.example/lookup/203.0.113.7"


def test_a_mikrotik_list_is_filled_beside_the_one_in_use(store: Store) -> None:
    listings.add("203.0.113.0/24", "standard", "KSS", 3650 * 86400, "x", NOON)

    script = written(published(), "mikrotik", STANDARD, 4).splitlines()

    assert script[1:] == [
        "/ip firewall address-list",
        "remove [find list=gatepost-standard4-new]",
        "add list=gatepost-standard4-new address=203.0.113.0/24 timeout=21474836s",
        "remove [find list=gatepost-standard4-old]",
        "set [find list=gatepost-standard4] list=gatepost-standard4-old",
        "set [find list=gatepost-standard4-new] list=gatepost-standard4",
        "remove [find list=gatepost-standard4-old]",
    ]


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
    left = min(found[0].until - NOON, 21474836)
    assert f"add list=gatepost-standard4-new address={found[0].network} timeout={left}s\n" in script
    plain = written(snapshot, "plain", STANDARD, 4).splitlines()
    assert plain[1:] == [entry.network for entry in found] and plain[0].startswith("# ")
