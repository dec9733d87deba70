/* base/auto.h: the one macro behind every AUTO_ name.
 * AUTO_DEFINE(buf, struct buf, buf_release) makes a cleanup function `buf_auto`; a floor writes
 *     #define AUTO_BUF __attribute__((cleanup(buf_auto)))
 * A variable that carries an AUTO_ name is initialised where it is declared, and is released when
 * its scope ends. Memory  none   Threads  pure */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

#define AUTO_DEFINE(name, type, release)                                                           \
    static inline void name##_auto(type *p)                                                        \
    {                                                                                              \
        release(p);                                                                                \
    }                                                                                              \
    static_assert(1, "a semicolon follows")

#endif
