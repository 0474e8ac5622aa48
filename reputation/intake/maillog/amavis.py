"""The lines of amavis: one a message, with what became of it and its client.

The category is the second word, and the client's address the first in brackets, which has a port. A further address in
brackets comes from the Received fields of the message, and counts for nothing.
"""

from __future__ import annotations

import re

from reputation.intake.maillog.events import (
    AUTHENTICATED,
    CLEAN,
    NO_CLIENT,
    NOTHING,
    NULL_SENDER,
    OTHER,
    OWN_NETWORK,
    SPAM,
    STRANGE,
    LogEvent,
    ignored,
)
from reputation.intake.maillog.grammar import ADDRESS, PATH
from reputation.intake.maillog.records import Record
from reputation.intake.maillog.refusals import Refusals

TASK = re.compile(r"\([\w-]+\) (?P<done>Passed|Blocked) (?P<category>[A-Z]+(?:-[A-Z0-9]+)*) \{(?P<actions>[\w,:-]*)\},")
OPENING = re.compile(r"\([\w-]+\) ")
BANKS = re.compile(r"(?P<banks>(?: [A-Z][\w/-]*)*) ")
CLIENT = re.compile(rf"\[{ADDRESS}\](?P<port>:\d+)?(?: \[[0-9A-Fa-f.:]+\])? ")
SENDER = re.compile(PATH.pattern + " -> <")
QUEUE_ID = re.compile(r"(?:, quarantine: [\w/.+-]+)?, Queue-ID: (?P<id>\w+),")
RECIPIENTS = re.compile(rf"-> {PATH.pattern}(?:,{PATH.pattern})*")
SPAM_CATEGORIES = ("SPAM", "SPAMMY")


class Amavis:
    """Reads the lines of amavis."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        """Amavis has categories and no words: it needs no `refusals`."""

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program not in ("amavis", "amavisd", "amavisd-new"):
            return OTHER
        task = TASK.match(record.text)
        if task is None:
            return NOTHING
        banks = BANKS.match(record.text, task.end())
        client = CLIENT.match(record.text, banks.end()) if banks else None
        if banks is None or client is None:
            return ignored(NO_CLIENT)
        return _message(record.text, task, banks["banks"].split(), client)

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        return STRANGE


def _message(text: str, task: re.Match[str], banks: list[str], client: re.Match[str]) -> LogEvent:
    address, queue_id = client["address"], _queue_id(text, client.end())
    if client["port"] is None:  # without one it may be an address from the message
        return ignored(NO_CLIENT)
    if "ORIGINATING" in banks:
        return ignored(AUTHENTICATED, address, queue_id)
    if "LOCAL" in banks or "MYNETS" in banks or "Inbound" not in task["actions"]:
        return ignored(OWN_NETWORK, address, queue_id)
    if task["category"] in SPAM_CATEGORIES:
        sender = SENDER.match(text, client.end())
        if sender is None or not sender[1]:
            return ignored(NULL_SENDER, address)
        return LogEvent(SPAM, address, queue_id)
    if task["done"] == "Passed" and task["category"] == "CLEAN" and not text.startswith("<> ", client.end()):
        return LogEvent(CLEAN, address, queue_id)
    return NOTHING


def _queue_id(text: str, at: int) -> str:
    """The queue id of the mail server behind the addresses; "" where there is none."""
    sender = PATH.match(text, at)
    recipients = RECIPIENTS.match(text, sender.end() + 1) if sender else None
    found = QUEUE_ID.match(text, recipients.end()) if recipients else None
    return found["id"] if found else ""
