#include "decide/authority.h"

#include "crypto/hash.h"
#include "decide/authority_state.h"

#include <stdlib.h>
#include <string.h>

enum err authority_room(void *array_pointer, size_t count, size_t *room, size_t size,
                        struct why *why)
{
    if (count < *room)
        return ERR_OK;
    size_t more = *room ? *room * 2 : 4;
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = reallocarray(array, more, size);
    if (!array)
        return why_nomem(why);
    memcpy(array_pointer, &array, sizeof array);
    *room = more;
    return ERR_OK;
}

static void chain_drop(struct authority *a, struct chain *c)
{
    HASH_DEL(a->chains, c);
    free(c->ids);
    free(c);
}

/* The chain of `s`, new ones with no statement yet, with room for this one. */
static enum err chain_reserve(struct authority *a, const struct statement *s, struct chain **out,
                              struct why *why)
{
    struct chain *c = authority_chain(a, authority_issuer_of(s));
    if (!c) {
        c = calloc(1, sizeof *c);
        if (!c)
            return why_nomem(why);
        memcpy(c->issuer, authority_issuer_of(s), 32);
        if (!HASH_ROW_ADD(a->chains, issuer, 32, c)) {
            free(c);
            return why_nomem(why);
        }
    }
    enum err e = authority_room(&c->ids, c->count, &c->room, sizeof *c->ids, why);
    if (e == ERR_OK && c->count == 0)
        e = authority_room(&a->issuers, a->issuer_count, &a->issuer_room, sizeof *a->issuers, why);
    if (e != ERR_OK && c->count == 0)
        chain_drop(a, c);
    else if (e == ERR_OK)
        *out = c;
    return e;
}

static void chain_commit(struct authority *a, struct chain *c, const struct statement *s)
{
    if (c->count == 0)
        a->issuers[a->issuer_count++] = c;
    memcpy(c->ids[c->count++], s->id, 32);
    if (s->kind != STATEMENT_MANIFEST)
        return;
    memcpy(c->manifest, s->id, 32);
    memcpy(c->manifest_project, s->u.manifest.project, 16);
}

enum err authority_apply(struct authority *a, const struct statement *s, int64_t now_ms,
                         struct why *why)
{
    struct chain *c = NULL;
    enum err e = chain_reserve(a, s, &c, why);
    if (e != ERR_OK)
        return e;
    e = authority_effect(a, s, (uint64_t)(now_ms / 1000), why);
    if (e == ERR_OK)
        chain_commit(a, c, s);
    else if (c->count == 0)
        chain_drop(a, c);
    return e;
}

enum err authority_new(const struct statement *root, struct authority **out, struct why *why)
{
    if (root->kind != STATEMENT_ROOT || root->u.root.party != PARTY_OWNER || root->number != 1)
        return why_set(why, ERR_FORMAT, "the pinned statement is no owner's first root");
    AUTO_AUTHORITY struct authority *a = calloc(1, sizeof *a);
    if (!a)
        return why_nomem(why);
    memcpy(a->owner, root->id, 32);
    const struct authority_device like = { .fixed = ROLE_ADMIN, .expires = root->expires };
    struct chain *c = NULL;
    enum err e = chain_reserve(a, root, &c, why);
    if (e == ERR_OK)
        e = authority_enrol_root(a, root->u.root.devices, root->u.root.device_count, &like, why);
    if (e != ERR_OK)
        return e;
    chain_commit(a, c, root);
    *out = a;
    a = NULL;
    return ERR_OK;
}

static void chains_free(struct authority *a)
{
    struct chain *c, *next;
    HASH_ITER(hh, a->chains, c, next)
    {
        chain_drop(a, c);
    }
    free(a->issuers);
}

static void grants_free(struct authority *a)
{
    HASH_ROWS_FREE(a->devices, struct device_row, (void)0);
    HASH_ROWS_FREE(a->holders, struct holder_row, (void)0);
    HASH_ROWS_FREE(a->members, struct member_row, (void)0);
    free(a->enrolled);
}

static void texts_free(struct authority *a)
{
    HASH_ROWS_FREE(a->projects, struct project_row, (policy_free(row->policy), free(row->text)));
    HASH_ROWS_FREE(a->assignments, struct assignment_row, free(row->by));
    HASH_ROWS_FREE(a->heads, struct heads_row_kept, free(row->heads));
    free(a->epochs);
}

