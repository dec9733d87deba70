/* watch/world_test.h: three real gates in processes of their own, a lab that enrols, and a client
 * that
 * believes nothing. Tests only.
 * Memory  a world owns its directories   Threads  one owner; fork only while there is one thread */
#ifndef WATCH_WORLD_TEST_H
#define WATCH_WORLD_TEST_H

#include "base/test.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "crypto/kx.h"
#include "crypto/sign.h"
#include "gate/gate.h"
#include "record/record_header.h"
#include "request/answer_check.h"
#include "request/body.h"
#include "request/signature.h"
#include "shares/combine.h"
#include "shares/share.h"
#include "statement/statement.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/http_client.h"
#include "tlog/checkpoint.h"

#include <ftw.h>
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORLD_GATES = 3, WORLD_T = 2, WORLD_ALL = 7, WORLD_WAIT_MS = 60000 };

static const char world_policy[] = "policy test 1\n\n"
                                   "permit annotate\n  role annotator\n"
                                   "  read task, own submission\n  create submission\n\n"
                                   "freshness 1h\n";

struct world_issuer {
    uint8_t key[32], secret[SIGN_SECRET_BYTES];
    uint64_t number;
    uint8_t previous[32];
};

struct world_kept {
    uint64_t size;
    uint8_t root[32];
};

struct world {
    char dir[64];
    pid_t pid[WORLD_GATES + 1];
    unsigned port[WORLD_GATES + 1];
    uint8_t gate_key[WORLD_GATES + 1][32], exchange[WORLD_GATES + 1][32];
    char origin[WORLD_GATES + 1][CHECKPOINT_ORIGIN_MAX];
    struct world_kept kept[WORLD_GATES + 1]; /* the last checkpoint of each, as a client keeps it */
    uint8_t owner[32], epoch_id[32], project[16], member[16];
    struct world_issuer root, admin, device, stranger;
    struct buf root_envelope;
    struct http_client *http;
};

static inline void world_key(struct world_issuer *i)
{
    uint8_t seed[SIGN_SEED_BYTES];
    random_bytes(seed, sizeof seed);
    sign_keypair(i->key, i->secret, seed);
}

/* A port that was free a moment ago. */
static inline unsigned world_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static inline struct file_path world_gate_dir(const struct world *w, unsigned g)
{
    return file_path(w->dir, "gate-%u", g);
}

/* The next statement of `by`, appended to `list` (NULL: only counted). */
static inline void world_sign(struct world *w, struct world_issuer *by, struct statement *s,
                              struct buf *list)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    struct why why = { .code = ERR_OK };
    const uint8_t *keys[] = { by->secret };
    memcpy(s->owner, w->owner, 32);
    memcpy(s->issuer, by->key, 32);
    s->number = by->number + 1;
    memcpy(s->previous, by->previous, 32);
    s->created = clock_s() - 1;
    s->expires = s->created + 86400;
    test_ok(statement_sign(s, keys, 1, &envelope, &why), &why);
    by->number++;
    memcpy(by->previous, s->id, 32);
    buf_add_u16(list, (uint16_t)envelope.len);
    buf_add_bytes(list, buf_bytes(&envelope));
}

static inline void world_root(struct world *w)
{
    struct statement s = { .kind = STATEMENT_ROOT, .number = 1, .created = clock_s() - 2 };
    struct why why = { .code = ERR_OK };
    const uint8_t *keys[] = { w->root.secret };
    struct statement_root *r = &s.u.root;
    s.expires = s.created + 864000;
    r->party = PARTY_OWNER;
    r->threshold = r->key_count = r->device_count = 1;
    r->keys = calloc(1, sizeof *r->keys);
    r->devices = calloc(1, sizeof *r->devices);
    assert_true(r->keys && r->devices);
    memcpy(r->keys[0], w->root.key, 32);
    memcpy(r->devices[0].key, w->admin.key, 32);
    random_bytes(r->devices[0].member, 16);
    r->devices[0].door = DOOR_NATIVE;
    r->devices[0].role = DEVICE_PROGRAM;
    test_ok(statement_sign(&s, keys, 1, &w->root_envelope, &why), &why);
    memcpy(w->owner, s.id, 32);
    statement_release(&s);
}

static inline void world_ready(void *ctx, unsigned port)
{
    assert(write(*(int *)ctx, "r", 1) == 1);
}

