"""Files over one connection to a real server, by the program xfer_probe."""

import contextlib
import hashlib
import os
import subprocess
import tempfile

import cd

PROBE = os.path.join(os.environ.get('builddir', os.path.join(
    cd.TOP, 'build')), 'tests', 'live', 'xfer_probe')
SECONDS = 120           # for any call, whatever happens
SLOW = os.environ.get('COUPONDROP_SLOW') == '1'
MIB = 1 << 20
BIG = 300 * MIB
SIZES = {
    'empty.zip': 0,
    'one byte only.zip': 1,
    'gr\u00fcn \u20ac \U0001f39f.zip': 30000,   # 2, 3 and 4 bytes a character
    'odd.zip': 262145,      # one byte more than a buffer of libcurl
    'block.zip': 65536,
    'five.zip': 5 * MIB,
}


class Said:
    """How one call of the probe ended."""

    def __init__(self, args, code, stdout, stderr):
        self.args = args
        self.exit = code
        self.lines = stdout.splitlines()
        self.error = stderr

    def __str__(self):
        return (f'xfer_probe {" ".join(self.args)}: exit {self.exit}\n' +
                '\n'.join(self.lines[-20:]) + f'\n{self.error[-4000:]}')


def probe(options, url, *commands, exit_code=0):
    """Run commands (lists of words) over one connection."""
    args = [str(o) for o in options] + [url]
    for n, command in enumerate(commands):
        args += [','] * (n > 0) + [str(word) for word in command]
    try:
        p = subprocess.run([PROBE, *args], stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=SECONDS,
                           encoding='utf-8', env=cd.environment())
    except subprocess.TimeoutExpired as e:
        raise cd.Failure(f'xfer_probe {args} does not end: {e.stderr}')
    said = Said(args, p.returncode, p.stdout, p.stderr)
    cd.check(exit_code is None or said.exit == exit_code,
             f'exit {said.exit}, should be {exit_code}: {said}')
    return said


def sha256(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as f:
        while block := f.read(MIB):
            digest.update(block)
    return digest.hexdigest()


class Files:
    """The files to send, as a context; the big one lies in memory."""

    def __init__(self, work):
        self.dir = os.path.join(work, 'files')
        os.makedirs(self.dir)
        self.stack = contextlib.ExitStack()
        self.path = {}
        self.hash = {}
        for name, size in SIZES.items():
            self.make(os.path.join(self.dir, name), size)

    def make(self, path, size):
        block = os.urandom(MIB)
        with open(path, 'wb') as f:
            for n in range(0, size, MIB):
                # No two blocks are the same.
                f.write((n.to_bytes(8, 'big') + block)[:min(MIB, size - n)])
        name = os.path.basename(path)
        self.path[name] = path
        self.hash[name] = sha256(path)

    def __enter__(self):
        where = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        shm = self.stack.enter_context(tempfile.TemporaryDirectory(
            prefix='coupondrop-', dir=where))
        self.make(os.path.join(shm, 'big.zip'), BIG)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def send(self, options, url, folder, big=False, read_back=True,
             ignore=()):
        """All of them by one handle; then look what is on the disk."""
        names = [n for n in self.path if big or SLOW or n != 'big.zip']
        said = probe(options, url, *[
            ['check' if read_back and n != 'big.zip' else 'stage',
             self.path[n], n] for n in names])
        there = sorted(set(os.listdir(folder)) - set(ignore))
        cd.equal('files on the server', there, sorted(names))
        for name in names:
            path = os.path.join(folder, name)
            cd.equal(f'content of {name}', sha256(path), self.hash[name])
            os.unlink(path)
        return said


def count(path, word):
    """Lines of a log that have the word; there may be no log yet."""
    if not os.path.exists(path):
        return 0
    return sum(word in line for line in cd.read(path).splitlines())
