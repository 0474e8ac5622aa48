# The types of fastpath.py when it is compiled.
from reputation.verdict.snapshot cimport Snapshot
from reputation.verdict.tally cimport Tally

cdef class Zone:
    cdef readonly bytes octets
    cdef unsigned char[::1] name
    cdef unsigned char[::1] upper
    cdef readonly Py_ssize_t length
    cdef unsigned char[::1] soa
    cdef Py_ssize_t soa_length
    cdef Py_ssize_t first
    cdef Py_ssize_t second
    cdef unsigned int ttl
    cdef unsigned int dynamic_ttl
    cdef unsigned int negative_ttl
    cdef unsigned char[::1] not_subscribed
    cdef Py_ssize_t not_subscribed_length

cdef Py_ssize_t respond(Zone zone, Snapshot snapshot, Tally tally, unsigned char[::1] wire, Py_ssize_t base,
                        Py_ssize_t length, unsigned int now) noexcept nogil
cdef unsigned int bucket_in(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t length) noexcept nogil
