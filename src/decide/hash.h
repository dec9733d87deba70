/* decide/hash.h: uthash with allocation failures reported instead of ending the process.
 * After HASH_ADD, `hh.tbl` of the added element is NULL when there was no memory. */
#ifndef DECIDE_HASH_H
#define DECIDE_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
