#include "statement/sample_test.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/crypto.h"
#include "statement/envelope.h"

enum { TEXT_MAX = 80 << 10 };

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

/* `find` in a valid payload becomes `put`; what has no `find` is the payload itself. */
static const struct edit {
    const char *why;
    enum statement_kind kind;
    const char *find, *put;
    enum err want;
} edits[] = {
    { "not JSON", STATEMENT_WATCHER, NULL, "watcher", ERR_JSON },
    { "empty", STATEMENT_WATCHER, NULL, "", ERR_JSON },
    { "two objects", STATEMENT_WATCHER, "}", "}{}", ERR_JSON },
    { "cut", STATEMENT_WATCHER, "}", "", ERR_JSON },
    { "leading zero", STATEMENT_WATCHER, "\"number\":1", "\"number\":01", ERR_JSON },
    { "not UTF-8", STATEMENT_POLICY, "text\":\"", "text\":\"\xff", ERR_JSON },
    { "raw control character", STATEMENT_POLICY, "text\":\"", "text\":\"\t", ERR_JSON },
    { "a member twice", STATEMENT_WATCHER, "\"number\":1", "\"number\":1,\"number\":1", ERR_JSON },
    { "white space", STATEMENT_WATCHER, "\"number\":", "\"number\": ", ERR_CANONICAL },
    { "white space behind", STATEMENT_WATCHER, "}", "}\n", ERR_CANONICAL },
    { "another order", STATEMENT_PROJECT, "\"number\":1,", "", ERR_FORMAT },
    { "created before number", STATEMENT_PROJECT, "\"number\":1,",
      "\"created\":0,\"number\":1,", ERR_JSON },
    { "escaped slash", STATEMENT_POLICY, "text\":\"", "text\":\"\\/", ERR_CANONICAL },
    { "\\u0041", STATEMENT_POLICY, "text\":\"", "text\":\"\\u0041", ERR_CANONICAL },
    { "\\t", STATEMENT_POLICY, "text\":\"", "text\":\"\\t", ERR_CANONICAL },
    { "\\u0000", STATEMENT_POLICY, "text\":\"", "text\":\"\\u0000", ERR_CANONICAL },
    { "a real", STATEMENT_WATCHER, "\"number\":1", "\"number\":1.0", ERR_CANONICAL },
    { "an exponent", STATEMENT_WATCHER, "\"number\":1", "\"number\":1e3", ERR_CANONICAL },
    { "minus one", STATEMENT_WATCHER, "\"number\":1", "\"number\":-1", ERR_CANONICAL },
    { "minus zero", STATEMENT_WATCHER, "\"number\":1", "\"number\":-0", ERR_CANONICAL },
    { "2^53", STATEMENT_WATCHER, "\"number\":1", "\"number\":9007199254740992", ERR_CANONICAL },
    { "number 0", STATEMENT_WATCHER, "\"number\":1", "\"number\":0", ERR_FORMAT },
    { "number 2 without previous", STATEMENT_WATCHER, "\"number\":1", "\"number\":2", ERR_FORMAT },
    { "number 1 with a previous", STATEMENT_WATCHER, "\"previous\":\"00", "\"previous\":\"01",
      ERR_FORMAT },
    { "a number that is text", STATEMENT_WATCHER, "\"number\":1", "\"number\":\"1\"", ERR_FORMAT },
    { "a number that is null", STATEMENT_WATCHER,
      "\"number\":1", "\"number\":null", ERR_CANONICAL },
    { "upper-case hex", STATEMENT_WATCHER, "\"previous\":\"00", "\"previous\":\"0A", ERR_FORMAT },
    { "hex too short", STATEMENT_WATCHER, "\"previous\":\"00", "\"previous\":\"0", ERR_FORMAT },
    { "an unknown member", STATEMENT_WATCHER, "}", ",\"more\":1}", ERR_FORMAT },
    { "an unknown member inside", STATEMENT_WATCHER, "\"number\":1", "\"a\":1,\"number\":1",
      ERR_FORMAT },
    { "unknown role", STATEMENT_MEMBER, "role\":\"", "role\":\"x", ERR_FORMAT },
    { "role is a number", STATEMENT_MEMBER, "\"role\":\"", "\"role\":1,\"x\":\"", ERR_FORMAT },
    { "hosted door", STATEMENT_DEVICE, "\"door\":\"native\"", "\"door\":\"hosted\"",
      ERR_UNSUPPORTED },
    { "unknown door", STATEMENT_DEVICE, "\"door\":\"native\"", "\"door\":\"back\"", ERR_FORMAT },
    { "key off the curve", STATEMENT_WATCHER, "\"key\":\"", "\"key\":\"02", ERR_FORMAT },
    { "not an object row", STATEMENT_HEADS, "\"heads\":[", "\"heads\":[1,", ERR_FORMAT },
    { "a list that is none", STATEMENT_HEADS, "\"heads\":[", "\"heads\":[[],", ERR_FORMAT },
    { "count 0", STATEMENT_MANIFEST, "\"count\":", "\"count\":0,\"x\":", ERR_FORMAT },
    { "unknown act", STATEMENT_ACT, "\"act\":\"", "\"act\":\"un", ERR_FORMAT },
    { "one gate too many", STATEMENT_EPOCH, "\"threshold\":2", "\"threshold\":9", ERR_FORMAT },
    { "threshold 1", STATEMENT_EPOCH, "\"threshold\":2", "\"threshold\":1", ERR_FORMAT },
    { "epoch 0", STATEMENT_EPOCH, "\"epoch\":", "\"epoch\":0,\"x\":", ERR_FORMAT },
};

