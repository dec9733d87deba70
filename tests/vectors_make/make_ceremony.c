#include "make.h"

#include "shares/subset.h"

#include <stdio.h>

static void pairs(struct make *m)
{
    static const struct { int low, high; } gates[] = { { 1, 2 }, { 2, 5 }, { 7, 8 } };
    json_t *in = NULL;
    for (size_t i = 0; i < MAKE_COUNT(gates); i++) {
        char name[32];
        json_t *theirs = MAKE_RANDOM(m, 32);
        (void)snprintf(name, sizeof name, "gates %d and %d", gates[i].low, gates[i].high);
        in = json_pack("{s:o, s:o, s:o, s:o, s:i, s:i}", "secret", MAKE_RANDOM(m, 32), "public",
                       make_exchange(theirs), "p", MAKE_RANDOM(m, 32), "epoch_id",
                       MAKE_RANDOM(m, 32), "low", gates[i].low, "high", gates[i].high);
        make_case(m, "pair", "ok", name, "what two gates share", json_incref(in));
    }
    /* RFC 7748, 7 and the table of small orders in Curve25519's page */
    static const struct { const char *name, *key; } low_order[] = {
        { "zero", "0000000000000000000000000000000000000000000000000000000000000000" },
        { "one", "0100000000000000000000000000000000000000000000000000000000000000" },
        { "order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800" },
        { "of order 8 too", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157" },
        { "p - 1", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
    };
    for (size_t i = 0; i < MAKE_COUNT(low_order); i++)
        make_case(m, "pair", "key", low_order[i].name, "a point of low order agrees on zero",
                  make_with(in, "public", json_string(low_order[i].key)));
}

static const json_t *whole(struct make *m, unsigned t, uint8_t roster, json_t **given)
{
    char name[32];
    json_t *gates = json_array(), *carried = json_array(), *drawn = json_array();
    struct subset_list sets = subset_keys(t, roster);
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        if (!subset_has(roster, g))
            continue;
        json_array_append_new(gates, json_pack("{s:i, s:o}", "gate", (int)g, "secret",
                                               MAKE_RANDOM(m, 32)));
        for (unsigned h = g + 1; h <= SUBSET_NUMBER_MAX; h++)
            if (subset_has(roster, h))
                json_array_append_new(carried, json_pack("{s:i, s:i, s:o}", "low", (int)g, "high",
                                                         (int)h, "p", MAKE_RANDOM(m, 32)));
        for (unsigned i = 0; i < sets.count; i++)
            if (subset_has(sets.sets[i], g))
                json_array_append_new(drawn, json_pack("{s:i, s:i, s:o}", "gate", (int)g, "set",
                                                       sets.sets[i], "c", MAKE_RANDOM(m, 32)));
    }
    *given = json_pack("{s:i, s:o, s:o, s:o, s:o}", "t", (int)t, "epoch_id", MAKE_RANDOM(m, 32),
                       "gates", gates, "pairs", carried, "contributions", drawn);
    (void)snprintf(name, sizeof name, "%u of %u, roster %02x", t, subset_gates(roster), roster);
    return make_case(m, "ceremony", "ok", name, "all that the gates do together",
                     json_incref(*given));
}

/* Gate 1 deals to gate 2 in 2 of 4: rows for the sets 07 and 0b. */
static void deals(struct make *m)
{
    enum { ROWS = 42, ROW = 49 };
    json_t *given;
    const json_t *done = whole(m, 2, 0x0f, &given);
    const json_t *pair = json_array_get(json_object_get(done, "pairs"), 0);
    const json_t *deal = json_array_get(json_object_get(done, "deals"), 0);
    json_t *in = json_pack("{s:o, s:i, s:i, s:o, s:i, s:i, s:o}", "s", make_member(pair, "s"), "t",
                           2, "roster", 0x0f, "epoch_id", make_member(given, "epoch_id"), "from", 1,
                           "to", 2, "message", make_member(deal, "message"));
    make_case(m, "deal_open", "ok", "two rows", "a deal is opened", json_incref(in));
    static const struct make_edit rows[] = {
        { "format", 3, 1, "65", "magic cfde", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "format", 5, 1, "03", "another sender", "gate 1 was expected" },
        { "format", 6, 1, "03", "another receiver", "gate 2 was expected" },
        { "format", 7, 1, "01", "zero", "the reserved byte is not zero" },
        { "format", 8, 0, "^01", "another epoch", "a deal is for one epoch" },
        { "format", ROWS, 1, "0d", "a set without both", "gate 2 is not in 0d" },
        { "format", ROWS, 1, "03", "a set of another size", "a set has n-t+1 gates" },
        { "open", ROWS + 1, 0, "^01", "ciphertext", "the first bit of a row" },
        { "open", ROWS + 2 * ROW - 1, 0, "^80", "tag", "the last bit of the last row" },
        { "format", -1, 1, "", "a byte cut", "the last row is cut" },
        { "format", MAKE_END, 0, "00", "a byte left over", "nothing else may stand behind" },
        { "format", 0, ROWS + 2 * ROW, "", "empty", "no bytes at all" },
        { "format", 30, ROWS + 2 * ROW - 30, "", "cut in the epoch id", "30 bytes" },
    };
    make_edits(m, "deal_open", in, "message", rows, MAKE_COUNT(rows));

    const json_t *message = json_object_get(in, "message");
    const struct bytes raw = make_bytes(message);
    json_t *one = op_hex(raw.ptr + ROWS, ROW), *two = op_hex(raw.ptr + ROWS + ROW, ROW);
    const char *a = json_string_value(one), *b = json_string_value(two);
    char rest[4 * 2 * ROW + 1];
    const struct { const char *outcome, *length, *first, *second, *third, *name, *why; } lists[] = {
        { "format", "0031", a, "", "", "a row missing", "one row for each set of both" },
        { "format", "0000", "", "", "", "no rows", "one row for each set of both" },
        { "format", "0062", a, a, "", "a row twice", "rows ascend" },
        { "format", "0062", b, a, "", "descending", "rows ascend" },
        { "format", "0093", a, b, b, "a row too many", "one row for each set of both" },
    };
    for (size_t i = 0; i < MAKE_COUNT(lists); i++) {
        (void)snprintf(rest, sizeof rest, "%s%s%s%s", lists[i].length, lists[i].first,
                       lists[i].second, lists[i].third);
        make_case(m, "deal_open", lists[i].outcome, lists[i].name, lists[i].why,
                  make_with(in, "message", make_splice(message, ROWS - 2, 2 + 2 * ROW, rest)));
    }
    (void)snprintf(rest, sizeof rest, "07%s0b%s", b + 2, a + 2);
    make_case(m, "deal_open", "open", "rows sealed for each other", "the set is in the key",
              make_with(in, "message", make_splice(message, ROWS, 2 * ROW, rest)));
    make_case(m, "deal_open", "open", "another pair", "the key is what the two gates share",
              make_with(in, "s", MAKE_RANDOM(m, 32)));
}

void make_ceremony(struct make *m)
{
    json_t *given;
    pairs(m);
    whole(m, 2, 0x07, &given);
    whole(m, 3, 0xb5, &given);
    whole(m, 2, 0xd9, &given);
    whole(m, 4, 0x1f, &given);
    deals(m);
}
