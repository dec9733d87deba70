/* bench/recover.c: how a gate comes back. A log of releases (one record each, a signed request
 * inline) is written through the log's own code into a gate's directory, the writer is killed in
 * the middle of it, and then
 *   start     a real gate starts at its snapshot, with the longest tail that there can be
 *   replay    the whole log is read, hashed, compared with its tiles and folded
 *   redecide  the releases are decided again, the devices' signatures verified
 *   snapshot  the state of many devices is encoded, as between two decisions
 * usage: bench_recover DIR ENTRIES…   One JSON line a figure. */
#include "bench/bench.h"

#include "crypto/hash.h"
#include "crypto/kx.h"
#include "decide/redecide.h"
#include "decide/snapshot.h"
#include "gate/gate.h"
#include "record/record_header.h"
#include "request/signature.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/log.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 2000, ENTRY_ROOM = 1024, SIGNED_MAX = 20000, TAIL_MAX = 99999, DEVICES = 10000,
       MANIFESTS = 10 };

static struct {
    uint8_t root_secret[SIGN_SECRET_BYTES], key[32], secret[SIGN_SECRET_BYTES];
    uint8_t owner[32], epoch[32], project[16], previous[32];
    uint64_t number, start_s;
} lab;

static void must(enum err e, const struct why *why)
{
    if (e != ERR_OK)
        bench_fail("recover", why);
}

/* --- entries --- */

struct batch {
    struct buf bytes;
    size_t at[BATCH + 1];
    size_t count;
    uint64_t size; /* of the log so far */
};

static void batch_add(struct batch *b, uint64_t time_ms, const struct entry_body *body)
{
    AUTO_BUF struct buf text = buf_init(ENTRY_BODY_MAX);
    struct why why;
    must(entry_body_write(body, &text, &why), &why);
    struct entry e = { .time_ms = time_ms, .type = (uint16_t)body->type, .rules = ENTRY_RULES,
                       .body = buf_bytes(&text) };
    random_bytes(e.salt, sizeof e.salt);
    b->at[b->count++] = b->bytes.len;
    must(entry_encode(&b->bytes, &e, &why), &why);
}

static void batch_append(struct batch *b, struct log *log)
{
    struct bytes entries[BATCH];
    struct why why;
    b->at[b->count] = b->bytes.len;
    for (size_t i = 0; i < b->count; i++)
        entries[i] = bytes_of(b->bytes.ptr + b->at[i], b->at[i + 1] - b->at[i]);
    if (b->count)
        must(log_append(log, entries, b->count, &why), &why);
    b->count = 0;
    buf_reset(&b->bytes);
}

static struct statement admin_says(enum statement_kind kind)
{
    struct statement s = { .kind = kind, .number = ++lab.number, .created = lab.start_s,
                           .expires = lab.start_s + 365 * 86400 };
    memcpy(s.owner, lab.owner, 32);
    memcpy(s.issuer, lab.key, 32);
    memcpy(s.previous, lab.previous, 32);
    return s;
}

static void say(struct batch *b, struct statement *s, const uint8_t *secret)
{
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    const uint8_t *keys[] = { secret };
    struct why why;
    must(statement_sign(s, keys, 1, &envelope, &why), &why);
    memcpy(lab.previous, s->id, 32);
    const struct entry_body body = { .type = ENTRY_BODY_STATEMENT,
                                     .u.statement = buf_bytes(&envelope) };
    batch_add(b, lab.start_s * 1000, &body);
}

static struct statement root_statement(void)
{
    const uint8_t seed[2][32] = { { 1 }, { 2 } };
    struct statement s = { .kind = STATEMENT_ROOT, .number = 1, .created = lab.start_s,
                           .expires = lab.start_s + 365 * 86400 };
    struct statement_root *r = &s.u.root;
    r->party = PARTY_OWNER;
    r->threshold = r->key_count = r->device_count = 1;
    r->keys = calloc(1, sizeof *r->keys);
    r->devices = calloc(1, sizeof *r->devices);
    if (!r->keys || !r->devices)
        exit(1);
    sign_keypair(r->keys[0], lab.root_secret, seed[0]);
    sign_keypair(lab.key, lab.secret, seed[1]);
    memcpy(r->devices[0].key, lab.key, 32);
    memset(r->devices[0].member, 3, 16);
    r->devices[0].door = DOOR_NATIVE;
    r->devices[0].role = DEVICE_PERSON;
    return s;
}

