# The types of origins.py when it is compiled; its methods say the rest.
from reputation.verdict.steps cimport Steps4, Steps6

cdef class Origins:
    cdef readonly Steps4 steps4
    cdef readonly Steps6 steps6
    cdef readonly const unsigned int[::1] asn_of
    cdef readonly const unsigned short[::1] country_of
    cdef readonly object names
    cdef readonly str dated
    cdef readonly str source
    cdef readonly Py_ssize_t rows
    cdef unsigned int seek(self, int version, unsigned long long high, unsigned long long low) noexcept nogil
