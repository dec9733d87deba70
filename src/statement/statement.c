#include "statement/statement.h"

#include "base/hex.h"
#include "statement/envelope.h"
#include "statement/fields.h"

#include <string.h>

static const uint8_t zeroes[32];

static bool is_zero(const uint8_t id[32])
{
    return memcmp(id, zeroes, 32) == 0;
}

void statement_release(struct statement *s)
{
    if (s->kind != 0)
        fields_release(schema_of(s->kind), s);
    *s = (struct statement){ 0 };
}

static enum err check_common(const struct statement *s, struct why *why)
{
    if (s->expires <= s->created)
        return why_set(why, ERR_FORMAT, "it expires before it begins");
    if (is_zero(s->previous) != (s->number == 1))
        return why_set(why, ERR_FORMAT, "'previous' is zero for number 1 and for no other");
    return ERR_OK;
}

static enum err check_root(const struct statement *s, struct why *why)
{
    const struct statement_root *r = &s->u.root;
    if (!is_zero(s->owner))
        return why_set(why, ERR_FORMAT, "'owner' is not zero");
    if (s->number > 1)
        return why_set(why, ERR_UNSUPPORTED,
                       "a root statement of number %llu: changing a root is not built yet",
                       (unsigned long long)s->number);
    if (!is_zero(s->issuer))
        return why_set(why, ERR_FORMAT, "'issuer' of the first one is not zero");
    if (r->threshold > r->key_count || 2 * r->threshold <= r->key_count)
        return why_set(why, ERR_FORMAT, "a threshold of %llu with %zu keys",
                       (unsigned long long)r->threshold, r->key_count);
    return ERR_OK;
}

static enum err check_epoch(const struct statement_epoch *p, struct why *why)
{
    if (p->threshold >= p->gate_count)
        return why_set(why, ERR_FORMAT, "a threshold of %llu with %zu gates",
                       (unsigned long long)p->threshold, p->gate_count);
    if (p->cosigners > p->witness_count)
        return why_set(why, ERR_FORMAT, "%llu cosigners of %zu witnesses",
                       (unsigned long long)p->cosigners, p->witness_count);
    return ERR_OK;
}

static bool zero_from(const uint8_t of[32], size_t at)
{
    return memcmp(of + at, zeroes, 32 - at) == 0;
}

/* Does `of` name what the word says, and is the word one of `allowed` (bits)? */
static enum err check_subject(enum subject what, const uint8_t of[32], uint32_t allowed,
                              struct why *why)
{
    const char *word = words_name(&words_subject, what);
    if (!(allowed >> what & 1))
        return why_set(why, ERR_FORMAT, "it cannot be about a subject '%s'", word);
    const bool handle = what == SUBJECT_SITE || what == SUBJECT_MEMBER || what == SUBJECT_PROJECT;
    const bool good = what == SUBJECT_EVERYTHING ? is_zero(of)
                      : handle                   ? !is_zero(of) && zero_from(of, 16)
                      : what == SUBJECT_KIND     ? of[0] != 0 && zero_from(of, 1)
                                                 : !is_zero(of);
    return good ? ERR_OK : why_set(why, ERR_FORMAT, "'of' names no %s", word);
}

#define BIT(what) (1U << SUBJECT_##what)

static enum err check_pause(const struct statement_pause *p, struct why *why)
{
    const bool all = memcmp(p->project, zeroes, 16) == 0;
    enum err e = check_subject(p->what, p->of,
                               BIT(EVERYTHING) | BIT(PROJECT) | BIT(VENDOR) | BIT(MEMBER) |
                                   BIT(DEVICE) | BIT(KIND), why);
    if (!e && !all && p->what <= SUBJECT_PROJECT)
        e = why_set(why, ERR_FORMAT, "a pause of %s is for no other project",
                    words_name(&words_subject, p->what));
    return e;
}

static enum err check_window(uint64_t from, uint64_t until, struct why *why)
{
    return from < until ? ERR_OK : why_set(why, ERR_FORMAT, "it is over before it begins");
}

static enum err check_attestation(const struct statement_attestation *p, struct why *why)
{
    enum err e = check_subject(p->what, p->of,
                               BIT(VENDOR) | BIT(SITE) | BIT(MEMBER) | BIT(DEVICE), why);
    return e ? e : check_window(p->from, p->until, why);
}

static enum err check_withdrawal(const struct statement_withdrawal *p, struct why *why)
{
    if (is_zero(p->attestation) != (p->auditor[0] != '\0'))
        return why_set(why, ERR_FORMAT, "it names either an attestation or an auditor");
    return ERR_OK;
}

/* Rules between the members of one kind. */
static enum err check_kind(const struct statement *s, struct why *why)
{
    switch (s->kind) {
    case STATEMENT_ROOT:
        return check_root(s, why);
    case STATEMENT_EPOCH:
        return check_epoch(&s->u.epoch, why);
    case STATEMENT_PAUSE:
        return check_pause(&s->u.pause, why);
    case STATEMENT_REVOCATION:
        return check_subject(s->u.revocation.what, s->u.revocation.of,
                             BIT(VENDOR) | BIT(MEMBER) | BIT(DEVICE) | BIT(WATCHER) |
                                 BIT(ATTESTOR), why);
    case STATEMENT_ATTESTATION:
        return check_attestation(&s->u.attestation, why);
    case STATEMENT_WITHDRAWAL:
        return check_withdrawal(&s->u.withdrawal, why);
    case STATEMENT_ACCESS:
        return check_window(s->u.access.from, s->u.access.until, why);
    default:
        return ERR_OK;
    }
}

