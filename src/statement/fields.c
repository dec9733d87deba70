#include "statement/fields.h"

#include "base/hex.h"
#include "crypto/sign.h"

#include <stdlib.h>
#include <string.h>

static struct schema row_schema(const struct field *f)
{
    return (struct schema){ f->row, f->row_fields };
}

/* Fields are reached by memcpy alone: the tables know no types. */
static void *get_pointer(const struct field *f, const void *base)
{
    void *p;
    memcpy(&p, (const uint8_t *)base + f->offset, sizeof p);
    return p;
}

static void set_pointer(const struct field *f, void *base, const void *p)
{
    memcpy((uint8_t *)base + f->offset, &p, sizeof p);
}

static size_t get_count(const struct field *f, const void *base)
{
    size_t n;
    memcpy(&n, (const uint8_t *)base + f->count_offset, sizeof n);
    return n;
}

static uint64_t get_int(const struct field *f, const void *base)
{
    uint64_t v;
    memcpy(&v, (const uint8_t *)base + f->offset, sizeof v);
    return v;
}

static unsigned get_word(const struct field *f, const void *base)
{
    unsigned v;
    memcpy(&v, (const uint8_t *)base + f->offset, sizeof v);
    return v;
}

static const char *label(const struct field *f)
{
    return f->name ? f->name : "a row";
}

static enum err read_hex(const struct field *f, const json_t *value, uint8_t *at, struct why *why)
{
    if (!json_is_string(value) ||
        !hex_decode(at, f->size, json_string_value(value), json_string_length(value)))
        return why_set(why, ERR_FORMAT, "member '%s' is not %zu lower-case hex digits", label(f),
                       2 * f->size);
    return ERR_OK;
}

static enum err read_int(const struct field *f, const json_t *value, uint8_t *at, struct why *why)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return why_set(why, ERR_FORMAT, "member '%s' is not a whole number", label(f));
    uint64_t v = (uint64_t)json_integer_value(value);
    memcpy(at, &v, sizeof v);
    return ERR_OK;
}

static enum err read_word(const struct field *f, const json_t *value, uint8_t *at, struct why *why)
{
    if (!json_is_string(value))
        return why_set(why, ERR_FORMAT, "member '%s' is not a text", label(f));
    struct bytes text = bytes_of(json_string_value(value), json_string_length(value));
    if (f->words->reserved && bytes_equal(text, bytes_str(f->words->reserved)))
        return why_set(why, ERR_UNSUPPORTED, "the %s '%s' is reserved, not built yet",
                       f->words->what, f->words->reserved);
    unsigned v = words_find(f->words, text);
    if (v == 0)
        return why_set(why, ERR_FORMAT, "member '%s' is no known %s", label(f), f->words->what);
    memcpy(at, &v, sizeof v);
    return ERR_OK;
}

static enum err read_text(const struct field *f, const json_t *value, void *base, struct why *why)
{
    if (!json_is_string(value))
        return why_set(why, ERR_FORMAT, "member '%s' is not a text", label(f));
    char *copy = strdup(json_string_value(value)); /* the parser refuses NUL */
    if (!copy)
        return why_nomem(why);
    set_pointer(f, base, copy);
    return ERR_OK;
}

static enum err read_value(const struct field *f, const json_t *value, void *base,
                           struct why *why);

static enum err read_row(const struct field *f, const json_t *value, void *base, struct why *why)
{
    if (!f->row[0].name)
        return read_value(&f->row[0], value, base, why);
    if (!json_is_object(value))
        return why_set(why, ERR_FORMAT, "a row of '%s' is not an object", label(f));
    return fields_read(row_schema(f), value, base, why);
}

static enum err read_list(const struct field *f, const json_t *value, void *base, struct why *why)
{
    if (!json_is_array(value))
        return why_set(why, ERR_FORMAT, "member '%s' is not a list", label(f));
    size_t count = json_array_size(value);
    if (count > f->max)
        return why_set(why, ERR_FORMAT, "list '%s' has %zu rows, at most %llu", label(f), count,
                       (unsigned long long)f->max);
    if (count == 0)
        return ERR_OK;
    uint8_t *rows = calloc(count, f->size);
    if (!rows)
        return why_nomem(why);
    set_pointer(f, base, rows);
    memcpy((uint8_t *)base + f->count_offset, &count, sizeof count);
    for (size_t i = 0; i < count; i++) {
        enum err e = read_row(f, json_array_get(value, i), rows + i * f->size, why);
        if (e)
            return why_before(why, e, "'%s' %zu", label(f), i);
    }
    return ERR_OK;
}

