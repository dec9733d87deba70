/* sys/http_server.h: HTTP in front of a daemon, by libmicrohttpd (epoll, suspend and resume).
 * A request is handed over when its body is complete; the connection sleeps until http_reply, which
 * any thread may call, once. No cookies, no queries, no logs of content.
 * Limits  body_max bytes (413 past it), 32 KiB of header fields, idle connections 60 s
 * Threads  locked inside; `handle` runs on the server's own thread and must not wait */
#ifndef SYS_HTTP_SERVER_H
#define SYS_HTTP_SERVER_H

#include "base/bytes.h"
#include "base/why.h"

struct http_server;
struct http_exchange; /* one request and its coming reply */

struct http_server_config {
    const char *listen; /* "127.0.0.1:8701"; port 0: the kernel chooses. NULL: `socket` is bound */
    int socket;         /* from http_server_bind; the server closes it */
    size_t body_max;
    void (*handle)(void *ctx, struct http_exchange *x);
    void *ctx;
};

/* Binds and does not listen yet, so that a low port can be had before an account is given up.
 * `loopback`: no other address will do. ERR_USAGE: `listen` is no (such) address; ERR_NETWORK: it
 * cannot be bound. */
MUST_USE enum err http_server_bind(const char *listen, bool loopback, int *socket,
                                   struct why *why);
/* As http_server_bind. */
MUST_USE enum err http_server_start(const struct http_server_config *config,
                                    struct http_server **out, struct why *why);
unsigned http_server_port(const struct http_server *s);
/* Takes no new connections any more; those that stand go on. */
void http_server_quiesce(struct http_server *s);
/* Takes no new connections; returns when every exchange is answered and closed. */
void http_server_stop(struct http_server *s);

/* Borrowed from the exchange until http_reply. */
const char *http_method(const struct http_exchange *x);
const char *http_path(const struct http_exchange *x);
/* Is the target more than a path: a query, even an empty one, an escape, a fragment? */
bool http_has_query(const struct http_exchange *x);
struct bytes http_body(const struct http_exchange *x);
/* The value of a header field that occurs exactly once; empty if absent or doubled. */
struct bytes http_field(const struct http_exchange *x, const char *name);

/* Answers and gives the exchange back: it is gone afterwards. Copies `body`. `type` is a static
 * media type. */
void http_reply(struct http_exchange *x, unsigned status, const char *type, struct bytes body);
/* The same with a Content-Range of a 206. */
void http_reply_range(struct http_exchange *x, struct bytes body, uint64_t from, uint64_t total);
/* Replies 200 with a whole body; one that memory did not suffice for is refused, ERR_NOMEM. */
void http_reply_buf(struct http_exchange *x, const char *type, const struct buf *body);
/* A refusal as docs/protocol.md says, with the status that belongs to the code. */
void http_refuse(struct http_exchange *x, const struct why *why);

#endif
