#include "make_statement.h"

#include "base/hex.h"

#include <ctype.h>
#include <string.h>

static void refused(struct make *m, const char *outcome, const char *name, const char *why,
                    json_t *envelope)
{
    make_case(m, "read", outcome, name, why, json_pack("{s:o}", "envelope", envelope));
}

static struct envelope parsed(const json_t *made)
{
    struct envelope env = { 0 };
    enum err e = envelope_parse(make_bytes(json_object_get(made, "envelope")), &env, NULL);
    assert(e == ERR_OK);
    (void)e;
    return env;
}

/* The one text, bent by text. */
static void texts(struct make *m, const json_t *made)
{
    static const struct { const char *from, *to, *name, *why; } rows[] = {
        { "{\"payloadType\"", "{ \"payloadType\"", "white space", "a blank behind the brace" },
        { "\",\"payload\"", "\", \"payload\"", "white space between", "a blank between members" },
        { "{\"payloadType\"", "\n{\"payloadType\"", "white space before", "a newline before it" },
        { "}]}", "}]}\n", "a byte after the end", "a newline behind it" },
        { "}]}", "}]}}", "a brace after the end", "nothing else may stand behind" },
        { "}]}", "}]", "cut", "the last brace is missing" },
        { "{\"payloadType\"", "{\"extra\":1,\"payloadType\"", "another member",
          "exactly three members" },
        { "{\"keyid\"", "{\"extra\":1,\"keyid\"", "another member in a signature",
          "exactly two members" },
        { "=\"}]}", "\"}]}", "unpadded base64", "one '=' of the signature is missing" },
        { "==\"}]}", "==\\n\"}]}", "an escape", "base64 has no escape" },
        { ".device.v1", ".device.v2", "media type of version 2", "only v1 is known" },
        { "vnd.cofferdam", "vnd.coffer", "another vendor's media type", "only ours is known" },
        { "+json", "+cbor", "another syntax", "only JSON is known" },
        { ".device.", ".Device.", "kind in upper case", "a kind is a-z" },
        { ".device.", "..", "no kind", "a kind is at least one letter" },
        { "\"payload\":\"", "\"payload\":\"=", "payload not base64", "padding at its beginning" },
        { "\"payload\":\"", "\"payload\":\" ", "payload with a blank", "base64 without blanks" },
        { "\"sig\":\"", "\"sig\":\"A", "signature of 89 characters", "64 bytes take 88" },
        { "\"keyid\":\"", "\"keyid\":\"0", "key id of 65 digits", "a key has 64" },
        { NULL, "", "empty", "no bytes at all" },
        { NULL, "{}", "no members", "exactly three members" },
    };
    const struct bytes text = make_bytes(json_object_get(made, "envelope"));
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        refused(m, "envelope", rows[i].name, rows[i].why,
                make_hex_of(make_replaced(text, rows[i].from, rows[i].to)));
}

/* Where `mark` begins. */
static size_t place(struct bytes text, const char *mark)
{
    const uint8_t *at = memmem(text.ptr, text.len, mark, strlen(mark));
    assert(at);
    return (size_t)(at - text.ptr);
}

static void reordered(struct make *m, const json_t *made)
{
    const struct bytes text = make_bytes(json_object_get(made, "envelope"));
    const size_t payload = place(text, ",\"payload\""), list = place(text, ",\"signatures\""),
                 key = place(text, "\"keyid\""), sig = place(text, ",\"sig\"");
    AUTO_BUF struct buf out = buf_init(text.len + 1);
    buf_add_str(&out, "{");
    buf_add(&out, text.ptr + payload + 1, list - payload - 1);
    buf_add_str(&out, ",");
    buf_add(&out, text.ptr + 1, payload - 1);
    buf_add(&out, text.ptr + list, text.len - list);
    refused(m, "envelope", "another order", "the type stands first", make_hex_of(buf_bytes(&out)));
    buf_reset(&out);
    buf_add(&out, text.ptr, key);
    buf_add(&out, text.ptr + sig + 1, text.len - 3 - sig - 1);
    buf_add_str(&out, ",");
    buf_add(&out, text.ptr + key, sig - key);
    buf_add_str(&out, "}]}");
    refused(m, "envelope", "another order in a signature", "the key id stands first",
            make_hex_of(buf_bytes(&out)));
    buf_reset(&out);
    buf_add(&out, text.ptr, list);
    buf_add_str(&out, ",\"signatures\":[]}");
    refused(m, "envelope", "no signature", "exactly one", make_hex_of(buf_bytes(&out)));
}

