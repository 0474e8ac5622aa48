"""The rules that are compared in the loop: our estimate, the points that were before it, and what others publish."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable

from benchmarks.verdicts import points
from benchmarks.verdicts.closed_loop.mail import DAY, HOUR
from benchmarks.verdicts.closed_loop.running import Levels, Rule
from reputation.addresses.address import Address, Network
from reputation.addresses.scored_networks import neighbourhood_of, subject_of
from reputation.intake import estimate, steps
from reputation.intake.estimate import Path
from reputation.intake.sender_memory import SenderMemory

KNOWN = re.compile(r"mail-|lists|o[0-9]")  # names in the streams of those that PSBL's authors would know
NOBODY: points.Times = (0, 0, 0, 0)

# SpamCop, "What is the SpamCop Blocking List": freshness 4:1 to 1:1 over 48 hours, a week's memory, trap reports times
# five or squared, no listing by one report, 12 hours for two, 24 without a new report.
FRESH, FRESH_FOR, MEMORY = 4.0, 48 * HOUR, 7 * DAY
TRAP_FACTOR, SQUARED_FROM = 5, 6
STAY, STAY_OF_TWO = 24 * HOUR, 12 * HOUR

# PSBL, by its software Spamikaze: a trap lists for 360 hours, and for ever from the eleventh message on.
PSBL_STAY, PSBL_MOST = 360 * HOUR, 10
REMOVED_AFTER = 12 * HOUR  # when the people of a real mail server have noticed and taken it off, as anybody may


class Estimate:
    """Our estimate. A report of a reporter whom nobody knows counts for nobody."""

    def __init__(self, memory: SenderMemory | None = None) -> None:
        self.memory = memory or SenderMemory()

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell at which levels the address is listed now."""
        return self.memory.asked(address, at, asn, name).listed(at)

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """Take in a report of spam."""
        if known:
            self.memory.reported(address, at, source)

    def clean(self, at: int, address: Address) -> None:
        """Take in a message that a filter found clean."""
        self.memory.found_clean(address, at)


class Rows(SenderMemory):
    """What DNS serves is rows: of a /22 in which no spam was seen there is none, whatever its provider has done."""

    def path_of(self, address: Address) -> Path:
        """Return what is known of an address; of its provider only where its networks are known."""
        path = super().path_of(address)
        is_known = path.nodes[estimate.WIDE - 1].last > estimate.NEVER
        return path if is_known else path._replace(has_provider=False)


class WithNames(Estimate):
    """Our estimate as DNS would serve it, were the names of all addresses known."""

    def __init__(self) -> None:
        super().__init__(Rows())


class WithoutNames(WithNames):
    """Our estimate as DNS serves it: nobody has looked up the name of an address that is asked about."""

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell at which levels the address is listed now."""
        return super().ask(at, address, asn, "")


class Points:
    """The table of points that was before the estimate, with its rule for networks."""

    def __init__(self) -> None:
        self._states: dict[Network, dict[Network, points.SenderState]] = defaultdict(dict)
        self._networks: dict[Network, points.Times] = {}

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell at which levels the address or its network is listed now."""
        near = neighbourhood_of(address)
        own = self._states[near].get(subject_of(address), points.NEW).expiries
        one, two, three, four = (max(ends) > at for ends in zip(own, self._networks.get(near, NOBODY), strict=True))
        return one, two, three, four

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """Take in a report of spam."""
        if not known:
            return
        near, subject = neighbourhood_of(address), subject_of(address)
        alike = self._states[near]
        alike[subject] = points.after_report(alike.get(subject, points.NEW), at, source)
        self._networks[near] = points.neighbourhood(alike.values(), at)

    def clean(self, at: int, address: Address) -> None:
        """Take in a message that a filter found clean."""
        alike, subject = self._states[neighbourhood_of(address)], subject_of(address)
        alike[subject] = points.after_clean(alike.get(subject, points.NEW), at)


