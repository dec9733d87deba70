#include "base/hex.h"
#include "policy/policy_reader.h"
#include "record/record_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kinds[] = { "guide", "task", "rubric", "gold", "submission", "review",
                                     "message", "file" };

static enum err words_clause(struct policy_reader *r, const struct words *words, uint32_t *set)
{
    do {
        struct policy_word w = policy_reader_word(r);
        unsigned v = words_find(words, bytes_of(w.ptr, w.len));
        if (!v) {
            char what[48];
            (void)snprintf(what, sizeof what, "not a %s", words->what);
            return policy_reader_unknown(r, w, what, words->names, words->count);
        }
        *set |= 1U << v;
    } while (policy_reader_comma(r));
    return ERR_OK;
}

/* Puts an id where it belongs in the order; one that is there already stays one. */
static enum err ids_add(struct policy_reader *r, struct policy_ids *set, const uint8_t id[32])
{
    size_t at = 0;
    while (at < set->count && memcmp(set->ids[at], id, 32) < 0)
        at++;
    if (at < set->count && memcmp(set->ids[at], id, 32) == 0)
        return ERR_OK;
    uint8_t (*grown)[32] = realloc(set->ids, (set->count + 1) * sizeof *grown);
    if (!grown)
        return why_nomem(r->why);
    set->ids = grown;
    memmove(grown[at + 1], grown[at], (set->count - at) * sizeof *grown);
    memcpy(grown[at], id, 32);
    set->count++;
    return ERR_OK;
}

/* Ids of `bytes` bytes in hex; `nobody`, where given, is the word for zeroes. */
static enum err ids_clause(struct policy_reader *r, struct policy_ids *set, size_t bytes,
                           const char *nobody)
{
    do {
        struct policy_word w = policy_reader_word(r);
        uint8_t id[32] = { 0 };
        const bool zeroes = nobody && policy_word_is(w, nobody);
        if (!zeroes && !hex_decode(id, bytes, w.ptr, w.len)) {
            char what[64];
            (void)snprintf(what, sizeof what, "%zu hex digits are needed", 2 * bytes);
            return policy_reader_bad(r, w, what);
        }
        enum err e = ids_add(r, set, id);
        if (e != ERR_OK)
            return e;
    } while (policy_reader_comma(r));
    return ERR_OK;
}

static enum err kind_of(struct policy_reader *r, struct policy_word w, uint32_t *set)
{
    enum record_kind kind;
    enum err e = record_kind_parse(bytes_of(w.ptr, w.len), &kind, NULL);
    if (e == ERR_UNSUPPORTED)
        return policy_reader_bad(r, w, "reserved by the design and not built yet");
    if (e != ERR_OK)
        return policy_reader_unknown(r, w, "not a kind of record", kinds, COUNT(kinds));
    *set |= 1U << kind;
    return ERR_OK;
}

static enum err read_clause(struct policy_reader *r, struct policy_rule *rule)
{
    enum err e = ERR_OK;
    do {
        struct policy_word w = policy_reader_word(r);
        uint32_t *set = policy_word_is(w, "own")        ? &rule->read_own
                        : policy_word_is(w, "assigned") ? &rule->read_assigned
                                                        : &rule->read;
        if (set != &rule->read)
            w = policy_reader_word(r);
        e = kind_of(r, w, set);
    } while (e == ERR_OK && policy_reader_comma(r));
    return e;
}

static enum err create_clause(struct policy_reader *r, struct policy_rule *rule)
{
    enum err e = ERR_OK;
    do
        e = kind_of(r, policy_reader_word(r), &rule->create);
    while (e == ERR_OK && policy_reader_comma(r));
    return e;
}

/* "06:00", "24:00" */
static bool clock_of(const char *s, int *minutes)
{
    for (unsigned i = 0; i < 5; i++)
        if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
            return false;
    *minutes = ((s[0] - '0') * 10 + s[1] - '0') * 60 + (s[3] - '0') * 10 + s[4] - '0';
    return s[3] < '6' && *minutes <= DAY_MINUTES;
}

