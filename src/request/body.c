#include "request/body.h"

#include "base/cur.h"
#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/kx.h"
#include "record/record_header.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeroes[32];
static const uint8_t magic[4] = { 'c', 'f', 'd', 'r' };
enum { VERSION = 1, SUITE = 1, GATES_MIN = 2, GATES_MAX = 5, ACT_REKEY = 3, ACT_GRANT = 4 };

static unsigned count_gates(uint8_t set)
{
    return (unsigned)__builtin_popcount(set);
}

size_t request_header_count(const struct request *r)
{
    return r->headers.len / REQUEST_HEADER_BYTES;
}

const uint8_t *request_header(const struct request *r, size_t i)
{
    assert(i < request_header_count(r));
    return r->headers.ptr + i * REQUEST_HEADER_BYTES;
}

void request_ids(const struct request *r, uint8_t (*ids)[32])
{
    record_ids(ids, r->headers.ptr, request_header_count(r));
}

size_t request_close_count(const struct request *r)
{
    return r->closes.len / REQUEST_CLOSE_BYTES;
}

struct request_close request_close(const struct request *r, size_t i)
{
    assert(i < request_close_count(r));
    const uint8_t *at = r->closes.ptr + i * REQUEST_CLOSE_BYTES;
    struct request_close c = { .how = (enum request_how)at[32] };
    memcpy(c.task, at, sizeof c.task);
    memcpy(c.record, at + 33, sizeof c.record);
    return c;
}

void request_close_write(const struct request_close *c, struct buf *out)
{
    buf_add(out, c->task, sizeof c->task);
    buf_add_u8(out, (uint8_t)c->how);
    buf_add(out, c->record, sizeof c->record);
}

void request_r(uint8_t r[32], const uint8_t device[32], struct bytes body)
{
    const struct bytes parts[] = { bytes_str("cfd1 request"), bytes_of(device, 32), body };
    sha256_parts(r, parts, 3);
}

static enum err check_act(uint8_t act, struct why *why)
{
    if (act == ACT_REKEY || act == ACT_GRANT)
        return why_set(why, ERR_UNSUPPORTED, "act '%s' is reserved, not built yet",
                       act == ACT_REKEY ? "re-key" : "grant");
    if (act != REQUEST_RELEASE && act != REQUEST_CREATE)
        return why_set(why, ERR_FORMAT, "no act %u", act);
    return ERR_OK;
}

static enum err check_purpose(const char *purpose, struct why *why)
{
    size_t len = strnlen(purpose, REQUEST_PURPOSE_MAX + 1);
    if (len < 1 || len > REQUEST_PURPOSE_MAX)
        return why_set(why, ERR_FORMAT, "a purpose of %zu bytes", len);
    for (size_t i = 0; i < len; i++)
        if (!(purpose[i] >= 'a' && purpose[i] <= 'z') &&
            !(purpose[i] >= '0' && purpose[i] <= '9') && purpose[i] != '-')
            return why_set(why, ERR_FORMAT, "a purpose has a-z, 0-9 and '-' only");
    return ERR_OK;
}

static enum err check_ephemeral(const uint8_t ephemeral[32], struct why *why)
{
    enum err e = kx_key_check(ephemeral, why);
    return e ? why_before(why, e, "ephemeral key") : ERR_OK;
}

struct spot {
    uint64_t beginning; /* of the commitment, which an honest author cannot choose */
    const uint8_t *header;
};

static int compare_spots(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;
    if (x->beginning != y->beginning)
        return x->beginning < y->beginning ? -1 : 1;
    return memcmp(x->header, y->header, REQUEST_HEADER_BYTES);
}

/* Puts the headers into as many heaps, in the order of the heaps, by the first bits of their
 * commitments. `ends` has heaps + 1 zeroes; a heap i ends at ends[i] then. */
static void heap_spots(const struct request *r, struct spot *spots, uint32_t *ends, unsigned bits)
{
    const size_t count = request_header_count(r), heaps = (size_t)1 << bits;
    for (size_t i = 0; i < count; i++)
        ends[(get_u64be(request_header(r, i) + RECORD_COMMITMENT_AT) >> (64 - bits)) + 1]++;
    for (size_t heap = 0; heap < heaps; heap++)
        ends[heap + 1] += ends[heap];
    for (size_t i = 0; i < count; i++) {
        const uint8_t *header = request_header(r, i);
        const uint64_t beginning = get_u64be(header + RECORD_COMMITMENT_AT);
        spots[ends[beginning >> (64 - bits)]++] = (struct spot){ beginning, header };
    }
}

