#include "decide/snapshot.h"

#include "crypto/hash.h"
#include "crypto/secret.h"
#include "decide/gate_state_parts.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 3, ANSWERED_BYTES = 40 };
static const uint8_t magic[4] = { 'c', 'f', 'd', 'w' };

/* --- the fold --- */

/* The own check values alone: others' come from their logs, not from this one, and are asked for
 * again until the epoch is ready. */
static void add_checks(const struct gate_state *g, struct buf *out)
{
    const struct check_row *own = g->checks[g->number];
    uint16_t count = 0;
    for (unsigned set = 0; set < 256; set++)
        count = (uint16_t)(count + own[set].known);
    buf_add_u16(out, count);
    for (unsigned set = 0; set < 256; set++) {
        if (!own[set].known)
            continue;
        buf_add_u8(out, (uint8_t)set);
        buf_add(out, own[set].value, 32);
    }
}

void snapshot_state(const struct gate_state *g, struct buf *out)
{
    authority_encode(g->authority, out);
    buf_add_u8(out, g->ready);
    buf_add(out, g->ready_epoch, 32);
    add_checks(g, out);
    buf_add_u32(out, (uint32_t)answered_count(&g->answered));
    for (size_t i = 0; i < answered_count(&g->answered); i++) {
        const struct answered_row *a = answered_at(&g->answered, i);
        buf_add(out, a->r, 32);
        buf_add_u64(out, a->until_s);
    }
    held_encode(&g->held, out);
    counts_encode(g->counts, out);
}

static enum err no_state(struct why *why, const char *what)
{
    return why_set(why, ERR_FORMAT, "cannot read the state: %s", what);
}

static enum err read_checks(struct gate_state *g, struct cur *c, struct why *why)
{
    struct check_row *own = g->checks[g->number];
    unsigned next = 0;
    for (uint16_t count = cur_u16be(c); count > 0 && !c->failed; count--) {
        const uint8_t set = cur_u8(c);
        if (set < next)
            return no_state(why, "check values out of order");
        next = set + 1U;
        own[set].known = true;
        cur_copy(c, own[set].value, 32);
    }
    return ERR_OK;
}

static enum err read_answered(struct gate_state *g, struct cur *c, struct why *why)
{
    const size_t count = cur_u32be(c);
    if (count > cur_left(c) / ANSWERED_BYTES)
        return no_state(why, "more answered requests than bytes");
    for (size_t i = 0; i < count; i++) {
        uint8_t r[32];
        cur_copy(c, r, sizeof r);
        if (answered_has(&g->answered, r))
            return no_state(why, "a request was answered twice");
        if (!answered_add(&g->answered, r, cur_u64be(c)))
            return why_nomem(why);
    }
    return ERR_OK;
}

enum err snapshot_fold(struct bytes state, const uint8_t owner[32], unsigned number,
                       struct gate_state **out, struct why *why)
{
    AUTO_GATE_STATE struct gate_state *g = calloc(1, sizeof *g);
    if (!g)
        return why_nomem(why);
    assert(number >= 1 && number <= SUBSET_NUMBER_MAX);
    g->number = number;
    struct cur c = cur_from(state);
    enum err e = authority_decode(&c, owner, &g->authority, why);
    if (e != ERR_OK)
        return e;
    const uint8_t ready = cur_u8(&c);
    g->ready = ready == 1;
    cur_copy(&c, g->ready_epoch, 32);
    e = ready > 1 ? no_state(why, "ready is neither yes nor no") : read_checks(g, &c, why);
    if (e == ERR_OK)
        e = read_answered(g, &c, why);
    if (e == ERR_OK)
        e = held_decode(&g->held, &c, why);
    if (e == ERR_OK)
        e = counts_decode(&c, &g->counts, why);
    if (e == ERR_OK && !cur_done(&c))
        e = no_state(why, cur_problem(&c));
    if (e != ERR_OK)
        return e;
    *out = g;
    g = NULL;
    return ERR_OK;
}

/* --- the file --- */

