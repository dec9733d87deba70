/* What certifies: attestors and their attestations, places of work, access requests, approvals. */
#include "decide/authority_state.h"

#include "base/hex.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];

struct attestor_row *authority_attestor(const struct authority *a, const uint8_t key[32])
{
    struct attestor_row *row = NULL;
    HASH_FIND(hh, a->attestors, key, 32, row);
    return row;
}

/* Is this issuer trusted for that name now? An admin is, for all names. */
static bool trusted(const struct authority *a, const uint8_t issuer[32], const char *name,
                    uint64_t now_s)
{
    const struct attestor_row *row = authority_attestor(a, issuer);
    if (!row)
        return authority_is_admin(a, issuer, now_s);
    for (size_t i = 0; i < row->name_count; i++)
        if (strcmp(row->names[i], name) == 0)
            return !row->revoked && row->expires > now_s;
    return false;
}

static struct attested_key key_of(enum subject what, const uint8_t of[32], const char *name)
{
    struct attested_key key = { .what = (uint8_t)what };
    memcpy(key.of, of, 32);
    memcpy(key.name, name, strlen(name));
    return key;
}

static struct attested_row *attested_find(const struct authority *a,
                                          const struct attested_key *key)
{
    struct attested_row *row = NULL;
    HASH_FIND(hh, a->attested, key, sizeof *key, row);
    return row;
}

static struct access_row *access_find(const struct authority *a, const uint8_t id[32])
{
    struct access_row *row = NULL;
    HASH_FIND(hh, a->accesses, id, 32, row);
    return row;
}

/* --- who may say it --- */

static bool names(const struct statement_withdrawal *w, const struct attested *at)
{
    return w->auditor[0] ? strcmp(at->auditor, w->auditor) == 0
                         : memcmp(at->id, w->attestation, 32) == 0;
}


static enum err check_attestor(const struct authority *a, const struct statement *s,
                               uint64_t now_s, struct why *why)
{
    const uint8_t *key = s->u.attestor.key;
    const struct attestor_row *row = authority_attestor(a, key);
    if (!authority_is_admin(a, s->issuer, now_s))
        return authority_not_entitled(s, why);
    if (authority_device(a, key) || authority_watcher(a, key) || (row && row->revoked))
        return why_set(why, ERR_EXISTS, "the key '%s' is in use, or was revoked",
                       hex_short(key).s);
    return ERR_OK;
}

/* Who issued a named attestation may withdraw it, an admin all; by auditor only an admin. */
static enum err check_withdrawal(const struct authority *a, const struct statement *s,
                                 uint64_t now_s, struct why *why)
{
    const struct statement_withdrawal *w = &s->u.withdrawal;
    const bool named = w->auditor[0] == '\0';
    bool found = false, own = false;
    for (const struct attested_row *row = a->attested; row; row = row->hh.next)
        for (size_t i = 0; i < row->count; i++) {
            const struct attested *at = &row->list[i];
            if (!names(w, at))
                continue;
            found = true;
            own = own || (named && memcmp(at->issuer, s->issuer, 32) == 0);
        }
    if (!own && !authority_is_admin(a, s->issuer, now_s))
        return authority_not_entitled(s, why);
    return found ? ERR_OK : why_set(why, ERR_NOT_FOUND, "there is no such attestation");
}

/* An admin, or the manager of the member's own vendor. */
static enum err check_placement(const struct authority *a, const struct statement *s,
                                uint64_t now_s, struct why *why)
{
    const struct authority_device *by = authority_device(a, s->issuer);
    const struct holder_row *h = authority_holder(a, s->u.placement.member);
    if (!h)
        return why_set(why, ERR_NOT_FOUND, "there is no member '%s'",
                       hex_short(s->u.placement.member).s);
    const bool own = by && by->fixed == ROLE_MANAGER && by->expires > now_s &&
                     memcmp(by->vendor, h->vendor, 32) == 0;
    return own || authority_is_admin(a, s->issuer, now_s) ? ERR_OK : authority_not_entitled(s, why);
}

static enum err check_access(const struct authority *a, const struct statement *s, uint64_t now_s,
                             struct why *why)
{
    if (!authority_project_known(a, s->u.access.project))
        return why_set(why, ERR_NO_PROJECT, "the project is not known here");
    if (!authority_role(a, s->issuer, s->u.access.project, now_s))
        return authority_not_entitled(s, why);
    return ERR_OK;
}

