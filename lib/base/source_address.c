/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/source_address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

/* Binds a socket of the address's family to an address. False with errno. The kernel chooses the
 * port when the socket connects, so that connections to different peers may share one. */
static bool bind_to(int fd, const struct address *source)
{
    int on = 1;

    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(fd, (const struct sockaddr *)&source->sockaddr, source->length) == 0;
}

bool source_address_bind(int fd, const struct address *source, char *reason, size_t cap)
{
    char buf[100];

    if (bind_to(fd, source))
        return true;
    text_format(reason, cap, "our source address %s: %s", source->text,
                strerror_r(errno, buf, sizeof buf));
    return false;
}

bool source_address_check(const struct address *source, struct error *e)
{
    int fd = socket(source->sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind_to(fd, source);
    char buf[100];

    if (!ok)
        error_set(e, ERROR_USAGE, "is not an address of our own host: %s",
                  strerror_r(errno, buf, sizeof buf));
    if (fd >= 0)
        close(fd);
    return ok;
}
