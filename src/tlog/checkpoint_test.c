#include "base/test.h"

#include "base/hex.h"
#include "tlog/checkpoint.h"
#include "tlog/tile.h"

#include <jansson.h>

static int start(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

struct signer {
    struct note_key key;
    uint8_t secret[SIGN_SECRET_BYTES];
};

static void signer_make(struct signer *s, const char *name)
{
    const uint8_t seed[SIGN_SEED_BYTES] = { 3 };
    uint8_t public_key[SIGN_KEY_BYTES];
    struct why why;
    sign_keypair(public_key, s->secret, seed);
    test_ok(note_key_init(&s->key, name, public_key, &why), &why);
}

static void a_gate_has_its_origin(void **state)
{
    (void)state;
    char origin[CHECKPOINT_ORIGIN_MAX];
    uint8_t owner[32];
    memset(owner, 0xab, sizeof owner);
    checkpoint_origin(origin, owner, 8, UINT32_MAX);
    assert_string_equal(origin, "cofferdam/abababababababababababababababababababababababababababab"
                                "abababab/gate-8/4294967295");
}

static void a_checkpoint_reads_as_it_was_signed(void **state)
{
    (void)state;
    struct why why;
    struct signer s, other;
    signer_make(&s, "log.example/1");
    signer_make(&other, "log.example/2");
    const uint64_t sizes[] = { 0, 1, 70000, INT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        struct checkpoint c = { .size = sizes[i], .root = { 9, 8, 7 } }, r;
        if (c.size == 0)
            tlog_empty_root(c.root);
        AUTO_BUF struct buf note = buf_init(1000);
        test_ok(checkpoint_sign(&note, &c, &s.key, s.secret, &why), &why);
        test_ok(checkpoint_open(&r, buf_bytes(&note), &s.key, &why), &why);
        assert_true(r.size == c.size);
        assert_memory_equal(r.root, c.root, 32);
        test_err(checkpoint_open(&r, buf_bytes(&note), &other.key, NULL), ERR_CHECKPOINT);
        for (size_t bit = 0; bit < note.len * 8; bit++) {
            note.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
            test_err(checkpoint_open(&r, buf_bytes(&note), &s.key, NULL), ERR_CHECKPOINT);
            note.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* All of these are properly signed: only their form is wrong. */
static void signed_nonsense_is_refused(void **state)
{
    (void)state;
#define ROOT "jKwbcQHVvjQFHC8K4r9xPmNAG0eHCXqh/kxhL2zvEhE=\n"
    static const struct { const char *why, *text; enum err want; } rows[] = {
        { "good", "log.example\n5\n" ROOT, ERR_OK },
        { "the greatest size", "log.example\n9223372036854775807\n" ROOT, ERR_OK },
        { "2^63", "log.example\n9223372036854775808\n" ROOT, ERR_CHECKPOINT },
        { "2^64", "log.example\n18446744073709551616\n" ROOT, ERR_CHECKPOINT },
        { "leading zero", "log.example\n05\n" ROOT, ERR_CHECKPOINT },
        { "two zeroes", "log.example\n00\n" ROOT, ERR_CHECKPOINT },
        { "a sign", "log.example\n+5\n" ROOT, ERR_CHECKPOINT },
        { "negative", "log.example\n-5\n" ROOT, ERR_CHECKPOINT },
        { "a space", "log.example\n5 \n" ROOT, ERR_CHECKPOINT },
        { "hex", "log.example\nf\n" ROOT, ERR_CHECKPOINT },
        { "what stands behind 9", "log.example\n:\n" ROOT, ERR_CHECKPOINT },
        { "and before 0", "log.example\n5/\n" ROOT, ERR_CHECKPOINT },
        { "no size", "log.example\n\n" ROOT, ERR_CHECKPOINT },
        { "no root", "log.example\n5\n", ERR_CHECKPOINT },
        { "31 bytes", "log.example\n5\njKwbcQHVvjQFHC8K4r9xPmNAG0eHCXqh/kxhL2zvEg==\n",
          ERR_CHECKPOINT },
        { "33 bytes", "log.example\n5\njKwbcQHVvjQFHC8K4r9xPmNAG0eHCXqh/kxhL2zvEhER\n",
          ERR_CHECKPOINT },
        { "unpadded", "log.example\n5\njKwbcQHVvjQFHC8K4r9xPmNAG0eHCXqh/kxhL2zvEhE\n",
          ERR_CHECKPOINT },
        { "an extension line", "log.example\n5\n" ROOT "more\n", ERR_CHECKPOINT },
        { "an empty line more", "log.example\n5\n" ROOT "\n", ERR_CHECKPOINT },
        { "another origin", "log.exampla\n5\n" ROOT, ERR_CHECKPOINT },
        { "size 0 with the root of another", "log.example\n0\n" ROOT, ERR_CHECKPOINT },
    };
    struct signer s;
    signer_make(&s, "log.example");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why;
        struct checkpoint c = { .size = 77 };
        AUTO_BUF struct buf note = buf_init(1000);
        test_ok(note_sign(&note, bytes_str(rows[i].text), &s.key, s.secret, &why), &why);
        if (checkpoint_open(&c, buf_bytes(&note), &s.key, NULL) != rows[i].want)
            fail_msg("%s", rows[i].why);
        if (rows[i].want != ERR_OK)
            assert_int_equal(c.size, 77);
    }
}

static void tile_of(json_t *files, const struct tile *t, struct buf *out)
{
    char path[TILE_PATH_MAX];
    tile_path(path, t);
    const char *hex = json_string_value(json_object_get(files, path));
    if (!hex)
        fail_msg("no %s", path);
    const size_t len = strlen(hex) / 2;
    buf_reset(out);
    uint8_t *p = buf_grow(out, len);
    assert_true(p && hex_decode(p, len, hex, 2 * len));
}

/* Checkpoint, tile and bundle of each size 0 .. 15 of a log that another program wrote. */
static void the_log_of_another_program_reads_as_a_whole(void **state)
{
    (void)state;
    struct why why;
    size_t len, i, tiles = 0;
    json_t *row;
    char *file = test_file("vectors/tlog/tessera-testlog.json", &len);
    json_t *v = json_loadb(file, len, 0, NULL);
    struct note_key k;
    test_ok(note_vkey_parse(&k, bytes_str(json_string_value(json_object_get(v, "vkey"))), &why),
            &why);
    assert_int_equal(json_array_size(json_object_get(v, "checkpoints")), 16);
    json_array_foreach(json_object_get(v, "checkpoints"), i, row) {
        struct checkpoint c;
        const char *note = json_string_value(json_object_get(row, "checkpoint"));
        test_ok(checkpoint_open(&c, bytes_str(note), &k, &why), &why);
        assert_int_equal(c.size, json_integer_value(json_object_get(row, "size")));
        AUTO_BUF struct buf tile = buf_init(10000);
        AUTO_BUF struct buf bundle = buf_init(10000);
        if (c.size > 0) {
            struct tile t = { .width = tile_width(0, 0, c.size) };
            struct bytes entries[TILE_WIDTH];
            tile_of(json_object_get(v, "tiles"), &t, &tile);
            assert_int_equal(tile.len, c.size * 32);
            t.entries = true;
            tile_of(json_object_get(v, "bundles"), &t, &bundle);
            test_ok(tile_bundle_split(entries, buf_bytes(&bundle), t.width, &why), &why);
            for (size_t e = 0; e < c.size; e++) {
                uint8_t leaf[32];
                tlog_leaf_hash(leaf, entries[e], NULL);
                assert_memory_equal(leaf, tile.ptr + 32 * e, 32);
            }
            tiles++;
        }
        uint8_t root[32];
        tlog_root_of_leaves(root, tile.ptr, c.size);
        assert_memory_equal(root, c.root, 32);
    }
    assert_int_equal(tiles, 15);
    json_decref(v);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gate_has_its_origin),
        cmocka_unit_test(a_checkpoint_reads_as_it_was_signed),
        cmocka_unit_test(signed_nonsense_is_refused),
        cmocka_unit_test(the_log_of_another_program_reads_as_a_whole),
    };
    return cmocka_run_group_tests_name("tlog/checkpoint", tests, start, NULL);
}
