#include "base/test.h"

#include "base/hex.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "record/pack.h"
#include "record/record.h"
#include "store/blob.h"
#include "sys/files.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

enum { COUNT = 3 };

static const uint8_t author[32] = { 7 }, other[32] = { 8 }, project[16] = { 9 };

/* A pack of three sealed records, and the store's directory that it goes to. */
struct world {
    char dir[64];
    struct blob *blob;
    struct record_sealed sealed[COUNT];
    struct buf pack;
    uint8_t name[32];
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct pack_item items[COUNT];
    struct why why;
    assert_non_null(w);
    test_ok(crypto_init(&why), &why);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/cofferdam-blob-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    test_ok(blob_open(w->dir, &w->blob, &why), &why);
    w->pack = buf_init(1 << 20);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t random[32], dek[KEY_BYTES], hedge[32] = { 0 };
        random_bytes(random, sizeof random);
        const struct record_draft d = {
            .kind = RECORD_TASK, .project = project, .author = author, .hedge = hedge,
            .content = { .type = bytes_str("text/plain"), .bytes = bytes_str("a question") }
        };
        test_ok(record_seal(&d, random, dek, &w->sealed[i], &why), &why);
        items[i] = (struct pack_item){ w->sealed[i].header.raw, w->sealed[i].body.len };
    }
    test_ok(pack_front(items, COUNT, &w->pack, &why), &why);
    for (size_t i = 0; i < COUNT; i++)
        buf_add_bytes(&w->pack, buf_bytes(&w->sealed[i].body));
    sha256(w->name, buf_bytes(&w->pack));
    *state = w;
    return 0;
}

static int world_end(void **state)
{
    struct world *w = *state;
    blob_close(w->blob);
    for (size_t i = 0; i < COUNT; i++)
        record_sealed_release(&w->sealed[i]);
    buf_release(&w->pack);
    (void)nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w);
    return 0;
}

static enum err put(struct world *w, const uint8_t by[32], size_t from, size_t to,
                    struct blob_progress *p, struct why *why)
{
    return blob_pack_put(w->blob, w->name, by, from, w->pack.len,
                         bytes_of(w->pack.ptr + from, to - from), p, why);
}

static void reopen(struct world *w)
{
    struct why why;
    blob_close(w->blob);
    test_ok(blob_open(w->dir, &w->blob, &why), &why);
}

static void an_upload_resumes_where_it_stopped_also_after_a_restart(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    const size_t half = w->pack.len / 2;
    test_err(blob_pack_progress(w->blob, w->name, &p, &why), ERR_NOT_FOUND);
    test_ok(put(w, author, 0, half, &p, &why), &why);
    assert_true(p.received == half && !p.complete);
    reopen(w);
    test_ok(blob_pack_progress(w->blob, w->name, &p, &why), &why);
    assert_true(p.received == half && p.total == w->pack.len && !p.complete);
    test_err(put(w, author, 0, half, &p, &why), ERR_TASK_STATE);
    test_err(put(w, author, half + 1, w->pack.len, &p, &why), ERR_TASK_STATE);
    test_ok(put(w, author, half, w->pack.len, &p, &why), &why);
    assert_true(p.complete);
    test_ok(put(w, author, 0, 1, &p, &why), &why); /* the same again is fine once it is complete */
    assert_true(p.complete && p.received == w->pack.len);
}

static void a_pack_whose_completing_was_cut_off_is_completed_by_its_last_byte(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    struct blob_record r;
    const size_t half = w->pack.len / 2, rest = w->pack.len - half;
    test_ok(put(w, author, 0, half, &p, &why), &why);
    struct file_path part = file_path(w->dir, "pack/%s.part", hex_id(w->name).s);
    int fd = open(part.s, O_WRONLY | O_APPEND);
    assert_true(fd >= 0 && write(fd, w->pack.ptr + half, rest) == (ssize_t)rest && close(fd) == 0);
    reopen(w);
    test_ok(blob_pack_progress(w->blob, w->name, &p, &why), &why);
    assert_true(p.received == w->pack.len - 1 && !p.complete);
    test_ok(put(w, author, w->pack.len - 1, w->pack.len, &p, &why), &why);
    assert_true(p.complete);
    test_ok(blob_record(w->blob, w->sealed[0].id, &r, &why), &why);
}

static void a_record_is_there_whole_or_not_at_all(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    struct blob_record r;
    test_ok(put(w, author, 0, w->pack.len - 1, &p, &why), &why);
    for (size_t i = 0; i < COUNT; i++)
        test_err(blob_record(w->blob, w->sealed[i].id, &r, &why), ERR_NOT_FOUND);
    test_ok(put(w, author, w->pack.len - 1, w->pack.len, &p, &why), &why);
    reopen(w);
    for (size_t i = 0; i < COUNT; i++) {
        AUTO_BUF struct buf body = buf_init(1 << 20), part = buf_init(1 << 20);
        test_ok(blob_record(w->blob, w->sealed[i].id, &r, &why), &why);
        assert_memory_equal(r.header, w->sealed[i].header.raw, RECORD_HEADER_BYTES);
        test_ok(blob_body(w->blob, w->sealed[i].id, 0, (size_t)r.sealed_bytes, &body, &why), &why);
        assert_true(bytes_equal(buf_bytes(&body), buf_bytes(&w->sealed[i].body)));
        test_ok(blob_body(w->blob, w->sealed[i].id, 5, 7, &part, &why), &why);
        assert_memory_equal(part.ptr, body.ptr + 5, 7);
        test_err(blob_body(w->blob, w->sealed[i].id, 5, (size_t)r.sealed_bytes - 4, &part, &why),
                 ERR_LIMIT);
        test_err(blob_body(w->blob, w->sealed[i].id, UINT64_MAX, 1, &part, &why), ERR_LIMIT);
    }
}

