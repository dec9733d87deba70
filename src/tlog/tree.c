#include "tlog/tree.h"

#include "crypto/hash.h"

#include <string.h>

static const uint8_t leaf_prefix[1] = { 0x00 };
enum { NODE_PREFIX = 0x01 };

void tlog_leaf_hash(uint8_t out[TLOG_HASH_BYTES], struct bytes entry, struct sha256 *hasher)
{
    if (!hasher) {
        const struct bytes parts[] = { bytes_of(leaf_prefix, sizeof leaf_prefix), entry };
        sha256_parts(out, parts, 2);
        return;
    }
    sha256_start(hasher);
    sha256_add(hasher, bytes_of(leaf_prefix, sizeof leaf_prefix));
    sha256_add(hasher, entry);
    sha256_end(hasher, out);
}

void tlog_node_hash(uint8_t out[TLOG_HASH_BYTES], const uint8_t left[TLOG_HASH_BYTES],
                    const uint8_t right[TLOG_HASH_BYTES], struct sha256 *hasher)
{
    uint8_t in[1 + 2 * TLOG_HASH_BYTES];
    in[0] = NODE_PREFIX;
    memcpy(in + 1, left, TLOG_HASH_BYTES);
    memcpy(in + 1 + TLOG_HASH_BYTES, right, TLOG_HASH_BYTES);
    if (!hasher) {
        sha256(out, bytes_of(in, sizeof in));
        return;
    }
    sha256_start(hasher);
    sha256_add(hasher, bytes_of(in, sizeof in));
    sha256_end(hasher, out);
}

void tlog_empty_root(uint8_t out[TLOG_HASH_BYTES])
{
    sha256(out, bytes_of(NULL, 0));
}

void tlog_tree_init(struct tlog_tree *t, struct sha256 *hasher)
{
    memset(t, 0, sizeof *t);
    t->hasher = hasher;
}

size_t tlog_tree_add(struct tlog_tree *t, const uint8_t leaf[TLOG_HASH_BYTES],
                     struct tlog_node done[TLOG_LEVELS])
{
    assert(t->size < TLOG_SIZE_MAX);
    uint8_t hash[TLOG_HASH_BYTES];
    memcpy(hash, leaf, sizeof hash);
    unsigned level = 0;
    for (;; level++) {
        if (done) {
            done[level] = (struct tlog_node){ .level = level, .index = t->size >> level };
            memcpy(done[level].hash, hash, sizeof hash);
        }
        if (!(t->size >> level & 1))
            break;
        tlog_node_hash(hash, t->edge[level], hash, t->hasher);
    }
    memcpy(t->edge[level], hash, sizeof hash);
    t->size++;
    return (size_t)level + 1;
}

void tlog_tree_root(const struct tlog_tree *t, uint8_t out[TLOG_HASH_BYTES])
{
    bool any = false;
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        if (!(t->size >> level & 1))
            continue;
        if (any)
            tlog_node_hash(out, t->edge[level], out, t->hasher);
        else
            memcpy(out, t->edge[level], TLOG_HASH_BYTES);
        any = true;
    }
    if (!any)
        tlog_empty_root(out);
}

void tlog_root_of_leaves(uint8_t out[TLOG_HASH_BYTES], const uint8_t *leaves, size_t count)
{
    struct tlog_tree t;
    AUTO_SHA256 struct sha256 *hasher = sha256_new(); /* without one it is slower, not wrong */
    tlog_tree_init(&t, hasher);
    for (size_t i = 0; i < count; i++)
        (void)tlog_tree_add(&t, leaves + i * TLOG_HASH_BYTES, NULL);
    tlog_tree_root(&t, out);
}
