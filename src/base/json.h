/* base/json.h: strict JSON in, compact JSON out; a thin layer over jansson.
 * Reading: one object in UTF-8 of bounded length, nothing behind it, no member twice, no NUL.
 * Members keep their order. Getters check type and range and name the member in their message.
 * Writing: `struct json_out` writes compact text straight into a buf. The canonical style is that
 * of docs/format.md 4.2: objects, lists, texts that escape only \" \\ \n, and integers from 0 to
 * 2^53-1; all else is refused. The plain style, for `--json`, escapes all control characters.
 * Limits  JSON_TEXT_MAX bytes of text, JSON_DEPTH_MAX levels when writing
 * Memory  json_parse's value is the caller's (AUTO_JSON)   Threads  one owner */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/bytes.h"
#include "base/why.h"

#include <jansson.h>

enum { JSON_TEXT_MAX = 64 << 20, JSON_DEPTH_MAX = 16 };
#define JSON_INT_MAX ((UINT64_C(1) << 53) - 1)

/* ERR_JSON: not one object of valid JSON, or one that has a member twice. ERR_CANONICAL: it is, but
 * has an escaped NUL, or a number that no 64-bit integer or double holds. ERR_LIMIT: longer than
 * JSON_TEXT_MAX. */
MUST_USE enum err json_parse(struct bytes text, json_t **out, struct why *why);

/* Getters: ERR_FORMAT where the member is missing, of another type or out of range. Outputs borrow
 * from `object`. */
MUST_USE enum err json_get_u64(const json_t *object, const char *member, uint64_t max,
                               uint64_t *out, struct why *why);
/* At most `max` bytes, terminated with a zero. */
MUST_USE enum err json_get_text(const json_t *object, const char *member, size_t max,
                                const char **out, struct why *why);
MUST_USE enum err json_get_bool(const json_t *object, const char *member, bool *out,
                                struct why *why);
/* Exactly 2*len lower-case digits. */
MUST_USE enum err json_get_hex(const json_t *object, const char *member, uint8_t *out, size_t len,
                               struct why *why);
/* At most `max` elements; walk it with json_array_foreach. */
MUST_USE enum err json_get_array(const json_t *object, const char *member, size_t max,
                                 const json_t **out, struct why *why);
MUST_USE enum err json_get_object(const json_t *object, const char *member, const json_t **out,
                                  struct why *why);

/* Is it UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)? */
MUST_USE bool json_utf8(struct bytes text);

enum json_style { JSON_CANONICAL, JSON_PLAIN };

struct json_out {
    struct buf *to;
    enum json_style style;
    bool comma;    /* a value stands before, in the innermost open object or array */
    bool after_key;
    unsigned depth;
    bool refused;  /* a value that the style has no form for; stays */
};

/* Writes into `to` (appending), which must outlive it. */
struct json_out json_out_to(struct buf *to, enum json_style style);

/* Values. Inside an object each follows its json_out_key. Once one is refused, or the buf failed,
 * the rest does nothing: look once, with json_out_end. */
void json_out_object(struct json_out *o);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o);
void json_out_array_end(struct json_out *o);
void json_out_key(struct json_out *o, const char *name);
void json_out_text(struct json_out *o, struct bytes text);
void json_out_str(struct json_out *o, const char *text);
void json_out_u64(struct json_out *o, uint64_t v);
void json_out_i64(struct json_out *o, int64_t v); /* a sign only in the plain style */
void json_out_bool(struct json_out *o, bool v);
void json_out_null(struct json_out *o);
void json_out_hex(struct json_out *o, const uint8_t *ptr, size_t len);
/* A value that jansson holds, members in their order. Reals are refused. */
void json_out_value(struct json_out *o, const json_t *value);

/* A member: key and value. */
void json_out_member_str(struct json_out *o, const char *name, const char *text);
void json_out_member_u64(struct json_out *o, const char *name, uint64_t v);
void json_out_member_bool(struct json_out *o, const char *name, bool v);
void json_out_member_hex(struct json_out *o, const char *name, const uint8_t *ptr, size_t len);

/* ERR_CANONICAL: something was refused. ERR_LIMIT: the buf could not hold it. Everything that was
 * opened is closed (asserted). */
MUST_USE enum err json_out_end(const struct json_out *o, struct why *why);

static inline void json_auto(json_t **value)
{
    json_decref(*value);
}
#define AUTO_JSON __attribute__((cleanup(json_auto)))

#endif
