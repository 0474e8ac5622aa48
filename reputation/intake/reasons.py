"""What the listings that reports make say of themselves in TXT: the estimate in words, in rounded figures.

Each text is kept once in the memory of what DNS answers, however many listings have it: there are few dozens of them.
They say no more than anybody may know: what has seen the spam stays with the evidence.
"""

from __future__ import annotations

from reputation.intake import estimate
from reputation.intake.estimate import Path

SENDER, NETWORK = "Spam was seen from this sender", "Spam was seen from this network ({size}) lately"
END = "the listing ends by itself"
TENTHS = 10
WITHOUT_FIGURE = f"{SENDER}; {END}"
KNOWN = 0.01  # messages of spam, below which the listing comes of what others have said


def of_sender(path: Path) -> str:
    """Return the reason of a sender listed for spam of its own; without a figure where only others have seen spam."""
    if path.sender.spam < KNOWN:
        return WITHOUT_FIGURE
    return f"{SENDER}: {_likely(path)}; {END}"


def of_network(network: str, stranger: Path) -> str:
    """Return the reason of a network that is listed as a whole, by the path of somebody in it who was never seen."""
    size = f"/{network.partition('/')[2]}"
    return f"{NETWORK.format(size=size)}: {_likely(stranger)}; {END}"


def _likely(path: Path) -> str:
    tenths = round(TENTHS * estimate.estimate(path))
    if tenths >= TENTHS:
        return "nearly all its messages are likely to be spam"
    if not tenths:
        return "few of its messages are likely to be spam"
    return f"about {tenths} of {TENTHS} messages are likely to be spam"
