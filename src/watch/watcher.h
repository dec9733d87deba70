/* watch/watcher.h: a running watcher. Private to this folder.
 * Memory  one struct watcher owns everything here   Threads  one owner */
#ifndef WATCH_WATCHER_H
#define WATCH_WATCHER_H

#include "client/log_follow.h"
#include "crypto/secret.h"
#include "decide/authority.h"
#include "sys/files.h"
#include "watch/watch.h"

enum { WATCHER_GATE_MAX = 8, WATCHER_URL_MAX = 256 };

struct watcher_conf {
    char gates[WATCHER_GATE_MAX + 1][WATCHER_URL_MAX]; /* by number; "" where there is none */
    char store[WATCHER_URL_MAX];
};

struct watcher_gate {
    bool known;       /* `note` and `follow` are of the newest epoch */
    bool rolled_back; /* its log contradicts what it was: never believed again */
    bool read;        /* up to its newest checkpoint, since the watcher last spoke */
    enum err said;    /* what was told last of it */
    struct note_key note;
    struct log_follow follow;
};

struct watcher {
    struct file_path dir;
    struct watcher_conf conf;
    uint8_t key[32];
    struct secret *sign;
    struct transport *transport;
    struct authority *authority;
    uint8_t epoch_id[32];
    struct watcher_gate gate[WATCHER_GATE_MAX + 1];
    uint64_t number; /* own chain; 0: nothing said yet */
    uint8_t id[32];
    uint64_t have[WATCHER_GATE_MAX + 1]; /* how far each has the own chain; [0] the store */
    bool asked[WATCHER_GATE_MAX + 1];    /* `have` is an answer */
};

/* state.c */
MUST_USE enum err watcher_conf_read(const char *dir, struct watcher_conf *out, struct why *why);
/* Key, pinned root, own chain, connections. The caller releases, also after an error. */
MUST_USE enum err watcher_open(struct watcher *w, const char *dir, struct why *why);
void watcher_release(struct watcher *w);
/* Makes `envelope` number w->number + 1 of the own chain, durably. */
MUST_USE enum err watcher_keep(struct watcher *w, const uint8_t id[32], struct bytes envelope,
                               struct why *why);
struct file_path watcher_said(const struct watcher *w, uint64_t number);

/* follow.c: one look at every gate. */
void watcher_follow(struct watcher *w);

/* speak.c: signs `heads` if it may, and sends what is not there yet. Only trouble with the own disk
 * or memory is an error. */
MUST_USE enum err watcher_speak(struct watcher *w, struct why *why);
/* Sends to all what they lack of the own chain. */
void watcher_send(struct watcher *w);

#endif
