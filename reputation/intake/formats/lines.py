"""The lines of a list and the addresses in them: what all formats share. It knows no single format.

Addresses are read strictly: four decimal octets without leading zeros, or RFC 4291 text. `socket.inet_pton` does that
ten times as fast as the `ipaddress` module (and `inet_aton` would not: it takes `1.2.3` and `010.0.0.1`).
"""

import codecs
import io
import itertools
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from reputation.addresses.address import shortened
from reputation.ranges import Entries

KEPT_WARNINGS = 20
LONGEST_TEXT = 255  # rbldnsd's manual: "truncates all TXT records to be at most 255 bytes"
SHOWN = re.compile(rf"(?:\$\$|.){{0,{LONGEST_TEXT}}}", re.DOTALL)
PIECES = 10  # of which a preview shows what each became
MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 2.5.5.2
SPAN = re.compile(r"([^\s-]+)\s*-\s*([^\s-]+)")
AT_ONCE = 4096
LONGEST_LINE = 1 << 20  # characters; what stands behind them is left out
MOST_PIECES = 1 << 22  # of one zone, beyond its entries: a line of 31 octets may be cut into more than a thousand
HOSTS4 = {"": 0} | {f"/{prefix}": (1 << 32 - prefix) - 1 for prefix in range(33)}
PREFIXES6 = {"": 128} | {f"/{prefix}": prefix for prefix in range(129)}
# The bits beyond each prefix, in two halves.
HOSTS6 = np.array([divmod((1 << 128 - prefix) - 1, 1 << 64) for prefix in range(129)], np.uint64)
NOT_USUAL = (OSError, ValueError, KeyError)
HIGHEST = {4: (1 << 32) - 1, 16: (1 << 128) - 1}
# Two words in a row, or a word that ends a sentence: what people write, and no list of addresses holds as an entry.
# It begins where a word does, and gives back nothing: else a line of a million letters would take a day.
PROSE = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]{2,}+[,;:]?\s++[^\W\d_]{2}|[^\W\d_]{3,}+[.:!]\s*+$)")


class FormatError(ValueError):
    """A file cannot be used as a whole; the text says why and what to do."""


class LineFault(ValueError):
    """One line cannot be used; the text says why."""


# The entry, its line, its text number, whether it is an exclusion, and whether it is one because nobody wants it.
Written = tuple[str, int, int, bool, bool]


Blocks = tuple[bytes, bytes]  # first and last addresses of many entries, in network byte order


class Block(NamedTuple):
    """First and last address, 4 or 16 bytes each in network byte order."""

    first: bytes
    last: bytes


class Reading:
    """What has been read of a file so far: sections of entries (most files have one), and the bad lines."""

    def __init__(self) -> None:
        self.sections = [Section(self)]
        self.notes: list[str] = []  # what concerns no single line
        self.warnings: list[tuple[int, str]] = []
        self.bad = 0
        self.prose = 0  # of the bad ones, those that read as sentences
        self.left_out: Counter[str] = Counter()  # entries that are understood and not wanted, by the reason
        self.values: Counter[str] = Counter()  # entries by the A value that the file gives them
        self.pieces: list[tuple[int, str]] = []  # what the first entries were read from, where these are no lines
        self.networks_of: Callable[[int], list[tuple[bytes, bytes]]] | None = None  # of an AS, first and last
        self.dated = 0  # when the content was made, by its own word, in Unix seconds; 0: it does not say
        self.is_strict = False  # whether content from the future is to be refused, as rbldnsd does
        self.expires = 0  # the second from which it is not to be served, by its own word; 0: it does not say
        self.cut = 0  # lines whose end was left out
        self.most_pieces = MOST_PIECES

    @property
    def entries(self) -> int:
        """Count the entries of all sections."""
        return sum(map(len, self.sections))

    def count_cut(self) -> None:
        """Count a line that was too long, and whose end was left out."""
        self.cut += 1

    def fault(self, line: int, content: str, why: object) -> None:
        """Leave a line out. The first twenty are kept as warnings for a person, the others are only counted."""
        self.bad += 1
        self.prose += bool(PROSE.search(content))
        if len(self.warnings) < KEPT_WARNINGS:
            self.warnings.append((line, f"line {line}: {why}: {printable(content)}"))


