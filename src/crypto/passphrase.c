#include "crypto/passphrase.h"

#include <sodium.h>

static_assert(PASS_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "libsodium's salt");

enum err passphrase_key(uint8_t out[KEY_BYTES], struct bytes passphrase,
                        const uint8_t salt[PASS_SALT_BYTES], uint32_t ops, uint32_t mem_kib,
                        struct why *why)
{
    if (ops < PASS_OPS_FLOOR || mem_kib < PASS_MEM_KIB_FLOOR)
        return why_set(why, ERR_KDF_FLOOR,
                       "cannot derive a key: %u passes over %u KiB, at least %d over %d", ops,
                       mem_kib, PASS_OPS_FLOOR, PASS_MEM_KIB_FLOOR);
    if (ops > PASS_OPS_MAX || mem_kib > PASS_MEM_KIB_MAX)
        return why_set(why, ERR_LIMIT,
                       "cannot derive a key: %u passes over %u KiB, at most %d over %d", ops,
                       mem_kib, PASS_OPS_MAX, PASS_MEM_KIB_MAX);
    if (crypto_pwhash_argon2id(out, KEY_BYTES, (const char *)passphrase.ptr, passphrase.len, salt,
                               ops, (size_t)mem_kib * 1024,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        return why_nomem(why);
    return ERR_OK;
}
