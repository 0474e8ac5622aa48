"""Received fields by format (RFC 5321 4.4): the address of the client, as the server that took the message wrote it.

A client chooses the name of its HELO, its sender and its recipients, and servers write all of them into the field. So a
field is taken apart into words and comments first, and is then held against the table of the formats that servers
write: each row says where that server puts the address of the peer. A field of no format has no address, and nothing
below it is believed, because the next field may be the client's own. It knows no list of trusted servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from reputation.addresses.address import Address, parse_address

LONGEST = 2000  # characters of a field; the honest ones have a few hundred
FOLDED = re.compile(r"(?:\r\n|\r|\n)(?=[ \t])")  # RFC 5322 2.2.3
BLANK = re.compile(r"[ \t]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

WORD = r"[^\s()]+"
ADDRESS = r"(?:IPv6:)?(?P<address>[0-9a-f.:]{2,45})(?:%\w{1,16})?"
LITERAL = rf"\[{ADDRESS}\]"  # RFC 5321 4.1.3
NAMED = rf"(?:(?:IDENT:)?[^\s()@\[\]]*@)?(?P<name>[^\s()@\[\];,]*) ?{LITERAL}"
# What servers say of the client behind its address: a port, its HELO, an ident, and what they think of its name.
REMARKS = rf"(?::\d+)?(?: (?:helo|ident|port)={WORD})*(?: (?:verified|unverified|RDNS failed|\(may be forged\)))?"
GREETED = rf"\((?:HELO|EHLO|LHLO) ?(?:{WORD})?\)"
LOOKS_LIKE_ADDRESS = re.compile(r"\[.*\]|[\d.]+|[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE)
LOGGED_IN = re.compile(r"(?:UTF8|E?)SMTPS?A|ASMTP|HTTP[SU]?|HTTPREST", re.IGNORECASE)  # RFC 3848, RFC 6531
LOGIN_COMMENT = re.compile(r"\((?:Authenticated sender:|authenticated(?=[ )])|AUTH:)", re.IGNORECASE)
LMTP = re.compile(r"LMTPS?A?", re.IGNORECASE)
# Of which servers it is certain that a bare address in brackets is the peer, whatever the client called itself.
SURE = re.compile(
    r".*(?:\(8\.\d+\.\d+[^()]*/[^()]*\)|\((?:Postfix|Haraka|IceWarp|Merak|Kerio|Lotus Domino|HCL Domino|Exim|Halon|"
    r"CommuniGate Pro|OpenSMTPD|MDaemon|PowerMTA|Cyrus)\b|Microsoft SMTP ?(?:Server|SVC)|with SMTPS? \(version=)",
    re.IGNORECASE,
)


class Hop(NamedTuple):
    """One Received field: the address that connected, its name as the server found it, and the server.

    `client` is None where a server took the message from another program of its own machine, which wrote the field
    below. `is_login`: the client had logged in, and so is a user of that server. `at` is the field's own time (Unix
    seconds), None where it has none.
    """

    client: Address | None
    name: str = ""
    by: str = ""
    is_login: bool = False
    at: int | None = None


class Form(NamedTuple):
    """A format: the servers that write it, what stands between `from` and `by`, and what must stand behind `by`."""

    servers: str
    client: re.Pattern[str]
    by: re.Pattern[str] | None = None


def _form(servers: str, client: str, by: str = "") -> Form:
    mark = re.compile(by, re.IGNORECASE) if by else None
    return Form(servers, re.compile(client, re.IGNORECASE | re.ASCII), mark)


# Comments that name a peer: a second one makes a field uncertain.
CLIENTS = tuple(re.compile(form, re.IGNORECASE) for form in (rf"\({NAMED}{REMARKS}\)", rf"\( ?(?:{WORD}@)?{ADDRESS}\)"))
NAMED_CLIENT = rf"(?P<said>{WORD} )?\({NAMED}{REMARKS}\)"
# A server that names itself is read by its own rows alone, all others by those that have no mark.
FORMS: tuple[Form, ...] = (
    _form(
        "Exim, of a client without a name",
        rf"{LITERAL}{REMARKS}(?: \((?: ?(?:port|helo|ident)={WORD})+\))?",
        r".*\(Exim ",
    ),
    _form("Exim", NAMED_CLIENT, r".*\(Exim "),
    _form("CommuniGate Pro", rf"{LITERAL} \((?P<user>account {WORD} )?(?:HELO|EHLO) {WORD}\)", r".*\(CommuniGate Pro "),
    _form("CommuniGate Pro, of a client that it has looked up", NAMED_CLIENT, r".*\(CommuniGate Pro "),
    _form("chasquid", rf"{LITERAL} \({WORD}\)", r".*\(chasquid\)"),
    _form(
        "Momentum",
        rf"(?:{WORD} )?\(\[(?P<address>[\d.]{{7,15}}):\d+\](?: helo={WORD})?\)",
        r".*\((?:ecelerity|Momentum) ",
    ),
    _form("Yahoo", rf"(?P<address>[0-9a-f.:]{{2,45}}) {GREETED}", r"\S+ with SMTPs? \(version="),
    _form(
        "qmail and its patches, qpsmtpd, Cisco IronPort, JAMES, Yahoo, Zimbra's LMTP",
        rf"(?P<name>{WORD}) {GREETED} \((?:[^\s()]*@)?\[?{ADDRESS}\]?\)",
    ),
    _form("GMX", rf"(?P<name>{WORD}) {GREETED} {LITERAL}"),
    _form(
        "Postfix, Sendmail, OpenSMTPD, Haraka, Courier, Zimbra, Halon, Gmail, Amazon SES, Mailgun, SendGrid, "
        "hMailServer, MDaemon, IceWarp, Kerio, Domino, Cyrus, Dovecot, IIS",
        NAMED_CLIENT,
    ),
    _form("Exchange and Outlook, PowerMTA, qmail, Scalix", rf"(?P<said>{WORD} )?\( ?(?:[^\s()@]*@)?{ADDRESS}\)"),
)
# qmail-queue writes one above the field of qmail-smtpd, which is a program of the same machine.
INVOKED = re.compile(r"\(qmail \d+ invoked from network\)")
UNIX_SOCKET = "([unix socket])"


def read(field: str) -> Hop | None:
    """Read a Received field; return None where it is of no known format, or could be read in two ways."""
    text = _unfolded(field)
    words = _words(text) if text else None
    if not words:
        return None
    at = _time(words)
    if INVOKED.fullmatch(_line(words)):
        return Hop(None, at=at)
    # The second word is the HELO, whatever it is: one of "by" must not hide a client.
    by = next((place for place, word in enumerate(words) if place > 1 and word.lower() == "by"), 0)
    client, server = words[1:by], words[by + 1 :]
    if words[0].lower() != "from" or not by or not server or {word.lower() for word in server} & {"from", "by"}:
        return None
    # LMTP is what servers speak with their own alone (RFC 2033 5), and some name no address there.
    is_lmtp = bool(LMTP.fullmatch(_protocol(server)))
    if is_lmtp and client[1:] in ([], [UNIX_SOCKET]):
        return Hop(None, at=at)
    hop = _of(client, server, at)
    return Hop(None, at=at) if hop is not None and is_lmtp else hop


def _of(client: list[str], server: list[str], at: int | None) -> Hop | None:
    found, rest = _client(client, _own_words(server))
    if found is None:
        return None
    groups = found.groupdict()
    try:
        address = parse_address(groups["address"])
    except ValueError:
        return None
    name = groups.get("name") or ""
    known = name.rstrip(".") if name.lower() not in ("unknown", "<unknown>") else ""
    return Hop(address, known, server[0].lower(), bool(groups.get("user")) or _is_login([*rest, *server]), at)


def _client(client: list[str], server: str) -> tuple[re.Match[str] | None, list[str]]:
    """The part that the server vouches for, by the first format that fits; and what stands behind it."""
    marked = [form for form in FORMS if form.by is not None and form.by.match(server)]
    for form in marked or (form for form in FORMS if form.by is None):
        for length in range(min(len(client), 4), 0, -1):
            found = form.client.fullmatch(" ".join(client[:length]))
            if found is not None:
                return (found if _is_certain(found, client[length:], server) else None), client[length:]
    return None, []


def _is_certain(found: re.Match[str], rest: list[str], server: str) -> bool:
    """Whether no other word could be the peer: neither a later comment, nor an address in the place of the HELO."""
    groups = found.groupdict()
    if any(_names_a_client(word) for word in rest) or str(groups.get("name")).upper() in ("HELO", "EHLO", "LHLO"):
        return False
    said = (groups.get("said") or "").strip()
    if "said" not in groups or groups.get("name") or not LOOKS_LIKE_ADDRESS.fullmatch(said):
        return True
    return said.strip("[]").lower().removeprefix("ipv6:") == found["address"].lower() or bool(SURE.match(server))


def _names_a_client(word: str) -> bool:
    if not word.startswith("("):
        return True
    return any(form.fullmatch(word) for form in CLIENTS)


def _is_login(words: list[str]) -> bool:
    """Whether the server says so: not in the comment with the client's name, which its owner chose."""
    if any(LOGIN_COMMENT.match(word) for word in words):
        return True
    return bool(LOGGED_IN.fullmatch(_protocol(words))) or "auth=yes" in words  # the latter is OpenSMTPD's


