"""Who reports: reporters whom the operator has named, known by their network or by a DKIM signature (RFC 6376).

Everybody can write From, and so it tells nothing by itself. A signature tells who sent a message only as far as it
covers it: all of the body, From, and whatever decides how the body is read. It owns no report.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from email.utils import parseaddr

from reputation.addresses.address import Address, parse_network
from reputation.intake import messages
from reputation.intake.messages import TrustedNetworks, raw
from reputation.intake.txt_records import NoAnswer, TxtRecords
from reputation.intake.uncounted import NotCounted

MOST_SIGNATURES = 3  # that are verified of one message, each with a look-up
LONGEST_SIGNATURE = 4096  # octets; the library's pattern for it must not get more
BLANKS = re.compile(rb"[ \t]+")
END_OF_HEADER = re.compile(rb"\r?\n\r?\n")

log = logging.getLogger("gatepost.dkim")
log.setLevel(logging.CRITICAL)  # the library tells there what is wrong with strangers' signatures

Tags = dict[bytes, bytes]


class Reporters:
    """The reporters that the settings name: networks, domains that sign, and addresses whose domain signs.

    `keys` fetches a key's TXT record; without it no signature is known.
    """

    def __init__(self, named: Iterable[str] = (), keys: TxtRecords | None = None) -> None:
        texts = [text.strip().lower() for text in named]
        self.networks = TrustedNetworks(text for text in texts if _is_network(text))
        self._signers = frozenset(text for text in texts if not _is_network(text))
        self._domains = {text.rpartition("@")[2] for text in self._signers}
        self._keys = keys

    def name_of(self, content: bytes, message: EmailMessage, handed_over_by: Address | None) -> str:
        """Return how the operator named this reporter, or "" for one who is not known.

        Raise NotCounted where the key of a signature could not be fetched just now.
        """
        if handed_over_by is not None and handed_over_by in self.networks:
            return str(handed_over_by)
        if not self._signers or self._keys is None:
            return ""
        author = _author(message)
        return next(filter(None, (self._named(author, domain) for domain in self._signed_by(content, message))), "")

    def _named(self, author: str, domain: str) -> str:
        if domain in self._signers:
            return domain
        return author if author in self._signers and author.rpartition("@")[2] == domain else ""

    def _signed_by(self, content: bytes, message: EmailMessage) -> Iterable[str]:
        """The named domains whose signature of this message is valid."""
        tried = 0
        for place, text in enumerate(raw(message, "dkim-signature")):
            tags = _tags(text)
            domain = tags.get(b"d", b"").decode("ascii", "replace").lower()
            if domain not in self._domains or not _covers_all(tags, message) or tried >= MOST_SIGNATURES:
                continue
            tried += 1
            if self._is_valid(content, place, tags):
                yield domain

    def _is_valid(self, content: bytes, place: int, tags: Tags) -> bool:
        import dkim  # most installations read no complaint

        lookup = _Lookup(self._keys.text if self._keys else None)
        try:
            valid = dkim.DKIM(_prepared(content, tags), logger=log).verify(place, dnsfunc=lookup)
        except Exception:  # what a stranger wrote in place of a signature ends in many of the library's ways
            valid = False
        if lookup.failed:
            raise NotCounted("no key")
        return bool(valid)


class _Lookup:
    """The look-up as the library calls it, which takes any failure for an invalid signature."""

    def __init__(self, text: Callable[[str], bytes | None] | None) -> None:
        self._text, self.failed = text, False

    def __call__(self, name: bytes, timeout: int = 5) -> bytes | None:
        try:
            return self._text(name.decode("ascii")) if self._text else None
        except UnicodeDecodeError:
            return None
        except NoAnswer:
            self.failed = True
            return None


def _is_network(text: str) -> bool:
    try:
        parse_network(text)
    except ValueError:
        return False
    return True


def _author(message: EmailMessage) -> str:
    """The one address in From."""
    return parseaddr("".join(raw(message, "from")))[1].lower()


def _tags(text: str) -> Tags:
    if len(text) > LONGEST_SIGNATURE or "  " * 32 in text.replace("\t", " "):
        return {}
    from dkim.util import InvalidTagValueList, parse_tag_value

    try:
        return dict(parse_tag_value(text.encode("ascii", "replace")))
    except InvalidTagValueList:
        return {}


def _covers_all(tags: Tags, message: EmailMessage) -> bool:
    """Whether nothing that is read could be added or changed behind the signer's back."""
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    if b"l" in tags or b"from" not in signed or b"subject" not in signed:  # RFC 6376 8.2
        return False
    return b"content-type" in signed or _begins_with_boundary(message)


def _begins_with_boundary(message: EmailMessage) -> bool:
    """Whether the body's first dashes are the boundary.

    Many signers leave Content-Type out, in which somebody else could name a boundary of the original message. The body
    is signed, and its first boundary is the reporter's own.
    """
    delimiter = messages.boundary(message)
    lines = (line.rstrip() for line in messages.decoded(message).split(b"\n"))
    first = next((line for line in lines if line.startswith(b"--")), b"")
    return bool(delimiter) and first == b"--" + delimiter


def _prepared(content: bytes, tags: Tags) -> bytes:
    """The message with single blanks in its body where the signature does not tell them apart (RFC 6376 3.4.4).

    The library's time grows with the square of a run of blanks.
    """
    if not tags.get(b"c", b"").strip().endswith(b"/relaxed"):
        return content
    end = END_OF_HEADER.search(content)
    return content[: end.end()] + BLANKS.sub(b" ", content[end.end() :]) if end else content
