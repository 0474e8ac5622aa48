"""The words of why.py: what is known of an address, and what follows from it. Pure functions over figures.

They are the same for everybody who reads them, and so name no trap, no filter, no reporter and no recipient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reputation.intake.estimate import HOUR, MINUTE, NETWORK_STAYS, OWN_STAYS, RETRY, Path, is_closed

DAYS = 10  # of the reports that are counted
LONGEST = max(*OWN_STAYS, *NETWORK_STAYS)  # seconds that a listing stands after the newest spam
TEN_DAYS = "in ten days"
LITTLE = 0.1  # messages of spam of an address: the word of a list says no more than twice as much


class Part(NamedTuple):
    """A step of the estimate: messages that were seen of it, as they fade, and the spam among them.

    `kind` is address, network, provider or all. `share` is the step's own share of spam, None where nothing was seen;
    `likely` is what the estimate comes to with this step and those above it. Both are from 0 to 1.
    """

    kind: str
    name: str
    spam: float
    seen: float
    share: float | None
    likely: float


class Listed(NamedTuple):
    """A listing by reports that holds the address: the lowest level that has it, and its longest end (Unix seconds).

    `kind` is address or network. `passes` tells that the address is let through by it at all levels.
    """

    kind: str
    network: str
    level: int
    until: int
    passes: bool = False


class Counted(NamedTuple):
    """Reports of spam in the last days from a network, those about the address among them, and how many reporters.

    `others` are about the messages that were no spam. `mine` are the reports of the organization that reads, which are
    about the address, and in none of the other figures. `installations` are others that tell of spam from there.
    """

    network: str
    spam: int
    by_address: int
    reporters: int
    others: int
    mine: int = 0
    installations: int = 0


def sentence(subject: str, counted: Counted, is_known: bool) -> str:
    """Say in one sentence what was seen; `subject` is the address, or the /64 that is scored for it."""
    if counted.spam:
        said = [_seen(counted), _from_it(subject, counted), _reporters(counted.reporters)]
        return "; ".join([*said, *_elsewhere(counted)]) + "."
    if counted.reporters:
        return f"{_reporters(counted.reporters).capitalize()} agree that {subject} sent spam {TEN_DAYS}."
    if counted.installations:
        return f"No spam was seen here from {counted.network} {TEN_DAYS}; {_elsewhere(counted)[0]}."
    if not is_known:
        return f"Nothing was seen lately from {subject} or the networks around it."
    if counted.others:
        return f"No spam among about {_messages(counted.others)} seen from {counted.network} {TEN_DAYS}."
    return f"No spam was seen from {counted.network} {TEN_DAYS}; what was seen before still counts a little."


def lines(
    likely: float, level: int, is_known: bool, listed: Sequence[Listed], path: Path, kept_off: str, mine: int
) -> tuple[str, ...]:
    """Say what follows: what the estimate reaches, whether to try again helps, what is kept off, and what one's own
    reports add.
    """
    estimated = _estimated(likely, level, is_known, bool(listed))
    said = [estimated, _on_a_list(path), _tried_again(listed, path), kept_off, _own(mine)]
    return tuple(line for line in said if line)


def percent(share: float) -> str:
    """Write a share of spam in whole per cent; no estimate is certain."""
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _seen(counted: Counted) -> str:
    if counted.others:
        total = _messages(counted.spam + counted.others)
        return f"Spam in {counted.spam:,} of about {total} seen from {counted.network} {TEN_DAYS}"
    if counted.spam == 1:
        return f"One message was seen from {counted.network} {TEN_DAYS}, and it was spam"
    return f"{_messages(counted.spam)} were seen from {counted.network} {TEN_DAYS}, all of them spam"


def _from_it(subject: str, counted: Counted) -> str:
    it = f"this address's /64, {subject}" if ":" in subject else "this address"
    if counted.by_address == counted.spam:
        return f"it came from {it}" if counted.spam == 1 else f"all of them from {it}"
    if counted.spam == 1:
        return f"it did not come from {it}"
    return f"{counted.by_address:,} of them from {it}" if counted.by_address else f"none of them from {it}"


def _elsewhere(counted: Counted) -> list[str]:
    """What other installations tell, which is about networks and never about an address."""
    number = counted.installations
    several = "one other installation" if number == 1 else f"{number:,} other installations"
    return [f"{several} saw spam from there"] if number else []


def _reporters(number: int) -> str:
    return "one reporter" if number == 1 else f"{number:,} independent reporters"


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def _estimated(likely: float, level: int, is_known: bool, is_listed: bool) -> str:
    share = percent(likely)
    if not is_known:
        return f"What is usual elsewhere, {share} spam, lists nobody by itself."
    said = f"By the estimate its next message is spam with a likelihood of {share}, which"
    if not level:
        return f"{said} is enough for no level."
    stricter = {1: "every level", 4: "level 4, the strictest"}.get(level, f"level {level} and the stricter ones")
    if is_listed:
        return f"{said} is enough for {stricter}."
    over = f"no listing stands, for each ends {LONGEST // HOUR} hours after the newest spam at most"
    return f"{said} was enough for {stricter}; but {over}."


def _on_a_list(path: Path) -> str:
    """Whether the word of a list is in the estimate; which lists hold an address is said elsewhere."""
    is_in = path.listed > 0 and path.sender.spam >= LITTLE
    return "A list that holds it, and that was right here before, adds to what was seen." if is_in else ""


def _tried_again(listed: Sequence[Listed], path: Path) -> str:
    """Whether a sender that waits and tries again gets through."""
    networks = [one for one in listed if one.kind == "network"]
    if any(one.kind == "address" for one in listed):
        return "To try again does not help: it is listed for spam of its own."
    if not networks:
        return ""
    if all(one.passes for one in networks):
        why = "it has tried again" if path.sender.passed else "good mail came from it"
        return f"Its network is listed, but it passes: {why}."
    if is_closed(path.hours):
        return "To try again does not help: those who did so in its network turned out to send spam."
    return f"It is listed for its network alone, and passes once it has tried again after {RETRY // MINUTE} minutes."


def _own(mine: int) -> str:
    times = "once" if mine == 1 else f"{mine:,} times"
    return (
        f"Your organization reported it {times} {TEN_DAYS}: that counts for you alone, unless others agree."
        if mine
        else ""
    )
