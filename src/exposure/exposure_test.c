#include "exposure/exposure.h"

#include "decide/world_log_test.h"
#include "request/body.h"

#include <time.h>

/* Three gates' logs that are fed as they are written. */
struct place {
    struct world w;
    struct exposure *x;
    uint64_t next[4];
};

static enum err feed(struct place *p, unsigned gate, const struct entry_body *b,
                     struct bytes object)
{
    struct why why;
    const struct entry e = { .time_ms = p->w.now * 1000, .type = (uint16_t)b->type, .rules = 1 };
    enum err err = exposure_feed(p->x, gate, p->next[gate], &e, b, object, &why);
    p->next[gate] += err == ERR_OK;
    return err;
}

static void take(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)s;
    const struct entry_body b = { .type = ENTRY_BODY_STATEMENT, .u.statement = envelope };
    for (unsigned g = 1; g <= 3; g++)
        test_err(feed(ctx, g, &b, bytes_of(NULL, 0)), ERR_OK);
}

static struct place place_new(void)
{
    struct why why;
    struct place p = { .w = world_new() };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement root = world_owner_root(&p.w, &envelope);
    test_ok(exposure_new(&root, &p.x, &why), &why);
    take(&p, &root, buf_bytes(&envelope));
    world_fill(&p.w, take, &p);
    return p;
}

/* The gates in `logged` log a request for these records. */
static void release(struct place *p, enum request_act act, const struct signer *by, uint8_t asked,
                    uint8_t logged, const struct world_record *records, size_t count)
{
    static uint64_t nonce;
    struct request q = world_ask(&p->w, act, "annotate", ++nonce);
    q.gates = asked;
    struct world_request r = world_request_sign(q, by, records, count);
    for (unsigned g = 1; g <= 3; g++) {
        const struct entry_body b = world_release(&r, by, g, "annotate#1");
        if (logged >> (g - 1) & 1)
            test_err(feed(p, g, &b, bytes_of(NULL, 0)), ERR_OK);
    }
    world_request_release(&r);
}

/* Time passes, and all of these gates log something. */
static void later(struct place *p, uint64_t seconds, uint8_t gates)
{
    struct entry_body b = { .type = ENTRY_BODY_READY };
    p->w.now += seconds;
    for (unsigned g = 1; g <= 3; g++) {
        b.u.ready.gate = (uint8_t)g;
        if (gates >> (g - 1) & 1)
            test_err(feed(p, g, &b, bytes_of(NULL, 0)), ERR_OK);
    }
}

static void finish(struct place *p, uint8_t used)
{
    struct why why;
    struct checkpoint c[EXPOSURE_GATES_MAX] = { { 0 } };
    for (unsigned g = 1; g <= 3; g++)
        c[g - 1].size = used >> (g - 1) & 1 ? p->next[g] : 0;
    test_ok(exposure_finish(p->x, c, &why), &why);
}

static const struct exposure_filter everything;

static struct exposure_totals totals(const struct place *p, struct exposure_filter f)
{
    struct why why;
    struct exposure_totals t;
    test_ok(exposure_totals(p->x, &f, &t, &why), &why);
    return t;
}

