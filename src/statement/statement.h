/* statement/statement.h: everything that grants, takes away or reports, in twenty-two kinds.
 * Source  docs/format.md 4.2
 * What is checked here needs no state: form, limits, keyid and issuer, a root's own threshold, keys
 * being points. Who may issue what, chains, time and versions are decide/'s.
 * Limits  docs/format.md 4.2; payload <= 32,768 bytes
 * Memory  a statement owns its lists and texts (AUTO_STATEMENT)   Threads  pure */
#ifndef STATEMENT_STATEMENT_H
#define STATEMENT_STATEMENT_H

#include "base/bytes.h"
#include "base/why.h"
#include "statement/words.h"

enum { STATEMENT_ID_BYTES = 32, STATEMENT_HANDLE_BYTES = 16, STATEMENT_RECORDS_MAX = 400,
       STATEMENT_ROOT_KEYS_MAX = 16, STATEMENT_GATES_MAX = 5, STATEMENT_ROWS_MAX = 65536,
       STATEMENT_NAME_MAX = 255, STATEMENT_WORD_MAX = 32, STATEMENT_NAMES_MAX = 64 };

enum statement_kind {
    STATEMENT_ROOT = 1, STATEMENT_EPOCH, STATEMENT_WATCHER, STATEMENT_PROJECT, STATEMENT_POLICY,
    STATEMENT_VENDOR, STATEMENT_MEMBER, STATEMENT_DEVICE, STATEMENT_HEADS, STATEMENT_ASSIGNMENT,
    STATEMENT_MANIFEST, STATEMENT_ACT, STATEMENT_RECEIPT, STATEMENT_PAUSE, STATEMENT_RESUME,
    STATEMENT_REVOCATION, STATEMENT_ATTESTOR, STATEMENT_ATTESTATION, STATEMENT_WITHDRAWAL,
    STATEMENT_PLACEMENT, STATEMENT_ACCESS, STATEMENT_APPROVAL,
    STATEMENT_KIND_END
};

struct statement_root_device {
    uint8_t key[32];
    uint8_t member[16];
    enum door door;
    enum device_role role;
};

struct statement_root {
    enum party party;
    uint64_t threshold;
    uint8_t (*keys)[32]; /* ascending */
    size_t key_count;
    struct statement_root_device *devices;
    size_t device_count;
};

struct statement_gate {
    uint64_t number; /* 1 to 8 */
    uint64_t incarnation; /* < 2^32 */
    uint8_t key[32];      /* Ed25519: its log */
    uint8_t exchange[32]; /* X25519: the ceremony */
};

struct statement_witness {
    char *name;
    uint8_t key[32];
};

struct statement_epoch {
    uint64_t epoch; /* < 2^32: a slot has four bytes for it */
    uint64_t threshold;
    struct statement_gate *gates; /* ascending by number */
    size_t gate_count;
    struct statement_witness *witnesses;
    size_t witness_count;
    uint64_t cosigners;
};

struct statement_watcher { uint8_t key[32]; };
struct statement_project { uint8_t project[16]; };

struct statement_policy {
    uint8_t project[16];
    uint64_t version;
    char *text;
};

struct statement_vendor { uint8_t project[16], vendor[32]; };

struct statement_member {
    uint8_t project[16], member[16];
    enum role role;
};

struct statement_device {
    uint8_t project[16], member[16], key[32];
    enum door door;
    enum device_role role;
    uint8_t revokes[32]; /* zeroes: none */
};

struct statement_head {
    uint8_t issuer[32];
    uint64_t number;
    uint8_t statement[32];
};

struct statement_heads {
    struct statement_head *heads; /* ascending by issuer */
    size_t head_count;
};

struct statement_assignment {
    uint8_t project[16], member[16];
    uint8_t (*records)[32];
    size_t record_count;
};

struct statement_manifest {
    uint8_t project[16];
    uint64_t count;
    uint8_t root[32];
};

struct statement_act {
    uint8_t project[16];
    enum work_act act;
    uint8_t task[32], submission[32], review[32]; /* zeroes where none */
};

struct statement_receipt {
    uint8_t project[16];
    uint8_t (*records)[32];
    size_t record_count;
};

/* `of` is a vendor's root id, a member's handle, a site or a project (16 bytes, then zeroes), a
 * key, or a kind's byte and zeroes; zeroes for everything. A project of zeroes: in all of them. */
