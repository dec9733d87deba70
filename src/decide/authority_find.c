#include "decide/authority.h"

#include "base/hex.h"
#include "decide/authority_state.h"
#include "request/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];

const uint8_t *authority_owner(const struct authority *a)
{
    return a->owner;
}

const uint8_t *authority_issuer_of(const struct statement *s)
{
    return s->kind == STATEMENT_ROOT && s->number == 1 ? s->id : s->issuer;
}

struct chain *authority_chain(const struct authority *a, const uint8_t issuer[32])
{
    struct chain *c = NULL;
    HASH_FIND(hh, a->chains, issuer, 32, c);
    return c;
}

struct member_row *authority_member(const struct authority *a, const uint8_t project[16],
                                    const uint8_t member[16])
{
    uint8_t key[32];
    memcpy(key, project, 16);
    memcpy(key + 16, member, 16);
    struct member_row *m = NULL;
    HASH_FIND(hh, a->members, key, 32, m);
    return m;
}

struct project_row *authority_project(const struct authority *a, const uint8_t project[16])
{
    struct project_row *p = NULL;
    HASH_FIND(hh, a->projects, project, 16, p);
    return p;
}

bool authority_project_known(const struct authority *a, const uint8_t project[16])
{
    return authority_project(a, project) != NULL;
}

struct admission_row *authority_admission(const struct authority *a, const uint8_t vendor[32],
                                          const uint8_t project[16])
{
    uint8_t key[48];
    memcpy(key, vendor, 32);
    memcpy(key + 32, project, 16);
    struct admission_row *row = NULL;
    HASH_FIND(hh, a->admissions, key, 48, row);
    return row;
}

const struct authority_device *authority_device(const struct authority *a, const uint8_t key[32])
{
    struct device_row *row = NULL;
    HASH_FIND(hh, a->devices, key, 32, row);
    return row ? &row->d : NULL;
}

size_t authority_device_count(const struct authority *a)
{
    return HASH_COUNT(a->devices);
}

const struct authority_device *authority_device_at(const struct authority *a, size_t i)
{
    const struct device_row *row = a->devices;
    while (row && i--)
        row = row->hh.next;
    return row ? &row->d : NULL;
}

bool authority_is_watcher(const struct authority *a, const uint8_t key[32], uint64_t now_s)
{
    struct watcher_row *row = NULL;
    HASH_FIND(hh, a->watchers, key, 32, row);
    return row && row->expires > now_s;
}

enum role authority_role(const struct authority *a, const uint8_t key[32],
                         const uint8_t project[16], uint64_t now_s)
{
    const struct authority_device *d = authority_device(a, key);
    if (!d || d->revoked || d->expires <= now_s || !authority_project(a, project))
        return 0;
    if (d->fixed == ROLE_ADMIN)
        return ROLE_ADMIN;
    bool owners = memcmp(d->vendor, zeroes, 32) == 0;
    const struct admission_row *admitted = owners ? NULL : authority_admission(a, d->vendor, project);
    if (!owners && (!admitted || admitted->expires <= now_s))
        return 0;
    if (d->fixed == ROLE_MANAGER)
        return ROLE_MANAGER;
    const struct member_row *m = authority_member(a, project, d->member);
    return m && m->expires > now_s && memcmp(m->vendor, d->vendor, 32) == 0 ? m->role : 0;
}

const struct authority_epoch *authority_epoch(const struct authority *a)
{
    return a->epoch_count ? &a->epochs[a->epoch_count - 1] : NULL;
}

const struct authority_epoch *authority_epoch_by_id(const struct authority *a,
                                                    const uint8_t id[32])
{
    for (size_t i = 0; i < a->epoch_count; i++)
        if (memcmp(a->epochs[i].id, id, 32) == 0)
            return &a->epochs[i];
    return NULL;
}

enum err authority_policy(const struct authority *a, const uint8_t project[16],
                          const struct policy **out, struct why *why)
{
    const struct project_row *p = authority_project(a, project);
    if (!p)
        return why_set(why, ERR_NO_PROJECT, "the project is not known here");
    if (!p->policy)
        return why_set(why, ERR_NO_PROJECT, "the project has no policy: everything is denied");
    *out = p->policy;
    return ERR_OK;
}

static bool assigned_by(const struct authority *a, const uint8_t record[32],
                        const uint8_t member[16], const uint8_t issuer[32])
{
    uint8_t key[80];
    memcpy(key, record, 32);
    memcpy(key + 32, member, 16);
    memcpy(key + 48, issuer, 32);
    struct assignment_row *row = NULL;
    HASH_FIND(hh, a->assignments, key, 80, row);
    return row != NULL;
}

bool authority_assigned(const struct authority *a, const uint8_t record[32],
                        const uint8_t member[16], const uint8_t author[32])
{
    if (assigned_by(a, record, member, author))
        return true;
    const struct authority_device *by_author = authority_device(a, author);
    for (const struct device_row *row = a->devices; row; row = row->hh.next) {
        if (row->d.fixed == 0)
            continue;
        bool counts = row->d.fixed == ROLE_ADMIN ||
                      (by_author && memcmp(by_author->vendor, row->d.vendor, 32) == 0);
        if (counts && assigned_by(a, record, member, row->d.key))
            return true;
    }
    return false;
}

static void head_of(const struct chain *c, struct authority_head *out)
{
    memcpy(out->issuer, c->issuer, 32);
    out->number = c->count;
    memcpy(out->id, c->count ? c->ids[c->count - 1] : zeroes, 32);
    memcpy(out->manifest, c->manifest, 32);
    memcpy(out->manifest_project, c->manifest_project, 16);
}