static void every_release_counts_with_its_author_device_and_member(void **state)
{
    (void)state;
    struct place p = place_new();
    struct world *w = &p.w;
    struct world_record r[3] = { world_record(w, &w->admin, RECORD_TASK, 1),
                                 world_record(w, &w->admin, RECORD_GUIDE, 2),
                                 world_record(w, &w->ann, RECORD_SUBMISSION, 3) };
    release(&p, REQUEST_RELEASE, &w->ann, 3, 3, r, 2);
    release(&p, REQUEST_CREATE, &w->ann, 7, 7, r + 2, 1);
    release(&p, REQUEST_RELEASE, &w->bob, 6, 2, r, 1);
    release(&p, REQUEST_RELEASE, &w->ann, 5, 1, r, 1); /* again */
    finish(&p, 7);

    struct exposure_row row;
    size_t at = 0, count = 0;
    while (exposure_next(p.x, &everything, &at, &row)) {
        count++;
        assert_true(row.member_known);
        assert_memory_equal(row.vendor, w->vendor, 32);
        assert_string_equal(row.purpose, "annotate");
    }
    assert_int_equal(count, 5);
    at = 0;
    assert_true(exposure_next(p.x, &everything, &at, &row));
    assert_memory_equal(row.record, r[0].id, 32);
    assert_int_equal(row.kind, RECORD_TASK);
    assert_memory_equal(row.author, w->admin.key, 32);
    assert_memory_equal(row.device, w->ann.key, 32);
    assert_memory_equal(row.member, w->ann.member, 16);
    assert_int_equal(row.asked, 3);
    assert_int_equal(row.logged, 3);
    assert_int_equal(row.expires, row.created + 60);

    struct exposure_totals t = totals(&p, everything);
    assert_int_equal(t.requests, 3);
    assert_int_equal(t.rows, 4);
    assert_int_equal(t.records, 2);
    assert_int_equal(t.devices, 2);
    assert_int_equal(t.held, 1);
    assert_int_equal(t.asked_for_rows, 0); /* no log goes on past their end */

    struct exposure_pair pair;
    size_t pairs = 0, held = 0;
    for (at = 0; exposure_next_pair(p.x, &everything, &at, &pair); pairs++)
        held += pair.held && !pair.released;
    assert_int_equal(pairs, 4);
    assert_int_equal(held, 1);
    exposure_free(p.x);
}

static void what_a_gate_of_the_quorum_lacks_was_only_asked_for(void **state)
{
    (void)state;
    struct place p = place_new();
    struct world *w = &p.w;
    struct world_record r[4];
    for (unsigned i = 0; i < 4; i++)
        r[i] = world_record(w, &w->admin, RECORD_TASK, i);
    release(&p, REQUEST_RELEASE, &w->ann, 3, 1, &r[0], 1); /* gate 2 lacks it */
    release(&p, REQUEST_RELEASE, &w->ann, 3, 3, &r[1], 1);
    release(&p, REQUEST_RELEASE, &w->bob, 3, 2, &r[2], 1);
    release(&p, REQUEST_CREATE, &w->ann, 7, 1, &r[3], 1); /* held all the same */
    later(&p, 60, 7); /* not later than the end */
    finish(&p, 7);
    assert_int_equal(totals(&p, everything).asked_for_rows, 0);
    later(&p, 1, 2);
    finish(&p, 7);
    assert_int_equal(totals(&p, everything).asked_for_rows, 1);
    finish(&p, 5); /* without gate 2's log nobody knows */
    assert_int_equal(totals(&p, everything).asked_for_rows, 0);
    later(&p, 0, 5);
    finish(&p, 7);
    struct exposure_totals t = totals(&p, everything);
    assert_int_equal(t.asked_for_rows, 2);
    assert_int_equal(t.rows, 3); /* and all stay in the totals */
    assert_int_equal(t.held, 1);

    release(&p, REQUEST_RELEASE, &w->ann, 5, 5, &r[0], 1); /* asked for once, given another time */
    finish(&p, 7);
    struct exposure_pair pair;
    size_t at = 0, asked_for = 0;
    while (exposure_next_pair(p.x, &everything, &at, &pair)) {
        asked_for += pair.asked_for;
        if (memcmp(pair.record, r[0].id, 32) == 0)
            assert_true(pair.released && !pair.asked_for);
    }
    assert_int_equal(asked_for, 1);
    exposure_free(p.x);
}

