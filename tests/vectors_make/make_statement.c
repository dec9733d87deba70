#include "make_statement.h"

#include "crypto/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_public_key(const void *a, const void *b)
{
    const struct make_key *x = a, *y = b;
    return memcmp(x->public_key, y->public_key, sizeof x->public_key);
}

struct make_issuer make_statement_issuer(struct make *m)
{
    struct make_issuer who = { .device = MAKE_KEY(m) };
    for (size_t i = 0; i < MAKE_ROOT_KEYS; i++)
        who.root[i] = MAKE_KEY(m);
    qsort(who.root, MAKE_ROOT_KEYS, sizeof who.root[0], by_public_key);
    return who;
}

static json_t *some_key(struct make *m)
{
    const struct make_key k = MAKE_KEY(m);
    return make_public(&k);
}

static json_t *ids(struct make *m, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, MAKE_RANDOM(m, 32));
    return list;
}

static json_t *root_body(struct make *m, const struct make_issuer *who)
{
    json_t *keys = json_array(), *devices = json_array();
    for (size_t i = 0; i < MAKE_ROOT_KEYS; i++)
        json_array_append_new(keys, make_public(&who->root[i]));
    json_array_append_new(devices, json_pack("{s:o, s:o, s:s, s:s}", "key",
                                             make_public(&who->device), "member",
                                             MAKE_RANDOM(m, 16), "door", "native", "role",
                                             "person"));
    json_array_append_new(devices, json_pack("{s:o, s:o, s:s, s:s}", "key", some_key(m), "member",
                                             MAKE_RANDOM(m, 16), "door", "browser", "role",
                                             "program"));
    return json_pack("{s:s, s:i, s:o, s:o}", "party", "owner", "threshold", 2, "keys", keys,
                     "devices", devices);
}

static json_t *epoch_body(struct make *m)
{
    static const int numbers[] = { 1, 2, 5 };
    json_t *gates = json_array();
    for (size_t i = 0; i < MAKE_COUNT(numbers); i++)
        json_array_append_new(gates, json_pack("{s:i, s:i, s:o, s:o}", "number", numbers[i],
                                               "incarnation", 1, "key", some_key(m), "exchange",
                                               MAKE_RANDOM(m, 32)));
    return json_pack("{s:i, s:i, s:o, s:[{s:s, s:o}], s:i}", "epoch", 1, "threshold", 2, "gates",
                     gates, "witnesses", "name", "watcher.example/1", "key", some_key(m),
                     "cosigners", 1);
}

static json_t *heads_body(struct make *m)
{
    json_t *heads = json_array();
    static const char *const fronts[] = { "00", "7f", "ff" };
    for (size_t i = 0; i < MAKE_COUNT(fronts); i++) {
        json_t *issuer = MAKE_RANDOM(m, 32);
        json_array_append_new(heads, json_pack("{s:o, s:i, s:o}", "issuer",
                                               make_splice(issuer, 0, 1, fronts[i]), "number",
                                               (int)i + 1, "statement", MAKE_RANDOM(m, 32)));
    }
    return json_pack("{s:o}", "heads", heads);
}

/* What a project's statements begin with is added by the caller. */
static json_t *project_body(struct make *m, const char *kind)
{
    if (strcmp(kind, "policy") == 0)
        return json_pack("{s:i, s:s}", "version", 1, "text",
                         "permit annotate for annotator\n# \"A\" \\ and/or \xc3\xa4 "
                         "\xf0\x9f\x98\x80\n");
    if (strcmp(kind, "vendor") == 0)
        return json_pack("{s:o}", "vendor", MAKE_RANDOM(m, 32));
    if (strcmp(kind, "member") == 0)
        return json_pack("{s:o, s:s}", "member", MAKE_RANDOM(m, 16), "role", "annotator");
    if (strcmp(kind, "device") == 0)
        return json_pack("{s:o, s:o, s:s, s:s, s:o}", "member", MAKE_RANDOM(m, 16), "key",
                         some_key(m), "door", "browser", "role", "person", "revokes",
                         make_zero(32));
    if (strcmp(kind, "assignment") == 0)
        return json_pack("{s:o, s:o}", "member", MAKE_RANDOM(m, 16), "records", ids(m, 3));
    if (strcmp(kind, "manifest") == 0)
        return json_pack("{s:i, s:o}", "count", 3, "root", MAKE_RANDOM(m, 32));
    if (strcmp(kind, "act") == 0)
        return json_pack("{s:s, s:o, s:o, s:o}", "act", "submitted", "task", MAKE_RANDOM(m, 32),
                         "submission", MAKE_RANDOM(m, 32), "review", make_zero(32));
    if (strcmp(kind, "receipt") == 0)
        return json_pack("{s:o}", "records", ids(m, 2));
    return json_object();
}

