"""What the tests of the command line share: a closed room for the program,
bytes in and out, and the shapes of its JSON."""

import json
import os
import signal
import subprocess
import time

import cd

HEADER = 'coupon_code,redeemed,redeem_date\n'
PROVIDER_DOWN = 'http://127.0.0.1:9/'    # the discard port: nobody listens


class Ended:
    """How a call ended; stdout and stderr are bytes, out and err what they
    say, the sentences on standard error each in one line again."""

    def __init__(self, args, exit_code, stdout, stderr):
        self.args = args
        self.exit = exit_code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def out(self):
        return self.stdout.decode('utf-8', 'replace')

    @property
    def err(self):
        return cd.unfold(self.stderr.decode('utf-8', 'replace'))

    def __str__(self):
        return (f'coupondrop {" ".join(map(repr, self.args))}: exit '
                f'{self.exit}\n-- stdout\n{self.out[-3000:]}\n'
                f'-- stderr\n{self.err[-3000:]}')


class Room:
    """A folder with HOME, the XDG folders and a temporary folder in it."""

    def __init__(self, work):
        self.work = work
        self.config = os.path.join(work, 'coupondrop.yaml')
        self.state = os.path.join(work, 'state')
        for name in ('home', 'xdg-config', 'xdg-state', 'tmp'):
            os.makedirs(os.path.join(work, name), exist_ok=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def env(self, **more):
        return cd.environment(self.path('home'), **{
            'XDG_CONFIG_HOME': self.path('xdg-config'),
            'XDG_STATE_HOME': self.path('xdg-state'),
            'TMPDIR': self.path('tmp'), **more})

    def write(self, name, data, mode=0o600):
        """A file of bytes or text; its path."""
        path = name if isinstance(name, bytes) else self.path(name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        os.fchmod(fd, mode)
        with open(fd, 'wb') as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def configure(self, settings):
        return self.write('coupondrop.yaml', cd.yaml(
            {'state_dir': self.state, **settings}))

    def run(self, *args, exit_code=None, stdin=b'', stdout=None, timeout=120,
            **env):
        """Run the program; stdout may be a file to write to instead."""
        args = [a if isinstance(a, bytes) else str(a) for a in args]
        p = subprocess.run(
            [cd.PROGRAM, *args], input=stdin, timeout=timeout,
            stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.env(**env), cwd=self.work)
        ended = Ended(args, p.returncode, p.stdout or b'', p.stderr)
        if exit_code is not None:
            cd.check(p.returncode == exit_code,
                     f'exit should be {exit_code}: {ended}')
        return ended

    def json(self, shape, *args, exit_code, **more):
        """Run with --json: one object of this shape on stdout."""
        ended = self.run(*args, '--json', exit_code=exit_code, **more)
        return read_json(ended, shape, exit_code)

    def interrupt(self, *args, stdin, ready, number=signal.SIGTERM):
        """Start, feed stdin without an end, and send a signal when ready()."""
        with subprocess.Popen(
                [cd.PROGRAM, *map(str, args)], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self.env(), cwd=self.work) as p:
            try:
                if stdin:
                    p.stdin.write(stdin)
                    p.stdin.flush()
                wait_until(ready or (lambda: handles(p.pid, number)))
                p.send_signal(number)
                out, err = drain(p)
            except BaseException:
                p.kill()
                raise
        return Ended(args, p.returncode, out, err)


def drain(process, seconds=60):
    """Both outputs to their end, while standard input stays open."""
    os.set_blocking(process.stdout.fileno(), True)
    process.wait(seconds)
    return process.stdout.read(), process.stderr.read()


def handles(pid, number):
    """The process has its handler for this signal in place."""
    for line in cd.read(f'/proc/{pid}/status').splitlines():
        if line.startswith('SigCgt:'):
            return int(line.split()[1], 16) >> (number - 1) & 1 == 1
    return False


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        cd.check(time.monotonic() < end, f'not within {seconds} s')
        time.sleep(0.01)


# Shapes.  A shape is a type, a tuple of alternatives, [shape of the members],
# a dict of all the members an object must have, Map(shape) or a word that a
# string must be one of.

NULL = type(None)


class Map:
    """An object with any keys; the members have a shape."""

    def __init__(self, shape):
        self.shape = shape


class Words:
    """A string out of a set."""

    def __init__(self, text):
        self.words = text.split()


TIME = str
COUNT = int
ERROR = {'word': str, 'exit': int, 'message': str, 'advice': str,
         'retry': Words('never backoff ask-first')}
PLACE = {'line': int, 'column': int, 'record': (int, NULL), 'byte': int}
FINDING = {
    'rule': str, 'severity': Words('error warning'),
    'scope': Words('cell row file'), **PLACE, 'field': (str, NULL),
    'value': (str, NULL), 'message': str, 'fix': (str, NULL),
    'first': (PLACE, NULL)}
CHECKED = {
    'path': str, 'format': Words('csv txt'), 'encoding': str,
    'delimiter': (str, NULL), 'header': bool, 'bytes': int, 'rows': int,
    'valid': int, 'invalid': int, 'duplicates': int, 'left_out': int,
    'by_rule': Map(int),
    'findings_omitted': int, 'findings': [FINDING]}
STATES = Words('queued running done failed lost unknown')
OUTCOMES = Words('ok partial none unconfirmed na')
TASK = {'ref': str, 'state': STATES, 'word': (str, NULL), 'inferred': bool,
        'text': (str, NULL)}
PART = {
    'redeemed': (int, NULL), 'redeem_date': (str, NULL), 'rows': int,
    'state': str, 'route': Words('file inline'),
    'artifact': ({'name': str, 'bytes': int, 'sha256': str}, NULL),
    'stage': ({'url': str, 'verified': (str, NULL), 'attempts': int}, NULL),
    'rehearsed': (str, NULL), 'task': (TASK, NULL),
    'updated': (int, NULL), 'already': (int, NULL), 'failed': (int, NULL),
    'basis': (str, NULL), 'doubt': (str, NULL),
    'verify': ({'asked': int, 'applied': int, 'already': int,
                'missing': int, 'unknown': int, 'bound': (int, float)},
               NULL)}
RUN = {
    'run': str, 'job': (str, NULL), 'file': (str, NULL),
    'content_id': (str, NULL),
    'state': Words('received rejected active held finished cancelled'),
    'outcome': OUTCOMES, 'severity': Words('ok warning error'),
    'exit': (int, NULL),
    'started': TIME, 'finished': (TIME, NULL),
    'seconds': Map((int, float)),
    'bank': ({'id': int, 'name': (str, NULL)}, NULL),
    'rows': {'read': int, 'sent': int, 'repeated': int, 'skipped': int,
             'rejected': int, 'left_out': int},
    'updated': (int, NULL), 'failed': (int, NULL),
    'unaccounted': (int, NULL),
    'already': (int, NULL),
    'basis': (Words('verify counters sample none'), NULL), 'parts': [PART],
    'files': {'set_aside': (str, NULL), 'failed': (str, NULL),
              'unknown': (str, NULL)},
    'retry_of': (str, NULL), 'retryable': bool, 'error': (ERROR, NULL),
    'next': [[str]]}
FOLLOWED = {
    'ref': str, 'state': STATES, 'word': (str, NULL), 'outcome': OUTCOMES,
    'total': (int, NULL), 'updated': (int, NULL), 'failed': (int, NULL),
    'error_file': (str, NULL), 'text': (str, NULL), 'error': (ERROR, NULL)}
SHAPES = {
    'validate': {'files': [CHECKED], 'unread': [{'path': str,
                                                 'error': ERROR}]},
    'run': {'version': str, 'host': str, 'config_sha256': str,
            'runs': [RUN]},
    'show': {'version': str, 'host': str, 'config_sha256': str,
             'runs': [RUN]},
    'runs': {'runs': [RUN]},
    'schedule': {'jobs': [{'job': str, 'schedule': (str, NULL),
                           'zone': (str, NULL),
                           'due': [{'at': str, 'local': str,
                                    'moved_from': (str, NULL)}]}]},
    'follow': {'tasks': [FOLLOWED]},
    'status': {'jobs': [{'job': str, 'last': (str, NULL),
                         'run': (str, NULL), 'outcome': (OUTCOMES, NULL),
                         'exit': int, 'needed': bool, 'running': bool,
                         'open': [str], 'message': (str, NULL),
                         'headline': (str, NULL),
                         'next': (str, NULL), 'missed': (str, NULL)}],
               'others': [{'job': (str, NULL), 'run': str, 'exit': int,
                           'message': str, 'headline': str}],
               'logins': [{'server': str, 'user': (str, NULL),
                           'refused': str, 'next_try': str, 'runs': [str],
                           'message': str}],
               'error': (ERROR, NULL)},
    'config': {'path': (str, NULL), 'mistakes': [str], 'jobs': [str],
               'notes': [str], 'state_dir': str, 'sha256': str, 'error': (ERROR, NULL)},
    'error': {'error': ERROR},
}
SCHEMAS = {'show': 'run'}


def fits(value, shape, at):
    """Fail with the path of the first member that is not of the shape."""
    if isinstance(shape, tuple):
        if value is None and NULL in shape:
            return
        rest = [s for s in shape if s is not NULL]
        if len(rest) > 1:
            cd.check(isinstance(value, tuple(rest)) and
                     not isinstance(value, bool), f'{at} is {value!r}')
            return
        shape = rest[0]
    if isinstance(shape, Map):
        cd.check(isinstance(value, dict), f'{at} is {value!r}')
        for key, item in value.items():
            fits(item, shape.shape, f'{at}.{key}')
    elif isinstance(shape, Words):
        cd.check(value in shape.words, f'{at} is {value!r}')
    elif isinstance(shape, list):
        cd.check(isinstance(value, list), f'{at} is {value!r}')
        for i, item in enumerate(value):
            fits(item, shape[0], f'{at}[{i}]')
    elif isinstance(shape, dict):
        cd.check(isinstance(value, dict), f'{at} is {value!r}')
        for key, item in shape.items():
            cd.check(key in value, f'{at} has no "{key}": {value!r}')
            fits(value[key], item, f'{at}.{key}')
    else:
        cd.check(isinstance(value, shape) and
                 (shape is bool or not isinstance(value, bool)),
                 f'{at} is {value!r}')


def no_twice(pairs):
    cd.check(len({k for k, _ in pairs}) == len(pairs),
             f'a key stands twice in {pairs}')
    return dict(pairs)


def read_json(ended, shape, exit_code):
    """The one object on stdout; it has the shape and says the exit code."""
    lines = ended.stdout.split(b'\n')
    cd.check(len(lines) == 2 and lines[1] == b'',
             f'not one line on stdout: {ended}')
    try:
        value = json.loads(lines[0].decode('utf-8'),
                           object_pairs_hook=no_twice)
    except ValueError as e:
        raise cd.Failure(f'no JSON on stdout ({e}): {ended}')
    fits(value, {'schema': str, 'exit': int, **SHAPES[shape]}, shape)
    cd.equal(f'schema of {ended}', value['schema'],
             f'coupondrop.{SCHEMAS.get(shape, shape)}/1')
    cd.equal(f'exit in {ended}', value['exit'], exit_code)
    cd.equal(f'exit of {ended}', ended.exit, exit_code)
    return value


def main(*tests):
    """Run each test(room) in a room of its own."""
    cd.main_each(tests, Room)
