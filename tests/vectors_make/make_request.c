#include "make.h"

#include <stdio.h>
#include <string.h>

enum { CREATED = 1750000000, NOW = CREATED + 60 };

struct scene {
    struct make_key device;
    json_t *project, *public_key;
    json_t *task, *submission, *message; /* headers, the first of another device */
};

static struct scene scene(struct make *m)
{
    struct scene s = { .device = MAKE_KEY(m), .project = MAKE_RANDOM(m, 16) };
    json_t *stranger = MAKE_RANDOM(m, 32);
    s.public_key = make_public(&s.device);
    s.task = make_record(2, s.project, stranger, MAKE_RANDOM(m, 32));
    s.submission = make_record(5, s.project, s.public_key, MAKE_RANDOM(m, 32));
    s.message = make_record(7, s.project, s.public_key, MAKE_RANDOM(m, 32));
    return s;
}

static json_t *fields(struct make *m, const struct scene *s, int act, int gates,
                      const char *purpose, json_t *closes, json_t *headers)
{
    json_t *secret = MAKE_RANDOM(m, 32);
    return json_pack("{s:O, s:i, s:i, s:o, s:o, s:O, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "device",
                     s->public_key, "act", act, "gates", gates, "owner", MAKE_RANDOM(m, 32),
                     "epoch_id", MAKE_RANDOM(m, 32), "project", s->project, "created", CREATED,
                     "expires", CREATED + 120, "ephemeral", make_exchange(secret), "manifest",
                     make_zero(32), "purpose", make_text(purpose), "closes", closes, "headers",
                     headers);
}

static json_t *close_of(struct make *m, int how)
{
    return json_pack("{s:o, s:i, s:o}", "task", MAKE_RANDOM(m, 32), "how", how, "record",
                     how == 2 ? make_zero(32) : MAKE_RANDOM(m, 32));
}

/* Makes it and reads it at that gate of 2 of 4, roster 1 2 4 5; returns the case's `in`. */
static json_t *made(struct make *m, const struct scene *s, const char *name, const char *why,
                    int gate, json_t *given)
{
    const json_t *out = make_case(m, "make", "ok", name, why, given);
    json_t *in = json_pack("{s:O, s:i, s:i, s:i, s:o}", "device", s->public_key, "t", 2, "roster",
                           0x1b, "gate", gate, "body", make_member(out, "body"));
    make_case(m, "parse", "ok", name, "what was made is read again", json_incref(in));
    return in;
}

