/* Shares of different requests never combine: shown as linear algebra over GF(2).
 *
 * Unknowns are the partials (one for each A and record) and the masks (one for each pair of gates,
 * request, quorum and record); a share is a sum of some of them, a pad the sum of all partials of
 * its record. Partials and masks are outputs of a PRF under independent keys, so what a set of
 * shares says about a pad is exactly: everything if the pad is in their span, nothing otherwise.
 * Who knows the keys of some gates knows the partials of their A and their masks: those unknowns
 * are struck out. The first test ties the sums to the bytes that share_release really gives. */
#include "shares/test_epoch.h"

#include "crypto/aead.h"

enum { RECORDS = 2, GROUPS_MAX = 30, WORDS = 11, SHARES_MAX = GROUPS_MAX * 4 * RECORDS };

static const uint8_t project[16] = { 1 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

/* A sum of unknowns: bit u for unknown u. */
struct sum {
    uint64_t words[WORDS];
};

static void sum_flip(struct sum *s, unsigned u)
{
    assert_true(u < WORDS * 64);
    s->words[u / 64] ^= UINT64_C(1) << u % 64;
}

static unsigned partial_of(const struct test_epoch *e, unsigned a, unsigned record)
{
    return a * RECORDS + record;
}

/* One request and quorum: a release, or one t-subset of a create. */
struct group {
    unsigned request;
    uint8_t q;
};

static unsigned mask_of(const struct test_epoch *e, unsigned group, unsigned g, unsigned h,
                        unsigned record)
{
    unsigned low = g < h ? g : h, high = g < h ? h : g, pair = 0;
    for (unsigned a = 1; a <= 8; a++)
        for (unsigned b = a + 1; b <= 8; b++) {
            if (a == low && b == high)
                return SUBSET_LIST_MAX * RECORDS + (group * 10 + pair) * RECORDS + record;
            pair += subset_has(e->roster, a) && subset_has(e->roster, b);
        }
    fail();
    return 0;
}

/* Gate g's share of a record in a group, without what the keys of the `corrupt` gates give. */
static struct sum share_sum(const struct test_epoch *e, const struct group *groups, unsigned group,
                            unsigned g, unsigned record, uint8_t corrupt)
{
    struct sum s = { { 0 } };
    uint8_t q = groups[group].q;
    struct subset_list assigned = subset_assigned(e->t, e->roster, q, g);
    for (unsigned i = 0; i < assigned.count; i++)
        for (unsigned a = 0; a < e->sets.count; a++)
            if (e->sets.sets[a] == assigned.sets[i] && !(e->sets.sets[a] & corrupt))
                sum_flip(&s, partial_of(e, a, record));
    for (unsigned h = 1; h <= 8; h++)
        if (h != g && subset_has(q, h) && !subset_has(corrupt, g) && !subset_has(corrupt, h))
            sum_flip(&s, mask_of(e, group, g, h, record));
    return s;
}

static struct sum pad_sum(const struct test_epoch *e, unsigned record, uint8_t corrupt)
{
    struct sum s = { { 0 } };
    for (unsigned a = 0; a < e->sets.count; a++)
        if (!(e->sets.sets[a] & corrupt))
            sum_flip(&s, partial_of(e, a, record));
    return s;
}

static bool sum_zero(const struct sum *s)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < WORDS; i++)
        any |= s->words[i];
    return any == 0;
}

static unsigned sum_lowest(const struct sum *s)
{
    unsigned i = 0;
    while (s->words[i] == 0)
        i++;
    return i * 64 + (unsigned)__builtin_ctzll(s->words[i]);
}

/* A basis in which each row has a leading unknown of its own. */
struct span {
    unsigned count;
    struct sum rows[SHARES_MAX];
    unsigned lead[SHARES_MAX];
};

static struct sum span_reduce(const struct span *b, struct sum s)
{
    for (unsigned i = 0; i < b->count; i++)
        if (s.words[b->lead[i] / 64] >> b->lead[i] % 64 & 1)
            for (unsigned w = 0; w < WORDS; w++)
                s.words[w] ^= b->rows[i].words[w];
    return s;
}

static void span_add(struct span *b, const struct sum *s)
{
    struct sum rest = span_reduce(b, *s);
    if (sum_zero(&rest))
        return;
    assert_true(b->count < SHARES_MAX);
    b->lead[b->count] = sum_lowest(&rest);
    b->rows[b->count++] = rest;
}

static bool span_has(const struct span *b, const struct sum *s)
{
    struct sum rest = span_reduce(b, *s);
    return sum_zero(&rest);
}

