#include "cli/commands.h"

#include "base/hex.h"
#include "crypto/secret.h"
#include "gate/gate.h"
#include "store/store.h"
#include "sys/files.h"
#include "watch/watch.h"

#include <stdio.h>
#include <string.h>

static void say_ready(void *ctx, unsigned port)
{
    (void)printf("ready %u\n", port);
    (void)fflush(stdout);
}

static void say_running(void *ctx)
{
    say_ready(ctx, 0);
}

static enum err owner_root(struct cli *cli, struct buf *out, struct why *why)
{
    const char *path = NULL;
    enum err e = cli_need(cli, "--owner", &path, why);
    return e == ERR_OK ? cli_input(cli, path, out, why) : e;
}

static enum err write_card(const char *dir, const struct gate_card *card, struct why *why)
{
    AUTO_BUF struct buf text = buf_init(4096);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_u64(&o, "number", card->number);
    json_out_member_u64(&o, "incarnation", card->incarnation);
    json_out_member_hex(&o, "key", card->key, 32);
    json_out_member_hex(&o, "exchange", card->exchange, 32);
    json_out_object_end(&o);
    return file_replace(file_path(dir, "card.json").s, buf_bytes(&text), 0600, why);
}

enum err cmd_gate_init(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    uint64_t number = 0;
    struct gate_card card;
    AUTO_BUF struct buf root = buf_init(1 << 16);
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_number(cli, "--number", 0, 8, &number, why);
    if (e == ERR_OK && number == 0)
        e = why_set(why, ERR_USAGE, "'gate init' needs --number 1 to 8");
    if (e == ERR_OK)
        e = owner_root(cli, &root, why);
    if (e == ERR_OK)
        e = gate_init(dir, (unsigned)number, buf_bytes(&root), why);
    if (e == ERR_OK)
        e = gate_card(dir, &card, why);
    if (e == ERR_OK)
        e = write_card(dir, &card, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "gate %u, log key %s", card.number, hex_id(card.key).s);
    cli_note(cli, "%s/card.json is for the lab's epoch statement", dir);
    json_out_member_u64(&cli->data, "number", card.number);
    json_out_member_hex(&cli->data, "key", card.key, 32);
    return ERR_OK;
}

static enum err peer_number(const struct cli *cli, unsigned *out, struct why *why)
{
    uint64_t n = 0;
    enum err e = cli_number(cli, "--peer", 0, 8, &n, why);
    if (e == ERR_OK && n == 0)
        e = why_set(why, ERR_USAGE, "'%s %s' needs --peer 1 to 8", cli->command->noun,
                    cli->command->verb);
    *out = (unsigned)n;
    return e;
}

/* 32 bytes that somebody carries from one gate to another, once. */
enum err cmd_gate_pair(struct cli *cli, struct why *why)
{
    const char *dir = NULL, *make = cli_option(cli, "--make"), *take = cli_option(cli, "--take");
    unsigned peer = 0;
    struct buf in = buf_init(33);
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = peer_number(cli, &peer, why);
    if (e == ERR_OK && !make == !take)
        e = why_set(why, ERR_USAGE, "'gate pair' needs either --make FILE or --take FILE");
    if (e == ERR_OK && make) {
        AUTO_SECRET struct secret *p = secret_new(32);
        e = p ? gate_pair_make(dir, peer, p->ptr, why) : why_nomem(why);
        if (e == ERR_OK)
            e = file_create(make, bytes_of(p->ptr, 32), 0600, why);
    } else if (e == ERR_OK) {
        e = cli_input(cli, take, &in, why);
        if (e == ERR_OK && in.len != 32)
            e = why_set(why, ERR_FORMAT, "'%s' is not the 32 bytes of a pair", take);
        if (e == ERR_OK)
            e = gate_pair_take(dir, peer, in.ptr, why);
    }
    if (in.ptr)
        secret_wipe(in.ptr, in.cap);
    buf_release(&in);
    return e;
}