/* A release of two headers with one close: purpose 168 (annotate), closes 177, headers 244. */
static void bodies(struct make *m, const struct scene *s, const json_t *in)
{
    enum { PURPOSE = 168, CLOSES = 177, HEADERS = 244, FIRST = 247, SECOND = FIRST + 96 };
    const struct bytes raw = make_bytes(json_object_get(in, "body"));
    assert(raw.len == SECOND + 96);
    json_t *first = op_hex(raw.ptr + FIRST, 96);
    char twice[200], part[210];
    (void)snprintf(twice, sizeof twice, "%s", json_string_value(first));
    (void)snprintf(part, sizeof part, "000061%s00", twice);
    const struct make_edit rows[] = {
        { "format", 3, 1, "73", "magic cfds", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "version", 5, 1, "02", "suite 2", "a suite that is not known" },
        { "format", 6, 1, "00", "act 0", "there is no act 0" },
        { "format", 6, 1, "03", "act 3", "re-key is reserved" },
        { "format", 6, 1, "04", "act 4", "grant is reserved" },
        { "format", 6, 1, "05", "act 5", "there is no act 5" },
        { "gates", 7, 1, "01", "one gate", "a release names exactly t gates" },
        { "gates", 7, 1, "00", "no gate", "a release names exactly t gates" },
        { "gates", 7, 1, "0b", "three gates", "a release names exactly t gates" },
        { "gates", 7, 1, "05", "a gate outside", "gate 3 is not of the epoch" },
        { "gates", 7, 1, "0a", "the answering gate not named", "gate 1 answers" },
        { "time", 96, 8, "00000000684ee180", "expires = created", "created < expires" },
        { "time", 96, 8, "00000000684ee17f", "expires < created", "created < expires" },
        { "time", 96, 8, "00000000684ee1f9", "121 s", "expires <= created + 120" },
        { "time", 96, 8, "ffffffffffffffff", "2^64-1", "it must not wrap around" },
        { "ok", 96, 8, "00000000684ee181", "1 s", "the shortest window" },
        { "key", 104, 32, "0000000000000000000000000000000000000000000000000000000000000000",
          "ephemeral zero", "a point of low order" },
        { "key", 104, 32, "0100000000000000000000000000000000000000000000000000000000000000",
          "ephemeral one", "a point of low order" },
        { "key", 104, 32, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "ephemeral of order 8", "a point of low order" },
        { "ok", 136, 0, "^01", "with a manifest", "the device's newest manifest" },
        { "format", PURPOSE, 9, "00", "purpose empty", "1 to 32 bytes" },
        { "format", PURPOSE, 9,
          "21616161616161616161616161616161616161616161616161616161616161616161",
          "purpose of 33", "1 to 32 bytes" },
        { "ok", PURPOSE, 9, "202d61303961616161616161616161616161616161616161616161616161616161",
          "purpose of 32", "a-z, 0-9 and '-'" },
        { "format", PURPOSE + 3, 1, "5f", "purpose with _", "a-z, 0-9 and '-'" },
        { "format", PURPOSE + 1, 1, "41", "purpose in upper case", "a-z, 0-9 and '-'" },
        { "format", PURPOSE + 4, 1, "00", "purpose with NUL", "a-z, 0-9 and '-'" },
        { "ok", CLOSES, 67, "0000", "no closes", "there may be none" },
        { "format", CLOSES, 67, "000100", "closes of 1 byte", "a close has 65" },
        { "format", CLOSES + 2 + 32, 1, "00", "closes how 0", "submission or skip" },
        { "format", CLOSES + 2 + 32, 1, "02", "a skip with a record", "a skip names none" },
        { "format", CLOSES + 2 + 32, 1, "03", "closes how 3", "submission or skip" },
        { "format", HEADERS, 3 + 192, "000000", "no header", "1 to 65,536" },
        { "format", HEADERS, 3 + 192, part, "97 bytes of headers", "a header has 96" },
        { "ok", HEADERS, 3 + 96, "000060", "one header", "the second alone" },
        { "format", SECOND, 96, twice, "a header twice", "no header twice" },
        { "format", SECOND + 8, 0, "^01", "a header of another project", "all of `project`" },
        { "format", SECOND + 6, 1, "09", "a header of kind 9", "each header is read" },
        { "format", SECOND + 63, 1, "01", "a header's zeroes", "each header is read" },
        { "version", SECOND + 4, 1, "02", "a header of version 2", "each header is read" },
        { "version", FIRST + 5, 1, "02", "a header of suite 2", "each header is read" },
        { "format", MAKE_END, 0, "00", "a byte left over", "nothing else may stand behind" },
        { "format", -1, 1, "", "a byte cut", "the last header is cut" },
        { "format", 100, SECOND + 96 - 100, "", "cut in the front", "100 bytes" },
        { "format", 0, SECOND + 96, "", "empty", "no bytes at all" },
    };
    make_edits(m, "parse", in, "body", rows, MAKE_COUNT(rows));
    json_t *longer = make_splice(json_object_get(in, "body"), CLOSES + 2, 0, "00");
    make_case(m, "parse", "format", "closes of 66 bytes", "a close has 65",
              make_with(in, "body", make_splice(longer, CLOSES, 2, "0042")));
    (void)s;
}

static void parsing(struct make *m, const struct scene *s)
{
    json_t *release =
        made(m, s, "release", "two headers and a close", 1,
             fields(m, s, 1, 0x03, "annotate", json_pack("[o]", close_of(m, 1)),
                    json_pack("[O, O]", s->task, s->submission)));
    json_t *submitted = close_of(m, 1), *skipped = close_of(m, 2);
    made(m, s, "two closes", "a submission and a skip", 5,
         fields(m, s, 1, 0x18, "annotate", json_pack("[o, o]", submitted, skipped),
                json_pack("[O]", s->task)));
    json_t *least = made(m, s, "create, t gates", "as few gates as a create may name", 2,
                         fields(m, s, 2, 0x12, "create", json_array(),
                                json_pack("[O, O]", s->submission, s->message)));
    made(m, s, "create, 2t-1 gates", "as many gates as a create may name", 4,
         fields(m, s, 2, 0x0b, "create", json_array(), json_pack("[O]", s->message)));
    bodies(m, s, release);
    static const struct make_edit rows[] = {
        { "gates", 7, 1, "1b", "create, four gates", "at most min(n, 2t-1)" },
        { "gates", 7, 1, "02", "create, one gate", "at least t" },
        { "gates", 7, 1, "06", "create, a gate outside", "gate 3 is not of the epoch" },
        { "gates", 7, 1, "09", "create, the answering gate not named", "gate 2 answers" },
        { "format", 6, 1, "04", "create as a grant", "grant is reserved" },
    };
    make_edits(m, "parse", least, "body", rows, MAKE_COUNT(rows));
    make_case(m, "parse", "format", "create for another device",
              "a create's headers all carry the asking device's key",
              make_with(least, "device", MAKE_RANDOM(m, 32)));
    make_case(m, "parse", "ok", "release for another device", "r is another",
              make_with(release, "device", MAKE_RANDOM(m, 32)));
}

