/* store/routes_queue.c: the queue over HTTP. */
#include "store/private_store.h"

#include "base/cur.h"
#include "base/hex.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

enum { QUEUE_LIST_MAX = 1000 };

static enum err need_role(const struct store_call *c, const uint8_t project[16], uint32_t roles,
                          struct why *why)
{
    enum role role = authority_role(c->s->authority, c->key, project, c->now_s);
    if (!(roles >> role & 1) || role == 0)
        return why_set(why, ERR_DENIED_ROLE, "role '%s' may not do that in this project",
                       role ? words_name(&words_role, role) : "none");
    return ERR_OK;
}

static void task_members(struct json_out *o, const struct queue_task *t)
{
    static const char *const states[] = { "", "waiting", "submitted", "accepted", "returned" };
    json_out_member_hex(o, "task", t->id, 32);
    json_out_member_str(o, "state", states[t->state]);
    json_out_member_hex(o, "submission", t->submission, 32);
    json_out_member_hex(o, "review", t->review, 32);
    json_out_member_hex(o, "author", t->author, 32);
    json_out_member_hex(o, "reviewer", t->reviewer, 16);
}

enum err store_queue_add(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    if (body.len < 48 || (body.len - 16) % 32)
        return why_set(why, ERR_FORMAT, "not a project and task ids");
    enum err e = need_role(c, body.ptr, 1U << ROLE_ADMIN, why);
    if (e == ERR_OK)
        e = blob_begin(c->s->blob, why);
    if (e != ERR_OK)
        return e;
    size_t count = (body.len - 16) / 32;
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        const uint8_t *id = body.ptr + 16 + 32 * i;
        struct blob_record r;
        struct record_header h;
        e = blob_record(c->s->blob, id, &r, why);
        if (e == ERR_OK)
            e = record_header_parse(bytes_of(r.header, sizeof r.header), &h, why);
        if (e == ERR_OK && (h.kind != RECORD_TASK || memcmp(h.project, body.ptr, 16) != 0))
            e = why_set(why, ERR_FORMAT, "record '%s' is no task of this project", hex_short(id).s);
        if (e == ERR_OK)
            e = blob_task_put(c->s->blob, body.ptr, id, why);
    }
    if (e == ERR_OK)
        e = blob_commit(c->s->blob, why);
    if (e != ERR_OK) {
        blob_rollback(c->s->blob);
        return e;
    }
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = queue_add(c->s->queue, body.ptr, body.ptr + 16 + 32 * i, why);
    char text[64];
    (void)snprintf(text, sizeof text, "{\"tasks\":%zu}", count);
    if (e == ERR_OK)
        http_reply(c->x, 200, "application/json", bytes_str(text));
    return e;
}

enum err store_queue_claim(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    if (body.len != 17 || (body.ptr[16] != QUEUE_ANNOTATE && body.ptr[16] != QUEUE_REVIEW))
        return why_set(why, ERR_FORMAT, "not a project and 1 or 2");
    uint32_t roles = body.ptr[16] == QUEUE_ANNOTATE ? 1U << ROLE_ANNOTATOR : 1U << ROLE_REVIEWER;
    const struct queue_task *t = NULL;
    enum err e = need_role(c, body.ptr, roles, why);
    if (e == ERR_OK)
        e = queue_claim(c->s->queue, body.ptr[16], body.ptr, c->device->member, c->now_s, &t, why);
    if (e != ERR_OK)
        return e;
    AUTO_BUF struct buf text = buf_init(4096);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    task_members(&o, t);
    json_out_member_u64(&o, "expires", t->claim_ends);
    json_out_object_end(&o);
    http_reply_buf(c->x, "application/json", &text);
    return ERR_OK;
}

enum err store_queue_unclaim(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    if (body.len != 48 || !c->device)
        return why_set(why, ERR_FORMAT, "not a project and a task id");
    queue_unclaim(c->s->queue, body.ptr + 16, c->device->member);
    http_reply(c->x, 200, "application/json", bytes_str("{}"));
    return ERR_OK;
}

enum err store_queue_list(struct store_call *c, struct why *why)
{
    struct bytes body = http_body(c->x);
    if (body.len != 25)
        return why_set(why, ERR_FORMAT, "not a project, a state and a place");
    enum err e = need_role(c, body.ptr,
                           1U << ROLE_MANAGER | 1U << ROLE_REVIEWER | 1U << ROLE_ADMIN |
                               1U << ROLE_TRAINER | 1U << ROLE_AUDITOR,
                           why);
    if (e != ERR_OK)
        return e;
    AUTO_BUF struct buf text = buf_init(4 << 20);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_key(&o, "tasks");
    json_out_array(&o);
    uint64_t i = get_u64be(body.ptr + 17);
    for (unsigned n = 0; i < queue_count(c->s->queue) && n < QUEUE_LIST_MAX; i++) {
        const struct queue_task *t = queue_at(c->s->queue, (size_t)i);
        if (memcmp(t->project, body.ptr, 16) != 0 || (body.ptr[16] && t->state != body.ptr[16]))
            continue;
        json_out_object(&o);
        task_members(&o, t);
        json_out_object_end(&o);
        n++;
    }
    json_out_array_end(&o);
    json_out_member_u64(&o, "next", i < queue_count(c->s->queue) ? i : 0);
    json_out_object_end(&o);
    http_reply_buf(c->x, "application/json", &text);
    return ERR_OK;
}
