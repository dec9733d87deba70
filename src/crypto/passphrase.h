/* crypto/passphrase.h: Argon2id (RFC 9106) by libsodium, with a floor that is checked on reading.
 * Threads  pure; takes `mem_kib` of memory and some tenths of a second */
#ifndef CRYPTO_PASSPHRASE_H
#define CRYPTO_PASSPHRASE_H

#include "crypto/crypto.h"

enum { PASS_SALT_BYTES = 16, PASS_OPS_FLOOR = 2, PASS_MEM_KIB_FLOOR = 65536,
       PASS_OPS_MAX = 16, PASS_MEM_KIB_MAX = 1048576,
       PASS_BYTES_MAX = 65535 };

/* One lane, version 0x13, 32 bytes out. ERR_KDF_FLOOR: below the floor; ERR_LIMIT: above the most
 * that a reader will spend, or a passphrase above PASS_BYTES_MAX; ERR_NOMEM. */
MUST_USE enum err passphrase_key(uint8_t out[KEY_BYTES], struct bytes passphrase,
                                 const uint8_t salt[PASS_SALT_BYTES], uint32_t ops,
                                 uint32_t mem_kib, struct why *why);

#endif