bool authority_head(const struct authority *a, const uint8_t issuer[32],
                    struct authority_head *out)
{
    const struct chain *c = authority_chain(a, issuer);
    if (c)
        head_of(c, out);
    return c != NULL;
}

const uint8_t *authority_statement_id(const struct authority *a, const uint8_t issuer[32],
                                      uint64_t number)
{
    const struct chain *c = authority_chain(a, issuer);
    return c && number >= 1 && number <= c->count ? c->ids[number - 1] : NULL;
}

size_t authority_issuer_count(const struct authority *a)
{
    return HASH_COUNT(a->chains);
}

void authority_issuer_at(const struct authority *a, size_t i, struct authority_head *out)
{
    const struct chain *c = a->chains;
    while (c && i--)
        c = c->hh.next;
    assert(c);
    head_of(c, out);
}

bool authority_grants(const struct authority *a, const uint8_t issuer[32])
{
    const struct authority_device *d = authority_device(a, issuer);
    if (d)
        return d->fixed != 0;
    struct vendor_row *vendor = NULL;
    HASH_FIND(hh, a->vendors, issuer, 32, vendor);
    return vendor || memcmp(issuer, a->owner, 32) == 0 || authority_is_watcher(a, issuer, 0);
}

static enum err heads_known(const struct authority *a, const struct heads_row_kept *h,
                            struct why *why)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct chain *c = authority_chain(a, h->heads[i].issuer);
        uint64_t have = c ? c->count : 0;
        uint64_t want = h->heads[i].number;
        if (have < want || memcmp(c->ids[want - 1], h->heads[i].statement, 32) != 0)
            return why_set(why, ERR_STALE, "statement %llu of '%s' is named and not known here",
                           (unsigned long long)want, hex_short(h->heads[i].issuer).s);
    }
    return ERR_OK;
}

/* The newest heads of one watcher, or of any admin when `watcher` is NULL. */
static const struct heads_row_kept *heads_newest(const struct authority *a, const uint8_t *watcher)
{
    const struct heads_row_kept *best = NULL;
    for (const struct heads_row_kept *h = a->heads; h; h = h->hh.next) {
        bool fits = watcher ? memcmp(h->issuer, watcher, 32) == 0
                            : authority_device(a, h->issuer) != NULL;
        if (fits && (!best || h->created > best->created))
            best = h;
    }
    return best;
}

static bool heads_fresh(const struct heads_row_kept *h, uint64_t now_s, uint64_t freshness_s)
{
    return h && h->created + freshness_s >= now_s;
}

enum err authority_fresh(const struct authority *a, uint64_t now_s, uint64_t freshness_s,
                         struct why *why)
{
    const struct heads_row_kept *by_hand = heads_newest(a, NULL);
    bool hand_fresh = heads_fresh(by_hand, now_s, freshness_s);
    enum err e = hand_fresh ? heads_known(a, by_hand, why) : ERR_OK;
    if (e != ERR_OK)
        return e;
    size_t live = 0;
    for (const struct watcher_row *w = a->watchers; w; w = w->hh.next) {
        if (w->expires <= now_s)
            continue;
        live++;
        const struct heads_row_kept *h = heads_newest(a, w->key);
        if (heads_fresh(h, now_s, freshness_s))
            e = heads_known(a, h, why);
        else if (!hand_fresh)
            e = why_set(why, ERR_STALE, "watcher '%s' said nothing for %llu s",
                        hex_short(w->key).s, (unsigned long long)freshness_s);
        if (e != ERR_OK)
            return e;
    }
    if (!live && !hand_fresh)
        return why_set(why, ERR_STALE, "no watcher and no admin has signed `heads` lately");
    return ERR_OK;
}

static int by_issuer(const void *a, const void *b)
{
    return memcmp((*(const struct chain *const *)a)->issuer, (*(const struct chain *const *)b)->issuer,
                  32);
}

void authority_heads_rows(const struct authority *a, const uint8_t project[16], struct buf *rows)
{
    size_t count = HASH_COUNT(a->chains), n = 0;
    const struct chain **sorted = malloc((count ? count : 1) * sizeof *sorted);
    if (!sorted) {
        rows->failed = true;
        return;
    }
    for (const struct chain *c = a->chains; c; c = c->hh.next) {
        const struct authority_device *d = authority_device(a, c->issuer);
        if (d && (d->fixed || authority_member(a, project, d->member)))
            sorted[n++] = c;
    }
    qsort(sorted, n, sizeof *sorted, by_issuer);
    for (size_t i = 0; i < n; i++) {
        struct heads_row row = { .number = sorted[i]->count };
        memcpy(row.issuer, sorted[i]->issuer, 32);
        memcpy(row.statement, sorted[i]->ids[sorted[i]->count - 1], 32);
        memcpy(row.manifest, sorted[i]->manifest, 32);
        heads_row_write(&row, rows);
    }
    free(sorted);
}

bool authority_reads_logs(const struct authority *a, const uint8_t key[32], uint64_t now_s)
{
    const struct authority_device *d = authority_device(a, key);
    if (!d || d->revoked || d->expires <= now_s)
        return false;
    if (d->fixed == ROLE_ADMIN)
        return true;
    for (const struct project_row *p = a->projects; p; p = p->hh.next)
        if (authority_role(a, key, p->id, now_s) == ROLE_AUDITOR)
            return true;
    return false;
}
