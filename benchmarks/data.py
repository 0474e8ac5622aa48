"""Seeded data: what is listed, and what is asked. They are numbers only; packets.py and lists.py write them down.

Entries are disjoint, so that every server keeps as many as every other: of IPv4 80% are addresses, 15% /24 and 5% /16
to /23, the narrower the more frequent. First octets are 11 and above, without those that hold reserved networks: such a
name has no label of one letter at its end, where IPv6 names of the same zone have their first nibble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 5782
RESERVED_OCTETS = (100, 127, 169, 172, 192, 198, 203)
OCTETS = tuple(octet for octet in range(11, 224) if octet not in RESERVED_OCTETS)
LISTED, IPV6, TXT = 0.20, 0.05, 0.05  # of the questions
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SPACE6 = 0b001 << 125  # 2000::/3, of which all global addresses are (RFC 4291 2.4)

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Entries:
    """The listed networks: `first` and `prefix` of the IPv4 ones, sorted; `six` are (first, prefix) of IPv6, sorted."""

    first: Numbers
    prefix: Numbers
    six: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.first)

    def last(self) -> Numbers:
        """Return the last address of each IPv4 network."""
        return self.first + ((np.uint64(1) << (np.uint64(32) - self.prefix.astype(np.uint64))) - np.uint64(1)).astype(
            np.uint32
        )

    def holds(self, addresses: Numbers) -> Numbers:
        """Tell for each of these IPv4 addresses whether it is listed."""
        at = np.searchsorted(self.first, addresses, side="right") - 1
        return (at >= 0) & (addresses <= self.last()[np.maximum(at, 0)])


@dataclass(frozen=True)
class Question:
    """One question: whether the address is listed, and which record is asked for."""

    version: int
    value: int
    is_txt: bool
    is_listed: bool


def codes(count: int) -> list[str]:
    """Return so many activation codes; the first is the same whatever the count."""
    rng = np.random.default_rng(SEED)
    return ["".join(rng.choice(list(CODE_LETTERS), 31)) for _ in range(count)]


def entries(count: int, count6: int) -> Entries:
    """Make `count` disjoint IPv4 networks and `count6` IPv6 ones, the same ones in every run."""
    rng = np.random.default_rng((SEED, count))
    is_free = np.zeros(1 << 24, bool)  # of each /24
    for octet in OCTETS:
        is_free[octet << 16 : (octet + 1) << 16] = True
    wide, blocks = count * 5 // 100, count * 15 // 100
    parts = [_networks(rng, is_free, prefix, number) for prefix, number in _wide_counts(wide)]
    parts.append(_networks(rng, is_free, 24, blocks))
    parts.append(_addresses(rng, is_free, count - sum(len(part[0]) for part in parts)))
    first = np.concatenate([part[0] for part in parts])
    prefix = np.concatenate([part[1] for part in parts])
    order = np.argsort(first)
    return Entries(first[order], prefix[order], _networks6(rng, count6))


def questions(listed: Entries, count: int) -> list[Question]:
    """Make `count` questions about these entries, in no order."""
    rng = np.random.default_rng((SEED, len(listed), count))
    is_six, is_listed, is_txt = (rng.random(count) < share for share in (IPV6, LISTED, TXT))
    four = np.where(is_listed, _inside(rng, listed, count), _outside(rng, listed, count))
    return [
        Question(6 if six else 4, _value6(rng, listed, bool(hit)) if six else int(value), bool(txt), bool(hit))
        for six, hit, txt, value in zip(is_six, is_listed, is_txt, four, strict=True)
    ]


def unasked(listed: Entries, asked: list[Question], count: int) -> list[int]:
    """Return IPv4 addresses that are neither listed nor asked about, for rules that are read and never decide."""
    rng = np.random.default_rng((SEED, count))
    known = {question.value for question in asked}
    found: dict[int, None] = {}
    while len(found) < count:
        found.update((int(value), None) for value in _outside(rng, listed, count) if int(value) not in known)
    return list(found)[:count]


def _wide_counts(total: int) -> list[tuple[int, int]]:
    """How many networks of each prefix from /16 to /23, twice as many of each as of the one before."""
    counts = [(prefix, total * (1 << (prefix - 16)) // 255) for prefix in range(16, 24)]
    missing = total - sum(number for _, number in counts)
    return [*counts[:-1], (23, counts[-1][1] + missing)]


def _networks(rng: np.random.Generator, is_free: Numbers, prefix: int, count: int) -> tuple[Numbers, Numbers]:
    size = 1 << (24 - prefix)
    places = is_free.reshape(-1, size)
    chosen = rng.choice(np.flatnonzero(places.all(axis=1)), count, replace=False, shuffle=False)
    places[chosen] = False
    return (chosen.astype(np.uint64) * np.uint64(size << 8)).astype(np.uint32), np.full(count, prefix, np.uint8)


def _addresses(rng: np.random.Generator, is_free: Numbers, count: int) -> tuple[Numbers, Numbers]:
    blocks = np.flatnonzero(is_free).astype(np.uint32)
    drawn = blocks[rng.integers(0, len(blocks), count + count // 4 + 100)] << np.uint32(8)
    unique = np.unique(drawn | rng.integers(0, 256, len(drawn), np.uint32))
    return rng.choice(unique, count, replace=False, shuffle=False), np.full(count, 32, np.uint8)


def _networks6(rng: np.random.Generator, count: int) -> list[tuple[int, int]]:
    prefixes = rng.choice([128, 64, 48], count, p=[0.5, 0.4, 0.1])
    # 61 random bits behind 2000::/3 make an overlap as good as impossible; the dictionary makes it impossible.
    drawn = {_random6(rng) >> (128 - int(prefix)) << (128 - int(prefix)): int(prefix) for prefix in prefixes}
    return sorted(drawn.items())


def _inside(rng: np.random.Generator, listed: Entries, count: int) -> Numbers:
    at = rng.integers(0, len(listed), count)
    widths = np.uint64(1) << (np.uint64(32) - listed.prefix[at].astype(np.uint64))
    return listed.first[at] + (rng.random(count) * widths).astype(np.uint32)


def _outside(rng: np.random.Generator, listed: Entries, count: int) -> Numbers:
    found = np.zeros(0, np.uint32)
    while len(found) < count:
        octets = np.array(OCTETS, np.uint32)[rng.integers(0, len(OCTETS), count)]
        drawn = octets << np.uint32(24) | rng.integers(0, 1 << 24, count, np.uint32)
        found = np.concatenate([found, drawn[~listed.holds(drawn)]])
    return found[:count]


def _value6(rng: np.random.Generator, listed: Entries, is_listed: bool) -> int:
    if is_listed:
        first, prefix = listed.six[int(rng.integers(len(listed.six)))]
        return first | (_random6(rng) & ((1 << (128 - prefix)) - 1))
    return _random6(rng)  # listed with a chance of one in a thousand millions


def _random6(rng: np.random.Generator) -> int:
    return SPACE6 | int.from_bytes(rng.bytes(16)) >> 3
