#include "client/progress.h"

enum err progress_check(const struct progress *p, struct why *why)
{
    if (p && p->stopped && p->stopped(p->ctx))
        return why_set(why, ERR_INTERRUPTED, "interrupted");
    return ERR_OK;
}

enum err progress_step(const struct progress *p, const char *what, uint64_t done, uint64_t total,
                       enum progress_unit unit, struct why *why)
{
    if (p && p->show)
        p->show(p->ctx, what, done, total, unit);
    return progress_check(p, why);
}