void snapshot_key(uint8_t out[SNAPSHOT_KEY_BYTES], const uint8_t seed[32])
{
    const struct bytes info = bytes_str("cfd1 snapshot");
    hkdf_sha256(out, SNAPSHOT_KEY_BYTES, bytes_of(seed, 32), bytes_of(NULL, 0), &info, 1);
}

static void check_make(uint8_t out[SNAPSHOT_CHECK_BYTES], const uint8_t key[SNAPSHOT_KEY_BYTES],
                       struct bytes in)
{
    hmac_sha256(out, bytes_of(key, SNAPSHOT_KEY_BYTES), &in, 1);
}

enum err snapshot_end(struct buf *out, const struct snapshot *s,
                      const uint8_t key[SNAPSHOT_KEY_BYTES], struct why *why)
{
    uint8_t check[SNAPSHOT_CHECK_BYTES];
    AUTO_BUF struct buf head = buf_init(SNAPSHOT_HEAD_BYTES);
    if (out->failed || s->mark.len > SNAPSHOT_MARK_MAX ||
        out->len > SNAPSHOT_BYTES_MAX - SNAPSHOT_CHECK_BYTES)
        return why_set(why, ERR_LIMIT, "a snapshot of %zu bytes is too long, or there is no memory",
                       out->len);
    assert(out->len == SNAPSHOT_HEAD_BYTES + s->state.len + s->mark.len);
    buf_add(&head, magic, sizeof magic);
    buf_add_u8(&head, VERSION);
    buf_add_u8(&head, s->gate);
    buf_add_zero(&head, 2);
    buf_add_u32(&head, s->incarnation);
    buf_add_u64(&head, s->size);
    buf_add(&head, s->owner, 32);
    buf_add(&head, s->root, 32);
    buf_add_u32(&head, (uint32_t)s->state.len);
    buf_add_u32(&head, (uint32_t)s->mark.len);
    buf_add_zero(&head, 4);
    if (!buf_ok(&head))
        return why_nomem(why);
    assert(head.len == SNAPSHOT_HEAD_BYTES);
    memcpy(out->ptr, head.ptr, SNAPSHOT_HEAD_BYTES);
    check_make(check, key, buf_bytes(out));
    buf_add(out, check, sizeof check);
    return buf_ok(out) ? ERR_OK : why_nomem(why);
}

enum err snapshot_parse(struct bytes in, const uint8_t key[SNAPSHOT_KEY_BYTES],
                        struct snapshot *out, struct why *why)
{
    static const uint8_t zero[4];
    struct snapshot s = { .gate = 0 };
    struct cur c = cur_from(in);
    const uint8_t *head = cur_bytes(&c, sizeof magic);
    const uint8_t version = cur_u8(&c);
    if (c.failed || memcmp(head, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "it is no snapshot");
    if (version != VERSION)
        return why_set(why, ERR_VERSION, "it is of version %u, not %d", version, VERSION);
    s.gate = cur_u8(&c);
    const uint8_t *none = cur_bytes(&c, 2);
    s.incarnation = cur_u32be(&c);
    s.size = cur_u64be(&c);
    cur_copy(&c, s.owner, 32);
    cur_copy(&c, s.root, 32);
    const size_t state = cur_u32be(&c), mark = cur_u32be(&c);
    const uint8_t *rest = cur_bytes(&c, 4);
    s.state = bytes_of(cur_bytes(&c, state), state);
    s.mark = bytes_of(cur_bytes(&c, mark), mark);
    const uint8_t *check = cur_bytes(&c, SNAPSHOT_CHECK_BYTES);
    if (!cur_done(&c) || memcmp(none, zero, 2) != 0 || memcmp(rest, zero, 4) != 0 ||
        mark > SNAPSHOT_MARK_MAX)
        return why_set(why, ERR_FORMAT, "it is cut off or no snapshot");
    uint8_t want[SNAPSHOT_CHECK_BYTES];
    check_make(want, key, bytes_of(in.ptr, in.len - SNAPSHOT_CHECK_BYTES));
    if (!secret_equal(want, check, sizeof want))
        return why_set(why, ERR_OPEN, "it is damaged, or another gate's");
    *out = s;
    return ERR_OK;
}
