#include "shares/share.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "record/plain.h"
#include "record/record_header.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_BYTES = 12, INPUT_BYTES = LABEL_BYTES + 32 };

/* The kept HMACs of one project and kind, one for each set held, made when first needed. */
struct kept {
    uint64_t used; /* the worker's tick at the last use; 0: empty */
    uint8_t project[16], kind;
    struct hmac *hmac[SUBSET_HELD_MAX];
};

struct share_worker {
    const struct gate_keys *keys;
    uint64_t tick;
    struct kept kept[SHARE_KEPT];
};

static_assert((int)RECORD_KIND_END <= (int)SHARE_KEPT,
              "the kinds of one request never evict each other");

struct share_worker *share_worker_new(const struct gate_keys *keys)
{
    assert(gate_keys_complete(keys));
    struct share_worker *w = calloc(1, sizeof *w);
    if (w)
        w->keys = keys;
    return w;
}

static void kept_drop(struct kept *k)
{
    for (unsigned i = 0; i < SUBSET_HELD_MAX; i++)
        hmac_free(k->hmac[i]);
    *k = (struct kept){ 0 };
}

void share_worker_free(struct share_worker *w)
{
    if (!w)
        return;
    for (unsigned i = 0; i < SHARE_KEPT; i++)
        kept_drop(&w->kept[i]);
    free(w);
}

