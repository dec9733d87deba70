/* A gate's mind lives through what a small grammar says: statements of any person, with any member
 * changed, and requests. No signatures: they are checked before the mind sees anything. */
#include "fuzz.h"

#include "base/cur.h"
#include "decide/live_test.h"
#include "decide/snapshot.h"

enum { STEPS_MAX = 40 };

struct mind {
    struct world w;
    struct gate_state *lived, *replayed;
    struct cur c;
    uint64_t made; /* ids so far */
    uint8_t asked_for[8][32]; /* records of late requests: closes name them */
};

static struct world base;
static struct buf base_state;

/* Everybody is there and the epoch is ready, made once with real signatures. */
static void base_make(void)
{
    struct live l = live_unready();
    live_ready(&l);
    base = l.w;
    base_state = buf_init(1 << 24);
    snapshot_state(l.g, &base_state);
    fuzz_must(buf_ok(&base_state));
    live_release(&l);
}

static struct gate_state *fold(struct bytes state)
{
    struct why why;
    struct gate_state *g = NULL;
    fuzz_must(snapshot_fold(state, base.owner, 1, &g, &why) == ERR_OK);
    return g;
}

static struct signer *person(struct mind *m)
{
    struct world *w = &m->w;
    struct signer *const all[] = { &w->admin, &w->manager, &w->ann, &w->bob,
                                   &w->rita,  &w->tom,     &w->watcher, &w->vendor_root };
    return all[cur_u8(&m->c) % (sizeof all / sizeof all[0])];
}

static uint64_t now_ms(const struct mind *m)
{
    return m->w.now * 1000;
}

static void record_of(struct mind *m, uint8_t out[32])
{
    memset(out, cur_u8(&m->c) % 8, 32);
}

static struct statement granted(struct mind *m, const struct signer *by, uint8_t kind)
{
    struct world *w = &m->w;
    switch (kind % 6) {
    case 0:
        return world_member(w, by, person(m), (enum role)(1 + cur_u8(&m->c) % ROLE_ADMIN));
    case 1: {
        struct statement s = world_device(w, by, person(m));
        if (cur_u8(&m->c) % 2)
            memcpy(s.u.device.revokes, person(m)->key, 32);
        if (cur_u8(&m->c) % 4 == 0)
            memcpy(s.u.device.member, person(m)->member, 16);
        return s;
    }
    case 2:
        return world_policy(w, 1 + cur_u8(&m->c) % 3, WORLD_POLICY);
    case 3:
        return world_epoch(w, cur_u8(&m->c) % 3);
    case 4:
        return world_vendor(w);
    default:
        return world_watcher(w);
    }
}

static struct statement said(struct mind *m, const struct signer *by)
{
    uint8_t record[32];
    struct world *w = &m->w;
    const uint8_t kind = cur_u8(&m->c);
    switch (kind % 8) {
    case 0:
        return world_heads(w, by, person(m));
    case 1:
        record_of(m, record);
        return world_assignment(w, by, record, person(m));
    case 2:
        return world_manifest(w, by);
    case 3:
        return world_act(w, by, (enum work_act)(1 + cur_u8(&m->c) % 3), 1, cur_u8(&m->c));
    case 4:
        record_of(m, record);
        return world_receipt(w, by, record);
    case 5:
        return world_project(w);
    default:
        return granted(m, by, kind / 8);
    }
}

/* Changes what every statement has; most often nothing. */
static void bend(struct mind *m, struct statement *s)
{
    const uint8_t how = cur_u8(&m->c);
    if (how & 1)
        s->expires = m->w.now + cur_u16be(&m->c);
    if ((how & 0x06) == 0x06)
        s->created = m->w.now + 200 - cur_u16be(&m->c);
    if ((how & 0x18) == 0x18)
        s->number += cur_u8(&m->c) % 3;
    if ((how & 0x60) == 0x60)
        s->previous[0] ^= 1;
    if (how == 0x80)
        s->owner[0] ^= 1;
}

/* Is it one that can be read? Only such reach a mind. */
static bool readable(const struct statement *s)
{
    struct why why;
    AUTO_STATEMENT struct statement again = { 0 };
    AUTO_BUF struct buf payload = buf_init(1 << 16);
    return statement_write(s, &payload, &why) == ERR_OK &&
           statement_read(s->kind, buf_bytes(&payload), &again, &why) == ERR_OK;
}

