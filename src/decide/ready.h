/* decide/ready.h: do all holders of each subset key have the same one?
 * Source  docs/format.md 3.1: an epoch is ready at a gate once, for each A that holds the gate, every
 * member of A has logged the same check value
 * A gate feeds its own check entry and those of its peers' logs. What a gate logged first counts.
 * Memory  fixed, none allocated   Threads  pure */
#ifndef DECIDE_READY_H
#define DECIDE_READY_H

#include "decide/authority.h"
#include "request/entry_body.h"

enum { READY_SUBSETS_MAX = 10, READY_GATE_MAX = 8, READY_CHECK_BYTES = 32 };

struct ready {
    uint8_t epoch_id[32];
    uint8_t roster;
    unsigned subset_bits; /* n-t+1 */
    size_t count;         /* subsets, ascending */
    struct {
        uint8_t gates;  /* A */
        uint8_t logged; /* members whose value is here */
        uint8_t check[READY_GATE_MAX + 1][READY_CHECK_BYTES]; /* by gate number */
    } subset[READY_SUBSETS_MAX];
};

void ready_init(struct ready *r, const struct authority_epoch *epoch);

/* Takes in a gate's check entry. ERR_FORMAT: another epoch, a gate that is not in it, or rows that
 * are not all the subsets that hold the gate. ERR_EXISTS: the gate logged other values before. */
MUST_USE enum err ready_add(struct ready *r, const struct entry_body_check *check,
                            struct why *why);

enum ready_state { READY_YES = 1, READY_NOT_YET, READY_UNEQUAL };

struct ready_report {
    enum ready_state state;
    uint8_t missing; /* NOT_YET: gates whose check entry is not here */
    uint8_t subset;  /* UNEQUAL: the first such A, */
    uint8_t gates;   /* and its members whose value is not the lowest member's */
    char text[160];  /* a sentence */
};
/* As seen from one gate; 0: from all. Unequal comes before missing: waiting does not cure it. */
struct ready_report ready_report(const struct ready *r, unsigned gate);

#endif
