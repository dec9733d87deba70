/* What takes away: pauses, which can be lifted, and revocations, which cannot. */
#include "decide/authority_state.h"

#include "base/hex.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];

bool authority_is_admin(const struct authority *a, const uint8_t key[32], uint64_t now_s)
{
    const struct authority_device *d = authority_device(a, key);
    return d && d->fixed == ROLE_ADMIN && !(d->revoked && d->revoked_s <= now_s) &&
           d->expires > now_s;
}

/* The device of a manager of a vendor, now; NULL: it is none. */
static const struct authority_device *manager(const struct authority *a, const uint8_t key[32],
                                              uint64_t now_s)
{
    const struct authority_device *d = authority_device(a, key);
    const bool is = d && d->fixed == ROLE_MANAGER && !(d->revoked && d->revoked_s <= now_s) &&
                    d->expires > now_s;
    return is ? d : NULL;
}

/* Does a vendor's manager answer for this member or device? Not for another manager. */
static bool manages(const struct authority *a, const struct authority_device *by,
                    enum subject what, const uint8_t of[32])
{
    if (what == SUBJECT_MEMBER) {
        const struct holder_row *h = authority_holder(a, of);
        return h && !h->fixed && memcmp(h->vendor, by->vendor, 32) == 0;
    }
    const struct authority_device *d = what == SUBJECT_DEVICE ? authority_device(a, of) : NULL;
    return d && !d->fixed && memcmp(d->vendor, by->vendor, 32) == 0;
}

static struct pause_row *pause_find(const struct authority *a, const uint8_t id[32])
{
    struct pause_row *row = NULL;
    HASH_FIND(hh, a->pauses, id, 32, row);
    return row;
}

static enum err check_pause(const struct authority *a, const struct statement *s, uint64_t now_s,
                            struct why *why)
{
    if (authority_is_admin(a, s->issuer, now_s) || authority_is_watcher(a, s->issuer, now_s))
        return ERR_OK;
    const struct authority_device *by = manager(a, s->issuer, now_s);
    if (by && manages(a, by, s->u.pause.what, s->u.pause.of))
        return ERR_OK;
    return authority_not_entitled(s, why);
}

/* A vendor's managers lift what one of them has paused, an admin lifts all. */
static enum err check_resume(const struct authority *a, const struct statement *s, uint64_t now_s,
                             struct why *why)
{
    const struct pause_row *row = pause_find(a, s->u.resume.pause);
    if (!row)
        return why_set(why, ERR_NOT_FOUND, "there is no pause '%s'",
                       hex_short(s->u.resume.pause).s);
    const struct authority_device *by = manager(a, s->issuer, now_s);
    if (authority_is_admin(a, s->issuer, now_s) ||
        (by && memcmp(row->vendor, by->vendor, 32) == 0))
        return ERR_OK;
    return authority_not_entitled(s, why);
}

/* Admins' devices are the root's, and managers' their vendor's root's, or an admin's to revoke. */
static enum err check_revocation(const struct authority *a, const struct statement *s,
                                 uint64_t now_s, struct why *why)
{
    const struct statement_revocation *r = &s->u.revocation;
    const struct authority_device *d =
        r->what == SUBJECT_DEVICE ? authority_device(a, r->of) : NULL;
    const struct holder_row *h = r->what == SUBJECT_MEMBER ? authority_holder(a, r->of) : NULL;
    const bool known = d || h || (r->what == SUBJECT_WATCHER && authority_watcher(a, r->of)) ||
                       (r->what == SUBJECT_ATTESTOR && authority_attestor(a, r->of)) ||
                       (r->what == SUBJECT_VENDOR && authority_vendor_admitted(a, r->of));
    if (!known)
        return why_set(why, ERR_NOT_FOUND, "there is no %s '%s' to revoke",
                       words_name(&words_subject, r->what), hex_short(r->of).s);
    const bool owners_root = (d && d->fixed == ROLE_ADMIN) ||
                             (h && h->fixed && memcmp(h->vendor, zeroes, 32) == 0);
    if (authority_is_admin(a, s->issuer, now_s) && !owners_root)
        return ERR_OK;
    const struct authority_device *by = manager(a, s->issuer, now_s);
    if (by && manages(a, by, r->what, r->of))
        return ERR_OK;
    return authority_not_entitled(s, why);
}

enum err authority_denial_entitled(const struct authority *a, const struct statement *s,
                                   uint64_t now_s, struct why *why)
{
    if (s->kind == STATEMENT_PAUSE)
        return check_pause(a, s, now_s, why);
    return s->kind == STATEMENT_RESUME ? check_resume(a, s, now_s, why)
                                       : check_revocation(a, s, now_s, why);
}

/* --- effects --- */

static enum err apply_pause(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_pause *p = &s->u.pause;
    const struct authority_device *by = authority_device(a, s->issuer);
    if (pause_find(a, s->id))
        return ERR_OK; /* it came before its chain did */
    struct pause_row *row = calloc(1, sizeof *row);
    char *reason = strdup(p->reason);
    if (!row || !reason) {
        free(row);
        free(reason);
        return why_nomem(why);
    }
    memcpy(row->id, s->id, 32);
    if (by)
        memcpy(row->vendor, by->vendor, 32);
    memcpy(row->project, p->project, 16);
    row->what = p->what;
    memcpy(row->of, p->of, 32);
    row->created = s->created;
    row->reason = reason;
    if (HASH_ROW_ADD(a->pauses, id, 32, row))
        return ERR_OK;
    free(reason);
    free(row);
    return why_nomem(why);
}

