"""Reads maps that say what is done with a client: access(5) and cidr: tables of Postfix, Sendmail's access database.

    192.0.2.7          REJECT You are on our list         Postfix, an address or the first octets of a network
    192.0.2.0/24       OK                                 a cidr: table
    Connect:192.0.2    RELAY                              Sendmail

In a cidr: table the first line that matches decides, in the others the most specific one, as with our rules. So a line
of a cidr: table that a wider one before it holds is never reached, and is left out.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from reputation.addresses.address import BITS, Network, shortened
from reputation.customers.imports.reading import (
    APPROVED,
    BLOCKED,
    Earlier,
    Exclusions,
    Lines,
    Taken,
    map_key,
    note_of,
    wrong,
)
from reputation.refusal import Refused

TAG = re.compile(
    r"(connect|from|to|spam|greetpause|clientrate|clientconn|srv_features|try_tls|tls_\w+|quarantine)\s*:(.*)",
    re.IGNORECASE | re.ASCII,
)
FOR_CLIENTS = "connect"
OK = ("OK", "RELAY", "PERMIT")
NO = ("REJECT", "DISCARD", "DEFER")
CODE = re.compile(r"[45]\d\d", re.ASCII)
ERROR = re.compile(r"ERROR:.*", re.IGNORECASE)
BLOCKS = re.compile(r"(if|endif)\b", re.IGNORECASE)
BLANK = re.compile(r"\s+")
NEITHER = "It neither approves nor blocks"


def is_access_map(sample: Lines) -> bool:
    """Tell whether most lines are a key and what is done with it."""
    found = [_halves(text) for _, text in sample.filled()]
    known = [key for key, action in found if _is_key(key) and _word(action)]
    return bool(known) and 2 * len(known) >= len(found)


def read(file: Lines) -> Iterator[Taken]:
    """Read each entry; what is about no address of a client is left out with the reason.

    What an entry leaves to the mail server (DUNNO) is taken out of the wider entries around it. So is then what other
    entries decide inside them: what is left of the wider one would be as narrow, and contradict them.
    """
    entries = list(_entries(file))
    left_to_server = _sorted(where for one, where in entries if one.problem.startswith(NEITHER))
    decided = _sorted(where for one, where in entries if not one.problem)
    for one, where in entries:
        inside = _inside(left_to_server, where) if where and not one.problem else []
        if not inside or not where:
            yield one
            continue
        inside += _inside(decided, where)
        yield from (one._replace(value=str(part)) for part in Exclusions(inside).left_of(where))


def _sorted(networks: Iterable[Network | None]) -> list[tuple[int, int, int]]:
    return sorted((one.version, one.first, one.prefix) for one in networks if one)


def _inside(networks: Sequence[tuple[int, int, int]], around: Network) -> list[Network]:
    """Those of the sorted networks (version, first address, prefix) that are a part of this one."""
    place = bisect_left(networks, (around.version, around.first, around.prefix + 1))
    found = []
    for version, first, prefix in itertools.islice(networks, place, None):
        if (version, first) > (around.version, around.last):
            break
        found.append(Network(version, first, first + (1 << BITS[version] - prefix) - 1, prefix))
    return found


def _entries(file: Lines) -> Iterator[tuple[Taken, Network | None]]:
    entries = list(_logical(file))
    in_order = any("/" in _halves(text)[0] for _, text in entries)
    before, depth = Earlier(), 0
    for number, text in entries:
        if BLOCKS.match(text):
            depth += 1 if text.lower().startswith("if") else -1
            yield wrong(number, text, "A condition of Postfix: what stands inside is not read"), None
        elif depth > 0:
            yield wrong(number, text, "It stands inside a condition (if), which is not read"), None
        else:
            yield _entry(number, text, before, in_order)


def _logical(file: Lines) -> Iterator[tuple[int, str]]:
    """Lines with those that go on: they begin with a blank."""
    number, text = 0, ""
    for at, line in enumerate(file.lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t" and text and not line.lstrip().startswith("#"):
            text += f" {line.strip()}"
            continue
        if text:
            yield number, text
        number, text = at, line.strip()
    if text:
        yield number, text


def _entry(number: int, text: str, before: Earlier, in_order: bool) -> tuple[Taken, Network | None]:
    key, action = _halves(text)
    tag = TAG.fullmatch(key)
    if tag and tag[1].lower() != FOR_CLIENTS:
        return wrong(number, text, f"{tag[1]}: is about no client of a connection"), None
    try:
        where = map_key(_bare(key))
    except Refused as refusal:
        return wrong(number, text, _about_key(_bare(key), refusal)), None
    line = before.holding(where) if in_order else before.same(where)
    before.add(where, number)
    if line:
        how = "decides before it" if in_order else "has the same sender"
        return wrong(number, text, f"It is never reached: line {line} {how}"), None
    return _with_action(number, text, where, action), where


def _with_action(number: int, text: str, where: Network, action: str) -> Taken:
    word = action.split(None, 1)[0] if action else ""
    rest = action[len(word) :].strip()
    if word.upper() in OK:
        return Taken(number, text[:80], str(where), APPROVED, note_of(rest))
    if word.upper() in NO:
        return Taken(number, text[:80], str(where), BLOCKED, note_of(rest if word.upper() != "DEFER" else action))
    if ERROR.fullmatch(action) or (CODE.fullmatch(word) and rest):
        return Taken(number, text[:80], str(where), BLOCKED, note_of(action))
    if word.isdecimal():
        return wrong(number, text, f"{word} alone is read by programs in two ways: write REJECT or OK")
    if not word:
        return wrong(number, text, "It does not say what is done with the sender: write OK or REJECT behind it")
    if word.upper() in ("DUNNO", "SKIP"):
        return wrong(number, text, f"{NEITHER} ({word[:20]}): it is taken out of the lines around it")
    return wrong(number, text, f"{NEITHER}: {word[:30]} is decided by the mail server itself")


def _halves(text: str) -> tuple[str, str]:
    parts = BLANK.split(text, maxsplit=1)
    return parts[0], parts[1].strip() if len(parts) > 1 else ""


def _bare(key: str) -> str:
    tag = TAG.fullmatch(key)
    bare = tag[2] if tag else key
    return bare[5:] if bare[:5].lower() == "ipv6:" else bare


def _is_key(key: str) -> bool:
    if TAG.fullmatch(key):
        return True
    try:
        map_key(_bare(key))
    except Refused:
        return bool(re.fullmatch(r"[\w.*@-]+\.[a-z]{2,}|!.*", key, re.IGNORECASE))
    return True


def _word(action: str) -> bool:
    word = action.split(None, 1)[0].upper() if action else ""
    return word in (*OK, *NO, "DUNNO", "SKIP", "HOLD") or bool(CODE.fullmatch(word) or ERROR.fullmatch(action))


def _about_key(key: str, refusal: Refused) -> str:
    if key.startswith("!"):
        return "A line that is turned round (!) says nothing of one sender"
    if "/" in key or ":" in key or key.replace(".", "").isdecimal():
        return str(refusal)
    return f"{shortened(key, 40)} is the name of a host or a domain: a rule is about addresses"
