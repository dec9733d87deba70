/* decide/authority_encode.c: the state as bytes, table by table, rows in the order of entering. */
#include "decide/authority.h"

#include "decide/authority_state.h"

#include <string.h>

static void add_chains(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, (uint32_t)a->issuer_count);
    for (const struct chain *c = a->chains; c; c = c->hh.next) {
        buf_add(out, c->issuer, 32);
        buf_add(out, c->manifest, 32);
        buf_add(out, c->manifest_project, 16);
        buf_add_u32(out, (uint32_t)c->count);
        buf_add(out, c->ids, c->count * 32);
    }
}

static void add_devices(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, (uint32_t)a->enrolled_count);
    for (size_t i = 0; i < a->enrolled_count; i++) {
        const struct authority_device *d = &a->enrolled[i]->d;
        buf_add(out, d->key, 32);
        buf_add(out, d->member, 16);
        buf_add(out, d->vendor, 32);
        buf_add_u8(out, (uint8_t)d->door);
        buf_add_u8(out, (uint8_t)d->device_role);
        buf_add_u8(out, (uint8_t)d->fixed);
        buf_add_u64(out, d->expires);
        buf_add_u8(out, d->revoked);
        buf_add_u64(out, d->revoked_s);
    }
    buf_add_u32(out, HASH_COUNT(a->holders));
    for (const struct holder_row *o = a->holders; o; o = o->hh.next) {
        buf_add(out, o->member, 16);
        buf_add(out, o->vendor, 32);
        buf_add(out, o->device, 32);
        buf_add_u8(out, o->fixed);
        buf_add_u8(out, o->revoked);
        buf_add(out, o->site, 16);
    }
    buf_add_u32(out, HASH_COUNT(a->members));
    for (const struct member_row *m = a->members; m; m = m->hh.next) {
        buf_add(out, m->key, 32);
        buf_add_u8(out, (uint8_t)m->role);
        buf_add(out, m->vendor, 32);
        buf_add_u64(out, m->expires);
    }
}

static void add_vendors(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->vendors));
    for (const struct vendor_row *v = a->vendors; v; v = v->hh.next) {
        buf_add(out, v->id, 32);
        buf_add_u64(out, v->expires);
        buf_add_u8(out, v->active);
        buf_add_u32(out, (uint32_t)v->device_count);
        for (size_t i = 0; i < v->device_count; i++) {
            buf_add(out, v->devices[i].key, 32);
            buf_add(out, v->devices[i].member, 16);
            buf_add_u8(out, (uint8_t)v->devices[i].door);
            buf_add_u8(out, (uint8_t)v->devices[i].role);
        }
    }
    buf_add_u32(out, HASH_COUNT(a->admissions));
    for (const struct admission_row *v = a->admissions; v; v = v->hh.next) {
        buf_add(out, v->key, 48);
        buf_add_u64(out, v->expires);
    }
}

static void add_projects(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->projects));
    for (const struct project_row *p = a->projects; p; p = p->hh.next) {
        const struct bytes text = p->text ? bytes_str(p->text) : bytes_of(NULL, 0);
        buf_add(out, p->id, 16);
        buf_add_u64(out, p->version);
        buf_add_u64(out, p->expires);
        buf_add_u16(out, (uint16_t)text.len); /* as much as a payload has room for */
        buf_add_bytes(out, text);
    }
    buf_add_u32(out, HASH_COUNT(a->watchers));
    for (const struct watcher_row *w = a->watchers; w; w = w->hh.next) {
        buf_add(out, w->key, 32);
        buf_add_u64(out, w->expires);
    }
}

static void add_assignments(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->assignments));
    for (const struct assignment_row *r = a->assignments; r; r = r->hh.next) {
        buf_add(out, r->key, sizeof r->key);
        buf_add_u32(out, (uint32_t)r->count);
        for (size_t i = 0; i < r->count; i++) {
            buf_add_u32(out, (uint32_t)r->by[i].by->place);
            buf_add_u8(out, (uint8_t)r->by[i].role);
            buf_add_u64(out, r->by[i].expires);
        }
    }
}

static void add_news(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->heads));
    for (const struct heads_row_kept *k = a->heads; k; k = k->hh.next) {
        buf_add(out, k->issuer, 32);
        buf_add_u64(out, k->created);
        buf_add_u64(out, k->expires);
        buf_add_u32(out, (uint32_t)k->count);
        for (size_t i = 0; i < k->count; i++) {
            buf_add(out, k->heads[i].issuer, 32);
            buf_add_u64(out, k->heads[i].number);
            buf_add(out, k->heads[i].statement, 32);
        }
    }
    buf_add_u32(out, (uint32_t)a->epoch_count);
    for (size_t i = 0; i < a->epoch_count; i++) {
        const struct authority_epoch *e = &a->epochs[i];
        buf_add(out, e->id, 32);
        buf_add_u64(out, e->number);
        buf_add_u8(out, (uint8_t)e->threshold);
        buf_add_u8(out, (uint8_t)e->gate_count);
        for (size_t k = 0; k < e->gate_count; k++) {
            buf_add_u8(out, (uint8_t)e->gates[k].number);
            buf_add_u64(out, e->gates[k].incarnation);
            buf_add(out, e->gates[k].key, 32);
            buf_add(out, e->gates[k].exchange, 32);
        }
    }
}

void authority_encode(const struct authority *a, struct buf *out)
{
    buf_add(out, a->owner, 32);
    add_chains(a, out);
    add_devices(a, out);
    add_vendors(a, out);
    add_projects(a, out);
    add_assignments(a, out);
    authority_encode_denials(a, out);
    add_news(a, out);
}