static void a_pack_that_is_not_its_name_or_anothers_is_forgotten(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    struct blob_record r;
    uint8_t *last = w->pack.ptr + w->pack.len - 1;
    *last ^= 1;
    test_err(put(w, author, 0, w->pack.len, &p, &why), ERR_FORMAT);
    *last ^= 1;
    test_err(blob_pack_progress(w->blob, w->name, &p, &why), ERR_NOT_FOUND);
    test_err(put(w, other, 0, w->pack.len, &p, &why), ERR_DENIED_AUTHOR);
    test_err(blob_record(w->blob, w->sealed[0].id, &r, &why), ERR_NOT_FOUND);
    test_ok(put(w, author, 0, w->pack.len, &p, &why), &why); /* and can come again, right */
    assert_true(p.complete);
}

static void a_front_that_points_outside_the_pack_is_refused(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    /* The first row's length grows by one chunk: all bodies behind it would reach past the end. */
    w->pack.ptr[PACK_START_BYTES + RECORD_HEADER_BYTES + 5] ^= 1;
    sha256(w->name, buf_bytes(&w->pack));
    test_err(put(w, author, 0, w->pack.len, &p, &why), ERR_FORMAT);
    test_err(blob_pack_progress(w->blob, w->name, &p, &why), ERR_NOT_FOUND);
}

static void a_record_has_at_most_ten_candidate_slots_and_none_twice(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_progress p;
    uint8_t slot[BLOB_SLOT_BYTES] = { 0 };
    AUTO_BUF struct buf all = buf_init(BLOB_SLOTS_MAX * BLOB_SLOT_BYTES);
    unsigned count = 0;
    memcpy(slot, w->sealed[0].id, 32);
    test_err(blob_slot_put(w->blob, slot, &why), ERR_NOT_FOUND);
    test_ok(put(w, author, 0, w->pack.len, &p, &why), &why);
    for (unsigned i = 0; i < BLOB_SLOTS_MAX; i++) {
        slot[40] = (uint8_t)i;
        test_ok(blob_slot_put(w->blob, slot, &why), &why);
        test_ok(blob_slot_put(w->blob, slot, &why), &why);
    }
    slot[40] = 99;
    test_err(blob_slot_put(w->blob, slot, &why), ERR_LIMIT);
    test_ok(blob_slots(w->blob, w->sealed[0].id, &all, &count, &why), &why);
    assert_int_equal(count, BLOB_SLOTS_MAX);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(all.ptr[i * BLOB_SLOT_BYTES + 40], i); /* oldest first */
}

struct seen {
    unsigned count, topics;
};

static enum err see(void *ctx, struct bytes envelope, bool topic, struct why *why)
{
    struct seen *s = ctx;
    assert_int_equal(envelope.ptr[0], '0' + s->count++);
    s->topics += topic;
    return ERR_OK;
}

static void statements_keep_their_order_and_none_is_replaced(void **state)
{
    struct world *w = *state;
    struct why why;
    struct seen seen = { 0 };
    AUTO_BUF struct buf chain = buf_init(1 << 16), issuers = buf_init(1 << 16);
    const uint8_t task[32] = { 3 };
    test_ok(blob_statement_put(w->blob, author, 1, NULL, bytes_str("0"), &why), &why);
    test_ok(blob_statement_put(w->blob, other, 1, task, bytes_str("1"), &why), &why);
    test_ok(blob_statement_put(w->blob, author, 2, task, bytes_str("2"), &why), &why);
    assert_true(blob_statement_put(w->blob, author, 2, NULL, bytes_str("x"), &why) != ERR_OK);
    test_ok(blob_statement_each(w->blob, see, &seen, &why), &why);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.topics, 2);
    test_ok(blob_chain(w->blob, author, 2, 1 << 16, &chain, &why), &why);
    assert_true(bytes_equal(buf_bytes(&chain), bytes_of("\0\1" "2", 3)));
    test_ok(blob_issuers(w->blob, &issuers, &why), &why);
    assert_int_equal(issuers.len, 64);
    assert_memory_equal(issuers.ptr, author, 32);
}

static void what_is_rolled_back_was_never_there(void **state)
{
    struct world *w = *state;
    struct why why;
    struct blob_counts counts;
    test_ok(blob_begin(w->blob, &why), &why);
    test_ok(blob_statement_put(w->blob, author, 1, NULL, bytes_str("0"), &why), &why);
    blob_rollback(w->blob);
    test_ok(blob_counts(w->blob, &counts, &why), &why);
    assert_true(counts.statements == 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_make, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_upload_resumes_where_it_stopped_also_after_a_restart),
        CASE(a_pack_whose_completing_was_cut_off_is_completed_by_its_last_byte),
        CASE(a_record_is_there_whole_or_not_at_all),
        CASE(a_pack_that_is_not_its_name_or_anothers_is_forgotten),
        CASE(a_front_that_points_outside_the_pack_is_refused),
        CASE(a_record_has_at_most_ten_candidate_slots_and_none_twice),
        CASE(statements_keep_their_order_and_none_is_replaced),
        CASE(what_is_rolled_back_was_never_there),
    };
    return cmocka_run_group_tests_name("store/blob", tests, NULL, NULL);
}
