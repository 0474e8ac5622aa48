"""The limits of the portal's server: how long a client may take for what, and how much it may have of this machine.

A person at a browser meets none of them: they are for who sends an octet a second, or never reads an answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Times are in seconds, sizes in octets, rates in octets a second."""

    connections: int = 2000  # at once, in all; beyond it the one that has been quiet longest is closed
    of_client: int = 500  # and of one client, which a proxy of ours is not
    head: float = 10.0  # for a whole request line with all headers
    idle: float = 60.0  # for the next request on the same connection
    window: float = 20.0  # in each of which a body or an answer must keep the least rate
    least_rate: float = 2048.0  # as slow as a modem
    body: float = 1200.0  # for a whole body
    linger: float = 3.0  # for a client to take our last answer, after we have said goodbye
    stop: float = 3.0  # for requests that are answered at the end
    head_octets: int = 32 * 1024
    # Larger than the application's own limit, so that its page explains a refused upload and not a bare line of ours.
    body_octets: int = 4 * 1024 * 1024
    unsent: int = 1024 * 1024  # of one answer; then its thread waits for the client
    waiting: int = 16  # threads that may wait so, of `workers`, where others need one: the slowest client goes then
    workers: int = 32
    memory: int = (
        64 * 1024 * 1024
    )  # for all that is half received and half sent; beyond it the slowest client is closed

    @property
    def tick(self) -> float:
        """Return the seconds between two looks at who is late."""
        return min(0.5, self.head / 4, self.idle / 4, self.window / 4, self.body / 4, self.linger / 2)
