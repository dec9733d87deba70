#include "base/why.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err why_set(struct why *why, enum err code, const char *fmt, ...)
{
    assert(code != ERR_OK);
    if (!why)
        return code;
    va_list args;
    va_start(args, fmt);
    why->code = code;
    why->hint[0] = '\0';
    (void)vsnprintf(why->text, sizeof why->text, fmt, args);
    va_end(args);
    return code;
}

enum err why_hint(struct why *why, enum err code, const char *fmt, ...)
{
    if (!why)
        return code;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(why->hint, sizeof why->hint, fmt, args);
    va_end(args);
    return code;
}

enum err why_before(struct why *why, enum err code, const char *fmt, ...)
{
    if (!why)
        return code;
    char words[WHY_TEXT_MAX];
    char was[WHY_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    memcpy(was, why->text, sizeof was);
    /* Cut to what fits: the words in front matter most, the tail of the cause least. */
    (void)snprintf(why->text, sizeof why->text, "%.180s: %.210s", words, was);
    return code;
}

enum err why_nomem(struct why *why)
{
    return why_set(why, ERR_NOMEM, "out of memory");
}
