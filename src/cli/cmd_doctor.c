/* cli/cmd_doctor.c: what is wrong here, and why are releases refused: for the state directory of a
 * device, a gate, a store or a watcher alike. What servers say is shown, not believed. */
#include "cli/commands.h"

#include "client/client.h"
#include "client/transport.h"
#include "formats/keyfile.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DOCTOR_GATES = 8, DOCTOR_URL_MAX = 256, DOCTOR_SKEW_SECONDS = 60,
       DOCTOR_FREE_BYTES_MIN = 512 << 20, DOCTOR_LANDLOCK_MIN = 2 };

/* What a state directory says about others, and what the command line adds. */
struct places {
    const char *dir, *kind;
    char gates[DOCTOR_GATES + 1][DOCTOR_URL_MAX], store[DOCTOR_URL_MAX];
};

struct doctor {
    struct cli *cli;
    struct places at;
    struct transport *transport;
    unsigned wrong;
};

/* gate.conf, client.conf and watch.conf name servers alike; what else stands there is read by
 * whoever it is for. */
static int places_line(void *ctx, const char *section, const char *name, const char *value)
{
    struct places *p = ctx;
    const char *digit = strncmp(section, "gate ", 5) == 0 || strncmp(section, "peer ", 5) == 0
                            ? section + 5
                            : "";
    char *to = strcmp(section, "store") == 0 ? p->store
               : *digit >= '1' && *digit <= '8' && !digit[1] ? p->gates[*digit - '0']
                                                            : NULL;
    if (to && strcmp(name, "url") == 0)
        (void)snprintf(to, DOCTOR_URL_MAX, "%s", value);
    return 1;
}

static enum err places_read(struct cli *cli, struct places *out, struct why *why)
{
    static const struct {
        const char *kind, *file;
        bool conf;
    } kinds[] = { { "gate", "gate.conf", true }, { "watcher", "watch.conf", true },
                  { "device", "client.conf", true }, { "device", "device.key", false },
                  { "store", "root", false } };
    const char *value;
    memset(out, 0, sizeof *out);
    enum err e = cli_state(cli, &out->dir, why);
    if (e != ERR_OK)
        return e;
    size_t k = 0, count = sizeof kinds / sizeof kinds[0];
    while (k < count && !file_exists(file_path(out->dir, "%s", kinds[k].file).s))
        k++;
    if (k == count)
        return why_set(why, ERR_NOT_FOUND, "'%s' is no state directory", out->dir);
    out->kind = kinds[k].kind;
    struct file_path conf = file_path(out->dir, "%s", kinds[k].file);
    if (kinds[k].conf && ini_parse(conf.s, places_line, out) != 0)
        return why_set(why, ERR_CONFIG, "cannot read '%s'", conf.s);
    for (unsigned i = 0; (value = cli_option_at(cli, "--gate", i)); i++) {
        if (value[0] < '1' || value[0] > '8' || value[1] != '=')
            return why_set(why, ERR_USAGE, "--gate '%.80s' is not N=URL", value);
        (void)snprintf(out->gates[value[0] - '0'], DOCTOR_URL_MAX, "%s", value + 2);
    }
    if ((value = cli_option(cli, "--store")))
        (void)snprintf(out->store, DOCTOR_URL_MAX, "%s", value);
    return ERR_OK;
}

/* A server's own word: ERR_OK, what it says would refuse every release, or why it cannot be asked.
 */
static enum err ask(struct transport *t, const char *base, bool gate, uint64_t *time,
                    struct why *why)
{
    const struct transport_call call = { .method = "GET", .base = base, .path = "/v1/status",
                                         .bare = true };
    AUTO_BUF struct buf reply = buf_init(1 << 16);
    AUTO_JSON json_t *o = NULL;
    const char *code = "OK", *text = "";
    enum err e = transport_do(t, &call, &reply, why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&reply), &o, why);
    if (e == ERR_OK)
        e = json_get_u64(o, "time", JSON_INT_MAX, time, why);
    if (e == ERR_OK && gate)
        e = json_get_text(o, "why", 16, &code, why);
    if (e == ERR_OK && gate)
        e = json_get_text(o, "text", WHY_TEXT_MAX - 1, &text, why);
    const struct err_row *row = e == ERR_OK ? err_find(code) : NULL;
    if (e == ERR_OK && !row)
        return why_set(why, ERR_HTTP, "it says '%s', which is no code", code);
    return e == ERR_OK && row->err != ERR_OK ? why_set(why, row->err, "%s", text) : e;
}

/* --- why --- */

