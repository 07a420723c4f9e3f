"""Uploads through a proxy that spoils them, on every kind of file server.

After each run there is exactly one whole final file, or a clear error and
none, or a whole one that is reported unverified.  After the next resume that
reaches the server there is one proven final file and no temporary one.
"""

import collections
import contextlib
import hashlib
import os
import threading
import time
from concurrent import futures

import cd
import live
from cutproxy import HOST, CutProxy
from small import Small

SLOW = os.environ.get('COUPONDROP_SLOW') == '1'
ROWS = 4000
DONE = 12           # finished; verify is off, so nothing confirms it
HELD = 0            # staged, as asked
SECONDS = 40        # no call may take longer, whatever happens
PASSIVE = 20        # ports for data connections of the FTP server
AT_ONCE = 8         # exchanges; most of them wait for deadlines
BELATED = ('freeze', 'mute', 'slow')   # bytes may come when nobody waits
TRIES = 5           # to find free ports
STARTING = threading.Lock()
TIGHT = {'connect_timeout': '3s', 'reply_timeout': '1s',
         'final_timeout': '1s', 'stall_timeout': '1s'}
WIDE = {'connect_timeout': '30s', 'reply_timeout': '30s',
        'final_timeout': '30s', 'stall_timeout': '30s'}


class Start:
    """A server, its ports, the settings of the endpoint and what the sandbox
    needs to know to fetch from it."""

    def __init__(self, server, ports, settings, sandbox=()):
        self.server = server
        self.ports = ports
        self.settings = settings
        self.sandbox = sandbox


def sftp(work, stack, **more):
    password_file, password = live.secret_file(work, 'sftp.secret')
    server = stack.enter_context(cd.Server(
        work, 'sshd_password', 'up', SSH_USER='mapp', SSH_PASSWORD=password,
        SSHD_EXTRA='MaxStartups 100'))
    return Start(server, [server.port], {
        'upload': f'sftp://mapp@{HOST}:{server.port}/~/',
        'upload_password_file': password_file,
        'host_key': [server.fingerprint()],
        'pull': f'sftp://mapp@127.0.0.1:{server.port}/~/',
        'pull_password_file': password_file, **more})


def ftp(work, stack, mode='ftp', **more):
    password_file, password = live.secret_file(work, 'ftp.secret')
    server = stack.enter_context(cd.Server(
        work, 'proftpd', 'up', MODE=mode, FTP_USER='drop',
        FTP_PASSWORD=password, PROFTPD_EXTRA='AllowStoreRestart on'))
    settings = {
        'upload': f'{mode}://drop@{HOST}:{server.port}/~/',
        'upload_password_file': password_file,
        'pull': f'{mode}://drop@127.0.0.1:{server.port}/~/',
        'pull_password_file': password_file, **more}
    return Start(server, range(server.port, server.port + PASSIVE + 1),
                 settings, live.add_ftp_tls(settings, server, mode))


def http(work, stack, scheme='http'):
    server = stack.enter_context(cd.Server(
        work, 'nginx', 'up', TLS=str(int(scheme == 'https'))))
    settings = {'upload': f'{scheme}://{HOST}:{server.port}',
                'pull': f'{scheme}://127.0.0.1:{server.port}'}
    if scheme == 'http':
        return Start(server, [server.port], settings)
    settings['ca_file'] = server.path('cert.pem')
    return Start(server, [server.port], settings,
                 ['--ca-file', server.path('cert.pem')])


STRIPED = {'streams': '3', 'limit_rate': '16M'}
DIRECT = {'atomic': 'direct'}
# What a server is, how to start it, and how large the file is in rows of how
# many digits: several connections want one of some megabytes.
KINDS = {
    'http': (http, {}, ROWS, 7),
    'https': (http, {'scheme': 'https'}, ROWS, 7),
    'ftp': (ftp, {}, ROWS, 7),
    'ftpes': (ftp, {'mode': 'ftpes'}, ROWS, 7),
    'ftps': (ftp, {'mode': 'ftps'}, ROWS, 7),
    'sftp': (sftp, {'ssh': 'libssh2'}, ROWS, 7),
    'ssh': (sftp, {'ssh': 'openssh'}, ROWS, 7),
    'striped': (sftp, {'ssh': 'libssh2', **STRIPED}, 98000, 38),
    'ftp direct': (ftp, DIRECT, ROWS, 7),
    'sftp direct': (sftp, DIRECT, ROWS, 7),
    'ssh striped': (sftp, {'ssh': 'openssh', **STRIPED}, 98000, 38),
}


