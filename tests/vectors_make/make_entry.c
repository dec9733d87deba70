#include "make.h"

#include "crypto/hash.h"
#include "make_statement.h"

#include <stdio.h>
#include <string.h>

#define MS ((json_int_t)1750000000123)

static json_t *entry_in(struct make *m, int type, json_t *body)
{
    return json_pack("{s:o, s:I, s:i, s:o}", "salt", MAKE_RANDOM(m, 16), "ms", MS, "type", type,
                     "body", body);
}

/* Makes it and reads it again; returns the latter's `in`. */
static json_t *made(struct make *m, const char *name, const char *why, int type, json_t *body)
{
    const json_t *out = make_case(m, "make", "ok", name, why, entry_in(m, type, body));
    json_t *in = json_pack("{s:o}", "entry", make_member(out, "entry"));
    make_case(m, "parse", "ok", name, "what was made is read again", json_incref(in));
    return in;
}

static json_t *release_body(struct make *m, int act, const char *obligations, json_t *request)
{
    uint8_t hash[HASH_BYTES];
    const struct bytes raw = make_bytes(request);
    sha256(hash, raw);
    if (raw.len == 0)
        MAKE_DRAW(m, hash, sizeof hash);
    return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o}", "gate", 3,
                     "act", act, "epoch_id", MAKE_RANDOM(m, 32), "r", MAKE_RANDOM(m, 32), "device",
                     MAKE_RANDOM(m, 32), "signature", MAKE_RANDOM(m, 64), "answer_hash",
                     MAKE_RANDOM(m, 32), "rule", make_text("annotate#1"), "reason",
                     make_text("OK"), "obligations", make_text(obligations), "place", raw.len == 0,
                     "request_hash", op_hex(hash, sizeof hash), "request", request);
}

static json_t *check_body(struct make *m, int gate, const int *sets, size_t count)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, json_pack("{s:i, s:o}", "set", sets[i], "check",
                                              MAKE_RANDOM(m, 32)));
    return json_pack("{s:i, s:o, s:o}", "gate", gate, "epoch_id", MAKE_RANDOM(m, 32), "rows", rows);
}

static json_t *refusals_body(struct make *m)
{
    return json_pack("{s:o, s:i, s:i, s:o, s:o}", "device", MAKE_RANDOM(m, 32), "minute",
                     29166666, "count", 17, "reason", make_text("CFD-REL-002"), "r",
                     MAKE_RANDOM(m, 32));
}

/* salt 0, ms 16, type 24, rules 26, then the body from 28 on: gate 28, act 29, epoch 30, r 62,
 * device 94, signature 126, answer hash 190, rule 222 (10 bytes), reason 233, obligations 236,
 * place 237, request hash 238, request 270. */
