"""One party of the demo: a state directory, a passphrase file, and the cofferdam command."""
import json
import os
import secrets
import subprocess

BIN = os.environ.get("COFFERDAM_BIN", "cofferdam")


class Refused(Exception):
    """The command failed; code, exit code and message are its own."""

    def __init__(self, argv, code, exit_code, message):
        super().__init__(f"{' '.join(argv)}: {message} [{code}]")
        self.code, self.exit_code = code, exit_code


class Party:
    def __init__(self, root, name):
        self.name = name
        self.state = os.path.join(root, name)
        self.passphrase = os.path.join(root, name + ".passphrase")
        if not os.path.exists(self.passphrase):
            with open(os.open(self.passphrase, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(secrets.token_hex(16) + "\n")

    def argv(self, *words):
        return [BIN, *words, "--state", self.state, "--passphrase-file", self.passphrase]

    def do(self, *words, text=None):
        """Runs one command with --json and returns its data."""
        argv = self.argv(*words, "--json")
        got = subprocess.run(argv, input=text, capture_output=True, check=False)
        try:
            reply = json.loads(got.stdout)
        except ValueError:
            raise Refused(argv, "no-json", got.returncode, got.stderr.decode(errors="replace")) from None
        if not reply["ok"]:
            error = reply["error"]
            raise Refused(words, error["code"], got.returncode, error["message"])
        return reply["data"]

    def content(self, *words):
        """Runs one command and returns the raw bytes that it prints."""
        got = subprocess.run(self.argv(*words), capture_output=True, check=False)
        if got.returncode:
            raise Refused(words, "failed", got.returncode, got.stderr.decode(errors="replace").strip())
        return got.stdout

    def start(self, *words, log=None):
        """Starts a server or agent and waits until it says `ready`."""
        err = open(log or self.state + ".log", "ab")
        process = subprocess.Popen(self.argv(*words), stdout=subprocess.PIPE, stderr=err,
                                   stdin=subprocess.DEVNULL, text=True)
        err.close()
        line = process.stdout.readline()
        if not line.startswith("ready"):
            process.kill()
            raise RuntimeError(f"{self.name}: {' '.join(words)} did not start: see {err.name}")
        return process
