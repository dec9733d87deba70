#include "sys/http_server.h"

#include "base/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_server_config config;
    unsigned port;
    atomic_bool met; /* a first connection was taken; `up` was raised */
    sem_t up;
};

struct http_exchange {
    struct MHD_Connection *connection;
    const char *method;
    char path[1024];
    struct buf body;
    bool too_long, handed_over, query;
    struct MHD_Response *response; /* set by http_reply, before the connection is resumed */
    unsigned status;
};

const char *http_method(const struct http_exchange *x)
{
    return x->method;
}

const char *http_path(const struct http_exchange *x)
{
    return x->path;
}

bool http_has_query(const struct http_exchange *x)
{
    return x->query;
}

struct bytes http_body(const struct http_exchange *x)
{
    return buf_bytes(&x->body);
}

struct http_field_search {
    const char *name;
    size_t count;
    struct bytes value;
};

static enum MHD_Result http_field_each(void *ctx, enum MHD_ValueKind kind, const char *key,
                                       size_t key_len, const char *value, size_t value_len)
{
    struct http_field_search *search = ctx;
    if (strlen(search->name) == key_len && strncasecmp(key, search->name, key_len) == 0) {
        search->count++;
        search->value = bytes_of(value, value_len);
    }
    return MHD_YES;
}

struct bytes http_field(const struct http_exchange *x, const char *name)
{
    struct http_field_search search = { .name = name };
    (void)MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, http_field_each, &search);
    return search.count == 1 ? search.value : bytes_of("", 0);
}

static void http_exchange_free(struct http_exchange *x)
{
    if (x->response)
        MHD_destroy_response(x->response);
    buf_release(&x->body);
    free(x);
}

/* A target with more than a plain path is seen here alone: the library takes an empty query and
 * escapes away. The mark stays in the slot until there is an exchange. */
static char http_not_plain;

static void *http_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    return target[strcspn(target, "?%#")] ? &http_not_plain : NULL;
}

static void http_completed(void *ctx, struct MHD_Connection *connection, void **slot,
                           enum MHD_RequestTerminationCode code)
{
    if (*slot && *slot != &http_not_plain)
        http_exchange_free(*slot);
    *slot = NULL;
}

static struct http_exchange *http_exchange_new(const struct http_server *s,
                                               struct MHD_Connection *connection, const char *url,
                                               const char *method)
{
    struct http_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->connection = connection;
    x->method = method;
    x->body = buf_init(s->config.body_max);
    x->too_long = strlen(url) >= sizeof x->path;
    if (!x->too_long)
        memcpy(x->path, url, strlen(url) + 1);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "content-length");
    if (length && strtoull(length, NULL, 10) > s->config.body_max)
        x->too_long = true;
    return x;
}

/* What is said when there is no memory to say it with. */
static const char http_nomem[] = "{\"code\":\"CFD-SYS-001\",\"message\":\"out of memory\","
                                 "\"hint\":\"\"}";

static void http_response_set(struct http_exchange *x, unsigned status, const char *type,
                              struct bytes body)
{
    /* libmicrohttpd copies; it does not write through this pointer. */
    x->response = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr,
                                                  MHD_RESPMEM_MUST_COPY);
    x->status = status;
    if (x->response) {
        (void)MHD_add_response_header(x->response, "content-type", type);
        (void)MHD_add_response_header(x->response, "cache-control", "no-store");
    }
}

static enum MHD_Result http_access(void *ctx, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_len, void **slot)
{
    struct http_server *s = ctx;
    const bool query = *slot == &http_not_plain;
    struct http_exchange *x = query ? NULL : *slot;
    if (!x) {
        *slot = x = http_exchange_new(s, connection, url, method);
        if (x)
            x->query = query;
        return x ? MHD_YES : MHD_NO;
    }
    if (*upload_len) {
        x->too_long = x->too_long || *upload_len > x->body.max - x->body.len;
        if (!x->too_long)
            buf_add(&x->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (x->response)
        return MHD_queue_response(connection, x->status, x->response);
    if (x->handed_over)
        return MHD_NO; /* resumed without a reply: no memory for one */
    if (x->too_long) {
        static const char text[] = "{\"code\":\"CFD-FMT-003\",\"message\":\"the request is too "
                                   "long\",\"hint\":\"\"}";
        http_response_set(x, MHD_HTTP_CONTENT_TOO_LARGE, "application/json", bytes_str(text));
        return x->response ? MHD_queue_response(connection, x->status, x->response) : MHD_NO;
    }
    if (!buf_ok(&x->body)) {
        http_response_set(x, MHD_HTTP_SERVICE_UNAVAILABLE, "application/json",
                          bytes_str(http_nomem));
        return x->response ? MHD_queue_response(connection, x->status, x->response) : MHD_NO;
    }
    x->handed_over = true;
    MHD_suspend_connection(connection);
    s->config.handle(s->config.ctx, x);
    return MHD_YES;
}

void http_reply(struct http_exchange *x, unsigned status, const char *type, struct bytes body)
{
    http_response_set(x, status, type, body);
    MHD_resume_connection(x->connection);
}

void http_reply_range(struct http_exchange *x, struct bytes body, uint64_t from, uint64_t total)
{
    char range[96];
    (void)snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)from,
                   (unsigned long long)(from + body.len - 1), (unsigned long long)total);
    http_response_set(x, MHD_HTTP_PARTIAL_CONTENT, "application/octet-stream", body);
    if (x->response)
        (void)MHD_add_response_header(x->response, "content-range", range);
    MHD_resume_connection(x->connection);
}

