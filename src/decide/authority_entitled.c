#include "decide/authority_state.h"

#include "base/hex.h"

#include <string.h>

static const uint8_t zeroes[32];

enum err authority_not_entitled(const struct statement *s, struct why *why)
{
    return why_set(why, ERR_NOT_ENTITLED, "'%s' may not issue such a statement of kind '%s'",
                   hex_short(s->issuer).s, statement_kind_name(s->kind));
}

static enum err no_project(const struct statement *s, struct why *why)
{
    return why_set(why, ERR_NO_PROJECT, "project '%s' is not known here",
                   hex_short(statement_project_of(s)).s);
}

static enum err check_policy(const struct authority *a, const struct statement *s, struct why *why)
{
    const struct statement_policy *from = &s->u.policy;
    const struct project_row *p = authority_project(a, from->project);
    if (!p)
        return no_project(s, why);
    if (from->version != p->version + 1)
        return why_set(why, ERR_EXISTS, "the next policy of the project has version %llu",
                       (unsigned long long)(p->version + 1));
    struct policy *parsed = NULL;
    enum err e = policy_parse(bytes_str(from->text), &parsed, why);
    if (e != ERR_OK)
        return e;
    uint64_t version = policy_version(parsed);
    policy_free(parsed);
    if (version != from->version)
        return why_set(why, ERR_POLICY, "the text says version %llu, the statement %llu",
                       (unsigned long long)version, (unsigned long long)from->version);
    return ERR_OK;
}

static enum err check_epoch(const struct authority *a, const struct statement *s, struct why *why)
{
    const uint64_t next = a->epoch_count ? a->epochs[a->epoch_count - 1].number + 1 : 1;
    if (s->u.epoch.epoch != next)
        return why_set(why, ERR_EXISTS, "the next epoch is number %llu", (unsigned long long)next);
    if (s->u.epoch.cosigners > 0)
        return why_set(why, ERR_UNSUPPORTED, "witnesses with a threshold are not built yet");
    if (next > 1)
        return why_set(why, ERR_UNSUPPORTED, "a second epoch (re-key) is not built yet");
    return ERR_OK;
}

static enum err check_watcher(const struct authority *a, const struct statement *s, uint64_t now_s,
                              struct why *why)
{
    const uint8_t *key = s->u.watcher.key;
    if (authority_device(a, key) || authority_is_watcher(a, key, now_s) ||
        authority_attestor(a, key))
        return why_set(why, ERR_EXISTS, "the key '%s' is in use", hex_short(key).s);
    return ERR_OK;
}

static enum err check_admin(const struct authority *a, const struct statement *s,
                            const struct authority_device *by, uint64_t now_s, struct why *why)
{
    if (by->fixed != ROLE_ADMIN || by->expires <= now_s)
        return authority_not_entitled(s, why);
    switch (s->kind) {
    case STATEMENT_EPOCH:
        return check_epoch(a, s, why);
    case STATEMENT_POLICY:
        return check_policy(a, s, why);
    case STATEMENT_WATCHER:
        return check_watcher(a, s, now_s, why);
    case STATEMENT_PROJECT:
        if (authority_project(a, s->u.project.project))
            return why_set(why, ERR_EXISTS, "the project exists already");
        return ERR_OK;
    default: /* STATEMENT_VENDOR: its root may come later */
        return authority_project(a, s->u.vendor.project) ? ERR_OK : no_project(s, why);
    }
}

/* An admin enrols any role but its own; a manager of a vendor annotators and reviewers. */
static bool may_enrol(const struct authority *a, const struct authority_device *by,
                      const uint8_t project[16], enum role role, uint64_t now_s)
{
    const enum role own = authority_role(a, by->key, project, now_s);
    if (own == ROLE_ADMIN)
        return role != ROLE_ADMIN;
    return own == ROLE_MANAGER && by->fixed == ROLE_MANAGER &&
           (role == ROLE_ANNOTATOR || role == ROLE_REVIEWER);
}

static enum err check_member(const struct authority *a, const struct statement *s,
                             const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const struct statement_member *m = &s->u.member;
    const struct member_row *row = authority_member(a, m->project, m->member);
    const struct holder_row *holder = authority_holder(a, m->member);
    if (!authority_project(a, m->project))
        return no_project(s, why);
    if (!may_enrol(a, by, m->project, m->role, now_s))
        return authority_not_entitled(s, why);
    if (row && row->expires > now_s)
        return why_set(why, ERR_EXISTS, "the member is enrolled in that project already");
    if (holder && holder->revoked)
        return why_set(why, ERR_REVOKED, "the member was revoked for good");
    if (holder && (holder->fixed || memcmp(holder->vendor, by->vendor, 32) != 0))
        return why_set(why, ERR_EXISTS, "the member's handle is somebody else's");
    return ERR_OK;
}

