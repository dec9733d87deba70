/* shares/blame.h: which gates lied, said only where it can be known.
 * Source  DESIGN section 4.3
 * A failing quorum shows that some gate of it lied only once another quorum has worked: that proves
 * slot and header, or that a store which changed the slot has a lying gate in every quorum that
 * worked. Suspects are the gates in failing quorums and in no working one. They are named
 * when every quorum of the epoch was tried and no t-1 other gates, lying now and then, could have
 * made it look so; otherwise the verdict is "one of".
 * Memory  none   Threads  pure */
#ifndef SHARES_BLAME_H
#define SHARES_BLAME_H

#include "shares/subset.h"

struct blame_trial {
    uint8_t quorum;
    bool worked; /* its pad opened the slot of the record in question */
};

enum blame_verdict {
    BLAME_NOBODY, /* nothing failed, nothing worked, or no gate is in failing quorums only */
    BLAME_ONE_OF, /* at least one of `gates` lied, unless `unless` of the other gates did */
    BLAME_NAMED,  /* every one of `gates` lied */
};

struct blame {
    enum blame_verdict verdict;
    uint8_t gates;
    unsigned unless; /* BLAME_ONE_OF: how many; 0: no others could have made it look so */
    unsigned unless_store; /* how many others could have, if the store lies with them; 0: no t-1 */
};

/* `trials` are of quorums of the epoch (asserted), all for one record and one slot; a quorum that
 * was tried twice counts as failing if it ever failed, and as working if it ever worked. */
struct blame blame_judge(unsigned t, uint8_t roster, const struct blame_trial *trials,
                         size_t count);

#endif
