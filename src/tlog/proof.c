#include "tlog/proof.h"

#include <inttypes.h>
#include <string.h>

/* The greatest power of two below n, as an exponent. n >= 2. */
static unsigned split_level(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* The root over leaves low .. high-1. `low` is a multiple of the power of two at or above
 * high - low, so the range falls into complete nodes whose levels go down from left to right. */
static enum err range_root(const struct tlog_reader *r, uint64_t low, uint64_t high,
                           uint8_t out[TLOG_HASH_BYTES], struct why *why)
{
    uint8_t root[TLOG_HASH_BYTES], node[TLOG_HASH_BYTES];
    bool any = false;
    /* From the right, so that one hash is enough to hold what was folded. */
    for (uint64_t left = high - low; left > 0; left &= left - 1) {
        const unsigned level = (unsigned)__builtin_ctzll(left);
        const uint64_t index = ((low + left) >> level) - 1;
        enum err err = r->node(r->ctx, level, index, any ? node : root, why);
        if (err != ERR_OK)
            return err;
        if (any)
            tlog_node_hash(root, node, root, NULL);
        any = true;
    }
    memcpy(out, root, sizeof root);
    return ERR_OK;
}

/* Proofs are found from the root downwards and written from the leaf upwards. */
struct ranges {
    size_t count;
    uint64_t low[TLOG_PATH_MAX], high[TLOG_PATH_MAX];
};

static void ranges_add(struct ranges *s, uint64_t low, uint64_t high)
{
    assert(s->count < TLOG_PATH_MAX);
    s->low[s->count] = low;
    s->high[s->count++] = high;
}

static enum err ranges_hash(const struct ranges *s, const struct tlog_reader *r,
                            struct tlog_path *out, struct why *why)
{
    struct tlog_path path = { .count = s->count };
    for (size_t i = 0; i < s->count; i++) {
        const size_t from = s->count - 1 - i;
        enum err err = range_root(r, s->low[from], s->high[from], path.hash[i], why);
        if (err != ERR_OK)
            return err;
    }
    *out = path;
    return ERR_OK;
}

enum err tlog_root_at(const struct tlog_reader *r, uint64_t size, uint8_t out[TLOG_HASH_BYTES],
                      struct why *why)
{
    if (size > TLOG_SIZE_MAX)
        return why_set(why, ERR_FORMAT, "no tree has the size %" PRIu64, size);
    if (size == 0) {
        tlog_empty_root(out);
        return ERR_OK;
    }
    return range_root(r, 0, size, out, why);
}

enum err tlog_inclusion(const struct tlog_reader *r, uint64_t index, uint64_t size,
                        struct tlog_path *out, struct why *why)
{
    if (size > TLOG_SIZE_MAX || index >= size)
        return why_set(why, ERR_FORMAT, "no leaf %" PRIu64 " is in a tree of size %" PRIu64, index,
                       size);
    struct ranges path = { .count = 0 };
    uint64_t low = 0, high = size;
    while (high - low > 1) {
        const uint64_t middle = low + (UINT64_C(1) << split_level(high - low));
        if (index < middle) {
            ranges_add(&path, middle, high);
            high = middle;
        } else {
            ranges_add(&path, low, middle);
            low = middle;
        }
    }
    return ranges_hash(&path, r, out, why);
}

enum err tlog_consistency(const struct tlog_reader *r, uint64_t size1, uint64_t size2,
                          struct tlog_path *out, struct why *why)
{
    if (size1 == 0 || size1 > size2 || size2 > TLOG_SIZE_MAX)
        return why_set(why, ERR_FORMAT, "no proof leads from size %" PRIu64 " to size %" PRIu64,
                       size1, size2);
    struct ranges path = { .count = 0 };
    uint64_t low = 0, high = size2;
    while (high != size1) {
        const uint64_t middle = low + (UINT64_C(1) << split_level(high - low));
        if (size1 <= middle) {
            ranges_add(&path, middle, high);
            high = middle;
        } else {
            ranges_add(&path, low, middle);
            low = middle;
        }
    }
    /* The old tree itself, unless the verifier has its root: then low is still 0. */
    if (low > 0)
        ranges_add(&path, low, high);
    return ranges_hash(&path, r, out, why);
}

static enum err wrong_length(struct why *why, size_t count, const char *what)
{
    return why_set(why, ERR_FORMAT, "%s proof has the wrong length: %zu hashes", what, count);
}

/* RFC 9162, 2.1.3.2; the names fn and sn are its. */
enum err tlog_inclusion_check(uint64_t index, uint64_t size, const uint8_t leaf[TLOG_HASH_BYTES],
                              const uint8_t *path, size_t count,
                              const uint8_t root[TLOG_HASH_BYTES], struct why *why)
{
    if (size > TLOG_SIZE_MAX || index >= size)
        return why_set(why, ERR_FORMAT, "no leaf %" PRIu64 " is in a tree of size %" PRIu64, index,
                       size);
    if (count > TLOG_PATH_MAX)
        return wrong_length(why, count, "inclusion");
    uint64_t fn = index, sn = size - 1;
    uint8_t hash[TLOG_HASH_BYTES];
    memcpy(hash, leaf, sizeof hash);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = path + i * TLOG_HASH_BYTES;
        if (sn == 0)
            return wrong_length(why, count, "inclusion");
        if ((fn & 1) || fn == sn) {
            tlog_node_hash(hash, p, hash, NULL);
            for (; !(fn & 1) && fn != 0; sn >>= 1)
                fn >>= 1;
        } else {
            tlog_node_hash(hash, hash, p, NULL);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0)
        return wrong_length(why, count, "inclusion");
    if (memcmp(hash, root, sizeof hash) != 0)
        return why_set(why, ERR_PROOF,
                       "leaf %" PRIu64 " is not in the tree of size %" PRIu64 " with that root",
                       index, size);
    return ERR_OK;
}

/* RFC 9162, 2.1.4.2, where size1 < size2; the names fn, sn, fr and sr are its. */
static enum err consistency_walk(uint64_t size1, uint64_t size2,
                                 const uint8_t root1[TLOG_HASH_BYTES],
                                 const uint8_t root2[TLOG_HASH_BYTES], const uint8_t *path,
                                 size_t count, struct why *why)
{
    uint8_t fr[TLOG_HASH_BYTES], sr[TLOG_HASH_BYTES];
    size_t next = 0;
    if (count == 0)
        return wrong_length(why, count, "consistency");
    /* A tree that is complete is a node of the bigger one: its root stands for the first hash. */
    memcpy(fr, (size1 & (size1 - 1)) ? path + TLOG_HASH_BYTES * next++ : root1, sizeof fr);
    memcpy(sr, fr, sizeof sr);
    uint64_t fn = size1 - 1, sn = size2 - 1;
    for (; fn & 1; sn >>= 1)
        fn >>= 1;
    for (; next < count; next++) {
        const uint8_t *p = path + next * TLOG_HASH_BYTES;
        if (sn == 0)
            return wrong_length(why, count, "consistency");
        if ((fn & 1) || fn == sn) {
            tlog_node_hash(fr, p, fr, NULL);
            tlog_node_hash(sr, p, sr, NULL);
            for (; !(fn & 1) && fn != 0; sn >>= 1)
                fn >>= 1;
        } else {
            tlog_node_hash(sr, sr, p, NULL);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0)
        return wrong_length(why, count, "consistency");
    if (memcmp(fr, root1, sizeof fr) != 0 || memcmp(sr, root2, sizeof sr) != 0)
        return why_set(why, ERR_PROOF,
                       "the tree of size %" PRIu64 " is not the beginning of that of size %" PRIu64,
                       size1, size2);
    return ERR_OK;
}

enum err tlog_consistency_check(uint64_t size1, uint64_t size2,
                                const uint8_t root1[TLOG_HASH_BYTES],
                                const uint8_t root2[TLOG_HASH_BYTES], const uint8_t *path,
                                size_t count, struct why *why)
{
    if (size1 == 0 || size1 > size2 || size2 > TLOG_SIZE_MAX)
        return why_set(why, ERR_FORMAT, "no proof leads from size %" PRIu64 " to size %" PRIu64,
                       size1, size2);
    if (count > TLOG_PATH_MAX || (size1 == size2 && count != 0))
        return wrong_length(why, count, "consistency");
    if (size1 < size2)
        return consistency_walk(size1, size2, root1, root2, path, count, why);
    if (memcmp(root1, root2, TLOG_HASH_BYTES) != 0)
        return why_set(why, ERR_PROOF, "two different roots of one size %" PRIu64, size1);
    return ERR_OK;
}