enum err cmd_gate_peer(struct cli *cli, struct why *why)
{
    const char *dir = NULL, *url = NULL;
    unsigned peer = 0;
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = peer_number(cli, &peer, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--url", &url, why);
    return e == ERR_OK ? gate_peer(dir, peer, url, why) : e;
}

static enum err serve_options(const struct cli *cli, const char **dir, struct daemon_options *out,
                              struct why *why)
{
    enum err e = cli_state(cli, dir, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--listen", &out->listen, why);
    out->health = cli_option(cli, "--health");
    out->user = cli_option(cli, "--user");
    return e;
}

enum err cmd_gate_serve(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    struct daemon_options options;
    enum err e = serve_options(cli, &dir, &options, why);
    return e == ERR_OK ? gate_serve(dir, &options, say_ready, NULL, why) : e;
}

/* True: it is well. */
static bool say_snapshot(struct cli *cli, const char *name, const struct gate_snapshot *found)
{
    if (!found->there) {
        cli_say(cli, "%s: none", name);
        return true;
    }
    if (found->good)
        cli_say(cli, "%s: after %llu entries, what the log gives", name,
                (unsigned long long)found->size);
    else
        cli_say(cli, "%s: %s", name, found->why.text);
    return found->good;
}

enum err cmd_gate_verify(struct cli *cli, struct why *why)
{
    static const char *const names[GATE_SNAPSHOTS] = { "snapshot", "snapshot.1" };
    const char *dir = NULL;
    struct gate_verified found;
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = gate_verify(dir, &found, why);
    if (e != ERR_OK)
        return e;
    bool well = found.files_wrong == 0;
    cli_say(cli, "log: %llu entries in %llu segments match their hashes and the checkpoint of %llu",
            (unsigned long long)found.entries, (unsigned long long)found.segments,
            (unsigned long long)found.published);
    cli_say(cli, "tiles: %llu missing or different", (unsigned long long)found.files_wrong);
    json_out_member_u64(&cli->data, "entries", found.entries);
    json_out_member_u64(&cli->data, "published", found.published);
    json_out_member_u64(&cli->data, "tiles_wrong", found.files_wrong);
    for (size_t n = 0; n < GATE_SNAPSHOTS; n++) {
        well = say_snapshot(cli, names[n], &found.snapshots[n]) && well;
        json_out_member_str(&cli->data, names[n],
                            !found.snapshots[n].there ? "none"
                            : found.snapshots[n].good ? "good" : "wrong");
    }
    if (well)
        return ERR_OK;
    return why_hint(why, why_set(why, ERR_FINDINGS, "the log is right, but not all that is made of "
                                 "it"),
                    "stop the gate, remove its snapshots and start it: it replays and mends");
}

enum err cmd_store_init(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    AUTO_BUF struct buf root = buf_init(1 << 16);
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = owner_root(cli, &root, why);
    return e == ERR_OK ? store_init(dir, buf_bytes(&root), why) : e;
}

enum err cmd_store_serve(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    struct daemon_options options;
    enum err e = serve_options(cli, &dir, &options, why);
    return e == ERR_OK ? store_serve(dir, &options, say_ready, NULL, why) : e;
}

enum err cmd_watch_init(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    uint8_t key[32];
    AUTO_BUF struct buf root = buf_init(1 << 16);
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = owner_root(cli, &root, why);
    if (e == ERR_OK)
        e = watch_init(dir, buf_bytes(&root), why);
    if (e == ERR_OK)
        e = watch_key(dir, key, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "%s", hex_id(key).s);
    json_out_member_hex(&cli->data, "key", key, 32);
    return ERR_OK;
}

enum err cmd_watch_serve(struct cli *cli, struct why *why)
{
    const char *dir = NULL, *value, *store = cli_option(cli, "--store");
    uint64_t seconds = 0;
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_number(cli, "--every", 180, 3600, &seconds, why);
    for (unsigned i = 0; e == ERR_OK && (value = cli_option_at(cli, "--gate", i)); i++) {
        if (value[0] < '1' || value[0] > '8' || value[1] != '=')
            return why_set(why, ERR_USAGE, "--gate '%.80s' is not N=URL", value);
        e = watch_gate(dir, (unsigned)(value[0] - '0'), value + 2, why);
    }
    if (e == ERR_OK && store)
        e = watch_store(dir, store, why);
    return e == ERR_OK ? watch_serve(dir, (int)seconds * 1000, cli_option(cli, "--user"),
                                     say_running, NULL, why)
                       : e;
}
