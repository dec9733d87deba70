/* decide/counts.h: how many records a gate has released, to whom, in which hour and day.
 * Source  DESIGN section 5, "Counting without consensus"; docs/policy.md, "What it means"
 * A fold of the gate's own releases. A (member, record) of one project and purpose counts once in a
 * fixed UTC hour or day, of the request's signed `created`; of each window the current and the one
 * before are kept, since a request may be created before the window's end and come after it.
 * Memory  68 to 136 bytes a (member, record), never dropped: `viewers` needs it
 * Threads  pure, one owner */
#ifndef DECIDE_COUNTS_H
#define DECIDE_COUNTS_H

#include "base/cur.h"
#include "policy/policy.h"

struct counts;

MUST_USE enum err counts_new(struct counts **out, struct why *why);
void counts_free(struct counts *c);

/* Who asks for what. Nothing is copied but by counts_add. */
struct counts_asker {
    const uint8_t *project; /* 16 */
    const char *purpose;
    const uint8_t *member;  /* 16 */
    const uint8_t *vendor;  /* 32, zeroes: the owner's own */
    const uint8_t *device;  /* 32 */
    uint64_t created;       /* seconds */
};

/* One request on its way through its records: what each would add to those before it. */
struct counts_view {
    const struct counts *counts;
    struct counts_asker who;
    uint32_t slot;           /* 0: of this project and purpose nothing was released yet */
    const uint8_t *record;
    uint32_t released;       /* its place; UINT32_MAX: it never was */
    bool new_hour, new_day, new_viewer;
    uint64_t added_hour, added_day; /* by the records before this one */
};

void counts_view_start(struct counts_view *v, const struct counts *c,
                       const struct counts_asker *who);
/* The next record of the request; 32 bytes that stay while it is looked at. */
void counts_view_record(struct counts_view *v, const uint8_t *record);
/* The count after this release of POLICY_MEMBER_HOUR to POLICY_VIEWERS; 0: it adds nothing. */
uint64_t counts_view_get(const struct counts_view *v, enum policy_fact fact);

/* These records were released. ERR_NOMEM: some may be counted. */
MUST_USE enum err counts_add(struct counts *c, const struct counts_asker *who,
                             const uint8_t (*records)[32], size_t count, struct why *why);

/* The whole as bytes (docs/format.md 12), for a snapshot and a digest: the same releases in the
 * same order give the same. */
void counts_encode(const struct counts *c, struct buf *out);
/* From where the cursor stands. ERR_FORMAT, ERR_NOMEM. */
MUST_USE enum err counts_decode(struct cur *from, struct counts **out, struct why *why);

static inline void counts_auto(struct counts **c)
{
    counts_free(*c);
}
#define AUTO_COUNTS __attribute__((cleanup(counts_auto)))

#endif