static struct statement plain_statement(struct sample *s, enum statement_kind kind,
                                        const struct sample_key *key)
{
    struct statement out;
    /* The rows above name these values. */
    for (;;) {
        out = sample_statement(s, kind, key);
        bool fits = kind == STATEMENT_DEVICE   ? out.u.device.door == DOOR_NATIVE
                    : kind == STATEMENT_EPOCH  ? out.u.epoch.threshold == 2
                    : kind == STATEMENT_HEADS  ? out.u.heads.head_count > 1
                                               : true;
        if (fits)
            return out;
        statement_release(&out);
    }
}

static void edit_payload(const struct edit *edit, struct buf *payload)
{
    const char *text = buf_cstr(payload);
    /* The last one, so that "}" is the end; every other text stands once. */
    const char *at = NULL;
    for (const char *p = text; (p = strstr(p, edit->find)); p++)
        at = p;
    if (!at)
        fail_msg("%s: '%s' not in %s", edit->why, edit->find, text);
    AUTO_BUF struct buf edited = buf_init(TEXT_MAX);
    buf_add(&edited, text, (size_t)(at - text));
    buf_add_str(&edited, edit->put);
    buf_add_str(&edited, at + strlen(edit->find));
    buf_reset(payload);
    buf_add_bytes(payload, buf_bytes(&edited));
}

static void a_payload_in_another_form_is_refused(void **state)
{
    (void)state;
    struct sample s = { 2 };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct why why = { 0 };
        struct sample_key key = sample_key(&s);
        AUTO_STATEMENT struct statement a = plain_statement(&s, edits[i].kind, &key);
        AUTO_STATEMENT struct statement b = { 0 };
        AUTO_BUF struct buf payload = buf_init(TEXT_MAX), text = buf_init(TEXT_MAX);
        test_ok(statement_write(&a, &payload, &why), &why);
        if (edits[i].find) {
            edit_payload(&edits[i], &payload);
        } else {
            buf_reset(&payload);
            buf_add_str(&payload, edits[i].put);
        }
        sign_payload(statement_kind_name(a.kind), buf_bytes(&payload), &key, &text);
        enum err e = statement_open(buf_bytes(&text), &b, &why);
        if (e != edits[i].want)
            fail_msg("%s: %s, not %s: %s", edits[i].why, err_code(e), err_code(edits[i].want),
                     why.text);
        assert_int_equal(b.kind, 0);
    }
}

