/* policy/policy.h: the policy language: a text that a person can read, decided without loops.
 * Source  docs/policy.md (normative grammar), DESIGN section 5
 * Default deny; forbid beats permit; order is irrelevant.
 * Limits  32,000 bytes, 256 rules   Memory  a policy owns its rules   Threads  pure */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/bytes.h"
#include "base/why.h"
#include "statement/words.h"

enum { POLICY_BYTES_MAX = 32000, POLICY_RULES_MAX = 256, POLICY_PURPOSE_MAX = 32,
       POLICY_RULE_NAME_MAX = 64 };

struct policy;

/* ERR_POLICY names line and column, and a word that was perhaps meant; a word that the design
 * reserves is refused by its name. */
MUST_USE enum err policy_parse(struct bytes text, struct policy **out, struct why *why);
void policy_free(struct policy *p);

uint64_t policy_version(const struct policy *p);
uint64_t policy_freshness_s(const struct policy *p);
const char *policy_name(const struct policy *p);
/* The purpose of rule i; NULL past the last one. Rules may share a purpose. */
const char *policy_purpose(const struct policy *p, size_t i);

/* One record of a request, as the gate knows it. */
struct policy_ask {
    const char *purpose;
    enum role role;
    enum door door;
    bool create;     /* else read */
    uint8_t kind;    /* record kind, 1 to 8 */
    bool own;        /* the header's device key belongs to the asker's member */
    bool assigned;   /* an assignment names the record and the asker's handle */
};

/* ERR_OK and the rule's name ("annotate#1"), or ERR_DENIED_PURPOSE, _KIND, _OWN, _ASSIGNED with a
 * sentence in `why`. */
MUST_USE enum err policy_decide(const struct policy *p, const struct policy_ask *ask,
                                char rule[POLICY_RULE_NAME_MAX + 1], struct why *why);

/* May a member with `role` create records of that kind, through any door and for any purpose? */
bool policy_may_author(const struct policy *p, enum role role, uint8_t kind);

#endif
