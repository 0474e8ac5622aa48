"""The lines of Postfix: smtpd names a message's client, a milter or a table refuses it, qmgr removes it once delivered.

The client is the one that smtpd wrote as `client=`, or the one behind `from` in front of a refusal's code. The words
of a refusal follow the code. What the client wrote (HELO, addresses, header fields) comes after both, or is told from
them by the queue id.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
from reputation.intake.maillog.refusals import Refusals, without_codes

# A queue id: hexadecimal, or the long form, which has no vowels and is therefore no word such as "warning".
QUEUE_ID = r"[0-9A-F]+|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{9,}"
HOST = rf"[\w.-]*\[{ADDRESS}\](?::\d+|:unknown)?"
PREFIX = re.compile(rf"(?P<id>NOQUEUE|{QUEUE_ID}): ")
CLIENT = re.compile(rf"client={HOST}", re.ASCII)
ORIGINAL = re.compile(rf", orig_queue_id=\w*, orig_client={HOST}", re.ASCII)
REFUSED = re.compile(rf"(?:milter-reject|proxy-reject|reject): (?P<stage>[A-Z]+(?:-[A-Z]+)*) from {HOST}: ", re.ASCII)
DISCONNECTED = re.compile(rf"disconnect from {HOST}(?: |$)", re.ASCII)
LOGGED_IN = re.compile(r"(?:\w+=[\d/]+ )*auth=[1-9]\d*(?:/\d+)?(?: \w+=[\d/]+)*")
ORIGIN = re.compile(HOST, re.ASCII)
CONTENT = ("END-OF-MESSAGE", "DATA")
UNKNOWN = re.compile(r"550 5\.1\.1 ")  # 5.1.1 is about the recipient alone (RFC 3463 3.2)
TO = re.compile(rf"to={PATH.pattern}(?:, orig_to={PATH.pattern})?, relay=(?P<relay>[^ ,]+), ")
SENT = re.compile(r"(?:conn_use=\d+, )?delay=[\d.]+, delays=[\d./]+, dsn=2\.(?P<subject>\d+)\.\d+, status=sent \(")
RELAY = re.compile(rf"[\w.-]*\[(?:{ADDRESS}|[\w./-]+)\]", re.ASCII)
SUBMISSION = ("submission", "submissions", "smtps")  # services for our own people
DELIVERIES = ("local", "virtual", "lmtp", "smtp", "pipe")
MAILBOXES = ("dovecot", "cyrus", "maildrop", "procmail", "deliver")  # what pipe delivers to; others filter
SERVICES = frozenset(
    "anvil bounce cleanup defer discard dnsblog error flush lmtp local master nqmgr oqmgr pickup pipe postalias postcat"
    " postdrop postfix-script postlog postlogd postmap postqueue postscreen postsuper proxymap proxywrite qmgr"
    " qmqpd relay retry rewrite scache sendmail showq smtp smtpd spawn tlsmgr tlsproxy trace trivial-rewrite verify"
    " virtual".split()
)


class _Message(NamedTuple):
    """What is known of a message under way: its client, whether it is one of our people, and how far it got."""

    client: str
    is_ours: bool = False
    is_bounce: bool = False
    is_delivered: bool = False


class _Session(NamedTuple):
    """What is known of a session under way: whether it is one of our people's, and the recipients it guessed at."""

    is_ours: bool = False
    guesses: int = 0


