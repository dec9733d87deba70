#include "agent/frame.h"

#include "crypto/secret.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FRAME_HEAD_BYTES = 5 };

enum err frame_address(const char *state, struct sockaddr_un *out, struct why *why)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/agent.sock", state);
    if (n < 0 || (size_t)n >= sizeof out->sun_path)
        return why_set(why, ERR_LIMIT, "cannot use '%s/agent.sock': the path is too long", state);
    return ERR_OK;
}

static bool read_all(int fd, uint8_t *out, size_t len, bool (*stop)(void *ctx), void *ctx)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, out + done, len - done);
        if (n < 0 && errno == EINTR && !(stop && stop(ctx)))
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

bool frame_read(int fd, uint8_t *type, struct buf *content, bool (*stop)(void *ctx), void *ctx)
{
    uint8_t head[FRAME_HEAD_BYTES];
    if (!read_all(fd, head, sizeof head, stop, ctx) || get_u32be(head) > AGENT_FRAME_MAX)
        return false;
    *type = head[4];
    size_t len = get_u32be(head);
    if (len == 0)
        return true;
    uint8_t *at = buf_grow(content, len);
    return at && read_all(fd, at, len, stop, ctx);
}

static bool write_all(int fd, struct bytes head, struct bytes content)
{
    struct iovec parts[] = { { (void *)(uintptr_t)head.ptr, head.len },
                             { (void *)(uintptr_t)content.ptr, content.len } };
    struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
    while (parts[0].iov_len + parts[1].iov_len) {
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        size_t left = (size_t)n;
        for (unsigned i = 0; i < 2; i++) {
            size_t taken = left < parts[i].iov_len ? left : parts[i].iov_len;
            parts[i].iov_base = (uint8_t *)parts[i].iov_base + taken;
            parts[i].iov_len -= taken;
            left -= taken;
        }
    }
    return true;
}

bool frame_write(int fd, uint8_t type, struct bytes content)
{
    size_t at = 0;
    do {
        size_t len = content.len - at < AGENT_FRAME_MAX ? content.len - at : AGENT_FRAME_MAX;
        uint8_t head[FRAME_HEAD_BYTES];
        put_u32be(head, (uint32_t)len);
        head[4] = type;
        if (!write_all(fd, bytes_of(head, sizeof head),
                       bytes_of(len ? content.ptr + at : NULL, len)))
            return false;
        at += len;
    } while (at < content.len);
    return true;
}

void frame_wipe(struct buf *b)
{
    if (b->ptr)
        secret_wipe(b->ptr, b->cap);
    buf_release(b);
}
