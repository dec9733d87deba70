#include "mhd.h"

#include "fuzz.h"
#include "request/signature.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { URL_MAX = 4096 };

/* One connection at a time. */
struct MHD_Connection {
    const struct mhd_call *call;
    bool suspended, resumed;
    unsigned status;
    struct MHD_Response *response;
};

struct MHD_Response {
    struct buf body;
};

typedef void *mhd_target(void *ctx, const char *target, struct MHD_Connection *c);

static struct {
    mhd_target *target;
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    void *ctx;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} mhd = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* --- what takes the library's place --- */

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
                                           MHD_AcceptPolicyCallback accept, void *accept_ctx,
                                           MHD_AccessHandlerCallback access, void *ctx, ...);
void __wrap_MHD_suspend_connection(struct MHD_Connection *c);
void __wrap_MHD_resume_connection(struct MHD_Connection *c);
enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *c, unsigned status,
                                          struct MHD_Response *r);
struct MHD_Response *__wrap_MHD_create_response_from_buffer(size_t size, void *buffer,
                                                            enum MHD_ResponseMemoryMode mode);
enum MHD_Result __wrap_MHD_add_response_header(struct MHD_Response *r, const char *name,
                                               const char *value);
void __wrap_MHD_destroy_response(struct MHD_Response *r);
int __wrap_MHD_get_connection_values_n(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                       MHD_KeyValueIteratorN each, void *ctx);
const char *__wrap_MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                               const char *name);
enum err __wrap_signature_verify(const struct signature *s, const struct signature_target *target,
                                 const uint8_t body_hash[32], struct why *why);

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
                                           MHD_AcceptPolicyCallback accept, void *accept_ctx,
                                           MHD_AccessHandlerCallback access, void *ctx, ...)
{
    (void)flags, (void)port;
    va_list options;
    va_start(options, ctx);
    fuzz_must(va_arg(options, enum MHD_OPTION) == MHD_OPTION_LISTEN_SOCKET);
    (void)va_arg(options, int);
    fuzz_must(va_arg(options, enum MHD_OPTION) == MHD_OPTION_NOTIFY_COMPLETED);
    mhd.completed = va_arg(options, MHD_RequestCompletedCallback);
    (void)va_arg(options, void *);
    fuzz_must(va_arg(options, enum MHD_OPTION) == MHD_OPTION_URI_LOG_CALLBACK);
    mhd.target = va_arg(options, mhd_target *);
    va_end(options);
    (void)accept(accept_ctx, NULL, 0);
    mhd.access = access;
    mhd.ctx = ctx;
    return (struct MHD_Daemon *)&mhd;
}

void __wrap_MHD_suspend_connection(struct MHD_Connection *c)
{
    c->suspended = true;
}

void __wrap_MHD_resume_connection(struct MHD_Connection *c)
{
    (void)pthread_mutex_lock(&mhd.lock);
    fuzz_must(c->suspended && !c->resumed); /* answered once, and only when handed over */
    c->resumed = true;
    (void)pthread_cond_broadcast(&mhd.changed);
    (void)pthread_mutex_unlock(&mhd.lock);
}

enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *c, unsigned status,
                                          struct MHD_Response *r)
{
    fuzz_must(!c->response);
    c->status = status;
    c->response = r;
    return MHD_YES;
}

struct MHD_Response *__wrap_MHD_create_response_from_buffer(size_t size, void *buffer,
                                                            enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *r = calloc(1, sizeof *r);
    fuzz_must(r && mode == MHD_RESPMEM_MUST_COPY);
    r->body = buf_init((size_t)1 << 30);
    buf_add(&r->body, buffer, size);
    return r;
}

enum MHD_Result __wrap_MHD_add_response_header(struct MHD_Response *r, const char *name,
                                               const char *value)
{
    (void)r;
    fuzz_must(*name && !strpbrk(value, "\r\n"));
    return MHD_YES;
}

void __wrap_MHD_destroy_response(struct MHD_Response *r)
{
    buf_release(&r->body);
    free(r);
}

int __wrap_MHD_get_connection_values_n(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                       MHD_KeyValueIteratorN each, void *ctx)
{
    for (size_t i = 0; i < c->call->field_count; i++) {
        const struct mhd_field *f = &c->call->fields[i];
        (void)each(ctx, kind, f->name, strlen(f->name), (const char *)f->value.ptr, f->value.len);
    }
    return (int)c->call->field_count;
}

const char *__wrap_MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                               const char *name)
{
    (void)kind;
    for (size_t i = 0; i < c->call->field_count; i++)
        if (strcasecmp(c->call->fields[i].name, name) == 0)
            return (const char *)c->call->fields[i].value.ptr;
    return NULL;
}

enum err __wrap_signature_verify(const struct signature *s, const struct signature_target *target,
                                 const uint8_t body_hash[32], struct why *why)
{
    (void)s, (void)target, (void)body_hash, (void)why;
    return ERR_OK;
}

