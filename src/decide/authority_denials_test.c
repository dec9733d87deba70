/* Pauses and revocations, attestations, access requests: who may, what they do, and what stays. */
#include "decide/live_test.h"

static const uint8_t zeroes[32];

static struct statement pause_of(const struct world *w, const struct signer *by, enum subject what,
                                 const uint8_t *of, size_t len)
{
    struct statement s = world_say(w, by, STATEMENT_PAUSE);
    s.u.pause.what = what;
    if (len)
        memcpy(s.u.pause.of, of, len);
    s.u.pause.reason = strdup("a breach is looked into");
    return s;
}

static struct statement revocation_of(const struct world *w, const struct signer *by,
                                      enum subject what, const uint8_t *of, size_t len)
{
    struct statement s = world_say(w, by, STATEMENT_REVOCATION);
    s.u.revocation.what = what;
    memcpy(s.u.revocation.of, of, len);
    s.u.revocation.reason = strdup("left");
    return s;
}

/* The newest statement's id is what its signer's next one follows. */
static struct statement resume_of(const struct world *w, const struct signer *by,
                                  const uint8_t pause[32])
{
    struct statement s = world_say(w, by, STATEMENT_RESUME);
    memcpy(s.u.resume.pause, pause, 32);
    return s;
}

static struct live alive(void)
{
    struct live l = live_unready();
    live_ready(&l);
    return l;
}

static enum err may(const struct live *l, const struct signer *by, struct statement s)
{
    struct why why;
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    world_sign(by, &s, &envelope);
    enum err e = authority_check(gate_authority(l->g), &s, l->w.now, &why);
    statement_release(&s);
    return e;
}

static enum err asks(struct live *l, const struct signer *by, enum request_act act,
                     enum record_kind kind)
{
    static unsigned n = 1000;
    struct decision d;
    AUTO_AUTHORITY struct authority *again = live_again(l);
    const struct authority *now[] = { gate_authority(l->g), again };
    enum err paused[2] = { ERR_OK, ERR_OK };
    for (size_t i = 0; i < 2; i++)
        paused[i] = authority_paused(now[i], authority_device(now[i], by->key), l->w.project,
                                     (uint8_t)kind, NULL);
    assert_int_equal(paused[0], paused[1]);
    const struct world_record record =
        world_record(&l->w, act == REQUEST_CREATE ? by : &l->w.admin, kind, ++n);
    return live_ask(l, world_ask(&l->w, act, "annotate", n), by, &record, 1, &d);
}

