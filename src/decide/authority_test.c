#include "decide/authority.h"

#include "decide/place_test.h"
#include "record/record_header.h"
#include "request/heads.h"

static void a_vendors_root_makes_no_authority(void **state)
{
    (void)state;
    struct why why;
    struct authority *a = NULL;
    struct world w = world_new();
    AUTO_STATEMENT struct statement s = world_root(&w, &w.vendor_root, PARTY_VENDOR, &w.manager);
    test_err(authority_new(&s, &a, &why), ERR_FORMAT);
    assert_null(a);
}

struct saying {
    const char *why;
    struct signer *by;
    struct statement s;
    enum err want;
};

static void see(const struct place *p, const struct saying *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum err e = place_check(p, rows[i].by, rows[i].s);
        if (e != rows[i].want)
            fail_msg("%s: %s, want %s", rows[i].why, err_code(e), err_code(rows[i].want));
    }
}

static void admins_and_managers_enrol_as_the_table_says(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer tom = w->tom, stranger = world_signer(w), *m = &w->manager, *ad = &w->admin;
    place_say(&p, ad, world_member(w, ad, &tom, ROLE_TRAINER));
    place_say(&p, ad, world_device(w, ad, &tom));
    struct signer fresh = world_signer(w);
    struct statement other = world_member(w, m, &fresh, ROLE_ANNOTATOR);
    memset(other.u.member.project, 0xbb, 16);
    struct statement foreign = world_project(w);
    foreign.owner[0] ^= 1;
    struct saying rows[] = {
        { "a stranger says nothing", &stranger, world_manifest(w, &stranger), ERR_ISSUER },
        { "nor for another owner", ad, foreign, ERR_UNKNOWN_OWNER },
        { "a manager makes no project", m, world_say(w, m, STATEMENT_PROJECT), ERR_NOT_ENTITLED },
        { "nor policies", m, world_say(w, m, STATEMENT_WATCHER), ERR_NOT_ENTITLED },
        { "an annotator enrols nobody", &w->ann, world_member(w, &w->ann, &fresh, ROLE_ANNOTATOR),
          ERR_NOT_ENTITLED },
        { "a manager no trainer", m, world_member(w, m, &fresh, ROLE_TRAINER), ERR_NOT_ENTITLED },
        { "nor a manager", m, world_member(w, m, &fresh, ROLE_MANAGER), ERR_NOT_ENTITLED },
        { "but a reviewer", m, world_member(w, m, &fresh, ROLE_REVIEWER), ERR_OK },
        { "an admin a manager", ad, world_member(w, ad, &fresh, ROLE_MANAGER), ERR_OK },
        { "but no admin", ad, world_member(w, ad, &fresh, ROLE_ADMIN), ERR_NOT_ENTITLED },
        { "not in an unknown project", m, other, ERR_NO_PROJECT },
        { "nobody twice", m, world_member(w, m, &w->ann, ROLE_REVIEWER), ERR_EXISTS },
        { "nobody under a manager's handle", ad, world_member(w, ad, m, ROLE_TRAINER), ERR_EXISTS },
        { "no device without a member", m, world_device(w, m, &fresh), ERR_NOT_FOUND },
        { "no key twice", m, world_device(w, m, &w->ann), ERR_EXISTS },
        { "no vendor's manager for the owner's own", m, world_device(w, m, &tom),
          ERR_NOT_ENTITLED },
    };
    memset(rows[2].s.u.project.project, 0xcc, 16);
    memcpy(rows[3].s.u.watcher.key, fresh.key, 32);
    see(&p, rows, sizeof rows / sizeof rows[0]);
    authority_free(p.a);
}

