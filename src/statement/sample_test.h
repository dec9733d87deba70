/* statement/sample_test.h: valid random statements of every kind, for this folder's tests.
 * Memory  the statement is the caller's   Threads  one owner per `struct sample` */
#ifndef STATEMENT_SAMPLE_TEST_H
#define STATEMENT_SAMPLE_TEST_H

#include "base/test.h"

#include "crypto/sign.h"
#include "statement/statement.h"

struct sample {
    uint64_t state;
};

struct sample_key {
    uint8_t public_key[SIGN_KEY_BYTES], secret[SIGN_SECRET_BYTES];
};

/* splitmix64 */
static inline uint64_t sample_number(struct sample *s, uint64_t below)
{
    uint64_t z = s->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

static inline void sample_bytes(struct sample *s, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)sample_number(s, 256);
}

static inline struct sample_key sample_key(struct sample *s)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct sample_key k;
    sample_bytes(s, seed, sizeof seed);
    sign_keypair(k.public_key, k.secret, seed);
    return k;
}

/* A text with everything that the canonical form escapes, and with more than ASCII. */
static inline char *sample_text(struct sample *s, size_t len)
{
    static const char *const parts[] = { "\"", "\\", "\n", "a",  "policy ",
                                         "ä",  "→",  "😀", "/", "~" };
    AUTO_BUF struct buf text = buf_init(len + 8);
    while (text.len < len)
        buf_add_str(&text, parts[sample_number(s, sizeof parts / sizeof parts[0])]);
    return strdup(buf_cstr(&text));
}

