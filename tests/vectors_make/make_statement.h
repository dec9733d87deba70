/* tests/vectors_make/make_statement.h: statements for the cases of statement.json and chain.json.
 * Memory  as make.h   Threads  one owner */
#ifndef MAKE_STATEMENT_H
#define MAKE_STATEMENT_H

#include "make.h"
#include "statement/envelope.h"

enum { MAKE_ROOT_KEYS = 3, MAKE_CREATED = 1750000000, MAKE_EXPIRES = 1760000000 };

struct make_issuer {
    struct make_key device;
    struct make_key root[MAKE_ROOT_KEYS]; /* ascending by public key */
};
struct make_issuer make_statement_issuer(struct make *m);

/* A payload of number 1, all members in their order. */
json_t *make_statement_fields(struct make *m, const struct make_issuer *who, const char *kind);
/* The seeds that sign it: the device's, or two of the root's three. */
json_t *make_statement_seeds(const struct make_issuer *who, const char *kind);
/* fields -> {payload, envelope, id} */
const json_t *make_statement_signed(const struct make_issuer *who, const char *kind,
                                    json_t *fields);
/* Any bytes under any kind, signed by `count` keys in that order; nothing is checked. */
struct envelope make_statement_raw(const char *kind, struct bytes payload,
                                   const struct make_key *keys, size_t count);
json_t *make_statement_text(const struct envelope *env); /* hex */

/* A good one, made and read again. */
void make_statement_good(struct make *m, const struct make_issuer *who, const char *kind,
                         const char *name, const char *why, json_t *fields);
/* The payload of a good statement of that kind with `from` replaced by `to`, well signed. */
struct make_bend {
    const char *kind, *from, *to, *name, *why;
};
void make_statement_bent(struct make *m, const struct make_issuer *who, const char *outcome,
                         const struct make_bend *rows, size_t count);

/* The members of the kinds that take away, certify and approve; NULL: it is none of them. */
json_t *make_authority_body(struct make *m, const char *kind);
void make_authority(struct make *m, const struct make_issuer *who);

/* S + L: the same number to whoever does not look at its size. */
void make_statement_add_order(uint8_t s[32]);

/* The refused ones. */
void make_statement_envelopes(struct make *m, const struct make_issuer *who);
void make_statement_payloads(struct make *m, const struct make_issuer *who);

#endif
