"""Mail messages as evidence: who sent them, and what may be kept of them. It decides nothing.

Each Received field was written by the server that received the message next. The fields of servers that we trust are
true, and the first client that is not one of theirs delivered the message to them (RFC 5321 4.4). Only the header of a
message is parsed, and of its body the parts that stand right below it: what stands deeper is a stranger's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from itertools import islice
from typing import Any

from reputation.addresses.address import (
    Address,
    Network,
    parse_network,
)
from reputation.intake import received
from reputation.intake.received import Hop
from reputation.intake.uncounted import NotCounted

LISTS = ("list-id", "list-unsubscribe", "list-post")  # RFC 2919, RFC 2369
LONGEST_FIELD = 300
LONGEST_HEADER = 2000  # characters
PLAIN = ("7bit", "8bit", "binary")  # what a multipart may be (RFC 2045 6.4)
MOST_HOPS = 50
MOST_PARTS = 20  # of a message, and as many as a report or a list of them needs


class BoundedPolicy(EmailPolicy):
    """A parsing policy that reads no more of a header than an honest one has.

    The parser's time grows faster than the length of the header.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Parse the first 2,000 characters of a header."""
        return super().header_fetch_parse(name, value if hasattr(value, "name") else value[:LONGEST_HEADER])


BOUNDED = BoundedPolicy()


class TrustedNetworks:
    """Networks such as those of servers that we trust; `address in networks` tells whether one of them holds it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._networks: Sequence[Network] = [parse_network(text) for text in texts]

    def __or__(self, other: TrustedNetworks) -> TrustedNetworks:
        both = TrustedNetworks()
        both._networks = [*self._networks, *other._networks]
        return both

    def __contains__(self, address: Address) -> bool:
        return any(
            network.version == address.version and network.first <= address.value <= network.last
            for network in self._networks
        )


def read(content: bytes) -> EmailMessage:
    """Parse a message's header; its body stays as it is. Whatever is wrong with it, nothing is raised."""
    message = BytesParser(policy=BOUNDED).parsebytes(content, headersonly=True)
    assert isinstance(message, EmailMessage)
    return message


def raw(message: EmailMessage, name: str) -> list[str]:
    """Return all fields of a name as they stand there: nothing is decoded, since a client could encode brackets."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name]


def hops(message: EmailMessage) -> Iterator[Hop | None]:
    """Yield the servers' handovers, the last one first; None for a field that cannot be read."""
    return map(received.read, islice(raw(message, "received"), MOST_HOPS))


def first_untrusted(message: EmailMessage, trusted: TrustedNetworks, peer: Address | None = None) -> Address:
    """Return the connecting address; behind servers that we trust, the first one that is not theirs.

    Raise NotCounted where a field that they should have written cannot be read, or a user of theirs had logged in.
    """
    if peer is not None and peer not in trusted:
        return peer
    for hop in hops(message):
        if hop is None:
            raise NotCounted("unread hop")
        if hop.is_login:
            raise NotCounted("own user")
        if hop.client is not None and hop.client not in trusted:
            return hop.client
    raise NotCounted("no hop")


def parts(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts right below a multipart message (RFC 2046 5.1.1), each with its header parsed alone.

    Parts of parts are not opened: in a report they belong to the message that is complained of, whose sender wrote
    them.
    """
    delimiter = boundary(message)
    if not delimiter or not content_type(message).startswith("multipart/"):
        return []
    if any(encoding.strip().lower() not in PLAIN for encoding in raw(message, "content-transfer-encoding")):
        return []
    return [read(part) for part in islice(_split(decoded(message), delimiter), MOST_PARTS)]


def content_type(part: EmailMessage) -> str:
    """Return the type of a message or part, in lower case; "" where it cannot be read."""
    try:
        return part.get_content_type()
    except Exception:  # the parser of structured fields gives up on some inventions of spammers
        return ""


def boundary(message: EmailMessage) -> bytes:
    """Return the boundary of a multipart message, or nothing."""
    try:
        return str(message.get_boundary("")).encode(errors="replace")
    except Exception:  # as above
        return b""


def decoded(part: EmailMessage) -> bytes:
    """Return the content of a message or part, its transfer encoding undone."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # as above
        return b""
    return content if isinstance(content, bytes) else b""


def content_digest(message: EmailMessage) -> str:
    """Return what tells a message from others: its body, and what its author wrote above it.

    What servers add on the way is left out, and so are the recipients.
    """
    above = (f"{name}: {text}" for name in ("from", "subject", "date", "message-id") for text in raw(message, name))
    digest = hashlib.sha256("\n".join(above).encode("utf-8", "surrogateescape"))
    digest.update(b"\n\n" + decoded(message).replace(b"\r\n", b"\n").strip())
    return digest.hexdigest()


def is_automatic(message: EmailMessage) -> bool:
    """Tell whether the message says that a machine wrote it in answer to something, or a mailing list sent it.

    Anybody can say so, and such a message is weaker evidence against its sender.
    """
    automatic = field(message, "auto-submitted").lower()
    precedence = field(message, "precedence").lower()
    return (
        (bool(automatic) and not automatic.startswith("no"))  # RFC 3834 5
        or precedence in ("bulk", "list", "junk", "auto_reply")
        or any(message[name] is not None for name in LISTS)
        or content_type(message) in ("multipart/report", "message/delivery-status")
    )


def field(message: EmailMessage, name: str) -> str:
    """Return a header on one line, shortened; "" where there is none or it cannot be read."""
    try:
        value = message[name]
    except Exception:  # the parser of structured fields gives up on some inventions of spammers
        return ""
    return " ".join(str(value).split())[:LONGEST_FIELD] if value is not None else ""


def described(message: EmailMessage, *lines: str) -> str:
    """Write what is kept of a message as evidence: `lines` and a few fields.

    Its recipient is left out, because that would name a trap.
    """
    fields = [f"{name}: {text}" for name in ("From", "Subject", "Date", "Message-ID") if (text := field(message, name))]
    return "\n".join([*lines, *fields])


def _split(content: bytes, delimiting: bytes) -> Iterator[bytes]:
    """The parts between the lines of a boundary; the last one may be cut off."""
    delimiter = b"--" + delimiting
    part: list[bytes] | None = None
    for line in content.split(b"\n"):
        bare = line.rstrip(b" \t\r")
        if bare in (delimiter, delimiter + b"--"):
            if part is not None:
                yield b"\n".join(part)
            part = []
            if bare != delimiter:
                return
        elif part is not None:
            part.append(line)
    if part:
        yield b"\n".join(part)
