/* tests/secrets/secrets.h: secrets that valgrind watches, for secrets_test.c alone.
 * A secret is memory that is declared undefined: memcheck then reports every branch and every
 * address that depends on it, and all that is computed from it stays undefined. So the errors that
 * it counts while a function runs are the places where time or cache tell of the secret.
 * What is public by design is declared defined again, at four calls and nowhere else: the verdict
 * of secret_equal, that of an AES-GCM tag, that of X25519 on an all-zero result, and Argon2id,
 * whose second half reads memory where the passphrase says (RFC 9106, 1).
 * Threads  one */
#ifndef TESTS_SECRETS_H
#define TESTS_SECRETS_H

#include "base/bytes.h"

/* Ends the test program unless valgrind's memcheck runs it: without it nothing is looked at. */
void secrets_need_memcheck(void);

void secrets_hide(void *p, size_t len);  /* a secret from here on */
void secrets_tell(void *p, size_t len);  /* public from here on */
bool secrets_hidden(const void *p, size_t len); /* does every bit depend on a secret? */

/* Errors so far. */
unsigned secrets_reported(void);

#endif
