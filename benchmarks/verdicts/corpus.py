"""Real mail of 2001 and 2002 through the rules: a folder of SpamAssassin's public corpus, as JSON with `text`.

Of each message there are the address that handed it to the receiving site, the time, and what people said of it. Each
that is let in is judged rightly: spam is reported by the filter, and all else is clean.
"""

from __future__ import annotations

import email
import json
import re
import time
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path

from benchmarks.verdicts.closed_loop.mail import ONCE, Message, Retry
from benchmarks.verdicts.closed_loop.measuring import LEVEL_TWO
from benchmarks.verdicts.closed_loop.rules import NAMED, PSBL, RULES
from benchmarks.verdicts.closed_loop.running import Evidence, Loop
from benchmarks.verdicts.targets import both
from reputation.addresses.address import Address, parse_address
from reputation.addresses.reserved import reserved_part
from reputation.addresses.scored_networks import subject_of
from reputation.refusal import Refused

GROUPS = {"spam": True, "easy-ham": False, "hard-ham": False}  # how the names of the folders begin, and whether spam
RIGHT = Evidence(trapped=0.0, filtered=1.0, recall=1.0, mistaken=0.0, complained=0.0)
QUEUE = Retry(10, 900, is_queue=True)
SKIPPED = {NAMED, PSBL}  # names and traps are not in the corpus
ADDRESS = re.compile(r"[\[(](\d{1,3}(?:\.\d{1,3}){3})[\])]")
OUR_SIDE = re.compile(r"\sby\s")  # what follows in a Received field is about the machine that wrote it
FETCHED = re.compile(r"\bwith (?:POP3|IMAP)\b", re.IGNORECASE)
ENVELOPE = re.compile(r"From \S+\s+(\w{3} \w{3} [ \d]\d [\d:]{8} \d{4})")


def replayed(folder: Path) -> str:
    """Return in a sentence what the rules do to the corpus. Raise Refused where the folder holds none."""
    messages = sorted(read(folder), key=lambda message: message.at)
    if not messages:
        raise Refused(f"{folder} holds no folders {', '.join(GROUPS)} with messages as JSON.")
    spam = sum(message.is_spam for message in messages)
    found = []
    for rule in RULES:
        if rule not in SKIPPED:
            figures = Loop(RULES[rule](), RIGHT, LEVEL_TWO, 0).run(messages)
            found.append(f"{rule} {both(figures.spam_deferred, figures.good_deferred)}")
    return f"{spam:,} pieces of spam and {len(messages) - spam:,} good messages, level 2: {', '.join(found)}."


def read(folder: Path) -> Iterator[Message]:
    """Yield the messages of which address and time can be told."""
    for group in sorted(folder.iterdir()):
        is_spam = next((said for name, said in GROUPS.items() if group.name.startswith(name)), None)
        if is_spam is None:
            continue
        for path in sorted(group.glob("*.json")):
            text = json.loads(path.read_text(errors="replace"))["text"]
            at, address = time_of(text), client_of(text)
            if at and address:
                yield Message(
                    at, address, 0, "", "spam" if is_spam else "good", is_spam, 1.0, ONCE if is_spam else QUEUE
                )


def time_of(text: str) -> int:
    """Return when a message was delivered, by its first line; 0 where that does not say it."""
    found = ENVELOPE.match(text)
    try:
        return timegm(time.strptime(found[1], "%a %b %d %H:%M:%S %Y")) if found else 0
    except ValueError:
        return 0


def client_of(text: str) -> Address | None:
    """Return the first public address that a Received field names as a client, from the top."""
    for field in email.message_from_string(text).get_all("Received", []):
        if FETCHED.search(str(field)):
            continue
        for written in ADDRESS.findall(OUR_SIDE.split(str(field), maxsplit=1)[0]):
            try:
                address = parse_address(written)
            except ValueError:
                continue
            if reserved_part(subject_of(address)) is None:
                return address
    return None