static json_t *verify_of(const json_t *sign, const json_t *signed_with, int now)
{
    return json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "path", make_member(sign, "path"),
                     "authority", make_member(sign, "authority"), "now", now, "body",
                     make_member(sign, "body"), "content_digest",
                     make_member(signed_with, "content_digest"), "signature_input",
                     make_member(signed_with, "signature_input"), "signature",
                     make_member(signed_with, "signature"));
}

/* Signs, and verifies at `now`; returns the latter's `in`. */
static json_t *sign(struct make *m, const struct scene *s, const char *name, const char *why,
                    const char *path, const char *authority, json_t *body, int now)
{
    json_t *in = json_pack("{s:o, s:o, s:i, s:o, s:o}", "seed", make_seed(&s->device), "path",
                           make_text(path), "created", CREATED, "authority", make_text(authority),
                           "body", body);
    const json_t *out = make_case(m, "sign", "ok", name, why, json_incref(in));
    json_t *verify = verify_of(in, out, now);
    make_case(m, "verify", "ok", name, "what was signed is verified", json_incref(verify));
    return verify;
}

struct bend {
    const char *outcome, *member, *from, *to, *name, *why;
};

static void bent(struct make *m, const json_t *in, const struct bend *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bytes old = make_bytes(json_object_get(in, rows[i].member));
        make_case(m, "verify", rows[i].outcome, rows[i].name, rows[i].why,
                  make_with(in, rows[i].member,
                            make_hex_of(make_replaced(old, rows[i].from, rows[i].to))));
    }
}

static void forms(struct make *m, const json_t *in)
{
#define INPUT "format", "signature_input"
    static const struct bend rows[] = {
        { INPUT, "sig=", "sig= ", "a blank before the list", "one form" },
        { INPUT, ";created", "; created", "a blank before a parameter", "one form" },
        { INPUT, "\"@method\" ", "\"@method\"  ", "two blanks in the list", "one form" },
        { INPUT, "created=1", "created=01", "created with a leading zero", "one form" },
        { INPUT, "created=1", "created=-1", "created with a sign", "one form" },
        { INPUT, "created=1750000000", "created=", "created empty", "one form" },
        { INPUT, "created=1750000000", "created=17500000001750000", "created of 17 digits",
          "one form" },
        { INPUT, "cofferdam/1", "cofferdam/2", "another tag", "one form" },
        { INPUT, "sig=", "sig1=", "another label", "one form" },
        { INPUT, "\"@method\" \"@path\"", "\"@path\" \"@method\"", "components in another order",
          "one form" },
        { INPUT, "\"@method\" ", "", "a component missing", "one form" },
        { INPUT, "\"@method\" ", "\"@method\" \"@method\" ", "a component doubled", "one form" },
        { INPUT, ");created", " \"@authority\");created", "@authority listed",
          "a gate's own path has none" },
        { INPUT, ";tag=", ";alg=\"ed25519\";tag=", "another parameter", "one form" },
        { INPUT, "keyid=\"", "keyid=\"0", "key id of 65 digits", "one form" },
        { INPUT, "cofferdam/1\"", "cofferdam/1\" ", "a blank at the end", "one form" },
        { INPUT, NULL, "", "signature-input empty", "one form" },
        { "format", "content_digest", "sha-256=:", "sha-512=:", "another digest", "one form" },
        { "format", "content_digest", "sha-256=:", "sha-256=:*", "digest not base64", "one form" },
        { "format", "content_digest", "sha-256=:", "sha-256=: ", "a digest with a blank",
          "one form" },
        { "format", "content_digest", "=:", "=:AAAA", "digest of 35 bytes", "one form" },
        { "format", "signature", "sig=:", "sig=", "signature without colon", "one form" },
        { "format", "signature", "==:", "==", "signature without its end", "one form" },
        { "format", "signature", "==:", ":", "signature unpadded", "one form" },
        { "format", "signature", "sig=:", "sig1=:", "signature of another label", "one form" },
    };
#undef INPUT
    bent(m, in, rows, MAKE_COUNT(rows));
    const struct bytes input = make_bytes(json_object_get(in, "signature_input"));
    AUTO_BUF struct buf upper = buf_init(1000);
    buf_add_bytes(&upper, input);
    uint8_t *key = memmem(upper.ptr, upper.len, "keyid=\"", 7);
    assert(key);
    for (size_t i = 7; i < 7 + 64; i++)
        if (key[i] >= 'a' && key[i] <= 'f')
            key[i] = (uint8_t)(key[i] - 'a' + 'A');
    make_case(m, "verify", "format", "key id in upper case", "one form",
              make_with(in, "signature_input", make_hex_of(buf_bytes(&upper))));
}

