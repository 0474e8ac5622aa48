"""The counts of one loop: connections by organization, database and answer, and a ring of those to remember.

The loop is the only writer and takes no lock; the only reader (counters.py) takes differences. The counts are in two
banks, for even and odd hours, so that the reader knows the hour of each. Behind the rows of the organizations is one
for what belongs to none of them. Connections that find no place in the ring are counted. The networks of
clients that are turned away are in two small tables: the reader empties one while the other is written.

It runs interpreted, or compiled from the same lines (tally.pxd declares the types).
"""

from __future__ import annotations

from array import array

import cython

if cython.compiled:
    from cython.cimports.reputation.verdict.atomics import gp_acquire, gp_release

HOUR = cython.declare(cython.uint, 3600)
COLUMNS = cython.declare(cython.Py_ssize_t, 32)  # of an organization in a bank: a database's answers, twice
DATABASE_COLUMNS = cython.declare(cython.Py_ssize_t, 16)
ORGANIZATIONS = 4096  # with a higher number an organization is counted by Python, a little slower
RING = 1 << 16
STRANGERS = cython.declare(
    cython.Py_ssize_t, 1 << 10
)  # networks in a table; one without a place is counted but not named
STRANGERS_MASK = cython.declare(cython.ulonglong, (1 << 10) - 1)
PROBES = cython.declare(cython.ulonglong, 8)
SPREAD = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)  # 2 ** 64 by the golden ratio (Knuth, TAOCP 6.4)
ALL_64 = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)


@cython.final
@cython.cclass
class Tally:
    """The counts of one loop. `sample`: one in so many of the unlisted connections is remembered; 0 for none."""

    def __init__(self, sample: int = 0, organizations: int = ORGANIZATIONS, ring: int = RING) -> None:
        if ring & (ring - 1):
            raise ValueError("the ring's size is a power of two, so that its places follow from the lower bits")
        self.organizations = organizations
        # The arrays are the reader's view of what the loop writes through typed ones.
        self.counted = self.counts = array("Q", bytes(8 * 2 * (organizations + 1) * 32))
        self.hours = array("Q", [0, 0])  # since the epoch: which hour each bank counts
        self.ring = tuple(array(kind, bytes(size * ring)) for kind, size in (("Q", 8), ("Q", 8), ("Q", 8), ("I", 4)))
        self.high, self.low, self.what, self.at = self.ring
        self.highest = 0
        self.mask = ring - 1
        self.head = self.tail = self.lost = 0
        self.sample = sample
        self.passed = 0
        places = 2 * (1 << 10)  # of two tables
        kinds = (("Q", 8), ("I", 4), ("I", 4), ("Q", 8))
        self.strangers = tuple(array(kind, bytes(size * places)) for kind, size in kinds)
        self.stranger_network, self.stranger_hour, self.stranger_what, self.stranger_count = self.strangers
        self.stranger_bank = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def connection(
        self,
        organization: cython.int,
        database: cython.int,
        code: cython.uint,
        version: cython.int,
        high: cython.ulonglong,
        low: cython.ulonglong,
        now: cython.uint,
    ) -> cython.void:
        """Count one complete address, not a test point, asked by type A under a valid code."""
        self.count(organization, database, code, now)
        if code == 0:
            self.passed += 1
            if self.sample == 0 or self.passed < self.sample:
                return
            self.passed = 0
        self.remember(organization, database, code, version, high, low, now)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def count(
        self, organization: cython.int, database: cython.int, column: cython.Py_ssize_t, now: cython.uint
    ) -> cython.void:
        """Count one more in a column: a return code, or one of the columns beyond all return codes (counters.py)."""
        self.count_row(organization, database * DATABASE_COLUMNS + column, now)
        if organization > self.highest:
            self.highest = organization

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def count_zone(self, column: cython.Py_ssize_t, now: cython.uint) -> cython.void:
        """Count one more of a kind that belongs to no organization (counters.ZONE_KINDS)."""
        self.count_row(self.organizations, column, now)

    @cython.cfunc
    @cython.nogil
    @cython.inline
    @cython.exceptval(check=False)
    def count_row(self, row: cython.Py_ssize_t, column: cython.Py_ssize_t, now: cython.uint) -> cython.void:
        """Count one more in a column of a row, in the bank of the hour."""
        hour: cython.uint = now // HOUR
        bank: cython.Py_ssize_t = hour & 1
        self.hours[bank] = hour
        self.counts[(bank * (self.organizations + 1) + row) * COLUMNS + column] += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def count_stranger(self, network: cython.ulonglong, what: cython.uint, now: cython.uint) -> cython.bint:
        """Count one more question that was turned away by its client network (its key); tell whether there was a place.

        `what` is 0 under a code that nobody has, else 1 and twice the organization's number, and 1 more beyond a quota.
        """
        hour: cython.uint = now // HOUR
        mixed: cython.ulonglong = what
        # Mixed twice: neighbouring networks and hours that follow each other would meet in a few places otherwise.
        home: cython.ulonglong = (((network * SPREAD & ALL_64) ^ hour ^ (mixed << 40)) * SPREAD & ALL_64) >> 32
        first: cython.Py_ssize_t = self.stranger_bank * STRANGERS
        place: cython.Py_ssize_t
        probe: cython.ulonglong
        for probe in range(PROBES):
            place = first + ((home + probe) & STRANGERS_MASK)
            if not self.stranger_count[place]:
                self.stranger_network[place] = network
                self.stranger_hour[place] = hour
                self.stranger_what[place] = what
            elif not (
                self.stranger_network[place] == network
                and self.stranger_hour[place] == hour
                and self.stranger_what[place] == what
            ):
                continue
            self.stranger_count[place] += 1
            return True
        return False

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def remember(
        self,
        organization: cython.int,
        database: cython.int,
        code: cython.uint,
        version: cython.int,
        high: cython.ulonglong,
        low: cython.ulonglong,
        now: cython.uint,
    ) -> cython.void:
        """Put a connection into the ring; where the ring is full, count it as lost."""
        tail: cython.ulonglong = gp_acquire(cython.address(self.tail)) if cython.compiled else self.tail
        place: cython.ulonglong = self.head & self.mask
        owner: cython.ulonglong = organization
        if self.head - tail > self.mask:
            self.lost += 1
            return
        self.high[place] = high
        self.low[place] = low
        self.what[place] = (owner << 32) | (database << 16) | (version << 8) | code
        self.at[place] = now
        if cython.compiled:
            gp_release(cython.address(self.head), self.head + 1)  # after what it leads to
        else:
            self.head += 1

    def written(self) -> int:
        """Return how many connections were put into the ring so far, as every thread sees it."""
        return gp_acquire(cython.address(self.head)) if cython.compiled else self.head

    def turn_to(self, bank: int) -> None:
        """Make the loop count strangers in this table, 0 or 1, from now on."""
        self.stranger_bank = bank

    def taken(self, number: int) -> None:
        """Mark the connections before this number as read: their places may be written again."""
        if cython.compiled:
            gp_release(cython.address(self.tail), number)
        else:
            self.tail = number
