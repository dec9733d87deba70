#include "tlog/entry.h"

#include "base/cur.h"

enum err entry_encode(struct buf *out, const struct entry *e, struct why *why)
{
    if (e->rules != ENTRY_RULES)
        return why_set(why, ERR_VERSION, "cannot write entry: rules %u, not %d", e->rules,
                       ENTRY_RULES);
    if (e->body.len > ENTRY_BODY_MAX)
        return why_set(why, ERR_LIMIT, "cannot write entry: body of %zu bytes, at most %d",
                       e->body.len, ENTRY_BODY_MAX);
    const size_t start = out->len;
    buf_add(out, e->salt, sizeof e->salt);
    buf_add_u64(out, e->time_ms);
    buf_add_u16(out, e->type);
    buf_add_u16(out, e->rules);
    buf_add_bytes(out, e->body);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write entry: no room for %zu bytes",
                       ENTRY_HEADER_BYTES + e->body.len);
    }
    return ERR_OK;
}

enum err entry_parse(struct entry *out, struct bytes in, struct why *why)
{
    if (in.len > ENTRY_BYTES_MAX)
        return why_set(why, ERR_FORMAT, "cannot read entry: %zu bytes, at most %d", in.len,
                       ENTRY_BYTES_MAX);
    struct cur c = cur_from(in);
    struct entry e;
    cur_copy(&c, e.salt, sizeof e.salt);
    e.time_ms = cur_u64be(&c);
    e.type = cur_u16be(&c);
    e.rules = cur_u16be(&c);
    e.body.len = cur_left(&c);
    e.body.ptr = cur_bytes(&c, e.body.len);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read entry: %s", cur_problem(&c));
    if (e.rules != ENTRY_RULES)
        return why_set(why, ERR_VERSION, "cannot read entry: rules %u, not %d", e.rules,
                       ENTRY_RULES);
    *out = e;
    return ERR_OK;
}
