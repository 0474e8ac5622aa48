# The types of rate_limit.py when it is compiled; its methods say the rest.
from reputation.verdict.steps cimport Steps4, Steps6

cdef class Client:
    cdef readonly int version
    cdef readonly unsigned long long high
    cdef readonly unsigned long long low
    cdef readonly unsigned long long network
    cdef public long long at
    cdef public int verdict
    cdef void place(self, int version, unsigned long long high, unsigned long long low) noexcept nogil

cdef class RateLimit:
    cdef long long[::1] intervals
    cdef long long[::1] depths
    cdef long long[::1] full_at
    cdef unsigned long long salt
    cdef unsigned int slip
    cdef unsigned int limited
    cdef unsigned int bit
    cdef Steps4 exempt4
    cdef Steps6 exempt6
    cdef int spend(self, Client client, int kind, int organization) noexcept nogil
    cdef inline unsigned int bucket(self, unsigned long long network, unsigned long long organization) noexcept nogil