static void a_pause_stops_whom_it_names_and_a_resume_lets_go_on(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    const uint8_t task[32] = { RECORD_TASK };
    const struct { enum subject what; const uint8_t *of; size_t len; enum err ann, bob, create; }
        rows[] = {
        { SUBJECT_EVERYTHING, zeroes, 0, ERR_PAUSED, ERR_PAUSED, ERR_PAUSED },
        { SUBJECT_PROJECT, w->project, 16, ERR_PAUSED, ERR_PAUSED, ERR_PAUSED },
        { SUBJECT_VENDOR, w->vendor, 32, ERR_PAUSED, ERR_PAUSED, ERR_PAUSED },
        { SUBJECT_VENDOR, w->owner, 32, ERR_OK, ERR_OK, ERR_OK },
        { SUBJECT_MEMBER, w->ann.member, 16, ERR_PAUSED, ERR_OK, ERR_PAUSED },
        { SUBJECT_DEVICE, w->bob.key, 32, ERR_OK, ERR_PAUSED, ERR_OK },
        { SUBJECT_KIND, task, 32, ERR_PAUSED, ERR_PAUSED, ERR_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        test_err(asks(&l, &w->ann, REQUEST_RELEASE, RECORD_TASK), ERR_OK);
        live_say(&l, &w->admin, pause_of(w, &w->admin, rows[i].what, rows[i].of, rows[i].len));
        uint8_t pause[32];
        memcpy(pause, w->admin.previous, 32);
        test_err(asks(&l, &w->ann, REQUEST_RELEASE, RECORD_TASK), rows[i].ann);
        test_err(asks(&l, &w->bob, REQUEST_RELEASE, RECORD_TASK), rows[i].bob);
        test_err(asks(&l, &w->ann, REQUEST_CREATE, RECORD_SUBMISSION), rows[i].create);
        test_err(may(&l, &w->manager, resume_of(w, &w->manager, pause)), ERR_NOT_ENTITLED);
        live_say(&l, &w->admin, resume_of(w, &w->admin, pause));
    }
    test_err(asks(&l, &w->bob, REQUEST_RELEASE, RECORD_TASK), ERR_OK);
    test_err(may(&l, &w->admin, resume_of(w, &w->admin, w->owner)), ERR_NOT_FOUND);
    live_release(&l);
}

static void who_may_pause_and_revoke_what(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    const struct { const struct signer *by; enum subject what; const uint8_t *of; size_t len;
                   enum err pause, revoke; } rows[] = {
        { &w->admin, SUBJECT_VENDOR, w->vendor, 32, ERR_OK, ERR_OK },
        { &w->watcher, SUBJECT_VENDOR, w->vendor, 32, ERR_OK, ERR_NOT_ENTITLED },
        { &w->manager, SUBJECT_VENDOR, w->vendor, 32, ERR_NOT_ENTITLED, ERR_NOT_ENTITLED },
        { &w->manager, SUBJECT_MEMBER, w->ann.member, 16, ERR_OK, ERR_OK },
        { &w->manager, SUBJECT_DEVICE, w->ann.key, 32, ERR_OK, ERR_OK },
        { &w->manager, SUBJECT_DEVICE, w->manager.key, 32, ERR_NOT_ENTITLED, ERR_NOT_ENTITLED },
        { &w->admin, SUBJECT_DEVICE, w->manager.key, 32, ERR_OK, ERR_OK },
        { &w->admin, SUBJECT_DEVICE, w->admin.key, 32, ERR_OK, ERR_NOT_ENTITLED },
        { &w->ann, SUBJECT_DEVICE, w->bob.key, 32, ERR_NOT_ENTITLED, ERR_NOT_ENTITLED },
        { &w->ann, SUBJECT_DEVICE, w->ann.key, 32, ERR_NOT_ENTITLED, ERR_NOT_ENTITLED },
        { &w->admin, SUBJECT_DEVICE, w->owner, 32, ERR_OK, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum err p = may(&l, rows[i].by,
                         pause_of(w, rows[i].by, rows[i].what, rows[i].of, rows[i].len));
        enum err r = may(&l, rows[i].by,
                         revocation_of(w, rows[i].by, rows[i].what, rows[i].of, rows[i].len));
        if (p != rows[i].pause || r != rows[i].revoke)
            fail_msg("row %zu: pause %s, revoke %s", i, err_code(p), err_code(r));
    }
    live_release(&l);
}

static void what_is_revoked_never_comes_back(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    live_say(&l, &w->manager, revocation_of(w, &w->manager, SUBJECT_MEMBER, w->ann.member, 16));
    test_err(asks(&l, &w->ann, REQUEST_RELEASE, RECORD_TASK), ERR_REVOKED);
    struct signer next = world_signer(w);
    memcpy(next.member, w->ann.member, 16);
    test_err(may(&l, &w->manager, world_device(w, &w->manager, &next)), ERR_REVOKED);
    live_say(&l, &w->admin, revocation_of(w, &w->admin, SUBJECT_VENDOR, w->vendor, 32));
    test_err(asks(&l, &w->bob, REQUEST_RELEASE, RECORD_TASK), ERR_DENIED_PURPOSE);
    live_release(&l);
}

/* A denial whose chain has a hole binds; its effect is the same once the chain is whole. */
static void a_denial_binds_before_its_chain_is_known(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    struct why why;
    struct authority *a = gate_authority(l.g);
    AUTO_BUF struct buf first = buf_init(1 << 16), second = buf_init(1 << 16);
    struct statement hole = pause_of(w, &w->admin, SUBJECT_MEMBER, w->bob.member, 16);
    world_sign(&w->admin, &hole, &first);
    world_said(&w->admin, &hole);
    struct statement s = pause_of(w, &w->admin, SUBJECT_VENDOR, w->vendor, 32);
    world_sign(&w->admin, &s, &second);
    world_said(&w->admin, &s);
    test_err(authority_check(a, &s, w->now, &why), ERR_CHAIN_GAP);
    test_ok(authority_early(a, &s, w->now, &why), &why);
    const struct entry_body early = { .type = ENTRY_BODY_STATEMENT,
                                      .u.statement = buf_bytes(&second) };
    live_enter(&l, &early); /* as a gate logs it */
    test_err(asks(&l, &w->ann, REQUEST_RELEASE, RECORD_TASK), ERR_PAUSED);
    test_err(authority_early(a, &s, w->now, &why), ERR_CHAIN_GAP); /* no news a second time */
    const struct entry_body whole = { .type = ENTRY_BODY_STATEMENT,
                                      .u.statement = buf_bytes(&first) };
    live_enter(&l, &whole);
    test_ok(authority_check(a, &s, w->now, &why), &why);
    live_enter(&l, &early);
    assert_int_equal(authority_pause_count(a), 2);
    test_err(authority_check(a, &s, w->now, &why), ERR_DUPLICATE);

    /* What grants does not, nor a denial by whom it does not behove. */
    struct statement grant = resume_of(w, &w->admin, s.id);
    grant.number++;
    struct statement stranger = pause_of(w, &w->ann, SUBJECT_VENDOR, w->vendor, 32);
    stranger.number += 5;
    memset(stranger.previous, 1, 32);
    AUTO_BUF struct buf unused = buf_init(1 << 16);
    world_sign(&w->admin, &grant, &unused);
    world_sign(&w->ann, &stranger, &unused);
    test_err(authority_early(a, &grant, w->now, &why), ERR_CHAIN_GAP);
    test_err(authority_early(a, &stranger, w->now, &why), ERR_CHAIN_GAP);
    statement_release(&stranger);
    statement_release(&hole);
    statement_release(&s);
    live_release(&l);
}

/* --- attestations --- */

static struct statement attestor_of(const struct world *w, const struct signer *who)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_ATTESTOR);
    memcpy(s.u.attestor.key, who->key, 32);
    s.u.attestor.names = calloc(1, sizeof *s.u.attestor.names);
    s.u.attestor.names[0] = strdup("soc2-type2");
    s.u.attestor.name_count = 1;
    return s;
}

