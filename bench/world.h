/* bench/world.h: a device of a running exchange (world.py starts one), and requests signed ahead.
 * The programs begin with STATE PASSPHRASE-FILE PROJECT, and ask gate 1 with quorum 1 and 2. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "base/hex.h"
#include "bench/bench.h"
#include "client/client.h"
#include "client/identity.h"
#include "crypto/hash.h"
#include "crypto/kx.h"
#include "record/record_header.h"
#include "request/answer_check.h"
#include "request/body.h"
#include "request/signature.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "tlog/checkpoint.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORLD_GATE = 1, WORLD_QUORUM = 3 };

struct world {
    struct client *client;
    struct identity id;
    uint8_t project[16];
    const struct authority_epoch *epoch;
    char origin[CHECKPOINT_ORIGIN_MAX];
    struct sockaddr_in gate;
    uint64_t seen; /* the gate's checkpoint, as a client keeps it */
    uint8_t seen_root[32];
};

/* A request, ready to be written to a socket, and what its answer is checked against. */
struct world_request {
    struct buf http;
    uint8_t r[32], ephemeral[32], body_hash[32];
};

static inline void world_open(struct world *w, const char *bench, char **argv)
{
    struct why why;
    const struct config_project *project = NULL;
    char key_path[4096];
    unsigned port = 0;
    AUTO_BUF struct buf pass = buf_init(4096);
    (void)snprintf(key_path, sizeof key_path, "%s/device.key", argv[1]);
    enum err e = crypto_init(&why);
    if (e == ERR_OK)
        e = file_read(argv[2], &pass, &why);
    if (e == ERR_OK && pass.len && pass.ptr[pass.len - 1] == '\n')
        pass.len--;
    if (e == ERR_OK)
        e = client_open(argv[1], buf_bytes(&pass), &w->client, &why);
    if (e == ERR_OK)
        e = identity_unlock(key_path, buf_bytes(&pass), &w->id, &why);
    if (e == ERR_OK)
        e = config_project(client_config(w->client), argv[3], &project, &why);
    if (e != ERR_OK)
        bench_fail(bench, &why);
    memcpy(w->project, project->id, 16);
    const struct authority *a = client_authority(w->client);
    w->epoch = authority_epoch(a);
    const char *url = client_config(w->client)->gates[WORLD_GATE];
    if (!w->epoch || sscanf(url, "http://127.0.0.1:%u", &port) != 1)
        exit(1);
    checkpoint_origin(w->origin, authority_owner(a), WORLD_GATE,
                      (uint32_t)w->epoch->gates[0].incarnation);
    w->gate = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                    .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

/* Signs a release of `count` new records of this device's own: a gate needs only headers. */
static inline void world_request_make(const struct world *w, size_t count,
                                      struct world_request *out)
{
    struct request q = { .act = REQUEST_RELEASE, .gates = WORLD_QUORUM, .created = clock_s(),
                         .purpose = "publish" };
    struct authority_head head = { 0 };
    struct signature_fields f;
    struct why why;
    uint8_t *headers = malloc(count * RECORD_HEADER_BYTES), hash[32];
    AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX);
    for (size_t i = 0; headers && i < count; i++) {
        struct record_header h;
        uint8_t dek[32];
        random_bytes(dek, sizeof dek);
        record_header_make(&h, RECORD_TASK, w->project, w->id.key, dek);
        memcpy(headers + i * RECORD_HEADER_BYTES, h.raw, RECORD_HEADER_BYTES);
    }
    q.expires = q.created + 110;
    q.headers = bytes_of(headers, count * RECORD_HEADER_BYTES);
    memcpy(q.owner, authority_owner(client_authority(w->client)), 32);
    memcpy(q.epoch_id, w->epoch->id, 32);
    memcpy(q.project, w->project, 16);
    (void)authority_head(client_authority(w->client), w->id.key, &head);
    memcpy(q.manifest, head.manifest, 32);
    random_bytes(out->ephemeral, 32);
    kx_public(q.ephemeral, out->ephemeral);
    enum err e = headers ? request_write(&q, &body, &why) : why_nomem(&why);
    const struct signature_target target = { "POST", "/v1/request", NULL };
    sha256(hash, buf_bytes(&body));
    if (e == ERR_OK)
        e = signature_make(&target, hash, q.created, w->id.sign->ptr, &f, &why);
    if (e != ERR_OK)
        bench_fail("request", &why);
    request_r(out->r, w->id.key, buf_bytes(&body));
    memcpy(out->body_hash, hash, sizeof hash);
    out->http = buf_init(REQUEST_BYTES_MAX + 4096);
    buf_add_fmt(&out->http,
                "POST /v1/request HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-digest: %s\r\n"
                "signature-input: %s\r\nsignature: %s\r\ncofferdam-seen: %llu\r\n"
                "content-length: %zu\r\n\r\n",
                f.digest, f.input, f.signature, (unsigned long long)w->seen, body.len);
    buf_add_bytes(&out->http, buf_bytes(&body));
    free(headers);
    if (!buf_ok(&out->http))
        exit(1);
}

