#include "base/err.h"

#include <assert.h>
#include <stdbool.h>
#include <strings.h>

static const struct err_row rows[] = {
    { ERR_OK, "OK", EXIT_OK, "no error", "Nothing went wrong." },
    { ERR_NOMEM, "CFD-SYS-001", EXIT_FAIL, "out of memory",
      "An allocation was refused. Nothing was changed; free some memory and repeat the command." },
    { ERR_INTERNAL, "CFD-SYS-002", EXIT_FAIL, "a library refused what it never should",
      "A cryptographic or system library failed on valid input. Please report the message." },
    { ERR_USAGE, "CFD-USE-001", EXIT_USAGE, "the command line is wrong",
      "See `cofferdam help`, or `cofferdam help COMMAND`." },
    { ERR_CONFIG, "CFD-USE-002", EXIT_USAGE, "the configuration is wrong",
      "An unknown key or a bad value in a configuration file; the message names file and line." },
    { ERR_INTERRUPTED, "CFD-USE-003", EXIT_INTERRUPT, "interrupted",
      "The command was stopped. What was finished is kept; run it again to go on." },
    { ERR_UNSUPPORTED, "CFD-USE-004", EXIT_FAIL, "reserved, not built yet",
      "The word or feature is reserved by the design and refused by name until it is built." },
    { ERR_FORMAT, "CFD-FMT-001", EXIT_INTEGRITY, "bytes are not in the documented layout",
      "See docs/format.md. The sender is broken or lies; nothing of the message was used." },
    { ERR_VERSION, "CFD-FMT-002", EXIT_INTEGRITY, "unknown version or suite",
      "This program knows pairs of version and suite and never guesses or negotiates downward." },
    { ERR_LIMIT, "CFD-FMT-003", EXIT_INTEGRITY, "a documented limit is exceeded",
      "See the limits in docs/format.md." },
    { ERR_JSON, "CFD-FMT-004", EXIT_INTEGRITY, "not JSON",
      "The text does not parse as one JSON object in UTF-8." },
    { ERR_CANONICAL, "CFD-FMT-005", EXIT_INTEGRITY, "JSON is not in canonical form",
      "Members out of order, white space, an escape, a real or a duplicate: see docs/format.md." },
    { ERR_ENVELOPE, "CFD-FMT-006", EXIT_INTEGRITY, "not a valid DSSE envelope",
      "The envelope's type, base64 or number of signatures is not what docs/format.md says." },
    { ERR_OPEN, "CFD-CRY-001", EXIT_INTEGRITY, "cannot open",
      "One code for every failure to decrypt, so that nobody learns from the difference." },
    { ERR_SIGNATURE, "CFD-CRY-002", EXIT_AUTH, "a signature does not verify",
      "The bytes were not signed by that key. Nothing of the message was used." },
    { ERR_KEY, "CFD-CRY-003", EXIT_AUTH, "not a usable public key",
      "The key is not a canonical point of the prime-order group, or gives an all-zero secret." },
    { ERR_PASSPHRASE, "CFD-CRY-004", EXIT_AUTH, "wrong passphrase or damaged key file",
      "The key file does not open with this passphrase." },
    { ERR_KDF_FLOOR, "CFD-CRY-005", EXIT_INTEGRITY, "key file below the Argon2id floor",
      "Somebody weakened the file's parameters, or an old program wrote it; it is not opened." },
    { ERR_PROOF, "CFD-LOG-001", EXIT_INTEGRITY, "a Merkle proof does not lead to the root",
      "The gate's log does not hold what the gate says. Keep the file: it is evidence." },
    { ERR_CHECKPOINT, "CFD-LOG-002", EXIT_INTEGRITY, "not a valid checkpoint of that gate",
      "Origin, form or signature of the signed note is wrong." },
    { ERR_ROLLBACK, "CFD-LOG-003", EXIT_INTEGRITY, "a log shrank or forked",
      "The gate's checkpoint contradicts one that this device kept. Keep both: they convict it." },
    { ERR_ANSWER, "CFD-LOG-004", EXIT_INTEGRITY, "an answer does not match its entry",
      "The logged entry is for another request, gate, epoch or answer." },
    { ERR_LOG_DAMAGED, "CFD-LOG-005", EXIT_INTEGRITY, "the log on disk is damaged",
      "A batch that was made durable no longer matches its hash. The gate refuses to start; "
      "restore the log from the tiles that others hold, never by cutting it." },
    { ERR_LOG_IO, "CFD-LOG-006", EXIT_FAIL, "the log cannot be written",
      "A write or sync failed. The gate ends at once and replays when it starts again." },
    { ERR_CHAIN_GAP, "CFD-STM-001", EXIT_CONFLICT, "a statement is missing before this one",
      "Statements of one issuer are numbered without gaps. Send the missing ones first." },
    { ERR_CHAIN_FORK, "CFD-STM-002", EXIT_INTEGRITY, "two statements with one number",
      "The issuer signed two different statements under one number; later ones are refused." },
    { ERR_ISSUER, "CFD-STM-003", EXIT_AUTH, "the issuer is not known",
      "No chain leads from the owner's root to this key. Send the issuer's chain first." },
    { ERR_NOT_ENTITLED, "CFD-STM-004", EXIT_DENIED, "the issuer may not say this",
      "The issuer is known, but its role does not let it make such a statement." },
    { ERR_EXPIRED, "CFD-STM-005", EXIT_DENIED, "the statement has expired",
      "Its time is over; the issuer has to make a new one." },
    { ERR_FUTURE, "CFD-STM-006", EXIT_DENIED, "the statement is dated in the future",
      "Its date is more than 120 s ahead of this machine's clock. Check both clocks." },
    { ERR_UNKNOWN_OWNER, "CFD-STM-007", EXIT_DENIED, "it belongs to another owner",
      "The statement or request names an owner whom this machine does not serve." },
    { ERR_DUPLICATE, "CFD-STM-008", EXIT_CONFLICT, "it names what exists already",
      "The project, member, device or epoch is already there under that name." },
    { ERR_SECOND_DEVICE, "CFD-STM-009", EXIT_DENIED, "a second device needs a countersignature",
      "The member has a device. Revoke the old one in the same statement." },
    { ERR_POLICY, "CFD-POL-001", EXIT_DENIED, "the policy text is wrong",
      "The message names line and column. See docs/policy.md." },
    { ERR_UNKNOWN_DEVICE, "CFD-REL-001", EXIT_AUTH, "the device is not enrolled here",
      "No chain leads to this device at that gate or store. It may not have heard of it yet." },
    { ERR_REQUEST_TIME, "CFD-REL-002", EXIT_DENIED, "the request's time is not acceptable",
      "Created too far from the receiver's clock, expired, or valid for more than 120 s." },
    { ERR_REQUEST_REPLAY, "CFD-REL-003", EXIT_CONFLICT, "the request was answered already",
      "A gate answers one request once. Sign a new one." },
    { ERR_REQUEST_GATES, "CFD-REL-004", EXIT_DENIED, "the request names the wrong gates",
      "A release names exactly t gates, a create t to min(n, 2t-1), all of the epoch." },
    { ERR_REQUEST_EPOCH, "CFD-REL-005", EXIT_DENIED, "the request names another epoch",
      "Fetch the newest epoch statement and ask again." },
    { ERR_NOT_READY, "CFD-REL-006", EXIT_UNREACHABLE, "the epoch is not ready",
      "The gates have not all logged equal key-check values yet. Wait, or look at each gate." },
    { ERR_STALE, "CFD-REL-007", EXIT_UNREACHABLE, "the gate's news is too old",
      "The newest `heads` is older than the policy's freshness, or names a statement that the gate "
      "lacks. Is the watcher running? Can the gate reach its peers?" },
    { ERR_NO_PROJECT, "CFD-REL-008", EXIT_DENIED, "the project is not known here",
      "The project or its policy is unknown to the gate." },
    { ERR_DENIED_PURPOSE, "CFD-POL-002", EXIT_DENIED, "no rule has that purpose for you",
      "Default deny: the policy has no permit of that name for the asker's role." },
    { ERR_DENIED_KIND, "CFD-POL-003", EXIT_DENIED, "the rule does not cover that kind",
      "The purpose is permitted, but not for records of that kind." },
    { ERR_DENIED_OWN, "CFD-POL-004", EXIT_DENIED, "the record is somebody else's",
      "The rule covers only records that the asker's own devices wrote." },
    { ERR_DENIED_ASSIGNED, "CFD-POL-005", EXIT_DENIED, "the record is not assigned to you",
      "The rule covers only records that an assignment names together with the asker." },
    { ERR_DENIED_AUTHOR, "CFD-POL-006", EXIT_DENIED, "only the author may create",
      "A create is answered only to the device whose key stands in the record's header." },
    { ERR_DENIED_ROLE, "CFD-POL-007", EXIT_DENIED, "the role does not allow it",
      "The member's or device's role does not allow this operation." },
    { ERR_REVOKED, "CFD-REL-009", EXIT_PAUSED, "the device was revoked",
      "A statement took this device's rights away. Ask the manager." },
    { ERR_BUSY, "CFD-REL-010", EXIT_UNREACHABLE, "too many requests at once",
      "The server's queue is full. Ask again in a moment." },
    { ERR_FULL, "CFD-REL-011", EXIT_UNREACHABLE, "the server has no room",
      "The disk's reserve is reached: nothing new is released until there is room." },
    { ERR_NO_QUORUM, "CFD-SHR-001", EXIT_UNREACHABLE, "fewer than t gates answered",
      "Too few gates could be reached or agreed to answer. The message says what each said." },
    { ERR_PAD, "CFD-SHR-002", EXIT_INTEGRITY, "no candidate opens the record",
      "Neither slot fits the commitment: a slot, the store or the author is at fault." },
    { ERR_RECORD_ID, "CFD-REC-001", EXIT_INTEGRITY, "the header is not this record's",
      "The hash of the header that was served is not the record's id." },
    { ERR_MANIFEST, "CFD-REC-002", EXIT_INTEGRITY, "the record is not as its manifest says",
      "Kind, length, body hash or parents differ from the signed row, or there is no row." },
    { ERR_INCOMPLETE, "CFD-REC-003", EXIT_INTEGRITY, "something that was written is missing",
      "The gates logged more of a device's chain than the store serves. The message names it." },
    { ERR_PADDING, "CFD-REC-004", EXIT_INTEGRITY, "the padding is not zero",
      "The plaintext ends in something else than zeroes, or its length is impossible." },
    { ERR_CHUNK, "CFD-REC-005", EXIT_INTEGRITY, "a body's size is impossible",
      "The sealed body is empty, cut, or longer than 2^20 chunks." },
    { ERR_NOT_FOUND, "CFD-STO-001", EXIT_NOT_FOUND, "not found",
      "The store or this device has nothing under that name." },
    { ERR_NO_TASK, "CFD-STO-002", EXIT_NOT_FOUND, "no task is waiting",
      "The queue has nothing for you at the moment." },
    { ERR_CLAIM, "CFD-STO-003", EXIT_CONFLICT, "the task is somebody else's",
      "Another member holds the claim. Ask for the next task." },
    { ERR_TASK_STATE, "CFD-STO-004", EXIT_CONFLICT, "the task is in another state",
      "See docs/protocol.md for the states of a task and who may move it." },
    { ERR_AMBIGUOUS, "CFD-STO-005", EXIT_USAGE, "the prefix fits more than one",
      "Give more digits of the id." },
    { ERR_EXISTS, "CFD-STO-006", EXIT_CONFLICT, "it exists already",
      "Nothing was overwritten. Choose another place or name." },
    { ERR_IO, "CFD-SYS-003", EXIT_FAIL, "a file could not be read or written",
      "The message names the file and the system's reason." },
    { ERR_NETWORK, "CFD-NET-001", EXIT_UNREACHABLE, "the other machine cannot be reached",
      "The connection failed or timed out. Nothing was lost; repeat the command." },
    { ERR_HTTP, "CFD-NET-002", EXIT_FAIL, "the other machine's reply makes no sense",
      "Status, type or length of the HTTP reply is not what docs/protocol.md says." },
    { ERR_LOCKED, "CFD-SYS-004", EXIT_CONFLICT, "another process uses that state",
      "One process at a time owns a state directory. Is an agent running on it?" },
    { ERR_DISK_FULL, "CFD-SYS-005", EXIT_FAIL, "the disk is full",
      "Nothing half-written was kept. Make room and repeat the command." },
    { ERR_FINDINGS, "CFD-USE-005", EXIT_FINDINGS, "finished, with findings",
      "The command did its work and found something that needs a person." },
};

static_assert(sizeof rows / sizeof rows[0] == ERR_COUNT, "one row for each error");

const struct err_row *err_row(enum err err)
{
    for (size_t i = 0; i < ERR_COUNT; i++)
        if (rows[i].err == err)
            return &rows[i];
    assert(false);
    return &rows[0];
}

const char *err_code(enum err err)
{
    return err_row(err)->code;
}

const struct err_row *err_find(const char *code)
{
    for (size_t i = 0; i < ERR_COUNT; i++)
        if (strcasecmp(rows[i].code, code) == 0)
            return &rows[i];
    return NULL;
}
