"""Entries as files: a feed of Gatepost, a data set of rbldnsd, a master file for NSD and Knot, arrays for dnslib.

Each says 127.0.0.2 and a text of about the same length, since the length of an answer is a part of its price.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.data import Entries

TEXT = "known spam source - http://127.0.0.1:8080/lookup?address="
SOA = "ns.rep.example. hostmaster.rep.example. 1 3600 600 604800 60"
RBLDNSD_HEAD = f"""$SOA 60 {SOA.replace(". ", " ")}
$NS 300 ns.rep.example
$TTL 300
:127.0.0.2:{TEXT}$
"""
MASTER_HEAD = f"""$TTL 300
@ 60 SOA {SOA}
@ NS ns.rep.example.
"""
CHUNK = 100_000


def write_feed(path: Path, listed: Entries, without: int = 0) -> Path:
    """Write one network a line, as published lists do. `without` leaves out that many of the first: a later issue."""
    with path.open("w") as file:
        file.writelines(_lines4(listed, without))
        file.writelines(_lines6(listed))
    return path


def write_rbldnsd(folder: Path, listed: Entries) -> tuple[Path, Path]:
    """Write a file for ip4trie or ip4set, and one for ip6trie."""
    four, six = folder / "rbldnsd.ip4", folder / "rbldnsd.ip6"
    for path, lines in ((four, _lines4(listed)), (six, _lines6(listed))):
        with path.open("w") as file:
            file.write(RBLDNSD_HEAD)
            file.writelines(lines)
    return four, six


def write_master(path: Path, listed: Entries) -> Path:
    """Write a master file (RFC 1035 5): a name for an address, a wildcard for each /24, /16 or IPv6 nibble boundary."""
    with path.open("w") as file:
        file.write(MASTER_HEAD)
        for name, text in (*_names4(listed), *_names6(listed)):
            file.write(f'{name} A 127.0.0.2\n{name} TXT "{TEXT}{text}"\n')
    return path


def write_arrays(path: Path, listed: Entries) -> Path:
    """Write IPv4 bounds as arrays and IPv6 ones as text, for the server that is made of dnslib."""
    np.savez(path, first=listed.first, last=listed.last(), six=np.array([f"{at:x}/{size}" for at, size in listed.six]))
    return path


def _lines4(listed: Entries, without: int = 0) -> Iterator[str]:
    for start in range(without, len(listed), CHUNK):
        part = slice(start, start + CHUNK)
        texts = map(socket.inet_ntoa, _packed(listed, part))
        yield "".join(
            f"{text}\n" if prefix == 32 else f"{text}/{prefix}\n"
            for text, prefix in zip(texts, listed.prefix[part].tolist(), strict=True)
        )


def _lines6(listed: Entries) -> Iterator[str]:
    return (f"{ipaddress.IPv6Address(first)}/{prefix}\n" for first, prefix in listed.six)


def _packed(listed: Entries, part: slice) -> Iterator[bytes]:
    return (one for (one,) in struct.iter_unpack("4s", listed.first[part].astype(">u4").tobytes()))


def _names4(listed: Entries) -> Iterator[tuple[str, str]]:
    """A wildcard stands for whole labels, so what lies between /16 and /24 becomes several of /24."""
    for first, prefix in zip(array("I", listed.first.astype(np.uint32).tobytes()), listed.prefix.tolist(), strict=True):
        a, b, c, d = first.to_bytes(4)
        if prefix == 32:
            yield f"{d}.{c}.{b}.{a}", f"{a}.{b}.{c}.{d}"
        elif prefix == 16:
            yield f"*.{b}.{a}", f"{a}.{b}.0.0"
        else:
            for block in range(c, c + (1 << (24 - prefix))):
                yield f"*.{block}.{b}.{a}", f"{a}.{b}.{block}.0"


def _names6(listed: Entries) -> Iterator[tuple[str, str]]:
    for first, prefix in listed.six:
        nibbles = ".".join(reversed(f"{first:032x}"[: prefix // 4]))
        yield nibbles if prefix == 128 else f"*.{nibbles}", str(ipaddress.IPv6Address(first))
