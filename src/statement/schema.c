#include "statement/schema.h"

#include "base/json.h"
#include "statement/envelope.h"

#include <string.h>

#define HEX(label, type_, member) \
    { .name = label, .type = FIELD_HEX, .offset = offsetof(type_, member), \
      .size = sizeof(((type_ *)0)->member) }
#define KEY(label, type_, member) \
    { .name = label, .type = FIELD_KEY, .offset = offsetof(type_, member), .size = 32 }
#define INT(label, type_, member, min_, max_) \
    { .name = label, .type = FIELD_INT, .offset = offsetof(type_, member), .min = min_, \
      .max = max_ }
#define WORD(label, type_, member, words_) \
    { .name = label, .type = FIELD_WORD, .offset = offsetof(type_, member), .words = &words_ }
#define TEXT(label, kind_, type_, member, min_, max_) \
    { .name = label, .type = kind_, .offset = offsetof(type_, member), .min = min_, .max = max_ }
#define LIST(label, type_, member, count_, min_, max_, order_, row_) \
    { .name = label, .type = FIELD_LIST, .offset = offsetof(type_, member), \
      .size = sizeof *((type_ *)0)->member, .min = min_, .max = max_, \
      .count_offset = offsetof(type_, count_), .order = order_, .row = row_, \
      .row_fields = sizeof row_ / sizeof row_[0] }
#define SCHEMA(fields_) { fields_, sizeof fields_ / sizeof fields_[0] }

static_assert(sizeof(enum subject) == sizeof(unsigned) &&
                  sizeof(enum method) == sizeof(unsigned) &&
                  sizeof(enum door) == sizeof(unsigned) && sizeof(enum role) == sizeof(unsigned) &&
                  sizeof(enum party) == sizeof(unsigned) &&
                  sizeof(enum device_role) == sizeof(unsigned) &&
                  sizeof(enum work_act) == sizeof(unsigned),
              "FIELD_WORD is an unsigned");

/* Rows that are one value. */
static const struct field id_row[] = { { .type = FIELD_HEX, .size = 32 } };
static const struct field key_row[] = { { .type = FIELD_KEY, .size = 32 } };

static const struct field name_row[] = {
    { .type = FIELD_NAME, .min = 1, .max = STATEMENT_WORD_MAX },
};

static const struct field root_device_row[] = {
    KEY("key", struct statement_root_device, key),
    HEX("member", struct statement_root_device, member),
    WORD("door", struct statement_root_device, door, words_door),
    WORD("role", struct statement_root_device, role, words_device_role),
};
static const struct field gate_row[] = {
    INT("number", struct statement_gate, number, 1, 8),
    INT("incarnation", struct statement_gate, incarnation, 1, UINT32_MAX),
    KEY("key", struct statement_gate, key),
    HEX("exchange", struct statement_gate, exchange),
};
static const struct field witness_row[] = {
    TEXT("name", FIELD_NAME, struct statement_witness, name, 1, STATEMENT_NAME_MAX),
    KEY("key", struct statement_witness, key),
};
static const struct field head_row[] = {
    HEX("issuer", struct statement_head, issuer),
    INT("number", struct statement_head, number, 1, JSON_INT_MAX),
    HEX("statement", struct statement_head, statement),
};

/* The first members of every kind. */
#define COMMON \
    HEX("owner", struct statement, owner), HEX("issuer", struct statement, issuer), \
    INT("number", struct statement, number, 1, JSON_INT_MAX), \
    HEX("previous", struct statement, previous), \
    INT("created", struct statement, created, 0, JSON_INT_MAX), \
    INT("expires", struct statement, expires, 1, JSON_INT_MAX)