/* Everything that a release needs, in as few statements as there can be. */
static void found(struct batch *b, struct statement *root)
{
    static const char policy[] = "policy bench 1\n\npermit publish\n  role admin\n  read task\n\n"
                                 "freshness 24h\n";
    static uint8_t rows[2 * ENTRY_BODY_CHECK_BYTES] = { 3 };
    rows[ENTRY_BODY_CHECK_BYTES] = 5;
    say(b, root, lab.root_secret);
    memset(lab.previous, 0, 32); /* the admin's own chain begins */
    struct statement s = admin_says(STATEMENT_PROJECT);
    memcpy(s.u.project.project, lab.project, 16);
    say(b, &s, lab.secret);
    s = admin_says(STATEMENT_POLICY);
    memcpy(s.u.policy.project, lab.project, 16);
    s.u.policy.version = 1;
    s.u.policy.text = (char *)(uintptr_t)policy;
    say(b, &s, lab.secret);
    s = admin_says(STATEMENT_EPOCH);
    struct statement_gate gates[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    s.u.epoch = (struct statement_epoch){ .epoch = 1, .threshold = 2, .gates = gates,
                                          .gate_count = 3 };
    for (uint8_t g = 0; g < 3; g++) {
        const uint8_t seed[32] = { 9, g };
        uint8_t secret[SIGN_SECRET_BYTES];
        gates[g].incarnation = 1;
        sign_keypair(gates[g].key, secret, seed);
        kx_public(gates[g].exchange, seed);
    }
    say(b, &s, lab.secret);
    memcpy(lab.epoch, s.id, 32);
    s = admin_says(STATEMENT_HEADS);
    say(b, &s, lab.secret);
    struct entry_body body = { .type = ENTRY_BODY_CHECK, .u.check.gate = 1,
                               .u.check.rows = bytes_of(rows, sizeof rows) };
    memcpy(body.u.check.epoch_id, lab.epoch, 32);
    batch_add(b, lab.start_s * 1000, &body);
    body = (struct entry_body){ .type = ENTRY_BODY_READY, .u.ready.gate = 1 };
    memcpy(body.u.ready.epoch_id, lab.epoch, 32);
    batch_add(b, lab.start_s * 1000, &body);
}

/* Release `n`, a thousand a second. Signing all of a large log would take hours: behind
 * SIGNED_MAX signatures are zeroes, which a replay does not look at. */
static void release(struct batch *b, uint64_t n)
{
    static uint8_t ephemeral[32];
    const uint64_t time_ms = lab.start_s * 1000 + n;
    struct request q = { .act = REQUEST_RELEASE, .gates = 3, .created = time_ms / 1000,
                         .expires = time_ms / 1000 + 60, .purpose = "publish" };
    struct record_header h;
    struct why why;
    uint8_t dek[32] = { 4 };
    AUTO_BUF struct buf text = buf_init(ENTRY_ROOM);
    if (!ephemeral[31])
        kx_public(ephemeral, dek);
    put_u64be(dek + 8, n);
    record_header_make(&h, RECORD_TASK, lab.project, lab.key, dek);
    q.headers = bytes_of(h.raw, RECORD_HEADER_BYTES);
    memcpy(q.owner, lab.owner, 32);
    memcpy(q.epoch_id, lab.epoch, 32);
    memcpy(q.project, lab.project, 16);
    memcpy(q.ephemeral, ephemeral, 32);
    must(request_write(&q, &text, &why), &why);
    struct entry_body body = { .type = ENTRY_BODY_RELEASE };
    struct entry_body_release *r = &body.u.release;
    r->gate = 1;
    r->act = REQUEST_RELEASE;
    memcpy(r->epoch_id, lab.epoch, 32);
    memcpy(r->device, lab.key, 32);
    request_r(r->r, lab.key, buf_bytes(&text));
    sha256(r->request_hash, buf_bytes(&text));
    if (n < SIGNED_MAX) {
        const struct signature_target target = { "POST", "/v1/request", NULL };
        struct signature_fields f;
        struct signature s;
        must(signature_make(&target, r->request_hash, q.created, lab.secret, &f, &why), &why);
        must(signature_parse(bytes_str(f.digest), bytes_str(f.input), bytes_str(f.signature),
                             false, &s, &why), &why);
        memcpy(r->signature, s.sig, SIGNATURE_BYTES);
    }
    (void)snprintf(r->rule, sizeof r->rule, "publish#1");
    (void)snprintf(r->reason, sizeof r->reason, "OK");
    r->request = buf_bytes(&text);
    batch_add(b, time_ms, &body);
}

/* --- a gate's directory --- */

/* Appends releases until the log has `size` entries; a first call makes the gate. Whoever does it
 * is killed with the log open. */
static void fill(const char *dir, uint64_t size, bool first)
{
    (void)fflush(NULL);
    const pid_t pid = fork();
    int status;
    if (pid == 0) {
        struct batch b = { .bytes = buf_init(BATCH * ENTRY_ROOM + (1 << 20)) };
        struct log *log = NULL;
        struct log_report report;
        struct why why;
        const struct file_path at = file_path(dir, "log");
        must(log_open(&log, at.s, LOG_SEGMENT_BYTES, NULL, NULL, &report, &why), &why);
        if (first) {
            struct statement root = root_statement();
            found(&b, &root);
        }
        while (log_size(log) + b.count < size) {
            release(&b, log_size(log) + b.count);
            if (b.count == BATCH)
                batch_append(&b, log);
        }
        batch_append(&b, log);
        (void)kill(getpid(), SIGKILL);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
        exit(1);
}

static void gate_make(const char *dir)
{
    struct statement root = root_statement();
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    const uint8_t *keys[] = { lab.root_secret };
    struct why why;
    must(statement_sign(&root, keys, 1, &envelope, &why), &why);
    memcpy(lab.owner, root.id, 32);
    statement_release(&root);
    must(gate_init(dir, 1, buf_bytes(&envelope), &why), &why);
    /* The epoch's id is needed for releases before its statement is written in another process. */
    struct batch b = { .bytes = buf_init(1 << 20) };
    root = root_statement();
    found(&b, &root);
    statement_release(&root);
    buf_release(&b.bytes);
    lab.number = 0;
}

static void say_ready(void *ctx, unsigned port)
{
    if (write(*(int *)ctx, "r", 1) != 1)
        _exit(1);
}

/* Starts a real gate and ends it by `number`; the seconds until it serves. */
static double gate_start(const char *dir, int number)
{
    int pipe_fd[2], status;
    char byte;
    struct why why;
    if (pipe(pipe_fd) != 0)
        exit(1);
    (void)fflush(NULL);
    const double begun = bench_now();
    const pid_t pid = fork();
    if (pid == 0) {
        const struct daemon_options options = { .listen = "127.0.0.1:0" };
        must(gate_serve(dir, &options, say_ready, &pipe_fd[1], &why), &why);
        _exit(0);
    }
    (void)close(pipe_fd[1]);
    if (pid < 0 || read(pipe_fd[0], &byte, 1) != 1)
        exit(1);
    const double spent = bench_now() - begun;
    (void)close(pipe_fd[0]);
    if (kill(pid, number) != 0 || waitpid(pid, &status, 0) != pid)
        exit(1);
    return spent;
}

/* What was read is forgotten by the kernel, as after a long while or on another day. */
static void forget(const char *dir)
{
    for (unsigned n = 0;; n++) {
        const int fd = open(file_path(dir, "log/segment-%08u.log", n).s, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        (void)fdatasync(fd);
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)close(fd);
    }
}

/* --- figures --- */

static void start_measure(const char *dir, uint64_t entries)
{
    const double spent = gate_start(dir, SIGKILL);
    const struct bench_line line = { .bench = "restart", .size = entries, .what = "entries",
                                     .figure = 1 / spent, .unit = "starts/s at a snapshot",
                                     .floor = 0.5, .floor_is = "a start in 2 s", .wanted = 1 };
    bench_print(&line);
}

struct replay {
    struct gate_state *state;
    struct redecide *again;
    uint64_t until;
    double leaves_core; /* the floor: SHA-256 of the same leaves */
    struct sha256 *hasher;
};

static enum err replay_each(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct replay *r = ctx;
    struct entry entry;
    struct entry_body body;
    AUTO_STATEMENT struct statement root = { 0 };
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e != ERR_OK || index > 0)
        return e == ERR_OK ? gate_apply(r->state, entry.time_ms, &body, bytes_of(NULL, 0), why) : e;
    e = statement_open(body.u.statement, &root, why);
    return e == ERR_OK ? gate_state_new(&root, 1, &r->state, why) : e;
}

static enum err leaf_each(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    struct replay *r = ctx;
    uint8_t leaf[TLOG_HASH_BYTES];
    const double core = bench_core_now();
    for (unsigned i = 0; i < 16; i++)
        tlog_leaf_hash(leaf, entry, r->hasher);
    r->leaves_core += (bench_core_now() - core) / 16;
    return index + 1 < r->until ? ERR_OK : why_set(why, ERR_INTERRUPTED, "enough");
}

static enum err redecide_each(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct replay *r = ctx;
    struct entry entry;
    struct entry_body body;
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e == ERR_OK)
        e = redecide_entry(r->again, index, &entry, &body, bytes_of(NULL, 0), why);
    if (e != ERR_OK)
        return e;
    return index + 1 < r->until ? ERR_OK : why_set(why, ERR_INTERRUPTED, "enough");
}

