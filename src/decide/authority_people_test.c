#include "decide/place_test.h"

/* --- vendors --- */

static struct statement signed_root(struct world *w, struct signer *root, struct signer *device)
{
    struct statement s = world_root(w, root, PARTY_VENDOR, device);
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    world_sign(root, &s, &envelope);
    return s;
}

static void root_and_admission_come_in_either_order(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct place p = place_empty();
        struct world *w = &p.w;
        AUTO_STATEMENT struct statement root = signed_root(w, &w->vendor_root, &w->manager);
        memcpy(w->vendor, root.id, 32);
        place_say(&p, &w->admin, world_project(w));
        if (first == 0) {
            place_take(&p, &root, bytes_of(NULL, 0));
            assert_null(authority_device(p.a, w->manager.key)); /* paper, as yet */
            assert_false(authority_grants(p.a, w->vendor));
            test_err(place_check(&p, &w->manager,
                           world_member(w, &w->manager, &w->ann, ROLE_ANNOTATOR)), ERR_ISSUER);
        }
        place_say(&p, &w->admin, world_vendor(w));
        if (first == 1) {
            assert_null(authority_device(p.a, w->manager.key));
            place_take(&p, &root, bytes_of(NULL, 0));
        }
        assert_true(authority_grants(p.a, w->vendor));
        assert_int_equal(authority_role(p.a, w->manager.key, w->project, w->now), ROLE_MANAGER);
        place_say(&p, &w->manager, world_member(w, &w->manager, &w->ann, ROLE_ANNOTATOR));
        place_say(&p, &w->manager, world_device(w, &w->manager, &w->ann));
        assert_memory_equal(authority_device(p.a, w->ann.key)->vendor, w->vendor, 32);
        authority_free(p.a);
    }
}

static void strangers_bring_no_vendors_root_that_nobody_admitted(void **state)
{
    (void)state;
    struct place p = place_empty();
    struct world *w = &p.w;
    struct why why;
    AUTO_STATEMENT struct statement root = signed_root(w, &w->vendor_root, &w->manager);
    memcpy(w->vendor, root.id, 32);
    place_say(&p, &w->admin, world_project(w));
    test_err(authority_offered(p.a, &root, w->now, &why), ERR_ISSUER);
    test_ok(authority_check(p.a, &root, w->now, &why), &why); /* a log or chain that has it */
    place_say(&p, &w->admin, world_vendor(w));
    test_ok(authority_offered(p.a, &root, w->now, &why), &why);
    place_take(&p, &root, bytes_of(NULL, 0));
    test_err(authority_offered(p.a, &root, w->now, &why), ERR_DUPLICATE);
    authority_free(p.a);
}

static void a_second_vendor_takes_nobodys_key_or_handle(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer thief_root = world_signer(w), thief = world_signer(w);
    memcpy(thief.member, w->rita.member, 16); /* somebody else's handle */
    AUTO_STATEMENT struct statement handle = signed_root(w, &thief_root, &thief);
    AUTO_STATEMENT struct statement key = signed_root(w, &thief_root, &w->manager);
    AUTO_STATEMENT struct statement owners = world_root(w, &thief_root, PARTY_OWNER, &thief);
    uint8_t vendor[32];
    memcpy(vendor, w->vendor, 32);
    place_take(&p, &handle, bytes_of(NULL, 0));
    place_take(&p, &key, bytes_of(NULL, 0));
    memcpy(w->vendor, handle.id, 32);
    place_say(&p, &w->admin, world_vendor(w));
    memcpy(w->vendor, key.id, 32);
    place_say(&p, &w->admin, world_vendor(w));
    assert_null(authority_device(p.a, thief.key));
    assert_memory_equal(authority_device(p.a, w->manager.key)->vendor, vendor, 32);
    struct why why;
    test_err(authority_check(p.a, &owners, w->now, &why), ERR_UNKNOWN_OWNER);

    /* An honest manager of a second vendor cannot enrol the first one's people either. */
    struct signer boss = world_signer(w);
    AUTO_STATEMENT struct statement second = signed_root(w, &thief_root, &boss);
    place_take(&p, &second, bytes_of(NULL, 0));
    memcpy(w->vendor, second.id, 32);
    place_say(&p, &w->admin, world_vendor(w));
    struct statement project = world_project(w);
    memset(project.u.project.project, 0xbb, 16);
    place_say(&p, &w->admin, project);
    struct statement vendor2 = world_vendor(w);
    memset(vendor2.u.vendor.project, 0xbb, 16);
    place_say(&p, &w->admin, vendor2);
    struct statement member = world_member(w, &boss, &w->rita, ROLE_REVIEWER);
    memset(member.u.member.project, 0xbb, 16);
    test_err(place_check(&p, &boss, member), ERR_EXISTS);
    test_err(place_check(&p, &boss, world_device(w, &boss, &w->rita)), ERR_NOT_ENTITLED);
    authority_free(p.a);
}

/* --- devices --- */

