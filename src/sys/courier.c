#include "sys/courier.h"

#include "base/cur.h"
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <nss.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message: length 4, then as courier_ask and courier_answer write it. */
enum { COURIER_FRAME_MAX = 80 << 20, COURIER_FD = 3, COURIER_TEXT_MAX = 4096 };

static int courier_fd = -1;

bool courier_runs(void)
{
    return courier_fd >= 0;
}

static bool courier_send(int fd, struct bytes b)
{
    for (size_t done = 0; done < b.len;) {
        ssize_t n = write(fd, b.ptr + done, b.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool courier_fill(int fd, uint8_t *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, to + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* Puts the length before what `frame` holds behind its first four bytes, and sends it. */
static bool courier_frame_send(int fd, struct buf *frame)
{
    if (!buf_ok(frame))
        return false;
    put_u32be(frame->ptr, (uint32_t)(frame->len - 4));
    return courier_send(fd, buf_bytes(frame));
}

static bool courier_frame_read(int fd, struct buf *frame)
{
    uint8_t front[4];
    if (!courier_fill(fd, front, sizeof front))
        return false;
    size_t len = get_u32be(front);
    uint8_t *to = len <= COURIER_FRAME_MAX ? buf_grow(frame, len) : NULL;
    return to && courier_fill(fd, to, len);
}

static void courier_text(struct buf *frame, const char *text)
{
    size_t len = strlen(text) + 1; /* with its zero, so that the reader can point into the frame */
    buf_add_u16(frame, (uint16_t)len);
    buf_add(frame, text, len);
}

static const char *courier_text_read(struct cur *c)
{
    struct bytes b = cur_vec16(c);
    return b.len && b.ptr[b.len - 1] == '\0' ? (const char *)b.ptr : "";
}

/* --- the child --- */

static void courier_answer(struct buf *frame, enum err e, const struct why *why, unsigned status,
                           struct bytes body)
{
    buf_reset(frame);
    buf_add_u32(frame, 0);
    buf_add_u8(frame, (uint8_t)e);
    buf_add_u32(frame, status);
    courier_text(frame, e == ERR_OK ? "" : why->text);
    if (e == ERR_OK)
        buf_add_bytes(frame, body);
}

static void courier_one(struct http_client *http, struct bytes ask, struct buf *frame)
{
    struct cur c = cur_from(ask);
    struct why why;
    struct http_call call = { .timeout_ms = (int)cur_u32be(&c) };
    AUTO_BUF struct buf reply = buf_init(cur_u32be(&c));
    unsigned status = 0;
    call.method = courier_text_read(&c);
    call.url = courier_text_read(&c);
    unsigned fields = cur_u8(&c);
    for (unsigned i = 0; i < fields && i < HTTP_FIELDS_MAX; i++)
        call.fields[i] = courier_text_read(&c);
    call.body = bytes_of(c.at, cur_left(&c));
    enum err e = c.failed ? why_set(&why, ERR_INTERNAL, "the call is cut")
                          : http_client_call(http, &call, &status, &reply, &why);
    courier_answer(frame, e, &why, status, buf_bytes(&reply));
}

/* Nothing of the parent stays open but standard error and the pair. */
static bool courier_alone(int fd, pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    return null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 &&
           (fd == COURIER_FD || dup2(fd, COURIER_FD) == COURIER_FD) &&
           close_range(COURIER_FD + 1, ~0U, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
           getppid() == parent;
}

static void *courier_nothing(void *ctx)
{
    return ctx;
}

/* libcurl looks names up in threads. The first one sets handlers up, which is not allowed later. */
static bool courier_thread(void)
{
    pthread_t first;
    return pthread_create(&first, NULL, courier_nothing, NULL) == 0 &&
           pthread_join(first, NULL) == 0;
}

NORETURN static void courier_run(int fd, pid_t parent)
{
    struct why why = { .code = ERR_OK };
    struct buf frame = buf_init(COURIER_FRAME_MAX + 4), ask = buf_init(COURIER_FRAME_MAX),
               notes = buf_init(COURIER_TEXT_MAX);
    if (!courier_alone(fd, parent) || !courier_thread())
        _exit(1);
    courier_fd = -1;
    struct http_client *http = http_client_new();
    enum err e = http ? ERR_OK : why_nomem(&why);
    if (e == ERR_OK && __nss_configure_lookup("hosts", "files dns") != 0)
        e = why_set(&why, ERR_INTERNAL, "cannot choose where names are looked up");
    if (e == ERR_OK)
        e = sandbox_enter(SANDBOX_COURIER, NULL, &notes, &why);
    courier_answer(&frame, e, &why, 0, bytes_of(NULL, 0));
    while (courier_frame_send(COURIER_FD, &frame) && e == ERR_OK) {
        buf_reset(&ask);
        if (!courier_frame_read(COURIER_FD, &ask))
            break;
        courier_one(http, buf_bytes(&ask), &frame);
    }
    _exit(0);
}

/* --- the parent --- */

/* Which errors a call can end with; what else a courier says is its own fault. */
static bool courier_may_say(enum err e)
{
    return e == ERR_OK || e == ERR_NETWORK || e == ERR_LIMIT || e == ERR_NOMEM ||
           e == ERR_INTERNAL || e == ERR_UNSUPPORTED;
}

static enum err courier_hear(unsigned *status, struct buf *reply, struct why *why)
{
    AUTO_BUF struct buf frame = buf_init(COURIER_FRAME_MAX);
    if (!courier_frame_read(courier_fd, &frame))
        return why_set(why, ERR_INTERNAL, "the courier has gone");
    struct cur c = cur_from(buf_bytes(&frame));
    enum err e = (enum err)cur_u8(&c);
    *status = cur_u32be(&c);
    const char *text = courier_text_read(&c);
    if (c.failed || !courier_may_say(e))
        return why_set(why, ERR_INTERNAL, "the courier speaks nonsense");
    if (e != ERR_OK)
        return why_set(why, e, "%s", text);
    buf_add(reply, c.at, cur_left(&c));
    return buf_ok(reply) ? ERR_OK : why_set(why, ERR_LIMIT, "the reply is too long");
}

enum err courier_start(struct why *why)
{
    int pair[2];
    unsigned status = 0;
    AUTO_BUF struct buf none = buf_init(1);
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return why_set(why, ERR_INTERNAL, "cannot make a pair of sockets");
    pid_t child = fork();
    if (child == 0)
        courier_run(pair[1], parent);
    (void)close(pair[1]);
    courier_fd = pair[0];
    if (child < 0)
        return why_set(why, ERR_INTERNAL, "cannot start the courier: %s", strerror(errno));
    return courier_hear(&status, &none, why);
}

enum err courier_call(const struct http_call *call, unsigned *status, struct buf *reply,
                      struct why *why)
{
    AUTO_BUF struct buf frame = buf_init(COURIER_FRAME_MAX + 4);
    uint8_t fields = 0;
    size_t room = reply->max - reply->len;
    buf_add_u32(&frame, 0);
    buf_add_u32(&frame, (uint32_t)call->timeout_ms);
    buf_add_u32(&frame, (uint32_t)(room < COURIER_FRAME_MAX / 2 ? room : COURIER_FRAME_MAX / 2));
    courier_text(&frame, call->method);
    courier_text(&frame, call->url);
    while (fields < HTTP_FIELDS_MAX && call->fields[fields])
        fields++;
    buf_add_u8(&frame, fields);
    for (unsigned i = 0; i < fields; i++)
        courier_text(&frame, call->fields[i]);
    buf_add_bytes(&frame, call->body);
    if (!courier_frame_send(courier_fd, &frame))
        return why_set(why, ERR_INTERNAL, "the courier has gone");
    return courier_hear(status, reply, why);
}
