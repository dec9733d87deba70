/* record/slot.h: a DEK under a pad, for one epoch.
 * Source  docs/format.md 2.4
 * A slot has no tag: the header's commitment decides whether a pad opens it. A record may have
 * several slots; at most one of them opens with a given pad.
 * Memory  none; pads and DEKs in the caller's guarded memory   Threads  pure */
#ifndef RECORD_SLOT_H
#define RECORD_SLOT_H

#include "record/record_header.h"

enum { SLOT_BYTES = 68 };

struct slot {
    uint8_t id[RECORD_ID_BYTES];
    uint32_t epoch;
    uint8_t sealed[KEY_BYTES]; /* DEK xor pad */
};

void slot_make(struct slot *out, const uint8_t id[RECORD_ID_BYTES], uint32_t epoch,
               const uint8_t dek[KEY_BYTES], const uint8_t pad[KEY_BYTES]);
void slot_write(const struct slot *s, uint8_t out[SLOT_BYTES]);
/* ERR_FORMAT: not 68 bytes. */
MUST_USE enum err slot_parse(struct bytes in, struct slot *out, struct why *why);

/* The DEK, once the commitment has passed. ERR_RECORD_ID: another record's slot; ERR_PAD. */
MUST_USE enum err slot_open(const struct slot *s, const struct record_header *h,
                            const uint8_t pad[KEY_BYTES], uint8_t dek[KEY_BYTES], struct why *why);
/* The first of `count` candidates that opens; `which` (may be NULL) is its place. ERR_RECORD_ID:
 * one is another record's; ERR_PAD: none opens, or there is none. */
MUST_USE enum err slot_open_any(const struct slot *slots, size_t count,
                                const struct record_header *h, const uint8_t pad[KEY_BYTES],
                                uint8_t dek[KEY_BYTES], size_t *which, struct why *why);

#endif
