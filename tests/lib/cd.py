"""What tests need to run the program, the sandbox and real servers.

Everything lives below one temporary folder, every process has a time limit
and is ended by its own id, and a failed check says what it saw.
"""

import contextlib
import csv
import ctypes
import fcntl
import io
import json
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..'))
PROGRAM = os.environ.get('COUPONDROP', os.path.join(TOP, 'build',
                                                    'coupondrop'))
SERVERS = os.path.join(TOP, 'tests', 'servers')
START_SECONDS = 60      # for a server under a sanitizer on a busy machine
RUN_SECONDS = 300
SKIP = 77               # exit code that the test driver knows


def has_faults():
    """Whether the program was built with --enable-faults: only then it knows
    the variable.  What a run does is no answer: a fault point that nothing
    reaches any more would look like a build without."""
    with open(PROGRAM, 'rb') as f:
        return b'COUPONDROP_FAULT' in f.read()


def needs_faults():
    """Skip the test in a build without fault points."""
    if not has_faults():
        print('built without --enable-faults')
        sys.exit(SKIP)


class Failure(Exception):
    """The program did not do what it should."""


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(what, got, want):
    check(got == want, f'{what}: {got!r}, should be {want!r}')


def own_network():
    """Move this process into a network of its own, where every port is free;
    it has a loopback and nothing else.  Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000) != 0:           # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), 'unshare')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        up = struct.pack('16sh22x', b'lo', 1)   # IFF_UP
        fcntl.ioctl(s, 0x8914, up)              # SIOCSIFFLAGS


def main(test):
    """Run test(folder) in a fresh folder and end with its result.

    With KEEP=1 in the environment the folder stays.
    """
    with contextlib.ExitStack() as stack:
        if os.environ.get('KEEP') == '1':
            work = tempfile.mkdtemp(prefix='coupondrop-')
            print(f'kept: {work}')
        else:
            work = stack.enter_context(
                tempfile.TemporaryDirectory(prefix='coupondrop-'))
        try:
            test(work)
        except (Failure, subprocess.TimeoutExpired) as e:
            print(f'FAILED: {e}')
            sys.exit(1)
    print('passed')


def main_each(tests, room):
    """Run each test(room(folder)) in a folder of its own.

    Arguments of the program are names of tests: only those are run.
    """
    names = sys.argv[1:]
    chosen = [t for t in tests if not names or t.__name__ in names]

    def all_tests(work):
        check(chosen, f'no test is called {names}')
        for test in chosen:
            print(f'- {test.__name__}', flush=True)
            folder = os.path.join(work, test.__name__)
            os.mkdir(folder)
            test(room(folder))
    main(all_tests)


def user():
    """The name of who runs this."""
    return pwd.getpwuid(os.getuid()).pw_name


def write(path, text, mode=0o644):
    """Make a file that never has more rights than mode."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(fd, 'w', encoding='utf-8') as f:
        f.write(text)
    return path


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read()


def unfold(text):
    """What people read, with each sentence in one line again."""
    return re.sub(r'\n {4,}(?=\S)', ' ', text)


def environment(work=None, **more):
    """An environment in which only what a test says has an influence."""
    keep = {k: v for k, v in os.environ.items()
            if k == 'PATH' or k.startswith(('ASAN_', 'UBSAN_', 'LSAN_'))}
    keep.update(LC_ALL='C.UTF-8', TZ='UTC', HOME=work or '/nonexistent')
    if work:    # what others have in /tmp has no influence
        keep.update(TMPDIR=work)
    keep.update(more)
    return keep


class Result:
    """How one call of the program ended."""

    def __init__(self, args, exit_code, stdout, stderr):
        self.args = args
        self.exit = exit_code
        self.stdout = stdout
        self.raw_stderr = stderr
        self.stderr = unfold(stderr)
        self.json = None
        if '--json' in args:
            try:
                self.json = json.loads(stdout)
            except ValueError:
                raise Failure(f'not one JSON object on stdout: {self}')

    def __str__(self):
        return (f'coupondrop {" ".join(self.args)}: exit {self.exit}\n'
                f'-- stdout\n{self.stdout[-4000:]}\n'
                f'-- stderr\n{self.stderr[-4000:]}')


def run_cd(args, exit_code=None, stdin=None, timeout=RUN_SECONDS, **env):
    """Run the program to its end; stdin is text, or nothing is there.

    With exit_code given, any other one is a failure.
    """
    args = [str(a) for a in args]
    try:
        p = subprocess.run(
            [PROGRAM, *args], input=stdin or '', timeout=timeout,
            capture_output=True, encoding='utf-8', errors='replace',
            env=environment(**env))
    except subprocess.TimeoutExpired as e:
        raise Failure(f'coupondrop {" ".join(args)}: not ended after '
                      f'{timeout} s\n-- stdout\n{e.stdout}\n'
                      f'-- stderr\n{e.stderr}')
    except OSError as e:
        raise Failure(f'{PROGRAM} cannot be started: {e.strerror}')
    result = Result(args, p.returncode, p.stdout, p.stderr)
    if exit_code is not None and result.exit != exit_code:
        raise Failure(f'exit {result.exit}, should be {exit_code}: {result}')
    return result


