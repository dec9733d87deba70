/* Pauses, attestors, attestations and access requests as bytes and back, for snapshots. */
#include "decide/authority_read.h"
#include "decide/authority_state.h"

#include <stdlib.h>
#include <string.h>

enum { PAUSE_BYTES = 32 + 32 + 16 + 1 + 32 + 8 + 1 + 2, ATTESTOR_BYTES = 32 + 8 + 1 + 4,
       NAME_BYTES = STATEMENT_WORD_MAX + 1, ATTESTED_BYTES = 1 + 32 + NAME_BYTES + 4,
       ATTESTATION_BYTES = 32 + 32 + 1 + 2 + 8 + 8 + 1,
       ACCESS_BYTES = 32 + 16 + 16 + POLICY_WORD_MAX + 1 + 8 + 8 + 4, APPROVAL_BYTES = 48 };

static void add_text(struct buf *out, const char *text)
{
    const struct bytes b = bytes_str(text);
    buf_add_u16(out, (uint16_t)b.len); /* at most STATEMENT_NAME_MAX */
    buf_add_bytes(out, b);
}

static void add_pauses(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->pauses));
    for (const struct pause_row *p = a->pauses; p; p = p->hh.next) {
        buf_add(out, p->id, 32);
        buf_add(out, p->vendor, 32);
        buf_add(out, p->project, 16);
        buf_add_u8(out, (uint8_t)p->what);
        buf_add(out, p->of, 32);
        buf_add_u64(out, p->created);
        buf_add_u8(out, p->lifted);
        add_text(out, p->reason);
    }
}

static void add_attested(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->attestors));
    for (const struct attestor_row *t = a->attestors; t; t = t->hh.next) {
        buf_add(out, t->key, 32);
        buf_add_u64(out, t->expires);
        buf_add_u8(out, t->revoked);
        buf_add_u32(out, (uint32_t)t->name_count);
        buf_add(out, t->names, t->name_count * NAME_BYTES);
    }
    buf_add_u32(out, HASH_COUNT(a->attested));
    for (const struct attested_row *r = a->attested; r; r = r->hh.next) {
        buf_add_u8(out, r->key.what);
        buf_add(out, r->key.of, 32);
        buf_add(out, r->key.name, NAME_BYTES);
        buf_add_u32(out, (uint32_t)r->count);
        for (size_t i = 0; i < r->count; i++) {
            const struct attested *at = &r->list[i];
            buf_add(out, at->id, 32);
            buf_add(out, at->issuer, 32);
            buf_add_u8(out, (uint8_t)at->method);
            add_text(out, at->auditor);
            buf_add_u64(out, at->from);
            buf_add_u64(out, at->until);
            buf_add_u8(out, at->withdrawn);
        }
    }
}

static void add_accesses(const struct authority *a, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(a->accesses));
    for (const struct access_row *r = a->accesses; r; r = r->hh.next) {
        buf_add(out, r->id, 32);
        buf_add(out, r->member, 16);
        buf_add(out, r->project, 16);
        buf_add(out, r->purpose, sizeof r->purpose);
        buf_add_u64(out, r->from);
        buf_add_u64(out, r->until);
        buf_add_u32(out, (uint32_t)r->count);
        for (size_t i = 0; i < r->count; i++) {
            buf_add(out, r->approvals[i].member, 16);
            buf_add(out, r->approvals[i].vendor, 32);
        }
    }
}

void authority_encode_denials(const struct authority *a, struct buf *out)
{
    add_pauses(a, out);
    add_attested(a, out);
    add_accesses(a, out);
}

/* --- back --- */

static char *read_text(struct cur *c)
{
    const struct bytes text = cur_vec16(c);
    c->failed = c->failed || (text.len > 0 && memchr(text.ptr, 0, text.len));
    char *copy = c->failed ? calloc(1, 1) : calloc(1, text.len + 1);
    if (copy && !c->failed && text.len)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

/* Zeroes behind the name, and at least one of them. */
static bool name_whole(const char *name, size_t size)
{
    const size_t len = strnlen(name, size);
    for (size_t i = len; i < size; i++)
        if (name[i])
            return false;
    return len > 0 && len < size;
}

static enum err read_pause(struct authority *a, struct cur *c, struct why *why)
{
    struct pause_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->id, 32);
    cur_copy(c, row->vendor, 32);
    cur_copy(c, row->project, 16);
    row->what = (enum subject)cur_u8(c);
    cur_copy(c, row->of, 32);
    row->created = cur_u64be(c);
    row->lifted = authority_read_bool(c);
    row->reason = read_text(c);
    struct pause_row *twice = NULL;
    HASH_FIND(hh, a->pauses, row->id, 32, twice);
    c->failed = c->failed || twice || row->what < SUBJECT_EVERYTHING || row->what > SUBJECT_KIND;
    if (row->reason && !c->failed && HASH_ROW_ADD(a->pauses, id, 32, row))
        return ERR_OK;
    const bool memory = row->reason == NULL || !c->failed;
    free(row->reason);
    free(row);
    return memory ? why_nomem(why) : authority_no_state(why, "a pause is none");
}