static void releases(struct make *m)
{
    made(m, "release, object", "the request is an object beside the log", 2,
         release_body(m, 1, "", json_string("")));
    made(m, "create", "with obligations that are not ASCII", 2,
         release_body(m, 2, "watermark=\xc3\xa4", MAKE_RANDOM(m, 300)));
    json_t *in = made(m, "release, inline", "the request stands in the entry", 2,
                      release_body(m, 1, "", MAKE_RANDOM(m, 40)));
    enum { RULE = 222, REASON = 233, OBLIGATIONS = 236, PLACE = 237, REQUEST = 270 };
    static const struct make_edit rows[] = {
        { "format", 28, 1, "00", "gate 0", "gates are 1 to 8" },
        { "format", 28, 1, "09", "gate 9", "gates are 1 to 8" },
        { "format", 29, 1, "00", "act 0", "there is no act 0" },
        { "format", 29, 1, "03", "act 3", "re-key is reserved" },
        { "format", PLACE, 1, "02", "place 2", "inline or object" },
        { "format", PLACE, 1, "01", "place 1 with a request", "an object is not inline" },
        { "format", PLACE + 1, 0, "^01", "another request hash", "it is the hash of the request" },
        { "format", REQUEST + 2, 0, "^01", "another request", "it has another hash" },
        { "format", REASON, 3, "024f4b58", "reason cut", "two bytes, then another" },
        { "format", REASON, 3, "034f4b32", "reason OK2", "the reason of a release is OK" },
        { "format", REASON, 3, "026f6b", "reason ok", "the reason of a release is OK" },
        { "format", REASON, 3, "00", "reason empty", "the reason of a release is OK" },
        { "format", REASON, 3, "114f4b4f4b4f4b4f4b4f4b4f4b4f4b4f4b4f", "reason of 17 bytes",
          "at most 16" },
        { "format", RULE, 11, "00", "rule empty", "at least one byte" },
        { "format", RULE, 11, "08616e6e6f74617465", "rule without #", "PURPOSE#n" },
        { "format", RULE, 11, "0a616e6e6f746174652330", "rule #0", "n counts from 1" },
        { "format", RULE, 11, "0b616e6e6f74617465233031", "rule #01", "no leading zero" },
        { "format", RULE, 11, "09616e6e6f7461746523", "rule without n", "PURPOSE#n" },
        { "format", RULE, 11, "022331", "rule without purpose", "PURPOSE#n" },
        { "format", RULE, 11, "0a414e4e4f544154452331", "rule in upper case", "a-z, 0-9, '-'" },
        { "format", RULE, 11,
          "236161616161616161616161616161616161616161616161616161616161616161612331",
          "rule with a purpose of 33", "a purpose has at most 32" },
        { "ok", RULE, 11,
          "406161616161616161616161616161616161616161616161616161616161616161"
          "2331313131313131313131313131313131313131313131313131313131313131",
          "rule of 64 bytes", "the longest" },
        { "format", RULE, 11,
          "416161616161616161616161616161616161616161616161616161616161616161"
          "233131313131313131313131313131313131313131313131313131313131313131",
          "rule of 65 bytes", "at most 64" },
        { "format", OBLIGATIONS, 1, "01ff", "obligations not UTF-8", "text for people" },
        { "format", OBLIGATIONS, 1, "010a", "obligations with a newline",
          "no control characters" },
        { "format", OBLIGATIONS, 1, "017f", "obligations with DEL", "no control characters" },
        { "format", -1, 1, "", "cut", "the request is cut" },
        { "format", MAKE_END, 0, "00", "left over", "nothing else may stand behind" },
        { "format", 24, 2, "0001", "a release as a statement", "another layout" },
    };
    make_edits(m, "parse", in, "entry", rows, MAKE_COUNT(rows));
    /* An empty request, with the hash of nothing, is no inline request. */
    json_t *none = make_splice(json_object_get(in, "entry"), PLACE, 1 + 32 + 2 + 40,
                               "00e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                               "0000");
    make_case(m, "parse", "format", "place 0 without a request", "inline means that it is there",
              make_with(in, "entry", none));
}

static void others(struct make *m)
{
    json_t *refusals = made(m, "refusals", "seventeen in one minute", 3, refusals_body(m));
    static const struct make_edit refusal[] = {
        { "format", 28 + 40, 4, "00000000", "no refusal", "count is at least 1" },
        { "format", 28 + 44, 12, "00", "refusals, reason empty", "at least one byte" },
        { "format", 28 + 44, 12, "114f4b4f4b4f4b4f4b4f4b4f4b4f4b4f4b4f",
          "refusals, reason of 17 bytes", "at most 16" },
        { "format", 28 + 46, 1, "07", "refusals, reason with a bell", "no control characters" },
        { "format", 28 + 46, 1, "ff", "refusals, reason not UTF-8", "text for people" },
        { "format", -1, 1, "", "refusals, cut", "r is cut" },
        { "format", MAKE_END, 0, "00", "refusals, left over", "nothing else may stand behind" },
    };
    make_edits(m, "parse", refusals, "entry", refusal, MAKE_COUNT(refusal));

    static const int sets[] = { 0x03, 0x05, 0x06 };
    json_t *check = made(m, "check", "three sets", 4, check_body(m, 1, sets, 3));
    made(m, "check, one set", "the least", 4, check_body(m, 8, sets, 1));
    /* rows' length 61, rows 63, 96, 129 */
    static const struct make_edit checks[] = {
        { "format", 28, 1, "00", "check, gate 0", "gates are 1 to 8" },
        { "format", 28, 1, "09", "check, gate 9", "gates are 1 to 8" },
        { "format", 61, 2 + 99, "0000", "check, no rows", "at least one" },
        { "format", 129, 1, "05", "check, a set twice", "rows ascend" },
        { "format", 96, 1, "07", "check, not ascending", "rows ascend" },
        { "format", 61, 2, "0062", "check, 98 bytes of rows", "a row has 33" },
        { "format", -1, 1, "", "check, cut", "the last row is cut" },
        { "format", MAKE_END, 0, "00", "check, left over", "nothing else may stand behind" },
    };
    make_edits(m, "parse", check, "entry", checks, MAKE_COUNT(checks));
    json_t *odd = make_splice(json_object_get(check, "entry"), MAKE_END, 0, "ff");
    odd = make_splice(odd, 96, 66, "");
    make_case(m, "parse", "format", "check, 34 bytes of rows", "a row has 33",
              make_with(check, "entry", make_splice(odd, 61, 2, "0022")));

    json_t *ready = made(m, "ready", "an epoch is ready", 5,
                         json_pack("{s:i, s:o}", "gate", 5, "epoch_id", MAKE_RANDOM(m, 32)));
    static const struct make_edit readies[] = {
        { "format", 28, 1, "00", "ready, gate 0", "gates are 1 to 8" },
        { "format", 28, 1, "09", "ready, gate 9", "gates are 1 to 8" },
        { "format", 24, 2, "0000", "type 0", "there is no type 0" },
        { "format", 24, 2, "0006", "type 6", "there is no type 6" },
        { "format", 24, 2, "0105", "type 261", "the type has two bytes" },
        { "version", 26, 2, "0000", "rules 0", "rules version 1" },
        { "version", 26, 2, "0002", "rules 2", "rules version 1" },
        { "format", -1, 1, "", "ready, cut", "the epoch id is cut" },
        { "format", MAKE_END, 0, "00", "ready, left over", "nothing else may stand behind" },
        { "format", 20, 41, "", "cut in the header", "20 bytes" },
        { "format", 0, 61, "", "empty", "no bytes at all" },
    };
    make_edits(m, "parse", ready, "entry", readies, MAKE_COUNT(readies));
}

void make_entry(struct make *m)
{
    const struct make_issuer who = make_statement_issuer(m);
    const json_t *made_one =
        make_statement_signed(&who, "project", make_statement_fields(m, &who, "project"));
    json_t *statement = made(m, "statement", "an envelope", 1,
                             json_pack("{s:o}", "envelope", make_member(made_one, "envelope")));
    made(m, "statement of 1 byte", "the envelope is not looked into", 1,
         json_pack("{s:o}", "envelope", make_text("x")));
    made(m, "statement of 65,000 bytes", "the longest envelope", 1,
         json_pack("{s:o}", "envelope", make_zero(65000)));
    const size_t len = make_bytes(json_object_get(statement, "entry")).len;
    make_case(m, "parse", "format", "envelope empty", "at least one byte",
              make_with(statement, "entry", make_splice(json_object_get(statement, "entry"), 28,
                                                        len - 28, "0000")));
    json_t *head = make_splice(json_object_get(statement, "entry"), 28, len - 28, "");
    json_t *longest = make_zero(65001);
    make_case(m, "parse", "format", "envelope of 65,001 bytes", "at most 65,000",
              make_with(statement, "entry",
                        make_splice(make_splice(head, MAKE_END, 0, "fde9"), MAKE_END, 0,
                                    json_string_value(longest))));
    json_t *filler = make_zero(65536 - len);
    make_case(m, "parse", "format", "65,536 bytes", "an entry has at most 65,535",
              make_with(statement, "entry", make_splice(json_object_get(statement, "entry"),
                                                        MAKE_END, 0, json_string_value(filler))));
    releases(m);
    others(m);
}
