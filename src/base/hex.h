/* base/hex.h: lower-case hexadecimal and standard base64 with padding, for public data.
 * Memory  the caller's   Threads  pure */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/bytes.h"

/* Writes 2*len digits and a zero. */
void hex_encode(char *out, const uint8_t *in, size_t len);

/* Exactly 2*len lower-case digits; false otherwise, and then `out` is untouched. */
MUST_USE bool hex_decode(uint8_t *out, size_t len, const char *hex, size_t hex_len);

/* 12 digits and a zero: how an id looks in a table or a message. */
struct hex_short { char s[13]; };
struct hex_short hex_short(const uint8_t *id);

/* 64 digits and a zero. */
struct hex_id { char s[65]; };
struct hex_id hex_id(const uint8_t id[32]);

/* RFC 4648, section 4. Appends to `out`. */
void base64_encode(struct buf *out, struct bytes in);

/* Strict: no white space, full padding, zero bits at the end. Appends to `out`; false leaves `out`
 * as it was (or failed, when it has no room). */
MUST_USE bool base64_decode(struct buf *out, struct bytes in);
/* The same for exactly `len` bytes, without an allocation; false leaves `out` as it was. */
MUST_USE bool base64_decode_fixed(uint8_t *out, size_t len, struct bytes in);

#endif
