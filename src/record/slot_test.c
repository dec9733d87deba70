#include "base/test.h"

#include "record/slot.h"

static const uint8_t project[16] = { 1 }, author[32] = { 2 }, dek[32] = { 3, 4 }, pad[32] = { 5 };
static struct record_header header;
static uint8_t id[32];

static int start(void **state)
{
    struct why why;
    test_ok(crypto_init(&why), &why);
    record_header_make(&header, RECORD_TASK, project, author, dek);
    record_id(id, header.raw);
    return 0;
}

static void a_slot_opens_with_its_pad_alone(void **state)
{
    struct slot s, read;
    uint8_t raw[SLOT_BYTES + 1] = { 0 }, got[32] = { 0 };
    struct why why;
    slot_make(&s, id, 7, dek, pad);
    slot_write(&s, raw);
    test_ok(slot_parse(bytes_of(raw, SLOT_BYTES), &read, &why), &why);
    assert_int_equal(read.epoch, 7);
    test_ok(slot_open(&read, &header, pad, got, &why), &why);
    assert_memory_equal(got, dek, 32);
    for (size_t len = 0; len <= sizeof raw; len++)
        if (len != SLOT_BYTES)
            test_err(slot_parse(bytes_of(raw, len), &read, NULL), ERR_FORMAT);
    for (size_t bit = 0; bit < 256; bit++) {
        uint8_t other[32];
        memcpy(other, pad, 32);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(got, 0xee, sizeof got);
        test_err(slot_open(&s, &header, other, got, NULL), ERR_PAD);
        assert_int_equal(got[0], 0xee);
    }
}

/* Of the epoch's bits the commitment knows nothing: a wrong one only finds another pad. */
static void no_bit_of_a_slot_can_be_changed_unseen(void **state)
{
    struct slot s, changed;
    uint8_t raw[SLOT_BYTES], got[32];
    slot_make(&s, id, 7, dek, pad);
    for (size_t bit = 0; bit < 8 * sizeof raw; bit++) {
        slot_write(&s, raw);
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(slot_parse(bytes_of(raw, sizeof raw), &changed, NULL), ERR_OK);
        enum err want = bit < 256 ? ERR_RECORD_ID : bit < 288 ? ERR_OK : ERR_PAD;
        test_err(slot_open(&changed, &header, pad, got, NULL), want);
        if (want == ERR_OK)
            assert_int_not_equal(changed.epoch, s.epoch);
    }
}

static void the_commitment_finds_the_candidate(void **state)
{
    struct slot slots[8];
    uint8_t got[32], wrong[32];
    size_t which = 99;
    struct why why;
    for (size_t good = 0; good < 8; good++) {
        for (size_t i = 0; i < 8; i++) {
            memset(wrong, (int)i + 40, sizeof wrong);
            slot_make(&slots[i], id, 1, dek, i == good ? pad : wrong);
        }
        test_ok(slot_open_any(slots, 8, &header, pad, got, &which, &why), &why);
        assert_int_equal(which, good);
        assert_memory_equal(got, dek, 32);
        test_err(slot_open_any(slots, good, &header, pad, got, NULL, NULL), ERR_PAD);
    }
    test_err(slot_open_any(slots, 0, &header, pad, got, NULL, NULL), ERR_PAD);
    slots[7].id[0] ^= 1;
    test_err(slot_open_any(slots, 8, &header, pad, got, NULL, NULL), ERR_RECORD_ID);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_slot_opens_with_its_pad_alone),
        cmocka_unit_test(no_bit_of_a_slot_can_be_changed_unseen),
        cmocka_unit_test(the_commitment_finds_the_candidate),
    };
    return cmocka_run_group_tests(all, start, NULL);
}
