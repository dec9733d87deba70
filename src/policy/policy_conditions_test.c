/* Conditions of a permit: who, when, attested, approved, counted; what is purely restricting. */
#include "base/test.h"

#include "policy/policy.h"
#include "record/record_header.h"

enum { NOON = 43200 };

static const uint8_t member[16] = { 0xaa }, vendor[32] = { 0xbb }, device[32] = { 0xcc };
#define MEMBER "aa000000000000000000000000000000"
#define REST "000000000000000000000000000000000000000000000000000000000000"

/* The value of one fact; the others are 0, but that `name` is attested of `attested`. */
struct world {
    enum policy_fact which, attested;
    uint64_t value;
    const char *name;
};

static uint64_t get(const void *of, enum policy_fact fact, const char *name)
{
    const struct world *w = of;
    if (fact <= POLICY_ATTESTED_DEVICE)
        return fact == w->attested && strcmp(name, w->name) == 0;
    return fact == w->which ? w->value : 0;
}

static struct policy *parse(const char *clauses)
{
    struct why why;
    struct policy *p = NULL;
    AUTO_BUF struct buf text = buf_init(10000);
    buf_add_fmt(&text, "policy a 1\n%s%s",
                strncmp(clauses, "forbid", 6) == 0 ? "" : "permit annotate\n", clauses);
    test_ok(policy_parse(buf_bytes(&text), &p, &why), &why);
    return p;
}

static struct policy_ask asks(const struct world *w, uint64_t now_s)
{
    struct policy_ask ask = { .purpose = "annotate", .role = ROLE_ANNOTATOR, .door = DOOR_NATIVE,
                              .kind = RECORD_TASK, .now_s = now_s, .facts = { w, w ? get : NULL } };
    memcpy(ask.member, member, sizeof member);
    memcpy(ask.vendor, vendor, sizeof vendor);
    memcpy(ask.device, device, sizeof device);
    return ask;
}

