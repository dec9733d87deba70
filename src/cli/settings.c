#include "cli/settings.h"

#include "base/auto.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_VALUE_MAX = 512, SETTINGS_ORIGIN_MAX = 544, SETTINGS_ROWS = 8 };
#define SETTINGS_SYSTEM "/etc/cofferdam/cofferdam.conf"

enum settings_kind { SETTINGS_TEXT, SETTINGS_PATH, SETTINGS_FLAG };

static const struct {
    const char *key, *option, *env;
    enum settings_kind kind;
} known[SETTINGS_ROWS] = {
    { "state", "--state", "COFFERDAM_STATE", SETTINGS_PATH },
    { "passphrase-file", "--passphrase-file", "COFFERDAM_PASSPHRASE_FILE", SETTINGS_PATH },
    { "project", "--project", "COFFERDAM_PROJECT", SETTINGS_TEXT },
    { "json", "--json", "COFFERDAM_JSON", SETTINGS_FLAG },
    { "quiet", "--quiet", "COFFERDAM_QUIET", SETTINGS_FLAG },
    { "verbose", "--verbose", "COFFERDAM_VERBOSE", SETTINGS_FLAG },
    { "no-input", "--no-input", "COFFERDAM_NO_INPUT", SETTINGS_FLAG },
    { "no-compress", "--no-compress", "COFFERDAM_NO_COMPRESS", SETTINGS_FLAG },
};

struct settings {
    struct settings_row rows[SETTINGS_ROWS];
    char values[SETTINGS_ROWS][SETTINGS_VALUE_MAX], origins[SETTINGS_ROWS][SETTINGS_ORIGIN_MAX];
    char files[2][SETTINGS_VALUE_MAX];
    size_t file_count;
};

static bool fits(char *out, size_t size, int printed)
{
    return printed >= 0 && (size_t)printed < size && *out;
}

static bool flag_value(const char *value, bool *out)
{
    static const char *const words[] = { "no", "0", "false", "yes", "1", "true" };
    for (size_t i = 0; i < 6; i++)
        if (strcmp(value, words[i]) == 0) {
            *out = i >= 3;
            return true;
        }
    return false;
}

/* Where a value is already, the earlier source stands. */
static enum err take(struct settings *s, size_t i, const char *value, const char *origin,
                     struct why *why)
{
    struct settings_row *row = &s->rows[i];
    bool on = true;
    if (known[i].kind == SETTINGS_FLAG && !flag_value(value, &on))
        return why_set(why, ERR_CONFIG, "%s: '%s' is neither yes nor no", origin, known[i].key);
    if (row->value)
        return ERR_OK;
    bool ok = known[i].kind == SETTINGS_FLAG
                  ? fits(s->values[i], SETTINGS_VALUE_MAX,
                         snprintf(s->values[i], SETTINGS_VALUE_MAX, "%s", on ? "yes" : "no"))
                  : fits(s->values[i], SETTINGS_VALUE_MAX,
                         snprintf(s->values[i], SETTINGS_VALUE_MAX, "%s", value));
    if (!ok)
        return why_set(why, ERR_CONFIG, "%s: the value of '%s' is empty or too long", origin,
                       known[i].key);
    (void)snprintf(s->origins[i], SETTINGS_ORIGIN_MAX, "%s", origin);
    row->value = s->values[i];
    row->origin = s->origins[i];
    return ERR_OK;
}

static enum err from_environment(struct settings *s, struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < SETTINGS_ROWS && e == ERR_OK; i++) {
        const char *value = getenv(known[i].env);
        if (value && *value)
            e = take(s, i, value, known[i].env, why);
    }
    return e;
}

/* --- one file --- */

struct file_line {
    char value[SETTINGS_VALUE_MAX];
    int line; /* 0: not set */
};

struct file_reading {
    FILE *in;
    const char *path, *profile;
    int line;
    bool has_profile, cut;
    struct file_line plain[SETTINGS_ROWS], profiled[SETTINGS_ROWS];
    enum err err;
    struct why *why;
};

/* Counts lines for inih, which keeps them to itself, and refuses what it would cut in two. */
static char *next_line(char *out, int size, void *ctx)
{
    struct file_reading *r = ctx;
    char *got = r->err == ERR_OK ? fgets(out, size, r->in) : NULL;
    if (!got)
        return NULL;
    r->line++;
    if (!strchr(got, '\n') && !feof(r->in)) {
        r->err = why_set(r->why, ERR_CONFIG, "'%s' line %d: longer than %d bytes", r->path, r->line,
                         size - 2);
        return NULL;
    }
    return got;
}

/* A path of the file's own: from its folder, or HOME. */
static bool path_value(const char *file, const char *value, char out[SETTINGS_VALUE_MAX])
{
    const char *slash = strrchr(file, '/'), *home = getenv("HOME");
    if (strncmp(value, "~/", 2) == 0 && home)
        return fits(out, SETTINGS_VALUE_MAX,
                    snprintf(out, SETTINGS_VALUE_MAX, "%s/%s", home, value + 2));
    if (value[0] != '/' && slash)
        return fits(out, SETTINGS_VALUE_MAX, snprintf(out, SETTINGS_VALUE_MAX, "%.*s/%s",
                                                      (int)(slash - file), file, value));
    return fits(out, SETTINGS_VALUE_MAX, snprintf(out, SETTINGS_VALUE_MAX, "%s", value));
}

static int bad_line(struct file_reading *r, const char *what, const char *name)
{
    if (r->err == ERR_OK)
        r->err = why_set(r->why, ERR_CONFIG, "'%s' line %d: %s '%.60s'", r->path, r->line, what,
                         name);
    return 0;
}

