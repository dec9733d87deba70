#include "base/test.h"

#include "crypto/hash.h"
#include "record/stream.h"

static const uint8_t project[16] = { 1 }, author[32] = { 2 }, hedge[32] = { 3 }, fresh[32] = { 4 };
static uint8_t content[300000];
enum { BODY_ROOM = sizeof content * 2 };

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 31 + 1);
    return 0;
}

static struct record_draft draft(void)
{
    return (struct record_draft){ .kind = RECORD_FILE, .project = project, .author = author,
                                  .hedge = hedge,
                                  .content = { .type = bytes_str("text/plain"),
                                               .name = bytes_str("a.txt") } };
}

static enum err read_content(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why)
{
    const size_t *fails_from = ctx;
    memcpy(out, content + at, len);
    return at + len > *fails_from ? why_set(why, ERR_IO, "the file shrank") : ERR_OK;
}

/* A stream of `len` bytes; the body goes to `body`. */
static void seal(size_t len, uint8_t *body, size_t *body_len, struct record_header *header,
                 uint8_t dek[32], uint8_t hash[32])
{
    struct why why;
    size_t never = SIZE_MAX, n = 1;
    const struct record_draft d = draft();
    AUTO_RECORD_SEALING struct record_sealing s = { 0 };
    test_ok(record_sealing_start(&s, &d, len, NULL, fresh, dek, &why), &why);
    for (*body_len = 0; n > 0; *body_len += n)
        test_ok(record_sealing_chunk(&s, read_content, &never, body + *body_len, &n, &why), &why);
    test_ok(record_sealing_end(&s, hash, &why), &why);
    assert_int_equal(*body_len, body_sealed_bytes(s.padded_bytes));
    *header = s.header;
}

/* Opens the chunks of `body`; what of the content came is appended to `out`. */
static enum err open_chunks(struct record_opening *o, struct bytes body, struct buf *out,
                            struct why *why)
{
    static uint8_t plain[BODY_SEALED_CHUNK_BYTES];
    enum err e = ERR_OK;
    for (size_t at = 0; at < body.len && e == ERR_OK; at += BODY_SEALED_CHUNK_BYTES) {
        const size_t left = body.len - at;
        const size_t take = left < BODY_SEALED_CHUNK_BYTES ? left : BODY_SEALED_CHUNK_BYTES;
        struct bytes part = bytes_of(NULL, 0);
        e = record_opening_chunk(o, bytes_of(body.ptr + at, take), plain, &part, why);
        buf_add_bytes(out, part);
    }
    return e;
}

static void a_stream_opens_chunk_by_chunk_and_in_one_piece(void **state)
{
    static const size_t lens[] = { 0, 1, 200, 65508, 65509, 65510, 131072, 300000 };
    static uint8_t body[BODY_ROOM];
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct why why;
        uint8_t dek[32], want[32], hash[32], again[32];
        static const uint8_t zeroes[32];
        struct record_header header;
        size_t len = 0;
        seal(lens[i], body, &len, &header, dek, hash);
        record_dek(want, fresh, hedge, zeroes); /* a stream's hash is not known: zeroes */
        assert_memory_equal(dek, want, 32);
        AUTO_RECORD_OPENING struct record_opening o = { 0 };
        AUTO_BUF struct buf out = buf_init(sizeof content);
        test_ok(record_opening_start(&o, &header, dek, len, &why), &why);
        test_ok(open_chunks(&o, bytes_of(body, len), &out, &why), &why);
        test_ok(record_opening_end(&o, again, &why), &why);
        assert_true(bytes_equal(buf_bytes(&out), bytes_of(content, lens[i])));
        assert_memory_equal(hash, again, 32);
        assert_true(bytes_equal(bytes_of(o.type, o.type_len), bytes_str("text/plain")));
        AUTO_RECORD_OPENED struct record_opened whole = { 0 };
        test_ok(record_open(&header, dek, bytes_of(body, len), &whole, &why), &why);
        assert_true(bytes_equal(whole.bytes, bytes_of(content, lens[i])));
        assert_memory_equal(whole.body_hash, hash, 32);
    }
}

