#include "shares/test_epoch.h"

#include "shares/ceremony.h"

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

/* All gates of one epoch, each with its own ceremony, as on separate hosts. */
struct hosts {
    struct ceremony_epoch epoch;
    struct ceremony *gates[SUBSET_NUMBER_MAX + 1];
    struct gate_keys *keys[SUBSET_NUMBER_MAX + 1];
};

static void exchange_of(unsigned gate, uint8_t secret[32], uint8_t public_key[32])
{
    test_bytes(secret, "exchange", gate, 0);
    kx_public(public_key, secret);
}

/* The i-th contribution of `gate`; `salt` makes it another one. */
static void contributions_of(unsigned gate, unsigned salt, uint8_t out[SUBSET_HELD_MAX * 32])
{
    for (unsigned i = 0; i < SUBSET_HELD_MAX; i++)
        test_bytes(out + (size_t)i * 32, "contribution", gate * 16 + i, salt);
}

static struct ceremony *host(const struct ceremony_epoch *e, unsigned number, unsigned salt)
{
    uint8_t contributions[SUBSET_HELD_MAX * 32], secret[32], public_key[32], p[32];
    contributions_of(number, salt, contributions);
    assert_true(ceremony_contribution_bytes(e, number) <= sizeof contributions);
    struct ceremony *c = ceremony_new(e, number, contributions);
    assert_non_null(c);
    for (unsigned h = 1; h <= SUBSET_NUMBER_MAX; h++) {
        struct why why;
        if (h == number || !subset_has(e->roster, h))
            continue;
        exchange_of(h, secret, public_key);
        exchange_of(number, secret, p);
        test_bytes(p, "p", h < number ? h : number, h < number ? number : h);
        test_ok(ceremony_meet(c, h, p, secret, public_key, &why), &why);
    }
    return c;
}

static void deal_to(const struct ceremony *from, struct ceremony *to, unsigned sender,
                    unsigned receiver)
{
    struct why why;
    AUTO_BUF struct buf message = buf_init(CEREMONY_DEAL_MAX);
    ceremony_deal(from, receiver, &message);
    assert_true(buf_ok(&message));
    test_ok(ceremony_receive(to, sender, buf_bytes(&message), &why), &why);
    test_ok(ceremony_receive(to, sender, buf_bytes(&message), &why), &why); /* again is fine */
}

/* `liar` (0: none) deals other contributions to `victim` than to the others. */
static struct hosts run(unsigned t, uint8_t roster, unsigned liar, unsigned victim)
{
    struct hosts h = { .epoch = { .t = t, .roster = roster } };
    test_bytes(h.epoch.id, "epoch id", t, roster);
    struct ceremony *other = liar ? host(&h.epoch, liar, 1) : NULL;
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        if (subset_has(roster, g))
            h.gates[g] = host(&h.epoch, g, 0);
    for (unsigned a = 1; a <= SUBSET_NUMBER_MAX; a++) {
        for (unsigned b = 1; b <= SUBSET_NUMBER_MAX; b++) {
            if (a == b || !subset_has(roster, a) || !subset_has(roster, b))
                continue;
            assert_true(subset_has(ceremony_missing(h.gates[b]), a));
            deal_to(a == liar && b == victim ? other : h.gates[a], h.gates[b], a, b);
            assert_false(subset_has(ceremony_missing(h.gates[b]), a));
        }
    }
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        if (h.gates[g])
            assert_non_null(h.keys[g] = ceremony_finish(h.gates[g]));
    ceremony_free(other);
    return h;
}

static void hosts_release(struct hosts *h)
{
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        ceremony_free(h->gates[g]);
        gate_keys_free(h->keys[g]);
    }
}

/* The sets whose members disagree on the check value; `bad` gets them. */
static struct subset_list disagreements(const struct hosts *h)
{
    struct subset_list all = subset_keys(h->epoch.t, h->epoch.roster), bad = { 0 };
    for (unsigned i = 0; i < all.count; i++) {
        uint8_t first[32];
        bool any = false, equal = true;
        for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
            if (!subset_has(all.sets[i], g))
                continue;
            uint8_t checks[SUBSET_HELD_MAX * 32];
            unsigned at = 0;
            ceremony_checks(h->keys[g], checks);
            while (h->keys[g]->held.sets[at] != all.sets[i])
                at++;
            if (any)
                equal &= memcmp(first, checks + (size_t)at * 32, 32) == 0;
            memcpy(first, checks + (size_t)at * 32, 32);
            any = true;
        }
        if (!equal)
            bad.sets[bad.count++] = all.sets[i];
    }
    return bad;
}

