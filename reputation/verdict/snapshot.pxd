# The types of snapshot.py when it is compiled; its methods say the rest.
from reputation.verdict.organization_steps cimport OrganizationListings
from reputation.verdict.origins cimport Origins
from reputation.verdict.rules cimport OriginRules, Rules
from reputation.verdict.steps cimport Steps4, Steps6

cdef class Layer:
    cdef readonly Steps4 steps4
    cdef readonly Steps6 steps6
    cdef readonly const unsigned int[::1] expiries  # read by prepared.py; else Layer.at and Layer.inside are its only readers
    cdef readonly object reasons
    cdef readonly const unsigned int[::1] reason_of
    cdef const unsigned char[::1] texts
    cdef unsigned int[::1] text_from
    cdef unsigned int place(self, int version, unsigned long long high, unsigned long long low) noexcept nogil
    cdef Py_ssize_t text_size(self, unsigned int place) noexcept nogil
    cdef Py_ssize_t put_text(self, unsigned int place, unsigned char[::1] wire, Py_ssize_t at) noexcept nogil

cdef class Listed:
    cdef readonly Layer feeds
    cdef readonly Layer own
    cdef readonly OrganizationListings alone
    cdef readonly Layer recent
    cdef readonly OrganizationListings recent_alone
    cdef readonly bint has_recent
    cdef Py_ssize_t text_size(self, unsigned int place) noexcept nogil
    cdef Py_ssize_t put_text(self, unsigned int place, unsigned char[::1] wire, Py_ssize_t at) noexcept nogil

cdef class Policies:
    cdef readonly dict codes
    cdef readonly unsigned char[::1] databases
    cdef readonly unsigned char[::1] categories
    cdef readonly unsigned char[::1] levels
    cdef readonly Rules rules
    cdef readonly OriginRules origin_rules
    cdef readonly unsigned char[::1] has_origin_rules
    cdef bint asks_for_origins
    cdef readonly unsigned int[::1] over_until
    cdef readonly unsigned char[::1] has_networks
    cdef readonly OrganizationListings networks
    cdef unsigned int mask
    cdef int[::1] slots
    cdef unsigned char[::1] labels
    cdef int[::1] owners
    cdef unsigned int[::1] ends
    cdef int organization(self, unsigned char[::1] wire, Py_ssize_t at, unsigned int now) noexcept nogil

cdef class Snapshot:
    cdef readonly Listed standard
    cdef readonly Listed dynamic
    cdef readonly Origins origins
    cdef readonly Policies policies
    cdef readonly unsigned int serial
    cdef readonly str lookup_url
    cdef unsigned char[::1] lookup
    cdef Py_ssize_t lookup_length

cdef unsigned int lower(unsigned int octet) noexcept nogil
cdef unsigned int hash_of(const unsigned char[::1] wire, Py_ssize_t at) noexcept nogil
