/* decide/authority.h: who may do what, as the fold of one owner's statements.
 * Source  DESIGN section 5; docs/format.md 4.2; docs/protocol.md, "Statements' checks"
 * Gates, stores and clients use the same fold. authority_check decides, authority_apply changes;
 * the same statements in the same order give the same state. What has expired stays in the state
 * and has no effect, so that later statements of a chain are judged alike wherever and whenever
 * they are met.
 * `now_s` is the time at which a statement enters: the clock of a gate or store that is offered
 * it, the entry's time when a log is replayed, min(clock, s->created) for a reader of chains that
 * others keep: what was rightly said stays said when its issuer's own time is over. Projects and
 * epochs grant nothing by themselves and do not expire.
 * A member's handle belongs to whoever (owner or vendor) brought it first, in all projects.
 * Limits  memory grows by a chain's ids (32 bytes a statement), and by what statements name
 * Memory  owns all; pointers returned are valid until the next apply   Threads  pure, one owner */
#ifndef DECIDE_AUTHORITY_H
#define DECIDE_AUTHORITY_H

#include "base/cur.h"
#include "policy/policy.h"
#include "statement/statement.h"

struct authority;

/* From the owner's first root statement, which the caller trusts because its id is pinned.
 * ERR_FORMAT: it is no owner's root. */
MUST_USE enum err authority_new(const struct statement *root, struct authority **out,
                                struct why *why);
void authority_free(struct authority *a);

/* May this statement (signature and fields are verified) enter now?
 * ERR_DUPLICATE: it is known, all is well. ERR_UNKNOWN_OWNER, ERR_ISSUER, ERR_CHAIN_GAP,
 * ERR_CHAIN_FORK, ERR_FUTURE, ERR_EXPIRED (a fact whose time is over), ERR_REVOKED,
 * ERR_NOT_ENTITLED, ERR_EXISTS (it names what exists), ERR_NO_PROJECT, ERR_NOT_FOUND (it names
 * what does not exist), ERR_SECOND_DEVICE, ERR_POLICY, ERR_UNSUPPORTED, ERR_NOMEM.
 * Manifests and receipts that a device dated before it was revoked still enter: they report, and
 * what it wrote until then has to stay readable. */
MUST_USE enum err authority_check(const struct authority *a, const struct statement *s,
                                  uint64_t now_s, struct why *why);
/* The same where strangers bring statements, at a gate or store: a vendor's root enters only after
 * an admission that names it (ERR_ISSUER), since anyone can make roots without end. */
MUST_USE enum err authority_offered(const struct authority *a, const struct statement *s,
                                    uint64_t now_s, struct why *why);
/* Takes in a statement that authority_check passed. ERR_NOMEM: nothing has changed. */
MUST_USE enum err authority_apply(struct authority *a, const struct statement *s, int64_t now_ms,
                                  struct why *why);

const uint8_t *authority_owner(const struct authority *a);

/* --- devices --- */

struct authority_device {
    uint8_t key[32];
    uint8_t member[16];
    uint8_t vendor[32]; /* the vendor's root id; zeroes: the owner's own */
    enum door door;
    enum device_role device_role;
    enum role fixed; /* ROLE_ADMIN, or ROLE_MANAGER of a vendor; 0: as members' statements say */
    uint64_t expires;
    bool revoked;
    uint64_t revoked_s; /* since when */
};

/* NULL: no chain leads to this key. */
const struct authority_device *authority_device(const struct authority *a, const uint8_t key[32]);
/* The role of a device in a project now; 0: none (unknown, revoked, expired, another project). */
enum role authority_role(const struct authority *a, const uint8_t key[32],
                         const uint8_t project[16], uint64_t now_s);
/* Could this device ever create records of that kind under the project's policy of today, whatever
 * has expired or was revoked since? For a reader who meets a header. */
bool authority_may_author(const struct authority *a, const uint8_t key[32],
                          const uint8_t project[16], uint8_t kind);
bool authority_is_watcher(const struct authority *a, const uint8_t key[32], uint64_t now_s);
/* Each device, in the order of enrolment. */
size_t authority_device_count(const struct authority *a);
const struct authority_device *authority_device_at(const struct authority *a, size_t i);

/* --- epochs, projects --- */

struct authority_epoch {
    uint8_t id[32];
    uint64_t number;
    unsigned threshold;
    uint8_t roster;
    struct statement_gate gates[STATEMENT_GATES_MAX];
    size_t gate_count;
};
/* The newest, NULL: none yet. By id: NULL if unknown. */
const struct authority_epoch *authority_epoch(const struct authority *a);
const struct authority_epoch *authority_epoch_by_id(const struct authority *a,
                                                    const uint8_t id[32]);
/* ERR_NO_PROJECT: unknown, or without a policy, or the newest one has expired. */
MUST_USE enum err authority_policy(const struct authority *a, const uint8_t project[16],
                                   uint64_t now_s, const struct policy **out, struct why *why);
bool authority_project_known(const struct authority *a, const uint8_t project[16]);

