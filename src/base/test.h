/* base/test.h: what every unit test includes first. Tests only. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "base/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fails the test and prints the sentence when `call` is not ERR_OK. */
#define test_ok(call, why)                                                                         \
    do {                                                                                           \
        enum err test_err = (call);                                                                \
        if (test_err != ERR_OK)                                                                    \
            fail_msg("%s: %s [%s]", #call, (why)->text, err_code(test_err));                       \
    } while (0)

#define test_err(call, want)                                                                       \
    do {                                                                                           \
        enum err test_got = (call);                                                                \
        if (test_got != (want))                                                                    \
            fail_msg("%s: got %s, want %s", #call, err_code(test_got), err_code(want));            \
    } while (0)

/* The whole file `rel` of the test data, with a zero behind it; the caller frees. */
static inline char *test_file(const char *rel, size_t *len)
{
    char path[512];
    const char *dir = getenv("COFFERDAM_TEST_DATA");
    (void)snprintf(path, sizeof path, "%s/%s", dir ? dir : "tests/data", rel);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *p = malloc((size_t)n + 1);
    assert_non_null(p);
    assert_int_equal(fread(p, 1, (size_t)n, f), (size_t)n);
    fclose(f);
    p[n] = '\0';
    *len = (size_t)n;
    return p;
}

#endif
