#include "shares/ceremony.h"

#include "base/cur.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'd' };
enum { VERSION = 1, MEMBERS_MAX = 4 };

/* All of a ceremony's secrets, in one guarded allocation. */
struct hoard {
    struct ceremony_pair pairs[SUBSET_NUMBER_MAX + 1];
    /* from[g][i]: what gate g contributed to the i-th set that we hold */
    uint8_t from[SUBSET_NUMBER_MAX + 1][SUBSET_HELD_MAX][KEY_BYTES];
};

struct ceremony {
    struct ceremony_epoch epoch;
    unsigned number;
    struct subset_list held;
    uint8_t peers, met, received;
    struct secret *memory;
    struct hoard *hoard;
};

/* --- one step each --- */

static void derive(uint8_t out[32], struct bytes key, const char *label, struct bytes middle,
                   struct bytes tail)
{
    const struct bytes info[] = { bytes_str(label), middle, tail };
    hkdf_sha256(out, 32, key, bytes_of(NULL, 0), info, 3);
}

void ceremony_pair_from(struct ceremony_pair *out, const uint8_t p[KEY_BYTES],
                        const uint8_t x[KX_BYTES], const uint8_t epoch_id[32], unsigned a,
                        unsigned b)
{
    assert(a >= 1 && a < b && b <= SUBSET_NUMBER_MAX);
    const struct bytes none = bytes_of(NULL, 0);
    const uint8_t gates[] = { (uint8_t)a, (uint8_t)b };
    uint8_t both[KEY_BYTES + KX_BYTES];
    memcpy(both, p, KEY_BYTES);
    memcpy(both + KEY_BYTES, x, KX_BYTES);
    derive(out->s, bytes_of(both, sizeof both), "cfd1 pair", bytes_of(epoch_id, 32),
           bytes_of(gates, sizeof gates));
    secret_wipe(both, sizeof both);
    derive(out->z, bytes_of(out->s, KEY_BYTES), "cfd1 zero", none, none);
    derive(out->next, bytes_of(out->s, KEY_BYTES), "cfd1 ratchet", none, none);
}

void ceremony_subset_key(uint8_t out[KEY_BYTES], const uint8_t *contributions, uint8_t set,
                         const uint8_t epoch_id[32])
{
    derive(out, bytes_of(contributions, (size_t)subset_gates(set) * KEY_BYTES), "cfd1 subset",
           bytes_of(epoch_id, 32), bytes_of(&set, 1));
}

void ceremony_check(uint8_t out[32], const uint8_t subset_key[KEY_BYTES],
                    const uint8_t epoch_id[32], uint8_t set)
{
    derive(out, bytes_of(subset_key, KEY_BYTES), "cfd1 check", bytes_of(epoch_id, 32),
           bytes_of(&set, 1));
}

static struct subset_list held_by(const struct ceremony_epoch *e, unsigned gate)
{
    struct subset_list all = subset_keys(e->t, e->roster);
    return subset_holding(&all, gate);
}

static struct subset_list held_by_both(const struct ceremony_epoch *e, unsigned from, unsigned to)
{
    assert(from != to && subset_has(e->roster, from) && subset_has(e->roster, to));
    struct subset_list one = held_by(e, from);
    return subset_holding(&one, to);
}

static void deal_key(uint8_t out[KEY_BYTES], const uint8_t s[KEY_BYTES], unsigned from, uint8_t set)
{
    const uint8_t sender = (uint8_t)from;
    derive(out, bytes_of(s, KEY_BYTES), "cfd1 deal", bytes_of(&sender, 1), bytes_of(&set, 1));
}

static const uint8_t no_nonce[NONCE_BYTES]; /* each key is used for one message */

void ceremony_deal_write(const struct ceremony_epoch *e, unsigned from, unsigned to,
                         const uint8_t s[KEY_BYTES], const uint8_t *contributions,
                         struct buf *out)
{
    struct subset_list sets = held_by_both(e, from, to);
    buf_add(out, magic, sizeof magic);
    buf_add_u8(out, VERSION);
    buf_add_u8(out, (uint8_t)from);
    buf_add_u8(out, (uint8_t)to);
    buf_add_u8(out, 0);
    buf_add(out, e->id, sizeof e->id);
    buf_add_u16(out, (uint16_t)(sets.count * CEREMONY_DEAL_ROW));
    for (unsigned i = 0; i < sets.count; i++) {
        uint8_t key[KEY_BYTES], sealed[KEY_BYTES + TAG_BYTES];
        deal_key(key, s, from, sets.sets[i]);
        if (aead_seal_once(bytes_of(key, sizeof key), sealed, no_nonce, bytes_of(NULL, 0),
                           bytes_of(contributions + (size_t)i * KEY_BYTES, KEY_BYTES),
                           NULL) != ERR_OK)
            out->failed = true;
        secret_wipe(key, sizeof key);
        buf_add_u8(out, sets.sets[i]);
        buf_add(out, sealed, sizeof sealed);
    }
}

