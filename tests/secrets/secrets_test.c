/* No branch and no address depends on a key, a pad, a share or a DEK, in the code as it ships. */
#include "base/test.h"

#include "secrets.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/kx.h"
#include "crypto/sign.h"
#include "formats/keyfile.h"
#include "record/body.h"
#include "record/kept.h"
#include "record/slot.h"
#include "shares/ceremony.h"
#include "shares/combine.h"
#include "shares/key_file.h"
#include "shares/share.h"

enum { T = 2, ROSTER = 0x07, RECORDS = 3 };

static const uint8_t id32[32] = { 9 }, project[16] = { 4 }, nonce[NONCE_BYTES] = { 5 };

/* 32 bytes that differ by `what`, secret. */
static void hidden(uint8_t out[32], uint8_t what)
{
    for (uint8_t i = 0; i < 32; i++)
        out[i] = (uint8_t)(what * 37 + i);
    secrets_hide(out, 32);
}

/* The errors of one case; each case begins with it. */
static int begin(void **state)
{
    static unsigned before;
    before = secrets_reported();
    *state = &before;
    return 0;
}

static unsigned reported(void **state)
{
    return secrets_reported() - *(unsigned *)*state;
}

/* --- controls: what is not written with care is found --- */

static volatile int sink;

__attribute__((noinline)) static bool naive_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static void control_a_compare_that_stops_early_is_reported(void **state)
{
    uint8_t a[32], b[32] = { 1 };
    hidden(a, 1);
    sink = naive_equal(a, b, sizeof a);
    assert_true(reported(state) > 0);
}

static void control_memcmp_is_reported(void **state)
{
    uint8_t a[32], b[32] = { 1 };
    hidden(a, 1);
    sink = memcmp(a, b, sizeof a) == 0 ? 1 : 2;
    assert_true(reported(state) > 0);
}

static void control_a_table_read_where_the_key_says_is_reported(void **state)
{
    static const uint8_t table[256] = { 1, 2, 3 };
    uint8_t a[32];
    hidden(a, 1);
    sink = ((const volatile uint8_t *)table)[a[0]];
    assert_true(reported(state) > 0);
}

/* A commitment compared as anybody would write it. */
static void control_a_naive_commitment_check_is_reported(void **state)
{
    const struct bytes info = bytes_str("cfd1 commit");
    uint8_t dek[32], got[32], want[32] = { 3 };
    hidden(dek, 1);
    hkdf_sha256(got, 32, bytes_of(dek, 32), bytes_of(id32, 32), &info, 1);
    assert_int_equal(reported(state), 0);
    sink = memcmp(got, want, 32) == 0 ? 1 : 2;
    assert_true(reported(state) > 0);
}

/* --- floor 1 --- */

static void secret_equal_does_not_branch(void **state)
{
    uint8_t a[32], b[32], c[32];
    hidden(a, 1);
    hidden(b, 1);
    hidden(c, 2);
    bool same = secret_equal(a, b, 32), other = secret_equal(a, c, 32);
    assert_int_equal(reported(state), 0);
    assert_true(same);
    assert_false(other);
}

static void macs_and_derivations_do_not_branch(void **state)
{
    const struct bytes info = bytes_str("label");
    uint8_t key[32], mac[32], out[80], want[32] = { 1 };
    hidden(key, 1);
    hmac_sha256(mac, bytes_of(key, 32), &info, 1);
    bool equal = secret_equal(mac, want, 32);
    hkdf_sha256(out, sizeof out, bytes_of(key, 32), bytes_of(NULL, 0), &info, 1);
    assert_true(secrets_hidden(mac, 32) && secrets_hidden(out, sizeof out));
    assert_int_equal(reported(state), 0);
    assert_false(equal);
}