/* Opens the whole log through `each`; the core's seconds. ERR_INTERRUPTED only ends it early. */
static double whole(const char *dir, log_each_fn *each, struct replay *r)
{
    AUTO_LOG struct log *log = NULL;
    struct log_report report;
    struct why why;
    const double core = bench_core_now();
    const enum err e = log_open(&log, file_path(dir, "log").s, LOG_SEGMENT_BYTES, each, r,
                                &report, &why);
    const double spent = bench_core_now() - core;
    if (e != ERR_INTERRUPTED)
        must(e, &why);
    return spent;
}

static void replay_measure(const char *dir, uint64_t entries)
{
    struct replay r = { .until = entries < SIGNED_MAX ? entries : SIGNED_MAX };
    const double spent = whole(dir, replay_each, &r);
    gate_state_free(r.state);
    r.hasher = sha256_new();
    (void)whole(dir, leaf_each, &r);
    sha256_free(r.hasher);
    struct bench_line line = { .bench = "replay", .size = entries, .what = "entries",
                               .figure = (double)entries / spent, .unit = "entries/s of a core",
                               .floor = (double)r.until / r.leaves_core,
                               .floor_is = "SHA-256 of the same leaves" };
    line.wanted = 500000 / line.floor;
    bench_print(&line);
}