/* Starts gate g and returns when it listens. */
static inline void world_start(struct world *w, unsigned g)
{
    int pipe_fd[2];
    char byte;
    assert_int_equal(pipe(pipe_fd), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char listen[32];
        struct why why = { .code = ERR_OK };
        close(pipe_fd[0]);
        (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", w->port[g]);
        const struct daemon_options options = { .listen = listen };
        enum err e = gate_serve(world_gate_dir(w, g).s, &options, world_ready, &pipe_fd[1], &why);
        if (e != ERR_OK)
            (void)fprintf(stderr, "gate %u: %s\n", g, why.text);
        exit(e == ERR_OK ? 0 : 1); /* not _exit: sanitizers report here */
    }
    close(pipe_fd[1]);
    assert_int_equal(read(pipe_fd[0], &byte, 1), 1);
    close(pipe_fd[0]);
    w->pid[g] = pid;
}

/* Ends our child `*pid` by `number`; returns what waitpid said. A child that does not end in time
 * is killed, and the test fails: a hang is a finding, not a wait for ever. */
static inline int world_end_child(pid_t *pid, int number)
{
    int status = 0;
    pid_t child = *pid, got = 0;
    assert_true(child > 0); /* 0 would signal our whole process group */
    *pid = 0;
    assert_int_equal(kill(child, number), 0);
    for (int64_t end = clock_steady_ms() + WORLD_WAIT_MS; got == 0;) {
        got = waitpid(child, &status, WNOHANG);
        if (got == 0 && clock_steady_ms() > end) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, &status, 0);
            fail_msg("process %ld did not end by signal %d", (long)child, number);
        }
        if (got == 0)
            clock_sleep_ms(5);
    }
    assert_int_equal(got, child);
    return status;
}

static inline int world_end(struct world *w, unsigned g, int number)
{
    return world_end_child(&w->pid[g], number);
}

static inline void world_url(const struct world *w, unsigned g, char out[64])
{
    (void)snprintf(out, 64, "http://127.0.0.1:%u", w->port[g]);
}

/* A call, signed by `by` unless that is NULL; returns the status, 0 if there was no reply. */
static inline unsigned world_call(struct http_client *http, const struct world *w, unsigned g,
                                  const char *method, const char *path, struct bytes body,
                                  const struct world_issuer *by, bool authority, uint64_t created,
                                  uint64_t seen, struct buf *reply)
{
    char base[64], url[300], digest[96], input[260], signature[128], size[64];
    unsigned status = 0;
    world_url(w, g, base);
    (void)snprintf(url, sizeof url, "%s%s", base, path);
    struct http_call call = { .method = method, .url = url, .body = body, .timeout_ms = 20000 };
    if (by) {
        const struct signature_target t = { method, path, authority ? base + 7 : NULL };
        struct signature_fields f;
        uint8_t hash[32];
        sha256(hash, body);
        assert_int_equal(signature_make(&t, hash, created ? created : clock_s(), by->secret, &f,
                                        NULL), ERR_OK);
        (void)snprintf(digest, sizeof digest, "content-digest: %s", f.digest);
        (void)snprintf(input, sizeof input, "signature-input: %s", f.input);
        (void)snprintf(signature, sizeof signature, "signature: %s", f.signature);
        (void)snprintf(size, sizeof size, "cofferdam-seen: %llu", (unsigned long long)seen);
        call.fields[0] = digest;
        call.fields[1] = input;
        call.fields[2] = signature;
        call.fields[3] = size;
    }
    return http_client_call(http, &call, &status, reply, NULL) == ERR_OK ? status : 0;
}

/* Posts a statement list; every result is OK. */
static inline void world_post(struct world *w, unsigned g, const struct buf *list)
{
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    AUTO_JSON json_t *object = NULL;
    struct why why = { .code = ERR_OK };
    assert_int_equal(world_call(w->http, w, g, "POST", "/v1/statements", buf_bytes(list), NULL,
                                false, 0, 0, &reply), 200);
    test_ok(json_parse(buf_bytes(&reply), &object, &why), &why);
    const json_t *results = NULL, *row;
    size_t i;
    test_ok(json_get_array(object, "results", 256, &results, &why), &why);
    json_array_foreach(results, i, row) {
        const char *code = NULL, *message = NULL;
        test_ok(json_get_text(row, "code", 16, &code, &why), &why);
        test_ok(json_get_text(row, "message", 400, &message, &why), &why);
        if (strcmp(code, "OK") != 0)
            fail_msg("gate %u, statement %zu: %s [%s]", g, i, message, code);
    }
}

/* `ready`, and the code that would refuse, as the gate's status says. */
static inline bool world_status(struct world *w, unsigned g, char code[16])
{
    AUTO_BUF struct buf reply = buf_init(4096);
    AUTO_JSON json_t *object = NULL;
    bool ready = false;
    const char *text = "";
    code[0] = '\0';
    if (world_call(w->http, w, g, "GET", "/v1/status", bytes_of(NULL, 0), NULL, false, 0, 0,
                   &reply) != 200)
        return false;
    assert_int_equal(json_parse(buf_bytes(&reply), &object, NULL), ERR_OK);
    assert_int_equal(json_get_bool(object, "ready", &ready, NULL), ERR_OK);
    assert_int_equal(json_get_text(object, "why", 15, &text, NULL), ERR_OK);
    (void)snprintf(code, 16, "%s", text);
    return ready;
}

