/* statement/envelope.h: a DSSE envelope in the one form that we accept.
 * Source  docs/format.md 4.1; DSSE 1.0 (PAE)
 * Limits  payload <= 32,768 bytes; exactly one signature, kind `root` 1 to 16, key ids ascending
 * Memory  an envelope owns its payload   Threads  pure */
#ifndef STATEMENT_ENVELOPE_H
#define STATEMENT_ENVELOPE_H

#include "base/bytes.h"
#include "base/why.h"
#include "crypto/sign.h"

enum { ENVELOPE_KIND_MAX = 16, ENVELOPE_PAYLOAD_MAX = 32768, ENVELOPE_SIGNATURES_MAX = 16,
       ENVELOPE_BYTES_MAX = 48 << 10, ENVELOPE_ID_BYTES = 32 };

struct envelope_signature {
    uint8_t key[SIGN_KEY_BYTES];
    uint8_t sig[SIGNATURE_BYTES];
};

struct envelope {
    char kind[ENVELOPE_KIND_MAX + 1]; /* "policy": a-z */
    uint8_t id[ENVELOPE_ID_BYTES];    /* HASH(PAE) */
    struct buf payload;
    size_t signature_count;
    struct envelope_signature signatures[ENVELOPE_SIGNATURES_MAX];
};

void envelope_release(struct envelope *e);

/* Form only, no signature is verified; sets the id. ERR_ENVELOPE. */
MUST_USE enum err envelope_parse(struct bytes text, struct envelope *out, struct why *why);

/* Every signature, under the key that its keyid names. ERR_SIGNATURE. */
MUST_USE enum err envelope_verify(const struct envelope *e, struct why *why);

/* Signs `payload` with `count` secret keys (in any order, distinct). ERR_ENVELOPE: more keys, or a
 * longer payload or other kind, than an envelope of that kind may have. */
MUST_USE enum err envelope_sign(const char *kind, struct bytes payload,
                                const uint8_t *const *secret_keys, size_t count,
                                struct envelope *out, struct why *why);

/* Appends the text. ERR_LIMIT: `out` is full. */
MUST_USE enum err envelope_write(const struct envelope *e, struct buf *out, struct why *why);

/* Appends "DSSEv1 ..." . */
void envelope_pae(const char *kind, struct bytes payload, struct buf *out);

AUTO_DEFINE(envelope, struct envelope, envelope_release);
#define AUTO_ENVELOPE __attribute__((cleanup(envelope_auto)))

#endif
