#include "make.h"

#include "request/heads.h"

#include <stdio.h>

static json_t *row(struct make *m, const char *front, json_int_t number, json_t *manifest)
{
    json_t *issuer = MAKE_RANDOM(m, 32);
    return json_pack("{s:o, s:I, s:o, s:o}", "issuer", make_splice(issuer, 0, 1, front), "number",
                     number, "id", MAKE_RANDOM(m, 32), "manifest", manifest);
}

static void questions(struct make *m, json_t **asked)
{
    const json_t *out = make_case(m, "question", "ok", "question", "a project and a nonce",
                                  json_pack("{s:o, s:o}", "project", MAKE_RANDOM(m, 16), "nonce",
                                            MAKE_RANDOM(m, 32)));
    json_t *in = json_pack("{s:o}", "question", make_member(out, "question"));
    make_case(m, "parse_question", "ok", "question", "what was made is read again",
              json_incref(in));
    static const struct make_edit rows[] = {
        { "format", 3, 1, "67", "magic cfdg", "that is a reply's" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "format", 5, 1, "01", "first zero", "a reserved byte is not zero" },
        { "format", 7, 1, "01", "last zero", "a reserved byte is not zero" },
        { "format", -1, 1, "", "55 bytes", "one byte too short" },
        { "format", MAKE_END, 0, "00", "57 bytes", "one byte too long" },
        { "format", 0, 56, "", "empty", "no bytes at all" },
    };
    make_edits(m, "parse_question", in, "question", rows, MAKE_COUNT(rows));
    *asked = make_member(out, "question");
}

/* Replies and checks it; returns the latter's `in`. */
static json_t *replied(struct make *m, const struct make_key *key, json_t *asked, const char *name,
                       const char *why, json_t *rows)
{
    const json_t *out = make_case(m, "reply", "ok", name, why,
                                  json_pack("{s:O, s:i, s:i, s:o, s:o}", "question", asked, "gate",
                                            3, "size", 1000, "rows", rows, "seed",
                                            make_seed(key)));
    json_t *in = json_pack("{s:O, s:i, s:o, s:o}", "question", asked, "gate", 3, "key",
                           make_public(key), "reply", make_member(out, "reply"));
    make_case(m, "check", "ok", name, "what was made is read again", json_incref(in));
    return in;
}

/* Rows 51: length 48, three rows of 104, signature 363. */
static void checks(struct make *m, const struct make_key *key, const json_t *in)
{
    enum { ROWS = 51, END = ROWS + 3 * HEADS_ROW_BYTES };
    const struct bytes raw = make_bytes(json_object_get(in, "reply"));
    assert(raw.len == END + SIGNATURE_BYTES);
    json_t *two = op_hex(raw.ptr + ROWS, 32);
    json_t *three = make_zero(105);
    char odd[300];
    (void)snprintf(odd, sizeof odd, "000069%s", json_string_value(three));
    const struct make_edit rows[] = {
        { "format", 3, 1, "68", "magic cfdh", "that is a question's" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "format", 5, 1, "00", "gate 0", "gates are 1 to 8" },
        { "format", 5, 1, "09", "gate 9", "gates are 1 to 8" },
        { "format", 6, 1, "01", "first zero", "a reserved byte is not zero" },
        { "format", 7, 1, "01", "last zero", "a reserved byte is not zero" },
        { "format", ROWS - 3, 3 + 3 * HEADS_ROW_BYTES, odd, "rows of 105 bytes", "a row has 104" },
        { "format", ROWS + HEADS_ROW_BYTES, 32, json_string_value(two), "an issuer twice",
          "strictly ascending" },
        { "format", ROWS, 1, "fe", "not ascending", "by issuer" },
        { "format", MAKE_END, 0, "00", "a byte left over", "nothing else may stand behind" },
        { "format", -1, 1, "", "a byte cut", "the signature is cut" },
        { "format", 40, END + SIGNATURE_BYTES - 40, "", "cut in the front", "40 bytes" },
        { "format", 0, END + SIGNATURE_BYTES, "", "empty", "no bytes at all" },
        { "signature", 5, 1, "04", "another gate unsigned", "the signature comes first" },
        { "signature", 8, 0, "^01", "another question unsigned", "the signature comes first" },
        { "signature", 47, 0, "^01", "another size", "all of it is signed" },
        { "signature", ROWS + 39, 0, "^02", "another number", "all of it is signed" },
        { "signature", -1, 0, "^20", "flipped signature", "the last byte" },
    };
    make_edits(m, "check", in, "reply", rows, MAKE_COUNT(rows));
    const struct make_key other = MAKE_KEY(m);
    make_case(m, "check", "signature", "another key", "another gate's log key",
              make_with(in, "key", make_public(&other)));
    make_case(m, "check", "answer", "another gate asked", "gate 3 replied",
              make_with(in, "gate", json_integer(4)));
    const json_t *asked = make_call("heads/question",
                                    json_pack("{s:o, s:o}", "project", MAKE_RANDOM(m, 16), "nonce",
                                              MAKE_RANDOM(m, 32)));
    make_case(m, "check", "answer", "another question asked", "a reply is to one question",
              make_with(in, "question", make_member(asked, "question")));
    (void)key;
}

static void newest(struct make *m)
{
    json_t *a = row(m, "10", 5, make_zero(32)), *b = row(m, "20", 7, MAKE_RANDOM(m, 32)),
           *c = row(m, "30", 1, make_zero(32));
    json_t *late_a = make_with(a, "number", json_integer(6));
    json_object_set_new(late_a, "id", MAKE_RANDOM(m, 32));
    json_t *early_b = make_with(b, "number", json_integer(2));
    json_object_set_new(early_b, "id", MAKE_RANDOM(m, 32));
    make_case(m, "newest", "ok", "two gates", "the greatest number of each issuer",
              json_pack("{s:[{s:[O, O]}, {s:[O, O, O]}]}", "replies", "rows", a, b, "rows", late_a,
                        early_b, c));
    make_case(m, "newest", "ok", "the other order", "the order of the gates does not matter",
              json_pack("{s:[{s:[O, O, O]}, {s:[O, O]}]}", "replies", "rows", late_a, early_b, c,
                        "rows", a, b));
    make_case(m, "newest", "ok", "one gate knows more", "an issuer that one gate has not heard of",
              json_pack("{s:[{s:[]}, {s:[O]}]}", "replies", "rows", "rows", c));
    make_case(m, "newest", "ok", "nothing", "no device wrote",
              json_pack("{s:[{s:[]}, {s:[]}]}", "replies", "rows", "rows"));
}

void make_heads(struct make *m)
{
    const struct make_key key = MAKE_KEY(m);
    json_t *asked;
    questions(m, &asked);
    replied(m, &key, asked, "no rows", "nobody wrote for the project", json_array());
    replied(m, &key, asked, "one row", "one device",
            json_pack("[o]", row(m, "00", ((json_int_t)1 << 53) - 1, make_zero(32))));
    json_t *low = row(m, "01", 1, make_zero(32)), *middle = row(m, "7f", 300, MAKE_RANDOM(m, 32)),
           *high = row(m, "ff", 2, MAKE_RANDOM(m, 32));
    json_t *in = replied(m, &key, asked, "three rows", "three devices",
                         json_pack("[o, o, o]", low, middle, high));
    checks(m, &key, in);
    newest(m);
}
