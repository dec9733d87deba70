#include "exposure/exposure_state.h"

#include "request/body.h"

#include <stdlib.h>
#include <string.h>

static enum err take_checkpoints(struct exposure *x, const struct checkpoint *checkpoints,
                                 struct why *why)
{
    for (unsigned g = 1; g <= EXPOSURE_GATES_MAX; g++) {
        const struct checkpoint *c = &checkpoints[g - 1];
        if (c->size > 0 && c->size != x->logs[g].next)
            return why_set(why, ERR_INCOMPLETE, "%llu entries of gate %u's %llu were read",
                           (unsigned long long)x->logs[g].next, g, (unsigned long long)c->size);
    }
    for (unsigned g = 1; g <= EXPOSURE_GATES_MAX; g++)
        x->logs[g].checkpoint = checkpoints[g - 1];
    return ERR_OK;
}

/* Does a gate of its quorum go on past its end without having logged it? */
static bool only_asked(const struct exposure *x, const struct request_row *q)
{
    for (unsigned g = 1; q->act == REQUEST_RELEASE && g <= EXPOSURE_GATES_MAX; g++) {
        const uint8_t bit = (uint8_t)(1U << (g - 1));
        const struct log_state *log = &x->logs[g];
        if (q->asked & bit && !(q->logged & bit) && log->checkpoint.size > 0 &&
            log->newest_ms / 1000 > q->expires)
            return true;
    }
    return false;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->device != q->device)
        return p->device < q->device ? -1 : 1;
    return p->record == q->record ? 0 : p->record < q->record ? -1 : 1;
}

/* Sorted, one for each device and record, with the marks of all. */
static size_t pairs_join(struct pair *pairs, size_t count)
{
    size_t n = 0;
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && compare_pairs(&pairs[n - 1], &pairs[i]) == 0)
            pairs[n - 1].marks |= pairs[i].marks;
        else
            pairs[n++] = pairs[i];
    }
    return n;
}

enum err exposure_finish(struct exposure *x,
                         const struct checkpoint checkpoints[EXPOSURE_GATES_MAX], struct why *why)
{
    enum err e = take_checkpoints(x, checkpoints, why);
    if (e != ERR_OK)
        return e;
    const size_t count = x->row_count + x->receipt_count;
    struct pair *pairs = calloc(count ? count : 1, sizeof *pairs);
    if (!pairs)
        return why_nomem(why);
    for (size_t i = 0; i < x->request_count; i++)
        x->request_at[i]->asked_for = only_asked(x, x->request_at[i]);
    for (size_t i = 0; i < x->row_count; i++) {
        const struct request_row *q = x->request_at[x->rows[i].request];
        pairs[i] = (struct pair){ .device = q->device, .record = x->rows[i].record };
        if (q->act == REQUEST_CREATE)
            pairs[i].marks = PAIR_HELD;
        else
            pairs[i].marks = q->asked_for ? PAIR_RELEASED : PAIR_RELEASED | PAIR_FIRM;
    }
    if (x->receipt_count > 0)
        memcpy(pairs + x->row_count, x->receipts, x->receipt_count * sizeof *pairs);
    free(x->pairs);
    x->pairs = pairs;
    x->pair_count = pairs_join(pairs, count);
    return ERR_OK;
}

void exposure_logs(const struct exposure *x, struct exposure_logs *out)
{
    const struct authority_epoch *epoch = authority_epoch(x->authority);
    unsigned counted = 0;
    *out = (struct exposure_logs){ .count = 0 };
    for (unsigned g = 1; g <= EXPOSURE_GATES_MAX; g++) {
        if (x->logs[g].checkpoint.size == 0)
            continue;
        out->log[out->count++] = (struct exposure_log){ .gate = g,
                                                        .checkpoint = x->logs[g].checkpoint,
                                                        .newest_ms = x->logs[g].newest_ms };
        counted += epoch && (epoch->roster >> (g - 1) & 1);
    }
    if (!epoch)
        return;
    out->needed = (unsigned)epoch->gate_count - epoch->threshold + 1;
    out->complete = counted >= out->needed;
    out->liars = out->complete ? counted - out->needed : 0;
}
