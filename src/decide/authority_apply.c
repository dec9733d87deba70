#include "decide/authority_state.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];

/* --- devices and the handles they go by --- */

static enum err holder_add(struct authority *a, const uint8_t member[16], const uint8_t vendor[32],
                           bool fixed, struct why *why)
{
    struct holder_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->member, member, 16);
    memcpy(row->vendor, vendor, 32);
    row->fixed = fixed;
    if (HASH_ROW_ADD(a->holders, member, 16, row))
        return ERR_OK;
    free(row);
    return why_nomem(why);
}

static void holder_drop(struct authority *a, const uint8_t member[16])
{
    struct holder_row *row = authority_holder(a, member);
    HASH_DEL(a->holders, row);
    free(row);
}

static enum err device_add(struct authority *a, const struct authority_device *d, struct why *why)
{
    enum err e = authority_room(&a->enrolled, a->enrolled_count, &a->enrolled_room,
                                sizeof *a->enrolled, why);
    struct device_row *row = e == ERR_OK ? calloc(1, sizeof *row) : NULL;
    if (!row)
        return why_nomem(why);
    row->d = *d;
    row->made_holder = authority_holder(a, d->member) == NULL;
    if (row->made_holder)
        e = holder_add(a, d->member, d->vendor, d->fixed != 0, why);
    if (e == ERR_OK && HASH_ROW_ADD(a->devices, d.key, 32, row)) {
        row->place = a->enrolled_count;
        a->enrolled[a->enrolled_count++] = row;
        return ERR_OK;
    }
    if (e == ERR_OK && row->made_holder)
        holder_drop(a, d->member);
    free(row);
    return why_nomem(why);
}

/* Undoes the newest device_add. */
static void device_drop(struct authority *a)
{
    struct device_row *row = a->enrolled[--a->enrolled_count];
    if (row->made_holder)
        holder_drop(a, row->d.member);
    HASH_DEL(a->devices, row);
    free(row);
}

/* A root may name what it likes: keys and handles stay with whom they are. */
static bool root_device_free(const struct authority *a, const struct statement_root_device *d,
                             const uint8_t vendor[32])
{
    const struct holder_row *holder = authority_holder(a, d->member);
    bool handle = !holder || (holder->fixed && memcmp(holder->vendor, vendor, 32) == 0);
    return handle && !authority_device_row(a, d->key) && !authority_watcher(a, d->key);
}

enum err authority_enrol_root(struct authority *a, const struct statement_root_device *devices,
                              size_t count, const struct authority_device *like, struct why *why)
{
    const size_t before = a->enrolled_count;
    for (size_t i = 0; i < count; i++) {
        struct authority_device d = *like;
        d.door = devices[i].door;
        d.device_role = devices[i].role;
        memcpy(d.key, devices[i].key, 32);
        memcpy(d.member, devices[i].member, 16);
        if (!root_device_free(a, &devices[i], like->vendor))
            continue;
        if (device_add(a, &d, why) != ERR_OK) {
            while (a->enrolled_count > before)
                device_drop(a);
            return why_nomem(why);
        }
    }
    return ERR_OK;
}

/* --- vendors: root and admission come in either order --- */

static enum err vendor_activate(struct authority *a, struct vendor_row *v, struct why *why)
{
    if (v->active)
        return ERR_OK;
    struct authority_device like = { .fixed = ROLE_MANAGER, .expires = v->expires };
    memcpy(like.vendor, v->id, 32);
    enum err e = authority_enrol_root(a, v->devices, v->device_count, &like, why);
    v->active = e == ERR_OK;
    return e;
}

static void vendor_drop(struct authority *a, struct vendor_row *row)
{
    if (row->hh.tbl)
        HASH_DEL(a->vendors, row);
    free(row->devices);
    free(row);
}

static enum err apply_root(struct authority *a, const struct statement *s, struct why *why)
{
    const size_t count = s->u.root.device_count;
    struct vendor_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->id, s->id, 32);
    row->expires = s->expires;
    row->device_count = count;
    row->devices = calloc(count ? count : 1, sizeof *row->devices);
    if (!row->devices || !HASH_ROW_ADD(a->vendors, id, 32, row)) {
        row->hh.tbl = NULL;
        vendor_drop(a, row);
        return why_nomem(why);
    }
    if (count)
        memcpy(row->devices, s->u.root.devices, count * sizeof *row->devices);
    enum err e = authority_vendor_admitted(a, s->id) ? vendor_activate(a, row, why) : ERR_OK;
    if (e != ERR_OK)
        vendor_drop(a, row);
    return e;
}

