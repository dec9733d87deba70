/* sys/http_client.h: HTTP towards a gate or a store, by libcurl; connections are kept.
 * In a process that has a courier (sys/courier.h) it makes the calls.
 * Redirects are not followed; only http and https; nothing of libcurl's own configuration is read.
 * Limits  each call's timeout and reply size   Memory  the caller's buf   Threads  one owner */
#ifndef SYS_HTTP_CLIENT_H
#define SYS_HTTP_CLIENT_H

#include "base/bytes.h"
#include "base/why.h"

enum { HTTP_FIELDS_MAX = 8, HTTP_SLOWEST_BYTES = 1024, HTTP_SLOW_SECONDS = 20 };

struct http_client;

struct http_call {
    const char *method, *url;
    const char *fields[HTTP_FIELDS_MAX]; /* "name: value", NULL at the end */
    struct bytes body;
    int timeout_ms;
    bool bulk; /* the timeout is for connecting; then it ends when it is slower than
                * HTTP_SLOWEST_BYTES a second for HTTP_SLOW_SECONDS */
    bool (*stopped)(void *ctx); /* asked before and while waiting; NULL: never */
    void *stopped_ctx;
};

struct http_client *http_client_new(void); /* NULL without memory */
void http_client_free(struct http_client *c);

/* Sends and appends the reply's body to `reply` (at most reply->max bytes, ERR_LIMIT).
 * ERR_INTERRUPTED; ERR_NETWORK: no connection, timed out, or cut. Any status is a success here. */
MUST_USE enum err http_client_call(struct http_client *c, const struct http_call *call,
                                   unsigned *status, struct buf *reply, struct why *why);

/* A refusal's JSON as an error: its code if it is one of ours, else ERR_HTTP. For a status >= 400.
 * Who refuses is named, and its words are shown without control characters: they may be anybody's.
 * Its hint is not taken: what to do next is not for the other side to say. */
enum err http_client_refusal(unsigned status, struct bytes reply, const char *url,
                             struct why *why);

/* Another's words without control characters, cut to what fits. */
void http_client_words(const char *in, char out[WHY_TEXT_MAX]);

static inline void http_client_auto(struct http_client **c)
{
    http_client_free(*c);
}
#define AUTO_HTTP_CLIENT __attribute__((cleanup(http_client_auto)))

#endif
