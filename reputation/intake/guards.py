"""The conditions that a list must meet before it is served. They are rules over parsed entries, without any file.

A guard that fails refuses the whole list; its sentence names the entry, the line and the bound. Entries that are only
useless (private, reserved and one's own addresses) are left out and counted. Documentation networks are kept, so that
people can try. The guards know no network connection and no database.
"""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
)
from reputation.addresses.reserved import RESERVED, reserved_part
from reputation.intake.bounds import FeedBounds
from reputation.intake.formats import Parsed
from reputation.ranges import Entries, EntryPiece, Ranges


class GuardError(ValueError):
    """The list is refused as a whole; the text is for a person."""


class Guarded(NamedTuple):
    """What may be listed, and warnings about the rest."""

    ranges: Ranges
    warnings: tuple[str, ...]


class Written(NamedTuple):
    """An entry as it is written in the file."""

    line: int
    version: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"line {self.line}: {block_text(self.version, self.first, self.last)}"


def guard(parsed: Parsed, bounds: FeedBounds, own: Iterable[Network] = ()) -> Guarded:
    """Check a parsed list and return what of it may be listed. `own` are the confirmed mail servers.

    Raise GuardError where the whole list is refused.
    """
    # as it is written: a prefix that is too wide is a mistake even where it would be left out as reserved
    _check_width(parsed, bounds)
    _check_canaries(parsed, bounds)
    ranges, warnings = parsed.ranges, []
    if any(ranges.touches(one.network) for one in RESERVED):
        warnings.append(_about_reserved(parsed))
        ranges = ranges.without(one.network for one in RESERVED)
    ours = [network for network in own if ranges.touches(network)]
    if ours:
        warnings.append(_about_own(parsed, ours))
        ranges = ranges.without(ours)
    _check_coverage(ranges, bounds)
    if not ranges.count:
        raise GuardError(
            "Nothing of the list is left: " + ("; ".join(warnings) or "its exclusions take out all that it lists") + "."
        )
    return Guarded(ranges, tuple(warnings))


def unlistable(network: Network) -> str:
    """Explain why this network cannot be listed by hand; return "" where it can."""
    found = reserved_part(network)
    if found is None:
        return ""
    return f"{network} cannot be listed: {found.network} is {found.reason}; no mail comes from there over the internet."


def _check_width(parsed: Parsed, bounds: FeedBounds) -> None:
    for entries in all_entries(parsed):
        widest = bounds.widest4 if entries.version == 4 else bounds.widest6
        _, first = _found(entries, partial(_wider, prefix=widest))
        if first:
            raise GuardError(
                f"The entry on {first} is wider than /{widest}, so nothing of the "
                f"list was taken. If the list is meant so, lower that bound: feed bound NAME widest{entries.version}=N."
            )


def _wider(piece: EntryPiece, prefix: int) -> NDArray[np.bool_]:
    """Which entries hold more addresses than a network of this prefix."""
    firsts, lasts = piece.firsts, piece.lasts
    if firsts.ndim == 1:
        return _any_bits(lasts - firsts, 32 - prefix)
    low = lasts[:, 1] - firsts[:, 1]
    high = lasts[:, 0] - firsts[:, 0] - (lasts[:, 1] < firsts[:, 1])
    return _any_bits(high, 64 - prefix) if prefix <= 64 else (high > 0) | _any_bits(low, 128 - prefix)


def _any_bits(numbers: NDArray[Any], above: int) -> NDArray[np.bool_]:
    any_bits: NDArray[np.bool_] = numbers.astype(np.uint64) >> np.uint64(above) > 0
    return any_bits


def _check_canaries(parsed: Parsed, bounds: FeedBounds) -> None:
    for text in bounds.canaries:
        canary = parse_network(text)
        found = _held(parsed, canary) if parsed.ranges.touches(canary) else ""
        if found:
            raise GuardError(
                f"The list holds {canary} ({found}), which no list of spam sources should hold, so nothing of it was "
                "taken. If the list is meant so, name other addresses for that bound: feed bound NAME canaries=LIST."
            )


def _held(parsed: Parsed, canary: Network) -> str:
    """Where a list holds all of a canary: in one entry, or in several that do so together; "" where it does not."""
    found = _narrowest(parsed, canary)
    if found:
        return str(found)
    if not parsed.ranges.covers(canary):
        return ""
    touching = partial(_touching, network=canary)
    parts = [_found(entries, touching) for entries in all_entries(parsed) if entries.version == canary.version]
    first = min(first for _, first in parts if first)
    return f"in {sum(count for count, _ in parts):,} entries together, the first on {first}"


