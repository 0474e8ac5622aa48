"""Words of other programs that say what is done with a sender: Postfix, Sendmail, firewalls and web servers.

They are met behind a sender in pasted lists, where they decide under which heading the line belongs.
"""

from __future__ import annotations

import re

APPROVED, BLOCKED, NEITHER = "approved", "blocked", "neither"
# access(5) of Postfix, the access map of Sendmail, nginx, Apache, and what people write in tables.
WORDS = (
    (APPROVED, re.compile(r"ok|permit(_\w+)?|relay|allow(ed)?|accept(ed)?|approved?|white.?list(ed)?", re.IGNORECASE)),
    (BLOCKED, re.compile(
        r"reject(_\w+)?|discard|defer(_\w+)?|den(y|ied)|drop(ped)?|block(ed)?|refused?|ban(ned)?|black.?list(ed)?"
        r"|error(:.*)?|[45]\d\d(:.*)?",
        re.IGNORECASE | re.ASCII,
    )),
    # As Postfix writes them: in small letters they are words like any other.
    (NEITHER, re.compile(r"DUNNO|HOLD|FILTER|REDIRECT|PREPEND|REPLACE|INFO|WARN|BCC|SKIP|QUARANTINE")),
)  # fmt: skip
SIGNS = re.compile(r"\A[\W_]++|(?<![\W_])[\W_]++\Z")  # that stand around such a word in lists and tables, in any script
HEADINGS = {APPROVED: "Approved Senders", BLOCKED: "Blocked Senders"}


def action_of(word: str) -> str:
    """Return what a word says of a sender: APPROVED, BLOCKED, NEITHER (a word of Postfix for something else), or "".

    Signs around it say nothing.
    """
    return next((action for action, words in WORDS if words.fullmatch(bare(word))), "")


def bare(text: str) -> str:
    """Return a text without the signs around it."""
    return SIGNS.sub("", text)


def contradiction(word: str, action: str) -> str:
    """Explain why a line with this word is no rule with this action; return "" where it may be one."""
    said = action_of(word)
    if said in ("", action):
        return ""
    if said == NEITHER:
        return f"{word} neither approves nor blocks a sender: leave the line out, or write the sender without it."
    return (
        f"{word[:20]} says that the sender is {said}, and this line would make it {action}: put it under "
        f"{HEADINGS[said]}. If the word is a note, write # before it."
    )
