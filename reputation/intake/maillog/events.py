"""What a line of a log says: the kinds of events, and the memory of messages that are under way.

It knows no program and no file.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, NamedTuple, Protocol, TypeVar

from reputation.intake.maillog.records import Record

# Evidence.
SPAM, UNKNOWN_RECIPIENT, CLEAN = "spam", "unknown recipient", "clean"
# No evidence: left out for a reason; a line of the program that has no meaning for us; another program's line; and one
# that the grammar does not know.
IGNORED, KNOWN, FOREIGN, UNREAD = "ignored", "known", "foreign", "unread"
COUNTED = (SPAM, UNKNOWN_RECIPIENT, CLEAN)
MOST_REMEMBERED = 50_000  # messages under way

Value = TypeVar("Value")


class LogEvent(NamedTuple):
    """What a line says: the kind, the client's address, and the queue id by which several programs name one message.

    `why` is the reason where the kind is IGNORED; `times` how often what it says has happened.
    """

    kind: str
    address: str = ""
    queue_id: str = ""
    why: str = ""
    times: int = 1


NOTHING, OTHER, STRANGE = LogEvent(KNOWN), LogEvent(FOREIGN), LogEvent(UNREAD)

# Why a line that could be evidence is none.
AUTHENTICATED = "a logged-in user"
NULL_SENDER = "the null sender"
TEMPORARY = "a refusal that is not for good"
NO_SPAM = "a refusal that does not say spam"
OWN_SYMBOL = "our own listing decided"
OWN_NETWORK = "one of our own servers"
NO_CLIENT = "no client that is certain"
AMBIGUOUS = "can be read in two ways"
TOO_OLD = "older than six hours"
TWICE = "told of before"


def ignored(why: str, address: str = "", queue_id: str = "") -> LogEvent:
    """Return the event of a line that could be evidence and is none."""
    return LogEvent(IGNORED, address, queue_id, why)


class Reader(Protocol):
    """Reads the lines of one program, in their order."""

    def read(self, record: Record) -> LogEvent:
        """Read the next line."""
        ...

    def unframed(self, line: str) -> LogEvent:
        """Read a line without a framing that is known."""
        ...


class Recent(Generic[Value]):
    """Values by id, only the newest ones: a log that never ends its messages must not fill the memory."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, Value] = OrderedDict()

    def __setitem__(self, key: str, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > MOST_REMEMBERED:
            self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str) -> Value | None:
        """Return the value of this id, or None."""
        return self._values.get(key)

    def pop(self, key: str) -> Value | None:
        """Remove this id and return its value, or None."""
        return self._values.pop(key, None)
