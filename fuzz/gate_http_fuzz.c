/* A gate as it runs, from the HTTP glue through its threads and back. */
#include "calls.h"
#include "folder.h"
#include "fuzz.h"

#include "gate/gate.h"

static const struct calls_route routes[] = {
    { "POST", "/v1/request", "" },   { "POST", "/v1/statements", "" },
    { "POST", "/v1/heads", "" },     { "GET", "/v1/status", "" },
    { "GET", "/log/", "t" },         { "GET", "/log/tile/", "nn" },
    { "GET", "/log/tile/entries/", "t" }, { "GET", "/v1/ceremony/", "in" },
    { "GET", "/v1/ceremony/", "t" }, { "GET", "/", "t" },
    { "PUT", "/v1/request", "" },
};

static struct calls world = { .routes = routes, .route_count = sizeof routes / sizeof routes[0] };

static void make(void)
{
    AUTO_BUF struct buf root = buf_init(1 << 16);
    uint8_t pair[32];
    calls_world(&world, &root);
    fuzz_must(gate_init(folder(), 1, buf_bytes(&root), NULL) == ERR_OK);
    for (unsigned peer = 2; peer <= 3; peer++)
        fuzz_must(gate_pair_make(folder(), peer, pair, NULL) == ERR_OK);
    mhd_start(gate_serve, folder());
    calls_fill(&world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (world.id_count == 0)
        make();
    calls_run(&world, bytes_of(data, size));
    return 0;
}
