#include "make.h"

#include "shares/subset.h"

#include <stdio.h>

/* An epoch, records with slots under their true pads, and what the gates answer. */
struct scene {
    json_t *epoch, *headers, *slots;
    const json_t *answered;
};

json_t *make_epoch(struct make *m, int t, uint8_t roster, int gates, json_t *project,
                   json_t *records)
{
    struct subset_list sets = subset_keys((unsigned)t, roster);
    json_t *keys = json_array(), *pairs = json_array();
    for (unsigned i = 0; i < sets.count; i++)
        json_array_append_new(keys, json_pack("{s:i, s:o}", "set", sets.sets[i], "key",
                                              MAKE_RANDOM(m, 32)));
    for (unsigned a = 1; a <= SUBSET_NUMBER_MAX; a++)
        for (unsigned b = a + 1; b <= SUBSET_NUMBER_MAX; b++)
            if (subset_has(roster, a) && subset_has(roster, b))
                json_array_append_new(pairs, json_pack("{s:i, s:i, s:o}", "low", (int)a, "high",
                                                       (int)b, "key", MAKE_RANDOM(m, 32)));
    return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "t", t, "roster", roster,
                     "epoch_id", MAKE_RANDOM(m, 32), "subset_keys", keys, "pair_keys", pairs,
                     "project", project, "records", records, "r", MAKE_RANDOM(m, 32), "gates",
                     gates);
}

static struct scene scene(struct make *m, const char *act, int t, uint8_t roster, int gates)
{
    enum { RECORDS = 3 };
    struct scene s = { .headers = json_array(), .slots = json_array() };
    json_t *project = MAKE_RANDOM(m, 16), *records = json_array(), *deks[RECORDS], *ids[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
        deks[i] = MAKE_RANDOM(m, 32);
        const json_t *made = make_call("header/make",
                                       json_pack("{s:i, s:O, s:o, s:O}", "kind", 2 + 3 * i,
                                                 "project", project, "author", MAKE_RANDOM(m, 32),
                                                 "dek", deks[i]));
        ids[i] = make_member(made, "id");
        json_array_append_new(s.headers, make_member(made, "header"));
        json_array_append_new(records, json_pack("{s:i, s:O}", "kind", 2 + 3 * i, "id", ids[i]));
    }
    s.epoch = make_epoch(m, t, roster, gates, project, records);
    char path[32];
    (void)snprintf(path, sizeof path, "shares/%s", act);
    s.answered = make_call(path, json_incref(s.epoch));
    for (size_t i = 0; i < RECORDS; i++) {
        const json_t *pad = json_array_get(json_object_get(s.answered, "pads"), i);
        json_array_append_new(
            s.slots, make_member(make_call("slot/make", json_pack("{s:O, s:i, s:O, s:o}", "id",
                                                                  ids[i], "epoch", 1, "dek",
                                                                  deks[i], "pad",
                                                                  json_deep_copy(pad))),
                                 "slot"));
    }
    return s;
}

static json_t *release_of(const struct scene *s)
{
    return json_pack("{s:o, s:O, s:O, s:o}", "gates", make_member(s->epoch, "gates"), "headers",
                     s->headers, "slots", s->slots, "shares", make_member(s->answered, "shares"));
}

/* The i-th gate's shares with another bit. */
static json_t *flipped(const json_t *in, size_t i, int at)
{
    json_t *copy = json_deep_copy(in), *row = json_array_get(json_object_get(copy, "shares"), i);
    json_object_set_new(row, "shares", make_splice(json_object_get(row, "shares"), at, 0, "^01"));
    return copy;
}

void make_answer_combining(struct make *m)
{
    const struct scene two = scene(m, "release", 2, 0x07, 0x05);
    const struct scene three = scene(m, "release", 3, 0xb5, 0x94);
    make_case(m, "combine", "ok", "2 of 3", "three records", release_of(&two));
    make_case(m, "combine", "ok", "3 of 5, with gaps", "three records", release_of(&three));
    make_case(m, "combine", "pad", "a flipped share", "the first record does not open",
              flipped(release_of(&two), 0, 0));
    make_case(m, "combine", "pad", "a flipped share, last record", "the last record does not open",
              flipped(release_of(&three), 2, -1));
    json_t *in = release_of(&two);
    json_t *other = json_object_get(scene(m, "release", 2, 0x07, 0x05).answered, "shares");
    json_t *mixed = json_deep_copy(json_object_get(in, "shares"));
    json_array_set_new(mixed, 1, json_deep_copy(json_array_get(other, 1)));
    make_case(m, "combine", "pad", "shares of two requests", "masks cancel in one request only",
              make_with(in, "shares", mixed));

    static const struct { int t, roster, gates; const char *name; } creates[] = {
        { 2, 0x07, 0x07, "2 of 3, three gates" },
        { 2, 0x07, 0x06, "2 of 3, two gates" },
        { 3, 0xb5, 0xb5, "3 of 5 with gaps, five gates" },
        { 3, 0x1f, 0x17, "3 of 5, four gates" },
    };
    for (size_t i = 0; i < MAKE_COUNT(creates); i++) {
        const struct scene s =
            scene(m, "create", creates[i].t, (uint8_t)creates[i].roster, creates[i].gates);
        json_t *create = json_pack("{s:i, s:i, s:i, s:o}", "t", creates[i].t, "gates",
                                   creates[i].gates, "count", 3, "shares",
                                   make_member(s.answered, "shares"));
        make_case(m, "combine_create", "ok", creates[i].name, "each quorum gives the same pads",
                  json_incref(create));
        if (i == 2)
            make_case(m, "combine_create", "ok", "a liar among five",
                      "the quorums with the second gate give other pads", flipped(create, 1, 0));
    }
}
