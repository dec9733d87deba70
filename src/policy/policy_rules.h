/* policy/policy_rules.h: a parsed policy. Private to this folder.
 * Sets are bits: of roles, doors, and of record kinds (bit k for kind k). */
#ifndef POLICY_POLICY_RULES_H
#define POLICY_POLICY_RULES_H

#include "policy/policy.h"

struct policy_rule {
    char purpose[POLICY_PURPOSE_MAX + 1];
    unsigned number; /* among the rules of its purpose, from 1 */
    bool forbid;
    bool has_door;
    uint32_t roles, doors;
    uint32_t read, read_own, read_assigned, create;
};

struct policy {
    char name[POLICY_PURPOSE_MAX + 1];
    uint64_t version, freshness_s;
    struct policy_rule rules[POLICY_RULES_MAX];
    size_t count;
};

#endif
