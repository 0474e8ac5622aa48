"""The A values of an rbldnsd zone: what an entry says of its address, and which of them mean spam.

A value in 127.0.0.2 to 127.0.0.255 is what a list of spam sources answers with. Others are used for other things:
127.0.0.1 and 127.0.5.3 for good senders, 127.255.255.254 for a query that was refused. A zone with such a value is
read only when somebody has said which are meant: `rbldnsd:only=127.0.0.2 127.0.0.4-127.0.0.7`, or `without=`.
"""

import ipaddress
from collections import Counter
from typing import NamedTuple

from reputation.intake.formats.lines import FormatError, LineFault

DEFAULT = "127.0.0.2"  # the manual: where a file says none
SHOWN = 8
Range = tuple[int, int]


class Choice(NamedTuple):
    """The option of the format: the subzone ("" for all of them), and the values to take or to leave out."""

    subzone: str
    only: tuple[Range, ...] = ()
    without: tuple[Range, ...] = ()

    def takes(self, value: str) -> bool:
        """Tell whether an entry with this value is taken."""
        number = int(ipaddress.IPv4Address(value))
        if self.only and not _within(number, self.only):
            return False
        return not _within(number, self.without)

    @property
    def is_made(self) -> bool:
        """Return whether values were chosen."""
        return bool(self.only or self.without)


def read_option(option: str) -> Choice:
    """Read `NAME`, `only=VALUES`, `without=VALUES`, with commas between them. Raise FormatError."""
    found = Choice("")
    for part in filter(None, (text.strip() for text in option.split(","))):
        key, sign, value = (text.strip().lower() for text in part.partition("="))
        if not sign and not found.subzone:
            found = found._replace(subzone=key)
        elif sign and key == "only" and not found.only:
            found = found._replace(only=_ranges(value, part))
        elif sign and key == "without" and not found.without:
            found = found._replace(without=_ranges(value, part))
        else:
            raise FormatError(
                f"{part!r} cannot be read: write rbldnsd:NAME,only=127.0.0.2 127.0.0.4-127.0.0.7 or without=127.0.0.3."
            )
    return found


def value_of(text: str) -> str:
    """Read an A value as rbldnsd does: `5` and `127.5` are 127.0.0.5. Raise LineFault."""
    parts = text.split(".")
    good = [part for part in parts if part.isdecimal() and len(part) <= 3 and int(part) <= 255]
    if not 1 <= len(parts) <= 4 or good != parts or not any(map(int, parts)):
        raise LineFault("its value is not an address such as 127.0.0.2")
    octets = [int(part) for part in parts]
    if len(octets) == 1:
        octets.insert(0, 127)
    octets[-1:-1] = [0] * (4 - len(octets))
    return ".".join(map(str, octets))


def check_values(values: Counter[str], choice: Choice) -> None:
    """Raise FormatError where nobody has said what the values mean, or where none of the chosen ones is there."""
    if choice.is_made:
        if values and not any(map(choice.takes, values)):
            raise FormatError(f"No entry of the zone has a value that was chosen; its values are: {listed(values)}.")
        return
    odd = Counter({value: count for value, count in values.items() if not _says_spam(value)})
    if odd:
        raise FormatError(
            f"Entries of the zone have values that no list of spam sources answers with: {listed(odd)}. Such values "
            "are often those of good senders. Say which mean spam: rbldnsd:only=127.0.0.2 or rbldnsd:without=127.0.0.1."
        )


def listed(values: Counter[str]) -> str:
    """Write values with the number of their entries, the most frequent first."""
    shown = ", ".join(f"{value} ({count:,})" for value, count in values.most_common(SHOWN))
    return shown + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")


def _says_spam(value: str) -> bool:
    return value.startswith("127.0.0.") and value not in ("127.0.0.0", "127.0.0.1")


def _ranges(text: str, part: str) -> tuple[Range, ...]:
    found = []
    for word in text.replace("|", " ").split():
        low, _, high = word.partition("-")
        try:
            first, last = (int(ipaddress.IPv4Address(value_of(bound))) for bound in (low, high or low))
        except LineFault:
            raise FormatError(f"{part!r} needs values such as 127.0.0.2 or 127.0.0.4-127.0.0.7.") from None
        if first > last:
            raise FormatError(f"{part!r}: the range {word} ends before it begins.")
        found.append((first, last))
    if not found:
        raise FormatError(f"{part!r} names no value: write 127.0.0.2 or the like behind the equals sign.")
    return tuple(found)


def _within(number: int, ranges: tuple[Range, ...]) -> bool:
    return any(first <= number <= last for first, last in ranges)
