/* gate/dir.h: what lies in a gate's state directory, read. Private to this folder.
 * Memory  keys in guarded memory   Threads  one owner */
#ifndef GATE_DIR_H
#define GATE_DIR_H

#include "crypto/secret.h"
#include "gate/gate.h"
#include "statement/statement.h"

enum { DIR_GATE_MAX = 8, DIR_URL_MAX = 256, DIR_SECRET_SEED = 0, DIR_SECRET_EXCHANGE = 32,
       DIR_SNAPSHOT = 100000 };

struct dir_conf {
    unsigned number, incarnation;
    unsigned snapshot; /* entries from one snapshot to the next */
    char peers[DIR_GATE_MAX + 1][DIR_URL_MAX];
};

MUST_USE enum err dir_conf_read(const char *dir, struct dir_conf *out, struct why *why);
MUST_USE enum err dir_conf_write(const char *dir, const struct dir_conf *c, struct why *why);
/* 64 bytes: seed, exchange secret. */
MUST_USE enum err dir_secret(const char *dir, struct secret **out, struct why *why);
/* The pinned root; `envelope` (may be NULL) gets its bytes. */
MUST_USE enum err dir_root(const char *dir, struct statement *out, struct buf *envelope,
                           struct why *why);
/* The bytes of a small secret file into guarded memory. ERR_NOT_FOUND. */
MUST_USE enum err dir_secret_file(const char *path, size_t max, struct secret **out,
                                  struct why *why);

#endif
