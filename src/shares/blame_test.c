#include "base/test.h"

#include "shares/blame.h"

/* All pairs 2 <= t < n <= 5. */
static const struct { unsigned t; uint8_t roster; } epochs[] = {
    { 2, 0x07 }, { 2, 0x0f }, { 3, 0x0f }, { 2, 0x1f }, { 3, 0x1f }, { 4, 0x1f }, { 3, 0xb5 },
};
enum { EPOCHS = sizeof epochs / sizeof epochs[0] };

/* What honest gates may expect of any verdict when `liars` are the ones who lied. */
static void assert_true_words(struct blame b, uint8_t liars, unsigned t)
{
    if (b.verdict == BLAME_NAMED)
        assert_int_equal(b.gates & ~liars, 0);
    if (b.verdict == BLAME_ONE_OF && (b.gates & liars) == 0) {
        assert_true(b.unless > 0 && subset_gates(liars) >= b.unless);
        assert_true(subset_gates(liars) < t);
    }
    if (b.verdict == BLAME_NOBODY)
        assert_int_equal(b.gates, 0);
    else
        assert_int_not_equal(b.gates, 0);
}

/* Every set of up to t-1 liars, lying in any choice of the quorums that hold one of them, with any
 * choice of quorums tried: nobody honest is named, and every verdict's words are true. */
static void no_honest_gate_is_ever_named(void **state)
{
    for (size_t e = 0; e < EPOCHS; e++) {
        unsigned t = epochs[e].t;
        struct subset_list quorums = subset_choose(epochs[e].roster, t);
        for (unsigned l = 0; l <= epochs[e].roster; l++) {
            uint8_t liars = (uint8_t)l;
            if ((liars & ~epochs[e].roster) != 0 || subset_gates(liars) >= t)
                continue;
            /* Each quorum in turn: not tried, worked, or failed if a liar is in it. */
            unsigned patterns = 1;
            for (unsigned i = 0; i < quorums.count; i++)
                patterns *= 3;
            for (unsigned p = 0; p < patterns; p++) {
                struct blame_trial trials[SUBSET_LIST_MAX];
                unsigned count = 0, rest = p;
                bool possible = true;
                for (unsigned i = 0; i < quorums.count; i++, rest /= 3) {
                    bool lies = (quorums.sets[i] & liars) != 0;
                    possible &= rest % 3 != 2 || lies;
                    if (rest % 3 != 0)
                        trials[count++] = (struct blame_trial){ quorums.sets[i], rest % 3 == 1 };
                }
                if (!possible)
                    continue;
                struct blame b = blame_judge(t, epochs[e].roster, trials, count);
                assert_true_words(b, liars, t);
                assert_true(b.verdict != BLAME_NAMED || count == quorums.count);
            }
        }
    }
}

/* The store has changed the slot: honest quorums fail, up to t-1 liars match it where they like.
 * Then a verdict over honest gates says that store and so many gates could have done that. */
static void no_store_and_liars_make_an_unqualified_verdict(void **state)
{
    unsigned framed = 0;
    for (size_t e = 0; e < EPOCHS; e++) {
        unsigned t = epochs[e].t;
        struct subset_list quorums = subset_choose(epochs[e].roster, t);
        for (unsigned l = 1; l <= epochs[e].roster; l++) {
            uint8_t liars = (uint8_t)l;
            if ((liars & ~epochs[e].roster) != 0 || subset_gates(liars) >= t)
                continue;
            for (unsigned p = 0; p < 1U << quorums.count; p++) {
                struct blame_trial trials[SUBSET_LIST_MAX];
                bool possible = true;
                for (unsigned i = 0; i < quorums.count; i++) {
                    bool works = p >> i & 1;
                    possible &= !works || (quorums.sets[i] & liars) != 0;
                    trials[i] = (struct blame_trial){ quorums.sets[i], works };
                }
                struct blame b = blame_judge(t, epochs[e].roster, trials, quorums.count);
                if (!possible || b.verdict == BLAME_NOBODY || (b.gates & ~liars) == 0)
                    continue;
                assert_in_range(b.unless_store, 1, subset_gates(liars));
                framed++;
            }
        }
    }
    assert_true(framed > 100);
}

/* Gates that always lie are named wherever no t-1 others could have made it look so, and are the
 * suspects in all other cases; without an honest quorum nothing can be said. */
