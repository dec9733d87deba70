#include "watch/watcher.h"

#include "sys/clock.h"

#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHAIN_BYTES = 8 + 32, ROOT_BYTES_MAX = 1 << 16 };

static bool url_ok(const char *url)
{
    const char *host = strncmp(url, "http://", 7) == 0    ? url + 7
                       : strncmp(url, "https://", 8) == 0 ? url + 8
                                                          : "";
    return *host && !strpbrk(host, "/?#@ \t\r\n") && strlen(url) < WATCHER_URL_MAX;
}

/* inih's handler: 0 makes ini_parse return the line. */
static int conf_line(void *ctx, const char *section, const char *name, const char *value)
{
    struct watcher_conf *c = ctx;
    char *to = NULL;
    if (strncmp(section, "gate ", 5) == 0 && section[5] >= '1' && section[5] <= '8' && !section[6])
        to = c->gates[section[5] - '0'];
    else if (strcmp(section, "store") == 0)
        to = c->store;
    if (!to || strcmp(name, "url") != 0 || !url_ok(value))
        return 0;
    (void)snprintf(to, WATCHER_URL_MAX, "%s", value);
    return 1;
}

enum err watcher_conf_read(const char *dir, struct watcher_conf *out, struct why *why)
{
    struct file_path path = file_path(dir, "watch.conf");
    struct watcher_conf c = { 0 };
    if (!file_exists(path.s))
        return why_set(why, ERR_NOT_FOUND, "'%s' is no watcher's directory", dir);
    int line = ini_parse(path.s, conf_line, &c);
    if (line != 0)
        return why_set(why, ERR_CONFIG, "cannot read '%s': line %d is not understood", path.s,
                       line);
    *out = c;
    return ERR_OK;
}

static enum err conf_write(const char *dir, const struct watcher_conf *c, struct why *why)
{
    AUTO_BUF struct buf b = buf_init(8192);
    for (unsigned g = 1; g <= WATCHER_GATE_MAX; g++)
        if (*c->gates[g])
            buf_add_fmt(&b, "[gate %u]\nurl = %s\n\n", g, c->gates[g]);
    if (*c->store)
        buf_add_fmt(&b, "[store]\nurl = %s\n", c->store);
    if (!buf_ok(&b))
        return why_nomem(why);
    return file_replace(file_path(dir, "watch.conf").s, buf_bytes(&b), 0600, why);
}

static enum err conf_set(const char *dir, unsigned number, const char *url, struct why *why)
{
    struct watcher_conf c;
    enum err e = watcher_conf_read(dir, &c, why);
    if (e == ERR_OK && (number > WATCHER_GATE_MAX || !url_ok(url)))
        e = why_set(why, ERR_USAGE, "'%.100s' is not http://HOST:PORT", url);
    if (e != ERR_OK)
        return e;
    (void)snprintf(number ? c.gates[number] : c.store, WATCHER_URL_MAX, "%s", url);
    return conf_write(dir, &c, why);
}

enum err watch_gate(const char *dir, unsigned number, const char *url, struct why *why)
{
    if (number == 0)
        return why_set(why, ERR_USAGE, "a gate's number is 1 to %d", WATCHER_GATE_MAX);
    return conf_set(dir, number, url, why);
}

enum err watch_store(const char *dir, const char *url, struct why *why)
{
    return conf_set(dir, 0, url, why);
}

enum err watch_init(const char *dir, struct bytes root, struct why *why)
{
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(root, &s, why);
    if (e == ERR_OK && (s.kind != STATEMENT_ROOT || s.u.root.party != PARTY_OWNER))
        e = why_set(why, ERR_FORMAT, "it is not an owner's root statement");
    if (e == ERR_OK && file_exists(file_path(dir, "watch.conf").s))
        e = why_set(why, ERR_EXISTS, "there is a watcher in '%s' already", dir);
    if (e == ERR_OK)
        e = file_dir_make(dir, why);
    if (e == ERR_OK)
        e = file_dir_make(file_path(dir, "said").s, why);
    AUTO_SECRET struct secret *seed = secret_new(SIGN_SEED_BYTES);
    if (e == ERR_OK && !seed)
        e = why_nomem(why);
    if (e != ERR_OK)
        return e;
    random_bytes(seed->ptr, seed->len);
    e = file_create(file_path(dir, "secret").s, bytes_of(seed->ptr, seed->len), 0600, why);
    if (e == ERR_OK)
        e = file_replace(file_path(dir, "root").s, root, 0600, why);
    const struct watcher_conf none = { 0 };
    return e == ERR_OK ? conf_write(dir, &none, why) : e; /* last: it says that there is one */
}