def sha256(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def behind_proxy(work, stack, start, window):
    """Start a server and the proxy on its ports.

    FTP servers open their further ports late, so somebody else may have one
    of them by now: then both are started again elsewhere.  One at a time, and
    the ports of all that run are seen to be in use."""
    for number in range(TRIES):
        folder = os.path.join(work, f'server-{number}')
        os.mkdir(folder)
        with STARTING, contextlib.ExitStack() as both:
            up = start(folder, both)
            try:
                proxy = both.enter_context(CutProxy(up.ports, window))
            except OSError:
                continue
            stack.enter_context(both.pop_all())
            return up, proxy
    raise cd.Failure('no free ports for a server and its proxy')


class Cutting:
    """One kind of server behind a proxy, and one drop that is sent there
    again and again."""

    def __init__(self, work, stack, kind, window=None, **more):
        self.work = work
        self.kind = kind
        start, args, rows, digits = KINDS[kind]
        up, self.proxy = behind_proxy(
            work, stack, lambda w, s: start(w, s, **args), window)
        self.server = up.server
        self.settings = {**up.settings, 'keep_staged': 'yes', **more}
        self.small = Small(work, stack, self.settings, job={
            'packing': 'none', 'retries': 0, 'rehearse': 'off'},
            sandbox=up.sandbox, digits=digits, bank=rows)
        self.direct = self.settings.get('atomic') == 'direct'
        self.file = self.small.file(rows)
        self.number = 0
        self.seen = collections.Counter()
        self.longest = 0
        self.hits = 0       # cases whose place was reached
        self.late = 0       # temporary names that came after the end
        self.wrong = []     # what a person wants to see all of

    def files(self):
        return self.server.files(['small'])

    def times(self, times):
        self.small.config['endpoints']['files'] = {**self.settings, **times}
        self.small.save()

    def fresh(self):
        """Nothing on the server, nothing in the ledger."""
        for left in self.files():
            os.unlink(os.path.join(self.server.root, left))
        self.number += 1
        self.small.config['state_dir'] = os.path.join(
            self.work, f'state-{self.number}')
        self.small.save()

    def timed(self, *args):
        began = time.monotonic()
        result = self.small.call(*args, '--json', timeout=SECONDS)
        self.longest = max(self.longest, time.monotonic() - began)
        return result

    def run(self):
        """As far as the file server; the rest is not what is tried here."""
        return self.timed('run', '-j', 'job', '--yes', '--until', 'staged',
                          self.file)

    def whole(self, run, what):
        """The final files, each of which must be whole."""
        finals = [f for f in self.files() if not f.startswith('.')]
        want = {p['artifact']['name']: p['artifact']['sha256']
                for p in run['parts']}
        for name in finals:
            cd.equal(f'content of {name} {what}', sha256(os.path.join(
                self.server.root, name)), want.get(name))
        return finals

    def check_run(self, result, how, what):
        run = result.json['runs'][0]
        unsure = '"unverified"' in result.stdout
        if self.direct and unsure:
            return run, 'unverified'    # it may be half a file
        finals = self.whole(run, what)
        proof = (run['parts'][0]['stage'] or {}).get('verified')
        if result.exit == HELD:
            cd.equal(f'files {what}', len(finals), 1)
            if how not in BELATED:
                cd.equal(f'left {what}', self.files(), finals)
            return run, 'got through'
        error = result.json['error']
        # Half a command, which the server takes for a whole one, is refused.
        cd.check(error['message'] and (how == 'half' or (
            result.exit in (69, 75, 76) and error['retry'] == 'backoff')),
                 f'no clear error {what}: {result}')
        cd.check(not finals or proof == 'unverified',
                 f'a final file of which nothing is said, {what}: {result}')
        return run, 'unverified' if proof == 'unverified' else error['word']

    def check_end(self, run, what):
        """One proven file, and no other."""
        finals = self.whole(run, what)
        cd.equal(f'final files {what}', len(finals), 1)
        cd.equal(f'all files {what}', self.files(), finals)
        self.check_proof(run, what)

    @staticmethod
    def check_proof(run, what):
        cd.check(run['parts'][0]['stage']['verified'] in ('size',
                                                          'readback'),
                 f'not proven {what}: {run}')

    def resume(self, run, what):
        self.times(WIDE)
        result = self.timed('resume', run['run'])
        cd.equal(f'exit of resume {what}: {result}', result.exit, DONE)
        return result.json['runs'][0]

    def one(self, at, how):
        what = f'with {self.kind}, "{how}" at byte {at}'
        self.fresh()
        self.times(TIGHT)
        self.proxy.spoil(at, how)
        result = self.run()
        run, outcome = self.check_run(result, how, what)
        self.seen[how, outcome] += 1
        self.hits += self.proxy.hit.is_set()
        if how in BELATED:
            self.proxy.forget()     # what was held back comes later
        else:
            self.proxy.heal()
        if result.exit != HELD:
            run = self.resume(run, what)
        self.check_proof(run, what)
        if how in BELATED:
            self.proxy.settled()
            self.check_late(run, result, what)
        else:
            self.check_end(run, what)

    def check_late(self, run, result, what):
        """A whole upload may arrive after all, of which nobody waits for an
        answer.  It can only leave what cleanup finds."""
        what += ', when the last byte has arrived'
        finals = self.whole(run, what)
        cd.equal(f'final files {what}', len(finals), 1)
        left = sorted(set(self.files()) - set(finals))
        if not left:
            return
        self.late += 1
        cd.equal(f'left {what}', left, [f'.{finals[0]}.{run["run"]}.part'])
        if result.exit == HELD:
            self.resume(run, what)
        self.small.call('cleanup', exit_code=0)
        cd.equal(f'after cleanup {what}', self.files(), finals)

    def measure(self):
        """A clean pass: how long the exchange is, and where it turns."""
        self.fresh()
        self.times(WIDE)
        self.proxy.spoil(1 << 60, 'reset')
        result = self.run()
        cd.equal(f'exit of a good run with {self.kind}: {result}',
                 result.exit, HELD)
        self.check_end(result.json['runs'][0], 'of a good run')
        return self.proxy.count, list(self.proxy.turns)

    def places(self, n):
        """n of them: every other one evenly over the bytes, the others
        evenly over the turns, where a reply or a command begins."""
        total, turns = self.measure()
        some = (n + 1) // 2
        even = [int(total * (i + 0.5) / some) for i in range(some)]
        rest = n - some
        at = [turns[int(len(turns) * (i + 0.5) / rest)] + i % 2
              for i in range(rest)]
        return sorted(even + at)

    def each_turn(self):
        """A place in each reply and in each command."""
        return [turn + 1 for turn in self.measure()[1]]

    def all(self, n, ways):
        for i, at in enumerate(self.each_turn() if n is None else
                               self.places(n)):
            try:
                self.one(at, ways[i % len(ways)])
            except cd.Failure as e:
                self.wrong.append(str(e))


def figures(cutting):
    """What happened, in one line for each way."""
    cases = sum(cutting.seen.values())
    lines = [f'{cutting.kind}: {cases} cases, longest call '
             f'{cutting.longest:.1f} s, late names {cutting.late}']
    for how in sorted({how for how, _ in cutting.seen}):
        lines.append(f'    {how}: ' + ', '.join(
            f'{outcome} {count}' for (h, outcome), count in
            sorted(cutting.seen.items()) if h == how))
    return '\n'.join(lines)


def each_kind(work, kinds, ways):
    """kinds: {name: number of places, None for each turn}; all of them,
    several at once."""
    def try_kind(kind):
        folder = os.path.join(work, kind.replace(' ', '-'))
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            cutting = Cutting(folder, stack, kind)
            cutting.all(kinds[kind], ways)
            return cutting

    wrong = []
    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(try_kind, k) for k in kinds]:
            cutting = future.result()
            print(figures(cutting), flush=True)
            wrong += cutting.wrong
            cases = sum(cutting.seen.values()) + len(cutting.wrong)
            cd.check(cutting.hits * 10 >= cases * 8,
                     f'only {cutting.hits} places were reached: '
                     f'{figures(cutting)}')
    cd.check(not wrong, f'{len(wrong)} cases: ' + '\n'.join(wrong))
