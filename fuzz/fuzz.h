/* fuzz/fuzz.h: what every target includes.
 * A target hands the bytes to a parser and asserts what must hold of those that pass: most of all
 * that writing the result gives the same bytes again, so that nothing has two forms.
 * Build and run:
 *     CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *     ninja -C build-fuzz && build-fuzz/fuzz/statement_fuzz -max_total_time=60
 * Threads  one */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/bytes.h"
#include "base/why.h"
#include "crypto/sign.h"

int LLVMFuzzerInitialize(int *argc, char ***argv); /* fuzz.c: starts the crypto floor */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts unless `ok`, in every build. */
void fuzz_must(bool ok);
void fuzz_same(struct bytes a, struct bytes b);

/* The first byte of the input, which chooses among the parsers of a target; 0 if there is none. */
uint8_t fuzz_choice(struct bytes *in);

/* One key that every target may sign with. */
struct fuzz_key {
    uint8_t public_key[SIGN_KEY_BYTES], secret[SIGN_SECRET_BYTES];
};
struct fuzz_key fuzz_key(void);

#endif
