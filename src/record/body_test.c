#include "base/test.h"

#include "crypto/hash.h"
#include "record/body.h"

static const uint8_t key[32] = { 1, 2, 3 }, id[32] = { 9, 8, 7 };
static const size_t lens[] = { 1, 255, 256, 257, 65535, 65536, 65537, 131072, 131073, 150000,
                               196608 };
enum { LENS = sizeof lens / sizeof lens[0] };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

struct case_body {
    struct plain plain;
    struct buf sealed;
    uint8_t hash[32];
};

static struct case_body sealed(size_t len)
{
    struct why why;
    struct case_body b;
    test_ok(plain_new(&b.plain, len, &why), &why);
    for (size_t i = 0; i < len; i++)
        b.plain.ptr[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    b.sealed = buf_init(len + 64);
    test_ok(body_seal(key, id, plain_bytes(&b.plain), &b.sealed, b.hash, &why), &why);
    return b;
}

static void case_release(struct case_body *b)
{
    plain_release(&b->plain);
    buf_release(&b->sealed);
}

static enum err opens(struct bytes in)
{
    AUTO_PLAIN struct plain out = { 0 };
    uint8_t hash[32];
    return body_open(key, id, in, &out, hash, NULL);
}

static void what_is_sealed_opens(void **state)
{
    for (size_t i = 0; i < LENS; i++) {
        struct why why;
        struct case_body b = sealed(lens[i]);
        uint64_t back;
        assert_int_equal(b.sealed.len, body_sealed_bytes(lens[i]));
        test_ok(body_plain_bytes(b.sealed.len, &back, &why), &why);
        assert_int_equal(back, lens[i]);
        AUTO_PLAIN struct plain out = { 0 };
        uint8_t hash[32], alone[32];
        test_ok(body_open(key, id, buf_bytes(&b.sealed), &out, hash, &why), &why);
        assert_true(bytes_equal(plain_bytes(&out), plain_bytes(&b.plain)));
        assert_memory_equal(hash, b.hash, 32);
        test_ok(body_hash(buf_bytes(&b.sealed), alone, &why), &why);
        assert_memory_equal(alone, b.hash, 32);
        case_release(&b);
    }
}

static void the_body_hash_is_the_root_over_sealed_chunks(void **state)
{
    struct case_body b = sealed(150000);
    uint8_t leaves[3][32], root[32];
    for (size_t i = 0; i < 3; i++) {
        size_t at = i * BODY_SEALED_CHUNK_BYTES, left = b.sealed.len - at;
        tlog_leaf_hash(leaves[i], bytes_of(b.sealed.ptr + at, left < BODY_SEALED_CHUNK_BYTES
                                           ? left : BODY_SEALED_CHUNK_BYTES), NULL);
    }
    tlog_root_of_leaves(root, leaves[0], 3);
    assert_memory_equal(root, b.hash, 32);
    case_release(&b);
}

static void the_first_chunk_is_plain_aes_gcm(void **state)
{
    struct case_body b = sealed(65537);
    uint8_t out[BODY_SEALED_CHUNK_BYTES];
    uint8_t nonce[12] = { 0 };
    test_err(aead_seal_once(bytes_of(key, 32), out, nonce, bytes_of(id, 32),
                            bytes_of(b.plain.ptr, BODY_CHUNK_BYTES), NULL),
             ERR_OK);
    assert_memory_equal(out, b.sealed.ptr, sizeof out);
    nonce[10] = 1;
    nonce[11] = 1;
    test_err(aead_seal_once(bytes_of(key, 32), out, nonce, bytes_of(id, 32),
                            bytes_of(b.plain.ptr + BODY_CHUNK_BYTES, 1), NULL),
             ERR_OK);
    assert_memory_equal(out, b.sealed.ptr + BODY_SEALED_CHUNK_BYTES, 17);
    case_release(&b);
}

static void impossible_lengths_are_refused(void **state)
{
    static const uint64_t bad[] = { 0, 1, 16, 65553, 65552 + 16, 2 * 65552 + 1,
                                    BODY_SEALED_MAX + 1, BODY_SEALED_MAX + 17, UINT64_MAX };
    uint64_t plain;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        test_err(body_plain_bytes(bad[i], &plain, NULL), ERR_CHUNK);
    test_ok(body_plain_bytes(17, &plain, NULL), (&(struct why){ 0 }));
    assert_int_equal(plain, 1);
    test_ok(body_plain_bytes(BODY_SEALED_MAX, &plain, NULL), (&(struct why){ 0 }));
    assert_int_equal(plain, BODY_PLAIN_MAX);
    assert_int_equal(body_sealed_bytes(BODY_PLAIN_MAX), BODY_SEALED_MAX);
    AUTO_BUF struct buf out = buf_init(100);
    uint8_t hash[32];
    test_err(body_seal(key, id, bytes_of(NULL, 0), &out, hash, NULL), ERR_CHUNK);
    test_err(body_hash(bytes_of(NULL, 0), hash, NULL), ERR_CHUNK);
    test_err(opens(bytes_of(NULL, 0)), ERR_CHUNK);
}

static void no_bit_of_a_body_can_be_changed(void **state)
{
    struct case_body b = sealed(300);
    for (size_t bit = 0; bit < 8 * b.sealed.len; bit++) {
        b.sealed.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(opens(buf_bytes(&b.sealed)), ERR_OPEN);
        b.sealed.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    test_err(opens(buf_bytes(&b.sealed)), ERR_OK);
    uint8_t other[32] = { 1 }, hash[32];
    struct plain out;
    test_err(body_open(other, id, buf_bytes(&b.sealed), &out, hash, NULL), ERR_OPEN);
    test_err(body_open(key, other, buf_bytes(&b.sealed), &out, hash, NULL), ERR_OPEN);
    case_release(&b);
}

static void there_is_no_chunk_behind_the_last(void **state)
{
    struct case_body b = sealed(65537);
    uint8_t out[BODY_SEALED_CHUNK_BYTES];
    const struct bytes last = bytes_of(b.sealed.ptr + BODY_SEALED_CHUNK_BYTES, 17);
    struct why why;
    test_ok(body_open_chunk(key, id, b.sealed.len, 1, last, out, &why), &why);
    for (uint64_t index = 2; index < 4; index++) {
        test_err(body_open_chunk(key, id, b.sealed.len, index, bytes_of(last.ptr, 0), out, &why),
                 ERR_CHUNK);
        assert_non_null(strstr(why.text, "has no chunk"));
    }
    case_release(&b);
}

/* Joins the chunks named by the digits of `order`, without the last `cut` bytes. */
static struct buf joined(const struct case_body *b, const char *order, size_t cut)
{
    struct buf out = buf_init(8 * BODY_SEALED_CHUNK_BYTES);
    for (; *order; order++) {
        size_t at = (size_t)(*order - '0') * BODY_SEALED_CHUNK_BYTES, left = b->sealed.len - at;
        buf_add(&out, b->sealed.ptr + at,
                left < BODY_SEALED_CHUNK_BYTES ? left : BODY_SEALED_CHUNK_BYTES);
    }
    assert_true(buf_ok(&out));
    out.len -= cut;
    return out;
}

static void chunks_cannot_be_moved_dropped_doubled_or_cut(void **state)
{
    static const struct { const char *why; size_t len; const char *order; size_t cut;
                          enum err want; } rows[] = {
        { "as it was", 196608, "012", 0, ERR_OK },
        { "two swapped", 196608, "102", 0, ERR_OPEN },
        { "first and last swapped", 196608, "210", 0, ERR_OPEN },
        { "first one dropped", 196608, "12", 0, ERR_OPEN },
        { "middle one dropped", 196608, "02", 0, ERR_OPEN },
        { "last one dropped", 196608, "01", 0, ERR_OPEN },
        { "all but the first dropped", 196608, "0", 0, ERR_OPEN },
        { "one doubled", 196608, "0012", 0, ERR_OPEN },
        { "last one doubled", 196608, "0122", 0, ERR_OPEN },
        { "all of it doubled", 196608, "012012", 0, ERR_OPEN },
        { "one byte cut", 150000, "012", 1, ERR_OPEN },
        { "cut within a tag's length of a chunk", 150000, "012", 150000 - 131072, ERR_CHUNK },
        { "cut to one byte of a chunk and its tag", 150000, "012", 150000 - 131072 - 1, ERR_OPEN },
        { "only the short last one", 150000, "2", 0, ERR_OPEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct case_body b = sealed(rows[i].len);
        AUTO_BUF struct buf in = joined(&b, rows[i].order, rows[i].cut);
        enum err got = opens(buf_bytes(&in));
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(got));
        case_release(&b);
    }
}

static void any_chunk_opens_alone_at_its_place_only(void **state)
{
    uint8_t out[BODY_CHUNK_BYTES];
    for (size_t i = 0; i < LENS; i++) {
        struct case_body b = sealed(lens[i]);
        uint64_t chunks = body_chunks(b.sealed.len);
        for (uint64_t k = 0; k < chunks; k++) {
            size_t at = (size_t)k * BODY_SEALED_CHUNK_BYTES, left = b.sealed.len - at;
            struct bytes chunk = bytes_of(b.sealed.ptr + at, left < BODY_SEALED_CHUNK_BYTES
                                          ? left : BODY_SEALED_CHUNK_BYTES);
            struct why why;
            test_ok(body_open_chunk(key, id, b.sealed.len, k, chunk, out, &why), &why);
            assert_memory_equal(out, b.plain.ptr + k * BODY_CHUNK_BYTES, chunk.len - TAG_BYTES);
            for (uint64_t other = 0; other <= chunks; other++)
                if (other != k)
                    assert_int_not_equal(body_open_chunk(key, id, b.sealed.len, other, chunk, out,
                                                         NULL), ERR_OK);
            /* As if the body were longer: the nonce of the last one no longer fits. */
            if (k + 1 == chunks && chunk.len == BODY_SEALED_CHUNK_BYTES)
                test_err(body_open_chunk(key, id, b.sealed.len + 17, k, chunk, out, NULL),
                         ERR_OPEN);
            chunk.len--;
            test_err(body_open_chunk(key, id, b.sealed.len, k, chunk, out, NULL), ERR_CHUNK);
        }
        test_err(body_open_chunk(key, id, 16, 0, bytes_of(out, 16), out, NULL), ERR_CHUNK);
        case_release(&b);
    }
}

static void streams_give_the_same_bytes_and_hash(void **state)
{
    static uint8_t chunk[BODY_SEALED_CHUNK_BYTES];
    for (size_t i = 0; i < LENS; i++) {
        struct why why;
        uint8_t hash[32];
        struct case_body b = sealed(lens[i]);
        AUTO_BODY_SEALER struct body_sealer s = { 0 };
        AUTO_BODY_OPENER struct body_opener o = { 0 };
        test_ok(body_sealer_start(&s, key, id, lens[i], &why), &why);
        test_ok(body_opener_start(&o, key, id, b.sealed.len, &why), &why);
        for (size_t done = 0; done < lens[i]; done += BODY_CHUNK_BYTES) {
            size_t left = lens[i] - done, take = left < BODY_CHUNK_BYTES ? left : BODY_CHUNK_BYTES;
            test_err(body_sealer_end(&s, hash, NULL), ERR_CHUNK);
            test_err(body_opener_end(&o, hash, NULL), ERR_CHUNK);
            memcpy(chunk, b.plain.ptr + done, take); /* in place */
            test_err(body_sealer_chunk(&s, bytes_of(chunk, take - 1), chunk, NULL), ERR_CHUNK);
            test_ok(body_sealer_chunk(&s, bytes_of(chunk, take), chunk, &why), &why);
            size_t at = done / BODY_CHUNK_BYTES * BODY_SEALED_CHUNK_BYTES;
            assert_memory_equal(chunk, b.sealed.ptr + at, take + TAG_BYTES);
            test_ok(body_opener_chunk(&o, bytes_of(chunk, take + TAG_BYTES), chunk, &why), &why);
            assert_memory_equal(chunk, b.plain.ptr + done, take);
        }
        test_err(body_sealer_chunk(&s, bytes_of(chunk, 0), chunk, NULL), ERR_CHUNK);
        test_err(body_sealer_chunk(&s, bytes_of(chunk, 1), chunk, NULL), ERR_CHUNK);
        test_err(body_opener_chunk(&o, bytes_of(chunk, 17), chunk, NULL), ERR_CHUNK);
        test_ok(body_sealer_end(&s, hash, &why), &why);
        assert_memory_equal(hash, b.hash, 32);
        test_ok(body_opener_end(&o, hash, &why), &why);
        assert_memory_equal(hash, b.hash, 32);
        case_release(&b);
    }
}

static void a_stream_stops_at_the_first_false_chunk(void **state)
{
    struct case_body b = sealed(65537);
    AUTO_BODY_OPENER struct body_opener o = { 0 };
    static uint8_t out[BODY_CHUNK_BYTES];
    struct why why;
    uint8_t hash[32];
    test_err(body_opener_start(&o, key, id, 65552 + 16, &why), ERR_CHUNK);
    test_ok(body_opener_start(&o, key, id, b.sealed.len, &why), &why);
    b.sealed.ptr[5] ^= 1;
    test_err(body_opener_chunk(&o, bytes_of(b.sealed.ptr, BODY_SEALED_CHUNK_BYTES), out, NULL),
             ERR_OPEN);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 0);
    test_err(body_opener_end(&o, hash, NULL), ERR_CHUNK);
    case_release(&b);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(what_is_sealed_opens),
        cmocka_unit_test(the_body_hash_is_the_root_over_sealed_chunks),
        cmocka_unit_test(the_first_chunk_is_plain_aes_gcm),
        cmocka_unit_test(impossible_lengths_are_refused),
        cmocka_unit_test(no_bit_of_a_body_can_be_changed),
        cmocka_unit_test(there_is_no_chunk_behind_the_last),
        cmocka_unit_test(chunks_cannot_be_moved_dropped_doubled_or_cut),
        cmocka_unit_test(any_chunk_opens_alone_at_its_place_only),
        cmocka_unit_test(streams_give_the_same_bytes_and_hash),
        cmocka_unit_test(a_stream_stops_at_the_first_false_chunk),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
