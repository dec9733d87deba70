#include "sys/health.h"

#include "base/json.h"
#include "sys/http_server.h"

#include <stdlib.h>
#include <string.h>

struct health_server {
    health_ask *ask;
    void *ctx;
    struct http_server *http;
};

void health_reason(struct health *h, enum err code)
{
    if (h->reason_count < HEALTH_REASONS_MAX)
        h->reasons[h->reason_count++] = code;
}

static void health_write(const struct health *h, bool live_only, struct buf *out)
{
    struct json_out o = json_out_to(out, JSON_PLAIN);
    json_out_object(&o);
    if (live_only) {
        json_out_member_bool(&o, "live", h->live);
    } else {
        json_out_member_bool(&o, "ready", h->live && h->reason_count == 0);
        json_out_key(&o, "reasons");
        json_out_array(&o);
        for (unsigned i = 0; i < h->reason_count; i++) {
            json_out_object(&o);
            json_out_member_str(&o, "code", err_code(h->reasons[i]));
            json_out_member_str(&o, "text", err_row(h->reasons[i])->title);
            json_out_object_end(&o);
        }
        json_out_array_end(&o);
    }
    json_out_object_end(&o);
}

static void health_handle(void *server, struct http_exchange *x)
{
    struct health_server *s = server;
    struct why why;
    bool live_only = strcmp(http_path(x), "/livez") == 0;
    if (strcmp(http_method(x), "GET") != 0 || http_has_query(x) ||
        (!live_only && strcmp(http_path(x), "/readyz") != 0)) {
        why_set(&why, ERR_NOT_FOUND, "no such path");
        http_refuse(x, &why);
        return;
    }
    struct health h = { .live = false };
    AUTO_BUF struct buf text = buf_init(4096);
    s->ask(s->ctx, &h);
    health_write(&h, live_only, &text);
    bool good = h.live && (live_only || h.reason_count == 0);
    http_reply(x, good ? 200 : 503, "application/json", buf_bytes(&text));
}

enum err health_start(int socket, health_ask *ask, void *ctx, struct health_server **out,
                      struct why *why)
{
    struct health_server *s = calloc(1, sizeof *s);
    if (!s)
        return why_nomem(why);
    s->ask = ask;
    s->ctx = ctx;
    const struct http_server_config config = { .socket = socket, .body_max = 1,
                                               .handle = health_handle, .ctx = s };
    enum err e = http_server_start(&config, &s->http, why);
    if (e == ERR_OK)
        *out = s;
    else
        free(s);
    return e;
}

void health_stop(struct health_server *s)
{
    if (!s)
        return;
    http_server_stop(s->http);
    free(s);
}
