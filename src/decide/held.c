#include "decide/held.h"

#include "crypto/hash.h"
#include "record/record_header.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = 16 + 32 + 16 + 1 + 8 + 8 + 32 };

void held_release(struct held *h)
{
    struct held_row *row, *next;
    HASH_ITER(hh, h->rows, row, next)
    {
        HASH_DEL(h->rows, row);
        free(row);
    }
}

static struct held_row *find(const struct held *h, const uint8_t member[16],
                             const uint8_t record[32])
{
    uint8_t key[48];
    struct held_row *row = NULL;
    memcpy(key, member, 16);
    memcpy(key + 16, record, 32);
    HASH_FIND(hh, h->rows, key, sizeof key, row);
    return row;
}

const struct held_row *held_find(const struct held *h, const uint8_t member[16],
                                 const uint8_t record[32])
{
    return find(h, member, record);
}

size_t held_open(const struct held *h, const uint8_t project[16], const uint8_t member[16])
{
    size_t n = 0;
    for (const struct held_row *row = h->rows; row; row = row->hh.next)
        n += row->state == HELD_OPEN && memcmp(row->key, member, 16) == 0 &&
             memcmp(row->project, project, 16) == 0;
    return n;
}

/* What one request has changed so far, so that it can be taken back. */
struct change {
    struct held_row *closed[REQUEST_CLOSES_MAX];
    size_t closed_count, added;
};

/* False: passed over. */
static bool close_one(struct held *h, const uint8_t member[16], const struct request *q,
                      const struct request_close *c, struct held_row **closed)
{
    struct held_row *task = find(h, member, c->task);
    struct held_row *submission = c->how == REQUEST_SKIP ? NULL : find(h, member, c->record);
    if (!task || task->state != HELD_OPEN || memcmp(task->project, q->project, 16) != 0 ||
        (submission && submission->state != HELD_CREATED))
        return false;
    task->state = c->how == REQUEST_SKIP ? HELD_SKIPPED : submission ? HELD_SUBMITTED : HELD_UNSEEN;
    task->closed_s = q->created;
    memcpy(task->submission, c->record, 32);
    if (submission)
        submission->state = HELD_SPENT;
    *closed = task;
    return true;
}

static void take_back(struct held *h, const struct change *change)
{
    for (size_t i = 0; i < change->added; i++) { /* the newest stand at the end */
        struct held_row *last = ELMT_FROM_HH(h->rows->hh.tbl, h->rows->hh.tbl->tail);
        HASH_DEL(h->rows, last);
        free(last);
    }
    for (size_t i = 0; i < change->closed_count; i++) {
        struct held_row *task = change->closed[i];
        struct held_row *submission =
            task->state == HELD_SUBMITTED ? find(h, task->key, task->submission) : NULL;
        if (submission)
            submission->state = HELD_CREATED;
        task->state = HELD_OPEN;
        task->closed_s = 0;
        memset(task->submission, 0, 32);
    }
}

/* A record that is there already, open or closed, counts once. */
static enum err add(struct held *h, const uint8_t member[16], const uint8_t id[32],
                    enum held_state state, const struct request *q, struct change *change,
                    struct why *why)
{
    if (find(h, member, id))
        return ERR_OK;
    struct held_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->key, member, 16);
    memcpy(row->key + 16, id, 32);
    memcpy(row->project, q->project, 16);
    row->state = state;
    row->since_s = q->created;
    if (!HASH_ROW_ADD(h->rows, key, sizeof row->key, row)) {
        free(row);
        return why_nomem(why);
    }
    change->added++;
    return ERR_OK;
}

enum err held_take(struct held *h, const uint8_t member[16], const struct request *q,
                   const uint8_t (*ids)[32], struct why *why)
{
    const bool create = q->act == REQUEST_CREATE;
    const uint8_t kind = create ? RECORD_SUBMISSION : RECORD_TASK;
    struct change change = { .added = 0 };
    for (size_t i = 0; i < request_close_count(q); i++) {
        const struct request_close c = request_close(q, i);
        change.closed_count += close_one(h, member, q, &c, &change.closed[change.closed_count]);
    }
    if (!create && strcmp(q->purpose, "annotate") != 0)
        return ERR_OK;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < request_header_count(q); i++) {
        if (request_header(q, i)[RECORD_KIND_AT] == kind)
            e = add(h, member, ids[i], create ? HELD_CREATED : HELD_OPEN, q, &change, why);
    }
    if (e != ERR_OK)
        take_back(h, &change);
    return e;
}

/* --- as bytes --- */

static void row_write(const struct held_row *row, uint8_t out[ROW_BYTES])
{
    memcpy(out, row->key, 48);
    memcpy(out + 48, row->project, 16);
    out[64] = (uint8_t)row->state;
    put_u64be(out + 65, row->since_s);
    put_u64be(out + 73, row->closed_s);
    memcpy(out + 81, row->submission, 32);
}

void held_digest(const struct held *h, struct sha256 *to)
{
    for (const struct held_row *row = h->rows; row; row = row->hh.next) {
        uint8_t bytes[ROW_BYTES];
        row_write(row, bytes);
        sha256_add(to, bytes_of(bytes, sizeof bytes));
    }
}

void held_encode(const struct held *h, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(h->rows));
    for (const struct held_row *row = h->rows; row; row = row->hh.next) {
        uint8_t bytes[ROW_BYTES];
        row_write(row, bytes);
        buf_add(out, bytes, sizeof bytes);
    }
}

enum err held_decode(struct held *h, struct cur *c, struct why *why)
{
    const size_t count = cur_u32be(c);
    if (count > cur_left(c) / ROW_BYTES)
        return why_set(why, ERR_FORMAT, "cannot read the state: more held records than bytes");
    for (size_t i = 0; i < count; i++) {
        struct held_row *row = calloc(1, sizeof *row);
        if (!row)
            return why_nomem(why);
        cur_copy(c, row->key, 48);
        cur_copy(c, row->project, 16);
        const uint8_t state = cur_u8(c);
        row->state = (enum held_state)state;
        row->since_s = cur_u64be(c);
        row->closed_s = cur_u64be(c);
        cur_copy(c, row->submission, 32);
        const bool bad = state < HELD_OPEN || state > HELD_SPENT ||
                         find(h, row->key, row->key + 16) != NULL;
        if (bad || !HASH_ROW_ADD(h->rows, key, sizeof row->key, row)) {
            free(row);
            return bad ? why_set(why, ERR_FORMAT, "cannot read the state: held record %zu", i)
                       : why_nomem(why);
        }
    }
    return ERR_OK;
}
