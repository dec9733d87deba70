"""A command on a terminal of its own, as a person sees it."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from exchange import environment


def on_terminal(argv, seconds=60, columns=100, env=None, type_in=None):
    """What a command writes to a terminal, and its exit code. `type_in`: (what is waited for, what is typed)."""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)    # the tests may run where it is ignored
        time.sleep(0.1)     # until the parent has set the size
        os.execve(argv[0], argv, environment(TERM="xterm", **(env or {})))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    written, end, typing = b"", time.monotonic() + seconds, list(type_in or [])
    while time.monotonic() < end:
        if typing and typing[0][0] in written:
            os.write(fd, typing.pop(0)[1])
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(fd)
    return written, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
