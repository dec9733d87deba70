#include "fuzz.h"

#include "record/kept.h"
#include "shares/ceremony.h"
#include "shares/key_file.h"

#include <string.h>

static void key_file(struct bytes in)
{
    struct why why;
    uint8_t out[KEY_FILE_MAX];
    AUTO_GATE_KEYS struct gate_keys *keys = NULL;
    if (key_file_open(in, &keys, &why) != ERR_OK) {
        fuzz_must(keys == NULL);
        return;
    }
    size_t len = key_file_write(keys, out);
    fuzz_same(bytes_of(out, len), in);
}

/* Without the key nothing opens; with it, only what was sealed. */
static void kept(struct bytes in)
{
    static const uint8_t key[KEY_BYTES] = { 1 }, nonce[NONCE_BYTES] = { 2 };
    uint8_t sealed[KEPT_BYTES], id[RECORD_ID_BYTES], dek[KEY_BYTES] = { 0 };
    struct why why;
    enum err e = kept_open(in, key, id, dek, &why);
    fuzz_must(e == ERR_OPEN || (e == ERR_FORMAT) == (in.len != KEPT_BYTES));
    if (in.len < RECORD_ID_BYTES + 3)
        return;
    fuzz_must(kept_seal(sealed, key, nonce, in.ptr, dek, &why) == ERR_OK);
    sealed[in.ptr[RECORD_ID_BYTES] % KEPT_BYTES] ^= in.ptr[RECORD_ID_BYTES + 1];
    e = kept_open(bytes_of(sealed, sizeof sealed), key, id, dek, &why);
    fuzz_must(e == (in.ptr[RECORD_ID_BYTES + 1] ? ERR_OPEN : ERR_OK));
}

/* choice: epoch and gates | message, or (a byte of 0) what to change in a true one. */
static void deal(struct bytes in)
{
    static const struct { unsigned t; uint8_t roster; } shapes[] = {
        { 2, 0x07 }, { 3, 0x0f }, { 3, 0x1f }, { 2, 0x92 }, { 4, 0xea } };
    static const uint8_t s[KEY_BYTES] = { 3 };
    uint8_t rows[CEREMONY_ROWS_MAX * KEY_BYTES] = { 4 }, got[sizeof rows];
    struct why why;
    const uint8_t shape = fuzz_choice(&in), pair = fuzz_choice(&in), how = fuzz_choice(&in);
    struct ceremony_epoch e = { .t = shapes[shape % 5].t, .roster = shapes[shape % 5].roster };
    memset(e.id, 9, sizeof e.id);
    unsigned from = 1 + pair % 8, to = 1 + pair / 8 % 8;
    if (from == to || !subset_has(e.roster, from) || !subset_has(e.roster, to))
        return;
    if (how) {
        fuzz_must(ceremony_deal_parse(&e, from, to, s, in, got, &why) != ERR_OK);
        return;
    }
    AUTO_BUF struct buf message = buf_init(CEREMONY_DEAL_MAX);
    ceremony_deal_write(&e, from, to, s, rows, &message);
    if (in.len < 2 || message.len == 0)
        return;
    message.ptr[in.ptr[0] % message.len] ^= in.ptr[1];
    enum err err = ceremony_deal_parse(&e, from, to, s, buf_bytes(&message), got, &why);
    fuzz_must((err == ERR_OK) == (in.ptr[1] == 0));
    message.len -= 1;
    fuzz_must(ceremony_deal_parse(&e, from, to, s, buf_bytes(&message), got, &why) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(struct bytes in) = { key_file, kept, deal };
    struct bytes in = bytes_of(data, size);
    parsers[fuzz_choice(&in) % 3](in);
    return 0;
}
