/* agent/ask.c: the side that asks. */
#include "agent/agent.h"

#include "agent/frame.h"
#include "sys/files.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum err ask_gone(struct why *why)
{
    return why_set(why, ERR_NETWORK, "the agent went away before the command was done");
}

static enum err ask_arguments(int fd, const struct agent_question *q, struct why *why)
{
    AUTO_BUF struct buf frame = buf_init(AGENT_FRAME_MAX);
    buf_add_u8(&frame, q->terminals);
    buf_add_u16(&frame, q->columns);
    buf_add_u16(&frame, (uint16_t)q->argc);
    bool fits = q->argc <= AGENT_ARGS_MAX;
    for (int i = 0; fits && i < q->argc; i++) {
        size_t len = strlen(q->argv[i]) + 1;
        fits = len <= UINT16_MAX;
        buf_add_u16(&frame, (uint16_t)len);
        buf_add(&frame, q->argv[i], len);
    }
    if (!fits || !buf_ok(&frame))
        return why_set(why, ERR_LIMIT, "the command line is too long for the agent");
    return frame_write(fd, FRAME_ARGS, buf_bytes(&frame)) ? ERR_OK : ask_gone(why);
}

struct ask_wait {
    const struct agent_question *q;
    int fd;
    bool told;
};

/* A signal came while waiting: the agent is told once, and its exit code is waited for. */
static bool ask_interrupt(void *ctx)
{
    struct ask_wait *w = ctx;
    if (!w->told && w->q->stopped && w->q->stopped(w->q->ctx)) {
        w->told = true;
        (void)shutdown(w->fd, SHUT_WR);
    }
    return false;
}

static enum err ask_answer(int fd, const struct agent_question *q, int *exit_code, struct why *why)
{
    struct ask_wait w = { .q = q, .fd = fd };
    for (;;) {
        struct buf frame = buf_init(AGENT_FRAME_MAX);
        uint8_t type = 0;
        (void)ask_interrupt(&w);
        bool ok = frame_read(fd, &type, &frame, ask_interrupt, &w), end = false;
        if (ok && (type == FRAME_OUT || type == FRAME_ERR)) {
            ok = (type == FRAME_OUT ? q->out : q->err)(q->ctx, buf_bytes(&frame));
            if (!ok && !w.told) { /* nobody reads: the command may stop */
                w.told = true;
                (void)shutdown(fd, SHUT_WR);
            }
            ok = true;
        } else if (ok && type == FRAME_EXIT && frame.len == 1) {
            *exit_code = frame.ptr[0];
            end = true;
        } else {
            ok = false;
        }
        frame_wipe(&frame);
        if (!ok)
            return ask_gone(why);
        if (end)
            return ERR_OK;
    }
}

enum err agent_ask(const char *state, const struct agent_question *q, int *exit_code,
                   struct why *why)
{
    struct sockaddr_un address;
    enum err e = frame_address(state, &address, why);
    if (e == ERR_OK && q->input.len > AGENT_INPUT_MAX)
        e = why_set(why, ERR_LIMIT, "standard input is longer than %d bytes", AGENT_INPUT_MAX);
    if (e != ERR_OK)
        return e;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return file_error(why, "make socket", address.sun_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return why_set(why, ERR_NOT_FOUND, "no agent runs on '%s'", state);
    }
    e = ask_arguments(fd, q, why);
    if (e == ERR_OK && !((q->input.len == 0 || frame_write(fd, FRAME_INPUT, q->input)) &&
                         frame_write(fd, FRAME_INPUT_END, bytes_of(NULL, 0))))
        e = ask_gone(why);
    if (e == ERR_OK)
        e = ask_answer(fd, q, exit_code, why);
    (void)close(fd);
    return e;
}