static struct statement attestation_of(const struct world *w, const struct signer *by,
                                       enum subject what, const uint8_t *of, size_t len,
                                       const char *name)
{
    struct statement s = world_say(w, by, STATEMENT_ATTESTATION);
    s.u.attestation = (struct statement_attestation){
        .what = what, .name = strdup(name), .method = METHOD_DOCUMENT_SEEN,
        .auditor = strdup("Muster & Partner"), .from = w->now, .until = w->now + 1000 };
    memcpy(s.u.attestation.of, of, len);
    return s;
}

static struct statement withdrawal_of(const struct world *w, const struct signer *by,
                                      const uint8_t id[32], const char *auditor)
{
    struct statement s = world_say(w, by, STATEMENT_WITHDRAWAL);
    memcpy(s.u.withdrawal.attestation, id, 32);
    s.u.withdrawal.auditor = strdup(auditor);
    return s;
}

static bool attested(const struct live *l, const struct signer *who, enum subject what,
                     uint64_t now_s)
{
    const struct authority *a = gate_authority(l->g);
    AUTO_AUTHORITY struct authority *b = live_again(l); /* it holds there too, or not */
    const bool holds = authority_attested(a, authority_device(a, who->key), what, "soc2-type2",
                                          now_s);
    assert_int_equal(holds, authority_attested(b, authority_device(b, who->key), what,
                                               "soc2-type2", now_s));
    return holds;
}

