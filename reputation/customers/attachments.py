"""Files that come with a request: of limited size and a few kinds, which are recognized by their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from reputation.refusal import Refused
from reputation.store.models import IspAttachment

LARGEST = 1 << 20  # bytes
LONGEST_NAME = 100


class Attachment(NamedTuple):
    """A file. Its type is that of its content, and never what a browser called it."""

    name: str
    content_type: str
    content: bytes


def checked(name: str, content: bytes) -> Attachment:
    """Check a file as somebody sent it. Raise Refused where it is too large, empty, or not what its name says."""
    base = PurePath(name.replace("\\", "/")).name
    name = "".join(sign for sign in base if sign.isprintable())[-LONGEST_NAME:].strip()
    if not content:
        raise Refused(f"The file {name or 'you chose'} is empty.")
    if len(content) > LARGEST:
        raise Refused(f"The file {name} is larger than {LARGEST >> 20} MB: send a part of it, or a link in the reason.")
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        raise Refused(f"The file {name or 'you chose'} is none of these kinds: {', '.join(KINDS)}.")
    content_type, is_such = KINDS[ending]
    if not is_such(content):
        raise Refused(f"The file {name} is not what its name says: it does not hold a {ending} file.")
    return Attachment(name, content_type, content)


def keep(request_id: int, file: Attachment) -> None:
    """Store the file with its request. Call it inside the transaction that makes the request."""
    IspAttachment.create(request=request_id, name=file.name, content_type=file.content_type, content=file.content)


def for_request(request_id: int) -> Attachment | None:
    """Return the file of a request, or None."""
    row = IspAttachment.get_or_none(IspAttachment.request == request_id)
    return Attachment(row.name, row.content_type, bytes(row.content)) if row else None


def names(request_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of the files that came with these requests, by request."""
    rows = IspAttachment.select(IspAttachment.request, IspAttachment.name)
    return {row.request_id: row.name for row in rows.where(IspAttachment.request << list(request_ids))}


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


# By the ending of a file's name: its type, and whether the content is such.
KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".txt": ("text/plain; charset=utf-8", _is_text),
    ".csv": ("text/csv; charset=utf-8", _is_text),
}
