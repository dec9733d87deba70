/* drill/thief.h: what a thief would try with what it holds. A separate program (cofferdam-thief).
 * Source  DESIGN section 9; ATTACKS 14, 20, 29, 46
 * Every figure comes with how much was tried and with a positive control: the same opening code
 * with the one thing that was missing.
 * Memory  keys and what is opened are wiped   Threads  one owner */
#ifndef DRILL_THIEF_H
#define DRILL_THIEF_H

#include "base/bytes.h"
#include "base/why.h"
#include "record/record.h"
#include "shares/key.h"

enum { THIEF_GATES_MAX = 5, THIEF_SLOTS_MAX = 10 };

struct thief_args {
    const char *store, *state, *passphrase, *project, *list;
    const char *gates[THIEF_GATES_MAX], *controls[THIEF_GATES_MAX];
    size_t gate_count, control_count;
};

struct thief_result {
    uint64_t tried, keys_tried, readable, bytes, control_tried, control_opened;
    uint8_t device[32];
    bool has_device;
};

/* One record as a stolen store holds it. */
struct thief_record {
    struct record_header header;
    uint8_t id[32];
    uint8_t pack[32];
    uint64_t place, sealed_bytes;
    uint8_t slots[THIEF_SLOTS_MAX][68];
    unsigned slot_count;
};

struct thief_loot {
    const char *dir;
    struct thief_record *records;
    size_t count;
};

/* Reads a copy of a store's directory. */
MUST_USE enum err thief_loot_read(const char *dir, struct thief_loot *out, struct why *why);
void thief_loot_release(struct thief_loot *l);
/* Does this key open it, body and all? */
bool thief_opens(const struct thief_loot *l, const struct thief_record *r, const uint8_t key[32]);

/* The newest `keys-...` file of each gate directory. */
MUST_USE enum err thief_keys(const char *const *dirs, size_t count, struct gate_keys **out,
                             struct why *why);
/* XOR of all partials that these gates can make between them; true if no subset is missing. */
bool thief_pad(struct gate_keys *const *keys, size_t count, const struct thief_record *r,
               uint8_t pad[32]);

typedef enum err thief_drill(const struct thief_args *a, struct thief_result *out,
                             struct why *why);
thief_drill thief_store, thief_gate, thief_banked, thief_device;

#endif
