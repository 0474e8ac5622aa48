"""Whether a body has come whole: by its length, by its last chunk, by the end of its coding, or by what is in it.

A body without any of them ends where its connection does, also where that broke off in the middle of a line, and the
half of `192.0.2.100` is the address of somebody else.
"""

from __future__ import annotations

PACKED = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
)  # whoever unpacks them finds their end
MMDB_END, MMDB_TAIL = b"\xab\xcd\xefMaxMind.com", 128 << 10  # its metadata are in the last 128 kB
BRACKETS = ((b"[", b"]"), (b"{", b"}"))
SEVERAL = (b"}\n{", b"]\n[", b"}\r\n{", b"]\r\n[")  # between documents
SHOWN = 60  # characters of a last line


def doubt(host: str, body: bytes) -> str:
    """Explain why a body that ended with its connection may be cut short; return "" where it shows that it is not."""
    if not body or body.endswith((b"\n", b"\r")) or body.startswith(PACKED) or _is_document(body):
        return ""
    if MMDB_END in body[-MMDB_TAIL:]:
        return ""
    last = body[-1000:].rpartition(b"\n")[2][-SHOWN:].decode("ascii", "replace")
    shown = "".join(one if one.isprintable() else "?" for one in last)
    return (
        f"{host} said neither how long the list is nor where it ends, and its last line, {shown!r}, has no end: it may "
        "be cut short."
    )


def _is_document(body: bytes) -> bool:
    """Whether it looks like one whole JSON document; of several, one a line, the last ones may be missing.

    It is not read: what a stranger wrote is read by a process of its own, and this one answers DNS.
    """
    begin, end = body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1], body[-100:].rstrip()[-1:]
    if begin + end not in (b"[]", b"{}") or any(between in body for between in SEVERAL):
        return False
    return all(body.count(opens) == body.count(closes) for opens, closes in BRACKETS)
