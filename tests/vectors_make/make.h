/* tests/vectors_make/make.h: writes the cases of tests/vectors. Each case names the outcome that
 * docs/format.md demands; the operation (op.h) is done at once, and with another outcome its file
 * is not written, so that the C library and the table cannot drift apart.
 * Random bytes are SHA-256 of "cofferdam-vectors/FILE/PLACE/COUNTER", where PLACE is the place in
 * our text that draws them: compilers differ in the order in which they evaluate arguments, and
 * all of them are to write the same bytes.
 * Memory  json_t * arguments are stolen unless said otherwise; not all is freed, a run is short
 * Threads  one owner */
#ifndef MAKE_H
#define MAKE_H

#include "op.h"

#include "crypto/sign.h"

#include <limits.h>

struct make {
    const char *file;
    json_t *cases;
    json_t *drawn;  /* place -> how often */
    unsigned wrong; /* cases with another outcome than theirs */
};

#define MAKE_COUNT(rows) (sizeof rows / sizeof rows[0])

/* One for each file. */
void make_header(struct make *m);
void make_dek(struct make *m);
void make_padding(struct make *m);
void make_body(struct make *m);
void make_slot(struct make *m);
void make_manifest(struct make *m);
void make_pack(struct make *m);
void make_shares(struct make *m);
void make_ceremony(struct make *m);
void make_statement(struct make *m);
void make_chain(struct make *m);
void make_request(struct make *m);
void make_answer(struct make *m);
void make_answer_combining(struct make *m); /* its part in make_combine.c */
void make_entry(struct make *m);
void make_checkpoint(struct make *m);
void make_keyfile(struct make *m);
void make_kept(struct make *m);
void make_heads(struct make *m);

/* A function that draws stands at most once in an expression. */
#define MAKE_DRAW(m, out, len) make_draw(m, out, len, __func__, __COUNTER__)
#define MAKE_RANDOM(m, len) make_random(m, len, __func__, __COUNTER__)
#define MAKE_KEY(m) make_key(m, __func__, __COUNTER__)

void make_draw(struct make *m, void *out, size_t len, const char *function, int place);
json_t *make_random(struct make *m, size_t len, const char *function, int place); /* hex */
json_t *make_text(const char *text);             /* hex */
json_t *make_zero(size_t len);                   /* hex */
struct bytes make_bytes(const json_t *hex);      /* borrowed argument; never freed */
json_t *make_hex_of(struct bytes bytes);

struct make_key {
    uint8_t seed[SIGN_SEED_BYTES], public_key[SIGN_KEY_BYTES], secret_key[SIGN_SECRET_BYTES];
};
struct make_key make_key(struct make *m, const char *function, int place);
json_t *make_seed(const struct make_key *k);
json_t *make_public(const struct make_key *k);
/* X25519: a secret in hex, and the public key of one. */
json_t *make_exchange(const json_t *secret); /* borrowed argument */

/* `in` without `op`. Its name becomes "op: name". Returns `out`, borrowed; NULL if refused. */
const json_t *make_case(struct make *m, const char *op, const char *outcome, const char *name,
                        const char *why, json_t *in);
/* The `out` of "file/op", without a case. */
const json_t *make_call(const char *path, json_t *in);
/* A member of an object, for json_pack's "o". */
json_t *make_member(const json_t *object, const char *name);
/* A copy of `in` (borrowed) with another value of one member. */
json_t *make_with(const json_t *in, const char *name, json_t *value);

enum { MAKE_END = INT_MAX };

/* At byte `at` (from the end if negative; MAKE_END: behind it) `removed` bytes give way to `hex`;
 * "^01" instead XORs. */
struct make_edit {
    const char *outcome;
    int at;
    size_t removed;
    const char *hex, *name, *why;
};
json_t *make_splice(const json_t *value, int at, size_t removed, const char *hex); /* borrowed */
/* A case for each row: `in` (borrowed) with that edit of its member. */
void make_edits(struct make *m, const char *op, const json_t *in, const char *member,
                const struct make_edit *rows, size_t count);

/* Text with the first `from` replaced, which must be there; NULL `from`: all of it. */
struct bytes make_replaced(struct bytes text, const char *from, const char *to);

/* What operations on shares begin with: an epoch with all its keys, `gates` to answer. */
json_t *make_epoch(struct make *m, int t, uint8_t roster, int gates, json_t *project,
                   json_t *records);
/* A header's bytes, with project and author in hex (borrowed). */
json_t *make_record(unsigned kind, const json_t *project, const json_t *author, json_t *dek);

#endif
