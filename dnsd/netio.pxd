# Datagrams in batches, without Python: recvmmsg and sendmmsg, and what a reply needs to leave from the address that was
# asked. A batch keeps one slot a message; `sizes` are theirs, in octets.
cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <sys/socket.h>
    #include <netinet/in.h>
    #include <string.h>
    #include <stdlib.h>
    #include <errno.h>
    #include <time.h>
    #define GP_BATCH 64
    #define GP_CONTROL 64
    typedef struct {
        struct mmsghdr message[GP_BATCH];
        struct iovec part[GP_BATCH];
        struct sockaddr_storage peer[GP_BATCH];
        char control[GP_BATCH][GP_CONTROL];
        int used;    /* so many messages of the last turn must be made ready again */
    } gp_batch;

    static gp_batch *gp_new(void) {
        gp_batch *b = (gp_batch *) calloc(1, sizeof(gp_batch));
        if (b) b->used = GP_BATCH;
        return b;
    }

    /* How many datagrams came: 0 when none did in time, -1 on an error. recvmmsg has a timeout of its own that does not
       work (its manual page says so): the socket's SO_RCVTIMEO is what ends the wait. */
    static int gp_receive(gp_batch *b, int fd, unsigned char *slots, Py_ssize_t slot, Py_ssize_t room, Py_ssize_t *sizes,
                          int wildcard, int wait) {
        for (int i = 0; i < b->used; i++) {
            struct msghdr *h = &b->message[i].msg_hdr;
            b->part[i].iov_base = slots + i * slot; b->part[i].iov_len = room;
            h->msg_iov = &b->part[i]; h->msg_iovlen = 1; h->msg_flags = 0;
            h->msg_name = &b->peer[i]; h->msg_namelen = sizeof b->peer[i];
            h->msg_control = wildcard ? b->control[i] : NULL; h->msg_controllen = wildcard ? GP_CONTROL : 0;
        }
        int n = recvmmsg(fd, b->message, GP_BATCH, wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
        b->used = n < 0 ? 1 : n < GP_BATCH ? n + 1 : n;    /* the one behind the last may have been touched too */
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
        for (int i = 0; i < n; i++) sizes[i] = b->message[i].msg_len;
        return n;
    }

    /* The reply leaves from the address that was asked; the interface is the routing table's to choose, but for a
       link-local address, which has no meaning without one. */
    static void gp_from_same_address(struct msghdr *h) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                ((struct in_pktinfo *) CMSG_DATA(c))->ipi_ifindex = 0;
            } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                struct in6_pktinfo *asked = (struct in6_pktinfo *) CMSG_DATA(c);
                if (!IN6_IS_ADDR_LINKLOCAL(&asked->ipi6_addr)) asked->ipi6_ifindex = 0;
            }
        }
    }

    /* Send the messages whose size is above 0; how many the kernel refused (no route, a firewall: the asker's loss). */
    static int gp_send(gp_batch *b, int fd, Py_ssize_t *sizes, int n) {
        int k = 0, refused = 0;
        for (int i = 0; i < n; i++) {
            if (sizes[i] <= 0) continue;
            if (k != i) b->message[k] = b->message[i];
            b->part[i].iov_len = sizes[i];
            if (b->message[k].msg_hdr.msg_controllen) gp_from_same_address(&b->message[k].msg_hdr);
            k++;
        }
        for (int done = 0; done < k;) {
            int r = sendmmsg(fd, b->message + done, k - done, 0);
            if (r > 0) done += r;
            else if (errno != EINTR) { done++; refused++; }
        }
        return refused;
    }

    /* The client's address: 4 or 6, and its value in two halves. */
    static int gp_client(gp_batch *b, int i, unsigned long long *high, unsigned long long *low) {
        unsigned char *a; int octets;
        if (b->peer[i].ss_family == AF_INET) { a = (unsigned char *) &((struct sockaddr_in *) &b->peer[i])->sin_addr; octets = 4; }
        else { a = ((struct sockaddr_in6 *) &b->peer[i])->sin6_addr.s6_addr; octets = 16; }
        *high = *low = 0;
        for (int k = 0; k < octets; k++) { *high = *high << 8 | *low >> 56; *low = *low << 8 | a[k]; }
        return octets == 4 ? 4 : 6;
    }

    /* Hand a packet over to Python: the client's address, what the kernel said of the asked one, the rate limit's verdict,
       whose place in the queue it takes, and the packet. The kernel is the bounded queue; 1 where it is full. */
    static int gp_hand_over(gp_batch *b, int fd, int i, Py_ssize_t size, unsigned int verdict, unsigned int share) {
        struct msghdr *h = &b->message[i].msg_hdr, out;
        unsigned int lengths[4] = {h->msg_namelen, (unsigned int) h->msg_controllen, verdict, share};
        struct iovec parts[4] = {{lengths, sizeof lengths}, {&b->peer[i], lengths[0]}, {b->control[i], lengths[1]},
                                 {b->part[i].iov_base, size}};
        memset(&out, 0, sizeof out); out.msg_iov = parts; out.msg_iovlen = 4;
        return sendmsg(fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
    }

    static unsigned int gp_now(void) { return (unsigned int) time(NULL); }
    static long long gp_nanoseconds(void) {
        struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (long long) t.tv_sec * 1000000000 + t.tv_nsec;
    }
    """
    ctypedef struct gp_batch:
        pass
    gp_batch *gp_new() nogil
    int gp_receive(gp_batch *b, int fd, unsigned char *slots, Py_ssize_t slot, Py_ssize_t room, Py_ssize_t *sizes, int wildcard, int wait) nogil
    int gp_send(gp_batch *b, int fd, Py_ssize_t *sizes, int n) nogil
    int gp_client(gp_batch *b, int i, unsigned long long *high, unsigned long long *low) nogil
    int gp_hand_over(gp_batch *b, int fd, int i, Py_ssize_t size, unsigned int verdict, unsigned int share) nogil
    unsigned int gp_now() nogil
    long long gp_nanoseconds() nogil
