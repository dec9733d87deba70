/* Floors 0 and 1: buffers, JSON, keys, hashing. */
#include "allocations.h"

#include "base/json.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/kx.h"
#include "crypto/secret.h"

static enum err grow(void *ctx, struct why *why)
{
    (void)ctx;
    AUTO_BUF struct buf b = buf_init(1 << 20);
    for (unsigned i = 0; i < 40; i++)
        buf_add_fmt(&b, "%u: %s\n", i, "a line that makes the buffer grow a few times");
    buf_add(&b, (uint8_t[9000]){ 0 }, 9000);
    return buf_ok(&b) ? ERR_OK : why_nomem(why);
}

static const char text[] = "{\"name\":\"a\",\"list\":[1,{\"x\":true},\"b\"],\"id\":\"00ff\"}";

static enum err parse(void *ctx, struct why *why)
{
    (void)ctx;
    AUTO_JSON json_t *o = NULL;
    return allocations_json(json_parse(bytes_str(text), &o, why), why);
}

static enum err write_again(void *ctx, struct why *why)
{
    AUTO_BUF struct buf b = buf_init(4096);
    struct json_out o = json_out_to(&b, JSON_PLAIN);
    json_out_value(&o, ctx);
    enum err e = json_out_end(&o, why);
    if (e == ERR_OK)
        assert_string_equal(buf_cstr(&b), text);
    return e;
}

static enum err keys(void *ctx, struct why *why)
{
    (void)ctx;
    struct secret_arena arena = { 0 };
    AUTO_SECRET struct secret *s = secret_new(32);
    enum err e = s ? secret_arena_init(&arena, 32, 100, why) : why_nomem(why);
    secret_arena_release(&arena);
    return e;
}

static enum err contexts(void *ctx, struct why *why)
{
    (void)ctx;
    const uint8_t key[32] = { 1 };
    AUTO_SHA256 struct sha256 *h = sha256_new();
    struct hmac *m = hmac_new(bytes_of(key, sizeof key));
    struct aead *a = aead_new(bytes_of(key, sizeof key));
    bool all = h && m && a;
    hmac_free(m);
    aead_free(a);
    return all ? ERR_OK : why_nomem(why);
}

static enum err hpke(void *ctx, struct why *why)
{
    (void)ctx;
    const uint8_t recipient_secret[32] = { 1 }, ephemeral[32] = { 2 };
    uint8_t recipient[32], enc[HPKE_ENC_BYTES], sealed[5 + TAG_BYTES] = { 0 }, back[5];
    kx_public(recipient, recipient_secret);
    enum err e = hpke_seal(enc, sealed, bytes_str("share"), bytes_str("info"), recipient, ephemeral,
                           why);
    if (e == ERR_OK)
        e = hpke_open(back, bytes_of(sealed, sizeof sealed), enc, bytes_str("info"),
                      recipient_secret, why);
    if (e == ERR_OK)
        assert_memory_equal(back, "share", sizeof back);
    return e;
}

static void a_refused_allocation_is_an_error_on_the_lowest_floors(void **state)
{
    (void)state;
    struct why why;
    AUTO_JSON json_t *o = NULL;
    test_ok(json_parse(bytes_str(text), &o, &why), &why);
    assert_true(allocations_each(grow, NULL, NULL) >= 3);
    assert_true(allocations_each(parse, NULL, NULL) >= 5);
    (void)allocations_each(write_again, o, NULL);
    (void)allocations_each(keys, NULL, NULL);
    assert_int_equal(allocations_each(contexts, NULL, NULL), 3);
    assert_int_equal(allocations_each(hpke, NULL, NULL), 2);
}

int allocations_base(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_allocation_is_an_error_on_the_lowest_floors),
    };
    return cmocka_run_group_tests_name("allocations/base", tests, NULL, NULL);
}
