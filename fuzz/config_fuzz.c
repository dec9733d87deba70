#include "fuzz.h"

#include "client/config.h"
#include "folder.h"
#include "gate/dir.h"

#include <stdio.h>
#include <string.h>

/* What was read writes a file that reads as the same. */
static void device(struct bytes in)
{
    struct why why;
    struct config c, again;
    folder_put("client.conf", in);
    struct file_path path = file_path(folder(), "client.conf");
    if (config_read(path.s, &c, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf first = buf_init(1 << 20), second = buf_init(1 << 20);
    if (config_write(path.s, &c, &why) != ERR_OK)
        return;
    folder_get("client.conf", &first);
    fuzz_must(config_read(path.s, &again, &why) == ERR_OK);
    fuzz_must(config_write(path.s, &again, &why) == ERR_OK);
    folder_get("client.conf", &second);
    fuzz_same(buf_bytes(&second), buf_bytes(&first));
}

static void gate(struct bytes in)
{
    struct why why;
    struct dir_conf c, again;
    folder_put("gate.conf", in);
    if (dir_conf_read(folder(), &c, &why) != ERR_OK)
        return;
    fuzz_must(c.number >= 1 && c.number <= DIR_GATE_MAX);
    fuzz_must(dir_conf_write(folder(), &c, &why) == ERR_OK);
    fuzz_must(dir_conf_read(folder(), &again, &why) == ERR_OK);
    fuzz_must(again.number == c.number && again.incarnation == c.incarnation);
    for (unsigned g = 0; g <= DIR_GATE_MAX; g++)
        fuzz_must(strcmp(again.peers[g], c.peers[g]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    if (fuzz_choice(&in) % 2)
        gate(in);
    else
        device(in);
    return 0;
}
