"""The lines of Exim's main log: <= is a message received, => one delivered, Completed its end; refusals name the host.

The client is the address in brackets behind H=, after the name that Exim verified and the HELO in parentheses. By
default a HELO has neither spaces nor parentheses; where it has (helo_accept_junk_hosts), the line counts for nobody.
"""

from __future__ import annotations

import re

from reputation.intake.maillog.events import (
    AMBIGUOUS,
    AUTHENTICATED,
    CLEAN,
    NO_CLIENT,
    NO_SPAM,
    NOTHING,
    NULL_SENDER,
    OTHER,
    SPAM,
    STRANGE,
    TEMPORARY,
    UNKNOWN_RECIPIENT,
    LogEvent,
    Recent,
    ignored,
)
from reputation.intake.maillog.grammar import ADDRESS, PATH
from reputation.intake.maillog.records import Record
from reputation.intake.maillog.refusals import Refusals, is_unknown_recipient, without_codes

# Under syslog Exim may repeat its own stamp; log_selector = +pid adds the process.
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})? ")
PROCESS = re.compile(r"\[\d+\] ")
MESSAGE = re.compile(r"(?P<id>\w{6}-\w{6}-\w{2}|\w{6}-\w{11}-\w{4}) ")
SENDER = re.compile(r'<= (?P<sender>(?:"(?:[^"\\]|\\.)*"|[^\s"])+)(?: R=\S+)?(?: DS)? ')
NAME = r"(?:[\w.-]+ )?(?:\((?P<helo>[^()\s]*)\) )?"
HOST = re.compile(rf"(?:DS )?H={NAME}\[{ADDRESS}\](?::\d+)?(?: |$)", re.ASCII)
# What Exim writes between the host and the sender. U= is what the client's own ident server says: not among them.
BETWEEN = re.compile(
    r'(?:I=\[[0-9A-Fa-f.:]+\](?::\d+)? )?(?:Ci=\S+ )?(?:TFO\*? )?(?:X=\S+ )?(?:CV=\w+ )?(?:DN="(?:[^"\\]|\\.)*" )?'
    r'(?:SNI="?[\w.-]+"? )?'
)
FROM = re.compile(rf"F={PATH.pattern} ")
REJECTED = re.compile(r"(?:SPF=\w+ )?(?:DMARC=\w+ )?(?P<temporary>temporarily )?rejected ")
AFTER_DATA = re.compile(r"after DATA(?: PRDR)?: |during MIME ACL checks: ")
RCPT = re.compile(rf"RCPT {PATH.pattern}: ")
DELIVERED = ("=> ", "-> ", ">> ")
SECOND_HOST = re.compile(r"\) \[[0-9A-Fa-f.:]+\](?::\d+)? ")
DUMPED = ("Envelope-from: ", "Envelope-to: ")


