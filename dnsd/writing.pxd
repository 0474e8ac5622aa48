# The types of writing.py when it is compiled.

cdef class Zone:
    cdef readonly bytes octets
    cdef unsigned char[::1] name
    cdef unsigned char[::1] upper
    cdef readonly Py_ssize_t length
    cdef unsigned char[::1] soa
    cdef Py_ssize_t soa_length
    cdef Py_ssize_t first
    cdef Py_ssize_t second
    cdef unsigned int ttl
    cdef unsigned int dynamic_ttl
    cdef unsigned int negative_ttl
    cdef unsigned int part_ttl
    cdef unsigned char[::1] no_code
    cdef unsigned char[::1] over_quota
    cdef unsigned char[::1] not_subscribed
    cdef unsigned char[::1] nothing
    cdef unsigned char[::1] own_names
    cdef unsigned int[::1] own_from
    cdef Py_ssize_t own_count
    cdef unsigned char[::1] is_empty
    cdef Py_ssize_t ready_count
    cdef int[::1] ready_of
    cdef unsigned int[::1] ready_type
    cdef unsigned int[::1] ready_records
    cdef int[::1] ready_serial
    cdef unsigned char[::1] ready_large
    cdef unsigned char[::1] ready
    cdef unsigned int[::1] ready_from
    cdef unsigned char[::1] code_texts
    cdef unsigned int[::1] code_text_from

cdef void put_header(unsigned char[::1] wire, Py_ssize_t base, unsigned int rcode, unsigned int answers) noexcept nogil
cdef void put_record(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t owner, unsigned int kind, unsigned int ttl,
                     Py_ssize_t data) noexcept nogil
cdef void put_number(unsigned char[::1] wire, Py_ssize_t at, unsigned int number) noexcept nogil
cdef void put_soa(unsigned char[::1] wire, Py_ssize_t at, Py_ssize_t zone_at, Zone zone, unsigned int serial) noexcept nogil
cdef void put_opt(unsigned char[::1] wire, Py_ssize_t at, unsigned int dnssec_ok) noexcept nogil
cdef Py_ssize_t negative_length(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at, Zone zone,
                                unsigned char[::1] option) noexcept nogil
cdef Py_ssize_t put_negative(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at, Py_ssize_t zone_at, Zone zone,
                             unsigned int serial, unsigned int rcode, unsigned int ttl,
                             unsigned char[::1] option) noexcept nogil
cdef Py_ssize_t put_ready(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at, unsigned char[::1] octets,
                          Py_ssize_t begin, Py_ssize_t end, unsigned int count) noexcept nogil
cdef Py_ssize_t put_truncated(unsigned char[::1] wire, Py_ssize_t base, Py_ssize_t at) noexcept nogil
