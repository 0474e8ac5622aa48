# The types of steps.py when it is compiled; its methods say the rest.

cdef class Steps4:
    cdef readonly object values
    cdef readonly const unsigned short[::1] lows
    cdef readonly const unsigned int[::1] index
    cdef const unsigned char[::1] octets
    cdef const unsigned short[::1] values16
    cdef const unsigned int[::1] values32
    cdef int width
    cdef unsigned int first
    cdef bint is_single
    cdef bint is_far
    cdef void _fill(self, unsigned int[::1] addresses, unsigned int[::1] found)
    cdef unsigned int seek(self, unsigned int value) noexcept nogil
    cdef void prefetch(self, unsigned int bucket) noexcept nogil
    cdef void prefetch_rest(self, unsigned int bucket) noexcept nogil

cdef class Steps6:
    cdef readonly object values
    cdef readonly const unsigned long long[::1] high
    cdef readonly const unsigned long long[::1] low
    cdef const unsigned short[::1] values16
    cdef const unsigned int[::1] values32
    cdef Py_ssize_t length
    cdef bint is_wide
    cdef unsigned int seek(self, unsigned long long high, unsigned long long low) noexcept nogil
