#include "gate/dir.h"

#include "base/hex.h"
#include "crypto/kx.h"
#include "crypto/sign.h"
#include "sys/files.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int conf_line(void *ctx, const char *section, const char *name, const char *value)
{
    struct dir_conf *c = ctx;
    char *end = NULL;
    unsigned long n = strtoul(value, &end, 10);
    bool number = *value && !*end && n <= 1000000;
    if (strcmp(section, "gate") == 0 && strcmp(name, "number") == 0 && number && n >= 1 && n <= 8)
        c->number = (unsigned)n;
    else if (strcmp(section, "gate") == 0 && strcmp(name, "incarnation") == 0 && number && n >= 1)
        c->incarnation = (unsigned)n;
    else if (strcmp(section, "gate") == 0 && strcmp(name, "snapshot") == 0 && number && n >= 1)
        c->snapshot = (unsigned)n;
    else if (strncmp(section, "peer ", 5) == 0 && section[5] >= '1' && section[5] <= '8' &&
             !section[6] && strcmp(name, "url") == 0 && strlen(value) < DIR_URL_MAX)
        (void)snprintf(c->peers[section[5] - '0'], DIR_URL_MAX, "%s", value);
    else
        return 0;
    return 1;
}

enum err dir_conf_read(const char *dir, struct dir_conf *out, struct why *why)
{
    struct file_path path = file_path(dir, "gate.conf");
    struct dir_conf c = { .snapshot = DIR_SNAPSHOT };
    if (!file_exists(path.s))
        return why_hint(why, why_set(why, ERR_NOT_FOUND, "'%s' is no gate's directory", dir),
                        "cofferdam gate init");
    int line = ini_parse(path.s, conf_line, &c);
    if (line != 0 || !c.number || !c.incarnation)
        return why_set(why, ERR_CONFIG, "cannot read '%s': line %d is not understood", path.s,
                       line);
    *out = c;
    return ERR_OK;
}

enum err dir_conf_write(const char *dir, const struct dir_conf *c, struct why *why)
{
    AUTO_BUF struct buf b = buf_init(8192);
    buf_add_fmt(&b, "[gate]\nnumber = %u\nincarnation = %u\n", c->number, c->incarnation);
    if (c->snapshot != DIR_SNAPSHOT)
        buf_add_fmt(&b, "snapshot = %u\n", c->snapshot);
    for (unsigned g = 1; g <= DIR_GATE_MAX; g++)
        if (*c->peers[g])
            buf_add_fmt(&b, "\n[peer %u]\nurl = %s\n", g, c->peers[g]);
    if (!buf_ok(&b))
        return why_nomem(why);
    return file_replace(file_path(dir, "gate.conf").s, buf_bytes(&b), 0600, why);
}

enum err dir_secret_file(const char *path, size_t max, struct secret **out, struct why *why)
{
    struct buf b = buf_init(max);
    enum err e = file_read(path, &b, why);
    struct secret *s = e == ERR_OK && b.len ? secret_new(b.len) : NULL;
    if (s)
        memcpy(s->ptr, b.ptr, b.len);
    else if (e == ERR_OK)
        e = b.len ? why_nomem(why) : why_set(why, ERR_FORMAT, "'%s' is empty", path);
    if (b.ptr)
        secret_wipe(b.ptr, b.cap);
    buf_release(&b);
    if (s)
        *out = s;
    return e;
}

enum err dir_secret(const char *dir, struct secret **out, struct why *why)
{
    struct file_path path = file_path(dir, "secret");
    AUTO_SECRET struct secret *s = NULL;
    enum err e = dir_secret_file(path.s, 64, &s, why);
    if (e == ERR_OK && s->len != 64)
        e = why_set(why, ERR_FORMAT, "'%s' is not a gate's secret", path.s);
    if (e == ERR_OK)
        *out = secret_take(&s);
    return e;
}

enum err dir_root(const char *dir, struct statement *out, struct buf *envelope, struct why *why)
{
    AUTO_BUF struct buf b = buf_init(1 << 16);
    enum err e = file_read(file_path(dir, "root").s, &b, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&b), out, why);
    if (e == ERR_OK && envelope)
        buf_add_bytes(envelope, buf_bytes(&b));
    return e;
}

enum err gate_init(const char *dir, unsigned number, struct bytes root, struct why *why)
{
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(root, &s, why);
    if (e == ERR_OK && (s.kind != STATEMENT_ROOT || s.u.root.party != PARTY_OWNER))
        e = why_set(why, ERR_FORMAT, "it is not an owner's root statement");
    if (e == ERR_OK)
        e = file_dir_make(dir, why);
    AUTO_SECRET struct secret *secret = secret_new(64);
    if (e == ERR_OK && !secret)
        e = why_nomem(why);
    if (e != ERR_OK)
        return e;
    random_bytes(secret->ptr, 64);
    e = file_create(file_path(dir, "secret").s, bytes_of(secret->ptr, 64), 0600, why);
    if (e == ERR_OK)
        e = file_create(file_path(dir, "root").s, root, 0600, why);
    const struct dir_conf conf = { .number = number, .incarnation = 1, .snapshot = DIR_SNAPSHOT };
    return e == ERR_OK ? dir_conf_write(dir, &conf, why) : e;
}

enum err gate_card(const char *dir, struct gate_card *out, struct why *why)
{
    struct dir_conf conf;
    AUTO_SECRET struct secret *secret = NULL;
    AUTO_SECRET struct secret *sign = secret_new(SIGN_SECRET_BYTES);
    enum err e = sign ? dir_conf_read(dir, &conf, why) : why_nomem(why);
    if (e == ERR_OK)
        e = dir_secret(dir, &secret, why);
    if (e != ERR_OK)
        return e;
    out->number = conf.number;
    out->incarnation = conf.incarnation;
    sign_keypair(out->key, sign->ptr, secret->ptr + DIR_SECRET_SEED);
    kx_public(out->exchange, secret->ptr + DIR_SECRET_EXCHANGE);
    return ERR_OK;
}

enum err gate_pair_make(const char *dir, unsigned peer, uint8_t out[32], struct why *why)
{
    random_bytes(out, 32);
    return gate_pair_take(dir, peer, out, why);
}

enum err gate_pair_take(const char *dir, unsigned peer, const uint8_t in[32], struct why *why)
{
    struct dir_conf conf;
    enum err e = dir_conf_read(dir, &conf, why);
    if (e == ERR_OK && (peer == 0 || peer > DIR_GATE_MAX || peer == conf.number))
        e = why_set(why, ERR_USAGE, "gate %u cannot be paired with gate %u", conf.number, peer);
    return e == ERR_OK ? file_create(file_path(dir, "pair-%u", peer).s, bytes_of(in, 32), 0600, why)
                       : e;
}

enum err gate_peer(const char *dir, unsigned peer, const char *url, struct why *why)
{
    struct dir_conf conf;
    enum err e = dir_conf_read(dir, &conf, why);
    if (e != ERR_OK)
        return e;
    if (peer == 0 || peer > DIR_GATE_MAX || peer == conf.number || strlen(url) >= DIR_URL_MAX)
        return why_set(why, ERR_USAGE, "gate %u cannot have peer %u at '%.80s'", conf.number, peer,
                       url);
    (void)snprintf(conf.peers[peer], DIR_URL_MAX, "%s", url);
    return dir_conf_write(dir, &conf, why);
}
