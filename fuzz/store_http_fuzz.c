/* The store as it runs, from the HTTP glue to the disk. */
#include "calls.h"
#include "folder.h"
#include "fuzz.h"

#include "base/hex.h"
#include "record/body.h"
#include "record/pack.h"
#include "store/store.h"

enum { RECORDS = 3, PLAIN = 256 };

static const struct calls_route routes[] = {
    { "POST", "/v1/statements", "" },    { "GET", "/v1/status", "" },
    { "GET", "/v1/chain/", "in" },       { "GET", "/v1/issuers", "" },
    { "GET", "/v1/acts/", "i" },         { "GET", "/v1/pack/", "i" },
    { "PUT", "/v1/pack/", "inn" },       { "POST", "/v1/slots", "" },
    { "POST", "/v1/records", "" },       { "GET", "/v1/body/", "i" },
    { "PUT", "/v1/object/", "i" },       { "GET", "/v1/object/", "i" },
    { "POST", "/v1/queue/add", "" },     { "POST", "/v1/queue/claim", "" },
    { "POST", "/v1/queue/unclaim", "" }, { "POST", "/v1/queue/list", "" },
    { "GET", "/", "t" },                 { "DELETE", "/v1/", "t" },
    { "GET", "/v1/body/", "it" },        { "GET", "/v1/chain/", "inn" },
};

static struct calls world = { .routes = routes, .route_count = sizeof routes / sizeof routes[0],
                              .authority = true };

/* Three records of the admin's in one pack, two of them tasks in the queue. */
static void pack(void)
{
    const uint64_t sealed = body_sealed_bytes(PLAIN);
    struct world_record records[RECORDS];
    struct pack_item items[RECORDS];
    uint8_t name[32];
    char url[256];
    AUTO_BUF struct buf blob = buf_init(1 << 16), queue = buf_init(256);
    for (unsigned i = 0; i < RECORDS; i++) {
        records[i] = world_record(&world.w, &world.w.admin, i ? RECORD_TASK : RECORD_GUIDE, i);
        items[i] = (struct pack_item){ records[i].header, sealed };
        calls_id(&world, records[i].id);
    }
    fuzz_must(pack_front(items, RECORDS, &blob, NULL) == ERR_OK);
    memset(buf_grow(&blob, RECORDS * sealed), 'x', RECORDS * sealed);
    sha256(name, buf_bytes(&blob));
    (void)snprintf(url, sizeof url, "/v1/pack/%s/0/%zu", hex_id(name).s, blob.len);
    calls_must(&world, &world.w.admin, "PUT", url, buf_bytes(&blob));
    calls_id(&world, name);
    buf_add(&queue, world.w.project, 16);
    for (unsigned i = 1; i < RECORDS; i++)
        buf_add(&queue, records[i].id, 32);
    calls_must(&world, &world.w.admin, "POST", "/v1/queue/add", buf_bytes(&queue));
}

static void make(void)
{
    AUTO_BUF struct buf root = buf_init(1 << 16);
    calls_world(&world, &root);
    fuzz_must(store_init(folder(), buf_bytes(&root), NULL) == ERR_OK);
    mhd_start(store_serve, folder());
    calls_fill(&world);
    pack();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (world.id_count == 0)
        make();
    calls_run(&world, bytes_of(data, size));
    return 0;
}
