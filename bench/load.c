/* bench/load.c: single releases at a gate by many clients at once: requests signed ahead,
 * connections kept, each client sends its next request when the answer before is whole.
 * usage: bench_load STATE PASSPHRASE-FILE PROJECT CLIENTS COUNT GATE-CORE OWN-CORE
 * The floor is the rate of the primitives of one release, on the gate's core while it has nothing
 * to do: an Ed25519 verification, an X25519 key pair and agreement, the HMACs. Every sixteenth
 * answer is kept and checked as a client does it, after the run. */
#include "bench/world.h"

#include <sys/epoll.h>

enum { CLIENTS_MAX = 256, PRIMITIVE_ROUNDS = 4000, CHECK_EVERY = 16 };

struct load_client {
    int fd;
    size_t request;
    double sent;
    struct buf in;
};

static struct world world;
static struct world_request *requests;
static struct buf *replies;
static double *latency;

static double primitives_rate(void)
{
    static const uint8_t message[200], info[44];
    const struct bytes part = bytes_of(info, sizeof info);
    uint8_t sig[SIGNATURE_BYTES], out[32], secret[32], pub[32];
    AUTO_HMAC struct hmac *kept = hmac_new(part);
    sign_detached(sig, bytes_of(message, sizeof message), world.id.sign->ptr);
    random_bytes(secret, sizeof secret);
    kx_public(pub, secret);
    double begun = bench_core_now();
    for (int i = 0; kept && i < PRIMITIVE_ROUNDS; i++) {
        if (sign_verify(sig, bytes_of(message, sizeof message), world.id.key, NULL) != ERR_OK ||
            kx_agree(out, secret, pub, NULL) != ERR_OK)
            abort();
        kx_public(out, secret);
        hmac_run(kept, out, &part, 1); /* two partials */
        hmac_run(kept, out, &part, 1);
        hmac_sha256(out, bytes_of(secret, 32), &part, 1); /* the mask's key */
    }
    return PRIMITIVE_ROUNDS / (bench_core_now() - begun);
}

/* Small: a request fits into a socket's buffer at once. */
static void client_send(struct load_client *c, size_t request)
{
    const struct buf *http = &requests[request].http;
    c->request = request;
    c->sent = bench_now();
    buf_reset(&c->in);
    if (write(c->fd, http->ptr, http->len) != (ssize_t)http->len) {
        perror("write");
        exit(1);
    }
}

/* True: the answer is whole. */
static bool client_read(struct load_client *c)
{
    uint8_t part[16384];
    struct bytes body;
    ssize_t n = read(c->fd, part, sizeof part);
    if (n <= 0) {
        (void)fprintf(stderr, "bench load: the gate closed a connection\n");
        exit(1);
    }
    buf_add(&c->in, part, (size_t)n);
    if (!world_reply(&c->in, &body))
        return false;
    latency[c->request] = bench_now() - c->sent;
    if (c->request % CHECK_EVERY == 0)
        buf_add_bytes(&replies[c->request / CHECK_EVERY], body);
    return true;
}

/* Seconds for all. */
static double run(size_t clients, size_t count)
{
    static struct load_client all[CLIENTS_MAX];
    size_t next = 0, done = 0;
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < clients; i++) {
        struct epoll_event ev = { .events = EPOLLIN, .data = { .ptr = &all[i] } };
        all[i] = (struct load_client){ .fd = world_connect(&world), .in = buf_init(1 << 20) };
        if (epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &ev) != 0)
            exit(1);
    }
    double begun = bench_now();
    while (next < clients && next < count) {
        client_send(&all[next], next);
        next++;
    }
    while (done < count) {
        struct epoll_event evs[CLIENTS_MAX];
        int n = epoll_wait(poll, evs, CLIENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            struct load_client *c = evs[i].data.ptr;
            if (!client_read(c))
                continue;
            done++;
            if (next < count)
                client_send(c, next++);
        }
    }
    double spent = bench_now() - begun;
    for (size_t i = 0; i < clients; i++) {
        (void)close(all[i].fd);
        buf_release(&all[i].in);
    }
    (void)close(poll);
    return spent;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    if (argc != 8)
        return 2;
    const size_t clients = strtoul(argv[4], NULL, 10), count = strtoul(argv[5], NULL, 10);
    if (clients < 1 || clients > CLIENTS_MAX || count < clients)
        return 2;
    world_open(&world, "load", argv);
    world_pin((unsigned)strtoul(argv[6], NULL, 10));
    const double floor = primitives_rate();
    world_pin((unsigned)strtoul(argv[7], NULL, 10));
    (void)world_one(&world, 1);
    requests = calloc(count, sizeof *requests);
    replies = calloc(count / CHECK_EVERY + 1, sizeof *replies);
    latency = calloc(count, sizeof *latency);
    if (!requests || !replies || !latency)
        return 1;
    for (size_t i = 0; i < count; i++)
        world_request_make(&world, 1, &requests[i]);
    for (size_t i = 0; i <= count / CHECK_EVERY; i++)
        replies[i] = buf_init(1 << 20);
    const double spent = run(clients, count);
    for (size_t i = 0; i < count; i += CHECK_EVERY)
        world_check(&world, &requests[i], 1, buf_bytes(&replies[i / CHECK_EVERY]), false);
    qsort(latency, count, sizeof *latency, by_size);
    (void)printf("{\"bench\":\"release\",\"size\":%zu,\"what\":\"clients\",\"figure\":%.1f,"
                 "\"unit\":\"releases/s\",\"floor\":%.1f,\"floor_is\":\"the primitives of one\","
                 "\"ratio\":%.3f,\"wanted\":0.65,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
                 clients, (double)count / spent, floor, (double)count / spent / floor,
                 latency[count / 2] * 1e3, latency[count * 99 / 100] * 1e3);
    client_free(world.client);
    return 0;
}