/* One character of key id or signature. */
static void characters(struct make *m, const struct make_issuer *who, const json_t *made)
{
    struct bytes text = make_bytes(json_object_get(made, "envelope"));
    AUTO_BUF struct buf out = buf_init(1 << 20);
    const size_t end = place(text, "==\"}]}");
    buf_add_bytes(&out, text);
    assert(strchr("AQgw", out.ptr[end - 1]));
    out.ptr[end - 1]++;
    refused(m, "envelope", "non-zero trailing bits", "base64 of 64 bytes has four spare ones",
            make_hex_of(buf_bytes(&out)));
    out.ptr[end - 1]--;
    const size_t key = place(text, "\"keyid\":\"") + strlen("\"keyid\":\"");
    for (size_t i = 0; i < 64; i++)
        out.ptr[key + i] = (uint8_t)toupper(out.ptr[key + i]);
    refused(m, "envelope", "key id in upper case", "hex is in lower case",
            make_hex_of(buf_bytes(&out)));
    /* A signature that has a '/' in base64: one of the first few has. */
    for (json_int_t created = MAKE_CREATED;; created++) {
        json_t *fields = make_statement_fields(m, who, "watcher");
        json_object_set_new(fields, "created", json_integer(created));
        text = make_bytes(json_object_get(make_statement_signed(who, "watcher", fields),
                                          "envelope"));
        const size_t sig = place(text, "\"sig\":\"");
        uint8_t *slash = memchr(text.ptr + sig, '/', text.len - sig);
        if (!slash)
            continue;
        buf_reset(&out);
        buf_add_bytes(&out, text);
        out.ptr[slash - text.ptr] = '_';
        refused(m, "envelope", "url-safe base64", "'_' for '/'", make_hex_of(buf_bytes(&out)));
        return;
    }
}

/* A whole payload of 32,769 bytes, an unknown kind, a signature of 63 bytes. */
static void limits(struct make *m, const struct make_issuer *who, const json_t *made)
{
    const json_t *policy =
        make_statement_signed(who, "policy", make_statement_fields(m, who, "policy"));
    const struct bytes payload = make_bytes(json_object_get(policy, "payload"));
    static const char before[] = "\"text\":\"";
    static char text[ENVELOPE_PAYLOAD_MAX];
    memcpy(text, before, sizeof before);
    memset(text + strlen(before), '#', ENVELOPE_PAYLOAD_MAX + 1 - payload.len);
    struct bytes longer = make_replaced(payload, before, text);
    struct envelope env = make_statement_raw("policy", longer, &who->device, 1);
    assert(longer.len == ENVELOPE_PAYLOAD_MAX + 1);
    refused(m, "envelope", "payload of 32,769 bytes", "one more than there may be",
            make_statement_text(&env));
    env = make_statement_raw("session", make_bytes(json_object_get(made, "payload")), &who->device,
                             1);
    refused(m, "envelope", "unknown kind", "well-signed, but no kind of statement",
            make_statement_text(&env));

    AUTO_BUF struct buf out = buf_init(1 << 17);
    const struct envelope good = parsed(made);
    const struct bytes whole = make_bytes(json_object_get(made, "envelope"));
    buf_add(&out, whole.ptr, place(whole, "\"sig\":\""));
    buf_add_str(&out, "\"sig\":\"");
    base64_encode(&out, bytes_of(good.signatures[0].sig, SIGNATURE_BYTES - 1));
    buf_add_str(&out, "\"}]}");
    refused(m, "envelope", "signature of 63 bytes", "a signature has 64",
            make_hex_of(buf_bytes(&out)));
}