static void a_stream_that_was_cut_has_no_end(void **state)
{
    static uint8_t body[BODY_ROOM];
    struct why why;
    uint8_t dek[32], hash[32];
    struct record_header header;
    size_t len = 0;
    seal(sizeof content, body, &len, &header, dek, hash);
    const size_t cut = 2 * BODY_SEALED_CHUNK_BYTES;
    AUTO_BUF struct buf out = buf_init(sizeof content);
    AUTO_RECORD_OPENING struct record_opening o = { 0 }, shorter = { 0 };
    test_ok(record_opening_start(&o, &header, dek, len, &why), &why);
    test_ok(open_chunks(&o, bytes_of(body, cut), &out, &why), &why);
    assert_int_equal(record_opening_end(&o, hash, &why), ERR_CHUNK);
    /* Said to be that short, its last chunk is not the one that was sealed as the last. */
    test_ok(record_opening_start(&shorter, &header, dek, cut, &why), &why);
    assert_int_not_equal(open_chunks(&shorter, bytes_of(body, cut), &out, &why), ERR_OK);
}

static void a_reader_that_fails_leaves_no_plaintext(void **state)
{
    static uint8_t out[BODY_SEALED_CHUNK_BYTES];
    static const uint8_t zeroes[BODY_CHUNK_BYTES];
    struct why why;
    uint8_t dek[32], hash[32];
    size_t fails_from = 70000, len = 0;
    const struct record_draft d = draft();
    AUTO_RECORD_SEALING struct record_sealing s = { 0 };
    test_ok(record_sealing_start(&s, &d, sizeof content, NULL, fresh, dek, &why), &why);
    test_ok(record_sealing_chunk(&s, read_content, &fails_from, out, &len, &why), &why);
    assert_int_equal(record_sealing_chunk(&s, read_content, &fails_from, out, &len, &why), ERR_IO);
    assert_int_equal(len, 0);
    assert_memory_equal(out, zeroes, BODY_CHUNK_BYTES);
    assert_int_equal(record_sealing_end(&s, hash, &why), ERR_CHUNK);
}

/* A body of our own making under a right key: what an author with another program may upload. */
static enum err open_plaintext(struct bytes padded, struct why *why)
{
    static uint8_t body[BODY_ROOM];
    uint8_t dek[32] = { 9 }, key[32], id[32], hash[32];
    struct record_header h;
    record_header_make(&h, RECORD_FILE, project, author, dek);
    record_id(id, h.raw);
    record_content_key(key, &h, dek);
    AUTO_BUF struct buf sealed = buf_init(BODY_ROOM), out = buf_init(BODY_ROOM);
    test_ok(body_seal(key, id, padded, &sealed, hash, why), why);
    memcpy(body, sealed.ptr, sealed.len);
    AUTO_RECORD_OPENING struct record_opening o = { 0 };
    test_ok(record_opening_start(&o, &h, dek, sealed.len, why), why);
    return open_chunks(&o, bytes_of(body, sealed.len), &out, why);
}

static void padding_that_is_not_zero_and_a_packed_content_are_refused(void **state)
{
    struct why why;
    AUTO_PLAIN struct plain all = { 0 };
    struct plaintext p = { .type = bytes_str("t"), .bytes = bytes_of(content, 70001) };
    test_ok(plaintext_build(&p, &all, &why), &why);
    test_ok(open_plaintext(plain_bytes(&all), &why), &why);
    assert_true(all.len > 70001 + 20);
    all.ptr[all.len - 1] = 1; /* in the last chunk */
    assert_int_equal(open_plaintext(plain_bytes(&all), &why), ERR_PADDING);
    all.ptr[all.len - 1] = 0;
    all.len--; /* one byte less than Padmé says */
    assert_int_equal(open_plaintext(plain_bytes(&all), &why), ERR_PADDING);
    all.len++;
    all.ptr[4] = 1; /* behind type and name: zstd */
    assert_int_equal(open_plaintext(plain_bytes(&all), &why), ERR_UNSUPPORTED);
    all.ptr[4] = 2;
    assert_int_equal(open_plaintext(plain_bytes(&all), &why), ERR_FORMAT);
}

static void what_is_too_long_or_of_no_kind_is_not_begun(void **state)
{
    struct why why;
    uint8_t dek[32];
    struct record_draft d = draft();
    struct record_sealing s;
    assert_int_equal(record_sealing_start(&s, &d, BODY_PLAIN_MAX, NULL, fresh, dek, &why),
                     ERR_CHUNK);
    assert_int_equal(record_sealing_start(&s, &d, UINT64_MAX, NULL, fresh, dek, &why), ERR_CHUNK);
    d.kind = 0;
    assert_int_equal(record_sealing_start(&s, &d, 1, NULL, fresh, dek, &why), ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_opens_chunk_by_chunk_and_in_one_piece),
        cmocka_unit_test(a_stream_that_was_cut_has_no_end),
        cmocka_unit_test(a_reader_that_fails_leaves_no_plaintext),
        cmocka_unit_test(padding_that_is_not_zero_and_a_packed_content_are_refused),
        cmocka_unit_test(what_is_too_long_or_of_no_kind_is_not_begun),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
