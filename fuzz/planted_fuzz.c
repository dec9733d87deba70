/* The control of all targets: a parser that trusts a length, as somebody might write it. A harness
 * that does not find this overrun within seconds finds nothing; `./dev fuzz` begins with it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'm' };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 6 || memcmp(data, magic, sizeof magic) != 0)
        return 0;
    uint8_t *name = malloc(32);
    if (!name)
        return 0;
    for (size_t i = 0; i < data[4] && 5 + i < size; i++)
        name[i] = data[5 + i]; /* the plant: nobody looked whether data[4] <= 32 */
    const int sum = name[0];
    free(name);
    return sum == 256;
}
