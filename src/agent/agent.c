#include "agent/agent.h"

#include "base/cur.h"
#include "crypto/crypto.h"
#include "sys/files.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t agent_stopped;

static void agent_stop(int signal_number)
{
    agent_stopped = 1;
}

static enum err agent_address(const char *state, struct sockaddr_un *a, struct why *why)
{
    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int n = snprintf(a->sun_path, sizeof a->sun_path, "%s/agent.sock", state);
    if (n < 0 || (size_t)n >= sizeof a->sun_path)
        return why_set(why, ERR_LIMIT, "cannot use '%s/agent.sock': the path is too long", state);
    return ERR_OK;
}

static bool agent_read(int fd, void *out, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, (uint8_t *)out + done, len - done);
        if (n < 0 && errno == EINTR && !agent_stopped)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool agent_write(int fd, struct bytes b)
{
    for (size_t done = 0; done < b.len;) {
        ssize_t n = send(fd, b.ptr + done, b.len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* A frame's content into `frame`; false when the other side is gone or sends too much. */
static bool agent_frame(int fd, struct buf *frame)
{
    uint8_t head[4];
    if (!agent_read(fd, head, sizeof head) || get_u32be(head) > AGENT_FRAME_MAX)
        return false;
    uint8_t *at = buf_grow(frame, get_u32be(head));
    return at && agent_read(fd, at, get_u32be(head));
}

static void agent_wipe(struct buf *b)
{
    if (b->ptr)
        secret_wipe(b->ptr, b->cap);
    buf_release(b);
}

static bool agent_peer_ok(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

/* Splits a request's content; the arguments are terminated in place, over the next one's length. */
static bool agent_split(struct buf *frame, char **argv, int *argc, struct bytes *input)
{
    struct cur c = cur_from(buf_bytes(frame));
    unsigned count = cur_u16be(&c);
    if (count > AGENT_ARGS_MAX)
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct bytes word = cur_vec16(&c);
        if (c.failed || word.len == 0 || word.ptr[word.len - 1] != '\0')
            return false;
        argv[i] = (char *)frame->ptr + (word.ptr - frame->ptr);
    }
    *argc = (int)count;
    *input = bytes_of(c.at, cur_left(&c));
    return true;
}

static void agent_one(int fd, agent_run *run, void *ctx)
{
    struct buf frame = buf_init(AGENT_FRAME_MAX), out = buf_init(AGENT_FRAME_MAX / 2),
               err = buf_init(1 << 20), reply = buf_init(AGENT_FRAME_MAX);
    char *argv[AGENT_ARGS_MAX + 1] = { NULL };
    int argc = 0;
    struct bytes input;
    if (agent_peer_ok(fd) && agent_frame(fd, &frame) && agent_split(&frame, argv, &argc, &input)) {
        int code = run(ctx, argc, argv, input, &out, &err);
        buf_add_u32(&reply, (uint32_t)(1 + 4 + out.len + err.len));
        buf_add_u8(&reply, (uint8_t)code);
        buf_add_u32(&reply, (uint32_t)out.len);
        buf_add_bytes(&reply, buf_bytes(&out));
        buf_add_bytes(&reply, buf_bytes(&err));
        if (buf_ok(&reply))
            (void)agent_write(fd, buf_bytes(&reply));
    }
    agent_wipe(&frame);
    agent_wipe(&out);
    agent_wipe(&err);
    agent_wipe(&reply);
}

static enum err agent_listen(const char *state, int *out, struct why *why)
{
    struct sockaddr_un address;
    enum err e = agent_address(state, &address, why);
    if (e != ERR_OK)
        return e;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return file_error(why, "make socket", address.sun_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        (void)close(fd);
        return why_set(why, ERR_LOCKED, "an agent runs on '%s' already", state);
    }
    (void)unlink(address.sun_path);
    mode_t was = umask(0177);
    int bad = bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0;
    (void)umask(was);
    if (bad) {
        e = file_error(why, "listen on", address.sun_path);
        (void)close(fd);
        return e;
    }
    *out = fd;
    return ERR_OK;
}

enum err agent_serve(const char *state, agent_run *run, void *ctx, void (*ready)(void *ctx),
                     struct why *why)
{
    int fd = -1;
    enum err e = agent_listen(state, &fd, why);
    if (e != ERR_OK)
        return e;
    struct sigaction stop = { .sa_handler = agent_stop };
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    ready(ctx);
    while (!agent_stopped) {
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        if (poll(&waiting, 1, 1000) <= 0)
            continue;
        int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (peer < 0)
            continue;
        struct timeval patience = { .tv_sec = AGENT_WAIT_MS / 1000 };
        (void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        agent_one(peer, run, ctx);
        (void)close(peer);
    }
    struct sockaddr_un address;
    if (agent_address(state, &address, NULL) == ERR_OK)
        (void)unlink(address.sun_path);
    (void)close(fd);
    return ERR_OK;
}

static enum err agent_send(int fd, int argc, char **argv, struct bytes input, struct why *why)
{
    struct buf frame = buf_init(AGENT_FRAME_MAX);
    size_t len = 2 + input.len;
    for (int i = 0; i < argc; i++)
        len += 2 + strlen(argv[i]) + 1;
    if (len > AGENT_FRAME_MAX || argc > AGENT_ARGS_MAX)
        return why_set(why, ERR_LIMIT, "too much for the agent: %zu bytes", len);
    buf_add_u32(&frame, (uint32_t)len);
    buf_add_u16(&frame, (uint16_t)argc);
    for (int i = 0; i < argc; i++) {
        buf_add_u16(&frame, (uint16_t)(strlen(argv[i]) + 1));
        buf_add(&frame, argv[i], strlen(argv[i]) + 1);
    }
    buf_add_bytes(&frame, input);
    bool ok = buf_ok(&frame) && agent_write(fd, buf_bytes(&frame));
    agent_wipe(&frame);
    return ok ? ERR_OK : why_set(why, ERR_NETWORK, "the agent went away");
}

enum err agent_ask(const char *state, int argc, char **argv, struct bytes input, struct buf *out,
                   struct buf *err, int *exit_code, struct why *why)
{
    struct sockaddr_un address;
    enum err e = agent_address(state, &address, why);
    if (e != ERR_OK)
        return e;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return file_error(why, "make socket", address.sun_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return why_set(why, ERR_NOT_FOUND, "no agent runs on '%s'", state);
    }
    struct buf frame = buf_init(AGENT_FRAME_MAX);
    e = agent_send(fd, argc, argv, input, why);
    if (e == ERR_OK && !agent_frame(fd, &frame))
        e = why_set(why, ERR_NETWORK, "the agent of '%s' went away", state);
    (void)close(fd);
    if (e == ERR_OK) {
        struct cur c = cur_from(buf_bytes(&frame));
        *exit_code = cur_u8(&c);
        size_t len = cur_u32be(&c);
        const uint8_t *printed = cur_bytes(&c, len);
        if (printed) {
            buf_add(out, printed, len);
            buf_add(err, c.at, cur_left(&c));
        } else {
            e = why_set(why, ERR_NETWORK, "the agent of '%s' answered nonsense", state);
        }
    }
    agent_wipe(&frame);
    return e;
}
