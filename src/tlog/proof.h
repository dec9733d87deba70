/* tlog/proof.h: is this entry in that log, and is this log the beginning of that one?
 * Source  RFC 6962, 2.1.1 and 2.1.2; checks as in RFC 9162, 2.1.3.2 and 2.1.4.2
 * Limits  a path has at most TLOG_PATH_MAX hashes; sizes are at most TLOG_SIZE_MAX
 * Memory  borrows all, allocates nothing that lasts   Threads  pure */
#ifndef TLOG_PROOF_H
#define TLOG_PROOF_H

#include "base/why.h"
#include "tlog/tree.h"

enum { TLOG_PATH_MAX = 64 };

struct tlog_path {
    size_t count; /* hashes */
    uint8_t hash[TLOG_PATH_MAX][TLOG_HASH_BYTES];
};

/* The bytes of a path, hashes one behind the other, as they go into an answer. */
static inline struct bytes tlog_path_bytes(const struct tlog_path *p)
{
    return bytes_of(p->hash, p->count * TLOG_HASH_BYTES);
}

/* Where the nodes of a tree are kept. It is asked only for nodes that are complete below the size
 * that a proof is for; what it returns besides ERR_OK is handed on. */
struct tlog_reader {
    enum err (*node)(void *ctx, unsigned level, uint64_t index, uint8_t out[TLOG_HASH_BYTES],
                     struct why *why);
    void *ctx;
};

/* The root that the tree had when its size was `size`. */
MUST_USE enum err tlog_root_at(const struct tlog_reader *r, uint64_t size,
                               uint8_t out[TLOG_HASH_BYTES], struct why *why);

/* The path of leaf `index` in the tree of `size`. ERR_FORMAT: index >= size. */
MUST_USE enum err tlog_inclusion(const struct tlog_reader *r, uint64_t index, uint64_t size,
                                 struct tlog_path *out, struct why *why);

/* That the tree of size1 is the beginning of the tree of size2. Empty for equal sizes.
 * ERR_FORMAT: size1 is 0 (that proves nothing) or greater than size2. */
MUST_USE enum err tlog_consistency(const struct tlog_reader *r, uint64_t size1, uint64_t size2,
                                   struct tlog_path *out, struct why *why);

/* `path` are `count` hashes. ERR_FORMAT: the path has the wrong length for these numbers, or they
 * are impossible. ERR_PROOF: it does not lead to the root. */
MUST_USE enum err tlog_inclusion_check(uint64_t index, uint64_t size,
                                       const uint8_t leaf[TLOG_HASH_BYTES], const uint8_t *path,
                                       size_t count, const uint8_t root[TLOG_HASH_BYTES],
                                       struct why *why);
MUST_USE enum err tlog_consistency_check(uint64_t size1, uint64_t size2,
                                         const uint8_t root1[TLOG_HASH_BYTES],
                                         const uint8_t root2[TLOG_HASH_BYTES],
                                         const uint8_t *path, size_t count, struct why *why);

#endif