static void work_is_reported_as_the_table_says(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer tom = w->tom, *m = &w->manager, *ad = &w->admin;
    place_say(&p, ad, world_member(w, ad, &tom, ROLE_TRAINER));
    place_say(&p, ad, world_device(w, ad, &tom));
    uint8_t record[32] = { 1 };
    const struct saying rows[] = {
        { "an annotator submits", &w->ann, world_act(w, &w->ann, WORK_SUBMITTED, 1, 2), ERR_OK },
        { "and accepts nothing", &w->ann, world_act(w, &w->ann, WORK_ACCEPTED, 1, 2),
          ERR_NOT_ENTITLED },
        { "a reviewer accepts", &w->rita, world_act(w, &w->rita, WORK_ACCEPTED, 1, 2), ERR_OK },
        { "and submits nothing", &w->rita, world_act(w, &w->rita, WORK_SUBMITTED, 1, 2),
          ERR_NOT_ENTITLED },
        { "a manager returns", m, world_act(w, m, WORK_RETURNED, 1, 2), ERR_OK },
        { "a trainer has no acts", &tom, world_act(w, &tom, WORK_SUBMITTED, 1, 2),
          ERR_NOT_ENTITLED },
        { "and receipts", &tom, world_receipt(w, &tom, record), ERR_OK },
        { "everyone manifests", &w->bob, world_manifest(w, &w->bob), ERR_OK },
        { "everyone assigns (what counts is seen at use)", &w->bob,
          world_assignment(w, &w->bob, record, &w->rita), ERR_OK },
        { "a watcher has heads", &w->watcher, world_heads(w, &w->watcher, NULL), ERR_OK },
        { "and nothing else", &w->watcher, world_manifest(w, &w->watcher), ERR_NOT_ENTITLED },
        { "an admin has heads", ad, world_heads(w, ad, NULL), ERR_OK },
        { "a manager has none", m, world_heads(w, m, NULL), ERR_NOT_ENTITLED },
    };
    see(&p, rows, sizeof rows / sizeof rows[0]);
    authority_free(p.a);
}

static void nothing_is_made_twice_or_out_of_turn(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer *ad = &w->admin;
    const struct saying rows[] = {
        { "no project twice", ad, world_project(w), ERR_EXISTS },
        { "no watcher twice", ad, world_watcher(w), ERR_EXISTS },
        { "no epoch twice", ad, world_epoch(w, 1), ERR_EXISTS },
        { "no second epoch yet", ad, world_epoch(w, 2), ERR_UNSUPPORTED },
        { "the next policy", ad, world_policy(w, 2, "policy a 2\n"), ERR_OK },
        { "not the one after", ad, world_policy(w, 3, "policy a 3\n"), ERR_EXISTS },
        { "not the same again", ad, world_policy(w, 1, "policy a 1\n"), ERR_EXISTS },
        { "not with another number", ad, world_policy(w, 2, "policy a 3\n"), ERR_POLICY },
        { "not nonsense", ad, world_policy(w, 2, "polcy a 2\n"), ERR_POLICY },
    };
    see(&p, rows, sizeof rows / sizeof rows[0]);
    authority_free(p.a);
}

static void known_gap_and_fork_are_told_at_every_number(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer ann = w->ann;
    struct statement first = world_manifest(w, &ann);
    struct signer before = ann;
    place_say(&p, &ann, world_manifest(w, &ann));
    for (unsigned i = 0; i < 20; i++)
        place_say(&p, &ann, world_manifest(w, &ann));
    test_err(place_check(&p, &before, first), ERR_DUPLICATE); /* the same bytes again */
    struct statement other = world_manifest(w, &before);
    other.created++;
    test_err(place_check(&p, &before, other), ERR_CHAIN_FORK);
    struct statement ahead = world_manifest(w, &ann);
    ahead.number++;
    test_err(place_check(&p, &ann, ahead), ERR_CHAIN_GAP);
    struct statement astray = world_manifest(w, &ann);
    astray.previous[0] ^= 1;
    test_err(place_check(&p, &ann, astray), ERR_CHAIN_FORK);

    struct authority_head head;
    assert_true(authority_head(p.a, ann.key, &head));
    assert_int_equal(head.number, 21);
    assert_memory_equal(head.id, ann.previous, 32);
    assert_memory_equal(head.manifest, ann.previous, 32);
    assert_memory_equal(authority_statement_id(p.a, ann.key, 21), ann.previous, 32);
    assert_null(authority_statement_id(p.a, ann.key, 22));
    assert_null(authority_statement_id(p.a, ann.key, 0));
    assert_false(authority_head(p.a, w->tom.key, &head));
    authority_free(p.a);
}

