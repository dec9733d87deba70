/* drill/banked.c: a thief who asks one gate today, another tomorrow, and adds up the shares. */
#include "drill/thief.h"

#include "client/round.h"
#include "drill/prey.h"
#include "shares/combine.h"
#include "shares/subset.h"

#include <stdlib.h>

enum { BANKED_RECORDS = 40, BANKED_GATES_MAX = 5 };

/* One record's shares: of a request to the whole quorum, and of requests that reached one gate. */
struct banking {
    unsigned gates[BANKED_GATES_MAX], t;
    struct round whole, single[BANKED_GATES_MAX];
};

/* A request that names the quorum but reaches only one of its gates: the others' addresses are
 * gone. */
static enum err bank(struct client *c, const struct round_ask *ask, unsigned gate,
                     struct round *out, struct why *why)
{
    struct config all = c->config;
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
        if (g != gate)
            c->config.gates[g][0] = '\0';
    enum err e = round_run(c, ask, out, why);
    c->config = all;
    if (e == ERR_OK && out->answered != subset_of(gate)) {
        *why = out->whys[gate];
        e = why->code == ERR_OK ? ERR_NETWORK : why->code;
    }
    return e;
}

/* Bit i of `banked`: gate i's share comes from its own request; else from the whole one. */
static bool mix_opens(struct client *c, const struct read_found *f, uint8_t q,
                      const struct banking *b, unsigned banked, uint64_t *bytes)
{
    uint8_t pad[32];
    struct combine_answer answers[BANKED_GATES_MAX];
    for (unsigned i = 0; i < b->t; i++) {
        unsigned g = b->gates[i];
        const struct round *from = banked >> i & 1 ? &b->single[i] : &b->whole;
        answers[i] = (struct combine_answer){ g, plain_bytes(&from->shares[g]) };
    }
    bool ok = combine_release(q, answers, b->t, 1, pad, NULL) == ERR_OK &&
              prey_opens(c, f, pad, bytes);
    secret_wipe(pad, sizeof pad);
    return ok;
}

static enum err bank_one(struct prey *p, const struct read_found *f, uint8_t q,
                         struct banking *b, struct thief_result *out, struct why *why)
{
    const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = "annotate", .count = 1,
                                   .project = p->project, .headers = f->header.raw, .gates = q };
    uint64_t ignored = 0;
    enum err e = ERR_OK;
    for (unsigned i = 0; e == ERR_OK && i < b->t; i++)
        e = bank(p->c, &ask, b->gates[i], &b->single[i], why);
    if (e == ERR_OK)
        e = round_run(p->c, &ask, &b->whole, why);
    if (e == ERR_OK && b->whole.answered != q)
        e = why_set(why, ERR_NO_QUORUM, "the control's gates did not all answer");
    /* Every mixture but the control's: the shares of one request alone. */
    for (unsigned banked = 1; e == ERR_OK && banked < 1U << b->t; banked++) {
        out->tried++;
        out->readable += mix_opens(p->c, f, q, b, banked, &out->bytes);
    }
    if (e == ERR_OK) {
        out->control_tried++;
        out->control_opened += mix_opens(p->c, f, q, b, 0, &ignored);
    }
    for (unsigned i = 0; i < b->t; i++)
        round_release(&b->single[i]);
    round_release(&b->whole);
    return e;
}

enum err thief_banked(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    struct prey p = { 0 };
    struct client_epoch epoch = { 0 };
    struct banking b = { 0 };
    uint8_t q = 0;
    enum err e = prey_collect(a, &p, why);
    if (e == ERR_OK)
        e = client_epoch(p.c, &epoch, why);
    for (unsigned g = 1; e == ERR_OK && g <= CLIENT_GATE_MAX && b.t < epoch.t; g++)
        if (subset_has(epoch.roster, g)) {
            b.gates[b.t++] = g;
            q |= subset_of(g);
        }
    size_t done = 0;
    for (size_t i = 0; e == ERR_OK && i < p.count && done < BANKED_RECORDS; i++) {
        if (p.found[i].header.kind != RECORD_TASK)
            continue;
        e = bank_one(&p, &p.found[i], q, &b, out, why);
        done++;
    }
    prey_release(&p);
    return e;
}
