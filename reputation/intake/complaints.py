"""Complaints: who sent the message that somebody complains about, and what the word of the reporter is worth.

Anybody can write a complaint about anybody, so one counts only where its reporter is known, and less the older the
message is that it is about. All others are kept for people to read, and list nobody. Complaints come to the SMTP
listener, or lie in a mailbox, of which each message is read once: a message of a Maildir moves from new to cur, and an
mbox file is read from where the last look ended; an mbox that is named for the first time is read from its present end.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from reputation.addresses.address import Address
from reputation.clock import was_within
from reputation.intake import messages, spam_reports, uncounted
from reputation.intake.arf import Claim, Complaint, arf, check_singles, complaint_of, jmrp, report_parts
from reputation.intake.estimate import COMPLAINT, DAY
from reputation.intake.messages import TrustedNetworks
from reputation.intake.report_queue import keep_refused
from reputation.intake.reporters import Reporters
from reputation.intake.spam_reports import Incoming, ReportBatch
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import COMPLAINTS, NotCounted, Uncounted, UncountedMessages
from reputation.intake.xarf import xarf
from reputation.store import db
from reputation.store.models import LogPlace
from reputation.verdict.origins import EMPTY, Origins

log = logging.getLogger("gatepost.complaints")

LARGEST = 2 << 20  # octets of a message
OLDEST = 3 * DAY  # of the message that is complained of
FORMS = (arf, xarf, jmrp)
AT_ONCE = 500
A_LOOK = 8 << 20  # octets of an mbox file
FROM_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
WAITS = 3600  # seconds for which a message stays in a Maildir's new while DNS does not answer
SETTLED = 3  # seconds without a change: the last message of an mbox file is whole then


class ComplaintReader:
    """Reads complaints into reports. `own` are the networks of our servers."""

    def __init__(self, own: TrustedNetworks, reporters: Reporters) -> None:
        self._own, self._reporters = own, reporters

    def read(self, content: bytes, peer: Address | None, now: int) -> Incoming:
        """Read a complaint; `peer` is who connected, None where a server of ours took the message.

        Raise NotCounted, with whom it is about where it says so.
        """
        message = messages.read(content[:LARGEST])
        claim = claim_of(message)
        reporter = self._reporters.name_of(content[:LARGEST], message, self.handed_over_by(message, peer))
        if not reporter:
            raise NotCounted("unknown reporter", claim.source)
        found = complaint_of(message, claim, self._theirs())
        if found.address in self._own:
            raise NotCounted("own server", found.address)
        return _report(found, reporter, now)

    def handed_over_by(self, message: EmailMessage, peer: Address | None) -> Address | None:
        """Return who handed the message to our servers; None where their Received fields do not tell."""
        if peer is not None and peer in self._reporters.networks:
            return peer
        try:
            return messages.first_untrusted(message, self._own, peer)
        except NotCounted:
            return None

    def _theirs(self) -> TrustedNetworks:
        """In the original message, servers of ours and of the reporters stand between its sender and the field."""
        return self._own | self._reporters.networks


def claim_of(message: EmailMessage) -> Claim:
    """Read what a message claims, whoever wrote it. Raise NotCounted where it is no complaint that can be read."""
    check_singles(message)
    parts = report_parts(message)
    claim = next(filter(None, (form(message, parts) for form in FORMS)), None)
    if claim is None:
        raise NotCounted("unread")
    return claim


def weight_of(at: int | None, now: int) -> float:
    """Return what a complaint about a message of that time weighs: as a report would that came then, and has faded.

    Nothing beyond three days. One of which nobody says when it was counts as the oldest.
    """
    age = max(now - at, 0) if at is not None else OLDEST
    return 2.0 ** -(age / DAY) if age <= OLDEST else 0.0


def _report(found: Complaint, reporter: str, now: int) -> Incoming:
    weight = weight_of(found.at, now)
    if not weight:
        raise NotCounted("too old", found.address)
    return Incoming(
        str(found.address),
        COMPLAINT,
        weight,
        evidence=found.evidence,
        reporter=reporter,
        dedupe_key=found.dedupe_key,
    )


class MailboxFigures(NamedTuple):
    """What reading a mailbox has come to since the program's start.

    Of its messages, `counted` are reports; `duplicates` were counted before, or enough of their sender that day;
    `guarded` are about senders that no report may list. The others count for nobody, and uncounted.py has them.
    `last_at` is when the last one was read (Unix seconds; 0: none). `fault` is a sentence, "" where all is well.
    """

    path: str
    messages: int
    counted: int
    duplicates: int
    guarded: int
    last_at: int
    fault: str


@dataclass
class MailboxTally:
    """Counts the messages of a mailbox."""

    messages: int = 0
    counted: int = 0
    duplicates: int = 0
    guarded: int = 0
    last_at: int = 0
    fault: str = ""

    def add(self, messages: int, batch: ReportBatch, now: int) -> None:
        """Count what one look has read, and what came of it."""
        self.messages += messages
        self.counted += batch.accepted
        self.duplicates += batch.duplicates
        self.guarded += len(batch.refused)
        self.last_at = now if messages else self.last_at


class ComplaintBox:
    """The mailbox that the settings name, with the networks of our own servers and the known reporters."""

    def __init__(
        self,
        path: str = "",
        relays: Iterable[str] = (),
        reporters: Iterable[str] = (),
        keys: TxtRecords | None = None,
        kept: UncountedMessages | None = None,
    ) -> None:
        self._path = Path(path) if path else None
        self._reader = ComplaintReader(TrustedNetworks(relays), Reporters(reporters, keys))
        self._kept = kept or UncountedMessages()
        self._tally = MailboxTally()

    def read_new(self, now: int, origins: Origins = EMPTY) -> str:
        """Read the complaints that have arrived; return a sentence about them, or "" where there are none."""
        return read_new(self._path, self._reader, self._kept, now, origins, self._tally) if self._path else ""

    def troubles(self) -> dict[str, str]:
        """Return what is wrong with reading it, by the mailbox; nothing where all is well."""
        return {f"complaint_mailbox {self._path}": self._tally.fault} if self._tally.fault else {}

    def figures(self) -> MailboxFigures | None:
        """Return what reading it has come to; None where the settings name no mailbox."""
        tally = self._tally
        if self._path is None:
            return None
        return MailboxFigures(
            str(self._path), tally.messages, tally.counted, tally.duplicates, tally.guarded, tally.last_at, tally.fault
        )


def read_new(
    box: Path,
    reader: ComplaintReader,
    kept: UncountedMessages,
    now: int,
    origins: Origins = EMPTY,
    tally: MailboxTally | None = None,
) -> str:
    """Read the complaints that have arrived in a Maildir or mbox file; return a sentence, or "" where none have."""
    tally = tally or MailboxTally()
    look = _Look(reader, kept, now, origins, tally)
    try:
        said = look.maildir(box) if box.is_dir() else look.mbox(box)
    except OSError as error:
        tally.fault = f"{box} cannot be read: {error.strerror}. Let this user read it, or name another mailbox."
        return tally.fault
    tally.fault = ""
    return said


class NoKeyYet(Exception):
    """DNS does not tell just now who signed a message, which may wait for the next look."""


class _Look:
    """One look into a mailbox."""

    def __init__(
        self, reader: ComplaintReader, kept: UncountedMessages, now: int, origins: Origins, tally: MailboxTally
    ) -> None:
        self._reader, self._kept, self._now, self._tally = reader, kept, now, tally
        self._origins = origins
        self._for_nobody: list[Uncounted] = []

    def maildir(self, box: Path) -> str:
        done, found = [], []
        for path in sorted((box / "new").iterdir())[:AT_ONCE]:
            may_wait = was_within(path.stat().st_mtime, self._now, WAITS)
            try:
                report = self._one(path.read_bytes(), may_wait)
            except NoKeyYet:
                continue  # it stays in new for the next look
            done.append(path)
            found += [report] if report is not None else []
        said = self._are_read(len(done), spam_reports.accept_many(found, self._now, self._origins))
        for path in done:  # after they are counted: what comes twice is known by its content
            path.rename(box / "cur" / f"{path.name}:2,S")
        return said if done else ""

    def mbox(self, box: Path) -> str:
        key = f"mbox {box}"
        place = LogPlace.get_or_none(LogPlace.path == key)
        status = box.stat()
        if place is None:  # old complaints would count as of now
            LogPlace.create(path=key, inode=status.st_ino, offset=status.st_size, at=self._now)
            return ""
        begin = place.offset if place.inode == status.st_ino and place.offset <= status.st_size else 0
        if status.st_size == begin or was_within(status.st_mtime, self._now, SETTLED):
            return ""
        contents, end = _messages(box, begin)
        found = [report for content in contents if (report := self._one(content)) is not None]
        with db.write():
            batch = spam_reports.accept_many(found, self._now, self._origins)
            moved = {"inode": status.st_ino, "offset": end, "at": self._now}
            LogPlace.update(moved).where(LogPlace.path == key).execute()
        return self._are_read(len(contents), batch)

    def _are_read(self, messages: int, batch: ReportBatch) -> str:
        """Count what was read, once it is written: where it could not be, the next look reads the same again."""
        self._tally.add(messages, batch, self._now)
        keep_refused(batch, self._kept, self._now)
        for message in self._for_nobody:
            self._kept.add(message)
        return f"{batch.accepted} complaints in {messages} messages."

    def _one(self, content: bytes, may_wait: bool = False) -> Incoming | None:
        """Read one message; None, and kept for people, where it counts for nobody."""
        try:
            return self._reader.read(content, None, self._now)
        except NotCounted as reason:
            if may_wait and reason.why == "no key":
                raise NoKeyYet from None
            message = messages.read(content[:LARGEST])
            client = self._reader.handed_over_by(message, None)
            self._for_nobody.append(kept_message(COMPLAINTS, reason, message, client, self._now))
        except Exception:  # one message that no parser was ready for must not keep all others waiting
            log.exception("A message in the mailbox of complaints cannot be read")
            self._for_nobody.append(Uncounted(self._now, COMPLAINTS, "unread", evidence="(no parser was ready for it)"))
        return None


def kept_message(way: str, reason: NotCounted, message: EmailMessage, client: Address | None, now: int) -> Uncounted:
    """Return what is kept of a message that counts for nobody."""
    address = str(reason.address) if reason.address is not None else ""
    kind = f"Content-Type: {messages.content_type(message)}"
    return Uncounted(now, way, reason.why, uncounted.client_of(client), address, messages.described(message, kind))


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
