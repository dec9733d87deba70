#include "op.h"

#include "crypto/aead.h"
#include "record/slot.h"
#include "shares/combine.h"
#include "shares/share.h"

#include <string.h>

static void add_sets(json_t *list, const struct subset_list *sets)
{
    for (unsigned i = 0; i < sets->count; i++)
        json_array_append_new(list, json_integer(sets->sets[i]));
}

static enum err subsets_op(struct op *o)
{
    struct subset_list all =
        subset_keys((unsigned)op_get_int(o, "t"), (uint8_t)op_get_int(o, "roster"));
    add_sets(op_put_list(o->out, "sets"), &all);
    return ERR_OK;
}

static enum err assign_op(struct op *o)
{
    const unsigned t = (unsigned)op_get_int(o, "t");
    const uint8_t roster = (uint8_t)op_get_int(o, "roster"), q = (uint8_t)op_get_int(o, "gates");
    enum err e = subset_quorum_check(t, roster, q, 0, &o->why);
    if (e)
        return e;
    json_t *list = op_put_list(o->out, "assigned");
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        if (!subset_has(q, g))
            continue;
        struct subset_list sets = subset_assigned(t, roster, q, g);
        json_t *object = op_add_object(list);
        op_put_int(object, "gate", g);
        add_sets(op_put_list(object, "sets"), &sets);
    }
    return ERR_OK;
}

static enum err partial_op(struct op *o)
{
    uint8_t key[KEY_BYTES], partial[32];
    key_project(key, op_get_fixed(o, "key", KEY_BYTES), op_get_fixed(o, "epoch_id", 32),
                (uint8_t)op_get_int(o, "set"), op_get_fixed(o, "project", 16),
                (uint8_t)op_get_int(o, "kind"));
    key_partial(partial, key, op_get_fixed(o, "id", 32));
    op_put_hex(o->out, "project_key", key, sizeof key);
    op_put_hex(o->out, "partial", partial, sizeof partial);
    return ERR_OK;
}

static enum err mask_op(struct op *o)
{
    const size_t index = op_get_int(o, "index");
    uint8_t key[KEY_BYTES], *stream = op_alloc(o, 32 * (index + 1));
    key_mask(key, op_get_fixed(o, "pair_key", KEY_BYTES), op_get_fixed(o, "r", 32),
             (uint8_t)op_get_int(o, "gates"));
    enum err e = ctr_xor(key, stream, 32 * (index + 1), NULL);
    op_put_hex(o->out, "mask", stream + 32 * index, 32);
    return e;
}

/* What one gate of the epoch holds. */
static struct gate_keys *keys_of(struct op *o, unsigned gate)
{
    struct gate_keys *keys =
        gate_keys_new(op_get_fixed(o, "epoch_id", 32), (unsigned)op_get_int(o, "t"),
                      (uint8_t)op_get_int(o, "roster"), gate);
    const json_t *subsets = op_get_list(o, "subset_keys"), *pairs = op_get_list(o, "pair_keys");
    assert(keys);
    for (size_t i = 0; i < json_array_size(subsets); i++) {
        const json_t *row = json_array_get(subsets, i);
        const uint8_t set = (uint8_t)op_get_int_of(row, "set");
        if (subset_has(set, gate))
            gate_keys_put_subset(keys, set, op_get_fixed_of(o, row, "key", KEY_BYTES));
    }
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *row = json_array_get(pairs, i);
        const unsigned low = (unsigned)op_get_int_of(row, "low"),
                       high = (unsigned)op_get_int_of(row, "high");
        if (low == gate || high == gate)
            gate_keys_put_zero(keys, low == gate ? high : low,
                               op_get_fixed_of(o, row, "key", KEY_BYTES));
    }
    return keys;
}

struct act {
    bool create;
    unsigned t;
    uint8_t gates;
    size_t count;
    struct share_record *records;
};

static void read_records(struct op *o, struct act *a)
{
    const json_t *list = op_get_list(o, "records");
    a->count = json_array_size(list);
    a->records = op_alloc(o, a->count * sizeof *a->records);
    for (size_t i = 0; i < a->count; i++) {
        const json_t *row = json_array_get(list, i);
        a->records[i].kind = (uint8_t)op_get_int_of(row, "kind");
        memcpy(a->records[i].id, op_get_fixed_of(o, row, "id", 32), 32);
    }
}

static enum err answer_of(struct op *o, const struct act *a, unsigned gate,
                          struct combine_answer *out)
{
    AUTO_GATE_KEYS struct gate_keys *keys = keys_of(o, gate);
    AUTO_SHARE_WORKER struct share_worker *worker = share_worker_new(keys);
    const uint8_t *r = op_get_fixed(o, "r", 32), *project = op_get_fixed(o, "project", 16);
    const size_t width = a->create ? share_create_count(a->t, a->gates, gate) : 1;
    uint8_t *shares = op_alloc(o, a->count * width * SHARE_BYTES);
    assert(worker);
    *out = (struct combine_answer){ gate, bytes_of(shares, a->count * width * SHARE_BYTES) };
    return (a->create ? share_create : share_release)(worker, r, a->gates, project, a->records,
                                                      a->count, shares, &o->why);
}