class Section:
    """Entries that belong together: an exclusion applies to the other entries of its section, and to no other section.

    Entries wait as text until there are some thousands: those of one kind are then read in one step, which takes a
    fifth of the time. `flush` reads those that wait.
    """

    def __init__(self, reading: Reading) -> None:
        self.four = Entries(4)
        self.six = Entries(6)
        self.texts: dict[str, int] = {}  # as written, to its number from 1 on
        self.expanded: list[str] | None = None  # the same in their order, where a format fills something in
        self.read_block: Callable[[str], Block] = block_of  # how one entry is read
        self.at_once = True
        self.unwanted4: list[int] = []  # places in `four` of what excludes only because it is left out
        self.deciding: tuple[Entries, Entries] | None = None  # the entries by which an address is listed, if others
        self._reading = reading
        self._waiting: list[Written] = []

    def __len__(self) -> int:
        return len(self.four) + len(self.six)

    @property
    def most_pieces(self) -> int:
        """Return into how many pieces the ranges of its file are cut at most."""
        return self._reading.most_pieces

    def clear(self) -> None:
        """Let go of the entries, which take most of the memory: nothing more is asked of them."""
        self.four, self.six, self.deciding = Entries(4), Entries(6), None

    def add(self, entry: str, line: int, text: str = "", excluded: bool = False, unwanted: bool = False) -> None:
        """Add an entry as it is written in a line; it is checked later, and a bad one becomes a warning.

        An `unwanted` one is understood and left out: it lists nothing, and keeps a wider entry from listing it.
        """
        number = self._number(text) if text else 0
        self._waiting.append((entry, line, number, excluded or unwanted, unwanted))
        if len(self._waiting) == AT_ONCE:
            self.flush()

    def add_ipv4_lines(self, lines: Sequence[str], span: range, text: str = "", unwanted: bool = False) -> bool:
        """Add whole lines of a file in one step, where each is an IPv4 address or network and nothing else.

        Return False where one of them is not; then none of them was added. The usual long list is read in this way.
        """
        try:
            firsts, lasts = _blocks4([line.strip() for line in lines] if self.at_once else [""])
        except NOT_USUAL:
            return False
        if unwanted:
            self.unwanted4.extend(range(len(self.four), len(self.four) + len(span)))
        numbers = [self._number(text)] * len(span)
        self.four.extend(firsts, lasts, span, numbers, bytes([unwanted]) * len(span))
        return True

    def add_lines(self, entries: Iterable[str], span: range) -> None:
        """Add the entries of as many lines, each as `add` does without a text; a line without one is passed over."""
        self.flush()
        self._read([(entry, line, 0, False, False) for entry, line in zip(entries, span, strict=True) if entry])

    def add_block(self, block: Block, line: int, text: str = "") -> None:
        """Add a block that is known already."""
        (self.four if len(block.first) == 4 else self.six).add(*block, line, self._number(text))

    def flush(self) -> None:
        """Read the entries that wait; those that cannot be read become warnings."""
        waiting, self._waiting = self._waiting, []
        self._read(waiting)

    def _read(self, waiting: Sequence[Written]) -> None:
        """Read entries in one step for each kind; where one of a kind is not as usual, those of it one by one."""
        if self.at_once and waiting:
            # Nearly always all are of one kind, which the first one tells.
            waiting = [] if self._took(_kind(waiting[0][0]), waiting) else self._not_usual(waiting)
        for entry, line, number, excluded, unwanted in waiting:
            try:
                block = self.read_block(entry)
            except LineFault as why:
                self._reading.fault(line, entry, why)
            else:
                entries = self.four if len(block.first) == 4 else self.six
                if unwanted and entries is self.four:
                    self.unwanted4.append(len(entries))
                entries.add(block.first, block.last, line, number, excluded)

    def _not_usual(self, waiting: Sequence[Written]) -> list[Written]:
        """Read each kind by itself; return the entries of those kinds of which one entry is not as usual."""
        kinds: dict[str, list[Written]] = {}
        for one in waiting:
            kinds.setdefault(_kind(one[0]), []).append(one)
        left = {kind for kind, some in kinds.items() if not self._took(kind, some)}
        return [one for one in waiting if _kind(one[0]) in left] if left else []

    def _took(self, kind: str, waiting: Sequence[Written]) -> bool:
        """Whether all were read in one step, as entries of this kind; else none of them was."""
        if kind and self.read_block is not block_of:
            return False  # a format that writes entries in its own way has in common with others IPv4 alone
        entries, lines, numbers, excluded, unwanted = zip(*waiting, strict=True)
        try:
            firsts, lasts = AT_ONCE_OF[kind](entries)
        except NOT_USUAL:
            return False
        into = self.six if kind == ":" else self.four
        if into is self.four and any(unwanted):
            self.unwanted4.extend(len(self.four) + place for place, is_it in enumerate(unwanted) if is_it)
        into.extend(firsts, lasts, lines, numbers, excluded)
        return True

    def _number(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts) + 1) if text else 0

    def final_texts(self) -> list[str]:
        """Return the texts of the entries in the order of their numbers, with any variables filled in."""
        return list(self.texts) if self.expanded is None else self.expanded