/* Waits until the gate says `want` for `why`. */
static inline void world_wait(struct world *w, unsigned g, const char *want)
{
    char code[16] = "";
    for (int64_t end = clock_steady_ms() + WORLD_WAIT_MS; clock_steady_ms() < end;) {
        (void)world_status(w, g, code);
        if (strcmp(code, want) == 0)
            return;
        clock_sleep_ms(50);
    }
    fail_msg("gate %u says '%s', not '%s'", g, code, want);
}

/* Directories, cards, pairs, addresses; nothing runs yet. */
static inline void world_make(struct world *w)
{
    struct why why = { .code = ERR_OK };
    memset(w, 0, sizeof *w);
    test_ok(crypto_init(&why), &why);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/cofferdam-world-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->root_envelope = buf_init(1 << 16);
    w->http = http_client_new();
    assert_non_null(w->http);
    world_key(&w->root);
    world_key(&w->admin);
    world_key(&w->device);
    world_key(&w->stranger);
    random_bytes(w->project, sizeof w->project);
    random_bytes(w->member, sizeof w->member);
    world_root(w);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        struct gate_card card;
        const char *dir = world_gate_dir(w, g).s;
        test_ok(gate_init(dir, g, buf_bytes(&w->root_envelope), &why), &why);
        test_ok(gate_card(dir, &card, &why), &why);
        assert_int_equal(card.number, g);
        memcpy(w->gate_key[g], card.key, 32);
        memcpy(w->exchange[g], card.exchange, 32);
        checkpoint_origin(w->origin[g], w->owner, g, card.incarnation);
        w->port[g] = world_port();
    }
    for (unsigned a = 1; a <= WORLD_GATES; a++)
        for (unsigned b = 1; b <= WORLD_GATES; b++) {
            char url[64];
            uint8_t p[32];
            if (a == b)
                continue;
            world_url(w, b, url);
            test_ok(gate_peer(world_gate_dir(w, a).s, b, url, &why), &why);
            if (a > b)
                continue;
            test_ok(gate_pair_make(world_gate_dir(w, a).s, b, p, &why), &why);
            test_ok(gate_pair_take(world_gate_dir(w, b).s, a, p, &why), &why);
        }
}

static inline void world_epoch(struct world *w, struct buf *list)
{
    struct statement s = { .kind = STATEMENT_EPOCH };
    s.u.epoch.epoch = 1;
    s.u.epoch.threshold = WORLD_T;
    s.u.epoch.gate_count = WORLD_GATES;
    s.u.epoch.gates = calloc(WORLD_GATES, sizeof *s.u.epoch.gates);
    assert_non_null(s.u.epoch.gates);
    for (unsigned g = 1; g <= WORLD_GATES; g++) {
        struct statement_gate *to = &s.u.epoch.gates[g - 1];
        to->number = g;
        to->incarnation = 1;
        memcpy(to->key, w->gate_key[g], 32);
        memcpy(to->exchange, w->exchange[g], 32);
    }
    world_sign(w, &w->admin, &s, list);
    memcpy(w->epoch_id, s.id, 32);
    statement_release(&s);
}

/* An annotator's device of a new member. */
static inline void world_enrol(struct world *w, const uint8_t member[16], const uint8_t key[32],
                               struct buf *list)
{
    struct statement m = { .kind = STATEMENT_MEMBER }, d = { .kind = STATEMENT_DEVICE };
    memcpy(m.u.member.project, w->project, 16);
    memcpy(m.u.member.member, member, 16);
    m.u.member.role = ROLE_ANNOTATOR;
    world_sign(w, &w->admin, &m, list);
    memcpy(d.u.device.project, w->project, 16);
    memcpy(d.u.device.member, member, 16);
    memcpy(d.u.device.key, key, 32);
    d.u.device.door = DOOR_NATIVE;
    d.u.device.role = DEVICE_PERSON;
    world_sign(w, &w->admin, &d, list);
}

static inline void world_heads(struct world *w, struct buf *list)
{
    struct statement s = { .kind = STATEMENT_HEADS };
    s.u.heads.head_count = 1;
    s.u.heads.heads = calloc(1, sizeof *s.u.heads.heads);
    assert_non_null(s.u.heads.heads);
    memcpy(s.u.heads.heads[0].issuer, w->owner, 32);
    memcpy(s.u.heads.heads[0].statement, w->owner, 32);
    s.u.heads.heads[0].number = 1;
    world_sign(w, &w->admin, &s, list);
    statement_release(&s);
}

