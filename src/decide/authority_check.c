#include "decide/authority.h"

#include "base/hex.h"
#include "decide/authority_state.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_CLOCK_SECONDS = 120 };

static const uint8_t zeroes[32];

static enum err not_entitled(const struct statement *s, struct why *why)
{
    return why_set(why, ERR_NOT_ENTITLED, "'%s' may not issue a statement of kind '%s'",
                   hex_short(s->issuer).s, statement_kind_name(s->kind));
}

/* Known, next, gap or fork? */
static enum err check_chain(const struct authority *a, const struct statement *s, struct why *why)
{
    const struct chain *c = authority_chain(a, authority_issuer_of(s));
    uint64_t have = c ? c->count : 0;
    const char *who = hex_short(authority_issuer_of(s)).s;
    char name[16];
    (void)snprintf(name, sizeof name, "%s", who);
    if (s->number <= have) {
        if (memcmp(c->ids[s->number - 1], s->id, 32) == 0)
            return why_set(why, ERR_DUPLICATE, "statement %llu of '%s' is known",
                           (unsigned long long)s->number, name);
        return why_set(why, ERR_CHAIN_FORK, "'%s' signed two statements number %llu", name,
                       (unsigned long long)s->number);
    }
    if (s->number > have + 1)
        return why_set(why, ERR_CHAIN_GAP, "statement %llu of '%s' is missing",
                       (unsigned long long)(have + 1), name);
    const uint8_t *previous = have ? c->ids[have - 1] : zeroes;
    if (memcmp(previous, s->previous, 32) != 0)
        return why_set(why, ERR_CHAIN_FORK, "statement %llu of '%s' continues another chain",
                       (unsigned long long)s->number, name);
    return ERR_OK;
}

static enum err check_policy(const struct authority *a, const struct statement *s, struct why *why)
{
    const struct project_row *p = authority_project(a, s->u.policy.project);
    if (!p)
        return why_set(why, ERR_NO_PROJECT, "the policy's project is not known");
    if (s->u.policy.version != p->version + 1)
        return why_set(why, ERR_EXISTS, "the next policy has version %llu",
                       (unsigned long long)(p->version + 1));
    struct policy *parsed = NULL;
    enum err e = policy_parse(bytes_str(s->u.policy.text), &parsed, why);
    if (e != ERR_OK)
        return e;
    uint64_t version = policy_version(parsed);
    policy_free(parsed);
    if (version != s->u.policy.version)
        return why_set(why, ERR_POLICY, "the text says version %llu, the statement %llu",
                       (unsigned long long)version, (unsigned long long)s->u.policy.version);
    return ERR_OK;
}

static enum err check_epoch(const struct authority *a, const struct statement *s, struct why *why)
{
    uint64_t next = a->epoch_count ? a->epochs[a->epoch_count - 1].number + 1 : 1;
    if (s->u.epoch.epoch != next)
        return why_set(why, ERR_EXISTS, "the next epoch is number %llu", (unsigned long long)next);
    if (s->u.epoch.cosigners > 0)
        return why_set(why, ERR_UNSUPPORTED, "witnesses with a threshold are not built yet");
    if (next > 1)
        return why_set(why, ERR_UNSUPPORTED, "a second epoch (re-key) is not built yet");
    return ERR_OK;
}

/* Who may enrol: an admin any role but admin; a manager annotators and reviewers, where admitted. */
static bool may_enrol(const struct authority *a, const struct authority_device *by,
                      const uint8_t project[16], enum role role, uint64_t now_s)
{
    enum role own = authority_role(a, by->key, project, now_s);
    if (own == ROLE_ADMIN)
        return role != ROLE_ADMIN;
    return own == ROLE_MANAGER && (role == ROLE_ANNOTATOR || role == ROLE_REVIEWER);
}

static enum err check_member(const struct authority *a, const struct statement *s,
                             const struct authority_device *by, uint64_t now_s, struct why *why)
{
    if (!authority_project(a, s->u.member.project))
        return why_set(why, ERR_NO_PROJECT, "the member's project is not known");
    if (!may_enrol(a, by, s->u.member.project, s->u.member.role, now_s))
        return not_entitled(s, why);
    if (authority_member(a, s->u.member.project, s->u.member.member))
        return why_set(why, ERR_EXISTS, "the member is enrolled in that project already");
    return ERR_OK;
}

static enum err check_device(const struct authority *a, const struct statement *s,
                             const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const struct statement_device *d = &s->u.device;
    const struct member_row *m = authority_member(a, d->project, d->member);
    if (!m)
        return why_set(why, ERR_NOT_FOUND, "the device's member is not enrolled in that project");
    if (!may_enrol(a, by, d->project, m->role, now_s) || memcmp(m->vendor, by->vendor, 32) != 0)
        return not_entitled(s, why);
    if (authority_device(a, d->key) || authority_is_watcher(a, d->key, 0))
        return why_set(why, ERR_EXISTS, "the device '%s' is enrolled already",
                       hex_short(d->key).s);
    if (memcmp(m->device, d->revokes, 32) != 0)
        return memcmp(d->revokes, zeroes, 32) == 0
                   ? why_set(why, ERR_SECOND_DEVICE, "the member has a device: '%s'",
                             hex_short(m->device).s)
                   : why_set(why, ERR_NOT_FOUND, "the device to revoke is not the member's");
    return ERR_OK;
}

