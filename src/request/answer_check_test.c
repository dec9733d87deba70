#include "base/test.h"

#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/kx.h"
#include "request/answer_check.h"
#include "tlog/checkpoint.h"
#include "tlog/proof.h"

enum { ENTRIES = 8, INDEX = 5, KEPT = 3, SHARES = 3, ROOM = 4096 };

/* A gate's log of eight entries, the sixth of which is the release; and what the client knows. */
struct scene {
    uint8_t gate_key[SIGN_KEY_BYTES], gate_secret[SIGN_SECRET_BYTES];
    struct note_key note_key;
    uint8_t leaves[ENTRIES][TLOG_HASH_BYTES];
    uint8_t r[32], epoch_id[32], ephemeral_secret[32], kept_root[32];
    uint8_t shares[SHARES * ANSWER_SHARE_BYTES], sealed[SHARES * ANSWER_SHARE_BYTES + TAG_BYTES];
    struct buf entry, checkpoint;
    struct tlog_path inclusion, consistency;
    struct answer answer;
    struct answer_expected expected;
};

static void scene_release(struct scene *s)
{
    buf_release(&s->entry);
    buf_release(&s->checkpoint);
}

static enum err read_node(void *ctx, unsigned level, uint64_t index, uint8_t out[32],
                          struct why *why)
{
    const struct scene *s = ctx;
    (void)why;
    tlog_root_of_leaves(out, s->leaves[index << level], (size_t)1 << level);
    return ERR_OK;
}

static void write_entry(struct scene *s, uint16_t type)
{
    struct why why;
    struct entry_body b = { .type = ENTRY_BODY_RELEASE };
    struct entry_body_release *p = &b.u.release;
    p->gate = 2;
    p->act = 1;
    memcpy(p->epoch_id, s->epoch_id, 32);
    memcpy(p->r, s->r, 32);
    memset(p->device, 7, 32);
    memset(p->request_hash, 8, 32);
    memcpy(p->rule, "annotate#1", 11);
    memcpy(p->reason, "OK", 3);
    answer_hash(p->answer_hash, s->answer.enc, s->answer.ciphertext);
    AUTO_BUF struct buf body = buf_init(ROOM);
    if (type == ENTRY_BODY_RELEASE)
        test_ok(entry_body_write(&b, &body, &why), &why);
    const struct entry e = { .time_ms = 123, .type = type, .rules = 1, .body = buf_bytes(&body) };
    buf_reset(&s->entry);
    test_ok(entry_encode(&s->entry, &e, &why), &why);
    tlog_leaf_hash(s->leaves[INDEX], buf_bytes(&s->entry), NULL);
    s->answer.entry = buf_bytes(&s->entry);
}

static void prove(struct scene *s)
{
    struct why why;
    struct checkpoint c = { .size = ENTRIES };
    const struct tlog_reader reader = { read_node, s };
    tlog_root_of_leaves(c.root, s->leaves[0], ENTRIES);
    tlog_root_of_leaves(s->kept_root, s->leaves[0], KEPT);
    buf_reset(&s->checkpoint);
    test_ok(checkpoint_sign(&s->checkpoint, &c, &s->note_key, s->gate_secret, &why), &why);
    test_ok(tlog_inclusion(&reader, INDEX, ENTRIES, &s->inclusion, &why), &why);
    test_ok(tlog_consistency(&reader, KEPT, ENTRIES, &s->consistency, &why), &why);
    s->answer.index = INDEX;
    s->answer.checkpoint = buf_bytes(&s->checkpoint);
    s->answer.inclusion = tlog_path_bytes(&s->inclusion);
    s->answer.consistency = tlog_path_bytes(&s->consistency);
}

static uint8_t device[32], request_hash[32];

