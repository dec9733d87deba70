/* decide/gate_state_parts.h: how a gate's mind is kept. Private to this folder.
 * Tables are uthash's, which keeps the order of insertion. */
#ifndef DECIDE_GATE_STATE_PARTS_H
#define DECIDE_GATE_STATE_PARTS_H

#include "decide/answered.h"
#include "decide/counts.h"
#include "decide/gate_state.h"
#include "decide/hash.h"
#include "decide/held.h"
#include "shares/subset.h"

/* A request is created at most 120 s ahead of the clock and valid for at most 120 s more. */
enum { ANSWERED_SECONDS = GATE_CLOCK_SECONDS + REQUEST_SECONDS_MAX };

struct refusal_row {
    uint8_t key[40]; /* device, minute */
    struct entry_body_refusals body;
    UT_hash_handle hh;
};

struct check_row {
    bool known;
    uint8_t value[32];
};

struct gate_state {
    struct authority *authority;
    unsigned number;
    bool ready;
    uint8_t ready_epoch[32];
    struct check_row checks[SUBSET_NUMBER_MAX + 1][256]; /* by gate, by A: of the newest epoch */
    struct answered answered;
    struct held held;
    struct counts *counts;
    struct refusal_row *refusals;
};

#endif
