/* gate/append.c: the one thread that writes the log: encode, append, sync, sign, and only then
 * answer. */
#include "gate/server.h"

#include "base/hex.h"
#include "base/json.h"
#include "request/answer.h"
#include "request/heads.h"
#include "sys/clock.h"
#include "tlog/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { APPEND_ENTRIES_MAX = 4096 };

struct batch {
    struct job *first;   /* by order_next */
    struct buf bytes;    /* the encoded entries */
    struct bytes entries[APPEND_ENTRIES_MAX];
    size_t count;
    uint64_t published; /* the size of the newest checkpoint that readers can fetch */
    int64_t published_ms;
};

void server_die(struct server *s, const struct why *why)
{
    (void)fprintf(stderr, "gate %u: %s [%s]\n", s->conf.number, why->text, err_code(why->code));
    _exit(err_row(why->code)->exit_code);
}

/* Takes the sealed jobs at the front of the order; waits up to `wait_ms` for one. False: closing.
 */
static bool batch_take(struct server *s, struct batch *b, int wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)wait_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    b->first = NULL;
    (void)pthread_mutex_lock(&s->lock);
    int timed_out = 0;
    while (!timed_out && !(s->order_first && s->order_first->sealed) &&
           !(s->closing && !s->order_first))
        timed_out = pthread_cond_timedwait(&s->sealed, &s->lock, &until) != 0;
    struct job **tail = &b->first;
    size_t entries = 0, bytes = 0, max = log_batch_bytes_max(s->log);
    while (s->order_first && s->order_first->sealed) {
        struct job *j = s->order_first;
        size_t more = j->entries.len + j->entry_count * 64;
        if (b->first && (entries + j->entry_count > APPEND_ENTRIES_MAX || bytes + more > max))
            break;
        entries += j->entry_count;
        bytes += more;
        *tail = j;
        tail = &j->order_next;
        s->order_first = j->order_next;
        if (j->kind == JOB_SNAPSHOT)
            break; /* its place is behind what came before it, and before all else */
    }
    *tail = NULL;
    if (!s->order_first)
        s->order_last = NULL;
    bool go_on = b->first || !s->closing || s->order_first;
    (void)pthread_mutex_unlock(&s->lock);
    return go_on;
}

/* Entries get their salt and time here; places are fixed only when all of them are written. */
static void batch_encode(struct server *s, struct batch *b)
{
    size_t offsets[APPEND_ENTRIES_MAX + 1];
    uint64_t index = log_size(s->log);
    struct why why;
    buf_reset(&b->bytes);
    b->count = 0;
    for (struct job *j = b->first; j; j = j->order_next) {
        j->index = index;
        for (size_t at = 0; at < j->entries.len; index++) {
            const uint8_t *p = j->entries.ptr + at;
            struct entry e = { .time_ms = (uint64_t)j->now_ms, .type = get_u16be(p),
                               .rules = ENTRY_RULES, .body = bytes_of(p + 6, get_u32be(p + 2)) };
            random_bytes(e.salt, sizeof e.salt);
            offsets[b->count++] = b->bytes.len;
            if (entry_encode(&b->bytes, &e, &why) != ERR_OK)
                server_die(s, &why);
            at += 6 + e.body.len;
        }
    }
    offsets[b->count] = b->bytes.len;
    for (size_t i = 0; i < b->count; i++)
        b->entries[i] = bytes_of(b->bytes.ptr + offsets[i], offsets[i + 1] - offsets[i]);
}

static void reply_request(struct server *s, struct job *j, struct bytes entry, struct bytes note)
{
    uint64_t size = log_size(s->log);
    struct tlog_path inclusion, consistency = { 0 };
    struct why why;
    enum err e = log_inclusion(s->log, j->index, size, &inclusion, &why);
    if (e == ERR_OK && j->seen > 0 && j->seen < size)
        e = log_consistency(s->log, j->seen, size, &consistency, &why);
    struct answer a = { .gate = (uint8_t)s->conf.number, .entry = entry,
                        .ciphertext = buf_bytes(&j->ciphertext), .index = j->index,
                        .inclusion = tlog_path_bytes(&inclusion), .checkpoint = note,
                        .consistency = tlog_path_bytes(&consistency) };
    memcpy(a.enc, j->enc, sizeof a.enc);
    AUTO_BUF struct buf text = buf_init(ANSWER_BYTES_MAX);
    if (e == ERR_OK)
        e = answer_write(&a, &text, &why);
    if (e != ERR_OK)
        job_refuse(j, &why);
    else
        job_reply(j, "application/octet-stream", &text);
}

