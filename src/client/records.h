/* client/records.h: the ids of records that this device has heard of.   Threads  one owner */
#ifndef CLIENT_RECORDS_H
#define CLIENT_RECORDS_H

#include "client/client.h"

/* The record whose id begins with `prefix` (8 digits or more), among the rows of loaded manifests.
 * ERR_USAGE: no hex of that length; ERR_NOT_FOUND; ERR_AMBIGUOUS. */
MUST_USE enum err records_by_prefix(struct client *c, const char *prefix, uint8_t id[32],
                                    struct why *why);

#endif