static inline int sample_compare(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static inline uint8_t (*sample_ids(struct sample *s, size_t count))[32]
{
    uint8_t(*ids)[32] = calloc(count, sizeof *ids);
    assert_non_null(ids);
    sample_bytes(s, ids[0], count * sizeof *ids);
    return ids;
}

static inline void sample_root(struct sample *s, struct statement_root *r)
{
    r->party = sample_number(s, 2) ? PARTY_OWNER : PARTY_VENDOR;
    r->key_count = 1 + sample_number(s, STATEMENT_ROOT_KEYS_MAX);
    r->threshold = r->key_count / 2 + 1;
    r->keys = sample_ids(s, r->key_count);
    for (size_t i = 0; i < r->key_count; i++)
        memcpy(r->keys[i], sample_key(s).public_key, 32);
    qsort(r->keys, r->key_count, sizeof *r->keys, sample_compare);
    r->device_count = sample_number(s, 4);
    r->devices = r->device_count ? calloc(r->device_count, sizeof *r->devices) : NULL;
    for (size_t i = 0; i < r->device_count; i++) {
        memcpy(r->devices[i].key, sample_key(s).public_key, 32);
        sample_bytes(s, r->devices[i].member, 16);
        r->devices[i].door = DOOR_NATIVE;
        r->devices[i].role = DEVICE_PROGRAM;
    }
}

static inline void sample_epoch(struct sample *s, struct statement_epoch *e)
{
    e->epoch = 1 + sample_number(s, UINT32_MAX);
    e->gate_count = 3 + sample_number(s, 3);
    e->threshold = 2 + sample_number(s, e->gate_count - 2);
    e->gates = calloc(e->gate_count, sizeof *e->gates);
    assert_non_null(e->gates);
    for (size_t i = 0; i < e->gate_count; i++) {
        e->gates[i].number = i + 1 + sample_number(s, i == e->gate_count - 1 ? 4 : 1);
        e->gates[i].incarnation = 1 + sample_number(s, 1000);
        memcpy(e->gates[i].key, sample_key(s).public_key, 32);
        sample_bytes(s, e->gates[i].exchange, 32);
    }
    e->witness_count = sample_number(s, 4);
    e->witnesses = e->witness_count ? calloc(e->witness_count, sizeof *e->witnesses) : NULL;
    for (size_t i = 0; i < e->witness_count; i++) {
        e->witnesses[i].name = strdup("witness.example/1");
        memcpy(e->witnesses[i].key, sample_key(s).public_key, 32);
    }
    e->cosigners = sample_number(s, e->witness_count + 1);
}

static inline void sample_heads(struct sample *s, struct statement_heads *h)
{
    h->head_count = sample_number(s, 20);
    h->heads = h->head_count ? calloc(h->head_count, sizeof *h->heads) : NULL;
    for (size_t i = 0; i < h->head_count; i++) {
        sample_bytes(s, h->heads[i].issuer, 32);
        h->heads[i].issuer[0] = (uint8_t)i;
        h->heads[i].number = 1 + sample_number(s, UINT64_C(1) << 53) / 2;
        sample_bytes(s, h->heads[i].statement, 32);
    }
}

/* `of`, for these words that a subject may be. */
static inline enum subject sample_subject(struct sample *s, const enum subject *words, size_t count,
                                          uint8_t of[32])
{
    const enum subject what = words[sample_number(s, count)];
    const bool handle = what == SUBJECT_MEMBER || what == SUBJECT_SITE || what == SUBJECT_PROJECT;
    const size_t len = what == SUBJECT_EVERYTHING ? 0 : what == SUBJECT_KIND ? 1 : handle ? 16 : 32;
    sample_bytes(s, of, len);
    of[0] |= len > 0;
    return what;
}

/* The kinds that take away. */
static inline void sample_denial(struct sample *s, struct statement *out)
{
    static const enum subject paused[] = { SUBJECT_EVERYTHING, SUBJECT_PROJECT, SUBJECT_VENDOR,
                                           SUBJECT_MEMBER, SUBJECT_DEVICE, SUBJECT_KIND };
    static const enum subject revoked[] = { SUBJECT_VENDOR, SUBJECT_MEMBER, SUBJECT_DEVICE,
                                            SUBJECT_WATCHER, SUBJECT_ATTESTOR };
    if (out->kind == STATEMENT_PAUSE) {
        struct statement_pause *p = &out->u.pause;
        p->what = sample_subject(s, paused, 6, p->of);
        if (p->what > SUBJECT_PROJECT)
            sample_bytes(s, p->project, 16 * sample_number(s, 2));
        p->reason = sample_text(s, sample_number(s, 60));
    } else if (out->kind == STATEMENT_RESUME) {
        sample_bytes(s, out->u.resume.pause, 32);
    } else if (out->kind == STATEMENT_REVOCATION) {
        out->u.revocation.what = sample_subject(s, revoked, 5, out->u.revocation.of);
        out->u.revocation.reason = sample_text(s, sample_number(s, 60));
    } else if (sample_number(s, 2)) {
        sample_bytes(s, out->u.withdrawal.attestation, 32);
        out->u.withdrawal.auditor = strdup("");
    } else {
        out->u.withdrawal.auditor = strdup("Muster & Partner");
    }
}

/* The kinds that certify. */
static inline void sample_certificate(struct sample *s, struct statement *out)
{
    static const enum subject attested[] = { SUBJECT_VENDOR, SUBJECT_SITE, SUBJECT_MEMBER,
                                             SUBJECT_DEVICE };
    if (out->kind == STATEMENT_ATTESTOR) {
        struct statement_attestor *t = &out->u.attestor;
        memcpy(t->key, sample_key(s).public_key, 32);
        t->name_count = 1 + sample_number(s, 4);
        t->names = calloc(t->name_count, sizeof *t->names);
        assert_non_null(t->names);
        for (size_t i = 0; i < t->name_count; i++)
            t->names[i] = strdup(i ? "pen-test" : "iso27001");
    } else if (out->kind == STATEMENT_ATTESTATION) {
        struct statement_attestation *t = &out->u.attestation;
        t->what = sample_subject(s, attested, 4, t->of);
        t->name = strdup("soc2-type2");
        t->method = (enum method)(1 + sample_number(s, METHOD_MEASURED));
        t->auditor = sample_text(s, sample_number(s, 40));
        t->from = sample_number(s, 1000);
        t->until = t->from + 1 + sample_number(s, 1000);
    } else if (out->kind == STATEMENT_PLACEMENT) {
        sample_bytes(s, out->u.placement.member, 32);
    } else if (out->kind == STATEMENT_ACCESS) {
        struct statement_access *t = &out->u.access;
        sample_bytes(s, t->project, 16);
        t->purpose = strdup("deliver");
        t->reason = sample_text(s, 1 + sample_number(s, 60));
        t->ticket = sample_text(s, sample_number(s, 10));
        t->until = 1 + sample_number(s, 1000);
    } else {
        sample_bytes(s, out->u.approval.statement, 32);
    }
}

static inline void sample_fill(struct sample *s, struct statement *out)
{
    switch (out->kind) {
    case STATEMENT_ROOT:
        sample_root(s, &out->u.root);
        break;
    case STATEMENT_EPOCH:
        sample_epoch(s, &out->u.epoch);
        break;
    case STATEMENT_WATCHER:
        memcpy(out->u.watcher.key, sample_key(s).public_key, 32);
        break;
    case STATEMENT_POLICY:
        sample_bytes(s, out->u.policy.project, 16);
        out->u.policy.version = 1 + sample_number(s, 100);
        out->u.policy.text = sample_text(s, sample_number(s, 3000));
        break;
    case STATEMENT_MEMBER:
        sample_bytes(s, out->u.member.project, 32);
        out->u.member.role = (enum role)(1 + sample_number(s, ROLE_ADMIN));
        break;
    case STATEMENT_DEVICE:
        sample_bytes(s, out->u.device.project, 32);
        memcpy(out->u.device.key, sample_key(s).public_key, 32);
        out->u.device.door = (enum door)(1 + sample_number(s, DOOR_BROWSER));
        out->u.device.role = (enum device_role)(1 + sample_number(s, DEVICE_RELAY));
        sample_bytes(s, out->u.device.revokes, sample_number(s, 2) * 32);
        break;
    case STATEMENT_HEADS:
        sample_heads(s, &out->u.heads);
        break;
    case STATEMENT_ASSIGNMENT:
        sample_bytes(s, out->u.assignment.project, 32);
        out->u.assignment.record_count = 1 + sample_number(s, STATEMENT_RECORDS_MAX);
        out->u.assignment.records = sample_ids(s, out->u.assignment.record_count);
        break;
    case STATEMENT_MANIFEST:
        sample_bytes(s, out->u.manifest.project, 16);
        sample_bytes(s, out->u.manifest.root, 32);
        out->u.manifest.count = 1 + sample_number(s, STATEMENT_ROWS_MAX);
        break;
    case STATEMENT_ACT:
        sample_bytes(s, out->u.act.project, 16);
        sample_bytes(s, out->u.act.task, 32);
        out->u.act.act = (enum work_act)(1 + sample_number(s, WORK_RETURNED));
        break;
    case STATEMENT_RECEIPT:
        sample_bytes(s, out->u.receipt.project, 16);
        out->u.receipt.record_count = 1 + sample_number(s, STATEMENT_RECORDS_MAX);
        out->u.receipt.records = sample_ids(s, out->u.receipt.record_count);
        break;
    case STATEMENT_PROJECT:
    case STATEMENT_VENDOR:
        sample_bytes(s, out->u.vendor.project, 48);
        break;
    default:
        if (out->kind <= STATEMENT_REVOCATION || out->kind == STATEMENT_WITHDRAWAL)
            sample_denial(s, out);
        else
            sample_certificate(s, out);
    }
}

/* Number 1 of the key's chain, or the first root statement that `key` may sign alone. */
static inline struct statement sample_statement(struct sample *s, enum statement_kind kind,
                                                const struct sample_key *key)
{
    struct statement out = { .kind = kind, .number = 1 };
    out.created = sample_number(s, UINT64_C(1) << 40);
    out.expires = out.created + 1 + sample_number(s, UINT64_C(1) << 40);
    sample_fill(s, &out);
    if (kind == STATEMENT_ROOT) {
        out.u.root.key_count = out.u.root.threshold = 1;
        memcpy(out.u.root.keys[0], key->public_key, 32);
    } else {
        sample_bytes(s, out.owner, 32);
        memcpy(out.issuer, key->public_key, 32);
    }
    return out;
}

#endif
