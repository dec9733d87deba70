#include "client/client.h"

#include "base/hex.h"
#include "client/state.h"
#include "record/manifest.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of issuers to whom no chain leads yet a store lists a few at a time, not as many as it likes. */
enum { CLIENT_PASSES_MAX = 6, CLIENT_UNKNOWN_MAX = 4096 };

/* Into the own view, and kept if it is new. Others' statements are judged as of their own time. */
static enum err learn_one(struct client *c, struct bytes envelope, bool keep, bool *known,
                          struct why *why)
{
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(envelope, &s, why);
    if (e != ERR_OK)
        return e;
    uint64_t now = clock_s();
    e = authority_check(c->authority, &s, s.created < now ? s.created : now, why);
    *known = e == ERR_DUPLICATE;
    if (*known)
        return ERR_OK;
    if (e == ERR_OK && keep)
        e = db_statement_add(c->db, authority_issuer_of(&s), s.number, s.id, envelope, why);
    if (e == ERR_OK)
        e = authority_apply(c->authority, &s, (int64_t)now * 1000, why);
    if (e == ERR_OK && memcmp(s.issuer, c->id.key, 32) == 0 && s.number == c->own_number + 1) {
        c->own_number = s.number;
        memcpy(c->own_id, s.id, 32);
        if (s.kind == STATEMENT_MANIFEST)
            memcpy(c->own_manifest, s.id, 32);
    }
    return e;
}

static enum err replay_one(void *ctx, struct bytes envelope, struct why *why)
{
    bool known;
    return learn_one(ctx, envelope, false, &known, why);
}

static enum err open_authority(struct client *c, struct why *why)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = { 0 };
    enum err e = file_read(file_path(c->dir.s, "root").s, &envelope, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&envelope), &root, why);
    if (e == ERR_OK && memcmp(root.id, c->config.owner, 32) != 0)
        e = why_set(why, ERR_UNKNOWN_OWNER, "'%s/root' is another owner's than client.conf names",
                    c->dir.s);
    if (e == ERR_OK)
        e = authority_new(&root, &c->authority, why);
    return e == ERR_OK ? db_statement_each(c->db, replay_one, c, why) : e;
}

enum err client_open(const char *dir, struct bytes passphrase, struct client **out,
                     struct why *why)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return why_nomem(why);
    c->lock = -1;
    (void)snprintf(c->dir.s, sizeof c->dir.s, "%s", dir);
    enum err e = file_lock(dir, &c->lock, why);
    if (e == ERR_OK)
        e = config_read(file_path(dir, "client.conf").s, &c->config, why);
    if (e == ERR_OK)
        e = identity_unlock(file_path(dir, "device.key").s, passphrase, &c->id, why);
    if (e == ERR_OK)
        e = db_open(file_path(dir, "client.db").s, &c->db, why);
    if (e == ERR_OK)
        e = transport_new(c->id.sign->ptr, &c->transport, why);
    if (e == ERR_OK)
        e = open_authority(c, why);
    if (e != ERR_OK) {
        client_free(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    client_manifests_free(c);
    authority_free(c->authority);
    transport_free(c->transport);
    db_close(c->db);
    identity_release(&c->id);
    if (c->lock >= 0)
        (void)close(c->lock);
    free(c);
}

void client_pack(struct client *c, bool pack)
{
    c->stored = !pack;
}

void client_watch(struct client *c, const struct progress *p)
{
    c->progress = p;
    transport_watch(c->transport, p);
}

const uint8_t *client_key(const struct client *c)
{
    return c->id.key;
}

const struct config *client_config(const struct client *c)
{
    return &c->config;
}

struct authority *client_authority(const struct client *c)
{
    return c->authority;
}

enum err client_reload(struct client *c, struct why *why)
{
    return config_read(file_path(c->dir.s, "client.conf").s, &c->config, why);
}

/* `news`: a list that repeats what is known is refused at its first repetition. */
static enum err learn_list(struct client *c, struct bytes list, bool news, struct why *why)
{
    for (size_t at = 0; at < list.len;) {
        if (list.len - at < 2 || get_u16be(list.ptr + at) > list.len - at - 2)
            return why_set(why, ERR_FORMAT, "not a statement list");
        size_t len = get_u16be(list.ptr + at);
        bool known = false;
        enum err e = learn_one(c, bytes_of(list.ptr + at + 2, len), true, &known, why);
        if (e == ERR_OK && known && news)
            e = why_set(why, ERR_FORMAT, "the store serves as news what is known");
        if (e != ERR_OK)
            return e;
        at += 2 + len;
    }
    return ERR_OK;
}

enum err client_learn(struct client *c, struct bytes list, struct why *why)
{
    return learn_list(c, list, false, why);
}

static enum err store_get(struct client *c, const char *path, struct buf *out, struct why *why)
{
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true };
    return transport_do(c->transport, &call, out, why);
}

