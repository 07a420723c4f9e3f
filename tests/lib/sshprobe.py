"""xfer_probe against an sshd, and what the tests of SSH have in common."""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import threading

import cd

PROBE = os.path.join(os.environ.get('builddir', os.path.join(cd.TOP, 'build')),
                     'tests', 'live', 'xfer_probe')
SFTP_SERVER = '/usr/lib/openssh/sftp-server'
FILTER = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      'sftpfilter.py')
MIB = 1 << 20
SLOW = os.environ.get('COUPONDROP_SLOW') == '1'
CHANNELS = ['libssh2', 'openssh', 'auto']
# Exit codes.
HOSTKEY, UNAVAILABLE, FULL, BROKEN, PROTOCOL, LOGIN, SECRET = \
    9, 69, 75, 75, 76, 77, 78

DATA = threading.Lock()     # while a file of data is made


class Probe:
    """How one call of xfer_probe ended."""

    def __init__(self, server, args, user=None, path=None, env=None,
                 port=None, seconds=cd.RUN_SECONDS):
        url = (f'sftp://{user or cd.user()}@127.0.0.1:{port or server.port}'
               f'{path or server.root}')
        at = args.index('--')
        line = [PROBE, '-v', *map(str, args[:at]), url,
                *map(str, args[at + 1:])]
        p = subprocess.run(line, timeout=seconds, encoding='utf-8',
                           errors='replace', stdin=subprocess.DEVNULL,
                           capture_output=True,
                           env=cd.environment(server.state, **(env or {})))
        self.line, self.exit = line, p.returncode
        self.out, self.err = p.stdout, p.stderr

    def ended(self, code, *words):
        cd.equal(f'exit of {self}', self.exit, code)
        for word in words:
            cd.check(word in self.err, f'no "{word}" in {self}')
        return self

    def without(self, *words):
        for word in words:
            cd.check(word not in self.err, f'"{word}" in {self}')
        return self

    def __str__(self):
        return (f'{" ".join(self.line)}: {self.exit}\n-- stdout\n{self.out}'
                f'-- stderr\n{self.err}')


def data(work, size):
    """A file of that size, without a period that a buffer might have."""
    path = os.path.join(work, f'data.{size}')
    with DATA:
        if os.path.exists(path):
            return path
        block = os.urandom(MIB + 4093)
        with open(path, 'wb') as f:
            while f.tell() < size:
                f.write(f.tell().to_bytes(8, 'big'))
                f.write(block)
            f.truncate(size)
    return path


def same(a, b):
    with open(a, 'rb') as f, open(b, 'rb') as g:
        while True:
            x, y = f.read(MIB), g.read(MIB)
            if x != y:
                return False
            if not x:
                return True


def arrived(server, name, source):
    """The file is there, whole; it is removed."""
    path = os.path.join(server.root, name)
    cd.check(same(source, path), f'{name} differs from {source}')
    os.remove(path)


def key_of(server, channel, *more):
    return ['-s', channel, '-i', server.path('id_ed25519'), '-k',
            server.fingerprint(), *more]


def new_key(path, *args, phrase=''):
    """ssh-keygen with these arguments; the path of the private key."""
    subprocess.run(['ssh-keygen', '-q', *args, '-N', phrase, '-f', path],
                   check=True, timeout=60)
    return path


def allow(server, *keys):
    """Let these keys in, too."""
    with open(server.path('authorized_keys'), 'a', encoding='utf-8') as f:
        for key in keys:
            f.write(cd.read(key + '.pub'))


def connections(server):
    """How many there were so far."""
    return cd.read(server.path('log')).count('Connection from ')


def together(f, cases):
    """f(*case) for each of the cases, some at a time: they mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(f, *case) for case in cases]:
            done.result()


def script(work, name, text):
    return cd.write(os.path.join(work, name), '#!/bin/sh\n' + text, 0o755)


@contextlib.contextmanager
def stopped(pid):
    """The process stands still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def overlooking(work, functions):
    """Variables that make the leak checker overlook what these functions of
    libssh2 leave behind.  Stacks must be whole for that."""
    if not functions:
        return {}
    path = cd.write(os.path.join(work, 'overlook'), ''.join(
        f'leak:{name}\n' for name in functions))
    more = {'ASAN_OPTIONS': 'fast_unwind_on_malloc=0',
            'LSAN_OPTIONS': f'suppressions={path}:print_suppressions=0'}
    return {name: ':'.join(filter(None, [os.environ.get(name), value]))
            for name, value in more.items()}


def main(test, overlook=()):
    """cd.main with a TMPDIR of its own, in which nothing may be left."""
    def inside(work):
        tmp = os.path.join(work, 'tmp')
        os.mkdir(tmp)
        usual = {'TMPDIR': tmp, **overlooking(work, overlook)}
        keep = cd.environment
        cd.environment = lambda w=None, **more: keep(w, **{**usual, **more})
        test(work)
        cd.equal('folders left behind', os.listdir(tmp), [])
    cd.main(inside)
