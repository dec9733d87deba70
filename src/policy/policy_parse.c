#include "policy/policy.h"

#include "policy/policy_rules.h"
#include "record/record_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line at a time, one word at a time; a word knows its column. */
struct reader {
    const char *at, *end, *line_start;
    unsigned line;
    struct why *why;
};

struct word {
    const char *ptr;
    size_t len;
    unsigned column;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const reserved[] = { "budget", "viewers", "open", "skips", "require", "hours",
                                        "lease", "approvals", "share", "devices", "members",
                                        "variant", "cool-off" };
static const char *const clauses[] = { "role", "door", "read", "create" };
static const char *const kinds[] = { "guide", "task", "rubric", "gold", "submission", "review",
                                     "message", "file" };
static const char *const beginnings[] = { "permit", "forbid", "freshness" };

static bool word_is(struct word w, const char *s)
{
    return w.len == strlen(s) && memcmp(w.ptr, s, w.len) == 0;
}

static enum err bad(struct reader *r, struct word w, const char *what)
{
    return why_set(r->why, ERR_POLICY, "line %u, column %u: %s: '%.*s'", r->line, w.column, what,
                   (int)(w.len < 40 ? w.len : 40), w.ptr);
}

enum { FRESHNESS_DEFAULT_S = 3600 };
enum { WORD_MAX = 24 }; /* longer ones resemble nothing */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be put in, left out or changed (Levenshtein). */
static size_t unlike(struct word w, const char *s)
{
    const size_t len = strlen(s);
    size_t row[WORD_MAX + 1];
    if (w.len > WORD_MAX || len > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 0; i < w.len; i++) {
        size_t corner = row[0]++;
        for (size_t j = 0; j < len; j++) {
            size_t change = corner + (w.ptr[i] != s[j]);
            corner = row[j + 1];
            row[j + 1] = least(change, least(row[j], corner) + 1);
        }
    }
    return row[len];
}

/* The error of bad(), and what may have been meant: at most 2 letters away, fewer than it has. */
static enum err suggest(struct reader *r, struct word w, const char *const *known, size_t count)
{
    const char *best = NULL;
    size_t best_away = 3;
    for (size_t i = 0; i < count; i++) {
        size_t away = unlike(w, known[i]);
        if (away < best_away && away < w.len) {
            best = known[i];
            best_away = away;
        }
    }
    return best ? why_hint(r->why, ERR_POLICY, "did you mean '%s'?", best) : ERR_POLICY;
}

static enum err bad_word(struct reader *r, struct word w, const char *what,
                         const char *const *known, size_t count)
{
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (word_is(w, reserved[i]))
            return bad(r, w, "reserved by the design and not built yet");
    (void)bad(r, w, what);
    return suggest(r, w, known, count);
}

static bool at_line_end(const struct reader *r)
{
    return r->at == r->end || *r->at == '\n';
}

static struct word next_word(struct reader *r)
{
    while (!at_line_end(r) && *r->at == ' ')
        r->at++;
    struct word w = { .ptr = r->at, .column = (unsigned)(r->at - r->line_start) + 1 };
    while (!at_line_end(r) && *r->at != ' ' && *r->at != ',')
        r->at++;
    w.len = (size_t)(r->at - w.ptr);
    return w;
}

static bool take_comma(struct reader *r)
{
    if (at_line_end(r) || *r->at != ',')
        return false;
    r->at++;
    return true;
}

static enum err line_end(struct reader *r)
{
    if (!at_line_end(r))
        return bad(r, next_word(r), "nothing may follow here");
    if (r->at < r->end)
        r->at++;
    r->line++;
    r->line_start = r->at;
    return ERR_OK;
}

static enum err name_of(struct reader *r, struct word w, char out[POLICY_PURPOSE_MAX + 1])
{
    bool ok = w.len >= 1 && w.len <= POLICY_PURPOSE_MAX;
    for (size_t i = 0; ok && i < w.len; i++)
        ok = (w.ptr[i] >= 'a' && w.ptr[i] <= 'z') || (w.ptr[i] >= '0' && w.ptr[i] <= '9') ||
             w.ptr[i] == '-';
    if (!ok)
        return bad(r, w, "a name is 1 to 32 of a-z, 0-9 and '-'");
    memcpy(out, w.ptr, w.len);
    out[w.len] = '\0';
    return ERR_OK;
}

static enum err number_of(struct reader *r, struct word w, uint64_t *out)
{
    uint64_t v = 0;
    bool ok = w.len >= 1 && w.len <= 10 && w.ptr[0] != '0';
    for (size_t i = 0; ok && i < w.len; i++) {
        ok = w.ptr[i] >= '0' && w.ptr[i] <= '9';
        v = v * 10 + (uint64_t)(w.ptr[i] - '0');
    }
    if (!ok || v > UINT32_MAX)
        return bad(r, w, "a number from 1 to 2^32-1 is needed");
    *out = v;
    return ERR_OK;
}

/* 30s, 15m, 1h, 7d */
static enum err duration_of(struct reader *r, struct word w, uint64_t *out)
{
    static const struct { char unit; uint64_t seconds; } units[] = {
        { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    for (size_t i = 0; w.len >= 2 && i < 4; i++) {
        if (w.ptr[w.len - 1] != units[i].unit)
            continue;
        struct word digits = { w.ptr, w.len - 1, w.column };
        uint64_t v = 0;
        enum err e = number_of(r, digits, &v);
        *out = v * units[i].seconds;
        return e;
    }
    return bad(r, w, "a duration such as 30s, 15m or 1h is needed");
}

static enum err words_clause(struct reader *r, const struct words *words, uint32_t *set)
{
    do {
        struct word w = next_word(r);
        unsigned v = words_find(words, bytes_of(w.ptr, w.len));
        if (!v && words->reserved && word_is(w, words->reserved))
            return bad(r, w, "reserved by the design and not built yet");
        if (!v) {
            char what[48];
            (void)snprintf(what, sizeof what, "not a %s", words->what);
            (void)bad(r, w, what);
            return suggest(r, w, words->names, words->count);
        }
        *set |= 1U << v;
    } while (take_comma(r));
    return ERR_OK;
}

static enum err kind_of(struct reader *r, struct word w, unsigned *bit)
{
    enum record_kind kind;
    enum err e = record_kind_parse(bytes_of(w.ptr, w.len), &kind, NULL);
    if (e == ERR_UNSUPPORTED)
        return bad(r, w, "reserved by the design and not built yet");
    if (e != ERR_OK) {
        (void)bad(r, w, "not a kind of record");
        return suggest(r, w, kinds, COUNT(kinds));
    }
    *bit = kind;
    return ERR_OK;
}

static enum err read_clause(struct reader *r, struct policy_rule *rule)
{
    do {
        struct word w = next_word(r);
        uint32_t *set = word_is(w, "own")        ? &rule->read_own
                        : word_is(w, "assigned") ? &rule->read_assigned
                                                 : &rule->read;
        if (set != &rule->read)
            w = next_word(r);
        unsigned bit = 0;
        enum err e = kind_of(r, w, &bit);
        if (e != ERR_OK)
            return e;
        *set |= 1U << bit;
    } while (take_comma(r));
    return ERR_OK;
}

static enum err create_clause(struct reader *r, struct policy_rule *rule)
{
    do {
        unsigned bit = 0;
        enum err e = kind_of(r, next_word(r), &bit);
        if (e != ERR_OK)
            return e;
        rule->create |= 1U << bit;
    } while (take_comma(r));
    return ERR_OK;
}

static enum err clause(struct reader *r, struct policy_rule *rule)
{
    struct word w = next_word(r);
    enum err e;
    if (word_is(w, "role"))
        e = words_clause(r, &words_role, &rule->roles);
    else if (word_is(w, "door")) {
        rule->has_door = true;
        e = words_clause(r, &words_door, &rule->doors);
    } else if (word_is(w, "read"))
        e = read_clause(r, rule);
    else if (word_is(w, "create"))
        e = create_clause(r, rule);
    else
        return bad_word(r, w, "not a clause", clauses, COUNT(clauses));
    return e == ERR_OK ? line_end(r) : e;
}

static bool line_blank(const struct reader *r)
{
    const char *p = r->at;
    if (p < r->end && *p == '#')
        return true;
    return p == r->end || *p == '\n';
}

static enum err rule(struct reader *r, struct policy *p, bool forbid)
{
    struct word w = next_word(r);
    if (p->count == POLICY_RULES_MAX)
        return bad(r, w, "more than 256 rules");
    struct policy_rule *rule = &p->rules[p->count];
    *rule = (struct policy_rule){ .forbid = forbid, .number = 1 };
    enum err e = name_of(r, w, rule->purpose);
    if (e == ERR_OK)
        e = line_end(r);
    for (size_t i = 0; e == ERR_OK && i < p->count; i++)
        rule->number += strcmp(p->rules[i].purpose, rule->purpose) == 0;
    while (e == ERR_OK && r->end - r->at >= 2 && memcmp(r->at, "  ", 2) == 0)
        e = clause(r, rule);
    if (e != ERR_OK)
        return e;
    if (!rule->roles || !(rule->read | rule->read_own | rule->read_assigned | rule->create))
        return bad(r, w, "a rule needs `role`, and `read` or `create`");
    p->count++;
    return ERR_OK;
}

static enum err first_line(struct reader *r, struct policy *p)
{
    const bool indented = *r->at == ' ';
    struct word w = next_word(r);
    if (indented || !word_is(w, "policy"))
        return bad(r, w, "a policy begins with `policy NAME NUMBER`");
    enum err e = name_of(r, next_word(r), p->name);
    if (e == ERR_OK)
        e = number_of(r, next_word(r), &p->version);
    return e == ERR_OK ? line_end(r) : e;
}

static enum err body(struct reader *r, struct policy *p)
{
    enum err e = ERR_OK;
    while (e == ERR_OK && r->at < r->end) {
        if (line_blank(r)) {
            while (!at_line_end(r))
                r->at++;
            e = line_end(r);
            continue;
        }
        const bool indented = *r->at == ' ';
        struct word w = next_word(r);
        if (indented) {
            e = bad(r, w, "indented by two spaces is a clause of a rule, and here is none");
        } else if (word_is(w, "permit") || word_is(w, "forbid")) {
            e = rule(r, p, word_is(w, "forbid"));
        } else if (word_is(w, "freshness") && p->freshness_s != 0) {
            e = bad(r, w, "said twice");
        } else if (word_is(w, "freshness")) {
            e = duration_of(r, next_word(r), &p->freshness_s);
            if (e == ERR_OK)
                e = line_end(r);
        } else {
            e = bad_word(r, w, "not a rule or setting", beginnings, COUNT(beginnings));
        }
    }
    return e;
}

enum err policy_parse(struct bytes text, struct policy **out, struct why *why)
{
    if (text.len == 0 || text.len > POLICY_BYTES_MAX)
        return why_set(why, ERR_POLICY, "a policy has 1 to %d bytes", POLICY_BYTES_MAX);
    if (text.ptr[text.len - 1] != '\n')
        return why_set(why, ERR_POLICY, "the last line has no end");
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < 0x20 && text.ptr[i] != '\n') || text.ptr[i] == 0x7f)
            return why_set(why, ERR_POLICY, "byte %zu is a control character", i);
    struct policy *p = calloc(1, sizeof *p);
    if (!p)
        return why_nomem(why);
    const char *start = (const char *)text.ptr;
    struct reader r = { .at = start, .end = start + text.len, .line_start = start, .line = 1,
                        .why = why };
    enum err e = first_line(&r, p);
    if (e == ERR_OK)
        e = body(&r, p);
    if (e != ERR_OK) {
        policy_free(p);
        return e;
    }
    if (p->freshness_s == 0)
        p->freshness_s = FRESHNESS_DEFAULT_S;
    *out = p;
    return ERR_OK;
}
