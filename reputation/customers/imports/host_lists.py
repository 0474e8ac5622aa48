"""Reads lists of addresses that say nothing of what is done with them: a list of lines, or Exim's host lists.

    192.0.2.7            one a line, as allow and block lists of Exim, Rspamd, Haraka and many others are kept
    !192.0.2.9           an exclusion
    hostlist relays = 192.0.2.0/24 : 198.51.100.7        in the configuration of Exim

The person says what they become. A text behind an address is its note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reputation.addresses.address import Network, shortened
from reputation.customers.imports.reading import Exclusions, Lines, Taken, network, note_of, wrong
from reputation.customers.policy.written_lines import senders_of
from reputation.refusal import Refused

HOSTLIST = re.compile(r"hostlist\s+(\w+)\s*=\s*(.*)", re.IGNORECASE)
SEPARATOR = re.compile(r"<\s*(\S)\s*(.*)")
SAYS = "It says what is done with the sender, and a list does not: write the sender alone"
LONGEST_NAME = 300  # characters that are looked at
COLON = re.compile(r"(?<!:):(?!:)")


def is_exim(sample: Lines) -> bool:
    """Tell whether the file defines host lists of Exim."""
    return any(HOSTLIST.fullmatch(text) for _, text in sample.filled())


def is_plain(sample: Lines) -> bool:
    """Tell whether most lines begin with an address or a network."""
    found = [text.removeprefix("!").split()[0].strip(",;") for _, text in sample.filled() if text.strip("! ,;")]
    known = sum(map(_is_network, found))
    return known > 0 and 2 * known >= len(found)


def read_exim(file: Lines) -> Iterator[Taken]:
    """Read the members of each host list; what is no address is left out with the reason."""
    entries: list[tuple[int, str, str]] = []
    for number, text in _joined(file):
        found = HOSTLIST.fullmatch(text)
        if found:
            entries += [(number, word, f"host list {found[1]}") for word in _members(found[2])]
        else:
            yield wrong(number, text, "It defines no host list")
    yield from _taken(entries)


def read_plain(file: Lines) -> Iterator[Taken]:
    """Read the senders of each line."""
    entries = []
    for number, line in enumerate(file.lines, 1):
        text = line.strip()
        if text.startswith("!"):
            entries.append((number, text.partition("#")[0].strip(), ""))
            continue
        for row in senders_of(text, number, ""):
            if row.problem:
                unclear = "this line would make it :" in row.problem
                yield wrong(number, text, SAYS if unclear else row.problem)
            else:
                entries.append((number, row.value, row.note))
    yield from _taken(entries)


def _taken(entries: list[tuple[int, str, str]]) -> Iterator[Taken]:
    """Each entry without what is excluded of it."""
    excluded: list[Network] = []
    found: list[tuple[int, str, str, Network]] = []
    for number, word, note in entries:
        try:
            where = network(word.removeprefix("!").strip())
        except Refused as refusal:
            yield wrong(number, word, _about(word, refusal))
            continue
        if word.startswith("!"):
            excluded.append(where)
            yield wrong(number, word, "An exclusion: it is taken out of the networks around it")
        else:
            found.append((number, word, note, where))
    without = Exclusions(excluded)
    for number, word, note, where in found:
        parts = without.left_of(where) if excluded else [where]
        yield from (Taken(number, word, str(part), note=note_of(note)) for part in parts)
        if not parts:
            yield wrong(number, word, "All of it is excluded by another entry")


def _joined(file: Lines) -> Iterator[tuple[int, str]]:
    """Lines with those that a backslash leads to."""
    number, text = 0, ""
    for at, line in file.filled():
        number = number or at
        text += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        yield number, text.strip()
        number, text = 0, ""
    if text:
        yield number, text.strip()


def _members(text: str) -> list[str]:
    """The members of an Exim list: between colons, of which one inside a member is doubled, or another sign."""
    chosen = SEPARATOR.fullmatch(text)
    if chosen:
        return [word.strip() for word in chosen[2].split(chosen[1]) if word.strip()]
    return [word.strip().replace("::", ":") for word in COLON.split(text) if word.strip()]


def _is_network(word: str) -> bool:
    try:
        network(word)
    except Refused:
        return False
    return True


def _about(word: str, refusal: Refused) -> str:
    if re.fullmatch(r"!?[*+@\w.-]*[a-z_+*@][\w.*-]*(;.*)?", word[:LONGEST_NAME], re.IGNORECASE):
        return f"{shortened(word, 40)} is a name or a look-up: only addresses and networks are taken"
    return str(refusal)