/* The secret key, guarded; the file's bytes are wiped from ordinary memory. */
static enum err key_read(const char *dir, uint8_t key[32], struct secret **sign, struct why *why)
{
    struct file_path path = file_path(dir, "secret");
    struct buf seed = buf_init(SIGN_SEED_BYTES);
    AUTO_SECRET struct secret *s = secret_new(SIGN_SECRET_BYTES);
    enum err e = s ? file_read(path.s, &seed, why) : why_nomem(why);
    if (e == ERR_OK && seed.len != SIGN_SEED_BYTES)
        e = why_set(why, ERR_FORMAT, "'%s' is not a watcher's secret", path.s);
    if (e == ERR_OK)
        sign_keypair(key, s->ptr, seed.ptr);
    if (seed.ptr)
        secret_wipe(seed.ptr, seed.cap);
    buf_release(&seed);
    if (e == ERR_OK)
        *sign = secret_take(&s);
    return e;
}

enum err watch_key(const char *dir, uint8_t key[32], struct why *why)
{
    AUTO_SECRET struct secret *sign = NULL;
    return key_read(dir, key, &sign, why);
}

static enum err chain_read(struct watcher *w, struct why *why)
{
    struct file_path path = file_path(w->dir.s, "chain");
    AUTO_BUF struct buf b = buf_init(CHAIN_BYTES);
    if (!file_exists(path.s))
        return ERR_OK;
    enum err e = file_read(path.s, &b, why);
    if (e == ERR_OK && b.len != CHAIN_BYTES)
        e = why_set(why, ERR_FORMAT, "'%s' is not a watcher's chain", path.s);
    if (e != ERR_OK)
        return e;
    w->number = get_u64be(b.ptr);
    memcpy(w->id, b.ptr + 8, 32);
    return ERR_OK;
}

enum err watcher_open(struct watcher *w, const char *dir, struct why *why)
{
    AUTO_BUF struct buf root = buf_init(ROOT_BYTES_MAX);
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = watcher_conf_read(dir, &w->conf, why);
    if (e != ERR_OK)
        return e;
    (void)snprintf(w->dir.s, sizeof w->dir.s, "%s", dir);
    e = key_read(dir, w->key, &w->sign, why);
    if (e == ERR_OK)
        e = file_read(file_path(dir, "root").s, &root, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&root), &s, why);
    if (e == ERR_OK)
        e = authority_new(&s, &w->authority, why);
    if (e == ERR_OK)
        e = chain_read(w, why);
    return e == ERR_OK ? transport_new(w->sign->ptr, &w->transport, why) : e;
}

void watcher_release(struct watcher *w)
{
    transport_free(w->transport);
    authority_free(w->authority);
    secret_free(w->sign);
}

struct file_path watcher_said(const struct watcher *w, uint64_t number)
{
    return file_path(w->dir.s, "said/%" PRIu64, number);
}

enum err watcher_keep(struct watcher *w, const uint8_t id[32], struct bytes envelope,
                      struct why *why)
{
    uint8_t chain[CHAIN_BYTES];
    put_u64be(chain, w->number + 1);
    memcpy(chain + 8, id, 32);
    /* The chain last: a statement that it does not count was never sent, and is written over. */
    enum err e = file_replace(watcher_said(w, w->number + 1).s, envelope, 0600, why);
    if (e == ERR_OK)
        e = file_replace(file_path(w->dir.s, "chain").s, bytes_of(chain, sizeof chain), 0600, why);
    if (e != ERR_OK)
        return e;
    w->number++;
    memcpy(w->id, id, 32);
    return ERR_OK;
}
