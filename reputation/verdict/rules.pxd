# The types of rules.py when it is compiled; its methods say the rest.
from reputation.verdict.organization_steps cimport OrganizationSteps

cdef class Rules:
    cdef readonly OrganizationSteps steps
    cdef readonly unsigned char[::1] values4
    cdef readonly unsigned int[::1] ends4
    cdef readonly object texts4
    cdef readonly unsigned char[::1] values6
    cdef readonly unsigned int[::1] ends6
    cdef readonly object texts6
    cdef (unsigned int, unsigned int) value(
        self, int organization, int version, unsigned long long high, unsigned long long low) noexcept nogil

cdef class OriginRules:
    cdef readonly unsigned int[::1] from_asn
    cdef readonly unsigned int[::1] asns
    cdef readonly unsigned char[::1] values
    cdef readonly unsigned int[::1] ends
    cdef int[::1] country_from
    cdef unsigned char[::1] countries
    cdef unsigned int[::1] country_ends
    cdef (unsigned int, unsigned int) isp(self, int organization, unsigned int asn) noexcept nogil
    cdef (unsigned int, unsigned int) country(self, int organization, unsigned int number) noexcept nogil