static void statement(struct mind *m)
{
    struct why why;
    struct signer *by = person(m);
    AUTO_STATEMENT struct statement s = said(m, by);
    bend(m, &s);
    put_u64be(s.id, ++m->made);
    s.id[31] = 1;
    if (!readable(&s) ||
        authority_check(gate_authority(m->lived), &s, m->w.now, &why) != ERR_OK)
        return;
    fuzz_must(gate_apply_statement(m->lived, &s, (int64_t)now_ms(m), &why) == ERR_OK);
    fuzz_must(gate_apply_statement(m->replayed, &s, (int64_t)now_ms(m), &why) == ERR_OK);
    world_said(by, &s);
}

static struct request asked(struct mind *m, const struct signer *by)
{
    static const char *const purposes[] = { "annotate", "review", "publish", "manage" };
    const uint8_t how = cur_u8(&m->c);
    struct authority_head head = { .number = 0 };
    struct request q = world_ask(&m->w, how & 1 ? REQUEST_CREATE : REQUEST_RELEASE,
                                 purposes[how / 2 % 4], ++m->made);
    (void)authority_head(gate_authority(m->lived), by->key, &head);
    memcpy(q.manifest, head.manifest, 32);
    const uint8_t bent = cur_u8(&m->c);
    if (bent & 1)
        q.gates = cur_u8(&m->c);
    if ((bent & 0x06) == 0x06)
        q.created = m->w.now + 200 - cur_u16be(&m->c);
    if ((bent & 0x18) == 0x18)
        q.expires = q.created + cur_u8(&m->c);
    if (bent == 0x20)
        q.epoch_id[0] ^= 1;
    if (bent == 0x40)
        q.owner[0] ^= 1;
    if (bent == 0x60)
        q.manifest[0] ^= 1;
    return q;
}

/* What no grant may be without, whatever was said before. */
static void granted_rightly(const struct mind *m, const struct world_request *r,
                            const struct signer *by)
{
    const struct request *q = &r->request;
    const struct authority_device *d = authority_device(gate_authority(m->lived), by->key);
    fuzz_must(d && !d->revoked && d->expires > m->w.now);
    fuzz_must(q->expires + GATE_CLOCK_SECONDS >= m->w.now && (q->gates & 1));
    fuzz_must(q->created <= m->w.now + GATE_CLOCK_SECONDS);
    fuzz_must(memcmp(q->owner, base.owner, 32) == 0 && gate_ready(m->lived));
    for (size_t i = 0; q->act == REQUEST_CREATE && i < request_header_count(q); i++)
        fuzz_must(memcmp(request_header(q, i) + 24, by->key, 32) == 0);
}

/* Asked twice the answer is the same, and asking changes nothing. */
static struct decision decide(const struct mind *m, const struct gate_ask *ask)
{
    uint8_t before[32], after[32];
    gate_digest(m->lived, before);
    struct decision d = gate_decide(m->lived, ask, (int64_t)now_ms(m));
    struct decision again = gate_decide(m->lived, ask, (int64_t)now_ms(m));
    struct decision other = gate_decide(m->replayed, ask, (int64_t)now_ms(m));
    gate_digest(m->lived, after);
    fuzz_must(memcmp(before, after, 32) == 0);
    fuzz_must(d.code == again.code && d.refused_index == again.refused_index);
    fuzz_must(d.code == other.code && strcmp(d.rule, other.rule) == 0);
    fuzz_must(strcmp(d.rule, again.rule) == 0 && (d.code != ERR_OK || *d.rule));
    return d;
}

/* Pairs of what was asked for lately, fitting or not. */
static void closes_of(struct mind *m, struct buf *out)
{
    const uint8_t how = cur_u8(&m->c);
    for (unsigned i = 0; i < how % 3U; i++) {
        const uint8_t which = cur_u8(&m->c);
        struct request_close c = { .how = which & 0x80 ? REQUEST_SKIP : REQUEST_SUBMISSION };
        memcpy(c.task, m->asked_for[which & 7], 32);
        if (c.how == REQUEST_SUBMISSION)
            memcpy(c.record, m->asked_for[which >> 3 & 7], 32);
        request_close_write(&c, out);
    }
}

