/* drill/online.c: thieves with a device, unlocked, and live gates. */
#include "drill/thief.h"

#include "base/hex.h"
#include "client/read.h"
#include "client/round.h"
#include "client/state.h"
#include "record/slot.h"
#include "shares/combine.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ONLINE_BATCH = 64, ONLINE_BANKED = 40 };

/* Every record of the project that any author has listed. */
struct prey {
    struct client *c;
    const uint8_t *project;
    struct read_found *found;
    bool *opened;
    size_t count, room;
};

static enum err open_device(const struct thief_args *a, struct client **c,
                            const struct config_project **p, struct why *why)
{
    struct buf pass = buf_init(1024);
    if (!a->state || !a->passphrase)
        return why_set(why, ERR_USAGE, "this drill needs --state DIR and --passphrase-file FILE");
    enum err e = file_read(a->passphrase, &pass, why);
    if (e == ERR_OK && pass.len && pass.ptr[pass.len - 1] == '\n')
        pass.len--;
    if (e == ERR_OK)
        e = client_open(a->state, buf_bytes(&pass), c, why);
    if (pass.ptr)
        secret_wipe(pass.ptr, pass.cap);
    buf_release(&pass);
    if (e == ERR_OK)
        e = client_sync(*c, why);
    return e == ERR_OK ? config_project(client_config(*c), a->project, p, why) : e;
}

static enum err prey_add(struct prey *p, const uint8_t id[32], struct why *why)
{
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        struct read_found *found = realloc(p->found, room * sizeof *found);
        if (found)
            p->found = found;
        bool *opened = realloc(p->opened, room * sizeof *opened);
        if (opened)
            p->opened = opened;
        if (!found || !opened)
            return why_nomem(why);
        p->room = room;
    }
    p->opened[p->count] = false;
    /* A row whose record never came to the store cannot be read by anyone. */
    enum err e = read_find(p->c, id, &p->found[p->count], why);
    p->count += e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err prey_collect(struct prey *p, struct why *why)
{
    struct client *c = p->c;
    for (size_t i = 0; i < authority_device_count(c->authority); i++) {
        uint8_t key[32];
        memcpy(key, authority_device_at(c->authority, i)->key, 32);
        enum err e = client_chain(c, key, why);
        if (e == ERR_OK)
            e = client_manifests_load(c, key, why);
        if (e != ERR_OK)
            return e;
    }
    for (const struct client_manifest *m = c->manifests; m; m = m->next)
        for (size_t i = 0; memcmp(m->project, p->project, 16) == 0 && i < m->rows.count; i++) {
            struct manifest_row row = manifest_row(&m->rows, i);
            enum err e = prey_add(p, row.id, why);
            if (e != ERR_OK)
                return e;
        }
    return ERR_OK;
}

static bool really_opens(struct client *c, const struct read_found *f, const uint8_t pad[32],
                         uint64_t *bytes)
{
    AUTO_SECRET struct secret *dek = secret_new(KEY_BYTES);
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/body/%s", hex_id(f->id).s);
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true };
    for (unsigned i = 0; dek && i < f->slot_count; i++) {
        struct slot slot;
        AUTO_BUF struct buf body = buf_init((size_t)1 << 31);
        AUTO_RECORD_OPENED struct record_opened o = { 0 };
        if (slot_parse(bytes_of(f->slots + i * SLOT_BYTES, SLOT_BYTES), &slot, NULL) != ERR_OK ||
            slot_open(&slot, &f->header, pad, dek->ptr, NULL) != ERR_OK ||
            transport_do(c->transport, &call, &body, NULL) != ERR_OK ||
            record_open(&f->header, dek->ptr, buf_bytes(&body), &o, NULL) != ERR_OK)
            continue;
        *bytes += o.bytes.len;
        return true;
    }
    return false;
}

/* Asks for a range; what is refused whole is halved, down to one record. */
static enum err ask_range(struct prey *p, const char *purpose, size_t from, size_t to,
                          uint64_t *bytes, struct why *why)
{
    uint8_t *headers = malloc((to - from) * RECORD_HEADER_BYTES);
    if (!headers)
        return why_nomem(why);
    for (size_t i = from; i < to; i++)
        memcpy(headers + (i - from) * RECORD_HEADER_BYTES, p->found[i].header.raw,
               RECORD_HEADER_BYTES);
    const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = purpose, .count = to - from,
                                   .project = p->project, .headers = headers };
    AUTO_PLAIN struct plain pads = { 0 };
    enum err e = round_pads(p->c, &ask, 0, &pads, NULL, why);
    free(headers);
    if (e == ERR_OK) {
        for (size_t i = from; i < to; i++)
            p->opened[i] = p->opened[i] ||
                           really_opens(p->c, &p->found[i], pads.ptr + 32 * (i - from), bytes);
        return ERR_OK;
    }
    if (err_row(e)->exit_code != EXIT_DENIED)
        return e;
    if (to - from == 1)
        return ERR_OK;
    size_t middle = from + (to - from) / 2;
    e = ask_range(p, purpose, from, middle, bytes, why);
    return e == ERR_OK ? ask_range(p, purpose, middle, to, bytes, why) : e;
}

static enum err write_list(const struct prey *p, const char *path, struct why *why)
{
    AUTO_BUF struct buf text = buf_init(1 << 26);
    for (size_t i = 0; i < p->count; i++)
        if (p->opened[i])
            buf_add_fmt(&text, "%s\n", hex_id(p->found[i].id).s);
    return buf_ok(&text) ? file_replace(path, buf_bytes(&text), 0600, why) : why_nomem(why);
}

