"""From the bytes of a query to the bytes of its answer: the order of work, and what is counted. It owns no socket.

`answer(wire, client)` is the whole of it. A resolver that gets no answer retries, lowers EDNS, marks us lame, and mail
waits for all of it (RFC 8906 1): so silence is a rule of packets.py or of the rate limit, never an accident.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from dnsd import packets, protocol, records, replies
from dnsd.access import Access, AccessResult, PaidFrom, client_address, client_network
from dnsd.apex import Apex
from dnsd.loop_context import LoopContext
from dnsd.names import Asked, BelowCode, CodeAlone, Host, Impossible, Lookup, Place
from dnsd.packets import Fault, Query
from dnsd.replies import Extended, Reply
from dnsd.throttled_log import ThrottledLog
from reputation.addresses.address import Address
from reputation.verdict.counters import ELSEWHERE, NOT_SUBSCRIBED, OVER_QUOTA, Counters
from reputation.verdict.decision import Decision, decide
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import FOREVER

log = logging.getLogger(__name__)

TEST_ADDRESS = "test address"  # as a decision names it


class Outcome(NamedTuple):
    """A reply, and which bucket pays for it; None where it was paid for, or is never limited."""

    reply: Reply
    paid_from: PaidFrom | None


class Limit:
    """The rate limit of one answer: it is asked once, and an answer that it denies is counted."""

    def __init__(
        self, access: Access, counters: Counters, client: tuple[Any, ...], decided: AccessResult | None, now: int
    ) -> None:
        self.source, self.decided = client_address(client[0]), decided
        self._access, self._counters, self._now = access, counters, now

    def spend(self, paid_from: PaidFrom, organization: int = 0) -> AccessResult:
        """Return what happens to the answer."""
        if self.decided is None:
            self.decided = self._access.spend(self.source, paid_from, organization)
            if self.decided is not AccessResult.ANSWER:
                self._counters.other("limited", self._now)
        return self.decided


class Resolver:
    """The answers for one zone. Any number of threads may ask it; each answer reads the live snapshot once."""

    def __init__(
        self, apex: Apex, live: Live, counters: Counters, access: Access, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives Unix seconds."""
        self._apex, self._live, self._counters, self._access, self._clock = apex, live, counters, access, clock
        self._complaints = ThrottledLog(log)

    def context(self) -> LoopContext:
        """Return what a loop over UDP needs to give the same answers as `answer` does."""
        return LoopContext(
            self._apex.fast_zone(),
            self._live,
            self._counters.new_tally,
            self._counters.watch,
            self._access.allowed(),
            self._access.limits,
            self._access.nanoseconds,
            self.answer,
            self._clock,
        )

    def answer(
        self, wire: bytes, client: tuple[Any, ...], tcp: bool = False, decided: AccessResult | None = None
    ) -> bytes | None:
        """Return the answer to one packet from `client`, a socket address; None where it gets no answer.

        `decided` is what the rate limit said already, where the fast path asked it.
        """
        now = int(self._clock())
        limit = Limit(self._access, self._counters, client, AccessResult.ANSWER if tcp else decided, now)
        try:
            query = packets.read(wire)
        except Exception:
            self._complain(wire, client, now)
            return replies.last_resort(wire, protocol.FORMERR)
        if query is None:
            return None
        try:
            if isinstance(query, Fault):
                return self._fault(query, limit, now)
            return self._query(query, limit, tcp, now)
        except Exception:
            self._complain(wire, client, now)
            return replies.error(query.fault(protocol.SERVFAIL))

    def _complain(self, wire: bytes, client: tuple[Any, ...], now: int) -> None:
        self._complaints.warn(
            "a query from %s could not be answered, please report this: %s", client[:1], wire[:512].hex(), trace=True
        )
        self._counters.other("failed", now)

    def _fault(self, fault: Fault, limit: Limit, now: int) -> bytes | None:
        if limit.spend(PaidFrom.UNEARNED) is AccessResult.DROP:
            return None  # counted as limited alone: the fast path does not look at what it is
        self._counters.other("malformed" if fault.rcode == protocol.FORMERR else "other", now)
        return replies.error(fault)  # no larger than the packet, so it serves as the slip too

    def _query(self, query: Query, limit: Limit, tcp: bool, now: int) -> bytes | None:
        refusal = self._refusal(query, limit.source, tcp)
        outcome = self._refused(*refusal, limit, now) if refusal else self._outcome(query, limit, now)
        verdict = limit.spend(outcome.paid_from) if outcome.paid_from else limit.decided
        if verdict is AccessResult.DROP:
            return None
        if verdict is AccessResult.SLIP:
            return replies.truncated(query, Reply(protocol.NOERROR))
        if query.tsig and outcome.reply.rcode == protocol.NOTAUTH:
            return replies.unknown_key(query, query.tsig)
        return replies.pack(query, outcome.reply, replies.size_limit(query.edns, tcp))

    def _refused(self, reply: Reply, kind: str, limit: Limit, now: int) -> Outcome:
        """Refuse what no code can earn. Where it is dropped it is counted as limited alone, as in the fast path."""
        if limit.spend(PaidFrom.UNEARNED) is not AccessResult.DROP:
            self._counters.other(kind, now)
        return Outcome(reply, None)

    def _refusal(self, query: Query, source: Address, tcp: bool) -> tuple[Reply, str] | None:
        """What is refused without a look at the name, and the kind that it is counted as."""
        # First, so that a client that may not ask learns nothing else.
        if not self._access.may_ask(source):
            return Reply(protocol.REFUSED, extended=Extended(protocol.PROHIBITED)), "denied"
        reply = None
        if query.tsig:  # a signed question wants a signed answer, and we have no key
            reply = Reply(protocol.NOTAUTH)
        elif query.qclass != protocol.IN:  # CH version.bind as well: it is nobody's business
            reply = Reply(protocol.REFUSED)
        elif query.qtype == protocol.AXFR and not tcp:  # not defined over UDP (RFC 5936 4.2)
            reply = Reply(protocol.NOTIMP, extended=Extended(protocol.NOT_SUPPORTED))
        elif query.qtype in (protocol.AXFR, protocol.IXFR):  # a list of ours is no zone to hand out
            reply = Reply(protocol.REFUSED, extended=Extended(protocol.PROHIBITED))
        return (reply, "refused") if reply else None

    def _outcome(self, query: Query, limit: Limit, now: int) -> Outcome:
        asked = self._apex.names.find(query.labels)
        if asked is Place.OUTSIDE:
            reply = Reply(protocol.REFUSED, extended=Extended(protocol.NOT_AUTHORITATIVE))
            return self._refused(reply, "refused", limit, now)
        snapshot = self._live.current
        if snapshot is None:  # never limited: this is our fault, and silence would make mail wait
            self._counters.other("failed", now)
            return Outcome(Reply(protocol.SERVFAIL, extended=Extended(protocol.NOT_READY)), None)
        if isinstance(asked, Place | Host):
            paid_from = self._paid_from(query, asked)
            return Outcome(self._of_zone(query, asked, snapshot, now), paid_from)
        organization = snapshot.organization(asked.code, now)
        if organization < 0:
            # NXDOMAIN, never an address: MTAs take any A record as "listed" and would refuse all mail. It covers
            # all names below the code (RFC 8020), so that a resolver stops asking for a wrong one.
            self._counters.other("unknown code", now, client_network(limit.source))
            return Outcome(self._nothing(query, snapshot, replies.NO_SUCH_CODE), PaidFrom.UNEARNED)
        if not snapshot.may_ask_from(organization, limit.source):
            # In every octet as an unknown code, and limited as one: whoever has found a code learns nothing by it.
            self._counters.turn_away(organization, ELSEWHERE, client_network(limit.source), now)
            return Outcome(self._nothing(query, snapshot, replies.NO_SUCH_CODE), PaidFrom.UNEARNED)
        if limit.spend(PaidFrom.CODE, organization) is not AccessResult.ANSWER:
            return Outcome(Reply(protocol.NOERROR), None)
        left = snapshot.over_quota(organization, now)
        if left:
            # NXDOMAIN for the code and all names below it, so that mail passes; no cache keeps it beyond the quota's
            # end. A valid code has earned it, so it is not limited as an unknown one: silence would make mail wait.
            self._counters.turn_away(organization, OVER_QUOTA, client_network(limit.source), now)
            return Outcome(self._nothing(query, snapshot, replies.OVER_QUOTA, left), None)
        if not snapshot.may_ask(organization, asked.database):
            # The same for the code and all names below it, for none of them is ever listed here; but a valid code has
            # earned the answer, so nobody is told that the code is unknown.
            self._counters.other(NOT_SUBSCRIBED, now)
            return Outcome(self._nothing(query, snapshot, replies.NOT_SUBSCRIBED), None)
        return Outcome(self._of_code(query, asked, organization, snapshot, now), None)

    def _paid_from(self, query: Query, asked: Place | Host) -> PaidFrom:
        """Of a name without a code: a resolver's walk is cheap, what is no name or a large reply is not."""
        own = asked.labels if isinstance(asked, Host) else self._apex.names.zone if asked is Place.APEX else None
        is_large = own is not None and self._apex.is_large(own, query.qtype)
        return PaidFrom.UNEARNED if is_large or asked is Place.NOTHING else PaidFrom.ZONE

    def _of_zone(self, query: Query, asked: Asked, snapshot: Snapshot, now: int) -> Reply:
        self._counters.other("partial" if asked is Place.EMPTY else "other", now)
        if asked is Place.NOTHING:
            return self._nothing(query, snapshot)
        if asked is Place.APEX:
            return self._data(query, snapshot, self._apex.at_apex(query.labels, query.qtype, snapshot.serial))
        if isinstance(asked, Host):
            return self._host(query, snapshot, self._apex.at_host(query.labels, asked.labels, query.qtype))
        return self._data(query, snapshot)

    def _of_code(self, query: Query, asked: BelowCode, organization: int, snapshot: Snapshot, now: int) -> Reply:
        if isinstance(asked, Lookup):
            return self._lookup(query, asked, organization, snapshot, now)
        if isinstance(asked, CodeAlone) and query.qtype in (protocol.TXT, protocol.ANY):
            self._counters.other("txt", now)
            return self._data(query, snapshot, self._apex.text_of_code(query.labels, asked.database))
        if isinstance(asked, Impossible):
            self._counters.other("other", now)
            return self._nothing(query, snapshot)
        # Listed addresses lie below, or may: denying this name would deny them all (RFC 8020 2).
        self._counters.other("partial", now)
        return self._data(query, snapshot)

    def _lookup(self, query: Query, asked: Lookup, organization: int, snapshot: Snapshot, now: int) -> Reply:
        decision = decide(snapshot, asked.database, organization, asked.version, asked.value, now)
        self._count(query, asked, organization, decision, now)
        # No cache may keep an answer beyond the end of the listing or of the rule that made it.
        left = max(decision.until - now, 0)
        answer = self._listed(query, asked, decision, snapshot, left) if decision.code else ()
        if answer:
            return self._data(query, snapshot, answer)
        # 1.0.0.2 is 2.0.0.1, and the parent of all of 2001::/16
        is_there = decision.code or asked.shared
        authority = self._apex.negative(query.labels, snapshot.serial, left)
        return Reply(protocol.NOERROR if is_there else protocol.NXDOMAIN, True, authority=authority)

    def _listed(
        self, query: Query, asked: Lookup, decision: Decision, snapshot: Snapshot, left: int
    ) -> tuple[Any, ...]:
        ttl = min(self._apex.ttl[asked.database], left)
        if query.qtype in (protocol.A, protocol.ANY):  # ANY: one record set is enough (RFC 8482 4.1)
            return (records.return_code(query.labels, ttl, decision.code),)
        if query.qtype == protocol.TXT:
            words = snapshot.explain(decision.reason, Address(asked.version, asked.value))
            return (records.text(query.labels, ttl, words),)
        return ()

    def _count(self, query: Query, asked: Lookup, organization: int, decision: Decision, now: int) -> None:
        """A connection is an A question for an address that is no test address; the TXT after it is the same one."""
        if query.qtype == protocol.TXT:
            self._counters.other("txt", now)
        elif query.qtype != protocol.A:
            self._counters.other("other", now)
        elif decision.decided_by == TEST_ADDRESS:
            self._counters.other("test", now)
        else:
            self._counters.record(organization, asked.database, decision, asked.version, asked.value, now)

    def _data(self, query: Query, snapshot: Snapshot, answer: tuple[Any, ...] = ()) -> Reply:
        """These records, or NODATA with the SOA where there are none (RFC 2308 2.2)."""
        authority = () if answer else self._apex.no_data(query.labels, snapshot.serial)
        return Reply(protocol.NOERROR, True, answer, authority)

    def _host(self, query: Query, snapshot: Snapshot, answer: tuple[Any, ...]) -> Reply:
        """The same of a name server, to which the settings may give an address at any time."""
        if answer or query.qtype not in (protocol.A, protocol.AAAA):
            return self._data(query, snapshot, answer)
        return Reply(protocol.NOERROR, True, authority=self._apex.negative(query.labels, snapshot.serial))

    def _nothing(
        self, query: Query, snapshot: Snapshot, extended: Extended | None = None, left: int = FOREVER
    ) -> Reply:
        """NXDOMAIN with the SOA (RFC 2308 2.1), for `left` seconds."""
        authority = self._apex.negative(query.labels, snapshot.serial, left)
        return Reply(protocol.NXDOMAIN, True, authority=authority, extended=extended)
