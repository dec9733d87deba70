#include "base/test.h"

#include "base/hex.h"
#include "crypto/crypto.h"
#include "tlog/proof.h"

#include <jansson.h>

/* All nodes of a tree, level by level. */
enum { LEAVES = 2000, LEVELS = 11 };
static uint8_t (*nodes[LEVELS])[32];
static uint64_t node_count[LEVELS];

static enum err node_read(void *ctx, unsigned level, uint64_t index, uint8_t out[32],
                          struct why *why)
{
    (void)ctx;
    if (level >= LEVELS || index >= node_count[level])
        return why_set(why, ERR_NOT_FOUND, "no node %u/%lu", level, (unsigned long)index);
    memcpy(out, nodes[level][index], 32);
    return ERR_OK;
}

static const struct tlog_reader reader = { .node = node_read };

static int nodes_make(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    for (unsigned l = 0; l < LEVELS; l++)
        nodes[l] = calloc(((size_t)LEAVES >> l) + 1, 32);
    struct tlog_tree t;
    struct tlog_node done[TLOG_LEVELS];
    tlog_tree_init(&t, NULL);
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint8_t leaf[32], text[4];
        put_u32be(text, i);
        tlog_leaf_hash(leaf, bytes_of(text, 4), NULL);
        const size_t n = tlog_tree_add(&t, leaf, done);
        for (size_t k = 0; k < n; k++) {
            memcpy(nodes[k][done[k].index], done[k].hash, 32);
            node_count[k]++;
        }
    }
    return 0;
}

static int nodes_free(void **state)
{
    (void)state;
    for (unsigned l = 0; l < LEVELS; l++)
        free(nodes[l]);
    return 0;
}

static uint64_t seed = 88172645463325252u; /* fixed: a failure can be repeated */
static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static void root_of(uint64_t size, uint8_t out[32])
{
    tlog_root_of_leaves(out, nodes[0][0], size);
}

static void the_root_at_every_size_can_be_read_again(void **state)
{
    (void)state;
    struct why why;
    for (uint64_t n = 0; n <= LEAVES; n += 1 + n / 20) {
        uint8_t want[32], got[32];
        root_of(n, want);
        test_ok(tlog_root_at(&reader, n, got, &why), &why);
        assert_memory_equal(want, got, 32);
    }
}

/* Every proof of a small tree: nothing that depends on the shape can hide. */
static void every_proof_of_small_trees_verifies(void **state)
{
    (void)state;
    struct why why;
    for (uint64_t size = 1; size <= 70; size++) {
        uint8_t root[32], root1[32];
        struct tlog_path p;
        root_of(size, root);
        for (uint64_t i = 0; i < size; i++) {
            test_ok(tlog_inclusion(&reader, i, size, &p, &why), &why);
            test_ok(tlog_inclusion_check(i, size, nodes[0][i], p.hash[0], p.count, root, &why),
                    &why);
        }
        for (uint64_t size1 = 1; size1 <= size; size1++) {
            root_of(size1, root1);
            test_ok(tlog_consistency(&reader, size1, size, &p, &why), &why);
            test_ok(tlog_consistency_check(size1, size, root1, root, p.hash[0], p.count, &why),
                    &why);
        }
    }
}

/* Flips each bit of leaf, root and path in turn; none may pass. */
static void inclusion_mutations(uint64_t index, uint64_t size, struct tlog_path *p,
                                const uint8_t root[32])
{
    struct why why;
    uint8_t bad[32];
    for (size_t bit = 0; bit < p->count * 256; bit++) {
        uint8_t *byte = (uint8_t *)p->hash + bit / 8;
        *byte ^= (uint8_t)(1u << bit % 8);
        test_err(tlog_inclusion_check(index, size, nodes[0][index], p->hash[0], p->count, root,
                                      &why), ERR_PROOF);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        memcpy(bad, root, 32);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(tlog_inclusion_check(index, size, nodes[0][index], p->hash[0], p->count, bad,
                                      &why), ERR_PROOF);
        memcpy(bad, nodes[0][index], 32);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        test_err(tlog_inclusion_check(index, size, bad, p->hash[0], p->count, root, &why),
                 ERR_PROOF);
    }
    for (uint64_t other = index ^ 1; other < size && other < index + 40; other += 3)
        if (other != index)
            assert_int_not_equal(tlog_inclusion_check(other, size, nodes[0][index], p->hash[0],
                                                      p->count, root, &why), ERR_OK);
    test_err(tlog_inclusion_check(index, size, nodes[0][index], p->hash[0], p->count + 1, root,
                                  &why), ERR_FORMAT);
    if (p->count)
        test_err(tlog_inclusion_check(index, size, nodes[0][index], p->hash[0], p->count - 1, root,
                                      &why), ERR_FORMAT);
}

