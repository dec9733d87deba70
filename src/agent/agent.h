/* agent/agent.h: a device key unlocked once, commands served on a private socket.
 * The socket `STATE/agent.sock` is 0600 in a 0700 directory, and only the owner's processes (and
 * root) are served (SO_PEERCRED). One command at a time.
 * Frames  u32 length | type 1 | content, at most AGENT_FRAME_MAX bytes of content
 *   asked   'A' terminals 1, columns 2, count 2, (u16 length, argument)*
 *           'I' a piece of standard input, any number of them      'E' no more input
 *   told    'o' for stdout, 'e' for stderr, any number of them, as they come
 *           'x' exit code 1: the end
 * Whoever asks closes its sending side to interrupt; the command stops where it safely can, and
 * its exit code still comes.
 * Limits  standard input of AGENT_INPUT_MAX; an asker that takes nothing for AGENT_WAIT_MS is cut
 * off   Threads  one owner */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/bytes.h"
#include "base/why.h"

enum { AGENT_FRAME_MAX = 1 << 20, AGENT_ARGS_MAX = 512, AGENT_INPUT_MAX = 1 << 30,
       AGENT_WAIT_MS = 30000 };

/* Which of the asker's descriptors are terminals. */
enum { AGENT_OUT_TERMINAL = 1, AGENT_ERR_TERMINAL = 2 };

struct agent_peer; /* whoever asks */

struct agent_call {
    int argc;
    char **argv;
    struct bytes input;
    uint8_t terminals;
    uint16_t columns;
    struct agent_peer *peer;
};

/* Runs one command line, tells what it prints, returns the exit code. */
typedef int agent_run(void *ctx, const struct agent_call *call);
/* To the asker's stdout or stderr. False: it is gone. */
bool agent_tell_out(struct agent_peer *peer, struct bytes b);
bool agent_tell_err(struct agent_peer *peer, struct bytes b);
/* Has the asker interrupted, or vanished, or is the agent to end? */
bool agent_stopped(const struct agent_peer *peer);

/* Serves until SIGINT or SIGTERM. `ready` is called once when the socket listens.
 * ERR_LOCKED: another agent runs there; ERR_IO. */
MUST_USE enum err agent_serve(const char *state, agent_run *run, void *ctx,
                              void (*ready)(void *ctx), struct why *why);

struct agent_question {
    int argc;
    char **argv;
    uint8_t terminals;
    uint16_t columns;
    struct bytes input;                     /* all of it: an agent waits for no terminal */
    bool (*out)(void *ctx, struct bytes b); /* false: nobody reads any more */
    bool (*err)(void *ctx, struct bytes b);
    bool (*stopped)(void *ctx);
    void *ctx;
};

/* Is an agent there? Then sends the command and hands on what it prints. ERR_NOT_FOUND: no agent;
 * ERR_NETWORK: it went away in the middle, or answers nonsense; ERR_LIMIT. */
MUST_USE enum err agent_ask(const char *state, const struct agent_question *q, int *exit_code,
                            struct why *why);

#endif
