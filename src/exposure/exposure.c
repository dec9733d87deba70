#include "exposure/exposure.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "exposure/exposure_state.h"
#include "request/body.h"

#include <stdlib.h>
#include <string.h>

enum err exposure_room(void *array_pointer, size_t count, size_t more, size_t *room, size_t size,
                       struct why *why)
{
    if (count + more <= *room)
        return ERR_OK;
    if (count + more > UINT32_MAX)
        return why_set(why, ERR_LIMIT, "more than 2^32 rows of exposure");
    size_t want = *room ? *room * 2 : 64;
    if (want < count + more)
        want = count + more;
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = reallocarray(array, want, size);
    if (!array)
        return why_nomem(why);
    memcpy(array_pointer, &array, sizeof array);
    *room = want;
    return ERR_OK;
}

enum err exposure_new(const struct statement *root, struct exposure **out, struct why *why)
{
    struct exposure *x = calloc(1, sizeof *x);
    if (!x)
        return why_nomem(why);
    enum err e = authority_new(root, &x->authority, why);
    if (e != ERR_OK) {
        exposure_free(x);
        return e;
    }
    *out = x;
    return ERR_OK;
}

#define ROWS_FREE(table, type)                                                                     \
    do {                                                                                           \
        type *row, *next;                                                                          \
        HASH_ITER(hh, table, row, next)                                                            \
        {                                                                                          \
            HASH_DEL(table, row);                                                                  \
            free(row);                                                                             \
        }                                                                                          \
    } while (0)

void exposure_free(struct exposure *x)
{
    if (!x)
        return;
    ROWS_FREE(x->seen, struct seen_row);
    ROWS_FREE(x->records, struct record_row);
    ROWS_FREE(x->devices, struct device_row);
    ROWS_FREE(x->requests, struct request_row);
    free(x->record_at);
    free(x->device_at);
    free(x->request_at);
    free(x->rows);
    free(x->receipts);
    free(x->pairs);
    authority_free(x->authority);
    free(x);
}

/* --- numbering --- */

static enum err record_number(struct exposure *x, const uint8_t id[32], const uint8_t project[16],
                              struct record_row **out, struct why *why)
{
    struct record_row *row = NULL;
    HASH_FIND(hh, x->records, id, 32, row);
    enum err e = ERR_OK;
    if (!row) {
        e = exposure_room(&x->record_at, x->record_count, 1, &x->record_room, sizeof *x->record_at,
                          why);
        if (e != ERR_OK)
            return e;
        row = calloc(1, sizeof *row);
        if (!row)
            return why_nomem(why);
        memcpy(row->id, id, 32);
        memcpy(row->project, project, 16);
        row->number = (uint32_t)x->record_count;
        if (!HASH_ROW_ADD(x->records, id, 32, row)) {
            free(row);
            return why_nomem(why);
        }
        x->record_at[x->record_count++] = row;
    }
    *out = row;
    return ERR_OK;
}

static enum err device_number(struct exposure *x, const uint8_t key[32], uint32_t *out,
                              struct why *why)
{
    struct device_row *row = NULL;
    HASH_FIND(hh, x->devices, key, 32, row);
    if (!row) {
        enum err e = exposure_room(&x->device_at, x->device_count, 1, &x->device_room,
                                   sizeof *x->device_at, why);
        if (e != ERR_OK)
            return e;
        row = calloc(1, sizeof *row);
        if (!row)
            return why_nomem(why);
        memcpy(row->key, key, 32);
        row->number = (uint32_t)x->device_count;
        if (!HASH_ROW_ADD(x->devices, key, 32, row)) {
            free(row);
            return why_nomem(why);
        }
        x->device_at[x->device_count++] = row;
    }
    *out = row->number;
    return ERR_OK;
}

/* --- statements: names of devices, and what they say they opened --- */

static enum err feed_receipt(struct exposure *x, const struct statement *s, struct why *why)
{
    const struct statement_receipt *from = &s->u.receipt;
    struct pair pair = { .marks = PAIR_OPENED };
    enum err e = device_number(x, s->issuer, &pair.device, why);
    if (e == ERR_OK)
        e = exposure_room(&x->receipts, x->receipt_count, from->record_count, &x->receipt_room,
                          sizeof *x->receipts, why);
    for (size_t i = 0; e == ERR_OK && i < from->record_count; i++) {
        struct record_row *record = NULL;
        e = record_number(x, from->records[i], from->project, &record, why);
        if (e != ERR_OK)
            break;
        pair.record = record->number;
        x->receipts[x->receipt_count++] = pair;
    }
    return e;
}

/* What a gate had to refuse grants nothing here either; that it is in a log is not this fold's
 * matter. */
static enum err feed_statement(struct exposure *x, uint64_t time_ms, struct bytes envelope,
                               struct why *why)
{
    uint8_t hash[32];
    struct seen_row *row = NULL;
    sha256(hash, envelope);
    HASH_FIND(hh, x->seen, hash, 32, row);
    if (row)
        return ERR_OK;
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(envelope, &s, why);
    if (e == ERR_OK)
        e = authority_check(x->authority, &s, time_ms / 1000, why);
    if (e != ERR_OK)
        return e == ERR_NOMEM ? e : ERR_OK;
    row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->hash, hash, 32);
    e = s.kind == STATEMENT_RECEIPT ? feed_receipt(x, &s, why) : ERR_OK;
    if (e == ERR_OK)
        e = authority_apply(x->authority, &s, (int64_t)time_ms, why);
    if (e == ERR_OK && HASH_ROW_ADD(x->seen, hash, 32, row))
        return ERR_OK;
    free(row); /* not remembered: the next copy is known to the authority all the same */
    return e;
}

