#include "decide/counts.h"

#include "decide/counts_state.h"

#include <string.h>

enum { SLOT_BYTES = 16 + POLICY_WORD_MAX,
       MEMBER_BYTES = 16, RELEASED_BYTES = 36, PAIR_BYTES = 8 + 2 * 5,
       COUNTER_BYTES = 40 + 2 * 12 };

static void add_counted(struct buf *out, const struct counted *c)
{
    buf_add_u32(out, c->window);
    buf_add_u8(out, c->before);
}

static void add_tally(struct buf *out, const struct tally *t)
{
    buf_add_u32(out, t->window);
    buf_add_u32(out, t->now);
    buf_add_u32(out, t->before);
}

/* How many members a record was released to are its pairs: they are counted again. */
void counts_encode(const struct counts *c, struct buf *out)
{
    buf_add_u32(out, HASH_COUNT(c->slots));
    for (const struct slot_row *s = c->slots; s; s = s->hh.next)
        buf_add(out, s->key, sizeof s->key);
    buf_add_u32(out, HASH_COUNT(c->members));
    for (const struct releasee_row *m = c->members; m; m = m->hh.next)
        buf_add(out, m->key, sizeof m->key);
    buf_add_u32(out, (uint32_t)c->released_count);
    for (size_t i = 0; i < c->released_count; i++) {
        buf_add_u32(out, c->released[i].slot);
        buf_add(out, c->released[i].record, 32);
    }
    buf_add_u32(out, (uint32_t)c->pair_count);
    for (size_t i = 0; i < c->pair_count; i++) {
        buf_add_u32(out, c->pairs[i].released);
        buf_add_u32(out, c->pairs[i].member);
        add_counted(out, &c->pairs[i].hour);
        add_counted(out, &c->pairs[i].day);
    }
    buf_add_u32(out, HASH_COUNT(c->counters));
    for (const struct counter_row *n = c->counters; n; n = n->hh.next) {
        buf_add_u32(out, n->key.slot);
        buf_add_u32(out, n->key.scope);
        buf_add(out, n->key.subject, 32);
        add_tally(out, &n->hour);
        add_tally(out, &n->day);
    }
}

static enum err bad(struct why *why, const char *what)
{
    return why_set(why, ERR_FORMAT, "cannot read the counts: %s", what);
}

static size_t rows(struct cur *from, size_t bytes)
{
    const size_t count = cur_u32be(from);
    return count <= cur_left(from) / bytes ? count : SIZE_MAX;
}

static struct counted read_counted(struct cur *from, bool *ok)
{
    const uint32_t window = cur_u32be(from);
    const uint8_t before = cur_u8(from);
    *ok = *ok && before <= 1;
    return (struct counted){ window, before == 1 };
}

static struct tally read_tally(struct cur *from)
{
    const uint32_t window = cur_u32be(from), now = cur_u32be(from), before = cur_u32be(from);
    return (struct tally){ window, now, before };
}

static enum err read_slots(struct counts *c, struct cur *from, struct why *why)
{
    const size_t count = rows(from, SLOT_BYTES);
    if (count == SIZE_MAX)
        return bad(why, "more purposes than bytes");
    for (size_t i = 0; i < count; i++) {
        if (!counts_slot(c, cur_bytes(from, SLOT_BYTES)))
            return why_nomem(why);
        if (HASH_COUNT(c->slots) != i + 1)
            return bad(why, "a purpose twice");
    }
    const size_t members = rows(from, MEMBER_BYTES);
    if (members == SIZE_MAX)
        return bad(why, "more members than bytes");
    for (size_t i = 0; i < members; i++) {
        if (!counts_member(c, cur_bytes(from, MEMBER_BYTES)))
            return why_nomem(why);
        if (HASH_COUNT(c->members) != i + 1)
            return bad(why, "a member twice");
    }
    return ERR_OK;
}

static enum err read_released(struct counts *c, struct cur *from, struct why *why)
{
    const size_t count = rows(from, RELEASED_BYTES);
    if (count == SIZE_MAX)
        return bad(why, "more records than bytes");
    for (size_t i = 0; i < count; i++) {
        const uint32_t slot = cur_u32be(from);
        if (slot < 1 || slot > HASH_COUNT(c->slots))
            return bad(why, "a record of no purpose");
        if (counts_released(c, slot, cur_bytes(from, 32)) == UINT32_MAX)
            return why_nomem(why);
        if (c->released_count != i + 1)
            return bad(why, "a record twice");
    }
    return ERR_OK;
}

static enum err read_pairs(struct counts *c, struct cur *from, struct why *why)
{
    const size_t count = rows(from, PAIR_BYTES);
    if (count == SIZE_MAX)
        return bad(why, "more pairs than bytes");
    for (size_t i = 0; i < count; i++) {
        const uint32_t released = cur_u32be(from), member = cur_u32be(from);
        if (released >= c->released_count || member < 1 || member > HASH_COUNT(c->members))
            return bad(why, "a pair of nobody or nothing");
        struct pair_row *row = counts_pair(c, released, member);
        if (!row)
            return why_nomem(why);
        bool ok = c->pair_count == i + 1;
        row->hour = read_counted(from, &ok);
        row->day = read_counted(from, &ok);
        c->released[released].members++;
        if (!ok)
            return bad(why, "a pair that cannot be");
    }
    return ERR_OK;
}

static enum err read_counters(struct counts *c, struct cur *from, struct why *why)
{
    const size_t count = rows(from, COUNTER_BYTES);
    if (count == SIZE_MAX)
        return bad(why, "more counters than bytes");
    for (size_t i = 0; i < count; i++) {
        struct counter_key key = { .slot = cur_u32be(from) };
        key.scope = cur_u32be(from);
        cur_copy(from, key.subject, 32);
        struct counter_row *row = counts_counter(c, &key);
        if (!row)
            return why_nomem(why);
        if (HASH_COUNT(c->counters) != i + 1 || key.scope >= COUNTS_SCOPES || key.slot < 1 ||
            key.slot > HASH_COUNT(c->slots))
            return bad(why, "a counter that cannot be");
        row->hour = read_tally(from);
        row->day = read_tally(from);
    }
    return ERR_OK;
}

enum err counts_decode(struct cur *from, struct counts **out, struct why *why)
{
    AUTO_COUNTS struct counts *c = NULL;
    enum err e = counts_new(&c, why);
    if (e == ERR_OK)
        e = read_slots(c, from, why);
    if (e == ERR_OK)
        e = read_released(c, from, why);
    if (e == ERR_OK)
        e = read_pairs(c, from, why);
    if (e == ERR_OK)
        e = read_counters(c, from, why);
    if (e == ERR_OK && from->failed)
        e = bad(why, cur_problem(from));
    if (e != ERR_OK)
        return e;
    *out = c;
    c = NULL;
    return ERR_OK;
}
