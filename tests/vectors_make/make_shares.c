#include "make.h"

#include "shares/subset.h"

#include <stdio.h>

/* All 2 <= t < n <= 5, once with gates from 1 on and once with gaps. */
static const struct shape { unsigned t; uint8_t roster; } shapes[] = {
    { 2, 0x07 }, { 2, 0x0f }, { 3, 0x0f }, { 2, 0x1f }, { 3, 0x1f }, { 4, 0x1f },
    { 2, 0x92 }, { 2, 0xb1 }, { 3, 0xd2 }, { 2, 0xd9 }, { 3, 0xb5 }, { 4, 0xea },
};

/* The i-th set of `count` gates of the roster. */
static uint8_t some(const struct shape *s, unsigned count, unsigned i)
{
    struct subset_list all = subset_choose(s->roster, count);
    return all.sets[i % all.count];
}

static void assigned(struct make *m, const struct shape *s)
{
    char name[64];
    const json_int_t t = s->t, roster = s->roster;
    (void)snprintf(name, sizeof name, "%u of %u, roster %02x", s->t, subset_gates(s->roster),
                   s->roster);
    make_case(m, "subsets", "ok", name, "all sets of n-t+1 gates",
              json_pack("{s:I, s:I}", "t", t, "roster", roster));
    struct subset_list quorums = subset_choose(s->roster, s->t);
    for (unsigned i = 0; i < quorums.count; i += 3) {
        (void)snprintf(name, sizeof name, "%u of roster %02x, quorum %02x", s->t, s->roster,
                       quorums.sets[i]);
        make_case(m, "assign", "ok", name, "each set to its lowest gate in the quorum",
                  json_pack("{s:I, s:I, s:i}", "t", t, "roster", roster, "gates",
                            quorums.sets[i]));
    }
}

static json_t *epoch_of(struct make *m, const struct shape *s)
{
    static const int kinds[] = { 2, 5, 2, 8 };
    json_t *records = json_array();
    for (size_t i = 0; i < MAKE_COUNT(kinds); i++)
        json_array_append_new(records, json_pack("{s:i, s:o}", "kind", kinds[i], "id",
                                                 MAKE_RANDOM(m, 32)));
    return make_epoch(m, (int)s->t, s->roster, 0, MAKE_RANDOM(m, 16), records);
}

static void act(struct make *m, const char *op, const char *outcome, const json_t *epoch,
                const char *what, const char *why, unsigned gates)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%d of roster %02x, %s, gates %02x",
                   (int)op_get_int_of(epoch, "t"), (unsigned)op_get_int_of(epoch, "roster"), what,
                   gates);
    make_case(m, op, outcome, name, why, make_with(epoch, "gates", json_integer(gates)));
}

static void acts(struct make *m, const struct shape *s, unsigned i)
{
    const unsigned n = subset_gates(s->roster), most = 2 * s->t - 1 < n ? 2 * s->t - 1 : n;
    const json_t *epoch = epoch_of(m, s);
    act(m, "release", "ok", epoch, "release", "four records of three kinds", some(s, s->t, i));
    act(m, "create", "ok", epoch, "create", "as many gates as a create may name",
        some(s, most, i));
    if (i % 3 != 0)
        return;
    act(m, "release", "ok", epoch, "another quorum", "the pads are the same", some(s, s->t, i + 1));
    act(m, "create", "ok", epoch, "few gates", "as few gates as a create may name",
        some(s, s->t, i + 2));
    act(m, "release", "gates", epoch, "too few", "a release names exactly t gates",
        some(s, s->t - 1, i));
    act(m, "release", "gates", epoch, "too many", "a release names exactly t gates",
        some(s, s->t + 1, i));
    act(m, "create", "gates", epoch, "too few", "a create names t gates and more",
        some(s, s->t - 1, i));
    if (most < n)
        act(m, "create", "gates", epoch, "too many", "a create names at most 2t-1 gates",
            some(s, most + 1, i));
    const uint8_t outside = (uint8_t)(~s->roster & -(unsigned)(uint8_t)~s->roster);
    act(m, "release", "gates", epoch, "outside", "a gate that the epoch does not have",
        outside | some(s, s->t - 1, i));
    act(m, "create", "gates", epoch, "outside", "a gate that the epoch does not have",
        outside | some(s, s->t - 1, i));
}

static void steps(struct make *m)
{
    static const struct { int set, kind; } partials[] = { { 0x03, 2 }, { 0x90, 8 }, { 0x1e, 1 } };
    static const struct { int gates, index; const char *name; } masks[] = {
        { 0x03, 0, "record 0" },    { 0x03, 1, "record 1" }, { 0x13, 255, "record 255" },
        { 0xe0, 1000, "record 1000" },
    };
    for (size_t i = 0; i < MAKE_COUNT(partials); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "set %02x, kind %d", (unsigned)partials[i].set,
                       partials[i].kind);
        make_case(m, "partial", "ok", name, "key of project and kind, then of the record",
                  json_pack("{s:o, s:i, s:o, s:o, s:i, s:o}", "epoch_id", MAKE_RANDOM(m, 32), "set",
                            partials[i].set, "key", MAKE_RANDOM(m, 32), "project",
                            MAKE_RANDOM(m, 16), "kind", partials[i].kind, "id",
                            MAKE_RANDOM(m, 32)));
    }
    json_t *z = MAKE_RANDOM(m, 32), *r = MAKE_RANDOM(m, 32);
    for (size_t i = 0; i < MAKE_COUNT(masks); i++)
        make_case(m, "mask", "ok", masks[i].name, "the keystream at that record",
                  json_pack("{s:O, s:O, s:i, s:i}", "pair_key", z, "r", r, "gates", masks[i].gates,
                            "index", masks[i].index));
}

void make_shares(struct make *m)
{
    for (size_t i = 0; i < MAKE_COUNT(shapes); i++)
        assigned(m, &shapes[i]);
    static const struct { int t, roster, gates; const char *name, *why; } bad[] = {
        { 2, 0x07, 0x01, "too few", "a quorum has exactly t gates" },
        { 2, 0x07, 0x07, "too many", "a quorum has exactly t gates" },
        { 2, 0x07, 0x00, "none", "a quorum has exactly t gates" },
        { 3, 0xb5, 0x07, "outside", "gate 2 is not of the epoch" },
    };
    for (size_t i = 0; i < MAKE_COUNT(bad); i++)
        make_case(m, "assign", "gates", bad[i].name, bad[i].why,
                  json_pack("{s:i, s:i, s:i}", "t", bad[i].t, "roster", bad[i].roster, "gates",
                            bad[i].gates));
    steps(m);
    for (size_t i = 0; i < MAKE_COUNT(shapes); i++)
        acts(m, &shapes[i], (unsigned)i);
}