/* The front of a deal; what is left of `c` are its rows. */
static enum err deal_front(const struct ceremony_epoch *e, unsigned from, unsigned to,
                           struct cur *c, struct bytes *rows, struct why *why)
{
    const uint8_t *m = cur_bytes(c, sizeof magic);
    uint8_t version = cur_u8(c), sender = cur_u8(c), receiver = cur_u8(c), zero = cur_u8(c);
    const uint8_t *id = cur_bytes(c, sizeof e->id);
    *rows = cur_vec16(c);
    if (!cur_done(c))
        return why_set(why, ERR_FORMAT, "cannot read deal of gate %u: %s", from, cur_problem(c));
    if (memcmp(m, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "cannot read deal of gate %u: no 'cfdd'", from);
    if (version != VERSION)
        return why_set(why, ERR_VERSION, "cannot read deal of gate %u: version %u, not %d", from,
                       version, VERSION);
    if (sender != from || receiver != to || zero != 0)
        return why_set(why, ERR_FORMAT, "the deal of gate %u is from %u to %u, not to %u", from,
                       sender, receiver, to);
    if (memcmp(id, e->id, sizeof e->id) != 0)
        return why_set(why, ERR_FORMAT, "the deal of gate %u is for another epoch", from);
    return ERR_OK;
}

enum err ceremony_deal_parse(const struct ceremony_epoch *e, unsigned from, unsigned to,
                             const uint8_t s[KEY_BYTES], struct bytes message,
                             uint8_t *contributions, struct why *why)
{
    struct subset_list sets = held_by_both(e, from, to);
    assert(sets.count <= CEREMONY_ROWS_MAX);
    struct cur c = cur_from(message);
    struct bytes rows;
    enum err err = deal_front(e, from, to, &c, &rows, why);
    if (err != ERR_OK)
        return err;
    if (rows.len != (size_t)sets.count * CEREMONY_DEAL_ROW)
        return why_set(why, ERR_FORMAT, "the deal of gate %u has %zu bytes of rows, not %d", from,
                       rows.len, (int)sets.count * CEREMONY_DEAL_ROW);
    uint8_t opened[CEREMONY_ROWS_MAX * KEY_BYTES];
    for (unsigned i = 0; i < sets.count && err == ERR_OK; i++) {
        const uint8_t *row = rows.ptr + (size_t)i * CEREMONY_DEAL_ROW;
        uint8_t key[KEY_BYTES];
        if (row[0] != sets.sets[i]) {
            err = why_set(why, ERR_FORMAT, "row %u of the deal of gate %u is for set %u, not %u",
                          i, from, row[0], sets.sets[i]);
            break;
        }
        deal_key(key, s, from, row[0]);
        err = aead_open_once(bytes_of(key, sizeof key), opened + (size_t)i * KEY_BYTES, no_nonce,
                             bytes_of(NULL, 0), bytes_of(row + 1, CEREMONY_DEAL_ROW - 1), NULL);
        secret_wipe(key, sizeof key);
        if (err != ERR_OK)
            err = why_set(why, err, "row %u of the deal of gate %u does not open", i, from);
    }
    if (err == ERR_OK)
        memcpy(contributions, opened, (size_t)sets.count * KEY_BYTES);
    secret_wipe(opened, sizeof opened);
    return err;
}

/* --- a gate's whole ceremony --- */

size_t ceremony_contribution_bytes(const struct ceremony_epoch *e, unsigned number)
{
    return (size_t)held_by(e, number).count * KEY_BYTES;
}

struct ceremony *ceremony_new(const struct ceremony_epoch *e, unsigned number,
                              const uint8_t *contributions)
{
    assert(subset_epoch_ok(e->t, e->roster) && subset_has(e->roster, number));
    struct ceremony *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->memory = secret_new(sizeof *c->hoard);
    if (!c->memory) {
        free(c);
        return NULL;
    }
    c->hoard = (struct hoard *)(void *)c->memory->ptr;
    c->epoch = *e;
    c->number = number;
    c->peers = (uint8_t)(e->roster & ~subset_of(number));
    c->held = held_by(e, number);
    assert(c->held.count <= SUBSET_HELD_MAX);
    memcpy(c->hoard->from[number], contributions, ceremony_contribution_bytes(e, number));
    return c;
}

void ceremony_free(struct ceremony *c)
{
    if (!c)
        return;
    secret_free(c->memory);
    free(c);
}

enum err ceremony_meet(struct ceremony *c, unsigned peer, const uint8_t p[KEY_BYTES],
                       const uint8_t own_exchange_secret[KX_BYTES],
                       const uint8_t peer_exchange[KX_BYTES], struct why *why)
{
    assert(subset_has(c->peers, peer));
    uint8_t x[KX_BYTES];
    enum err err = kx_agree(x, own_exchange_secret, peer_exchange, why);
    if (err != ERR_OK)
        return why_before(why, err, "the exchange key of gate %u", peer);
    unsigned a = peer < c->number ? peer : c->number, b = peer < c->number ? c->number : peer;
    ceremony_pair_from(&c->hoard->pairs[peer], p, x, c->epoch.id, a, b);
    secret_wipe(x, sizeof x);
    c->met |= subset_of(peer);
    return ERR_OK;
}

/* The place of the i-th set that we and `peer` hold among those that we hold. */
static unsigned shared_place(const struct ceremony *c, const struct subset_list *both, unsigned i)
{
    unsigned at = 0;
    while (at < c->held.count && c->held.sets[at] != both->sets[i])
        at++;
    assert(at < c->held.count);
    return at;
}

void ceremony_deal(const struct ceremony *c, unsigned peer, struct buf *out)
{
    assert(subset_has(c->met, peer));
    struct subset_list both = held_by_both(&c->epoch, c->number, peer);
    uint8_t rows[CEREMONY_ROWS_MAX * KEY_BYTES];
    for (unsigned i = 0; i < both.count; i++)
        memcpy(rows + (size_t)i * KEY_BYTES, c->hoard->from[c->number][shared_place(c, &both, i)],
               KEY_BYTES);
    ceremony_deal_write(&c->epoch, c->number, peer, c->hoard->pairs[peer].s, rows, out);
    secret_wipe(rows, sizeof rows);
}

enum err ceremony_receive(struct ceremony *c, unsigned peer, struct bytes message, struct why *why)
{
    assert(subset_has(c->met, peer));
    struct subset_list both = held_by_both(&c->epoch, peer, c->number);
    uint8_t rows[CEREMONY_ROWS_MAX * KEY_BYTES];
    enum err err = ceremony_deal_parse(&c->epoch, peer, c->number, c->hoard->pairs[peer].s,
                                       message, rows, why);
    if (err != ERR_OK)
        return err;
    bool known = subset_has(c->received, peer), equal = true;
    for (unsigned i = 0; i < both.count; i++) {
        uint8_t *at = c->hoard->from[peer][shared_place(c, &both, i)];
        const uint8_t *row = rows + (size_t)i * KEY_BYTES;
        if (known)
            equal &= secret_equal(at, row, KEY_BYTES);
        else
            memcpy(at, row, KEY_BYTES);
    }
    secret_wipe(rows, sizeof rows);
    if (!equal)
        return why_set(why, ERR_EXISTS, "gate %u has dealt other contributions before", peer);
    c->received |= subset_of(peer);
    return ERR_OK;
}

uint8_t ceremony_missing(const struct ceremony *c)
{
    return (uint8_t)(c->peers & ~c->received);
}

struct gate_keys *ceremony_finish(const struct ceremony *c)
{
    assert(ceremony_missing(c) == 0);
    struct gate_keys *keys = gate_keys_new(c->epoch.id, c->epoch.t, c->epoch.roster, c->number);
    if (!keys)
        return NULL;
    uint8_t all[MEMBERS_MAX * KEY_BYTES], key[KEY_BYTES];
    for (unsigned i = 0; i < c->held.count; i++) {
        size_t used = 0;
        for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
            if (!subset_has(c->held.sets[i], g))
                continue;
            assert(used < sizeof all);
            memcpy(all + used, c->hoard->from[g][i], KEY_BYTES);
            used += KEY_BYTES;
        }
        ceremony_subset_key(key, all, c->held.sets[i], c->epoch.id);
        gate_keys_put_subset(keys, c->held.sets[i], key);
    }
    secret_wipe(all, sizeof all);
    secret_wipe(key, sizeof key);
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        if (subset_has(c->peers, g))
            gate_keys_put_zero(keys, g, c->hoard->pairs[g].z);
    assert(gate_keys_complete(keys));
    return keys;
}

void ceremony_checks(const struct gate_keys *keys, uint8_t *checks)
{
    for (unsigned i = 0; i < keys->held.count; i++)
        ceremony_check(checks + (size_t)i * 32, gate_keys_subset(keys, keys->held.sets[i]),
                       keys->epoch_id, keys->held.sets[i]);
}

void ceremony_next(const struct ceremony *c, unsigned peer, uint8_t p[KEY_BYTES])
{
    assert(subset_has(c->met, peer));
    memcpy(p, c->hoard->pairs[peer].next, KEY_BYTES);
}
