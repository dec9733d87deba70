/* Counts against a model that keeps every release as it came and counts by looking at all. */
#include "base/test.h"

#include "decide/counts.h"

enum { RELEASES = 3000, MEMBERS = 4, VENDORS = 2, DEVICES = 6, RECORDS = 12, PROJECTS = 2 };

static uint64_t seed = 7;
static unsigned below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

struct release {
    unsigned project, purpose, member, device, record;
    uint64_t created;
};

static struct release past[RELEASES];
static size_t past_count;

static const char *const purposes[] = { "annotate", "review" };
static uint8_t ids[16][32];

/* A device is one member's, a member one vendor's; the first vendor is the owner itself. */
static struct counts_asker asker(const struct release *r)
{
    static const uint8_t zeroes[32];
    return (struct counts_asker){ .project = ids[r->project], .purpose = purposes[r->purpose],
                                  .member = ids[r->member], .device = ids[r->device],
                                  .vendor = r->member % VENDORS ? ids[15] : zeroes,
                                  .created = r->created };
}

static bool counts_in(const struct release *p, const struct release *q, uint64_t length)
{
    return p->project == q->project && p->purpose == q->purpose &&
           p->created / length == q->created / length;
}

static bool same_pair(const struct release *p, const struct release *q)
{
    return p->member == q->member && p->record == q->record;
}

/* Did this release count when it came: the first of its pair in the window? */
static bool counted(size_t i, uint64_t length)
{
    for (size_t j = 0; j < i; j++)
        if (counts_in(&past[j], &past[i], length) && same_pair(&past[j], &past[i]))
            return false;
    return true;
}

static bool in_scope(const struct release *p, const struct release *q, unsigned scope)
{
    return scope == 0   ? p->member == q->member
           : scope == 1 ? p->device == q->device
           : scope == 2 ? p->member % VENDORS == q->member % VENDORS
                        : true;
}

static uint64_t model(const struct release *q, enum policy_fact fact)
{
    bool adds = true;
    uint64_t n = 0;
    if (fact == POLICY_VIEWERS) {
        bool seen[MEMBERS] = { false };
        for (size_t i = 0; i < past_count; i++)
            if (past[i].project == q->project && past[i].purpose == q->purpose &&
                past[i].record == q->record)
                seen[past[i].member] = true;
        for (unsigned m = 0; m < MEMBERS; m++)
            n += seen[m];
        return seen[q->member] ? 0 : n + 1;
    }
    const bool day = fact >= POLICY_MEMBER_DAY;
    const uint64_t length = day ? 86400 : 3600;
    const unsigned scope = fact - (day ? POLICY_MEMBER_DAY : POLICY_MEMBER_HOUR);
    for (size_t i = 0; i < past_count; i++) {
        if (!counts_in(&past[i], q, length))
            continue;
        adds = adds && !same_pair(&past[i], q);
        n += in_scope(&past[i], q, scope) && counted(i, length);
    }
    return adds ? n + 1 : 0;
}

static struct release random_release(uint64_t now)
{
    struct release r = { .project = below(PROJECTS), .purpose = below(2), .member = below(MEMBERS),
                         .record = below(RECORDS), .created = now - 120 + below(241) };
    r.device = r.member + MEMBERS * below(2); /* one or two devices a member */
    return r;
}

static void look(const struct counts *c, const struct release *r)
{
    const struct counts_asker who = asker(r);
    struct counts_view v;
    counts_view_start(&v, c, &who);
    counts_view_record(&v, ids[r->record]);
    for (unsigned f = POLICY_MEMBER_HOUR; f <= POLICY_VIEWERS; f++) {
        const uint64_t want = model(r, (enum policy_fact)f);
        const uint64_t got = counts_view_get(&v, (enum policy_fact)f);
        if (got != want)
            fail_msg("after %zu releases fact %u is %llu, not %llu", past_count, f,
                     (unsigned long long)got, (unsigned long long)want);
    }
}