/* Project, policy, annotator, epoch. */
static inline void world_statements(struct world *w, struct buf *list)
{
    struct statement p = { .kind = STATEMENT_PROJECT }, y = { .kind = STATEMENT_POLICY };
    memcpy(p.u.project.project, w->project, 16);
    world_sign(w, &w->admin, &p, list);
    memcpy(y.u.policy.project, w->project, 16);
    y.u.policy.version = 1;
    y.u.policy.text = strdup(world_policy);
    world_sign(w, &w->admin, &y, list);
    statement_release(&y);
    world_enrol(w, w->member, w->device.key, list);
    world_epoch(w, list);
}

static inline int world_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove(path);
}

static inline void world_remove(struct world *w)
{
    for (unsigned g = 1; g <= WORLD_GATES; g++)
        if (w->pid[g])
            (void)world_end(w, g, SIGKILL);
    http_client_free(w->http);
    buf_release(&w->root_envelope);
    assert_int_equal(nftw(w->dir, world_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* --- requests --- */

struct world_ask {
    enum request_act act;
    uint8_t gates;
    const char *purpose;
    const uint8_t *headers;
    size_t count;
};

struct world_sent {
    struct buf body;
    uint64_t created;
    uint8_t r[32], ephemeral[32], device[32], body_hash[32];
    uint8_t act;
    const char *purpose;
};

static inline void world_header(const struct world *w, enum record_kind kind,
                                const uint8_t author[32], uint8_t out[96])
{
    uint8_t dek[32];
    struct record_header h;
    random_bytes(dek, sizeof dek);
    record_header_make(&h, kind, w->project, author, dek);
    memcpy(out, h.raw, 96);
}

static inline void world_body(const struct world *w, const struct world_issuer *by,
                              const struct world_ask *ask, struct world_sent *out)
{
    struct why why = { .code = ERR_OK };
    struct request q = { .act = ask->act, .gates = ask->gates, .created = clock_s() };
    q.expires = q.created + 60;
    memcpy(q.owner, w->owner, 32);
    memcpy(q.epoch_id, w->epoch_id, 32);
    memcpy(q.project, w->project, 16);
    random_bytes(out->ephemeral, 32);
    kx_public(q.ephemeral, out->ephemeral);
    (void)snprintf(q.purpose, sizeof q.purpose, "%s", ask->purpose);
    q.headers = bytes_of(ask->headers, ask->count * REQUEST_HEADER_BYTES);
    out->body = buf_init(REQUEST_BYTES_MAX);
    out->created = q.created;
    test_ok(request_write(&q, &out->body, &why), &why);
    request_r(out->r, by->key, buf_bytes(&out->body));
    sha256(out->body_hash, buf_bytes(&out->body));
    memcpy(out->device, by->key, 32);
    out->act = (uint8_t)ask->act;
    out->purpose = ask->purpose;
}

/* Sends to gate g; the code of the refusal, "OK" if it was answered. */
static inline unsigned world_send(struct http_client *http, struct world *w, unsigned g,
                                  const struct world_issuer *by, const struct world_sent *sent,
                                  struct buf *reply, char code[16])
{
    unsigned status = world_call(http, w, g, "POST", "/v1/request", buf_bytes(&sent->body), by,
                                 false, sent->created, w->kept[g].size, reply);
    (void)snprintf(code, 16, "%s", status == 200 ? "OK" : "");
    AUTO_JSON json_t *object = NULL;
    const char *text = NULL;
    if (status != 200 && json_parse(buf_bytes(reply), &object, NULL) == ERR_OK &&
        json_get_text(object, "code", 15, &text, NULL) == ERR_OK)
        (void)snprintf(code, 16, "%s", text);
    return status;
}

/* All of a client's checks; the checkpoint is kept. Returns the answer, borrowed from `reply`. */
static inline struct answer_checked world_check(struct world *w, unsigned g,
                                                const struct world_sent *sent, size_t shares,
                                                struct bytes reply, uint8_t *out)
{
    struct why why = { .code = ERR_OK };
    struct answer a;
    struct answer_checked checked;
    test_ok(answer_parse(reply, &a, &why), &why);
    const struct answer_expected x = {
        .gate = (uint8_t)g, .gate_key = w->gate_key[g], .origin = w->origin[g],
        .kept_size = w->kept[g].size, .kept_root = w->kept[g].root, .r = sent->r,
        .act = sent->act, .device = sent->device, .request_hash = sent->body_hash,
        .purpose = sent->purpose, .epoch_id = w->epoch_id, .ephemeral_secret = sent->ephemeral,
        .share_count = shares };
    test_ok(answer_check(&a, &x, out, &checked, &why), &why);
    w->kept[g].size = checked.size;
    memcpy(w->kept[g].root, checked.root, 32);
    return checked;
}

#endif
