/* record/kept.h: a DEK that its author keeps until a second quorum has shown that the slot is good.
 * Source  docs/format.md 10   Memory  none; DEKs in the caller's guarded memory   Threads  pure */
#ifndef RECORD_KEPT_H
#define RECORD_KEPT_H

#include "crypto/aead.h"
#include "record/record_header.h"

enum { KEPT_BYTES = 92 };

/* `nonce` is fresh and random. ERR_NOMEM. */
MUST_USE enum err kept_seal(uint8_t out[KEPT_BYTES], const uint8_t storage_key[KEY_BYTES],
                            const uint8_t nonce[NONCE_BYTES], const uint8_t id[RECORD_ID_BYTES],
                            const uint8_t dek[KEY_BYTES], struct why *why);
/* ERR_FORMAT: not 92 bytes; ERR_OPEN. */
MUST_USE enum err kept_open(struct bytes in, const uint8_t storage_key[KEY_BYTES],
                            uint8_t id[RECORD_ID_BYTES], uint8_t dek[KEY_BYTES], struct why *why);

#endif
