#include "decide/held.h"

#include "crypto/hash.h"
#include "record/record_header.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = 16 + 32 + 16 + 1 + 8 + 8 + 32, DAY_S = 86400 };

void held_release(struct held *h)
{
    HASH_ROWS_FREE(h->rows, struct held_row, (void)0);
    HASH_ROWS_FREE(h->members, struct held_member, (void)0);
}

static struct held_member *member_find(const struct held *h, const uint8_t project[16],
                                       const uint8_t member[16])
{
    uint8_t key[32];
    struct held_member *m = NULL;
    memcpy(key, project, 16);
    memcpy(key + 16, member, 16);
    HASH_FIND(hh, h->members, key, sizeof key, m);
    return m;
}

/* NULL without memory. */
static struct held_member *member_of(struct held *h, const uint8_t project[16],
                                     const uint8_t member[16])
{
    struct held_member *m = member_find(h, project, member);
    if (m)
        return m;
    m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    memcpy(m->key, project, 16);
    memcpy(m->key + 16, member, 16);
    if (HASH_ROW_ADD(h->members, key, sizeof m->key, m))
        return m;
    free(m);
    return NULL;
}

static uint32_t day_of(uint64_t seconds)
{
    return (uint32_t)(seconds / DAY_S);
}

/* Counts a row that has come into its state, or (by -1) goes out of it. */
static void member_count(struct held *h, const struct held_row *row, int by)
{
    struct held_member *m = member_find(h, row->project, row->key);
    const uint32_t step = (uint32_t)by; /* -1 wraps, and takes one away */
    if (row->state == HELD_OPEN)
        m->open += step;
    if (row->state != HELD_SKIPPED)
        return;
    const uint32_t day = day_of(row->closed_s);
    if (day > m->day) {
        m->skips_before = day == m->day + 1 ? m->skips : 0;
        m->skips = 0;
        m->day = day;
    }
    if (day == m->day)
        m->skips += step;
    else if (day + 1 == m->day)
        m->skips_before += step;
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
    const struct held_member *m = member_find(h, project, member);
    return m ? m->open : 0;
}

/* Would this close end something here? */
static bool closes(const struct held_row *task, const struct held_row *submission,
                   const struct request *q)
{
    return task && task->state == HELD_OPEN && memcmp(task->project, q->project, 16) == 0 &&
           (!submission || submission->state == HELD_CREATED);
}

/* Is it the first close of its task, and of its submission, in the request? */
static bool first_close(const struct request *q, size_t i)
{
    const struct request_close c = request_close(q, i);
    for (size_t j = 0; j < i; j++) {
        const struct request_close d = request_close(q, j);
        if (memcmp(c.task, d.task, 32) == 0 ||
            (c.how == REQUEST_SUBMISSION && d.how == c.how && memcmp(c.record, d.record, 32) == 0))
            return false;
    }
    return true;
}

struct held_after held_after(const struct held *h, const uint8_t member[16],
                             const struct request *q)
{
    const struct held_member *m = member_find(h, q->project, member);
    const uint32_t day = day_of(q->created);
    struct held_after after = { .open = m ? m->open : 0 };
    after.skips = !m                   ? 0
                  : day == m->day      ? m->skips
                  : day + 1 == m->day  ? m->skips_before
                                       : 0;
    for (size_t i = 0; after.open > 0 && i < request_close_count(q); i++) {
        const struct request_close c = request_close(q, i);
        const bool skip = c.how == REQUEST_SKIP;
        if (!closes(find(h, member, c.task), skip ? NULL : find(h, member, c.record), q) ||
            !first_close(q, i))
            continue;
        after.open--;
        after.skips += skip;
    }
    return after;
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
    if (!closes(task, submission, q))
        return false;
    member_count(h, task, -1);
    task->state = c->how == REQUEST_SKIP ? HELD_SKIPPED : submission ? HELD_SUBMITTED : HELD_UNSEEN;
    task->closed_s = q->created;
    memcpy(task->submission, c->record, 32);
    member_count(h, task, 1);
    if (submission)
        submission->state = HELD_SPENT;
    *closed = task;
    return true;
}

static void take_back(struct held *h, const struct change *change)
{
    for (size_t i = 0; i < change->added; i++) { /* the newest stand at the end */
        struct held_row *last = ELMT_FROM_HH(h->rows->hh.tbl, h->rows->hh.tbl->tail);
        member_count(h, last, -1);
        HASH_DEL(h->rows, last);
        free(last);
    }
    for (size_t i = 0; i < change->closed_count; i++) {
        struct held_row *task = change->closed[i];
        struct held_row *submission =
            task->state == HELD_SUBMITTED ? find(h, task->key, task->submission) : NULL;
        if (submission)
            submission->state = HELD_CREATED;
        member_count(h, task, -1);
        task->state = HELD_OPEN;
        task->closed_s = 0;
        memset(task->submission, 0, 32);
        member_count(h, task, 1);
    }
}

/* A record that is there already, open or closed, counts once. */
static enum err add(struct held *h, const uint8_t member[16], const uint8_t id[32],
                    enum held_state state, const struct request *q, struct change *change,
                    struct why *why)
{
    if (find(h, member, id))
        return ERR_OK;
    struct held_row *row = member_of(h, q->project, member) ? calloc(1, sizeof *row) : NULL;
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
    member_count(h, row, 1);
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
    if (!create && strcmp(q->purpose, HELD_PURPOSE) != 0)
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
        if (bad || !member_of(h, row->project, row->key) ||
            !HASH_ROW_ADD(h->rows, key, sizeof row->key, row)) {
            free(row);
            return bad ? why_set(why, ERR_FORMAT, "cannot read the state: held record %zu", i)
                       : why_nomem(why);
        }
        member_count(h, row, 1);
    }
    return ERR_OK;
}