static enum err read_value(const struct field *f, const json_t *value, void *base, struct why *why)
{
    uint8_t *at = (uint8_t *)base + f->offset;
    switch (f->type) {
    case FIELD_HEX:
    case FIELD_KEY:
        return read_hex(f, value, at, why);
    case FIELD_INT:
        return read_int(f, value, at, why);
    case FIELD_WORD:
        return read_word(f, value, at, why);
    case FIELD_TEXT:
    case FIELD_NAME:
        return read_text(f, value, base, why);
    case FIELD_LIST:
        return read_list(f, value, base, why);
    }
    return why_set(why, ERR_INTERNAL, "a field without a type");
}

/* Exactly the members of the table, in its order? */
static enum err check_names(struct schema schema, json_t *object, struct why *why)
{
    for (size_t i = 0; i < schema.count; i++)
        if (!json_object_get(object, schema.fields[i].name))
            return why_set(why, ERR_FORMAT, "member '%s' is missing", schema.fields[i].name);
    if (json_object_size(object) != schema.count)
        return why_set(why, ERR_FORMAT, "%zu members, not %zu", json_object_size(object),
                       schema.count);
    size_t i = 0;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at), i++)
        if (strcmp(json_object_iter_key(at), schema.fields[i].name) != 0)
            return why_set(why, ERR_CANONICAL, "member '%s' stands in another place",
                           schema.fields[i].name);
    return ERR_OK;
}

enum err fields_read(struct schema schema, const json_t *object, void *base, struct why *why)
{
    /* jansson keeps the order of the text; it asks for an object that it does not change. */
    enum err e = check_names(schema, (json_t *)(uintptr_t)object, why);
    for (size_t i = 0; !e && i < schema.count; i++)
        e = read_value(&schema.fields[i], json_object_get(object, schema.fields[i].name), base,
                       why);
    return e;
}

/* Compares by the first field: numbers as numbers, bytes as bytes. */
static int compare_rows(const struct field *f, const uint8_t *a, const uint8_t *b)
{
    if (f->row[0].type != FIELD_INT)
        return memcmp(a, b, f->row[0].size);
    uint64_t x = get_int(&f->row[0], a), y = get_int(&f->row[0], b);
    return x < y ? -1 : x > y;
}

static enum err check_order(const struct field *f, const uint8_t *rows, size_t count,
                            struct why *why)
{
    for (size_t i = 1; i < count; i++) {
        const uint8_t *row = rows + i * f->size;
        if (f->order == ORDER_ASCENDING && compare_rows(f, row - f->size, row) >= 0)
            return why_set(why, ERR_FORMAT, "list '%s' does not ascend at row %zu", label(f), i);
        /* At most a few hundred rows fit a payload, so that looking at all pairs is cheap. */
        for (size_t j = 0; f->order == ORDER_DISTINCT && j < i; j++)
            if (compare_rows(f, rows + j * f->size, row) == 0)
                return why_set(why, ERR_FORMAT, "list '%s' has row %zu twice", label(f), j);
    }
    return ERR_OK;
}

static enum err check_value(const struct field *f, const void *base, struct why *why);

static enum err check_list(const struct field *f, const void *base, struct why *why)
{
    const uint8_t *rows = get_pointer(f, base);
    size_t count = get_count(f, base);
    if (count < f->min || count > f->max)
        return why_set(why, ERR_FORMAT, "list '%s' has %zu rows, not %llu to %llu", label(f),
                       count, (unsigned long long)f->min, (unsigned long long)f->max);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < f->row_fields; k++) {
            enum err e = check_value(&f->row[k], rows + i * f->size, why);
            if (e)
                return why_before(why, e, "'%s' %zu", label(f), i);
        }
    return check_order(f, rows, count, why);
}