static void verifying(struct make *m, const struct scene *s)
{
    const json_t *out = make_call("request/make",
                                  fields(m, s, 1, 0x03, "annotate", json_array(),
                                         json_pack("[O]", s->task)));
    json_t *gate = sign(m, s, "request", "to a gate", "/v1/request", "", make_member(out, "body"),
                        CREATED + 1000);
    json_t *store = sign(m, s, "store", "to a store, which is named", "/v1/blobs",
                         "store.example:8443", make_text("anything"), NOW);
    sign(m, s, "heads", "to a gate, another path", "/v1/heads", "", MAKE_RANDOM(m, 56),
         CREATED - 120);
    json_t *empty = sign(m, s, "empty body", "the digest of no bytes", "/v1/next",
                         "127.0.0.1:80", make_text(""), CREATED + 120);
    forms(m, gate);
    static const struct bend targets[] = {
        { "signature", "path", "blobs", "blobz", "another path", "the path is signed" },
        { "signature", "authority", "8443", "8444", "another authority", "the store is signed" },
        { "format", "authority", "store.example:8443", "", "@authority listed, none expected",
          "who expects none demands none" },
        { "format", "signature_input", " \"@authority\"", "", "@authority missing",
          "a store demands it" },
        { "signature", "body", "anything", "anythinG", "another body", "the digest is another's" },
        { "signature", "signature_input", "created=1750000000", "created=1750000001",
          "another created", "the parameters are signed" },
    };
    bent(m, store, targets, MAKE_COUNT(targets));
    make_case(m, "verify", "signature", "digest of another body", "both are well-formed",
              make_with(store, "content_digest", make_member(empty, "content_digest")));
    make_case(m, "verify", "signature", "signature of another request", "both are well-formed",
              make_with(store, "signature", make_member(empty, "signature")));
    const struct bytes sig = make_bytes(json_object_get(store, "signature"));
    AUTO_BUF struct buf flipped = buf_init(200);
    buf_add_bytes(&flipped, sig);
    flipped.ptr[10] = flipped.ptr[10] == 'A' ? 'B' : 'A';
    make_case(m, "verify", "signature", "a flipped signature", "another character",
              make_with(store, "signature", make_hex_of(buf_bytes(&flipped))));
    make_case(m, "verify", "time", "121 s later", "at most 120 s from the receiver's clock",
              make_with(store, "now", json_integer(CREATED + 121)));
    make_case(m, "verify", "time", "121 s earlier", "at most 120 s from the receiver's clock",
              make_with(store, "now", json_integer(CREATED - 121)));

    json_t *later = json_pack("{s:o, s:o, s:i, s:s, s:o}", "seed", make_seed(&s->device), "path",
                              make_text("/v1/request"), "created", CREATED + 1, "authority", "",
                              "body", make_member(out, "body"));
    const json_t *signed_later = make_call("request/sign", json_incref(later));
    make_case(m, "verify", "time", "created other than the body's",
              "for /v1/request they are equal",
              verify_of(later, signed_later, CREATED));
}

void make_request(struct make *m)
{
    const struct scene s = scene(m);
    parsing(m, &s);
    verifying(m, &s);
}