static void reply_statements(struct job *j)
{
    AUTO_BUF struct buf text = buf_init(1 << 20);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    json_out_object(&o);
    json_out_key(&o, "results");
    json_out_array(&o);
    for (size_t i = 0; i < j->statement_count; i++) {
        const struct job_statement *st = &j->statements[i];
        json_out_object(&o);
        json_out_member_str(&o, "id", st->s.kind ? hex_id(st->s.id).s : "");
        json_out_member_str(&o, "code", err_code(st->code));
        json_out_member_str(&o, "message", st->code == ERR_OK ? "" : st->why.text);
        json_out_member_u64(&o, "have", st->have);
        json_out_object_end(&o);
    }
    json_out_array_end(&o);
    json_out_object_end(&o);
    job_reply(j, "application/json", &text);
}

static void reply_heads(struct server *s, struct job *j)
{
    AUTO_BUF struct buf text = buf_init(HEADS_REPLY_BYTES_MAX);
    struct why why;
    enum err e = heads_reply_write((uint8_t)s->conf.number, j->r, log_size(s->log),
                                   buf_bytes(&j->ciphertext), s->sign->ptr, &text, &why);
    if (e != ERR_OK)
        job_refuse(j, &why);
    else
        job_reply(j, "application/octet-stream", &text);
}

static void append_publish(struct server *s, struct batch *b, struct bytes note)
{
    struct why why;
    if (log_size(s->log) == 0 || log_size(s->log) == b->published)
        return;
    if (log_publish(s->log, note, &why) != ERR_OK)
        server_die(s, &why);
    b->published = log_size(s->log);
    b->published_ms = clock_steady_ms();
}

static void batch_reply(struct server *s, struct batch *b, struct bytes note)
{
    size_t at = 0;
    for (struct job *j = b->first, *next; j; j = next) {
        next = j->order_next;
        size_t count = j->entry_count;
        if (j->kind == JOB_REQUEST)
            reply_request(s, j, b->entries[at], note);
        else if (j->kind == JOB_STATEMENTS)
            reply_statements(j);
        else if (j->kind == JOB_HEADS)
            reply_heads(s, j);
        else if (j->kind == JOB_SNAPSHOT) {
            append_publish(s, b, note);
            server_snapshot_place(s, j);
        } else
            job_reply(j, "application/octet-stream", &j->ciphertext);
        at += count;
    }
}

static void append_sign(struct server *s, struct buf *note)
{
    struct checkpoint c = { .size = log_size(s->log) };
    struct why why;
    log_root(s->log, c.root);
    buf_reset(note);
    if (checkpoint_sign(note, &c, &s->note, s->sign->ptr, &why) != ERR_OK)
        server_die(s, &why);
}

/* Says once when the disk became full, and once when there is room again. */
static void append_tend(struct server *s)
{
    const bool full = !log_tend(s->log);
    if (full != atomic_exchange(&s->full, full))
        (void)fprintf(stderr, "gate %u: %s\n", s->conf.number,
                      full ? "the disk is full: statements are logged from the reserve, nothing is "
                             "released [CFD-REL-011]"
                           : "there is room on the disk again: releases go on");
}

void *server_append(void *server)
{
    struct server *s = server;
    static struct batch b; /* one append thread in a process; too large for a stack */
    b.bytes = buf_init(64 << 20);
    AUTO_BUF struct buf note = buf_init(NOTE_BYTES_MAX);
    struct why why;
    int64_t tended_ms = 0;
    append_sign(s, &note);
    append_tend(s);
    while (batch_take(s, &b, SERVER_PUBLISH_MS)) {
        batch_encode(s, &b);
        if (b.count) {
            if (log_append(s->log, b.entries, b.count, &why) != ERR_OK)
                server_die(s, &why);
            append_sign(s, &note);
        }
        batch_reply(s, &b, buf_bytes(&note));
        if (clock_steady_ms() - b.published_ms >= SERVER_PUBLISH_MS)
            append_publish(s, &b, buf_bytes(&note));
        if (clock_steady_ms() - tended_ms >= SERVER_PUBLISH_MS) {
            append_tend(s);
            tended_ms = clock_steady_ms();
        }
    }
    append_publish(s, &b, buf_bytes(&note));
    buf_release(&b.bytes);
    return NULL;
}
