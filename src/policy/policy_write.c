#include "policy/policy.h"

#include "base/hex.h"
#include "policy/policy_rules.h"
#include "record/record_header.h"

#include <string.h>

/* Lists: the first word follows the clause's name, the others a comma. */
static void separate(struct buf *out, bool *first)
{
    buf_add_str(out, *first ? " " : ", ");
    *first = false;
}

static void write_words(struct buf *out, const char *clause, const struct words *words,
                        uint32_t set)
{
    if (!set)
        return;
    bool first = true;
    buf_add_fmt(out, "  %s", clause);
    for (unsigned v = 1; v <= words->count; v++)
        if (set >> v & 1) {
            separate(out, &first);
            buf_add_str(out, words_name(words, v));
        }
    buf_add_str(out, "\n");
}

static void write_ids(struct buf *out, const char *clause, const struct policy_ids *set,
                      bool handles)
{
    static const uint8_t zeroes[32];
    if (!set->count)
        return;
    bool first = true;
    buf_add_fmt(out, "  %s", clause);
    for (size_t i = 0; i < set->count; i++) {
        separate(out, &first);
        if (!handles && strcmp(clause, "vendor") == 0 && memcmp(set->ids[i], zeroes, 32) == 0)
            buf_add_str(out, "owner");
        else
            buf_add_fmt(out, "%.*s", handles ? 32 : 64, hex_id(set->ids[i]).s);
    }
    buf_add_str(out, "\n");
}

static void write_kinds(struct buf *out, const char *prefix, uint32_t set, bool *first)
{
    for (unsigned kind = RECORD_GUIDE; kind <= RECORD_FILE; kind++)
        if (set >> kind & 1) {
            separate(out, first);
            buf_add_fmt(out, "%s%s", prefix, record_kind_name(kind));
        }
}

static void write_reach(struct buf *out, const struct policy_rule *r)
{
    bool first = true;
    if (r->read | r->read_own | r->read_assigned)
        buf_add_str(out, "  read");
    write_kinds(out, "", r->read, &first);
    write_kinds(out, "own ", r->read_own, &first);
    write_kinds(out, "assigned ", r->read_assigned, &first);
    if (!first)
        buf_add_str(out, "\n");
    first = true;
    if (r->create)
        buf_add_str(out, "  create");
    write_kinds(out, "", r->create, &first);
    if (!first)
        buf_add_str(out, "\n");
}

static void write_hours(struct buf *out, const struct policy_rule *r)
{
    if (!r->has_hours)
        return;
    buf_add_fmt(out, "  hours %02d:%02d-%02d:%02d ", r->hours_from / 60, r->hours_from % 60,
                r->hours_to / 60, r->hours_to % 60);
    const int away = r->hours_offset < 0 ? -r->hours_offset : r->hours_offset;
    if (away)
        buf_add_fmt(out, "%c%02d:%02d\n", r->hours_offset < 0 ? '-' : '+', away / 60, away % 60);
    else
        buf_add_str(out, "UTC\n");
}

/* The largest unit that says it exactly. */
static void write_duration(struct buf *out, const char *word, uint64_t seconds)
{
    static const struct { char unit; uint64_t seconds; } units[] = {
        { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
    size_t i = 0;
    while (seconds % units[i].seconds)
        i++;
    buf_add_fmt(out, "%s %llu%c\n", word, (unsigned long long)(seconds / units[i].seconds),
                units[i].unit);
}

static void write_number(struct buf *out, const char *word, uint64_t n, const char *unit)
{
    if (n)
        buf_add_fmt(out, "%s %llu%s\n", word, (unsigned long long)n, unit);
}

static void write_requirements(struct buf *out, const struct policy_rule *r)
{
    for (size_t i = 0; i < r->require_count; i++) {
        bool first = i == 0 || r->require[i - 1].subject != r->require[i].subject;
        if (first)
            buf_add_fmt(out, "%s  require %s", i ? "\n" : "",
                        policy_subject_names[r->require[i].subject]);
        separate(out, &first);
        buf_add_str(out, r->require[i].name);
    }
    if (r->require_count)
        buf_add_str(out, "\n");
}

static void write_conditions(struct buf *out, const struct policy_rule *r)
{
    write_requirements(out, r);
    if (r->approvals)
        buf_add_fmt(out, "  approvals %llu", (unsigned long long)r->approvals);
    if (r->approvals && r->groups > 1)
        buf_add_fmt(out, " groups %llu", (unsigned long long)r->groups);
    if (r->approvals)
        buf_add_str(out, "\n");
    for (unsigned s = 0; s < SCOPE_END; s++) {
        const uint64_t *most = r->budget[s];
        if (most[WINDOW_HOUR] || most[WINDOW_DAY])
            buf_add_fmt(out, "  budget %s", policy_scope_names[s]);
        if (most[WINDOW_HOUR])
            buf_add_fmt(out, " %llu/hour", (unsigned long long)most[WINDOW_HOUR]);
        if (most[WINDOW_DAY])
            buf_add_fmt(out, " %llu/day", (unsigned long long)most[WINDOW_DAY]);
        if (most[WINDOW_HOUR] || most[WINDOW_DAY])
            buf_add_str(out, "\n");
    }
    write_number(out, "  viewers", r->viewers, "");
    write_number(out, "  open", r->open, "");
    write_number(out, "  skips", r->skips, "/day");
}

static void write_rule(struct buf *out, const struct policy_rule *r)
{
    buf_add_fmt(out, "\n%s %s\n", r->forbid ? "forbid" : "permit", r->purpose);
    write_words(out, "role", &words_role, r->roles);
    write_ids(out, "member", &r->members, true);
    write_ids(out, "vendor", &r->vendors, false);
    write_ids(out, "device", &r->devices, false);
    write_words(out, "door", &words_door, r->doors);
    write_hours(out, r);
    write_reach(out, r);
    write_conditions(out, r);
}

void policy_write(const struct policy *p, struct buf *out)
{
    buf_add_fmt(out, "policy %s %llu\n", p->name, (unsigned long long)p->version);
    for (size_t i = 0; i < p->count; i++)
        write_rule(out, &p->rules[i]);
    buf_add_str(out, "\n");
    write_duration(out, "freshness", p->freshness_s);
}
