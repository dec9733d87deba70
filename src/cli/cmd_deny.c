/* cli/cmd_deny.c: what takes away: pause, resume, revoke, and the list of pauses. None of it needs
 * the vendor's store: a pause binds by the gates alone. */
#include "cli/commands.h"

#include "base/calendar.h"
#include "base/hex.h"
#include "cli/columns.h"
#include "client/client.h"
#include "client/push.h"
#include "decide/authority.h"
#include "shares/subset.h"
#include "sys/clock.h"
#include "sys/http_client.h"

#include <stdlib.h>
#include <string.h>

#define DENY_YEAR_S (UINT64_C(365) * 86400)

enum { DENY_PREFIX_MIN = 8, DENY_TRIES_MS = 500, DENY_SECONDS = 30 };

/* --- whom it is about --- */

/* What a device is known by under that word; NULL: nothing. */
static const uint8_t *id_of(const struct authority_device *d, enum subject what)
{
    static const uint8_t zeroes[32];
    switch (what) {
    case SUBJECT_DEVICE:
        return d->key;
    case SUBJECT_MEMBER:
        return d->member;
    default:
        return memcmp(d->vendor, zeroes, 32) == 0 ? NULL : d->vendor;
    }
}

/* A vendor, member or device that this device knows, by 8 or more of its digits. */
static enum err by_prefix(const struct authority *a, enum subject what, const char *word,
                          uint8_t of[32], struct why *why)
{
    const size_t len = strlen(word), size = what == SUBJECT_MEMBER ? 16 : 32;
    const uint8_t *found = NULL;
    if (len < DENY_PREFIX_MIN)
        return why_set(why, ERR_USAGE, "'%s' has fewer than %d digits", word, DENY_PREFIX_MIN);
    for (size_t i = 0; i < authority_device_count(a); i++) {
        const uint8_t *id = id_of(authority_device_at(a, i), what);
        uint8_t whole[32] = { 0 };
        if (!id)
            continue;
        memcpy(whole, id, size);
        if (len > 2 * size || strncmp(hex_id(whole).s, word, len) != 0)
            continue;
        if (found && memcmp(found, id, size) != 0)
            return why_set(why, ERR_AMBIGUOUS, "more than one %s begins with '%s'",
                           words_name(&words_subject, what), word);
        found = id;
    }
    if (!found)
        return why_set(why, ERR_NOT_FOUND, "no %s begins with '%s'",
                       words_name(&words_subject, what), word);
    memcpy(of, found, size);
    return ERR_OK;
}

static enum err find_kind(const char *word, uint8_t of[32], struct why *why)
{
    enum record_kind kind;
    enum err e = record_kind_parse(bytes_str(word), &kind, why);
    of[0] = (uint8_t)kind;
    return e;
}

/* WHAT and ID of the command line. */
static enum err subject_of(struct cli *cli, struct client *c, enum subject *what, uint8_t of[32],
                           struct why *why)
{
    const char *word = cli->words[0], *id = cli->word_count > 1 ? cli->words[1] : NULL;
    const struct config_project *p = NULL;
    *what = (enum subject)words_find(&words_subject, bytes_str(word));
    if (!*what)
        return why_hint(why, why_set(why, ERR_USAGE, "'%s' cannot be paused or revoked", word),
                        "say everything, project, vendor, member, device or kind");
    if ((*what == SUBJECT_EVERYTHING) != (id == NULL))
        return why_set(why, ERR_USAGE, "%s",
                       id ? "everything has no ID" : "which one? give its ID");
    switch (*what) {
    case SUBJECT_EVERYTHING:
        return ERR_OK;
    case SUBJECT_PROJECT: {
        enum err e = config_project(client_config(c), id, &p, why);
        if (e == ERR_OK)
            memcpy(of, p->id, 16);
        return e;
    }
    case SUBJECT_KIND:
        return find_kind(id, of, why);
    case SUBJECT_WATCHER:
    case SUBJECT_ATTESTOR:
        return cli_hex(id, "the key", of, 32, why);
    default:
        return by_prefix(client_authority(c), *what, id, of, why);
    }
}

