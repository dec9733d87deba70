/* tests/allocations/allocations.h: each allocation of a call is made to fail, once. Tests only.
 * malloc, calloc, realloc, reallocarray, strdup, strndup and libsodium's guarded allocations are
 * wrapped by the linker for all of floors 0 to 3; jansson is given the same functions.
 * Threads  one owner */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include "base/test.h"

/* What is tried. It frees what it made itself. */
typedef enum err allocations_call(void *ctx, struct why *why);
/* A digest of the state that must not change when the call fails; NULL: there is none. */
typedef void allocations_digest(void *ctx, uint8_t out[32]);

/* Calls with the first allocation refused, then the second, until none is refused any more: each
 * refusal is ERR_NOMEM (or a buf's ERR_LIMIT) and leaves the state as it was; the last succeeds.
 * Returns how many were refused, at least one (asserted): else nothing was tried. */
unsigned allocations_each(allocations_call *call, void *ctx, allocations_digest *digest);

/* From now on the n-th allocation from here (0: the next) fails, once. Below 0: none. */
void allocations_fail(int n);
/* Was it refused? */
bool allocations_refused(void);

/* jansson's reader of tokens drops what it has no memory for: the text then is no JSON, or not what
 * was written, and is refused as such. These codes count as no memory. */
enum err allocations_json(enum err e, struct why *why);
/* Do jansson's own allocations fail too? At first they do. */
void allocations_in_json(bool fail);

int allocations_base(void);
int allocations_records(void);
int allocations_signed(void);
int allocations_folds(void);

#endif
