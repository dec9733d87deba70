/* Three real gates: from the ceremony over create and release to kill -9 and catching up. The
 * tests of this group share one world and run in this order. */
#include "watch/world_test.h"

#include "client/log_follow.h"
#include "request/entry_body.h"

#include <pthread.h>

enum { LONG_RECORDS = 700 }; /* 67,200 bytes of headers: too long for an entry */

static struct world world;
static uint8_t header[96], pads[32];
static struct world_sent released; /* a request that gate 1 has answered */

static int make(void **state)
{
    world_make(&world);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_start(&world, g);
    return 0;
}

static int clear(void **state)
{
    buf_release(&released.body);
    world_remove(&world);
    return 0;
}

static void the_gates_make_their_keys_and_open_the_epoch(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    char code[16];
    assert_false(world_status(&world, 1, code));
    assert_string_equal(code, err_code(ERR_NOT_READY));
    world_statements(&world, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_post(&world, g, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, err_code(ERR_STALE)); /* ready, but nobody has signed heads */
    buf_reset(&list);
    world_heads(&world, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_post(&world, g, &list);
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        world_wait(&world, g, "OK");
}

static void statements_may_be_brought_again(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    buf_add_u16(&list, (uint16_t)world.root_envelope.len);
    buf_add_bytes(&list, buf_bytes(&world.root_envelope));
    world_post(&world, 1, &list);
}

/* Sends a create for `count` headers to all gates and combines; pads: 3 quorums each. */
static void create(const uint8_t *headers, size_t count, uint8_t *out)
{
    const struct world_ask ask = { REQUEST_CREATE, WORLD_ALL, "annotate", headers, count };
    struct world_sent sent;
    struct combine_answer answers[WORLD_GATES];
    uint8_t *shares[WORLD_GATES];
    struct why why = { .code = ERR_OK };
    world_body(&world, &world.device, &ask, &sent);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        AUTO_BUF struct buf reply = buf_init(ANSWER_BYTES_MAX);
        size_t n = count * share_create_count(WORLD_T, WORLD_ALL, g);
        char code[16];
        shares[g - 1] = malloc(n * SHARE_BYTES);
        assert_non_null(shares[g - 1]);
        world_send(world.http, &world, g, &world.device, &sent, &reply, code);
        assert_string_equal(code, "OK");
        struct answer_checked c =
            world_check(&world, g, &sent, n, buf_bytes(&reply), shares[g - 1]);
        assert_int_equal(c.release.act, REQUEST_CREATE);
        assert_string_equal(c.release.rule, "annotate#1");
        assert_string_equal(c.release.reason, "OK");
        assert_int_equal(c.release.request.len > 0, sent.body.len <= ENTRY_BODY_REQUEST_MAX);
        answers[g - 1] = (struct combine_answer){ g, bytes_of(shares[g - 1], n * SHARE_BYTES) };
    }
    test_ok(combine_create(WORLD_T, WORLD_ALL, answers, WORLD_GATES, count, out, &why), &why);
    assert_true(combine_agree(out, 3, count));
    for (unsigned i = 0; i < WORLD_GATES; i++)
        free(shares[i]);
    buf_release(&sent.body);
}

static void a_create_is_answered_by_all_and_every_quorum_agrees(void **state)
{
    uint8_t all[3 * 32];
    world_header(&world, RECORD_SUBMISSION, world.device.key, header);
    create(header, 1, all);
    memcpy(pads, all, 32);
}

static void a_release_gives_the_same_pad_through_every_quorum(void **state)
{
    static const uint8_t quorums[] = { 3, 5, 6 };
    for (size_t i = 0; i < sizeof quorums; i++) {
        const struct world_ask ask = { REQUEST_RELEASE, quorums[i], "annotate", header, 1 };
        struct world_sent sent;
        struct combine_answer answers[WORLD_T];
        uint8_t shares[WORLD_T][32], pad[32];
        size_t n = 0;
        struct why why = { .code = ERR_OK };
        world_body(&world, &world.device, &ask, &sent);
        for (unsigned g = 1; g <= WORLD_GATES; g++) {
            AUTO_BUF struct buf reply = buf_init(1 << 20);
            char code[16];
            world_send(world.http, &world, g, &world.device, &sent, &reply, code);
            if (!subset_has(quorums[i], g)) {
                assert_string_equal(code, err_code(ERR_REQUEST_GATES));
                continue;
            }
            assert_string_equal(code, "OK");
            (void)world_check(&world, g, &sent, 1, buf_bytes(&reply), shares[n]);
            answers[n] = (struct combine_answer){ g, bytes_of(shares[n], 32) };
            n++;
        }
        test_ok(combine_release(quorums[i], answers, n, 1, pad, &why), &why);
        assert_memory_equal(pad, pads, 32);
        if (i == 0)
            released = sent;
        else
            buf_release(&sent.body);
    }
}

struct twin {
    struct world_sent *sent;
    char code[16];
};

static void *twin_run(void *ctx)
{
    struct twin *t = ctx;
    struct http_client *http = http_client_new();
    struct buf reply = buf_init(1 << 20);
    (void)world_send(http, &world, 1, &world.device, t->sent, &reply, t->code);
    buf_release(&reply);
    http_client_free(http);
    return NULL;
}

static void a_request_is_answered_once_even_when_it_comes_twice_at_a_time(void **state)
{
    for (int round = 0; round < 20; round++) {
        const struct world_ask ask = { REQUEST_RELEASE, 3, "annotate", header, 1 };
        struct world_sent sent;
        pthread_t threads[2];
        world_body(&world, &world.device, &ask, &sent);
        struct twin twins[2] = { { &sent, "" }, { &sent, "" } };
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, twin_run, &twins[i]), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        bool first = strcmp(twins[0].code, "OK") == 0;
        assert_string_equal(twins[!first].code, "OK");
        assert_string_equal(twins[first].code, err_code(ERR_REQUEST_REPLAY));
        buf_release(&sent.body);
    }
}

