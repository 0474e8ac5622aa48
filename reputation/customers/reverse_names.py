"""Names of addresses (PTR), looked up by the machine's own resolver; a page waits for them a limited time.

A few threads look them up. A caller gets the names that are known when its time is over, and the others the next time.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

THREADS = 4
STAYS = 3600  # seconds for which an answer is believed
LONGEST_QUEUE = 1000
LONGEST_CACHE = 10_000

Ask = Callable[[str], str]


def ask_resolver(address: str) -> str:
    """Look up the name of an address; return "" where it has none, or nobody answered."""
    try:
        return socket.gethostbyaddr(address)[0]
    except OSError:
        return ""


def ask_confirmed(address: str) -> str:
    """Look up the name of an address, and return it where the name leads back to the address; "" otherwise.

    Whoever has an address can give it any name; only the owner of the name can let it lead back.
    """
    name = ask_resolver(address)
    try:
        found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP) if name else []
    except (OSError, UnicodeError):  # a name that is none
        return ""
    led = {ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found}
    return name if ipaddress.ip_address(address) in led else ""


class ReverseNames:
    """The known names of addresses, and the threads that look up more. There is one for the whole portal."""

    def __init__(self, ask: Ask = ask_resolver, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._clock = ask, clock
        self._news = threading.Condition()
        self._known: dict[str, tuple[str, float]] = {}
        self._queue: deque[str] = deque()
        self._waiting: set[str] = set()
        self._threads = 0

    def known(self, addresses: Iterable[str]) -> dict[str, str]:
        """Return the names that are known now, by address; "" where an address is known to have none."""
        oldest = self._clock() - STAYS
        with self._news:
            found = {address: self._known[address] for address in addresses if address in self._known}
        return {address: name for address, (name, at) in found.items() if at > oldest}

    def find(self, addresses: Iterable[str], patience: float) -> dict[str, str]:
        """Look up the unknown ones of these addresses for at most `patience` seconds, then return what is known."""
        wanted = list(addresses)
        end = time.monotonic() + patience
        found = self.known(wanted)
        unknown = dict.fromkeys(address for address in wanted if address not in found)
        if not unknown:
            return found
        with self._news:
            self._enqueue(unknown)
            missing = unknown.keys() & self._waiting  # those that the queue had no room for are not waited for
            while missing and (left := end - time.monotonic()) > 0:
                self._news.wait(left)
                # Each answer wakes whoever waits: only what has not come yet is looked at again.
                missing &= self._waiting
        return self.known(wanted)

    def _enqueue(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            if address not in self._waiting and len(self._queue) < LONGEST_QUEUE:
                self._waiting.add(address)
                self._queue.append(address)
        while self._threads < min(THREADS, len(self._queue)):
            self._threads += 1
            # Daemons: a resolver that is silent for half a minute must not hold up the end of the program.
            threading.Thread(target=self._work, name="reverse names", daemon=True).start()

    def _work(self) -> None:
        """Ask until nothing is left to ask, then end."""
        while True:
            with self._news:
                if not self._queue:
                    self._threads -= 1
                    return
                address = self._queue.popleft()
            name = self._ask(address)
            with self._news:
                if len(self._known) >= LONGEST_CACHE:
                    self._known.clear()
                self._known[address] = name, self._clock()
                self._waiting.discard(address)
                self._news.notify_all()
