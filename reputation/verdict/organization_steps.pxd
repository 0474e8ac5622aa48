# The types of organization_steps.py when it is compiled; its methods say the rest.
cdef class OrganizationSteps:
    cdef int count
    cdef readonly unsigned int[::1] from4
    cdef readonly unsigned int[::1] starts4
    cdef readonly unsigned int[::1] from6
    cdef readonly unsigned long long[::1] high6
    cdef readonly unsigned long long[::1] low6
    cdef Py_ssize_t at4(self, int organization, unsigned int value) noexcept nogil
    cdef Py_ssize_t at6(self, int organization, unsigned long long high, unsigned long long low) noexcept nogil

cdef class OrganizationListings:
    cdef readonly OrganizationSteps steps
    cdef readonly unsigned int[::1] values4
    cdef readonly unsigned int[::1] values6
    cdef unsigned int place(
        self, int organization, int version, unsigned long long high, unsigned long long low) noexcept nogil