/* Two releases through every quorum, and one create for as many gates as may be asked. */
static unsigned all_groups(const struct test_epoch *e, struct group groups[GROUPS_MAX])
{
    struct subset_list quorums = subset_choose(e->roster, e->t);
    unsigned n = subset_gates(e->roster), most = 2 * e->t - 1 < n ? 2 * e->t - 1 : n, count = 0;
    for (unsigned twice = 0; twice < 2; twice++)
        for (unsigned i = 0; i < quorums.count; i++, count++)
            groups[count] = (struct group){ count, quorums.sets[i] };
    struct subset_list created = subset_choose(subset_choose(e->roster, most).sets[0], e->t);
    for (unsigned i = 0; i < created.count; i++)
        groups[count + i] = (struct group){ count, created.sets[i] };
    return count + created.count;
}

/* have[record][group]: the gates whose share the attacker has collected. */
struct collection {
    uint8_t have[RECORDS][GROUPS_MAX];
};

/* The claim. */
static bool should_open(const struct collection *c, const struct group *groups, unsigned count,
                        unsigned record, uint8_t corrupt)
{
    for (unsigned i = 0; i < count; i++)
        if ((groups[i].q & ~corrupt & ~c->have[record][i]) == 0)
            return true;
    return false;
}

/* The algebra. */
static bool opens(const struct test_epoch *e, const struct collection *c,
                  const struct group *groups, unsigned count, unsigned record, uint8_t corrupt)
{
    static struct span b;
    b.count = 0;
    for (unsigned rec = 0; rec < RECORDS; rec++)
        for (unsigned i = 0; i < count; i++)
            for (unsigned g = 1; g <= 8; g++)
                if (subset_has(c->have[rec][i] & groups[i].q, g)) {
                    struct sum s = share_sum(e, groups, i, g, rec, corrupt);
                    span_add(&b, &s);
                }
    struct sum pad = pad_sum(e, record, corrupt);
    assert_false(sum_zero(&pad)); /* t-1 gates' keys alone never give it */
    return span_has(&b, &pad);
}

static void check(const struct test_epoch *e, const struct collection *c,
                  const struct group *groups, unsigned count, uint8_t corrupt)
{
    for (unsigned record = 0; record < RECORDS; record++)
        assert_int_equal(opens(e, c, groups, count, record, corrupt),
                         should_open(c, groups, count, record, corrupt));
}

/* xorshift64: the same collections in every run. */
static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static unsigned pick(uint64_t *x, uint8_t set)
{
    unsigned skip = (unsigned)(next(x) % subset_gates(set));
    while (skip-- > 0)
        set &= (uint8_t)(set - 1);
    return subset_lowest(set);
}

static void share_bytes_are_the_sum_of_their_unknowns(void **state)
{
    TEST_EACH_EPOCH(e) {
        struct subset_list quorums = subset_choose(e.roster, e.t);
        struct share_record records[RECORDS] = { { 2, { 1 } }, { 5, { 2 } } };
        for (unsigned k = 0; k < quorums.count; k++) {
            uint8_t q = quorums.sets[k], r[32];
            test_bytes(r, "r", k, 0);
            for (unsigned g = 1; g <= 8; g++) {
                uint8_t got[RECORDS * 32], want[RECORDS * 32] = { 0 };
                struct why why;
                if (!subset_has(q, g))
                    continue;
                test_ok(share_release(e.workers[g], r, q, project, records, RECORDS, got, &why),
                        &why);
                struct subset_list own = subset_assigned(e.t, e.roster, q, g);
                for (unsigned i = 0; i < own.count; i++)
                    for (unsigned rec = 0; rec < RECORDS; rec++) {
                        uint8_t key[32], partial[32];
                        key_project(key, gate_keys_subset(e.gates[g], own.sets[i]), e.id,
                                    own.sets[i], project, records[rec].kind);
                        key_partial(partial, key, records[rec].id);
                        for (size_t b = 0; b < 32; b++)
                            want[rec * 32 + b] ^= partial[b];
                    }
                for (unsigned h = 1; h <= 8; h++) {
                    uint8_t key[32];
                    if (h == g || !subset_has(q, h))
                        continue;
                    key_mask(key, gate_keys_zero(e.gates[g], h), r, q);
                    test_err(ctr_xor(key, want, sizeof want, NULL), ERR_OK);
                }
                assert_memory_equal(got, want, sizeof got);
            }
        }
    }
}

/* 2 of 3 has few enough shares to try every collection of one record's, for every coalition: two
 * requests through each quorum. */
