/* tlog/tree.h: the Merkle tree of a log, of a record's chunks and of a manifest's rows.
 * Source  RFC 6962, section 2.1           Limits   fewer than 2^63 leaves
 * Memory  the caller's, allocates nothing that lasts   Threads  pure, a tree has one owner
 * A node (level, index) is the root of the complete subtree over the leaves
 * index * 2^level .. (index + 1) * 2^level - 1; level 0 are the leaf hashes. */
#ifndef TLOG_TREE_H
#define TLOG_TREE_H

#include "base/bytes.h"

enum { TLOG_HASH_BYTES = 32, TLOG_LEVELS = 63 };
#define TLOG_SIZE_MAX ((uint64_t)INT64_MAX)

struct sha256;

struct tlog_node {
    unsigned level;
    uint64_t index;
    uint8_t hash[TLOG_HASH_BYTES];
};

/* Only the right edge is kept: for every bit l of `size` the newest node of level l. */
struct tlog_tree {
    uint64_t size;
    uint8_t edge[TLOG_LEVELS][TLOG_HASH_BYTES];
    struct sha256 *hasher; /* borrowed; spares a context per hash. May be NULL. */
};

/* Leaf: SHA-256(0x00 ‖ entry). Node: SHA-256(0x01 ‖ left ‖ right). Empty tree: SHA-256(""). The
 * hasher is borrowed and may be NULL; `out` may be one of the inputs. */
void tlog_leaf_hash(uint8_t out[TLOG_HASH_BYTES], struct bytes entry, struct sha256 *hasher);
void tlog_node_hash(uint8_t out[TLOG_HASH_BYTES], const uint8_t left[TLOG_HASH_BYTES],
                    const uint8_t right[TLOG_HASH_BYTES], struct sha256 *hasher);
void tlog_empty_root(uint8_t out[TLOG_HASH_BYTES]);

/* An empty tree. */
void tlog_tree_init(struct tlog_tree *t, struct sha256 *hasher);

/* Appends a leaf's hash. Every node that it completes goes to `done` (NULL: not wanted), lowest
 * level first, the leaf itself at place 0; returns how many there are, 1 .. TLOG_LEVELS. */
size_t tlog_tree_add(struct tlog_tree *t, const uint8_t leaf[TLOG_HASH_BYTES],
                     struct tlog_node done[TLOG_LEVELS]);

void tlog_tree_root(const struct tlog_tree *t, uint8_t out[TLOG_HASH_BYTES]);

/* The root over `count` leaf hashes that lie one behind the other. */
void tlog_root_of_leaves(uint8_t out[TLOG_HASH_BYTES], const uint8_t *leaves, size_t count);

#endif
