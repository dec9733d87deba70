#include "policy/policy_reader.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const reserved[] = { "share", "variant", "hosted", "mark", "lease",
                                        "oblige", "devices", "members", "enrol", "cool-off" };

bool policy_word_is(struct policy_word w, const char *s)
{
    return w.len == strlen(s) && memcmp(w.ptr, s, w.len) == 0;
}

enum err policy_reader_bad(struct policy_reader *r, struct policy_word w, const char *what)
{
    return why_set(r->why, ERR_POLICY, "line %u, column %u: %s: '%.*s'", r->line, w.column, what,
                   (int)(w.len < 40 ? w.len : 40), w.ptr);
}

enum { RESEMBLES_MAX = 24 }; /* longer words resemble nothing */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be put in, left out or changed (Levenshtein). */
static size_t unlike(struct policy_word w, const char *s)
{
    const size_t len = strlen(s);
    size_t row[RESEMBLES_MAX + 1];
    if (w.len > RESEMBLES_MAX || len > RESEMBLES_MAX)
        return RESEMBLES_MAX;
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

/* At most 2 letters away, fewer than the word has. */
enum err policy_reader_unknown(struct policy_reader *r, struct policy_word w, const char *what,
                               const char *const *known, size_t count)
{
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (policy_word_is(w, reserved[i]))
            return policy_reader_bad(r, w, "reserved by the design and not built yet");
    const char *best = NULL;
    size_t best_away = 3;
    for (size_t i = 0; i < count; i++) {
        size_t away = unlike(w, known[i]);
        if (away < best_away && away < w.len) {
            best = known[i];
            best_away = away;
        }
    }
    const enum err e = policy_reader_bad(r, w, what);
    return best ? why_hint(r->why, e, "did you mean '%s'?", best) : e;
}

bool policy_reader_at_end(const struct policy_reader *r)
{
    return r->at == r->end || *r->at == '\n';
}

struct policy_word policy_reader_word(struct policy_reader *r)
{
    while (!policy_reader_at_end(r) && *r->at == ' ')
        r->at++;
    struct policy_word w = { .ptr = r->at, .column = (unsigned)(r->at - r->line_start) + 1 };
    while (!policy_reader_at_end(r) && *r->at != ' ' && *r->at != ',')
        r->at++;
    w.len = (size_t)(r->at - w.ptr);
    return w;
}

bool policy_reader_comma(struct policy_reader *r)
{
    if (policy_reader_at_end(r) || *r->at != ',')
        return false;
    r->at++;
    return true;
}

enum err policy_reader_line_end(struct policy_reader *r)
{
    while (!policy_reader_at_end(r) && *r->at == ' ')
        r->at++;
    if (!policy_reader_at_end(r))
        return policy_reader_bad(r, policy_reader_word(r), "nothing may follow here");
    if (r->at < r->end)
        r->at++;
    r->line++;
    r->line_start = r->at;
    return ERR_OK;
}

enum err policy_reader_name(struct policy_reader *r, struct policy_word w,
                            char out[POLICY_WORD_MAX + 1])
{
    bool ok = w.len >= 1 && w.len <= POLICY_WORD_MAX;
    for (size_t i = 0; ok && i < w.len; i++)
        ok = (w.ptr[i] >= 'a' && w.ptr[i] <= 'z') || (w.ptr[i] >= '0' && w.ptr[i] <= '9') ||
             w.ptr[i] == '-';
    if (!ok)
        return policy_reader_bad(r, w, "a name is 1 to 32 of a-z, 0-9 and '-'");
    memcpy(out, w.ptr, w.len);
    out[w.len] = '\0';
    return ERR_OK;
}

enum err policy_reader_number(struct policy_reader *r, struct policy_word w, uint64_t *out)
{
    uint64_t v = 0;
    bool ok = w.len >= 1 && w.len <= 10 && w.ptr[0] != '0';
    for (size_t i = 0; ok && i < w.len; i++) {
        ok = w.ptr[i] >= '0' && w.ptr[i] <= '9';
        v = v * 10 + (uint64_t)(w.ptr[i] - '0');
    }
    if (!ok || v > UINT32_MAX)
        return policy_reader_bad(r, w, "a number from 1 to 2^32-1 is needed");
    *out = v;
    return ERR_OK;
}

enum err policy_reader_duration(struct policy_reader *r, struct policy_word w, uint64_t *seconds)
{
    static const struct { char unit; uint64_t seconds; } units[] = {
        { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    for (size_t i = 0; w.len >= 2 && i < COUNT(units); i++) {
        if (w.ptr[w.len - 1] != units[i].unit)
            continue;
        const struct policy_word digits = { w.ptr, w.len - 1, w.column };
        uint64_t v = 0;
        enum err e = policy_reader_number(r, digits, &v);
        *seconds = v * units[i].seconds;
        return e;
    }
    return policy_reader_bad(r, w, "a duration such as 30s, 15m or 1h is needed");
}

enum err policy_reader_rate(struct policy_reader *r, struct policy_word w, uint64_t *out,
                            struct policy_word *per)
{
    const char *slash = w.len ? memchr(w.ptr, '/', w.len) : NULL;
    if (!slash)
        return policy_reader_bad(r, w, "a rate such as 60/hour or 300/day is needed");
    const size_t digits = (size_t)(slash - w.ptr);
    *per = (struct policy_word){ slash + 1, w.len - digits - 1, w.column + (unsigned)digits + 1 };
    return policy_reader_number(r, (struct policy_word){ w.ptr, digits, w.column }, out);
}
