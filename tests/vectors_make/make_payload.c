#include "make_statement.h"

#include <string.h>

/* Any payload, signed well. */
static void signed_case(struct make *m, const struct make_issuer *who, const char *kind,
                        const char *outcome, const char *name, const char *why,
                        struct bytes payload)
{
    const struct make_key roots[] = { who->root[0], who->root[2] };
    const bool root = strcmp(kind, "root") == 0;
    const struct envelope env =
        make_statement_raw(kind, payload, root ? roots : &who->device, root ? 2 : 1);
    make_case(m, "read", outcome, name, why,
              json_pack("{s:o}", "envelope", make_statement_text(&env)));
}

void make_statement_bent(struct make *m, const struct make_issuer *who, const char *outcome,
                         const struct make_bend *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *made = make_statement_signed(
            who, rows[i].kind, make_statement_fields(m, who, rows[i].kind));
        signed_case(m, who, rows[i].kind, outcome, rows[i].name, rows[i].why,
                    make_replaced(make_bytes(json_object_get(made, "payload")), rows[i].from,
                                  rows[i].to));
    }
}

static void not_json(struct make *m, const struct make_issuer *who)
{
    static const struct make_bend rows[] = {
        { "device", "{", "(", "not JSON", "another bracket" },
        { "device", NULL, "", "empty payload", "no bytes at all" },
        { "device", "\"number\":1", "\"number\":01", "leading zero", "JSON has none" },
        { "device", "\"number\":1", "\"number\":+1", "plus sign", "JSON has none" },
        { "device", "\"number\":1", "\"number\":NaN", "NaN", "JSON has none" },
        { "device", "}", "", "cut payload", "the last brace is missing" },
        { "device", "}", "}{}", "two objects", "one object and nothing else" },
        { "device", "}", ",}", "trailing comma", "JSON has none" },
        { "device", "person", "pers\xffn", "payload not UTF-8", "a lone byte 0xff" },
        { "device", "person", "pers\xc0\xafn", "overlong", "not UTF-8" },
        { "device", "person", "pers\xed\xa0\x80n", "surrogate in UTF-8", "not UTF-8" },
        { "device", "person", "pers\x01n", "raw control character", "JSON escapes it" },
        { "policy", "\\n", "\n", "raw newline", "JSON escapes it" },
        { "policy", "and/or", "\\ud800", "lone surrogate", "half a pair" },
        { "policy", "and/or", "\\x41", "unknown escape", "JSON has no \\x" },
        { "device", "\"number\":1", "\"number\":1,\"number\":1", "duplicate member",
          "a member twice, even with the same value" },
        { "device", "{", "\xef\xbb\xbf{", "byte order mark", "JSON begins with a brace" },
        { "device", NULL, "[]", "a list", "one object, not another value" },
        { "device", NULL, "\"text\"", "a text", "one object, not another value" },
        { "device", NULL, "1", "a number", "one object, not another value" },
        { "device", NULL, "null", "null alone", "one object, not another value" },
    };
    make_statement_bent(m, who, "json", rows, MAKE_COUNT(rows));
}