enum err cmd_why(struct cli *cli, struct why *why)
{
    static const uint8_t unsigned_calls[64];
    struct places at;
    struct transport *t = NULL;
    unsigned asked = 0, refusing = 0;
    enum err e = places_read(cli, &at, why);
    if (e == ERR_OK)
        e = transport_new(unsigned_calls, &t, why);
    if (e != ERR_OK)
        return e;
    json_out_key(&cli->data, "gates");
    json_out_array(&cli->data);
    for (unsigned g = 1; g <= DOCTOR_GATES; g++) {
        struct why said = { .code = ERR_OK };
        uint64_t time = 0;
        if (!*at.gates[g])
            continue;
        asked++;
        enum err would = ask(t, at.gates[g], true, &time, &said);
        refusing += would != ERR_OK;
        json_out_object(&cli->data);
        json_out_member_u64(&cli->data, "gate", g);
        json_out_member_str(&cli->data, "url", at.gates[g]);
        json_out_member_str(&cli->data, "code", err_code(would));
        json_out_member_str(&cli->data, "text", would == ERR_OK ? "" : said.text);
        json_out_member_str(&cli->data, "way_out", would == ERR_OK ? "" : err_row(would)->explain);
        json_out_object_end(&cli->data);
        if (would == ERR_OK)
            cli_say(cli, "gate %u refuses nothing of its own accord", g);
        else
            cli_say(cli, "gate %u refuses every release: %s [%s]\n  %s", g, said.text,
                    err_code(would), err_row(would)->explain);
    }
    json_out_array_end(&cli->data);
    transport_free(t);
    if (asked == 0)
        return why_hint(why, why_set(why, ERR_USAGE, "'%s' knows of no gate", at.dir),
                        "--gate N=URL names one");
    return refusing ? why_set(why, ERR_FINDINGS, "%u of %u gates refuse every release", refusing,
                              asked)
                    : ERR_OK;
}

/* --- doctor --- */