/* --- to the gates --- */

static unsigned gates_to_bind(const struct client *c)
{
    const struct authority_epoch *e = authority_epoch(client_authority(c));
    return e ? (unsigned)e->gate_count - e->threshold + 1 : 1;
}

/* Goes on until every gate has it or the time is over, and says when it binds. */
static enum err carry(struct cli *cli, struct client *c, struct why *why)
{
    const struct authority_epoch *epoch = authority_epoch(client_authority(c));
    const uint8_t roster = epoch ? epoch->roster : 0;
    const unsigned bind = gates_to_bind(c);
    uint8_t reached = 0;
    uint64_t seconds = 0;
    const int64_t begun = clock_steady_ms();
    int64_t in_force = -1;
    enum err e = cli_number(cli, "--seconds", DENY_SECONDS, 86400, &seconds, why);
    while (e == ERR_OK) {
        e = push_gates(c, &reached, why);
        const int64_t now = clock_steady_ms();
        if (in_force < 0 && (unsigned)__builtin_popcount(reached & roster) >= bind) {
            in_force = now - begun;
            cli_note(cli, "in force after %lld ms: logged by %s", (long long)in_force,
                     cli_gates(reached).s);
        }
        if ((reached & roster) == roster || now - begun >= (int64_t)seconds * 1000 ||
            cli->io->stopped(cli->io->ctx))
            break;
        clock_sleep_ms(DENY_TRIES_MS);
    }
    json_out_member_u64(&cli->data, "gates", reached);
    json_out_member_u64(&cli->data, "binds_at", bind);
    json_out_member_u64(&cli->data, "binds_at_if_one_lies", bind + 1);
    json_out_member_bool(&cli->data, "in_force", in_force >= 0);
    json_out_member_u64(&cli->data, "in_force_ms", in_force >= 0 ? (uint64_t)in_force : 0);
    if (e != ERR_OK)
        return e;
    if (in_force < 0)
        return why_hint(why, why_set(why, ERR_NETWORK, "logged by %s, which is fewer than the %u "
                                     "that bind", cli_gates(reached).s, bind),
                        "it is signed and kept: give the same command again, or any other");
    if ((reached & roster) != roster)
        cli_note(cli, "not yet logged by %s", cli_gates(roster & (uint8_t)~reached).s);
    cli_say(cli, "binds with %u gates if none lies, %u if one does; logged by %u", bind, bind + 1,
            (unsigned)__builtin_popcount(reached));
    struct why told;
    if (push_gate(c, 0, &told) != ERR_OK) /* the vendor's store is nobody whom a pause waits for */
        cli_note(cli, "the store has not taken it: %s", told.text);
    return ERR_OK;
}

static enum err say(struct cli *cli, struct client *c, struct statement *s, struct why *why)
{
    struct why told;
    if (client_sync(c, &told) != ERR_OK)
        cli_note(cli, "the store is not asked for news: %s", told.text);
    enum err e = push_sign(c, s, DENY_YEAR_S, why);
    if (e != ERR_OK)
        return e;
    json_out_member_hex(&cli->data, "statement", s->id, 32);
    cli_note(cli, "%s %s", statement_kind_name(s->kind), hex_short(s->id).s);
    return carry(cli, c, why);
}

static const char *reason_of(const struct cli *cli)
{
    const char *reason = cli_option(cli, "--reason");
    return reason ? reason : "";
}

enum err cmd_pause(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const struct config_project *p = NULL;
    struct statement s = { .kind = STATEMENT_PAUSE };
    s.u.pause.reason = (char *)(uintptr_t)reason_of(cli);
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = subject_of(cli, c, &s.u.pause.what, s.u.pause.of, why);
    if (e == ERR_OK && cli_option(cli, "--only")) {
        e = config_project(client_config(c), cli_option(cli, "--only"), &p, why);
        if (e == ERR_OK)
            memcpy(s.u.pause.project, p->id, 16);
    }
    return e == ERR_OK ? say(cli, c, &s, why) : e;
}