static void not_canonical(struct make *m, const struct make_issuer *who)
{
    static const struct make_bend rows[] = {
        { "device", "\"number\":1", "\"number\": 1", "blank in the payload",
          "no white space between tokens" },
        { "device", "{", " {", "blank before the payload", "no white space" },
        { "device", "}", "}\n", "newline after the payload", "no white space" },
        { "device", "\"created\":1750000000,\"expires\":1760000000",
          "\"expires\":1760000000,\"created\":1750000000", "members in another order",
          "the table's order" },
        { "epoch", "{\"number\":1,\"incarnation\":1", "{\"incarnation\":1,\"number\":1",
          "members of a row in another order", "the table's order" },
        { "policy", "and/or", "and\\/or", "escaped solidus", "not escaped" },
        { "policy", "and/or", "\\u0041nd", "escaped letter", "not escaped" },
        { "policy", "and/or", "\\t", "escaped tab", "no other control character" },
        { "policy", "and/or", "\\u0009", "tab by number", "no other control character" },
        { "policy", "and/or", "\\u0000", "escaped NUL", "no NUL" },
        { "policy", "\\n", "\\u000a", "newline by number", "there is one form for it" },
        { "policy", "and/or", "\\ud83d\\ude00", "escaped pair", "not escaped" },
        { "policy", "text\":\"", "te\\u0078t\":\"", "escaped member name", "not escaped" },
        { "device", "\"number\":1", "\"number\":1.0", "a real", "integers only" },
        { "device", "\"number\":1", "\"number\":1e0", "an exponent", "integers only" },
        { "device", "\"created\":1750000000", "\"created\":175e7", "a large exponent",
          "integers only" },
        { "device", "\"created\":1750000000", "\"created\":-1", "minus one", "no sign" },
        { "device", "\"created\":1750000000", "\"created\":-0", "minus zero", "no sign" },
        { "device", "\"expires\":1760000000", "\"expires\":9007199254740992", "2^53",
          "at most 2^53-1" },
        { "device", "\"expires\":1760000000", "\"expires\":9223372036854775808", "2^63",
          "at most 2^53-1" },
        { "device", "\"expires\":1760000000", "\"expires\":18446744073709551617", "2^64+1",
          "it must not wrap around" },
        { "device", "\"expires\":1760000000", "\"expires\":1e400", "1e400", "integers only" },
        { "device", "\"number\":1", "\"number\":true", "true", "no such value" },
        { "device", "\"number\":1", "\"number\":null", "null", "no such value" },
    };
    make_statement_bent(m, who, "canonical", rows, MAKE_COUNT(rows));
}

static void common_fields(struct make *m, const struct make_issuer *who)
{
    static const struct make_bend rows[] = {
        { "device", "\"door\":\"browser\",", "", "a member missing", "all members" },
        { "device", NULL, "{}", "no member", "all members" },
        { "device", "\"door\":", "\"doors\":1,\"door\":", "a member too many", "no other member" },
        { "epoch", "\"incarnation\":1,", "", "a row's member missing", "all members" },
        { "epoch", "{\"number\":1,", "{\"number\":1,\"more\":1,", "a row's member too many",
          "no other member" },
        { "device", "\"number\":1", "\"number\":\"1\"", "text for a number", "a wrong type" },
        { "device", "\"role\":\"person\"", "\"role\":1", "number for a text", "a wrong type" },
        { "device", "\"role\":\"person\"", "\"role\":[]", "list for a text", "a wrong type" },
        { "heads", "\"heads\":[", "\"heads\":[1,", "number for a row", "a wrong type" },
        { "device", "\"revokes\":\"00", "\"revokes\":\"AA", "upper-case hex", "hex in lower case" },
        { "device", "\"revokes\":\"00", "\"revokes\":\"0", "hex too short", "63 digits" },
        { "device", "\"revokes\":\"00", "\"revokes\":\"000", "hex too long", "65 digits" },
        { "device", "\"revokes\":\"00", "\"revokes\":\"0x", "hex with 0x", "digits only" },
        { "device", "\"expires\":1760000000", "\"expires\":1750000000", "expires = created",
          "it ends after it begins" },
        { "device", "\"expires\":1760000000", "\"expires\":1749999999", "expires < created",
          "it ends after it begins" },
        { "device", "\"number\":1", "\"number\":0", "number 0", "numbers begin with 1" },
        { "device", "\"previous\":\"00", "\"previous\":\"11", "number 1 with a previous",
          "nothing stands before it" },
        { "device", "\"number\":1", "\"number\":2", "number 2 without a previous",
          "the id of number 1 is not zero" },
        { "member", "\"role\":\"annotator\"", "\"role\":\"boss\"", "unknown role", "no such word" },
        { "device", "\"role\":\"person\"", "\"role\":\"Person\"", "role in upper case",
          "no such word" },
        { "device", "\"door\":\"browser\"", "\"door\":\"hosted\"", "door hosted", "reserved" },
        { "act", "\"act\":\"submitted\"", "\"act\":\"lost\"", "unknown act", "no such word" },
        { "policy", "\"version\":1", "\"version\":0", "policy version 0", "from 1 on" },
        { "manifest", "\"count\":3", "\"count\":0", "manifest of no rows", "from 1 on" },
        { "manifest", "\"count\":3", "\"count\":65537", "manifest of 65,537 rows", "to 65,536" },
    };
    make_statement_bent(m, who, "format", rows, MAKE_COUNT(rows));
}

