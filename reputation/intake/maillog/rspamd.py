"""The lines of Rspamd: one a message, with its queue id, its client and the action that was taken.

They begin with the Message-ID, in which Rspamd leaves no space, and tell the client and whether it is logged in before
the sender. The action stands behind the sender; a line with two of them that differ tells nothing.
"""

from __future__ import annotations

import re

from reputation.intake.maillog.events import (
    AMBIGUOUS,
    AUTHENTICATED,
    CLEAN,
    NOTHING,
    NULL_SENDER,
    OTHER,
    OWN_SYMBOL,
    SPAM,
    STRANGE,
    TEMPORARY,
    LogEvent,
    ignored,
)
from reputation.intake.maillog.grammar import ADDRESS
from reputation.intake.maillog.records import Record
from reputation.intake.maillog.refusals import Refusals

# In its own file the process stands in front; under syslog the tag has it.
OPENING = re.compile(r"(?:#\d+\([\w-]+\) )?(?:<\w*>; )?(?P<module>[\w-]+); (?P<function>[\w.:-]+): ")
PROCESS = re.compile(r"#\d+\([\w-]+\) ")
TASK = re.compile(rf"id: <\S*?>,(?: qid: <(?P<id>[^\s<>]*)>,)? ip: {ADDRESS},")
USER, FROM = " user: ", " from: <"
SCORE = r"[-+.\dnaif]+"
ACTION = rf" \([\w-]+: [TFS] \((?P<action>[a-z ]+)\): \[{SCORE}/{SCORE}\] \["
WITHOUT_SENDER = re.compile(ACTION)
AFTER_SENDER = re.compile(">," + ACTION)
# A symbol with its score, and what it found in braces.
SYMBOL = re.compile(rf"(?P<name>[A-Za-z][\w:.^-]*)\({SCORE}\)(?:\{{[^{{}}]*\}})?")
SPAM_ACTIONS = ("reject", "add header", "rewrite subject")
OWN = "GATEPOST_"


class Rspamd:
    """Reads the lines of Rspamd."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        """Rspamd has actions and no words: it needs no `refusals`."""

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program and record.program != "rspamd":
            return OTHER
        opening = OPENING.match(record.text)
        if opening is None:
            return NOTHING if record.program or PROCESS.match(record.text) else STRANGE
        if opening["function"] != "rspamd_task_write_log":
            return NOTHING
        return self._task(record.text, opening.end())

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        return STRANGE

    def _task(self, text: str, at: int) -> LogEvent:
        task = TASK.match(text, at)
        if task is None:
            return STRANGE  # or a message that came by no network
        address, queue_id = task["address"], task["id"] or ""
        queue_id = "" if queue_id == "undef" else queue_id
        if text.startswith(USER, task.end()):
            return ignored(AUTHENTICATED, address, queue_id)
        if not text.startswith(FROM, task.end()):
            return ignored(NULL_SENDER, address) if WITHOUT_SENDER.match(text, task.end()) else STRANGE
        if text.startswith(">,", task.end() + len(FROM)):
            # Or Rspamd could not read it: without the queue id it takes no word from the mail server.
            return ignored(NULL_SENDER, address)
        # The sender has no quotes here, and may hold what looks like a verdict, as may the findings of the symbols.
        verdicts = [
            _event(found["action"], address, queue_id, _has_own_symbol(text, found.end()))
            for found in AFTER_SENDER.finditer(text, task.end())
        ]
        if not verdicts:
            return STRANGE
        return verdicts[0] if len(set(verdicts)) == 1 else ignored(AMBIGUOUS, address)


def _event(action: str, address: str, queue_id: str, ours: bool) -> LogEvent:
    if action == "no action":
        return LogEvent(CLEAN, address, queue_id)
    if action not in SPAM_ACTIONS:
        return ignored(TEMPORARY, address)
    return ignored(OWN_SYMBOL, address, queue_id) if ours else LogEvent(SPAM, address, queue_id)


def _has_own_symbol(text: str, at: int) -> bool:
    """Tell whether one of the symbols is ours; a list that cannot be read to its end may have one."""
    while found := SYMBOL.match(text, at):
        if found["name"].startswith(OWN):
            return True
        at = found.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return text[at : at + 1] != "]" and OWN in text[at:]
