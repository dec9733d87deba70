#include "crypto/passphrase.h"

#include <sodium.h>
#include <string.h>

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
    if (passphrase.len > PASS_BYTES_MAX)
        return why_set(why, ERR_LIMIT, "cannot derive a key: a passphrase of %zu bytes, at most %d",
                       passphrase.len, PASS_BYTES_MAX);
    const char *words = passphrase.len ? (const char *)passphrase.ptr : "";
    uint8_t key[KEY_BYTES];
    if (crypto_pwhash_argon2id(key, sizeof key, words, passphrase.len, salt, ops,
                               (size_t)mem_kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        return why_nomem(why);
    memcpy(out, key, sizeof key);
    secret_wipe(key, sizeof key);
    return ERR_OK;
}
