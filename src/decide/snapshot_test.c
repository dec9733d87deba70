#include "decide/snapshot.h"

#include "decide/random_test.h"

static const uint8_t key[SNAPSHOT_KEY_BYTES] = { 7 };

static struct snapshot sample(const struct live *l, struct bytes state)
{
    struct snapshot s = { .gate = 1, .incarnation = 3, .size = l->log.count,
                          .mark = bytes_str("mark"), .state = state };
    memcpy(s.owner, l->w.owner, 32);
    memset(s.root, 0x5a, 32);
    return s;
}

/* Encodes, decodes, encodes: equal bytes, equal digest. The decoded one is the caller's. */
static struct gate_state *round_trip(const struct live *l)
{
    AUTO_BUF struct buf one = buf_init(1 << 22), two = buf_init(1 << 22);
    struct gate_state *again = NULL;
    struct why why;
    uint8_t lived[32], read[32];
    snapshot_state(l->g, &one);
    test_ok(snapshot_fold(buf_bytes(&one), l->w.owner, 1, &again, &why), &why);
    snapshot_state(again, &two);
    assert_true(buf_ok(&one) && bytes_equal(buf_bytes(&one), buf_bytes(&two)));
    gate_digest(l->g, lived);
    gate_digest(again, read);
    assert_memory_equal(lived, read, 32);
    assert_int_equal(gate_ready(l->g), gate_ready(again));
    assert_int_equal(gate_checks_own(l->g), gate_checks_own(again));
    assert_int_equal(gate_checks_complete(l->g), gate_checks_complete(again));
    return again;
}

/* The gate that was read goes on exactly as the one that lived on: every later step is taken by
 * both, and at the end their states are the same bytes. */
static void a_state_read_back_lives_on_like_the_one_that_was_written(void **state)
{
    (void)state;
    struct why why;
    for (uint64_t round = 1; round <= 8; round++) {
        struct live l;
        struct crowd c;
        random_start(&l, &c, round);
        for (unsigned step = 0; step < 100; step++)
            random_step(&l, &c);
        struct gate_state *again = round_trip(&l);
        size_t from = l.log.count;
        for (unsigned step = 0; step < 100; step++)
            random_step(&l, &c);
        assert_true(l.log.count > from + 10);
        for (; from < l.log.count; from++) {
            struct entry entry;
            struct entry_body body;
            world_log_entry(&l.log, from, &entry, &body);
            test_ok(gate_apply(again, entry.time_ms, &body, bytes_of(NULL, 0), &why), &why);
        }
        AUTO_BUF struct buf one = buf_init(1 << 22), two = buf_init(1 << 22);
        snapshot_state(l.g, &one);
        snapshot_state(again, &two);
        assert_true(buf_ok(&one) && bytes_equal(buf_bytes(&one), buf_bytes(&two)));
        gate_state_free(again);
        live_release(&l);
    }
}

static void every_step_of_a_random_life_can_be_written_and_read(void **state)
{
    (void)state;
    struct live l;
    struct crowd c;
    random_start(&l, &c, 77);
    for (unsigned step = 0; step < 120; step++) {
        random_step(&l, &c);
        gate_state_free(round_trip(&l));
    }
    live_release(&l);
}

/* --- the file --- */

static void whatever_is_cut_off_or_flipped_is_refused(void **state)
{
    (void)state;
    struct live l;
    struct crowd c;
    random_start(&l, &c, 5);
    for (unsigned step = 0; step < 40; step++)
        random_step(&l, &c);
    AUTO_BUF struct buf fold = buf_init(1 << 22), file = buf_init(1 << 22);
    struct snapshot s, got;
    struct why why;
    snapshot_state(l.g, &fold);
    s = sample(&l, buf_bytes(&fold));
    buf_add_zero(&file, SNAPSHOT_HEAD_BYTES);
    buf_add_bytes(&file, s.state);
    buf_add_bytes(&file, s.mark);
    test_ok(snapshot_end(&file, &s, key, &why), &why);
    test_ok(snapshot_parse(buf_bytes(&file), key, &got, &why), &why);
    assert_true(got.gate == s.gate && got.incarnation == s.incarnation && got.size == s.size);
    assert_memory_equal(got.owner, s.owner, 32);
    assert_memory_equal(got.root, s.root, 32);
    assert_true(bytes_equal(got.mark, s.mark) && bytes_equal(got.state, s.state));
    for (size_t len = 0; len < file.len; len++)
        assert_int_not_equal(snapshot_parse(bytes_of(file.ptr, len), key, &got, &why), ERR_OK);
    for (size_t at = 0; at < file.len; at++) {
        file.ptr[at] ^= (uint8_t)(1U << (at % 8));
        assert_int_not_equal(snapshot_parse(buf_bytes(&file), key, &got, &why), ERR_OK);
        file.ptr[at] ^= (uint8_t)(1U << (at % 8));
    }
    const uint8_t other[SNAPSHOT_KEY_BYTES] = { 8 };
    test_err(snapshot_parse(buf_bytes(&file), other, &got, &why), ERR_OPEN);
    file.ptr[4] = 1;
    test_err(snapshot_parse(buf_bytes(&file), key, &got, &why), ERR_VERSION);
    buf_add_u8(&file, 0);
    file.ptr[4] = 3;
    test_err(snapshot_parse(buf_bytes(&file), key, &got, &why), ERR_FORMAT);
    live_release(&l);
}

/* Behind the check too: the reader of the fold holds its own against any bytes, and what it takes
 * has one form only. */
static void a_fold_that_is_read_has_one_form(void **state)
{
    (void)state;
    struct live l;
    struct crowd c;
    random_start(&l, &c, 9);
    for (unsigned step = 0; step < 60; step++)
        random_step(&l, &c);
    AUTO_BUF struct buf fold = buf_init(1 << 22), back = buf_init(1 << 22);
    struct gate_state *got = NULL;
    struct why why;
    size_t taken = 0;
    snapshot_state(l.g, &fold);
    for (size_t len = 0; len < fold.len; len++)
        if (snapshot_fold(bytes_of(fold.ptr, len), l.w.owner, 1, &got, &why) == ERR_OK)
            fail_msg("a prefix of %zu bytes was taken", len);
    for (size_t at = 0; at < fold.len; at++) {
        fold.ptr[at] ^= (uint8_t)(1U << (at % 8));
        if (snapshot_fold(buf_bytes(&fold), l.w.owner, 1, &got, &why) == ERR_OK) {
            buf_reset(&back);
            snapshot_state(got, &back);
            assert_true(bytes_equal(buf_bytes(&back), buf_bytes(&fold)));
            gate_state_free(got);
            taken++;
        }
        fold.ptr[at] ^= (uint8_t)(1U << (at % 8));
    }
    assert_true(taken > 0 && taken < fold.len);
    uint8_t stranger[32] = { 1 };
    test_err(snapshot_fold(buf_bytes(&fold), stranger, 1, &got, &why), ERR_FORMAT);
    buf_add_u8(&fold, 0);
    test_err(snapshot_fold(buf_bytes(&fold), l.w.owner, 1, &got, &why), ERR_FORMAT);
    live_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_read_back_lives_on_like_the_one_that_was_written),
        cmocka_unit_test(every_step_of_a_random_life_can_be_written_and_read),
        cmocka_unit_test(whatever_is_cut_off_or_flipped_is_refused),
        cmocka_unit_test(a_fold_that_is_read_has_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
