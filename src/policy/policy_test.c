#include "base/test.h"

#include "policy/policy.h"
#include "record/record_header.h"

static const char demo[] = "policy demo 1\n\n"
                           "permit annotate\n  role annotator\n"
                           "  read guide, task, own submission, assigned review\n"
                           "  create submission\n\n"
                           "permit review\n  role reviewer\n"
                           "  read guide, rubric, task, assigned submission, own review\n"
                           "  create review\n\n"
                           "permit deliver\n  role trainer\n  read task, submission\n\n"
                           "permit publish\n  role admin\n  read guide, task\n"
                           "  create guide, task, rubric, gold\n\nfreshness 1h\n";

static struct policy *parse(const char *text)
{
    struct why why;
    struct policy *p = NULL;
    test_ok(policy_parse(bytes_str(text), &p, &why), &why);
    return p;
}

static void the_demo_decides_as_it_reads(void **state)
{
    (void)state;
    enum { READ, CREATE, NO = 0, YES = 1 };
    static const struct {
        const char *why, *purpose;
        enum role role;
        bool create;
        enum record_kind kind;
        bool own, assigned;
        enum err want;
    } rows[] = {
        { "an annotator reads a task", "annotate", ROLE_ANNOTATOR, READ, RECORD_TASK, NO, NO,
          ERR_OK },
        { "and its own submission", "annotate", ROLE_ANNOTATOR, READ, RECORD_SUBMISSION, YES, NO,
          ERR_OK },
        { "but nobody else's", "annotate", ROLE_ANNOTATOR, READ, RECORD_SUBMISSION, NO, NO,
          ERR_DENIED_OWN },
        { "even when it is assigned", "annotate", ROLE_ANNOTATOR, READ, RECORD_SUBMISSION, NO, YES,
          ERR_DENIED_OWN },
        { "a review that is assigned", "annotate", ROLE_ANNOTATOR, READ, RECORD_REVIEW, NO, YES,
          ERR_OK },
        { "not another one", "annotate", ROLE_ANNOTATOR, READ, RECORD_REVIEW, NO, NO,
          ERR_DENIED_ASSIGNED },
        { "no rubric", "annotate", ROLE_ANNOTATOR, READ, RECORD_RUBRIC, YES, YES, ERR_DENIED_KIND },
        { "it creates submissions", "annotate", ROLE_ANNOTATOR, CREATE, RECORD_SUBMISSION, YES, NO,
          ERR_OK },
        { "no tasks", "annotate", ROLE_ANNOTATOR, CREATE, RECORD_TASK, YES, NO, ERR_DENIED_KIND },
        { "reading is not creating", "annotate", ROLE_ANNOTATOR, CREATE, RECORD_GUIDE, YES, NO,
          ERR_DENIED_KIND },
        { "creating is not reading", "review", ROLE_REVIEWER, READ, RECORD_REVIEW, NO, NO,
          ERR_DENIED_OWN },
        { "not for a purpose of others", "deliver", ROLE_ANNOTATOR, READ, RECORD_TASK, NO, NO,
          ERR_DENIED_PURPOSE },
        { "nor for one that nobody has", "play", ROLE_ANNOTATOR, READ, RECORD_TASK, NO, NO,
          ERR_DENIED_PURPOSE },
        { "nor with no role at all", "annotate", 0, READ, RECORD_TASK, NO, NO, ERR_DENIED_PURPOSE },
        { "a trainer reads every submission", "deliver", ROLE_TRAINER, READ, RECORD_SUBMISSION, NO,
          NO, ERR_OK },
        { "an admin publishes gold", "publish", ROLE_ADMIN, CREATE, RECORD_GOLD, YES, NO, ERR_OK },
        { "and does not read it back", "publish", ROLE_ADMIN, READ, RECORD_GOLD, YES, NO,
          ERR_DENIED_KIND },
    };
    struct policy *p = parse(demo);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_ask ask = { .purpose = rows[i].purpose, .role = rows[i].role,
                                        .door = DOOR_NATIVE, .create = rows[i].create,
                                        .kind = (uint8_t)rows[i].kind, .own = rows[i].own,
                                        .assigned = rows[i].assigned };
        char rule[POLICY_RULE_NAME_MAX + 1] = "untouched";
        enum err e = policy_decide(p, &ask, rule, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s, want %s", rows[i].why, err_code(e), err_code(rows[i].want));
        if (e == ERR_OK)
            assert_true(strncmp(rule, rows[i].purpose, strlen(rows[i].purpose)) == 0);
        else
            assert_string_equal(rule, "untouched");
    }
    assert_int_equal(policy_version(p), 1);
    assert_int_equal(policy_freshness_s(p), 3600);
    assert_string_equal(policy_name(p), "demo");
    policy_free(p);
}

