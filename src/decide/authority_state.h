/* decide/authority_state.h: how the fold keeps what it knows. Private to this folder.
 * Everything that is looked up by name is a uthash table; uthash keeps the order of insertion, so
 * walks are deterministic. */
#ifndef DECIDE_AUTHORITY_STATE_H
#define DECIDE_AUTHORITY_STATE_H

#include "decide/authority.h"
#include "decide/hash.h"

struct chain {
    uint8_t issuer[32];
    uint8_t (*ids)[32]; /* of numbers 1, 2, ... */
    size_t count, room;
    uint8_t manifest[32], manifest_project[16];
    UT_hash_handle hh;
};

struct device_row {
    struct authority_device d;
    UT_hash_handle hh; /* by d.key */
};

struct member_row {
    uint8_t key[32]; /* project 16 ‖ member 16 */
    enum role role;
    uint8_t vendor[32];
    uint8_t device[32]; /* the live one; zeroes: none yet */
    uint64_t expires;
    UT_hash_handle hh;
};

struct vendor_row {
    uint8_t id[32]; /* of its root statement */
    UT_hash_handle hh;
};

struct admission_row {
    uint8_t key[48]; /* vendor 32 ‖ project 16 */
    uint64_t expires;
    UT_hash_handle hh;
};

struct project_row {
    uint8_t id[16];
    uint64_t version;       /* of the policy; 0: none yet */
    struct policy *policy;
    UT_hash_handle hh;
};

struct watcher_row {
    uint8_t key[32];
    uint64_t expires;
    UT_hash_handle hh;
};

struct assignment_row {
    uint8_t key[80]; /* record 32 ‖ member 16 ‖ issuer's device key 32 */
    UT_hash_handle hh;
};

struct heads_row_kept {
    uint8_t issuer[32];
    uint64_t created;
    struct statement_head *heads;
    size_t count;
    UT_hash_handle hh;
};

struct authority {
    uint8_t owner[32];
    struct chain *chains;
    struct device_row *devices;
    struct member_row *members;
    struct vendor_row *vendors;
    struct admission_row *admissions;
    struct project_row *projects;
    struct watcher_row *watchers;
    struct assignment_row *assignments;
    struct heads_row_kept *heads;
    struct authority_epoch *epochs;
    size_t epoch_count;
};

struct chain *authority_chain(const struct authority *a, const uint8_t issuer[32]);
struct member_row *authority_member(const struct authority *a, const uint8_t project[16],
                                    const uint8_t member[16]);
struct project_row *authority_project(const struct authority *a, const uint8_t project[16]);
struct admission_row *authority_admission(const struct authority *a, const uint8_t vendor[32],
                                          const uint8_t project[16]);

#endif