static void a_rule_is_for_whom_it_names(void **state)
{
    (void)state;
    static const struct { const char *clauses; enum err want; } rows[] = {
        { "  member " MEMBER "\n  read task\n", ERR_OK },
        { "  member ab000000000000000000000000000000\n  read task\n", ERR_DENIED_PURPOSE },
        { "  member ab000000000000000000000000000000, " MEMBER "\n  read task\n", ERR_OK },
        { "  vendor bb00" REST "\n  read task\n", ERR_OK },
        { "  vendor owner\n  read task\n", ERR_DENIED_PURPOSE },
        { "  device cc00" REST "\n  read task\n", ERR_OK },
        { "  device cd00" REST "\n  read task\n", ERR_DENIED_PURPOSE },
        { "  role reviewer\n  member " MEMBER "\n  read task\n", ERR_DENIED_PURPOSE },
        { "  role annotator\n  read task\nforbid annotate\n  vendor bb00" REST "\n  read task\n",
          ERR_DENIED_FORBID },
        { "  role annotator\n  read task\nforbid annotate\n  vendor owner\n  read task\n", ERR_OK },
        { "  role annotator\n  read task\nforbid b\n  role annotator\n  read task\n", ERR_OK },
        { "forbid annotate\n  role annotator\n  read task\n"
          "permit annotate\n  role annotator\n  read task\n",
          ERR_DENIED_FORBID },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_POLICY struct policy *p = parse(rows[i].clauses);
        char rule[POLICY_RULE_NAME_MAX + 1];
        const struct policy_ask ask = asks(NULL, NOON);
        enum err e = policy_decide(p, &ask, rule, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s, want %s", rows[i].clauses, err_code(e), err_code(rows[i].want));
    }
}

static void nobody_without_a_role_is_permitted_anything(void **state)
{
    (void)state;
    AUTO_POLICY struct policy *p = parse("  member " MEMBER "\n  read task\n");
    char rule[POLICY_RULE_NAME_MAX + 1];
    struct policy_ask ask = asks(NULL, NOON);
    ask.role = (enum role)0;
    test_err(policy_decide(p, &ask, rule, NULL), ERR_DENIED_PURPOSE);
}

static void hours_are_those_of_the_day(void **state)
{
    (void)state;
    static const struct { const char *hours; unsigned minute; bool open; } rows[] = {
        { "06:00-22:00 UTC", 359, false }, { "06:00-22:00 UTC", 360, true },
        { "06:00-22:00 UTC", 1319, true }, { "06:00-22:00 UTC", 1320, false },
        { "22:00-06:00 UTC", 1320, true }, { "22:00-06:00 UTC", 0, true },
        { "22:00-06:00 UTC", 359, true }, { "22:00-06:00 UTC", 360, false },
        { "22:00-06:00 UTC", 1319, false }, { "09:00-17:00 +02:00", 419, false },
        { "09:00-17:00 +02:00", 420, true }, { "09:00-17:00 +02:00", 899, true },
        { "09:00-17:00 +02:00", 900, false }, { "00:00-01:00 -05:30", 329, false },
        { "00:00-01:00 -05:30", 330, true }, { "00:00-01:00 -05:30", 390, false },
        { "23:00-24:00 +14:00", 540, true }, { "23:00-24:00 +14:00", 600, false },
        { "00:00-24:00 UTC", 1439, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf text = buf_init(1000);
        buf_add_fmt(&text, "  role annotator\n  hours %s\n  read task\n", rows[i].hours);
        AUTO_POLICY struct policy *p = parse(buf_cstr(&text));
        char rule[POLICY_RULE_NAME_MAX + 1];
        const struct policy_ask ask = asks(NULL, 20 * 86400 + rows[i].minute * 60 + 59);
        enum err e = policy_decide(p, &ask, rule, NULL);
        if (e != (rows[i].open ? ERR_OK : ERR_DENIED_HOURS))
            fail_msg("%s at minute %u: %s", rows[i].hours, rows[i].minute, err_code(e));
    }
}

static void a_condition_holds_up_to_its_number(void **state)
{
    (void)state;
    static const struct { const char *clause; enum policy_fact which; uint64_t good, bad;
                          enum err want; } rows[] = {
        { "budget member 60/hour 300/day", POLICY_MEMBER_HOUR, 60, 61, ERR_DENIED_BUDGET },
        { "budget member 60/hour 300/day", POLICY_MEMBER_DAY, 300, 301, ERR_DENIED_BUDGET },
        { "budget device 1/hour", POLICY_DEVICE_HOUR, 1, 2, ERR_DENIED_BUDGET },
        { "budget device 1/day", POLICY_DEVICE_DAY, 1, 2, ERR_DENIED_BUDGET },
        { "budget vendor 7/hour", POLICY_VENDOR_HOUR, 7, 8, ERR_DENIED_BUDGET },
        { "budget vendor 20000/day", POLICY_VENDOR_DAY, 20000, 20001, ERR_DENIED_BUDGET },
        { "budget project 9/hour", POLICY_PROJECT_HOUR, 9, 10, ERR_DENIED_BUDGET },
        { "budget project 9/day", POLICY_PROJECT_DAY, 9, 10, ERR_DENIED_BUDGET },
        { "viewers 3", POLICY_VIEWERS, 3, 4, ERR_DENIED_VIEWERS },
        { "open 3", POLICY_OPEN, 3, 4, ERR_DENIED_OPEN },
        { "approvals 2", POLICY_APPROVALS, 2, 1, ERR_DENIED_APPROVALS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf text = buf_init(1000);
        buf_add_fmt(&text, "  role annotator\n  read task\n  create task\n  %s\n", rows[i].clause);
        AUTO_POLICY struct policy *p = parse(buf_cstr(&text));
        char rule[POLICY_RULE_NAME_MAX + 1];
        struct world w = { .which = rows[i].which, .value = rows[i].good };
        struct policy_ask ask = asks(&w, NOON);
        test_err(policy_decide(p, &ask, rule, NULL), ERR_OK);
        w.value = rows[i].bad;
        enum err e = policy_decide(p, &ask, rule, NULL);
        if (e != rows[i].want)
            fail_msg("%s: %s, want %s", rows[i].clause, err_code(e), err_code(rows[i].want));
        assert_int_equal(policy_counts(p), rows[i].which != POLICY_APPROVALS);
        ask.create = true; /* what is created is counted nowhere; approvals hold for it too */
        e = policy_decide(p, &ask, rule, NULL);
        assert_int_equal(e, rows[i].which == POLICY_APPROVALS ? ERR_DENIED_APPROVALS : ERR_OK);
    }
}

/* Two facts at once. */
struct two {
    enum policy_fact a, b;
    uint64_t x, y;
};

static uint64_t get_two(const void *of, enum policy_fact fact, const char *name)
{
    const struct two *t = of;
    (void)name;
    return fact == t->a ? t->x : fact == t->b ? t->y : 0;
}

static void skips_beyond_the_free_ones_stay_open(void **state)
{
    (void)state;
    AUTO_POLICY struct policy *p =
        parse("  role annotator\n  read task\n  open 3\n  skips 2/day\n");
    static const struct { uint64_t open, skips; enum err want; } rows[] = {
        { 3, 2, ERR_OK }, { 3, 3, ERR_DENIED_OPEN }, { 2, 3, ERR_OK }, { 1, 4, ERR_OK },
        { 1, 5, ERR_DENIED_OPEN }, { 0, 9, ERR_OK /* it adds nothing */ },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct two t = { POLICY_OPEN, POLICY_SKIPS, rows[i].open, rows[i].skips };
        char rule[POLICY_RULE_NAME_MAX + 1];
        struct policy_ask ask = asks(NULL, NOON);
        ask.facts = (struct policy_facts){ &t, get_two };
        test_err(policy_decide(p, &ask, rule, NULL), rows[i].want);
    }
}

static void approvals_come_from_different_groups(void **state)
{
    (void)state;
    AUTO_POLICY struct policy *p =
        parse("  role annotator\n  read task\n  approvals 3 groups 2\n");
    static const struct { uint64_t approvals, groups; enum err want; } rows[] = {
        { 3, 2, ERR_OK }, { 3, 1, ERR_DENIED_APPROVALS }, { 2, 2, ERR_DENIED_APPROVALS },
        { 9, 3, ERR_OK } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct two t = { POLICY_APPROVALS, POLICY_GROUPS, rows[i].approvals, rows[i].groups };
        char rule[POLICY_RULE_NAME_MAX + 1];
        struct policy_ask ask = asks(NULL, NOON);
        ask.facts = (struct policy_facts){ &t, get_two };
        test_err(policy_decide(p, &ask, rule, NULL), rows[i].want);
    }
}

static void what_is_required_is_attested_of_whom_it_is_required(void **state)
{
    (void)state;
    static const char *const subjects[] = { "?", "", "site ", "member ", "device " };
    for (unsigned s = POLICY_ATTESTED_VENDOR; s <= POLICY_ATTESTED_DEVICE; s++)
        for (unsigned t = POLICY_ATTESTED_VENDOR; t <= POLICY_ATTESTED_DEVICE; t++) {
            AUTO_BUF struct buf text = buf_init(1000);
            buf_add_fmt(&text, "  role annotator\n  read task\n  require %siso27001\n",
                        subjects[s]);
            AUTO_POLICY struct policy *p = parse(buf_cstr(&text));
            char rule[POLICY_RULE_NAME_MAX + 1];
            struct why why;
            struct world w = { .attested = (enum policy_fact)t, .name = "iso27001" };
            const struct policy_ask ask = asks(&w, NOON);
            test_err(policy_decide(p, &ask, rule, &why), s == t ? ERR_OK
                                                                   : ERR_DENIED_ATTESTATION);
            w.name = "soc2-type2";
            test_err(policy_decide(p, &ask, rule, &why), ERR_DENIED_ATTESTATION);
            assert_non_null(strstr(why.text, "iso27001"));
        }
}

static void another_permit_may_hold_where_one_does_not(void **state)
{
    (void)state;
    AUTO_POLICY struct policy *p =
        parse("  role annotator\n  read task\n  open 1\n"
              "permit annotate\n  role annotator\n  read task\n  require soc2-type2\n");
    char rule[POLICY_RULE_NAME_MAX + 1];
    struct world w = { .which = POLICY_OPEN, .value = 2, .attested = POLICY_ATTESTED_VENDOR,
                       .name = "soc2-type2" };
    const struct policy_ask ask = asks(&w, NOON);
    test_err(policy_decide(p, &ask, rule, NULL), ERR_OK);
    assert_string_equal(rule, "annotate#2");
    w.value = 1;
    test_err(policy_decide(p, &ask, rule, NULL), ERR_OK);
    assert_string_equal(rule, "annotate#1"); /* the first of the text */
    w = (struct world){ .which = POLICY_OPEN, .value = 2, .name = "" };
    test_err(policy_decide(p, &ask, rule, NULL), ERR_DENIED_OPEN); /* what the first one lacks */
}

static void wrong_conditions_are_refused_where_they_are_wrong(void **state)
{
    (void)state;
    static const struct { const char *clause, *where; } rows[] = {
        { "budget team 6/hour", "column 10: not whose a budget is: 'team'" },
        { "budget member 6/week", "column 19: not a window: 'week'" },
        { "budget member 6", "column 17: a rate such as" },
        { "budget member 0/day", "column 17: a number" },
        { "budget member 6/day 7/day", "column 23: said twice" },
        { "budget member", "a rate such as" },
        { "viewers 0", "column 11: a number" }, { "viewers 3 4", "nothing may follow" },
        { "viewers 3\n  viewers 4", "said twice" },
        { "skips 2/day", "needs `open`" }, { "skips 2/hour", "counted by the day" },
        { "hours 06:00-22:00", "UTC, or an offset" }, { "hours 6:00-22:00 UTC", "hours such as" },
        { "hours 06:00-06:00 UTC", "hours such as" }, { "hours 06:60-07:00 UTC", "hours such as" },
        { "hours 06:00-24:01 UTC", "hours such as" }, { "hours 06:00-22:00 +14:01", "an offset" },
        { "hours 06:00-22:00 CET", "an offset" },
        { "hours 06:00-22:00 UTC\n  hours 06:00-22:00 UTC", "said twice" },
        { "approvals 2 groups 3", "more groups than approvals" },
        { "approvals 2 from", "`groups` may follow" }, { "approvals", "a number" },
        { "require vendor", "a name is" }, { "require site iso, iso", "required twice" },
        { "member aa", "32 hex digits" }, { "vendor " MEMBER, "64 hex digits" },
        { "device owner", "64 hex digits" }, { "lease 8h", "reserved by the design" },
        { "oblige no-export", "reserved by the design" },
        { "share vendor 40%", "reserved by the design" }, { "variant 2", "reserved by the design" },
        { "door hosted", "reserved by the design" }, { "budgte member 1/day", "'budget'?" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf text = buf_init(1000);
        struct why why = { .code = ERR_OK };
        struct policy *p = NULL;
        buf_add_fmt(&text, "policy a 1\npermit a\n  role admin\n  read task\n  %s\n",
                    rows[i].clause);
        enum err e = policy_parse(buf_bytes(&text), &p, &why);
        if (e != ERR_POLICY || (!strstr(why.text, rows[i].where) &&
                                !strstr(why.hint, rows[i].where)))
            fail_msg("%s: %s '%s' '%s'", rows[i].clause, err_code(e), why.text, why.hint);
    }
    struct why why;
    struct policy *p = NULL;
    test_err(policy_parse(bytes_str("policy a 1\nforbid annotate\n  role admin\n  read task\n"
                                    "  open 3\n"), &p, &why), ERR_POLICY);
    assert_non_null(strstr(why.text, "not a clause of a forbid"));
    test_err(policy_parse(bytes_str("policy a 1\npermit b\n  role admin\n  read task\n  open 3\n"),
                          &p, &why), ERR_POLICY);
    assert_non_null(strstr(why.text, "released for `annotate`"));
}

static const char full[] =
    "policy full 7\n"
    "\npermit annotate\n  role annotator, reviewer\n  member " MEMBER "\n"
    "  vendor owner, bb00" REST "\n  device cc00" REST "\n  door native, browser\n"
    "  hours 22:00-06:30 -05:30\n"
    "  read guide, task, own submission, assigned review\n  create submission\n"
    "  require vendor iso27001, soc2-type2\n  require site pen-test\n"
    "  require member background-check\n  require device device-posture\n"
    "  approvals 2 groups 2\n  budget member 60/hour 300/day\n  budget device 50/hour\n"
    "  budget vendor 20000/day\n  budget project 5/hour 6/day\n  viewers 3\n  open 3\n"
    "  skips 20/day\n"
    "\nforbid annotate\n  role annotator\n  hours 00:00-24:00 UTC\n  read gold\n"
    "\nfreshness 90m\n";

static void the_canonical_text_says_all_of_it(void **state)
{
    (void)state;
    struct why why;
    AUTO_POLICY struct policy *p = NULL;
    AUTO_BUF struct buf out = buf_init(10000);
    test_ok(policy_parse(bytes_str(full), &p, &why), &why);
    policy_write(p, &out);
    assert_string_equal(buf_cstr(&out), full);
    assert_int_equal(policy_freshness_s(p), 5400);
}

static void what_is_purely_restricting_is_computed(void **state)
{
    (void)state;
#define BASE "permit annotate\n  role annotator, reviewer\n  hours 06:00-22:00 UTC\n" \
             "  read task, own review\n  require iso\n  approvals 2\n" \
             "  budget member 9/day\n  viewers 3\n  open 3\n" \
             "  skips 2/day\nforbid annotate\n  role annotator\n" \
             "  read gold, own task\n" \
             "freshness 1h\n"
    /* What is put in the place of what, and is that purely restricting? */
    static const struct { const char *from, *to; bool restricts; } rows[] = {
        { "", "", true },
        { "annotator, reviewer", "annotator", true },
        { "annotator, reviewer", "annotator, trainer", false },
        { "06:00-22:00 UTC", "09:00-23:00 +02:00", true },
        { "06:00-22:00 UTC", "06:00-22:01 UTC", false },
        { "  hours 06:00-22:00 UTC\n", "", false },
        { "task, own review", "own task", true },
        { "task, own review", "task, assigned review", false },
        { "task, own review", "task, review", false },
        { "require iso", "require iso, soc2", true }, { "  require iso\n", "", false },
        { "require iso", "require site iso", false },
        { "approvals 2", "approvals 3", true }, { "approvals 2", "approvals 1", false },
        { "9/day\n  v", "9/day 2/hour\n  v", true }, { "member 9/day", "member 10/day", false },
        { "  budget member 9/day\n", "", false }, { "viewers 3", "viewers 2", true },
        { "viewers 3", "viewers 4", false }, { "open 3", "open 4", false },
        { "skips 2", "skips 3", false }, { "  skips 2/day\n", "", true },
        { "read gold, own task", "read gold, task", true },
        { "read gold, own task", "read gold", false },
        { "forbid annotate\n  role annotator\n  read gold",
          "forbid annotate\n  role annotator, admin\n  read gold", true },
        { "forbid annotate\n  role annotator\n  read gold",
          "forbid b\n  role annotator\n  read gold", false },
        { "freshness 1h", "freshness 59m", true }, { "freshness 1h", "freshness 61m", false },
        { "freshness 1h", "permit b\n  role annotator\n  read task\nfreshness 1h", false },
        { "freshness 1h", "permit annotate\n  role admin\n  read task\nfreshness 1h", false },
    };
    AUTO_POLICY struct policy *now = parse("forbid z\n  role admin\n  read task\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_POLICY struct policy *base = NULL, *next = NULL;
        AUTO_BUF struct buf text = buf_init(10000);
        struct why why = { .code = ERR_OK };
        static const char whole[] = "policy a 1\n" BASE;
        const char *at = strstr(whole, rows[i].from);
        assert_non_null(at);
        buf_add_bytes(&text, bytes_of(whole, (size_t)(at - whole)));
        buf_add_fmt(&text, "%s%s", rows[i].to, at + strlen(rows[i].from));
        test_ok(policy_parse(bytes_str(whole), &base, &why), &why);
        test_ok(policy_parse(buf_bytes(&text), &next, &why), &why);
        if (policy_restricts(base, next, &why) != rows[i].restricts)
            fail_msg("'%s' -> '%s': %s", rows[i].from, rows[i].to, why.text);
        assert_false(policy_restricts(now, next, &why)); /* nothing was permitted */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_for_whom_it_names),
        cmocka_unit_test(nobody_without_a_role_is_permitted_anything),
        cmocka_unit_test(hours_are_those_of_the_day),
        cmocka_unit_test(a_condition_holds_up_to_its_number),
        cmocka_unit_test(skips_beyond_the_free_ones_stay_open),
        cmocka_unit_test(approvals_come_from_different_groups),
        cmocka_unit_test(what_is_required_is_attested_of_whom_it_is_required),
        cmocka_unit_test(another_permit_may_hold_where_one_does_not),
        cmocka_unit_test(wrong_conditions_are_refused_where_they_are_wrong),
        cmocka_unit_test(the_canonical_text_says_all_of_it),
        cmocka_unit_test(what_is_purely_restricting_is_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