/* The pads as a client gets them from the answers; all quorums of a create must agree. */
static enum err put_pads(struct op *o, const struct act *a, const struct combine_answer *answers,
                         size_t answer_count)
{
    struct subset_list quorums = combine_quorums(a->t, a->gates, a->gates);
    const size_t width = a->create ? quorums.count : 1;
    uint8_t *pads = op_alloc(o, a->count * width * COMBINE_PAD_BYTES);
    enum err e = a->create ? combine_create(a->t, a->gates, answers, answer_count, a->count, pads,
                                            &o->why)
                           : combine_release(a->gates, answers, answer_count, a->count, pads,
                                             &o->why);
    if (e)
        return e;
    assert(width == 1 || combine_agree(pads, quorums.count, a->count));
    json_t *list = op_put_list(o->out, "pads");
    for (size_t i = 0; i < a->count; i++)
        op_add_hex(list, pads + i * width * COMBINE_PAD_BYTES, COMBINE_PAD_BYTES);
    return ERR_OK;
}

static enum err answers_op(struct op *o, bool create)
{
    struct act a = { .create = create, .t = (unsigned)op_get_int(o, "t"),
                     .gates = (uint8_t)op_get_int(o, "gates") };
    struct combine_answer answers[SUBSET_NUMBER_MAX];
    size_t count = 0;
    enum err e = (create ? subset_create_check : subset_quorum_check)(
        a.t, (uint8_t)op_get_int(o, "roster"), a.gates, 0, &o->why);
    read_records(o, &a);
    for (unsigned g = 1; !e && g <= SUBSET_NUMBER_MAX; g++)
        if (subset_has(a.gates, g))
            e = answer_of(o, &a, g, &answers[count++]);
    if (!e)
        e = put_pads(o, &a, answers, count);
    json_t *list = e ? NULL : op_put_list(o->out, "shares");
    for (size_t i = 0; !e && i < count; i++) {
        json_t *object = op_add_object(list);
        op_put_int(object, "gate", answers[i].gate);
        op_put_bytes(object, "shares", answers[i].shares);
    }
    return e;
}

static enum err release_op(struct op *o)
{
    return answers_op(o, false);
}

static enum err create_op(struct op *o)
{
    return answers_op(o, true);
}

static size_t given_answers(struct op *o, struct combine_answer out[SUBSET_NUMBER_MAX])
{
    const json_t *list = op_get_list(o, "shares");
    assert(json_array_size(list) <= SUBSET_NUMBER_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        out[i] = (struct combine_answer){ (unsigned)op_get_int_of(row, "gate"),
                                          op_get_of(o, row, "shares") };
    }
    return json_array_size(list);
}

static enum err combine_op(struct op *o)
{
    const json_t *headers = op_get_list(o, "headers"), *slots = op_get_list(o, "slots");
    const size_t count = json_array_size(headers);
    struct combine_answer answers[SUBSET_NUMBER_MAX];
    uint8_t *pads = op_alloc(o, count * COMBINE_PAD_BYTES), dek[KEY_BYTES];
    const size_t answer_count = given_answers(o, answers);
    enum err e = combine_release((uint8_t)op_get_int(o, "gates"), answers, answer_count, count,
                                 pads, &o->why);
    json_t *out_pads = op_put_list(o->out, "pads"), *out_deks = op_put_list(o->out, "deks");
    for (size_t i = 0; !e && i < count; i++) {
        const uint8_t *pad = pads + i * COMBINE_PAD_BYTES;
        struct record_header h;
        struct slot s;
        e = record_header_parse(op_item(o, headers, i), &h, &o->why);
        if (!e)
            e = slot_parse(op_item(o, slots, i), &s, &o->why);
        if (!e)
            e = slot_open(&s, &h, pad, dek, &o->why);
        if (e)
            break;
        op_add_hex(out_pads, pad, COMBINE_PAD_BYTES);
        op_add_hex(out_deks, dek, sizeof dek);
    }
    return e;
}

static enum err combine_create_op(struct op *o)
{
    const unsigned t = (unsigned)op_get_int(o, "t");
    const uint8_t s = (uint8_t)op_get_int(o, "gates");
    const size_t count = op_get_int(o, "count");
    struct combine_answer answers[SUBSET_NUMBER_MAX];
    struct subset_list quorums = combine_quorums(t, s, s);
    uint8_t *pads = op_alloc(o, count * quorums.count * COMBINE_PAD_BYTES);
    const size_t answer_count = given_answers(o, answers);
    enum err e = combine_create(t, s, answers, answer_count, count, pads, &o->why);
    if (e)
        return e;
    json_t *list = op_put_list(o->out, "quorums");
    for (unsigned j = 0; j < quorums.count; j++) {
        json_t *object = op_add_object(list);
        op_put_int(object, "set", quorums.sets[j]);
        json_t *of = op_put_list(object, "pads");
        for (size_t i = 0; i < count; i++)
            op_add_hex(of, pads + (i * quorums.count + j) * COMBINE_PAD_BYTES, COMBINE_PAD_BYTES);
    }
    return ERR_OK;
}

struct op_table op_shares_table(void)
{
    static const struct op_row rows[] = {
        { "shares/subsets", subsets_op }, { "shares/assign", assign_op },
        { "shares/partial", partial_op }, { "shares/mask", mask_op },
        { "shares/release", release_op }, { "shares/create", create_op },
        { "answer/combine", combine_op }, { "answer/combine_create", combine_create_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
