#include "store/store.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "store/private_store.h"
#include "sys/clock.h"
#include "sys/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STORE_BODY_MAX = 12 << 20, STORE_BUSY_MS_MAX = 60000, STORE_ROOM_BYTES = 1 << 20 };

static const struct route {
    const char *method, *path;
    bool prefix, open, writes; /* more follows; anyone may call it; it needs the disk */
    store_route *run;
} routes[] = {
    { "POST", "/v1/statements", false, true, true, store_statements },
    { "GET", "/v1/status", false, true, false, store_status },
    { "GET", "/v1/chain/", true, false, false, store_chain },
    { "GET", "/v1/issuers", false, false, false, store_issuers },
    { "GET", "/v1/acts/", true, false, false, store_acts },
    { "GET", "/v1/pack/", true, false, false, store_pack_get },
    { "PUT", "/v1/pack/", true, false, true, store_pack_put },
    { "POST", "/v1/slots", false, false, true, store_slots },
    { "POST", "/v1/records", false, false, false, store_records },
    { "GET", "/v1/body/", true, false, false, store_body },
    { "PUT", "/v1/object/", true, false, true, store_object_put },
    { "GET", "/v1/object/", true, false, false, store_object_get },
    { "POST", "/v1/queue/add", false, false, true, store_queue_add },
    { "POST", "/v1/queue/claim", false, false, false, store_queue_claim },
    { "POST", "/v1/queue/unclaim", false, false, false, store_queue_unclaim },
    { "POST", "/v1/queue/list", false, false, false, store_queue_list },
};

static const struct route *route_of(const struct http_exchange *x)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const struct route *r = &routes[i];
        if (strcmp(http_method(x), r->method) != 0)
            continue;
        if (r->prefix ? strncmp(http_path(x), r->path, strlen(r->path)) == 0
                      : strcmp(http_path(x), r->path) == 0)
            return r;
    }
    return NULL;
}

enum err store_status(struct store_call *c, struct why *why)
{
    struct blob_counts counts;
    enum err e = blob_counts(c->s->blob, &counts, why);
    if (e != ERR_OK)
        return e;
    AUTO_BUF struct buf text = buf_init(1024);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_hex(&o, "owner", authority_owner(c->s->authority), 32);
    json_out_member_u64(&o, "records", counts.records);
    json_out_member_u64(&o, "statements", counts.statements);
    json_out_member_u64(&o, "time", c->now_s);
    json_out_object_end(&o);
    http_reply_buf(c->x, "application/json", &text);
    return ERR_OK;
}

/* Who asks: signature over method, path, digest and this host; a device enrolled and not revoked.
 */
static enum err who(struct store_call *c, struct signature *sig, struct why *why)
{
    char host[SIGNATURE_AUTHORITY_MAX + 1];
    struct bytes h = http_field(c->x, "host");
    if (h.len == 0 || h.len >= sizeof host)
        return why_set(why, ERR_FORMAT, "exactly one host field is needed");
    memcpy(host, h.ptr, h.len);
    host[h.len] = '\0';
    const struct signature_target target = { http_method(c->x), http_path(c->x), host };
    uint8_t hash[HASH_BYTES];
    enum err e = signature_parse(http_field(c->x, "content-digest"),
                                 http_field(c->x, "signature-input"),
                                 http_field(c->x, "signature"), true, sig, why);
    if (e == ERR_OK)
        e = signature_time_check(sig, c->now_s, why);
    if (e != ERR_OK)
        return e;
    c->device = authority_device(c->s->authority, sig->key);
    bool watcher = authority_is_watcher(c->s->authority, sig->key, c->now_s);
    if (!c->device && !watcher)
        return why_set(why, ERR_UNKNOWN_DEVICE, "device '%s' is not enrolled here",
                       hex_short(sig->key).s);
    if (c->device && (c->device->revoked || c->device->expires <= c->now_s))
        return why_set(why, ERR_REVOKED, "device '%s' was revoked or has expired",
                       hex_short(sig->key).s);
    sha256(hash, http_body(c->x));
    c->key = sig->key;
    return signature_verify(sig, &target, hash, why);
}

/* The disk was full: a little is written and dropped before a request is begun. A list of
 * statements that cannot be kept costs a reload, so it must not be tried each time. */
static enum err room_again(struct store *s, struct why *why)
{
    if (atomic_load(&s->trouble) != (int)ERR_DISK_FULL)
        return ERR_OK;
    enum err e = file_room(s->dir, STORE_ROOM_BYTES, why);
    if (e == ERR_OK)
        atomic_store(&s->trouble, (int)ERR_OK);
    return e;
}

