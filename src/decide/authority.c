#include "decide/authority.h"

#include "crypto/hash.h"
#include "decide/authority_state.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];

/* Adds `row` under its `size`-byte key member; on failure the row is freed and ERR_NOMEM returned. */
#define ROW_ADD(table, member, size, row, why)                                                     \
    do {                                                                                           \
        HASH_ADD(hh, table, member, size, row);                                                    \
        if (!(row)->hh.tbl) {                                                                      \
            free(row);                                                                             \
            return why_nomem(why);                                                                 \
        }                                                                                          \
    } while (0)

static enum err device_add(struct authority *a, const struct authority_device *d, struct why *why)
{
    struct device_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    row->d = *d;
    ROW_ADD(a->devices, d.key, 32, row, why);
    return ERR_OK;
}

static enum err root_devices(struct authority *a, const struct statement *s, enum role fixed,
                             const uint8_t vendor[32], struct why *why)
{
    for (size_t i = 0; i < s->u.root.device_count; i++) {
        const struct statement_root_device *from = &s->u.root.devices[i];
        struct authority_device d = { .door = from->door, .device_role = from->role,
                                      .fixed = fixed, .expires = s->expires };
        memcpy(d.key, from->key, 32);
        memcpy(d.member, from->member, 16);
        memcpy(d.vendor, vendor, 32);
        enum err e = device_add(a, &d, why);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err chain_add(struct authority *a, const struct statement *s, struct why *why)
{
    struct chain *c = authority_chain(a, authority_issuer_of(s));
    if (!c) {
        c = calloc(1, sizeof *c);
        if (!c)
            return why_nomem(why);
        memcpy(c->issuer, authority_issuer_of(s), 32);
        ROW_ADD(a->chains, issuer, 32, c, why);
    }
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 8;
        uint8_t (*ids)[32] = realloc(c->ids, room * sizeof *ids);
        if (!ids)
            return why_nomem(why);
        c->ids = ids;
        c->room = room;
    }
    memcpy(c->ids[c->count++], s->id, 32);
    if (s->kind == STATEMENT_MANIFEST) {
        memcpy(c->manifest, s->id, 32);
        memcpy(c->manifest_project, s->u.manifest.project, 16);
    }
    return ERR_OK;
}

enum err authority_new(const struct statement *root, struct authority **out, struct why *why)
{
    if (root->kind != STATEMENT_ROOT || root->u.root.party != PARTY_OWNER || root->number != 1)
        return why_set(why, ERR_FORMAT, "the pinned statement is no owner's first root");
    struct authority *a = calloc(1, sizeof *a);
    if (!a)
        return why_nomem(why);
    memcpy(a->owner, root->id, 32);
    enum err e = chain_add(a, root, why);
    if (e == ERR_OK)
        e = root_devices(a, root, ROLE_ADMIN, zeroes, why);
    if (e != ERR_OK) {
        authority_free(a);
        return e;
    }
    *out = a;
    return ERR_OK;
}

#define ROWS_FREE(table, type, release)                                                            \
    do {                                                                                           \
        type *row, *next;                                                                          \
        HASH_ITER(hh, table, row, next)                                                            \
        {                                                                                          \
            HASH_DEL(table, row);                                                                  \
            release;                                                                               \
            free(row);                                                                             \
        }                                                                                          \
    } while (0)

void authority_free(struct authority *a)
{
    if (!a)
        return;
    ROWS_FREE(a->chains, struct chain, free(row->ids));
    ROWS_FREE(a->devices, struct device_row, (void)0);
    ROWS_FREE(a->members, struct member_row, (void)0);
    ROWS_FREE(a->vendors, struct vendor_row, (void)0);
    ROWS_FREE(a->admissions, struct admission_row, (void)0);
    ROWS_FREE(a->projects, struct project_row, policy_free(row->policy));
    ROWS_FREE(a->watchers, struct watcher_row, (void)0);
    ROWS_FREE(a->assignments, struct assignment_row, (void)0);
    ROWS_FREE(a->heads, struct heads_row_kept, free(row->heads));
    free(a->epochs);
    free(a);
}

static enum err apply_epoch(struct authority *a, const struct statement *s, struct why *why)
{
    struct authority_epoch *epochs = realloc(a->epochs, (a->epoch_count + 1) * sizeof *epochs);
    if (!epochs)
        return why_nomem(why);
    a->epochs = epochs;
    struct authority_epoch *e = &epochs[a->epoch_count++];
    *e = (struct authority_epoch){ .number = s->u.epoch.epoch,
                                   .threshold = (unsigned)s->u.epoch.threshold,
                                   .gate_count = s->u.epoch.gate_count };
    memcpy(e->id, s->id, 32);
    for (size_t i = 0; i < e->gate_count; i++) {
        e->gates[i] = s->u.epoch.gates[i];
        e->roster |= (uint8_t)(1U << (e->gates[i].number - 1));
    }
    return ERR_OK;
}

static enum err apply_project(struct authority *a, const struct statement *s, struct why *why)
{
    struct project_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->id, s->u.project.project, 16);
    ROW_ADD(a->projects, id, 16, row, why);
    return ERR_OK;
}