static void a_second_device_needs_the_first_ones_end(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer old = w->ann, next = world_signer(w), third = world_signer(w);
    memcpy(next.member, old.member, 16);
    memcpy(third.member, old.member, 16);
    test_err(place_check(&p, &w->manager, world_device(w, &w->manager, &next)), ERR_SECOND_DEVICE);
    struct statement s = world_device(w, &w->manager, &next);
    memcpy(s.u.device.revokes, w->bob.key, 32);
    test_err(place_check(&p, &w->manager, s), ERR_NOT_FOUND);

    /* Nor by way of a second project of the same member. */
    struct statement project = world_project(w), vendor = world_vendor(w),
                     member = world_member(w, &w->manager, &old, ROLE_ANNOTATOR),
                     ghost = world_device(w, &w->manager, &next);
    memset(project.u.project.project, 0xbb, 16);
    place_say(&p, &w->admin, project);
    memcpy(vendor.previous, w->admin.previous, 32);
    vendor.number = w->admin.number + 1;
    memset(vendor.u.vendor.project, 0xbb, 16);
    place_say(&p, &w->admin, vendor);
    memset(member.u.member.project, 0xbb, 16);
    place_say(&p, &w->manager, member);
    memset(ghost.u.device.project, 0xbb, 16);
    memcpy(ghost.previous, w->manager.previous, 32);
    ghost.number = w->manager.number + 1;
    test_err(place_check(&p, &w->manager, ghost), ERR_SECOND_DEVICE);
    uint8_t second_project[16];
    memset(second_project, 0xbb, 16);
    assert_int_equal(authority_role(p.a, old.key, second_project, w->now), ROLE_ANNOTATOR);

    w->now += 100;
    s = world_device(w, &w->manager, &next);
    memcpy(s.u.device.revokes, old.key, 32);
    place_say(&p, &w->manager, s);
    assert_true(authority_device(p.a, old.key)->revoked);
    assert_int_equal(authority_role(p.a, old.key, w->project, w->now), 0);
    assert_int_equal(authority_role(p.a, old.key, w->project, w->now - 1), ROLE_ANNOTATOR);
    assert_int_equal(authority_role(p.a, next.key, w->project, w->now), ROLE_ANNOTATOR);
    s = world_device(w, &w->manager, &third);
    memcpy(s.u.device.revokes, old.key, 32);
    test_err(place_check(&p, &w->manager, s), ERR_NOT_FOUND);
    s = world_device(w, &w->admin, &third); /* an admin may, for anyone */
    memcpy(s.u.device.revokes, next.key, 32);
    test_err(place_check(&p, &w->admin, s), ERR_OK);
    authority_free(p.a);
}

static void what_a_device_wrote_before_it_was_revoked_stays_readable(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    struct signer next = world_signer(w);
    memcpy(next.member, w->ann.member, 16);
    struct statement before = world_manifest(w, &w->ann);
    struct statement act = world_act(w, &w->ann, WORK_SUBMITTED, 1, 2);
    w->now += 100;
    struct statement s = world_device(w, &w->manager, &next);
    memcpy(s.u.device.revokes, w->ann.key, 32);
    place_say(&p, &w->manager, s);
    test_err(place_check(&p, &w->ann, world_manifest(w, &w->ann)), ERR_REVOKED);
    test_err(place_check(&p, &w->ann, act), ERR_REVOKED); /* work counts only in time */
    place_say(&p, &w->ann, before);
    authority_free(p.a);
}

/* --- assignments --- */

static bool assigned(const struct place *p, const uint8_t record[32], const struct signer *to,
                     const struct signer *author)
{
    return authority_assigned(p->a, p->w.project, record, to->member, author->key, p->w.now);
}

static void an_assignment_counts_by_its_issuer(void **state)
{
    (void)state;
    struct place p = place_full();
    struct world *w = &p.w;
    uint8_t r[5][32] = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 } };
    place_say(&p, &w->ann, world_assignment(w, &w->ann, r[0], &w->rita));
    assert_true(assigned(&p, r[0], &w->rita, &w->ann)); /* by the author */
    assert_false(assigned(&p, r[0], &w->rita, &w->bob));
    assert_false(assigned(&p, r[0], &w->bob, &w->ann));
    assert_false(assigned(&p, r[1], &w->rita, &w->ann));
    place_say(&p, &w->bob, world_assignment(w, &w->bob, r[1], &w->rita));
    assert_false(assigned(&p, r[1], &w->rita, &w->ann)); /* by another annotator */
    place_say(&p, &w->manager, world_assignment(w, &w->manager, r[2], &w->rita));
    assert_true(assigned(&p, r[2], &w->rita, &w->ann)); /* by the vendor's manager */
    assert_false(assigned(&p, r[2], &w->rita, &w->admin)); /* who is not the owner's */
    assert_false(assigned(&p, r[2], &w->rita, &w->tom));   /* nor of anyone unknown */
    place_say(&p, &w->admin, world_assignment(w, &w->admin, r[3], &w->rita));
    assert_true(assigned(&p, r[3], &w->rita, &w->ann)); /* by an admin */
    uint8_t other[16] = { 1 };
    assert_false(authority_assigned(p.a, other, r[3], w->rita.member, w->ann.key, w->now));
    assert_false(authority_assigned(p.a, w->project, r[3], w->rita.member, w->ann.key,
                                    w->now + 366 * 86400));
    struct signer mary = w->tom; /* the owner's own manager */
    place_say(&p, &w->admin, world_member(w, &w->admin, &mary, ROLE_MANAGER));
    place_say(&p, &w->admin, world_device(w, &w->admin, &mary));
    place_say(&p, &mary, world_assignment(w, &mary, r[4], &w->rita));
    assert_true(assigned(&p, r[4], &w->rita, &w->ann));
    test_err(place_check(&p, &mary, world_member(w, &mary, &w->tom, ROLE_ANNOTATOR)),
             ERR_NOT_ENTITLED);
    authority_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_and_admission_come_in_either_order),
        cmocka_unit_test(strangers_bring_no_vendors_root_that_nobody_admitted),
        cmocka_unit_test(a_second_vendor_takes_nobodys_key_or_handle),
        cmocka_unit_test(a_second_device_needs_the_first_ones_end),
        cmocka_unit_test(what_a_device_wrote_before_it_was_revoked_stays_readable),
        cmocka_unit_test(an_assignment_counts_by_its_issuer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