/* inih's handler; 1: go on. */
static int on_key(void *ctx, const char *section, const char *name, const char *value)
{
    struct file_reading *r = ctx;
    struct file_line *lines = r->plain;
    struct file_line elsewhere[1];
    size_t i = 0;
    if (r->err != ERR_OK)
        return 0;
    bool profile = strncmp(section, "profile ", 8) == 0;
    if (*section && !profile)
        return bad_line(r, "unknown section", section);
    while (i < SETTINGS_ROWS && strcmp(known[i].key, name) != 0)
        i++;
    if (i == SETTINGS_ROWS)
        return bad_line(r, "unknown key", name);
    bool named = profile && r->profile && strcmp(section + 8, r->profile) == 0;
    r->has_profile = r->has_profile || named;
    if (named)
        lines = r->profiled;
    struct file_line *line = profile && !named ? elsewhere : &lines[i];
    if (line == elsewhere)
        line->line = 0;
    if (line->line)
        return bad_line(r, "set twice:", name);
    bool on;
    bool ok = known[i].kind == SETTINGS_PATH ? *value && path_value(r->path, value, line->value)
              : known[i].kind == SETTINGS_FLAG
                  ? flag_value(value, &on) &&
                        snprintf(line->value, sizeof line->value, "%s", value) > 0
                  : fits(line->value, sizeof line->value,
                         snprintf(line->value, sizeof line->value, "%s", value));
    line->line = r->line;
    return ok ? 1 : bad_line(r, "no usable value for", name);
}

static enum err take_lines(struct settings *s, const char *path, const struct file_line *lines,
                           struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < SETTINGS_ROWS && e == ERR_OK; i++) {
        char origin[SETTINGS_ORIGIN_MAX];
        if (!lines[i].line)
            continue;
        (void)snprintf(origin, sizeof origin, "%s:%d", path, lines[i].line);
        e = take(s, i, lines[i].value, origin, why);
    }
    return e;
}

/* A file that is not there is fine unless it was named. */
static enum err from_file(struct settings *s, const char *path, bool named, const char *profile,
                          bool *has_profile, struct why *why)
{
    struct file_reading *r = calloc(1, sizeof *r);
    if (!r)
        return why_nomem(why);
    (void)snprintf(s->files[s->file_count++], SETTINGS_VALUE_MAX, "%s", path);
    *r = (struct file_reading){ .path = path, .profile = profile, .why = why,
                                .in = fopen(path, "re") };
    enum err e = ERR_OK;
    if (!r->in && (named || (errno != ENOENT && errno != ENOTDIR)))
        e = why_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot read '%s': %s", path,
                    strerror(errno));
    if (e == ERR_OK && r->in) {
        int line = ini_parse_stream(next_line, r, on_key, r);
        e = r->err;
        if (e == ERR_OK && line != 0)
            e = why_set(why, ERR_CONFIG, "'%s' line %d: not 'key = value'", path, line);
    }
    if (r->in)
        (void)fclose(r->in);
    if (e == ERR_OK)
        e = take_lines(s, path, r->profiled, why);
    if (e == ERR_OK)
        e = take_lines(s, path, r->plain, why);
    *has_profile = *has_profile || r->has_profile;
    free(r);
    return e;
}

static bool user_file(char out[SETTINGS_VALUE_MAX])
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/') /* a relative one is to be ignored (XDG) */
        return fits(out, SETTINGS_VALUE_MAX,
                    snprintf(out, SETTINGS_VALUE_MAX, "%s/cofferdam/cofferdam.conf", xdg));
    return home && *home &&
           fits(out, SETTINGS_VALUE_MAX,
                snprintf(out, SETTINGS_VALUE_MAX, "%s/.config/cofferdam/cofferdam.conf", home));
}

static const char *env_or(const char *value, const char *name)
{
    const char *env = getenv(name);
    return value ? value : env && *env ? env : NULL;
}

enum err settings_read(const char *config, const char *profile, struct settings **out,
                       struct why *why)
{
    struct settings *s = calloc(1, sizeof *s);
    if (!s)
        return why_nomem(why);
    for (size_t i = 0; i < SETTINGS_ROWS; i++)
        s->rows[i] = (struct settings_row){ .key = known[i].key, .option = known[i].option,
                                            .env = known[i].env };
    char path[SETTINGS_VALUE_MAX];
    bool has_profile = false;
    config = env_or(config, "COFFERDAM_CONFIG");
    profile = env_or(profile, "COFFERDAM_PROFILE");
    enum err e = from_environment(s, why);
    if (e == ERR_OK && (config || user_file(path)))
        e = from_file(s, config ? config : path, config != NULL, profile, &has_profile, why);
    if (e == ERR_OK)
        e = from_file(s, SETTINGS_SYSTEM, false, profile, &has_profile, why);
    if (e == ERR_OK && profile && !has_profile)
        e = why_hint(why, why_set(why, ERR_NOT_FOUND, "no file has a profile '%.60s'", profile),
                     "cofferdam config show says which files are read");
    if (e != ERR_OK) {
        settings_free(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void settings_free(struct settings *s)
{
    free(s);
}

size_t settings_count(void)
{
    return SETTINGS_ROWS;
}

const struct settings_row *settings_at(const struct settings *s, size_t i)
{
    return &s->rows[i];
}

const char *settings_file(const struct settings *s, size_t i)
{
    return i < s->file_count ? s->files[i] : NULL;
}
