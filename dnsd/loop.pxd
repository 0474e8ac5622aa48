# The types of loop.py when it is compiled.
from dnsd.netio cimport gp_batch
from dnsd.rate_limit cimport Client, RateLimit
from dnsd.writing cimport Zone
from reputation.verdict.live cimport Live, Turns
from reputation.verdict.snapshot cimport Snapshot
from reputation.verdict.steps cimport Steps4, Steps6
from reputation.verdict.tally cimport Tally

cdef class Loop:
    cdef Zone zone
    cdef Live live
    cdef Tally tally
    cdef Turns turns
    cdef RateLimit limits
    cdef Client client
    cdef unsigned long long[::1] handed
    cdef unsigned long long[::1] taken
    cdef bint everyone
    cdef Steps4 allowed4
    cdef Steps6 allowed6
    cdef unsigned int now
    cdef bint stopping
    cdef unsigned long long received
    cdef unsigned long long slow_path
    cdef unsigned long long slow_path_lost
    cdef unsigned long long refused
    cdef void _serve(self, int descriptor, int slow_path, int wildcard)
    cdef int _turn(self, gp_batch *batch, unsigned char[::1] slots, Py_ssize_t[::1] sizes, int descriptor, int slow_path,
                   int wildcard, int wait) noexcept nogil
    cdef void _answer(self, Snapshot snapshot, gp_batch *batch, unsigned char[::1] slots, Py_ssize_t[::1] sizes, int n,
                      int slow_path) noexcept nogil
    cdef void _foresee(self, Snapshot snapshot, unsigned char[::1] slots, Py_ssize_t[::1] sizes, int n) noexcept nogil
    cdef void _name_client(self, gp_batch *batch, int i) noexcept nogil
    cdef bint _may_ask(self) noexcept nogil
    cdef void _hand_all_over(self, gp_batch *batch, Py_ssize_t[::1] sizes, int n, int slow_path) noexcept nogil
    cdef void _hand_over(self, gp_batch *batch, int i, Py_ssize_t size, int slow_path) noexcept nogil
