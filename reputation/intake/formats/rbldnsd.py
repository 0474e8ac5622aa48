"""Zone files of rbldnsd, as its manual rbldnsd(8) describes them: ip4set, ip4trie, ip4tset, ip6trie, ip6tset, combined.

An entry's TXT template becomes its text, with `$1` and the like filled in. `$`, which stands for the address asked
about, stays, and so does `$$`, which stands for a dollar sign. The A value is ignored: the feed's category decides.

`rbldnsd:NAME` takes only the datasets of that subzone of a combined file (`@` is the base zone).
"""

import re
import socket
from collections.abc import Iterator, Sequence

from reputation.intake.formats.lines import (
    Block,
    FormatError,
    LineFault,
    Reading,
    Section,
    address_of,
    chunks,
    network_block,
)

LONGEST_TEXT = 255  # the manual: "truncates all TXT records to be at most 255 bytes"
READ_OVER = {"SOA", "NS", "TTL", "TIMESTAMP"}
WIDEST = "MAXRANGE4"
SIGNS = ("", "$", ":", "#", ";")
NO_TEXT = "\0"  # an entry without a text of its own, where a base template gives it one

SPECIAL = re.compile(r"[#:]?\$(\w+|=)(?:\s+(.*))?")  # `#$` and `:$` let the same file suit rbldns
ENTRY4 = r"\d+[./-][\d./-]*(?=[\s:#;]|$)"
ENTRY6 = r"[0-9A-Fa-f:.]+(?:/\d+)?(?=[\s:#;]|$)"
IP4 = {"", "ip4set", "ip4trie", "ip4tset"}
IP6 = {"ip6trie", "ip6tset"}
# the file's own kind is not known unless it is a combined one: then what begins as in IPv4 is IPv4
ENTRIES = {kind: re.compile(ENTRY4) for kind in IP4} | {kind: re.compile(ENTRY6) for kind in IP6}
ENTRIES[""] = re.compile(f"{ENTRY4}|{ENTRY6}")
VALUE = re.compile(r":\s*[\d.]+\s*(?::\s*(.*))?")
VARIABLE = re.compile(r"\$([$=\d]?)")