/* Admins and managers with a role in the project approve; nobody what is its own, or twice. */
static enum err check_approval(const struct authority *a, const struct statement *s,
                               uint64_t now_s, struct why *why)
{
    const struct access_row *row = access_find(a, s->u.approval.statement);
    if (!row)
        return why_set(why, ERR_NOT_FOUND, "there is no access request '%s'",
                       hex_short(s->u.approval.statement).s);
    const enum role role = authority_role(a, s->issuer, row->project, now_s);
    const struct authority_device *by = authority_device(a, s->issuer);
    if ((role != ROLE_ADMIN && role != ROLE_MANAGER) || memcmp(by->member, row->member, 16) == 0)
        return authority_not_entitled(s, why);
    for (size_t i = 0; i < row->count; i++)
        if (memcmp(row->approvals[i].member, by->member, 16) == 0)
            return why_set(why, ERR_EXISTS, "the member has approved it already");
    return ERR_OK;
}

enum err authority_attested_entitled(const struct authority *a, const struct statement *s,
                                     uint64_t now_s, struct why *why)
{
    switch (s->kind) {
    case STATEMENT_ATTESTOR:
        return check_attestor(a, s, now_s, why);
    case STATEMENT_ATTESTATION:
        return trusted(a, s->issuer, s->u.attestation.name, now_s) ? ERR_OK
                                                                   : authority_not_entitled(s, why);
    case STATEMENT_WITHDRAWAL:
        return check_withdrawal(a, s, now_s, why);
    case STATEMENT_PLACEMENT:
        return check_placement(a, s, now_s, why);
    case STATEMENT_ACCESS:
        return check_access(a, s, now_s, why);
    default:
        return check_approval(a, s, now_s, why);
    }
}

/* --- effects --- */

/* A second statement about a key says anew what it attests. */
static enum err apply_attestor(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_attestor *from = &s->u.attestor;
    struct attestor_row *row = authority_attestor(a, from->key);
    char (*names)[STATEMENT_WORD_MAX + 1] = calloc(from->name_count, sizeof *names);
    struct attestor_row *fresh = row || !names ? NULL : calloc(1, sizeof *fresh);
    if (fresh) {
        memcpy(fresh->key, from->key, 32);
        if (!HASH_ROW_ADD(a->attestors, key, 32, fresh)) {
            free(fresh);
            fresh = NULL;
        }
        row = fresh;
    }
    if (!names || !row) {
        free(names);
        return why_nomem(why);
    }
    for (size_t i = 0; i < from->name_count; i++)
        memcpy(names[i], from->names[i], strlen(from->names[i]));
    free(row->names);
    row->names = names;
    row->name_count = from->name_count;
    row->expires = s->expires;
    return ERR_OK;
}

static enum err apply_attestation(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_attestation *from = &s->u.attestation;
    const struct attested_key key = key_of(from->what, from->of, from->name);
    struct attested_row *row = attested_find(a, &key);
    char *auditor = strdup(from->auditor);
    if (auditor && !row) {
        row = calloc(1, sizeof *row);
        if (row)
            row->key = key;
        if (row && !HASH_ROW_ADD(a->attested, key, sizeof key, row)) {
            free(row);
            row = NULL;
        }
    }
    if (!auditor || !row ||
        authority_room(&row->list, row->count, &row->room, sizeof *row->list, why) != ERR_OK) {
        if (row && row->count == 0) {
            HASH_DEL(a->attested, row);
            free(row);
        }
        free(auditor);
        return why_nomem(why);
    }
    struct attested *at = &row->list[row->count++];
    *at = (struct attested){ .method = from->method, .auditor = auditor, .from = from->from,
                             .until = from->until };
    memcpy(at->id, s->id, 32);
    memcpy(at->issuer, s->issuer, 32);
    return ERR_OK;
}

bool authority_withdrawn(const struct authority *a, const struct statement_withdrawal *w)
{
    for (const struct attested_row *row = a->attested; row; row = row->hh.next)
        for (size_t i = 0; i < row->count; i++)
            if (names(w, &row->list[i]) && !row->list[i].withdrawn)
                return false;
    return true;
}