/* What an enrolled device may say about work. Whose submission it is, is the queue's to check. */
static enum err check_work(const struct authority *a, const struct statement *s,
                           const struct authority_device *by, uint64_t now_s, struct why *why)
{
    const uint8_t *project = statement_project_of(s);
    if (!authority_project(a, project))
        return why_set(why, ERR_NO_PROJECT, "the statement's project is not known");
    enum role role = authority_role(a, by->key, project, now_s);
    bool ok = role != 0;
    if (s->kind == STATEMENT_ACT && s->u.act.act == WORK_SUBMITTED)
        ok = role == ROLE_ANNOTATOR;
    else if (s->kind == STATEMENT_ACT)
        ok = role == ROLE_REVIEWER || role == ROLE_MANAGER || role == ROLE_ADMIN;
    return ok ? ERR_OK : not_entitled(s, why);
}

static enum err check_admin(const struct authority *a, const struct statement *s,
                            const struct authority_device *by, struct why *why)
{
    if (by->fixed != ROLE_ADMIN || by->revoked)
        return not_entitled(s, why);
    switch (s->kind) {
    case STATEMENT_EPOCH:
        return check_epoch(a, s, why);
    case STATEMENT_POLICY:
        return check_policy(a, s, why);
    case STATEMENT_PROJECT:
        if (authority_project(a, s->u.project.project))
            return why_set(why, ERR_EXISTS, "the project exists already");
        return ERR_OK;
    case STATEMENT_WATCHER:
        if (authority_device(a, s->u.watcher.key) || authority_is_watcher(a, s->u.watcher.key, 0))
            return why_set(why, ERR_EXISTS, "the key '%s' is in use", hex_short(s->u.watcher.key).s);
        return ERR_OK;
    default: /* STATEMENT_VENDOR */
        if (!authority_project(a, s->u.vendor.project))
            return why_set(why, ERR_NO_PROJECT, "the vendor's project is not known");
        return ERR_OK;
    }
}

static enum err check_root(const struct authority *a, const struct statement *s, struct why *why)
{
    if (s->number != 1)
        return why_set(why, ERR_UNSUPPORTED, "a root statement after the first is not built yet");
    if (s->u.root.party != PARTY_VENDOR)
        return why_set(why, ERR_UNKNOWN_OWNER, "it is another owner's root");
    for (size_t i = 0; i < s->u.root.device_count; i++)
        if (authority_device(a, s->u.root.devices[i].key))
            return why_set(why, ERR_EXISTS, "the device '%s' is enrolled already",
                           hex_short(s->u.root.devices[i].key).s);
    return ERR_OK;
}

static enum err check_by_device(const struct authority *a, const struct statement *s,
                                uint64_t now_s, struct why *why)
{
    const struct authority_device *by = authority_device(a, s->issuer);
    if (!by) /* a watcher */
        return s->kind == STATEMENT_HEADS ? ERR_OK : not_entitled(s, why);
    switch (s->kind) {
    case STATEMENT_HEADS:
        return by->fixed == ROLE_ADMIN ? ERR_OK : not_entitled(s, why);
    case STATEMENT_MEMBER:
        return check_member(a, s, by, now_s, why);
    case STATEMENT_DEVICE:
        return check_device(a, s, by, now_s, why);
    case STATEMENT_ASSIGNMENT: case STATEMENT_MANIFEST: case STATEMENT_ACT: case STATEMENT_RECEIPT:
        return check_work(a, s, by, now_s, why);
    default:
        return check_admin(a, s, by, why);
    }
}

enum err authority_check(const struct authority *a, const struct statement *s, uint64_t now_s,
                         struct why *why)
{
    bool root = s->kind == STATEMENT_ROOT;
    if (!root && memcmp(s->owner, a->owner, 32) != 0)
        return why_set(why, ERR_UNKNOWN_OWNER, "the statement is for owner '%s'",
                       hex_short(s->owner).s);
    if (!root && !authority_device(a, s->issuer) && !authority_is_watcher(a, s->issuer, 0))
        return why_set(why, ERR_ISSUER, "no chain leads to '%s'", hex_short(s->issuer).s);
    enum err e = check_chain(a, s, why);
    if (e != ERR_OK)
        return e;
    if (s->created > now_s + CHECK_CLOCK_SECONDS)
        return why_set(why, ERR_FUTURE, "the statement is dated %llu s ahead",
                       (unsigned long long)(s->created - now_s));
    /* A statement by a device that has lost its rights since stays out: nothing of it is a fact. */
    const struct authority_device *by = root ? NULL : authority_device(a, s->issuer);
    if (by && by->revoked)
        return why_set(why, ERR_REVOKED, "the device '%s' was revoked", hex_short(s->issuer).s);
    return root ? check_root(a, s, why) : check_by_device(a, s, now_s, why);
}
