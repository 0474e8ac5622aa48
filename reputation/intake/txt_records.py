"""TXT records by DNS, with bounded patience. It asks the machine's resolver, or the one that it is given."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.resolver

PATIENCE = 3.0  # seconds for one record, all tries together
REMEMBERED = 200  # records, each for its TTL


class NoAnswer(Exception):
    """The record could not be fetched just now; later it may be."""


class TxtRecords:
    """Looks records up. `nameservers` are addresses; without any, those of /etc/resolv.conf are asked."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53, patience: float = PATIENCE) -> None:
        self._nameservers, self._port, self._patience = list(nameservers), port, patience
        self._resolver: dns.resolver.Resolver | None = None

    def text(self, name: str) -> bytes | None:
        """Return the text of a name's record; None where it has none. Raise NoAnswer where nobody could tell."""
        try:
            found = self._asked().resolve(name, "TXT", raise_on_no_answer=False, search=False, lifetime=self._patience)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return None
        except (dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, dns.exception.Timeout, OSError):
            raise NoAnswer(name) from None
        except (dns.exception.DNSException, ValueError):  # no name at all
            return None
        return next((b"".join(record.strings) for record in found.rrset or ()), None)

    def _asked(self) -> dns.resolver.Resolver:
        # Made at the first question: without /etc/resolv.conf it cannot be, and most installations ask none.
        if self._resolver is None:
            made = dns.resolver.Resolver(configure=not self._nameservers)
            if self._nameservers:
                made.nameservers, made.port = list(self._nameservers), self._port
            made.cache = dns.resolver.LRUCache(REMEMBERED)
            self._resolver = made
        return self._resolver
