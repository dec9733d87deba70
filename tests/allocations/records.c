/* Floor 2: records, shares, logs, key files. */
#include "allocations.h"

#include "crypto/crypto.h"
#include "formats/keyfile.h"
#include "record/pack.h"
#include "record/record.h"
#include "shares/ceremony.h"
#include "shares/combine.h"
#include "shares/key_file.h"
#include "shares/share.h"
#include "tlog/checkpoint.h"

#include <zstd.h>

static const uint8_t project[16] = { 1 }, author[32] = { 2 }, hedge[32] = { 3 }, r[32] = { 4 };

/* --- a record --- */

struct sealed {
    struct record_sealed s;
    uint8_t dek[KEY_BYTES];
    struct bytes content;
    enum plaintext_encoding encoding;
};

static enum err seal_into(struct sealed *x, struct record_sealed *out, struct why *why)
{
    const uint8_t random[32] = { 5 };
    const struct record_draft d = { .kind = RECORD_TASK, .project = project, .author = author,
                                    .hedge = hedge,
                                    .content = { .type = bytes_str("text/plain"),
                                                 .encoding = x->encoding, .bytes = x->content } };
    return record_seal(&d, random, x->dek, out, why);
}

static enum err seal(void *ctx, struct why *why)
{
    AUTO_RECORD_SEALED struct record_sealed s = { 0 };
    return seal_into(ctx, &s, why);
}

static enum err open_again(void *ctx, struct why *why)
{
    const struct sealed *x = ctx;
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    enum err e = record_open(&x->s.header, x->dek, buf_bytes(&x->s.body), &o, why);
    if (e == ERR_OK && x->encoding == PLAINTEXT_STORED)
        assert_true(bytes_equal(o.bytes, x->content));
    return e;
}

static enum err list(void *ctx, struct why *why)
{
    const struct sealed *x = ctx;
    uint8_t row[MANIFEST_ROW_BYTES], root[32];
    AUTO_MANIFEST struct manifest m = { 0 };
    const struct manifest_row made = record_row(&x->s, NULL, 0);
    manifest_row_write(&made, row);
    enum err e = manifest_root(bytes_of(row, sizeof row), root, why);
    return e == ERR_OK ? manifest_parse(bytes_of(row, sizeof row), root, &m, why) : e;
}

static enum err pack_up(void *ctx, struct why *why)
{
    const struct sealed *x = ctx;
    const struct pack_item item = { x->s.header.raw, x->s.body.len };
    AUTO_BUF struct buf front = buf_init(4096);
    AUTO_PACK struct pack p = { 0 };
    enum err e = pack_front(&item, 1, &front, why);
    if (e == ERR_OK && !buf_ok(&front))
        e = why_nomem(why);
    return e == ERR_OK ? pack_parse(buf_bytes(&front), front.len + x->s.body.len, &p, why) : e;
}

static void a_record_is_sealed_and_opened_or_it_is_an_error(void **state)
{
    (void)state;
    char text[8000] = ""; /* packed no more than a reader accepts */
    uint8_t packed[8192];
    size_t len = ZSTD_compress(packed, sizeof packed, text, sizeof text, 3);
    assert_false(ZSTD_isError(len));
    struct sealed all[] = { { .content = bytes_str("a question") },
                            { .content = bytes_of(text, sizeof text) },
                            { .content = bytes_of(packed, len), .encoding = PLAINTEXT_ZSTD } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct why why;
        (void)allocations_each(seal, &all[i], NULL);
        test_ok(seal_into(&all[i], &all[i].s, &why), &why);
        (void)allocations_each(open_again, &all[i], NULL);
        (void)allocations_each(list, &all[i], NULL);
        (void)allocations_each(pack_up, &all[i], NULL);
        record_sealed_release(&all[i].s);
    }
}

static enum err pack_content(void *ctx, struct why *why)
{
    AUTO_PLAIN struct plain memory = { 0 };
    const struct plaintext p = { .bytes = *(const struct bytes *)ctx };
    struct plaintext out;
    enum err e = plaintext_pack(&p, &memory, &out, why);
    assert_true(e != ERR_OK || out.encoding == PLAINTEXT_ZSTD);
    return e;
}

static void a_content_is_packed_or_it_is_an_error(void **state)
{
    (void)state;
    char text[8000] = "";
    struct bytes content = bytes_of(text, sizeof text);
    assert_true(allocations_each(pack_content, &content, NULL) >= 1);
}

/* --- keys and shares --- */

struct ring {
    struct ceremony_epoch epoch;
    uint8_t p[32], exchange[2][32], contributions[2][2 * 32], z[32], k[2][32];
    uint8_t file[KEY_FILE_MAX];
    size_t file_len;
};

static enum err key_file(void *ctx, struct why *why)
{
    const struct ring *x = ctx;
    AUTO_GATE_KEYS struct gate_keys *keys = NULL;
    return key_file_open(bytes_of(x->file, x->file_len), &keys, why);
}

