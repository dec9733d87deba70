/* decide/world_log_test.h: records and requests of that small world, and a gate's log of them.
 * Tests only.
 * Memory  logs and requests are the caller's   Threads  one owner */
#ifndef DECIDE_WORLD_LOG_TEST_H
#define DECIDE_WORLD_LOG_TEST_H

#include "crypto/hash.h"
#include "crypto/kx.h"
#include "decide/gate_state.h"
#include "decide/world_test.h"
#include "record/record_header.h"
#include "request/signature.h"

/* --- records and requests --- */

struct world_record {
    uint8_t header[RECORD_HEADER_BYTES], id[32];
};

static inline struct world_record world_record(const struct world *w, const struct signer *author,
                                               enum record_kind kind, unsigned n)
{
    struct world_record out;
    struct record_header h;
    uint8_t dek[32] = { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)kind };
    record_header_make(&h, kind, w->project, author->key, dek);
    memcpy(out.header, h.raw, sizeof out.header);
    record_id(out.id, out.header);
    return out;
}

struct world_request {
    struct buf body;
    struct request request;
    uint8_t r[32], hash[32], signature[SIGNATURE_BYTES];
    uint8_t ids[8][32];
};

static inline void world_request_release(struct world_request *q)
{
    buf_release(&q->body);
}

/* A request as its device would make it; `q->request` is to be changed before world_request_sign.
 */
static inline struct request world_ask(const struct world *w, enum request_act act,
                                       const char *purpose, uint64_t nonce)
{
    uint8_t secret[32] = { 1 };
    struct request q = { .act = act, .gates = 3, .created = w->now, .expires = w->now + 60 };
    put_u64be(secret + 8, nonce);
    kx_public(q.ephemeral, secret);
    memcpy(q.owner, w->owner, 32);
    memcpy(q.epoch_id, w->epoch, 32);
    memcpy(q.project, w->project, 16);
    (void)snprintf(q.purpose, sizeof q.purpose, "%s", purpose);
    return q;
}

static inline struct world_request world_request_sign(struct request q, const struct signer *by,
                                                      const struct world_record *records,
                                                      size_t count)
{
    struct why why;
    struct world_request out = { .body = buf_init(REQUEST_BYTES_MAX) };
    AUTO_BUF struct buf headers = buf_init(8 * RECORD_HEADER_BYTES);
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        buf_add(&headers, records[i].header, RECORD_HEADER_BYTES);
        memcpy(out.ids[i], records[i].id, 32);
    }
    q.headers = buf_bytes(&headers);
    test_ok(request_write(&q, &out.body, &why), &why);
    test_ok(request_parse(buf_bytes(&out.body), &out.request, &why), &why);
    request_r(out.r, by->key, buf_bytes(&out.body));
    sha256(out.hash, buf_bytes(&out.body));
    const struct signature_target target = { "POST", "/v1/request", NULL };
    struct signature_fields fields;
    struct signature s;
    test_ok(signature_make(&target, out.hash, q.created, by->secret, &fields, &why), &why);
    test_ok(signature_parse(bytes_str(fields.digest), bytes_str(fields.input),
                            bytes_str(fields.signature), false, &s, &why), &why);
    memcpy(out.signature, s.sig, SIGNATURE_BYTES);
    return out;
}

static inline struct gate_ask world_gate_ask(const struct world_request *q, const struct signer *by)
{
    return (struct gate_ask){ .request = &q->request, .device = by->key, .r = q->r,
                              .ids = (const uint8_t(*)[32])q->ids };
}

static inline struct entry_body world_release(const struct world_request *q,
                                              const struct signer *by, unsigned gate,
                                              const char *rule)
{
    struct entry_body b = { .type = ENTRY_BODY_RELEASE };
    struct entry_body_release *r = &b.u.release;
    r->gate = (uint8_t)gate;
    r->act = (uint8_t)q->request.act;
    memcpy(r->epoch_id, q->request.epoch_id, 32);
    memcpy(r->r, q->r, 32);
    memcpy(r->device, by->key, 32);
    memcpy(r->signature, q->signature, SIGNATURE_BYTES);
    (void)snprintf(r->rule, sizeof r->rule, "%s", rule);
    (void)snprintf(r->reason, sizeof r->reason, "OK");
    memcpy(r->request_hash, q->hash, 32);
    r->request = buf_bytes(&q->body);
    return b;
}

/* --- a gate's log, kept as bytes --- */

struct world_entry {
    uint64_t time_ms;
    uint16_t type;
    struct buf body;
};

struct world_log {
    struct world_entry *at;
    size_t count;
};

static inline void world_log_release(struct world_log *l)
{
    for (size_t i = 0; i < l->count; i++)
        buf_release(&l->at[i].body);
    free(l->at);
    *l = (struct world_log){ 0 };
}

static inline void world_log_add(struct world_log *l, uint64_t time_ms, const struct entry_body *b)
{
    struct why why;
    l->at = reallocarray(l->at, l->count + 1, sizeof *l->at);
    assert_non_null(l->at);
    l->at[l->count] = (struct world_entry){ time_ms, (uint16_t)b->type, buf_init(ENTRY_BODY_MAX) };
    test_ok(entry_body_write(b, &l->at[l->count].body, &why), &why);
    l->count++;
}

static inline void world_log_statement(struct world_log *l, uint64_t time_ms, struct bytes envelope)
{
    const struct entry_body b = { .type = ENTRY_BODY_STATEMENT, .u.statement = envelope };
    world_log_add(l, time_ms, &b);
}

static inline void world_log_entry(const struct world_log *l, size_t i, struct entry *entry,
                                   struct entry_body *body)
{
    struct why why;
    *entry = (struct entry){ .time_ms = l->at[i].time_ms, .type = l->at[i].type, .rules = 1,
                             .body = buf_bytes(&l->at[i].body) };
    test_ok(entry_body_parse(entry->type, entry->body, body, &why), &why);
}

/* Check values of gate g for its two subsets of 2 of 3; `odd` differs from what others have. */
static inline void world_checks(const struct world *w, unsigned g, uint8_t odd,
                                uint8_t rows[2 * ENTRY_BODY_CHECK_BYTES], struct entry_body *b)
{
    static const uint8_t sets[4][2] = { { 0 }, { 3, 5 }, { 3, 6 }, { 5, 6 } };
    *b = (struct entry_body){ .type = ENTRY_BODY_CHECK };
    b->u.check.gate = (uint8_t)g;
    memcpy(b->u.check.epoch_id, w->epoch, 32);
    for (unsigned i = 0; i < 2; i++) {
        rows[i * 33] = sets[g][i];
        memset(rows + i * 33 + 1, sets[g][i] + odd, 32);
    }
    b->u.check.rows = bytes_of(rows, 66);
}

#endif
