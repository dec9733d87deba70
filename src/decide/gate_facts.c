#include "decide/gate_facts.h"

#include "decide/gate_state_parts.h"
#include "record/record_header.h"

#include <string.h>

struct counts_asker gate_facts_asker(const struct authority_device *asker,
                                     const struct request *request)
{
    return (struct counts_asker){ .project = request->project, .purpose = request->purpose,
                                  .member = asker->member, .vendor = asker->vendor,
                                  .device = asker->key, .created = request->created };
}

void gate_facts_start(struct gate_facts *f, const struct gate_state *g,
                      const struct gate_ask *ask, uint64_t now_s)
{
    *f = (struct gate_facts){ .authority = g->authority, .request = ask->request,
                              .held = &g->held, .now_s = now_s,
                              .asker = authority_device(g->authority, ask->device) };
    const struct counts_asker who = gate_facts_asker(f->asker, ask->request);
    counts_view_start(&f->counts, g->counts, &who);
    f->after = held_after(f->held, f->asker->member, ask->request);
}

void gate_facts_record(struct gate_facts *f, const uint8_t *record, uint8_t kind)
{
    f->added_open += f->opens;
    counts_view_record(&f->counts, record);
    f->opens = kind == RECORD_TASK && strcmp(f->request->purpose, HELD_PURPOSE) == 0 &&
               !held_find(f->held, f->asker->member, record);
}

uint64_t gate_facts_get(const void *facts, enum policy_fact fact, const char *name)
{
    const struct gate_facts *f = facts;
    static const enum subject subjects[] = {
        [POLICY_ATTESTED_VENDOR] = SUBJECT_VENDOR, [POLICY_ATTESTED_SITE] = SUBJECT_SITE,
        [POLICY_ATTESTED_MEMBER] = SUBJECT_MEMBER, [POLICY_ATTESTED_DEVICE] = SUBJECT_DEVICE,
    };
    switch (fact) {
    case POLICY_ATTESTED_VENDOR:
    case POLICY_ATTESTED_SITE:
    case POLICY_ATTESTED_MEMBER:
    case POLICY_ATTESTED_DEVICE:
        return authority_attested(f->authority, f->asker, subjects[fact], name, f->now_s);
    case POLICY_APPROVALS:
    case POLICY_GROUPS: {
        const struct authority_approvals a =
            authority_approvals(f->authority, f->asker->member, f->request->project,
                                f->request->purpose, f->now_s);
        return fact == POLICY_APPROVALS ? a.members : a.groups;
    }
    case POLICY_OPEN:
        return f->opens ? f->after.open + f->added_open + 1 : 0;
    case POLICY_SKIPS:
        return f->after.skips;
    default:
        return counts_view_get(&f->counts, fact);
    }
}
