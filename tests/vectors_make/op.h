/* tests/vectors_make/op.h: the operations of tests/vectors/README.md, done by the C library.
 * An operation takes the `in` of a case and gives an enum err and, when that is ERR_OK, the members
 * of `out`. cofferdam-vectors writes what they give; vectors_test does them again from the files.
 * A case that is not of the agreed shape ends the process: the files are ours.
 * Memory  what the op_get functions give lives until the operation ends   Threads  one owner */
#ifndef OP_H
#define OP_H

#include "base/bytes.h"
#include "base/json.h"
#include "base/why.h"

struct op {
    const json_t *in;
    json_t *out;
    struct op_memory *memory;
    struct why why;
};

typedef enum err op_run(struct op *o);

struct op_row {
    const char *path; /* "header/parse": operation `parse` of header.json */
    op_run *run;
};

struct op_table {
    const struct op_row *rows;
    size_t count;
};

/* Each file's operations. */
struct op_table op_record_table(void);
struct op_table op_body_table(void);
struct op_table op_shares_table(void);
struct op_table op_ceremony_table(void);
struct op_table op_statement_table(void);
struct op_table op_request_table(void);
struct op_table op_answer_table(void);
struct op_table op_log_table(void);
struct op_table op_keys_table(void);

/* Does "file/op"; *out is the caller's, NULL unless ERR_OK. */
enum err op_do(const char *path, const json_t *in, json_t **out, struct why *why);

/* The word of docs/format.md 1 for what an operation gave. */
const char *op_outcome(enum err e);
/* The i-th of them in their order; NULL behind the last one. */
const char *op_outcome_at(size_t i);

/* --- members of `in`; those with an object look there --- */

void *op_alloc(struct op *o, size_t len); /* zeroes */
struct bytes op_get_of(struct op *o, const json_t *object, const char *name);
const uint8_t *op_get_fixed_of(struct op *o, const json_t *object, const char *name, size_t len);
uint64_t op_get_int_of(const json_t *object, const char *name);
struct bytes op_get(struct op *o, const char *name);
const uint8_t *op_get_fixed(struct op *o, const char *name, size_t len);
uint64_t op_get_int(const struct op *o, const char *name);
const char *op_get_text(struct op *o, const char *name); /* hex of text without NUL */
const json_t *op_get_list(const struct op *o, const char *name);
/* All items of a list of hex, one behind the other. */
struct bytes op_get_joined(struct op *o, const char *name);
struct bytes op_item(struct op *o, const json_t *list, size_t i);
/* Signs with the seed's key. */
const uint8_t *op_secret_key(struct op *o, const uint8_t seed[32]);

/* --- members of `out`, or of an object in it --- */

json_t *op_hex(const void *ptr, size_t len);
void op_put_hex(json_t *object, const char *name, const void *ptr, size_t len);
void op_put_bytes(json_t *object, const char *name, struct bytes bytes);
void op_put_int(json_t *object, const char *name, uint64_t value);
/* A new empty list at `name`. */
json_t *op_put_list(json_t *object, const char *name);
/* A new object at the end of the list. */
json_t *op_add_object(json_t *list);
void op_add_hex(json_t *list, const void *ptr, size_t len);

#endif
