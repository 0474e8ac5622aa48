# The types of questions.py when it is compiled.
from dnsd.writing cimport Zone

cdef unsigned int bucket_in(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t length) noexcept nogil
cdef (Py_ssize_t, int, unsigned long long, unsigned long long, bint) read_address(
    unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t end) noexcept nogil
cdef bint ends_in(unsigned char[::1] wire, Py_ssize_t at, Zone zone) noexcept nogil
cdef int database_of(unsigned char[::1] wire, Py_ssize_t at) noexcept nogil
cdef Py_ssize_t room(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t end, unsigned int records) noexcept nogil
cdef Py_ssize_t end_of_name(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t end) noexcept nogil
cdef (Py_ssize_t, Py_ssize_t, bint) labels_before(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t end) noexcept nogil
cdef bint is_part(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t end) noexcept nogil
