"""A line of a list as somebody wrote it: a sender with a note behind it, or several senders.

A line is read as it is written, or it is refused: no address, range, netmask or action in it is taken for a note.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import NamedTuple

from reputation.addresses.address import BITS
from reputation.customers.policy.action_words import BLOCKED, HEADINGS, action_of, bare, contradiction
from reputation.customers.policy.values import read_value
from reputation.refusal import Refused

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# These patterns are asked about lines that anybody pastes: none goes back over what it has read (`++`, `*+`), so that
# a line costs no more than its length.
LINE_END = re.compile(r"\r\n|\n|\r")  # and nothing else: what splitlines() splits at besides may stand in a note
ADDRESS = r"[\da-f]*[.:][\da-f]*[.:][\da-f.:]*"
# A word, or the two addresses of a range with spaces between them.
PIECE = re.compile(rf"{ADDRESS}\s+[-\u2013]\s*{ADDRESS}(?=[\s,;]|$)|[^\s,;]+", re.IGNORECASE | re.ASCII)
LIKE_SENDER = re.compile(rf"{ADDRESS}(\s*[-\u2013]\s*{ADDRESS}|[/%-]\S*)?|(country|isp):.*", re.IGNORECASE | re.ASCII)
SENDER_WITHIN = re.compile(
    r"(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?!\w|\.\w)"  # a full stop may stand behind it
    r"|(?<![\w.])(\d{1,3}(\.\d{1,3}){1,2}|10)/\d{1,2}(?![\w/.])"  # 10.1/16, but not 24/7
    r"|(?<![\w.])\d{1,3}(\.\d{1,3}){1,2}\.[*x](?!\w)"
    r"|(?<![\w:.])[\da-f]*+:[\da-f]*+:[\da-f:]*+(?<=[\da-f])(?![\w:])|(?<![\w:.])([\da-f]{1,4}:)+:(?![\w:])"
    r"|(?<![\w:.])::/\d+|(?<!\w)(country|isp):",
    re.IGNORECASE | re.ASCII,
)
TIME = re.compile(r"(?<![\w:])\d{1,2}:\d\d:\d\d(?![\w:])", re.ASCII)
# The number of an ISP, but where the text says with such a word, or in brackets, that it is about the sender.
ISP_WITHIN = re.compile(r"(?<![\w(\[])(AS\d{1,10}|(?-i:ASN?|ISP)\s?:?\s?\d{1,10})(?!\w)", re.IGNORECASE | re.ASCII)
ABOUT_SENDER = re.compile(r"(?<!\w)(to|of|in|from|at|by|via|behind|is|on|von|aus|bei)\s+$", re.IGNORECASE)
REST_OF_NETWORK = re.compile(
    r"/\s*\d.*|[-\u2013]\s*+(?=[a-f.:]*\d)[\da-f.:]*+|[-\u2013]\s*\d{1,3}(?=[\s,;|]).*"
    r"|(to|through|thru|bis|\.{2,3}|\u2026|~)\s*\d{1,3}",
    re.IGNORECASE | re.ASCII,
)
PREFIX_WITHIN = re.compile(
    r"(?<![\w/.:])[/\\]\s?\d{1,3}(?![\w/]|\.\d)|(?<!\w)0x[\da-f]{8}(?!\w)"
    r"|(?<!\w)((net|sub|subnet)?mask|prefix([ -]?len(gth)?)?|cidr)\s*+([:=]\s*+)?/?\d{1,3}(?!\w|\.\d)",
    re.IGNORECASE | re.ASCII,
)
NUMBER = re.compile(r"\d{1,3}", re.ASCII)
CELLS = re.compile(r"[,;\t|]")
IN_BRACKETS = re.compile(r"[(\[\"'{]([^()\[\]\"'{}]*)[)\]\"'}]")
NAMED = re.compile(r"(?<!\w)(\w++)\s*+[=:]\s*+[\"'(\[]*+(\w+)")
NAMES_OF_ACTIONS = ("action", "verdict", "policy", "status", "result", "target", "reply", "code")
LONGEST_LINE = 1000  # characters before a note: no sender with a text behind it is longer
PLACE = re.compile(r"block\s+[A-Z](?!\w)", re.IGNORECASE)  # Block B is a building
TOO_LONG = (
    f"The line has more than {LONGEST_LINE:,} characters: write each sender on a line of its own, with a short note."
)
ALONE = "Write each sender on a line of its own, and # before a note."


class TableRow(NamedTuple):
    """The parts of a line, before anything is checked."""

    number: int
    value: str
    note: str = ""
    until: str = ""
    action: str = ""
    problem: str = ""


def lines_of(text: str) -> list[str]:
    """Split a text into its lines, which end in LF, CR or both."""
    return LINE_END.split(text.removeprefix("\ufeff"))


def control_character(line: str) -> str:
    """Name the first character of a line that is no text, such as U+000B; return "" where there is none."""
    found = next((sign for sign in line if sign != "\t" and unicodedata.category(sign) in ("Cc", "Zl", "Zp")), "")
    return f"U+{ord(found):04X}" if found else ""


def senders_of(line: str, number: int, action: str) -> list[TableRow]:
    """Return the senders of a line with their note; none where it is empty or a comment. What follows # is a note.

    `action` is that of the list, for words such as Postfix's OK and REJECT. A line that cannot be read has a `problem`.
    """
    said, sign, comment = line.partition("#")
    said, comment = said.strip(" \t,;"), comment.strip()
    if not said:
        return []
    if len(said) > LONGEST_LINE:
        return [TableRow(number, said[:LONGEST_LINE], problem=TOO_LONG)]
    senders, rest = _split(said)
    if line.lstrip().startswith(";"):  # a comment of zone files, or a table without its first cell
        problem = "The line begins with ;, as comments do: leave out that sign, or the line."
        return [TableRow(number, said, problem=problem)] if _is_like_sender(senders[0]) else []
    masked = next(filter(None, map(_netmask, senders, senders[1:])), "")
    if masked:
        return [TableRow(number, said, problem=masked)]
    if not rest:
        return [TableRow(number, sender, comment) for sender in senders]
    problem = _problem(senders, rest, action)
    if problem:
        return [TableRow(number, said, problem=problem)]
    note, until = _end_of(rest)
    note = "" if action_of(note) else note
    return [TableRow(number, senders[0], f"{note} {sign}{comment}" if note and comment else note or comment, until)]


def _split(said: str) -> tuple[list[str], str]:
    """The senders at the beginning of a line, and what is behind them. The first word is taken for a sender."""
    pieces = list(PIECE.finditer(said))
    count = next((place for place, piece in enumerate(pieces) if not _is_like_sender(piece[0])), len(pieces))
    count = max(count, 1)
    return [piece[0] for piece in pieces[:count]], said[pieces[count - 1].end() :].strip(" \t,;")


def _problem(senders: list[str], rest: str, action: str) -> str:
    """Why the line cannot be read; "" where it is one sender and a note."""
    if action_of(senders[0]):
        heading = HEADINGS.get(action_of(senders[0]), HEADINGS[BLOCKED])
        return f"The line begins with {senders[0][:20]!r}: write the sender alone, under {heading}."
    if REST_OF_NETWORK.fullmatch(rest) or PREFIX_WITHIN.search(rest) or _is_prefix(senders[-1], rest):
        said = f"{senders[-1]} {rest[:40]} is no network: write it without spaces, as in 192.0.2.0/24."
        return f"{said} If it is a note, write # before it."
    if len(senders) > 1:
        return f"There are several senders and {rest[:40]!r} on this line. {ALONE}"
    found = SENDER_WITHIN.search(TIME.sub("", rest))
    if found:
        return f"There is another sender in what follows the first one ({found[0][:40]}). {ALONE}"
    isp = next((one[0] for one in ISP_WITHIN.finditer(rest) if not ABOUT_SENDER.search(rest[: one.start()])), "")
    if isp:
        return f"There may be another sender in what follows the first one ({isp[:40]}). {ALONE}"
    return next(filter(None, (contradiction(bare(word), action) for word in _words(rest))), "")


def _words(rest: str) -> list[str]:
    """What of a text may say what is done with a sender: its first word, each cell, what is in brackets or named."""
    text = bare(rest)
    named = [word for name, word in NAMED.findall(rest) if not word.isdigit() or name.casefold() in NAMES_OF_ACTIONS]
    first = [] if PLACE.match(text) else re.split(r"[\s/]", text)[:1]
    return [*first, *CELLS.split(rest), *IN_BRACKETS.findall(rest), *named]


def _is_prefix(sender: str, rest: str) -> bool:
    """Whether a text begins with a number that may be the prefix of the address before it.

    It may where nothing else stands in its cell, and where the address is the first one of such a network.
    """
    cell = CELLS.split(bare(rest))[0]
    first, _, more = bare(cell).partition(" ")
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return False
    bits = BITS[address.version]
    if not NUMBER.fullmatch(first) or int(first) > bits:
        return False
    return not more or not int(address) & ((1 << (bits - int(first))) - 1)


def _netmask(address: str, mask: str) -> str:
    """That two words are an address and its netmask; "" where the second one is none."""
    if not re.fullmatch(r"255(\.\d{1,3}){3}|0(\.\d{1,3}){3}", mask):
        return ""
    try:
        network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
    except ValueError:
        return ""
    return f"{mask} behind an address is a netmask: write {network}."


def _end_of(note: str) -> tuple[str, str]:
    """A note without the day that stands behind its last comma, and that day."""
    rest, comma, last = re.sub("[;\t]", ",", note).rpartition(",")
    return (rest.strip(), last.strip()) if comma and DAY.match(last.strip()) else (note, "")


def _is_like_sender(word: str) -> bool:
    if LIKE_SENDER.fullmatch(word):
        return True
    try:
        read_value(word)
    except Refused:
        return False
    return True
