#include "decide/authority_state.h"

#include "base/hex.h"
#include "request/heads.h"

#include <stdlib.h>
#include <string.h>

/* Is all that these heads name known here, under the same ids? Another id is a fork: stale too. */
static enum err heads_known(const struct authority *a, const struct heads_row_kept *h,
                            struct why *why)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct statement_head *head = &h->heads[i];
        const uint8_t *id = authority_statement_id(a, head->issuer, head->number);
        if (!id)
            return why_set(why, ERR_STALE, "statement %llu of '%s' is named and not known here",
                           (unsigned long long)head->number, hex_short(head->issuer).s);
        if (memcmp(id, head->statement, 32) != 0)
            return why_set(why, ERR_STALE, "another statement %llu of '%s' is known here",
                           (unsigned long long)head->number, hex_short(head->issuer).s);
    }
    return ERR_OK;
}

static bool heads_fresh(const struct heads_row_kept *h, uint64_t now_s, uint64_t freshness_s)
{
    return h && h->expires > now_s && (h->created >= now_s || now_s - h->created <= freshness_s);
}

/* The newest one that an admin signed by hand. */
static const struct heads_row_kept *heads_by_hand(const struct authority *a)
{
    const struct heads_row_kept *best = NULL;
    for (const struct heads_row_kept *h = a->heads; h; h = h->hh.next)
        if (authority_device(a, h->issuer) && (!best || h->created > best->created))
            best = h;
    return best;
}

/* One watcher's word; `by_hand`: an admin's stands in where it is missing. */
static enum err watcher_fresh(const struct authority *a, const struct watcher_row *w, bool by_hand,
                              uint64_t now_s, uint64_t freshness_s, struct why *why)
{
    struct heads_row_kept *h = NULL;
    HASH_FIND(hh, a->heads, w->key, 32, h);
    if (heads_fresh(h, now_s, freshness_s))
        return heads_known(a, h, why);
    if (by_hand)
        return ERR_OK;
    return why_set(why, ERR_STALE, "the newest word of watcher '%s' is older than %llu s",
                   hex_short(w->key).s, (unsigned long long)freshness_s);
}

enum err authority_fresh(const struct authority *a, uint64_t now_s, uint64_t freshness_s,
                         struct why *why)
{
    const struct heads_row_kept *hand = heads_by_hand(a);
    const bool by_hand = heads_fresh(hand, now_s, freshness_s);
    enum err e = by_hand ? heads_known(a, hand, why) : ERR_OK;
    size_t live = 0;
    for (const struct watcher_row *w = a->watchers; e == ERR_OK && w; w = w->hh.next) {
        if (w->expires <= now_s)
            continue;
        live++;
        e = watcher_fresh(a, w, by_hand, now_s, freshness_s, why);
    }
    if (e == ERR_OK && !live && !by_hand)
        e = why_set(why, ERR_STALE, "no watcher and no admin has signed `heads` lately");
    return e;
}

/* --- the other way round: what a gate tells of devices' chains --- */

static int by_issuer(const void *a, const void *b)
{
    return memcmp((*(const struct chain *const *)a)->issuer,
                  (*(const struct chain *const *)b)->issuer, 32);
}

void authority_heads_rows(const struct authority *a, const uint8_t project[16], struct buf *rows)
{
    size_t n = 0;
    const struct chain **sorted = calloc(a->issuer_count, sizeof *sorted);
    if (!sorted) {
        rows->failed = true;
        return;
    }
    for (size_t i = 0; i < a->issuer_count; i++) {
        const struct authority_device *d = authority_device(a, a->issuers[i]->issuer);
        if (d && (d->fixed || authority_member(a, project, d->member)))
            sorted[n++] = a->issuers[i];
    }
    qsort(sorted, n, sizeof *sorted, by_issuer);
    for (size_t i = 0; i < n; i++) {
        struct heads_row row = { .number = sorted[i]->count };
        memcpy(row.issuer, sorted[i]->issuer, 32);
        memcpy(row.statement, sorted[i]->ids[sorted[i]->count - 1], 32);
        memcpy(row.manifest, sorted[i]->manifest, 32);
        heads_row_write(&row, rows);
    }
    free(sorted);
}