/* Is the member's newest device to be replaced, and by this statement? */
static enum err check_second(const struct authority *a, const struct statement_device *d,
                             uint64_t now_s, struct why *why)
{
    const uint8_t *first = authority_holder(a, d->member)->device;
    const struct authority_device *row = authority_device(a, first);
    const bool live = row && !row->revoked && row->expires > now_s;
    if (memcmp(d->revokes, zeroes, 32) == 0) {
        if (live && memcmp(first, d->key, 32) != 0)
            return why_set(why, ERR_SECOND_DEVICE, "the member has a device: '%s'",
                           hex_short(first).s);
        return ERR_OK;
    }
    if (memcmp(d->revokes, first, 32) != 0 || memcmp(d->revokes, d->key, 32) == 0)
        return why_set(why, ERR_NOT_FOUND, "the device to revoke, '%s', is not the member's newest",
                       hex_short(d->revokes).s);
    return ERR_OK;
}

static enum err check_device(const struct authority *a, const struct statement *s,
                             const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const struct statement_device *d = &s->u.device;
    const struct member_row *m = authority_member(a, d->project, d->member);
    if (!authority_project(a, d->project))
        return no_project(s, why);
    if (!m)
        return why_set(why, ERR_NOT_FOUND, "the device's member is not enrolled in that project");
    if (authority_holder(a, d->member)->revoked)
        return why_set(why, ERR_REVOKED, "the member was revoked for good");
    if (!may_enrol(a, by, d->project, m->role, now_s) ||
        (by->fixed != ROLE_ADMIN && memcmp(m->vendor, by->vendor, 32) != 0))
        return authority_not_entitled(s, why);
    const struct authority_device *known = authority_device(a, d->key);
    const bool again = known && !known->revoked && known->fixed == 0 && known->expires <= now_s &&
                       memcmp(known->member, d->member, 16) == 0;
    if ((known && !again) || authority_watcher(a, d->key) || authority_attestor(a, d->key))
        return why_set(why, ERR_EXISTS, "the device '%s' is enrolled already",
                       hex_short(d->key).s);
    return check_second(a, d, now_s, why);
}

/* What an enrolled device says of its work. Whether it fits the task is the queue's to check, and
 * whether an assignment counts is known only with the record's header. */
static enum err check_work(const struct authority *a, const struct statement *s,
                           const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const uint8_t *project = statement_project_of(s);
    if (!authority_project(a, project))
        return no_project(s, why);
    const enum role role = authority_role(a, by->key, project, now_s);
    bool ok = role != 0;
    if (s->kind == STATEMENT_ACT && s->u.act.act == WORK_SUBMITTED)
        ok = role == ROLE_ANNOTATOR;
    else if (s->kind == STATEMENT_ACT)
        ok = role == ROLE_REVIEWER || role == ROLE_MANAGER || role == ROLE_ADMIN;
    return ok ? ERR_OK : authority_not_entitled(s, why);
}

static enum err check_root(const struct statement *s, struct why *why)
{
    if (s->number != 1)
        return why_set(why, ERR_UNSUPPORTED, "a root statement after the first is not built yet");
    if (s->u.root.party != PARTY_VENDOR)
        return why_set(why, ERR_UNKNOWN_OWNER, "it is another owner's root");
    return ERR_OK;
}

static enum err check_heads(const struct authority *a, const struct statement *s,
                            const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const bool ok = by ? by->fixed == ROLE_ADMIN && by->expires > now_s
                       : authority_is_watcher(a, s->issuer, now_s);
    return ok ? ERR_OK : authority_not_entitled(s, why);
}

enum err authority_entitled(const struct authority *a, const struct statement *s, uint64_t now_s,
                            struct why *why)
{
    if (s->kind == STATEMENT_ROOT)
        return check_root(s, why);
    if (s->kind >= STATEMENT_PAUSE && s->kind <= STATEMENT_REVOCATION)
        return authority_denial_entitled(a, s, now_s, why);
    if (s->kind >= STATEMENT_ATTESTOR)
        return authority_attested_entitled(a, s, now_s, why);
    const struct authority_device *by = authority_device(a, s->issuer);
    if (s->kind == STATEMENT_HEADS || !by)
        return s->kind == STATEMENT_HEADS ? check_heads(a, s, by, now_s, why)
                                          : authority_not_entitled(s, why);
    /* What only reports is taken as of its own date: nobody gains by an older one. */
    if ((s->kind == STATEMENT_MANIFEST || s->kind == STATEMENT_RECEIPT) && s->created < now_s)
        now_s = s->created;
    if (by->revoked && by->revoked_s <= now_s)
        return why_set(why, ERR_REVOKED, "the device '%s' was revoked", hex_short(s->issuer).s);
    switch (s->kind) {
    case STATEMENT_MEMBER:
        return check_member(a, s, by, now_s, why);
    case STATEMENT_DEVICE:
        return check_device(a, s, by, now_s, why);
    case STATEMENT_ASSIGNMENT:
    case STATEMENT_MANIFEST:
    case STATEMENT_ACT:
    case STATEMENT_RECEIPT:
        return check_work(a, s, by, now_s, why);
    default:
        return check_admin(a, s, by, now_s, why);
    }
}