static json_t *body_of(struct make *m, const struct make_issuer *who, const char *kind)
{
    if (strcmp(kind, "root") == 0)
        return root_body(m, who);
    if (strcmp(kind, "epoch") == 0)
        return epoch_body(m);
    if (strcmp(kind, "watcher") == 0)
        return json_pack("{s:o}", "key", some_key(m));
    if (strcmp(kind, "heads") == 0)
        return heads_body(m);
    json_t *authority = make_authority_body(m, kind);
    if (authority)
        return authority;
    json_t *body = json_pack("{s:o}", "project", MAKE_RANDOM(m, 16));
    json_object_update(body, project_body(m, kind));
    return body;
}

json_t *make_statement_fields(struct make *m, const struct make_issuer *who, const char *kind)
{
    const bool root = strcmp(kind, "root") == 0;
    json_t *fields = json_pack("{s:o, s:o, s:i, s:o, s:i, s:i}", "owner",
                               root ? make_zero(32) : MAKE_RANDOM(m, 32), "issuer",
                               root ? make_zero(32) : make_public(&who->device), "number", 1,
                               "previous", make_zero(32), "created", MAKE_CREATED, "expires",
                               MAKE_EXPIRES);
    json_object_update(fields, body_of(m, who, kind));
    return fields;
}

json_t *make_statement_seeds(const struct make_issuer *who, const char *kind)
{
    if (strcmp(kind, "root") != 0)
        return json_pack("[o]", make_seed(&who->device));
    return json_pack("[o, o]", make_seed(&who->root[0]), make_seed(&who->root[2]));
}

const json_t *make_statement_signed(const struct make_issuer *who, const char *kind,
                                    json_t *fields)
{
    return make_call("statement/make",
                     json_pack("{s:s, s:o, s:o}", "kind", kind, "seeds",
                               make_statement_seeds(who, kind), "fields", fields));
}

struct envelope make_statement_raw(const char *kind, struct bytes payload,
                                   const struct make_key *keys, size_t count)
{
    struct envelope env = { .payload = buf_init(1 << 20), .signature_count = count };
    struct buf pae = buf_init(1 << 20);
    assert(count <= ENVELOPE_SIGNATURES_MAX && strlen(kind) <= ENVELOPE_KIND_MAX);
    memcpy(env.kind, kind, strlen(kind));
    buf_add_bytes(&env.payload, payload);
    envelope_pae(kind, payload, &pae);
    assert(buf_ok(&pae) && buf_ok(&env.payload));
    for (size_t i = 0; i < count; i++) {
        memcpy(env.signatures[i].key, keys[i].public_key, SIGN_KEY_BYTES);
        sign_detached(env.signatures[i].sig, buf_bytes(&pae), keys[i].secret_key);
    }
    buf_release(&pae);
    return env;
}

json_t *make_statement_text(const struct envelope *env)
{
    AUTO_BUF struct buf out = buf_init(1 << 20);
    enum err e = envelope_write(env, &out, NULL);
    assert(e == ERR_OK);
    (void)e;
    return make_hex_of(buf_bytes(&out));
}

static const char *const kinds[] = {
    "root", "epoch", "watcher", "project", "policy", "vendor", "member",
    "device", "heads", "assignment", "manifest", "act", "receipt", "pause", "resume", "revocation",
    "attestor", "attestation", "withdrawal", "placement", "access", "approval",
};

void make_statement_good(struct make *m, const struct make_issuer *who, const char *kind,
                         const char *name, const char *why, json_t *fields)
{
    const json_t *out = make_case(m, "make", "ok", name, why,
                                  json_pack("{s:s, s:o, s:o}", "kind", kind, "seeds",
                                            make_statement_seeds(who, kind), "fields", fields));
    make_case(m, "read", "ok", name, "what was made is read again",
              json_pack("{s:o}", "envelope", make_member(out, "envelope")));
}

static void positives(struct make *m, const struct make_issuer *who)
{
    for (size_t i = 0; i < MAKE_COUNT(kinds); i++)
        make_statement_good(m, who, kinds[i], kinds[i], "a statement of that kind",
                            make_statement_fields(m, who, kinds[i]));
    json_t *fields = make_statement_fields(m, who, "project");
    json_object_set_new(fields, "number", json_integer(2));
    json_object_set_new(fields, "previous", MAKE_RANDOM(m, 32));
    json_object_set_new(fields, "expires", json_integer((json_int_t)((1LL << 53) - 1)));
    make_statement_good(m, who, "project", "number 2", "a later one, that ends at 2^53-1", fields);

    fields = make_statement_fields(m, who, "assignment");
    json_object_set_new(fields, "records", ids(m, 400));
    make_statement_good(m, who, "assignment", "400 records", "as many as an assignment may name",
                        fields);

    fields = make_statement_fields(m, who, "heads");
    json_object_set_new(fields, "heads", json_array());
    make_statement_good(m, who, "heads", "no heads", "an empty list", fields);

    fields = make_statement_fields(m, who, "device");
    json_object_set_new(fields, "revokes", MAKE_RANDOM(m, 32));
    make_statement_good(m, who, "device", "second device", "it revokes the first one", fields);

    fields = make_statement_fields(m, who, "policy");
    const size_t empty = json_string_length(
        json_object_get(make_statement_signed(who, "policy", json_deep_copy(fields)), "payload"));
    const size_t old = strlen("permit annotate for annotator\n# \"A\" \\ and/or \xc3\xa4 "
                              "\xf0\x9f\x98\x80\n") + 5; /* five of them are escaped */
    char *text = calloc(1, ENVELOPE_PAYLOAD_MAX);
    assert(text);
    memset(text, '#', ENVELOPE_PAYLOAD_MAX - empty / 2 + old);
    json_object_set_new(fields, "text", json_string(text));
    make_statement_good(m, who, "policy", "32,768 bytes", "the longest payload", fields);
    free(text);
}

