#include "client/identity.h"

#include "formats/keyfile.h"
#include "sys/files.h"

#include <string.h>

enum err identity_make(const char *path, struct bytes passphrase,
                       const struct identity_cost *cost, uint8_t key[SIGN_KEY_BYTES],
                       struct why *why)
{
    AUTO_SECRET struct secret *all = secret_new(KEYFILE_SECRET_BYTES);
    AUTO_SECRET struct secret *sign = secret_new(SIGN_SECRET_BYTES);
    if (!all || !sign)
        return why_nomem(why);
    uint8_t salt[PASS_SALT_BYTES], nonce[NONCE_BYTES], file[KEYFILE_BYTES];
    random_bytes(all->ptr, all->len);
    random_bytes(salt, sizeof salt);
    random_bytes(nonce, sizeof nonce);
    enum err e = keyfile_seal(all->ptr, passphrase, salt, nonce, cost->passes, cost->mem_kib, file,
                              why);
    if (e == ERR_OK)
        e = file_create(path, bytes_of(file, sizeof file), 0600, why);
    if (e == ERR_OK)
        sign_keypair(key, sign->ptr, all->ptr + KEYFILE_SEED);
    return e;
}

enum err identity_unlock(const char *path, struct bytes passphrase, struct identity *out,
                         struct why *why)
{
    AUTO_BUF struct buf file = buf_init(KEYFILE_BYTES);
    AUTO_SECRET struct secret *all = NULL;
    enum err e = file_read(path, &file, why);
    if (e == ERR_OK)
        e = keyfile_open(buf_bytes(&file), passphrase, &all, why);
    if (e == ERR_OPEN)
        return why_set(why, ERR_PASSPHRASE, "cannot unlock '%s': wrong passphrase or damaged file",
                       path);
    if (e != ERR_OK)
        return e;
    AUTO_IDENTITY struct identity id = { .sign = secret_new(SIGN_SECRET_BYTES),
                                         .hedge = secret_new(KEY_BYTES),
                                         .storage = secret_new(KEY_BYTES) };
    if (!id.sign || !id.hedge || !id.storage)
        return why_nomem(why);
    sign_keypair(id.key, id.sign->ptr, all->ptr + KEYFILE_SEED);
    memcpy(id.hedge->ptr, all->ptr + KEYFILE_HEDGE, KEY_BYTES);
    memcpy(id.storage->ptr, all->ptr + KEYFILE_STORAGE, KEY_BYTES);
    *out = id;
    id = (struct identity){ 0 };
    return ERR_OK;
}

void identity_release(struct identity *id)
{
    secret_free(id->sign);
    secret_free(id->hedge);
    secret_free(id->storage);
    *id = (struct identity){ 0 };
}