static void what_is_not_permitted_is_refused(void **state)
{
    static const struct {
        const char *why;
        enum request_act act;
        const char *purpose;
        enum record_kind kind;
        bool foreign, stranger, garbled, other_epoch;
        enum err want;
        unsigned status;
    } rows[] = {
        { "no such purpose", REQUEST_RELEASE, "deliver", RECORD_SUBMISSION,
          .want = ERR_DENIED_PURPOSE, .status = 403 },
        { "not that kind", REQUEST_RELEASE, "annotate", RECORD_RUBRIC, .want = ERR_DENIED_KIND,
          .status = 403 },
        { "somebody else's", REQUEST_RELEASE, "annotate", RECORD_SUBMISSION, .foreign = true,
          .want = ERR_DENIED_OWN, .status = 403 },
        { "create as another author", REQUEST_CREATE, "annotate", RECORD_SUBMISSION,
          .foreign = true, .want = ERR_DENIED_AUTHOR, .status = 403 },
        { "a device that nobody enrolled", REQUEST_RELEASE, "annotate", RECORD_SUBMISSION,
          .stranger = true, .want = ERR_UNKNOWN_DEVICE, .status = 401 },
        { "changed after signing", REQUEST_RELEASE, "annotate", RECORD_SUBMISSION, .garbled = true,
          .want = ERR_SIGNATURE, .status = 401 },
        { "another epoch", REQUEST_RELEASE, "annotate", RECORD_SUBMISSION, .other_epoch = true,
          .want = ERR_REQUEST_EPOCH, .status = 403 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t h[96];
        const struct world_issuer *by = rows[i].stranger ? &world.stranger : &world.device;
        struct world_issuer forger = *by;
        struct world_sent sent;
        AUTO_BUF struct buf reply = buf_init(1 << 20);
        char code[16];
        world_header(&world, rows[i].kind, rows[i].foreign ? world.stranger.key : by->key, h);
        world.epoch_id[0] ^= rows[i].other_epoch;
        const struct world_ask ask = { rows[i].act, 3, rows[i].purpose, h, 1 };
        world_body(&world, by, &ask, &sent);
        world.epoch_id[0] ^= rows[i].other_epoch;
        if (rows[i].garbled) /* the device's name, another's hand */
            memcpy(forger.secret, world.stranger.secret, SIGN_SEED_BYTES);
        unsigned status = world_send(world.http, &world, 1, &forger, &sent, &reply, code);
        if (strcmp(code, err_code(rows[i].want)) != 0 || status != rows[i].status)
            fail_msg("%s: %s with %u", rows[i].why, code, status);
        buf_release(&sent.body);
    }
}

struct seen {
    size_t count[6], statements;
    uint64_t size;
    uint8_t wanted[32]; /* a statement's id */
    bool found;
    uint8_t object[32];
    bool has_object;
};

static enum err see_entry(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct seen *s = ctx;
    struct entry entry;
    struct entry_body b;
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &b, why);
    if (e != ERR_OK)
        return e;
    s->count[b.type]++;
    s->size = index + 1;
    if (b.type == ENTRY_BODY_STATEMENT) {
        AUTO_STATEMENT struct statement st = { 0 };
        e = statement_open(b.u.statement, &st, why);
        s->found = s->found || (e == ERR_OK && memcmp(st.id, s->wanted, 32) == 0);
    } else if (b.type == ENTRY_BODY_RELEASE && b.u.release.request.len == 0) {
        memcpy(s->object, b.u.release.request_hash, 32);
        s->has_object = true;
    }
    return e;
}

