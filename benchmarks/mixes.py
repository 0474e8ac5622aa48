"""The questions as resolvers send them: for each address the names on the way to it, as walks.toml has them.

A mix is one resolver's packets for addresses of one IP version; one more is of all resolvers that minimise, in equal
parts, with as many addresses of IPv6 as the other questions have.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import packets
from benchmarks.data import SEED, Question
from benchmarks.resolvers.walks import TYPES, WHOLE, Sent, kept
from benchmarks.workshop import DATABASE, Material

TOGETHER = "all that minimise"
NODATA = bytes(3)  # as packets.expected writes it
UPPER = 0x20  # by which a capital differs from its letter


@dataclass(frozen=True)
class Mix:
    """A file of packets and one of the answers that they should get; `share` of the packets are of partial names."""

    name: str
    share: float
    count: int
    questions: Path
    expected: Path


def mixes(data: Material, lookups: int) -> list[Mix]:
    """Write every mix, each with so many lookups at most."""
    everyone = kept()
    made = [one_resolver(data, sent, lookups) for sent in everyone]
    minimising = [sent for sent in everyone if sent.share]
    return [together(data, minimising, lookups), *made]


def one_resolver(data: Material, sent: Sent, lookups: int) -> Mix:
    """Write the mix of one resolver and IP version."""
    asked = [question for question in data.questions if question.version == sent.version][:lookups]
    return write(data, f"{sent.resolver}, IPv{sent.version}", asked, lambda _chance, _question: sent)


def together(data: Material, minimising: Sequence[Sent], lookups: int) -> Mix:
    """Write the mix of all resolvers that minimise."""
    of = {version: [sent for sent in minimising if sent.version == version] for version in (4, 6)}
    return write(data, TOGETHER, data.questions[:lookups], lambda chance, question: chance.choice(of[question.version]))


def write(
    data: Material, name: str, asked: Sequence[Question], by_whom: Callable[[random.Random, Question], Sent]
) -> Mix:
    """Write the packets for these questions, each walked as the chosen resolver walks."""
    chance = random.Random(SEED)
    folder = data.folder / "mixes"
    folder.mkdir(exist_ok=True)
    path = folder / name.replace(" ", "-").replace(",", "")
    made, expected = list[bytes](), list[bytes]()
    for question in asked:
        for packet, answer in walked(chance, question, by_whom(chance, question), data.code):
            made.append(packet)
            expected.append(answer)
    path.write_bytes(packets.framed(made))
    answers = path.with_suffix(".expected")
    answers.write_bytes(b"".join(expected))
    return Mix(name, 1 - len(asked) / len(made), len(made), path, answers)


def walked(chance: random.Random, question: Question, sent: Sent, code: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield each packet of a lookup, with the answer that it should get."""
    (walk,) = chance.choices([*sent.walks], weights=[*sent.walks.values()])
    own = packets.reversed_labels(question)
    above = [packets.label(word) for word in (code, *DATABASE.split("."))]
    for step in walk:
        if step == WHOLE:
            labels, qtype = [*own, *above], packets.TXT if question.is_txt else packets.A
            answer = packets.expected(question)
        else:
            place, kind = step.split()
            labels, qtype, answer = named(place, own, above), TYPES[kind], NODATA
        name = b"".join(labels) + b"\x00"
        yield packets.named(capitals(chance, name) if sent.capitals else name, qtype, sent.flags, sent.opt), answer


def named(place: str, own: Sequence[bytes], above: Sequence[bytes]) -> list[bytes]:
    """Return the labels of a step: so many of the address's own, or a name above them."""
    if place.isdecimal():
        return [*own[len(own) - int(place) :], *above]
    return [*above[{"code": 0, "r": 1, "zone": 2}[place] :]]


def capitals(chance: random.Random, name: bytes) -> bytes:
    """Return the name with about every second letter as a capital; a length octet is below all letters."""
    mask = chance.getrandbits(len(name))
    return bytes(octet ^ UPPER if 0x61 <= octet <= 0x7A and mask >> at & 1 else octet for at, octet in enumerate(name))