/* Does an assignment that counts now name this record of the project and this member? Its issuer
 * counts if it is the record's author, or was an admin, a manager of the author's own vendor or of
 * the owner, when it issued the assignment. */
bool authority_assigned(const struct authority *a, const uint8_t project[16],
                        const uint8_t record[32], const uint8_t member[16],
                        const uint8_t author[32], uint64_t now_s);

/* --- chains --- */

struct authority_head {
    uint8_t issuer[32];   /* a device's key, a watcher's, or a root's party id */
    uint64_t number;
    uint8_t id[32];
    uint8_t manifest[32]; /* the newest manifest statement; zeroes if none */
    uint8_t manifest_project[16];
};
/* False: nothing of that issuer is known. */
bool authority_head(const struct authority *a, const uint8_t issuer[32],
                    struct authority_head *out);
/* The id of statement `number` of an issuer; NULL if it is not known. */
const uint8_t *authority_statement_id(const struct authority *a, const uint8_t issuer[32],
                                      uint64_t number);
/* Every issuer, in the order in which they were met. */
size_t authority_issuer_count(const struct authority *a);
void authority_issuer_at(const struct authority *a, size_t i, struct authority_head *out);
/* Under which issuer a statement's chain is kept: its issuer; a first root's own id. */
const uint8_t *authority_issuer_of(const struct statement *s);
/* Appends heads rows (docs/format.md 11), ascending by issuer, of every device with a role in the
 * project. The buf has failed when there was no memory. */
void authority_heads_rows(const struct authority *a, const uint8_t project[16], struct buf *rows);
/* May this device read the gates' logs: is it an admin's, or an auditor's of any project? */
bool authority_reads_logs(const struct authority *a, const uint8_t key[32], uint64_t now_s);
/* Does this issuer grant: the owner's or an admitted vendor's root, admin, manager or watcher? */
bool authority_grants(const struct authority *a, const uint8_t issuer[32]);

/* --- what takes away, and what certifies --- */

/* Which pause stops this asker now, for records of `kind` (0: whatever kind)? ERR_PAUSED with its
 * reason, or ERR_OK. */
MUST_USE enum err authority_paused(const struct authority *a, const struct authority_device *asker,
                                   const uint8_t project[16], uint8_t kind, struct why *why);

struct authority_pause {
    uint8_t id[32], of[32], project[16];
    enum subject what;
    uint64_t created;
    bool lifted;
    const char *reason;
};
/* Every pause, the oldest first. */
size_t authority_pause_count(const struct authority *a);
void authority_pauses(const struct authority *a, struct authority_pause *out); /* all of them */

/* Is `name` attested of the asker's vendor, site, member or device now, by somebody who is trusted
 * for it? The owner's own people have no vendor: of them nothing is. */
bool authority_attested(const struct authority *a, const struct authority_device *asker,
                        enum subject what, const char *name, uint64_t now_s);

/* How many different members have approved the member's access request for that purpose, in force
 * now, and from how many groups (the owner's people are one, each vendor's another)? The best of
 * several requests. */
struct authority_approvals {
    uint64_t members, groups;
};
struct authority_approvals authority_approvals(const struct authority *a,
                                               const uint8_t member[16],
                                               const uint8_t project[16], const char *purpose,
                                               uint64_t now_s);

/* Does the statement only take away: a pause, revocation or withdrawal? Then it binds at once: also
 * where its chain has a gap or a fork, which authority_check reports. */
bool authority_denies(const struct statement *s);
/* May it bind before its chain is known? ERR_OK: yes, it is news and its issuer may say it. */
MUST_USE enum err authority_early(const struct authority *a, const struct statement *s,
                                  uint64_t now_s, struct why *why);
/* Its effect alone. ERR_NOMEM: nothing has changed. */
MUST_USE enum err authority_apply_early(struct authority *a, const struct statement *s,
                                        int64_t now_ms, struct why *why);

/* --- news --- */

/* Is the newest `heads` of each watcher, or in their place an admin's, at most `freshness_s` old,
 * and is all that these name known here? ERR_STALE says what is missing. */
MUST_USE enum err authority_fresh(const struct authority *a, uint64_t now_s, uint64_t freshness_s,
                                  struct why *why);

/* A hash of the whole state: the same statements in the same order give the same. */
void authority_digest(const struct authority *a, uint8_t out[32]);

/* The whole state as bytes (docs/format.md 12), for a snapshot: the same state gives the same. The
 * buf has failed when there was no memory or room. */
void authority_encode(const struct authority *a, struct buf *out);
/* Back again, from where the cursor stands to where the state ends. What comes out encodes to the
 * same bytes. ERR_FORMAT: it is no such state, or another owner's; ERR_POLICY, ERR_NOMEM. */
MUST_USE enum err authority_decode(struct cur *c, const uint8_t owner[32], struct authority **out,
                                   struct why *why);

static inline void authority_auto(struct authority **a)
{
    authority_free(*a);
}
#define AUTO_AUTHORITY __attribute__((cleanup(authority_auto)))

#endif
