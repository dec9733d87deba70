/* drill/drill_disk.c: the thief who copied disks: the store's, and perhaps some gates'. */
#include "drill/drill.h"

#include "base/hex.h"
#include "drill/disks.h"
#include "drill/guess.h"
#include "drill/stolen.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

struct disk_drill {
    struct stolen *store;
    struct disks held;    /* the thief's gates */
    struct disks control; /* these and the control's */
    struct result *result;
    struct slot near[STOLEN_SLOTS_MAX]; /* of the record before */
    size_t near_count;
};

/* One record under attack: does this key fit, and does the body open with it? */
struct disk_try {
    const struct disk_drill *drill;
    const struct stolen_record *record;
    uint64_t keys, bytes;
};

static bool disk_try(void *ctx, const uint8_t key[KEY_BYTES])
{
    struct disk_try *t = ctx;
    t->keys++;
    if (record_commit_check(&t->record->header, key, NULL) != ERR_OK)
        return false;
    AUTO_BUF struct buf body = buf_init(STOLEN_BODY_MAX);
    AUTO_RECORD_OPENED struct record_opened opened = { 0 };
    if (stolen_body(t->drill->store, t->record, &body, NULL) != ERR_OK ||
        record_open(&t->record->header, key, buf_bytes(&body), &opened, NULL) != ERR_OK)
        return false;
    t->bytes = opened.bytes.len;
    return true;
}

static bool disk_attack(struct disk_drill *d, const struct guess *g, struct disk_try *t)
{
    bool opened = guess_public(g, disk_try, t);
    uint8_t parts[SUBSET_LIST_MAX][32];
    for (size_t i = 0; i < d->held.epoch_count && !opened; i++) {
        unsigned n = disks_partials(&d->held.epochs[i], g->header, g->id, parts);
        opened = guess_sums(g, (const uint8_t(*)[32])parts, n, disk_try, t);
    }
    secret_wipe(parts, sizeof parts);
    return opened;
}

/* With all partials of an epoch there is one sum worth trying. */
static bool disk_control(struct disk_drill *d, const struct guess *g, struct disk_try *t)
{
    bool opened = false;
    uint8_t parts[SUBSET_LIST_MAX][32], pad[32];
    for (size_t i = 0; i < d->control.epoch_count && !opened; i++) {
        const struct disks_epoch *e = &d->control.epochs[i];
        if (e->known != e->sets.count)
            continue;
        unsigned n = disks_partials(e, g->header, g->id, parts);
        memset(pad, 0, sizeof pad);
        for (unsigned k = 0; k < n; k++)
            for (size_t b = 0; b < sizeof pad; b++)
                pad[b] ^= parts[k][b];
        opened = guess_pad(g, pad, disk_try, t);
    }
    secret_wipe(parts, sizeof parts);
    secret_wipe(pad, sizeof pad);
    return opened;
}

static enum err disk_record(void *ctx, const struct stolen_record *r, struct why *why)
{
    struct disk_drill *d = ctx;
    const struct guess g = { .header = &r->header, .id = r->id, .slots = r->slots,
                             .slot_count = r->slot_count, .near = d->near,
                             .near_count = d->near_count };
    struct disk_try attack = { .drill = d, .record = r }, control = attack;
    d->result->tried++;
    d->result->readable += disk_attack(d, &g, &attack);
    d->result->bytes += attack.bytes;
    d->result->keys_tried += attack.keys;
    if (r->slot_count && d->control.epoch_count) {
        d->result->control_tried++;
        d->result->control_opened += disk_control(d, &g, &control);
    }
    memcpy(d->near, r->slots, sizeof d->near);
    d->near_count = r->slot_count;
    return ERR_OK;
}

static enum err disk_take(struct disk_drill *d, const struct args *args, struct why *why)
{
    enum err e = stolen_open(args->store, &d->store, why);
    for (size_t i = 0; i < args->gate_count && e == ERR_OK; i++) {
        e = disks_add(&d->held, args->gates[i], why);
        if (e == ERR_OK && args->control_count)
            e = disks_add(&d->control, args->gates[i], why);
    }
    for (size_t i = 0; i < args->control_count && e == ERR_OK; i++)
        e = disks_add(&d->control, args->controls[i], why);
    if (e == ERR_OK && args->control_count && !disks_cover(&d->control))
        e = why_hint(why, why_set(why, ERR_NO_QUORUM,
                                  "the control's gates do not hold all subset keys of an epoch"),
                     "name one more gate with --control-gate");
    return e;
}

static enum err disk_drill(const struct args *args, struct result *out, struct why *why)
{
    struct disk_drill *d = calloc(1, sizeof *d);
    if (!d)
        return why_nomem(why);
    struct result result = *out;
    d->result = &result;
    enum err e = disk_take(d, args, why);
    if (e == ERR_OK)
        e = stolen_records(d->store, disk_record, d, why);
    if (e == ERR_OK)
        *out = result;
    stolen_close(d->store);
    disks_release(&d->held);
    disks_release(&d->control);
    free(d);
    return e;
}

enum err drill_store(const struct args *args, struct result *out, struct why *why)
{
    enum err e = args_need(args->store, "--store", why);
    if (e == ERR_OK && args->gate_count)
        e = why_hint(why, why_set(why, ERR_USAGE, "'drill store' has no gate's disk"),
                     "cofferdam drill gate");
    return e == ERR_OK ? disk_drill(args, out, why) : e;
}

enum err drill_gate(const struct args *args, struct result *out, struct why *why)
{
    enum err e = args_need(args->store, "--store", why);
    if (e == ERR_OK)
        e = args_need(args->gate_count ? args->gates[0] : NULL, "--gate", why);
    if (e == ERR_OK)
        e = args_need(args->control_count ? args->controls[0] : NULL, "--control-gate", why);
    return e == ERR_OK ? disk_drill(args, out, why) : e;
}