static inline int world_connect(const struct world *w)
{
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&w->gate, sizeof w->gate) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

/* The body of a whole reply, or false: more has to come. Anything but 200 ends the bench. */
static inline bool world_reply(const struct buf *in, struct bytes *body)
{
    const char *end = in->len ? memmem(in->ptr, in->len, "\r\n\r\n", 4) : NULL;
    if (!end)
        return false;
    const size_t front = (size_t)((const uint8_t *)end - in->ptr) + 4;
    const char *length = memmem(in->ptr, front, "Content-Length: ", 16);
    const size_t len = length ? strtoul(length + 16, NULL, 10) : 0;
    if (in->len < front + len)
        return false;
    *body = bytes_of(in->ptr + front, len);
    if (memcmp(in->ptr, "HTTP/1.1 200", 12) != 0) {
        (void)fprintf(stderr, "bench: the gate says %.*s\n", (int)in->len, (const char *)in->ptr);
        exit(1);
    }
    return true;
}

/* Every check of a client. `keep`: its checkpoint is the one that is seen from now on. */
static inline void world_check(struct world *w, const struct world_request *q, size_t count,
                               struct bytes body, bool keep)
{
    struct answer a;
    struct answer_checked checked;
    struct why why;
    uint8_t *shares = malloc(count * ANSWER_SHARE_BYTES);
    const struct answer_expected x = {
        .gate = WORLD_GATE, .gate_key = w->epoch->gates[0].key, .origin = w->origin,
        .kept_size = w->seen, .kept_root = w->seen_root, .r = q->r, .epoch_id = w->epoch->id,
        .act = REQUEST_RELEASE, .device = w->id.key, .request_hash = q->body_hash,
        .purpose = "publish", .ephemeral_secret = q->ephemeral, .share_count = count };
    enum err e = shares ? answer_parse(body, &a, &why) : why_nomem(&why);
    if (e == ERR_OK)
        e = answer_check(&a, &x, shares, &checked, &why);
    free(shares);
    if (e != ERR_OK)
        bench_fail("answer", &why);
    if (!keep)
        return;
    w->seen = checked.size;
    memcpy(w->seen_root, checked.root, 32);
}

/* One request on a connection of its own, checked; the seconds from sending to the whole answer. */
static inline double world_one(struct world *w, size_t count)
{
    struct world_request q;
    struct bytes body;
    AUTO_BUF struct buf in = buf_init(64 << 20);
    world_request_make(w, count, &q);
    int fd = world_connect(w);
    double begun = bench_now();
    for (size_t done = 0; done < q.http.len;) {
        ssize_t n = write(fd, q.http.ptr + done, q.http.len - done);
        if (n <= 0)
            exit(1);
        done += (size_t)n;
    }
    while (!world_reply(&in, &body)) {
        uint8_t part[65536];
        ssize_t n = read(fd, part, sizeof part);
        if (n <= 0)
            exit(1);
        buf_add(&in, part, (size_t)n);
    }
    double spent = bench_now() - begun;
    (void)close(fd);
    world_check(w, &q, count, body, true);
    buf_release(&q.http);
    return spent;
}

/* This process on one core. */
static inline void world_pin(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        perror("sched_setaffinity");
}

#endif
