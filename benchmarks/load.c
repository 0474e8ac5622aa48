/* Asks a DNS server and prints as one line of JSON what came back.

   load MODE port=N questions=FILE core=N seconds=N [window=N] [rate=N] [size=N] [sockets=N] [expected=FILE]
        [to=ADDRESS] [from=ADDRESS] [nap=N] [patience=N]

   flood   as fast as it goes with `window` questions in flight
   steady  `rate` questions a second, whatever the answers do; the time of each answer
   calm    the same, and asleep between the questions, so that others may have the core; with `nap` it wakes every so
           many microseconds and at no answer, for a sender to whom answers are nothing
   burst   `size` questions at once, again and again
   check   every question once; each answer is compared with `expected`

   QUESTIONS: packets, each after its length (2 bytes, little endian). EXPECTED: 3 bytes a question: rcode, last octet of
   the A record (0: none is asked for), whether there is an answer. TO and FROM are IPv4 addresses, 127.0.0.1 and any;
   PATIENCE is how many seconds it waits for the last answers. It takes batches of 64 from and to the kernel, keeps to
   one core (-1: to none), sleeps in no mode but `calm`, and ends by itself. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, IDS = 65536, LARGEST = 1500, SOCKETS = 64, GRACE = 10 };
static const uint64_t SECOND = 1000000000, SILENCE = 100000000;
static uint64_t last_wait = 1000000000;

static struct { uint8_t *packet; uint16_t length; } *questions;
static uint32_t question_count, next_question, asked[IDS];
static uint64_t sent_at[IDS]; /* 0: no answer is awaited under this ID */
static uint16_t next_id;
static uint8_t *expected;
static int sockets[SOCKETS], socket_count = 1, turn;
static uint64_t sent, answered, wrong, outstanding, last_heard, *times, time_count, time_room;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static const char *option(int count, char **words, const char *name, const char *otherwise) {
    size_t length = strlen(name);
    for (int k = 2; k < count; k++)
        if (!strncmp(words[k], name, length) && words[k][length] == '=') return words[k] + length + 1;
    if (!otherwise) fprintf(stderr, "load: %s= is missing\n", name), exit(2);
    return otherwise;
}

static uint8_t *whole_file(const char *name, size_t *size) {
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail(name);
    *size = ftell(file);
    rewind(file);
    uint8_t *content = malloc(*size + 1);
    if (!content || fread(content, 1, *size, file) != *size) fail(name);
    fclose(file);
    return content;
}

static void read_questions(const char *name) {
    size_t size;
    uint8_t *at = whole_file(name, &size), *end = at + size;
    questions = malloc((size / 12 + 1) * sizeof *questions);
    for (; at + 2 <= end; at += 2 + questions[question_count++].length) {
        questions[question_count].length = at[0] | at[1] << 8;
        questions[question_count].packet = at + 2;
    }
    if (!question_count) fprintf(stderr, "load: %s holds no question\n", name), exit(2);
}

static struct sockaddr_in place(const char *address, int port) {
    struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (!inet_aton(address, &made.sin_addr)) fprintf(stderr, "load: %s is no IPv4 address\n", address), exit(2);
    return made;
}

