"""How many answers a client's network gets: without a valid code few, of the zone's own names more, under a code many.

An answer without a code may go to an address that somebody forged, and so may one under a code that leaked. A bucket
is one number, the moment at which it will be full again (the generic cell rate algorithm). The tables never grow;
networks that meet in a bucket share its rate. Threads share them too, and two that meet in a bucket cost a token, not
a lock.

It runs interpreted, or compiled from the same lines (rate_limit.pxd declares the types).
"""

from __future__ import annotations

import os
from array import array

import cython

from reputation.verdict import client_networks
from reputation.verdict.steps import LOW_HALF, Steps4, Steps6

TABLE_SIZE = 1 << 16  # buckets of each kind
BUCKETS = cython.declare(cython.uint, TABLE_SIZE)
NANOSECONDS = 1_000_000_000
ALL_64 = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
LOW_32 = cython.declare(cython.ulonglong, 0xFFFFFFFF)
IPV6_KEY = cython.declare(cython.ulonglong, client_networks.IPV6_KEY)
# The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the network and the salt reaches each of the hash.
FIRST_FACTOR = cython.declare(cython.ulonglong, 0xBF58476D1CE4E5B9)
SECOND_FACTOR = cython.declare(cython.ulonglong, 0x94D049BB133111EB)
SPREAD = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)

# What an answer is paid from.
UNEARNED_ANSWER, ZONE_ANSWER, CODE_ANSWER = 0, 1, 2
KINDS = 3
CODE_KIND = cython.declare(cython.int, CODE_ANSWER)
# What happens to it; UNDECIDED where nobody has asked yet.
UNDECIDED, ANSWERED, SLIPPED, DROPPED = 0, 1, 2, 3
ANSWERED_VERDICT = cython.declare(cython.int, ANSWERED)
SLIPPED_VERDICT = cython.declare(cython.int, SLIPPED)
DROPPED_VERDICT = cython.declare(cython.int, DROPPED)

# Of the names that make up the zone a resolver asks for each lookup, some of them without keeping the answer: Knot
# Resolver asks `r.<zone>` for NS. They are as small as the question, nearly.
ZONE_FACTOR = 50


@cython.final
@cython.cclass
class Client:
    """Who sent a packet, when (nanoseconds of a monotonic clock), and what the limit said of its answer."""

    def __init__(self) -> None:
        self.version, self.high, self.low, self.network, self.at = 4, 0, 0, 0, 0
        self.verdict = 0

    def is_from(self, version: int, value: int, at: int) -> None:
        """Name the sender of the next packet: its address, and the nanosecond at which the packet came."""
        self.at = at
        self.place(version, value >> 64, value & LOW_HALF)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def place(self, version: cython.int, high: cython.ulonglong, low: cython.ulonglong) -> cython.void:
        """Name the sender of the next packet, by the two halves of its address."""
        self.version, self.high, self.low, self.verdict = version, high, low, 0
        # As client_networks.network_key: of IPv4 24 bits, of IPv6 56 below a bit that tells them apart.
        self.network = (low & LOW_32) >> 8 if version == 4 else (high >> 8) | IPV6_KEY


@cython.final
@cython.cclass
class RateLimit:
    """The buckets of all client networks, three kinds of them."""

    def __init__(
        self, rate: float, burst: int, slip: int, code_rate: float, exempt: tuple[Steps4, Steps6], bit: int
    ) -> None:
        """`rate` and `code_rate` in answers a second, 0 for no limit; `burst` answers at once.

        Every `slip`th limited answer is a truncated one, 0 for none. `exempt` holds `bit` where a client is spared.
        """
        rates = (rate, rate * ZONE_FACTOR, code_rate)
        bursts = (burst, burst * ZONE_FACTOR, code_rate)
        intervals = [int(NANOSECONDS / each) if each > 0 else 0 for each in rates]
        self.intervals = array("q", intervals)
        # The half is for rounding.
        self.depths = array("q", [int(each * (many - 0.5)) for each, many in zip(intervals, bursts, strict=True)])
        self.full_at = array("q", bytes(8 * KINDS * TABLE_SIZE))
        self.salt = int.from_bytes(os.urandom(8), "big")  # else a client could choose whose bucket it shares
        self.slip, self.limited = slip, 0
        self.exempt4, self.exempt6 = exempt
        self.bit = bit

    def decide(self, client: Client, kind: int, organization: int = 0) -> int:
        """Do as `spend` does, for Python."""
        return self.spend(client, kind, organization)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def spend(self, client: Client, kind: cython.int, organization: cython.int) -> cython.int:
        """Take one answer from the bucket of the client's network, and return the verdict on it."""
        place: cython.Py_ssize_t
        full_at: cython.longlong
        held: cython.uint
        if self.intervals[kind] == 0:
            return ANSWERED_VERDICT
        held = self.exempt4.seek(client.low) if client.version == 4 else self.exempt6.seek(client.high, client.low)
        if held & self.bit:
            return ANSWERED_VERDICT
        place = kind * BUCKETS + self.bucket(client.network, organization if kind == CODE_KIND else 0)
        full_at = self.full_at[place]
        if full_at < client.at:
            full_at = client.at
        if full_at - client.at <= self.depths[kind]:
            self.full_at[place] = full_at + self.intervals[kind]
            return ANSWERED_VERDICT
        self.limited += 1
        return SLIPPED_VERDICT if self.slip and self.limited % self.slip == 0 else DROPPED_VERDICT

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def bucket(self, network: cython.ulonglong, organization: cython.ulonglong) -> cython.uint:
        """Return the bucket of a network, under an organization's code or under none (0)."""
        mixed: cython.ulonglong = network + self.salt & ALL_64
        own: cython.ulonglong = (organization * SPREAD & ALL_64) >> 48
        mixed = (mixed ^ mixed >> 30) * FIRST_FACTOR & ALL_64
        mixed = (mixed ^ mixed >> 27) * SECOND_FACTOR & ALL_64
        # The organization comes last: beside the network it would cancel out between two of them, whatever the salt is.
        return (mixed ^ mixed >> 31 ^ own) % BUCKETS
