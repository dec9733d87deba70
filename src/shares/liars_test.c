/* Gates that answer wrongly, in creates and in releases: what they can and cannot do. */
#include "shares/test_epoch.h"

#include "record/slot.h"
#include "shares/blame.h"
#include "shares/combine.h"

enum { SHARES_MAX = 6 };
static const uint8_t project[16] = { 1 }, author[32] = { 2 }, dek[32] = { 3 };
static struct record_header header;
static struct share_record record;

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    record_header_make(&header, RECORD_TASK, project, author, dek);
    record.kind = RECORD_TASK;
    record_id(record.id, header.raw);
    return 0;
}

/* How a gate lies: in every share, each wrong in its own way; or so that all quorums with a liar
 * in them give the same wrong pad. */
enum way { WAY_EACH_OTHERWISE, WAY_TOGETHER, WAYS };

static void lie(uint8_t share[32], enum way way, uint8_t liars, unsigned gate, uint8_t q)
{
    if (way == WAY_EACH_OTHERWISE)
        share[q % 32] ^= (uint8_t)(gate * 16 + 1);
    else if (subset_lowest(q & liars) == gate) /* once in each quorum, always the same */
        share[0] ^= 0x5a;
}

/* The pads of a create for `s`; returns its quorums. */
static struct subset_list create(const struct test_epoch *e, uint8_t s, uint8_t liars, enum way way,
                                 uint8_t pads[SUBSET_LIST_MAX * 32])
{
    static uint8_t shares[9][SHARES_MAX * 32];
    struct combine_answer answers[SUBSET_GATES_MAX];
    struct subset_list all = subset_choose(s, e->t);
    uint8_t r[32];
    size_t n = 0;
    struct why why;
    test_bytes(r, "create", s, liars);
    for (unsigned g = 1; g <= 8; g++) {
        if (!subset_has(s, g))
            continue;
        struct subset_list own = subset_holding(&all, g);
        test_ok(share_create(e->workers[g], r, s, project, &record, 1, shares[g], &why), &why);
        for (unsigned j = 0; j < own.count && subset_has(liars, g); j++)
            lie(shares[g] + j * 32, way, liars, g, own.sets[j]);
        answers[n++] = (struct combine_answer){ g, bytes_of(shares[g], own.count * 32u) };
    }
    test_ok(combine_create(e->t, s, answers, n, 1, pads, &why), &why);
    return all;
}

static void release(const struct test_epoch *e, uint8_t q, uint8_t liars, enum way way,
                    uint8_t pad[32])
{
    uint8_t shares[9][32], r[32];
    struct combine_answer answers[SUBSET_GATES_MAX];
    size_t n = 0;
    struct why why;
    test_bytes(r, "release", q, liars);
    for (unsigned g = 1; g <= 8; g++) {
        if (!subset_has(q, g))
            continue;
        test_ok(share_release(e->workers[g], r, q, project, &record, 1, shares[g], &why), &why);
        if (subset_has(liars, g))
            lie(shares[g], way, liars, g, q);
        answers[n++] = (struct combine_answer){ g, bytes_of(shares[g], 32) };
    }
    test_ok(combine_release(q, answers, n, 1, pad, &why), &why);
}

/* The candidate slots that an author makes of a create's pads. */
static unsigned candidates(const uint8_t *pads, unsigned quorums,
                           struct slot slots[SUBSET_LIST_MAX])
{
    unsigned which[SUBSET_LIST_MAX], count = combine_distinct(pads, quorums, which);
    for (unsigned i = 0; i < count; i++)
        slot_make(&slots[i], record.id, 1, dek, pads + which[i] * 32);
    return count;
}

static uint8_t most_gates(const struct test_epoch *e, unsigned place)
{
    unsigned n = subset_gates(e->roster);
    struct subset_list list = subset_choose(e->roster, 2 * e->t - 1 < n ? 2 * e->t - 1 : n);
    return list.sets[place % list.count];
}

static bool liars_allowed(const struct test_epoch *e, unsigned liars)
{
    return (liars & ~(unsigned)e->roster) == 0 && subset_gates((uint8_t)liars) < e->t;
}

/* With t honest gates among those asked, whatever the others say: one candidate is right, so the
 * create is done and every honest quorum opens the record later. */
