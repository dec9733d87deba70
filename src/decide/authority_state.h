/* decide/authority_state.h: how the fold keeps what it knows. Private to this folder. Everything
 * that is looked up by name is a uthash table; rows never move and are never dropped once a
 * statement has entered. uthash keeps the order of insertion, so walks are deterministic. */
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
    size_t place;     /* in the order of enrolment */
    bool made_holder; /* its handle was new when it was enrolled */
    UT_hash_handle hh; /* by d.key */
};

/* Whose a handle is, in all projects. */
struct holder_row {
    uint8_t member[16];
    uint8_t vendor[32];
    uint8_t device[32]; /* the newest that a `device` statement enrolled; zeroes: none yet */
    bool fixed;         /* an admin's or manager's: its devices stand in a root statement */
    bool revoked;       /* for good: no device is enrolled for it any more */
    uint8_t site[16];   /* where the member works; zeroes: nowhere in particular */
    UT_hash_handle hh;
};

struct member_row {
    uint8_t key[32]; /* project 16 ‖ member 16 */
    enum role role;
    uint8_t vendor[32];
    uint64_t expires;
    UT_hash_handle hh;
};

/* A vendor's root statement: nothing but paper until an admin admits it. */
struct vendor_row {
    uint8_t id[32]; /* of its root statement */
    uint64_t expires;
    struct statement_root_device *devices;
    size_t device_count;
    bool active;
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
    uint64_t expires;       /* of the policy */
    struct policy *policy;
    char *text;             /* of the policy; a snapshot keeps it, and parses it again */
    UT_hash_handle hh;
};

struct watcher_row {
    uint8_t key[32];
    uint64_t expires;
    UT_hash_handle hh;
};

struct assigner {
    const struct device_row *by;
    enum role role; /* when it issued the assignment */
    uint64_t expires;
};

struct assignment_row {
    uint8_t key[64]; /* project 16 ‖ record 32 ‖ member 16 */
    struct assigner *by;
    size_t count, room;
    UT_hash_handle hh;
};

struct pause_row {
    uint8_t id[32];     /* of the statement */
    uint8_t vendor[32]; /* the issuer's; zeroes: an admin or a watcher */
    uint8_t project[16];
    enum subject what;
    uint8_t of[32];
    uint64_t created;
    bool lifted;
    char *reason;
    UT_hash_handle hh;
};

/* Who attests, and what. */
struct attestor_row {
    uint8_t key[32];
    char (*names)[STATEMENT_WORD_MAX + 1];
    size_t name_count;
    uint64_t expires;
    bool revoked;
    UT_hash_handle hh;
};

struct attested {
    uint8_t id[32]; /* of the statement */
    uint8_t issuer[32];
    enum method method;
    char *auditor;
    uint64_t from, until;
    bool withdrawn;
};

struct attested_key {
    uint8_t what, of[32];
    char name[STATEMENT_WORD_MAX + 1]; /* zeroes behind it */
};

/* All that was ever attested under one name of one subject. */
struct attested_row {
    struct attested_key key;
    struct attested *list;
    size_t count, room;
    UT_hash_handle hh;
};

struct access_approval {
    uint8_t member[16], vendor[32];
};

struct access_row {
    uint8_t id[32]; /* of the statement */
    uint8_t member[16], project[16];
    char purpose[POLICY_WORD_MAX + 1];
    uint64_t from, until;
    struct access_approval *approvals; /* of different members */
    size_t count, room;
    UT_hash_handle hh;
};

struct heads_row_kept {
    uint8_t issuer[32];
    uint64_t created, expires;
    struct statement_head *heads;
    size_t count;
    UT_hash_handle hh;
};

struct authority {
    uint8_t owner[32];
    struct chain *chains;
    struct chain **issuers; /* the same, by place */
    size_t issuer_count, issuer_room;
    struct device_row *devices;
    struct device_row **enrolled; /* the same, by place */
    size_t enrolled_count, enrolled_room;
    struct holder_row *holders;
    struct member_row *members;
    struct vendor_row *vendors;
    struct admission_row *admissions;
    struct project_row *projects;
    struct watcher_row *watchers;
    struct assignment_row *assignments;
    struct heads_row_kept *heads;
    struct pause_row *pauses;
    struct attestor_row *attestors;
    struct attested_row *attested;
    struct access_row *accesses;
    struct authority_epoch *epochs;
    size_t epoch_count;
};

struct chain *authority_chain(const struct authority *a, const uint8_t issuer[32]);
struct device_row *authority_device_row(const struct authority *a, const uint8_t key[32]);
struct holder_row *authority_holder(const struct authority *a, const uint8_t member[16]);
struct member_row *authority_member(const struct authority *a, const uint8_t project[16],
                                    const uint8_t member[16]);
struct project_row *authority_project(const struct authority *a, const uint8_t project[16]);
struct vendor_row *authority_vendor(const struct authority *a, const uint8_t root[32]);
bool authority_vendor_admitted(const struct authority *a, const uint8_t root[32]);
struct admission_row *authority_admission(const struct authority *a, const uint8_t vendor[32],
                                          const uint8_t project[16]);
struct watcher_row *authority_watcher(const struct authority *a, const uint8_t key[32]);
struct assignment_row *authority_assignment(const struct authority *a, const uint8_t project[16],
                                            const uint8_t record[32], const uint8_t member[16]);
/* Who may say this kind of thing, and does it fit what is there? (authority_entitled.c) */
enum err authority_not_entitled(const struct statement *s, struct why *why); /* ERR_NOT_ENTITLED */
enum err authority_entitled(const struct authority *a, const struct statement *s, uint64_t now_s,
                            struct why *why);

/* What a statement changes beside its chain (authority_apply.c). ERR_NOMEM: nothing has changed. */
enum err authority_effect(struct authority *a, const struct statement *s, uint64_t now_s,
                          struct why *why);
/* Enrols the devices of a root, passing over keys and handles that are another's already. */
enum err authority_enrol_root(struct authority *a, const struct statement_root_device *devices,
                              size_t count, const struct authority_device *like, struct why *why);

/* The same for pauses, resumes and revocations (authority_denials.c), and for attestors,
 * attestations, withdrawals, placements, access requests and approvals (authority_attested.c). */
enum err authority_denial_entitled(const struct authority *a, const struct statement *s,
                                   uint64_t now_s, struct why *why);
enum err authority_denial_effect(struct authority *a, const struct statement *s, uint64_t now_s,
                                 struct why *why);
enum err authority_attested_entitled(const struct authority *a, const struct statement *s,
                                     uint64_t now_s, struct why *why);
enum err authority_attested_effect(struct authority *a, const struct statement *s,
                                   struct why *why);
/* Is the effect of this denial there already? */
bool authority_denial_known(const struct authority *a, const struct statement *s);
bool authority_withdrawn(const struct authority *a, const struct statement_withdrawal *w);
struct attestor_row *authority_attestor(const struct authority *a, const uint8_t key[32]);
/* An admin's device, now. */
bool authority_is_admin(const struct authority *a, const uint8_t key[32], uint64_t now_s);

/* Their tables as bytes and back (authority_tables.c), and freed. */
void authority_encode_denials(const struct authority *a, struct buf *out);
enum err authority_decode_denials(struct authority *a, struct cur *c, struct why *why);
void authority_free_denials(struct authority *a);

/* Room for one more element of a growing array; `*room` elements of `size` bytes are there. */
enum err authority_room(void *array_pointer, size_t count, size_t *room, size_t size,
                        struct why *why);

#endif
