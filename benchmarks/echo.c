/* Sends every datagram back as an answer: what a server could do at most that reads and writes in batches of 64.

   echo port=N    It ends with its starter, or by SIGTERM. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { BATCH = 64, LARGEST = 1500 };

int main(int count, char **words) {
    static uint8_t room[BATCH][LARGEST];
    static struct mmsghdr messages[BATCH];
    static struct iovec parts[BATCH];
    static struct sockaddr_in clients[BATCH];
    int port = count > 1 && !strncmp(words[1], "port=", 5) ? atoi(words[1] + 5) : 0, size = 4 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int door = socket(AF_INET, SOCK_DGRAM, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsockopt(door, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (!port || bind(door, (struct sockaddr *)&here, sizeof here)) return perror("echo"), 1;
    for (;;) {
        for (int k = 0; k < BATCH; k++) {
            parts[k] = (struct iovec){room[k], LARGEST};
            messages[k].msg_hdr = (struct msghdr){.msg_name = &clients[k], .msg_namelen = sizeof *clients, .msg_iov = &parts[k], .msg_iovlen = 1};
        }
        int taken = recvmmsg(door, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int k = 0; k < taken; k++) room[k][2] |= 0x80, parts[k].iov_len = messages[k].msg_len;
        for (int done = 0; done < taken;) {
            int more = sendmmsg(door, messages + done, taken - done, 0);
            done += more > 0 ? more : 1; /* one that cannot be sent is the asker's loss */
        }
    }
}
