# The types of fastpath.py when it is compiled.
from dnsd.rate_limit cimport Client, RateLimit
from dnsd.writing cimport Zone
from reputation.verdict.snapshot cimport Snapshot
from reputation.verdict.tally cimport Tally

cdef Py_ssize_t respond(Zone zone, Snapshot snapshot, Tally tally, RateLimit limits, Client client,
                        unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t length, unsigned int now) noexcept nogil