class Sandbox:
    """`coupondrop sandbox` in the folder work/sandbox, as a context.

    load is a list of (bank, name, file with codes); args are more flags.
    """

    def __init__(self, work, load, args=()):
        self.dir = os.path.join(work, 'sandbox')
        os.makedirs(self.dir, mode=0o700, exist_ok=True)
        self.config = os.path.join(self.dir, 'coupondrop.yaml')
        self.api_key_file = os.path.join(self.dir, 'sandbox.key')
        self.shared_secret_file = os.path.join(self.dir, 'sandbox.secret')
        self.args = ['sandbox', '--json', '--port', '0', '--dir',
                     os.path.join(self.dir, 'state'), '--write-config',
                     self.config, *map(str, args)]
        for bank, name, codes in load:
            self.args += ['--load', f'{bank}:{name}:{codes}']
        self.out = os.path.join(self.dir, 'stdout')
        self.err = os.path.join(self.dir, 'stderr')
        self.process = None
        self.url = None

    def __enter__(self):
        with open(self.out, 'wb') as out, open(self.err, 'wb') as err:
            self.process = subprocess.Popen(
                [PROGRAM, *self.args], stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, env=environment(self.dir))
        try:
            self.url = self.wait_ready()['url']
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def wait_ready(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            ended = self.process.poll() is not None
            with contextlib.suppress(ValueError):
                told = json.loads(read(self.out))
                check(told['exit'] == 0, f'no sandbox: {told}')
                return told
            check(not ended, f'the sandbox ended by itself: {self.log()}')
            time.sleep(0.02)
        raise Failure(f'no sandbox after {START_SECONDS} s: {self.log()}')

    def __exit__(self, kind, value, traceback):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = 'killed, it did not end on SIGTERM'
        if code not in (0, 128 + signal.SIGTERM) and kind is None:
            raise Failure(f'the sandbox ended with {code}: {self.log()}')
        if kind is not None:
            print(f'-- sandbox\n{self.log()}')

    def log(self):
        return (read(self.out) + read(self.err))[-4000:]

    @property
    def api(self):
        return self.url + '/api/xmlrpc/index.php'

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read().decode('utf-8')

    def bank(self, number):
        """{code: (redeemed, redeem_date)} of a whole bank."""
        rows = csv.reader(io.StringIO(self.get(f'/sandbox/bank/{number}')))
        return {code: (redeemed, date) for code, redeemed, date in rows}

    def tasks(self):
        return json.loads(self.get('/sandbox/tasks'))

    def secrets(self):
        return [read(self.api_key_file).strip(),
                read(self.shared_secret_file).strip()]


class Server:
    """A real server, started by tests/servers/NAME.sh, as a context.

    env are the variables that the script knows.  With root, another server's
    folder is served instead of an own one.
    """

    def __init__(self, work, name, state, root=None, **env):
        self.script = os.path.join(SERVERS, name + '.sh')
        self.state = os.path.join(work, state)
        self.env = env
        os.makedirs(self.state, exist_ok=True)
        self.root = os.path.join(self.state, 'root')
        if root is not None:
            os.symlink(root, self.root)
        self.port = None

    def __enter__(self):
        p = subprocess.run(
            ['sh', self.script, self.state], timeout=START_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding='utf-8', errors='replace',
            env=environment(self.state, **self.env))
        check(p.returncode == 0, f'{self.script}: {p.stdout}')
        self.port = int(read(self.path('port')))
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None and os.path.exists(self.path('log')):
            print(f'-- {self.script}\n{read(self.path("log"))[-4000:]}')
        subprocess.run(['sh', os.path.join(SERVERS, 'stop.sh'), self.state],
                       timeout=START_SECONDS, env=environment(self.state))

    def path(self, name):
        return os.path.join(self.state, name)

    def fingerprint(self, key='host_ed25519.pub'):
        """SHA256:... of a host key."""
        p = subprocess.run(['ssh-keygen', '-lf', self.path(key)],
                           timeout=30, capture_output=True, encoding='utf-8')
        check(p.returncode == 0, f'ssh-keygen: {p.stderr}')
        return p.stdout.split()[1]

    def files(self, ignore=()):
        """Names of what lies in its folder, hidden files too."""
        return sorted(set(os.listdir(self.root)) - set(ignore))


def yaml(value, indent=0):
    """A configuration out of dicts; JSON's strings and lists are YAML's."""
    text = ''
    for key, item in value.items():
        text += ' ' * indent + key + ':'
        if isinstance(item, dict):
            text += '\n' + yaml(item, indent + 2)
        else:
            text += ' ' + json.dumps(item) + '\n'
    return text


def find_secret(data, secrets):
    """The first of the secrets that occurs in the bytes, or None."""
    for secret in secrets:
        check(len(secret) >= 8, 'a secret too short to look for')
        if secret.encode() in data:
            return secret
    return None


def check_no_secret(secrets, result, folder):
    """None of the secrets in what was said or in what was kept."""
    for name, text in [('stdout', result.stdout), ('stderr', result.stderr)]:
        check(find_secret(text.encode(), secrets) is None,
              f'a secret is on {name}: {result}')
    seen = 0
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, 'rb') as f:
                check(find_secret(f.read(), secrets) is None,
                      f'a secret is in {path}')
            seen += 1
    check(seen > 0, f'nothing is kept in {folder}')
