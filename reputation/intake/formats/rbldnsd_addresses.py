"""How rbldnsd writes addresses, networks and ranges; `127/8` and `127.16-31` are in no other format."""

import socket

from reputation.intake.formats.lines import Block, LineFault, address_of, network_block


def block4(text: str) -> Block:
    """Read an IPv4 address, prefix, network or range. Raise LineFault where it is none."""
    try:
        address = socket.inet_pton(socket.AF_INET, text)
        return Block(address, address)
    except OSError:
        pass
    if "/" in text:
        return _network4(*text.split("/", 1))
    base, dash, rest = text.partition("-")
    octets = _octets(base)
    if dash:
        return _range4(octets, _octets(rest))
    if len(octets) == 1:
        raise LineFault("a number alone is not an address")
    return Block(bytes(octets).ljust(4, b"\0"), bytes(octets).ljust(4, b"\xff"))


def block6(text: str) -> Block:
    """Read `2001:db8`, which is `2001:db8::/32`: without `::`, the words that are written are the prefix.

    Raise LineFault where it is no IPv6 address or network.
    """
    base, slash, digits = text.partition("/")
    words = base.count(":") + 1
    is_short = "::" not in base and words < 8 and "." not in base
    first = address_of(base + ("::" if is_short else ""))
    if not slash:
        prefix = 16 * words if is_short else 8 * len(first)
    else:
        prefix = _prefix(digits, 128) - (96 if len(first) == 4 else 0)
    if not 0 <= prefix <= 8 * len(first):
        raise LineFault("the prefix is not between 0 and 128")
    return network_block(first, prefix)


def _network4(base: str, digits: str) -> Block:
    octets = _octets(base)
    return network_block(bytes(octets).ljust(4, b"\0"), _prefix(digits, 32))


def _prefix(digits: str, most: int) -> int:
    if not digits.isdecimal() or len(digits) > 3 or int(digits) > most:  # int() raises where thousands of them stand
        raise LineFault(f"the prefix is not between 0 and {most}")
    return int(digits)


def _range4(octets: list[int], upto: list[int]) -> Block:
    """`127.16.0-31`: where one octet follows the dash it stands for the last one before it. What is missing behind is 0
    in the first address and 255 in the last."""
    if len(upto) == 1:
        upto = octets[:-1] + upto
    first, last = bytes(octets).ljust(4, b"\0"), bytes(upto).ljust(4, b"\xff")
    if first > last:
        raise LineFault("the range ends before it begins")
    return Block(first, last)


def _octets(text: str) -> list[int]:
    parts = text.split(".")
    if len(parts) > 4 or not all(part.isdecimal() and len(part) <= 3 and int(part) <= 255 for part in parts):
        raise LineFault("not an IP address")
    return [int(part) for part in parts]
