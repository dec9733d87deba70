#include "base/test.h"

#include "crypto/hash.h"
#include "sys/log_batch.h"

enum { COUNT = 3, ROOM = 4096 };

struct sample {
    struct sha256 *hasher;
    uint8_t nonce[LOG_NONCE_BYTES], disk[ROOM], leaves[COUNT * 32], again[COUNT * 32];
};

static int sample_make(void **state)
{
    static struct sample s;
    struct why why;
    test_ok(crypto_init(&why), &why);
    s.hasher = sha256_new();
    memset(s.nonce, 5, sizeof s.nonce);
    const struct bytes entries[COUNT] = { bytes_str("one"), bytes_str("two hundred"),
                                          bytes_of(s.nonce, 30) };
    log_batch_write(s.disk, s.nonce, 77, entries, COUNT, s.leaves, s.hasher);
    *state = &s;
    return 0;
}

static int sample_free(void **state)
{
    struct sample *s = *state;
    sha256_free(s->hasher);
    return 0;
}

static bool read_back(struct sample *s, struct log_batch *b, size_t len)
{
    return log_batch_read(b, bytes_of(s->disk, len), s->nonce, COUNT, s->again, s->hasher);
}

static void a_batch_reads_as_it_was_written(void **state)
{
    struct sample *s = *state;
    struct log_batch b;
    assert_true(read_back(s, &b, ROOM));
    assert_true(b.first == 77 && b.count == COUNT && b.bytes == LOG_SECTOR);
    assert_memory_equal(s->leaves, s->again, sizeof s->leaves);
    struct bytes frames = b.frames;
    assert_true(bytes_equal(log_batch_next(&frames), bytes_str("one")));
    assert_true(bytes_equal(log_batch_next(&frames), bytes_str("two hundred")));
    assert_true(bytes_equal(log_batch_next(&frames), bytes_of(s->nonce, 30)));
    assert_int_equal(frames.len, 0);
    assert_int_equal(log_batch_bytes(LOG_SECTOR - LOG_BATCH_HEADER_BYTES), LOG_SECTOR);
    assert_int_equal(log_batch_bytes(LOG_SECTOR - LOG_BATCH_HEADER_BYTES + 1), 2 * LOG_SECTOR);
}

static void one_flipped_bit_makes_a_batch_invalid(void **state)
{
    struct sample *s = *state;
    struct log_batch b;
    const size_t used = LOG_BATCH_HEADER_BYTES + COUNT * LOG_FRAME_BYTES + 3 + 11 + 30;
    for (size_t bit = 0; bit < used * 8; bit++) {
        s->disk[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (read_back(s, &b, ROOM))
            fail_msg("bit %zu", bit);
        s->disk[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(read_back(s, &b, LOG_SECTOR - 1));
    assert_false(read_back(s, &b, 20));
    assert_false(read_back(s, &b, 0));
}

static void nobody_without_the_nonce_makes_a_batch(void **state)
{
    struct sample *s = *state;
    struct log_batch b;
    s->nonce[0] ^= 1;
    assert_false(read_back(s, &b, ROOM));
    s->nonce[0] ^= 1;
    assert_true(read_back(s, &b, ROOM));
}

static void more_entries_than_there_is_room_for_are_refused(void **state)
{
    struct sample *s = *state;
    struct log_batch b;
    assert_false(log_batch_read(&b, bytes_of(s->disk, ROOM), s->nonce, COUNT - 1, s->again,
                                s->hasher));
}

static void a_segment_header_reads_as_it_was_written(void **state)
{
    (void)state;
    const struct log_segment_header h = { .number = 3, .bytes = 8 << 20, .nonce = { 1, 2, 3 } };
    struct log_segment_header r;
    uint8_t sector[LOG_SECTOR];
    log_segment_header_write(sector, &h);
    assert_true(log_segment_header_read(&r, sector));
    assert_true(r.number == 3 && r.bytes == 8 << 20 && memcmp(r.nonce, h.nonce, 32) == 0);
    for (size_t bit = 0; bit < LOG_SEGMENT_HEADER_BYTES * 8; bit++) {
        sector[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(log_segment_header_read(&r, sector));
        sector[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_reads_as_it_was_written),
        cmocka_unit_test(one_flipped_bit_makes_a_batch_invalid),
        cmocka_unit_test(nobody_without_the_nonce_makes_a_batch),
        cmocka_unit_test(more_entries_than_there_is_room_for_are_refused),
        cmocka_unit_test(a_segment_header_reads_as_it_was_written),
    };
    return cmocka_run_group_tests_name("sys/log_batch", tests, sample_make, sample_free);
}
