/* decide/gate_facts.h: what a policy's conditions ask about a request, as a gate knows it.
 * Source  docs/policy.md, "What it means"   Threads  pure, one owner */
#ifndef DECIDE_GATE_FACTS_H
#define DECIDE_GATE_FACTS_H

#include "decide/counts.h"
#include "decide/gate_state.h"
#include "decide/held.h"

/* One request on its way through its records. */
struct gate_facts {
    const struct authority *authority;
    const struct authority_device *asker;
    const struct request *request;
    const struct held *held;
    struct counts_view counts;
    struct held_after after;  /* the request's closes */
    uint64_t now_s, added_open;
    bool opens;               /* the record would be one more open task */
};

void gate_facts_start(struct gate_facts *f, const struct gate_state *g,
                      const struct gate_ask *ask, uint64_t now_s);
/* The next record: 32 bytes that stay while it is looked at. */
void gate_facts_record(struct gate_facts *f, const uint8_t *record, uint8_t kind);
/* A policy_facts.get. */
uint64_t gate_facts_get(const void *facts, enum policy_fact fact, const char *name);

/* Who asks for what, for counts; pointers into the ask and the authority. */
struct counts_asker gate_facts_asker(const struct authority_device *asker,
                                     const struct request *request);

#endif
