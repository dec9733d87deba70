/* client/push.h: the device's own statements: signed into its chain, kept, and carried to gates and
 * store.
 * Source  DESIGN 4.4, 5; docs/protocol.md
 * A statement is on this device's disk before anyone else sees it, so that a chain never forks.
 * Threads  one owner */
#ifndef CLIENT_PUSH_H
#define CLIENT_PUSH_H

#include "client/client.h"
#include "statement/statement.h"

/* Fills in owner, issuer, number, previous and times (`lifetime_s` from now), signs, keeps, and
 * applies to the own view. `s` has kind and its own members set; it is released by the caller. */
MUST_USE enum err push_sign(struct client *c, struct statement *s, uint64_t lifetime_s,
                            struct why *why);
/* Would push_sign take it now? Fills in the same, and changes nothing else. */
MUST_USE enum err push_check(struct client *c, struct statement *s, uint64_t lifetime_s,
                             struct why *why);
/* Brings gate `g` (0: the store) up to the newest own statement. A statement that it refuses is the
 * error; one that it has already is fine. */
MUST_USE enum err push_gate(struct client *c, unsigned g, struct why *why);
/* Brings them all up to date, those that can be reached; `reached` is the set of gates (bit g-1).
 * The store comes first and has to be reached: what gates know of a chain, the store then serves.
 */
MUST_USE enum err push_all(struct client *c, uint8_t *reached, struct why *why);
/* The gates alone: what takes away waits for no store. */
MUST_USE enum err push_gates(struct client *c, uint8_t *reached, struct why *why);
/* Carries statements of others (envelopes) to every gate that answers and to the store. */
MUST_USE enum err push_foreign(struct client *c, const struct bytes *envelopes, size_t count,
                               uint8_t *reached, struct why *why);
/* What would refuse a release now at some gate: ERR_OK, or the first gate's code and sentence. */
enum err push_gates_would(struct client *c, struct why *why);
/* The id of the newest own manifest statement; zeroes if there is none. */
void push_newest_manifest(const struct client *c, uint8_t id[32]);

#endif
