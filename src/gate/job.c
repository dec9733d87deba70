#include "gate/job.h"

#include <stdlib.h>

struct job *job_new(enum job_kind kind, struct http_exchange *x, atomic_int *in_flight)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->kind = kind;
    j->x = x;
    j->in_flight = in_flight;
    if (in_flight)
        atomic_fetch_add(in_flight, 1);
    j->own_body = buf_init(1 << 21);
    j->entries = buf_init(1 << 24);
    j->ciphertext = buf_init(1 << 24);
    if (x)
        j->body = http_body(x);
    return j;
}

void job_free(struct job *j)
{
    if (!j)
        return;
    for (size_t i = 0; i < j->statement_count; i++)
        statement_release(&j->statements[i].s);
    free(j->statements);
    free(j->ids);
    buf_release(&j->own_body);
    buf_release(&j->entries);
    buf_release(&j->ciphertext);
    if (j->in_flight)
        atomic_fetch_sub(j->in_flight, 1);
    free(j);
}

static void job_wake(struct job_wait *w, enum err code)
{
    (void)pthread_mutex_lock(&w->lock);
    w->finished = true;
    w->code = code;
    (void)pthread_cond_signal(&w->done);
    (void)pthread_mutex_unlock(&w->lock);
}

void job_refuse(struct job *j, const struct why *why)
{
    if (j->x)
        http_refuse(j->x, why);
    if (j->wait)
        job_wake(j->wait, why->code);
    job_free(j);
}

void job_reply(struct job *j, const char *type, const struct buf *body)
{
    if (j->x)
        http_reply_buf(j->x, type, body);
    if (j->wait)
        job_wake(j->wait, ERR_OK);
    job_free(j);
}

enum err job_entry(struct job *j, const struct entry_body *b, struct why *why)
{
    AUTO_BUF struct buf body = buf_init(1 << 17);
    enum err e = entry_body_write(b, &body, why);
    if (e != ERR_OK)
        return e;
    buf_add_u16(&j->entries, (uint16_t)b->type);
    buf_add_u32(&j->entries, (uint32_t)body.len);
    buf_add_bytes(&j->entries, buf_bytes(&body));
    if (!buf_ok(&j->entries))
        return why_nomem(why);
    j->entry_count++;
    return ERR_OK;
}

void job_queue_init(struct job_queue *q, size_t max)
{
    *q = (struct job_queue){ .max = max };
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->some, NULL);
}

void job_queue_release(struct job_queue *q)
{
    (void)pthread_mutex_destroy(&q->lock);
    (void)pthread_cond_destroy(&q->some);
}

bool job_queue_put(struct job_queue *q, struct job *j)
{
    (void)pthread_mutex_lock(&q->lock);
    bool ok = !q->closed && q->count < q->max;
    if (ok) {
        j->next = NULL;
        if (q->last)
            q->last->next = j;
        else
            q->first = j;
        q->last = j;
        q->count++;
        (void)pthread_cond_signal(&q->some);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return ok;
}

struct job *job_queue_take(struct job_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    while (!q->first && !q->closed)
        (void)pthread_cond_wait(&q->some, &q->lock);
    struct job *j = q->first;
    if (j) {
        q->first = j->next;
        if (!q->first)
            q->last = NULL;
        q->count--;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return j;
}

void job_queue_close(struct job_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->some);
    (void)pthread_mutex_unlock(&q->lock);
}
