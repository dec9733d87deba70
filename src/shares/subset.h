/* shares/subset.h: sets of gates in one byte, bit g-1 for gate g.
 * Source  docs/format.md 1, 3
 * An epoch has t and a roster of n gates, 2 <= t < n <= 5, numbered 1 to 8. `A` is any set of
 * n-t+1 of them; a quorum `Q` any t. Every Q meets every A; t-1 gates miss at least one A.
 * Memory  none   Threads  pure */
#ifndef SHARES_SUBSET_H
#define SHARES_SUBSET_H

#include "base/bytes.h"
#include "base/why.h"

enum { SUBSET_GATES_MAX = 5, SUBSET_NUMBER_MAX = 8, SUBSET_LIST_MAX = 10,
       SUBSET_HELD_MAX = 6 /* subset keys of one gate: C(4,2) of 3 of 5 */ };

/* Ascending by byte. C(5,2) = C(5,3) = 10 is the most. */
struct subset_list {
    unsigned count;
    uint8_t sets[SUBSET_LIST_MAX];
};

unsigned subset_gates(uint8_t set);  /* how many */
unsigned subset_lowest(uint8_t set); /* the lowest gate's number; 0 if empty */
uint8_t subset_of(unsigned gate);    /* {gate}; 1 <= gate <= 8 (asserted) */
bool subset_has(uint8_t set, unsigned gate);

/* 2 <= t < n <= 5? */
bool subset_epoch_ok(unsigned t, uint8_t roster);

/* All k-subsets of `set`, which has at most 5 gates (asserted). */
struct subset_list subset_choose(uint8_t set, unsigned k);
/* Those of `list` that hold `gate`. */
struct subset_list subset_holding(const struct subset_list *list, unsigned gate);

/* The A of an epoch: one for each subset key. */
struct subset_list subset_keys(unsigned t, uint8_t roster);
/* The A that quorum `q` assigns to `gate`: those whose lowest gate in q it is. */
struct subset_list subset_assigned(unsigned t, uint8_t roster, uint8_t q, unsigned gate);

/* Exactly t gates of the roster, `gate` among them (0: any). ERR_REQUEST_GATES. */
MUST_USE enum err subset_quorum_check(unsigned t, uint8_t roster, uint8_t q, unsigned gate,
                                      struct why *why);
/* t to min(n, 2t-1) gates of the roster, `gate` among them (0: any). ERR_REQUEST_GATES. */
MUST_USE enum err subset_create_check(unsigned t, uint8_t roster, uint8_t s, unsigned gate,
                                      struct why *why);

#endif