static void members_in_another_order_are_not_canonical(void **state)
{
    (void)state;
    struct why why;
    AUTO_STATEMENT struct statement out = { 0 };
    static const char text[] =
        "{\"issuer\":\"2222222222222222222222222222222222222222222222222222222222222222\","
        "\"owner\":\"1111111111111111111111111111111111111111111111111111111111111111\","
        "\"number\":1,"
        "\"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\","
        "\"created\":5,\"expires\":6,\"project\":\"44444444444444444444444444444444\"}";
    test_err(statement_read(STATEMENT_PROJECT, bytes_str(text), &out, &why), ERR_CANONICAL);
}

/* What no writer would write either: fields of a struct. */
typedef void break_statement(struct statement *s);
static void expires_at_once(struct statement *s) { s->expires = s->created; }
static void no_number(struct statement *s) { s->number = 0; }
static void number_too_large(struct statement *s) { s->number = JSON_INT_MAX + 1; }
static void t_is_n(struct statement *s) { s->u.epoch.threshold = s->u.epoch.gate_count; }
static void gates_descend(struct statement *s) { s->u.epoch.gates[0].number = 8; }
static void a_gate_twice(struct statement *s) { s->u.epoch.gates[1].number = 1; }
static void gate_nine(struct statement *s)
{
    s->u.epoch.gates[s->u.epoch.gate_count - 1].number = 9;
}
static void no_incarnation(struct statement *s) { s->u.epoch.gates[0].incarnation = 0; }
static void two_gates(struct statement *s) { s->u.epoch.gate_count = 2; }
static void many_cosigners(struct statement *s)
{
    s->u.epoch.cosigners = s->u.epoch.witness_count + 1;
}
static void bad_gate_key(struct statement *s) { memset(s->u.epoch.gates[1].key, 0, 32); }
static void no_records(struct statement *s) { s->u.receipt.record_count = 0; }
static void a_record_twice(struct statement *s)
{
    struct statement_assignment *a = &s->u.assignment;
    memcpy(a->records[a->record_count - 1], a->records[0], 32);
}
static void heads_descend(struct statement *s) { s->u.heads.heads[0].issuer[0] = 0xff; }
static void no_role(struct statement *s) { s->u.member.role = (enum role)0; }
static void role_seven(struct statement *s) { s->u.member.role = (enum role)7; }
static void no_text(struct statement *s) { free(s->u.policy.text); s->u.policy.text = NULL; }
static void control_character(struct statement *s)
{
    free(s->u.policy.text);
    s->u.policy.text = strdup("a\tb");
}
static void many_rows(struct statement *s) { s->u.manifest.count = STATEMENT_ROWS_MAX + 1; }
static void identity_key(struct statement *s)
{
    memset(s->u.device.key, 0, 32);
    s->u.device.key[0] = 1;
}
static void owner_of_root(struct statement *s) { s->owner[0] = 1; }
static void issuer_of_root(struct statement *s) { s->issuer[0] = 1; }
static void second_root(struct statement *s) { s->number = 2; s->previous[0] = 1; }
static void half_of_the_keys(struct statement *s)
{
    s->u.root.keys = realloc(s->u.root.keys, 2 * 32);
    memcpy(s->u.root.keys[1], s->u.root.keys[0], 32);
    s->u.root.key_count = 2;
}
static void more_than_the_keys(struct statement *s) { s->u.root.threshold = 2; }

