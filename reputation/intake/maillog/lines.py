"""The lines of Postfix, Exim and Rspamd: which of them say something about a client, and what.

It knows no file. The words are those of Postfix 3.7, Exim 4.96 and Rspamd 3.x; a line without meaning for us is
skipped.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import NamedTuple, Protocol

SPAM, UNKNOWN_RECIPIENT, CLEAN = "spam", "unknown recipient", "clean"
MOST_REMEMBERED = 20_000  # messages under way

ADDRESS = r"(?P<address>[0-9a-fA-F.:]+)"


class LogEvent(NamedTuple):
    """What a line says: the kind, the client's address, and a key by which the same event counts once (may be "")."""

    kind: str
    address: str
    dedupe_key: str = ""


class Reader(Protocol):
    """Reads the lines of one program, in their order."""

    def read(self, line: str) -> LogEvent | None:
        """Read the next line; return its event, or None where it has none."""
        ...


class RecentClients:
    """Clients by queue id, only the newest ones: a log that never ends its messages must not fill the memory."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, str] = OrderedDict()

    def __setitem__(self, queue_id: str, client: str) -> None:
        self._clients[queue_id] = client
        self._clients.move_to_end(queue_id)
        if len(self._clients) > MOST_REMEMBERED:
            self._clients.popitem(last=False)

    def get(self, queue_id: str) -> str | None:
        """Return the client of this queue id, or None."""
        return self._clients.get(queue_id)

    def pop(self, queue_id: str) -> str | None:
        """Remove this queue id and return its client, or None."""
        return self._clients.pop(queue_id, None)


class Postfix:
    """Lines of Postfix.

    smtpd names a message's client, a milter or a header check refuses it, qmgr removes it after delivery.
    """

    CLIENT = re.compile(rf"postfix[\w/-]*/smtpd\[\d+\]: (?P<id>\w+): client=[^\[]*\[{ADDRESS}\](?P<rest>.*)")
    RECIPIENT = re.compile(
        rf"postfix[\w/-]*/smtpd\[\d+\]: (?:NOQUEUE|\w+): reject: RCPT from [^\[]*\[{ADDRESS}\]: 550 5\.1\.[01] "
    )
    CONTENT = re.compile(
        rf"postfix[\w/-]*/(?:cleanup|smtpd)\[\d+\]: (?P<id>\w+): (?:milter-)?reject: "
        rf"(?:END-OF-MESSAGE|header .*|body .*) from [^\[]*\[{ADDRESS}\][:;]"
    )
    SENT = re.compile(r"postfix[\w/-]*/(?:local|virtual|lmtp|pipe|smtp)\[\d+\]: (?P<id>\w+): to=.* status=sent ")
    REMOVED = re.compile(r"postfix[\w/-]*/qmgr\[\d+\]: (?P<id>\w+): removed")

    def __init__(self) -> None:
        self._clients, self._sent = RecentClients(), RecentClients()

    def read(self, line: str) -> LogEvent | None:
        """Read the next line; return its event, or None where it has none. Authenticated clients have none."""
        if found := self.CLIENT.search(line):
            if "sasl_username=" not in found["rest"]:  # our own people, from wherever they are
                self._clients[found["id"]] = found["address"]
        elif found := self.RECIPIENT.search(line):
            return LogEvent(UNKNOWN_RECIPIENT, found["address"])
        elif found := self.CONTENT.search(line):
            self._clients.pop(found["id"])
            return LogEvent(SPAM, found["address"], found["id"])
        elif found := self.SENT.search(line):
            client = self._clients.get(found["id"])
            if client:
                self._sent[found["id"]] = client
        elif found := self.REMOVED.search(line):
            self._clients.pop(found["id"])
            client = self._sent.pop(found["id"])
            return LogEvent(CLEAN, client, found["id"]) if client else None
        return None


class Exim:
    """Lines of Exim's main log.

    <= is a message received, => one delivered, Completed its end; rejections name the host.
    """

    MESSAGE = r"(?P<id>\w{6}-\w{6,11}-\w{2,4})"
    HOST = rf"H=[^\[]*\[{ADDRESS}\]"
    TAKEN = re.compile(rf"{MESSAGE} <= (?P<sender>\S+) .*?{HOST}(?P<rest>.*)")
    DELIVERED = re.compile(rf"{MESSAGE} [=-]> ")
    COMPLETED = re.compile(rf"{MESSAGE} Completed")
    RECIPIENT = re.compile(
        rf"{HOST}.* rejected RCPT [^:]*: .*(?:[Uu]nknown user|[Uu]nrouteable address|[Nn]o such (?:user|person))"
    )
    CONTENT = re.compile(rf"{MESSAGE}? ?{HOST}.* rejected (?:after DATA|by \S+ ACL|by local_scan\(\))[^:]*: .*[Ss]pam")

    def __init__(self) -> None:
        self._clients, self._sent = RecentClients(), RecentClients()

    def read(self, line: str) -> LogEvent | None:
        """Read the next line; return its event, or None where it has none.

        Authenticated clients and bounces have none.
        """
        if found := self.CONTENT.search(line):
            return LogEvent(SPAM, found["address"], line)
        if found := self.RECIPIENT.search(line):
            return LogEvent(UNKNOWN_RECIPIENT, found["address"])
        if found := self.TAKEN.search(line):
            if " A=" not in found["rest"] and found["sender"] != "<>":  # A=: authenticated
                self._clients[found["id"]] = found["address"]
        elif found := self.DELIVERED.search(line):
            client = self._clients.get(found["id"])
            if client:
                self._sent[found["id"]] = client
        elif found := self.COMPLETED.search(line):
            self._clients.pop(found["id"])
            client = self._sent.pop(found["id"])
            return LogEvent(CLEAN, client, found["id"]) if client else None
        return None


class Rspamd:
    """Lines of Rspamd: one a message, with its client and the action that was taken."""

    TASK = re.compile(
        rf"rspamd_task_write_log: id: <(?P<id>[^>]*)>.*?, ip: {ADDRESS},(?P<rest>.*?)"
        r"\((?:default|\w+): [TFS] \((?P<action>[a-z ]+)\): \["
    )
    SPAM_ACTIONS = ("reject", "add header", "rewrite subject")

    def read(self, line: str) -> LogEvent | None:
        """Read the next line; return its event, or None where it has none. Authenticated clients have none."""
        found = self.TASK.search(line)
        if found is None or " user: " in found["rest"]:
            return None
        if found["action"] in self.SPAM_ACTIONS:
            return LogEvent(SPAM, found["address"], found["id"])
        return LogEvent(CLEAN, found["address"], found["id"]) if found["action"] == "no action" else None


READERS: dict[str, type[Postfix] | type[Exim] | type[Rspamd]] = {"postfix": Postfix, "exim": Exim, "rspamd": Rspamd}
