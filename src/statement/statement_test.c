#include "statement/sample_test.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/crypto.h"
#include "statement/envelope.h"

enum { TEXT_MAX = 80 << 10 };

static void sign_with(struct statement *s, const struct sample_key *key, struct buf *out)
{
    struct why why;
    const uint8_t *keys[] = { key->secret };
    test_ok(statement_sign(s, keys, 1, out, &why), &why);
}

/* Signs any payload under any kind, as an enemy with a key would. */
static void sign_payload(const char *kind, struct bytes payload, const struct sample_key *key,
                         struct buf *out)
{
    struct why why;
    AUTO_ENVELOPE struct envelope env = { 0 };
    const uint8_t *keys[] = { key->secret };
    test_ok(envelope_sign(kind, payload, keys, 1, &env, &why), &why);
    test_ok(envelope_write(&env, out, &why), &why);
}

static void what_was_signed_is_what_is_opened(void **state)
{
    (void)state;
    struct sample s = { 1 };
    for (unsigned kind = STATEMENT_ROOT; kind < STATEMENT_KIND_END; kind++)
        for (int i = 0; i < 20; i++) {
            struct why why;
            struct sample_key key = sample_key(&s);
            AUTO_STATEMENT struct statement a =
                sample_statement(&s, (enum statement_kind)kind, &key);
            AUTO_STATEMENT struct statement b = { 0 };
            AUTO_BUF struct buf text = buf_init(TEXT_MAX), one = buf_init(TEXT_MAX),
                                two = buf_init(TEXT_MAX);
            sign_with(&a, &key, &text);
            test_ok(statement_open(buf_bytes(&text), &b, &why), &why);
            assert_int_equal(b.kind, kind);
            assert_memory_equal(a.id, b.id, 32);
            assert_memory_equal(a.issuer, b.issuer, 32);
            assert_int_equal(a.expires, b.expires);
            test_ok(statement_write(&a, &one, &why), &why);
            test_ok(statement_write(&b, &two, &why), &why);
            assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
            if (kind == STATEMENT_POLICY)
                assert_string_equal(a.u.policy.text, b.u.policy.text);
            if (kind == STATEMENT_DEVICE)
                assert_memory_equal(&a.u.device, &b.u.device, sizeof a.u.device);
        }
}

static void the_payload_has_its_members_in_their_order(void **state)
{
    (void)state;
    struct why why;
    struct statement s = { .kind = STATEMENT_POLICY, .number = 2, .created = 5, .expires = 6 };
    memset(s.owner, 0x11, 32);
    memset(s.issuer, 0x22, 32);
    memset(s.previous, 0x33, 32);
    memset(s.u.policy.project, 0x44, 16);
    s.u.policy.version = 7;
    s.u.policy.text = strdup("say \"no\"\n\\ä/");
    AUTO_BUF struct buf out = buf_init(TEXT_MAX);
    test_ok(statement_write(&s, &out, &why), &why);
    assert_string_equal(
        buf_cstr(&out),
        "{\"owner\":\"1111111111111111111111111111111111111111111111111111111111111111\","
        "\"issuer\":\"2222222222222222222222222222222222222222222222222222222222222222\","
        "\"number\":2,"
        "\"previous\":\"3333333333333333333333333333333333333333333333333333333333333333\","
        "\"created\":5,\"expires\":6,\"project\":\"44444444444444444444444444444444\","
        "\"version\":7,\"text\":\"say \\\"no\\\"\\n\\\\ä/\"}");
    statement_release(&s);
}

static void the_key_id_is_the_issuer(void **state)
{
    (void)state;
    struct why why;
    struct sample s = { 4 };
    struct sample_key key = sample_key(&s), other = sample_key(&s);
    AUTO_STATEMENT struct statement a = sample_statement(&s, STATEMENT_VENDOR, &key), b = { 0 };
    AUTO_BUF struct buf payload = buf_init(TEXT_MAX), text = buf_init(TEXT_MAX);
    test_ok(statement_write(&a, &payload, &why), &why);
    sign_payload("vendor", buf_bytes(&payload), &other, &text);
    test_err(statement_open(buf_bytes(&text), &b, &why), ERR_FORMAT);
    const uint8_t *keys[] = { other.secret };
    buf_reset(&text);
    test_err(statement_sign(&a, keys, 1, &text, &why), ERR_SIGNATURE);
    assert_int_equal(text.len, 0);
}

static void a_payload_is_of_its_kind_alone(void **state)
{
    (void)state;
    struct why why;
    struct sample s = { 5 };
    struct sample_key key = sample_key(&s);
    AUTO_STATEMENT struct statement a = sample_statement(&s, STATEMENT_VENDOR, &key), b = { 0 };
    AUTO_BUF struct buf payload = buf_init(TEXT_MAX), text = buf_init(TEXT_MAX);
    test_ok(statement_write(&a, &payload, &why), &why);
    sign_payload("member", buf_bytes(&payload), &key, &text);
    test_err(statement_open(buf_bytes(&text), &b, &why), ERR_FORMAT);
    buf_reset(&text);
    sign_payload("lease", buf_bytes(&payload), &key, &text);
    test_err(statement_open(buf_bytes(&text), &b, &why), ERR_ENVELOPE);
}