/* What a daemon does around its work binds it to a process of its own, with few system calls. */

enum err __wrap_daemon_begin(enum sandbox_kind kind, const char *dir,
                             const struct daemon_options *options, bool courier,
                             struct daemon **out, struct why *why);
int __wrap_daemon_socket(struct daemon *d);
enum err __wrap_daemon_confine(struct daemon *d, struct why *why);
enum err __wrap_daemon_ready(struct daemon *d, health_ask *ask, void *ctx, struct why *why);
enum err __wrap_daemon_wait(struct daemon *d, struct why *why);

enum err __wrap_daemon_begin(enum sandbox_kind kind, const char *dir,
                             const struct daemon_options *options, bool courier,
                             struct daemon **out, struct why *why)
{
    (void)kind, (void)dir, (void)options, (void)courier, (void)why;
    *out = NULL;
    return ERR_OK;
}

int __wrap_daemon_socket(struct daemon *d)
{
    const struct sockaddr_in any = { .sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)d;
    fuzz_must(fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof any) == 0);
    return fd;
}

enum err __wrap_daemon_confine(struct daemon *d, struct why *why)
{
    (void)d, (void)why;
    return ERR_OK;
}

enum err __wrap_daemon_ready(struct daemon *d, health_ask *ask, void *ctx, struct why *why)
{
    (void)d, (void)ask, (void)ctx, (void)why;
    return ERR_OK;
}

enum err __wrap_daemon_wait(struct daemon *d, struct why *why)
{
    (void)d, (void)why;
    for (;;)
        (void)pause();
}

/* --- the caller's side --- */

struct serving {
    mhd_serve *serve;
    const char *dir;
};

static void ready(void *ctx, unsigned port)
{
    (void)ctx, (void)port;
    (void)pthread_mutex_lock(&mhd.lock);
    mhd.started = true;
    (void)pthread_cond_broadcast(&mhd.changed);
    (void)pthread_mutex_unlock(&mhd.lock);
}

static void *serve(void *ctx)
{
    static const struct daemon_options options = { .listen = "127.0.0.1:0" };
    struct serving *s = ctx;
    struct why why;
    enum err e = s->serve(s->dir, &options, ready, NULL, &why);
    (void)fprintf(stderr, "the daemon ended: %s\n", e == ERR_OK ? "" : why.text);
    abort();
}

void mhd_start(mhd_serve *run, const char *dir)
{
    static struct serving serving;
    pthread_t thread;
    serving = (struct serving){ run, dir };
    fuzz_must(pthread_create(&thread, NULL, serve, &serving) == 0);
    (void)pthread_mutex_lock(&mhd.lock);
    while (!mhd.started)
        (void)pthread_cond_wait(&mhd.changed, &mhd.lock);
    (void)pthread_mutex_unlock(&mhd.lock);
}

/* As the library calls: once for the head, then with the body, then without. */
static enum MHD_Result body(struct MHD_Connection *c, const struct mhd_call *call, void **slot)
{
    size_t len = 0;
    enum MHD_Result r =
        mhd.access(mhd.ctx, c, call->url, call->method, "HTTP/1.1", NULL, &len, slot);
    for (size_t at = 0; r == MHD_YES && at < call->body.len && !c->response;) {
        len = call->body.len - at;
        if (call->piece && len > call->piece)
            len = call->piece;
        const size_t given = len;
        r = mhd.access(mhd.ctx, c, call->url, call->method, "HTTP/1.1",
                       (const char *)call->body.ptr + at, &len, slot);
        fuzz_must(len == 0);
        at += given;
    }
    len = 0;
    return r == MHD_YES && !c->response
               ? mhd.access(mhd.ctx, c, call->url, call->method, "HTTP/1.1", NULL, &len, slot)
               : r;
}

unsigned mhd_do(const struct mhd_call *call, struct buf *reply)
{
    struct MHD_Connection c = { .call = call };
    char target[URL_MAX];
    (void)snprintf(target, sizeof target, "%s%s", call->url, call->query ? "?a=b" : "");
    void *slot = mhd.target(NULL, target, &c);
    size_t none = 0;
    fuzz_must(body(&c, call, &slot) == MHD_YES);
    if (!c.response) {
        (void)pthread_mutex_lock(&mhd.lock);
        while (!c.resumed)
            (void)pthread_cond_wait(&mhd.changed, &mhd.lock);
        (void)pthread_mutex_unlock(&mhd.lock);
        fuzz_must(mhd.access(mhd.ctx, &c, call->url, call->method, "HTTP/1.1", NULL, &none,
                             &slot) == MHD_YES);
    }
    fuzz_must(c.response != NULL);
    if (reply)
        buf_add_bytes(reply, buf_bytes(&c.response->body));
    mhd.completed(NULL, &c, &slot, MHD_REQUEST_TERMINATED_COMPLETED_OK);
    return c.status;
}
