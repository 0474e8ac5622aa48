"""What the logs of our own mail servers say about their clients: refused spam, guesses at recipients, clean mail.

A log is followed from where the last look ended, through rotation and restarts. What a server refused because this
installation had listed the client is no new evidence and is left out: a listing must not prolong itself.
"""

from reputation.intake.maillog.follower import Follower, LogSource, follow

__all__ = ["Follower", "LogSource", "follow"]