static enum err apply_policy(struct authority *a, const struct statement *s, struct why *why)
{
    struct project_row *row = authority_project(a, s->u.policy.project);
    struct policy *parsed = NULL;
    enum err e = policy_parse(bytes_str(s->u.policy.text), &parsed, why);
    if (e != ERR_OK)
        return e;
    policy_free(row->policy);
    row->policy = parsed;
    row->version = s->u.policy.version;
    return ERR_OK;
}

static enum err apply_vendor(struct authority *a, const struct statement *s, struct why *why)
{
    struct admission_row *row = authority_admission(a, s->u.vendor.vendor, s->u.vendor.project);
    if (row) {
        row->expires = s->expires;
        return ERR_OK;
    }
    row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, s->u.vendor.vendor, 32);
    memcpy(row->key + 32, s->u.vendor.project, 16);
    row->expires = s->expires;
    ROW_ADD(a->admissions, key, 48, row, why);
    return ERR_OK;
}

static enum err apply_watcher(struct authority *a, const struct statement *s, struct why *why)
{
    struct watcher_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, s->u.watcher.key, 32);
    row->expires = s->expires;
    ROW_ADD(a->watchers, key, 32, row, why);
    return ERR_OK;
}

static enum err apply_member(struct authority *a, const struct statement *s, struct why *why)
{
    struct member_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, s->u.member.project, 16);
    memcpy(row->key + 16, s->u.member.member, 16);
    memcpy(row->vendor, authority_device(a, s->issuer)->vendor, 32);
    row->role = s->u.member.role;
    row->expires = s->expires;
    ROW_ADD(a->members, key, 32, row, why);
    return ERR_OK;
}

static enum err apply_device(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_device *from = &s->u.device;
    struct member_row *m = authority_member(a, from->project, from->member);
    struct authority_device d = { .door = from->door, .device_role = from->role,
                                  .expires = s->expires };
    memcpy(d.key, from->key, 32);
    memcpy(d.member, from->member, 16);
    memcpy(d.vendor, m->vendor, 32);
    enum err e = device_add(a, &d, why);
    if (e != ERR_OK)
        return e;
    struct device_row *old = NULL;
    HASH_FIND(hh, a->devices, from->revokes, 32, old);
    if (old)
        old->d.revoked = true;
    memcpy(m->device, from->key, 32);
    return ERR_OK;
}

static enum err apply_heads(struct authority *a, const struct statement *s, struct why *why)
{
    size_t bytes = s->u.heads.head_count * sizeof *s->u.heads.heads;
    struct statement_head *copy = malloc(bytes ? bytes : 1);
    struct heads_row_kept *row = NULL;
    HASH_FIND(hh, a->heads, s->issuer, 32, row);
    if (!copy)
        return why_nomem(why);
    if (bytes)
        memcpy(copy, s->u.heads.heads, bytes);
    if (!row) {
        row = calloc(1, sizeof *row);
        if (row) {
            memcpy(row->issuer, s->issuer, 32);
            HASH_ADD(hh, a->heads, issuer, 32, row);
        }
        if (!row || !row->hh.tbl) {
            free(row);
            free(copy);
            return why_nomem(why);
        }
    }
    free(row->heads);
    row->heads = copy;
    row->count = s->u.heads.head_count;
    row->created = s->created;
    return ERR_OK;
}