enum err client_chain(struct client *c, const uint8_t issuer[32], struct why *why)
{
    for (;;) {
        struct authority_head head = { 0 };
        (void)authority_head(c->authority, issuer, &head);
        char path[160];
        (void)snprintf(path, sizeof path, "/v1/chain/%s/%llu", hex_id(issuer).s,
                       (unsigned long long)(head.number + 1));
        AUTO_BUF struct buf list = buf_init(1 << 20);
        enum err e = store_get(c, path, &list, why);
        if (e != ERR_OK || list.len == 0)
            return e;
        e = learn_list(c, buf_bytes(&list), true, why);
        struct authority_head now = { 0 };
        (void)authority_head(c->authority, issuer, &now);
        if (e == ERR_OK && now.number <= head.number)
            e = why_set(why, ERR_FORMAT, "the store serves nothing new as the chain of '%s'",
                        hex_short(issuer).s);
        if (e != ERR_OK)
            return e;
    }
}

/* Is this an issuer whose chain everyone needs: one that grants, or one not known to be a member's?
 */
static bool wanted(const struct client *c, const uint8_t issuer[32])
{
    return authority_grants(c->authority, issuer) || !authority_device(c->authority, issuer);
}

enum err client_sync(struct client *c, struct why *why)
{
    AUTO_BUF struct buf issuers = buf_init(64 << 20);
    enum err e = store_get(c, "/v1/issuers", &issuers, why), skipped = ERR_OK;
    size_t unknown = 0;
    if (e == ERR_OK && issuers.len % 32)
        e = why_set(why, ERR_FORMAT, "the store's list of issuers is cut");
    /* Chains may lean on one another: again until nothing is left out or nothing changes. */
    for (unsigned pass = 0; e == ERR_OK && pass < CLIENT_PASSES_MAX; pass++) {
        skipped = ERR_OK;
        for (size_t i = 0; i < issuers.len; i += 32) {
            if (!wanted(c, issuers.ptr + i))
                continue;
            struct authority_head head;
            if (!authority_head(c->authority, issuers.ptr + i, &head) &&
                ++unknown > CLIENT_UNKNOWN_MAX)
                return why_set(why, ERR_LIMIT, "the store lists over %d issuers that nobody knows",
                               CLIENT_UNKNOWN_MAX);
            enum err got = client_chain(c, issuers.ptr + i, why);
            if (got == ERR_NETWORK || got == ERR_NOMEM || got == ERR_CHAIN_FORK)
                return got;
            if (got != ERR_OK)
                skipped = got;
        }
        if (skipped == ERR_OK)
            break;
    }
    return e != ERR_OK ? e : skipped;
}

enum err client_epoch(const struct client *c, struct client_epoch *out, struct why *why)
{
    const struct authority_epoch *e = authority_epoch(c->authority);
    if (!e)
        return why_set(why, ERR_NOT_FOUND, "no epoch is known yet: the lab has opened none");
    *out = (struct client_epoch){ .number = (uint32_t)e->number, .t = e->threshold,
                                  .roster = e->roster };
    memcpy(out->id, e->id, 32);
    for (size_t i = 0; i < e->gate_count; i++) {
        unsigned g = (unsigned)e->gates[i].number;
        memcpy(out->gate[g].key, e->gates[i].key, 32);
        checkpoint_origin(out->gate[g].origin, authority_owner(c->authority), g,
                          (uint32_t)e->gates[i].incarnation);
    }
    return ERR_OK;
}

enum err client_role(struct client *c, const uint8_t project[16], enum role *out, struct why *why)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        *out = authority_role(c->authority, c->id.key, project, clock_s());
        if (*out)
            return ERR_OK;
        enum err e = client_sync(c, why);
        if (e != ERR_OK)
            return e;
    }
    return why_set(why, ERR_UNKNOWN_DEVICE, "this device is not enrolled in that project");
}