static void scene_set(struct scene *s)
{
    struct why why;
    const uint8_t seed[32] = { 1 }, sender[32] = { 3 };
    uint8_t ephemeral[32], info[ANSWER_INFO_BYTES];
    *s = (struct scene){ .entry = buf_init(ROOM), .checkpoint = buf_init(ROOM) };
    sign_keypair(s->gate_key, s->gate_secret, seed);
    test_ok(note_key_init(&s->note_key, "cofferdam/gate-2", s->gate_key, &why), &why);
    memset(s->r, 4, 32);
    memset(s->epoch_id, 5, 32);
    memset(s->leaves, 6, sizeof s->leaves);
    s->ephemeral_secret[0] = 2;
    kx_public(ephemeral, s->ephemeral_secret);
    for (size_t i = 0; i < sizeof s->shares; i++)
        s->shares[i] = (uint8_t)i;
    answer_info(info, s->r, s->epoch_id, 2);
    test_ok(hpke_seal(s->answer.enc, s->sealed, bytes_of(s->shares, sizeof s->shares),
                      bytes_of(info, sizeof info), ephemeral, sender, &why), &why);
    s->answer.gate = 2;
    s->answer.ciphertext = bytes_of(s->sealed, sizeof s->sealed);
    write_entry(s, ENTRY_BODY_RELEASE);
    prove(s);
    s->expected = (struct answer_expected){
        .gate = 2, .gate_key = s->gate_key, .origin = "cofferdam/gate-2", .kept_size = KEPT,
        .kept_root = s->kept_root, .r = s->r, .act = 1, .device = device,
        .request_hash = request_hash, .purpose = "annotate", .epoch_id = s->epoch_id,
        .ephemeral_secret = s->ephemeral_secret, .share_count = SHARES,
    };
}

static void an_honest_answer_gives_the_shares(void **state)
{
    (void)state;
    struct why why;
    struct scene s;
    scene_set(&s);
    uint8_t shares[SHARES * ANSWER_SHARE_BYTES];
    struct answer_checked got;
    test_ok(answer_check(&s.answer, &s.expected, shares, &got, &why), &why);
    assert_memory_equal(shares, s.shares, sizeof shares);
    assert_int_equal(got.size, ENTRIES);
    assert_int_equal(got.time_ms, 123);
    assert_string_equal(got.release.rule, "annotate#1");

    /* A first visit, and one that comes again at the same size. */
    s.expected.kept_size = 0;
    s.answer.consistency.len = 0;
    test_ok(answer_check(&s.answer, &s.expected, shares, &got, &why), &why);
    s.expected.kept_size = ENTRIES;
    s.expected.kept_root = got.root;
    struct answer_checked again;
    test_ok(answer_check(&s.answer, &s.expected, shares, &again, &why), &why);
    scene_release(&s);
}

typedef void change_scene(struct scene *s);
static uint8_t scratch[ROOM];

static struct bytes flipped(struct bytes b, size_t at)
{
    memcpy(scratch, b.ptr, b.len);
    scratch[at] ^= 1;
    return bytes_of(scratch, b.len);
}

static const uint8_t wrong[32] = { 99 };

static void another_gate_key(struct scene *s) { s->expected.gate_key = wrong; }
static void another_origin(struct scene *s) { s->expected.origin = "cofferdam/gate-3"; }
static void changed_checkpoint(struct scene *s)
{
    s->answer.checkpoint = flipped(s->answer.checkpoint, 20);
}
static void shrunk(struct scene *s) { s->expected.kept_size = ENTRIES + 1; }
static void forked(struct scene *s) { s->expected.kept_root = wrong; }
static void same_size_other_root(struct scene *s)
{
    s->expected.kept_size = ENTRIES;
    s->expected.kept_root = wrong;
    s->answer.consistency.len = 0;
}
static void no_consistency(struct scene *s) { s->answer.consistency.len = 0; }
static void needless_consistency(struct scene *s) { s->expected.kept_size = 0; }
static void changed_consistency(struct scene *s)
{
    s->answer.consistency = flipped(s->answer.consistency, 0);
}
static void changed_entry(struct scene *s) { s->answer.entry = flipped(s->answer.entry, 0); }
static void another_index(struct scene *s) { s->answer.index = INDEX - 1; }
static void index_past_the_log(struct scene *s) { s->answer.index = ENTRIES; }
static void no_inclusion(struct scene *s) { s->answer.inclusion.len = 0; }
static void changed_inclusion(struct scene *s)
{
    s->answer.inclusion = flipped(s->answer.inclusion, 40);
}
static void a_statement(struct scene *s)
{
    write_entry(s, ENTRY_BODY_STATEMENT);
    prove(s);
}
static void another_request(struct scene *s) { s->expected.r = wrong; }
static void another_epoch(struct scene *s) { s->expected.epoch_id = wrong; }
static void another_act(struct scene *s) { s->expected.act = 2; }
static void another_device(struct scene *s) { s->expected.device = wrong; }
static void another_body(struct scene *s) { s->expected.request_hash = wrong; }
static void another_purpose(struct scene *s) { s->expected.purpose = "annotat"; }
static void another_gate(struct scene *s) { s->expected.gate = 3; }
static void it_says_another_gate(struct scene *s) { s->answer.gate = 1; }
static void changed_enc(struct scene *s) { s->answer.enc[0] ^= 1; }
static void changed_ciphertext(struct scene *s)
{
    s->answer.ciphertext = flipped(s->answer.ciphertext, 1);
}
static void a_logged_lie(struct scene *s)
{
    s->sealed[7] ^= 1;
    write_entry(s, ENTRY_BODY_RELEASE);
    prove(s);
}
static void another_secret(struct scene *s) { s->expected.ephemeral_secret = wrong; }
static void fewer_shares(struct scene *s) { s->expected.share_count = SHARES - 1; }

