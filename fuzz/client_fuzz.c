/* A client among liars: whatever it asks of store and gates is answered by the input.
 * An input is: what the client does 1 | replies, each kind 1 and, for a reply of the input's own,
 * length 2 and bytes. */
#include "fuzz.h"

#include "base/cur.h"
#include "base/json.h"
#include "client/complete.h"
#include "client/import.h"
#include "client/log_follow.h"
#include "client/push.h"
#include "client/read.h"
#include "client/state.h"
#include "client/work.h"
#include "decide/live_test.h"
#include "sys/http_client.h"

enum { CHAIN_MAX = 1 << 16, CALLS_MAX = 64 };

static struct world world;
static struct buf said, root_envelope; /* what the world's people say, as a statement list */
static struct world_record record;
static struct cur replies;
static unsigned calls;

enum err __wrap_transport_do(struct transport *t, const struct transport_call *call,
                             struct buf *reply, struct why *why);

/* A true answer about the record, as far as it goes: header, length, one slot. */
static void record_reply(struct buf *reply)
{
    static const uint8_t sealed[32];
    buf_add(reply, record.header, sizeof record.header);
    buf_add_u64(reply, 272);
    buf_add_u8(reply, 1);
    buf_add(reply, record.id, 32);
    buf_add_u32(reply, 1);
    buf_add(reply, sealed, sizeof sealed);
}

static void task_reply(struct buf *reply, bool list)
{
    struct json_out o = json_out_to(reply, JSON_PLAIN);
    json_out_object(&o);
    if (list) {
        json_out_key(&o, "tasks");
        json_out_array(&o);
        json_out_object(&o);
    }
    json_out_member_hex(&o, "task", record.id, 32);
    json_out_member_str(&o, "state", "submitted");
    json_out_member_hex(&o, "submission", record.id, 32);
    json_out_member_hex(&o, "review", record.id, 32);
    json_out_member_hex(&o, "author", world.ann.key, 32);
    json_out_member_hex(&o, "reviewer", world.owner, 16);
    if (list) {
        json_out_object_end(&o);
        json_out_array_end(&o);
    }
    json_out_member_u64(&o, list ? "next" : "expires", list ? 0 : WORLD_NOW);
    json_out_object_end(&o);
}

enum err __wrap_transport_do(struct transport *t, const struct transport_call *call,
                             struct buf *reply, struct why *why)
{
    (void)t;
    fuzz_must(*call->base && call->path[0] == '/');
    if (++calls > CALLS_MAX || !cur_left(&replies))
        return why_set(why, ERR_NETWORK, "nobody answers");
    const uint8_t kind = cur_u8(&replies);
    size_t len = 0;
    switch (kind % 8) {
    case 0:
        return why_set(why, kind & 8 ? ERR_NOT_FOUND : ERR_NETWORK, "refused");
    case 1:
        buf_add_bytes(reply, buf_bytes(&said));
        break;
    case 2:
        record_reply(reply);
        break;
    case 3:
        task_reply(reply, kind & 8);
        break;
    case 4:
        buf_add(reply, world.manager.key, 32);
        buf_add(reply, world.watcher.key, 32);
        break;
    case 5:
        break;
    default:
        len = cur_u16be(&replies);
        len = len < cur_left(&replies) ? len : cur_left(&replies);
        buf_add(reply, cur_bytes(&replies, len), len);
    }
    return buf_ok(reply) ? ERR_OK : why_set(why, ERR_LIMIT, "the reply is too long");
}

static void keep(void *ctx, struct statement *s, struct bytes envelope)
{
    (void)ctx, (void)s;
    buf_add_u16(&said, (uint16_t)envelope.len);
    buf_add_bytes(&said, envelope);
}

static void make(void)
{
    world = world_new();
    said = buf_init(CHAIN_MAX);
    root_envelope = buf_init(CHAIN_MAX);
    struct statement root = world_owner_root(&world, &root_envelope);
    statement_release(&root);
    world_fill(&world, keep, NULL);
    fuzz_must(buf_ok(&said));
    record = world_record(&world, &world.admin, RECORD_TASK, 1);
}

static struct secret *secret_of(const uint8_t *bytes, size_t len)
{
    struct secret *s = secret_new(len);
    fuzz_must(s != NULL);
    memcpy(s->ptr, bytes, len);
    return s;
}

