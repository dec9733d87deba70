/* client/identity.h: the device's own keys: made here, unlocked by a passphrase, never written in
 * the clear.
 * Source  docs/format.md 9   Memory  keys in guarded memory   Threads  one owner */
#ifndef CLIENT_IDENTITY_H
#define CLIENT_IDENTITY_H

#include "crypto/secret.h"
#include "crypto/sign.h"

struct identity {
    uint8_t key[SIGN_KEY_BYTES]; /* the device, in public */
    struct secret *sign;         /* SIGN_SECRET_BYTES */
    struct secret *hedge;        /* 32 */
    struct secret *storage;      /* 32 */
};

/* How dear a guess of the passphrase is made: passes over `mem_kib`. */
struct identity_cost {
    uint32_t passes, mem_kib;
};

/* Makes a key file. ERR_EXISTS, ERR_IO, ERR_KDF_FLOOR; `key` is the public key. */
MUST_USE enum err identity_make(const char *path, struct bytes passphrase,
                                const struct identity_cost *cost, uint8_t key[SIGN_KEY_BYTES],
                                struct why *why);
/* ERR_PASSPHRASE, ERR_KDF_FLOOR, ERR_NOT_FOUND. */
MUST_USE enum err identity_unlock(const char *path, struct bytes passphrase, struct identity *out,
                                  struct why *why);
void identity_release(struct identity *id);

AUTO_DEFINE(identity, struct identity, identity_release);
#define AUTO_IDENTITY __attribute__((cleanup(identity_auto)))

#endif
