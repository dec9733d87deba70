/* decide/authority_decode.c: the state from bytes. Every count is bounded by the bytes that are
 * left before anything is allocated, and what the rest of the folder takes for granted (a holder
 * for every handle, a device for every assigner, no name twice) is checked. */
#include "decide/authority.h"

#include "decide/authority_read.h"
#include "decide/authority_state.h"
#include "shares/subset.h"

#include <stdlib.h>
#include <string.h>

/* The sizes of rows, the least ones where they vary: docs/format.md 12. */
enum { CHAIN_BYTES = 84, DEVICE_BYTES = 100, HOLDER_BYTES = 98, MEMBER_BYTES = 73,
       VENDOR_BYTES = 45, ROOT_DEVICE_BYTES = 50, ADMISSION_BYTES = 56, PROJECT_BYTES = 34,
       WATCHER_BYTES = 40, ASSIGNMENT_BYTES = 68, ASSIGNER_BYTES = 13, HEADS_BYTES = 52,
       HEAD_BYTES = 72, EPOCH_BYTES = 42, GATE_BYTES = 73 };

/* A word of a closed list; 0 only where it may be missing. */
static unsigned read_word(struct cur *c, const struct words *w, bool may_miss)
{
    const uint8_t v = cur_u8(c);
    c->failed = c->failed || v > w->count || (v == 0 && !may_miss);
    return v;
}

/* `count` elements of `size` bytes, zeroed; one where there are none. */
static void *array_new(size_t count, size_t size)
{
    return calloc(count ? count : 1, size);
}

/* --- chains --- */

static enum err read_chain(struct authority *a, struct cur *c, struct why *why)
{
    struct chain *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->issuer, 32);
    cur_copy(c, row->manifest, 32);
    cur_copy(c, row->manifest_project, 16);
    row->count = row->room = authority_read_count(c, 32);
    c->failed = c->failed || row->count == 0;
    row->ids = array_new(row->count, sizeof *row->ids);
    enum err e = row->ids ? authority_room(&a->issuers, a->issuer_count, &a->issuer_room,
                                           sizeof *a->issuers, why)
                          : why_nomem(why);
    if (e == ERR_OK) {
        cur_copy(c, row->ids, row->count * 32);
        e = AUTHORITY_ROW_ENTER(a->chains, issuer, 32, row, c, why);
    }
    if (e == ERR_OK) {
        a->issuers[a->issuer_count++] = row;
        return ERR_OK;
    }
    free(row->ids);
    free(row);
    return e;
}

/* --- people --- */

static enum err read_device(struct authority *a, struct cur *c, struct why *why)
{
    struct device_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->d.key, 32);
    cur_copy(c, row->d.member, 16);
    cur_copy(c, row->d.vendor, 32);
    row->d.door = (enum door)read_word(c, &words_door, false);
    row->d.device_role = (enum device_role)read_word(c, &words_device_role, false);
    row->d.fixed = (enum role)read_word(c, &words_role, true);
    row->d.expires = cur_u64be(c);
    row->d.revoked = authority_read_bool(c);
    row->d.revoked_s = cur_u64be(c);
    row->place = a->enrolled_count;
    enum err e = authority_room(&a->enrolled, a->enrolled_count, &a->enrolled_room,
                                sizeof *a->enrolled, why);
    if (e == ERR_OK)
        e = AUTHORITY_ROW_ENTER(a->devices, d.key, 32, row, c, why);
    if (e == ERR_OK)
        a->enrolled[a->enrolled_count++] = row;
    else
        free(row);
    return e;
}

static enum err read_holder(struct authority *a, struct cur *c, struct why *why)
{
    struct holder_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->member, 16);
    cur_copy(c, row->vendor, 32);
    cur_copy(c, row->device, 32);
    row->fixed = authority_read_bool(c);
    row->revoked = authority_read_bool(c);
    cur_copy(c, row->site, 16);
    enum err e = AUTHORITY_ROW_ENTER(a->holders, member, 16, row, c, why);
    if (e != ERR_OK)
        free(row);
    return e;
}

static enum err read_member(struct authority *a, struct cur *c, struct why *why)
{
    struct member_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->key, 32);
    row->role = (enum role)read_word(c, &words_role, false);
    cur_copy(c, row->vendor, 32);
    row->expires = cur_u64be(c);
    c->failed = c->failed || !authority_holder(a, row->key + 16);
    enum err e = AUTHORITY_ROW_ENTER(a->members, key, 32, row, c, why);
    if (e != ERR_OK)
        free(row);
    return e;
}

