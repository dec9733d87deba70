/* statement/words.h: the closed lists of words in statements, as numbers inside and text outside.
 * Zero is never a word: it marks what was not set, and a writer refuses it.
 * Memory  static tables   Threads  pure */
#ifndef STATEMENT_WORDS_H
#define STATEMENT_WORDS_H

#include "base/bytes.h"

enum party { PARTY_OWNER = 1, PARTY_VENDOR };
enum door { DOOR_NATIVE = 1, DOOR_BROWSER };
enum device_role { DEVICE_PERSON = 1, DEVICE_PROGRAM, DEVICE_RELAY };
enum role { ROLE_ANNOTATOR = 1, ROLE_REVIEWER, ROLE_MANAGER, ROLE_TRAINER, ROLE_AUDITOR,
            ROLE_ADMIN };
/* What a pause, revocation or attestation is about. */
enum subject { SUBJECT_EVERYTHING = 1, SUBJECT_PROJECT, SUBJECT_VENDOR, SUBJECT_SITE,
               SUBJECT_MEMBER, SUBJECT_DEVICE, SUBJECT_KIND, SUBJECT_WATCHER, SUBJECT_ATTESTOR };
enum method { METHOD_SELF_DECLARED = 1, METHOD_DOCUMENT_SEEN, METHOD_TESTED, METHOD_MEASURED };
enum work_act { WORK_SUBMITTED = 1, WORK_ACCEPTED, WORK_RETURNED };

struct words {
    const char *what;         /* "role", for messages */
    const char *const *names; /* names[0] is the word of value 1 */
    unsigned count;
    const char *reserved;     /* one word that is refused by name; NULL if none */
};

extern const struct words words_party, words_door, words_device_role, words_role, words_work_act,
    words_subject, words_method;

/* "?" for a value that is none. */
const char *words_name(const struct words *w, unsigned value);
/* 0 if there is no such word. */
unsigned words_find(const struct words *w, struct bytes text);

#endif
