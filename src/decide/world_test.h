/* decide/world_test.h: a small world for the tests of floor 3: an owner with an admin, a watcher
 * and three gates, a vendor with a manager, annotators and a reviewer, and what they say. Keys
 * come from a number, so that every run is the same. Tests only.
 * Memory  statements are the caller's   Threads  one owner */
#ifndef DECIDE_WORLD_TEST_H
#define DECIDE_WORLD_TEST_H

#include "base/test.h"

#include "crypto/sign.h"
#include "decide/authority.h"

#define WORLD_NOW UINT64_C(1800000000)
#define WORLD_POLICY "policy demo 1" WORLD_RULES
#define WORLD_RULES                                                                                \
    "\n\n"                                                                                         \
    "permit annotate\n"                                                                            \
    "  role annotator\n"                                                                           \
    "  read guide, task, own submission, assigned review\n"                                        \
    "  create submission\n"                                                                        \
    "\n"                                                                                           \
    "permit review\n"                                                                              \
    "  role reviewer\n"                                                                            \
    "  read guide, rubric, task, assigned submission, own review\n"                                \
    "  create review\n"                                                                            \
    "\n"                                                                                           \
    "permit publish\n"                                                                             \
    "  role admin\n"                                                                               \
    "  read guide, task\n"                                                                         \
    "  create guide, task, rubric, gold\n"                                                         \
    "\n"                                                                                           \
    "freshness 1h\n"

/* Whoever signs statements: a device, a watcher, a root. */
struct signer {
    uint8_t key[32], secret[SIGN_SECRET_BYTES];
    uint8_t member[16];
    uint64_t number;
    uint8_t previous[32];
};

struct world {
    struct signer owner_root, vendor_root, admin, manager, ann, bob, rita, tom, watcher, gates[4];
    uint8_t owner[32], vendor[32], epoch[32], project[16];
    uint64_t now; /* seconds */
    unsigned made; /* keys so far */
};

static inline struct signer world_signer(struct world *w)
{
    struct signer s = { .number = 0 };
    uint8_t seed[32] = { 'k', (uint8_t)(w->made >> 8), (uint8_t)w->made };
    sign_keypair(s.key, s.secret, seed);
    memset(s.member, (int)++w->made, 16);
    return s;
}

static inline struct world world_new(void)
{
    struct why why;
    struct world w = { .now = WORLD_NOW };
    test_ok(crypto_init(&why), &why);
    struct signer *all[] = { &w.owner_root, &w.vendor_root, &w.admin,    &w.manager,  &w.ann,
                             &w.bob,        &w.rita,        &w.tom,      &w.watcher,  &w.gates[1],
                             &w.gates[2],   &w.gates[3] };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        *all[i] = world_signer(&w);
    memset(w.project, 0xaa, 16);
    return w;
}

/* The next statement of a signer; its own members are still to be filled in. */
static inline struct statement world_say(const struct world *w, const struct signer *by,
                                         enum statement_kind kind)
{
    struct statement s = { .kind = kind, .number = by->number + 1, .created = w->now,
                           .expires = w->now + 365 * 86400 };
    memcpy(s.owner, w->owner, 32);
    memcpy(s.issuer, by->key, 32);
    memcpy(s.previous, by->previous, 32);
    return s;
}

static inline void world_sign(const struct signer *by, struct statement *s, struct buf *envelope)
{
    struct why why;
    const uint8_t *keys[] = { by->secret };
    test_ok(statement_sign(s, keys, 1, envelope, &why), &why);
}

/* It is said: the signer's next one follows it. */
static inline void world_said(struct signer *by, const struct statement *s)
{
    by->number = s->number;
    memcpy(by->previous, s->id, 32);
}