/* The annotator's client, with nothing on disk; `knows`: it has learnt what was said. */
static struct client *client(bool knows)
{
    struct why why;
    AUTO_STATEMENT struct statement root = { 0 };
    struct client *c = calloc(1, sizeof *c);
    fuzz_must(c && statement_open(buf_bytes(&root_envelope), &root, &why) == ERR_OK);
    c->lock = -1;
    memcpy(c->config.owner, world.owner, 32);
    (void)snprintf(c->config.store, sizeof c->config.store, "http://store");
    for (unsigned g = 1; g <= 3; g++)
        (void)snprintf(c->config.gates[g], sizeof c->config.gates[g], "http://gate%u", g);
    memcpy(c->id.key, world.ann.key, 32);
    c->id.sign = secret_of(world.ann.secret, SIGN_SECRET_BYTES);
    c->id.hedge = secret_of(world.owner, 32);
    c->id.storage = secret_of(world.vendor, 32);
    fuzz_must(db_open(":memory:", &c->db, &why) == ERR_OK);
    fuzz_must(authority_new(&root, &c->authority, &why) == ERR_OK);
    if (knows)
        fuzz_must(client_learn(c, buf_bytes(&said), &why) == ERR_OK);
    return c;
}

static enum err each_entry(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    (void)ctx, (void)index, (void)entry, (void)why;
    return ERR_OK;
}

/* Nobody but gate 1 signs for its log: without its key no entry is handed out. */
static void follow(void)
{
    struct why why;
    struct note_key key;
    struct log_follow f;
    log_follow_init(&f);
    fuzz_must(note_key_init(&key, "a/b", world.gates[1].key, &why) == ERR_OK);
    fuzz_must(log_follow_step(&f, NULL, "http://gate1", &key, each_entry, NULL, &why) != ERR_OK);
    fuzz_must(f.tree.size == 0);
}

static void completeness(struct client *c)
{
    struct why why;
    AUTO_COMPLETE struct complete_report report = { 0 };
    fuzz_must(complete_check(c, world.project, &report, &why) != ERR_OK);
}

static void reading(struct client *c)
{
    struct why why;
    struct read_found found;
    struct record_opened opened = { 0 };
    if (read_find(c, record.id, &found, &why) == ERR_OK)
        fuzz_must(memcmp(found.id, record.id, 32) == 0 && found.slot_count <= READ_SLOTS_MAX);
    const struct read_options options = { .purpose = "annotate" };
    fuzz_must(read_record(c, record.id, &options, &opened, &found, &why) != ERR_OK);
}

/* Without gates that answer truly nothing is created. */
static void submitting(struct client *c)
{
    struct why why;
    uint8_t id[32];
    fuzz_must(work_submit(c, world.project, record.id, bytes_str("text/plain"), bytes_str("words"),
                          id, &why) != ERR_OK);
}

static void importing(struct client *c)
{
    struct why why;
    struct import_result result;
    fuzz_must(import_lines(c, world.project, bytes_str("{\"a\":1}\n"), &result, &why) != ERR_OK);
}

/* What the admin has signed names no manifest, so no row can come of what the store says. */
static void listed(struct client *c)
{
    struct why why;
    struct manifest_row row;
    fuzz_must(client_row(c, world.admin.key, record.id, &row, &why) != ERR_OK);
    fuzz_must(!client_listed(c, world.admin.key, record.id));
}

static void refusal(void)
{
    struct why why;
    const struct bytes reply = bytes_of(replies.at, cur_left(&replies));
    fuzz_must(http_client_refusal(403, reply, "http://store/v1", &why) != ERR_OK);
    fuzz_must(strlen(why.text) < WHY_TEXT_MAX && strlen(why.hint) < WHY_HINT_MAX);
}

static void run(struct client *c, uint8_t what)
{
    struct why why;
    struct work_task task;
    size_t count;
    uint8_t reached = 0;
    switch (what % 12) {
    case 0:
        (void)!client_sync(c, &why);
        break;
    case 1:
        (void)!client_chain(c, world.manager.key, &why);
        break;
    case 2:
        reading(c);
        break;
    case 3:
        (void)!work_next(c, world.project, what & 0x40 ? WORK_REVIEW : WORK_ANNOTATE, &task, &why);
        break;
    case 4:
        (void)!work_assign(c, world.project, &count, &why);
        break;
    case 5:
        (void)!push_all(c, &reached, &why);
        fuzz_must(!(reached & ~0x07));
        (void)push_gates_would(c, &why);
        break;
    case 6:
        completeness(c);
        break;
    case 7:
        submitting(c);
        break;
    case 8:
        importing(c);
        break;
    case 9:
        listed(c);
        break;
    case 10:
        refusal();
        break;
    default:
        follow();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    if (!said.ptr)
        make();
    const uint8_t what = fuzz_choice(&in);
    calls = 0;
    replies = cur_from(in);
    struct client *c = client(what & 0x80);
    run(c, what);
    fuzz_must(memcmp(authority_owner(c->authority), world.owner, 32) == 0);
    client_free(c);
    return 0;
}
