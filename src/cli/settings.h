/* cli/settings.h: options that are not on the command line: from the environment, the user's file
 * or the system's, in this order.
 * Files  $XDG_CONFIG_HOME/cofferdam/cofferdam.conf (else ~/.config/...), or the one that --config
 *        or COFFERDAM_CONFIG names; then /etc/cofferdam/cofferdam.conf.
 * INI: keys are options without their dashes; a section [profile NAME] counts, before the keys
 * outside of it, where --profile or COFFERDAM_PROFILE names it. A relative path starts at the
 * file's own folder, "~/" at HOME. Flags are yes or no. An unknown key is an error.
 * Memory  settings_free   Threads  one owner */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/why.h"

#include <stddef.h>

struct settings;

struct settings_row {
    const char *key;    /* "state" */
    const char *option; /* "--state" */
    const char *env;    /* "COFFERDAM_STATE" */
    const char *value;  /* NULL: set nowhere */
    const char *origin; /* "COFFERDAM_STATE", or "FILE:LINE" */
};

/* `config` and `profile` are the values of --config and --profile, or NULL.
 * ERR_CONFIG names file and line, or the variable; ERR_NOT_FOUND: no such file or profile. */
MUST_USE enum err settings_read(const char *config, const char *profile, struct settings **out,
                                struct why *why);
void settings_free(struct settings *s);
size_t settings_count(void);
const struct settings_row *settings_at(const struct settings *s, size_t i);
/* The files that are looked at, whether they are there or not; NULL past the end. */
const char *settings_file(const struct settings *s, size_t i);

#endif