static void request(struct mind *m)
{
    struct why why;
    const struct signer *by = person(m);
    struct request q = asked(m, by);
    struct world_request r = { .body = buf_init(REQUEST_BYTES_MAX) };
    AUTO_BUF struct buf headers = buf_init(8 * RECORD_HEADER_BYTES);
    const size_t count = 1 + cur_u8(&m->c) % 3;
    for (size_t i = 0; i < count; i++) {
        const struct world_record w = world_record(
            &m->w, person(m), (enum record_kind)(1 + cur_u8(&m->c) % RECORD_FILE),
            cur_u8(&m->c));
        buf_add(&headers, w.header, sizeof w.header);
        memcpy(r.ids[i], w.id, 32);
        memcpy(m->asked_for[cur_u8(&m->c) % 8], w.id, 32);
    }
    AUTO_BUF struct buf closes = buf_init(4096);
    closes_of(m, &closes);
    q.closes = buf_bytes(&closes);
    q.headers = buf_bytes(&headers);
    if (request_write(&q, &r.body, &why) == ERR_OK &&
        request_parse(buf_bytes(&r.body), &r.request, &why) == ERR_OK) {
        request_r(r.r, by->key, buf_bytes(&r.body));
        sha256(r.hash, buf_bytes(&r.body));
        const struct gate_ask ask = world_gate_ask(&r, by);
        const struct decision d = decide(m, &ask);
        if (d.code == ERR_OK) {
            granted_rightly(m, &r, by);
            const struct entry_body b = world_release(&r, by, 1, d.rule);
            fuzz_must(gate_granted(m->lived, &ask, m->w.now, &why) == ERR_OK);
            fuzz_must(gate_apply(m->replayed, now_ms(m), &b, bytes_of(NULL, 0), &why) == ERR_OK);
            fuzz_must(gate_decide(m->lived, &ask, (int64_t)now_ms(m)).code != ERR_OK);
        } else {
            gate_refused(m->lived, by->key, r.r, d.code, (int64_t)now_ms(m));
        }
    }
    world_request_release(&r);
}

static void checks(struct mind *m)
{
    struct why why;
    uint8_t rows[2 * ENTRY_BODY_CHECK_BYTES];
    struct entry_body b;
    const unsigned gate = 1 + cur_u8(&m->c) % 3;
    world_checks(&m->w, gate, cur_u8(&m->c) % 2, rows, &b);
    enum err e = gate_checks(m->lived, gate, b.u.check.epoch_id, b.u.check.rows, &why);
    fuzz_must(e == gate_checks(m->replayed, gate, b.u.check.epoch_id, b.u.check.rows, &why));
    (void)gate_checks_complete(m->lived);
}

static void step(struct mind *m)
{
    struct entry_body_refusals refusals[4];
    const uint8_t what = cur_u8(&m->c);
    if (what < 0x70)
        statement(m);
    else if (what < 0xe0)
        request(m);
    else if (what < 0xe8)
        checks(m);
    else if (what < 0xf0)
        (void)gate_refusals_take(m->lived, (int64_t)now_ms(m), refusals, 4);
    else
        m->w.now += (uint64_t)cur_u16be(&m->c) << (what & 7);
}

/* One log, one state: lived, replayed, and written down and read back. */
static void same(const struct mind *m)
{
    uint8_t lived[32], replayed[32], read[32];
    AUTO_BUF struct buf state = buf_init(1 << 24);
    snapshot_state(m->lived, &state);
    fuzz_must(buf_ok(&state));
    struct gate_state *back = fold(buf_bytes(&state));
    gate_digest(m->lived, lived);
    gate_digest(m->replayed, replayed);
    gate_digest(back, read);
    gate_state_free(back);
    fuzz_must(memcmp(lived, replayed, 32) == 0 && memcmp(lived, read, 32) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!base_state.ptr)
        base_make();
    struct mind m = { .w = base, .lived = fold(buf_bytes(&base_state)),
                      .replayed = fold(buf_bytes(&base_state)),
                      .c = cur_from(bytes_of(data, size)) };
    for (size_t i = 0; i < STEPS_MAX && cur_left(&m.c) && !m.c.failed; i++)
        step(&m);
    same(&m);
    gate_state_free(m.lived);
    gate_state_free(m.replayed);
    return 0;
}