static void constant_liars_are_named_where_the_rules_allow(void **state)
{
    for (size_t e = 0; e < EPOCHS; e++) {
        unsigned t = epochs[e].t, n = subset_gates(epochs[e].roster);
        struct subset_list quorums = subset_choose(epochs[e].roster, t);
        for (unsigned l = 0; l <= epochs[e].roster; l++) {
            uint8_t liars = (uint8_t)l;
            if ((liars & ~epochs[e].roster) != 0 || subset_gates(liars) >= t)
                continue;
            struct blame_trial trials[SUBSET_LIST_MAX];
            for (unsigned i = 0; i < quorums.count; i++)
                trials[i] = (struct blame_trial){ quorums.sets[i], !(quorums.sets[i] & liars) };
            struct blame b = blame_judge(t, epochs[e].roster, trials, quorums.count);
            if (liars == 0 || n - subset_gates(liars) < t) {
                assert_int_equal(b.verdict, BLAME_NOBODY);
                continue;
            }
            assert_int_equal(b.gates, liars);
            assert_int_equal(b.verdict, t - 1 <= n - t ? BLAME_NAMED : BLAME_ONE_OF);
        }
    }
}

static void verdicts_follow_the_rules(void **state)
{
    static const struct { const char *why; unsigned t; uint8_t roster; const char *trials;
                          enum blame_verdict verdict; uint8_t gates;
                          unsigned unless, store; } rows[] = {
        /* trials: hex of the quorum, then + or - */
        { "nothing tried", 2, 0x07, "", BLAME_NOBODY, 0, 0, 0 },
        { "all is well", 2, 0x07, "03+05+06+", BLAME_NOBODY, 0, 0, 0 },
        { "gate 1 of three", 2, 0x07, "03-05-06+", BLAME_NAMED, 0x01, 0, 1 },
        { "none works: slot, store or author", 2, 0x07, "03-05-06-", BLAME_NOBODY, 0, 0, 0 },
        { "gate 3 is down", 2, 0x07, "03-", BLAME_NOBODY, 0, 0, 0 },
        { "gate 1 lies now and then", 2, 0x07, "03-05+06+", BLAME_NOBODY, 0, 0, 0 },
        { "one quorum not tried", 2, 0x07, "03-06+", BLAME_ONE_OF, 0x01, 1, 1 },
        { "of four, gate 4 down: gate 1 or two others", 2, 0x0f, "03-05-06+", BLAME_ONE_OF, 0x01,
          2, 1 },
        { "of four, two or three", 2, 0x0f, "03-05-09-06+0a+0c+", BLAME_NAMED, 0x01, 0, 0 },
        { "three of four: two others could do that", 3, 0x0f, "07-0b-0d-0e+", BLAME_ONE_OF, 0x01,
          2, 1 },
        { "the same quorum failed once and worked later", 2, 0x07, "03-03+05+06+", BLAME_NOBODY, 0,
          0, 0 },
        { "two of five", 3, 0x1f, "07+0b-0d-0e-13-15-16-19-1a-1c-", BLAME_NAMED, 0x18, 0, 1 },
        { "more lies than t-1 gates can tell", 2, 0x0f, "03-05-06-09-0a-0c+", BLAME_ONE_OF, 0x03,
          0, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct blame_trial trials[16];
        size_t count = 0;
        for (const char *at = rows[i].trials; *at; at += 3) {
            const char hex[3] = { at[0], at[1], 0 };
            trials[count++] = (struct blame_trial){ (uint8_t)strtoul(hex, NULL, 16), at[2] == '+' };
        }
        struct blame b = blame_judge(rows[i].t, rows[i].roster, trials, count);
        if (b.verdict != rows[i].verdict || b.gates != rows[i].gates ||
            b.unless != rows[i].unless || b.unless_store != rows[i].store)
            fail_msg("%s: verdict %d, gates %02x, unless %u, with the store %u", rows[i].why,
                     b.verdict, b.gates, b.unless, b.unless_store);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(no_honest_gate_is_ever_named),
        cmocka_unit_test(no_store_and_liars_make_an_unqualified_verdict),
        cmocka_unit_test(constant_liars_are_named_where_the_rules_allow),
        cmocka_unit_test(verdicts_follow_the_rules),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