static void sealing_and_opening_do_not_branch(void **state)
{
    uint8_t key[32], plain[100], sealed[100 + TAG_BYTES], out[100];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)i;
    secrets_hide(plain, sizeof plain);
    for (size_t len = 16; len <= 32; len += 16) {
        hidden(key, 1);
        test_err(aead_seal_once(bytes_of(key, len), sealed, nonce, bytes_str("aad"),
                                bytes_of(plain, 100), NULL), ERR_OK);
        assert_true(secrets_hidden(sealed, sizeof sealed));
        secrets_tell(sealed, sizeof sealed);
        test_err(aead_open_once(bytes_of(key, len), out, nonce, bytes_str("aad"),
                                bytes_of(sealed, sizeof sealed), NULL), ERR_OK);
        assert_true(secrets_hidden(out, sizeof out));
        sealed[100] ^= 1;
        test_err(aead_open_once(bytes_of(key, len), out, nonce, bytes_str("aad"),
                                bytes_of(sealed, sizeof sealed), NULL), ERR_OPEN);
    }
    hidden(key, 1);
    test_err(ctr_xor(key, out, sizeof out, NULL), ERR_OK);
    assert_true(secrets_hidden(out, sizeof out));
    assert_int_equal(reported(state), 0);
}

static void signing_does_not_branch(void **state)
{
    uint8_t seed[32], secret[64], public_key[32], signature[64];
    hidden(seed, 1);
    sign_keypair(public_key, secret, seed);
    sign_detached(signature, bytes_str("message"), secret);
    assert_int_equal(reported(state), 0);
    assert_true(secrets_hidden(secret, 32));
    secrets_tell(public_key, 32);
    secrets_tell(signature, 64);
    test_err(sign_verify(signature, bytes_str("message"), public_key, NULL), ERR_OK);
}

static void agreement_does_not_branch(void **state)
{
    uint8_t a[32], b[32], public_a[32], public_b[32], ab[32], ba[32];
    hidden(a, 1);
    hidden(b, 2);
    kx_public(public_a, a);
    kx_public(public_b, b);
    secrets_tell(public_a, 32);
    secrets_tell(public_b, 32);
    test_err(kx_agree(ab, a, public_b, NULL), ERR_OK);
    test_err(kx_agree(ba, b, public_a, NULL), ERR_OK);
    assert_true(secret_equal(ab, ba, 32));
    assert_int_equal(reported(state), 0);
}

static void hpke_does_not_branch(void **state)
{
    uint8_t recipient[32], ephemeral[32], public_key[32], enc[32], shares[64], out[64];
    uint8_t sealed[64 + TAG_BYTES];
    hidden(recipient, 1);
    hidden(ephemeral, 2);
    hidden(shares, 3);
    hidden(shares + 32, 4);
    kx_public(public_key, recipient);
    secrets_tell(public_key, 32);
    test_err(hpke_seal(enc, sealed, bytes_of(shares, 64), bytes_str("info"), public_key,
                       ephemeral, NULL), ERR_OK);
    secrets_tell(enc, 32);
    secrets_tell(sealed, sizeof sealed);
    test_err(hpke_open(out, bytes_of(sealed, sizeof sealed), enc, bytes_str("info"), recipient,
                       NULL), ERR_OK);
    assert_true(secrets_hidden(out, 64) && secret_equal(out, shares, 64));
    sealed[3] ^= 1;
    test_err(hpke_open(out, bytes_of(sealed, sizeof sealed), enc, bytes_str("info"), recipient,
                       NULL), ERR_OPEN);
    assert_int_equal(reported(state), 0);
}

/* --- floor 2 --- */

static void a_commitment_check_does_not_branch(void **state)
{
    struct record_header h;
    uint8_t dek[32], other[32], key[32];
    hidden(dek, 1);
    hidden(other, 2);
    record_header_make(&h, RECORD_TASK, project, id32, dek);
    secrets_tell(&h, sizeof h);
    test_err(record_commit_check(&h, dek, NULL), ERR_OK);
    test_err(record_commit_check(&h, other, NULL), ERR_PAD);
    record_content_key(key, &h, dek);
    assert_true(secrets_hidden(key, 32));
    record_dek(dek, other, key, NULL);
    assert_true(secrets_hidden(dek, 32));
    assert_int_equal(reported(state), 0);
}

static void opening_slots_does_not_branch(void **state)
{
    struct record_header h;
    struct slot slots[3];
    uint8_t dek[32], pad[32], other[32], id[32], got[32];
    size_t which = 9;
    hidden(dek, 1);
    hidden(pad, 2);
    hidden(other, 3);
    record_header_make(&h, RECORD_TASK, project, id32, dek);
    secrets_tell(&h, sizeof h);
    record_id(id, h.raw);
    for (size_t i = 0; i < 3; i++)
        slot_make(&slots[i], id, 1, dek, i == 1 ? pad : other);
    secrets_tell(slots, sizeof slots);
    test_err(slot_open_any(slots, 3, &h, pad, got, &which, NULL), ERR_OK);
    assert_int_equal(which, 1);
    assert_true(secrets_hidden(got, 32) && secret_equal(got, dek, 32));
    test_err(slot_open(&slots[0], &h, pad, got, NULL), ERR_PAD);
    assert_int_equal(reported(state), 0);
}

