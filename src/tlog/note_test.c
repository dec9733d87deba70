#include "base/test.h"

#include "tlog/note.h"

#include <jansson.h>

static const uint8_t key_bytes[32] = { 7 };

/* Test messages are C strings; "@" stands for a line of our own signature, "#" for one of another
 * key under our name, "%" for a flipped one of ours. */
struct signer {
    struct note_key key;
    uint8_t secret[SIGN_SECRET_BYTES];
};

static void signer_make(struct signer *s, const char *name, uint8_t seed_byte)
{
    uint8_t seed[SIGN_SEED_BYTES], public_key[SIGN_KEY_BYTES];
    struct why why;
    memset(seed, seed_byte, sizeof seed);
    sign_keypair(public_key, s->secret, seed);
    test_ok(note_key_init(&s->key, name, public_key, &why), &why);
}

static int start(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

/* The signature line alone that `s` puts below `text`. */
static void line_add(struct buf *out, const struct signer *s, const char *text, bool flip)
{
    struct why why;
    AUTO_BUF struct buf note = buf_init(4096);
    test_ok(note_sign(&note, bytes_str(text), &s->key, s->secret, &why), &why);
    const size_t head = strlen(text) + 1;
    if (flip)
        note.ptr[note.len - 20] = note.ptr[note.len - 20] == 'A' ? 'B' : 'A';
    buf_add(out, note.ptr + head, note.len - head);
}

static void the_example_of_the_specification_verifies(void **state)
{
    (void)state;
    struct why why;
    size_t len;
    char *file = test_file("vectors/tlog/signed-note.json", &len);
    json_t *v = json_loadb(file, len, 0, NULL);
    const char *vkey = json_string_value(json_object_get(v, "vkey"));
    const char *note = json_string_value(json_object_get(v, "note"));
    struct note_key k;
    struct bytes text;
    AUTO_BUF struct buf again = buf_init(1000);
    test_ok(note_vkey_parse(&k, bytes_str(vkey), &why), &why);
    assert_string_equal(k.name, "example.com/foo");
    test_ok(note_verify(&text, bytes_str(note), &k, &why), &why);
    assert_true(bytes_equal(text, bytes_str("This is an example message.\n")));
    note_vkey_write(&again, &k);
    assert_string_equal(buf_cstr(&again), vkey);
    /* Any flipped bit is noticed. */
    char *bad = strdup(note);
    for (size_t i = 0; i < strlen(note) * 8; i++) {
        bad[i / 8] = (char)(bad[i / 8] ^ (1 << i % 8));
        if (note_verify(&text, bytes_of(bad, strlen(note)), &k, NULL) != ERR_CHECKPOINT)
            fail_msg("bit %zu", i);
        bad[i / 8] = (char)(bad[i / 8] ^ (1 << i % 8));
    }
    free(bad);
    json_decref(v);
    free(file);
}

static void names_have_no_spaces_and_no_plus(void **state)
{
    (void)state;
    char longest[NOTE_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    const struct { const char *why, *name; enum err want; } rows[] = {
        { "a good one", "cofferdam/ab/gate-1/1", ERR_OK },
        { "the longest", longest + 1, ERR_OK },
        { "too long", longest, ERR_FORMAT },
        { "empty", "", ERR_FORMAT },
        { "a space", "gate 1", ERR_FORMAT },
        { "a plus", "gate+1", ERR_FORMAT },
        { "a newline", "gate\n", ERR_FORMAT },
        { "not ASCII", "g\xc3\xa4te", ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct note_key k;
        if (note_key_init(&k, rows[i].name, key_bytes, NULL) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

static void bad_verifier_keys_are_refused(void **state)
{
    (void)state;
    static const struct { const char *why, *vkey; enum err want; } rows[] = {
        { "good", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_OK },
        { "no key", "example.com/foo+530d903a", ERR_FORMAT },
        { "empty key", "example.com/foo+530d903a+", ERR_FORMAT },
        { "another's id", "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          ERR_FORMAT },
        { "upper-case id", "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          ERR_FORMAT },
        { "short id", "example.com/foo+530d90+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          ERR_FORMAT },
        { "type 2", "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          ERR_FORMAT },
        { "short key", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
          ERR_FORMAT },
        { "left over", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
          ERR_FORMAT },
        { "space in name", "example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
          ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct note_key k;
        if (note_vkey_parse(&k, bytes_str(rows[i].vkey), NULL) != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

static void only_our_signature_counts_and_only_once(void **state)
{
    (void)state;
#define UNKNOWN "\xe2\x80\x94 witness.example AAECAwQ=\n"
    static const struct { const char *why, *note; enum err want; } rows[] = {
        { "ours alone", "t\n\n@", ERR_OK },
        { "a witness before", "t\n\n" UNKNOWN "@", ERR_OK },
        { "a witness behind", "t\n\n@" UNKNOWN, ERR_OK },
        { "a witness twice", "t\n\n@" UNKNOWN UNKNOWN, ERR_OK },
        { "another key under our name beside ours", "t\n\n#@", ERR_OK },
        { "a name that is not ASCII", "t\n\n@\xe2\x80\x94 w\xc3\xa4 AAECAwQ=\n", ERR_OK },
        { "another key under our name alone", "t\n\n#", ERR_CHECKPOINT },
        { "ours twice", "t\n\n@@", ERR_CHECKPOINT },
        { "ours, then a flipped one of ours", "t\n\n@%", ERR_CHECKPOINT },
        { "flipped", "t\n\n%", ERR_CHECKPOINT },
        { "a witness alone", "t\n\n" UNKNOWN, ERR_CHECKPOINT },
        { "nobody", "t\n\n", ERR_CHECKPOINT },
        { "no empty line", "t\n@", ERR_CHECKPOINT },
        { "text changed", "u\n\n@", ERR_CHECKPOINT },
        { "empty", "", ERR_CHECKPOINT },
        { "a tab", "t\n\n@\xe2\x80\x94 w AAECAwQ=\t\n", ERR_CHECKPOINT },
        { "a carriage return", "t\r\n\n@", ERR_CHECKPOINT },
        { "a hyphen for the dash", "t\n\n@- witness.example AAECAwQ=\n", ERR_CHECKPOINT },
        { "id without signature", "t\n\n@\xe2\x80\x94 w AAECAw==\n", ERR_CHECKPOINT },
        { "not base64", "t\n\n@\xe2\x80\x94 w AAEC*wQ=\n", ERR_CHECKPOINT },
        { "no name", "t\n\n@\xe2\x80\x94  AAECAwQ=\n", ERR_CHECKPOINT },
        { "a plus in a name", "t\n\n@\xe2\x80\x94 w+ AAECAwQ=\n", ERR_CHECKPOINT },
        { "no newline at the end", "t\n\n@\xe2\x80\x94 w AAECAwQ=", ERR_CHECKPOINT },
        { "an empty line at the end", "t\n\n@\n", ERR_CHECKPOINT },
    };
    struct signer ours, other;
    signer_make(&ours, "log.example", 1);
    signer_make(&other, "log.example", 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf note = buf_init(8192);
        for (const char *p = rows[i].note; *p; p++) {
            if (*p == '@' || *p == '%')
                line_add(&note, &ours, "t\n", *p == '%');
            else if (*p == '#')
                line_add(&note, &other, "t\n", false);
            else
                buf_add(&note, p, 1);
        }
        struct bytes text = bytes_of(NULL, 77);
        if (note_verify(&text, buf_bytes(&note), &ours.key, NULL) != rows[i].want)
            fail_msg("%s", rows[i].why);
        assert_int_equal(text.len, rows[i].want == ERR_OK ? 2 : 77);
    }
}

static void a_note_has_at_most_a_hundred_signatures(void **state)
{
    (void)state;
    struct signer ours;
    struct bytes text;
    signer_make(&ours, "log.example", 1);
    AUTO_BUF struct buf note = buf_init(65535);
    buf_add_str(&note, "t\n\n");
    line_add(&note, &ours, "t\n", false);
    for (int i = 1; i < NOTE_SIGNATURES_MAX; i++)
        buf_add_str(&note, UNKNOWN);
    test_err(note_verify(&text, buf_bytes(&note), &ours.key, NULL), ERR_OK);
    buf_add_str(&note, UNKNOWN);
    test_err(note_verify(&text, buf_bytes(&note), &ours.key, NULL), ERR_CHECKPOINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification_verifies),
        cmocka_unit_test(names_have_no_spaces_and_no_plus),
        cmocka_unit_test(bad_verifier_keys_are_refused),
        cmocka_unit_test(only_our_signature_counts_and_only_once),
        cmocka_unit_test(a_note_has_at_most_a_hundred_signatures),
    };
    return cmocka_run_group_tests_name("tlog/note", tests, start, NULL);
}