static void root_and_epoch(struct make *m, const struct make_issuer *who)
{
    static const struct make_bend rows[] = {
        { "root", "\"owner\":\"00", "\"owner\":\"11", "root with an owner", "64 zeroes" },
        { "root", "\"issuer\":\"00", "\"issuer\":\"11", "root with an issuer",
          "64 zeroes in the first" },
        { "root", "\"party\":\"owner\"", "\"party\":\"both\"", "unknown party", "no such word" },
        { "root", "\"threshold\":2", "\"threshold\":1", "threshold no majority", "2k > keys" },
        { "root", "\"threshold\":2", "\"threshold\":4", "threshold above the keys", "k <= keys" },
        { "root", "\"threshold\":2", "\"threshold\":0", "threshold 0", "k is at least 1" },
        { "root", "\"door\":\"native\"", "\"door\":\"hosted\"", "root, door hosted", "reserved" },
        { "epoch", "\"epoch\":1", "\"epoch\":0", "epoch 0", "from 1 on" },
        { "epoch", "\"epoch\":1", "\"epoch\":4294967296", "epoch 2^32", "a slot has four bytes" },
        { "epoch", "\"threshold\":2", "\"threshold\":3", "t = n", "t < n" },
        { "epoch", "\"threshold\":2", "\"threshold\":1", "t = 1", "2 <= t" },
        { "epoch", "{\"number\":1,", "{\"number\":0,", "gate 0", "gates are 1 to 8" },
        { "epoch", "{\"number\":5,", "{\"number\":9,", "gate 9", "gates are 1 to 8" },
        { "epoch", "{\"number\":2,", "{\"number\":1,", "a gate twice", "strictly ascending" },
        { "epoch", "{\"number\":1,", "{\"number\":3,", "gates not ascending", "by number" },
        { "epoch", "\"incarnation\":1", "\"incarnation\":0", "incarnation 0", "from 1 on" },
        { "epoch", "\"incarnation\":1", "\"incarnation\":4294967296", "incarnation 2^32",
          "below 2^32" },
        { "epoch", "\"cosigners\":1", "\"cosigners\":2", "cosigners above witnesses",
          "there is one witness" },
        { "epoch", "watcher.example/1", "", "witness without name", "at least one byte" },
        { "epoch", "watcher.example/1", "watcher example", "witness with a blank",
          "visible ASCII without '+'" },
        { "epoch", "watcher.example/1", "watcher+1", "witness with a plus",
          "visible ASCII without '+'" },
        { "epoch", "watcher.example/1", "w\xc3\xa4tcher", "witness not in ASCII",
          "visible ASCII without '+'" },
    };
    make_statement_bent(m, who, "format", rows, MAKE_COUNT(rows));
    json_t *fields = make_statement_fields(m, who, "root");
    json_object_set_new(fields, "number", json_integer(2));
    json_object_set_new(fields, "issuer", MAKE_RANDOM(m, 32));
    json_object_set_new(fields, "previous", MAKE_RANDOM(m, 32));
    AUTO_BUF struct buf payload = buf_init(1 << 17);
    struct json_out out = json_out_to(&payload, JSON_CANONICAL);
    json_out_value(&out, fields);
    signed_case(m, who, "root", "version", "root of number 2",
                "a later root is not supported by this version", buf_bytes(&payload));
}

