"""A mailbox in which complaints arrive. Each message is read once; where one is not a complaint, the log says why.

A message of a Maildir moves from new to cur after it was read. An mbox file is read from where the last look ended; an
mbox that is named for the first time is read from its present end.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from reputation.intake import spam_reports
from reputation.intake.messages import TrustedNetworks
from reputation.intake.spam_reports import Incoming
from reputation.intake.trap import LARGEST, complaint_from
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import LogPlace
from reputation.verdict.origins import EMPTY, Origins

log = logging.getLogger("gatepost.complaints")

AT_ONCE = 500
A_LOOK = 8 << 20  # octets of an mbox file
FROM_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
SETTLED = 3  # seconds without a change: the last message of an mbox file is whole then


class ComplaintBox:
    """The mailbox that the settings name, with the networks of our own servers and of known reporters."""

    def __init__(self, path: str = "", relays: Iterable[str] = (), reporters: Iterable[str] = ()) -> None:
        self._path = Path(path) if path else None
        self._trusted, self._reporters = TrustedNetworks(relays), TrustedNetworks(reporters)

    def read_new(self, now: int, origins: Origins = EMPTY) -> str:
        """Read the complaints that have arrived; return a sentence about them, or "" where there are none."""
        return read_new(self._path, self._trusted, self._reporters, now, origins) if self._path else ""


def read_new(
    box: Path, trusted: TrustedNetworks, reporters: TrustedNetworks, now: int, origins: Origins = EMPTY
) -> str:
    """Read the complaints that have arrived in a Maildir or mbox file; return a sentence, or "" where none have."""
    try:
        return (
            _maildir(box, trusted, reporters, now, origins)
            if box.is_dir()
            else _mbox(box, trusted, reporters, now, origins)
        )
    except OSError as error:
        return f"{box} cannot be read: {error.strerror}. Let this user read it, or name another mailbox."


def read(content: bytes, trusted: TrustedNetworks, reporters: TrustedNetworks) -> Incoming | None:
    """Read one message as a report; return None, and log the reason, where it is not a complaint about anybody."""
    try:
        return complaint_from(content[:LARGEST], trusted, reporters, None)
    except Refused as refusal:
        log.info("A message in the mailbox of complaints is not counted: %s", refusal)
    except Exception:  # one message that no parser was ready for must not keep all others waiting
        log.exception("A message in the mailbox of complaints cannot be read")
    return None


def _maildir(box: Path, trusted: TrustedNetworks, reporters: TrustedNetworks, now: int, origins: Origins) -> str:
    waiting = sorted((box / "new").iterdir())[:AT_ONCE]
    found = [read(path.read_bytes(), trusted, reporters) for path in waiting]
    batch = spam_reports.accept_many(filter(None, found), now, origins)
    for path in waiting:  # after they are counted: whoever comes twice is known by its Message-ID
        path.rename(box / "cur" / f"{path.name}:2,S")
    return f"{batch.accepted} complaints in {len(waiting)} messages." if waiting else ""


def _mbox(box: Path, trusted: TrustedNetworks, reporters: TrustedNetworks, now: int, origins: Origins) -> str:
    key = f"mbox {box}"
    place = LogPlace.get_or_none(LogPlace.path == key)
    status = box.stat()
    if place is None:  # old complaints would count as of now
        LogPlace.create(path=key, inode=status.st_ino, offset=status.st_size, at=now)
        return ""
    begin = place.offset if place.inode == status.st_ino and place.offset <= status.st_size else 0
    if status.st_size == begin or now - status.st_mtime < SETTLED:
        return ""
    messages, end = _messages(box, begin)
    found = [read(content, trusted, reporters) for content in messages]
    with db.write():
        batch = spam_reports.accept_many(filter(None, found), now, origins)
        moved = {"inode": status.st_ino, "offset": end, "at": now}
        LogPlace.update(moved).where(LogPlace.path == key).execute()
    return f"{batch.accepted} complaints in {len(found)} messages."


def _messages(box: Path, begin: int) -> tuple[list[bytes], int]:
    """The messages from an octet on, at which one begins, and where the last of them ends.

    Each stands behind a line that begins with "From " (RFC 4155). What is more than a look takes is for the next one.
    """
    with box.open("rb") as file:
        file.seek(begin)
        content = file.read(A_LOOK)
        if len(content) == A_LOOK:
            content = content[: content.rfind(b"\nFrom ") + 1] or content
    return [message for message in FROM_LINE.split(content) if message.strip()], begin + len(content)