class Postfix:
    """Reads the lines of Postfix, of all its services and instances."""

    def __init__(self, refusals: Refusals | None = None) -> None:
        self._refusals = refusals or Refusals()
        self._messages: Recent[_Message] = Recent()
        self._sessions: Recent[_Session] = Recent()  # by the smtpd process

    def read(self, record: Record) -> LogEvent:
        """Read the next line. A tag is the instance's name, perhaps the service's of master.cf, and the program's."""
        head, slash, service = record.program.rpartition("/")
        if not slash or service not in SERVICES:
            return OTHER
        if service == "smtpd":
            return self._smtpd(record, head)
        found = PREFIX.match(record.text)
        if found is None:
            return NOTHING
        key, rest = found["id"], record.text[found.end() :]
        if service == "qmgr":
            return self._qmgr(key, rest)
        if service == "cleanup":
            return self._cleanup(key, rest)
        if service in DELIVERIES and rest.startswith("to="):
            self._delivery(key, service, rest)
        return NOTHING

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        return STRANGE

    def _smtpd(self, record: Record, head: str) -> LogEvent:
        text, process = record.text, f"{record.host} {head} {record.process}"
        found = PREFIX.match(text)
        if found is None:
            return self._session(process, text)
        key, rest = found["id"], text[found.end() :]
        is_ours = head.rpartition("/")[2] in SUBMISSION
        if rest.startswith("client="):
            return self._client(key, rest, process, is_ours)
        refused = REFUSED.match(rest)
        if refused is None:
            return NOTHING if "reject: " not in rest[:14] else STRANGE
        is_ours = is_ours or not rest.endswith(">")  # newer versions write the user behind the HELO
        event = self._refused(key, refused, rest[refused.end() :], is_ours)
        session = self._sessions.get(process)
        if session is None or event.kind not in (SPAM, UNKNOWN_RECIPIENT):
            return event
        if session.is_ours:
            return ignored(AUTHENTICATED, event.address, event.queue_id)
        if event.kind == SPAM:
            return event
        # Only the end of the session says whether the client had logged in.
        self._sessions[process] = session._replace(guesses=session.guesses + 1)
        return NOTHING

    def _session(self, process: str, text: str) -> LogEvent:
        """The beginning of a session, or its end with what its commands came to."""
        if text.startswith("connect from "):
            self._sessions[process] = _Session()
        ended = DISCONNECTED.match(text)
        session = self._sessions.pop(process) if ended else None
        if ended is None or session is None or not session.guesses:
            return NOTHING
        if session.is_ours or LOGGED_IN.fullmatch(text, ended.end()):
            return ignored(AUTHENTICATED, ended["address"])
        return LogEvent(UNKNOWN_RECIPIENT, ended["address"], times=session.guesses)

    def _client(self, key: str, rest: str, process: str, is_ours: bool) -> LogEvent:
        found = CLIENT.match(rest)
        if found is None:
            return STRANGE
        more, address = rest[found.end() :], found["address"]
        if more.startswith(", sasl_"):
            is_ours = True
            self._sessions[process] = _Session(is_ours=True)
        elif more:
            # XFORWARD: a content filter gives the message back, and says whose it was.
            original = ORIGINAL.fullmatch(more)
            if original is None:
                return STRANGE
            if _is_loopback(address):
                address = original["address"]
        if key == "NOQUEUE":
            return NOTHING
        self._messages[key] = _Message(address, is_ours)
        return ignored(AUTHENTICATED, address, key) if is_ours else NOTHING

    def _refused(self, key: str, found: re.Match[str], reply: str, is_ours: bool) -> LogEvent:
        """A client was refused: of its content, the words of the refusal decide; of a recipient, its code."""
        stage, address = found["stage"], found["address"]
        if stage == "RCPT" and UNKNOWN.match(reply):
            if is_ours:
                return ignored(AUTHENTICATED, address)
            # The recipient stands in the reply and is free text: any null sender in it is believed.
            return ignored(NULL_SENDER, address) if "; from=<> " in reply else LogEvent(UNKNOWN_RECIPIENT, address)
        if stage not in CONTENT:
            return NOTHING
        words, _, after = reply.partition("; from=<")
        if not after:
            return STRANGE
        known = self._messages.get(key)
        is_ours = is_ours or (known is not None and known.is_ours)
        return self._judged(key, address, words, is_ours, after.startswith("> "))

    def _judged(self, key: str, address: str, words: str, is_ours: bool, is_bounce: bool) -> LogEvent:
        queue_id = "" if key == "NOQUEUE" else key
        permanent, words = without_codes(words)
        if is_ours:
            return ignored(AUTHENTICATED, address, queue_id)
        if is_bounce:
            return ignored(NULL_SENDER, address, queue_id)
        if not permanent:
            return ignored(TEMPORARY, address)
        if not self._refusals.says_spam(words):
            return ignored(NO_SPAM, address)
        return LogEvent(SPAM, address, queue_id)

    def _cleanup(self, key: str, rest: str) -> LogEvent:
        found = REFUSED.match(rest)
        if found is not None:
            return self._refused(key, found, rest[found.end() :], False)
        if rest.startswith(("reject: header ", "reject: body ", "reject: content ")):
            return self._by_table(key, rest)
        return NOTHING

    def _by_table(self, key: str, rest: str) -> LogEvent:
        """A header or a line of the body was refused, which the client wrote and which stands in front of all else."""
        origin, end, after = rest.partition("]; from=<")
        known = self._messages.get(key)
        if known is None:
            found = ORIGIN.fullmatch(origin[origin.rfind(" from ") + 6 :] + "]")
            if found is None or not end or "]; from=<" in after:
                return ignored(NO_CLIENT)
            known = _Message(found["address"])
        # The reason stands behind the HELO, in which a client may write what looks like one.
        helo = after.find(" helo=<")
        parts = after[helo:].split(">: ") if helo > 0 else []
        if len(parts) != 2:
            return ignored(AMBIGUOUS if len(parts) > 2 else NO_SPAM, known.client)
        return self._judged(
            key, known.client, parts[1], known.is_ours, rest.rpartition("]; from=<")[2].startswith("> ")
        )

    def _qmgr(self, key: str, rest: str) -> LogEvent:
        if rest == "removed":
            message = self._messages.pop(key)
            if message is None or not message.is_delivered or message.is_ours or message.is_bounce:
                return NOTHING
            return LogEvent(CLEAN, message.client, key)
        if rest.startswith("from=<>,") and (message := self._messages.get(key)):
            self._messages[key] = message._replace(is_bounce=True)
        return NOTHING

    def _delivery(self, key: str, service: str, rest: str) -> None:
        """Remember a delivery that is final: not one to a content filter, which may still discard the message."""
        message = self._messages.get(key)
        if message is None or message.is_delivered:
            return
        to = TO.match(rest)
        sent = SENT.match(rest, to.end()) if to else None
        # Older versions write addresses without quotes, so that one may hold a whole line of this form.
        if to is None or sent is None or sent["subject"] == "7" or rest.count(", status=") > 1:
            return
        if service == "pipe" and to["relay"] not in MAILBOXES:
            return
        if service == "smtp" and (relay := RELAY.match(to["relay"])) and _is_loopback(relay["address"] or "127.0.0.1"):
            return
        self._messages[key] = message._replace(is_delivered=True)


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
