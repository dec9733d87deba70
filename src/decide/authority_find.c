#include "decide/authority.h"

#include "decide/authority_state.h"

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

struct device_row *authority_device_row(const struct authority *a, const uint8_t key[32])
{
    struct device_row *row = NULL;
    HASH_FIND(hh, a->devices, key, 32, row);
    return row;
}

struct holder_row *authority_holder(const struct authority *a, const uint8_t member[16])
{
    struct holder_row *row = NULL;
    HASH_FIND(hh, a->holders, member, 16, row);
    return row;
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

struct vendor_row *authority_vendor(const struct authority *a, const uint8_t root[32])
{
    struct vendor_row *row = NULL;
    HASH_FIND(hh, a->vendors, root, 32, row);
    return row;
}

bool authority_vendor_admitted(const struct authority *a, const uint8_t root[32])
{
    for (const struct admission_row *row = a->admissions; row; row = row->hh.next)
        if (memcmp(row->key, root, 32) == 0)
            return true;
    return false;
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

struct watcher_row *authority_watcher(const struct authority *a, const uint8_t key[32])
{
    struct watcher_row *row = NULL;
    HASH_FIND(hh, a->watchers, key, 32, row);
    return row;
}

struct assignment_row *authority_assignment(const struct authority *a, const uint8_t project[16],
                                            const uint8_t record[32], const uint8_t member[16])
{
    uint8_t key[64];
    memcpy(key, project, 16);
    memcpy(key + 16, record, 32);
    memcpy(key + 48, member, 16);
    struct assignment_row *row = NULL;
    HASH_FIND(hh, a->assignments, key, 64, row);
    return row;
}

const struct authority_device *authority_device(const struct authority *a, const uint8_t key[32])
{
    const struct device_row *row = authority_device_row(a, key);
    return row ? &row->d : NULL;
}

size_t authority_device_count(const struct authority *a)
{
    return a->enrolled_count;
}

const struct authority_device *authority_device_at(const struct authority *a, size_t i)
{
    return i < a->enrolled_count ? &a->enrolled[i]->d : NULL;
}

bool authority_is_watcher(const struct authority *a, const uint8_t key[32], uint64_t now_s)
{
    const struct watcher_row *row = authority_watcher(a, key);
    return row && row->expires > now_s;
}

bool authority_project_known(const struct authority *a, const uint8_t project[16])
{
    return authority_project(a, project) != NULL;
}

enum role authority_role(const struct authority *a, const uint8_t key[32],
                         const uint8_t project[16], uint64_t now_s)
{
    const struct authority_device *d = authority_device(a, key);
    if (!d || (d->revoked && d->revoked_s <= now_s) || d->expires <= now_s ||
        !authority_project(a, project))
        return 0;
    if (d->fixed == ROLE_ADMIN)
        return ROLE_ADMIN;
    if (memcmp(d->vendor, zeroes, 32) != 0) {
        const struct admission_row *admitted = authority_admission(a, d->vendor, project);
        if (!admitted || admitted->expires <= now_s)
            return 0;
    }
    if (d->fixed == ROLE_MANAGER)
        return ROLE_MANAGER;
    const struct member_row *m = authority_member(a, project, d->member);
    return m && m->expires > now_s ? m->role : 0;
}

bool authority_may_author(const struct authority *a, const uint8_t key[32],
                          const uint8_t project[16], uint8_t kind)
{
    const struct authority_device *d = authority_device(a, key);
    const struct project_row *p = authority_project(a, project);
    if (!d || !p || !p->policy)
        return false;
    enum role role = d->fixed;
    if (role == ROLE_MANAGER && !authority_admission(a, d->vendor, project))
        return false;
    const struct member_row *m = role ? NULL : authority_member(a, project, d->member);
    if (m)
        role = m->role;
    return role && policy_may_author(p->policy, role, kind);
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
                          uint64_t now_s, const struct policy **out, struct why *why)
{
    const struct project_row *p = authority_project(a, project);
    if (!p)
        return why_set(why, ERR_NO_PROJECT, "the project is not known here");
    if (!p->policy)
        return why_set(why, ERR_NO_PROJECT, "the project has no policy: everything is denied");
    if (p->expires <= now_s)
        return why_set(why, ERR_NO_PROJECT, "the project's policy has expired: all is denied");
    *out = p->policy;
    return ERR_OK;
}

/* May this issuer assign records of that author? */
static bool assigner_counts(const struct assigner *by, const uint8_t author[32],
                            const struct authority_device *author_device)
{
    if (by->role == ROLE_ADMIN || memcmp(by->by->d.key, author, 32) == 0)
        return true;
    if (by->role != ROLE_MANAGER || !author_device)
        return false;
    const uint8_t *vendor = by->by->d.vendor;
    return memcmp(vendor, zeroes, 32) == 0 || memcmp(vendor, author_device->vendor, 32) == 0;
}

bool authority_assigned(const struct authority *a, const uint8_t project[16],
                        const uint8_t record[32], const uint8_t member[16],
                        const uint8_t author[32], uint64_t now_s)
{
    const struct assignment_row *row = authority_assignment(a, project, record, member);
    if (!row)
        return false;
    const struct authority_device *author_device = authority_device(a, author);
    for (size_t i = 0; i < row->count; i++)
        if (row->by[i].expires > now_s && assigner_counts(&row->by[i], author, author_device))
            return true;
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
    return a->issuer_count;
}

void authority_issuer_at(const struct authority *a, size_t i, struct authority_head *out)
{
    assert(i < a->issuer_count);
    head_of(a->issuers[i], out);
}

bool authority_reads_logs(const struct authority *a, const uint8_t key[32], uint64_t now_s)
{
    for (const struct project_row *p = a->projects; p; p = p->hh.next)
        if (authority_role(a, key, p->id, now_s) == ROLE_AUDITOR)
            return true;
    const struct authority_device *d = authority_device(a, key);
    return d && d->fixed == ROLE_ADMIN && d->expires > now_s;
}

bool authority_grants(const struct authority *a, const uint8_t issuer[32])
{
    const struct authority_device *d = authority_device(a, issuer);
    if (d)
        return d->fixed != 0;
    const struct vendor_row *vendor = authority_vendor(a, issuer);
    return (vendor && vendor->active) || memcmp(issuer, a->owner, 32) == 0 ||
           authority_watcher(a, issuer) != NULL;
}
