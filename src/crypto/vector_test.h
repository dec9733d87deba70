/* crypto/vector_test.h: published vectors, read for the tests of this folder. Tests only. */
#ifndef CRYPTO_VECTOR_TEST_H
#define CRYPTO_VECTOR_TEST_H

#include "base/test.h"

#include "base/hex.h"
#include "crypto/crypto.h"

#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VECTOR_BYTES_MAX = 1 << 17 };

/* A member in hex, decoded. */
struct vector {
    uint8_t *ptr;
    size_t len;
};

static inline void vector_auto(struct vector *v)
{
    free(v->ptr);
}
#define AUTO_VECTOR __attribute__((cleanup(vector_auto)))

/* A heap block of the exact size, so that the sanitizer sees a read past its end. */
static inline struct vector vector_hex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    struct vector v = { malloc(len ? len : 1), len };
    assert_non_null(v.ptr);
    assert_true(len <= VECTOR_BYTES_MAX);
    if (!hex_decode(v.ptr, len, hex, strlen(hex)))
        fail_msg("not hex: %s", hex);
    return v;
}

static inline const char *vector_text(const json_t *object, const char *member)
{
    const char *s = json_string_value(json_object_get(object, member));
    if (!s)
        fail_msg("no member '%s'", member);
    return s;
}

static inline struct vector vector_of(const json_t *object, const char *member)
{
    return vector_hex(vector_text(object, member));
}

static inline int vector_int(const json_t *object, const char *member)
{
    assert_true(json_is_integer(json_object_get(object, member)));
    return (int)json_integer_value(json_object_get(object, member));
}

static inline struct bytes vector_bytes(const struct vector *v)
{
    return bytes_of(v->ptr, v->len);
}

static inline json_t *vector_load(const char *rel)
{
    size_t len;
    char *text = test_file(rel, &len);
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    free(text);
    if (!root)
        fail_msg("%s: %s", rel, error.text);
    return root;
}

/* What a file's cases were: what ran must agree, and with what was skipped add up to the file. */
struct vector_tally {
    int valid, invalid, acceptable, skipped;
};

/* Calls `run` for each case of a Wycheproof file; it says whether the case applies here. */
typedef bool vector_run(const json_t *group, const json_t *test, const char *result);

static inline struct vector_tally vector_wycheproof(const char *name, vector_run *run)
{
    char rel[128];
    (void)snprintf(rel, sizeof rel, "vectors/wycheproof/%s_test.json", name);
    json_t *root = vector_load(rel);
    struct vector_tally n = { 0 };
    size_t g, t;
    json_t *group, *test;
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            const char *result = vector_text(test, "result");
            if (!run(group, test, result))
                n.skipped++;
            else if (strcmp(result, "valid") == 0)
                n.valid++;
            else if (strcmp(result, "invalid") == 0)
                n.invalid++;
            else
                n.acceptable++;
        }
    }
    int all = n.valid + n.invalid + n.acceptable + n.skipped;
    assert_int_equal(all, vector_int(root, "numberOfTests"));
    print_message("wycheproof/%s: %d cases, %d valid, %d invalid, %d acceptable, "
                  "%d of parameters we do not have\n",
                  name, all, n.valid, n.invalid, n.acceptable, n.skipped);
    json_decref(root);
    return n;
}

/* Does `act` end the process by a signal (or, under a sanitizer, by its report)? */
static inline bool vector_dies(void (*act)(void *), void *arg)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)signal(SIGSEGV, SIG_DFL);
        (void)close(STDERR_FILENO);
        act(arg);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline int vector_start(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

#endif