static void one_flipped_bit_breaks_an_inclusion_proof(void **state)
{
    (void)state;
    struct why why;
    for (int round = 0; round < 60; round++) {
        const uint64_t size = 1 + random_below(LEAVES), index = random_below(size);
        struct tlog_path p;
        uint8_t root[32];
        root_of(size, root);
        test_ok(tlog_inclusion(&reader, index, size, &p, &why), &why);
        test_ok(tlog_inclusion_check(index, size, nodes[0][index], p.hash[0], p.count, root, &why),
                &why);
        inclusion_mutations(index, size, &p, root);
    }
}

static void consistency_mutations(uint64_t size1, uint64_t size2, struct tlog_path *p,
                                  uint8_t root1[32], uint8_t root2[32])
{
    struct why why;
    uint8_t *const parts[] = { (uint8_t *)p->hash, root1, root2 };
    const size_t bits[] = { p->count * 256, 256, 256 };
    for (size_t k = 0; k < 3; k++)
        for (size_t bit = 0; bit < bits[k]; bit++) {
            parts[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
            test_err(tlog_consistency_check(size1, size2, root1, root2, p->hash[0], p->count, &why),
                     ERR_PROOF);
            parts[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    test_err(tlog_consistency_check(size1, size2, root1, root2, p->hash[0], p->count + 1, &why),
             ERR_FORMAT);
    if (p->count)
        test_err(tlog_consistency_check(size1, size2, root1, root2, p->hash[0], p->count - 1,
                                        &why), ERR_FORMAT);
}

static void one_flipped_bit_breaks_a_consistency_proof(void **state)
{
    (void)state;
    struct why why;
    for (int round = 0; round < 60; round++) {
        const uint64_t size2 = 1 + random_below(LEAVES), size1 = 1 + random_below(size2);
        struct tlog_path p;
        uint8_t root1[32], root2[32];
        root_of(size1, root1);
        root_of(size2, root2);
        test_ok(tlog_consistency(&reader, size1, size2, &p, &why), &why);
        test_ok(tlog_consistency_check(size1, size2, root1, root2, p.hash[0], p.count, &why), &why);
        consistency_mutations(size1, size2, &p, root1, root2);
    }
}

static void impossible_numbers_are_refused(void **state)
{
    (void)state;
    struct why why;
    struct tlog_path p = { .count = 7 };
    const uint8_t h[32] = { 0 };
    test_err(tlog_inclusion(&reader, 5, 5, &p, &why), ERR_FORMAT);
    test_err(tlog_inclusion(&reader, 0, UINT64_MAX, &p, &why), ERR_FORMAT);
    test_err(tlog_consistency(&reader, 0, 5, &p, &why), ERR_FORMAT);
    test_err(tlog_consistency(&reader, 6, 5, &p, &why), ERR_FORMAT);
    test_err(tlog_inclusion_check(1, 1, h, h, 0, h, &why), ERR_FORMAT);
    test_err(tlog_inclusion_check(0, 0, h, h, 0, h, &why), ERR_FORMAT);
    test_err(tlog_inclusion_check(0, UINT64_MAX, h, h, 1, h, &why), ERR_FORMAT);
    test_err(tlog_consistency_check(0, 0, h, h, h, 0, &why), ERR_FORMAT);
    test_err(tlog_consistency_check(3, 2, h, h, h, 0, &why), ERR_FORMAT);
    test_err(tlog_consistency_check(1, 2, h, h, h, 0, &why), ERR_FORMAT);
    test_err(tlog_consistency_check(1, 1, h, h, h, SIZE_MAX, &why), ERR_FORMAT);
    assert_int_equal(p.count, 7);
    /* What the reader says is handed on. */
    test_err(tlog_inclusion(&reader, 0, 3 * LEAVES, &p, &why), ERR_NOT_FOUND);
    assert_int_equal(p.count, 7);
}

/* --- the published vectors --- */

static bool hash_of(json_t *v, uint8_t out[32])
{
    AUTO_BUF struct buf b = buf_init(64);
    const char *s = json_string_value(v);
    if (!s || !base64_decode(&b, bytes_str(s)) || b.len != 32)
        return false;
    memcpy(out, b.ptr, 32);
    return true;
}

/* False: it has a hash of another length than 32, which no caller can hand over. */
static bool path_of(json_t *v, struct tlog_path *p)
{
    p->count = json_array_size(v);
    for (size_t i = 0; i < p->count; i++)
        if (i >= TLOG_PATH_MAX || !hash_of(json_array_get(v, i), p->hash[i]))
            return false;
    return true;
}

static uint64_t number_of(json_t *c, const char *name)
{
    const double d = json_number_value(json_object_get(c, name));
    return d >= 0x1p53 || d < 0 ? UINT64_MAX : (uint64_t)d;
}

static bool inclusion_case(json_t *c)
{
    uint8_t root[32], leaf[32];
    struct tlog_path p;
    return hash_of(json_object_get(c, "root"), root) &&
           hash_of(json_object_get(c, "leafHash"), leaf) &&
           path_of(json_object_get(c, "proof"), &p) &&
           tlog_inclusion_check(number_of(c, "leafIdx"), number_of(c, "treeSize"), leaf, p.hash[0],
                                p.count, root, NULL) == ERR_OK;
}

static bool consistency_case(json_t *c)
{
    uint8_t root1[32], root2[32];
    struct tlog_path p;
    /* Where a case has strings for roots, only their being equal counts; size 1 passes so. */
    json_t *r1 = json_object_get(c, "root1"), *r2 = json_object_get(c, "root2");
    if (!hash_of(r1, root1)) {
        memset(root1, 1, 32);
        memset(root2, json_equal(r1, r2) ? 1 : 2, 32);
    } else if (!hash_of(r2, root2)) {
        memset(root2, 2, 32);
    }
    return path_of(json_object_get(c, "proof"), &p) &&
           tlog_consistency_check(number_of(c, "size1"), number_of(c, "size2"), root1, root2,
                                  p.hash[0], p.count, NULL) == ERR_OK;
}

static void the_published_proofs_give_the_published_answers(void **state)
{
    (void)state;
    size_t len, i, run = 0, positive = 0;
    json_t *c;
    char *text = test_file("vectors/tlog/merkle-proofs.json", &len);
    json_t *all = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
    assert_non_null(all);
    static const struct { const char *name; bool (*check)(json_t *); size_t count; } sets[] = {
        { "inclusion", inclusion_case, 98 }, { "consistency", consistency_case, 98 },
    };
    for (size_t s = 0; s < 2; s++) {
        json_t *set = json_object_get(all, sets[s].name);
        assert_int_equal(json_array_size(set), sets[s].count);
        json_array_foreach(set, i, c) {
            const bool want = json_is_false(json_object_get(c, "wantErr"));
            if (sets[s].check(c) != want)
                fail_msg("%s: %s", json_string_value(json_object_get(c, "file")),
                         json_string_value(json_object_get(c, "desc")));
            run++;
            positive += want;
        }
    }
    print_message("[ vectors  ] merkle-proofs.json: %zu checked (%zu positive), %zu subtree proofs "
                  "not used by this program\n", run, positive,
                  json_array_size(json_object_get(all, "subtreeconsistency")) +
                  json_array_size(json_object_get(all, "subtreeinclusion")));
    json_decref(all);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_at_every_size_can_be_read_again),
        cmocka_unit_test(every_proof_of_small_trees_verifies),
        cmocka_unit_test(one_flipped_bit_breaks_an_inclusion_proof),
        cmocka_unit_test(one_flipped_bit_breaks_a_consistency_proof),
        cmocka_unit_test(impossible_numbers_are_refused),
        cmocka_unit_test(the_published_proofs_give_the_published_answers),
    };
    return cmocka_run_group_tests_name("tlog/proof", tests, nodes_make, nodes_free);
}
