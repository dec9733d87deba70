/* statement/chain.h: is this the next statement of its issuer?
 * Source  docs/format.md 4.2 (`number`, `previous`)   Memory  none   Threads  pure
 * A chain is known by its newest statement alone. Whether an older number is an old friend or a
 * fork only its id can tell: look the id up among the known statements first. */
#ifndef STATEMENT_CHAIN_H
#define STATEMENT_CHAIN_H

#include "statement/statement.h"

struct chain_head {
    uint8_t issuer[32];
    uint64_t number; /* 0: nothing yet */
    uint8_t id[32];  /* zeroes while number is 0 */
};

/* `head` of s's issuer (NULL: nothing yet). ERR_DUPLICATE: it is the head itself. ERR_CHAIN_GAP:
 * statements before it are missing. ERR_CHAIN_FORK: another statement has that number, or it does
 * not continue the head. */
MUST_USE enum err chain_next(const struct chain_head *head, const struct statement *s,
                             struct why *why);

/* Makes s the head. Asserts that it is next. */
void chain_advance(struct chain_head *head, const struct statement *s);

#endif
