"""What a resolver sends for one address: the names on the way to it and their types, as they were recorded.

`walks.toml` holds them, written by `python -m benchmarks walks`. A step is how many labels of the address a name has
and the type that is asked, as in `2 A`; `code`, `r` and `zone` are the names above, `address` is the whole question.
"""

from __future__ import annotations

import struct
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

KEPT = Path(__file__).with_name("walks.toml")
TYPES = {"A": 1, "NS": 2, "SOA": 6, "TXT": 16, "AAAA": 28, "ANY": 255}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
WHOLE = "address"
LABELS = {4: 4, 6: 32}  # of a reversed address
OPTIONS_AT = 11  # octets of an OPT record before its options (RFC 6891 6.1.2)
HEAD = """\
# What real resolvers send to a zone of Gatepost for addresses of many networks, once they know the activation code.
# Written by `python -m benchmarks walks`, with {system}. benchmarks/resolvers/walks.py says how to read it.
"""


@dataclass
class Sent:
    """What a resolver sends for addresses of one IP version: each walk, and how often it was taken.

    `flags` and `opt` are the header's flags and the OPT record, if any; `capitals`: it mixes capitals into names.
    """

    resolver: str
    version: int
    flags: int
    opt: bytes
    capitals: bool
    walks: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def packets(self) -> float:
        """Return how many packets an address takes."""
        return sum(len(walk) * times for walk, times in self.walks.items()) / self.walks.total()

    @property
    def share(self) -> float:
        """Return which share of all packets is of partial names."""
        partial = sum(sum(step != WHOLE for step in walk) * times for walk, times in self.walks.items())
        return partial / (self.packets * self.walks.total())


@dataclass(frozen=True)
class Read:
    """A recorded question: its flags, labels in the case in which they were asked, type, and OPT record."""

    flags: int
    labels: tuple[bytes, ...]
    qtype: int
    opt: bytes


def read(wire: bytes) -> Read:
    """Read a question as resolvers send it: one name, and an OPT record or nothing behind it."""
    flags = struct.unpack_from("!H", wire, 2)[0]
    labels, at = [], 12
    while wire[at]:
        labels.append(wire[at + 1 : at + 1 + wire[at]])
        at += 1 + wire[at]
    return Read(flags, tuple(labels), int.from_bytes(wire[at + 1 : at + 3]), without_secrets(wire[at + 5 :]))


def without_secrets(opt: bytes) -> bytes:
    """Return an OPT record with zeros for the content of its options: a cookie is another one in each run."""
    made, at = opt[:OPTIONS_AT], OPTIONS_AT
    while at + 4 <= len(opt):
        size = int.from_bytes(opt[at + 2 : at + 4])
        made += opt[at : at + 4] + bytes(size)
        at += 4 + size
    return made


def step(question: Read, zone: str, version: int) -> str:
    """Return the step that a question is."""
    depth = len(question.labels) - len(zone.split("."))
    name = {0: "zone", 1: question.labels[0].decode().lower(), 2: "code"}.get(depth, str(depth - 2))
    kind = TYPE_NAMES.get(question.qtype, str(question.qtype))
    return WHOLE if depth - 2 == LABELS[version] and kind == "A" else f"{name} {kind}"


def summed(resolver: str, version: int, zone: str, lookups: Iterable[Sequence[Read]]) -> Sent:
    """Return what was sent, from the questions of each lookup."""
    kept = [walk for walk in lookups if walk]
    first, names = kept[0][0], (label for walk in kept for question in walk for label in question.labels)
    sent = Sent(resolver, version, first.flags, first.opt, any(label != label.lower() for label in names))
    for walk in kept:
        sent.walks[tuple(step(question, zone, version) for question in walk)] += 1
    return sent


def write(path: Path, everything: Iterable[Sent], system: str) -> None:
    """Write the file."""
    path.write_text(HEAD.format(system=system) + "".join(map(section, everything)))


def section(sent: Sent) -> str:
    """Write a section of the file, the most frequent walks first."""
    head = f'\n["{sent.resolver}".IPv{sent.version}]\nflags = 0x{sent.flags:04x}\nopt = "{sent.opt.hex()}"\n'
    walks = "".join(f'"{", ".join(walk)}" = {times}\n' for walk, times in sent.walks.most_common())
    return f'{head}capitals = {str(sent.capitals).lower()}\n["{sent.resolver}".IPv{sent.version}.walks]\n{walks}'


def kept(path: Path = KEPT) -> list[Sent]:
    """Read the file."""
    return [
        Sent(
            resolver, int(version[-1]), one["flags"], bytes.fromhex(one["opt"]), one["capitals"],
            Counter({tuple(walk.split(", ")): times for walk, times in one["walks"].items()}),
        )
        for resolver, versions in tomllib.loads(path.read_text()).items()
        for version, one in versions.items()
    ]  # fmt: skip
