/* drill/stolen.h: a copy of a store's state directory, read as a thief reads it.
 * Source  docs/format.md 2.4, 2.7; the layout of store/blob.c: index.db, pack/HEX
 * Nothing is written. Limits  bodies of STOLEN_BODY_MAX, 8 slots a record   Threads  one owner */
#ifndef DRILL_STOLEN_H
#define DRILL_STOLEN_H

#include "record/slot.h"

enum { STOLEN_SLOTS_MAX = 8, STOLEN_BODY_MAX = 1 << 30 };

struct stolen;

struct stolen_record {
    struct record_header header;
    uint8_t id[32], pack[32];
    uint64_t place, sealed_bytes;
    struct slot slots[STOLEN_SLOTS_MAX];
    unsigned slot_count;
};

/* ERR_NOT_FOUND: no store's directory; ERR_IO. */
MUST_USE enum err stolen_open(const char *dir, struct stolen **out, struct why *why);
void stolen_close(struct stolen *s);

/* Every record, in the order in which they lie in their packs. ERR_FORMAT: a row is damaged. */
typedef enum err stolen_each(void *ctx, const struct stolen_record *r, struct why *why);
MUST_USE enum err stolen_records(struct stolen *s, stolen_each *each, void *ctx, struct why *why);
/* Appends the sealed body. ERR_IO, ERR_LIMIT. */
MUST_USE enum err stolen_body(const struct stolen *s, const struct stolen_record *r,
                              struct buf *out, struct why *why);

static inline void stolen_auto(struct stolen **s)
{
    stolen_close(*s);
}
#define AUTO_STOLEN __attribute__((cleanup(stolen_auto)))

#endif
