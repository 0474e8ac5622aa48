"""Records by DNS, TXT above all, with bounded patience. It asks the machine's resolver, or the one that it is given.

A resolver that was silent is asked again after half a minute: a mailbox full of reports must not wait for each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import dns.resolver

PATIENCE = 3.0  # seconds for one record, all tries together
REST = 30.0  # seconds after one that was silent
REMEMBERED = 200  # records, each for its TTL


class NoAnswer(Exception):
    """The record could not be fetched just now; later it may be."""


class TxtRecords:
    """Looks records up. `nameservers` are addresses; without any, those of /etc/resolv.conf are asked."""

    def __init__(
        self,
        nameservers: Sequence[str] = (),
        port: int = 53,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nameservers, self._port, self._patience = list(nameservers), port, patience
        self._clock, self._silent_until = clock, 0.0
        self._resolver: dns.resolver.Resolver | None = None

    def text(self, name: str) -> bytes | None:
        """Return the text of a name's record; None where it has none. Raise NoAnswer where nobody could tell."""
        return next((b"".join(record.strings) for record in self.records(name, "TXT")), None)

    def records(self, name: str, kind: str) -> Sequence[Any]:
        """Return a name's records of a kind, such as TXT or MX, as the library reads them; none where it has none.

        Raise NoAnswer where nobody could tell.
        """
        import dns.exception  # most installations ask for no record
        import dns.resolver

        if self._clock() < self._silent_until:
            raise NoAnswer(name)
        try:
            found = self._asked().resolve(name, kind, raise_on_no_answer=False, search=False, lifetime=self._patience)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return ()
        except dns.exception.Timeout:
            self._silent_until = self._clock() + REST
            raise NoAnswer(name) from None
        except (dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, OSError):
            raise NoAnswer(name) from None
        except (dns.exception.DNSException, ValueError):  # no name at all
            return ()
        return tuple(found.rrset or ())

    def _asked(self) -> dns.resolver.Resolver:
        # Made at the first question: without /etc/resolv.conf it cannot be, and most installations ask none.
        if self._resolver is None:
            import dns.resolver

            made = dns.resolver.Resolver(configure=not self._nameservers)
            if self._nameservers:
                made.nameservers, made.port = list(self._nameservers), self._port
            made.cache = dns.resolver.LRUCache(REMEMBERED)
            self._resolver = made
        return self._resolver
