/* client/db.h: what a device remembers: statements, checkpoints of gates, DEKs that it still keeps.
 * SQLite (WAL, synchronous FULL) in STATE/client.db; no plaintext, no key in the clear.
 * Errors  ERR_IO, ERR_DISK_FULL   Memory  as each function says   Threads  one owner */
#ifndef CLIENT_DB_H
#define CLIENT_DB_H

#include "base/bytes.h"
#include "base/why.h"
#include "request/body.h"

struct db;

MUST_USE enum err db_open(const char *path, struct db **out, struct why *why);
void db_close(struct db *db);

/* Statements by issuer and number. db_statement_add: the same again is fine; ERR_CHAIN_FORK for
 * another one of that number. */
MUST_USE enum err db_statement_add(struct db *db, const uint8_t issuer[32], uint64_t number,
                                   const uint8_t id[32], struct bytes envelope, struct why *why);
/* Appends the envelope. ERR_NOT_FOUND. */
MUST_USE enum err db_statement_get(struct db *db, const uint8_t issuer[32], uint64_t number,
                                   struct buf *out, struct why *why);
/* The greatest number held of that issuer, 0 for none. */
MUST_USE enum err db_statement_newest(struct db *db, const uint8_t issuer[32], uint64_t *number,
                                      struct why *why);
/* All, in the order in which they were added; `each` may not change the db. */
MUST_USE enum err db_statement_each(struct db *db,
                                    enum err (*each)(void *ctx, struct bytes envelope,
                                                     struct why *why),
                                    void *ctx, struct why *why);

/* The newest checkpoint of each gate: the note that was accepted. Size 0: none. */
struct db_checkpoint {
    uint64_t size;
    uint8_t root[32];
};
MUST_USE enum err db_checkpoint_get(struct db *db, unsigned gate, struct db_checkpoint *out,
                                    struct why *why);
MUST_USE enum err db_checkpoint_put(struct db *db, unsigned gate, const struct db_checkpoint *c,
                                    struct bytes note, struct why *why);

/* DEKs kept until a second quorum has shown the slot to be good (format.md 10): `quorum` is the
 * one that gave the pad. */
MUST_USE enum err db_kept_put(struct db *db, const uint8_t record[32], const uint8_t kept[92],
                              uint8_t quorums, struct why *why);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_kept_get(struct db *db, const uint8_t record[32], uint8_t kept[92],
                              struct why *why);
MUST_USE enum err db_kept_drop(struct db *db, const uint8_t record[32], struct why *why);
/* At most `max` of them; ids 32 bytes each and the gates that had answered. */
MUST_USE enum err db_kept_list(struct db *db, uint8_t (*ids)[32], uint8_t *gates, size_t max,
                               size_t *count, struct why *why);

/* Records opened and not yet named in a receipt. */
MUST_USE enum err db_opened_put(struct db *db, const uint8_t project[16],
                                const uint8_t record[32], struct why *why);
MUST_USE enum err db_opened_list(struct db *db, const uint8_t project[16], uint8_t (*ids)[32],
                                 size_t max, size_t *count, struct why *why);
MUST_USE enum err db_opened_done(struct db *db, const uint8_t project[16], uint8_t (*ids)[32],
                                 size_t count, struct why *why);

/* Closes (docs/protocol.md 1) that not every gate has been told. The same again is fine. */
MUST_USE enum err db_close_put(struct db *db, const uint8_t project[16],
                               const struct request_close *c, struct why *why);
/* At most `max` of those that not all of `gates` were told, the oldest first; *last is for
 * db_close_told. */
MUST_USE enum err db_close_list(struct db *db, const uint8_t project[16], uint8_t gates,
                                struct request_close *out, size_t max, size_t *count,
                                uint64_t *last, struct why *why);
/* What db_close_list gave for `gates` has reached `told`; forgotten once all of `roster` know. */
MUST_USE enum err db_close_told(struct db *db, const uint8_t project[16], uint8_t gates,
                                uint64_t last, uint8_t told, uint8_t roster, struct why *why);

static inline void db_auto(struct db **db)
{
    db_close(*db);
}
#define AUTO_DB __attribute__((cleanup(db_auto)))

#endif
