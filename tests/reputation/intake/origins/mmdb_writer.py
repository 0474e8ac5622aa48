"""Writes small MaxMind DB files, as the format's specification (version 2.0) says, for tests alone.

Every record is a node's pointer into the data section; IPv4 networks stand below ::/96 of an IPv6 tree.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"


def encoded(value: Any) -> bytes:
    """A value of the data section: maps, arrays, texts, booleans and unsigned numbers."""
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, int):
        octets = value.to_bytes((value.bit_length() + 7) // 8)
        return _control(6 if value < 1 << 32 else 9, len(octets)) + octets
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(encoded(name) + encoded(one) for name, one in value.items())
    return _control(11, len(value)) + b"".join(map(encoded, value))


def _control(kind: int, size: int) -> bytes:
    assert size < 285
    first = kind << 5 if kind < 8 else 0
    more = bytes([kind - 7]) if kind > 7 else b""
    return bytes([first | min(size, 29)]) + more + (bytes([size - 29]) if size > 28 else b"")


def mmdb(records: Mapping[str, Any], kind: str = "Test", built: int = 1_781_654_400, version: int = 6) -> bytes:
    """A file that has these records, by network. Networks must not contain one another."""
    data, places = b"", {}
    nodes: list[list[Any]] = [[None, None]]
    for text, record in records.items():
        places[text] = len(data)
        data += encoded(record)
        network = ipaddress.ip_network(text)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        if version == 6 and network.version == 4:
            bits = "0" * 96 + bits
        _insert(nodes, bits, places[text])
    tree = b"".join(struct.pack(">II", *(_number(one, len(nodes)) for one in node)) for node in nodes)
    return tree + bytes(16) + data + MARK + _about(len(nodes), kind, built, version)


def _about(nodes: int, kind: str, built: int, version: int) -> bytes:
    """The metadata, whose numbers are of fixed kinds."""
    numbers = {
        "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0), "build_epoch": (9, built),
        "ip_version": (5, version), "node_count": (6, nodes), "record_size": (5, 32),
    }  # fmt: skip
    others = {"database_type": kind, "description": {"en": "A test"}, "languages": ["en"]}
    found = _control(7, len(numbers) + len(others))
    for name, (type_, value) in numbers.items():
        octets = value.to_bytes((value.bit_length() + 7) // 8)
        found += encoded(name) + _control(type_, len(octets)) + octets
    return found + b"".join(encoded(name) + encoded(value) for name, value in others.items())


def _insert(nodes: list[list[Any]], bits: str, place: int) -> None:
    at = 0
    for bit in map(int, bits[:-1]):
        if nodes[at][bit] is None:
            nodes[at][bit] = ("node", len(nodes))
            nodes.append([None, None])
        at = nodes[at][bit][1]
    nodes[at][int(bits[-1])] = ("data", place)


def _number(record: Any, nodes: int) -> int:
    if record is None:
        return nodes
    kind, value = record
    return value if kind == "node" else nodes + 16 + value


def endless(levels: int = 100) -> bytes:
    """A small file whose tree shares its branches: each node leads twice to the next, and so to 2**100 networks."""
    data = encoded({"country": {"iso_code": "DE"}})
    nodes = [struct.pack(">II", at + 1, at + 1) for at in range(levels - 1)]
    nodes.append(struct.pack(">II", levels + 16, levels + 16))
    return b"".join(nodes) + bytes(16) + data + MARK + _about(levels, "Test", 1, 6)