static enum err check(const struct statement *s, struct why *why)
{
    enum err e = fields_check(schema_of(s->kind), s, why);
    if (!e)
        e = check_common(s, why);
    return e ? e : check_kind(s, why);
}

enum err statement_write(const struct statement *s, struct buf *payload, struct why *why)
{
    const char *name = statement_kind_name(s->kind);
    const size_t start = payload->len;
    enum err e = check(s, why);
    if (!e) {
        struct json_out out = json_out_to(payload, JSON_CANONICAL);
        json_out_object(&out);
        fields_write(schema_of(s->kind), s, &out);
        json_out_object_end(&out);
        e = json_out_end(&out, why);
    }
    if (!e && payload->len - start > ENVELOPE_PAYLOAD_MAX)
        e = why_set(why, ERR_LIMIT, "%zu bytes, at most %d", payload->len - start,
                    ENVELOPE_PAYLOAD_MAX);
    if (!e)
        return ERR_OK;
    payload->len = start;
    return why_before(why, e, "cannot write %s statement", name);
}

/* Is `payload` what a writer of the canonical form makes of `value`? */
static enum err canonical_check(struct bytes payload, const json_t *value, struct why *why)
{
    AUTO_BUF struct buf again = buf_init(payload.len + 1);
    if (!buf_grow(&again, payload.len + 1)) /* all at once: from here on failing is no room */
        return why_nomem(why);
    buf_reset(&again);
    struct json_out out = json_out_to(&again, JSON_CANONICAL);
    json_out_value(&out, value);
    enum err e = json_out_end(&out, why);
    if (e == ERR_CANONICAL)
        return e;
    /* No room is no match either: the canonical form is longer. */
    if (e || !bytes_equal(buf_bytes(&again), payload))
        return why_set(why, ERR_CANONICAL, "the payload is not in the canonical form");
    return ERR_OK;
}

static enum err read_payload(struct bytes payload, struct statement *s, struct why *why)
{
    AUTO_JSON json_t *value = NULL;
    enum err e = payload.len > ENVELOPE_PAYLOAD_MAX
                     ? why_set(why, ERR_ENVELOPE, "%zu bytes, at most %d", payload.len,
                               ENVELOPE_PAYLOAD_MAX)
                     : json_parse(payload, &value, why);
    if (!e)
        e = canonical_check(payload, value, why);
    if (!e)
        e = fields_read(schema_of(s->kind), value, s, why);
    return e ? e : check(s, why);
}

enum err statement_read(enum statement_kind kind, struct bytes payload, struct statement *out,
                        struct why *why)
{
    AUTO_STATEMENT struct statement s = { .kind = kind };
    enum err e = read_payload(payload, &s, why);
    if (e)
        return why_before(why, e, "cannot read %s statement", statement_kind_name(kind));
    *out = s;
    s = (struct statement){ 0 };
    return ERR_OK;
}

static bool root_has_key(const struct statement_root *root, const uint8_t key[32])
{
    for (size_t i = 0; i < root->key_count; i++)
        if (memcmp(root->keys[i], key, 32) == 0)
            return true;
    return false;
}

/* May those who signed sign this? */
static enum err check_signers(const struct statement *s, const struct envelope *env,
                              struct why *why)
{
    if (s->kind != STATEMENT_ROOT) {
        if (memcmp(env->signatures[0].key, s->issuer, 32) != 0)
            return why_set(why, ERR_FORMAT, "the key id is not the issuer");
        return ERR_OK;
    }
    for (size_t i = 0; i < env->signature_count; i++)
        if (!root_has_key(&s->u.root, env->signatures[i].key))
            return why_set(why, ERR_SIGNATURE, "signed by '%s', which is none of its keys",
                           hex_short(env->signatures[i].key).s);
    if (env->signature_count < s->u.root.threshold)
        return why_set(why, ERR_SIGNATURE, "signed by %zu of its keys, needs %llu",
                       env->signature_count, (unsigned long long)s->u.root.threshold);
    return ERR_OK;
}

enum err statement_sign(struct statement *s, const uint8_t *const *secret_keys, size_t count,
                        struct buf *out, struct why *why)
{
    AUTO_BUF struct buf payload = buf_init(2 * ENVELOPE_PAYLOAD_MAX);
    AUTO_ENVELOPE struct envelope env = { 0 };
    enum err e = statement_write(s, &payload, why);
    if (!e)
        e = envelope_sign(statement_kind_name(s->kind), buf_bytes(&payload), secret_keys, count,
                          &env, why);
    if (!e && check_signers(s, &env, why) != ERR_OK)
        e = why_set(why, ERR_SIGNATURE, "cannot sign %s statement: these keys may not",
                    statement_kind_name(s->kind));
    if (!e)
        e = envelope_write(&env, out, why);
    if (e)
        return e;
    memcpy(s->id, env.id, sizeof s->id);
    return ERR_OK;
}

enum err statement_open(struct bytes text, struct statement *out, struct why *why)
{
    AUTO_ENVELOPE struct envelope env = { 0 };
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = envelope_parse(text, &env, why);
    if (e)
        return e;
    enum statement_kind kind = statement_kind_find(env.kind);
    if (kind == 0)
        return why_set(why, ERR_ENVELOPE, "cannot read envelope: no kind '%s'", env.kind);
    e = envelope_verify(&env, why);
    if (!e)
        e = statement_read(kind, buf_bytes(&env.payload), &s, why);
    if (!e)
        e = check_signers(&s, &env, why);
    if (e)
        return why_before(why, e, "statement '%s'", hex_short(env.id).s);
    memcpy(s.id, env.id, sizeof s.id);
    *out = s;
    s = (struct statement){ 0 };
    return ERR_OK;
}