void authority_free(struct authority *a)
{
    if (!a)
        return;
    chains_free(a);
    grants_free(a);
    HASH_ROWS_FREE(a->vendors, struct vendor_row, free(row->devices));
    HASH_ROWS_FREE(a->admissions, struct admission_row, (void)0);
    HASH_ROWS_FREE(a->watchers, struct watcher_row, (void)0);
    authority_free_denials(a);
    texts_free(a);
    free(a);
}

static void add_number(struct sha256 *h, uint64_t v)
{
    uint8_t be[8];
    put_u64be(be, v);
    sha256_add(h, bytes_of(be, sizeof be));
}

static void digest_grants(struct sha256 *h, const struct authority *a)
{
    for (const struct device_row *d = a->devices; d; d = d->hh.next) {
        sha256_add(h, bytes_of(d->d.key, 32));
        sha256_add(h, bytes_of(d->d.member, 16));
        sha256_add(h, bytes_of(d->d.vendor, 32));
        add_number(h, d->d.door * 256U + d->d.device_role * 16U + d->d.fixed);
        add_number(h, d->d.expires);
        add_number(h, d->d.revoked ? d->d.revoked_s : UINT64_MAX);
    }
    for (const struct holder_row *o = a->holders; o; o = o->hh.next) {
        sha256_add(h, bytes_of(o->member, 16));
        sha256_add(h, bytes_of(o->vendor, 32));
        sha256_add(h, bytes_of(o->device, 32));
        sha256_add(h, bytes_of(o->site, 16));
        add_number(h, o->revoked);
    }
    for (const struct member_row *m = a->members; m; m = m->hh.next) {
        sha256_add(h, bytes_of(m->key, 32));
        add_number(h, m->role);
        add_number(h, m->expires);
    }
    for (const struct vendor_row *v = a->vendors; v; v = v->hh.next) {
        sha256_add(h, bytes_of(v->id, 32));
        add_number(h, v->active);
    }
    for (const struct admission_row *v = a->admissions; v; v = v->hh.next) {
        sha256_add(h, bytes_of(v->key, 48));
        add_number(h, v->expires);
    }
}

static void digest_rest(struct sha256 *h, const struct authority *a)
{
    for (const struct project_row *p = a->projects; p; p = p->hh.next) {
        sha256_add(h, bytes_of(p->id, 16));
        add_number(h, p->version);
    }
    for (const struct watcher_row *w = a->watchers; w; w = w->hh.next) {
        sha256_add(h, bytes_of(w->key, 32));
        add_number(h, w->expires);
    }
    for (const struct assignment_row *r = a->assignments; r; r = r->hh.next) {
        sha256_add(h, bytes_of(r->key, sizeof r->key));
        for (size_t i = 0; i < r->count; i++) {
            sha256_add(h, bytes_of(r->by[i].by->d.key, 32));
            add_number(h, r->by[i].role);
            add_number(h, r->by[i].expires);
        }
    }
    for (const struct heads_row_kept *k = a->heads; k; k = k->hh.next) {
        sha256_add(h, bytes_of(k->issuer, 32));
        add_number(h, k->created);
    }
    for (size_t i = 0; i < a->epoch_count; i++)
        sha256_add(h, bytes_of(a->epochs[i].id, 32));
}

void authority_digest(const struct authority *a, uint8_t out[32])
{
    AUTO_SHA256 struct sha256 *h = sha256_new();
    assert(h);
    sha256_add(h, bytes_of(a->owner, 32));
    for (const struct chain *c = a->chains; c; c = c->hh.next) {
        sha256_add(h, bytes_of(c->issuer, 32));
        add_number(h, c->count);
        sha256_add(h, bytes_of(c->ids, c->count * 32));
        sha256_add(h, bytes_of(c->manifest, 32));
    }
    digest_grants(h, a);
    digest_rest(h, a);
    AUTO_BUF struct buf denials = buf_init(SIZE_MAX);
    authority_encode_denials(a, &denials);
    assert(buf_ok(&denials));
    sha256_add(h, buf_bytes(&denials));
    sha256_end(h, out);
}
