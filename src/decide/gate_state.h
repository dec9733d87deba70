/* decide/gate_state.h: a gate's mind: the fold of its log, and the one place where it decides.
 * Source  DESIGN sections 3, 4.3, 5; docs/protocol.md, "Order of a request's checks"
 * gate_decide reads, gate_apply changes. What a decision changes is applied at once, before its
 * entry is durable, so that the next one sees it; replaying the log gives the same state.
 * Memory  owns all   Threads  pure, one owner */
#ifndef DECIDE_GATE_STATE_H
#define DECIDE_GATE_STATE_H

#include "decide/authority.h"
#include "decide/held.h"
#include "request/body.h"
#include "request/entry_body.h"

enum { GATE_CLOCK_SECONDS = 120 };

struct gate_state;

MUST_USE enum err gate_state_new(const struct statement *root, unsigned number,
                                 struct gate_state **out, struct why *why);
void gate_state_free(struct gate_state *g);
struct authority *gate_authority(const struct gate_state *g);
unsigned gate_number(const struct gate_state *g);
/* Is the newest epoch open for requests? */
bool gate_ready(const struct gate_state *g);

/* A request whose form, signature and ephemeral key are verified. */
struct gate_ask {
    const struct request *request;
    const uint8_t *device;     /* 32 */
    const uint8_t *r;          /* 32 */
    const uint8_t (*ids)[32];  /* of the headers, in order */
};

struct decision {
    enum err code;             /* ERR_OK: granted */
    char rule[ENTRY_BODY_RULE_MAX + 1];
    size_t refused_index;      /* of the first record refused, where a rule refused it */
    struct why why;
};

struct decision gate_decide(const struct gate_state *g, const struct gate_ask *ask, int64_t now_ms);
/* What would refuse every release now: ERR_OK, or the code and sentence. */
enum err gate_would(const struct gate_state *g, int64_t now_ms, struct why *why);

/* Remembers that r is answered (or about to be), for as long as such a request can be valid:
 * `expires` is at most 240 s ahead of `now_s` (asserted). The entry's time is the decision's.
 * ERR_NOMEM. */
MUST_USE enum err gate_answered(struct gate_state *g, const uint8_t r[32], uint64_t expires,
                                uint64_t now_s, struct why *why);

/* What a granted request changes: it is answered, and its member holds and closes tasks
 * (decide/held.h). ERR_NOMEM: nothing is changed. */
MUST_USE enum err gate_granted(struct gate_state *g, const struct gate_ask *ask, uint64_t now_s,
                               struct why *why);
const struct held *gate_held(const struct gate_state *g);

/* Applies an entry of the own log, live or on replay; a statement's envelope is opened again.
 * Statements that were applied live already are passed over. `object` is the request of a release
 * whose entry names an object, else empty. ERR_NOT_FOUND, ERR_ANSWER: it is missing, or another. */
MUST_USE enum err gate_apply(struct gate_state *g, uint64_t time_ms, const struct entry_body *b,
                             struct bytes object, struct why *why);
/* Applies an opened statement (live). */
MUST_USE enum err gate_apply_statement(struct gate_state *g, const struct statement *s,
                                       int64_t now_ms, struct why *why);

/* Check rows (A 1 | check 32) that gate `number` has logged for `epoch_id`. ERR_PROOF: they differ
 * from what another member of A logged, and the sentence names both. */
MUST_USE enum err gate_checks(struct gate_state *g, unsigned number, const uint8_t epoch_id[32],
                              struct bytes rows, struct why *why);
/* Have all members of every A that holds this gate logged the same value, for the newest epoch? */
bool gate_checks_complete(const struct gate_state *g);
bool gate_checks_own(const struct gate_state *g); /* are the own ones logged? */

/* Refusals, aggregated per device and minute: gate_refused counts one; gate_refusals_take moves out
 * those whose minute is over, at most `max`, the oldest first. A gate that ends takes with
 * INT64_MAX, as long as some are waiting. */
void gate_refused(struct gate_state *g, const uint8_t device[32], const uint8_t r[32],
                  enum err code, int64_t now_ms);
size_t gate_refusals_take(struct gate_state *g, int64_t now_ms, struct entry_body_refusals *out,
                          size_t max);
bool gate_refusals_waiting(const struct gate_state *g);

/* A hash of the state: a log replayed gives the same as the log lived. Refusals not yet written
 * are not part of it. */
void gate_digest(const struct gate_state *g, uint8_t out[32]);

static inline void gate_state_auto(struct gate_state **g)
{
    gate_state_free(*g);
}
#define AUTO_GATE_STATE __attribute__((cleanup(gate_state_auto)))

#endif
