"""What the logs of our own mail servers tell of those who connect: spam refused, guesses at recipients, clean mail.

A log is followed from where the last look ended, through rotation and restarts. What a server refused because this
installation had listed the client is no new evidence and is left out: a listing must not feed itself.
"""

from reputation.intake.maillog.follower import Follower, LogSource, follow

__all__ = ["Follower", "LogSource", "follow"]