static enum err hours_clause(struct policy_reader *r, struct policy_rule *rule)
{
    struct policy_word w = policy_reader_word(r);
    if (w.len != 11 || w.ptr[5] != '-' || !clock_of(w.ptr, &rule->hours_from) ||
        !clock_of(w.ptr + 6, &rule->hours_to) || rule->hours_from == rule->hours_to)
        return policy_reader_bad(r, w, "hours such as 06:00-22:00 are needed");
    w = policy_reader_word(r);
    int offset = 0;
    const bool fixed = w.len == 6 && (w.ptr[0] == '+' || w.ptr[0] == '-') &&
                       clock_of(w.ptr + 1, &offset) && offset <= 14 * 60;
    if (!fixed && !policy_word_is(w, "UTC"))
        return policy_reader_bad(r, w, "UTC, or an offset such as +02:00, is needed");
    rule->hours_offset = fixed && w.ptr[0] == '-' ? -offset : offset;
    rule->has_hours = true;
    return ERR_OK;
}

static int requirement_order(const void *a, const void *b)
{
    const struct policy_requirement *x = a, *y = b;
    return x->subject != y->subject ? (int)x->subject - (int)y->subject : strcmp(x->name, y->name);
}

static enum err require_clause(struct policy_reader *r, struct policy_rule *rule)
{
    enum policy_fact subject = POLICY_ATTESTED_VENDOR;
    struct policy_word w = policy_reader_word(r);
    for (unsigned s = POLICY_ATTESTED_VENDOR; s <= POLICY_ATTESTED_DEVICE; s++)
        if (policy_word_is(w, policy_subject_names[s])) {
            subject = (enum policy_fact)s;
            w = policy_reader_word(r);
            break;
        }
    while (true) {
        struct policy_requirement want = { .subject = subject };
        enum err e = policy_reader_name(r, w, want.name);
        if (e != ERR_OK)
            return e;
        bool known = false;
        for (size_t i = 0; i < rule->require_count; i++)
            known = known || requirement_order(&rule->require[i], &want) == 0;
        if (known)
            return policy_reader_bad(r, w, "required twice");
        void *grown = realloc(rule->require, (rule->require_count + 1) * sizeof want);
        if (!grown)
            return why_nomem(r->why);
        rule->require = grown;
        rule->require[rule->require_count++] = want;
        if (!policy_reader_comma(r))
            break;
        w = policy_reader_word(r);
    }
    qsort(rule->require, rule->require_count, sizeof *rule->require, requirement_order);
    return ERR_OK;
}

static enum err approvals_clause(struct policy_reader *r, struct policy_rule *rule)
{
    enum err e = policy_reader_number(r, policy_reader_word(r), &rule->approvals);
    rule->groups = 1;
    if (e != ERR_OK || policy_reader_at_end(r))
        return e;
    static const char *const word[] = { "groups" };
    struct policy_word w = policy_reader_word(r);
    if (!policy_word_is(w, word[0]))
        return policy_reader_unknown(r, w, "`groups` may follow here", word, 1);
    w = policy_reader_word(r);
    e = policy_reader_number(r, w, &rule->groups);
    if (e == ERR_OK && rule->groups > rule->approvals)
        return policy_reader_bad(r, w, "more groups than approvals");
    return e;
}

static enum err budget_clause(struct policy_reader *r, struct policy_rule *rule)
{
    static const char *const windows[] = { "hour", "day" };
    struct policy_word w = policy_reader_word(r);
    unsigned scope = 0;
    while (scope < SCOPE_END && !policy_word_is(w, policy_scope_names[scope]))
        scope++;
    if (scope == SCOPE_END)
        return policy_reader_unknown(r, w, "not whose a budget is", policy_scope_names, SCOPE_END);
    do {
        struct policy_word per;
        uint64_t most = 0;
        w = policy_reader_word(r);
        enum err e = policy_reader_rate(r, w, &most, &per);
        if (e != ERR_OK)
            return e;
        const bool day = policy_word_is(per, windows[WINDOW_DAY]);
        if (!day && !policy_word_is(per, windows[WINDOW_HOUR]))
            return policy_reader_unknown(r, per, "not a window", windows, COUNT(windows));
        uint64_t *at = &rule->budget[scope][day ? WINDOW_DAY : WINDOW_HOUR];
        if (*at)
            return policy_reader_bad(r, w, "said twice");
        *at = most;
    } while (!policy_reader_at_end(r));
    return ERR_OK;
}