static void a_root_is_signed_by_enough_of_its_own_keys(void **state)
{
    (void)state;
    struct why why;
    struct sample s = { 6 };
    struct sample_key key[4];
    const uint8_t *secrets[4];
    for (size_t i = 0; i < 4; i++)
        key[i] = sample_key(&s);
    AUTO_STATEMENT struct statement a = { .kind = STATEMENT_ROOT, .number = 1, .expires = 1 };
    AUTO_STATEMENT struct statement b = { 0 };
    AUTO_BUF struct buf text = buf_init(TEXT_MAX), payload = buf_init(TEXT_MAX);
    a.u.root = (struct statement_root){ .party = PARTY_OWNER, .threshold = 2, .key_count = 3 };
    a.u.root.keys = calloc(3, 32);
    for (size_t i = 0; i < 3; i++)
        memcpy(a.u.root.keys[i], key[i].public_key, 32);
    qsort(a.u.root.keys, 3, 32, sample_compare);
    for (size_t i = 0; i < 4; i++)
        secrets[i] = key[i].secret;

    test_ok(statement_sign(&a, secrets, 2, &text, &why), &why);
    test_ok(statement_open(buf_bytes(&text), &b, &why), &why);
    statement_release(&b);
    buf_reset(&text);
    test_ok(statement_sign(&a, secrets, 3, &text, &why), &why);
    test_ok(statement_open(buf_bytes(&text), &b, &why), &why);
    test_err(statement_sign(&a, secrets, 1, &text, &why), ERR_SIGNATURE);
    test_err(statement_sign(&a, secrets + 2, 2, &text, &why), ERR_SIGNATURE);
    const uint8_t *twice[] = { key[0].secret, key[0].secret };
    test_err(statement_sign(&a, twice, 2, &text, &why), ERR_ENVELOPE);

    /* The reader holds to it as well. */
    test_ok(statement_write(&a, &payload, &why), &why);
    for (size_t count = 1; count <= 4; count++) {
        AUTO_ENVELOPE struct envelope env = { 0 };
        AUTO_STATEMENT struct statement c = { 0 };
        test_ok(envelope_sign("root", buf_bytes(&payload), secrets, count, &env, &why), &why);
        buf_reset(&text);
        test_ok(envelope_write(&env, &text, &why), &why);
        test_err(statement_open(buf_bytes(&text), &c, &why),
                 count == 2 || count == 3 ? ERR_OK : ERR_SIGNATURE);
    }
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct sample s = { 7 };
    struct sample_key key = sample_key(&s);
    static const enum statement_kind kinds[] = { STATEMENT_ROOT, STATEMENT_MEMBER };
    for (size_t k = 0; k < 2; k++) {
        AUTO_STATEMENT struct statement a = sample_statement(&s, kinds[k], &key);
        AUTO_BUF struct buf text = buf_init(TEXT_MAX);
        sign_with(&a, &key, &text);
        for (size_t i = 0; i < text.len; i++) {
            AUTO_STATEMENT struct statement b = { 0 };
            struct why why;
            uint8_t mask = (uint8_t)(1 + sample_number(&s, 255));
            text.ptr[i] ^= mask;
            if (statement_open(buf_bytes(&text), &b, &why) == ERR_OK)
                fail_msg("byte %zu ^ %02x of a %s goes unnoticed", i, mask,
                         statement_kind_name(kinds[k]));
            text.ptr[i] ^= mask;
        }
        for (size_t len = 0; len < text.len; len++) {
            AUTO_STATEMENT struct statement b = { 0 };
            assert_int_not_equal(statement_open(bytes_of(text.ptr, len), &b, NULL), ERR_OK);
        }
    }
}

static void a_long_payload_is_refused(void **state)
{
    (void)state;
    struct why why;
    struct sample s = { 9 };
    struct sample_key key = sample_key(&s);
    AUTO_STATEMENT struct statement a = sample_statement(&s, STATEMENT_POLICY, &key), b = { 0 };
    AUTO_BUF struct buf payload = buf_init(TEXT_MAX), text = buf_init(TEXT_MAX);
    free(a.u.policy.text);
    a.u.policy.text = strdup("");
    test_ok(statement_write(&a, &payload, &why), &why);
    size_t room = ENVELOPE_PAYLOAD_MAX - payload.len;
    free(a.u.policy.text);
    a.u.policy.text = calloc(room + 2, 1);
    memset(a.u.policy.text, 'x', room);
    sign_with(&a, &key, &text);
    test_ok(statement_open(buf_bytes(&text), &b, &why), &why);
    a.u.policy.text[room] = 'x';
    buf_reset(&payload);
    test_err(statement_write(&a, &payload, &why), ERR_LIMIT);
}

static void a_project_is_found_in_every_kind_that_has_one(void **state)
{
    (void)state;
    for (unsigned k = STATEMENT_ROOT; k < STATEMENT_KIND_END; k++) {
        struct statement s = { .kind = (enum statement_kind)k };
        bool has = k != STATEMENT_ROOT && k != STATEMENT_EPOCH && k != STATEMENT_WATCHER &&
                   k != STATEMENT_HEADS &&
                   (k <= STATEMENT_PAUSE || k == STATEMENT_ACCESS);
        assert_int_equal(statement_project_of(&s) != NULL, has);
        assert_int_equal(statement_kind_find(statement_kind_name(s.kind)), k);
    }
    assert_int_equal(statement_kind_find("lease"), 0);
    assert_string_equal(statement_kind_name((enum statement_kind)99), "?");
}

static int start(void **state)
{
    (void)state;
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_what_is_opened),
        cmocka_unit_test(the_payload_has_its_members_in_their_order),
        cmocka_unit_test(the_key_id_is_the_issuer),
        cmocka_unit_test(a_payload_is_of_its_kind_alone),
        cmocka_unit_test(a_root_is_signed_by_enough_of_its_own_keys),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(a_long_payload_is_refused),
        cmocka_unit_test(a_project_is_found_in_every_kind_that_has_one),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