static enum err decide(const struct policy *p, enum door door, enum record_kind kind, char *rule)
{
    const struct policy_ask ask = { .purpose = "work", .role = ROLE_ANNOTATOR, .door = door,
                                    .kind = (uint8_t)kind };
    return policy_decide(p, &ask, rule, NULL);
}

static void forbid_beats_permit_and_a_door_narrows_a_rule(void **state)
{
    (void)state;
    char rule[POLICY_RULE_NAME_MAX + 1];
    struct policy *p = parse("policy a 1\n"
                             "forbid work\n  role annotator\n  door browser\n  read rubric\n"
                             "permit work\n  role annotator\n  door native\n  read gold\n"
                             "permit work\n  role annotator\n  read task, rubric\n");
    test_err(decide(p, DOOR_NATIVE, RECORD_RUBRIC, rule), ERR_OK);
    assert_string_equal(rule, "work#3"); /* forbids and permits are counted together */
    test_err(decide(p, DOOR_BROWSER, RECORD_RUBRIC, rule), ERR_DENIED_FORBID);
    test_err(decide(p, DOOR_BROWSER, RECORD_TASK, rule), ERR_OK);
    test_err(decide(p, DOOR_NATIVE, RECORD_GOLD, rule), ERR_OK);
    assert_string_equal(rule, "work#2");
    test_err(decide(p, DOOR_BROWSER, RECORD_GOLD, rule), ERR_DENIED_KIND);
    policy_free(p);
    p = parse("policy a 1\nforbid work\n  role annotator\n  read rubric\n");
    test_err(decide(p, DOOR_NATIVE, RECORD_TASK, rule), ERR_DENIED_PURPOSE);
    policy_free(p);
}