enum err cmd_revoke(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct statement s = { .kind = STATEMENT_REVOCATION };
    s.u.revocation.reason = (char *)(uintptr_t)reason_of(cli);
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = subject_of(cli, c, &s.u.revocation.what, s.u.revocation.of, why);
    return e == ERR_OK ? say(cli, c, &s, why) : e;
}

/* --- pauses there are --- */

static enum err pauses_of(const struct client *c, struct authority_pause **out, size_t *count,
                          struct why *why)
{
    const struct authority *a = client_authority((struct client *)(uintptr_t)c);
    *count = authority_pause_count(a);
    *out = calloc(*count ? *count : 1, sizeof **out);
    if (!*out)
        return why_nomem(why);
    authority_pauses(a, *out);
    return ERR_OK;
}

enum err cmd_resume(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct authority_pause *all = NULL;
    size_t count = 0, found = 0;
    struct statement s = { .kind = STATEMENT_RESUME };
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = client_sync(c, why);
    if (e == ERR_OK)
        e = pauses_of(c, &all, &count, why);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        const size_t len = strlen(cli->words[0]);
        if (len < DENY_PREFIX_MIN || strncmp(hex_id(all[i].id).s, cli->words[0], len) != 0)
            continue;
        found++;
        memcpy(s.u.resume.pause, all[i].id, 32);
    }
    free(all);
    if (e == ERR_OK && found != 1)
        e = why_hint(why, why_set(why, found ? ERR_AMBIGUOUS : ERR_NOT_FOUND,
                                  "%s pause begins with '%s'", found ? "more than one" : "no",
                                  cli->words[0]), "`cofferdam pauses` lists them");
    return e == ERR_OK ? say(cli, c, &s, why) : e;
}

static void pause_row(struct cli *cli, struct libscols_table *t, const struct authority_pause *p)
{
    const struct calendar_text since = calendar_text(p->created);
    char reason[WHY_TEXT_MAX]; /* somebody's words */
    http_client_words(p->reason, reason);
    const struct hex_short id = hex_short(p->id), of = hex_short(p->of);
    const char *const cells[] = { id.s, words_name(&words_subject, p->what),
                                  p->what == SUBJECT_EVERYTHING ? ""
                                  : p->what == SUBJECT_KIND     ? record_kind_name(p->of[0])
                                                                : of.s,
                                  since.s,
                                  p->lifted ? "resumed" : "in force", reason };
    columns_add(t, cells);
    json_out_object(&cli->data);
    json_out_member_hex(&cli->data, "pause", p->id, 32);
    json_out_member_str(&cli->data, "what", words_name(&words_subject, p->what));
    json_out_member_hex(&cli->data, "of", p->of, 32);
    json_out_member_u64(&cli->data, "created", p->created);
    json_out_member_bool(&cli->data, "in_force", !p->lifted);
    json_out_member_str(&cli->data, "reason", p->reason);
    json_out_object_end(&cli->data);
}

enum err cmd_pauses(struct cli *cli, struct why *why)
{
    static const char *const heads[] = { "pause", "what", "of", "since", "state", "reason", NULL };
    struct client *c = NULL;
    struct authority_pause *all = NULL;
    size_t count = 0;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = client_sync(c, why);
    if (e == ERR_OK)
        e = pauses_of(c, &all, &count, why);
    if (e != ERR_OK)
        return e;
    struct libscols_table *t = columns_new(heads);
    json_out_key(&cli->data, "pauses");
    json_out_array(&cli->data);
    for (size_t i = 0; i < count; i++)
        pause_row(cli, t, &all[i]);
    json_out_array_end(&cli->data);
    free(all);
    if (count == 0)
        cli_say(cli, "nothing is paused, and nothing was");
    columns_print(t, cli_width(cli), 0, &cli->text);
    return ERR_OK;
}
