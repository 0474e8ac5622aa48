# The types of tally.py when it is compiled; its methods say the rest.

cdef class Tally:
    cdef readonly Py_ssize_t organizations
    cdef readonly object counted
    cdef unsigned long long[::1] counts
    cdef readonly unsigned long long[::1] hours
    cdef readonly Py_ssize_t highest
    cdef readonly object ring
    cdef unsigned long long[::1] high
    cdef unsigned long long[::1] low
    cdef unsigned long long[::1] what
    cdef unsigned int[::1] at
    cdef readonly unsigned long long mask
    cdef unsigned long long head
    cdef unsigned long long tail
    cdef readonly unsigned long long lost
    cdef readonly unsigned long long sample
    cdef unsigned long long passed
    cdef void connection(self, int organization, int database, unsigned int code, int version,
                         unsigned long long high, unsigned long long low, unsigned int now) noexcept nogil
    cdef void count(self, int organization, int database, Py_ssize_t column, unsigned int now) noexcept nogil
    cdef void remember(self, int organization, int database, unsigned int code, int version,
                       unsigned long long high, unsigned long long low, unsigned int now) noexcept nogil