static enum err read_attestor(struct authority *a, struct cur *c, struct why *why)
{
    struct attestor_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->key, 32);
    row->expires = cur_u64be(c);
    row->revoked = authority_read_bool(c);
    row->name_count = authority_read_count(c, NAME_BYTES);
    c->failed = c->failed || row->name_count == 0 || authority_attestor(a, row->key);
    row->names = calloc(row->name_count ? row->name_count : 1, sizeof *row->names);
    for (size_t i = 0; row->names && i < row->name_count && !c->failed; i++) {
        cur_copy(c, (uint8_t *)row->names[i], NAME_BYTES);
        c->failed = c->failed || !name_whole(row->names[i], NAME_BYTES);
    }
    if (row->names && !c->failed && HASH_ROW_ADD(a->attestors, key, 32, row))
        return ERR_OK;
    const bool memory = row->names == NULL || !c->failed;
    free(row->names);
    free(row);
    return memory ? why_nomem(why) : authority_no_state(why, "an attestor is none");
}

static void attested_release(struct attested_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        free(row->list[i].auditor);
    free(row->list);
}

/* False without memory. */
static bool read_attestation(struct attested *at, struct cur *c)
{
    cur_copy(c, at->id, 32);
    cur_copy(c, at->issuer, 32);
    at->method = (enum method)cur_u8(c);
    c->failed = c->failed || at->method < METHOD_SELF_DECLARED || at->method > METHOD_MEASURED;
    at->auditor = read_text(c);
    at->from = cur_u64be(c);
    at->until = cur_u64be(c);
    at->withdrawn = authority_read_bool(c);
    return at->auditor != NULL;
}

static enum err read_attested(struct authority *a, struct cur *c, struct why *why)
{
    struct attested_row *row = calloc(1, sizeof *row), *twice = NULL;
    if (!row)
        return why_nomem(why);
    row->key.what = cur_u8(c);
    cur_copy(c, row->key.of, 32);
    cur_copy(c, (uint8_t *)row->key.name, NAME_BYTES);
    const size_t count = authority_read_count(c, ATTESTATION_BYTES);
    HASH_FIND(hh, a->attested, &row->key, sizeof row->key, twice);
    c->failed = c->failed || count == 0 || twice || !name_whole(row->key.name, NAME_BYTES);
    bool memory = true;
    row->list = calloc(count ? count : 1, sizeof *row->list);
    row->room = count;
    memory = row->list != NULL;
    while (memory && !c->failed && row->count < count)
        memory = read_attestation(&row->list[row->count++], c);
    if (memory && !c->failed && HASH_ROW_ADD(a->attested, key, sizeof row->key, row))
        return ERR_OK;
    memory = memory && c->failed;
    attested_release(row);
    free(row);
    return memory ? authority_no_state(why, "an attestation is none") : why_nomem(why);
}

static enum err read_access(struct authority *a, struct cur *c, struct why *why)
{
    struct access_row *row = calloc(1, sizeof *row), *twice = NULL;
    if (!row)
        return why_nomem(why);
    cur_copy(c, row->id, 32);
    cur_copy(c, row->member, 16);
    cur_copy(c, row->project, 16);
    cur_copy(c, (uint8_t *)row->purpose, sizeof row->purpose);
    row->from = cur_u64be(c);
    row->until = cur_u64be(c);
    row->count = row->room = authority_read_count(c, APPROVAL_BYTES);
    HASH_FIND(hh, a->accesses, row->id, 32, twice);
    c->failed = c->failed || twice || !name_whole(row->purpose, sizeof row->purpose);
    row->approvals = calloc(row->count ? row->count : 1, sizeof *row->approvals);
    for (size_t i = 0; row->approvals && i < row->count; i++) {
        cur_copy(c, row->approvals[i].member, 16);
        cur_copy(c, row->approvals[i].vendor, 32);
    }
    if (row->approvals && !c->failed && HASH_ROW_ADD(a->accesses, id, 32, row))
        return ERR_OK;
    const bool memory = row->approvals == NULL || !c->failed;
    free(row->approvals);
    free(row);
    return memory ? why_nomem(why) : authority_no_state(why, "an access request is none");
}

enum err authority_decode_denials(struct authority *a, struct cur *c, struct why *why)
{
    static const struct {
        size_t least;
        enum err (*row)(struct authority *a, struct cur *c, struct why *why);
    } tables[] = { { PAUSE_BYTES, read_pause }, { ATTESTOR_BYTES, read_attestor },
                   { ATTESTED_BYTES, read_attested }, { ACCESS_BYTES, read_access } };
    enum err e = ERR_OK;
    for (size_t t = 0; e == ERR_OK && t < sizeof tables / sizeof tables[0]; t++) {
        for (size_t n = authority_read_count(c, tables[t].least); e == ERR_OK && n > 0; n--)
            e = tables[t].row(a, c, why);
        if (e == ERR_OK && c->failed)
            e = authority_no_state(why, cur_problem(c));
    }
    return e;
}

void authority_free_denials(struct authority *a)
{
    HASH_ROWS_FREE(a->pauses, struct pause_row, free(row->reason));
    HASH_ROWS_FREE(a->attestors, struct attestor_row, free(row->names));
    HASH_ROWS_FREE(a->attested, struct attested_row, attested_release(row));
    HASH_ROWS_FREE(a->accesses, struct access_row, free(row->approvals));
}
