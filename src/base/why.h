/* base/why.h: what failed, on which thing, and what to do about it.
 * `struct why` is the last argument of whatever can fail; it lives on the caller's stack and keeps
 * the code, one sentence and an optional hint. It is set where the cause is known; callers may put
 * words before it, never replace it. No secret and no plaintext ever enters a message.
 * Memory  none allocated; long sentences are cut at WHY_TEXT_MAX   Threads  pure */
#ifndef BASE_WHY_H
#define BASE_WHY_H

#include "base/auto.h"
#include "base/err.h"

enum { WHY_TEXT_MAX = 400, WHY_HINT_MAX = 200 };

struct why {
    enum err code;
    char text[WHY_TEXT_MAX];
    char hint[WHY_HINT_MAX];
};

/* Sets code and sentence, clears the hint, and returns `code`, so that a function can say
 * `return why_set(why, ERR_FORMAT, "...")`. `why` may be NULL. `code` is never ERR_OK. */
enum err why_set(struct why *why, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds what to do, in one line; returns the code that is set. `why` may be NULL (then `code`). */
enum err why_hint(struct why *why, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "words: " before the sentence; returns the code that is set. */
enum err why_before(struct why *why, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ERR_NOMEM with its fixed sentence. */
enum err why_nomem(struct why *why);

#endif
