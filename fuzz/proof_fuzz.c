#include "fuzz.h"

#include "base/cur.h"
#include "tlog/proof.h"

enum { LEAVES = 40 };

static uint8_t leaves[LEAVES][TLOG_HASH_BYTES];

static enum err read_node(void *ctx, unsigned level, uint64_t index, uint8_t out[TLOG_HASH_BYTES],
                          struct why *why)
{
    (void)ctx;
    (void)why;
    fuzz_must((index + 1) << level <= LEAVES);
    tlog_root_of_leaves(out, leaves[index << level], (size_t)1 << level);
    return ERR_OK;
}

/* Numbers and path of a stranger: for a small tree only the one true path may pass. */
static void inclusion(uint64_t index, uint64_t size, struct bytes path)
{
    const struct tlog_reader reader = { read_node, NULL };
    struct why why;
    struct tlog_path want;
    uint8_t root[TLOG_HASH_BYTES] = { 0 };
    const bool small = size >= 1 && size <= LEAVES && index < size;
    if (small)
        tlog_root_of_leaves(root, leaves[0], (size_t)size);
    const uint8_t *leaf = leaves[small ? index : 0];
    if (tlog_inclusion_check(index, size, leaf, path.ptr, path.len / TLOG_HASH_BYTES, root,
                             &why) != ERR_OK)
        return;
    fuzz_must(small);
    fuzz_must(tlog_inclusion(&reader, index, size, &want, &why) == ERR_OK);
    fuzz_same(tlog_path_bytes(&want), path);
}

static void consistency(uint64_t size1, uint64_t size2, struct bytes path)
{
    const struct tlog_reader reader = { read_node, NULL };
    struct why why;
    struct tlog_path want;
    uint8_t root1[TLOG_HASH_BYTES] = { 0 }, root2[TLOG_HASH_BYTES] = { 1 };
    const bool small = size1 >= 1 && size1 <= size2 && size2 <= LEAVES;
    if (small) {
        tlog_root_of_leaves(root1, leaves[0], (size_t)size1);
        tlog_root_of_leaves(root2, leaves[0], (size_t)size2);
    }
    if (tlog_consistency_check(size1, size2, root1, root2, path.ptr, path.len / TLOG_HASH_BYTES,
                               &why) != ERR_OK)
        return;
    fuzz_must(small);
    fuzz_must(tlog_consistency(&reader, size1, size2, &want, &why) == ERR_OK);
    fuzz_same(tlog_path_bytes(&want), path);
}

/* choice 1 | two numbers of 8 | hashes. With choice 2 and 3 the numbers are taken as small ones and
 * the path is the true one but for one bit, which a fuzzer would not find alone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cur c = cur_from(bytes_of(data, size));
    const uint8_t choice = cur_u8(&c);
    uint64_t a = cur_u64be(&c), b = cur_u64be(&c);
    if (c.failed || cur_left(&c) % TLOG_HASH_BYTES != 0)
        return 0;
    for (size_t i = 0; i < LEAVES; i++)
        leaves[i][0] = (uint8_t)i;
    struct bytes path = bytes_of(c.at, cur_left(&c));
    const struct tlog_reader reader = { read_node, NULL };
    struct tlog_path near_path = { 0 };
    if (choice & 2) {
        b = 1 + b % LEAVES;
        a = choice & 1 ? 1 + a % b : a % b;
        fuzz_must((choice & 1 ? tlog_consistency(&reader, a, b, &near_path, NULL)
                              : tlog_inclusion(&reader, a, b, &near_path, NULL)) == ERR_OK);
        if (near_path.count > 0 && (choice & 4))
            near_path.hash[choice % near_path.count][choice % TLOG_HASH_BYTES] ^= 1;
        path = tlog_path_bytes(&near_path);
    }
    if (choice & 1)
        consistency(a, b, path);
    else
        inclusion(a, b, path);
    return 0;
}