static enum err apply_vendor(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_vendor *v = &s->u.vendor;
    struct admission_row *row = authority_admission(a, v->vendor, v->project);
    if (row) {
        row->expires = s->expires;
        return ERR_OK;
    }
    row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, v->vendor, 32);
    memcpy(row->key + 32, v->project, 16);
    row->expires = s->expires;
    if (!HASH_ROW_ADD(a->admissions, key, 48, row)) {
        free(row);
        return why_nomem(why);
    }
    struct vendor_row *root = authority_vendor(a, v->vendor);
    enum err e = root ? vendor_activate(a, root, why) : ERR_OK;
    if (e != ERR_OK) {
        HASH_DEL(a->admissions, row);
        free(row);
    }
    return e;
}

/* --- members and their devices --- */

static enum err apply_member(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_member *m = &s->u.member;
    const uint8_t *vendor = authority_device(a, s->issuer)->vendor;
    struct member_row *row = authority_member(a, m->project, m->member);
    if (row) { /* expired, and enrolled again */
        row->role = m->role;
        row->expires = s->expires;
        return ERR_OK;
    }
    bool fresh = !authority_holder(a, m->member);
    row = calloc(1, sizeof *row);
    if (!row || (fresh && holder_add(a, m->member, vendor, false, why) != ERR_OK)) {
        free(row);
        return why_nomem(why);
    }
    memcpy(row->key, m->project, 16);
    memcpy(row->key + 16, m->member, 16);
    memcpy(row->vendor, authority_holder(a, m->member)->vendor, 32);
    row->role = m->role;
    row->expires = s->expires;
    if (HASH_ROW_ADD(a->members, key, 32, row))
        return ERR_OK;
    if (fresh)
        holder_drop(a, m->member);
    free(row);
    return why_nomem(why);
}

static enum err apply_device(struct authority *a, const struct statement *s, uint64_t now_s,
                             struct why *why)
{
    const struct statement_device *from = &s->u.device;
    struct holder_row *holder = authority_holder(a, from->member);
    struct device_row *row = authority_device_row(a, from->key);
    struct device_row *old = authority_device_row(a, from->revokes);
    struct authority_device d = { .door = from->door, .device_role = from->role,
                                  .expires = s->expires };
    memcpy(d.key, from->key, 32);
    memcpy(d.member, from->member, 16);
    memcpy(d.vendor, holder->vendor, 32);
    if (row) /* expired, and enrolled again */
        row->d = d;
    else if (device_add(a, &d, why) != ERR_OK)
        return why_nomem(why);
    if (old) {
        old->d.revoked = true;
        old->d.revoked_s = s->created < now_s ? s->created : now_s;
    }
    memcpy(holder->device, from->key, 32);
    return ERR_OK;
}

/* --- assignments --- */

/* Room for one more assigner of every record; rows that are new have none. */
static enum err assignment_reserve(struct authority *a, const struct statement_assignment *from,
                                   const uint8_t record[32], struct why *why)
{
    struct assignment_row *row = authority_assignment(a, from->project, record, from->member);
    if (!row) {
        row = calloc(1, sizeof *row);
        if (!row)
            return why_nomem(why);
        memcpy(row->key, from->project, 16);
        memcpy(row->key + 16, record, 32);
        memcpy(row->key + 48, from->member, 16);
        if (!HASH_ROW_ADD(a->assignments, key, 64, row)) {
            free(row);
            return why_nomem(why);
        }
    }
    return authority_room(&row->by, row->count, &row->room, sizeof *row->by, why);
}

static enum err apply_assignment(struct authority *a, const struct statement *s, uint64_t now_s,
                                 struct why *why)
{
    const struct statement_assignment *from = &s->u.assignment;
    const uint64_t said_s = s->created < now_s ? s->created : now_s;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < from->record_count; i++)
        e = assignment_reserve(a, from, from->records[i], why);
    const struct assigner by = { .by = authority_device_row(a, s->issuer),
                                 .role = authority_role(a, s->issuer, from->project, said_s),
                                 .expires = s->expires };
    for (size_t i = 0; i < from->record_count; i++) {
        struct assignment_row *row =
            authority_assignment(a, from->project, from->records[i], from->member);
        if (row && e == ERR_OK) {
            row->by[row->count++] = by;
        } else if (row && row->count == 0) {
            HASH_DEL(a->assignments, row);
            free(row->by);
            free(row);
        }
    }
    return e;
}