/* Ascending keys, the first of them the issuer's. */
static void signers(struct make *m, const struct make_issuer *who, const json_t *made)
{
    struct make_key two[2] = { who->device, MAKE_KEY(m) };
    while (memcmp(two[0].public_key, two[1].public_key, 32) >= 0)
        two[1] = MAKE_KEY(m);
    struct envelope env = make_statement_raw(
        "device", make_bytes(json_object_get(made, "payload")), two, 2);
    refused(m, "envelope", "two signatures", "only a root has more than one",
            make_statement_text(&env));

    const json_t *root = make_statement_signed(who, "root", make_statement_fields(m, who, "root"));
    const struct bytes payload = make_bytes(json_object_get(root, "payload"));
    const struct make_key descending[] = { who->root[1], who->root[0] };
    const struct make_key equal[] = { who->root[0], who->root[0] };
    env = make_statement_raw("root", payload, descending, 2);
    refused(m, "envelope", "root, key ids descending", "key ids strictly ascend",
            make_statement_text(&env));
    env = make_statement_raw("root", payload, equal, 2);
    refused(m, "envelope", "root, a key id twice", "key ids strictly ascend",
            make_statement_text(&env));
    env = make_statement_raw("root", payload, who->root, 3);
    refused(m, "ok", "root, all three keys", "more than the threshold may sign",
            make_statement_text(&env));
    env = make_statement_raw("root", payload, who->root, 1);
    refused(m, "signature", "root below its threshold", "one of three keys, two are needed",
            make_statement_text(&env));
    struct make_key stranger[] = { who->root[0], who->root[1], MAKE_KEY(m) };
    while (memcmp(stranger[1].public_key, stranger[2].public_key, 32) >= 0)
        stranger[2] = MAKE_KEY(m);
    env = make_statement_raw("root", payload, stranger, 3);
    refused(m, "signature", "root with a stranger", "signed also by a key that is none of its own",
            make_statement_text(&env));
}

/* The right form, the wrong signature. */
static void signatures(struct make *m, const struct make_issuer *who, const json_t *made)
{
    struct envelope env = parsed(made);
    const struct envelope good = parsed(made);
    env.payload.ptr[env.payload.len / 2] ^= 1;
    refused(m, "signature", "a bit of the payload", "it was changed after it was signed",
            make_statement_text(&env));
    env.payload.ptr[env.payload.len / 2] ^= 1;
    env.signatures[0].sig[0] ^= 1;
    refused(m, "signature", "a bit of the signature", "it was changed", make_statement_text(&env));
    sign_detached(env.signatures[0].sig, buf_bytes(&env.payload), who->device.secret_key);
    refused(m, "signature", "without PAE", "signed over the payload alone",
            make_statement_text(&env));
    memcpy(env.signatures[0].sig, good.signatures[0].sig, SIGNATURE_BYTES);
    memcpy(env.signatures[0].key, who->root[0].public_key, SIGN_KEY_BYTES);
    refused(m, "signature", "another key id", "the key that it names did not sign",
            make_statement_text(&env));
    memcpy(env.signatures[0].key, good.signatures[0].key, SIGN_KEY_BYTES);
    memcpy(env.kind, "member", sizeof "member");
    refused(m, "signature", "another type", "the type is signed too", make_statement_text(&env));
    memcpy(env.kind, "device", sizeof "device");
    make_statement_add_order(env.signatures[0].sig + 32);
    refused(m, "signature", "S not canonical", "S + L, for which the equation holds",
            make_statement_text(&env));

    json_t *fields = make_statement_fields(m, who, "watcher");
    json_object_set_new(fields, "issuer", make_splice(make_zero(32), 0, 1, "01"));
    AUTO_BUF struct buf payload = buf_init(1 << 16);
    struct json_out out = json_out_to(&payload, JSON_CANONICAL);
    json_out_value(&out, fields);
    env = make_statement_raw("watcher", buf_bytes(&payload), &who->device, 1);
    memset(&env.signatures[0], 0, sizeof env.signatures[0]);
    env.signatures[0].key[0] = env.signatures[0].sig[0] = 1;
    refused(m, "signature", "small order", "key and R are the identity, S = 0",
            make_statement_text(&env));
}

void make_statement_envelopes(struct make *m, const struct make_issuer *who)
{
    const json_t *made =
        make_statement_signed(who, "device", make_statement_fields(m, who, "device"));
    texts(m, made);
    reordered(m, made);
    characters(m, who, made);
    limits(m, who, made);
    signers(m, who, made);
    signatures(m, who, made);
}
