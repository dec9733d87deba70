/* shares/key_file.h: the keys of one gate in one epoch, as they lie in the gate's state directory.
 *   magic "cfdx" 4 | version 1 | t 1 | roster 1 | number 1 | epoch id 32
 *   | k of each A that holds the gate, ascending, 32 each | z of each peer, ascending, 32 each
 * Memory  key_file_open returns guarded memory   Threads  pure */
#ifndef SHARES_KEY_FILE_H
#define SHARES_KEY_FILE_H

#include "shares/key.h"

enum { KEY_FILE_START = 40, KEY_FILE_MAX = KEY_FILE_START + 32 * (6 + SUBSET_GATES_MAX) };

/* `keys` are complete (asserted). Returns the length. */
size_t key_file_write(const struct gate_keys *keys, uint8_t out[KEY_FILE_MAX]);
/* ERR_FORMAT, ERR_VERSION, ERR_NOMEM. */
MUST_USE enum err key_file_open(struct bytes file, struct gate_keys **out, struct why *why);

#endif
