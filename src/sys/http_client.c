#include "sys/http_client.h"

#include "base/json.h"
#include "sys/courier.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct http_client {
    CURL *curl;
};

struct http_client *http_client_new(void)
{
    struct http_client *c = calloc(1, sizeof *c);
    if (!c || courier_runs())
        return c;
    c->curl = curl_easy_init();
    if (!c->curl) {
        free(c);
        return NULL;
    }
    return c;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    free(c);
}

static size_t http_client_receive(char *ptr, size_t size, size_t count, void *ctx)
{
    struct buf *reply = ctx;
    buf_add(reply, ptr, size * count);
    return buf_ok(reply) ? size * count : 0;
}

/* libcurl asks at least once a second. */
static int http_client_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct http_call *call = ctx;
    return call->stopped && call->stopped(call->stopped_ctx);
}

static bool http_client_prepare(CURL *curl, const struct http_call *call,
                                struct curl_slist *fields, struct buf *reply)
{
    bool put = strcmp(call->method, "GET") != 0;
    CURLcode bad = curl_easy_setopt(curl, CURLOPT_URL, call->url);
    bad |= curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    if (put) {
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                                call->body.ptr ? (const char *)call->body.ptr : "");
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    } else {
        bad |= curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    const long whole = call->bulk ? 0 : call->timeout_ms;
    const long slow = call->bulk ? HTTP_SLOW_SECONDS : 0;
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, whole);
    bad |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOWEST_BYTES);
    bad |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, slow);
    bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)call->timeout_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, http_client_receive);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, call->stopped ? 0L : 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, http_client_progress);
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
    return bad == CURLE_OK;
}

enum err http_client_call(struct http_client *c, const struct http_call *call, unsigned *status,
                          struct buf *reply, struct why *why)
{
    if (call->stopped && call->stopped(call->stopped_ctx))
        return why_set(why, ERR_INTERRUPTED, "interrupted before calling '%s'", call->url);
    if (courier_runs())
        return courier_call(call, status, reply, why);
    /* Without an Expect field a larger body would wait a second for 100 Continue. */
    struct curl_slist *fields = curl_slist_append(NULL, "expect:");
    for (size_t i = 0; fields && i < HTTP_FIELDS_MAX && call->fields[i]; i++) {
        struct curl_slist *more = curl_slist_append(fields, call->fields[i]);
        if (!more)
            curl_slist_free_all(fields);
        fields = more;
    }
    if (!fields)
        return why_nomem(why);
    curl_easy_reset(c->curl);
    enum err e = ERR_OK;
    long code = 0;
    if (!http_client_prepare(c->curl, call, fields, reply)) {
        e = why_set(why, ERR_INTERNAL, "cannot prepare a call to '%s'", call->url);
    } else {
        CURLcode got = curl_easy_perform(c->curl);
        if (got == CURLE_WRITE_ERROR)
            e = why_set(why, ERR_LIMIT, "the reply of '%s' is longer than %zu bytes", call->url,
                        reply->max);
        else if (got == CURLE_ABORTED_BY_CALLBACK)
            e = why_set(why, ERR_INTERRUPTED, "interrupted while calling '%s'", call->url);
        else if (got != CURLE_OK)
            e = why_set(why, ERR_NETWORK, "cannot reach '%s': %s", call->url,
                        curl_easy_strerror(got));
        else
            (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
    }
    curl_slist_free_all(fields);
    if (e == ERR_OK)
        *status = (unsigned)code;
    return e;
}

/* No escape sequence of a malicious server reaches a terminal: C0, DEL and C1 become '?'. */
void http_client_words(const char *in, char out[WHY_TEXT_MAX])
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)in; *p && n + 1 < WHY_TEXT_MAX; p++) {
        if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
            p++;
            out[n++] = '?';
        } else {
            out[n++] = *p < 0x20 || *p == 0x7f ? '?' : (char)*p;
        }
    }
    out[n] = '\0';
}

/* "http://host:port" of a URL. */
static int origin_length(const char *url)
{
    const char *host = strstr(url, "://");
    return (int)((host ? (size_t)(host + 3 - url) : 0) + strcspn(host ? host + 3 : url, "/"));
}

enum err http_client_refusal(unsigned status, struct bytes reply, const char *url, struct why *why)
{
    AUTO_JSON json_t *object = NULL;
    const char *code = NULL, *message = NULL;
    if (json_parse(reply, &object, NULL) == ERR_OK &&
        json_get_text(object, "code", 16, &code, NULL) == ERR_OK &&
        json_get_text(object, "message", WHY_TEXT_MAX - 1, &message, NULL) == ERR_OK) {
        const struct err_row *row = err_find(code);
        if (row && row->err != ERR_OK) {
            char words[WHY_TEXT_MAX];
            http_client_words(message, words);
            return why_set(why, row->err, "%.*s says: %s", origin_length(url), url, words);
        }
    }
    return why_set(why, ERR_HTTP, "'%s' answered with status %u", url, status);
}