static const struct field root[] = {
    COMMON,
    WORD("party", struct statement, u.root.party, words_party),
    INT("threshold", struct statement, u.root.threshold, 1, STATEMENT_ROOT_KEYS_MAX),
    LIST("keys", struct statement, u.root.keys, u.root.key_count, 1, STATEMENT_ROOT_KEYS_MAX,
         ORDER_ASCENDING, key_row),
    LIST("devices", struct statement, u.root.devices, u.root.device_count, 0, STATEMENT_ROWS_MAX,
         ORDER_DISTINCT, root_device_row),
};
static const struct field epoch[] = {
    COMMON,
    INT("epoch", struct statement, u.epoch.epoch, 1, UINT32_MAX),
    INT("threshold", struct statement, u.epoch.threshold, 2, STATEMENT_GATES_MAX - 1),
    LIST("gates", struct statement, u.epoch.gates, u.epoch.gate_count, 3, STATEMENT_GATES_MAX,
         ORDER_ASCENDING, gate_row),
    LIST("witnesses", struct statement, u.epoch.witnesses, u.epoch.witness_count, 0,
         STATEMENT_ROWS_MAX, ORDER_FREE, witness_row),
    INT("cosigners", struct statement, u.epoch.cosigners, 0, STATEMENT_ROWS_MAX),
};
static const struct field watcher[] = {
    COMMON,
    KEY("key", struct statement, u.watcher.key),
};
static const struct field project[] = {
    COMMON,
    HEX("project", struct statement, u.project.project),
};
static const struct field policy[] = {
    COMMON,
    HEX("project", struct statement, u.policy.project),
    INT("version", struct statement, u.policy.version, 1, JSON_INT_MAX),
    TEXT("text", FIELD_TEXT, struct statement, u.policy.text, 0, ENVELOPE_PAYLOAD_MAX),
};
static const struct field vendor[] = {
    COMMON,
    HEX("project", struct statement, u.vendor.project),
    HEX("vendor", struct statement, u.vendor.vendor),
};
static const struct field member[] = {
    COMMON,
    HEX("project", struct statement, u.member.project),
    HEX("member", struct statement, u.member.member),
    WORD("role", struct statement, u.member.role, words_role),
};
static const struct field device[] = {
    COMMON,
    HEX("project", struct statement, u.device.project),
    HEX("member", struct statement, u.device.member),
    KEY("key", struct statement, u.device.key),
    WORD("door", struct statement, u.device.door, words_door),
    WORD("role", struct statement, u.device.role, words_device_role),
    HEX("revokes", struct statement, u.device.revokes),
};
static const struct field heads[] = {
    COMMON,
    LIST("heads", struct statement, u.heads.heads, u.heads.head_count, 0, STATEMENT_ROWS_MAX,
         ORDER_ASCENDING, head_row),
};
static const struct field assignment[] = {
    COMMON,
    HEX("project", struct statement, u.assignment.project),
    HEX("member", struct statement, u.assignment.member),
    LIST("records", struct statement, u.assignment.records, u.assignment.record_count, 1,
         STATEMENT_RECORDS_MAX, ORDER_DISTINCT, id_row),
};
static const struct field manifest[] = {
    COMMON,
    HEX("project", struct statement, u.manifest.project),
    INT("count", struct statement, u.manifest.count, 1, STATEMENT_ROWS_MAX),
    HEX("root", struct statement, u.manifest.root),
};
static const struct field act[] = {
    COMMON,
    HEX("project", struct statement, u.act.project),
    WORD("act", struct statement, u.act.act, words_work_act),
    HEX("task", struct statement, u.act.task),
    HEX("submission", struct statement, u.act.submission),
    HEX("review", struct statement, u.act.review),
};
static const struct field receipt[] = {
    COMMON,
    HEX("project", struct statement, u.receipt.project),
    LIST("records", struct statement, u.receipt.records, u.receipt.record_count, 1,
         STATEMENT_RECORDS_MAX, ORDER_DISTINCT, id_row),
};