def _check_coverage(ranges: Ranges, bounds: FeedBounds) -> None:
    firsts, lasts, _ = ranges.of(6)
    shares = {4: ranges.addresses4 / 2**32, 6: float((lasts[:, 0] - firsts[:, 0]).sum()) / 2**64 * 8}  # of 2000::/3
    for version, share in shares.items():
        if share > bounds.max_coverage:
            raise GuardError(
                f"The list holds {share:.0%} of all IPv{version} addresses, more than {bounds.max_coverage:.0%}, so "
                "nothing of it was taken. If the list is meant so, raise that bound: feed bound NAME max_coverage=N%."
            )


def _about_reserved(parsed: Parsed) -> str:
    parts = [_found(entries, _touching_reserved) for entries in all_entries(parsed)]
    count = sum(count for count, _ in parts)
    what = "entry" if count == 1 else "entries"
    first = min(first for _, first in parts if first)
    return f"{count:,} {what} in private or reserved networks left out ({first})"


def _touching_reserved(piece: EntryPiece) -> NDArray[np.bool_]:
    touched = np.zeros(len(piece.lines), bool)
    for network, _ in RESERVED:
        if network.version == (4 if piece.firsts.ndim == 1 else 6):
            touched |= _touching(piece, network)
    return touched


def _about_own(parsed: Parsed, ours: Sequence[Network]) -> str:
    found = _narrowest(parsed, _single(Address(ours[0].version, ours[0].first)))
    where = f" ({found})" if found else ""
    if len(ours) == 1:
        return f"the confirmed mail server {ours[0]} was listed and is left out{where}"
    return f"{len(ours):,} confirmed mail servers were listed and are left out, such as {ours[0]}{where}"


def _narrowest(parsed: Parsed, network: Network) -> Written | None:
    """The most specific entry that lists all of the network."""
    first, last = (_single(Address(network.version, value)) for value in (network.first, network.last))
    holding: list[Written] = []
    for entries in all_entries(parsed):
        if entries.version == network.version:
            for piece in entries.pieces():
                both = _touching(piece, first) & _touching(piece, last)
                holding.extend(_written(piece, int(place)) for place in np.flatnonzero(both))
                holding = sorted(holding, key=_size)[:1]
    return next(iter(holding), None)


def _size(written: Written) -> int:
    return written.last - written.first


def all_entries(parsed: Parsed) -> list[Entries]:
    """Return the entries of every section, IPv4 and IPv6 apart, without the empty ones."""
    return [entries for section in parsed.sections for entries in (section.four, section.six) if len(entries)]


def _touching(piece: EntryPiece, network: Network) -> NDArray[np.bool_]:
    firsts, lasts = piece.firsts, piece.lasts
    if firsts.ndim == 1:
        touching = (firsts <= network.last) & (lasts >= network.first)
    else:
        touching = ~(_below(lasts, network.first) | ~_below(firsts, network.last + 1))
    result: NDArray[np.bool_] = touching & ~piece.excluded
    return result


def _below(bounds: NDArray[Any], value: int) -> NDArray[np.bool_]:
    """Which of these IPv6 addresses are below a number."""
    if value >> 128:
        return np.ones(len(bounds), bool)
    high, low = value >> 64, value & (1 << 64) - 1
    below: NDArray[np.bool_] = (bounds[:, 0] < high) | ((bounds[:, 0] == high) & (bounds[:, 1] < low))
    return below


def _found(entries: Entries, which: Callable[[EntryPiece], NDArray[np.bool_]]) -> tuple[int, Written | None]:
    """How many entries list addresses and are of some kind, and the one of them that stands first in the file."""
    count, first = 0, None
    for piece in entries.pieces():
        places = np.flatnonzero(which(piece) & ~piece.excluded)
        if len(places):
            count += len(places)
            here = _written(piece, int(places[piece.lines[places].argmin()]))
            first = min(first, here) if first else here
    return count, first


def _written(piece: EntryPiece, place: int) -> Written:
    first, last = (number_of(bounds[place]) for bounds in (piece.firsts, piece.lasts))
    return Written(int(piece.lines[place]), 4 if piece.firsts.ndim == 1 else 6, first, last)


def number_of(bound: Any) -> int:
    """Return a bound of a list as a number: one of IPv4, or the two halves of one of IPv6."""
    return int(bound) if bound.ndim == 0 else int(bound[0]) << 64 | int(bound[1])


def _single(address: Address) -> Network:
    return Network(address.version, address.value, address.value, BITS[address.version])


def block_text(version: int, first: int, last: int) -> str:
    """Write a block as `192.0.2.0/24` where it is a network, otherwise as `192.0.2.1-192.0.2.9`."""
    low, high = ((ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address)(value) for value in (first, last))
    networks = list(ipaddress.summarize_address_range(low, high))
    if len(networks) > 1:
        return f"{low}-{high}"
    return str(low) if first == last else str(networks[0])
