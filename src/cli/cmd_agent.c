/* cli/cmd_agent.c: commands that come by the agent's socket run as they would here. */
#include "cli/commands.h"

#include "agent/agent.h"

#include <stdio.h>

static bool tell_out(void *ctx, struct bytes b)
{
    return agent_tell_out(ctx, b);
}

static bool tell_err(void *ctx, struct bytes b)
{
    return agent_tell_err(ctx, b);
}

static bool is_stopped(void *ctx)
{
    return agent_stopped(ctx);
}

static int agent_command(void *ctx, const struct agent_call *call)
{
    struct client **client = ctx;
    const struct cli_io io = { .out = tell_out, .err = tell_err, .stopped = is_stopped,
                               .ctx = call->peer, .columns = call->columns,
                               .out_terminal = call->terminals & AGENT_OUT_TERMINAL,
                               .err_terminal = call->terminals & AGENT_ERR_TERMINAL };
    struct cli cli = cli_init(client, &io);
    struct why why;
    cli.input = call->input;
    enum err e = cli_parse(&cli, call->argc, call->argv, &why);
    /* Its own process has the terminal; and an agent within an agent would wait for itself. */
    if (e == ERR_OK && cli.command->place != CLI_DEVICE)
        e = why_set(&why, ERR_USAGE, "the agent does not run '%s'", cli.command->noun);
    int code = e == ERR_OK ? cli_run(&cli) : cli_fail(&cli, e, &why);
    cli_release(&cli);
    return code;
}

static void agent_ready(void *ctx)
{
    (void)printf("ready\n");
    (void)fflush(stdout);
}

enum err cmd_agent(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const char *dir = NULL;
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_client(cli, &c, why);
    return e == ERR_OK ? agent_serve(dir, agent_command, cli->client, agent_ready, why) : e;
}