static const struct {
    const char *why;
    enum statement_kind kind;
    break_statement *change;
    enum err want;
} broken[] = {
    { "expires when created", STATEMENT_VENDOR, expires_at_once, ERR_FORMAT },
    { "number 0", STATEMENT_VENDOR, no_number, ERR_FORMAT },
    { "number past 2^53-1", STATEMENT_VENDOR, number_too_large, ERR_FORMAT },
    { "t = n", STATEMENT_EPOCH, t_is_n, ERR_FORMAT },
    { "gates descend", STATEMENT_EPOCH, gates_descend, ERR_FORMAT },
    { "a gate twice", STATEMENT_EPOCH, a_gate_twice, ERR_FORMAT },
    { "gate 9", STATEMENT_EPOCH, gate_nine, ERR_FORMAT },
    { "incarnation 0", STATEMENT_EPOCH, no_incarnation, ERR_FORMAT },
    { "two gates", STATEMENT_EPOCH, two_gates, ERR_FORMAT },
    { "more cosigners than witnesses", STATEMENT_EPOCH, many_cosigners, ERR_FORMAT },
    { "a gate's key is zero", STATEMENT_EPOCH, bad_gate_key, ERR_KEY },
    { "no records", STATEMENT_RECEIPT, no_records, ERR_FORMAT },
    { "a record twice", STATEMENT_ASSIGNMENT, a_record_twice, ERR_FORMAT },
    { "heads descend", STATEMENT_HEADS, heads_descend, ERR_FORMAT },
    { "no role", STATEMENT_MEMBER, no_role, ERR_FORMAT },
    { "role 7", STATEMENT_MEMBER, role_seven, ERR_FORMAT },
    { "no text", STATEMENT_POLICY, no_text, ERR_FORMAT },
    { "a tab", STATEMENT_POLICY, control_character, ERR_CANONICAL },
    { "65,537 rows", STATEMENT_MANIFEST, many_rows, ERR_FORMAT },
    { "the identity as key", STATEMENT_DEVICE, identity_key, ERR_KEY },
    { "a root with an owner", STATEMENT_ROOT, owner_of_root, ERR_FORMAT },
    { "a first root with an issuer", STATEMENT_ROOT, issuer_of_root, ERR_FORMAT },
    { "a second root", STATEMENT_ROOT, second_root, ERR_UNSUPPORTED },
    { "a root's key twice", STATEMENT_ROOT, half_of_the_keys, ERR_FORMAT },
    { "a root's threshold above its keys", STATEMENT_ROOT, more_than_the_keys, ERR_FORMAT },
};

static void a_broken_statement_is_not_written(void **state)
{
    (void)state;
    struct sample s = { 3 };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct why why = { 0 };
        struct sample_key key = sample_key(&s);
        struct statement a = plain_statement(&s, broken[i].kind, &key);
        while (broken[i].change == a_record_twice && a.u.assignment.record_count < 2) {
            statement_release(&a);
            a = plain_statement(&s, broken[i].kind, &key);
        }
        AUTO_BUF struct buf payload = buf_init(TEXT_MAX);
        size_t gates = a.u.epoch.gate_count;
        broken[i].change(&a);
        enum err e = statement_write(&a, &payload, &why);
        if (e != broken[i].want)
            fail_msg("%s: %s, not %s: %s", broken[i].why, err_code(e), err_code(broken[i].want),
                     why.text);
        assert_int_equal(payload.len, 0);
        if (a.kind == STATEMENT_EPOCH)
            a.u.epoch.gate_count = gates;
        statement_release(&a);
    }
}

/* Signed rubbish reaches the inner parser; whatever passes is written back to the same bytes. */
static void rubbish_is_refused_or_canonical(void **state)
{
    (void)state;
    struct sample s = { 8 };
    struct sample_key key = sample_key(&s);
    unsigned passed = 0;
    for (int i = 0; i < 20000; i++) {
        enum statement_kind kind =
            (enum statement_kind)(1 + sample_number(&s, STATEMENT_KIND_END - 1));
        AUTO_STATEMENT struct statement a = sample_statement(&s, kind, &key), b = { 0 };
        AUTO_BUF struct buf payload = buf_init(TEXT_MAX), again = buf_init(TEXT_MAX);
        struct why why;
        test_ok(statement_write(&a, &payload, &why), &why);
        static const char alphabet[] = "0123456789abcdef\"\\{}[],:ntru. -";
        for (uint64_t n = sample_number(&s, 3) + 1; n > 0; n--)
            payload.ptr[sample_number(&s, payload.len)] =
                (uint8_t)alphabet[sample_number(&s, sizeof alphabet - 1)];
        if (statement_read(kind, buf_bytes(&payload), &b, &why) != ERR_OK)
            continue;
        passed++;
        test_ok(statement_write(&b, &again, &why), &why);
        assert_true(bytes_equal(buf_bytes(&payload), buf_bytes(&again)));
    }
    assert_true(passed > 0);
}

static int start(void **state)
{
    (void)state;
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_in_another_form_is_refused),
        cmocka_unit_test(members_in_another_order_are_not_canonical),
        cmocka_unit_test(a_broken_statement_is_not_written),
        cmocka_unit_test(rubbish_is_refused_or_canonical),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