static enum err check_text(const struct field *f, const void *base, struct why *why)
{
    const char *text = get_pointer(f, base);
    size_t len = text ? strlen(text) : 0;
    if (!text || len < f->min || len > f->max)
        return why_set(why, ERR_FORMAT, "text '%s' has %zu bytes, not %llu to %llu", label(f), len,
                       (unsigned long long)f->min, (unsigned long long)f->max);
    for (size_t i = 0; f->type == FIELD_NAME && i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '+')
            return why_set(why, ERR_FORMAT, "text '%s' is not visible ASCII without '+'", label(f));
    return ERR_OK;
}

static enum err check_value(const struct field *f, const void *base, struct why *why)
{
    switch (f->type) {
    case FIELD_HEX:
        return ERR_OK;
    case FIELD_KEY: {
        enum err e = sign_key_check((const uint8_t *)base + f->offset, why);
        return e ? why_before(why, e, "member '%s'", label(f)) : ERR_OK;
    }
    case FIELD_INT:
        if (get_int(f, base) >= f->min && get_int(f, base) <= f->max)
            return ERR_OK;
        return why_set(why, ERR_FORMAT, "member '%s' is %llu, not %llu to %llu", label(f),
                       (unsigned long long)get_int(f, base), (unsigned long long)f->min,
                       (unsigned long long)f->max);
    case FIELD_WORD:
        if (get_word(f, base) >= 1 && get_word(f, base) <= f->words->count)
            return ERR_OK;
        return why_set(why, ERR_FORMAT, "member '%s' is no known %s", label(f), f->words->what);
    case FIELD_TEXT:
    case FIELD_NAME:
        return check_text(f, base, why);
    case FIELD_LIST:
        return check_list(f, base, why);
    }
    return why_set(why, ERR_INTERNAL, "a field without a type");
}

enum err fields_check(struct schema schema, const void *base, struct why *why)
{
    for (size_t i = 0; i < schema.count; i++) {
        enum err e = check_value(&schema.fields[i], base, why);
        if (e)
            return e;
    }
    return ERR_OK;
}

static void write_value(const struct field *f, const void *base, struct json_out *out);

static void write_list(const struct field *f, const void *base, struct json_out *out)
{
    const uint8_t *rows = get_pointer(f, base);
    size_t count = get_count(f, base);
    json_out_array(out);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + i * f->size;
        if (!f->row[0].name) {
            write_value(&f->row[0], row, out);
            continue;
        }
        json_out_object(out);
        fields_write(row_schema(f), row, out);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void write_value(const struct field *f, const void *base, struct json_out *out)
{
    switch (f->type) {
    case FIELD_HEX:
    case FIELD_KEY:
        json_out_hex(out, (const uint8_t *)base + f->offset, f->size);
        break;
    case FIELD_INT:
        json_out_u64(out, get_int(f, base));
        break;
    case FIELD_WORD:
        json_out_str(out, words_name(f->words, get_word(f, base)));
        break;
    case FIELD_TEXT:
    case FIELD_NAME:
        json_out_str(out, get_pointer(f, base));
        break;
    case FIELD_LIST:
        write_list(f, base, out);
        break;
    }
}

void fields_write(struct schema schema, const void *base, struct json_out *out)
{
    for (size_t i = 0; i < schema.count; i++) {
        json_out_key(out, schema.fields[i].name);
        write_value(&schema.fields[i], base, out);
    }
}

void fields_release(struct schema schema, void *base)
{
    for (size_t i = 0; i < schema.count; i++) {
        const struct field *f = &schema.fields[i];
        if (f->type != FIELD_TEXT && f->type != FIELD_NAME && f->type != FIELD_LIST)
            continue;
        uint8_t *p = get_pointer(f, base);
        if (f->type == FIELD_LIST) {
            const size_t none = 0, count = get_count(f, base);
            for (size_t k = 0; k < count; k++)
                fields_release(row_schema(f), p + k * f->size);
            memcpy((uint8_t *)base + f->count_offset, &none, sizeof none);
        }
        free(p);
        set_pointer(f, base, NULL);
    }
}
