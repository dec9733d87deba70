#include "decide/live_test.h"
#include "decide/redecide.h"

/* --- a log replayed is a log lived: random statements and requests --- */

static uint64_t seed;
static unsigned below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

struct crowd {
    struct signer *who[64];
    size_t count;
};

/* Says it if it may be said; most often it may. */
static void try_say(struct live *l, struct signer *by, struct statement s)
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

static void random_statement(struct live *l, struct crowd *c)
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

static void random_request(struct live *l, struct crowd *c, uint64_t nonce)
{
    static const char *const purposes[] = { "annotate", "annotate", "review", "publish" };
    struct world *w = &l->w;
    struct signer *by = c->who[below((unsigned)c->count)];
    struct request q = world_ask(w, below(3) ? REQUEST_RELEASE : REQUEST_CREATE,
                                 purposes[below(4)], nonce);
    struct authority_head head = { .number = 0 };
    struct decision d;
    (void)authority_head(gate_authority(l->g), by->key, &head);
    memcpy(q.manifest, head.manifest, 32);
    struct world_record records[2];
    for (unsigned i = 0; i < 2; i++)
        records[i] = world_record(w, below(2) ? by : &w->admin,
                                  below(3) ? RECORD_TASK : RECORD_SUBMISSION, below(1000));
    (void)live_ask(l, q, by, records, 1 + below(2), &d);
}

static uint64_t replay_and_compare(const struct live *l)
{
    struct why why;
    uint8_t lived[32], replayed[32], audited[32];
    struct gate_state *again = NULL;
    AUTO_REDECIDE struct redecide *d = NULL;
    test_ok(redecide_new(l->w.owner, 1, &d, &why), &why);
    for (size_t i = 0; i < l->log.count; i++) {
        struct entry entry;
        struct entry_body body;
        world_log_entry(&l->log, i, &entry, &body);
        if (i == 0) {
            AUTO_STATEMENT struct statement root = { 0 };
            test_ok(statement_open(body.u.statement, &root, &why), &why);
            test_ok(gate_state_new(&root, 1, &again, &why), &why);
        } else {
            test_ok(gate_apply(again, entry.time_ms, &body, &why), &why);
        }
        test_ok(redecide_entry(d, i, &entry, &body, bytes_of(NULL, 0), &why), &why);
    }
    gate_digest(l->g, lived);
    gate_digest(again, replayed);
    gate_digest(redecide_state(d), audited);
    assert_memory_equal(lived, replayed, 32);
    assert_memory_equal(lived, audited, 32);
    gate_state_free(again);
    return redecide_releases(d);
}

static void a_log_replayed_is_a_log_lived(void **state)
{
    (void)state;
    uint64_t releases = 0;
    for (uint64_t round = 1; round <= 8; round++) {
        seed = round;
        struct live l = live_unready();
        live_ready(&l);
        struct signer extra[4];
        struct crowd c = { { &l.w.ann, &l.w.bob, &l.w.rita, &l.w.tom, &l.w.admin }, 5 };
        for (unsigned i = 0; i < 4; i++) {
            extra[i] = world_signer(&l.w);
            if (i % 2) /* some belong to people who are there */
                memcpy(extra[i].member, c.who[i]->member, 16);
            c.who[c.count++] = &extra[i];
        }
        for (uint64_t step = 0; step < 150; step++) {
            l.w.now += below(90);
            if (below(2))
                random_statement(&l, &c);
            else
                random_request(&l, &c, round << 32 | step);
        }
        releases += replay_and_compare(&l);
        live_release(&l);
    }
    assert_true(releases > 20); /* or the rounds show nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_replayed_is_a_log_lived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