/* --- the rest --- */

static enum err apply_epoch(struct authority *a, const struct statement *s, struct why *why)
{
    struct authority_epoch *epochs = reallocarray(a->epochs, a->epoch_count + 1, sizeof *epochs);
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
    if (HASH_ROW_ADD(a->projects, id, 16, row))
        return ERR_OK;
    free(row);
    return why_nomem(why);
}

static enum err apply_policy(struct authority *a, const struct statement *s, struct why *why)
{
    struct project_row *row = authority_project(a, s->u.policy.project);
    const size_t bytes = strlen(s->u.policy.text) + 1;
    struct policy *parsed = NULL;
    char *text = malloc(bytes);
    if (!text)
        return why_nomem(why);
    enum err e = policy_parse(bytes_str(s->u.policy.text), &parsed, why);
    if (e != ERR_OK) {
        free(text);
        return e;
    }
    memcpy(text, s->u.policy.text, bytes);
    policy_free(row->policy);
    free(row->text);
    row->policy = parsed;
    row->text = text;
    row->version = s->u.policy.version;
    row->expires = s->expires;
    return ERR_OK;
}

static enum err apply_watcher(struct authority *a, const struct statement *s, struct why *why)
{
    struct watcher_row *row = authority_watcher(a, s->u.watcher.key);
    if (row) { /* expired, and named again */
        row->expires = s->expires;
        return ERR_OK;
    }
    row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, s->u.watcher.key, 32);
    row->expires = s->expires;
    if (HASH_ROW_ADD(a->watchers, key, 32, row))
        return ERR_OK;
    free(row);
    return why_nomem(why);
}

static enum err apply_heads(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_heads *from = &s->u.heads;
    struct heads_row_kept *row = NULL;
    HASH_FIND(hh, a->heads, s->issuer, 32, row);
    struct statement_head *copy = calloc(from->head_count ? from->head_count : 1, sizeof *copy);
    if (!copy)
        return why_nomem(why);
    if (from->head_count)
        memcpy(copy, from->heads, from->head_count * sizeof *copy);
    if (!row) {
        row = calloc(1, sizeof *row);
        if (row)
            memcpy(row->issuer, s->issuer, 32);
        if (!row || !HASH_ROW_ADD(a->heads, issuer, 32, row)) {
            free(row);
            free(copy);
            return why_nomem(why);
        }
    }
    free(row->heads);
    row->heads = copy;
    row->count = from->head_count;
    row->created = s->created;
    row->expires = s->expires;
    return ERR_OK;
}

enum err authority_effect(struct authority *a, const struct statement *s, uint64_t now_s,
                          struct why *why)
{
    assert(s->kind != STATEMENT_ROOT || memcmp(s->issuer, zeroes, 32) == 0);
    switch (s->kind) {
    case STATEMENT_ROOT: return apply_root(a, s, why);
    case STATEMENT_EPOCH: return apply_epoch(a, s, why);
    case STATEMENT_WATCHER: return apply_watcher(a, s, why);
    case STATEMENT_PROJECT: return apply_project(a, s, why);
    case STATEMENT_POLICY: return apply_policy(a, s, why);
    case STATEMENT_VENDOR: return apply_vendor(a, s, why);
    case STATEMENT_MEMBER: return apply_member(a, s, why);
    case STATEMENT_DEVICE: return apply_device(a, s, now_s, why);
    case STATEMENT_HEADS: return apply_heads(a, s, why);
    case STATEMENT_ASSIGNMENT: return apply_assignment(a, s, now_s, why);
    case STATEMENT_PAUSE:
    case STATEMENT_RESUME:
    case STATEMENT_REVOCATION: return authority_denial_effect(a, s, now_s, why);
    case STATEMENT_ATTESTOR:
    case STATEMENT_ATTESTATION:
    case STATEMENT_WITHDRAWAL:
    case STATEMENT_PLACEMENT:
    case STATEMENT_ACCESS:
    case STATEMENT_APPROVAL: return authority_attested_effect(a, s, why);
    default: return ERR_OK; /* facts: their chain is all that is kept */
    }
}
