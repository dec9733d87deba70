#include "statement/words.h"

static const char *const parties[] = { "owner", "vendor" };
static const char *const doors[] = { "native", "browser" };
static const char *const device_roles[] = { "person", "program", "relay" };
static const char *const roles[] = { "annotator", "reviewer", "manager", "trainer", "auditor",
                                     "admin" };
static const char *const work_acts[] = { "submitted", "accepted", "returned" };
static const char *const subjects[] = { "everything", "project", "vendor", "site", "member",
                                        "device", "kind", "watcher", "attestor" };
static const char *const methods[] = { "self-declared", "document-seen", "tested", "measured" };

#define WORDS(what, names, reserved) { what, names, sizeof(names) / sizeof((names)[0]), reserved }

const struct words words_party = WORDS("party", parties, NULL);
const struct words words_door = WORDS("door", doors, "hosted");
const struct words words_device_role = WORDS("role of a device", device_roles, NULL);
const struct words words_role = WORDS("role", roles, NULL);
const struct words words_work_act = WORDS("act", work_acts, NULL);
const struct words words_subject = WORDS("subject", subjects, NULL);
const struct words words_method = WORDS("method", methods, NULL);

static_assert(sizeof parties / sizeof parties[0] == PARTY_VENDOR, "enum party");
static_assert(sizeof doors / sizeof doors[0] == DOOR_BROWSER, "enum door");
static_assert(sizeof device_roles / sizeof device_roles[0] == DEVICE_RELAY, "enum device_role");
static_assert(sizeof roles / sizeof roles[0] == ROLE_ADMIN, "enum role");
static_assert(sizeof subjects / sizeof subjects[0] == SUBJECT_ATTESTOR, "enum subject");
static_assert(sizeof methods / sizeof methods[0] == METHOD_MEASURED, "enum method");
static_assert(sizeof work_acts / sizeof work_acts[0] == WORK_RETURNED, "enum work_act");

const char *words_name(const struct words *w, unsigned value)
{
    return value >= 1 && value <= w->count ? w->names[value - 1] : "?";
}

unsigned words_find(const struct words *w, struct bytes text)
{
    for (unsigned i = 0; i < w->count; i++)
        if (bytes_equal(text, bytes_str(w->names[i])))
            return i + 1;
    return 0;
}
