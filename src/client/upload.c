#include "client/upload.h"

#include "base/hex.h"
#include "base/json.h"
#include "client/state.h"

#include <stdio.h>
#include <string.h>

enum { UPLOAD_SHOWN = 8 << 20 /* a longer one shows its bytes */ };

enum err upload_put(struct client *c, const char *method, const char *path,
                    struct bytes body, struct buf *reply, struct why *why)
{
    const struct transport_call call = { .method = method, .base = c->config.store, .path = path,
                                         .body = body, .authority = true,
                                         .bulk = strcmp(method, "PUT") == 0 };
    return transport_do(c->transport, &call, reply, why);
}

static enum err upload_piece(const struct upload *p, uint64_t at, size_t len, struct bytes *out,
                             struct why *why)
{
    *out = bytes_of(p->fd < 0 ? p->ptr + at : p->room, len);
    return p->fd < 0 ? ERR_OK : file_read_at(p->fd, "the sealed pack", at, p->room, len, why);
}

enum err upload_pack(struct client *c, const struct upload *pack, struct why *why)
{
    const uint8_t *name = pack->name;
    char path[192];
    uint64_t at = 0;
    (void)snprintf(path, sizeof path, "/v1/pack/%s", hex_id(name).s);
    AUTO_BUF struct buf known = buf_init(4096);
    AUTO_JSON json_t *object = NULL;
    bool complete = false;
    const struct transport_call ask = { .method = "GET", .base = c->config.store, .path = path,
                                        .authority = true };
    enum err e = transport_do(c->transport, &ask, &known, why);
    if (e == ERR_OK) {
        e = json_parse(buf_bytes(&known), &object, why);
        if (e == ERR_OK)
            e = json_get_u64(object, "received", pack->len, &at, why);
        if (e == ERR_OK)
            e = json_get_bool(object, "complete", &complete, why);
    } else if (e == ERR_NOT_FOUND) {
        e = ERR_OK;
    }
    while (e == ERR_OK && !complete && at < pack->len) {
        const size_t len = pack->len - at < UPLOAD_PIECE ? (size_t)(pack->len - at) : UPLOAD_PIECE;
        struct bytes piece;
        AUTO_BUF struct buf reply = buf_init(4096);
        (void)snprintf(path, sizeof path, "/v1/pack/%s/%llu/%llu", hex_id(name).s,
                       (unsigned long long)at, (unsigned long long)pack->len);
        e = upload_piece(pack, at, len, &piece, why);
        if (e == ERR_OK)
            e = upload_put(c, "PUT", path, piece, &reply, why);
        at += len;
        if (e == ERR_OK && pack->len > UPLOAD_SHOWN)
            e = progress_step(c->progress, "uploading", at, pack->len, PROGRESS_BYTES, why);
    }
    return e;
}
