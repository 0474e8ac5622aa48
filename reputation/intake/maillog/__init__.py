"""What the logs of our own mail servers say about their clients: refused spam, guesses at recipients, clean mail.

A log is followed from where the last look ended, through rotation and restarts. Each program's lines are read by their
grammar: the client's address from the one place where the server writes it, and no text that a client chose. What a
server refused because this installation had listed the client is no new evidence: a listing must not prolong itself.
"""

from reputation.intake.maillog.figures import LogFigures
from reputation.intake.maillog.follower import (
    Follower,
    LogSource,
    close,
    figures,
    follow,
    followers,
    troubles,
)
from reputation.intake.maillog.trying import TriedLog, try_logs

__all__ = [
    "Follower",
    "LogFigures",
    "LogSource",
    "TriedLog",
    "close",
    "figures",
    "follow",
    "followers",
    "troubles",
    "try_logs",
]