/* The whole log of gate g, read as `by` and verified. */
static enum err read_log(unsigned g, const struct world_issuer *by, struct seen *out,
                         struct why *why)
{
    struct transport *t = NULL;
    struct log_follow f;
    struct note_key key;
    char url[64];
    world_url(&world, g, url);
    log_follow_init(&f);
    test_ok(transport_new(by->secret, &t, why), why);
    test_ok(note_key_init(&key, world.origin[g], world.gate_key[g], why), why);
    enum err e = log_follow_step(&f, t, url, &key, see_entry, out, why);
    transport_free(t);
    return e;
}

static void a_long_request_is_an_object_beside_the_log(void **state)
{
    uint8_t *headers = malloc(LONG_RECORDS * 96), *all = malloc((size_t)LONG_RECORDS * 3 * 32);
    assert_true(headers && all);
    for (size_t i = 0; i < LONG_RECORDS; i++)
        world_header(&world, RECORD_SUBMISSION, world.device.key, headers + i * 96);
    create(headers, LONG_RECORDS, all);
    struct seen seen = { .found = false };
    struct why why = { .code = ERR_OK };
    for (int i = 0; i < 50 && !seen.has_object; i++) {
        clock_sleep_ms(100); /* published at least once a second */
        seen = (struct seen){ .found = false };
        test_ok(read_log(2, &world.admin, &seen, &why), &why);
    }
    assert_true(seen.has_object);
    AUTO_BUF struct buf object = buf_init(1 << 20);
    uint8_t hash[32];
    char path[96];
    (void)snprintf(path, sizeof path, "/log/object/%s", hex_id(seen.object).s);
    assert_int_equal(world_call(world.http, &world, 2, "GET", path, bytes_of(NULL, 0),
                                &world.admin, true, 0, 0, &object), 200);
    sha256(hash, buf_bytes(&object));
    assert_memory_equal(hash, seen.object, 32);
    free(headers);
    free(all);
}

static void the_log_is_for_those_who_may_read_it(void **state)
{
    struct seen seen = { .found = false };
    struct why why = { .code = ERR_OK };
    test_ok(read_log(1, &world.admin, &seen, &why), &why);
    assert_int_equal(seen.count[ENTRY_BODY_CHECK], 1);
    assert_int_equal(seen.count[ENTRY_BODY_READY], 1);
    assert_true(seen.count[ENTRY_BODY_RELEASE] >= 23);
    test_err(read_log(1, &world.device, &seen, &why), ERR_DENIED_ROLE);
    test_err(read_log(1, &world.stranger, &seen, &why), ERR_DENIED_ROLE);
    AUTO_BUF struct buf reply = buf_init(4096);
    assert_int_equal(world_call(world.http, &world, 1, "GET", "/log/../secret", bytes_of(NULL, 0),
                                &world.admin, true, 0, 0, &reply), 404);
}