struct statement_pause {
    uint8_t project[16];
    enum subject what;
    uint8_t of[32];
    char *reason;
};
struct statement_resume { uint8_t pause[32]; };

struct statement_revocation {
    enum subject what; /* vendor, member, device, watcher, attestor */
    uint8_t of[32];
    char *reason;
};

/* What this key attests is believed, as far as the names go. */
struct statement_attestor {
    uint8_t key[32];
    char **names; /* distinct, each as docs/policy.md has a name */
    size_t name_count;
};

struct statement_attestation {
    enum subject what; /* vendor, site, member, device */
    uint8_t of[32];
    char *name;
    enum method method;
    char *auditor; /* empty: none */
    uint64_t from, until; /* seconds */
};

/* One attestation, or all of an auditor's. */
struct statement_withdrawal {
    uint8_t attestation[32]; /* zeroes: by auditor */
    char *auditor;           /* empty: by attestation */
};

struct statement_placement { uint8_t member[16], site[16]; };

struct statement_access {
    uint8_t project[16];
    char *purpose, *reason, *ticket;
    uint64_t from, until; /* seconds */
};
struct statement_approval { uint8_t statement[32]; };

struct statement {
    enum statement_kind kind;
    uint8_t id[32];     /* set by statement_sign and statement_open */
    uint8_t owner[32];  /* zeroes in a root statement */
    uint8_t issuer[32]; /* zeroes in the first root statement */
    uint64_t number;
    uint8_t previous[32];
    uint64_t created, expires;
    union {
        struct statement_root root;
        struct statement_epoch epoch;
        struct statement_watcher watcher;
        struct statement_project project;
        struct statement_policy policy;
        struct statement_vendor vendor;
        struct statement_member member;
        struct statement_device device;
        struct statement_heads heads;
        struct statement_assignment assignment;
        struct statement_manifest manifest;
        struct statement_act act;
        struct statement_receipt receipt;
        struct statement_pause pause;
        struct statement_resume resume;
        struct statement_revocation revocation;
        struct statement_attestor attestor;
        struct statement_attestation attestation;
        struct statement_withdrawal withdrawal;
        struct statement_placement placement;
        struct statement_access access;
        struct statement_approval approval;
    } u;
};

/* Frees lists and texts, which were malloc'ed by statement_open or by whoever filled it in. */
void statement_release(struct statement *s);

/* "policy"; "?" if there is no such kind. */
const char *statement_kind_name(enum statement_kind kind);
/* 0 if there is no such kind. */
enum statement_kind statement_kind_find(const char *name);

/* The `project` member, NULL for kinds that have none. */
const uint8_t *statement_project_of(const struct statement *s);

/* Appends the canonical payload. ERR_FORMAT, ERR_KEY, ERR_UNSUPPORTED: a field is not what
 * docs/format.md 4.2 says; ERR_CANONICAL: a text has a control character or is not UTF-8. */
MUST_USE enum err statement_write(const struct statement *s, struct buf *payload, struct why *why);

/* A payload of `kind`. ERR_JSON, ERR_CANONICAL, then ERR_FORMAT, ERR_KEY or ERR_UNSUPPORTED.
 * Leaves the id zero. */
MUST_USE enum err statement_read(enum statement_kind kind, struct bytes payload,
                                 struct statement *out, struct why *why);

/* Signs with `count` Ed25519 secret keys (SIGN_SECRET_BYTES each): one, the issuer's; a root with
 * at least `threshold` of its own. Appends the envelope to `out` and sets s->id. Errors as
 * statement_write, and ERR_SIGNATURE: keys that may not sign this. */
MUST_USE enum err statement_sign(struct statement *s, const uint8_t *const *secret_keys,
                                 size_t count, struct buf *out, struct why *why);

/* Envelope, signatures, payload, fields, in this order. ERR_ENVELOPE (also: an unknown kind),
 * ERR_SIGNATURE (also: a root signed by fewer than its threshold, or by another's key), ERR_JSON,
 * ERR_CANONICAL, ERR_FORMAT (also: a keyid other than the issuer), ERR_KEY; ERR_UNSUPPORTED: a root
 * statement after the first, the hosted door. */
MUST_USE enum err statement_open(struct bytes envelope, struct statement *out, struct why *why);

AUTO_DEFINE(statement, struct statement, statement_release);
#define AUTO_STATEMENT __attribute__((cleanup(statement_auto)))

#endif
