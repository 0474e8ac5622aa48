"""How each part of a snapshot is written as columns and read again: a table, one line for each thing that a part has.

A shape names the arguments with which a part is made, and of what kind each is. What has been written is read with the
same line; a test compares the lines with the arguments.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.origins import IspNames, Origins
from reputation.verdict.rules import OriginRules, Rules
from reputation.verdict.snapshot import Layer, Policies
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.zones import DATABASE_NAMES

ITSELF = "."  # an argument that is made of the whole part


class OwnLayer(NamedTuple):
    """The layer of our own listings, and which of its meanings hold for one organization alone.

    `prefixes` are those of the listed networks, by IP version. `is_nested` tells that a network is listed for one
    organization alone which no report makes: it may hold others.
    """

    layer: Layer
    alone: OrganizationListings
    prefixes: dict[int, frozenset[int]]
    is_nested: bool = False


class RecentLayer(NamedTuple):
    """The layer of what has changed, and which of its meanings hold for one organization alone."""

    layer: Layer | None
    alone: OrganizationListings


class Columns(list[Any]):
    """The columns of a file that is being made; a value in the file's head names one by its number."""

    def put(self, numbers: Any) -> int:
        """Add a column; return its number."""
        self.append(numbers)
        return len(self) - 1


class Kind(NamedTuple):
    """How a value is written and read; `write` returns what stands in the head. `at` is where the part has it."""

    write: Callable[[Any, Columns], Any]
    read: Callable[[Any, list[memoryview]], Any]
    at: str = ""
    arguments: tuple[str, ...] = ()  # of a shape

    def named(self, at: str) -> Kind:
        """Return the kind for a value that the part has under another name than the argument."""
        return self._replace(at=at)


def numbers(typecodes: str) -> Kind:
    """Return the kind of a column, which is of one of these typecodes. It is read as a view of the file."""

    def read(number: int, columns: list[memoryview]) -> memoryview:
        if columns[number].format not in typecodes:
            raise ValueError(f"has a column of {columns[number].format} instead of {typecodes}")
        return columns[number]

    return Kind(lambda value, columns: columns.put(value), read)


def without_end(typecode: str) -> Kind:
    """Return the kind of a column behind which one more place stands that its owner adds."""
    kind = numbers(typecode)
    return Kind(lambda value, columns: columns.put(memoryview(value)[:-1]), kind.read)


def shape(made: Callable[..., Any], **arguments: Kind) -> Kind:
    """Return the kind of a part that is made with these arguments."""
    getters = {name: _getter(kind.at or name) for name, kind in arguments.items()}

    def write(value: Any, columns: Columns) -> dict[str, Any]:
        return {name: kind.write(getters[name](value), columns) for name, kind in arguments.items()}

    def read(found: Mapping[str, Any], columns: list[memoryview]) -> Any:
        return made(**{name: kind.read(found[name], columns) for name, kind in arguments.items()})

    return Kind(write, read, arguments=tuple(arguments))


def _getter(at: str) -> Callable[[Any], Any]:
    return _itself if at == ITSELF else operator.attrgetter(at)


def _itself(value: Any) -> Any:
    return value


def optional(kind: Kind) -> Kind:
    """Return the kind of what may be None."""
    return Kind(
        lambda value, columns: None if value is None else kind.write(value, columns),
        lambda found, columns: None if found is None else kind.read(found, columns),
    )


def by_database(kind: Kind) -> Kind:
    """Return the kind of a dictionary with something for each database."""
    return Kind(
        lambda value, columns: [kind.write(value[name], columns) for name in DATABASE_NAMES],
        lambda found, columns: {name: kind.read(one, columns) for name, one in zip(DATABASE_NAMES, found, strict=True)},
    )


def _write_texts(texts: tuple[str, ...], columns: Columns) -> list[int]:
    octets = [text.encode(errors="surrogatepass") for text in texts]
    ends, end = array("Q"), 0
    for one in octets:
        end += len(one)
        ends.append(end)
    return [columns.put(ends), columns.put(b"".join(octets))]


def _read_texts(found: list[int], columns: list[memoryview]) -> tuple[str, ...]:
    ends, octets = columns[found[0]], columns[found[1]]
    if (ends[-1] if ends else 0) != len(octets):
        raise ValueError("has texts that do not end where they should")
    return tuple(str(octets[begin:end], "utf-8", "surrogatepass") for begin, end in pairwise((0, *ends)))