def cut_text(template: str) -> str:
    """Cut a text to what a TXT record holds, of which a doubled dollar sign is one character and stays whole."""
    if len(template) <= LONGEST_TEXT:
        return template
    found = SHOWN.match(template)
    return found[0] if found else ""


def printable(text: str, limit: int = 80) -> str:
    """Shorten a piece of a file for a message, and replace characters that a terminal, a log or a table would obey."""
    return shortened(
        "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[: 4 * limit].strip()),
        limit,
    )


def _kind(entry: str) -> str:
    """By the sign that tells it: ":" IPv6, "-" a range, and "" IPv4 addresses and networks, and what is none."""
    return ":" if ":" in entry else "-" if "-" in entry else ""


def _blocks4(entries: Sequence[str]) -> Blocks:
    """First and last addresses, where all entries are IPv4 addresses or networks; else one of NOT_USUAL."""
    parts = [entry.partition("/") for entry in entries]
    packed = _packed(socket.AF_INET, (part[0] for part in parts))
    firsts = np.frombuffer(packed, ">u4").astype(np.uint32)
    hosts = np.array([HOSTS4[part[1] + part[2]] for part in parts], np.uint32)
    if (firsts & hosts).any():
        raise ValueError("bits beyond the prefix")
    return packed, (firsts | hosts).astype(">u4").tobytes()


def _blocks6(entries: Sequence[str]) -> Blocks:
    """The same of IPv6 addresses and networks, of which none is an IPv4 address in another form."""
    parts = [entry.partition("/") for entry in entries]
    packed = _packed(socket.AF_INET6, (part[0] for part in parts))
    firsts = np.frombuffer(packed, ">u8").astype(np.uint64).reshape(-1, 2)
    hosts = HOSTS6[[PREFIXES6[part[1] + part[2]] for part in parts]]
    is_mapped = (firsts[:, 0] == 0) & (firsts[:, 1] >> np.uint64(32) == 0xFFFF)
    if (firsts & hosts).any() or is_mapped.any():
        raise ValueError("bits beyond the prefix, or an IPv4 address")
    return packed, (firsts | hosts).astype(">u8").tobytes()


def _spans4(entries: Sequence[str]) -> Blocks:
    """The same of ranges of IPv4 addresses."""
    parts = [entry.partition("-") for entry in entries]
    firsts = _packed(socket.AF_INET, (part[0].rstrip() for part in parts))
    lasts = _packed(socket.AF_INET, (part[2].lstrip() for part in parts))
    if (np.frombuffer(firsts, ">u4") > np.frombuffer(lasts, ">u4")).any():
        raise ValueError("a range ends before it begins")
    return firsts, lasts


AT_ONCE_OF: dict[str, Callable[[Sequence[str]], Blocks]] = {"": _blocks4, "-": _spans4, ":": _blocks6}


def _packed(of: socket.AddressFamily, texts: Iterable[str]) -> bytes:
    return b"".join(map(socket.inet_pton, itertools.repeat(of), texts))


def chunks(lines: Iterator[str]) -> Iterator[tuple[list[str], range]]:
    """Split the lines into lists of some thousand, each with the range of its line numbers."""
    number = 1
    while chunk := list(itertools.islice(lines, AT_ONCE)):
        yield chunk, range(number, number + len(chunk))
        number += len(chunk)