static inline struct statement world_root(const struct world *w, const struct signer *root,
                                          enum party party, const struct signer *device)
{
    struct statement s = { .kind = STATEMENT_ROOT, .number = 1, .created = w->now,
                           .expires = w->now + 365 * 86400 };
    s.u.root.party = party;
    s.u.root.threshold = s.u.root.key_count = s.u.root.device_count = 1;
    s.u.root.keys = calloc(1, 32);
    s.u.root.devices = calloc(1, sizeof *s.u.root.devices);
    assert_true(s.u.root.keys && s.u.root.devices);
    memcpy(s.u.root.keys[0], root->key, 32);
    memcpy(s.u.root.devices[0].key, device->key, 32);
    memcpy(s.u.root.devices[0].member, device->member, 16);
    s.u.root.devices[0].door = DOOR_NATIVE;
    s.u.root.devices[0].role = DEVICE_PERSON;
    return s;
}

static inline struct statement world_epoch(const struct world *w, uint64_t number)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_EPOCH);
    s.u.epoch.epoch = number;
    s.u.epoch.threshold = 2;
    s.u.epoch.gate_count = 3;
    s.u.epoch.gates = calloc(3, sizeof *s.u.epoch.gates);
    assert_non_null(s.u.epoch.gates);
    for (unsigned g = 1; g <= 3; g++) {
        struct statement_gate *gate = &s.u.epoch.gates[g - 1];
        gate->number = g;
        gate->incarnation = 1;
        memcpy(gate->key, w->gates[g].key, 32);
        memset(gate->exchange, (int)g, 32);
    }
    return s;
}

static inline struct statement world_project(const struct world *w)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_PROJECT);
    memcpy(s.u.project.project, w->project, 16);
    return s;
}

static inline struct statement world_policy(const struct world *w, uint64_t version,
                                            const char *text)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_POLICY);
    memcpy(s.u.policy.project, w->project, 16);
    s.u.policy.version = version;
    s.u.policy.text = strdup(text);
    return s;
}

static inline struct statement world_vendor(const struct world *w)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_VENDOR);
    memcpy(s.u.vendor.project, w->project, 16);
    memcpy(s.u.vendor.vendor, w->vendor, 32);
    return s;
}

static inline struct statement world_watcher(const struct world *w)
{
    struct statement s = world_say(w, &w->admin, STATEMENT_WATCHER);
    memcpy(s.u.watcher.key, w->watcher.key, 32);
    return s;
}

static inline struct statement world_member(const struct world *w, const struct signer *by,
                                            const struct signer *who, enum role role)
{
    struct statement s = world_say(w, by, STATEMENT_MEMBER);
    memcpy(s.u.member.project, w->project, 16);
    memcpy(s.u.member.member, who->member, 16);
    s.u.member.role = role;
    return s;
}

static inline struct statement world_device(const struct world *w, const struct signer *by,
                                            const struct signer *who)
{
    struct statement s = world_say(w, by, STATEMENT_DEVICE);
    memcpy(s.u.device.project, w->project, 16);
    memcpy(s.u.device.member, who->member, 16);
    memcpy(s.u.device.key, who->key, 32);
    s.u.device.door = DOOR_NATIVE;
    s.u.device.role = DEVICE_PERSON;
    return s;
}

/* `about` 0: heads that name nobody. */
static inline struct statement world_heads(const struct world *w, const struct signer *by,
                                           const struct signer *about)
{
    struct statement s = world_say(w, by, STATEMENT_HEADS);
    if (!about)
        return s;
    s.u.heads.head_count = 1;
    s.u.heads.heads = calloc(1, sizeof *s.u.heads.heads);
    assert_non_null(s.u.heads.heads);
    memcpy(s.u.heads.heads[0].issuer, about->key, 32);
    s.u.heads.heads[0].number = about->number;
    memcpy(s.u.heads.heads[0].statement, about->previous, 32);
    return s;
}

static inline struct statement world_assignment(const struct world *w, const struct signer *by,
                                                const uint8_t record[32],
                                                const struct signer *to)
{
    struct statement s = world_say(w, by, STATEMENT_ASSIGNMENT);
    memcpy(s.u.assignment.project, w->project, 16);
    memcpy(s.u.assignment.member, to->member, 16);
    s.u.assignment.record_count = 1;
    s.u.assignment.records = calloc(1, 32);
    assert_non_null(s.u.assignment.records);
    memcpy(s.u.assignment.records[0], record, 32);
    return s;
}

