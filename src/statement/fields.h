/* statement/fields.h: reads, checks, writes and frees a struct by its table of members (schema.h).
 * `base` is a struct statement, or a row of one of its lists. Private to this folder.
 * Memory  fields_read allocates texts and lists, fields_release frees them   Threads  pure */
#ifndef STATEMENT_FIELDS_H
#define STATEMENT_FIELDS_H

#include "base/json.h"
#include "statement/schema.h"

/* Fills `base`, which was all zero, from `object`; what it filled before it failed is
 * fields_release's. ERR_FORMAT: a member is missing, unknown, or of another type; ERR_CANONICAL: in
 * another place; ERR_UNSUPPORTED: a reserved word. */
MUST_USE enum err fields_read(struct schema schema, const json_t *object, void *base,
                              struct why *why);

/* Limits, order of rows, keys. ERR_FORMAT, ERR_KEY. */
MUST_USE enum err fields_check(struct schema schema, const void *base, struct why *why);

/* Members of the open object. What has no canonical form is for json_out_end to report. */
void fields_write(struct schema schema, const void *base, struct json_out *out);

/* Frees texts and lists and clears them. */
void fields_release(struct schema schema, void *base);

#endif
