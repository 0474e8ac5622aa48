# The types of live.py when it is compiled; its methods say the rest.
from reputation.verdict.snapshot cimport Snapshot

cdef class Turns:
    cdef unsigned long long begun
    cdef readonly bint idle
    cdef void begin(self) noexcept nogil

cdef class Live:
    cdef Snapshot slot_a
    cdef Snapshot slot_b
    cdef unsigned long long which
    cdef list loops
    cdef list left
    cdef void _point(self, unsigned long long which) noexcept