def read_rbldnsd(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read a zone file, or only the subzone that `option` names; return the number of lines.

    Raise FormatError where the file has no such subzone.
    """
    zone = _Zone(reading, option.strip().lower())
    span = range(0)
    for chunk, span in chunks(lines):
        if not zone.add_ipv4_lines(chunk, span):
            for line, content in zip(span, chunk, strict=True):
                zone.read(line, content)
    zone.finish()
    return span.stop - 1 if span else 0


class _Zone:
    """A zone file as it is read. Each dataset of a combined file is a section of its own: what one excludes, another
    may list. It begins with the variables of the common section, and without a default text."""

    def __init__(self, reading: Reading, subzone: str) -> None:
        self.reading = reading
        self.subzone = subzone
        self.subzones: set[str] = set()
        self.passed_over: dict[str, int] = {}  # lines of datasets that hold no addresses, by type
        self.common: dict[str, str] = {}
        self._begin("", reading.sections[0], self.common, wanted=True)

    def _begin(self, kind: str, section: Section, variables: dict[str, str], wanted: bool) -> None:
        self.kind, self.section, self.variables, self.wanted = kind, section, variables, wanted
        self.entry = ENTRIES.get(kind, ENTRIES[""])
        self.section.read_block = self._block
        self.section.at_once = WIDEST not in variables
        self.default = ""

    def add_ipv4_lines(self, lines: Sequence[str], span: range) -> bool:
        """Add whole lines in one step where they are addresses and networks with the default text.

        Most zone files are a long list of them.
        """
        return (
            self.wanted
            and self.kind in IP4
            and self.section.add_ipv4_lines(lines, span, self._own_or_base(self.default))
        )

    def read(self, line: int, content: str) -> None:
        """Read one line."""
        text = content.strip()
        if text[:1] not in SIGNS:
            self._entry(line, text)
        elif text and not text.startswith(";"):
            self._sign(line, text)

    def _sign(self, line: int, text: str) -> None:
        """A line that begins with `$`, `:` or `#`: a special entry, a default, a comment."""
        special = SPECIAL.fullmatch(text)
        if special and self._special(line, special[1].upper(), special[2] or ""):
            return
        if text.startswith("$"):
            self.reading.fault(line, text, "a special entry that is not known")
        elif text.startswith("::"):  # an IPv6 address: a default has an A value between its colons
            self._entry(line, text)
        elif text.startswith(":"):
            self.default = _value(text, "")

    def _special(self, line: int, name: str, rest: str) -> bool:
        if name == "DATASET":
            self._dataset(rest)
        elif name == WIDEST:
            self._narrow(rest)
        elif name == "=" or (name.isdecimal() and len(name) == 1):
            self.variables.setdefault(name, rest)  # the manual: a second one is ignored
        else:
            return name in READ_OVER
        return True

    def _dataset(self, rest: str) -> None:
        words = re.split(r"\s[#;]", rest)[0].lower().split()
        kind, zones = words[0].partition(":")[0] if words else "", words[1:]
        self.subzones.update(zones)
        section = Section(self.reading)
        self._finish_section()
        self.reading.sections.append(section)
        self._begin(kind, section, dict(self.common), wanted=not self.subzone or self.subzone in zones)

    def _narrow(self, rest: str) -> None:
        """`$MAXRANGE4 /24` or `256`: from here on, wider entries are left out. It can only become less."""
        limit = rest.strip()
        if limit.startswith("/") and limit[1:].isdecimal():
            limit = str(1 << max(0, 32 - int(limit[1:])))
        if limit.isdecimal():
            self.section.flush()  # what stands before it is not bound by it
            self.variables[WIDEST] = min(limit, self.variables.get(WIDEST, limit), key=int)
            self.section.at_once = False

    def _entry(self, line: int, text: str) -> None:
        if not self.wanted:
            return
        if self.kind not in ENTRIES:
            self.passed_over[self.kind] = self.passed_over.get(self.kind, 0) + 1
            return
        excluded = text.startswith("!")
        if excluded:
            text = text[1:].lstrip()
        found = self.entry.match(text)
        if not found:
            self.reading.fault(line, text, "not an address, a network or a range")
            return
        words = "" if excluded else self._own_or_base(_value(text[found.end() :].strip(), self.default))
        self.section.add(found[0], line, words, excluded)

    def _own_or_base(self, words: str) -> str:
        return words or (NO_TEXT if "=" in self.variables else "")

    def _block(self, entry: str) -> Block:
        block = _block6(entry) if ":" in entry or self.kind in IP6 else _block4(entry)
        size = int.from_bytes(block.last) - int.from_bytes(block.first) + 1
        if len(block.first) == 4 and WIDEST in self.variables and size > int(self.variables[WIDEST]):
            raise LineFault("wider than the file's own $MAXRANGE4 allows")
        return block

    def finish(self) -> None:
        """Read what waits, and note what was left out. Raise FormatError where there is no such subzone."""
        self._finish_section()
        if self.subzone and self.subzone not in self.subzones:
            known = ", ".join(sorted(self.subzones)) or "it has no datasets"
            raise FormatError(f"The file has no dataset for the subzone {self.subzone!r} (those of it: {known}).")
        for kind, lines in self.passed_over.items():
            self.reading.notes.append(
                f"lines left out because a dataset of the type {kind} holds no addresses: {lines:,}"
            )

    def _finish_section(self) -> None:
        """Variables may be set after the entry that uses them, so they are filled in at the end."""
        self.section.flush()
        self.section.expanded = [_expanded(template, self.variables) for template in self.section.texts]


def _value(rest: str, default: str) -> str:
    """The TXT template behind an entry: `:A:TXT`, `:A` (the default's text), `:A:` (no text) or the text alone."""
    if not rest or rest[0] in "#;":
        return default
    found = VALUE.fullmatch(rest)
    if not found:
        return rest.removeprefix(":").strip()
    return default if found[1] is None else found[1]


def _expanded(template: str, variables: dict[str, str]) -> str:
    """Variables and the base template filled in; what is filled in is not looked at again, so its dollars are doubled.
    A text that begins with `=` does without the base template."""
    own = "" if template == NO_TEXT else template
    base = variables.get("=", "")
    if own.startswith("="):
        own, base = own[1:], ""

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if name == "=":
            return own.replace("$", "$$") if own else "$"
        if name and name != "$" and name in variables:
            return variables[name].replace("$", "$$")
        return "$$" + name if name and name != "$" else found[0]

    return VARIABLE.sub(filled, base or own)[:LONGEST_TEXT]


def _block4(text: str) -> Block:
    try:
        address = socket.inet_pton(socket.AF_INET, text)
        return Block(address, address)
    except OSError:
        pass
    base, sign, rest = re.fullmatch(r"([\d.]*)([/-]?)(.*)", text).groups()  # type: ignore[union-attr]
    octets = _octets(base)
    if sign == "/":
        if not rest.isdecimal() or int(rest) > 32:
            raise LineFault("the prefix is not between 0 and 32")
        return network_block(bytes(octets).ljust(4, b"\0"), int(rest))
    if sign == "-":
        return _range4(octets, _octets(rest))
    if len(octets) == 1:
        raise LineFault("a number alone is not an address")
    return Block(bytes(octets).ljust(4, b"\0"), bytes(octets).ljust(4, b"\xff"))


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


def _block6(text: str) -> Block:
    """`2001:db8` is `2001:db8::/32`: without `::`, the words that are written are the prefix."""
    base, slash, digits = text.partition("/")
    words = base.count(":") + 1
    is_short = "::" not in base and words < 8 and "." not in base
    first = address_of(base + ("::" if is_short else ""))
    if not slash:
        prefix = 16 * words if is_short else 8 * len(first)
    else:
        prefix = int(digits) - (96 if len(first) == 4 else 0)
    if not 0 <= prefix <= 8 * len(first):
        raise LineFault("the prefix is not between 0 and 128")
    return network_block(first, prefix)
