/* store/blob.h: sealed records on disk: packs in files, an index in SQLite.
 * Source  docs/format.md 2.4, 2.5, 2.7; docs/protocol.md 2
 * STATE/pack/NAME.part grows while a pack comes in; complete, synced and checked it becomes
 * STATE/pack/NAME and its records enter the index, in one transaction: a record is there whole or
 * not at all. Manifest objects are STATE/object/ROOT. Slots, statements and the queue's order are
 * rows.
 * What is stored never changes. No plaintext, no name, no key is ever here.
 * Errors  ERR_IO, ERR_DISK_FULL besides those named   Threads  one owner */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "base/bytes.h"
#include "base/why.h"
#include "record/record_header.h"

enum { BLOB_PIECE_MAX = 4 << 20, BLOB_SLOTS_MAX = 10, BLOB_SLOT_BYTES = 68 };
#define BLOB_PACK_MAX (UINT64_C(1) << 40)

struct blob;

MUST_USE enum err blob_open(const char *dir, struct blob **out, struct why *why);
void blob_close(struct blob *b);

struct blob_progress {
    uint64_t received, total;
    bool complete;
};
/* ERR_NOT_FOUND: nothing of it yet. Until it is complete at least one byte is not received. */
MUST_USE enum err blob_pack_progress(struct blob *b, const uint8_t name[32],
                                     struct blob_progress *out, struct why *why);
/* Appends a piece at `offset`, which is what was received so far (ERR_TASK_STATE names it
 * otherwise). The last piece completes: ERR_FORMAT, ERR_RECORD_ID: the pack is not its name's or
 * not a pack, and is forgotten; ERR_DENIED_AUTHOR: a record is by another than `author`. */
MUST_USE enum err blob_pack_put(struct blob *b, const uint8_t name[32], const uint8_t author[32],
                                uint64_t offset, uint64_t total, struct bytes piece,
                                struct blob_progress *out, struct why *why);

struct blob_record {
    uint8_t header[RECORD_HEADER_BYTES];
    uint64_t sealed_bytes;
};
/* ERR_NOT_FOUND names the record. */
MUST_USE enum err blob_record(struct blob *b, const uint8_t id[32], struct blob_record *out,
                              struct why *why);
/* Appends bytes [from, from + count) of the sealed body; they exist (ERR_LIMIT otherwise). */
MUST_USE enum err blob_body(struct blob *b, const uint8_t id[32], uint64_t from, size_t count,
                            struct buf *out, struct why *why);

/* A candidate slot of a record that is there; the same again is fine. ERR_LIMIT: 10 already. */
MUST_USE enum err blob_slot_put(struct blob *b, const uint8_t slot[BLOB_SLOT_BYTES],
                                struct why *why);
/* Appends all slots of a record, oldest first; returns how many in *count. */
MUST_USE enum err blob_slots(struct blob *b, const uint8_t id[32], struct buf *out,
                             unsigned *count, struct why *why);

MUST_USE enum err blob_object_put(struct blob *b, const uint8_t root[32], struct bytes object,
                                  struct why *why);
MUST_USE enum err blob_object_get(struct blob *b, const uint8_t root[32], struct buf *out,
                                  struct why *why);

/* Statements, in the order in which they came. `topic` is the task of an act that had effect, else
 * NULL. */
MUST_USE enum err blob_statement_put(struct blob *b, const uint8_t issuer[32], uint64_t number,
                                     const uint8_t *topic, struct bytes envelope, struct why *why);
typedef enum err blob_each(void *ctx, struct bytes envelope, bool topic, struct why *why);
MUST_USE enum err blob_statement_each(struct blob *b, blob_each *each, void *ctx,
                                      struct why *why);
/* Appends u16-length envelopes of one issuer from `from` on, or about one task, at most `max`
 * bytes. */
MUST_USE enum err blob_chain(struct blob *b, const uint8_t issuer[32], uint64_t from, size_t max,
                             struct buf *out, struct why *why);
MUST_USE enum err blob_topic(struct blob *b, const uint8_t topic[32], size_t max, struct buf *out,
                             struct why *why);
/* Appends the 32-byte issuers in the order in which they were met. */
MUST_USE enum err blob_issuers(struct blob *b, struct buf *out, struct why *why);

/* The queue's tasks in their order. */
MUST_USE enum err blob_task_put(struct blob *b, const uint8_t project[16], const uint8_t task[32],
                                struct why *why);
MUST_USE enum err blob_task_each(struct blob *b,
                                 enum err (*each)(void *ctx, const uint8_t project[16],
                                                  const uint8_t task[32], struct why *why),
                                 void *ctx, struct why *why);

/* Several puts as one transaction. */
MUST_USE enum err blob_begin(struct blob *b, struct why *why);
MUST_USE enum err blob_commit(struct blob *b, struct why *why);
void blob_rollback(struct blob *b);

struct blob_counts {
    uint64_t records, statements;
};
MUST_USE enum err blob_counts(struct blob *b, struct blob_counts *out, struct why *why);

#endif
