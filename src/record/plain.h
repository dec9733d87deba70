/* record/plain.h: memory for plaintext. Ordinary memory (a record may be a gigabyte), but wiped
 * before it is freed, whatever happens.
 * Memory  a plain owns its memory   Threads  one owner */
#ifndef RECORD_PLAIN_H
#define RECORD_PLAIN_H

#include "base/bytes.h"
#include "base/why.h"

struct plain {
    uint8_t *ptr;
    size_t len; /* may be lowered; all that was allocated is wiped */
    size_t cap;
};

/* `len` bytes, not initialised; len 0 allocates nothing. ERR_NOMEM. */
MUST_USE enum err plain_new(struct plain *out, size_t len, struct why *why);
void plain_release(struct plain *p); /* wipes; also fine for a zeroed or released one */
struct plain plain_take(struct plain *p); /* moves the ownership out of an AUTO_PLAIN variable */
struct bytes plain_bytes(const struct plain *p);

AUTO_DEFINE(plain, struct plain, plain_release);
#define AUTO_PLAIN __attribute__((cleanup(plain_auto)))

#endif