static void apply_withdrawal(struct authority *a, const struct statement_withdrawal *w)
{
    for (struct attested_row *row = a->attested; row; row = row->hh.next)
        for (size_t i = 0; i < row->count; i++)
            if (names(w, &row->list[i]))
                row->list[i].withdrawn = true;
}

static enum err apply_access(struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_access *from = &s->u.access;
    struct access_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->id, s->id, 32);
    memcpy(row->member, authority_device(a, s->issuer)->member, 16);
    memcpy(row->project, from->project, 16);
    memcpy(row->purpose, from->purpose, strlen(from->purpose));
    row->from = from->from;
    row->until = from->until;
    if (HASH_ROW_ADD(a->accesses, id, 32, row))
        return ERR_OK;
    free(row);
    return why_nomem(why);
}

static enum err apply_approval(struct authority *a, const struct statement *s, struct why *why)
{
    struct access_row *row = access_find(a, s->u.approval.statement);
    const struct authority_device *by = authority_device(a, s->issuer);
    enum err e = authority_room(&row->approvals, row->count, &row->room, sizeof *row->approvals,
                                why);
    if (e != ERR_OK)
        return e;
    struct access_approval *p = &row->approvals[row->count++];
    memcpy(p->member, by->member, 16);
    memcpy(p->vendor, by->vendor, 32);
    return ERR_OK;
}

enum err authority_attested_effect(struct authority *a, const struct statement *s, struct why *why)
{
    switch (s->kind) {
    case STATEMENT_ATTESTOR:
        return apply_attestor(a, s, why);
    case STATEMENT_ATTESTATION:
        return apply_attestation(a, s, why);
    case STATEMENT_WITHDRAWAL:
        apply_withdrawal(a, &s->u.withdrawal);
        return ERR_OK;
    case STATEMENT_PLACEMENT:
        memcpy(authority_holder(a, s->u.placement.member)->site, s->u.placement.site, 16);
        return ERR_OK;
    case STATEMENT_ACCESS:
        return apply_access(a, s, why);
    default:
        return apply_approval(a, s, why);
    }
}

/* --- what holds now --- */

bool authority_attested(const struct authority *a, const struct authority_device *asker,
                        enum subject what, const char *name, uint64_t now_s)
{
    const struct holder_row *h = authority_holder(a, asker->member);
    uint8_t of[32] = { 0 };
    switch (what) {
    case SUBJECT_VENDOR: memcpy(of, asker->vendor, 32); break;
    case SUBJECT_SITE: memcpy(of, h ? h->site : zeroes, 16); break;
    case SUBJECT_MEMBER: memcpy(of, asker->member, 16); break;
    default: memcpy(of, asker->key, 32); break;
    }
    if (memcmp(of, zeroes, 32) == 0)
        return false;
    const struct attested_key key = key_of(what, of, name);
    const struct attested_row *row = attested_find(a, &key);
    for (size_t i = 0; row && i < row->count; i++) {
        const struct attested *at = &row->list[i];
        if (!at->withdrawn && at->from <= now_s && now_s < at->until &&
            trusted(a, at->issuer, name, now_s))
            return true;
    }
    return false;
}

/* How many different vendors the approvals come from; the owner is one. */
static uint64_t groups_of(const struct access_row *row)
{
    uint64_t groups = 0;
    for (size_t i = 0; i < row->count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = memcmp(row->approvals[j].vendor, row->approvals[i].vendor, 32) == 0;
        groups += !seen;
    }
    return groups;
}

struct authority_approvals authority_approvals(const struct authority *a,
                                               const uint8_t member[16],
                                               const uint8_t project[16], const char *purpose,
                                               uint64_t now_s)
{
    struct authority_approvals best = { 0, 0 };
    for (const struct access_row *row = a->accesses; row; row = row->hh.next) {
        if (memcmp(row->member, member, 16) != 0 || memcmp(row->project, project, 16) != 0 ||
            strcmp(row->purpose, purpose) != 0 || row->from > now_s || row->until <= now_s)
            continue;
        const struct authority_approvals got = { row->count, groups_of(row) };
        if (got.members > best.members ||
            (got.members == best.members && got.groups > best.groups))
            best = got;
    }
    return best;
}