/* --- vendors --- */

static enum err read_vendor(struct authority *a, struct cur *c, struct why *why)
{
    struct vendor_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->id, 32);
    row->expires = cur_u64be(c);
    row->active = authority_read_bool(c);
    row->device_count = authority_read_count(c, ROOT_DEVICE_BYTES);
    row->devices = array_new(row->device_count, sizeof *row->devices);
    for (size_t i = 0; row->devices && i < row->device_count; i++) {
        cur_copy(c, row->devices[i].key, 32);
        cur_copy(c, row->devices[i].member, 16);
        row->devices[i].door = (enum door)read_word(c, &words_door, false);
        row->devices[i].role = (enum device_role)read_word(c, &words_device_role, false);
    }
    enum err e = row->devices ? AUTHORITY_ROW_ENTER(a->vendors, id, 32, row, c, why)
                              : why_nomem(why);
    if (e != ERR_OK) {
        free(row->devices);
        free(row);
    }
    return e;
}

static enum err read_admission(struct authority *a, struct cur *c, struct why *why)
{
    struct admission_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->key, 48);
    row->expires = cur_u64be(c);
    enum err e = AUTHORITY_ROW_ENTER(a->admissions, key, 48, row, c, why);
    if (e != ERR_OK)
        free(row);
    return e;
}

/* --- projects, watchers --- */

static enum err read_project(struct authority *a, struct cur *c, struct why *why)
{
    struct project_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->id, 16);
    row->version = cur_u64be(c);
    row->expires = cur_u64be(c);
    const struct bytes text = cur_vec16(c);
    c->failed = c->failed || (text.len > 0 && memchr(text.ptr, 0, text.len)) ||
                (row->version > 0) != (text.len > 0);
    enum err e = ERR_OK;
    if (!c->failed && text.len > 0) {
        row->text = calloc(1, text.len + 1);
        if (row->text)
            memcpy(row->text, text.ptr, text.len);
        e = row->text ? policy_parse(text, &row->policy, why) : why_nomem(why);
    }
    if (e == ERR_OK)
        e = AUTHORITY_ROW_ENTER(a->projects, id, 16, row, c, why);
    if (e != ERR_OK) {
        policy_free(row->policy);
        free(row->text);
        free(row);
    }
    return e;
}

static enum err read_watcher(struct authority *a, struct cur *c, struct why *why)
{
    struct watcher_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->key, 32);
    row->expires = cur_u64be(c);
    enum err e = AUTHORITY_ROW_ENTER(a->watchers, key, 32, row, c, why);
    if (e != ERR_OK)
        free(row);
    return e;
}

/* --- assignments --- */

static enum err read_assignment(struct authority *a, struct cur *c, struct why *why)
{
    struct assignment_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->key, sizeof row->key);
    row->count = row->room = authority_read_count(c, ASSIGNER_BYTES);
    c->failed = c->failed || row->count == 0;
    row->by = array_new(row->count, sizeof *row->by);
    for (size_t i = 0; row->by && i < row->count; i++) {
        const uint32_t place = cur_u32be(c);
        row->by[i].role = (enum role)read_word(c, &words_role, true);
        row->by[i].expires = cur_u64be(c);
        c->failed = c->failed || place >= a->enrolled_count;
        row->by[i].by = c->failed ? NULL : a->enrolled[place];
    }
    enum err e = row->by ? AUTHORITY_ROW_ENTER(a->assignments, key, 64, row, c, why)
                         : why_nomem(why);
    if (e != ERR_OK) {
        free(row->by);
        free(row);
    }
    return e;
}

/* --- news, epochs --- */

static enum err read_heads(struct authority *a, struct cur *c, struct why *why)
{
    struct heads_row_kept *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->issuer, 32);
    row->created = cur_u64be(c);
    row->expires = cur_u64be(c);
    row->count = authority_read_count(c, HEAD_BYTES);
    row->heads = array_new(row->count, sizeof *row->heads);
    for (size_t i = 0; row->heads && i < row->count; i++) {
        cur_copy(c, row->heads[i].issuer, 32);
        row->heads[i].number = cur_u64be(c);
        cur_copy(c, row->heads[i].statement, 32);
    }
    enum err e = row->heads ? AUTHORITY_ROW_ENTER(a->heads, issuer, 32, row, c, why)
                            : why_nomem(why);
    if (e != ERR_OK) {
        free(row->heads);
        free(row);
    }
    return e;
}