static void an_attestation_holds_while_it_lasts_and_its_attestor_is_trusted(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    struct signer auditor = world_signer(w);
    test_err(may(&l, &auditor, attestation_of(w, &auditor, SUBJECT_VENDOR, w->vendor, 32,
                                              "soc2-type2")), ERR_ISSUER);
    live_say(&l, &w->admin, attestor_of(w, &auditor));
    test_err(may(&l, &auditor, attestation_of(w, &auditor, SUBJECT_VENDOR, w->vendor, 32, "iso")),
             ERR_NOT_ENTITLED);
    test_err(may(&l, &w->manager, attestation_of(w, &w->manager, SUBJECT_VENDOR, w->vendor, 32,
                                                 "soc2-type2")), ERR_NOT_ENTITLED);
    assert_false(attested(&l, &w->ann, SUBJECT_VENDOR, w->now));
    live_say(&l, &auditor, attestation_of(w, &auditor, SUBJECT_VENDOR, w->vendor, 32,
                                          "soc2-type2"));
    uint8_t id[32];
    memcpy(id, auditor.previous, 32);
    assert_true(attested(&l, &w->ann, SUBJECT_VENDOR, w->now));
    assert_true(attested(&l, &w->ann, SUBJECT_VENDOR, w->now + 999));
    assert_false(attested(&l, &w->ann, SUBJECT_VENDOR, w->now + 1000));
    assert_false(attested(&l, &w->ann, SUBJECT_VENDOR, w->now - 1));
    assert_false(attested(&l, &w->ann, SUBJECT_MEMBER, w->now));
    assert_false(attested(&l, &w->admin, SUBJECT_VENDOR, w->now)); /* the owner's own */
    test_err(may(&l, &w->manager, withdrawal_of(w, &w->manager, id, "")), ERR_NOT_ENTITLED);
    test_err(may(&l, &w->admin, withdrawal_of(w, &w->admin, zeroes, "Nobody")), ERR_NOT_FOUND);
    live_say(&l, &auditor, withdrawal_of(w, &auditor, id, ""));
    assert_false(attested(&l, &w->ann, SUBJECT_VENDOR, w->now));

    const struct signer *ann = &w->ann;
    struct statement placed = world_say(w, &w->manager, STATEMENT_PLACEMENT);
    memcpy(placed.u.placement.member, ann->member, 16);
    memset(placed.u.placement.site, 0x51, 16);
    live_say(&l, &w->manager, placed);
    const uint8_t site[16] = { [0 ... 15] = 0x51 };
    live_say(&l, &w->admin, attestation_of(w, &w->admin, SUBJECT_SITE, site, 16, "soc2-type2"));
    live_say(&l, &auditor, attestation_of(w, &auditor, SUBJECT_DEVICE, ann->key, 32,
                                          "soc2-type2"));
    assert_true(attested(&l, ann, SUBJECT_SITE, w->now));
    assert_true(attested(&l, ann, SUBJECT_DEVICE, w->now));
    assert_false(attested(&l, &w->bob, SUBJECT_SITE, w->now));
    live_say(&l, &w->admin, revocation_of(w, &w->admin, SUBJECT_ATTESTOR, auditor.key, 32));
    assert_true(attested(&l, ann, SUBJECT_SITE, w->now));    /* the admin's */
    assert_false(attested(&l, ann, SUBJECT_DEVICE, w->now)); /* the attestor's */
    live_say(&l, &w->admin, withdrawal_of(w, &w->admin, zeroes, "Muster & Partner"));
    assert_false(attested(&l, ann, SUBJECT_SITE, w->now));
    live_release(&l);
}

