/* client/client.h: a device at work: it talks to gates and the store, and believes neither.
 * Source  docs/protocol.md 3, 4; DESIGN 4
 * State directory: device.key (sealed), root (the owner's first root statement, pinned),
 * client.conf, client.db, lock. Nothing is cached in the clear.
 * Memory  a client owns all it holds; plaintexts are plains, wiped   Threads  one owner */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "client/config.h"
#include "client/progress.h"
#include "decide/authority.h"

struct client;

/* Locks the directory, unlocks the key, replays what is known. ERR_LOCKED, ERR_PASSPHRASE,
 * ERR_NOT_FOUND (no key, root or configuration). */
MUST_USE enum err client_open(const char *dir, struct bytes passphrase, struct client **out,
                              struct why *why);
void client_free(struct client *c);

/* Who is told of long steps and may stop them; borrowed until it is set anew. NULL: nobody. */
void client_watch(struct client *c, const struct progress *p);

/* Are contents packed where that makes them smaller (as at first), or stored as they are? */
void client_pack(struct client *c, bool pack);

const uint8_t *client_key(const struct client *c); /* the device */
const struct config *client_config(const struct client *c);
struct authority *client_authority(const struct client *c);
/* The device's role in a project; asks the store for news if it has none. ERR_UNKNOWN_DEVICE. */
MUST_USE enum err client_role(struct client *c, const uint8_t project[16], enum role *out,
                              struct why *why);

/* Reads client.conf again. */
MUST_USE enum err client_reload(struct client *c, struct why *why);

/* Fetches the chains of all that grant (roots, admins, managers, watchers) from the store; verifies
 * each statement. */
MUST_USE enum err client_sync(struct client *c, struct why *why);
/* Fetches one issuer's chain up to its end at the store. */
MUST_USE enum err client_chain(struct client *c, const uint8_t issuer[32], struct why *why);
/* Takes in statements of others (u16-length list) into the own view. */
MUST_USE enum err client_learn(struct client *c, struct bytes list, struct why *why);

#endif