/* --- releases --- */

static enum err release_text(const struct entry_body_release *b, struct bytes object,
                             struct bytes *out, struct why *why)
{
    const struct bytes text = b->request.len > 0 ? b->request : object;
    uint8_t hash[32], r[32];
    if (text.len == 0)
        return why_set(why, ERR_NOT_FOUND, "the object of request '%s' is missing",
                       hex_short(b->r).s);
    sha256(hash, text);
    request_r(r, b->device, text);
    if (memcmp(hash, b->request_hash, 32) != 0 || memcmp(r, b->r, 32) != 0)
        return why_set(why, ERR_FORMAT, "request '%s' is not the one that the entry names",
                       hex_short(b->r).s);
    *out = text;
    return ERR_OK;
}

static enum err add_rows(struct exposure *x, const struct request *q, uint32_t request,
                         struct why *why)
{
    const size_t count = request_header_count(q);
    enum err e = exposure_room(&x->rows, x->row_count, count, &x->row_room, sizeof *x->rows, why);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        struct record_header h;
        struct record_row *record = NULL;
        uint8_t id[32];
        e = record_header_parse(bytes_of(request_header(q, i), RECORD_HEADER_BYTES), &h, why);
        if (e != ERR_OK)
            break;
        record_id(id, h.raw);
        e = record_number(x, id, h.project, &record, why);
        if (e != ERR_OK)
            break;
        record->kind = (uint8_t)h.kind;
        memcpy(record->author, h.author, 32);
        memcpy(record->project, h.project, 16);
        x->rows[x->row_count + i] = (struct row){ request, record->number };
    }
    return e;
}

/* The rows lie behind row_count until the request is there, so that a failure leaves none. */
static enum err add_request(struct exposure *x, const struct entry_body_release *b,
                            const struct request *q, struct request_row **out, struct why *why)
{
    struct request_row *row = NULL;
    uint32_t device = 0;
    enum err e = device_number(x, b->device, &device, why);
    if (e == ERR_OK)
        e = exposure_room(&x->request_at, x->request_count, 1, &x->request_room,
                          sizeof *x->request_at, why);
    if (e == ERR_OK)
        e = add_rows(x, q, (uint32_t)x->request_count, why);
    if (e != ERR_OK)
        return e;
    row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    *row = (struct request_row){ .act = b->act, .asked = q->gates, .device = device,
                                 .number = (uint32_t)x->request_count,
                                 .row_count = (uint32_t)request_header_count(q),
                                 .created = q->created, .expires = q->expires };
    memcpy(row->r, b->r, 32);
    memcpy(row->project, q->project, 16);
    memcpy(row->purpose, q->purpose, sizeof row->purpose);
    if (!HASH_ROW_ADD(x->requests, r, 32, row)) {
        free(row);
        return why_nomem(why);
    }
    x->request_at[x->request_count++] = row;
    x->row_count += row->row_count;
    *out = row;
    return ERR_OK;
}

static enum err feed_release(struct exposure *x, unsigned gate, const struct entry_body_release *b,
                             struct bytes object, struct why *why)
{
    struct request_row *row = NULL;
    HASH_FIND(hh, x->requests, b->r, 32, row);
    if (!row) {
        struct bytes text;
        struct request q;
        enum err e = release_text(b, object, &text, why);
        if (e == ERR_OK)
            e = request_parse(text, &q, why);
        if (e == ERR_OK && (uint8_t)q.act != b->act)
            e = why_set(why, ERR_FORMAT, "the request is for another act than the entry");
        if (e == ERR_OK)
            e = add_request(x, b, &q, &row, why);
        if (e != ERR_OK)
            return e;
    }
    row->logged |= (uint8_t)(1U << (gate - 1));
    return ERR_OK;
}

enum err exposure_feed(struct exposure *x, unsigned gate, uint64_t index,
                       const struct entry *entry, const struct entry_body *body,
                       struct bytes object, struct why *why)
{
    assert(gate >= 1 && gate <= EXPOSURE_GATES_MAX);
    struct log_state *log = &x->logs[gate];
    enum err e = ERR_OK;
    if (index != log->next)
        return why_set(why, ERR_FORMAT, "entry %llu of gate %u came before %llu",
                       (unsigned long long)index, gate, (unsigned long long)log->next);
    if (body->type == ENTRY_BODY_STATEMENT)
        e = feed_statement(x, entry->time_ms, body->u.statement, why);
    else if (body->type == ENTRY_BODY_RELEASE && body->u.release.gate != gate)
        e = why_set(why, ERR_FORMAT, "it is gate %u's", body->u.release.gate);
    else if (body->type == ENTRY_BODY_RELEASE)
        e = feed_release(x, gate, &body->u.release, object, why);
    if (e != ERR_OK)
        return why_before(why, e, "entry %llu of gate %u", (unsigned long long)index, gate);
    log->next++;
    if (entry->time_ms > log->newest_ms)
        log->newest_ms = entry->time_ms;
    return ERR_OK;
}
