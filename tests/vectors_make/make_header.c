#include "make.h"

#include "record/record_header.h"

void make_header(struct make *m)
{
    const json_t *last = NULL;
    json_t *given = NULL;
    static const char *const names[] = { "", "guide", "task", "rubric", "gold", "submission",
                                         "review", "message", "file" };
    for (int kind = RECORD_GUIDE; kind < RECORD_KIND_END; kind++) {
        given = json_pack("{s:i, s:o, s:o, s:o}", "kind", kind, "project", MAKE_RANDOM(m, 16),
                          "author", MAKE_RANDOM(m, 32), "dek", MAKE_RANDOM(m, 32));
        last = make_case(m, "make", "ok", names[kind], "a header of that kind", json_incref(given));
        make_case(m, "parse", "ok", names[kind], "what was made is read again",
                  json_pack("{s:o}", "header", make_member(last, "header")));
    }
    json_t *parse = json_pack("{s:o}", "header", make_member(last, "header"));
    static const struct make_edit parses[] = {
        { "format", -1, 1, "", "95 bytes", "one byte too short" },
        { "format", MAKE_END, 0, "00", "97 bytes", "one byte too long" },
        { "format", 0, 96, "", "empty", "no bytes at all" },
        { "format", 0, 0, "^01", "magic, first byte", "it begins with bfdm" },
        { "format", 3, 1, "6e", "magic cfdn", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "version", 5, 1, "00", "suite 0", "there is no suite 0" },
        { "version", 5, 1, "02", "suite 2", "a suite that is not known" },
        { "format", 6, 1, "00", "kind 0", "there is no kind 0" },
        { "format", 6, 1, "09", "kind 9", "session is reserved" },
        { "format", 6, 1, "11", "kind 17", "work statement is reserved" },
        { "format", 6, 1, "ff", "kind 255", "there is no kind 255" },
        { "format", 7, 1, "0f", "chunks of 2^15", "the chunk size is 2^16" },
        { "format", 7, 1, "11", "chunks of 2^17", "the chunk size is 2^16" },
        { "format", 56, 1, "01", "first zero", "the first reserved byte is not zero" },
        { "format", 63, 1, "80", "last zero", "the last reserved byte is not zero" },
        { "ok", 64, 0, "^ff", "another commitment", "no reader can tell without the DEK" },
    };
    make_edits(m, "parse", parse, "header", parses, MAKE_COUNT(parses));

    json_t *commit = json_pack("{s:o, s:o}", "header", make_member(last, "header"), "dek",
                               make_member(given, "dek"));
    make_case(m, "commit", "ok", "the DEK", "the header commits to it", json_incref(commit));
    static const struct make_edit commits[] = {
        { "pad", 8, 0, "^01", "another project", "the salt of the commitment is the header" },
        { "pad", 6, 1, "01", "another kind", "the salt of the commitment is the header" },
        { "pad", 55, 0, "^80", "another author", "the salt of the commitment is the header" },
        { "pad", 64, 0, "^01", "commitment, first bit", "the header commits to another DEK" },
        { "pad", 95, 0, "^80", "commitment, last bit", "the header commits to another DEK" },
        { "format", 6, 1, "00", "a bad header", "the header is read before anything is compared" },
    };
    make_edits(m, "commit", commit, "header", commits, MAKE_COUNT(commits));
    static const struct make_edit deks[] = {
        { "pad", 0, 0, "^01", "DEK, first bit", "a DEK that differs in one bit" },
        { "pad", 31, 0, "^80", "DEK, last bit", "a DEK that differs in one bit" },
    };
    make_edits(m, "commit", commit, "dek", deks, MAKE_COUNT(deks));
}