static void a_gate_that_was_killed_replays_its_log(void **state)
{
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    char code[16];
    int status = world_end(&world, 1, SIGKILL);
    assert_true(WIFSIGNALED(status));
    world_start(&world, 1);
    world_wait(&world, 1, "OK"); /* ready at once: its keys and its log are enough */
    world_send(world.http, &world, 1, &world.device, &released, &reply, code);
    assert_string_equal(code, err_code(ERR_REQUEST_REPLAY));
    /* The kept checkpoint of before the kill is extended: world_check asks for the proof. */
    uint8_t all[3 * 32];
    world_header(&world, RECORD_SUBMISSION, world.device.key, header);
    create(header, 1, all);
}

static void a_gate_that_was_away_gets_what_it_lacks_from_its_peers(void **state)
{
    AUTO_BUF struct buf list = buf_init(1 << 20);
    uint8_t member[16];
    struct seen seen = { .found = false };
    struct why why = { .code = ERR_OK };
    (void)world_end(&world, 3, SIGKILL);
    random_bytes(member, sizeof member);
    world_enrol(&world, member, world.stranger.key, &list);
    world_post(&world, 1, &list);
    world_start(&world, 3);
    for (int64_t end = clock_steady_ms() + WORLD_WAIT_MS; !seen.found && clock_steady_ms() < end;) {
        clock_sleep_ms(100);
        seen = (struct seen){ .found = false };
        memcpy(seen.wanted, world.admin.previous, 32);
        test_ok(read_log(3, &world.admin, &seen, &why), &why);
    }
    assert_true(seen.found);
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    uint8_t h[96];
    char code[16];
    struct world_sent sent;
    world_header(&world, RECORD_SUBMISSION, world.stranger.key, h);
    const struct world_ask ask = { REQUEST_RELEASE, 5, "annotate", h, 1 };
    world_body(&world, &world.stranger, &ask, &sent);
    world_send(world.http, &world, 3, &world.stranger, &sent, &reply, code);
    assert_string_equal(code, "OK");
    buf_release(&sent.body);
}

struct late {
    struct world_sent sent;
    char code[16];
    unsigned status;
};

static void *late_run(void *ctx)
{
    struct late *l = ctx;
    struct http_client *http = http_client_new();
    struct buf reply = buf_init(ANSWER_BYTES_MAX);
    l->status = world_send(http, &world, 2, &world.device, &l->sent, &reply, l->code);
    buf_release(&reply);
    http_client_free(http);
    return NULL;
}

/* Answered in full, refused as busy, or never connected: but not cut off in the middle. */
static void a_gate_that_is_stopped_ends_cleanly(void **state)
{
    struct late late[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        const struct world_ask ask = { REQUEST_RELEASE, 3, "annotate", header, 1 };
        world_body(&world, &world.device, &ask, &late[i].sent);
        assert_int_equal(pthread_create(&threads[i], NULL, late_run, &late[i]), 0);
    }
    clock_sleep_ms(5);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        int status = world_end(&world, g, SIGTERM);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("gate %u ended with status %d", g, status);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(late[i].status == 200 || late[i].status == 503 || late[i].status == 0);
        buf_release(&late[i].sent.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gates_make_their_keys_and_open_the_epoch),
        cmocka_unit_test(statements_may_be_brought_again),
        cmocka_unit_test(a_create_is_answered_by_all_and_every_quorum_agrees),
        cmocka_unit_test(a_release_gives_the_same_pad_through_every_quorum),
        cmocka_unit_test(a_request_is_answered_once_even_when_it_comes_twice_at_a_time),
        cmocka_unit_test(what_is_not_permitted_is_refused),
        cmocka_unit_test(a_long_request_is_an_object_beside_the_log),
        cmocka_unit_test(the_log_is_for_those_who_may_read_it),
        cmocka_unit_test(a_gate_that_was_killed_replays_its_log),
        cmocka_unit_test(a_gate_that_was_away_gets_what_it_lacks_from_its_peers),
        cmocka_unit_test(a_gate_that_is_stopped_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