static void they_are_what_looking_at_all_releases_counts(void **state)
{
    (void)state;
    struct why why;
    struct counts *c = NULL;
    uint64_t now = 20000 * UINT64_C(86400);
    for (unsigned i = 0; i < 16; i++)
        memset(ids[i], (int)i + 1, 32);
    test_ok(counts_new(&c, &why), &why);
    for (past_count = 0; past_count < RELEASES; past_count++) {
        now += below(40) ? below(120) : below(100000);
        const struct release r = random_release(now);
        const struct counts_asker who = asker(&r);
        if (past_count % 8 == 0)
            look(c, &r);
        test_ok(counts_add(c, &who, (const uint8_t(*)[32])&ids[r.record], 1, &why), &why);
        past[past_count] = r;
        if (past_count % 500)
            continue;
        AUTO_BUF struct buf once = buf_init(1 << 20), twice = buf_init(1 << 20);
        struct counts *again = NULL;
        counts_encode(c, &once);
        struct cur from = cur_from(buf_bytes(&once));
        test_ok(counts_decode(&from, &again, &why), &why);
        assert_true(cur_done(&from));
        counts_encode(again, &twice);
        assert_true(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
        counts_free(c); /* on with what came back, viewers and all */
        c = again;
    }
    counts_free(c);
}

/* Records of one request count after each other, those that count already do not. */
static void a_request_counts_its_own_records(void **state)
{
    (void)state;
    struct why why;
    AUTO_COUNTS struct counts *c = NULL;
    const struct release r = { .created = 20000 * UINT64_C(86400) + 3599 };
    const struct counts_asker who = asker(&r);
    struct counts_view v;
    test_ok(counts_new(&c, &why), &why);
    test_ok(counts_add(c, &who, (const uint8_t(*)[32])&ids[3], 1, &why), &why);
    test_ok(counts_add(c, &who, (const uint8_t(*)[32])&ids[3], 1, &why), &why);
    counts_view_start(&v, c, &who);
    static const struct { unsigned record; uint64_t hour, viewers; } rows[] = {
        { 1, 2, 1 }, { 3, 0, 0 }, { 2, 3, 1 }, { 4, 4, 1 } };
    for (size_t i = 0; i < 4; i++) {
        counts_view_record(&v, ids[rows[i].record]);
        assert_int_equal(counts_view_get(&v, POLICY_MEMBER_HOUR), rows[i].hour);
        assert_int_equal(counts_view_get(&v, POLICY_PROJECT_DAY), rows[i].hour);
        assert_int_equal(counts_view_get(&v, POLICY_VIEWERS), rows[i].viewers);
    }
    struct counts_asker later = who; /* the next hour of the same day */
    later.created++;
    counts_view_start(&v, c, &later);
    counts_view_record(&v, ids[3]);
    assert_int_equal(counts_view_get(&v, POLICY_MEMBER_HOUR), 1);
    assert_int_equal(counts_view_get(&v, POLICY_MEMBER_DAY), 0);
}

static void bytes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct why why;
    AUTO_COUNTS struct counts *c = NULL;
    const struct release r = { .created = 1 };
    const struct counts_asker who = asker(&r);
    AUTO_BUF struct buf good = buf_init(10000);
    test_ok(counts_new(&c, &why), &why);
    test_ok(counts_add(c, &who, (const uint8_t(*)[32])&ids[3], 1, &why), &why);
    counts_encode(c, &good);
    for (size_t len = 0; len < good.len; len++) {
        struct counts *again = NULL;
        struct cur from = cur_from(bytes_of(good.ptr, len));
        test_err(counts_decode(&from, &again, &why), ERR_FORMAT);
    }
    /* slots 4, 48; members 4, 16; released 4, slot 4, record 32; pairs 4, place 4, number 4, hour 4
     * and 1, day 4 and 1; counters 4, slot 4, scope 4 */
    static const struct { size_t at; uint8_t value; } rows[] = {
        { 0, 1 }, { 52, 1 }, { 72, 1 }, { 79, 0 }, { 79, 2 }, { 112, 1 }, { 119, 1 }, { 123, 0 },
        { 123, 2 }, { 128, 2 }, { 133, 2 }, { 134, 1 }, { 141, 0 }, { 141, 2 }, { 145, 4 },
        { 273, 3 /* as the next one */ } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct counts *again = NULL;
        const uint8_t before = good.ptr[rows[i].at];
        good.ptr[rows[i].at] = rows[i].value;
        struct cur from = cur_from(buf_bytes(&good));
        enum err e = counts_decode(&from, &again, &why);
        if (e != ERR_FORMAT)
            fail_msg("byte %zu is %u: %s", rows[i].at, rows[i].value, err_code(e));
        good.ptr[rows[i].at] = before;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_what_looking_at_all_releases_counts),
        cmocka_unit_test(a_request_counts_its_own_records),
        cmocka_unit_test(bytes_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