static unsigned http_status_of(enum err code)
{
    switch (code) {
    case ERR_BUSY: case ERR_NOT_READY: case ERR_STALE: case ERR_FULL: case ERR_NOMEM:
    case ERR_DISK_FULL: case ERR_LOG_IO:
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    case ERR_LIMIT:
        return MHD_HTTP_CONTENT_TOO_LARGE;
    case ERR_UNSUPPORTED: /* a word that is reserved: of the asker's form, not of this server */
        return MHD_HTTP_BAD_REQUEST;
    default:
        break;
    }
    switch (err_row(code)->exit_code) {
    case EXIT_NOT_FOUND: return MHD_HTTP_NOT_FOUND;
    case EXIT_AUTH: return MHD_HTTP_UNAUTHORIZED;
    case EXIT_DENIED: case EXIT_PAUSED: return MHD_HTTP_FORBIDDEN;
    case EXIT_CONFLICT: return MHD_HTTP_CONFLICT;
    case EXIT_FAIL: return MHD_HTTP_INTERNAL_SERVER_ERROR;
    default: return MHD_HTTP_BAD_REQUEST;
    }
}

void http_refuse(struct http_exchange *x, const struct why *why)
{
    AUTO_BUF struct buf text = buf_init(4096);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_str(&o, "code", err_code(why->code));
    json_out_member_str(&o, "message", why->text);
    json_out_member_str(&o, "hint", why->hint);
    json_out_object_end(&o);
    if (buf_ok(&text))
        http_reply(x, http_status_of(why->code), "application/json", buf_bytes(&text));
    else
        http_reply(x, MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", bytes_str(http_nomem));
}

void http_reply_buf(struct http_exchange *x, const char *type, const struct buf *body)
{
    if (buf_ok(body))
        http_reply(x, MHD_HTTP_OK, type, buf_bytes(body));
    else
        http_reply(x, MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", bytes_str(http_nomem));
}

static enum err http_address(const char *listen, struct sockaddr_in *out, struct why *why)
{
    char host[64];
    const char *colon = strrchr(listen, ':');
    size_t len = colon ? (size_t)(colon - listen) : 0;
    char *end = NULL;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
    *out = (struct sockaddr_in){ .sin_family = AF_INET };
    if (!colon || len == 0 || len >= sizeof host || *end || end == colon + 1 || port > 65535)
        return why_set(why, ERR_USAGE, "cannot listen on '%s': not ADDRESS:PORT", listen);
    memcpy(host, listen, len);
    host[len] = '\0';
    if (inet_pton(AF_INET, host, &out->sin_addr) != 1)
        return why_set(why, ERR_USAGE, "cannot listen on '%s': not an IPv4 address", listen);
    out->sin_port = htons((uint16_t)port);
    return ERR_OK;
}

enum err http_server_bind(const char *listen, bool loopback, int *out, struct why *why)
{
    struct sockaddr_in address;
    const int one = 1;
    enum err e = http_address(listen, &address, why);
    if (e == ERR_OK && loopback && ntohl(address.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
        e = why_set(why, ERR_USAGE, "cannot listen on '%s': only on loopback", listen);
    if (e != ERR_OK)
        return e;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        *out = fd;
        return ERR_OK;
    }
    int number = errno;
    if (fd >= 0)
        (void)close(fd);
    return why_set(why, ERR_NETWORK, "cannot listen on '%s': %s", listen, strerror(number));
}

/* The first connection is the server's own (http_server_meet); it is let in like any other. */
static enum MHD_Result http_server_accept(void *server, const struct sockaddr *from, socklen_t len)
{
    struct http_server *s = server;
    if (!atomic_exchange(&s->met, true))
        (void)sem_post(&s->up);
    return MHD_YES;
}

/* Returns when the server's thread takes connections: what starts a thread needs calls that are
 * given up soon (sys/sandbox.h), and libmicrohttpd does not tell when that is over. */
static bool http_server_meet(struct http_server *s, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    while (ok && sem_wait(&s->up) != 0) {
    }
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

enum err http_server_start(const struct http_server_config *config, struct http_server **out,
                           struct why *why)
{
    int fd = config->socket;
    enum err e = config->listen ? http_server_bind(config->listen, false, &fd, why) : ERR_OK;
    if (e != ERR_OK)
        return e;
    struct http_server *s = calloc(1, sizeof *s);
    if (s)
        (void)sem_init(&s->up, 0, 0);
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    if (s && listen(fd, SOMAXCONN) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        s->config = *config;
        s->port = ntohs(address.sin_port);
        s->daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
            http_server_accept, s, http_access, s, MHD_OPTION_LISTEN_SOCKET, fd,
            MHD_OPTION_NOTIFY_COMPLETED, http_completed, NULL, MHD_OPTION_URI_LOG_CALLBACK,
            http_target, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_CONNECTION_LIMIT,
            1024U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_END);
    }
    if (s && s->daemon && http_server_meet(s, &address)) {
        *out = s;
        return ERR_OK;
    }
    if (s && s->daemon)
        MHD_stop_daemon(s->daemon);
    else
        (void)close(fd);
    free(s);
    return why_set(why, ERR_NETWORK, "cannot listen on '%s'",
                   config->listen ? config->listen : "the bound address");
}

unsigned http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_quiesce(struct http_server *s)
{
    MHD_socket listening = MHD_quiesce_daemon(s->daemon);
    if (listening != MHD_INVALID_SOCKET)
        (void)close(listening);
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->daemon);
    free(s);
}
