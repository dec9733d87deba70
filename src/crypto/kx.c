#include "crypto/kx.h"

#include <sodium.h>

void kx_public(uint8_t public_key[KX_BYTES], const uint8_t secret_key[KX_BYTES])
{
    crypto_scalarmult_curve25519_base(public_key, secret_key);
}

enum err kx_agree(uint8_t out[KX_BYTES], const uint8_t secret_key[KX_BYTES],
                  const uint8_t public_key[KX_BYTES], struct why *why)
{
    if (crypto_scalarmult_curve25519(out, secret_key, public_key) != 0) {
        secret_wipe(out, KX_BYTES);
        return why_set(why, ERR_KEY, "the key agreement is all zero");
    }
    return ERR_OK;
}