static double verify_core(size_t count)
{
    uint8_t sig[SIGNATURE_BYTES], text[220] = { 5 };
    struct why why;
    sign_detached(sig, bytes_of(text, sizeof text), lab.secret);
    const double core = bench_core_now();
    for (size_t i = 0; i < count; i++)
        must(sign_verify(sig, bytes_of(text, sizeof text), lab.key, &why), &why);
    return (bench_core_now() - core) / (double)count;
}

static void redecide_measure(const char *dir, uint64_t entries)
{
    struct replay r = { .until = entries < SIGNED_MAX ? entries : SIGNED_MAX };
    struct why why;
    must(redecide_new(lab.owner, 1, &r.again, &why), &why);
    double bare = verify_core(2000);
    const double spent = whole(dir, redecide_each, &r);
    bare = (bare + verify_core(2000)) / 2;
    const uint64_t releases = redecide_releases(r.again);
    redecide_free(r.again);
    const struct bench_line line = { .bench = "redecide", .size = r.until, .what = "entries",
                                     .figure = (double)releases / spent,
                                     .unit = "releases/s of a core", .floor = 1 / bare,
                                     .floor_is = "bare Ed25519 verifications", .wanted = 0.9 };
    bench_print(&line);
}

/* Many devices, each with some statements, and four minutes of answers at a thousand a second. */
static void snapshot_measure(size_t devices)
{
    struct statement root = root_statement();
    struct gate_state *g = NULL;
    struct why why;
    const int64_t now_ms = (int64_t)lab.start_s * 1000;
    random_bytes(root.id, 32);
    must(gate_state_new(&root, 1, &g, &why), &why);
    statement_release(&root);
    for (size_t i = 0; i < devices * (2 + MANIFESTS); i++) {
        static uint8_t who[32];
        struct statement s = { .kind = STATEMENT_MANIFEST, .expires = UINT32_MAX };
        if (i % (2 + MANIFESTS) == 0)
            random_bytes(who, 32);
        if (i % (2 + MANIFESTS) == 0)
            s.kind = STATEMENT_MEMBER;
        if (i % (2 + MANIFESTS) == 1)
            s.kind = STATEMENT_DEVICE;
        random_bytes(s.id, 32);
        memcpy(s.issuer, s.kind == STATEMENT_MANIFEST ? who : lab.key, 32);
        memcpy(s.kind == STATEMENT_MEMBER ? s.u.member.member : s.u.device.member, who, 16);
        if (s.kind == STATEMENT_MEMBER)
            s.u.member.role = ROLE_ANNOTATOR;
        if (s.kind == STATEMENT_DEVICE) {
            memcpy(s.u.device.key, who, 32);
            s.u.device.door = DOOR_NATIVE;
            s.u.device.role = DEVICE_PERSON;
        }
        must(gate_apply_statement(g, &s, now_ms, &why), &why);
    }
    for (unsigned i = 0; i < 240000; i++) {
        uint8_t r[32];
        random_bytes(r, 32);
        must(gate_answered(g, r, lab.start_s, lab.start_s + i / 1000, &why), &why);
    }
    AUTO_BUF struct buf out = buf_init(SNAPSHOT_BYTES_MAX);
    double spent = 0;
    for (unsigned round = 0; round < 3; round++) { /* from the second on there is room */
        buf_reset(&out);
        const double core = bench_core_now();
        snapshot_state(g, &out);
        spent = bench_core_now() - core;
    }
    gate_state_free(g);
    const struct bench_line line = { .bench = "snapshot", .size = devices, .what = "devices",
                                     .figure = 1 / spent, .unit = "encodings/s of a core",
                                     .floor = 20, .floor_is = "one in 50 ms", .wanted = 1 };
    if (!buf_ok(&out))
        exit(1);
    bench_print(&line);
}

int main(int argc, char **argv)
{
    struct why why;
    if (argc < 3 || crypto_init(&why) != ERR_OK)
        return 2;
    memset(lab.project, 0xaa, 16);
    for (int k = 2; k < argc; k++) {
        const uint64_t entries = strtoull(argv[k], NULL, 10);
        const uint64_t tail = entries / 2 < TAIL_MAX ? entries / 2 : TAIL_MAX;
        lab.start_s = clock_s() - entries / 1000 - 60;
        lab.number = 0;
        const struct file_path dir = file_path(argv[1], "gate-%llu", (unsigned long long)entries);
        gate_make(dir.s);
        fill(dir.s, entries - tail, true);
        (void)gate_start(dir.s, SIGTERM); /* a clean stop leaves a snapshot */
        fill(dir.s, entries, false);
        forget(dir.s);
        start_measure(dir.s, entries);
        replay_measure(dir.s, entries);
        redecide_measure(dir.s, entries);
    }
    lab.start_s = clock_s();
    for (size_t devices = DEVICES / 100; devices <= DEVICES; devices *= 10)
        snapshot_measure(devices);
    return 0;
}