static void liars_neither_stop_a_create_nor_take_a_record_hostage(void **state)
{
    TEST_EACH_EPOCH(e) {
        for (unsigned l = 0; l <= e.roster; l++) {
            uint8_t liars = (uint8_t)l, s = most_gates(&e, l);
            if (!liars_allowed(&e, l) || subset_gates(s & (uint8_t)~liars) < e.t)
                continue;
            for (enum way way = 0; way < WAYS; way++) {
                uint8_t pads[SUBSET_LIST_MAX * 32], pad[32], got[32];
                struct slot slots[SUBSET_LIST_MAX];
                struct subset_list quorums = create(&e, s, liars, way, pads);
                unsigned count = candidates(pads, quorums.count, slots);
                assert_int_equal(combine_agree(pads, quorums.count, 1), (s & liars) == 0);
                assert_int_equal(count == 1, (s & liars) == 0);
                struct subset_list all = subset_choose(e.roster, e.t);
                for (unsigned i = 0; i < all.count; i++) {
                    if (all.sets[i] & liars)
                        continue;
                    struct why why;
                    release(&e, all.sets[i], liars, way, pad);
                    test_ok(slot_open_any(slots, count, &header, pad, got, NULL, &why), &why);
                    assert_memory_equal(got, dek, 32);
                }
            }
        }
    }
}

/* One gate down while the record is created: one quorum cannot be compared with another, so the
 * author keeps the DEK; the slot is good if the gates were honest. */
static void a_create_through_one_quorum_is_not_called_agreed(void **state)
{
    TEST_EACH_EPOCH(e) {
        struct subset_list all = subset_choose(e.roster, e.t);
        for (unsigned i = 0; i < all.count; i++) {
            uint8_t pads[SUBSET_LIST_MAX * 32], want[32];
            struct subset_list quorums = create(&e, all.sets[i], 0, WAY_TOGETHER, pads);
            assert_int_equal(quorums.count, 1);
            assert_false(combine_agree(pads, 1, 1));
            test_pad(&e, project, &record, want);
            assert_memory_equal(pads, want, 32);
        }
    }
}

/* Where n < 2t-1, t-1 liars leave no honest quorum, and together they can make all quorums agree on
 * a false pad. That is outside of what a create withstands: n-t liars. */
static void more_than_n_minus_t_liars_together_can_make_a_create_agree_falsely(void **state)
{
    struct test_epoch e;
    test_epoch_init(&e, 3, 0x0f);
    uint8_t pads[SUBSET_LIST_MAX * 32], want[32];
    struct subset_list quorums = create(&e, 0x0f, 0x03, WAY_TOGETHER, pads);
    test_pad(&e, project, &record, want);
    assert_true(combine_agree(pads, quorums.count, 1));
    assert_memory_not_equal(pads, want, 32);
    test_epoch_release(&e);
}

/* A read tries every quorum. Honest gates are never named; who always lies is. */
static void reads_name_liars_and_nobody_else(void **state)
{
    unsigned named = 0;
    TEST_EACH_EPOCH(e) {
        unsigned n = subset_gates(e.roster);
        struct subset_list all = subset_choose(e.roster, e.t);
        for (unsigned l = 0; l <= e.roster; l++) {
            uint8_t liars = (uint8_t)l, pads[SUBSET_LIST_MAX * 32], pad[32], got[32];
            if (!liars_allowed(&e, l))
                continue;
            for (enum way way = 0; way < WAYS; way++) {
                /* The create was honest: what opens shows who lies now. */
                struct slot slots[SUBSET_LIST_MAX];
                struct subset_list quorums = create(&e, most_gates(&e, l), 0, way, pads);
                unsigned count = candidates(pads, quorums.count, slots);
                assert_int_equal(count, 1);
                struct blame_trial trials[SUBSET_LIST_MAX];
                for (unsigned i = 0; i < all.count; i++) {
                    release(&e, all.sets[i], liars, way, pad);
                    bool worked = slot_open_any(slots, count, &header, pad, got, NULL, NULL) ==
                                  ERR_OK;
                    assert_int_equal(worked, (all.sets[i] & liars) == 0);
                    trials[i] = (struct blame_trial){ all.sets[i], worked };
                }
                struct blame b = blame_judge(e.t, e.roster, trials, all.count);
                bool honest_quorum = n - subset_gates(liars) >= e.t;
                assert_int_equal(b.gates, honest_quorum ? liars : 0);
                assert_int_equal(b.verdict, !honest_quorum || !liars ? BLAME_NOBODY
                                            : e.t - 1 <= n - e.t     ? BLAME_NAMED
                                                                     : BLAME_ONE_OF);
                named += b.verdict == BLAME_NAMED;
                /* One gate down: never named, for some quorum was not tried. */
                for (unsigned i = 0; i < all.count; i++) {
                    struct blame_trial rest[SUBSET_LIST_MAX];
                    memcpy(rest, trials, sizeof rest);
                    rest[i] = rest[all.count - 1];
                    b = blame_judge(e.t, e.roster, rest, all.count - 1);
                    assert_int_not_equal(b.verdict, BLAME_NAMED);
                }
            }
        }
    }
    assert_true(named > 50);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(liars_neither_stop_a_create_nor_take_a_record_hostage),
        cmocka_unit_test(a_create_through_one_quorum_is_not_called_agreed),
        cmocka_unit_test(more_than_n_minus_t_liars_together_can_make_a_create_agree_falsely),
        cmocka_unit_test(reads_name_liars_and_nobody_else),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
