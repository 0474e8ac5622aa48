"""Introductions: how an installation becomes known, and how it says that its key is no longer its own.

An introduction has the name, the address and the public key of an installation, and is signed with that key. A peer who
vouches for it signs the whole introduction; whoever takes it in then knows by whom it was introduced.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.exchange import keys, signed
from reputation.exchange.keys import Key
from reputation.exchange.signed import NotGenuine

LONGEST_NAME, LONGEST_ADDRESS = 60, 500
LARGEST = 2 * signed.LARGEST


class Introduction(NamedTuple):
    """Who an installation is. `vouched_by` is the key of the peer who hands it on, or "" where it speaks for itself.

    `document` is what the installation has signed, to be handed on.
    """

    name: str
    address: str
    key: str
    vouched_by: str = ""
    document: str = ""


class Revocation(NamedTuple):
    """An installation says that its key is no longer its own, and which one is, or ""."""

    key: str
    at: int
    next_key: str


def write(name: str, address: str, key: Key) -> str:
    """Write the introduction of this installation."""
    return signed.write(signed.INTRODUCTION, {"name": name, "address": address}, key)


def vouch(introduction: str, key: Key) -> str:
    """Write the introduction of another installation with our word for it."""
    return signed.write(signed.VOUCHER, {"introduction": introduction}, key)


def read(document: str | bytes) -> Introduction:
    """Read an introduction, with or without somebody's word for it. Raise NotGenuine."""
    if len(document) > LARGEST:
        raise NotGenuine("The introduction is too large.")
    envelope = signed.parsed(
        document, "This is no introduction: paste the link that its operator has sent you, or the whole text."
    )
    if envelope.get("gatepost") == signed.VOUCHER:
        said = signed.read(signed.VOUCHER, document)
        inner = _read(signed.text(said, "introduction", signed.LARGEST))
        return inner._replace(vouched_by=said["key"])
    return _read(document)


def revoke(key: Key, next_key: str, now: int) -> str:
    """Write that this key is revoked, and which key comes after it."""
    return signed.write(signed.REVOCATION, {"at": now, "next_key": next_key}, key)


def read_revocation(document: str | bytes, public: str = "") -> Revocation:
    """Read the statement by which a key is revoked, signed with that key. Raise NotGenuine."""
    said = signed.read(signed.REVOCATION, document, public)
    next_key = signed.text(said, "next_key", 43)
    if next_key:
        _checked_key(next_key)
    return Revocation(said["key"], signed.number(said, "at"), next_key)


def _read(document: str | bytes) -> Introduction:
    said = signed.read(signed.INTRODUCTION, document)
    name = signed.text(said, "name", LONGEST_NAME)
    address = signed.text(said, "address", LONGEST_ADDRESS)
    if not name.strip() or not address.startswith(("https://", "http://")):
        raise NotGenuine("The introduction has no name, or no address that begins with https:// or http://.")
    document = document if isinstance(document, str) else document.decode()
    return Introduction(name.strip(), address.rstrip("/") + "/", _checked_key(said["key"]), document=document)


def _checked_key(public: str) -> str:
    try:
        keys.octets(public, 32)
    except ValueError:
        raise NotGenuine("The introduction has no public key.") from None
    return public
