"""Signed documents: a JSON text, its kind and its signature, in one JSON object.

`signed` is the text that was signed, to the octet: a reader verifies it before a parser sees it, and no two programs
must agree on how JSON is written. The kind is signed too, so that no document passes for one of another kind.
"""

from __future__ import annotations

import json
import math
from typing import Any

from reputation.exchange import keys
from reputation.exchange.keys import Key

HEAD, BATCH, INTRODUCTION, VOUCHER, REVOCATION = "head", "batch", "introduction", "voucher", "revocation"
LARGEST = 8192  # octets of a document
MEMBERS = {"gatepost", "signed", "signature"}


class NotGenuine(Exception):
    """A document or file is not what it should be; the text says why, for a person."""


def write(kind: str, content: dict[str, Any], key: Key) -> str:
    """Write a document of a kind, signed with the key: one line."""
    text = json.dumps({"key": key.public, **content}, ensure_ascii=True, separators=(",", ":"))
    return json.dumps({"gatepost": kind, "signed": text, "signature": key.sign(_octets(kind, text))})


def read(kind: str, document: str | bytes, public: str = "") -> dict[str, Any]:
    """Return what a document says, once its signature is that of `public`, or of the key that it names itself.

    Raise NotGenuine where it is of another kind, not signed so, or no document at all.
    """
    if len(document) > LARGEST:
        raise NotGenuine(f"The {kind} is larger than {LARGEST:,} octets.")
    envelope = parsed(document, f"What should be the {kind} is no signed document.")
    if set(envelope) != MEMBERS or not all(isinstance(value, str) for value in envelope.values()):
        raise NotGenuine(f"What should be the {kind} is no signed document.")
    if envelope["gatepost"] != kind:
        raise NotGenuine(f"It is no {kind}, but calls itself {envelope['gatepost'][:20]!r}.")
    text, signature = envelope["signed"], envelope["signature"]
    if public:  # nothing of the text is looked at before
        _verify(kind, text, signature, public)
    found = parsed(text, f"What the {kind} says cannot be read.")
    named = found.get("key")
    if not isinstance(named, str) or (public and named != public):
        raise NotGenuine(f"The {kind} names another key than the one that it is signed with.")
    if not public:
        _verify(kind, text, signature, named)
    return found


def parsed(text: str | bytes, fault: str) -> dict[str, Any]:
    """Read a JSON object. Raise NotGenuine with this sentence where it is none."""
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    # RecursionError: brackets within brackets; ValueError: no JSON, no UTF-8, or a number with thousands of digits
    except (ValueError, RecursionError):
        raise NotGenuine(fault) from None
    if not isinstance(found, dict):
        raise NotGenuine(fault)
    return found


def number(content: dict[str, Any], name: str, most: int = (1 << 53) - 1) -> int:
    """Return a whole number from 0 to `most` of what a document says. Raise NotGenuine where it is none."""
    found = content.get(name)
    if type(found) is not int or not 0 <= found <= most:
        raise NotGenuine(f"{name!r} should be a whole number.")
    return found


def text(content: dict[str, Any], name: str, longest: int) -> str:
    """Return a text of what a document says. Raise NotGenuine where it is none, too long, or not for printing."""
    found = content.get(name)
    if not isinstance(found, str) or len(found) > longest or not (found.isprintable() or not found):
        raise NotGenuine(f"{name!r} should be a text of at most {longest} characters.")
    return found


def _verify(kind: str, content: str, signature: str, public: str) -> None:
    try:
        octets = _octets(kind, content)
    except UnicodeEncodeError:  # half of a surrogate pair
        raise NotGenuine(f"What the {kind} says cannot be read.") from None
    if not keys.is_signed(public, octets, signature):
        raise NotGenuine(f"The {kind} is not signed with the key {keys.fingerprint(public)}.")


def _octets(kind: str, content: str) -> bytes:
    return f"gatepost exchange {kind}\n{content}".encode()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError("a number without end")
    return found