static inline struct statement world_manifest(const struct world *w, const struct signer *by)
{
    struct statement s = world_say(w, by, STATEMENT_MANIFEST);
    memcpy(s.u.manifest.project, w->project, 16);
    s.u.manifest.count = 1;
    memset(s.u.manifest.root, (int)by->number + 1, 32);
    return s;
}

static inline struct statement world_act(const struct world *w, const struct signer *by,
                                         enum work_act act, uint8_t task, uint8_t submission)
{
    struct statement s = world_say(w, by, STATEMENT_ACT);
    memcpy(s.u.act.project, w->project, 16);
    s.u.act.act = act;
    memset(s.u.act.task, task, 32);
    memset(s.u.act.submission, submission, 32);
    return s;
}

static inline struct statement world_receipt(const struct world *w, const struct signer *by,
                                             const uint8_t record[32])
{
    struct statement s = world_say(w, by, STATEMENT_RECEIPT);
    memcpy(s.u.receipt.project, w->project, 16);
    s.u.receipt.record_count = 1;
    s.u.receipt.records = calloc(1, 32);
    assert_non_null(s.u.receipt.records);
    memcpy(s.u.receipt.records[0], record, 32);
    return s;
}

/* --- the usual state of things --- */

/* Everything up to two annotators, a reviewer and a watcher, through `take`, which is given each
 * statement with its envelope in turn. */
typedef void world_take(void *ctx, struct statement *s, struct bytes envelope);

static inline void world_give(struct world *w, struct signer *by, struct statement s,
                              world_take *take, void *ctx)
{
    (void)w;
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    world_sign(by, &s, &envelope);
    take(ctx, &s, buf_bytes(&envelope));
    if (s.kind != STATEMENT_ROOT)
        world_said(by, &s);
    statement_release(&s);
}

static inline struct statement world_owner_root(struct world *w, struct buf *envelope)
{
    struct statement s = world_root(w, &w->owner_root, PARTY_OWNER, &w->admin);
    world_sign(&w->owner_root, &s, envelope);
    memcpy(w->owner, s.id, 32);
    return s;
}

static inline void world_fill(struct world *w, world_take *take, void *ctx)
{
    struct statement root = world_root(w, &w->vendor_root, PARTY_VENDOR, &w->manager);
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    world_sign(&w->vendor_root, &root, &envelope);
    memcpy(w->vendor, root.id, 32);
    take(ctx, &root, buf_bytes(&envelope));
    statement_release(&root);
    world_give(w, &w->admin, world_project(w), take, ctx);
    world_give(w, &w->admin, world_policy(w, 1, WORLD_POLICY), take, ctx);
    world_give(w, &w->admin, world_vendor(w), take, ctx);
    world_give(w, &w->admin, world_watcher(w), take, ctx);
    struct statement epoch = world_epoch(w, 1);
    AUTO_BUF struct buf unused = buf_init(1 << 16);
    world_sign(&w->admin, &epoch, &unused);
    memcpy(w->epoch, epoch.id, 32);
    world_give(w, &w->admin, epoch, take, ctx);
    struct { struct signer *who; enum role role; } people[] = {
        { &w->ann, ROLE_ANNOTATOR }, { &w->bob, ROLE_ANNOTATOR }, { &w->rita, ROLE_REVIEWER } };
    for (size_t i = 0; i < 3; i++) {
        world_give(w, &w->manager, world_member(w, &w->manager, people[i].who, people[i].role),
                   take, ctx);
        world_give(w, &w->manager, world_device(w, &w->manager, people[i].who), take, ctx);
    }
    world_give(w, &w->watcher, world_heads(w, &w->watcher, &w->manager), take, ctx);
}

#endif
