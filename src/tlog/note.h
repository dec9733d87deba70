/* tlog/note.h: signed notes: a text that ends in a newline, an empty line, and signatures.
 * Source  C2SP signed-note; only Ed25519 (type 0x01) is known, other signers are ignored
 * Limits  NOTE_BYTES_MAX bytes, NOTE_SIGNATURES_MAX signatures, names of NOTE_NAME_MAX bytes
 * Memory  borrows; writers append to the caller's buffer   Threads  pure
 * A key's id is the first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
#ifndef TLOG_NOTE_H
#define TLOG_NOTE_H

#include "crypto/sign.h"

enum {
    NOTE_NAME_MAX = 255,
    NOTE_KEY_ID_BYTES = 4,
    NOTE_BYTES_MAX = 65535,
    NOTE_SIGNATURES_MAX = 100,
};

struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint8_t id[NOTE_KEY_ID_BYTES];
    uint8_t key[SIGN_KEY_BYTES];
};

/* A name is not empty and has visible ASCII other than '+' only (C2SP would allow more letters).
 * ERR_FORMAT. */
MUST_USE enum err note_key_init(struct note_key *out, const char *name,
                                const uint8_t key[SIGN_KEY_BYTES], struct why *why);

/* A verifier key, "name+hex id+base64(0x01 ‖ key)". ERR_FORMAT: its form, or the id is not its. */
MUST_USE enum err note_vkey_parse(struct note_key *out, struct bytes vkey, struct why *why);
void note_vkey_write(struct buf *out, const struct note_key *k);

/* Appends `text`, which ends in a newline, an empty line and the signature. ERR_LIMIT: no room. */
MUST_USE enum err note_sign(struct buf *out, struct bytes text, const struct note_key *k,
                            const uint8_t secret_key[SIGN_SECRET_BYTES], struct why *why);

/* Checks the form and that `k` signed, once; `text` points into `note`. All else that signed is
 * ignored. ERR_CHECKPOINT: not a signed note, or not (or doubly, or wrongly) signed by `k`. */
MUST_USE enum err note_verify(struct bytes *text, struct bytes note, const struct note_key *k,
                              struct why *why);

#endif
