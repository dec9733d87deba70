/* decide/random_test.h: a gate that lives through random statements and requests. Tests only.
 * Threads  one owner */
#ifndef DECIDE_RANDOM_TEST_H
#define DECIDE_RANDOM_TEST_H

#include "decide/live_test.h"

static uint64_t random_seed;
static inline unsigned below(unsigned n)
{
    random_seed = random_seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_seed >> 33) % n;
}

struct crowd {
    struct signer *who[64];
    size_t count;
    struct signer extra[4];
    uint64_t nonce;
    uint8_t seen[16][32]; /* records of late requests, to be closed and to close with */
};

/* Says it if it may be said; most often it may. */
static inline void try_say(struct live *l, struct signer *by, struct statement s)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    struct why why;
    world_sign(by, &s, &envelope);
    if (authority_check(gate_authority(l->g), &s, l->w.now, &why) == ERR_OK) {
        live_take(l, &s, buf_bytes(&envelope));
        world_said(by, &s);
    }
    statement_release(&s);
}

static inline void random_statement(struct live *l, struct crowd *c)
{
    struct world *w = &l->w;
    struct signer *who = c->who[below((unsigned)c->count)];
    struct signer *by = below(3) ? &w->manager : &w->admin;
    uint8_t record[32] = { (uint8_t)below(8) };
    struct statement s;
    switch (below(8)) {
    case 0:
        try_say(l, by, world_member(w, by, who, below(2) ? ROLE_ANNOTATOR : ROLE_REVIEWER));
        return;
    case 1:
        s = world_device(w, by, who);
        if (below(2))
            memcpy(s.u.device.revokes, c->who[below((unsigned)c->count)]->key, 32);
        s.expires = w->now + 1 + below(2000);
        try_say(l, by, s);
        return;
    case 2:
        try_say(l, &w->watcher, world_heads(w, &w->watcher, by));
        return;
    case 3:
        try_say(l, who, world_assignment(w, who, record, c->who[below((unsigned)c->count)]));
        return;
    case 4:
        try_say(l, &w->admin, world_policy(w, 2, "policy demo 2" WORLD_RULES));
        return;
    case 5:
        try_say(l, who, world_act(w, who, (enum work_act)(1 + below(3)), 1, 2));
        return;
    default:
        try_say(l, who, world_manifest(w, who));
    }
}

static inline void random_request(struct live *l, struct crowd *c)
{
    static const char *const purposes[] = { "annotate", "annotate", "review", "publish" };
    struct world *w = &l->w;
    struct signer *by = c->who[below((unsigned)c->count)];
    struct request q = world_ask(w, below(3) ? REQUEST_RELEASE : REQUEST_CREATE,
                                 purposes[below(4)], ++c->nonce);
    struct authority_head head = { .number = 0 };
    struct decision d;
    (void)authority_head(gate_authority(l->g), by->key, &head);
    memcpy(q.manifest, head.manifest, 32);
    struct world_record records[2];
    AUTO_BUF struct buf closes = buf_init(4096);
    for (unsigned i = below(3); i > 0; i--) {
        struct request_close close = { .how = below(4) ? REQUEST_SUBMISSION : REQUEST_SKIP };
        memcpy(close.task, c->seen[below(16)], 32);
        if (close.how == REQUEST_SUBMISSION)
            memcpy(close.record, c->seen[below(16)], 32);
        request_close_write(&close, &closes);
    }
    q.closes = buf_bytes(&closes);
    for (unsigned i = 0; i < 2; i++) {
        records[i] = world_record(w, below(2) ? by : &w->admin,
                                  below(3) ? RECORD_TASK : RECORD_SUBMISSION, below(1000));
        memcpy(c->seen[below(16)], records[i].id, 32);
    }
    (void)live_ask(l, q, by, records, 1 + below(2), &d);
}

/* A gate that is ready, and people to speak in it; `c` points into `l`. */
static inline void random_start(struct live *l, struct crowd *c, uint64_t round)
{
    random_seed = round;
    *l = live_unready();
    live_ready(l);
    *c = (struct crowd){ .who = { &l->w.ann, &l->w.bob, &l->w.rita, &l->w.tom, &l->w.admin },
                         .count = 5, .nonce = round << 32 };
    for (unsigned i = 0; i < 4; i++) {
        c->extra[i] = world_signer(&l->w);
        if (i % 2) /* some belong to people who are there */
            memcpy(c->extra[i].member, c->who[i]->member, 16);
        c->who[c->count++] = &c->extra[i];
    }
}

static inline void random_step(struct live *l, struct crowd *c)
{
    l->w.now += below(90);
    if (below(2))
        random_statement(l, c);
    else
        random_request(l, c);
}

#endif
