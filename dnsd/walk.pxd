# The types of walk.py when it is compiled.
from dnsd.rate_limit cimport Client, RateLimit
from dnsd.writing cimport Zone
from reputation.verdict.snapshot cimport Snapshot
from reputation.verdict.tally cimport Tally

cdef Py_ssize_t answer_on_the_way(
    Zone zone, Snapshot snapshot, Tally tally, RateLimit limits, Client client, unsigned char[::1] wire,
    Py_ssize_t base, Py_ssize_t end, unsigned int now) noexcept nogil
cdef Py_ssize_t leave(Tally tally, RateLimit limits, Client client, unsigned int now) noexcept nogil
cdef bint within_limit(Tally tally, RateLimit limits, Client client, int kind, int organization,
                       unsigned int now) noexcept nogil
cdef Py_ssize_t beyond_limit(Client client, unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at) noexcept nogil
cdef Py_ssize_t turned_away(
    Zone zone, Snapshot snapshot, Tally tally, RateLimit limits, Client client, unsigned char[::1] wire,
    Py_ssize_t base, Py_ssize_t at, Py_ssize_t zone_at, Py_ssize_t limit, int organization,
    unsigned int now) noexcept nogil
cdef Py_ssize_t deny(
    Zone zone, Snapshot snapshot, Tally tally, unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at,
    Py_ssize_t zone_at, Py_ssize_t limit, int database, int organization, unsigned int now) noexcept nogil
