#include "exposure/exposure_state.h"

#include "request/body.h"

#include <stdlib.h>
#include <string.h>

const char *const exposure_gaps[EXPOSURE_GAPS] = {
    "a vendor's declared side channels: screens, time trackers, chat and backups are in no log",
    "gate keys restored from the escrow packages of t gates open every record without an entry",
    "t gates that lie together can answer without an entry in any log",
};

const struct authority *exposure_authority(const struct exposure *x)
{
    return x->authority;
}

static const uint8_t *key_of(const struct exposure *x, uint32_t device)
{
    return x->device_at[device]->key;
}

static bool equal(const uint8_t *want, const uint8_t *have, size_t len)
{
    return !want || memcmp(want, have, len) == 0;
}

static bool device_fits(const struct exposure *x, const struct exposure_filter *f, uint32_t device)
{
    if (!f->device && !f->member && !f->vendor)
        return true;
    const uint8_t *key = key_of(x, device);
    if (!equal(f->device, key, 32))
        return false;
    const struct authority_device *d = authority_device(x->authority, key);
    if (!d)
        return !f->member && !f->vendor;
    return equal(f->member, d->member, 16) && equal(f->vendor, d->vendor, 32);
}

static bool request_fits(const struct exposure *x, const struct exposure_filter *f,
                         const struct request_row *q)
{
    return q->created >= f->from_s && (f->until_s == 0 || q->created < f->until_s) &&
           equal(f->project, q->project, 16) && device_fits(x, f, q->device);
}

static void fill_row(const struct exposure *x, const struct request_row *q,
                     const struct record_row *record, struct exposure_row *out)
{
    *out = (struct exposure_row){ .kind = (enum record_kind)record->kind, .act = q->act,
                                  .asked = q->asked, .logged = q->logged, .created = q->created,
                                  .expires = q->expires, .asked_for = q->asked_for };
    memcpy(out->record, record->id, 32);
    memcpy(out->author, record->author, 32);
    memcpy(out->device, key_of(x, q->device), 32);
    memcpy(out->project, q->project, 16);
    memcpy(out->r, q->r, 32);
    memcpy(out->purpose, q->purpose, sizeof out->purpose);
    const struct authority_device *d = authority_device(x->authority, out->device);
    out->member_known = d != NULL;
    if (d) {
        memcpy(out->member, d->member, 16);
        memcpy(out->vendor, d->vendor, 32);
    }
}

bool exposure_next(const struct exposure *x, const struct exposure_filter *filter, size_t *at,
                   struct exposure_row *out)
{
    while (*at < x->row_count) {
        const struct row *row = &x->rows[(*at)++];
        const struct request_row *q = x->request_at[row->request];
        if (!request_fits(x, filter, q))
            continue;
        fill_row(x, q, x->record_at[row->record], out);
        return true;
    }
    return false;
}

bool exposure_next_pair(const struct exposure *x, const struct exposure_filter *filter, size_t *at,
                        struct exposure_pair *out)
{
    while (*at < x->pair_count) {
        const struct pair *p = &x->pairs[(*at)++];
        const struct record_row *record = x->record_at[p->record];
        if (!equal(filter->project, record->project, 16) || !device_fits(x, filter, p->device))
            continue;
        *out = (struct exposure_pair){
            .kind = (enum record_kind)record->kind,
            .released = p->marks & PAIR_RELEASED,
            .asked_for = (p->marks & PAIR_RELEASED) && !(p->marks & PAIR_FIRM),
            .held = p->marks & PAIR_HELD,
            .opened = p->marks & PAIR_OPENED,
        };
        memcpy(out->device, key_of(x, p->device), 32);
        memcpy(out->record, record->id, 32);
        return true;
    }
    return false;
}

/* Sets the mark; was it set for the first time? */
static bool first_time(uint8_t *marks, uint32_t number, uint8_t mark)
{
    const bool first = !(marks[number] & mark);
    marks[number] |= mark;
    return first;
}

enum err exposure_totals(const struct exposure *x, const struct exposure_filter *filter,
                         struct exposure_totals *out, struct why *why)
{
    enum { RELEASED = 1, HELD = 2 };
    uint8_t *records = calloc(x->record_count + 1, 1), *devices = calloc(x->device_count + 1, 1);
    struct exposure_totals t = { 0 };
    size_t at = 0;
    for (size_t i = 0; records && devices && i < x->request_count; i++) {
        const struct request_row *q = x->request_at[i];
        const size_t end = at + q->row_count;
        const bool release = q->act == REQUEST_RELEASE;
        if (!request_fits(x, filter, q)) {
            at = end;
            continue;
        }
        t.requests += release;
        t.rows += release ? q->row_count : 0;
        t.asked_for_rows += q->asked_for ? q->row_count : 0;
        t.devices += release && first_time(devices, q->device, RELEASED);
        for (; at < end; at++) {
            const bool first =
                first_time(records, x->rows[at].record, release ? RELEASED : HELD);
            t.records += release && first;
            t.held += !release && first;
        }
    }
    const bool ok = records && devices;
    free(records);
    free(devices);
    if (!ok)
        return why_nomem(why);
    *out = t;
    return ERR_OK;
}
