/* client/manifests.c: which records an author has listed, from its own signed chain. */
#include "client/state.h"

#include "base/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct client_scanned *scanned_of(struct client *c, const uint8_t author[32])
{
    struct client_scanned *s = NULL;
    HASH_FIND(hh, c->scanned, author, 32, s);
    if (s)
        return s;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    memcpy(s->author, author, 32);
    if (HASH_ROW_ADD(c->scanned, author, 32, s))
        return s;
    free(s);
    return NULL;
}

static void manifest_free(struct client_manifest *m)
{
    manifest_release(&m->rows);
    buf_release(&m->object);
    free(m);
}

static void place_key(uint8_t key[64], const uint8_t author[32], const uint8_t id[32])
{
    memcpy(key, author, 32);
    memcpy(key + 32, id, 32);
}

/* False: no memory. Places that were added stay: they name rows of a manifest that is kept. */
static bool places_add(struct client *c, const struct client_manifest *m)
{
    for (size_t i = 0; i < m->rows.count; i++) {
        struct client_place *old = NULL, *p = calloc(1, sizeof *p);
        if (!p)
            return false;
        place_key(p->key, m->author, manifest_row(&m->rows, i).id);
        p->manifest = m;
        p->row = i;
        HASH_FIND(hh, c->places, p->key, sizeof p->key, old);
        if (old) {
            free(p);
        } else if (!HASH_ROW_ADD(c->places, key, sizeof p->key, p)) {
            free(p);
            return false;
        }
    }
    return true;
}

static enum err load_object(struct client *c, const struct statement *st, struct why *why)
{
    struct client_manifest *m = calloc(1, sizeof *m);
    if (!m)
        return why_nomem(why);
    m->object = buf_init(MANIFEST_BYTES_MAX);
    m->number = st->number;
    memcpy(m->author, st->issuer, 32);
    memcpy(m->project, st->u.manifest.project, 16);
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/object/%s", hex_id(st->u.manifest.root).s);
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true };
    enum err e = transport_do(c->transport, &call, &m->object, why);
    if (e == ERR_OK)
        e = manifest_parse(buf_bytes(&m->object), st->u.manifest.root, &m->rows, why);
    if (e == ERR_OK && m->rows.count != st->u.manifest.count) {
        e = why_set(why, ERR_MANIFEST, "the manifest has %zu rows, its statement says %llu",
                    m->rows.count, (unsigned long long)st->u.manifest.count);
    }
    if (e != ERR_OK) {
        manifest_free(m);
        return e;
    }
    m->next = c->manifests;
    *(c->manifests ? &c->manifests->newer : &c->manifests_first) = m;
    c->manifests = m;
    return places_add(c, m) ? ERR_OK : why_nomem(why);
}

enum err client_manifests_load(struct client *c, const uint8_t author[32], struct why *why)
{
    struct client_scanned *s = scanned_of(c, author);
    struct authority_head head = { 0 };
    if (!s)
        return why_nomem(why);
    (void)authority_head(c->authority, author, &head);
    while (s->number < head.number) {
        AUTO_BUF struct buf envelope = buf_init(1 << 16);
        AUTO_STATEMENT struct statement st = { 0 };
        enum err e = db_statement_get(c->db, author, s->number + 1, &envelope, why);
        if (e == ERR_OK)
            e = statement_open(buf_bytes(&envelope), &st, why);
        if (e == ERR_OK && st.kind == STATEMENT_MANIFEST)
            e = load_object(c, &st, why);
        if (e != ERR_OK)
            return e;
        s->number++;
    }
    return ERR_OK;
}

enum err client_manifests_all(struct client *c, struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < authority_device_count(c->authority); i++) {
        uint8_t key[32]; /* a copy: what is learnt may move the table */
        memcpy(key, authority_device_at(c->authority, i)->key, 32);
        e = client_chain(c, key, why);
        if (e == ERR_OK)
            e = client_manifests_load(c, key, why);
    }
    return e;
}

static bool row_of(const struct client *c, const uint8_t author[32], const uint8_t id[32],
                   struct manifest_row *out)
{
    uint8_t key[64];
    struct client_place *p = NULL;
    place_key(key, author, id);
    HASH_FIND(hh, c->places, key, sizeof key, p);
    if (p)
        *out = manifest_row(&p->manifest->rows, p->row);
    return p != NULL;
}

bool client_listed(const struct client *c, const uint8_t author[32], const uint8_t id[32])
{
    struct manifest_row row;
    return row_of(c, author, id, &row);
}

enum err client_row(struct client *c, const uint8_t author[32], const uint8_t id[32],
                    struct manifest_row *out, struct why *why)
{
    if (row_of(c, author, id, out))
        return ERR_OK;
    enum err e = client_chain(c, author, why);
    if (e == ERR_OK)
        e = client_manifests_load(c, author, why);
    if (e != ERR_OK)
        return e;
    if (row_of(c, author, id, out))
        return ERR_OK;
    return why_set(why, ERR_MANIFEST, "record '%s' is in no manifest of its author '%s'",
                   hex_short(id).s, hex_short(author).s);
}

void client_manifests_free(struct client *c)
{
    struct client_place *p, *p_next;
    HASH_ITER(hh, c->places, p, p_next)
    {
        HASH_DEL(c->places, p);
        free(p);
    }
    struct client_scanned *s, *s_next;
    HASH_ITER(hh, c->scanned, s, s_next)
    {
        HASH_DEL(c->scanned, s);
        free(s);
    }
    for (struct client_manifest *m = c->manifests, *next; m; m = next) {
        next = m->next;
        manifest_free(m);
    }
    c->manifests = c->manifests_first = NULL;
}
