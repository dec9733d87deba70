#include "base/json.h"

#include "base/cur.h"
#include "base/hex.h"

#include <string.h>

/* One code point of UTF-8 (RFC 3629) at the cursor. */
static bool utf8_step(struct cur *c)
{
    uint8_t b = cur_u8(c);
    if (b < 0x80)
        return true;
    unsigned more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
    if (b < 0xc2 || b > 0xf4)
        return false;
    uint32_t v = b & (0x3fU >> more);
    for (unsigned i = 0; i < more; i++) {
        uint8_t next = cur_u8(c);
        if ((next & 0xc0) != 0x80)
            return false;
        v = v << 6 | (next & 0x3fU);
    }
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    return v >= least[more] && v <= 0x10ffff && !(v >= 0xd800 && v <= 0xdfff);
}

bool json_utf8(struct bytes text)
{
    struct cur c = cur_from(text);
    while (cur_left(&c) > 0)
        if (!utf8_step(&c))
            return false;
    return true;
}

enum err json_parse(struct bytes text, json_t **out, struct why *why)
{
    if (text.len > JSON_TEXT_MAX)
        return why_set(why, ERR_LIMIT, "cannot read JSON: %zu bytes, at most %d", text.len,
                       JSON_TEXT_MAX);
    json_error_t error;
    AUTO_JSON json_t *value = json_loadb(text.len ? (const char *)text.ptr : "", text.len,
                                         JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        enum json_error_code code = json_error_code(&error);
        /* No code is set where the library only had no memory for a value. */
        if (code == json_error_out_of_memory || code == json_error_unknown)
            return why_nomem(why);
        if (code == json_error_duplicate_key)
            return why_set(why, ERR_JSON, "cannot read JSON: a member twice at byte %d",
                           error.position);
        if (code == json_error_null_character)
            return why_set(why, ERR_CANONICAL, "cannot read JSON: an escaped NUL at byte %d",
                           error.position);
        if (code == json_error_numeric_overflow)
            return why_set(why, ERR_CANONICAL, "cannot read JSON: a number too large at byte %d",
                           error.position);
        /* The library's own sentence may quote the text, which may be secret. */
        return why_set(why, ERR_JSON, "cannot read JSON: not one object at byte %d",
                       error.position);
    }
    if (!json_is_object(value))
        return why_set(why, ERR_JSON, "cannot read JSON: not an object");
    *out = value;
    value = NULL;
    return ERR_OK;
}

static enum err find(const json_t *object, const char *member, const json_t **out,
                     struct why *why)
{
    *out = json_object_get(object, member);
    return *out ? ERR_OK : why_set(why, ERR_FORMAT, "member '%s' is missing", member);
}

enum err json_get_u64(const json_t *object, const char *member, uint64_t max, uint64_t *out,
                      struct why *why)
{
    const json_t *v;
    enum err e = find(object, member, &v, why);
    if (e)
        return e;
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return why_set(why, ERR_FORMAT, "member '%s' is not a whole number", member);
    uint64_t n = (uint64_t)json_integer_value(v);
    if (n > max)
        return why_set(why, ERR_FORMAT, "member '%s' is %llu, at most %llu", member,
                       (unsigned long long)n, (unsigned long long)max);
    *out = n;
    return ERR_OK;
}

enum err json_get_text(const json_t *object, const char *member, size_t max, const char **out,
                       struct why *why)
{
    const json_t *v;
    enum err e = find(object, member, &v, why);
    if (e)
        return e;
    if (!json_is_string(v))
        return why_set(why, ERR_FORMAT, "member '%s' is not a text", member);
    if (json_string_length(v) > max)
        return why_set(why, ERR_FORMAT, "member '%s' has %zu bytes, at most %zu", member,
                       json_string_length(v), max);
    *out = json_string_value(v);
    return ERR_OK;
}

enum err json_get_bool(const json_t *object, const char *member, bool *out, struct why *why)
{
    const json_t *v;
    enum err e = find(object, member, &v, why);
    if (e)
        return e;
    if (!json_is_boolean(v))
        return why_set(why, ERR_FORMAT, "member '%s' is neither true nor false", member);
    *out = json_is_true(v);
    return ERR_OK;
}

enum err json_get_hex(const json_t *object, const char *member, uint8_t *out, size_t len,
                      struct why *why)
{
    const char *text;
    enum err e = json_get_text(object, member, SIZE_MAX, &text, why);
    if (e)
        return e;
    if (!hex_decode(out, len, text, strlen(text)))
        return why_set(why, ERR_FORMAT, "member '%s' is not %zu lower-case hex digits", member,
                       2 * len);
    return ERR_OK;
}

enum err json_get_array(const json_t *object, const char *member, size_t max, const json_t **out,
                        struct why *why)
{
    const json_t *v;
    enum err e = find(object, member, &v, why);
    if (e)
        return e;
    if (!json_is_array(v))
        return why_set(why, ERR_FORMAT, "member '%s' is not a list", member);
    if (json_array_size(v) > max)
        return why_set(why, ERR_FORMAT, "member '%s' has %zu elements, at most %zu", member,
                       json_array_size(v), max);
    *out = v;
    return ERR_OK;
}

enum err json_get_object(const json_t *object, const char *member, const json_t **out,
                         struct why *why)
{
    const json_t *v;
    enum err e = find(object, member, &v, why);
    if (e)
        return e;
    if (!json_is_object(v))
        return why_set(why, ERR_FORMAT, "member '%s' is not an object", member);
    *out = v;
    return ERR_OK;
}
