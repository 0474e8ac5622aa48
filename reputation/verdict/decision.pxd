# The types of decision.py when it is compiled.
from reputation.verdict.snapshot cimport Listed, Snapshot

cdef (unsigned int, unsigned int, unsigned int, unsigned int) judge(
    Snapshot snapshot, int database, int organization, int version, unsigned long long high, unsigned long long low,
    unsigned int now) noexcept nogil
cdef (unsigned int, unsigned int, unsigned int, unsigned int) _test_address(int database, unsigned int value) noexcept nogil
cdef (unsigned int, unsigned int, unsigned int) _sender_rule(
    Snapshot snapshot, int organization, int version, unsigned long long high, unsigned long long low) noexcept nogil
cdef (unsigned int, unsigned int, unsigned int, unsigned int) _category(
    Listed listed, unsigned int enabled, int version, unsigned long long high, unsigned long long low,
    unsigned int now) noexcept nogil
cdef (unsigned int, unsigned int, unsigned int, unsigned int) _dynamic(
    Listed listed, int organization, unsigned int level, int version, unsigned long long high, unsigned long long low,
    unsigned int now) noexcept nogil
cdef inline unsigned int _own_place(
    Listed listed, int version, unsigned long long high, unsigned long long low) noexcept nogil
cdef inline unsigned int _alone_place(
    Listed listed, int organization, int version, unsigned long long high, unsigned long long low) noexcept nogil
cdef inline unsigned int _until(Listed listed, unsigned int own) noexcept nogil
cdef (unsigned int, unsigned int) _longest(Listed listed, unsigned int feeds, unsigned int own) noexcept nogil
