"""Mail messages as evidence: who sent them, and what may be kept of them. It decides nothing.

Each Received field was written by the server that received the message next. The fields of servers that we trust are
true, and the first address that is not one of theirs delivered the message to them (RFC 5321 4.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from reputation.addresses.address import (
    Address,
    Network,
    parse_address,
    parse_network,
)

CLIENT = re.compile(r"\[\s*(?:IPv6:)?([0-9a-fA-F.:]{3,45})\s*\]", re.IGNORECASE)  # RFC 5321 4.1.3
LISTS = ("list-id", "list-unsubscribe", "list-post")  # RFC 2919, RFC 2369
LONGEST_FIELD = 300
LONGEST_HEADER = 2000  # characters


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

    def __contains__(self, address: Address) -> bool:
        return any(
            network.version == address.version and network.first <= address.value <= network.last
            for network in self._networks
        )


def read(content: bytes) -> EmailMessage:
    """Parse a message. Whatever is wrong with it is noted in its defects; nothing is raised."""
    message = message_from_bytes(content, policy=BOUNDED)
    assert isinstance(message, EmailMessage)
    return message


def hops(message: EmailMessage) -> Iterator[Address]:
    """Yield the addresses that handed the message over, server by server, the last one first.

    A field that names no address is left out.
    """
    for text in message.get_all("received", []):
        # What stands behind "by" is the server that received it.
        found = CLIENT.search(re.split(r"(?:^|\s)by\s", " ".join(str(text).split()), maxsplit=1)[0])
        if found:
            try:
                yield parse_address(found[1])
            except ValueError:
                continue


def first_untrusted(message: EmailMessage, trusted: TrustedNetworks, peer: Address | None = None) -> Address | None:
    """Return the connecting address; behind servers that we trust, the first one that is not theirs; or None."""
    if peer is not None and peer not in trusted:
        return peer
    return next((hop for hop in hops(message) if hop not in trusted), None)


def is_automatic(message: EmailMessage) -> bool:
    """Tell whether a machine wrote the message in answer to something, or a mailing list sent it.

    Such a message is no evidence against its sender.
    """
    automatic = field(message, "auto-submitted").lower()
    precedence = field(message, "precedence").lower()
    return (
        (bool(automatic) and not automatic.startswith("no"))  # RFC 3834 5
        or precedence in ("bulk", "list", "junk", "auto_reply")
        or any(message[name] is not None for name in LISTS)
        or message.get_content_type() in ("multipart/report", "message/delivery-status")
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