enum err thief_device(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    struct prey p = { 0 };
    const struct config_project *project = NULL;
    enum err e = open_device(a, &p.c, &project, why);
    if (e == ERR_OK) {
        p.project = project->id;
        e = prey_collect(&p, why);
    }
    const struct policy *policy = NULL;
    if (e == ERR_OK)
        e = authority_policy(client_authority(p.c), p.project, clock_s(), &policy, why);
    const char *purpose;
    for (size_t i = 0; e == ERR_OK && (purpose = policy_purpose(policy, i)); i++)
        for (size_t at = 0; e == ERR_OK && at < p.count; at += ONLINE_BATCH)
            e = ask_range(&p, purpose, at,
                          at + ONLINE_BATCH < p.count ? at + ONLINE_BATCH : p.count, &out->bytes,
                          why);
    for (size_t i = 0; e == ERR_OK && i < p.count; i++) {
        /* The control: what this device wrote itself, and guides, it certainly may read. */
        bool certain = memcmp(p.found[i].header.author, client_key(p.c), 32) == 0 ||
                       p.found[i].header.kind == RECORD_GUIDE;
        out->tried++;
        out->readable += p.opened[i];
        out->control_tried += certain;
        out->control_opened += certain && p.opened[i];
    }
    if (e == ERR_OK) {
        memcpy(out->device, client_key(p.c), 32);
        out->has_device = true;
    }
    if (e == ERR_OK && a->list)
        e = write_list(&p, a->list, why);
    free(p.found);
    free(p.opened);
    client_free(p.c);
    return e;
}

/* --- banked shares --- */

/* A request that names the quorum but reaches only one of its gates: the other's address is gone.
 */
static enum err bank(struct client *c, const struct round_ask *ask, unsigned gate,
                     struct round *out, struct why *why)
{
    struct config all = c->config;
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
        if (g != gate)
            c->config.gates[g][0] = '\0';
    enum err e = round_run(c, ask, out, why);
    c->config = all;
    if (e == ERR_OK && out->answered != subset_of(gate)) {
        *why = out->whys[gate];
        e = why->code == ERR_OK ? ERR_NETWORK : why->code;
    }
    return e;
}

static bool combined_opens(struct client *c, const struct read_found *f, uint8_t q, unsigned one,
                           const struct plain *a, unsigned two, const struct plain *b,
                           uint64_t *bytes)
{
    uint8_t pad[32];
    const struct combine_answer answers[] = { { one, plain_bytes(a) }, { two, plain_bytes(b) } };
    bool ok = combine_release(q, answers, 2, 1, pad, NULL) == ERR_OK &&
              really_opens(c, f, pad, bytes);
    secret_wipe(pad, sizeof pad);
    return ok;
}

static enum err bank_one(struct prey *p, const struct read_found *f, uint8_t q, unsigned one,
                         unsigned two, struct thief_result *out, struct why *why)
{
    const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = "annotate", .count = 1,
                                   .project = p->project, .headers = f->header.raw, .gates = q };
    AUTO_ROUND struct round a = { 0 };
    AUTO_ROUND struct round b = { 0 };
    AUTO_ROUND struct round both = { 0 };
    uint64_t ignored = 0;
    enum err e = bank(p->c, &ask, one, &a, why);
    if (e == ERR_OK)
        e = bank(p->c, &ask, two, &b, why);
    if (e == ERR_OK)
        e = round_run(p->c, &ask, &both, why);
    if (e != ERR_OK)
        return e;
    /* Today's share with yesterday's, and each of them with one of a whole request. */
    const struct plain *firsts[] = { &a.shares[one], &a.shares[one], &both.shares[one] };
    const struct plain *seconds[] = { &b.shares[two], &both.shares[two], &b.shares[two] };
    for (size_t i = 0; i < 3; i++) {
        out->tried++;
        out->readable += combined_opens(p->c, f, q, one, firsts[i], two, seconds[i], &out->bytes);
    }
    out->control_tried++;
    out->control_opened += combined_opens(p->c, f, q, one, &both.shares[one], two,
                                          &both.shares[two], &ignored);
    return ERR_OK;
}

enum err thief_banked(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    struct prey p = { 0 };
    const struct config_project *project = NULL;
    struct client_epoch epoch = { 0 };
    unsigned one = 0, two = 0;
    enum err e = open_device(a, &p.c, &project, why);
    if (e == ERR_OK)
        e = client_epoch(p.c, &epoch, why);
    if (e == ERR_OK && epoch.t != 2)
        e = why_set(why, ERR_UNSUPPORTED, "this drill is for two gates of a quorum");
    if (e == ERR_OK) {
        one = subset_lowest(epoch.roster);
        two = subset_lowest(epoch.roster & (uint8_t)~subset_of(one));
        p.project = project->id;
        e = prey_collect(&p, why);
    }
    size_t done = 0;
    for (size_t i = 0; e == ERR_OK && i < p.count && done < ONLINE_BANKED; i++) {
        if (p.found[i].header.kind != RECORD_TASK)
            continue;
        e = bank_one(&p, &p.found[i], subset_of(one) | subset_of(two), one, two, out, why);
        done++;
    }
    free(p.found);
    free(p.opened);
    client_free(p.c);
    return e;
}
