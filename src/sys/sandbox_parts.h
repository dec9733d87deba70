/* sys/sandbox_parts.h: the parts of the sandbox. Private to this folder.   Threads  one owner */
#ifndef SYS_SANDBOX_PARTS_H
#define SYS_SANDBOX_PARTS_H

#include "sys/sandbox.h"

/* From this version on a file can be renamed from one folder into another. */
enum { SANDBOX_LANDLOCK_MIN = 2 };

/* 0: this kernel has none, or it is switched off. */
unsigned sandbox_landlock_version(void);
/* Binds this thread and all that come later; no new privileges are set already. ERR_INTERNAL. */
MUST_USE enum err sandbox_landlock(enum sandbox_kind kind, const char *dir, struct why *why);

bool sandbox_seccomp_there(void);
/* The list of the kind; `starting` adds what starts threads. ERR_UNSUPPORTED, ERR_INTERNAL. */
MUST_USE enum err sandbox_seccomp(enum sandbox_kind kind, bool starting, struct why *why);

#endif
