# The types of texts.py when it is compiled.
from reputation.verdict.snapshot cimport Snapshot

cdef Py_ssize_t text_length(Snapshot snapshot, int database, unsigned int step, unsigned int place, int version,
                            unsigned long long high, unsigned long long low) noexcept nogil
cdef void put_text(unsigned char[::1] wire, Py_ssize_t at, Snapshot snapshot, int database, unsigned int step,
                   unsigned int place, int version, unsigned long long high, unsigned long long low, Py_ssize_t data) noexcept nogil
