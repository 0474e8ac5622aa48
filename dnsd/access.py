"""Who may ask, and how often without a valid code. It knows clients' networks, but no name, no list and no packet.

The rate limit is for answers that no valid activation code earned: such an answer may go to an address that somebody
forged. What a code earned is never limited, for a busy resolver asks for thousands of connections. Over TCP a client
has proved its address, so the limit is for UDP alone.
"""

from __future__ import annotations

import os
import socket
import time
from array import array
from collections.abc import Callable, Iterable
from enum import Enum

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
    unmapped,
)
from reputation.addresses.nested import NestedNetworks
from reputation.verdict.steps import Steps4, Steps6, find, steps4, steps6

EVERYONE = ("0.0.0.0/0", "::/0")
LOOPBACK = ("127.0.0.0/8", "::1/128")
BUCKETS = 1 << 16
SHIFTS = {4: 8, 6: 72}  # a client network is a /24 or a /56: what one forger or one site can use
MAY_ASK, EXEMPT = 1, 2


class AccessResult(Enum):
    """What happens to an answer that no code earned."""

    ANSWER = "within the limit"
    SLIP = "tell a real resolver to come by TCP"
    DROP = "say nothing"


class Access:
    """The access list and the buckets. Threads share it; two that meet in a bucket cost a token, not a lock."""

    def __init__(
        self,
        allowed: Iterable[str] = EVERYONE,
        exempt: Iterable[str] = LOOPBACK,
        rate: float = 20.0,
        burst: int = 100,
        slip: int = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Networks as text; `rate` in answers a second and `burst` at once for a network, 0 for no limit at all.

        Every `slip`th limited answer is a truncated one, 0 for none. ValueError says which network is no network.
        """
        allowed = tuple(allowed)
        self._everyone = set(allowed) >= set(EVERYONE)
        states = [(parse_network(text), MAY_ASK) for text in allowed]
        states += [(parse_network(text), EXEMPT) for text in exempt]
        nested = NestedNetworks(states)
        self._four = steps4((start, _bits(held)) for start, held in nested.steps(4))
        self._six = steps6((start, _bits(held)) for start, held in nested.steps(6))
        self._interval = 1 / rate if rate > 0 else 0.0
        self._depth = self._interval * (burst - 0.5)  # the half is for rounding
        self._slip, self._clock = slip, clock
        self._salt = int.from_bytes(os.urandom(8), "big")  # else a client could choose whose bucket it shares
        self._full_at = array("d", bytes(8 * BUCKETS))
        self._limited = 0

    def allowed(self) -> tuple[Steps4, Steps6] | None:
        """Return the access list as steps that hold MAY_ASK in their lowest bit; None where everybody may ask."""
        return None if self._everyone else (self._four, self._six)

    def may_ask(self, client: Address) -> bool:
        """Tell whether the client is in the access list."""
        return bool(find(self._four, self._six, client) & MAY_ASK)

    def spend(self, client: Address) -> AccessResult:
        """Take one answer from the bucket of the client's network, and tell what happens to it.

        A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm); the table
        never grows, and networks that meet in a bucket share its rate.
        """
        if not self._interval or find(self._four, self._six, client) & EXEMPT:
            return AccessResult.ANSWER
        bucket = hash((self._salt, client.version, client.value >> SHIFTS[client.version])) % BUCKETS
        now = self._clock()
        full_at = max(self._full_at[bucket], now)
        if full_at - now <= self._depth:
            self._full_at[bucket] = full_at + self._interval
            return AccessResult.ANSWER
        self._limited += 1
        return AccessResult.SLIP if self._slip and self._limited % self._slip == 0 else AccessResult.DROP


def client_address(host: str) -> Address:
    """Read the address in a socket's peer name, without the interface (`%eth0`)."""
    if ":" not in host:
        return Address(4, int.from_bytes(socket.inet_pton(socket.AF_INET, host), "big"))
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return Address(*unmapped(6, int.from_bytes(packed, "big")))


def client_network(client: Address) -> str:
    """Return the /24 or /56 that the client is counted under, as text."""
    shift = SHIFTS[client.version]
    first = client.value >> shift << shift
    return str(Network(client.version, first, first | (1 << shift) - 1, BITS[client.version] - shift))


def _bits(held: list[int]) -> int:
    return sum(set(held))