static enum err read_epoch(struct authority *a, struct cur *c, struct why *why)
{
    struct authority_epoch e = { .number = 0 };
    cur_copy(c, e.id, 32);
    e.number = cur_u64be(c);
    e.threshold = cur_u8(c);
    e.gate_count = cur_u8(c);
    if (c->failed || e.threshold < 2 || e.threshold >= e.gate_count ||
        e.gate_count > STATEMENT_GATES_MAX)
        return authority_no_state(why, "an epoch is none");
    for (size_t i = 0; i < e.gate_count; i++) {
        struct statement_gate *g = &e.gates[i];
        g->number = cur_u8(c);
        g->incarnation = cur_u64be(c);
        cur_copy(c, g->key, 32);
        cur_copy(c, g->exchange, 32);
        if (c->failed || g->number == 0 || g->number > SUBSET_NUMBER_MAX ||
            (i > 0 && g->number <= e.gates[i - 1].number))
            return authority_no_state(why, "a gate of an epoch is none");
        e.roster |= (uint8_t)(1U << (g->number - 1));
    }
    a->epochs[a->epoch_count++] = e;
    return ERR_OK;
}

/* --- all of it --- */

typedef enum err read_fn(struct authority *a, struct cur *c, struct why *why);

static enum err read_table(struct authority *a, struct cur *c, size_t least, read_fn *row,
                           struct why *why)
{
    enum err e = ERR_OK;
    for (size_t count = authority_read_count(c, least); e == ERR_OK && count > 0; count--)
        e = row(a, c, why);
    return e == ERR_OK && c->failed ? authority_no_state(why, cur_problem(c)) : e;
}

/* Devices come before the holders of their handles, and need one each. */
static enum err handles_check(const struct authority *a, struct why *why)
{
    for (size_t i = 0; i < a->enrolled_count; i++)
        if (!authority_holder(a, a->enrolled[i]->d.member))
            return authority_no_state(why, "a device goes by a handle that is nobody's");
    return ERR_OK;
}

enum err authority_decode(struct cur *c, const uint8_t owner[32], struct authority **out,
                          struct why *why)
{
    static const struct {
        size_t least;
        read_fn *row;
    } tables[] = {
        { CHAIN_BYTES, read_chain },     { DEVICE_BYTES, read_device },
        { HOLDER_BYTES, read_holder },   { MEMBER_BYTES, read_member },
        { VENDOR_BYTES, read_vendor },   { ADMISSION_BYTES, read_admission },
        { PROJECT_BYTES, read_project }, { WATCHER_BYTES, read_watcher },
        { ASSIGNMENT_BYTES, read_assignment },
    };
    AUTO_AUTHORITY struct authority *a = calloc(1, sizeof *a);
    if (!a)
        return why_nomem(why);
    cur_copy(c, a->owner, 32);
    enum err e = memcmp(a->owner, owner, 32) == 0
                     ? ERR_OK
                     : authority_no_state(why, "it is another owner's");
    for (size_t i = 0; e == ERR_OK && i < sizeof tables / sizeof tables[0]; i++)
        e = read_table(a, c, tables[i].least, tables[i].row, why);
    if (e == ERR_OK)
        e = handles_check(a, why);
    if (e == ERR_OK)
        e = authority_decode_denials(a, c, why);
    if (e == ERR_OK)
        e = read_table(a, c, HEADS_BYTES, read_heads, why);
    if (e != ERR_OK)
        return e;
    const size_t epochs = authority_read_count(c, EPOCH_BYTES);
    a->epochs = array_new(epochs, sizeof *a->epochs);
    if (!a->epochs)
        return why_nomem(why);
    for (size_t i = 0; e == ERR_OK && i < epochs; i++)
        e = read_epoch(a, c, why);
    if (e == ERR_OK && (c->failed || !authority_chain(a, owner)))
        e = authority_no_state(why, "the owner's own chain is missing");
    if (e != ERR_OK)
        return e;
    *out = a;
    a = NULL;
    return ERR_OK;
}
