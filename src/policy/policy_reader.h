/* policy/policy_reader.h: a policy's text, one line and one word at a time. Private to this folder.
 * Every error names line and column. */
#ifndef POLICY_POLICY_READER_H
#define POLICY_POLICY_READER_H

#include "policy/policy_rules.h"

struct policy_reader {
    const char *at, *end, *line_start;
    unsigned line;
    struct why *why;
};

/* A word knows its column. It ends at a space, a comma or the line's end; it may be empty. */
struct policy_word {
    const char *ptr;
    size_t len;
    unsigned column;
};

struct policy_word policy_reader_word(struct policy_reader *r);
bool policy_word_is(struct policy_word w, const char *s);
bool policy_reader_at_end(const struct policy_reader *r); /* of the line */
bool policy_reader_comma(struct policy_reader *r);        /* takes it, if one is next */
/* Nothing more on this line: goes to the next one. */
MUST_USE enum err policy_reader_line_end(struct policy_reader *r);

/* ERR_POLICY, with the word and where it stands. */
enum err policy_reader_bad(struct policy_reader *r, struct policy_word w, const char *what);
/* The same, and which of these words was perhaps meant; one that the design reserves is refused by
 * name. */
enum err policy_reader_unknown(struct policy_reader *r, struct policy_word w, const char *what,
                               const char *const *known, size_t count);

MUST_USE enum err policy_reader_name(struct policy_reader *r, struct policy_word w,
                                     char out[POLICY_WORD_MAX + 1]);
MUST_USE enum err policy_reader_number(struct policy_reader *r, struct policy_word w,
                                       uint64_t *out); /* 1 to 2^32-1 */
MUST_USE enum err policy_reader_duration(struct policy_reader *r, struct policy_word w,
                                         uint64_t *seconds); /* 30s, 15m, 1h, 7d */
/* 60/hour: the number, and the word behind the slash. */
MUST_USE enum err policy_reader_rate(struct policy_reader *r, struct policy_word w, uint64_t *out,
                                     struct policy_word *per);

/* The next clause of a rule, whose line it takes. (policy_clause.c) */
MUST_USE enum err policy_clause(struct policy_reader *r, struct policy_rule *rule);

#endif