PRINTF_LIKE(5, 6)
static void finding(struct doctor *d, const char *check, bool good, const char *advice,
                    const char *fmt, ...)
{
    char text[WHY_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    d->wrong += !good;
    struct json_out *o = &d->cli->data;
    json_out_object(o);
    json_out_member_str(o, "check", check);
    json_out_member_bool(o, "ok", good);
    json_out_member_str(o, "text", text);
    json_out_member_str(o, "advice", good ? "" : advice);
    json_out_object_end(o);
    cli_say(d->cli, "%s  %-8s  %s", good ? "ok   " : "WRONG", check, text);
    if (!good)
        cli_say(d->cli, "       %-8s  %s", "", advice);
}

/* Nobody else may look in: the folder, and each file in it. */
static void look_at_files(struct doctor *d)
{
    struct stat st;
    DIR *folder = opendir(d->at.dir);
    unsigned open_to_others = 0;
    char first[256] = "";
    while (folder) {
        const struct dirent *f = readdir(folder);
        if (!f)
            break;
        if (strcmp(f->d_name, "..") == 0 ||
            fstatat(dirfd(folder), f->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bool folder_itself = strcmp(f->d_name, ".") == 0;
        /* Below a folder that is closed, what SQLite makes may have its usual mode. */
        bool secret = strstr(f->d_name, "key") || strstr(f->d_name, "secret") ||
                      strstr(f->d_name, "pair-") || strstr(f->d_name, "deal-");
        if ((folder_itself || secret) && (st.st_mode & 077) && open_to_others++ == 0)
            (void)snprintf(first, sizeof first, "%s", f->d_name);
    }
    if (folder)
        (void)closedir(folder);
    finding(d, "files", folder && open_to_others == 0, "chmod -R go= DIR, and ask who has read it",
            open_to_others ? "'%s/%s' is open to others" : "'%s' is closed to others%s", d->at.dir,
            open_to_others ? first : "");
}

static void look_at_key(struct doctor *d)
{
    AUTO_BUF struct buf file = buf_init(KEYFILE_BYTES);
    struct why why = { .code = ERR_OK };
    enum err e = file_read(file_path(d->at.dir, "device.key").s, &file, &why);
    if (e == ERR_OK && file.len != KEYFILE_BYTES)
        e = why_set(&why, ERR_FORMAT, "%zu bytes, not %d", file.len, KEYFILE_BYTES);
    if (e != ERR_OK) {
        finding(d, "key", false, "cofferdam device init, or bring the file back", "%s", why.text);
        return;
    }
    unsigned passes = get_u32be(file.ptr + 8), kib = get_u32be(file.ptr + 12);
    finding(d, "key", passes >= PASS_OPS_FLOOR && kib >= PASS_MEM_KIB_FLOOR,
            "make a new device, and have the old one revoked",
            "a guess at its passphrase takes %u passes over %u KiB", passes, kib);
}

static void look_at_machine(struct doctor *d)
{
    struct statvfs v;
    struct sandbox_facts f = sandbox_facts();
    uint64_t room = statvfs(d->at.dir, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : 0;
    finding(d, "disk", room >= DOCTOR_FREE_BYTES_MIN, "make room: a full disk ends all work",
            "%llu MiB are free", (unsigned long long)room >> 20);
    finding(d, "memory", geteuid() == 0 || f.lock_bytes >= SANDBOX_LOCK_BYTES,
            "LimitMEMLOCK=256M in the unit, or memlock in limits.conf",
            f.lock_bytes == UINT64_MAX ? "any amount may be locked"
                                       : "%llu KiB may be locked against swapping",
            (unsigned long long)f.lock_bytes / 1024);
    finding(d, "core", f.core_bytes == 0, "ulimit -c 0", "cores have at most %llu bytes",
            (unsigned long long)f.core_bytes);
    finding(d, "seccomp", f.built && f.seccomp,
            f.built ? "a kernel with seccomp filters" : "install a build without a sanitizer",
            "%s", !f.built ? "a sanitizer or coverage is in this build: no sandbox"
                  : f.seccomp ? "daemons are killed for calls that are not listed"
                              : "this kernel has no seccomp filters: daemons do not start");
    finding(d, "landlock", f.landlock >= DOCTOR_LANDLOCK_MIN, "Linux 5.19, Landlock switched on",
            "version %u; from %d on daemons reach their state directory alone", f.landlock,
            DOCTOR_LANDLOCK_MIN);
}

static void look_at_server(struct doctor *d, const char *name, const char *base, bool gate)
{
    struct why why = { .code = ERR_OK };
    uint64_t time = 0, now = clock_s();
    enum err e = ask(d->transport, base, gate, &time, &why);
    finding(d, name, e == ERR_OK, err_row(e)->explain, "%s%s",
            e == ERR_OK ? "serves at " : why.text, e == ERR_OK ? base : "");
    uint64_t apart = time > now ? time - now : now - time;
    if (time)
        finding(d, "clock", apart <= DOCTOR_SKEW_SECONDS, "set the clock by NTP, here or there",
                "%llu s apart from %s", (unsigned long long)apart, name);
}

/* The chains need the unlocked device: given by its agent, or a passphrase. */
static void look_at_chains(struct doctor *d)
{
    struct why why = { .code = ERR_OK };
    struct client *c = NULL;
    if (!*d->cli->client && !cli_option(d->cli, "--passphrase-file") &&
        !getenv("COFFERDAM_PASSPHRASE_FILE")) {
        finding(d, "chain", true, "", "not looked at: that needs the passphrase");
        return;
    }
    enum err e = cli_client(d->cli, &c, &why);
    if (e == ERR_OK)
        e = client_sync(c, &why);
    finding(d, "chain", e == ERR_OK, err_row(e)->explain, "%s",
            e == ERR_OK ? "every statement at the store is here and verified" : why.text);
}

static void sandbox_lists(struct json_out *o)
{
    json_out_key(o, "calls");
    json_out_object(o);
    for (unsigned k = 0; k < SANDBOX_KINDS; k++) {
        const char *names[SANDBOX_CALLS_MAX];
        size_t n = sandbox_calls((enum sandbox_kind)k, names);
        json_out_key(o, sandbox_name((enum sandbox_kind)k));
        json_out_array(o);
        for (size_t i = 0; i < n; i++)
            json_out_str(o, names[i]);
        json_out_array_end(o);
    }
    json_out_object_end(o);
}

enum err cmd_doctor(struct cli *cli, struct why *why)
{
    static const uint8_t unsigned_calls[64];
    struct doctor d = { .cli = cli };
    enum err e = places_read(cli, &d.at, why);
    if (e == ERR_OK)
        e = transport_new(unsigned_calls, &d.transport, why);
    if (e != ERR_OK)
        return e;
    json_out_member_str(&cli->data, "kind", d.at.kind);
    json_out_key(&cli->data, "checks");
    json_out_array(&cli->data);
    look_at_files(&d);
    if (strcmp(d.at.kind, "device") == 0)
        look_at_key(&d);
    look_at_machine(&d);
    for (unsigned g = 1; g <= DOCTOR_GATES; g++) {
        char name[16];
        (void)snprintf(name, sizeof name, "gate %u", g);
        if (*d.at.gates[g])
            look_at_server(&d, name, d.at.gates[g], true);
    }
    if (*d.at.store)
        look_at_server(&d, "store", d.at.store, false);
    if (strcmp(d.at.kind, "device") == 0 && *d.at.store)
        look_at_chains(&d);
    json_out_array_end(&cli->data);
    sandbox_lists(&cli->data);
    transport_free(d.transport);
    return d.wrong ? why_set(why, ERR_FINDINGS, "%u of the checks found something", d.wrong)
                   : ERR_OK;
}
