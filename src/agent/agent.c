#include "agent/agent.h"

#include "agent/frame.h"
#include "base/cur.h"
#include "sys/files.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t agent_signalled;

static void agent_stop(int signal_number)
{
    agent_signalled = 1;
}

static bool agent_ends(void *ctx)
{
    return agent_signalled != 0;
}

struct agent_peer {
    int fd;
    bool gone; /* a frame could not be sent: it is not tried again */
};

static bool agent_tell(struct agent_peer *peer, uint8_t type, struct bytes b)
{
    if (!peer->gone && b.len)
        peer->gone = !frame_write(peer->fd, type, b);
    return !peer->gone;
}

bool agent_tell_out(struct agent_peer *peer, struct bytes b)
{
    return agent_tell(peer, FRAME_OUT, b);
}

bool agent_tell_err(struct agent_peer *peer, struct bytes b)
{
    return agent_tell(peer, FRAME_ERR, b);
}

bool agent_stopped(const struct agent_peer *peer)
{
    struct pollfd hung = { .fd = peer->fd, .events = POLLRDHUP };
    return peer->gone || agent_signalled ||
           (poll(&hung, 1, 0) > 0 && hung.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static bool agent_peer_ok(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

/* Splits the frame of arguments in place: each brings its own terminating zero. */
static bool agent_split(struct buf *frame, char **argv, struct agent_call *call)
{
    struct cur c = cur_from(buf_bytes(frame));
    call->terminals = cur_u8(&c);
    call->columns = cur_u16be(&c);
    unsigned count = cur_u16be(&c);
    if (count > AGENT_ARGS_MAX)
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct bytes word = cur_vec16(&c);
        if (c.failed || word.len == 0 || memchr(word.ptr, 0, word.len) != word.ptr + word.len - 1)
            return false;
        argv[i] = (char *)frame->ptr + (word.ptr - frame->ptr);
    }
    call->argc = (int)count;
    call->argv = argv;
    return cur_done(&c);
}

/* Everything up to the end of the input; nothing runs before it is all there. */
static bool agent_listen_to(int fd, struct buf *args, struct buf *input)
{
    uint8_t type = 0;
    if (!frame_read(fd, &type, args, agent_ends, NULL) || type != FRAME_ARGS)
        return false;
    for (;;) {
        size_t before = input->len;
        if (!frame_read(fd, &type, input, agent_ends, NULL))
            return false;
        if (type == FRAME_INPUT_END && input->len == before)
            return true;
        if (type != FRAME_INPUT)
            return false;
    }
}

static void agent_one(int fd, agent_run *run, void *ctx)
{
    struct buf args = buf_init(AGENT_FRAME_MAX), input = buf_init(AGENT_INPUT_MAX);
    char *argv[AGENT_ARGS_MAX + 1] = { NULL };
    struct agent_peer peer = { .fd = fd };
    struct agent_call call = { .peer = &peer };
    if (agent_peer_ok(fd) && agent_listen_to(fd, &args, &input) &&
        agent_split(&args, argv, &call) && !agent_stopped(&peer)) {
        call.input = buf_bytes(&input);
        const uint8_t code = (uint8_t)run(ctx, &call);
        (void)agent_tell(&peer, FRAME_EXIT, bytes_of(&code, 1));
    }
    frame_wipe(&args);
    frame_wipe(&input);
}

static enum err agent_listen(const char *state, int *out, struct why *why)
{
    struct sockaddr_un address;
    enum err e = frame_address(state, &address, why);
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
    agent_signalled = 0;
    struct sigaction stop = { .sa_handler = agent_stop };
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    ready(ctx);
    while (!agent_signalled) {
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
    if (frame_address(state, &address, NULL) == ERR_OK)
        (void)unlink(address.sun_path);
    (void)close(fd);
    return ERR_OK;
}
