#include "crypto/sign.h"

#include <sodium.h>

void sign_keypair(uint8_t public_key[SIGN_KEY_BYTES], uint8_t secret_key[SIGN_SECRET_BYTES],
                  const uint8_t seed[SIGN_SEED_BYTES])
{
    crypto_sign_ed25519_seed_keypair(public_key, secret_key, seed);
}

void sign_detached(uint8_t sig[SIGNATURE_BYTES], struct bytes message,
                   const uint8_t secret_key[SIGN_SECRET_BYTES])
{
    crypto_sign_ed25519_detached(sig, NULL, message.ptr, message.len, secret_key);
}

enum err sign_verify(const uint8_t sig[SIGNATURE_BYTES], struct bytes message,
                     const uint8_t public_key[SIGN_KEY_BYTES], struct why *why)
{
    if (crypto_sign_ed25519_verify_detached(sig, message.ptr, message.len, public_key) != 0)
        return why_set(why, ERR_SIGNATURE, "the signature does not verify");
    return ERR_OK;
}

enum err sign_key_check(const uint8_t public_key[SIGN_KEY_BYTES], struct why *why)
{
    if (crypto_core_ed25519_is_valid_point(public_key) != 1)
        return why_set(why, ERR_KEY, "the key is not a point of the prime-order group");
    return ERR_OK;
}
