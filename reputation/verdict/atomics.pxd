# Loads and stores that several threads may make at once without Python. Sequentially consistent: all threads see them in
# one order, on x86 and on ARM alike. Acquire and release are enough for the ring of a tally, which has one writer. And a
# hint of what will be loaded, which any thread may give of any place.
cdef extern from *:
    """
    static inline unsigned long long gp_load(unsigned long long *place) { return __atomic_load_n(place, __ATOMIC_SEQ_CST); }
    static inline void gp_store(unsigned long long *place, unsigned long long value) { __atomic_store_n(place, value, __ATOMIC_SEQ_CST); }
    static inline unsigned long long gp_acquire(unsigned long long *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
    static inline void gp_release(unsigned long long *place, unsigned long long value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
    static inline void gp_prefetch(const void *place) { __builtin_prefetch(place); }
    """
    unsigned long long gp_load(unsigned long long *place) nogil
    void gp_store(unsigned long long *place, unsigned long long value) nogil
    unsigned long long gp_acquire(unsigned long long *place) nogil
    void gp_release(unsigned long long *place, unsigned long long value) nogil
    void gp_prefetch(const void *place) nogil