static void every_collection_of_two_of_three_opens_only_with_one_whole_request(void **state)
{
    struct test_epoch e;
    test_epoch_init(&e, 2, 0x07);
    struct group groups[GROUPS_MAX];
    (void)all_groups(&e, groups);
    enum { GROUPS = 6 };
    for (unsigned coalition = 0; coalition < 4; coalition++) {
        uint8_t corrupt = coalition ? subset_of(coalition) : 0;
        for (unsigned bits = 0; bits < 1u << (2 * GROUPS); bits++) {
            struct collection c = { { { 0 } } };
            for (unsigned i = 0; i < GROUPS; i++) {
                uint8_t q = groups[i].q, high = (uint8_t)(q & (q - 1)), low = (uint8_t)(q ^ high);
                c.have[0][i] = (uint8_t)((bits >> 2 * i & 1 ? low : 0) |
                                         (bits >> (2 * i + 1) & 1 ? high : 0));
            }
            assert_int_equal(opens(&e, &c, groups, GROUPS, 0, corrupt),
                             should_open(&c, groups, GROUPS, 0, corrupt));
        }
    }
    test_epoch_release(&e);
}

/* The largest collections without a whole request: of each one honest gate's share lacks. More is
 * not to be had, and less says less; one share more opens that record, and that one only. */
static void all_shares_but_one_of_each_request_say_nothing(void **state)
{
    uint64_t x = 88172645463325252u;
    TEST_EACH_EPOCH(e) {
        struct group groups[GROUPS_MAX];
        unsigned count = all_groups(&e, groups);
        for (unsigned s = 0; s <= e.roster; s++) {
            uint8_t corrupt = (uint8_t)s;
            if ((corrupt & ~e.roster) != 0 || subset_gates(corrupt) >= e.t)
                continue;
            for (unsigned round = 0; round < 3; round++) {
                struct collection c;
                for (unsigned rec = 0; rec < RECORDS; rec++)
                    for (unsigned i = 0; i < count; i++) {
                        uint8_t honest = groups[i].q & (uint8_t)~corrupt;
                        unsigned lacks = round == 0 ? subset_lowest(honest) : pick(&x, honest);
                        c.have[rec][i] = groups[i].q & (uint8_t)~subset_of(lacks);
                    }
                check(&e, &c, groups, count, corrupt);
                unsigned at = (unsigned)(next(&x) % count), rec = round % RECORDS;
                c.have[rec][at] = groups[at].q;
                assert_true(opens(&e, &c, groups, count, rec, corrupt));
                assert_false(opens(&e, &c, groups, count, 1 - rec, corrupt));
            }
        }
    }
}

static void random_collections_open_only_with_one_whole_request(void **state)
{
    uint64_t x = 2463534242u;
    unsigned seen[2] = { 0, 0 };
    TEST_EACH_EPOCH(e) {
        struct group groups[GROUPS_MAX];
        unsigned count = all_groups(&e, groups);
        for (unsigned round = 0; round < 120; round++) {
            struct collection c;
            uint8_t corrupt = (uint8_t)next(&x) & e.roster;
            while (subset_gates(corrupt) >= e.t)
                corrupt &= (uint8_t)(corrupt - 1);
            for (unsigned rec = 0; rec < RECORDS; rec++)
                for (unsigned i = 0; i < count; i++)
                    c.have[rec][i] = (uint8_t)(next(&x) & next(&x) >> 8) & groups[i].q;
            check(&e, &c, groups, count, corrupt);
            seen[should_open(&c, groups, count, 0, corrupt)]++;
        }
    }
    assert_true(seen[0] > 100 && seen[1] > 100); /* both sides of the claim were tried */
}

/* Who holds t-1 gates' keys and asks one honest gate opens: that is t gates, and the honest one
 * has logged it. What that gate answered to requests for other quorums does not help. */
static void t_minus_one_stolen_gates_need_a_fresh_answer_of_an_honest_one(void **state)
{
    TEST_EACH_EPOCH(e) {
        struct group groups[GROUPS_MAX];
        unsigned count = all_groups(&e, groups);
        struct subset_list coalitions = subset_choose(e.roster, e.t - 1);
        for (unsigned k = 0; k < coalitions.count; k++) {
            uint8_t corrupt = coalitions.sets[k];
            for (unsigned i = 0; i < count; i++) {
                struct collection c = { { { 0 } } };
                c.have[0][i] = groups[i].q;
                uint8_t honest = groups[i].q & (uint8_t)~corrupt;
                c.have[0][i] = honest & (uint8_t)(honest - 1); /* all honest ones but one */
                assert_false(opens(&e, &c, groups, count, 0, corrupt));
                c.have[0][i] = honest;
                assert_true(opens(&e, &c, groups, count, 0, corrupt));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(share_bytes_are_the_sum_of_their_unknowns),
        cmocka_unit_test(every_collection_of_two_of_three_opens_only_with_one_whole_request),
        cmocka_unit_test(all_shares_but_one_of_each_request_say_nothing),
        cmocka_unit_test(random_collections_open_only_with_one_whole_request),
        cmocka_unit_test(t_minus_one_stolen_gates_need_a_fresh_answer_of_an_honest_one),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