static void times_are_kept(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct statement s = world_manifest(w, &w->ann);
    s.created += 121;
    test_err(place_check(&p, &w->ann, s), ERR_FUTURE);
    s = world_manifest(w, &w->ann);
    s.created += 120;
    test_err(place_check(&p, &w->ann, s), ERR_OK);
    s = world_manifest(w, &w->ann);
    s.created -= 100;
    s.expires = w->now;
    test_err(place_check(&p, &w->ann, s), ERR_EXPIRED); /* a fact is not logged any more, */
    s = world_assignment(w, &w->ann, s.id, &w->rita);
    s.created -= 100;
    s.expires = w->now;
    test_err(place_check(&p, &w->ann, s), ERR_OK); /* a grant enters without effect */
    authority_free(p.a);
}

static void an_expired_grant_has_no_effect(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    const uint64_t later = w->now + 366 * 86400;
    const struct policy *policy;
    struct why why;
    assert_int_equal(authority_role(p.a, w->ann.key, w->project, w->now), ROLE_ANNOTATOR);
    assert_int_equal(authority_role(p.a, w->admin.key, w->project, w->now), ROLE_ADMIN);
    assert_int_equal(authority_role(p.a, w->manager.key, w->project, w->now), ROLE_MANAGER);
    assert_int_equal(authority_role(p.a, w->ann.key, w->owner, w->now), 0);
    assert_int_equal(authority_role(p.a, w->ann.key, w->project, later), 0);
    assert_int_equal(authority_role(p.a, w->admin.key, w->project, later), 0);
    assert_false(authority_is_watcher(p.a, w->watcher.key, later));
    test_ok(authority_policy(p.a, w->project, w->now, &policy, &why), &why);
    test_err(authority_policy(p.a, w->project, later, &policy, &why), ERR_NO_PROJECT);
    test_err(authority_policy(p.a, w->owner, w->now, &policy, &why), ERR_NO_PROJECT);

    /* A member whose time is over is enrolled again, and with it its device. */
    struct signer eve = world_signer(w);
    struct statement member = world_member(w, &w->manager, &eve, ROLE_ANNOTATOR);
    member.expires = w->now + 10;
    place_say(&p, &w->manager, member);
    struct statement device = world_device(w, &w->manager, &eve);
    device.expires = w->now + 10;
    place_say(&p, &w->manager, device);
    w->now += 10;
    assert_int_equal(authority_role(p.a, eve.key, w->project, w->now), 0);
    test_err(place_check(&p, &eve, world_manifest(w, &eve)), ERR_NOT_ENTITLED);
    place_say(&p, &w->manager, world_member(w, &w->manager, &eve, ROLE_REVIEWER));
    place_say(&p, &w->manager, world_device(w, &w->manager, &eve));
    assert_int_equal(authority_role(p.a, eve.key, w->project, w->now), ROLE_REVIEWER);
    authority_free(p.a);
}

static enum err fresh(const struct place *p, uint64_t freshness_s)
{
    struct why why;
    return authority_fresh(p->a, p->w.now, freshness_s, &why);
}

static void news_is_fresh_and_all_that_it_names_is_known(void **state)
{
    (void)state;
    struct place p = place_empty();
    struct world *w = &p.w;
    test_err(fresh(&p, 60), ERR_STALE); /* no watcher, no word */
    place_say(&p, &w->admin, world_heads(w, &w->admin, NULL));
    test_err(fresh(&p, 60), ERR_OK); /* by hand */
    place_say(&p, &w->admin, world_watcher(w));
    test_err(fresh(&p, 60), ERR_OK); /* stands in for the watcher, */
    w->now += 61;
    test_err(fresh(&p, 60), ERR_STALE); /* not for ever */
    place_say(&p, &w->watcher, world_heads(w, &w->watcher, &w->admin));
    test_err(fresh(&p, 60), ERR_OK);
    w->now += 60;
    test_err(fresh(&p, 60), ERR_OK);
    w->now += 1;
    test_err(fresh(&p, 60), ERR_STALE);

    struct signer ahead = w->admin, astray = w->admin;
    ahead.number++;
    place_say(&p, &w->watcher, world_heads(w, &w->watcher, &ahead));
    test_err(fresh(&p, 60), ERR_STALE); /* names what is not here */
    astray.previous[0] ^= 1;
    place_say(&p, &w->watcher, world_heads(w, &w->watcher, &astray));
    test_err(fresh(&p, 60), ERR_STALE); /* names another one of that number */
    place_say(&p, &w->watcher, world_heads(w, &w->watcher, &w->admin));
    test_err(fresh(&p, 60), ERR_OK);
    place_say(&p, &w->admin, world_heads(w, &w->admin, &ahead));
    test_err(fresh(&p, 60), ERR_STALE); /* every fresh word counts */
    w->now += 366 * 86400;
    test_err(place_check(&p, &w->watcher, world_heads(w, &w->watcher, NULL)), ERR_NOT_ENTITLED);
    authority_free(p.a);
}