static enum err shares(void *ctx, struct why *why)
{
    const struct ring *x = ctx;
    enum { COUNT = 3 };
    const struct share_record records[COUNT] = { { 2, { 1 } }, { 2, { 2 } }, { 5, { 3 } } };
    uint8_t out[COUNT * 2 * 32];
    AUTO_GATE_KEYS struct gate_keys *keys = NULL;
    enum err e = key_file_open(bytes_of(x->file, x->file_len), &keys, why);
    struct share_worker *w = e == ERR_OK ? share_worker_new(keys) : NULL;
    if (e == ERR_OK && !w)
        e = why_nomem(why);
    if (e == ERR_OK)
        e = share_release(w, r, 3, project, records, COUNT, out, why);
    if (e == ERR_OK)
        e = share_create(w, r, 7, project, records, COUNT, out, why);
    share_worker_free(w);
    return e;
}

static enum err ceremony(void *ctx, struct why *why)
{
    const struct ring *x = ctx;
    const uint8_t contributions[64] = { 9 };
    const uint8_t exchange_secret[32] = { 7 };
    AUTO_BUF struct buf deal = buf_init(CEREMONY_DEAL_MAX);
    AUTO_CEREMONY struct ceremony *c = ceremony_new(&x->epoch, 1, contributions);
    enum err e = c ? ceremony_meet(c, 2, x->p, exchange_secret, x->exchange[1], why)
                   : why_nomem(why);
    if (e == ERR_OK) {
        ceremony_deal(c, 2, &deal);
        e = buf_ok(&deal) ? ERR_OK : why_nomem(why);
    }
    return e;
}

static void keys_and_shares_are_there_or_it_is_an_error(void **state)
{
    (void)state;
    struct ring x = { .epoch = { .id = { 1 }, .t = 2, .roster = 7 }, .p = { 8 } };
    const uint8_t secret[32] = { 11 };
    AUTO_GATE_KEYS struct gate_keys *keys = gate_keys_new(x.epoch.id, 2, 7, 1);
    assert_non_null(keys);
    kx_public(x.exchange[1], secret);
    for (unsigned i = 0; i < keys->held.count; i++)
        gate_keys_put_subset(keys, keys->held.sets[i], x.k[0]);
    gate_keys_put_zero(keys, 2, x.z);
    gate_keys_put_zero(keys, 3, x.z);
    x.file_len = key_file_write(keys, x.file);
    (void)allocations_each(key_file, &x, NULL);
    (void)allocations_each(shares, &x, NULL);
    (void)allocations_each(ceremony, &x, NULL);
}

/* --- files and notes --- */

static enum err keyfile(void *ctx, struct why *why)
{
    const uint8_t secret[KEYFILE_SECRET_BYTES] = { 1 }, salt[PASS_SALT_BYTES] = { 2 },
                  nonce[NONCE_BYTES] = { 3 };
    uint8_t file[KEYFILE_BYTES];
    AUTO_SECRET struct secret *back = NULL;
    enum err e = keyfile_seal(secret, bytes_str("passphrase"), salt, nonce, 2, 65536, file, why);
    return e == ERR_OK ? keyfile_open(bytes_of(file, sizeof file), bytes_str("passphrase"), &back,
                                      why)
                       : e;
}

static enum err checkpoint(void *ctx, struct why *why)
{
    const struct checkpoint c = { .size = 7, .root = { 1 } };
    const uint8_t owner[32] = { 1 }, seed[32] = { 2 };
    uint8_t key[SIGN_KEY_BYTES], secret[SIGN_SECRET_BYTES];
    char origin[CHECKPOINT_ORIGIN_MAX];
    struct note_key note;
    struct checkpoint back;
    AUTO_BUF struct buf text = buf_init(NOTE_BYTES_MAX);
    sign_keypair(key, secret, seed);
    checkpoint_origin(origin, owner, 1, 1);
    enum err e = note_key_init(&note, origin, key, why);
    if (e == ERR_OK)
        e = checkpoint_sign(&text, &c, &note, secret, why);
    return e == ERR_OK ? checkpoint_open(&back, buf_bytes(&text), &note, why) : e;
}

static void files_and_notes_are_there_or_it_is_an_error(void **state)
{
    (void)state;
    (void)allocations_each(keyfile, NULL, NULL);
    (void)allocations_each(checkpoint, NULL, NULL);
}

int allocations_records(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_sealed_and_opened_or_it_is_an_error),
        cmocka_unit_test(a_content_is_packed_or_it_is_an_error),
        cmocka_unit_test(keys_and_shares_are_there_or_it_is_an_error),
        cmocka_unit_test(files_and_notes_are_there_or_it_is_an_error),
    };
    return cmocka_run_group_tests_name("allocations/records", tests, NULL, NULL);
}