static void a_wrong_text_is_refused_where_it_is_wrong(void **state)
{
    (void)state;
    static const struct { const char *why, *text, *where, *hint; } rows[] = {
        { "nothing", "", "1 to 1048576 bytes", "" },
        { "no first line", "permit a\n  role admin\n  read task\n", "line 1, column 1", "" },
        { "a first line that is indented", " policy a 1\n", "line 1, column 2", "" },
        { "a name with a capital", "policy A 1\n", "line 1, column 8", "" },
        { "a capital at its end", "policy aB 1\n", "line 1, column 8", "" },
        { "what stands before a", "policy a` 1\n", "line 1, column 8", "" },
        { "what stands behind z", "policy a{ 1\n", "line 1, column 8", "" },
        { "what stands behind 9", "policy a: 1\n", "line 1, column 8", "" },
        { "what stands before 0", "policy a/ 1\n", "line 1, column 8", "" },
        { "a name of 33", "policy abcdefghijklmnopqrstuvwxyz0123456 1\n", "line 1, column 8", "" },
        { "version 0", "policy a 0\n", "line 1, column 10", "" },
        { "version 2^32", "policy a 4294967296\n", "line 1, column 10", "" },
        { "a third word", "policy a 1 now\n", "line 1, column 12: nothing may follow", "" },
        { "no end of the line", "policy a 1", "the last line has no end", "" },
        { "a carriage return", "policy a 1\r\n", "control character", "" },
        { "a tab", "policy a 1\npermit a\n\trole admin\n", "control character", "" },
        { "a misspelt rule", "policy a 1\npermt a\n",
          "line 2, column 1", "did you mean 'permit'?" },
        { "a misspelt clause", "policy a 1\npermit a\n  rol admin\n", "line 3, column 3",
          "did you mean 'role'?" },
        { "a misspelt role", "policy a 1\npermit a\n  role anotator\n", "line 3, column 8",
          "did you mean 'annotator'?" },
        { "a misspelt kind", "policy a 1\npermit a\n  role admin\n  read task, submision\n",
          "line 4, column 14: not a kind of record: 'submision'", "did you mean 'submission'?" },
        { "a word like no other", "policy a 1\nxyzzy\n", "line 2, column 1", "" },
        { "a reserved setting", "policy a 1\ndevices 2\n", "reserved by the design", "" },
        { "a reserved clause", "policy a 1\npermit a\n  role admin\n  share vendor 40%\n",
          "line 4, column 3: reserved by the design and not built yet: 'share'", "" },
        { "a reserved door", "policy a 1\npermit a\n  role admin\n  door hosted\n",
          "line 4, column 8: reserved", "" },
        { "a reserved kind", "policy a 1\npermit a\n  role admin\n  read bundle\n",
          "line 4, column 8: reserved", "" },
        { "a rule without role", "policy a 1\npermit a\n  read task\n", "a rule needs `role`", "" },
        { "a rule that does nothing", "policy a 1\npermit a\n  role admin\n", "a rule needs", "" },
        { "no purpose", "policy a 1\npermit\n  role admin\n  read task\n", "line 2, column 7", "" },
        { "a clause by one space", "policy a 1\npermit a\n  role admin\n read task\n",
          "line 4", "" },
        { "a clause of nothing", "policy a 1\n\n  read task\n", "line 3, column 3: indented", "" },
        { "an indented rule", "policy a 1\n\n  permit a\n  role admin\n  read task\n",
          "line 3", "" },
        { "own in create", "policy a 1\npermit a\n  role admin\n  create own task\n",
          "line 4, column 10", "" },
        { "a list with an end", "policy a 1\npermit a\n  role admin,\n  read task\n",
          "line 3", "" },
        { "a list without commas", "policy a 1\npermit a\n  role admin trainer\n  read task\n",
          "line 3, column 14", "" },
        { "freshness without unit", "policy a 1\nfreshness 60\n", "line 2, column 11", "" },
        { "freshness of nothing", "policy a 1\nfreshness 0s\n", "line 2, column 11", "" },
        { "freshness twice", "policy a 1\nfreshness 1h\nfreshness 2h\n",
          "line 3, column 1: said", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { .code = ERR_OK };
        struct policy *p = NULL;
        enum err e = policy_parse(bytes_str(rows[i].text), &p, &why);
        if (e != ERR_POLICY || p || !strstr(why.text, rows[i].where) ||
            strcmp(why.hint, rows[i].hint) != 0)
            fail_msg("%s: %s '%s' hint '%s'", rows[i].why, err_code(e), why.text, why.hint);
    }
}

static void a_duration_has_its_unit(void **state)
{
    (void)state;
    static const struct { const char *text; uint64_t seconds; } rows[] = {
        { "1s", 1 }, { "30s", 30 }, { "15m", 900 }, { "2h", 7200 }, { "7d", 604800 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "policy a-z09 4294967295\nfreshness %s\n", rows[i].text);
        struct policy *p = parse(text);
        assert_int_equal(policy_freshness_s(p), rows[i].seconds);
        assert_int_equal(policy_version(p), UINT32_MAX);
        assert_string_equal(policy_name(p), "a-z09");
        policy_free(p);
    }
    struct policy *p = parse("policy abcdefghijklmnopqrstuvwxyz012345 1\n");
    assert_int_equal(strlen(policy_name(p)), 32);
    policy_free(p);
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct why why;
    struct policy *p = NULL;
    AUTO_BUF struct buf text = buf_init(2 << 20);
    buf_add_str(&text, "policy a 1\n");
    for (unsigned i = 0; i < POLICY_RULES_MAX; i++)
        buf_add_str(&text, "permit a\n  role admin\n  read task\n");
    test_ok(policy_parse(buf_bytes(&text), &p, &why), &why);
    policy_free(p);
    p = NULL;
    buf_add_str(&text, "permit a\n  role admin\n  read task\n");
    test_err(policy_parse(buf_bytes(&text), &p, &why), ERR_POLICY);
    buf_reset(&text);
    buf_add_str(&text, "policy a 1\n#");
    while (text.len < POLICY_BYTES_MAX - 1)
        buf_add_u8(&text, 'x');
    buf_add_str(&text, "\n");
    test_ok(policy_parse(buf_bytes(&text), &p, &why), &why);
    policy_free(p);
    p = NULL;
    buf_add_str(&text, "\n");
    test_err(policy_parse(buf_bytes(&text), &p, &why), ERR_POLICY);
}

/* --- the order of rules is irrelevant: random rules, shuffled, refuse and permit alike --- */

static uint64_t seed = 1;
static unsigned below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void random_rule(struct buf *out)
{
    static const char *const kinds[] = { "task", "own task", "assigned task", "review",
                                         "own review", "gold" };
    static const char *const doors[] = { "", "  door native\n", "  door browser\n" };
    buf_add_fmt(out, "%s p%u\n  role %s\n%s", below(3) ? "permit" : "forbid", below(2),
                below(2) ? "annotator" : "reviewer, annotator", doors[below(3)]);
    if (below(2))
        buf_add_fmt(out, "  read %s, %s\n", kinds[below(6)], kinds[below(6)]);
    buf_add_fmt(out, "  create %s\n", below(2) ? "task" : "review");
}

static void shuffle(size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = below((unsigned)i), t = order[j];
        order[j] = order[i - 1];
        order[i - 1] = t;
    }
}