static void a_body_and_a_kept_key_open_without_a_branch(void **state)
{
    uint8_t key[32], hash[32], id[32], dek[32], got[32], kept[KEPT_BYTES], text[300] = { 1 };
    AUTO_PLAIN struct plain opened = { 0 };
    AUTO_BUF struct buf sealed = buf_init(4096);
    hidden(key, 1);
    hidden(dek, 2);
    secrets_hide(text, sizeof text);
    test_err(body_seal(key, id32, bytes_of(text, sizeof text), &sealed, hash, NULL), ERR_OK);
    secrets_tell(sealed.ptr, sealed.len);
    test_err(body_open(key, id32, buf_bytes(&sealed), &opened, hash, NULL), ERR_OK);
    assert_true(secrets_hidden(opened.ptr, opened.len));
    test_err(kept_seal(kept, key, nonce, id32, dek, NULL), ERR_OK);
    secrets_tell(kept, sizeof kept);
    test_err(kept_open(bytes_of(kept, sizeof kept), key, id, got, NULL), ERR_OK);
    assert_true(secrets_hidden(got, 32));
    assert_int_equal(reported(state), 0);
}

static void a_key_file_opens_without_a_branch(void **state)
{
    const uint8_t salt[PASS_SALT_BYTES] = { 7 };
    uint8_t secret[KEYFILE_SECRET_BYTES], file[KEYFILE_BYTES];
    char pass[] = "the passphrase", wrong[] = "another phrase";
    AUTO_SECRET struct secret *opened = NULL;
    memset(secret, 3, sizeof secret);
    secrets_hide(secret, sizeof secret);
    secrets_hide(pass, sizeof pass - 1);
    secrets_hide(wrong, sizeof wrong - 1);
    test_err(keyfile_seal(secret, bytes_of(pass, sizeof pass - 1), salt, nonce, PASS_OPS_FLOOR,
                          PASS_MEM_KIB_FLOOR, file, NULL), ERR_OK);
    secrets_tell(file, sizeof file);
    test_err(keyfile_open(bytes_of(file, sizeof file), bytes_of(wrong, sizeof wrong - 1),
                          &opened, NULL), ERR_OPEN);
    test_err(keyfile_open(bytes_of(file, sizeof file), bytes_of(pass, sizeof pass - 1), &opened,
                          NULL), ERR_OK);
    assert_true(secrets_hidden(opened->ptr, opened->len));
    assert_int_equal(reported(state), 0);
}

/* Three gates make their keys, answer one create and one release, and the shares become pads. */

static void meet(struct ceremony **gates, uint8_t exchange[][32], unsigned g, unsigned h)
{
    uint8_t p[32], peer[32];
    hidden(p, (uint8_t)(20 + (g < h ? g * 4 + h : h * 4 + g)));
    kx_public(peer, exchange[h]);
    secrets_tell(peer, 32);
    test_err(ceremony_meet(gates[g], h, p, exchange[g], peer, NULL), ERR_OK);
}

static void deal(struct ceremony **gates, unsigned g, unsigned h)
{
    AUTO_BUF struct buf message = buf_init(CEREMONY_DEAL_MAX);
    ceremony_deal(gates[g], h, &message);
    secrets_tell(message.ptr, message.len);
    test_err(ceremony_receive(gates[h], g, buf_bytes(&message), NULL), ERR_OK);
    test_err(ceremony_receive(gates[h], g, buf_bytes(&message), NULL), ERR_OK);
}

