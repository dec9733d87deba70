/* crypto/hpke_aad.h: HPKE single-shot with aad, for the published vectors; private to this folder.
 * `seq` is the sequence number (RFC 9180, section 5.2).   Threads  pure */
#ifndef CRYPTO_HPKE_AAD_H
#define CRYPTO_HPKE_AAD_H

#include "crypto/hpke.h"

MUST_USE enum err hpke_aad_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, struct bytes in,
                                struct bytes info, struct bytes aad, uint64_t seq,
                                const uint8_t recipient[32], const uint8_t ephemeral[32],
                                struct why *why);
MUST_USE enum err hpke_aad_open(uint8_t *out, struct bytes in, const uint8_t enc[HPKE_ENC_BYTES],
                                struct bytes info, struct bytes aad, uint64_t seq,
                                const uint8_t recipient_secret[32], struct why *why);

#endif
