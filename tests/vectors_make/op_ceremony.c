#include "op.h"

#include "shares/ceremony.h"

#include <string.h>

static enum err pair_op(struct op *o)
{
    struct ceremony_pair pair;
    uint8_t x[KX_BYTES];
    enum err e = kx_agree(x, op_get_fixed(o, "secret", KX_BYTES),
                          op_get_fixed(o, "public", KX_BYTES), &o->why);
    if (e)
        return e;
    ceremony_pair_from(&pair, op_get_fixed(o, "p", 32), x, op_get_fixed(o, "epoch_id", 32),
                       (unsigned)op_get_int(o, "low"), (unsigned)op_get_int(o, "high"));
    op_put_hex(o->out, "x", x, sizeof x);
    op_put_hex(o->out, "s", pair.s, sizeof pair.s);
    op_put_hex(o->out, "z", pair.z, sizeof pair.z);
    op_put_hex(o->out, "next", pair.next, sizeof pair.next);
    return ERR_OK;
}

/* All gates of a ceremony in one process. */
struct scene {
    struct ceremony_epoch epoch;
    const uint8_t *secrets[SUBSET_NUMBER_MAX + 1]; /* NULL: not of the epoch */
    struct ceremony *gates[SUBSET_NUMBER_MAX + 1];
};

static const json_t *find_row(const json_t *list, const char *first, unsigned a,
                              const char *second, unsigned b)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (op_get_int_of(row, first) == a && op_get_int_of(row, second) == b)
            return row;
    }
    assert(false); /* a case has a row for each */
    return NULL;
}

static void read_gates(struct op *o, struct scene *s)
{
    const json_t *list = op_get_list(o, "gates");
    s->epoch.t = (unsigned)op_get_int(o, "t");
    memcpy(s->epoch.id, op_get_fixed(o, "epoch_id", 32), 32);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        const unsigned gate = (unsigned)op_get_int_of(row, "gate");
        s->secrets[gate] = op_get_fixed_of(o, row, "secret", KX_BYTES);
        s->epoch.roster |= subset_of(gate);
    }
}

static void new_gate(struct op *o, struct scene *s, unsigned gate)
{
    struct subset_list all = subset_keys(s->epoch.t, s->epoch.roster);
    struct subset_list held = subset_holding(&all, gate);
    uint8_t drawn[SUBSET_HELD_MAX * KEY_BYTES];
    for (unsigned i = 0; i < held.count; i++) {
        const json_t *row = find_row(op_get_list(o, "contributions"), "gate", gate, "set",
                                     held.sets[i]);
        memcpy(drawn + i * KEY_BYTES, op_get_fixed_of(o, row, "c", KEY_BYTES), KEY_BYTES);
    }
    assert(ceremony_contribution_bytes(&s->epoch, gate) == (size_t)held.count * KEY_BYTES);
    s->gates[gate] = ceremony_new(&s->epoch, gate, drawn);
    assert(s->gates[gate]);
}

/* Both gates of a pair meet, and `low` writes down what they share. */
static enum err meet(struct op *o, struct scene *s, unsigned low, unsigned high, json_t *pairs)
{
    const uint8_t *p = op_get_fixed_of(
        o, find_row(op_get_list(o, "pairs"), "low", low, "high", high), "p", KEY_BYTES);
    uint8_t keys[2][KX_BYTES], x[KX_BYTES], next[KEY_BYTES];
    struct ceremony_pair pair;
    kx_public(keys[0], s->secrets[low]);
    kx_public(keys[1], s->secrets[high]);
    enum err e = ceremony_meet(s->gates[low], high, p, s->secrets[low], keys[1], &o->why);
    if (!e)
        e = ceremony_meet(s->gates[high], low, p, s->secrets[high], keys[0], &o->why);
    if (!e)
        e = kx_agree(x, s->secrets[low], keys[1], &o->why);
    if (e)
        return e;
    ceremony_pair_from(&pair, p, x, s->epoch.id, low, high);
    ceremony_next(s->gates[high], low, next);
    assert(memcmp(pair.next, next, sizeof next) == 0);
    json_t *object = op_add_object(pairs);
    op_put_int(object, "low", low);
    op_put_int(object, "high", high);
    op_put_hex(object, "s", pair.s, sizeof pair.s);
    op_put_hex(object, "z", pair.z, sizeof pair.z);
    op_put_hex(object, "next", next, sizeof next);
    return ERR_OK;
}

