#include "fuzz.h"

#include "request/heads.h"

static void question(struct bytes in)
{
    struct why why;
    struct heads_question q;
    uint8_t out[HEADS_QUESTION_BYTES];
    if (heads_question_parse(in, &q, &why) != ERR_OK)
        return;
    heads_question_write(&q, out);
    fuzz_same(bytes_of(out, sizeof out), in);
}

static void reply(struct bytes in)
{
    const struct fuzz_key key = fuzz_key();
    struct why why;
    struct heads_reply r, again;
    if (heads_reply_parse(in, &r, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf rows = buf_init(HEADS_ROWS_BYTES_MAX);
    for (size_t i = 0; i < heads_row_count(&r); i++) {
        struct heads_row row = heads_row(&r, i), found;
        heads_row_write(&row, &rows);
        fuzz_must(heads_row_find(&r, row.issuer, &found) && found.number == row.number);
    }
    fuzz_same(buf_bytes(&rows), r.rows);
    AUTO_BUF struct buf out = buf_init(HEADS_REPLY_BYTES_MAX);
    fuzz_must(heads_reply_write(r.gate, r.question, r.log_size, buf_bytes(&rows), key.secret, &out,
                                &why) == ERR_OK);
    fuzz_must(heads_reply_parse(buf_bytes(&out), &again, &why) == ERR_OK);
    fuzz_same(again.signed_part, r.signed_part);
    fuzz_must(heads_reply_verify(&again, r.gate, r.question, key.public_key, &why) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    if (fuzz_choice(&in) % 2)
        question(in);
    else
        reply(in);
    return 0;
}
