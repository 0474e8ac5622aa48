"""What a refusal says: spam, or that there is no such recipient. It is read from its first word on, by tables of words.

A server may repeat what the client wrote in its refusal. So a refusal says spam only where the words of its beginning,
up to the word that says it, are words that stand in the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TELLING = frozenset("spam spammy spam-score spamassassin junk ube uce unsolicited".split())
# What may stand before such a word.
LEADING = frozenset(
    "a an the this that your our my it its of as by for to in with and or on message messages mail mails email e-mail"
    " content contents body attachment is was are were be been being has have had we do don't i you sorry looks look"
    " like seems seem appears appear considered classified identified detected recognized recognised flagged marked"
    " tagged scored scores score scoring points point too many much high very probably likely possible probable"
    " definitely rejected reject rejecting refused refuse blocked block denied deny declined discarded dropped accept"
    " accepted contains contained contain because due policy local reason found permanently permanent service command"
    " filter total level threshold exceeds exceeded above".split()
)
# The tool that looks for spam, and what is wrong with it: no word about the message.
TOOL = frozenset("scanner scan scanning filter filters filtering check checks checker daemon engine test".split())
BROKEN = frozenset("not unavailable unreachable failed failure error errors down timeout timed cannot unable".split())
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)?")
# amavis: `Reject, id=12345-01 - SPAM`.
AMAVIS = re.compile(r"(?:reject|ok, discarded|discarded|bounce), id=[\w/-]+ - ", re.IGNORECASE)
CODE = re.compile(r"([245])\d\d(?:[ -]|$)")
STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?: |$)")
UNKNOWN = (
    "unknown user", "user unknown", "unrouteable address", "unroutable address", "no such user", "no such person",
    "no such recipient", "no such mailbox", "no mailbox here", "no such address", "invalid recipient",
    "unknown recipient", "recipient unknown", "unknown address", "address unknown", "mailbox does not exist",
    "user does not exist", "mailbox not found", "user not found", "unknown local part",
)  # fmt: skip
LONGEST = 20  # words


class Refusals:
    """Says what refusals mean; `more` are further beginnings of refusals that say spam, as the operator names them."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._more = tuple(text.lower().strip() for text in more if text.strip())

    def says_spam(self, text: str) -> bool:
        """Tell whether a refusal, without its codes, says that the message is spam."""
        text = text.strip().lower()
        if self._more and text.startswith(self._more):
            return True
        if found := AMAVIS.match(text):
            text = text[found.end() :]
        words = [word.strip(".,;:!?()[]{}<>'\"*#-") for word in text.split(maxsplit=LONGEST)[:LONGEST]]
        for place, word in enumerate(words):
            if word in TELLING:
                return not _of_the_tool(words[place + 1 :])
            if word and word not in LEADING and not NUMBER.fullmatch(word):
                return False
        return False


def _of_the_tool(words: list[str]) -> bool:
    return bool(words) and words[0] in TOOL and any(word in BROKEN for word in words)


def is_unknown_recipient(text: str) -> bool:
    """Tell whether a refusal of a recipient, without its codes, says that there is no such recipient."""
    return text.strip().lower().startswith(UNKNOWN)


def without_codes(text: str) -> tuple[bool, str]:
    """Return whether the codes in front of a refusal say that it is for good, and the text behind them."""
    permanent = True
    for form in (CODE, STATUS):
        if found := form.match(text):
            permanent, text = permanent and found[1] == "5", text[found.end() :]
    return permanent, text