/* Each heap is sorted, and an honest one has one header: who makes all beginnings equal costs
 * himself no more than sorting them all. */
static enum err check_distinct(const struct request *r, struct why *why)
{
    const size_t count = request_header_count(r); /* at most 65,536: 1.3 MiB */
    unsigned bits = 1;
    while ((size_t)1 << bits < count)
        bits++;
    struct spot *spots = malloc(count * sizeof *spots);
    uint32_t *ends = calloc(((size_t)1 << bits) + 1, sizeof *ends);
    enum err e = spots && ends ? ERR_OK : why_nomem(why);
    if (e == ERR_OK)
        heap_spots(r, spots, ends, bits);
    for (size_t heap = 0, at = 0; e == ERR_OK && heap < (size_t)1 << bits; at = ends[heap++]) {
        const size_t end = ends[heap];
        if (end - at > 1)
            qsort(spots + at, end - at, sizeof *spots, compare_spots);
        for (size_t i = at + 1; e == ERR_OK && i < end; i++)
            if (compare_spots(&spots[i - 1], &spots[i]) == 0)
                e = why_set(why, ERR_FORMAT, "header %zu stands there twice",
                            (size_t)(spots[i].header - r->headers.ptr) / REQUEST_HEADER_BYTES);
    }
    free(ends);
    free(spots);
    return e;
}

static enum err check_headers(const struct request *r, struct why *why)
{
    for (size_t i = 0; i < request_header_count(r); i++) {
        struct record_header h;
        enum err e =
            record_header_parse(bytes_of(request_header(r, i), REQUEST_HEADER_BYTES), &h, why);
        if (e)
            return why_before(why, e, "header %zu", i);
        if (memcmp(h.project, r->project, sizeof r->project) != 0)
            return why_set(why, ERR_FORMAT, "header %zu is of another project", i);
    }
    return check_distinct(r, why);
}

static enum err check_sizes(const struct request *r, struct why *why)
{
    if (r->headers.len == 0 || r->headers.len % REQUEST_HEADER_BYTES != 0)
        return why_set(why, ERR_FORMAT, "headers of %zu bytes", r->headers.len);
    if (request_header_count(r) > REQUEST_HEADERS_MAX)
        return why_set(why, ERR_FORMAT, "%zu headers, at most %d", request_header_count(r),
                       REQUEST_HEADERS_MAX);
    if (r->closes.len % REQUEST_CLOSE_BYTES != 0 || request_close_count(r) > REQUEST_CLOSES_MAX)
        return why_set(why, ERR_FORMAT, "closes of %zu bytes", r->closes.len);
    for (size_t i = 0; i < request_close_count(r); i++) {
        const struct request_close c = request_close(r, i);
        if (c.how != REQUEST_SUBMISSION && c.how != REQUEST_SKIP)
            return why_set(why, ERR_FORMAT, "close %zu says %u", i, (unsigned)c.how);
        if (c.how == REQUEST_SKIP && memcmp(c.record, zeroes, sizeof c.record) != 0)
            return why_set(why, ERR_FORMAT, "close %zu skips, and names a record", i);
    }
    return ERR_OK;
}

/* All that stands in docs/format.md 5 and needs no state; cheap checks first. */
static enum err check(const struct request *r, struct why *why)
{
    enum err e = check_act((uint8_t)r->act, why);
    if (!e)
        e = check_purpose(r->purpose, why);
    if (!e)
        e = check_sizes(r, why);
    if (e)
        return e;
    if (r->expires <= r->created || r->expires - r->created > REQUEST_SECONDS_MAX)
        return why_set(why, ERR_REQUEST_TIME, "it is valid for 1 to %d s and no other time",
                       REQUEST_SECONDS_MAX);
    if (count_gates(r->gates) < GATES_MIN || count_gates(r->gates) > GATES_MAX)
        return why_set(why, ERR_REQUEST_GATES, "it names %u gates, not %d to %d",
                       count_gates(r->gates), GATES_MIN, GATES_MAX);
    e = check_headers(r, why);
    return e ? e : check_ephemeral(r->ephemeral, why);
}

