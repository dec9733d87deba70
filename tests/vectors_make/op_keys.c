#include "op.h"

#include "crypto/sign.h"
#include "formats/keyfile.h"
#include "record/kept.h"

#include <string.h>

static enum err keyfile_make(struct op *o)
{
    uint8_t keys[KEYFILE_SECRET_BYTES], file[KEYFILE_BYTES];
    memcpy(keys + KEYFILE_SEED, op_get_fixed(o, "seed", 32), 32);
    memcpy(keys + KEYFILE_HEDGE, op_get_fixed(o, "hedge", 32), 32);
    memcpy(keys + KEYFILE_STORAGE, op_get_fixed(o, "storage", 32), 32);
    enum err e = keyfile_seal(keys, op_get(o, "passphrase"), op_get_fixed(o, "salt", 16),
                              op_get_fixed(o, "nonce", NONCE_BYTES),
                              (uint32_t)op_get_int(o, "passes"), (uint32_t)op_get_int(o, "memory"),
                              file, &o->why);
    if (!e)
        op_put_hex(o->out, "file", file, sizeof file);
    return e;
}

static enum err keyfile_open_op(struct op *o)
{
    AUTO_SECRET struct secret *keys = NULL;
    uint8_t device[SIGN_KEY_BYTES], secret_key[SIGN_SECRET_BYTES];
    enum err e = keyfile_open(op_get(o, "file"), op_get(o, "passphrase"), &keys, &o->why);
    if (e)
        return e;
    sign_keypair(device, secret_key, keys->ptr + KEYFILE_SEED);
    op_put_hex(o->out, "seed", keys->ptr + KEYFILE_SEED, 32);
    op_put_hex(o->out, "hedge", keys->ptr + KEYFILE_HEDGE, 32);
    op_put_hex(o->out, "storage", keys->ptr + KEYFILE_STORAGE, 32);
    op_put_hex(o->out, "device", device, sizeof device);
    return ERR_OK;
}

static enum err kept_make(struct op *o)
{
    uint8_t kept[KEPT_BYTES];
    enum err e = kept_seal(kept, op_get_fixed(o, "storage", KEY_BYTES),
                           op_get_fixed(o, "nonce", NONCE_BYTES), op_get_fixed(o, "id", 32),
                           op_get_fixed(o, "dek", KEY_BYTES), NULL);
    op_put_hex(o->out, "kept", kept, sizeof kept);
    return e;
}

static enum err kept_open_op(struct op *o)
{
    uint8_t id[RECORD_ID_BYTES], dek[KEY_BYTES];
    enum err e = kept_open(op_get(o, "kept"), op_get_fixed(o, "storage", KEY_BYTES), id, dek,
                           &o->why);
    if (e)
        return e;
    op_put_hex(o->out, "id", id, sizeof id);
    op_put_hex(o->out, "dek", dek, sizeof dek);
    return ERR_OK;
}

struct op_table op_keys_table(void)
{
    static const struct op_row rows[] = {
        { "keyfile/make", keyfile_make },
        { "keyfile/open", keyfile_open_op },
        { "kept/make", kept_make },
        { "kept/open", kept_open_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
