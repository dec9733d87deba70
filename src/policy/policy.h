/* policy/policy.h: the policy language: a text that a person can read, decided without loops.
 * Source  docs/policy.md (normative grammar), DESIGN section 5
 * Default deny; forbid beats permit; whether a record is permitted does not depend on the order.
 * Limits  1 MiB of text, 16,384 rules   Memory  a policy owns its rules   Threads  pure */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/bytes.h"
#include "base/why.h"
#include "statement/words.h"

enum { POLICY_BYTES_MAX = 1 << 20, POLICY_RULES_MAX = 16384, POLICY_WORD_MAX = 32,
       POLICY_RULE_NAME_MAX = 64 };

struct policy;

/* ERR_POLICY names line and column, and a word that was perhaps meant; a word that the design
 * reserves is refused by its name. */
MUST_USE enum err policy_parse(struct bytes text, struct policy **out, struct why *why);
void policy_free(struct policy *p);
/* Appends the canonical text: what it parses to is the same policy. */
void policy_write(const struct policy *p, struct buf *out);

const char *policy_name(const struct policy *p);
uint64_t policy_version(const struct policy *p);
/* The purpose of rule i; NULL past the last one. Rules may share a purpose. */
const char *policy_purpose(const struct policy *p, size_t i);

/* How old the newest heads may be; an hour where the text is silent. */
uint64_t policy_freshness_s(const struct policy *p);

/* What a condition has to know about the asker and the record, besides what stands in the ask. The
 * counts are those after this release; 0 where it would add nothing (it counts already). */
enum policy_fact {
    POLICY_ATTESTED_VENDOR = 1, POLICY_ATTESTED_SITE, POLICY_ATTESTED_MEMBER,
    POLICY_ATTESTED_DEVICE,     /* 1: `name` is attested now */
    POLICY_APPROVALS,           /* of the asker's access request for this purpose, in force now */
    POLICY_GROUPS,              /* from how many different groups these approvals come */
    POLICY_MEMBER_HOUR, POLICY_DEVICE_HOUR, POLICY_VENDOR_HOUR, POLICY_PROJECT_HOUR,
    POLICY_MEMBER_DAY, POLICY_DEVICE_DAY, POLICY_VENDOR_DAY, POLICY_PROJECT_DAY,
    POLICY_VIEWERS,             /* different members to whom the record was released */
    POLICY_OPEN,                /* tasks released to the member and not closed */
    POLICY_SKIPS,               /* tasks that the member has skipped in this UTC day */
    POLICY_FACT_END
};

struct policy_facts {
    const void *of;
    uint64_t (*get)(const void *of, enum policy_fact fact, const char *name);
};

/* One record of a request, as the gate knows it. */
struct policy_ask {
    const char *purpose;
    enum role role;           /* 0: none; nothing is permitted */
    enum door door;
    bool create;              /* else read; a create is not counted */
    uint8_t kind;             /* record kind, 1 to 8 */
    bool own;                 /* the header's device key belongs to the asker's member */
    bool assigned;            /* an assignment names the record and the asker's handle */
    uint8_t member[16], vendor[32], device[32]; /* vendor: zeroes, the owner's own */
    uint64_t now_s;
    struct policy_facts facts; /* `get` NULL: nothing is attested or approved, all counts are 0 */
};

/* ERR_OK and the name of the first rule of the text that permits it; or, with a sentence in `why`,
 * ERR_DENIED_FORBID, _PURPOSE, _KIND, _OWN, _ASSIGNED, or what the first rule that covers the
 * record lacks: _ATTESTATION, _HOURS, _APPROVALS, _BUDGET, _VIEWERS, _OPEN. */
MUST_USE enum err policy_decide(const struct policy *p, const struct policy_ask *ask,
                                char rule[POLICY_RULE_NAME_MAX + 1], struct why *why);

/* May a member with `role` ever create records of that kind? What only some, some day or on some
 * condition may do counts as may. */
bool policy_may_author(const struct policy *p, enum role role, uint8_t kind);
/* Does any rule count releases, viewers or open tasks? */
bool policy_counts(const struct policy *p);

/* Is whatever `next` permits permitted by `now` too, under conditions that are no harder there, and
 * no setting wider? Sound, not complete: false may also mean that it could not be told. `why` names
 * the first rule or setting that may widen. */
bool policy_restricts(const struct policy *now, const struct policy *next, struct why *why);

static inline void policy_auto(struct policy **p)
{
    policy_free(*p);
}
#define AUTO_POLICY __attribute__((cleanup(policy_auto)))

#endif
