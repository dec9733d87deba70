#include "fuzz.h"

#include "statement/envelope.h"
#include "statement/statement.h"

enum { TEXT_MAX = 80 << 10 };

/* Signatures stop a fuzzer, so the inner parser is asked directly. */
static void payload(enum statement_kind kind, struct bytes in)
{
    struct why why;
    AUTO_STATEMENT struct statement s = { 0 };
    if (statement_read(kind, in, &s, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf out = buf_init(TEXT_MAX);
    fuzz_must(statement_write(&s, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), in);
}

static void envelope(struct bytes in)
{
    struct why why;
    AUTO_STATEMENT struct statement s = { 0 };
    AUTO_ENVELOPE struct envelope e = { 0 };
    if (envelope_parse(in, &e, &why) != ERR_OK) {
        fuzz_must(statement_open(in, &s, &why) != ERR_OK);
        return;
    }
    AUTO_BUF struct buf out = buf_init(TEXT_MAX);
    fuzz_must(envelope_write(&e, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), in);
    if (statement_open(in, &s, &why) == ERR_OK)
        fuzz_must(envelope_verify(&e, &why) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t kind = fuzz_choice(&in) % STATEMENT_KIND_END;
    if (kind == 0)
        envelope(in);
    else
        payload((enum statement_kind)kind, in);
    return 0;
}