static void open_sockets(struct sockaddr_in server, struct sockaddr_in here) {
    int room = 4 << 20;
    for (int k = 0; k < socket_count; k++) {
        sockets[k] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        setsockopt(sockets[k], SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        setsockopt(sockets[k], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        if (bind(sockets[k], (struct sockaddr *)&here, sizeof here)) fail("bind");
        if (connect(sockets[k], (struct sockaddr *)&server, sizeof server)) fail("connect");
    }
}

/* Sends up to `count` questions on the next socket; returns how many the kernel took. */
static int ask(int count) {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    uint16_t ids[BATCH];
    if (count > BATCH) count = BATCH;
    if ((uint32_t)count > question_count) count = question_count;
    memset(messages, 0, count * sizeof *messages);
    uint64_t moment = now();
    for (int k = 0; k < count; k++) {
        uint32_t which = (next_question + k) % question_count;
        uint16_t id = ids[k] = next_id + k;
        questions[which].packet[0] = id >> 8, questions[which].packet[1] = id;
        parts[k] = (struct iovec){questions[which].packet, questions[which].length};
        messages[k].msg_hdr.msg_iov = &parts[k], messages[k].msg_hdr.msg_iovlen = 1;
        asked[id] = which;
    }
    int taken = sendmmsg(sockets[turn++ % socket_count], messages, count, 0);
    if (taken < 0) {
        if (errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED) fail("sendmmsg");
        taken = 0;
    }
    for (int k = 0; k < taken; k++) {
        if (sent_at[ids[k]]) outstanding--; /* 65,536 questions later nobody waits for that one */
        sent_at[ids[k]] = moment;
    }
    next_id += taken, next_question = (next_question + taken) % question_count;
    sent += taken, outstanding += taken;
    return taken;
}

/* Where the name of a question of ours ends, with its type and class. */
static int question_end(const uint8_t *packet) {
    int at = 12;
    while (packet[at]) at += packet[at] + 1;
    return at + 5;
}

/* Where the RDATA of the first answer ends; its last octet is that of 127.0.0.x. */
static int last_octet(const uint8_t *reply, int length, int at) {
    while (at < length && reply[at] && reply[at] < 0xC0) at += reply[at] + 1;
    at += at < length && reply[at] ? 2 : 1;
    int end = at + 10 + (at + 10 <= length ? reply[at + 8] << 8 | reply[at + 9] : length);
    return end <= length ? reply[end - 1] : -1;
}

static void compare(const uint8_t *reply, int length, uint32_t which) {
    const uint8_t *wanted = expected + 3 * which;
    int rcode = reply[3] & 15, answers = reply[6] << 8 | reply[7];
    int octet = answers && wanted[1] ? last_octet(reply, length, question_end(questions[which].packet)) : 0;
    if (rcode == wanted[0] && octet == wanted[1] && !answers == !wanted[2]) return;
    if (wrong++ < 3)
        fprintf(stderr, "question %u: rcode %d, %d answers, octet %d; expected rcode %d, octet %d\n", which, rcode,
                answers, octet, wanted[0], wanted[1]);
}

static void hear(const uint8_t *reply, int length, uint64_t moment) {
    uint16_t id = reply[0] << 8 | reply[1];
    if (length < 12 || !(reply[2] & 0x80) || !sent_at[id]) return;
    if (time_count < time_room) times[time_count++] = moment - sent_at[id];
    sent_at[id] = 0;
    answered++, outstanding--;
    if (expected) compare(reply, length, asked[id]);
}

/* Takes what has arrived; returns the present time. */
static uint64_t listen_once(void) {
    static uint8_t room[BATCH][LARGEST];
    static struct mmsghdr messages[BATCH];
    static struct iovec parts[BATCH];
    for (int k = 0; k < BATCH; k++) {
        parts[k] = (struct iovec){room[k], LARGEST};
        messages[k].msg_hdr = (struct msghdr){.msg_iov = &parts[k], .msg_iovlen = 1};
    }
    for (int s = 0; s < socket_count; s++) {
        int heard = recvmmsg(sockets[s], messages, BATCH, MSG_DONTWAIT, NULL);
        uint64_t moment = heard > 0 ? last_heard = now() : 0;
        for (int k = 0; k < heard; k++) hear(room[k], messages[k].msg_len, moment);
    }
    return now();
}

static void listen_until_silence(uint64_t patience) {
    uint64_t from = last_heard = now();
    while (outstanding && now() - last_heard < patience && now() - from < 2 * last_wait) listen_once();
}

static void forget(void) {
    memset(sent_at, 0, sizeof sent_at);
    outstanding = 0;
}

static void flood(double seconds, uint64_t window, uint64_t most) {
    uint64_t start = now(), end = start + seconds * SECOND;
    last_heard = start;
    for (uint64_t moment = start; moment < end && sent < most; moment = listen_once()) {
        if (moment > last_heard + last_wait) forget(), last_heard = moment;
        uint64_t room = window > outstanding ? window - outstanding : 0;
        if (room > most - sent) room = most - sent;
        /* Half the window at once: small batches would make the kernel's calls the limit. */
        if (room && (2 * room >= window || room >= BATCH || room == most - sent)) ask(room);
        else if (moment > last_heard + SECOND / 1000 && room) ask(room);
    }
}

static uint64_t steady(double seconds, double rate) {
    uint64_t start = now(), lag = 0;
    for (uint64_t moment = start; moment < start + seconds * SECOND; moment = listen_once()) {
        uint64_t due = (moment - start) * rate / SECOND;
        if (due <= sent) continue;
        uint64_t late = moment - start - (uint64_t)(sent * SECOND / rate);
        if (late > lag) lag = late;
        ask(due - sent);
    }
    return lag;
}

/* Sleeps until an answer is there or `moment` has come. */
static void rest(uint64_t moment) {
    struct pollfd waiting[SOCKETS];
    uint64_t left = moment > now() ? moment - now() : 0;
    struct timespec most = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
    for (int s = 0; s < socket_count; s++) waiting[s] = (struct pollfd){.fd = sockets[s], .events = POLLIN};
    ppoll(waiting, socket_count, &most, NULL);
}

static uint64_t calm(double seconds, double rate, uint64_t nap) {
    uint64_t start = now(), end = start + seconds * SECOND, lag = 0;
    for (uint64_t moment = start; moment < end; moment = listen_once()) {
        uint64_t due = (moment - start) * rate / SECOND;
        uint64_t late = due > sent ? moment - start - (uint64_t)(sent * SECOND / rate) : 0;
        if (late > lag) lag = late;
        while (due > sent && ask(due - sent));
        if (nap) usleep(nap);
        else rest(start + (uint64_t)((sent + 1) * SECOND / rate));
    }
    for (end = now() + last_wait; !nap && outstanding && now() < end; listen_once()) rest(end);
    /* One that got no answer has waited as long as it could: else the times would be those of the lucky ones. */
    for (int id = 0; id < IDS; id++)
        if (sent_at[id] && time_count < time_room) times[time_count++] = last_wait;
    return lag;
}

static uint64_t burst(double seconds, int size, uint64_t most, uint64_t *worst) {
    uint64_t end = now() + seconds * SECOND, bursts = 0;
    for (; now() < end && bursts < most; bursts++) {
        uint64_t before = sent;
        while (sent < before + size && now() < end) ask(before + size - sent);
        listen_until_silence(SILENCE);
        if (outstanding > *worst) *worst = outstanding;
        forget();
        usleep(20000);
    }
    return bursts;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double share(double part) {
    return time_count ? times[(uint64_t)(part * (time_count - 1))] / 1000.0 : 0;
}

int main(int count, char **words) {
    if (count < 2) fprintf(stderr, "load: which mode? flood, steady, calm, burst or check\n"), exit(2);
    double seconds = atof(option(count, words, "seconds", NULL)), rate = atof(option(count, words, "rate", "0"));
    uint64_t most = strtoull(option(count, words, "count", "18446744073709551615"), NULL, 10), worst = 0, bursts = 0, lag = 0;
    int core = atoi(option(count, words, "core", NULL)), window = atoi(option(count, words, "window", "96"));
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (core >= 0) CPU_SET(core, &cores);
    if (core >= 0 && sched_setaffinity(0, sizeof cores, &cores)) fail("sched_setaffinity");
    last_wait = SECOND * atof(option(count, words, "patience", "1"));
    alarm(seconds + GRACE + last_wait / SECOND);

    read_questions(option(count, words, "questions", NULL));
    socket_count = atoi(option(count, words, "sockets", "1"));
    if (socket_count < 1 || socket_count > SOCKETS) fprintf(stderr, "load: sockets= is 1 to %d\n", SOCKETS), exit(2);
    open_sockets(place(option(count, words, "to", "127.0.0.1"), atoi(option(count, words, "port", NULL))),
                 place(option(count, words, "from", "0.0.0.0"), 0));
    size_t size;
    const char *file = option(count, words, "expected", "");
    if (*file) expected = whole_file(file, &size);
    int is_timed = !strcmp(words[1], "steady") || !strcmp(words[1], "calm");
    time_room = is_timed ? rate * seconds + BATCH : 0;
    times = calloc(time_room + 1, sizeof *times);

    uint64_t start = now();
    if (!strcmp(words[1], "flood")) flood(seconds, window, most);
    else if (!strcmp(words[1], "check")) flood(seconds, window, question_count < most ? question_count : most);
    else if (!strcmp(words[1], "steady")) lag = steady(seconds, rate);
    else if (!strcmp(words[1], "calm")) lag = calm(seconds, rate, atoi(option(count, words, "nap", "0")));
    else if (!strcmp(words[1], "burst")) bursts = burst(seconds, atoi(option(count, words, "size", NULL)), most, &worst);
    else fprintf(stderr, "load: there is no mode %s\n", words[1]), exit(2);
    double asking = (now() - start) / 1e9;
    if (strcmp(words[1], "calm")) listen_until_silence(last_wait);

    qsort(times, time_count, sizeof *times, ascending);
    printf("{\"sent\": %lu, \"answered\": %lu, \"wrong\": %lu, \"seconds\": %.6f, \"bursts\": %lu, \"worst\": %lu, "
           "\"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"longest\": %.1f, \"lag\": %.1f}\n",
           sent, answered, wrong, asking, bursts, worst, share(0.5), share(0.9), share(0.99), share(0.999), share(1),
           lag / 1000.0);
    return 0;
}