static enum err deal(struct op *o, struct scene *s, unsigned from, unsigned to, json_t *deals)
{
    AUTO_BUF struct buf message = buf_init(CEREMONY_DEAL_MAX);
    ceremony_deal(s->gates[from], to, &message);
    assert(buf_ok(&message));
    enum err e = ceremony_receive(s->gates[to], from, buf_bytes(&message), &o->why);
    if (e)
        return e;
    json_t *object = op_add_object(deals);
    op_put_int(object, "from", from);
    op_put_int(object, "to", to);
    op_put_bytes(object, "message", buf_bytes(&message));
    return ERR_OK;
}

/* Key and check value of each set, on which all its members have to agree. */
static void put_subsets(struct op *o, struct scene *s)
{
    struct subset_list all = subset_keys(s->epoch.t, s->epoch.roster);
    json_t *list = op_put_list(o->out, "subsets");
    for (unsigned i = 0; i < all.count; i++) {
        uint8_t key[KEY_BYTES], check[32], checks[SUBSET_HELD_MAX * 32];
        bool first = true;
        for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
            if (!subset_has(all.sets[i], g))
                continue;
            assert(ceremony_missing(s->gates[g]) == 0);
            AUTO_GATE_KEYS struct gate_keys *keys = ceremony_finish(s->gates[g]);
            unsigned at = 0;
            while (keys->held.sets[at] != all.sets[i])
                at++;
            ceremony_checks(keys, checks);
            assert(first || memcmp(key, gate_keys_subset(keys, all.sets[i]), KEY_BYTES) == 0);
            assert(first || memcmp(check, checks + at * 32, 32) == 0);
            memcpy(key, gate_keys_subset(keys, all.sets[i]), KEY_BYTES);
            memcpy(check, checks + at * 32, 32);
            first = false;
        }
        json_t *object = op_add_object(list);
        op_put_int(object, "set", all.sets[i]);
        op_put_hex(object, "key", key, sizeof key);
        op_put_hex(object, "check", check, sizeof check);
    }
}

static enum err ceremony_op(struct op *o)
{
    struct scene s = { 0 };
    enum err e = ERR_OK;
    read_gates(o, &s);
    json_t *pairs = op_put_list(o->out, "pairs"), *deals = op_put_list(o->out, "deals");
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        if (s.secrets[g])
            new_gate(o, &s, g);
    for (unsigned a = 1; a <= SUBSET_NUMBER_MAX; a++)
        for (unsigned b = a + 1; b <= SUBSET_NUMBER_MAX && !e; b++)
            if (s.secrets[a] && s.secrets[b])
                e = meet(o, &s, a, b, pairs);
    for (unsigned a = 1; a <= SUBSET_NUMBER_MAX; a++)
        for (unsigned b = 1; b <= SUBSET_NUMBER_MAX && !e; b++)
            if (a != b && s.secrets[a] && s.secrets[b])
                e = deal(o, &s, a, b, deals);
    if (!e)
        put_subsets(o, &s);
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        ceremony_free(s.gates[g]);
    return e;
}

static enum err deal_open_op(struct op *o)
{
    struct ceremony_epoch epoch = { .t = (unsigned)op_get_int(o, "t"),
                                    .roster = (uint8_t)op_get_int(o, "roster") };
    const unsigned from = (unsigned)op_get_int(o, "from"), to = (unsigned)op_get_int(o, "to");
    uint8_t dealt[CEREMONY_ROWS_MAX * KEY_BYTES];
    memcpy(epoch.id, op_get_fixed(o, "epoch_id", 32), 32);
    enum err e = ceremony_deal_parse(&epoch, from, to, op_get_fixed(o, "s", KEY_BYTES),
                                     op_get(o, "message"), dealt, &o->why);
    if (e)
        return e;
    struct subset_list all = subset_keys(epoch.t, epoch.roster);
    struct subset_list both = subset_holding(&all, from);
    both = subset_holding(&both, to);
    json_t *list = op_put_list(o->out, "contributions");
    for (unsigned i = 0; i < both.count; i++) {
        json_t *object = op_add_object(list);
        op_put_int(object, "set", both.sets[i]);
        op_put_hex(object, "c", dealt + i * KEY_BYTES, KEY_BYTES);
    }
    return ERR_OK;
}

struct op_table op_ceremony_table(void)
{
    static const struct op_row rows[] = {
        { "ceremony/pair", pair_op },
        { "ceremony/ceremony", ceremony_op },
        { "ceremony/deal_open", deal_open_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
