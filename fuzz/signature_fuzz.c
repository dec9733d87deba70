#include "fuzz.h"

#include "request/signature.h"

#include <string.h>

enum { TEXT_MAX = 2048 };

/* The bytes up to the next newline. */
static struct bytes cut(struct bytes *in)
{
    const uint8_t *end = in->len ? memchr(in->ptr, '\n', in->len) : NULL;
    size_t len = end ? (size_t)(end - in->ptr) : in->len;
    struct bytes line = bytes_of(in->ptr, len);
    *in = bytes_of(in->ptr + len + (end ? 1 : 0), in->len - len - (end ? 1 : 0));
    return line;
}

static void parse(struct bytes in, bool store)
{
    static const struct signature_target target = { "GET", "/v1/heads", "store:443" };
    struct why why;
    struct signature s;
    struct bytes digest = cut(&in), input = cut(&in), sig = cut(&in);
    if (signature_parse(digest, input, sig, store, &s, &why) == ERR_OK)
        fuzz_must(signature_verify(&s, &target, s.digest, &why) != ERR_FORMAT);
}

/* Whatever can be signed is read and verified again. */
static void make(struct bytes in, bool store, uint64_t created)
{
    const struct fuzz_key key = fuzz_key();
    static const uint8_t hash[32] = { 7 };
    struct why why;
    struct signature s;
    struct signature_fields f;
    char method[TEXT_MAX + 1] = "", path[TEXT_MAX + 1] = "", authority[TEXT_MAX + 1] = "";
    char *const texts[] = { method, path, authority };
    for (size_t i = 0; i < 3; i++) {
        struct bytes line = cut(&in);
        memcpy(texts[i], line.ptr ? (const char *)line.ptr : "",
               line.len < TEXT_MAX ? line.len : TEXT_MAX);
    }
    const struct signature_target target = { method, path, store ? authority : NULL };
    if (signature_make(&target, hash, created, key.secret, &f, &why) != ERR_OK)
        return;
    fuzz_must(signature_parse(bytes_str(f.digest), bytes_str(f.input), bytes_str(f.signature),
                              store, &s, &why) == ERR_OK);
    fuzz_must(s.created == created);
    fuzz_must(signature_verify(&s, &target, hash, &why) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t choice = fuzz_choice(&in);
    if (choice & 2)
        make(in, choice & 1, choice);
    else
        parse(in, choice & 1);
    return 0;
}