static void a_dishonest_answer_is_called_by_its_name(void **state)
{
    (void)state;
    static const struct { const char *why; change_scene *change; enum err want; } rows[] = {
        { "another gate's key", another_gate_key, ERR_CHECKPOINT },
        { "another origin", another_origin, ERR_CHECKPOINT },
        { "a changed checkpoint", changed_checkpoint, ERR_CHECKPOINT },
        { "a log that shrank", shrunk, ERR_ROLLBACK },
        { "a log that forked", forked, ERR_ROLLBACK },
        { "another root at one size", same_size_other_root, ERR_ROLLBACK },
        { "no consistency proof", no_consistency, ERR_ROLLBACK },
        { "a proof from nothing", needless_consistency, ERR_ROLLBACK },
        { "a changed consistency proof", changed_consistency, ERR_ROLLBACK },
        { "a changed entry", changed_entry, ERR_PROOF },
        { "another index", another_index, ERR_PROOF },
        { "an index past the log", index_past_the_log, ERR_PROOF },
        { "no inclusion proof", no_inclusion, ERR_PROOF },
        { "a changed inclusion proof", changed_inclusion, ERR_PROOF },
        { "an entry of another type", a_statement, ERR_ANSWER },
        { "an entry for another request", another_request, ERR_ANSWER },
        { "an entry for another epoch", another_epoch, ERR_ANSWER },
        { "an entry for another act", another_act, ERR_ANSWER },
        { "an entry for another device", another_device, ERR_ANSWER },
        { "an entry that holds another request", another_body, ERR_ANSWER },
        { "a rule of another purpose", another_purpose, ERR_ANSWER },
        { "an entry of another gate", another_gate, ERR_ANSWER },
        { "an answer of another gate", it_says_another_gate, ERR_ANSWER },
        { "another encapsulated key", changed_enc, ERR_ANSWER },
        { "a changed ciphertext", changed_ciphertext, ERR_ANSWER },
        { "a ciphertext that was never good, logged", a_logged_lie, ERR_OPEN },
        { "somebody else's ephemeral key", another_secret, ERR_OPEN },
        { "another number of shares", fewer_shares, ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = { 0 };
        struct scene s;
        uint8_t shares[SHARES * ANSWER_SHARE_BYTES];
        struct answer_checked got = { 0 };
        scene_set(&s);
        rows[i].change(&s);
        memset(shares, 0xff, sizeof shares);
        enum err e = answer_check(&s.answer, &s.expected, shares, &got, &why);
        if (e != rows[i].want)
            fail_msg("%s: %s: %s", rows[i].why, err_code(e), why.text);
        assert_int_equal(got.size, 0);
        for (size_t k = 0; k < s.expected.share_count * ANSWER_SHARE_BYTES; k++)
            assert_int_equal(shares[k], 0);
        scene_release(&s);
    }
}

static int start(void **state)
{
    (void)state;
    memset(device, 7, 32);
    memset(request_hash, 8, 32);
    return crypto_init(NULL) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_answer_gives_the_shares),
        cmocka_unit_test(a_dishonest_answer_is_called_by_its_name),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
