"""Who may ask, and how often: the access list, and the buckets of rate_limit.py. It knows clients' networks, but no
name, no list and no packet.

Over TCP a client has proved its address, so the limit is for UDP alone.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from enum import Enum

from dnsd import rate_limit
from dnsd.rate_limit import Client, RateLimit
from reputation.addresses.address import Address, parse_network, unmapped
from reputation.addresses.nested import NestedNetworks
from reputation.verdict.client_networks import network_key, network_text
from reputation.verdict.steps import Steps4, Steps6, find, steps4, steps6

EVERYONE = ("0.0.0.0/0", "::/0")
LOOPBACK = ("127.0.0.0/8", "::1/128")
MAY_ASK, EXEMPT = 1, 2
CODE_RATE = 20_000  # answers a second under one code to one network: a busy site's resolvers ask a tenth of it


class AccessResult(Enum):
    """What happens to an answer."""

    ANSWER = rate_limit.ANSWERED
    SLIP = rate_limit.SLIPPED  # a real resolver is told to come by TCP
    DROP = rate_limit.DROPPED


class PaidFrom(Enum):
    """Which bucket of the client's network pays for an answer."""

    UNEARNED = rate_limit.UNEARNED_ANSWER
    ZONE = rate_limit.ZONE_ANSWER
    CODE = rate_limit.CODE_ANSWER


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
        code_rate: float = CODE_RATE,
    ) -> None:
        """Networks as text; `rate` in answers a second and `burst` at once for a network, 0 for no limit at all.

        Names that make up the zone get more of both (rate_limit.ZONE_FACTOR). `code_rate` is for answers under one
        code. Every `slip`th limited answer is a truncated one, 0 for none. ValueError says which network is no network.
        """
        allowed = tuple(allowed)
        self._everyone = set(allowed) >= set(EVERYONE)
        states = [(parse_network(text), MAY_ASK) for text in allowed]
        states += [(parse_network(text), EXEMPT) for text in exempt]
        nested = NestedNetworks(states)
        self._four = steps4((start, _bits(held)) for start, held in nested.steps(4))
        self._six = steps6((start, _bits(held)) for start, held in nested.steps(6))
        self._clock = clock
        self.limits = RateLimit(rate, burst, slip, code_rate, (self._four, self._six), EXEMPT)

    def allowed(self) -> tuple[Steps4, Steps6] | None:
        """Return the access list as steps that hold MAY_ASK in their lowest bit; None where everybody may ask."""
        return None if self._everyone else (self._four, self._six)

    def may_ask(self, client: Address) -> bool:
        """Tell whether the client is in the access list."""
        return bool(find(self._four, self._six, client) & MAY_ASK)

    def nanoseconds(self) -> int:
        """Return the time of the limit's own clock."""
        return int(self._clock() * rate_limit.NANOSECONDS)

    def spend(self, client: Address, paid_from: PaidFrom = PaidFrom.UNEARNED, organization: int = 0) -> AccessResult:
        """Take one answer from a bucket of the client's network, and tell what happens to it.

        `organization` is whose code earned the answer.
        """
        asker = Client()
        asker.is_from(client.version, client.value, self.nanoseconds())
        return AccessResult(self.limits.decide(asker, paid_from.value, organization))


def client_address(host: str) -> Address:
    """Read the address in a socket's peer name, without the interface (`%eth0`)."""
    if ":" not in host:
        return Address(4, int.from_bytes(socket.inet_pton(socket.AF_INET, host), "big"))
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return Address(*unmapped(6, int.from_bytes(packed, "big")))


def client_network(client: Address) -> str:
    """Return the /24 or /56 that the client is counted under, as text."""
    return network_text(network_key(client.version, client.value))


def _bits(held: list[int]) -> int:
    return sum(set(held))