static void approvals_are_of_different_members_and_of_none_for_itself(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    const struct authority *a = gate_authority(l.g);
    struct statement s = world_say(w, &w->ann, STATEMENT_ACCESS);
    memcpy(s.u.access.project, w->project, 16);
    s.u.access = (struct statement_access){ .purpose = strdup("annotate"), .reason = strdup("why"),
                                            .ticket = strdup(""), .from = w->now,
                                            .until = w->now + 100 };
    memcpy(s.u.access.project, w->project, 16);
    live_say(&l, &w->ann, s);
    struct statement yes = world_say(w, &w->manager, STATEMENT_APPROVAL);
    memcpy(yes.u.approval.statement, w->ann.previous, 32);
    struct statement own = world_say(w, &w->ann, STATEMENT_APPROVAL);
    own.u = yes.u;
    test_err(may(&l, &w->ann, own), ERR_NOT_ENTITLED);
    live_say(&l, &w->manager, yes);
    struct statement twice = world_say(w, &w->manager, STATEMENT_APPROVAL);
    twice.u = yes.u;
    test_err(may(&l, &w->manager, twice), ERR_EXISTS);
    struct statement admin = world_say(w, &w->admin, STATEMENT_APPROVAL);
    admin.u = yes.u;
    live_say(&l, &w->admin, admin);
    struct authority *again = live_again(&l);
    const struct { const uint8_t *member; const char *purpose; uint64_t at, members, groups; }
        rows[] = {
        { w->ann.member, "annotate", 0, 2, 2 }, { w->ann.member, "annotate", 99, 2, 2 },
        { w->ann.member, "annotate", 100, 0, 0 }, { w->ann.member, "review", 0, 0, 0 },
        { w->bob.member, "annotate", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct authority_approvals got = authority_approvals(
            a, rows[i].member, w->project, rows[i].purpose, w->now + rows[i].at);
        const struct authority_approvals back = authority_approvals(
            again, rows[i].member, w->project, rows[i].purpose, w->now + rows[i].at);
        assert_int_equal(got.members, rows[i].members);
        assert_int_equal(got.groups, rows[i].groups);
        assert_true(back.members == got.members && back.groups == got.groups);
    }
    authority_free(again);
    live_release(&l);
}

/* --- and the gate's decision, with all of it --- */

static void a_policys_conditions_hold_at_the_gate(void **state)
{
    (void)state;
    struct live l = alive();
    struct world *w = &l.w;
    live_say(&l, &w->admin,
             world_policy(w, 2, "policy demo 2\npermit annotate\n  role annotator\n  read task\n"
                                "  create submission\n  require soc2-type2\n  budget member 4/day\n"
                                "  open 2\n  skips 1/day\n"
                                "freshness 1h\n"));
    test_err(asks(&l, &w->ann, REQUEST_RELEASE, RECORD_TASK), ERR_DENIED_ATTESTATION);
    live_say(&l, &w->admin, attestation_of(w, &w->admin, SUBJECT_VENDOR, w->vendor, 32,
                                           "soc2-type2"));
    struct world_record tasks[6];
    struct decision d;
    for (unsigned i = 0; i < 6; i++)
        tasks[i] = world_record(w, &w->admin, RECORD_TASK, i);
    const struct request q = world_ask(w, REQUEST_RELEASE, "annotate", 1);
    test_err(live_ask(&l, q, &w->ann, tasks, 3, &d), ERR_DENIED_OPEN);
    assert_int_equal(d.refused_index, 2);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 2), &w->ann, tasks, 2, &d),
             ERR_OK);
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 3), &w->ann, tasks, 2, &d),
             ERR_OK); /* the same again adds nothing */
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 4), &w->ann, tasks + 2, 1, &d),
             ERR_DENIED_OPEN);
    for (unsigned i = 0; i < 3; i++) { /* the first skip is free, the second is not */
        AUTO_BUF struct buf closes = buf_init(1000);
        struct request_close close = { .how = REQUEST_SKIP };
        struct request next = world_ask(w, REQUEST_RELEASE, "annotate", 5 + i);
        memcpy(close.task, tasks[i].id, 32);
        request_close_write(&close, &closes);
        next.closes = buf_bytes(&closes);
        test_err(live_ask(&l, next, &w->ann, tasks + 2 + i, 1, &d),
                 i == 0 ? ERR_OK : ERR_DENIED_OPEN);
    }
    w->now += 999; /* the certificate lapses at that second, by itself */
    live_say(&l, &w->watcher, world_heads(w, &w->watcher, &w->manager));
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 9), &w->ann, tasks, 1, &d),
             ERR_OK);
    w->now++;
    test_err(live_ask(&l, world_ask(w, REQUEST_RELEASE, "annotate", 10), &w->ann, tasks, 1, &d),
             ERR_DENIED_ATTESTATION);
    live_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_stops_whom_it_names_and_a_resume_lets_go_on),
        cmocka_unit_test(who_may_pause_and_revoke_what),
        cmocka_unit_test(what_is_revoked_never_comes_back),
        cmocka_unit_test(a_denial_binds_before_its_chain_is_known),
        cmocka_unit_test(an_attestation_holds_while_it_lasts_and_its_attestor_is_trusted),
        cmocka_unit_test(approvals_are_of_different_members_and_of_none_for_itself),
        cmocka_unit_test(a_policys_conditions_hold_at_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
