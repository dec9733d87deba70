/* client/complete.h: is all there that the gates know of?
 * Source  DESIGN 4.4; docs/protocol.md 4, "Completeness"
 * Each gate says under its signature how far each device's chain reaches; the greatest number
 * counts. The store must serve every chain up to it, and every manifest's object.
 * Memory  a report owns its rows   Threads  one owner */
#ifndef CLIENT_COMPLETE_H
#define CLIENT_COMPLETE_H

#include "client/client.h"

/* One device of whose work something is missing. */
struct complete_gap {
    uint8_t issuer[32];
    struct why why; /* what is missing */
};

struct complete_report {
    struct complete_gap *gaps;
    size_t count, room;
};

/* Asks the gates, fetches every chain and manifest, and compares. What is missing goes into the
 * report, device by device; the rest is loaded and can be read. ERR_NO_QUORUM: fewer than t gates
 * say how far the chains reach; ERR_CHAIN_FORK: two histories. */
MUST_USE enum err complete_check(struct client *c, const uint8_t project[16],
                                 struct complete_report *out, struct why *why);
/* The same for what the owner's admins wrote: guides and tasks. Asks anew when the last answer is a
 * minute old. ERR_INCOMPLETE and what complete_check would put into its report are errors here. */
MUST_USE enum err complete_owner(struct client *c, const uint8_t project[16], struct why *why);
void complete_release(struct complete_report *r);

AUTO_DEFINE(complete, struct complete_report, complete_release);
#define AUTO_COMPLETE __attribute__((cleanup(complete_auto)))

#endif
