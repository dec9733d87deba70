#include "base/test.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "tlog/tree.h"

/* RFC 6962, 2.1, written as it stands there: slow, recursive, and independent of tree.c. */
static void reference_root(uint8_t out[32], const uint8_t (*leaf)[32], size_t n)
{
    uint8_t in[65] = { 1 };
    if (n == 0) {
        sha256(out, bytes_of(NULL, 0));
        return;
    }
    if (n == 1) {
        memcpy(out, leaf[0], 32);
        return;
    }
    size_t k = 1;
    while (2 * k < n)
        k *= 2;
    reference_root(in + 1, leaf, k);
    reference_root(in + 33, leaf + k, n - k);
    sha256(out, bytes_of(in, sizeof in));
}

enum { LEAVES = 700 };
static uint8_t leaves[LEAVES][32];

static int leaves_make(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    for (size_t i = 0; i < LEAVES; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "leaf %zu", i);
        tlog_leaf_hash(leaves[i], bytes_str(text), NULL);
    }
    return 0;
}

static void known_hashes_are_reproduced(void **state)
{
    (void)state;
    static const struct { const char *why, *hex; } rows[] = {
        { "empty tree", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "empty leaf", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
        { "leaf L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56" },
    };
    uint8_t got[3][32], want[32];
    tlog_empty_root(got[0]);
    tlog_leaf_hash(got[1], bytes_of(NULL, 0), NULL);
    tlog_leaf_hash(got[2], bytes_str("L123456"), NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_true(hex_decode(want, 32, rows[i].hex, 64));
        if (memcmp(want, got[i], 32) != 0)
            fail_msg("%s", rows[i].why);
    }
}

static void the_root_is_that_of_the_rfc_for_every_size(void **state)
{
    (void)state;
    struct tlog_tree t;
    AUTO_SHA256 struct sha256 *hasher = sha256_new();
    tlog_tree_init(&t, hasher);
    for (size_t n = 0; n <= LEAVES; n++) {
        uint8_t want[32], got[32], whole[32];
        reference_root(want, leaves, n);
        tlog_tree_root(&t, got);
        assert_memory_equal(want, got, 32);
        tlog_root_of_leaves(whole, leaves[0], n);
        assert_memory_equal(want, whole, 32);
        if (n < LEAVES)
            (void)tlog_tree_add(&t, leaves[n], NULL);
    }
}

static void every_complete_node_is_handed_out_once(void **state)
{
    (void)state;
    struct tlog_tree t;
    struct tlog_node done[TLOG_LEVELS];
    uint64_t next[TLOG_LEVELS] = { 0 };
    tlog_tree_init(&t, NULL);
    for (size_t n = 0; n < LEAVES; n++) {
        const size_t count = tlog_tree_add(&t, leaves[n], done);
        assert_int_equal(count, 1 + __builtin_ctzll(n + 1));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(done[i].level, i);
            assert_int_equal(done[i].index, next[i]++);
            uint8_t want[32];
            const size_t width = (size_t)1 << i;
            reference_root(want, leaves + done[i].index * width, width);
            assert_memory_equal(want, done[i].hash, 32);
        }
    }
}

static void a_kept_hasher_changes_no_hash(void **state)
{
    (void)state;
    AUTO_SHA256 struct sha256 *hasher = sha256_new();
    uint8_t a[32], b[32];
    tlog_leaf_hash(a, bytes_str("x"), NULL);
    tlog_leaf_hash(b, bytes_str("x"), hasher);
    assert_memory_equal(a, b, 32);
    tlog_node_hash(a, leaves[0], leaves[1], NULL);
    tlog_node_hash(b, leaves[0], leaves[1], hasher);
    assert_memory_equal(a, b, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_hashes_are_reproduced),
        cmocka_unit_test(the_root_is_that_of_the_rfc_for_every_size),
        cmocka_unit_test(every_complete_node_is_handed_out_once),
        cmocka_unit_test(a_kept_hasher_changes_no_hash),
    };
    return cmocka_run_group_tests_name("tlog/tree", tests, leaves_make, NULL);
}
