/* agent/agent.h: a device key unlocked once, commands served on a private socket.
 * The socket `STATE/agent.sock` is 0600 in a 0700 directory, and only the owner's processes (and
 * root) are served (SO_PEERCRED). One command at a time.
 * Frames: request  u32 length | count 2 | (u16 length, argument)* | standard input
 *         reply    u32 length | exit code 1 | u32 length, stdout | stderr
 * Limits  frames of AGENT_FRAME_MAX   Threads  one owner */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/bytes.h"
#include "base/why.h"

enum { AGENT_FRAME_MAX = 128 << 20, AGENT_ARGS_MAX = 512, AGENT_WAIT_MS = 30000 };

/* Runs one command line; appends to out and err; returns the exit code. */
typedef int agent_run(void *ctx, int argc, char **argv, struct bytes input, struct buf *out,
                      struct buf *err);

/* Serves until SIGINT or SIGTERM. `ready` is called once when the socket listens.
 * ERR_LOCKED: another agent runs there; ERR_IO. */
MUST_USE enum err agent_serve(const char *state, agent_run *run, void *ctx,
                              void (*ready)(void *ctx), struct why *why);

/* Is an agent there? Then sends the command and appends what it printed. ERR_NOT_FOUND: no agent;
 * ERR_NETWORK: it went away in the middle. */
MUST_USE enum err agent_ask(const char *state, int argc, char **argv, struct bytes input,
                            struct buf *out, struct buf *err, int *exit_code, struct why *why);

#endif