def _write_codes(codes: Mapping[bytes, tuple[int, int]], columns: Columns) -> list[int]:
    owners, ends = (array("I", [said[k] for said in codes.values()]) for k in range(2))
    return [columns.put(b"".join(codes)), columns.put(owners), columns.put(ends)]


def _read_codes(found: list[int], columns: list[memoryview]) -> dict[bytes, tuple[int, int]]:
    labels, owners, ends = (columns[number] for number in found)
    size = len(labels) // len(owners) if owners else 1
    cut = (bytes(labels[at : at + size]) for at in range(0, len(labels), size))
    return dict(zip(cut, zip(owners, ends, strict=True), strict=True))


def _write_wide(steps: OrganizationSteps, columns: Columns) -> list[int]:
    return [columns.put(memoryview(half)[:-1]) for half in (steps.high6, steps.low6)]


def _read_wide(found: list[int], columns: list[memoryview]) -> list[int]:
    high, low = (columns[number] for number in found)
    return [first << 64 | second for first, second in zip(high, low, strict=True)]


PLAIN = Kind(lambda value, columns: value, lambda found, columns: found)
TEXTS = Kind(_write_texts, _read_texts)
WIDE_STARTS = Kind(_write_wide, _read_wide)  # of OrganizationSteps
CODES = Kind(_write_codes, _read_codes)
COUNTRIES = Kind(
    lambda rules, columns: [(owner, sorted(said.items())) for owner, said in rules.by_country().items()],
    lambda found, columns: {owner: {number: tuple(what) for number, what in said} for owner, said in found},
)
PREFIXES = Kind(
    lambda value, columns: [sorted(value[version]) for version in (4, 6)],
    lambda found, columns: dict(zip((4, 6), map(frozenset, found), strict=True)),
)

STEPS4 = shape(Steps4, lows=numbers("H"), values=numbers("BHI"), index=numbers("I"))
STEPS6 = shape(Steps6, high=numbers("Q"), low=numbers("Q"), values=numbers("HI"))
LAYER = shape(Layer, steps4=STEPS4, steps6=STEPS6, expiries=numbers("I"), reasons=TEXTS, reason_of=numbers("I"))
NAMES = shape(IspNames, asns=numbers("I"), ends=numbers("I"), text=numbers("B"))
ORIGINS = shape(
    Origins,
    steps4=STEPS4,
    steps6=STEPS6,
    asn_of=numbers("I"),
    country_of=numbers("H"),
    names=NAMES,
    dated=PLAIN,
    source=PLAIN,
    rows=PLAIN,
)
RULES = shape(
    Rules,
    from4=numbers("I").named("steps.from4"),
    starts4=without_end("I").named("steps.starts4"),
    values4=without_end("B"),
    texts4=TEXTS,
    ends4=without_end("I"),
    from6=numbers("I").named("steps.from6"),
    starts6=WIDE_STARTS.named("steps"),
    values6=without_end("B"),
    texts6=TEXTS,
    ends6=without_end("I"),
)
ORIGIN_RULES = shape(
    OriginRules,
    from_asn=numbers("I"),
    asns=without_end("I"),
    values=without_end("B"),
    ends=without_end("I"),
    countries=COUNTRIES.named(ITSELF),
)
ALONE_STEPS = shape(
    OrganizationSteps,
    from4=numbers("I"),
    starts4=without_end("I"),
    from6=numbers("I"),
    starts6=WIDE_STARTS.named(ITSELF),
)
ALONE = shape(
    OrganizationListings,
    steps=ALONE_STEPS,
    values4=without_end("I"),
    values6=without_end("I"),
)
POLICIES = shape(
    Policies,
    codes=CODES,
    databases=numbers("B"),
    categories=numbers("B"),
    levels=numbers("B"),
    rules=RULES,
    origin_rules=ORIGIN_RULES,
    has_origin_rules=numbers("B"),
    over_until=numbers("I"),
    has_networks=numbers("B"),
    networks=ALONE,
)
OWN_LISTINGS = by_database(shape(OwnLayer, layer=LAYER, alone=ALONE, prefixes=PREFIXES, is_nested=PLAIN))
RECENT_LISTINGS = by_database(shape(RecentLayer, layer=optional(LAYER), alone=ALONE))
