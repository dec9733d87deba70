/* formats/keyfile.h: a device's three keys under a passphrase, 156 bytes.
 * Source  docs/format.md 9   Limits  Argon2id passes 2 to 16, memory 65,536 to 1,048,576 KiB
 * Memory  keyfile_open returns guarded memory   Threads  pure; costs what its parameters say */
#ifndef FORMATS_KEYFILE_H
#define FORMATS_KEYFILE_H

#include "crypto/aead.h"
#include "crypto/passphrase.h"
#include "crypto/secret.h"

enum { KEYFILE_BYTES = 156, KEYFILE_SECRET_BYTES = 96 };

/* Where each key stands in the 96 bytes. */
enum { KEYFILE_SEED = 0, KEYFILE_HEDGE = 32, KEYFILE_STORAGE = 64 };

/* What is written today. */
enum { KEYFILE_PASSES = 3, KEYFILE_MEM_KIB = 262144 };

/* `salt` and `nonce` are fresh random bytes. ERR_KDF_FLOOR, ERR_LIMIT, ERR_NOMEM. */
MUST_USE enum err keyfile_seal(const uint8_t secret[KEYFILE_SECRET_BYTES], struct bytes passphrase,
                               const uint8_t salt[PASS_SALT_BYTES],
                               const uint8_t nonce[NONCE_BYTES], uint32_t passes, uint32_t mem_kib,
                               uint8_t out[KEYFILE_BYTES], struct why *why);

/* ERR_FORMAT, ERR_VERSION, ERR_KDF_FLOOR, ERR_LIMIT, ERR_NOMEM; ERR_OPEN: the wrong passphrase or
 * damaged bytes, one code for both. */
MUST_USE enum err keyfile_open(struct bytes file, struct bytes passphrase, struct secret **out,
                               struct why *why);

#endif
