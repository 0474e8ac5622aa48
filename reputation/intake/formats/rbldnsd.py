"""Zone files of rbldnsd, as its manual rbldnsd(8) describes them: ip4set, ip4trie, ip4tset, ip6trie, ip6tset, combined.

An entry's TXT template becomes its text, with `$1` and the like filled in. `$`, which stands for the address asked
about, stays, and so does `$$`, which stands for a dollar sign. The A value says whether an entry is taken at all
(rbldnsd_values.py); the feed's category decides what is answered.

`rbldnsd:NAME` takes only the datasets of that subzone of a combined file (`@` is the base zone).
"""

import re
from collections.abc import Iterator, Sequence

from reputation.intake.formats.dates import zone_times
from reputation.intake.formats.lines import Block, FormatError, LineFault, Reading, Section, chunks, cut_text
from reputation.intake.formats.rbldnsd_addresses import block4, block6
from reputation.intake.formats.rbldnsd_sets import as_set, as_trie
from reputation.intake.formats.rbldnsd_values import DEFAULT, Choice, check_values, read_option, value_of

READ_OVER = {"SOA", "NS", "TTL"}
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
TRIES = {"ip4trie", "ip4tset", "ip6trie", "ip6tset"}
VALUE = re.compile(r":\s*([\d.]+)\s*(?::\s*(.*))?")
ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
WIDTH = re.compile(r"(/?)(\d{1,10})(?:\s*[#;].*)?")
VARIABLE = re.compile(r"\$([$=\d]?)")


def read_rbldnsd(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read a zone file, or only the subzone that `option` names; return the number of lines.

    Raise FormatError where the file has no such subzone, or values of which nobody has said what they mean.
    """
    zone = _Zone(reading, read_option(option))
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

    def __init__(self, reading: Reading, choice: Choice) -> None:
        self.reading = reading
        self.choice = choice
        self.subzone = choice.subzone
        self.tabular = 0  # entries whose text begins with another address, as in a table with two columns
        self.subzones: set[str] = set()
        self.passed_over: dict[str, int] = {}  # lines of datasets that hold no addresses, by type
        self.common: dict[str, str] = {}
        self.spare = reading.most_pieces  # how many more pieces its ranges may be cut into
        self._begin("", reading.sections[0], self.common, wanted=True)

    def _begin(self, kind: str, section: Section, variables: dict[str, str], wanted: bool) -> None:
        self.kind, self.section, self.variables, self.wanted = kind, section, variables, wanted
        self.entry = ENTRIES.get(kind, ENTRIES[""])
        self.section.read_block = self._block
        self.section.at_once = WIDEST not in variables
        self.default, self.value = "", DEFAULT

    def add_ipv4_lines(self, lines: Sequence[str], span: range) -> bool:
        """Add whole lines in one step where they are addresses and networks with the default text.

        Most zone files are a long list of them.
        """
        if not self.wanted or self.kind not in IP4:
            return False
        is_taken = self.choice.takes(self.value)
        words = self._own_or_base(self.default) if is_taken else ""
        if not self.section.add_ipv4_lines(lines, span, words, unwanted=not is_taken):
            return False
        self.reading.values[self.value] += len(span)
        return True

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
            self._defaults(line, text)

    def _defaults(self, line: int, text: str) -> None:
        """`:127.0.0.2:text`: the value and the text of the entries that follow."""
        try:
            self.value, self.default = _value(text, DEFAULT, "")
        except LineFault as why:
            self.reading.fault(line, text, why)

    def _special(self, line: int, name: str, rest: str) -> bool:
        if name == "DATASET":
            self._dataset(rest)
        elif name == "TIMESTAMP":
            self._timestamp(line, rest)
        elif name == WIDEST:
            self._narrow(line, rest)
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

    def _timestamp(self, line: int, rest: str) -> None:
        """The zone's own word of when it was made and when it ends; of several ends the first one counts."""
        try:
            made, ends = zone_times(rest)
        except ValueError as why:
            self.reading.fault(line, rest, why)
            return
        self.reading.dated = max(self.reading.dated, made)
        self.reading.is_strict = True
        self.reading.expires = min(filter(None, (self.reading.expires, ends)), default=0)

    def _narrow(self, line: int, rest: str) -> None:
        """`$MAXRANGE4 /24` or `256`: from here on, wider entries are left out. It can only become less."""
        found = WIDTH.fullmatch(rest.strip())
        if not found:
            self.reading.fault(line, rest, "$MAXRANGE4 needs a number of addresses or a prefix, such as 256 or /24")
            return
        limit = str(1 << max(0, 32 - int(found[2]))) if found[1] else found[2]
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
        rest = text[found.end() :].strip()
        if excluded:
            self.section.add(found[0], line, excluded=True)
        else:
            self._valued(line, text, found[0], rest)

    def _valued(self, line: int, text: str, entry: str, rest: str) -> None:
        """An entry with what stands behind it."""
        try:
            value, words = _value(rest, self.value, self.default)
        except LineFault as why:
            self.reading.fault(line, text, why)
            return
        self.tabular += bool(ADDRESS.match(words))
        self.reading.values[value] += 1
        if self.choice.takes(value):
            self.section.add(entry, line, self._own_or_base(words))
        else:
            self.section.add(entry, line, unwanted=True)

    def _own_or_base(self, words: str) -> str:
        return words or (NO_TEXT if "=" in self.variables else "")

    def _block(self, entry: str) -> Block:
        block = block6(entry) if ":" in entry or self.kind in IP6 else block4(entry)
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
        values = self.reading.values
        if self.tabular > values.total() // 2:
            raise FormatError(
                "Behind the addresses stand other addresses: this is a table and no zone. Read it as "
                "csv:start=#1,end=#2, or as its columns are."
            )
        check_values(values, self.choice)
        self.reading.left_out["by their value"] += sum(
            count for value, count in values.items() if not self.choice.takes(value)
        )
        for kind, lines in self.passed_over.items():
            self.reading.notes.append(
                f"lines left out because a dataset of the type {kind} holds no addresses: {lines:,}"
            )

    def _finish_section(self) -> None:
        """Variables may be set after the entry that uses them, so they are filled in at the end."""
        self.section.flush()
        if self.kind in TRIES:
            self.section.deciding = as_trie(self.section.four), as_trie(self.section.six)
        elif self.kind in IP4:
            pieces = as_set(self.section, self.spare)
            self.spare -= max(0, len(pieces) - len(self.section.four))
            self.section.deciding = pieces, as_trie(self.section.six)
        self.section.expanded = [_expanded(template, self.variables) for template in self.section.texts]


def _value(rest: str, value: str, default: str) -> tuple[str, str]:
    """The A value and the TXT template behind an entry: `:A:TXT`, `:A` (the default's text), `:A:` (no text) or the
    text alone. Raise LineFault where A is no address: rbldnsd lists no such entry either."""
    if not rest or rest[0] in "#;":
        return value, default
    if not rest.startswith(":"):
        return value, rest
    found = VALUE.fullmatch(rest)
    if not found:
        raise LineFault("between colons stands a value such as 127.0.0.2 or 2")
    return value_of(found[1]), default if found[2] is None else found[2]


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

    return cut_text(VARIABLE.sub(filled, base or own))