static enum err apply_assignment(struct authority *a, const struct statement *s, struct why *why)
{
    for (size_t i = 0; i < s->u.assignment.record_count; i++) {
        struct assignment_row *row = calloc(1, sizeof *row), *known = NULL;
        if (!row)
            return why_nomem(why);
        memcpy(row->key, s->u.assignment.records[i], 32);
        memcpy(row->key + 32, s->u.assignment.member, 16);
        memcpy(row->key + 48, s->issuer, 32);
        HASH_FIND(hh, a->assignments, row->key, 80, known);
        if (known) {
            free(row);
            continue;
        }
        ROW_ADD(a->assignments, key, 80, row, why);
    }
    return ERR_OK;
}

static enum err apply_root(struct authority *a, const struct statement *s, struct why *why)
{
    struct vendor_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->id, s->id, 32);
    ROW_ADD(a->vendors, id, 32, row, why);
    return root_devices(a, s, ROLE_MANAGER, s->id, why);
}

static enum err apply_effect(struct authority *a, const struct statement *s, struct why *why)
{
    switch (s->kind) {
    case STATEMENT_ROOT: return apply_root(a, s, why);
    case STATEMENT_EPOCH: return apply_epoch(a, s, why);
    case STATEMENT_WATCHER: return apply_watcher(a, s, why);
    case STATEMENT_PROJECT: return apply_project(a, s, why);
    case STATEMENT_POLICY: return apply_policy(a, s, why);
    case STATEMENT_VENDOR: return apply_vendor(a, s, why);
    case STATEMENT_MEMBER: return apply_member(a, s, why);
    case STATEMENT_DEVICE: return apply_device(a, s, why);
    case STATEMENT_HEADS: return apply_heads(a, s, why);
    case STATEMENT_ASSIGNMENT: return apply_assignment(a, s, why);
    default: return ERR_OK; /* facts: their chain is all that is kept */
    }
}

enum err authority_apply(struct authority *a, const struct statement *s, int64_t now_ms,
                         struct why *why)
{
    /* The chain first: an id too many is noticed as a duplicate, an effect without it is not. */
    enum err e = chain_add(a, s, why);
    if (e != ERR_OK)
        return e;
    if (s->expires <= (uint64_t)(now_ms / 1000))
        return ERR_OK;
    e = apply_effect(a, s, why);
    if (e != ERR_OK)
        authority_chain(a, authority_issuer_of(s))->count--;
    return e;
}

static void digest_rows(struct sha256 *h, const struct authority *a)
{
    for (const struct member_row *m = a->members; m; m = m->hh.next) {
        sha256_add(h, bytes_of(m->key, 32));
        sha256_add(h, bytes_of(m->device, 32));
        sha256_add(h, bytes_of(&m->role, sizeof m->role));
    }
    for (const struct admission_row *v = a->admissions; v; v = v->hh.next)
        sha256_add(h, bytes_of(v->key, 48));
    for (const struct project_row *p = a->projects; p; p = p->hh.next) {
        sha256_add(h, bytes_of(p->id, 16));
        sha256_add(h, bytes_of(&p->version, sizeof p->version));
    }
    for (const struct watcher_row *w = a->watchers; w; w = w->hh.next)
        sha256_add(h, bytes_of(w->key, 32));
    for (const struct assignment_row *r = a->assignments; r; r = r->hh.next)
        sha256_add(h, bytes_of(r->key, 80));
    for (const struct heads_row_kept *k = a->heads; k; k = k->hh.next)
        sha256_add(h, bytes_of(&k->created, sizeof k->created));
}

void authority_digest(const struct authority *a, uint8_t out[32])
{
    AUTO_SHA256 struct sha256 *h = sha256_new();
    assert(h);
    sha256_add(h, bytes_of(a->owner, 32));
    for (const struct chain *c = a->chains; c; c = c->hh.next) {
        sha256_add(h, bytes_of(c->issuer, 32));
        sha256_add(h, bytes_of(c->ids, c->count * 32));
        sha256_add(h, bytes_of(c->manifest, 32));
    }
    for (const struct device_row *d = a->devices; d; d = d->hh.next) {
        sha256_add(h, bytes_of(d->d.key, 32));
        sha256_add(h, bytes_of(d->d.vendor, 32));
        sha256_add(h, bytes_of(&d->d.revoked, sizeof d->d.revoked));
    }
    for (size_t i = 0; i < a->epoch_count; i++)
        sha256_add(h, bytes_of(a->epochs[i].id, 32));
    digest_rows(h, a);
    sha256_end(h, out);
}
