#include "shares/combine.h"

#include <string.h>

/* Where each gate's shares are; NULL for those that did not answer. */
struct placed {
    const uint8_t *of[SUBSET_NUMBER_MAX + 1];
    uint8_t answered;
};

static void xor32(uint8_t inout[32], const uint8_t in[32])
{
    for (size_t i = 0; i < 32; i++)
        inout[i] ^= in[i];
}

/* `width` (t, set; 0 for t: a release) says how many shares a record has in a gate's answer. */
static enum err place(struct placed *p, unsigned t, uint8_t set,
                      const struct combine_answer *answers, size_t answer_count, size_t count,
                      struct why *why)
{
    struct subset_list quorums = t ? subset_choose(set, t)
                                   : (struct subset_list){ .count = 1, .sets = { set } };
    for (size_t i = 0; i < answer_count; i++) {
        unsigned gate = answers[i].gate;
        if (!subset_has(set, gate))
            continue;
        if (subset_has(p->answered, gate))
            return why_set(why, ERR_FORMAT, "gate %u answered twice", gate);
        size_t width = subset_holding(&quorums, gate).count;
        size_t len = answers[i].shares.len, row = width * COMBINE_PAD_BYTES;
        if (len % row != 0 || len / row != count)
            return why_set(why, ERR_FORMAT, "gate %u sent %zu bytes of shares for %zu records",
                           gate, len, count);
        p->of[gate] = answers[i].shares.ptr;
        p->answered |= subset_of(gate);
    }
    return ERR_OK;
}

enum err combine_release(uint8_t q, const struct combine_answer *answers, size_t answer_count,
                         size_t count, uint8_t *pads, struct why *why)
{
    struct placed p = { 0 };
    enum err err = place(&p, 0, q, answers, answer_count, count, why);
    if (err != ERR_OK)
        return err;
    if (p.answered != q)
        return why_set(why, ERR_NO_QUORUM, "no shares of gate %u",
                       subset_lowest((uint8_t)(q & ~p.answered)));
    memset(pads, 0, count * COMBINE_PAD_BYTES);
    for (unsigned gate = 1; gate <= SUBSET_NUMBER_MAX; gate++)
        for (size_t i = 0; p.of[gate] && i < count; i++)
            xor32(pads + i * COMBINE_PAD_BYTES, p.of[gate] + i * COMBINE_PAD_BYTES);
    return ERR_OK;
}

struct subset_list combine_quorums(unsigned t, uint8_t s, uint8_t answered)
{
    return subset_choose(s & answered, t);
}

static unsigned place_in(const struct subset_list *list, uint8_t set)
{
    unsigned i = 0;
    while (i < list->count && list->sets[i] != set)
        i++;
    assert(i < list->count);
    return i;
}

/* XORs one gate's share for quorum q of every record into the pads at place j of `width`. */
static void gate_xor(const uint8_t *shares, const struct subset_list *all, unsigned gate,
                     uint8_t q, size_t count, uint8_t *pads, unsigned j, unsigned width)
{
    struct subset_list own = subset_holding(all, gate);
    unsigned at = place_in(&own, q);
    for (size_t i = 0; i < count; i++)
        xor32(pads + (i * width + j) * COMBINE_PAD_BYTES,
              shares + (i * own.count + at) * COMBINE_PAD_BYTES);
}

enum err combine_create(unsigned t, uint8_t s, const struct combine_answer *answers,
                        size_t answer_count, size_t count, uint8_t *pads, struct why *why)
{
    struct placed p = { 0 };
    enum err err = place(&p, t, s, answers, answer_count, count, why);
    if (err != ERR_OK)
        return err;
    if (subset_gates(p.answered) < t)
        return why_set(why, ERR_NO_QUORUM, "%u gates answered, %u are needed",
                       subset_gates(p.answered), t);
    struct subset_list all = subset_choose(s, t);
    struct subset_list quorums = combine_quorums(t, s, p.answered);
    memset(pads, 0, count * quorums.count * COMBINE_PAD_BYTES);
    for (unsigned j = 0; j < quorums.count; j++)
        for (unsigned gate = 1; gate <= SUBSET_NUMBER_MAX; gate++)
            if (subset_has(quorums.sets[j], gate))
                gate_xor(p.of[gate], &all, gate, quorums.sets[j], count, pads, j, quorums.count);
    return ERR_OK;
}

unsigned combine_distinct(const uint8_t *pads, unsigned quorums, unsigned which[SUBSET_LIST_MAX])
{
    assert(quorums <= SUBSET_LIST_MAX);
    unsigned found = 0;
    for (unsigned j = 0; j < quorums; j++) {
        bool known = false;
        for (unsigned k = 0; k < found; k++)
            known |= secret_equal(pads + (size_t)j * COMBINE_PAD_BYTES,
                                  pads + (size_t)which[k] * COMBINE_PAD_BYTES, COMBINE_PAD_BYTES);
        if (!known)
            which[found++] = j;
    }
    return found;
}

bool combine_agree(const uint8_t *pads, unsigned quorums, size_t count)
{
    if (quorums < 2)
        return false;
    bool agree = true;
    for (size_t i = 0; i < count * quorums; i++)
        agree &= secret_equal(pads + i * COMBINE_PAD_BYTES,
                              pads + (i - i % quorums) * COMBINE_PAD_BYTES, COMBINE_PAD_BYTES);
    return agree;
}
