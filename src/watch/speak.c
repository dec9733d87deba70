#include "watch/watcher.h"

#include "base/json.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIST_BYTES_MAX = 1 << 20, LIST_COUNT_MAX = 256, ENVELOPE_MAX = 1 << 16,
       SPEAK_VALID_SECONDS = 86400 };

/* Others' answers say how far the chain is known; one that is ahead of the disk (an old copy of the
 * directory was restored) is taken over from the logs, else the next statement would be a fork. */
static void chain_catch_up(struct watcher *w)
{
    struct authority_head head;
    if (authority_head(w->authority, w->key, &head) && head.number > w->number) {
        w->number = head.number;
        memcpy(w->id, head.id, 32);
    }
}

static int compare_heads(const void *a, const void *b)
{
    return memcmp(((const struct statement_head *)a)->issuer,
                  ((const struct statement_head *)b)->issuer, 32);
}

static enum err heads_fill(const struct watcher *w, struct statement_heads *out, struct why *why)
{
    size_t count = authority_issuer_count(w->authority);
    out->heads = calloc(count + 1, sizeof *out->heads);
    if (!out->heads)
        return why_nomem(why);
    for (size_t i = 0; i < count; i++) {
        struct authority_head h;
        authority_issuer_at(w->authority, i, &h);
        if (h.number == 0 || memcmp(h.issuer, w->key, 32) == 0 ||
            !authority_grants(w->authority, h.issuer))
            continue;
        struct statement_head *to = &out->heads[out->head_count++];
        memcpy(to->issuer, h.issuer, 32);
        to->number = h.number;
        memcpy(to->statement, h.id, 32);
    }
    qsort(out->heads, out->head_count, sizeof *out->heads, compare_heads);
    return ERR_OK;
}

static enum err sign_heads(struct watcher *w, struct why *why)
{
    AUTO_STATEMENT struct statement s = { .kind = STATEMENT_HEADS, .number = w->number + 1,
                                          .created = clock_s() };
    AUTO_BUF struct buf envelope = buf_init(ENVELOPE_MAX);
    const uint8_t *keys[] = { w->sign->ptr };
    s.expires = s.created + SPEAK_VALID_SECONDS;
    memcpy(s.owner, authority_owner(w->authority), 32);
    memcpy(s.issuer, w->key, 32);
    memcpy(s.previous, w->id, 32);
    enum err e = heads_fill(w, &s.u.heads, why);
    if (e == ERR_OK)
        e = statement_sign(&s, keys, 1, &envelope, why);
    return e == ERR_OK ? watcher_keep(w, s.id, buf_bytes(&envelope), why) : e;
}

/* Own statements from `from` on, as many as fit, as a list. ERR_NOT_FOUND: one is no longer here.
 */
static enum err list_fill(const struct watcher *w, uint64_t from, struct buf *list,
                          struct why *why)
{
    for (uint64_t n = from; n <= w->number && n - from < LIST_COUNT_MAX; n++) {
        AUTO_BUF struct buf envelope = buf_init(ENVELOPE_MAX);
        enum err e = file_read(watcher_said(w, n).s, &envelope, why);
        if (e != ERR_OK)
            return e;
        if (list->len + 2 + envelope.len > LIST_BYTES_MAX)
            break;
        buf_add_u16(list, (uint16_t)envelope.len);
        buf_add_bytes(list, buf_bytes(&envelope));
    }
    return buf_ok(list) ? ERR_OK : why_nomem(why);
}

/* `have` of the last result. */
static enum err results_read(struct bytes reply, uint64_t *have, struct why *why)
{
    AUTO_JSON json_t *object = NULL;
    const json_t *results = NULL;
    enum err e = json_parse(reply, &object, why);
    if (e == ERR_OK)
        e = json_get_array(object, "results", LIST_COUNT_MAX, &results, why);
    if (e == ERR_OK && json_array_size(results) == 0)
        e = why_set(why, ERR_HTTP, "no result came back");
    return e == ERR_OK ? json_get_u64(json_array_get(results, json_array_size(results) - 1),
                                      "have", JSON_INT_MAX, have, why)
                       : e;
}

/* What it lacks, from where it says that it stands; at first the newest alone is tried. */
static void send_one(struct watcher *w, unsigned g)
{
    const char *base = g ? w->conf.gates[g] : w->conf.store;
    while (w->number > 0 && (!w->asked[g] || w->have[g] < w->number)) {
        uint64_t from = w->asked[g] ? w->have[g] + 1 : w->number, have = 0;
        AUTO_BUF struct buf list = buf_init(LIST_BYTES_MAX), reply = buf_init(LIST_BYTES_MAX);
        if (list_fill(w, from, &list, NULL) != ERR_OK || list.len == 0)
            return;
        const struct transport_call call = { .method = "POST", .base = base,
                                             .path = "/v1/statements", .bare = true,
                                             .body = buf_bytes(&list) };
        if (transport_do(w->transport, &call, &reply, NULL) != ERR_OK ||
            results_read(buf_bytes(&reply), &have, NULL) != ERR_OK)
            return;
        bool moved = !w->asked[g] || have > w->have[g];
        w->asked[g] = true;
        w->have[g] = have;
        if (!moved)
            return; /* it refuses, or waits for others' statements: the next round tries again */
    }
}

/* What one gate and the store have need not be sent by us again: gates follow one another. */
static void said_prune(struct watcher *w)
{
    uint64_t done = 0;
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++)
        if (w->asked[g] && w->have[g] > done)
            done = w->have[g];
    if (*w->conf.store && w->have[0] < done)
        done = w->have[0];
    for (uint64_t n = done; n > 0 && n < w->number && unlink(watcher_said(w, n).s) == 0;)
        n--;
}

void watcher_send(struct watcher *w)
{
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++)
        if (*w->conf.gates[g])
            send_one(w, g);
    if (*w->conf.store)
        send_one(w, 0);
    said_prune(w);
}

enum err watcher_speak(struct watcher *w, struct why *why)
{
    const struct authority_epoch *epoch = authority_epoch(w->authority);
    unsigned read = 0;
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++)
        read += w->gate[g].read;
    if (!epoch || read < epoch->threshold ||
        !authority_is_watcher(w->authority, w->key, clock_s()))
        return ERR_OK;
    chain_catch_up(w);
    enum err e = sign_heads(w, why);
    if (e != ERR_OK)
        return e;
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++)
        w->gate[g].read = false;
    watcher_send(w);
    return ERR_OK;
}