void make_dek(struct make *m)
{
    const json_t *short_one = make_call(
        "padding/build", json_pack("{s:o, s:o, s:i, s:o}", "type", make_text("text/plain"), "name",
                                   make_text(""), "encoding", 0, "bytes", make_text("hello")));
    const json_t *long_one = make_call(
        "padding/build",
        json_pack("{s:o, s:o, s:i, s:o}", "type", make_text("application/octet-stream"), "name",
                  make_text("a.bin"), "encoding", 0, "bytes", MAKE_RANDOM(m, 1000)));
    json_t *random = MAKE_RANDOM(m, 32), *hedge = MAKE_RANDOM(m, 32);
    make_case(m, "make", "ok", "short", "a padded plaintext of 256 bytes",
              json_pack("{s:O, s:O, s:o}", "random", random, "hedge", hedge, "plaintext",
                        make_member(short_one, "plaintext")));
    make_case(m, "make", "ok", "long", "the same random bytes, another content",
              json_pack("{s:O, s:O, s:o}", "random", random, "hedge", hedge, "plaintext",
                        make_member(long_one, "plaintext")));
    make_case(m, "make", "ok", "another device", "the same random bytes and content",
              json_pack("{s:O, s:o, s:o}", "random", random, "hedge", MAKE_RANDOM(m, 32),
                        "plaintext", make_member(short_one, "plaintext")));
    make_case(m, "make", "ok", "no chance", "random bytes that are all zero",
              json_pack("{s:o, s:O, s:o}", "random", make_zero(32), "hedge", hedge, "plaintext",
                        make_member(short_one, "plaintext")));
    make_case(m, "stream", "ok", "stream", "the content is not known yet",
              json_pack("{s:O, s:O}", "random", random, "hedge", hedge));
}

void make_slot(struct make *m)
{
    json_t *dek = MAKE_RANDOM(m, 32), *pad = MAKE_RANDOM(m, 32);
    json_t *project = MAKE_RANDOM(m, 16), *author = MAKE_RANDOM(m, 32);
    const json_t *header = make_call("header/make",
                                     json_pack("{s:i, s:O, s:O, s:O}", "kind", 2, "project",
                                               project, "author", author, "dek", dek));
    const json_t *slot = make_case(m, "make", "ok", "slot", "epoch 1",
                                   json_pack("{s:o, s:i, s:O, s:O}", "id",
                                             make_member(header, "id"), "epoch", 1, "dek", dek,
                                             "pad", pad));
    const json_t *late = make_case(m, "make", "ok", "last epoch", "an epoch number of four bytes",
                                   json_pack("{s:o, s:I, s:O, s:O}", "id",
                                             make_member(header, "id"), "epoch",
                                             (json_int_t)UINT32_MAX, "dek", dek, "pad", pad));
    json_t *parse = json_pack("{s:o}", "slot", make_member(slot, "slot"));
    make_case(m, "parse", "ok", "slot", "its three fields", json_incref(parse));
    make_case(m, "parse", "ok", "last epoch", "its three fields",
              json_pack("{s:o}", "slot", make_member(late, "slot")));
    static const struct make_edit parses[] = {
        { "format", -1, 1, "", "67 bytes", "one byte too short" },
        { "format", MAKE_END, 0, "00", "69 bytes", "one byte too long" },
        { "format", 0, 68, "", "empty", "no bytes at all" },
    };
    make_edits(m, "parse", parse, "slot", parses, MAKE_COUNT(parses));

    json_t *open = json_pack("{s:o, s:o, s:O}", "header", make_member(header, "header"), "slot",
                             make_member(slot, "slot"), "pad", pad);
    make_case(m, "open", "ok", "slot", "the pad of the record", json_incref(open));
    static const struct make_edit slots[] = {
        { "ok", 32, 4, "00000009", "another epoch", "the commitment does not hold the epoch" },
        { "record-id", 0, 0, "^01", "another id", "the slot is another record's" },
        { "pad", 36, 0, "^01", "sealed, first bit", "the DEK is another" },
        { "pad", 67, 0, "^80", "sealed, last bit", "the DEK is another" },
    };
    make_edits(m, "open", open, "slot", slots, MAKE_COUNT(slots));
    make_case(m, "open", "pad", "another pad", "the DEK is another",
              make_with(open, "pad", MAKE_RANDOM(m, 32)));
    make_case(m, "open", "record-id", "another header", "the slot is another record's",
              make_with(open, "header", make_record(3, project, author, json_deep_copy(dek))));
}