static enum err check_front(struct cur *c, struct why *why)
{
    const uint8_t *m = cur_bytes(c, sizeof magic);
    if (!m || memcmp(m, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "cannot read request: its magic is another");
    uint8_t version = cur_u8(c), suite = cur_u8(c);
    if (!c->failed && (version != VERSION || suite != SUITE))
        return why_set(why, ERR_VERSION, "cannot read request: version %u, suite %u", version,
                       suite);
    return ERR_OK;
}

static void read_fields(struct cur *c, struct request *r, struct bytes *purpose)
{
    r->act = (enum request_act)cur_u8(c);
    r->gates = cur_u8(c);
    cur_copy(c, r->owner, sizeof r->owner);
    cur_copy(c, r->epoch_id, sizeof r->epoch_id);
    cur_copy(c, r->project, sizeof r->project);
    r->created = cur_u64be(c);
    r->expires = cur_u64be(c);
    cur_copy(c, r->ephemeral, sizeof r->ephemeral);
    cur_copy(c, r->manifest, sizeof r->manifest);
    *purpose = cur_vec8(c);
    r->closes = cur_vec16(c);
    r->headers = cur_vec24(c);
}

static enum err read_body(struct bytes body, struct request *out, struct why *why)
{
    struct cur c = cur_from(body);
    struct request r = { 0 };
    struct bytes purpose;
    enum err e = check_front(&c, why);
    if (e)
        return e;
    read_fields(&c, &r, &purpose);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read request: %s", cur_problem(&c));
    if (purpose.len > REQUEST_PURPOSE_MAX || memchr(purpose.ptr, 0, purpose.len))
        return why_set(why, ERR_FORMAT, "cannot read request: a purpose of %zu bytes",
                       purpose.len);
    memcpy(r.purpose, purpose.ptr, purpose.len);
    *out = r;
    return ERR_OK;
}

enum err request_parse(struct bytes body, struct request *out, struct why *why)
{
    struct request r;
    enum err e = read_body(body, &r, why);
    if (e)
        return e;
    e = check(&r, why);
    if (e)
        return why_before(why, e, "cannot read request");
    *out = r;
    return ERR_OK;
}

enum err request_parse_logged(struct bytes body, struct request *out, struct why *why)
{
    struct request r;
    enum err e = read_body(body, &r, why);
    if (e)
        return e;
    e = check_sizes(&r, why);
    if (e)
        return why_before(why, e, "cannot read request");
    *out = r;
    return ERR_OK;
}

enum err request_write(const struct request *r, struct buf *out, struct why *why)
{
    enum err e = check(r, why);
    if (e)
        return why_before(why, e, "cannot write request");
    const size_t start = out->len;
    buf_add(out, magic, sizeof magic);
    buf_add_u8(out, VERSION);
    buf_add_u8(out, SUITE);
    buf_add_u8(out, (uint8_t)r->act);
    buf_add_u8(out, r->gates);
    buf_add(out, r->owner, sizeof r->owner);
    buf_add(out, r->epoch_id, sizeof r->epoch_id);
    buf_add(out, r->project, sizeof r->project);
    buf_add_u64(out, r->created);
    buf_add_u64(out, r->expires);
    buf_add(out, r->ephemeral, sizeof r->ephemeral);
    buf_add(out, r->manifest, sizeof r->manifest);
    buf_add_u8(out, (uint8_t)strlen(r->purpose));
    buf_add_str(out, r->purpose);
    buf_add_u16(out, (uint16_t)r->closes.len);
    buf_add_bytes(out, r->closes);
    buf_add_u24(out, (uint32_t)r->headers.len);
    buf_add_bytes(out, r->headers);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write request: no room in %zu bytes", out->max);
    }
    return ERR_OK;
}

enum err request_gates_check(const struct request *r, uint8_t roster, unsigned threshold,
                             unsigned self, struct why *why)
{
    const unsigned named = count_gates(r->gates), n = count_gates(roster);
    unsigned most = threshold;
    if (r->act == REQUEST_CREATE)
        most = 2 * threshold - 1 < n ? 2 * threshold - 1 : n;
    if ((r->gates & ~roster) != 0)
        return why_set(why, ERR_REQUEST_GATES, "it names a gate that the epoch does not have");
    if (named < threshold || named > most)
        return why_set(why, ERR_REQUEST_GATES, "it names %u gates, not %u to %u", named, threshold,
                       most);
    if (self != 0 && !(r->gates >> (self - 1) & 1))
        return why_set(why, ERR_REQUEST_GATES, "it does not name gate %u", self);
    return ERR_OK;
}

enum err request_author_check(const struct request *r, const uint8_t device[32], struct why *why)
{
    for (size_t i = 0; r->act == REQUEST_CREATE && i < request_header_count(r); i++)
        if (memcmp(request_header(r, i) + RECORD_AUTHOR_AT, device, 32) != 0)
            return why_set(why, ERR_DENIED_AUTHOR, "header %zu is another device's record", i);
    return ERR_OK;
}
