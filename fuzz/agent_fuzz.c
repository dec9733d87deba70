/* Frames from whoever opened the agent's socket: the file is taken in, because its way in is a
 * socket that only it listens on. */
#include "agent/agent.c"

#include "fuzz.h"

enum { SOCKET_MAX = 64 << 10 };

static int run(void *ctx, const struct agent_call *call)
{
    (void)ctx;
    fuzz_must(call->argc >= 0 && call->argc <= AGENT_ARGS_MAX && !call->argv[call->argc]);
    for (int i = 0; i < call->argc; i++)
        fuzz_must(strlen(call->argv[i]) <= UINT16_MAX);
    (void)agent_tell_out(call->peer, call->input);
    return call->argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    const int room = 4 * SOCKET_MAX;
    if (size > SOCKET_MAX)
        return 0;
    fuzz_must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    fuzz_must(write(ends[0], data, size) == (ssize_t)size);
    /* The true asker keeps its side open until the answer, a closed one interrupts; but what does
     * not end would be waited for. */
    static const uint8_t end[] = { 0, 0, 0, 0, 'E' };
    struct timeval patience = { .tv_usec = 1000 };
    (void)setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (size < sizeof end || memcmp(data + size - sizeof end, end, sizeof end) != 0)
        (void)shutdown(ends[0], SHUT_WR);
    agent_one(ends[1], run, NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}