static void all_gates_agree_on_keys_zeros_and_the_next_p(void **state)
{
    for (size_t i = 0; i < TEST_EPOCHS; i++) {
        struct hosts h = run(test_epochs[i].t, test_epochs[i].roster, 0, 0);
        assert_int_equal(disagreements(&h).count, 0);
        for (unsigned a = 1; a <= 8; a++) {
            for (unsigned b = 1; b < a; b++) {
                if (!h.gates[a] || !h.gates[b])
                    continue;
                uint8_t p[2][32];
                assert_memory_equal(gate_keys_zero(h.keys[a], b), gate_keys_zero(h.keys[b], a), 32);
                ceremony_next(h.gates[a], b, p[0]);
                ceremony_next(h.gates[b], a, p[1]);
                assert_memory_equal(p[0], p[1], 32);
                for (unsigned k = 0; k < h.keys[a]->held.count; k++) {
                    uint8_t set = h.keys[a]->held.sets[k];
                    if (subset_has(set, b))
                        assert_memory_equal(gate_keys_subset(h.keys[a], set),
                                            gate_keys_subset(h.keys[b], set), 32);
                }
            }
        }
        hosts_release(&h);
    }
}

static void a_gate_that_deals_unequally_is_found_by_the_checks(void **state)
{
    for (size_t i = 0; i < TEST_EPOCHS; i++) {
        uint8_t roster = test_epochs[i].roster;
        for (unsigned liar = 1; liar <= 8; liar++) {
            for (unsigned victim = 1; victim <= 8; victim++) {
                if (liar == victim || !subset_has(roster, liar) || !subset_has(roster, victim))
                    continue;
                struct hosts h = run(test_epochs[i].t, roster, liar, victim);
                struct subset_list bad = disagreements(&h);
                struct subset_list both = subset_keys(h.epoch.t, roster);
                both = subset_holding(&both, liar);
                both = subset_holding(&both, victim);
                assert_int_equal(bad.count, both.count);
                assert_memory_equal(bad.sets, both.sets, both.count);
                hosts_release(&h);
            }
        }
    }
}

static void a_second_deal_must_be_the_first_one(void **state)
{
    struct ceremony_epoch e = { .t = 2, .roster = 0x07 };
    AUTO_CEREMONY struct ceremony *one = host(&e, 1, 0), *other = host(&e, 1, 1);
    AUTO_CEREMONY struct ceremony *to = host(&e, 2, 0);
    AUTO_BUF struct buf message = buf_init(CEREMONY_DEAL_MAX);
    struct why why;
    ceremony_deal(one, 2, &message);
    test_ok(ceremony_receive(to, 1, buf_bytes(&message), &why), &why);
    buf_reset(&message);
    ceremony_deal(other, 2, &message);
    test_err(ceremony_receive(to, 1, buf_bytes(&message), NULL), ERR_EXISTS);
}

static void another_epoch_p_or_pair_gives_other_secrets(void **state)
{
    const uint8_t p[2][32] = { { 1 }, { 2 } }, x[2][32] = { { 3 }, { 4 } };
    const uint8_t epoch[2][32] = { { 5 }, { 6 } };
    struct ceremony_pair pairs[6];
    ceremony_pair_from(&pairs[0], p[0], x[0], epoch[0], 1, 2);
    ceremony_pair_from(&pairs[1], p[1], x[0], epoch[0], 1, 2);
    ceremony_pair_from(&pairs[2], p[0], x[1], epoch[0], 1, 2);
    ceremony_pair_from(&pairs[3], p[0], x[0], epoch[1], 1, 2);
    ceremony_pair_from(&pairs[4], p[0], x[0], epoch[0], 1, 3);
    ceremony_pair_from(&pairs[5], p[0], x[0], epoch[0], 2, 3);
    for (size_t a = 0; a < 6; a++) {
        assert_memory_not_equal(pairs[a].s, pairs[a].z, 32);
        assert_memory_not_equal(pairs[a].z, pairs[a].next, 32);
        for (size_t b = 0; b < a; b++)
            assert_memory_not_equal(pairs[a].s, pairs[b].s, 32);
    }
}

static void a_low_order_exchange_key_is_refused(void **state)
{
    struct ceremony_epoch e = { .t = 2, .roster = 0x07 };
    const uint8_t p[32] = { 1 }, secret[32] = { 2 };
    const uint8_t low[3][32] = { { 0 }, { 1 },
        { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
          0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
          0xb8, 0x00 } };
    AUTO_CEREMONY struct ceremony *c = ceremony_new(&e, 1, (uint8_t[SUBSET_HELD_MAX * 32]){ 0 });
    for (size_t i = 0; i < 3; i++)
        test_err(ceremony_meet(c, 2, p, secret, low[i], NULL), ERR_KEY);
}