def _protocol(server: list[str]) -> str:
    place = next((place for place, word in enumerate(server) if word.lower() == "with"), len(server))
    return "".join(server[place + 1 : place + 2])


def _own_words(server: list[str]) -> str:
    """What the server says of itself: without the recipient and the sender, whose names a client chooses."""
    words = server[: server.index(";")] if ";" in server else server
    before = ["", *words]
    kept = (
        word for word, last in zip(words, before, strict=False) if last.lower() != "for" and not set('<"@') & set(word)
    )
    return " ".join(kept)


def _unfolded(field: str) -> str:
    """The field on one line; "" where it has characters that no server writes."""
    if len(field) > LONGEST:
        return ""
    text = BLANK.sub(" ", FOLDED.sub("", field)).strip(" ")
    return "" if CONTROL.search(text) else text


def _words(text: str) -> list[str] | None:
    """Words, comments and semicolons in their order; None where a bracket or a quotation mark is left open."""
    words = list(_scanned(text))
    return None if "" in words else words


def _scanned(text: str) -> Iterator[str]:
    place, last, count = 0, "", 0
    while place < len(text):
        if text[place] == " ":
            place += 1
            continue
        end = _end(text, place, last.lower() == "for" and count > 3)  # before that it may be the HELO
        last, count = text[place:end], count + 1  # an end of 0 makes it "", which stands for what is left open
        yield last
        if not last:
            return
        place = end


