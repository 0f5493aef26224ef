/* SPDX-License-Identifier: BSD-2-Clause */
/* delay: a slow link between two network namespaces, for as long as its standard input is open.
 *
 *   delay MILLISECONDS
 *
 * Prints the paths of the two namespaces, in one line: nsenter --net=PATH runs a command there. The
 * near end has 192.0.2.1, the far end 192.0.2.2 to 192.0.2.9. Every packet, whatever it is, arrives
 * after that time. The namespaces have no names and end with this process and those in them. Needs
 * root. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE = 4096, PACKET_MAX = 2048, FAR_ADDRESSES = 8 };

struct packet {
    long long due; /* in microseconds */
    ssize_t len;
    char data[PACKET_MAX];
};

/* One direction: what came in at `from` leaves at `to`. */
struct way {
    int from, to;
    struct packet *ring;
    size_t first, count;
};

static void fail(const char *what)
{
    fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void set_address(int fd, struct ifreq *r, const char *address, unsigned long request)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};

    memcpy(&r->ifr_addr, &sa, sizeof sa);
    if (ioctl(fd, request, r) != 0)
        fail(address);
}

static void up(int fd, const char *name, const char *address)
{
    struct ifreq r = {0};

    strncpy(r.ifr_name, name, IFNAMSIZ - 1);
    if (address) {
        set_address(fd, &r, address, SIOCSIFADDR);
        set_address(fd, &r, strchr(name, ':') ? "255.255.255.255" : "255.255.255.0",
                    SIOCSIFNETMASK);
    }
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &r) != 0)
        fail(name);
}

/* A new namespace with its end of the link; the caller is in it afterwards. */
static int make_end(const char *first, int more, int *space)
{
    struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int tun, fd;

    if (unshare(CLONE_NEWNET) != 0)
        fail("network namespace");
    *space = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    strcpy(r.ifr_name, "link");
    if (tun < 0 || ioctl(tun, TUNSETIFF, &r) != 0)
        fail("/dev/net/tun");
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    up(fd, "lo", NULL);
    up(fd, "link", first);
    for (int i = 1; i <= more; i++) {
        char name[IFNAMSIZ], address[32];

        snprintf(name, sizeof name, "link:%d", i);
        snprintf(address, sizeof address, "192.0.2.%d", 2 + i);
        up(fd, name, address);
    }
    close(fd);
    return tun;
}

static void take(struct way *w, long long delay)
{
    while (w->count < QUEUE) {
        struct packet *p = &w->ring[(w->first + w->count) % QUEUE];

        p->len = read(w->from, p->data, sizeof p->data);
        if (p->len <= 0)
            return;
        p->due = now_us() + delay;
        w->count++;
    }
}

static void deliver(struct way *w)
{
    while (w->count > 0 && w->ring[w->first].due <= now_us()) {
        struct packet *p = &w->ring[w->first];

        /* A link may lose what it cannot deliver. */
        if (write(w->to, p->data, (size_t)p->len) < 0 && errno != EAGAIN && errno != EINVAL)
            fail("link");
        w->first = (w->first + 1) % QUEUE;
        w->count--;
    }
}

static void sleep_until_due(const struct way ways[2], struct pollfd *ends)
{
    long long left = 3600000000LL, now = now_us();
    struct timespec wait;

    for (int i = 0; i < 2; i++)
        if (ways[i].count > 0 && ways[i].ring[ways[i].first].due - now < left)
            left = ways[i].ring[ways[i].first].due - now;
    left = left < 0 ? 0 : left;
    wait = (struct timespec){left / 1000000, left % 1000000 * 1000};
    ppoll(ends, 3, &wait, NULL);
}

int main(int argc, char **argv)
{
    long long delay = argc == 2 ? atoi(argv[1]) * 1000LL : 0;
    struct pollfd ends[3] = {{.events = POLLIN}, {.events = POLLIN}, {.fd = 0, .events = POLLIN}};
    int spaces[2];
    struct way ways[2];

    if (delay <= 0)
        return 2;
    ends[0].fd = make_end("192.0.2.1", 0, &spaces[0]);
    ends[1].fd = make_end("192.0.2.2", FAR_ADDRESSES - 1, &spaces[1]);
    for (int i = 0; i < 2; i++) {
        ways[i] = (struct way){.from = ends[i].fd, .to = ends[!i].fd};
        ways[i].ring = calloc(QUEUE, sizeof *ways[i].ring);
        if (!ways[i].ring)
            fail("memory");
    }
    printf("/proc/%d/fd/%d /proc/%d/fd/%d\n", getpid(), spaces[0], getpid(), spaces[1]);
    fflush(stdout);
    while (!(ends[2].revents & (POLLIN | POLLHUP))) {
        sleep_until_due(ways, ends);
        for (int i = 0; i < 2; i++) {
            take(&ways[i], delay);
            deliver(&ways[i]);
        }
    }
    return 0;
}
