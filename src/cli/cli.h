/* cli/cli.h: one command line: parsed by the command table, run here or in the agent, printed once.
 * A command writes its data twice: as members of one JSON object (`cli->data`) and as text for
 * people (`cli->text`); which of them is printed is decided at the end (UX section 1). Progress and
 * a record's bytes go out at once, through `cli->io`.
 * Threads  one owner */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/json.h"
#include "record/plain.h"

enum { CLI_ARGS_MAX = 480, CLI_OUT_MAX = 64 << 20, CLI_INPUT_MAX = 1 << 30 };
#define CLI_VERSION "0.1.0"

/* Where a command may run. */
enum cli_place {
    CLI_HERE,   /* always in this process: what needs no device key */
    CLI_SERVER, /* the same, and it minds signals itself */
    CLI_DEVICE, /* needs an unlocked device: in the agent of that state directory if one runs */
};

struct cli_option {
    const char *name;  /* "--state"; NULL ends the list */
    const char *value; /* what stands behind it, "DIR"; NULL: a flag */
    const char *help;
    bool path;         /* a file name: made absolute before it goes to the agent */
};

struct cli;

struct cli_command {
    const char *noun, *verb; /* verb "" where the noun is the command */
    const char *args;        /* "FILE" or "[ID]..." */
    const char *summary;
    unsigned args_min, args_max;
    bool args_are_paths;
    enum cli_place place;
    enum err (*run)(struct cli *cli, struct why *why);
    struct cli_option options[10];
};

/* The one table (cli/table.c); ends with a row whose noun is NULL. */
extern const struct cli_command cli_commands[];
/* Options that every command has. */
extern const struct cli_option cli_common[];

/* Where output goes: this process's own descriptors, or an agent's asker. */
struct cli_io {
    bool (*out)(void *ctx, struct bytes b); /* false: nobody takes it any more */
    bool (*err)(void *ctx, struct bytes b);
    bool (*stopped)(void *ctx); /* Ctrl-C: end where it is safe */
    void *ctx;
    bool out_terminal, err_terminal;
    unsigned columns;
};

struct client;
struct settings;

struct cli {
    const struct cli_io *io;
    const struct cli_command *command;
    const char *words[CLI_ARGS_MAX]; /* the positional arguments */
    unsigned word_count;
    const char *option_names[CLI_ARGS_MAX], *option_values[CLI_ARGS_MAX];
    unsigned option_count;
    struct bytes input;   /* what came by standard input, when an argument is "-" */
    struct buf text;      /* for people */
    struct buf note;      /* commentary, to stderr */
    struct buf json;
    struct json_out data; /* inside the "data" object */
    bool out_failed;      /* something could not be written to stdout */
    struct client **client; /* opened by cli_client, kept by whoever runs commands */
    struct settings *settings; /* what is not on the command line; NULL in an agent */
    struct cli_progress *progress; /* cli/progress.c; NULL until there is some */
};

/* --- what commands use --- */

/* The last value of an option, NULL if absent; "" for a flag that is set. */
const char *cli_option(const struct cli *cli, const char *name);
/* The i-th value of an option that may be repeated; NULL past the end. */
const char *cli_option_at(const struct cli *cli, const char *name, unsigned i);
/* The value, or ERR_USAGE naming the option. */
MUST_USE enum err cli_need(const struct cli *cli, const char *name, const char **out,
                           struct why *why);
MUST_USE enum err cli_number(const struct cli *cli, const char *name, uint64_t otherwise,
                             uint64_t max, uint64_t *out, struct why *why);
/* --state; ERR_USAGE without. */
MUST_USE enum err cli_state(const struct cli *cli, const char **out, struct why *why);
/* The bytes of --passphrase-file, or a prompt that names the key; a newline at the end is not part
 * of it. The caller wipes and frees. ERR_INTERRUPTED. */
MUST_USE enum err cli_passphrase(const struct cli *cli, const char *key, bool twice,
                                 struct plain *out, struct why *why);
/* The client of the state directory: unlocked at first use. */
MUST_USE enum err cli_client(struct cli *cli, struct client **out, struct why *why);
/* How wide stdout's terminal is; 0: no terminal, nothing is wrapped. */
unsigned cli_width(const struct cli *cli);
/* A line for people. */
void cli_say(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Commentary, for stderr. */
void cli_note(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A record's bytes to stdout, at once. A terminal gets only plain text (ERR_USAGE): bytes of others
 * could drive it. */
MUST_USE enum err cli_content(struct cli *cli, struct bytes content, struct why *why);

/* --- what runs commands --- */

/* An empty command line whose client is kept in *client. */
struct cli cli_init(struct client **client, const struct cli_io *io);
/* Finds the command and sorts the arguments. ERR_USAGE with a suggestion. */
MUST_USE enum err cli_parse(struct cli *cli, int argc, char **argv, struct why *why);
/* Adds an option that is not on the command line. False: there are too many. */
bool cli_option_add(struct cli *cli, const char *name, const char *value);
/* Has the command such an option? */
const struct cli_option *cli_option_find(const struct cli_command *command, const char *name);
/* Runs, and prints what belongs to stdout and stderr; returns the exit code. */
int cli_run(struct cli *cli);
void cli_release(struct cli *cli);
/* Prints a failure that came before a command could run; returns its exit code. */
int cli_fail(struct cli *cli, enum err e, const struct why *why);
const struct cli_command *cli_find(const char *noun, const char *verb);
/* "usage: ..." of one command, or the list of all for NULL. */
void cli_help(const struct cli_command *command, unsigned columns, struct buf *out);

#endif
