/* drill/result.h: what a drill found, as JSON or as a small table.   Memory  fixed   Threads  pure */
#ifndef DRILL_RESULT_H
#define DRILL_RESULT_H

#include "base/bytes.h"
#include "base/why.h"

struct result {
    const char *drill;         /* "store"; NULL: none was named */
    bool has_device, has_keys; /* which of the members below there are */
    bool expected;             /* reading is what this thief can do: no finding */
    uint8_t device[32];
    uint64_t tried, readable, bytes; /* records tried, records and bytes that were read */
    uint64_t keys_tried;             /* keys, over all records */
    uint64_t control_tried, control_opened;
};

/* ERR_FINDINGS: something could be read that should not be, or the control failed, so that the drill
 * proves nothing. */
MUST_USE enum err result_judge(const struct result *r, struct why *why);
/* One object, and a newline. With any other error than ERR_FINDINGS there is no data. */
void result_json(const struct result *r, enum err e, const struct why *why, struct buf *out);
void result_table(const struct result *r, struct buf *out);

#endif