static void make_keys(struct gate_keys *keys[4])
{
    struct ceremony_epoch e = { .t = T, .roster = ROSTER };
    struct ceremony *gates[4] = { NULL };
    uint8_t exchange[4][32], own[4][6 * 32];
    memcpy(e.id, id32, 32);
    for (uint8_t g = 1; g <= 3; g++) {
        hidden(exchange[g], g);
        for (uint8_t i = 0; i < 6; i++)
            hidden(own[g] + 32 * i, (uint8_t)(40 + 8 * g + i));
        gates[g] = ceremony_new(&e, g, own[g]);
        assert_non_null(gates[g]);
    }
    for (unsigned g = 1; g <= 3; g++)
        for (unsigned h = 1; h <= 3; h++)
            if (g != h)
                meet(gates, exchange, g, h);
    for (unsigned g = 1; g <= 3; g++)
        for (unsigned h = 1; h <= 3; h++)
            if (g != h)
                deal(gates, g, h);
    for (unsigned g = 1; g <= 3; g++) {
        keys[g] = ceremony_finish(gates[g]);
        ceremony_free(gates[g]);
        assert_true(keys[g] && secrets_hidden(keys[g]->keys->ptr, 32));
    }
}

static void a_ceremony_does_not_branch(void **state)
{
    struct gate_keys *keys[4] = { NULL };
    uint8_t checks[6 * 32], file[KEY_FILE_MAX];
    make_keys(keys);
    for (unsigned g = 1; g <= 3; g++) {
        AUTO_GATE_KEYS struct gate_keys *again = NULL;
        ceremony_checks(keys[g], checks);
        size_t len = key_file_write(keys[g], file);
        test_err(key_file_open(bytes_of(file, len), &again, NULL), ERR_OK);
        gate_keys_free(keys[g]);
    }
    assert_int_equal(reported(state), 0);
}

static void shares_and_pads_do_not_branch(void **state)
{
    struct gate_keys *keys[4] = { NULL };
    struct share_record records[RECORDS] = { { 2, { 1 } }, { 2, { 2 } }, { 5, { 3 } } };
    uint8_t created[4][2 * RECORDS * 32], released[4][RECORDS * 32];
    uint8_t pads[3 * RECORDS * 32], pad[RECORDS * 32];
    struct combine_answer creates[3], releases[2];
    make_keys(keys);
    for (unsigned g = 1; g <= 3; g++) {
        AUTO_SHARE_WORKER struct share_worker *w = share_worker_new(keys[g]);
        assert_int_equal(share_create_count(T, ROSTER, g), 2);
        test_err(share_create(w, id32, ROSTER, project, records, RECORDS, created[g], NULL),
                 ERR_OK);
        assert_true(secrets_hidden(created[g], sizeof created[g]));
        creates[g - 1] = (struct combine_answer){ g, bytes_of(created[g], sizeof created[g]) };
        if (g == 3)
            break;
        test_err(share_release(w, id32, 0x03, project, records, RECORDS, released[g], NULL),
                 ERR_OK);
        releases[g - 1] = (struct combine_answer){ g, bytes_of(released[g], sizeof released[g]) };
    }
    test_err(combine_create(T, ROSTER, creates, 3, RECORDS, pads, NULL), ERR_OK);
    test_err(combine_release(0x03, releases, 2, RECORDS, pad, NULL), ERR_OK);
    unsigned which[SUBSET_LIST_MAX];
    bool agree = combine_agree(pads, 3, RECORDS);
    unsigned distinct = combine_distinct(pads, 3, which);
    assert_true(secrets_hidden(pad, sizeof pad) && secret_equal(pads, pad, 32));
    assert_int_equal(reported(state), 0);
    assert_true(agree);
    assert_int_equal(distinct, 1);
    for (unsigned g = 1; g <= 3; g++)
        gate_keys_free(keys[g]);
}

#define CASE(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    secrets_need_memcheck();
    if (crypto_init(NULL) != ERR_OK)
        return 1;
    const struct CMUnitTest cases[] = {
        CASE(control_a_compare_that_stops_early_is_reported),
        CASE(control_memcmp_is_reported),
        CASE(control_a_table_read_where_the_key_says_is_reported),
        CASE(control_a_naive_commitment_check_is_reported),
        CASE(secret_equal_does_not_branch),
        CASE(macs_and_derivations_do_not_branch),
        CASE(sealing_and_opening_do_not_branch),
        CASE(signing_does_not_branch),
        CASE(agreement_does_not_branch),
        CASE(hpke_does_not_branch),
        CASE(a_commitment_check_does_not_branch),
        CASE(opening_slots_does_not_branch),
        CASE(a_body_and_a_kept_key_open_without_a_branch),
        CASE(a_key_file_opens_without_a_branch),
        CASE(a_ceremony_does_not_branch),
        CASE(shares_and_pads_do_not_branch),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
