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
    cdef readonly object strangers
    cdef unsigned long long[::1] stranger_network
    cdef unsigned int[::1] stranger_hour
    cdef unsigned int[::1] stranger_what
    cdef unsigned long long[::1] stranger_count
    cdef readonly Py_ssize_t stranger_bank
    cdef void connection(self, int organization, int database, unsigned int code, int version,
                         unsigned long long high, unsigned long long low, unsigned int now) noexcept nogil
    cdef void count(self, int organization, int database, Py_ssize_t column, unsigned int now) noexcept nogil
    cdef void remember(self, int organization, int database, unsigned int code, int version,
                       unsigned long long high, unsigned long long low, unsigned int now) noexcept nogil
    cdef void count_zone(self, Py_ssize_t column, unsigned int now) noexcept nogil
    cdef inline void count_row(self, Py_ssize_t row, Py_ssize_t column, unsigned int now) noexcept nogil
    cdef bint count_stranger(self, unsigned long long network, unsigned int what, unsigned int now) noexcept nogil
