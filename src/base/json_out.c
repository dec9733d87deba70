#include "base/json.h"

#include <string.h>

struct json_out json_out_to(struct buf *to, enum json_style style)
{
    return (struct json_out){ .to = to, .style = style };
}

/* Before every value and key: the comma that it needs. */
static bool begin(struct json_out *o)
{
    if (o->refused)
        return false;
    if (o->comma && !o->after_key)
        buf_add_u8(o->to, ',');
    o->after_key = false;
    o->comma = true;
    return true;
}

static void open_with(struct json_out *o, uint8_t mark)
{
    if (!begin(o))
        return;
    assert(o->depth < JSON_DEPTH_MAX);
    o->depth++;
    o->comma = false;
    buf_add_u8(o->to, mark);
}

static void close_with(struct json_out *o, uint8_t mark)
{
    if (o->refused)
        return;
    assert(o->depth > 0 && !o->after_key);
    o->depth--;
    o->comma = true;
    buf_add_u8(o->to, mark);
}

void json_out_object(struct json_out *o)
{
    open_with(o, '{');
}

void json_out_object_end(struct json_out *o)
{
    close_with(o, '}');
}

void json_out_array(struct json_out *o)
{
    open_with(o, '[');
}

void json_out_array_end(struct json_out *o)
{
    close_with(o, ']');
}

/* One byte inside quotes. False: the style has no form for it. */
static bool add_char(struct json_out *o, uint8_t ch)
{
    if (ch == '"' || ch == '\\') {
        buf_add_u8(o->to, '\\');
        buf_add_u8(o->to, ch);
    } else if (ch == '\n') {
        buf_add_str(o->to, "\\n");
    } else if (ch >= 0x20) {
        buf_add_u8(o->to, ch);
    } else if (o->style == JSON_PLAIN) {
        buf_add_fmt(o->to, "\\u%04x", ch);
    } else {
        return false;
    }
    return true;
}

static void quoted(struct json_out *o, struct bytes text)
{
    if (!json_utf8(text)) {
        o->refused = true;
        return;
    }
    buf_add_u8(o->to, '"');
    for (size_t i = 0; i < text.len; i++)
        if (!add_char(o, text.ptr[i])) {
            o->refused = true;
            return;
        }
    buf_add_u8(o->to, '"');
}

void json_out_key(struct json_out *o, const char *name)
{
    if (!begin(o))
        return;
    quoted(o, bytes_str(name));
    buf_add_u8(o->to, ':');
    o->after_key = true;
}

void json_out_text(struct json_out *o, struct bytes text)
{
    if (begin(o))
        quoted(o, text);
}

void json_out_str(struct json_out *o, const char *text)
{
    json_out_text(o, bytes_str(text));
}

void json_out_u64(struct json_out *o, uint64_t v)
{
    if (!begin(o))
        return;
    if (o->style == JSON_CANONICAL && v > JSON_INT_MAX)
        o->refused = true;
    else
        buf_add_fmt(o->to, "%llu", (unsigned long long)v);
}

void json_out_i64(struct json_out *o, int64_t v)
{
    if (v >= 0)
        json_out_u64(o, (uint64_t)v);
    else if (o->style == JSON_CANONICAL)
        o->refused = true;
    else if (begin(o))
        buf_add_fmt(o->to, "%lld", (long long)v);
}

/* A word of JSON's own, which the canonical form does not have. */
static void add_word(struct json_out *o, const char *word)
{
    if (o->style == JSON_CANONICAL)
        o->refused = true;
    if (begin(o))
        buf_add_str(o->to, word);
}

void json_out_bool(struct json_out *o, bool v)
{
    add_word(o, v ? "true" : "false");
}

void json_out_null(struct json_out *o)
{
    add_word(o, "null");
}

void json_out_hex(struct json_out *o, const uint8_t *ptr, size_t len)
{
    if (!begin(o))
        return;
    static const char digits[] = "0123456789abcdef";
    buf_add_u8(o->to, '"');
    for (size_t i = 0; i < len; i++) {
        buf_add_u8(o->to, (uint8_t)digits[ptr[i] >> 4]);
        buf_add_u8(o->to, (uint8_t)digits[ptr[i] & 15]);
    }
    buf_add_u8(o->to, '"');
}

static void write_value(struct json_out *o, const json_t *value);

static void write_object(struct json_out *o, const json_t *value)
{
    json_out_object(o);
    /* jansson's iterators keep the order of the text, and change nothing though not const. */
    json_t *object = (json_t *)(uintptr_t)value;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        json_out_key(o, json_object_iter_key(at));
        write_value(o, json_object_iter_value(at));
    }
    json_out_object_end(o);
}

static void write_array(struct json_out *o, const json_t *value)
{
    json_out_array(o);
    for (size_t i = 0; i < json_array_size(value); i++)
        write_value(o, json_array_get(value, i));
    json_out_array_end(o);
}

/* Depth is bounded by JSON_DEPTH_MAX. */
static void write_value(struct json_out *o, const json_t *value)
{
    if ((json_is_object(value) || json_is_array(value)) && o->depth == JSON_DEPTH_MAX)
        o->refused = true;
    if (o->refused)
        return;
    if (json_is_object(value))
        write_object(o, value);
    else if (json_is_array(value))
        write_array(o, value);
    else if (json_is_string(value))
        json_out_text(o, bytes_of(json_string_value(value), json_string_length(value)));
    else if (json_is_integer(value))
        json_out_i64(o, json_integer_value(value));
    else if (json_is_boolean(value))
        json_out_bool(o, json_is_true(value));
    else if (json_is_null(value))
        json_out_null(o);
    else
        o->refused = true; /* a fraction */
}

void json_out_value(struct json_out *o, const json_t *value)
{
    write_value(o, value);
}

void json_out_member_str(struct json_out *o, const char *name, const char *text)
{
    json_out_key(o, name);
    json_out_str(o, text);
}

void json_out_member_u64(struct json_out *o, const char *name, uint64_t v)
{
    json_out_key(o, name);
    json_out_u64(o, v);
}

void json_out_member_bool(struct json_out *o, const char *name, bool v)
{
    json_out_key(o, name);
    json_out_bool(o, v);
}

void json_out_member_hex(struct json_out *o, const char *name, const uint8_t *ptr, size_t len)
{
    json_out_key(o, name);
    json_out_hex(o, ptr, len);
}

enum err json_out_end(const struct json_out *o, struct why *why)
{
    if (o->refused)
        return why_set(why, ERR_CANONICAL, "cannot write JSON: a value has no form");
    if (!buf_ok(o->to))
        return why_set(why, ERR_LIMIT, "cannot write JSON: more than %zu bytes", o->to->max);
    assert(o->depth == 0 && !o->after_key);
    return ERR_OK;
}