static void revoke_device(struct authority_device *d, uint64_t since)
{
    if (d->revoked && d->revoked_s <= since)
        return;
    d->revoked = true;
    d->revoked_s = since;
}

static void revoke(struct authority *a, const struct statement_revocation *r, uint64_t since)
{
    struct device_row *device = r->what == SUBJECT_DEVICE ? authority_device_row(a, r->of) : NULL;
    struct attestor_row *attestor =
        r->what == SUBJECT_ATTESTOR ? authority_attestor(a, r->of) : NULL;
    struct watcher_row *watcher = r->what == SUBJECT_WATCHER ? authority_watcher(a, r->of) : NULL;
    if (device)
        revoke_device(&device->d, since);
    if (attestor)
        attestor->revoked = true;
    if (watcher && watcher->expires > since)
        watcher->expires = since;
    if (r->what == SUBJECT_MEMBER) {
        authority_holder(a, r->of)->revoked = true;
        for (size_t i = 0; i < a->enrolled_count; i++)
            if (memcmp(a->enrolled[i]->d.member, r->of, 16) == 0)
                revoke_device(&a->enrolled[i]->d, since);
    }
    for (struct admission_row *row = a->admissions; r->what == SUBJECT_VENDOR && row;
         row = row->hh.next)
        if (memcmp(row->key, r->of, 32) == 0 && row->expires > since)
            row->expires = since;
}

enum err authority_denial_effect(struct authority *a, const struct statement *s, uint64_t now_s,
                                 struct why *why)
{
    if (s->kind == STATEMENT_PAUSE)
        return apply_pause(a, s, why);
    if (s->kind == STATEMENT_RESUME)
        pause_find(a, s->u.resume.pause)->lifted = true;
    else
        revoke(a, &s->u.revocation, s->created < now_s ? s->created : now_s);
    return ERR_OK;
}

static bool admitted_after(const struct authority *a, const uint8_t vendor[32], uint64_t since)
{
    for (const struct admission_row *row = a->admissions; row; row = row->hh.next)
        if (memcmp(row->key, vendor, 32) == 0 && row->expires > since)
            return true;
    return false;
}

static bool revoked_already(const struct authority *a, const struct statement *s)
{
    const uint8_t *of = s->u.revocation.of;
    const struct authority_device *d = authority_device(a, of);
    const struct attestor_row *t = authority_attestor(a, of);
    const struct watcher_row *w = authority_watcher(a, of);
    const struct holder_row *h = authority_holder(a, of);
    switch (s->u.revocation.what) {
    case SUBJECT_DEVICE: return d && d->revoked;
    case SUBJECT_MEMBER: return h && h->revoked;
    case SUBJECT_ATTESTOR: return t && t->revoked;
    case SUBJECT_WATCHER: return w && w->expires <= s->created;
    default: return !admitted_after(a, of, s->created);
    }
}

bool authority_denial_known(const struct authority *a, const struct statement *s)
{
    if (s->kind == STATEMENT_PAUSE)
        return pause_find(a, s->id) != NULL;
    if (s->kind == STATEMENT_WITHDRAWAL)
        return authority_withdrawn(a, &s->u.withdrawal);
    return s->kind == STATEMENT_REVOCATION && revoked_already(a, s);
}

/* --- who is paused --- */

static bool stops(const struct pause_row *row, const struct authority_device *asker,
                  const uint8_t project[16], uint8_t kind)
{
    const bool here = memcmp(row->project, zeroes, 16) == 0 ||
                      memcmp(row->project, project, 16) == 0;
    switch (row->what) {
    case SUBJECT_EVERYTHING: return true;
    case SUBJECT_PROJECT: return memcmp(row->of, project, 16) == 0;
    case SUBJECT_VENDOR: return here && memcmp(row->of, asker->vendor, 32) == 0;
    case SUBJECT_MEMBER: return here && memcmp(row->of, asker->member, 16) == 0;
    case SUBJECT_DEVICE: return here && memcmp(row->of, asker->key, 32) == 0;
    case SUBJECT_KIND: return here && kind != 0 && row->of[0] == kind;
    default: return false;
    }
}

enum err authority_paused(const struct authority *a, const struct authority_device *asker,
                          const uint8_t project[16], uint8_t kind, struct why *why)
{
    for (const struct pause_row *row = a->pauses; row; row = row->hh.next)
        if (!row->lifted && stops(row, asker, project, kind))
            return why_set(why, ERR_PAUSED, "pause '%s' of %s%s%s is in force",
                           hex_short(row->id).s, words_name(&words_subject, row->what),
                           row->reason[0] ? ": " : "", row->reason);
    return ERR_OK;
}

size_t authority_pause_count(const struct authority *a)
{
    return HASH_COUNT(a->pauses);
}

void authority_pauses(const struct authority *a, struct authority_pause *out)
{
    for (const struct pause_row *row = a->pauses; row; row = row->hh.next, out++) {
        *out = (struct authority_pause){ .what = row->what, .created = row->created,
                                         .lifted = row->lifted, .reason = row->reason };
        memcpy(out->id, row->id, 32);
        memcpy(out->of, row->of, 32);
        memcpy(out->project, row->project, 16);
    }
}