class Published:
    """A rule that others publish, the same at all levels: it lists single addresses."""

    def __init__(self) -> None:
        self.names: dict[Address, str] = {}
        self.until: dict[Address, int] = {}

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell whether the address is listed now."""
        self.names[address] = name
        is_listed = self.until.get(address, 0) > at
        return is_listed, is_listed, is_listed, is_listed

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """Take in a report of spam."""

    def clean(self, at: int, address: Address) -> None:
        """Take in a message that a filter found clean."""


class Psbl(Published):
    """PSBL: a message to a trap lists for 15 days, whoever is no known mail server; people of a real one take it off.

    Known are those that its authors would know: great providers, bulk mailers and mailing lists.
    """

    def __init__(self) -> None:
        super().__init__()
        self._clean: dict[Address, int] = defaultdict(int)
        self._hits: dict[Address, int] = defaultdict(int)

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """List after a trap."""
        if source != "trap" or KNOWN.match(self.names.get(address, "")):
            return
        self._hits[address] += 1
        stay = 365 * DAY if self._hits[address] > PSBL_MOST else PSBL_STAY
        self.until[address] = at + (REMOVED_AFTER if self._clean[address] > 2 else stay)

    def clean(self, at: int, address: Address) -> None:
        """Take the address for a real server after some clean mail."""
        self._clean[address] += 1


class Cbl(Published):
    """As CBL does: a trap or a filter lists for a week whoever does not look like a mail server."""

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """List those whose name was not given by an owner."""
        if source in ("trap", "filter") and steps.class_of(self.names.get(address, ""), address) != steps.GIVEN:
            self.until[address] = at + 7 * DAY


class SpamCop(Published):
    """SpamCop's rule at 2 %: fresh reports against the connections that asked within a week."""

    RATIO = 0.02

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[Address, deque[int]] = defaultdict(deque)
        self._reports: dict[Address, deque[tuple[int, str]]] = defaultdict(deque)

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Count the question, and tell whether the address is listed."""
        asked = self._asked[address]
        asked.append(at)
        while asked[0] < at - MEMORY:
            asked.popleft()
        return super().ask(at, address, asn, name)

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """List where the weighted reports reach the ratio; two reports for half as long."""
        reports = self._reports[address]
        reports.append((at, source))
        while reports[0][0] < at - MEMORY:
            reports.popleft()
        if len(reports) >= 2 and self._points(at, address) >= self.RATIO * len(self._asked[address]):
            self.until[address] = at + (STAY_OF_TWO if len(reports) == 2 else STAY)

    def _points(self, at: int, address: Address) -> float:
        traps = sum(_fresh(at - when) for when, source in self._reports[address] if source == "trap")
        people = sum(_fresh(at - when) for when, source in self._reports[address] if source != "trap")
        return people + (TRAP_FACTOR * traps if traps < SQUARED_FROM else traps**2)


class TwoInANetwork:
    """Two reports of a /24 within a day list it for six hours."""

    def __init__(self) -> None:
        self._reports: dict[Network, deque[int]] = defaultdict(deque)
        self._until: dict[Network, int] = {}

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        """Tell whether the network is listed now."""
        is_listed = self._until.get(neighbourhood_of(address), 0) > at
        return is_listed, is_listed, is_listed, is_listed

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        """List the network with the second report of a day."""
        near = neighbourhood_of(address)
        reports = self._reports[near]
        reports.append(at)
        while reports[0] < at - DAY:
            reports.popleft()
        if len(reports) >= 2:
            self._until[near] = at + 6 * HOUR

    def clean(self, at: int, address: Address) -> None:
        """Take no notice."""


def _fresh(age: int) -> float:
    """What SpamCop lets a report of this age count: four times when new, once after two days."""
    return 1 + (FRESH - 1) * max(0.0, 1 - age / FRESH_FOR)


SERVED, NAMED, BEFORE = "the estimate", "the estimate, with names", "the points before it"
PSBL = "PSBL's rule"

RULES: dict[str, Callable[[], Rule]] = {
    SERVED: WithoutNames,
    NAMED: WithNames,
    BEFORE: Points,
    "SpamCop's rule at 2 %": SpamCop,
    PSBL: Psbl,
    "a CBL-like rule": Cbl,
    "two reports of a /24": TwoInANetwork,
}