/* The place for a project and kind; the one unused for longest makes room. */
static struct kept *kept_of(struct share_worker *w, const uint8_t project[16], uint8_t kind)
{
    struct kept *oldest = &w->kept[0];
    w->tick++;
    for (unsigned i = 0; i < SHARE_KEPT; i++) {
        struct kept *k = &w->kept[i];
        if (k->used && k->kind == kind && memcmp(k->project, project, 16) == 0) {
            k->used = w->tick;
            return k;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    kept_drop(oldest);
    oldest->used = w->tick;
    oldest->kind = kind;
    memcpy(oldest->project, project, 16);
    return oldest;
}

/* Makes the HMACs of the held sets in `wanted` (bit i: held.sets[i]). */
static bool kept_fill(const struct share_worker *w, struct kept *k, unsigned wanted)
{
    const struct gate_keys *keys = w->keys;
    for (unsigned i = 0; i < keys->held.count; i++) {
        if (!(wanted >> i & 1) || k->hmac[i])
            continue;
        uint8_t key[KEY_BYTES], set = keys->held.sets[i];
        key_project(key, gate_keys_subset(keys, set), keys->epoch_id, set, k->project, k->kind);
        k->hmac[i] = hmac_new(bytes_of(key, sizeof key));
        secret_wipe(key, sizeof key);
        if (!k->hmac[i])
            return false;
    }
    return true;
}

/* All that a request needs, before anything is written. */
static enum err prepare(struct share_worker *w, const uint8_t project[16],
                        const struct share_record *records, size_t count, unsigned wanted,
                        struct kept *kinds[RECORD_KIND_END], struct why *why)
{
    if (count == 0 || count > SHARE_RECORDS_MAX)
        return why_set(why, ERR_LIMIT, "a request has 1 to %d records, not %zu", SHARE_RECORDS_MAX,
                       count);
    for (size_t i = 0; i < count; i++) {
        unsigned kind = records[i].kind;
        if (!record_kind_known(kind))
            return why_set(why, ERR_FORMAT, "record %zu of the request has unknown kind %u", i,
                           kind);
        if (kinds[kind])
            continue;
        kinds[kind] = kept_of(w, project, (uint8_t)kind);
        if (!kept_fill(w, kinds[kind], wanted))
            return why_nomem(why);
    }
    return ERR_OK;
}

static void xor32(uint8_t inout[32], const uint8_t in[32])
{
    uint64_t a[4], b[4];
    memcpy(a, inout, sizeof a);
    memcpy(b, in, sizeof b);
    for (size_t i = 0; i < 4; i++)
        a[i] ^= b[i];
    memcpy(inout, a, sizeof a);
}

/* XORs this gate's masks for quorum q over `count` records into `inout`. */
static enum err masks_xor(const struct gate_keys *keys, const uint8_t r[32], uint8_t q,
                          size_t count, uint8_t *inout, struct why *why)
{
    enum err e = ERR_OK;
    for (unsigned h = 1; e == ERR_OK && h <= SUBSET_NUMBER_MAX; h++) {
        if (h == keys->number || !subset_has(q, h))
            continue;
        uint8_t key[KEY_BYTES];
        key_mask(key, gate_keys_zero(keys, h), r, q);
        e = ctr_xor(key, inout, count * SHARE_BYTES, why);
        secret_wipe(key, sizeof key);
    }
    return e;
}

/* For each held set, the quorums of `list` that assign it to this gate: bit j for list.sets[j]. */
static unsigned assign(const struct gate_keys *keys, const struct subset_list *list,
                       unsigned quorums[SUBSET_HELD_MAX])
{
    unsigned wanted = 0;
    for (unsigned i = 0; i < keys->held.count; i++) {
        quorums[i] = 0;
        for (unsigned j = 0; j < list->count; j++)
            if (subset_lowest(list->sets[j] & keys->held.sets[i]) == keys->number)
                quorums[i] |= 1u << j;
        if (quorums[i])
            wanted |= 1u << i;
    }
    return wanted;
}

/* XORs the partials into the shares, `width` of them for each record. */
static void partials_xor(const struct gate_keys *keys, struct kept *const kinds[RECORD_KIND_END],
                         const struct share_record *records, size_t count,
                         const unsigned quorums[SUBSET_HELD_MAX], unsigned width, uint8_t *out)
{
    uint8_t input[INPUT_BYTES], partial[32];
    memcpy(input, "cfd1 partial", LABEL_BYTES);
    const struct bytes part = bytes_of(input, sizeof input);
    for (size_t i = 0; i < count; i++) {
        uint8_t *shares = out + i * width * SHARE_BYTES;
        struct hmac *const *hmac = kinds[records[i].kind]->hmac;
        memcpy(input + LABEL_BYTES, records[i].id, 32);
        for (unsigned a = 0; a < keys->held.count; a++) {
            if (!quorums[a])
                continue;
            hmac_run(hmac[a], partial, &part, 1);
            for (unsigned j = 0; j < width; j++)
                if (quorums[a] >> j & 1)
                    xor32(shares + (size_t)j * SHARE_BYTES, partial);
        }
    }
    secret_wipe(partial, sizeof partial);
}

unsigned share_create_count(unsigned t, uint8_t s, unsigned gate)
{
    struct subset_list all = subset_choose(s, t);
    return subset_holding(&all, gate).count;
}

enum err share_release(struct share_worker *w, const uint8_t r[32], uint8_t q,
                       const uint8_t project[16], const struct share_record *records,
                       size_t count, uint8_t *out, struct why *why)
{
    const struct gate_keys *keys = w->keys;
    enum err err = subset_quorum_check(keys->t, keys->roster, q, keys->number, why);
    if (err != ERR_OK)
        return err;
    const struct subset_list list = { .count = 1, .sets = { q } };
    unsigned quorums[SUBSET_HELD_MAX];
    struct kept *kinds[RECORD_KIND_END] = { NULL };
    err = prepare(w, project, records, count, assign(keys, &list, quorums), kinds, why);
    if (err != ERR_OK)
        return err;
    memset(out, 0, count * SHARE_BYTES);
    err = masks_xor(keys, r, q, count, out, why);
    if (err == ERR_OK) /* never without all of its masks */
        partials_xor(keys, kinds, records, count, quorums, 1, out);
    return err;
}

enum err share_create(struct share_worker *w, const uint8_t r[32], uint8_t s,
                      const uint8_t project[16], const struct share_record *records,
                      size_t count, uint8_t *out, struct why *why)
{
    const struct gate_keys *keys = w->keys;
    enum err err = subset_create_check(keys->t, keys->roster, s, keys->number, why);
    if (err != ERR_OK)
        return err;
    struct subset_list list = subset_choose(s, keys->t);
    list = subset_holding(&list, keys->number);
    unsigned quorums[SUBSET_HELD_MAX];
    struct kept *kinds[RECORD_KIND_END] = { NULL };
    err = prepare(w, project, records, count, assign(keys, &list, quorums), kinds, why);
    if (err != ERR_OK)
        return err;
    AUTO_PLAIN struct plain stream = { 0 };
    err = plain_new(&stream, count * SHARE_BYTES, why);
    if (err != ERR_OK)
        return err;
    for (unsigned j = 0; j < list.count; j++) {
        memset(stream.ptr, 0, stream.len);
        err = masks_xor(keys, r, list.sets[j], count, stream.ptr, why);
        if (err != ERR_OK)
            return err;
        for (size_t i = 0; i < count; i++)
            memcpy(out + (i * list.count + j) * SHARE_BYTES, stream.ptr + i * SHARE_BYTES,
                   SHARE_BYTES);
    }
    partials_xor(keys, kinds, records, count, quorums, list.count, out);
    return ERR_OK;
}