static enum err skips_clause(struct policy_reader *r, struct policy_rule *rule)
{
    static const char *const day[] = { "day" };
    struct policy_word per;
    enum err e = policy_reader_rate(r, policy_reader_word(r), &rule->skips, &per);
    if (e == ERR_OK && !policy_word_is(per, day[0]))
        return policy_reader_unknown(r, per, "skips are counted by the day", day, 1);
    return e;
}

/* --- which clause a word begins --- */

enum word { ROLE, MEMBER, VENDOR, DEVICE, DOOR, HOURS, READ, CREATE, REQUIRE, APPROVALS, BUDGET,
            VIEWERS, OPEN, SKIPS, WORDS };
static const char *const clauses[WORDS] = {
    "role", "member", "vendor", "device", "door", "hours", "read", "create", "require",
    "approvals", "budget", "viewers", "open", "skips" };
enum { FORBID_WORDS = CREATE + 1 }; /* a forbid has no conditions to meet */

static enum err of_word(struct policy_reader *r, struct policy_rule *rule, enum word which)
{
    switch (which) {
    case ROLE:
        return words_clause(r, &words_role, &rule->roles);
    case MEMBER:
        return ids_clause(r, &rule->members, 16, NULL);
    case VENDOR:
        return ids_clause(r, &rule->vendors, 32, "owner");
    case DEVICE:
        return ids_clause(r, &rule->devices, 32, NULL);
    case DOOR:
        return words_clause(r, &words_door, &rule->doors);
    case HOURS:
        return hours_clause(r, rule);
    case READ:
        return read_clause(r, rule);
    case CREATE:
        return create_clause(r, rule);
    case REQUIRE:
        return require_clause(r, rule);
    case APPROVALS:
        return approvals_clause(r, rule);
    case BUDGET:
        return budget_clause(r, rule);
    case VIEWERS:
        return policy_reader_number(r, policy_reader_word(r), &rule->viewers);
    case OPEN:
        return policy_reader_number(r, policy_reader_word(r), &rule->open);
    default:
        return skips_clause(r, rule);
    }
}

/* Clauses that add to what was said; of the others a second one is an error. */
static bool adds(enum word which)
{
    return which == READ || which == CREATE || which == REQUIRE || which == BUDGET ||
           which <= DOOR;
}

static bool said(const struct policy_rule *r, enum word which)
{
    return (which == HOURS && r->has_hours) || (which == APPROVALS && r->approvals) ||
           (which == VIEWERS && r->viewers) || (which == OPEN && r->open) ||
           (which == SKIPS && r->skips);
}

enum err policy_clause(struct policy_reader *r, struct policy_rule *rule)
{
    struct policy_word w = policy_reader_word(r);
    unsigned which = 0;
    while (which < WORDS && !policy_word_is(w, clauses[which]))
        which++;
    if (which == WORDS)
        return policy_reader_unknown(r, w, "not a clause", clauses,
                                     rule->forbid ? FORBID_WORDS : WORDS);
    if (rule->forbid && which >= FORBID_WORDS)
        return policy_reader_bad(r, w, "not a clause of a forbid");
    if (!adds((enum word)which) && said(rule, (enum word)which))
        return policy_reader_bad(r, w, "said twice");
    enum err e = of_word(r, rule, (enum word)which);
    return e == ERR_OK ? policy_reader_line_end(r) : e;
}