class Exim:
    """Reads the lines of Exim's main log, or of its reject log."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        self._refusals = refusals or Refusals()
        self._clients: Recent[str] = Recent()
        self._sent: Recent[str] = Recent()
        self._dumps = False  # the reject log has the header of the message after the line

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program and record.program not in ("exim", "exim4"):
            return OTHER
        text = record.text
        for part in (STAMP, PROCESS):
            if found := part.match(text):
                text = text[found.end() :]
        message = MESSAGE.match(text)
        queue_id = message["id"] if message else ""
        rest = text[message.end() :] if message else text
        self._dumps = " rejected " in rest
        if rest.startswith("<= "):
            return self._taken(queue_id, rest)
        if rest.startswith(DELIVERED):
            if client := self._clients.get(queue_id):
                self._sent[queue_id] = client
            return NOTHING
        if rest == "Completed" or rest.startswith("Completed "):
            self._clients.pop(queue_id)
            client = self._sent.pop(queue_id)
            return LogEvent(CLEAN, client, queue_id) if client else NOTHING
        if rest.startswith(("H=", "DS H=")):
            return self._of_host(queue_id, rest)
        return NOTHING if record.program or message or _is_of_exim(rest) else STRANGE

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a known framing: one of the header that the reject log shows, or a strange one."""
        return NOTHING if self._dumps or not line.strip() else STRANGE

    def _taken(self, queue_id: str, rest: str) -> LogEvent:
        sender = SENDER.match(rest)
        if sender is None:
            return STRANGE
        if not rest.startswith("H=", sender.end()) and not rest.startswith("DS H=", sender.end()):
            return NOTHING  # it came from this machine
        host = HOST.match(rest, sender.end())
        if host is None:
            return ignored(NO_CLIENT)
        more = rest[host.end() :]
        if sender["sender"] == "<>":
            return ignored(NULL_SENDER, host["address"])
        if f" {more}".count(" A=") or "P=esmtpa " in more or "P=esmtpsa " in more:
            return ignored(AUTHENTICATED, host["address"])
        self._clients[queue_id] = host["address"]
        return NOTHING

    def _of_host(self, queue_id: str, rest: str) -> LogEvent:
        """A line that begins with a host: a refusal, or something that says nothing of a client's mail."""
        if "rejected " not in rest:
            return NOTHING
        host = HOST.match(rest)
        if host is None:
            return ignored(NO_CLIENT)
        between = BETWEEN.match(rest, host.end())
        sender = FROM.match(rest, between.end() if between else host.end())
        if sender is None:
            return NOTHING  # a refusal of HELO, MAIL or the like; or one that names an ident
        if rest.startswith("A=", sender.end()):
            return ignored(AUTHENTICATED, host["address"], queue_id)
        rejected = REJECTED.match(rest, sender.end())
        if rejected is None:
            return NOTHING
        event = self._rejected(queue_id, host["address"], sender[1], rejected, rest[rejected.end() :])
        # Where any HELO is accepted, the host and all that follows may be its text, and the true host stands behind it.
        if event.kind in (SPAM, UNKNOWN_RECIPIENT) and _has_second_host(rest, host.end()):
            return ignored(AMBIGUOUS)
        return event

    def _rejected(self, queue_id: str, address: str, sender: str, found: re.Match[str], rest: str) -> LogEvent:
        content, recipient = AFTER_DATA.match(rest), RCPT.match(rest)
        if content is None and (recipient is None or not is_unknown_recipient(rest[recipient.end() :])):
            return NOTHING
        if sender == "":
            return ignored(NULL_SENDER, address, queue_id)
        if found["temporary"]:
            return ignored(TEMPORARY, address)
        if content is None:
            return LogEvent(UNKNOWN_RECIPIENT, address)
        permanent, words = without_codes(rest[content.end() :])
        if not permanent:
            return ignored(TEMPORARY, address)
        if not self._refusals.says_spam(words):
            return ignored(NO_SPAM, address)
        return LogEvent(SPAM, address, queue_id)


def _has_second_host(text: str, at: int) -> bool:
    """Tell whether a host with a sender stands behind the first one, too."""
    while (at := text.find(") [", at)) >= 0:
        host = SECOND_HOST.match(text, at)
        between = BETWEEN.match(text, host.end()) if host else None
        if between and text.startswith("F=<", between.end()):
            return True
        at += 3
    return False


def _is_of_exim(text: str) -> bool:
    """Tell whether a line without a message id is one of Exim's. What stands there is free, so it says no more."""
    return text.startswith(OPENINGS)


OPENINGS = (
    "SMTP ", "TLS ", "no host name found ", "no IP address found ", "unexpected disconnection ", "exim ",
    "Start queue run", "End queue run", "daemon ", "rejected ", "refused ", "connection ", "Connection ",
    "lowest numbered MX ", "Warning: ", "U=", "F=<", "ignoring ", "pid ", "cwd=", "DKIM: ", "login authenticator ",
    "plain authenticator ", "remote host ", "VRFY ", "cancelled by ", "cram", "failed to ",
    "host name alias list truncated",
)  # fmt: skip
