"""The program on a terminal of its own, and a person in front of it."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

import cd

SECONDS = 120       # for what the program shows next, on a busy machine


class Terminal:
    """One call of the program; as a context it is ended when left."""

    def __init__(self, args, work, **env):
        self.args = [cd.PROGRAM, *args]
        self.env = cd.environment(work, **{'TERM': 'dumb', **env})
        self.seen = ''
        self.pid = 0
        self.leader = -1

    def __enter__(self):
        self.pid, self.leader = pty.fork()
        if self.pid == 0:
            try:
                os.execve(self.args[0], self.args, self.env)
            finally:
                os._exit(127)
        return self

    def __exit__(self, *args):
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.leader)

    def read(self, end):
        """More of what is shown; False when there will be no more."""
        left = end - time.monotonic()
        if left <= 0 or not select.select([self.leader], [], [], left)[0]:
            raise cd.Failure(f'nothing more comes after: {self.seen}')
        try:
            block = os.read(self.leader, 65536)
        except OSError:         # EIO: the other side is closed
            block = b''
        self.seen += block.decode(errors='replace').replace('\r\n', '\n')
        return bool(block)

    def wait_for(self, text):
        """Until it has been shown; what was shown so far."""
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            cd.check(self.read(end), f'"{text}" never came: {self.seen}')
        return self.seen

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def resize(self, columns, rows):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ,
                    struct.pack('HHHH', rows, columns, 0, 0))

    def end(self):
        """The exit code, -N for a signal, once the program has ended."""
        end = time.monotonic() + SECONDS
        while self.read(end):
            pass
        status = os.waitpid(self.pid, 0)[1]
        self.pid = 0
        return os.waitstatus_to_exitcode(status)
