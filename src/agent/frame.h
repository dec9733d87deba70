/* agent/frame.h: frames on the agent's socket, both ways. Private to this folder.
 * Memory  what a frame held may be plaintext: frame_wipe   Threads  any, one a socket */
#ifndef AGENT_FRAME_H
#define AGENT_FRAME_H

#include "agent/agent.h"

#include <sys/un.h>

enum frame_type {
    FRAME_ARGS = 'A',
    FRAME_INPUT = 'I',
    FRAME_INPUT_END = 'E',
    FRAME_OUT = 'o',
    FRAME_ERR = 'e',
    FRAME_EXIT = 'x',
};

/* STATE/agent.sock. ERR_LIMIT: the path is too long for a socket. */
MUST_USE enum err frame_address(const char *state, struct sockaddr_un *out, struct why *why);

/* One frame, its content after what `content` has. False: cut, too long, timed out, or `stop` said
 * so when a signal came (may be NULL). */
bool frame_read(int fd, uint8_t *type, struct buf *content, bool (*stop)(void *ctx), void *ctx);
/* In pieces of AGENT_FRAME_MAX where there is more; empty content is one frame. */
bool frame_write(int fd, uint8_t type, struct bytes content);
void frame_wipe(struct buf *b);

#endif