static const struct field pause[] = {
    COMMON,
    HEX("project", struct statement, u.pause.project),
    WORD("what", struct statement, u.pause.what, words_subject),
    HEX("of", struct statement, u.pause.of),
    TEXT("reason", FIELD_TEXT, struct statement, u.pause.reason, 0, STATEMENT_NAME_MAX),
};
static const struct field resume[] = {
    COMMON,
    HEX("pause", struct statement, u.resume.pause),
};
static const struct field revocation[] = {
    COMMON,
    WORD("what", struct statement, u.revocation.what, words_subject),
    HEX("of", struct statement, u.revocation.of),
    TEXT("reason", FIELD_TEXT, struct statement, u.revocation.reason, 0, STATEMENT_NAME_MAX),
};
static const struct field attestor[] = {
    COMMON,
    KEY("key", struct statement, u.attestor.key),
    LIST("names", struct statement, u.attestor.names, u.attestor.name_count, 1,
         STATEMENT_NAMES_MAX, ORDER_FREE, name_row),
};
static const struct field attestation[] = {
    COMMON,
    WORD("what", struct statement, u.attestation.what, words_subject),
    HEX("of", struct statement, u.attestation.of),
    TEXT("name", FIELD_NAME, struct statement, u.attestation.name, 1, STATEMENT_WORD_MAX),
    WORD("method", struct statement, u.attestation.method, words_method),
    TEXT("auditor", FIELD_TEXT, struct statement, u.attestation.auditor, 0, STATEMENT_NAME_MAX),
    INT("from", struct statement, u.attestation.from, 0, JSON_INT_MAX),
    INT("until", struct statement, u.attestation.until, 1, JSON_INT_MAX),
};
static const struct field withdrawal[] = {
    COMMON,
    HEX("attestation", struct statement, u.withdrawal.attestation),
    TEXT("auditor", FIELD_TEXT, struct statement, u.withdrawal.auditor, 0, STATEMENT_NAME_MAX),
};
static const struct field placement[] = {
    COMMON,
    HEX("member", struct statement, u.placement.member),
    HEX("site", struct statement, u.placement.site),
};
static const struct field access_request[] = {
    COMMON,
    HEX("project", struct statement, u.access.project),
    TEXT("purpose", FIELD_NAME, struct statement, u.access.purpose, 1, STATEMENT_WORD_MAX),
    TEXT("reason", FIELD_TEXT, struct statement, u.access.reason, 1, STATEMENT_NAME_MAX),
    TEXT("ticket", FIELD_TEXT, struct statement, u.access.ticket, 0, STATEMENT_NAME_MAX),
    INT("from", struct statement, u.access.from, 0, JSON_INT_MAX),
    INT("until", struct statement, u.access.until, 1, JSON_INT_MAX),
};
static const struct field approval[] = {
    COMMON,
    HEX("statement", struct statement, u.approval.statement),
};

static const struct { const char *name; struct schema schema; } kinds[STATEMENT_KIND_END] = {
    [STATEMENT_ROOT] = { "root", SCHEMA(root) },
    [STATEMENT_EPOCH] = { "epoch", SCHEMA(epoch) },
    [STATEMENT_WATCHER] = { "watcher", SCHEMA(watcher) },
    [STATEMENT_PROJECT] = { "project", SCHEMA(project) },
    [STATEMENT_POLICY] = { "policy", SCHEMA(policy) },
    [STATEMENT_VENDOR] = { "vendor", SCHEMA(vendor) },
    [STATEMENT_MEMBER] = { "member", SCHEMA(member) },
    [STATEMENT_DEVICE] = { "device", SCHEMA(device) },
    [STATEMENT_HEADS] = { "heads", SCHEMA(heads) },
    [STATEMENT_ASSIGNMENT] = { "assignment", SCHEMA(assignment) },
    [STATEMENT_MANIFEST] = { "manifest", SCHEMA(manifest) },
    [STATEMENT_ACT] = { "act", SCHEMA(act) },
    [STATEMENT_RECEIPT] = { "receipt", SCHEMA(receipt) },
    [STATEMENT_PAUSE] = { "pause", SCHEMA(pause) },
    [STATEMENT_RESUME] = { "resume", SCHEMA(resume) },
    [STATEMENT_REVOCATION] = { "revocation", SCHEMA(revocation) },
    [STATEMENT_ATTESTOR] = { "attestor", SCHEMA(attestor) },
    [STATEMENT_ATTESTATION] = { "attestation", SCHEMA(attestation) },
    [STATEMENT_WITHDRAWAL] = { "withdrawal", SCHEMA(withdrawal) },
    [STATEMENT_PLACEMENT] = { "placement", SCHEMA(placement) },
    [STATEMENT_ACCESS] = { "access", SCHEMA(access_request) },
    [STATEMENT_APPROVAL] = { "approval", SCHEMA(approval) },
};

struct schema schema_of(enum statement_kind kind)
{
    assert(kind >= STATEMENT_ROOT && kind < STATEMENT_KIND_END);
    return kinds[kind].schema;
}

const char *statement_kind_name(enum statement_kind kind)
{
    return kind >= STATEMENT_ROOT && kind < STATEMENT_KIND_END ? kinds[kind].name : "?";
}

enum statement_kind statement_kind_find(const char *name)
{
    for (unsigned i = STATEMENT_ROOT; i < STATEMENT_KIND_END; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (enum statement_kind)i;
    return (enum statement_kind)0;
}

const uint8_t *statement_project_of(const struct statement *s)
{
    struct schema schema = schema_of(s->kind);
    for (size_t i = 0; i < schema.count; i++)
        if (strcmp(schema.fields[i].name, "project") == 0)
            return (const uint8_t *)s + schema.fields[i].offset;
    return NULL;
}