static void chains_are_told_to_devices_in_order(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    place_say(&p, &w->ann, world_manifest(w, &w->ann));
    place_say(&p, &w->ann, world_act(w, &w->ann, WORK_SUBMITTED, 1, 2));
    AUTO_BUF struct buf rows = buf_init(HEADS_ROWS_BYTES_MAX);
    authority_heads_rows(p.a, w->project, &rows);
    const struct heads_reply reply = { .rows = buf_bytes(&rows) };
    assert_int_equal(heads_row_count(&reply), 3); /* admin, manager, ann: who said something */
    for (size_t i = 1; i < 3; i++)
        assert_true(memcmp(heads_row(&reply, i - 1).issuer, heads_row(&reply, i).issuer, 32) < 0);
    struct heads_row row;
    assert_true(heads_row_find(&reply, w->ann.key, &row));
    assert_int_equal(row.number, 2);
    assert_memory_equal(row.statement, w->ann.previous, 32);
    assert_memory_equal(row.manifest, authority_statement_id(p.a, w->ann.key, 1), 32);

    size_t granting = 0;
    for (size_t i = 0; i < authority_issuer_count(p.a); i++) {
        struct authority_head head;
        authority_issuer_at(p.a, i, &head);
        granting += authority_grants(p.a, head.issuer);
    }
    assert_int_equal(granting, 5); /* two roots, admin, manager, watcher */
    assert_int_equal(authority_device_count(p.a), 5);
    assert_memory_equal(authority_device_at(p.a, 0)->key, w->admin.key, 32);
    assert_null(authority_device_at(p.a, 5));
    assert_true(authority_reads_logs(p.a, w->admin.key, w->now));
    assert_false(authority_reads_logs(p.a, w->manager.key, w->now));
    const uint64_t end = authority_device(p.a, w->admin.key)->expires;
    assert_true(authority_reads_logs(p.a, w->admin.key, end - 1));
    assert_false(authority_reads_logs(p.a, w->admin.key, end));
    place_say(&p, &w->admin, world_member(w, &w->admin, &w->tom, ROLE_AUDITOR));
    place_say(&p, &w->admin, world_device(w, &w->admin, &w->tom));
    assert_true(authority_reads_logs(p.a, w->tom.key, w->now));
    authority_free(p.a);
}

static void authors_are_known_whatever_became_of_them(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    assert_true(authority_may_author(p.a, w->ann.key, w->project, RECORD_SUBMISSION));
    assert_false(authority_may_author(p.a, w->ann.key, w->project, RECORD_TASK));
    assert_true(authority_may_author(p.a, w->admin.key, w->project, RECORD_TASK));
    assert_false(authority_may_author(p.a, w->tom.key, w->project, RECORD_SUBMISSION));
    assert_false(authority_may_author(p.a, w->ann.key, w->owner, RECORD_SUBMISSION));
    const struct authority_epoch *e = authority_epoch(p.a);
    assert_int_equal(e->roster, 7);
    assert_int_equal(e->threshold, 2);
    assert_ptr_equal(authority_epoch_by_id(p.a, w->epoch), e);
    assert_null(authority_epoch_by_id(p.a, w->owner));
    authority_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vendors_root_makes_no_authority),
        cmocka_unit_test(admins_and_managers_enrol_as_the_table_says),
        cmocka_unit_test(work_is_reported_as_the_table_says),
        cmocka_unit_test(nothing_is_made_twice_or_out_of_turn),
        cmocka_unit_test(known_gap_and_fork_are_told_at_every_number),
        cmocka_unit_test(times_are_kept),
        cmocka_unit_test(an_expired_grant_has_no_effect),
        cmocka_unit_test(news_is_fresh_and_all_that_it_names_is_known),
        cmocka_unit_test(chains_are_told_to_devices_in_order),
        cmocka_unit_test(authors_are_known_whatever_became_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
