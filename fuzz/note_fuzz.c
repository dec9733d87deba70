#include "fuzz.h"

#include "tlog/checkpoint.h"

#include <string.h>

static void vkey(struct bytes in)
{
    struct why why;
    struct note_key k;
    if (note_vkey_parse(&k, in, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf out = buf_init(in.len + 1);
    note_vkey_write(&out, &k);
    fuzz_same(buf_bytes(&out), in);
}

static void foreign(struct bytes in, const struct note_key *k)
{
    struct why why;
    struct bytes text;
    struct checkpoint c;
    if (note_verify(&text, in, k, &why) == ERR_OK)
        fuzz_must(text.len > 0 && text.len < in.len && text.ptr == in.ptr);
    else
        fuzz_must(checkpoint_open(&c, in, k, &why) == ERR_CHECKPOINT);
}

/* A text of ours: what is signed verifies, unless its characters are refused. If it is a
 * checkpoint, then in one form only. */
static void signed_text(struct bytes in, const struct note_key *k, const struct fuzz_key *key)
{
    struct why why;
    struct bytes text;
    struct checkpoint c;
    AUTO_BUF struct buf note = buf_init(2 * NOTE_BYTES_MAX), again = buf_init(2 * NOTE_BYTES_MAX);
    if (in.len == 0 || in.len > NOTE_BYTES_MAX || in.ptr[in.len - 1] != '\n' ||
        note_sign(&note, in, k, key->secret, &why) != ERR_OK ||
        note_verify(&text, buf_bytes(&note), k, &why) != ERR_OK)
        return;
    fuzz_same(text, in);
    if (checkpoint_open(&c, buf_bytes(&note), k, &why) != ERR_OK)
        return;
    fuzz_must(checkpoint_sign(&again, &c, k, key->secret, &why) == ERR_OK);
    fuzz_same(buf_bytes(&again), buf_bytes(&note));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fuzz_key key = fuzz_key();
    struct note_key k;
    struct bytes in = bytes_of(data, size);
    fuzz_must(note_key_init(&k, "a/b", key.public_key, NULL) == ERR_OK);
    switch (fuzz_choice(&in) % 3) {
    case 0:
        vkey(in);
        break;
    case 1:
        foreign(in, &k);
        break;
    default:
        signed_text(in, &k, &key);
    }
    return 0;
}
