#include "fuzz.h"

#include "policy/policy.h"
#include "record/record_header.h"

#include <string.h>

/* Some facts are there and some are not, and the counts are high or low. */
static uint64_t facts(const void *of, enum policy_fact fact, const char *name)
{
    const uint8_t choice = *(const uint8_t *)of;
    (void)name;
    return fact <= POLICY_ATTESTED_DEVICE ? choice >> 7 : (unsigned)fact * choice;
}

/* What is written again parses to the same policy, which restricts itself. */
static void written_again(const struct policy *p)
{
    AUTO_BUF struct buf once = buf_init(1 << 22), twice = buf_init(1 << 22);
    AUTO_POLICY struct policy *again = NULL;
    struct why why;
    policy_write(p, &once);
    fuzz_must(policy_parse(buf_bytes(&once), &again, &why) == ERR_OK);
    policy_write(again, &twice);
    fuzz_must(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
    fuzz_must(policy_restricts(p, again, &why) && policy_restricts(again, p, &why));
}

/* The first byte asks, the rest is a policy: whatever it says, a refusal has one of its codes. */
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
        .now_s = choice * UINT64_C(7919),
        .facts = { &choice, facts },
    };
    char rule[POLICY_RULE_NAME_MAX + 1] = "";
    enum err e = policy_decide(p, &ask, rule, &why);
    if (e == ERR_OK)
        fuzz_must(strncmp(rule, "annotate#", 9) == 0);
    else
        fuzz_must(e == why.code && ((e >= ERR_DENIED_PURPOSE && e <= ERR_DENIED_ASSIGNED) ||
                                    (e >= ERR_DENIED_FORBID && e <= ERR_DENIED_OPEN)));
    written_again(p);
    policy_free(p);
    return 0;
}
