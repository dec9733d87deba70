/* policy/policy_rules.h: a parsed policy. Private to this folder.
 * Sets are bits: of roles, doors, and of record kinds (bit k for kind k). An empty set of roles,
 * doors, members, vendors or devices means any. */
#ifndef POLICY_POLICY_RULES_H
#define POLICY_POLICY_RULES_H

#include "policy/policy.h"

enum policy_scope { SCOPE_MEMBER, SCOPE_DEVICE, SCOPE_VENDOR, SCOPE_PROJECT, SCOPE_END };
enum policy_window { WINDOW_HOUR, WINDOW_DAY, WINDOW_END };
enum { DAY_MINUTES = 1440 };

extern const char *const policy_scope_names[SCOPE_END];
/* By enum policy_fact, of the four that attest. */
extern const char *const policy_subject_names[POLICY_ATTESTED_DEVICE + 1];

struct policy_ids {
    uint8_t (*ids)[32]; /* ascending, distinct; a handle's last 16 bytes are zero */
    size_t count;
};

struct policy_requirement {
    enum policy_fact subject;
    char name[POLICY_WORD_MAX + 1];
};

struct policy_rule {
    char purpose[POLICY_WORD_MAX + 1];
    unsigned number; /* among the rules of its purpose, from 1 */
    bool forbid;
    uint32_t roles, doors;
    struct policy_ids members, vendors, devices;
    uint32_t read, read_own, read_assigned, create;
    bool has_hours;
    int hours_from, hours_to, hours_offset; /* minutes; [from, to) may go over midnight */
    struct policy_requirement *require; /* ascending by subject, name */
    size_t require_count;
    uint64_t approvals, groups;
    uint64_t budget[SCOPE_END][WINDOW_END]; /* 0: none */
    uint64_t viewers, open, skips;          /* 0: no bound; skips: none are free */
};

/* Is that minute of the UTC day in the rule's hours? Yes where it has none. (policy.c) */
bool policy_rule_in_hours(const struct policy_rule *r, unsigned minute);

struct policy {
    char name[POLICY_WORD_MAX + 1];
    uint64_t version;
    uint64_t freshness_s;
    struct policy_rule *rules; /* in the order of the text */
    size_t count, room;
    uint32_t *by_purpose;      /* their places, by purpose, then in the order of the text */
};

#endif
