/* client/manifests.c: which records an author has listed, from its own signed chain. */
#include "client/state.h"

#include "base/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct client_scanned *scanned_of(struct client *c, const uint8_t author[32])
{
    for (struct client_scanned *s = c->scanned; s; s = s->next)
        if (memcmp(s->author, author, 32) == 0)
            return s;
    struct client_scanned *s = calloc(1, sizeof *s);
    if (s) {
        memcpy(s->author, author, 32);
        s->next = c->scanned;
        c->scanned = s;
    }
    return s;
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
        manifest_release(&m->rows);
        e = why_set(why, ERR_MANIFEST, "the manifest has %zu rows, its statement says %llu",
                    m->rows.count, (unsigned long long)st->u.manifest.count);
    }
    if (e != ERR_OK) {
        buf_release(&m->object);
        free(m);
        return e;
    }
    m->next = c->manifests;
    c->manifests = m;
    return ERR_OK;
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

static bool row_of(const struct client *c, const uint8_t author[32], const uint8_t id[32],
                   struct manifest_row *out)
{
    for (const struct client_manifest *m = c->manifests; m; m = m->next) {
        size_t i;
        if (memcmp(m->author, author, 32) == 0 && manifest_find(&m->rows, id, &i)) {
            *out = manifest_row(&m->rows, i);
            return true;
        }
    }
    return false;
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
    for (struct client_manifest *m = c->manifests, *next; m; m = next) {
        next = m->next;
        manifest_release(&m->rows);
        buf_release(&m->object);
        free(m);
    }
    for (struct client_scanned *s = c->scanned, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    c->manifests = NULL;
    c->scanned = NULL;
}