def _end(text: str, place: int, is_recipient: bool) -> int:
    mark = text[place]
    if mark == ";":
        return place + 1
    if mark == "(":
        return _end_of_comment(text, place)
    return _end_of_mailbox(text, place) if mark == "<" or is_recipient else _end_of_word(text, place)


def _end_of_comment(text: str, place: int) -> int:
    """RFC 5322 3.2.2: comments may stand in comments."""
    depth, quoted = 0, False
    for at in range(place, len(text)):
        if quoted:
            quoted = False
        elif text[at] == "\\":
            quoted = True
        elif text[at] in "()":
            depth += 1 if text[at] == "(" else -1
            if depth == 0:
                return at + 1
    return 0


def _end_of_word(text: str, place: int) -> int:
    return next((at for at in range(place, len(text)) if text[at] in " (;"), len(text))


def _end_of_mailbox(text: str, place: int) -> int:
    """The end of <a@example>, or of a@example behind `for`. Only what is quoted in it may have blanks and brackets."""
    is_open, quotes, escaped = text[place] == "<", False, False
    for at in range(place, len(text)):
        mark = text[at]
        if escaped or (quotes and mark == "\\"):
            escaped = not escaped
        elif mark == '"':
            quotes = not quotes
        elif not quotes and mark == ">":
            return at + 1 if is_open else 0
        elif not quotes and (mark in " ()" or (mark == ";" and not is_open)):
            return at if mark in " ;" and not is_open else 0
    return 0 if quotes or is_open else len(text)


def _line(words: list[str]) -> str:
    """The field without its time."""
    end = words.index(";") if ";" in words else len(words)
    return " ".join(words[:end])


def _time(words: list[str]) -> int | None:
    """What stands behind the semicolon, without comments (RFC 5321 4.4)."""
    if ";" not in words:
        return None
    return date(" ".join(word for word in words[words.index(";") + 1 :] if not word.startswith("(")))


def date(text: str) -> int | None:
    """Read a date of a header as Unix seconds; return None where it is none."""
    try:
        found: datetime = parsedate_to_datetime(text[:100])
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
