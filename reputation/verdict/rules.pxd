# The types of rules.py when it is compiled; its methods say the rest.
cdef class Rules:
    cdef unsigned int[::1] from4
    cdef unsigned int[::1] starts4
    cdef unsigned char[::1] values4
    cdef unsigned int[::1] ends4
    cdef object texts4
    cdef unsigned int[::1] from6
    cdef unsigned long long[::1] high6
    cdef unsigned long long[::1] low6
    cdef unsigned char[::1] values6
    cdef unsigned int[::1] ends6
    cdef object texts6
    cdef Py_ssize_t at4(self, int organization, unsigned int value) noexcept nogil
    cdef Py_ssize_t at6(self, int organization, unsigned long long high, unsigned long long low) noexcept nogil
    cdef (unsigned int, unsigned int) value(
        self, int organization, int version, unsigned long long high, unsigned long long low) noexcept nogil

cdef class OriginRules:
    cdef unsigned int[::1] from_asn
    cdef unsigned int[::1] asns
    cdef unsigned char[::1] values
    cdef unsigned int[::1] ends
    cdef int[::1] country_from
    cdef unsigned char[::1] countries
    cdef unsigned int[::1] country_ends
    cdef (unsigned int, unsigned int) isp(self, int organization, unsigned int asn) noexcept nogil
    cdef (unsigned int, unsigned int) country(self, int organization, unsigned int number) noexcept nogil
