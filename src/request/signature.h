/* request/signature.h: HTTP message signatures of devices, in one form.
 * Source  RFC 9421; docs/format.md 5.1. Components: @method, @path, content-digest, and towards a
 * store @authority; parameters created, keyid, tag; label `sig`.
 * The body enters as its SHA-256, so that a long one can be hashed as it comes.
 * Limits  path <= 1,024 bytes, no query   Memory  none owned   Threads  pure */
#ifndef REQUEST_SIGNATURE_H
#define REQUEST_SIGNATURE_H

#include "base/bytes.h"
#include "base/why.h"
#include "crypto/sign.h"

enum { SIGNATURE_PATH_MAX = 1024, SIGNATURE_AUTHORITY_MAX = 255, SIGNATURE_METHOD_MAX = 16,
       SIGNATURE_BASE_MAX = 2048, SIGNATURE_CLOCK_SECONDS = 120 };

/* What is signed beside the body. `authority` is "host:port" towards a store, NULL otherwise. */
struct signature_target {
    const char *method, *path, *authority;
};

/* The values of the three header fields, as text. */
struct signature_fields {
    char digest[64], input[224], signature[96];
};

/* The same, understood. */
struct signature {
    uint8_t digest[32]; /* SHA-256 of the body */
    uint64_t created;   /* seconds */
    uint8_t key[SIGN_KEY_BYTES];
    uint8_t sig[SIGNATURE_BYTES];
};

/* Signs. ERR_FORMAT: a target that is not to be signed (a query, a space, too long). */
MUST_USE enum err signature_make(const struct signature_target *target,
                                 const uint8_t body_hash[32], uint64_t created,
                                 const uint8_t secret_key[SIGN_SECRET_BYTES],
                                 struct signature_fields *out, struct why *why);

/* Reads received field values; `store`: the list must (else must not) have @authority.
 * ERR_FORMAT. Nothing is verified yet. */
MUST_USE enum err signature_parse(struct bytes digest, struct bytes input, struct bytes signature,
                                  bool store, struct signature *out, struct why *why);

/* Is `body_hash` the digest, and the signature its key's over that target?
 * ERR_SIGNATURE; ERR_FORMAT: the target, as in signature_make. */
MUST_USE enum err signature_verify(const struct signature *s,
                                   const struct signature_target *target,
                                   const uint8_t body_hash[32], struct why *why);

/* Is `created` within 120 s of `now` (seconds)? ERR_REQUEST_TIME. */
MUST_USE enum err signature_time_check(const struct signature *s, uint64_t now, struct why *why);

/* The signature of a logged request: POST /v1/request, `created` of the body. ERR_SIGNATURE. */
MUST_USE enum err signature_verify_logged(const uint8_t sig[SIGNATURE_BYTES],
                                          const uint8_t device[SIGN_KEY_BYTES], uint64_t created,
                                          const uint8_t request_hash[32], struct why *why);

/* RFC 9421, 2.5: appends `"name": value` lines and `"@signature-params": params`. */
struct signature_component {
    const char *name;
    struct bytes value;
};
void signature_base(struct buf *out, const struct signature_component *components, size_t count,
                    struct bytes params);

#endif
