#include "statement/chain.h"

#include "base/hex.h"

#include <string.h>

enum err chain_next(const struct chain_head *head, const struct statement *s, struct why *why)
{
    static const struct chain_head nothing;
    if (!head)
        head = &nothing;
    const struct hex_short issuer = hex_short(s->issuer);
    if (s->number == head->number && memcmp(s->id, head->id, sizeof s->id) == 0)
        return why_set(why, ERR_DUPLICATE, "statement %llu of '%s' is known",
                       (unsigned long long)s->number, issuer.s);
    if (s->number > head->number + 1)
        return why_set(why, ERR_CHAIN_GAP, "statement %llu of '%s' came before %llu",
                       (unsigned long long)s->number, issuer.s,
                       (unsigned long long)head->number + 1);
    if (s->number <= head->number)
        return why_set(why, ERR_CHAIN_FORK, "another statement %llu of '%s' is known",
                       (unsigned long long)s->number, issuer.s);
    if (memcmp(s->previous, head->id, sizeof head->id) != 0)
        return why_set(why, ERR_CHAIN_FORK, "statement %llu of '%s' does not continue %llu",
                       (unsigned long long)s->number, issuer.s, (unsigned long long)head->number);
    return ERR_OK;
}

void chain_advance(struct chain_head *head, const struct statement *s)
{
    assert(s->number == head->number + 1 &&
           memcmp(s->previous, head->id, sizeof head->id) == 0);
    memcpy(head->issuer, s->issuer, sizeof head->issuer);
    memcpy(head->id, s->id, sizeof head->id);
    head->number = s->number;
}
