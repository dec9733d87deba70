#include "client/transport.h"

#include "crypto/hash.h"
#include "request/signature.h"
#include "sys/clock.h"
#include "sys/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transport {
    struct http_client *http;
    const uint8_t *sign;
    const struct progress *progress;
    int64_t late_ms; /* of the command that is watched */
};

enum err transport_new(const uint8_t *sign, struct transport **out, struct why *why)
{
    struct transport *t = calloc(1, sizeof *t);
    if (!t)
        return why_nomem(why);
    t->http = http_client_new();
    t->sign = sign;
    if (!t->http) {
        free(t);
        return why_nomem(why);
    }
    *out = t;
    return ERR_OK;
}

void transport_free(struct transport *t)
{
    if (!t)
        return;
    http_client_free(t->http);
    free(t);
}

void transport_watch(struct transport *t, const struct progress *p)
{
    t->progress = p;
    t->late_ms = 0;
}

int64_t transport_late(int64_t late_ms, int64_t took_ms, size_t bytes)
{
    int64_t late = late_ms + took_ms - TRANSPORT_CALL_MS - (int64_t)(bytes / TRANSPORT_BYTES_A_MS);
    return late > 0 ? late : 0;
}

static bool transport_stopped(void *ctx)
{
    const struct transport *t = ctx;
    return progress_check(t->progress, NULL) != ERR_OK;
}

struct transport_fields {
    char digest[96], input[256], signature[128];
};

static enum err transport_sign(const struct transport *t, const struct transport_call *call,
                               struct transport_fields *out, struct why *why)
{
    uint8_t hash[HASH_BYTES];
    sha256(hash, call->body);
    const char *host = strstr(call->base, "://");
    const struct signature_target target = { call->method, call->path,
                                             call->authority ? (host ? host + 3 : call->base)
                                                             : NULL };
    struct signature_fields f;
    enum err e = signature_make(&target, hash, call->created ? call->created : clock_s(), t->sign,
                                &f, why);
    if (e != ERR_OK)
        return e;
    (void)snprintf(out->digest, sizeof out->digest, "content-digest: %s", f.digest);
    (void)snprintf(out->input, sizeof out->input, "signature-input: %s", f.input);
    (void)snprintf(out->signature, sizeof out->signature, "signature: %s", f.signature);
    return ERR_OK;
}

enum err transport_do(struct transport *t, const struct transport_call *call, struct buf *reply,
                      struct why *why)
{
    char url[1400];
    int n = snprintf(url, sizeof url, "%s%s", call->base, call->path);
    if (n < 0 || (size_t)n >= sizeof url)
        return why_set(why, ERR_LIMIT, "cannot call '%s': the address is too long", call->base);
    struct transport_fields f;
    struct http_call http = { .method = call->method, .url = url, .body = call->body,
                              .timeout_ms = TRANSPORT_TIMEOUT_MS, .bulk = call->bulk,
                              .stopped = transport_stopped, .stopped_ctx = t };
    size_t fields = 0;
    http.fields[fields++] = "content-type: application/octet-stream";
    if (!call->bare) {
        enum err e = transport_sign(t, call, &f, why);
        if (e != ERR_OK)
            return e;
        http.fields[fields++] = f.digest;
        http.fields[fields++] = f.input;
        http.fields[fields++] = f.signature;
    }
    if (call->field)
        http.fields[fields++] = call->field;
    size_t start = reply->len;
    unsigned status = 0;
    const int64_t begun = clock_steady_ms();
    enum err e = http_client_call(t->http, &http, &status, reply, why);
    if (t->progress && t->progress->call)
        t->progress->call(t->progress->ctx, call->method, url, status, reply->len - start);
    if (e != ERR_OK)
        return e;
    if (!call->bulk)
        t->late_ms = transport_late(t->late_ms, clock_steady_ms() - begun,
                                    call->body.len + reply->len - start);
    if (t->progress && t->late_ms > TRANSPORT_LATE_MS)
        return why_set(why, ERR_NETWORK, "'%s' answers too slowly for its few bytes", call->base);
    if (status == 200 || status == 206)
        return ERR_OK;
    e = http_client_refusal(
        status, bytes_of(reply->ptr ? reply->ptr + start : NULL, reply->len - start), url, why);
    reply->len = start;
    return e;
}