static void the_order_of_rules_is_irrelevant(void **state)
{
    (void)state;
    enum { RULES = 8, ROUNDS = 200 };
    static const enum record_kind kinds[] = { RECORD_TASK, RECORD_REVIEW, RECORD_GOLD };
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct buf rules[RULES];
        size_t order[RULES];
        struct policy *p[2];
        for (size_t i = 0; i < RULES; i++) {
            rules[i] = buf_init(1000);
            random_rule(&rules[i]);
            order[i] = i;
        }
        for (unsigned side = 0; side < 2; side++) {
            AUTO_BUF struct buf text = buf_init(10000);
            buf_add_str(&text, "policy a 1\n");
            for (size_t i = 0; i < RULES; i++)
                buf_add_bytes(&text, buf_bytes(&rules[order[i]]));
            p[side] = parse(buf_cstr(&text));
            shuffle(order, RULES);
        }
        for (unsigned n = 0; n < 192; n++) {
            const struct policy_ask ask = {
                .purpose = n & 1 ? "p0" : "p1", .role = n & 2 ? ROLE_ANNOTATOR : ROLE_REVIEWER,
                .door = n & 4 ? DOOR_NATIVE : DOOR_BROWSER, .create = n & 8, .own = n & 16,
                .assigned = n & 32, .kind = (uint8_t)kinds[n / 64] };
            char rule[POLICY_RULE_NAME_MAX + 1];
            assert_int_equal(policy_decide(p[0], &ask, rule, NULL),
                             policy_decide(p[1], &ask, rule, NULL));
        }
        for (size_t i = 0; i < RULES; i++)
            buf_release(&rules[i]);
        policy_free(p[0]);
        policy_free(p[1]);
    }
}

static void who_may_author_what(void **state)
{
    (void)state;
    struct policy *p = parse(demo);
    assert_true(policy_may_author(p, ROLE_ANNOTATOR, RECORD_SUBMISSION));
    assert_true(policy_may_author(p, ROLE_ADMIN, RECORD_TASK));
    assert_false(policy_may_author(p, ROLE_ANNOTATOR, RECORD_TASK));
    assert_false(policy_may_author(p, ROLE_TRAINER, RECORD_SUBMISSION));
    policy_free(p);
    p = parse("policy a 1\npermit a\n  role admin\n  create task\n"
              "forbid a\n  role admin\n  door native\n  create task\n");
    assert_true(policy_may_author(p, ROLE_ADMIN, RECORD_TASK)); /* by the other door */
    policy_free(p);
    p = parse("policy a 1\npermit a\n  role admin\n  create task\n"
              "forbid a\n  role admin\n  create task\n");
    assert_false(policy_may_author(p, ROLE_ADMIN, RECORD_TASK));
    policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_decides_as_it_reads),
        cmocka_unit_test(forbid_beats_permit_and_a_door_narrows_a_rule),
        cmocka_unit_test(a_wrong_text_is_refused_where_it_is_wrong),
        cmocka_unit_test(a_duration_has_its_unit),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(the_order_of_rules_is_irrelevant),
        cmocka_unit_test(who_may_author_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