/* A deal of gate 1 to gate 2 in 3 of 5: three rows of 49 bytes from offset 42. */
static void every_wrong_byte_of_a_deal_is_refused(void **state)
{
    static const struct { const char *why; size_t at; uint8_t flip; enum err want; } rows[] = {
        { "magic", 3, 1, ERR_FORMAT },
        { "version", 4, 3, ERR_VERSION },
        { "sender", 5, 2, ERR_FORMAT },
        { "receiver", 6, 1, ERR_FORMAT },
        { "zero", 7, 1, ERR_FORMAT },
        { "epoch id", 8, 1, ERR_FORMAT },
        { "last byte of the epoch id", 39, 0x80, ERR_FORMAT },
        { "length of the rows", 41, 1, ERR_FORMAT },
        { "high length of the rows", 40, 1, ERR_FORMAT },
        { "a set that does not hold both", 42, 0x18 ^ 0x07, ERR_FORMAT },
        { "a set of two gates", 42, 0x04, ERR_FORMAT },
        { "ciphertext", 43, 1, ERR_OPEN },
        { "tag", 42 + 48, 0x80, ERR_OPEN },
        { "the last row's tag", 42 + 147 - 1, 1, ERR_OPEN },
    };
    struct ceremony_epoch e = { .id = { 7 }, .t = 3, .roster = 0x1f };
    const uint8_t s[32] = { 1 }, untouched[3 * 32] = { 0 };
    uint8_t c[3 * 32], got[3 * 32] = { 0 };
    memset(c, 0x55, sizeof c);
    AUTO_BUF struct buf b = buf_init(CEREMONY_DEAL_MAX + 1);
    ceremony_deal_write(&e, 1, 2, s, c, &b);
    assert_int_equal(b.len, CEREMONY_DEAL_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        b.ptr[rows[i].at] ^= rows[i].flip;
        enum err err = ceremony_deal_parse(&e, 1, 2, s, buf_bytes(&b), got, NULL);
        if (err != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(err));
        b.ptr[rows[i].at] ^= rows[i].flip;
    }
    for (size_t len = 0; len < b.len; len++)
        test_err(ceremony_deal_parse(&e, 1, 2, s, bytes_of(b.ptr, len), got, NULL), ERR_FORMAT);
    buf_add_u8(&b, 0);
    test_err(ceremony_deal_parse(&e, 1, 2, s, buf_bytes(&b), got, NULL), ERR_FORMAT);
    b.len--;
    assert_memory_equal(got, untouched, sizeof got);
    const uint8_t other[32] = { 2 };
    test_err(ceremony_deal_parse(&e, 1, 2, other, buf_bytes(&b), got, NULL), ERR_OPEN);
    test_err(ceremony_deal_parse(&e, 2, 1, s, buf_bytes(&b), got, NULL), ERR_FORMAT);
    struct why why;
    test_ok(ceremony_deal_parse(&e, 1, 2, s, buf_bytes(&b), got, &why), &why);
    assert_memory_equal(got, c, sizeof c);
}

static void rows_of_a_deal_are_not_moved_dropped_or_doubled(void **state)
{
    static const struct { const char *why, *order; enum err want; } rows[] = {
        { "as written", "012", ERR_OK },         { "swapped", "102", ERR_FORMAT },
        { "one dropped", "01", ERR_FORMAT },     { "one doubled", "0012", ERR_FORMAT },
        { "one instead of another", "001", ERR_FORMAT }, { "none", "", ERR_FORMAT },
    };
    struct ceremony_epoch e = { .id = { 7 }, .t = 3, .roster = 0x1f };
    const uint8_t s[32] = { 1 }, c[3 * 32] = { 9 };
    uint8_t got[3 * 32];
    AUTO_BUF struct buf b = buf_init(CEREMONY_DEAL_MAX);
    ceremony_deal_write(&e, 4, 2, s, c, &b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF struct buf m = buf_init(400);
        buf_add(&m, b.ptr, 40);
        buf_add_u16(&m, (uint16_t)(strlen(rows[i].order) * CEREMONY_DEAL_ROW));
        for (const char *o = rows[i].order; *o; o++)
            buf_add(&m, b.ptr + 42 + (*o - '0') * CEREMONY_DEAL_ROW, CEREMONY_DEAL_ROW);
        enum err err = ceremony_deal_parse(&e, 4, 2, s, buf_bytes(&m), got, NULL);
        if (err != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(err));
    }
    /* A row that is sealed for one set does not open under another's name. */
    uint8_t row[CEREMONY_DEAL_ROW - 1];
    memcpy(row, b.ptr + 43, sizeof row);
    memcpy(b.ptr + 43, b.ptr + 43 + CEREMONY_DEAL_ROW, sizeof row);
    memcpy(b.ptr + 43 + CEREMONY_DEAL_ROW, row, sizeof row);
    test_err(ceremony_deal_parse(&e, 4, 2, s, buf_bytes(&b), got, NULL), ERR_OPEN);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(all_gates_agree_on_keys_zeros_and_the_next_p),
        cmocka_unit_test(a_gate_that_deals_unequally_is_found_by_the_checks),
        cmocka_unit_test(a_second_deal_must_be_the_first_one),
        cmocka_unit_test(another_epoch_p_or_pair_gives_other_secrets),
        cmocka_unit_test(a_low_order_exchange_key_is_refused),
        cmocka_unit_test(every_wrong_byte_of_a_deal_is_refused),
        cmocka_unit_test(rows_of_a_deal_are_not_moved_dropped_or_doubled),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
