#include "fuzz.h"

#include "policy/policy.h"
#include "record/record_header.h"

#include <string.h>

/* The first byte asks, the rest is a policy: whatever it says, a decision is one of five. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    struct policy *p = NULL;
    struct bytes in = bytes_of(data, size);
    const uint8_t choice = fuzz_choice(&in);
    if (policy_parse(in, &p, &why) != ERR_OK) {
        fuzz_must(p == NULL);
        return 0;
    }
    const struct policy_ask ask = {
        .purpose = "annotate",
        .role = (enum role)(ROLE_ANNOTATOR + choice % ROLE_ADMIN),
        .door = choice & 8 ? DOOR_NATIVE : DOOR_BROWSER,
        .create = choice & 16,
        .kind = (uint8_t)(RECORD_GUIDE + choice % RECORD_FILE),
        .own = choice & 32,
        .assigned = choice & 64,
    };
    char rule[POLICY_RULE_NAME_MAX + 1] = "";
    enum err e = policy_decide(p, &ask, rule, &why);
    if (e == ERR_OK)
        fuzz_must(strncmp(rule, "annotate#", 9) == 0);
    else
        fuzz_must(e == ERR_DENIED_PURPOSE || e == ERR_DENIED_KIND || e == ERR_DENIED_OWN ||
                  e == ERR_DENIED_ASSIGNED);
    policy_free(p);
    return 0;
}
