"""The lines of Sendmail: from= tells a message's client at its very end, to= delivers it, a milter or ruleset refuses.

What the client wrote (addresses, Message-ID) stands before the client; so the client is the last thing of the line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reputation.intake.maillog.events import (
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

PROGRAMS = ("sendmail", "sm-mta")
PREFIX = re.compile(r"(?P<id>[0-9A-Za-z]{12,}): ")
SENDER = re.compile(PATH.pattern + r", size=\d+, class=-?\d+, ")
# The end of a from= line; what stands before it may hold anything.
END = re.compile(
    r".*, proto=(?P<protocol>\w+), daemon=[\w-]+(?:, tls_verify=[\w.]+)?(?:, auth=(?P<auth>[\w-]+))?,"
    rf" relay=[^\[\]]*\[(?:IPv6:)?{ADDRESS}\](?: \(may be forged\))?"
)
NO_SUCH_USER = re.compile(PATH.pattern + r"\.\.\. (?:5\d\d )?(?:5\.1\.1 )?")
CHECK_RCPT = re.compile(
    rf"ruleset=check_rcpt, arg1={PATH.pattern}, relay=[^\[\],]*\[(?:IPv6:)?[0-9A-Fa-f.:]+\](?: \(may be forged\))?, "
    r"reject=550 5\.1\.1 "
)
MILTER = "Milter: data, reject="
RULESET = re.compile(r"ruleset=check_(?:eom|data), ")
TO = re.compile(rf"to={PATH.pattern}(?:,{PATH.pattern})*, (?:ctladdr=[^,]*, )?delay=[\d:+]+, xdelay=[\d:+]+, ")
SENT = re.compile(r"mailer=\w+, pri=\d+, (?:relay=[^,]*, )?dsn=2\.\d+\.\d+, stat=Sent(?: |$)")


class _Message(NamedTuple):
    """What is known of a message under way."""

    client: str = ""
    unknown: int = 0  # recipients that there are not
    is_ours: bool = False
    is_bounce: bool = False


class Sendmail:
    """Reads the lines of Sendmail."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        self._refusals = refusals or Refusals()
        self._messages: Recent[_Message] = Recent()

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        if record.program not in PROGRAMS:
            return OTHER
        found = PREFIX.match(record.text)
        if found is None:
            return NOTHING
        key, rest = found["id"], record.text[found.end() :]
        message = self._messages.get(key) or _Message()
        if rest.startswith("from="):
            return self._from(key, message, rest)
        if rest.startswith("AUTH=server, "):
            self._messages[key] = message._replace(is_ours=True)
        elif rest.startswith(MILTER):
            return self._refused(key, message, rest[len(MILTER) :])
        elif RULESET.match(rest):
            return self._refused(key, message, rest.rpartition(", reject=")[2])
        elif rest.startswith("to="):
            return self._to(key, message, rest)
        elif CHECK_RCPT.match(rest) or (
            (user := NO_SUCH_USER.match(rest)) and is_unknown_recipient(rest[user.end() :])
        ):
            self._messages[key] = message._replace(unknown=message.unknown + 1)
        return NOTHING

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        return STRANGE

    def _from(self, key: str, message: _Message, rest: str) -> LogEvent:
        """The client of a message, which also ends what was said of recipients that there are not."""
        sender, end = SENDER.match(rest, len("from=")), END.fullmatch(rest)
        if sender is None or end is None:
            return NOTHING  # it came from this machine, or by another protocol
        is_ours = message.is_ours or end["protocol"].endswith("A") or (end["auth"] or "NONE") != "NONE"
        unknown, address, is_bounce = message.unknown, end["address"], not sender[1]
        self._messages[key] = _Message(address, 0, is_ours, is_bounce)
        if not unknown:
            return NOTHING
        if is_ours or is_bounce:
            return ignored(AUTHENTICATED if is_ours else NULL_SENDER, address)
        return LogEvent(UNKNOWN_RECIPIENT, address, times=unknown)

    def _refused(self, key: str, message: _Message, reply: str) -> LogEvent:
        permanent, words = without_codes(reply)
        if not message.client:
            return ignored(NO_CLIENT)
        if message.is_ours or message.is_bounce:
            return ignored(AUTHENTICATED if message.is_ours else NULL_SENDER, message.client, key)
        if not permanent:
            return ignored(TEMPORARY, message.client)
        if not self._refusals.says_spam(words):
            return ignored(NO_SPAM, message.client)
        return LogEvent(SPAM, message.client, key)

    def _to(self, key: str, message: _Message, rest: str) -> LogEvent:
        """A delivery: the first one that is done counts for the message."""
        to = TO.match(rest)
        if not message.client or to is None or not SENT.match(rest, to.end()):
            return NOTHING
        self._messages.pop(key)
        if message.is_ours or message.is_bounce:
            return NOTHING
        return LogEvent(CLEAN, message.client, key)
