"""Whatever arrives in the place of a signed document, a batch or its lines: it is read as written, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reputation.exchange import batches, entries, heads, introductions, keys, signed
from reputation.exchange.batches import Place
from reputation.exchange.entries import NodeEntry, VolumeEntry
from reputation.exchange.keys import Key
from reputation.exchange.signed import NotGenuine
from reputation.refusal import Refused
from tests.conftest import NOON

KEY, OTHER = Key.new(), Key.new()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def refused(read: Any, *arguments: Any) -> bool:
    try:
        read(*arguments)
    except NotGenuine as fault:
        assert str(fault).endswith(".")
        return True
    return False


@given(st.binary(max_size=300) | st.text(max_size=300))
@example(b'{"gatepost":"head","signed":"\\ud800","signature":"\\ud800"}')
@example(b"[" * 5000)
@example(b"1" * 5000)
def test_no_octets_that_nobody_signed_are_a_document(content: bytes | str) -> None:
    for read in (heads.read, introductions.read_revocation):
        assert refused(read, content, KEY.public)
    assert refused(introductions.read, content)


@given(st.binary(max_size=300))
def test_no_octets_that_nobody_signed_are_a_batch(content: bytes) -> None:
    assert refused(batches.opened, content, KEY.public, Place())


@given(
    st.dictionaries(st.sampled_from(["number", "hash", "first", "made_at", "valid_until", "previous", "size"]), values)
)
def test_what_is_signed_and_says_nonsense_is_refused_or_read(said: dict[str, Any]) -> None:
    for kind, read in ((signed.HEAD, heads.read), (signed.REVOCATION, introductions.read_revocation)):
        try:
            document = signed.write(kind, said, KEY)
        except (TypeError, ValueError):
            continue
        refused(read, document, KEY.public)
    line = signed.write(signed.BATCH, {**said, "number": 1}, KEY).encode()
    assert refused(batches.opened, line + b"\nx", KEY.public, Place())


def test_a_document_is_read_by_the_key_that_signed_it_and_by_no_other() -> None:
    document = signed.write(signed.HEAD, {"number": 1}, KEY)

    assert signed.read(signed.HEAD, document, KEY.public) == {"key": KEY.public, "number": 1}
    assert signed.read(signed.HEAD, document)["number"] == 1
    assert refused(signed.read, signed.HEAD, document, OTHER.public)
    assert refused(signed.read, signed.BATCH, document, KEY.public)
    other = json.dumps({**json.loads(document), "gatepost": signed.BATCH})
    assert refused(signed.read, signed.BATCH, other, KEY.public)


def test_a_document_in_the_name_of_another_key_is_refused() -> None:
    envelope = json.loads(signed.write(signed.HEAD, {}, KEY))
    text = json.dumps({"key": OTHER.public})
    forged = {"gatepost": "head", "signed": text, "signature": KEY.sign(f"gatepost exchange head\n{text}".encode())}

    assert refused(signed.read, signed.HEAD, json.dumps(forged), KEY.public)
    assert refused(signed.read, signed.HEAD, json.dumps(forged))
    assert refused(signed.read, signed.HEAD, json.dumps({**envelope, "more": "x"}), KEY.public)


nodes = st.builds(
    NodeEntry,
    st.sampled_from(["192.0.2.0/24", "198.51.0.0/16", "192.0.2.1", "2001:db8::/32", "AS64500 given"]),
    st.integers(-1_000_000, 1_000_000), st.integers(-1_000_000, 1_000_000), st.integers(1, 10_000),
    st.integers(0, 1 << 30),
)  # fmt: skip
volumes = st.builds(
    VolumeEntry, st.sampled_from(["AT", "AS64500", "AS4294967295"]), st.integers(0, 1 << 30), st.integers(0, 10**12)
)


@given(st.lists(nodes), st.lists(volumes))
def test_what_is_written_is_read_as_it_was(some: list[NodeEntry], others: list[VolumeEntry]) -> None:
    content = entries.write(some, others)
    place, batch = batches.make(content, len(some) + len(others), Place(3, "3" * 64), NOON, KEY)

    found = batches.opened(batch, KEY.public, Place(3, "3" * 64))
    assert (found.place, found.made_at) == (place, NOON)
    assert found.entries == (tuple(some), tuple(others), 0)


@given(st.lists(values, max_size=7))
def test_a_line_is_an_entry_or_left_out_or_refused(row: list[Any]) -> None:
    for kind in ("node", "volume"):
        line = json.dumps([kind, *row]).encode()
        if not refused(entries.read, line):
            found = entries.read(line)
            assert len(found.nodes) + len(found.volumes) + found.left_out == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("192.0.2.0/24", "network"), ("192.0.0.0/16", "network"), ("2001:db8::/48", "network"),
        ("192.0.0.0/22", "network"), ("192.0.2.7", "address"), ("2001:db8::/64", "address"),
        ("AS1 given", "provider"), ("AS4294967295 unknown", "provider"), ("192.0.0.0/24", ""), ("0.0.0.0/16", ""),
        ("192.0.0.0/15", ""), ("192.0.2.0/25", ""), ("2001:db8::/56", ""), ("2001:db8::1", ""), ("192.0.2.1/24", ""),
        ("192.0.2.7/32", ""), (" 192.0.2.7", ""), ("127.0.0.1", ""), ("10.1.2.0/24", ""), ("::ffff:192.0.2.7", ""),
        ("AS0 given", ""), ("AS01 given", ""), ("AS4294967296 given", ""), ("AS1", ""), ("AS1 other", ""),
        ("world", ""), ("", ""), ("x" * 100, ""),
    ],
)  # fmt: skip
def test_a_name_is_that_of_a_node_in_one_way_alone(name: str, kind: str) -> None:
    assert entries.kind_of(name) == kind


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = keys.get_or_create(tmp_path)

    assert keys.get_or_create(tmp_path).public == first.public and len(first.public) == 43
    assert keys.is_signed(first.public, b"x", first.sign(b"x")) and not keys.is_signed(
        first.public, b"y", first.sign(b"x")
    )
    assert [path.name for path in tmp_path.iterdir()] == [keys.FILE_NAME]
    assert len(keys.fingerprint(first.public)) == 29


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / keys.FILE_NAME
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(Refused, match="holds no key that is known here"):
        keys.read(tmp_path)


@pytest.mark.parametrize("text", ["", "x", "=" * 43, "A" * 44, "é" * 43, "A" * 42 + "B"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no public key"):
        keys.checked(text)


def test_an_introduction_is_handed_on_with_a_word_for_it() -> None:
    own = introductions.write(" Beta ", "https://beta.example/exchange", KEY)

    found = introductions.read(introductions.vouch(own, OTHER))
    assert found[:4] == ("Beta", "https://beta.example/exchange/", KEY.public, OTHER.public) and found.document == own
    assert introductions.read(own).vouched_by == ""
    for wrong in (("", "https://b.example/"), ("B", "ftp://b.example/"), ("B\n", "https://b.example/")):
        assert refused(introductions.read, introductions.write(*wrong, KEY))
