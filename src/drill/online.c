/* drill/online.c: a thief with a device, unlocked, and live gates. */
#include "drill/thief.h"

#include "base/hex.h"
#include "client/round.h"
#include "drill/prey.h"
#include "shares/subset.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

enum { ONLINE_BATCH = 64 };

/* A gate may have lied: a thief would ask every other quorum too. */
static bool other_quorums(struct prey *p, const struct read_found *f, const char *purpose,
                          uint64_t *bytes)
{
    struct client_epoch epoch;
    if (client_epoch(p->c, &epoch, NULL) != ERR_OK)
        return false;
    struct subset_list all = subset_choose(epoch.roster, epoch.t);
    for (unsigned i = 0; i < all.count; i++) {
        const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = purpose, .count = 1,
                                       .project = p->project, .headers = f->header.raw,
                                       .gates = all.sets[i] };
        AUTO_PLAIN struct plain pad = { 0 };
        if (round_quorum_pads(p->c, &ask, &pad, NULL) == ERR_OK &&
            prey_opens(p->c, f, pad.ptr, bytes))
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
                           prey_opens(p->c, &p->found[i], pads.ptr + 32 * (i - from), bytes) ||
                           other_quorums(p, &p->found[i], purpose, bytes);
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
    enum err e = prey_collect(a, &p, why);
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
    prey_release(&p);
    return e;
}
