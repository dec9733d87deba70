"""The closed set of outcomes (format.md section 1) and the one exception that carries one."""

OUTCOMES = (
    "ok", "format", "version", "limit", "open", "signature", "key", "kdf-floor", "json",
    "canonical", "envelope", "record-id", "padding", "chunk", "pad", "manifest", "proof",
    "checkpoint", "rollback", "answer", "gates", "time",
)


class Refused(Exception):
    """Foreign bytes were refused; `outcome` is a word of OUTCOMES other than "ok"."""

    def __init__(self, outcome, text):
        assert outcome in OUTCOMES and outcome != "ok"
        super().__init__(f"{outcome}: {text}")
        self.outcome = outcome


def require(condition, outcome, text):
    if not condition:
        raise Refused(outcome, text)