void make_statement_add_order(uint8_t s[32])
{
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, [31] = 0x10,
    };
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)s[i] + order[i];
        s[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/* The rules of docs/format.md 1. */
static void signatures(struct make *m)
{
    const struct make_key k = MAKE_KEY(m), other = MAKE_KEY(m);
    uint8_t sig[SIGNATURE_BYTES], empty[SIGNATURE_BYTES];
    const struct bytes message = make_bytes(MAKE_RANDOM(m, 100));
    sign_detached(sig, message, k.secret_key);
    sign_detached(empty, bytes_of("", 0), k.secret_key);
    json_t *in = json_pack("{s:o, s:o, s:o}", "key", make_public(&k), "message",
                           make_hex_of(message), "signature", op_hex(sig, sizeof sig));
    make_case(m, "verify", "ok", "100 bytes", "a good signature", json_incref(in));
    make_case(m, "verify", "ok", "nothing", "a good signature over no bytes",
              json_pack("{s:o, s:s, s:o}", "key", make_public(&k), "message", "", "signature",
                        op_hex(empty, sizeof empty)));
    static const struct make_edit flips[] = {
        { "signature", 0, 0, "^01", "R", "the first bit of the signature" },
        { "signature", 32, 0, "^01", "S", "the first bit of S" },
        { "signature", 63, 0, "^20", "S, high", "a high bit of S" },
        { "signature", 63, 0, "^e0", "S, highest", "the three bits that are always zero" },
    };
    make_edits(m, "verify", in, "signature", flips, MAKE_COUNT(flips));
    make_case(m, "verify", "signature", "another message", "a bit of the message",
              make_with(in, "message", make_splice(json_object_get(in, "message"), 0, 0, "^01")));
    make_case(m, "verify", "signature", "another key", "somebody else's key",
              make_with(in, "key", make_public(&other)));
    make_statement_add_order(sig + 32);
    make_case(m, "verify", "signature", "S + L", "S is not canonical, the equation holds",
              make_with(in, "signature", op_hex(sig, sizeof sig)));
    json_t *small = json_pack("{s:o, s:o, s:o}", "key", make_splice(make_zero(32), 0, 1, "01"),
                              "message", make_text("anything"), "signature",
                              make_splice(make_zero(64), 0, 1, "01"));
    make_case(m, "verify", "signature", "A and R of small order",
              "the identity, S = 0: the equation holds for every message", small);
}

static void enrolments(struct make *m)
{
    static const struct { const char *outcome, *key, *name, *why; } keys[] = {
        { "key", "0100000000000000000000000000000000000000000000000000000000000000", "identity",
          "of order 1" },
        { "key", "0000000000000000000000000000000000000000000000000000000000000000", "zero",
          "of order 4" },
        { "key", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "minus one",
          "of order 2" },
        { "key", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "order 8",
          "a point of small order" },
        { "key", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "not canonical, small", "p + 1 stands for 1" },
        { "key", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "not canonical", "p + 3 stands for 3" },
        { "key", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "all ones",
          "no canonical coordinate" },
        { "key", "0200000000000000000000000000000000000000000000000000000000000000", "off curve",
          "no point has that coordinate" },
        { "key", "059480a8549200b4f82deb72ca68733014f5f778cba3d3e82f0ea891952f9c9d",
          "mixed order", "a good point and one of order 8 added" },
        { "ok", "5866666666666666666666666666666666666666666666666666666666666666", "base point",
          "it generates the prime-order group" },
        { "ok", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "RFC 8032",
          "the key of its first test" },
    };
    for (size_t i = 0; i < MAKE_COUNT(keys); i++)
        make_case(m, "enrol", keys[i].outcome, keys[i].name, keys[i].why,
                  json_pack("{s:s}", "key", keys[i].key));
    const struct make_key k = MAKE_KEY(m);
    make_case(m, "enrol", "ok", "a key", "the key of a seed",
              json_pack("{s:o}", "key", make_public(&k)));
}

void make_statement(struct make *m)
{
    const struct make_issuer who = make_statement_issuer(m);
    positives(m, &who);
    make_authority(m, &who);
    make_statement_envelopes(m, &who);
    make_statement_payloads(m, &who);
    signatures(m);
    enrolments(m);
}