/* A member of a good statement of that kind replaced by another value. */
static void with(struct make *m, const struct make_issuer *who, const char *kind,
                 const char *outcome, const char *name, const char *why, const char *member,
                 json_t *value)
{
    json_t *fields = make_statement_fields(m, who, kind);
    assert(json_object_get(fields, member));
    json_object_set_new(fields, member, value);
    AUTO_BUF struct buf payload = buf_init(1 << 17);
    struct json_out out = json_out_to(&payload, JSON_CANONICAL);
    json_out_value(&out, fields);
    assert(json_out_end(&out, NULL) == ERR_OK);
    signed_case(m, who, kind, outcome, name, why, buf_bytes(&payload));
}

static json_t *list_of(const struct make_issuer *who, struct make *m, const char *kind,
                       const char *member)
{
    return json_deep_copy(json_object_get(make_statement_fields(m, who, kind), member));
}

static void lists(struct make *m, const struct make_issuer *who)
{
    json_t *records = json_array();
    with(m, who, "assignment", "format", "no records", "1 to 400", "records", json_array());
    for (size_t i = 0; i < 401; i++)
        json_array_append_new(records, MAKE_RANDOM(m, 32));
    with(m, who, "receipt", "format", "401 records", "1 to 400", "records", records);
    json_t *twice = list_of(who, m, "assignment", "records");
    json_array_append(twice, json_array_get(twice, 0));
    with(m, who, "assignment", "format", "a record twice", "distinct", "records", twice);

    json_t *heads = list_of(who, m, "heads", "heads");
    json_array_append_new(heads, json_deep_copy(json_array_get(heads, 1)));
    with(m, who, "heads", "format", "heads not ascending", "by issuer", "heads", heads);
    heads = list_of(who, m, "heads", "heads");
    json_array_insert_new(heads, 1, json_deep_copy(json_array_get(heads, 0)));
    with(m, who, "heads", "format", "an issuer twice", "strictly ascending", "heads", heads);

    json_t *gates = list_of(who, m, "epoch", "gates");
    json_array_remove(gates, 0);
    with(m, who, "epoch", "format", "two gates", "3 to 5", "gates", gates);
    gates = list_of(who, m, "epoch", "gates");
    for (int number = 6; number <= 8; number++) {
        json_t *gate = json_deep_copy(json_array_get(gates, 2));
        json_object_set_new(gate, "number", json_integer(number));
        json_array_append_new(gates, gate);
    }
    with(m, who, "epoch", "format", "six gates", "3 to 5", "gates", gates);

    json_t *keys = json_pack("[o, o, o]", make_public(&who->root[1]), make_public(&who->root[0]),
                             make_public(&who->root[2]));
    with(m, who, "root", "format", "root keys not ascending", "ascending", "keys", keys);
    json_t *devices = list_of(who, m, "root", "devices");
    json_array_append_new(devices, json_deep_copy(json_array_get(devices, 0)));
    with(m, who, "root", "format", "a device twice in a root", "distinct keys", "devices", devices);
    const struct make_key other = MAKE_KEY(m);
    with(m, who, "project", "format", "key id other than issuer", "signed by somebody else",
         "issuer", make_public(&other));
}

/* A key that others are to trust is a point of the prime-order group. */
static void keys(struct make *m, const struct make_issuer *who)
{
    static const char mixed[] = "059480a8549200b4f82deb72ca68733014f5f778cba3d3e82f0ea891952f9c9d";
    with(m, who, "watcher", "key", "watcher of small order", "the identity is no key", "key",
         make_splice(make_zero(32), 0, 1, "01"));
    with(m, who, "device", "key", "device of mixed order", "not of the prime-order group", "key",
         json_string(mixed));
    json_t *gates = list_of(who, m, "epoch", "gates");
    json_object_set_new(json_array_get(gates, 1), "key", json_string(mixed));
    with(m, who, "epoch", "key", "gate of mixed order", "not of the prime-order group", "gates",
         gates);
}

void make_statement_payloads(struct make *m, const struct make_issuer *who)
{
    not_json(m, who);
    not_canonical(m, who);
    common_fields(m, who);
    root_and_epoch(m, who);
    lists(m, who);
    keys(m, who);
}