static void handle(void *store, struct http_exchange *x)
{
    struct store_call c = { .s = store, .x = x, .now_ms = clock_ms() };
    c.now_s = (uint64_t)(c.now_ms / 1000);
    struct signature sig;
    struct why why;
    const struct route *r = route_of(x);
    enum err e = ERR_OK;
    if (!r || http_has_query(x))
        e = why_set(&why, ERR_NOT_FOUND, "no such path");
    else if (!r->open)
        e = who(&c, &sig, &why);
    atomic_store(&c.s->busy_since_ms, clock_steady_ms());
    if (e == ERR_OK && r->writes)
        e = room_again(c.s, &why);
    if (e == ERR_OK) {
        c.rest = http_path(x) + strlen(r->path);
        e = r->run(&c, &why);
        if (e == ERR_DISK_FULL || e == ERR_IO || e == ERR_NOMEM)
            atomic_store(&c.s->trouble, (int)e);
        else if (e == ERR_OK && r->writes)
            atomic_store(&c.s->trouble, (int)ERR_OK);
    }
    if (e != ERR_OK)
        http_refuse(x, &why);
    atomic_store(&c.s->busy_since_ms, 0);
}

static enum err replay_task(void *ctx, const uint8_t project[16], const uint8_t task[32],
                            struct why *why)
{
    struct store *s = ctx;
    return queue_add(s->queue, project, task, why);
}

static enum err replay_statement(void *ctx, struct bytes envelope, bool topic, struct why *why)
{
    struct store *s = ctx;
    AUTO_STATEMENT struct statement st = { 0 };
    enum err e = statement_open(envelope, &st, why);
    return e == ERR_OK ? store_take(s, &st, topic, (int64_t)st.created * 1000, why) : e;
}

/* Authority and queue, from what the blobs keep. */
static enum err store_replay(struct store *s, struct why *why)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = { 0 };
    enum err e = file_read(file_path(s->dir, "root").s, &envelope, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&envelope), &root, why);
    if (e == ERR_OK)
        e = authority_new(&root, &s->authority, why);
    if (e == ERR_OK)
        e = queue_new(&s->queue, why);
    if (e == ERR_OK)
        e = blob_task_each(s->blob, replay_task, s, why);
    return e == ERR_OK ? blob_statement_each(s->blob, replay_statement, s, why) : e;
}

static void store_forget(struct store *s)
{
    queue_free(s->queue);
    authority_free(s->authority);
}

enum err store_reload(struct store *s, struct why *why)
{
    struct store fresh = { .dir = s->dir, .blob = s->blob };
    enum err e = store_replay(&fresh, why);
    if (e == ERR_OK)
        e = queue_claims_copy(fresh.queue, s->queue, why);
    if (e != ERR_OK) {
        store_forget(&fresh);
        return e;
    }
    store_forget(s);
    s->authority = fresh.authority;
    s->queue = fresh.queue;
    return ERR_OK;
}

enum err store_init(const char *dir, struct bytes root, struct why *why)
{
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(root, &s, why);
    if (e == ERR_OK && (s.kind != STATEMENT_ROOT || s.u.root.party != PARTY_OWNER))
        e = why_set(why, ERR_FORMAT, "it is not an owner's root statement");
    if (e == ERR_OK)
        e = file_dir_make(dir, why);
    return e == ERR_OK ? file_create(file_path(dir, "root").s, root, 0600, why) : e;
}

/* Alive: no request has held the one thread for long. Ready: the last write was kept. */
static void store_health(void *store, struct health *out)
{
    struct store *s = store;
    struct why none;
    /* Nobody writes to a store that is not ready: it has to find out itself that there is room. */
    (void)!room_again(s, &none);
    int64_t since = atomic_load(&s->busy_since_ms);
    enum err trouble = (enum err)atomic_load(&s->trouble);
    out->live = since == 0 || clock_steady_ms() - since < STORE_BUSY_MS_MAX;
    if (!out->live)
        health_reason(out, ERR_BUSY);
    if (trouble != ERR_OK)
        health_reason(out, trouble);
}

static enum err store_run(struct store *s, struct daemon *d,
                          void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why)
{
    const struct http_server_config config = { .socket = daemon_socket(d),
                                               .body_max = STORE_BODY_MAX, .handle = handle,
                                               .ctx = s };
    enum err e = http_server_start(&config, &s->http, why);
    if (e != ERR_OK)
        return e;
    e = daemon_ready(d, store_health, s, why);
    if (e == ERR_OK) {
        ready(ctx, http_server_port(s->http));
        e = daemon_wait(d, why);
    }
    http_server_stop(s->http);
    return e;
}

enum err store_serve(const char *dir, const struct daemon_options *options,
                     void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why)
{
    struct daemon *d = NULL;
    struct store s = { .dir = dir, .trouble = ERR_OK };
    int lock = -1;
    enum err e = daemon_begin(SANDBOX_STORE, dir, options, false, &d, why);
    if (e == ERR_OK)
        e = file_lock(dir, &lock, why);
    if (e == ERR_OK)
        e = blob_open(dir, &s.blob, why);
    if (e == ERR_OK)
        e = store_replay(&s, why);
    if (e == ERR_OK)
        e = daemon_confine(d, why);
    if (e == ERR_OK)
        e = store_run(&s, d, ready, ctx, why);
    daemon_end(d);
    blob_close(s.blob);
    store_forget(&s);
    if (lock >= 0)
        (void)close(lock);
    return e;
}