def lines_of(
    pieces: Iterable[bytes], longest: int = LONGEST_LINE, when_cut: Callable[[], object] = lambda: None
) -> Iterator[str]:
    """Decode the lines of a file, whatever its line ends, encoding or byte order mark; line ends may still be there.

    One wrong octet in a comment must not cost the list: what is not UTF-8 is read as Latin-1 up to the end of its line,
    in which every octet is a character. Of a line that is longer than `longest` (0: no bound) the rest is left out, and
    `when_cut` is called.
    """
    return itertools.chain.from_iterable(_groups_of_lines(pieces, longest, when_cut))


def _groups_of_lines(pieces: Iterable[bytes], longest: int, when_cut: Callable[[], object]) -> Iterator[Iterable[str]]:
    """The lines that each piece completes; of the last one there is a begin, which waits for its end."""
    begin, size = [""], 0

    def ended(end: str) -> str:
        line = "".join(begin) + end
        if not longest or size + len(end) <= longest:
            return line
        when_cut()
        return line[:longest] + "\n"

    for text in _texts_of(pieces):
        first, last = text.find("\n") + 1, text.rfind("\n") + 1
        if first:
            yield (ended(text[:first]),)
            yield io.StringIO(text[first:last])
            begin, size = [""], 0
        rest = text[last:]
        if not longest or size <= longest:
            begin.append(rest)
        size += len(rest)
    if size:
        yield (ended(""),)


def _texts_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """The pieces as text, in which each line ends with a line feed."""
    decoder: io.IncrementalNewlineDecoder | None = None
    for piece in pieces:
        if decoder is None:
            decoder = io.IncrementalNewlineDecoder(_decoder(piece), translate=True)
        yield decoder.decode(piece)
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def _decoder(begin: bytes) -> codecs.IncrementalDecoder:
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")("replace")
    return codecs.getincrementaldecoder("utf-8-sig")(AS_LATIN1)


def _rest_as_latin1(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    end = fault.object.find(b"\n", fault.start) + 1 or len(fault.object)
    return fault.object[fault.start : end].decode("latin-1"), end


AS_LATIN1 = "gatepost.latin1"
codecs.register_error(AS_LATIN1, _rest_as_latin1)


def block_of(text: str) -> Block:
    """Read `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, or the same in IPv6.

    Raise LineFault, which says what is wrong.
    """
    if "/" in text:
        return _network(text)
    if "-" in text:
        return _span(text)
    address = address_of(text)
    return Block(address, address)


def address_of(text: str) -> bytes:
    """Read an address into 4 or 16 octets; an IPv4-mapped IPv6 address becomes IPv4.

    Raise LineFault where it is none.
    """
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        raise LineFault("not an IP address") from None
    return packed[12:] if packed.startswith(MAPPED) else packed


def _network(text: str) -> Block:
    base, _, digits = text.partition("/")
    first = address_of(base)
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= 3):
        raise LineFault("the prefix is not a number")
    prefix = int(digits)
    if ":" in base and len(first) == 4:  # ::ffff:192.0.2.0/120 is 192.0.2.0/24
        prefix -= 96
    if not 0 <= prefix <= 8 * len(first):
        raise LineFault(f"the prefix is not between 0 and {8 * len(first)}")
    return network_block(first, prefix)


def network_block(first: bytes, prefix: int) -> Block:
    """Return the block of a base address and a prefix. Raise LineFault where bits beyond the prefix are set."""
    width = len(first)
    hosts = HIGHEST[width] >> prefix
    value = int.from_bytes(first)
    if value & hosts:
        meant = socket.inet_ntop(family(width), (value & ~hosts).to_bytes(width))
        raise LineFault(f"bits are set beyond the prefix (is {meant}/{prefix} meant?)")
    return Block(first, (value | hosts).to_bytes(width))


def _span(text: str) -> Block:
    found = SPAN.fullmatch(text)
    if not found:
        raise LineFault("not an address, a network or a range")
    first, last = address_of(found[1]), address_of(found[2])
    if len(first) != len(last):
        raise LineFault("a range from IPv4 to IPv6")
    if first > last:
        raise LineFault("the range ends before it begins")
    return Block(first, last)


def family(width: int) -> socket.AddressFamily:
    """Return the socket family of an address of 4 or 16 octets."""
    return socket.AF_INET if width == 4 else socket.AF_INET6