static void completeness_needs_enough_logs(void **state)
{
    (void)state;
    struct place p = place_new();
    static const struct { uint8_t used; bool complete; unsigned liars; } rows[] = {
        { 0, false, 0 }, { 1, false, 0 }, { 5, true, 0 }, { 7, true, 1 } };
    for (size_t i = 0; i < 4; i++) {
        struct exposure_logs logs;
        finish(&p, rows[i].used);
        exposure_logs(p.x, &logs);
        assert_int_equal(logs.needed, 2);
        assert_int_equal(logs.count, __builtin_popcount(rows[i].used));
        assert_int_equal(logs.complete, rows[i].complete);
        assert_int_equal(logs.liars, rows[i].liars);
    }
    struct why why;
    struct checkpoint c[EXPOSURE_GATES_MAX] = { { .size = p.next[1] + 1 } };
    test_err(exposure_finish(p.x, c, &why), ERR_INCOMPLETE);
    assert_int_equal(authority_device_count(exposure_authority(p.x)), 5);
    for (size_t i = 0; i < EXPOSURE_GAPS; i++)
        assert_non_null(exposure_gaps[i]);
    exposure_free(p.x);
}

static void filters_narrow_and_receipts_open(void **state)
{
    (void)state;
    struct place p = place_new();
    struct world *w = &p.w;
    struct world_record r[2] = { world_record(w, &w->admin, RECORD_TASK, 1),
                                 world_record(w, &w->admin, RECORD_TASK, 2) };
    struct signer stranger = world_signer(w);
    release(&p, REQUEST_RELEASE, &w->ann, 3, 3, r, 2);
    release(&p, REQUEST_RELEASE, &stranger, 3, 3, r, 1); /* a gate that lies names anyone */
    w->now += 100;
    release(&p, REQUEST_RELEASE, &w->bob, 3, 3, r, 1);
    release(&p, REQUEST_RELEASE, &w->admin, 3, 3, r, 1);
    world_give(w, &w->ann, world_receipt(w, &w->ann, r[1].id), take, &p);
    uint8_t never[32] = { 9 };
    world_give(w, &w->bob, world_receipt(w, &w->bob, never), take, &p);
    finish(&p, 7);
    static const uint8_t owner[32], elsewhere[16];
    const struct {
        const char *why;
        struct exposure_filter filter;
        uint64_t want, pairs;
    } rows[] = {
        { "everything", { 0 }, 5, 6 },
        { "a device", { .device = w->ann.key }, 2, 2 },
        { "a member", { .member = w->bob.member }, 1, 2 },
        { "a vendor", { .vendor = w->vendor }, 3, 4 },
        { "the owner's own", { .vendor = owner }, 1, 1 },
        { "a project", { .project = w->project }, 5, 6 },
        { "another project", { .project = elsewhere }, 0, 0 },
        { "from then on", { .from_s = w->now }, 2, 6 },
        { "until then", { .until_s = w->now }, 3, 6 },
        { "a device that is none", { .device = never }, 0, 0 },
        { "both", { .device = w->ann.key, .member = w->bob.member }, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct exposure_row row;
        struct exposure_pair pair;
        size_t at = 0, n = 0, pairs = 0;
        while (exposure_next(p.x, &rows[i].filter, &at, &row))
            n++;
        for (at = 0; exposure_next_pair(p.x, &rows[i].filter, &at, &pair);)
            pairs++;
        if (n != rows[i].want || pairs != rows[i].pairs ||
            totals(&p, rows[i].filter).rows != rows[i].want)
            fail_msg("%s: %zu rows, %zu pairs", rows[i].why, n, pairs);
    }
    struct exposure_pair pair;
    size_t at = 0, opened = 0;
    while (exposure_next_pair(p.x, &everything, &at, &pair)) {
        opened += pair.opened;
        if (memcmp(pair.record, never, 32) == 0)
            assert_true(pair.opened && !pair.released && pair.kind == 0);
    }
    assert_int_equal(opened, 2);
    exposure_free(p.x);
}

static void a_log_that_is_none_is_refused(void **state)
{
    (void)state;
    struct place p = place_new();
    struct world *w = &p.w;
    struct why why;
    struct world_record task = world_record(w, &w->admin, RECORD_TASK, 1);
    struct world_request q =
        world_request_sign(world_ask(w, REQUEST_RELEASE, "annotate", 1), &w->ann, &task, 1);
    struct entry_body good = world_release(&q, &w->ann, 1, "annotate#1"), b = good;
    const struct entry e = { .time_ms = w->now * 1000, .type = ENTRY_BODY_RELEASE, .rules = 1 };
    test_err(exposure_feed(p.x, 1, p.next[1] + 1, &e, &b, bytes_of(NULL, 0), &why), ERR_FORMAT);
    test_err(feed(&p, 2, &b, bytes_of(NULL, 0)), ERR_FORMAT); /* gate 1's */
    b.u.release.r[0] ^= 1;
    test_err(feed(&p, 1, &b, bytes_of(NULL, 0)), ERR_FORMAT);
    b = good;
    b.u.release.act = REQUEST_CREATE;
    test_err(feed(&p, 1, &b, bytes_of(NULL, 0)), ERR_FORMAT);
    b = good;
    b.u.release.request = bytes_of(NULL, 0);
    test_err(feed(&p, 1, &b, bytes_of(NULL, 0)), ERR_NOT_FOUND);
    test_err(feed(&p, 1, &b, bytes_str("another")), ERR_FORMAT);
    finish(&p, 7);
    assert_int_equal(totals(&p, everything).rows, 0);
    test_err(feed(&p, 1, &b, buf_bytes(&q.body)), ERR_OK); /* the object */
    finish(&p, 7);
    assert_int_equal(totals(&p, everything).rows, 1);
    world_request_release(&q);
    exposure_free(p.x);
}

/* One body, changed in place: `created` and the records' commitments. */
static void many_releases_take_little_time(void **state)
{
    (void)state;
    enum { REQUESTS = 10000, RECORDS = 8 };
    const char *more = getenv("COFFERDAM_EXPOSURE_REQUESTS");
    const uint32_t requests = more ? (uint32_t)strtoul(more, NULL, 10) : REQUESTS;
    struct place p = place_new();
    struct world *w = &p.w;
    struct world_record r[RECORDS];
    for (unsigned i = 0; i < RECORDS; i++)
        r[i] = world_record(w, &w->admin, RECORD_TASK, i);
    struct world_request q =
        world_request_sign(world_ask(w, REQUEST_RELEASE, "annotate", 1), &w->ann, r, RECORDS);
    struct entry_body b = world_release(&q, &w->ann, 1, "annotate#1");
    const clock_t start = clock();
    for (uint32_t i = 0; i < requests; i++) {
        put_u64be(q.body.ptr + 88, w->now + i);
        put_u64be(q.body.ptr + 96, w->now + i + 60);
        for (unsigned k = 0; k < RECORDS; k++) /* every second record is new */
            put_u32be(q.body.ptr + q.body.len - 96 * (k + 1) + 64, k % 2 ? i : k);
        request_r(b.u.release.r, w->ann.key, buf_bytes(&q.body));
        sha256(b.u.release.request_hash, buf_bytes(&q.body));
        for (unsigned g = 1; g <= 2; g++) {
            b.u.release.gate = (uint8_t)g;
            test_err(feed(&p, g, &b, bytes_of(NULL, 0)), ERR_OK);
        }
    }
    finish(&p, 7);
    struct exposure_totals t = totals(&p, everything);
    assert_int_equal(t.rows, (uint64_t)requests * RECORDS);
    assert_int_equal(t.records, (uint64_t)requests * RECORDS / 2 + RECORDS / 2);
    print_message("%u requests of %d records in two logs: %.2f s\n", requests, RECORDS,
                  (double)(clock() - start) / CLOCKS_PER_SEC);
    world_request_release(&q);
    exposure_free(p.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_release_counts_with_its_author_device_and_member),
        cmocka_unit_test(what_a_gate_of_the_quorum_lacks_was_only_asked_for),
        cmocka_unit_test(completeness_needs_enough_logs),
        cmocka_unit_test(filters_narrow_and_receipts_open),
        cmocka_unit_test(a_log_that_is_none_is_refused),
        cmocka_unit_test(many_releases_take_little_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
