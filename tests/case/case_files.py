#!/usr/bin/env python3
"""Files that a run leaves: rows set aside, the source, what was half-written,
and what could not be taken away at once."""

import contextlib
import fcntl
import glob
import os
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

BROKEN = 'BROKEN CODE'
STRANGER = '23456789abcdefghjkmnp'    # the id of no run here


class Drop(case.Case):
    """A drop of one day; each call of night() has rows of its own."""

    def __enter__(self):
        super().__enter__()
        self.taken = 0
        self.rows = []
        return self

    def job(self, **settings):
        self.settings[2].update(settings)
        self.configure()

    def night(self, name='drop.csv', broken=0):
        """A new file, always under the same name; its text."""
        more = case.rows(self.in_bank[self.taken:self.taken + 5])
        self.taken += 5
        self.rows += more
        text = case.csv_text(more) + f'{BROKEN},1,{case.day(1)}\n' * broken
        os.rename(cd.write(self.path('new'), text), self.path(name))
        self.file = self.path(name)
        return text

    def folder(self, run):
        return os.path.join(self.state, 'runs', run['run'])

    def left(self):
        """Names of all files of runs but their locks and marks."""
        return sorted(name for _, _, names in os.walk(
            os.path.join(self.state, 'runs')) for name in names
            if name not in ('lock', 'packed'))


def samples(c):
    """How many codes to look up the ledger holds."""
    with contextlib.closing(sqlite3.connect(
            os.path.join(c.state, 'ledger.db'))) as db:
        return db.execute('SELECT count(*) FROM samples').fetchone()[0]


def rows_nowhere_else(work):
    """The source goes only when the files hold what the ledger says."""
    os.mkdir(os.path.join(work, 'done'))
    for name, after in ('delete', 'delete'), ('move', f'move:{work}/done'):
        for damage in ('empty', 'missing', 'none'):
            with Drop(work, f'{name}-{damage}', job={
                    'after_done': after, 'max_reject': 2}) as c:
                text = c.night(f'{damage}.csv', broken=2)
                run = c.run(c.file, '--until', 'packed').json['runs'][0]
                path = run['files']['set_aside']
                cd.equal('rows set aside', cd.read(path).count(BROKEN), 2)
                if damage == 'empty':
                    os.truncate(path, 0)
                elif damage == 'missing':
                    os.unlink(path)
                result = c.resume(exit_code=3)
                case.expect('run', result.json['runs'][0], state='finished',
                            updated=5)
                stays = damage != 'none'
                cd.equal('said', 'in no file of the run' in result.stderr,
                         stays)
                cd.equal('the source is there', os.path.exists(c.file), stays)
                if stays:
                    cd.equal('source', cd.read(c.file), text)
    cd.equal('moved', os.listdir(os.path.join(work, 'done')), ['none.csv'])


def one_name_every_night(work):
    """A taken name gets the run's id; nothing is written over."""
    places = {'here': os.path.join(work, 'done')}
    if os.path.isdir('/dev/shm') and os.stat('/dev/shm').st_dev != \
            os.stat(work).st_dev:
        places['shm'] = f'/dev/shm/coupondrop-test-{os.getpid()}'
    for name, done in places.items():
        os.mkdir(done)
        try:
            with Drop(work, name, job={'after_done': f'move:{done}',
                                       'done_file': '{name}.ok'}) as c:
                moved(c, done)
        finally:
            for path in glob.glob(done + '/*') + glob.glob(done + '/.*'):
                os.unlink(path)
            os.rmdir(done)


def moved(c, done):
    want = {}
    for night in range(3):
        text = c.night()
        os.chmod(c.file, 0o640)
        os.utime(c.file, ns=(0, 1767225600 * 10**9 + night))
        marker = cd.write(c.file + '.ok', f'night {night}')
        run = c.run(c.file).json['runs'][0]
        for path in (c.file, marker):
            cd.check(not os.path.exists(path), f'{path} is still there')
        name = 'drop.csv' if night == 0 else f'drop-{run["run"]}.csv'
        want.update({name: text, name + '.ok': f'night {night}'})
        got = {name: cd.read(os.path.join(done, name))
               for name in os.listdir(done)}
        cd.equal('moved files', got, want)
    st = os.stat(os.path.join(done, f'drop-{run["run"]}.csv'))
    cd.equal('rights and time', (st.st_mode & 0o777, st.st_mtime_ns),
             (0o640, 1767225600 * 10**9 + 2))
    c.bank_holds(c.rows)


def marker_goes(work):
    """Left alone it would vouch for the next file of the name; an older one
    does not."""
    with Drop(work, 'marker', job={'after_done': 'delete',
                                   'done_file': '{name}.ok'}) as c:
        for old in (False, True):
            c.night()
            marker = cd.write(c.file + '.ok', '')
            if old:
                os.utime(marker, (0, 0))
            c.run(c.file)
            cd.check(not os.path.exists(c.file), 'the file is still there')
            cd.equal('marker', os.path.exists(marker), old)


def own_folder(work):
    """Moving a file to where it is would rename it every night."""
    with Drop(work, 'own', job={'after_done': f'move:{work}/own'}) as c:
        c.night()
        result = c.run(c.file)
        cd.check('is the folder that the file is taken from' in result.stderr,
                 f'not said: {result}')
        cd.equal('names', glob.glob(c.path('drop*')), [c.file])


def tidied_elsewhere(c, run, command):
    """Another process is at work on it: that is what is told."""
    with open(os.path.join(c.folder(run), 'lock'), 'rb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        busy = c.cd(*command, exit_code=8)
        cd.equal('error', busy.json['error']['word'], 'locked')


def tidied_later(work):
    """What stands in the way of tidying up is tried again by who comes next."""
    for name, command, exits in (
            ('run', ['run', '-j', 'file'], (0, 0)),
            ('resume', ['resume'], (73, 0)),
            ('named', ['resume', 'last'], (73, 0)),
            ('cleanup', ['cleanup'], (3, 0))):
        print(f'  {name}', flush=True)
        done = os.path.join(work, name, 'done')
        with Drop(work, name, job={'after_done': f'move:{done}'}) as c:
            text = c.night('first.csv')
            first = c.file
            result = c.run(c.file)
            cd.check('the source file stays' in result.stderr, f'{result}')
            cd.check(os.path.exists(first), 'the file is gone')
            cd.equal('untidy', c.show()['untidy'], True)
            # Told, and nobody's decision: it is tried again by itself.
            cd.equal('status', c.cd('status', exit_code=0).json['untidy'],
                     [result.json['runs'][0]['run']])
            cd.check('1 run left files behind: coupondrop cleanup' in
                     c.cd('status', json=False).stdout, 'status is silent')
            cd.check('coupondrop cleanup' in c.cd(
                'show', 'last', json=False).stdout, 'show does not say so')
            if command[0] == 'resume':
                tidied_elsewhere(c, result.json['runs'][0], command)
            for n, exit_code in enumerate(exits):
                args = command
                if name == 'run':
                    c.night(f'more{n}.csv')
                    args = command + [c.file]
                if n == 1:
                    os.mkdir(done)
                result = c.cd(*args, exit_code=exit_code)
                cd.equal('said', 'the source file stays' in result.stderr,
                         n == 0)
            cd.equal('moved', cd.read(os.path.join(done, 'first.csv')), text)
            cd.check(not os.path.exists(first), 'the file is still there')
            c.resume(exit_code=5)
            cd.equal('left', c.cd('cleanup', exit_code=0).json['items'], [])
            c.bank_holds(c.rows)


def refused_rows_first(work):
    """A run whose refused rows cannot be written does not end."""
    cd.needs_faults()
    bank = case.codes(30)
    with Drop(work, 'refused', bank=bank[2:], job={'verify': 'all'}) as c:
        c.in_bank = bank[:5]
        c.night()
        c.in_bank = bank[2:]
        bad = c.rows[:2]
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='failed-join:1=fail') as p:
            code = p.wait(120)
        # The failed batch is worse than the disk.
        cd.equal('exit', code, 11)
        run = c.show()
        case.expect('run', run, state='active')
        cd.check(any(name.endswith('.zip') for name in c.left()),
                 f'the package is gone: {c.left()}')
        run = c.resume(exit_code=11).json['runs'][0]
        case.refused_rows(run, bad)
        cd.equal('files left', c.left(), ['failed.csv'])


def half_written(work):
    """Names of an interrupted write go with the next step, or in cleanup."""
    temp = '.coupons-x-1.zip.a1B2c3'
    for command in ('resume', 'cleanup'):
        with Drop(work, command) as c:
            c.night()
            run = c.run(c.file, '--until', 'packed').json['runs'][0]
            path = cd.write(os.path.join(c.folder(run), temp), 'codes')
            if command == 'cleanup':
                for args in (['--dry-run'], ['-j', 'inline'], []):
                    got = c.cd('cleanup', *args, exit_code=0).json['items']
                    cd.equal('found', [i['name'] for i in got],
                             [] if '-j' in args else [path])
                    cd.equal('there', os.path.exists(path), args != [])
            cd.check(len(c.left()) >= 1, 'the package is gone')
            c.resume()
            cd.equal('left', c.left(), [])
            c.bank_holds(c.rows)


def no_run_came_of_it(work):
    """Killed while standard input came: the ledger does not know of it."""
    with Drop(work, 'pipe') as c:
        p = subprocess.Popen(
            [cd.PROGRAM, 'run', '-j', 'file', '-', '--config', c.config],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=cd.environment(c.work))
        try:
            p.stdin.write(case.csv_text(case.rows(c.in_bank[:5])).encode())
            p.stdin.flush()
            case.until('a copy', lambda: case.writes(p, c.state + '/runs/'))
            # While it lives nothing is left over.
            cd.equal('found', c.cd('cleanup', exit_code=0).json['items'], [])
        finally:
            p.send_signal(signal.SIGKILL)
            p.wait()
            p.stdin.close()
        for args, there in (['-n'], True), (['-j', 'file'], True), ([], False):
            got = c.cd('cleanup', *args, exit_code=0).json['items']
            cd.equal('found', [i['kind'] for i in got],
                     [] if '-j' in args else ['folder'])
            cd.equal('there', os.listdir(os.path.join(c.state, 'runs')) != [],
                     there)


def ledger_of_another_day(work):
    """A folder with coupons in it that the ledger does not know stays."""
    with Drop(work, 'unknown') as c:
        c.night()
        c.run(c.file)
        folder = os.path.join(c.state, 'runs', STRANGER)
        for name in ('coupons-vm-x-1.zip', 'set-aside.csv', 'failed.csv',
                     'failed-1.csv'):
            os.mkdir(folder)
            path = cd.write(os.path.join(folder, name), 'codes')
            for _ in range(2):
                got = c.cd('cleanup', exit_code=3).json['items']
                cd.equal('found', [(i['name'], i['removed'],
                                    case.error_word(i)) for i in got],
                         [(folder, False, 'ledger')])
            cd.equal('file', cd.read(path), 'codes')
            os.unlink(path)
            got = c.cd('cleanup', exit_code=0).json['items']
            cd.equal('removed', [i['removed'] for i in got], [True])
            cd.check(not os.path.exists(folder), 'the folder is there')


def nothing_packed_stays(work):
    """Packages of a run that was called off before the ledger knew them."""
    cd.needs_faults()
    with Drop(work, 'packed') as c:
        c.night()
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='packed:1=kill') as p:
            code = p.wait(120)
        cd.equal('packages', len(c.left()), 1)
        cd.check(samples(c) > 0, 'no code to look up was chosen')
        c.resume('last', '--give-up', exit_code=5)
        cd.equal('left', c.left(), [])
        cd.equal('codes in the ledger', samples(c), 0)


def pipe_repeated(work):
    """Of a pipe no copy stays once its rows have gone through."""
    with Drop(work, 'repeated', job={'max_reject': 1}) as c:
        text = c.night(broken=1)
        for exit_code in 3, 6:
            run = c.run('-', exit_code=exit_code,
                        stdin=text).json['runs'][0]
            cd.equal('files', sorted(os.listdir(c.folder(run))),
                     ['lock'] + ['packed'] * (exit_code == 3) +
                     ['set-aside.csv'])
            cd.equal('untidy', c.show()['untidy'], False)
        # What could not be used may be nowhere else.
        run = c.run('-', exit_code=65, stdin='no coupons;\x00')
        cd.equal('copies', len(glob.glob(c.state + '/runs/*/stdin')), 1)


def copies_of_the_ledger(work):
    """From before an upgrade: not needed once runs have ended since."""
    with Drop(work, 'copies') as c:
        c.night()
        c.run(c.file)
        copy, new, cut = (c.path(os.path.join('state', name)) for name in (
            'ledger.db.v3-20260101T000000Z', 'ledger.db.v3-20990101T000000Z',
            '.ledger.db.v3-20260101T000000Z.Ab12Cd'))
        for path in (copy, new, cut):
            cd.write(path, 'x')

        def gone(*args):
            return sorted((i['kind'], i['name']) for i in c.cd(
                'cleanup', *args, exit_code=0).json['items']
                if i['kind'] != 'folder')

        # As old as none is, and made after the last run.
        cd.equal('gone', gone(), [])
        cd.equal('gone', gone('--older-than', '0s'), [])
        for path in (copy, cut):
            os.utime(path, (1767225600, 1767225600))
        want = [('ledger-copy', copy), ('temporary', cut)]
        cd.equal('would go', gone('-n'), want)
        cd.equal('of a job', gone('-j', 'file'), [])
        cd.equal('gone', gone(), want)
        cd.equal('left', [os.path.exists(p) for p in (copy, new, cut)],
                 [False, True, False])


def killed_dry_run(work):
    """What a dry run keeps apart goes, but not while it is under way."""
    cd.needs_faults()
    with Drop(work, 'dry') as c:
        c.night()
        env = cd.environment(c.work, COUPONDROP_FAULT='packed:1=kill')
        p = subprocess.run(
            [cd.PROGRAM, 'run', '-n', '-j', 'file', c.file, '--config',
             c.config], stdin=subprocess.DEVNULL, env=env,
            capture_output=True, timeout=120)
        left = glob.glob(c.path('coupondrop-dry-*'))
        cd.equal('folders', len(left), 1)
        cd.check(glob.glob(left[0] + '/runs/*/coupons-*'), 'no package')
        # One under way: a pipe that sends nothing yet.
        p = subprocess.Popen(
            [cd.PROGRAM, 'run', '-n', '-j', 'file', '-', '--config',
             c.config], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=cd.environment(c.work))
        try:
            case.until('a copy', lambda: case.writes(
                p, c.path('coupondrop-dry-'), least=0))
            for args in ['-n'], []:
                got = c.cd('cleanup', *args, exit_code=0).json['items']
                cd.equal('found', [(i['kind'], i['name'], i['run'])
                                   for i in got], [('dry-run', left[0], None)])
            p.stdin.write(case.csv_text(c.rows).encode())
            p.stdin.close()
            cd.equal('exit', p.wait(120), 0)
        finally:
            p.kill()
            p.wait()
        cd.equal('folders', glob.glob(c.path('coupondrop-dry-*')), [])
        cd.equal('printed', c.cd('cleanup', json=False, exit_code=0).stdout,
                 'nothing of ended runs is left behind\n')


def config_is_not_replaced(work):
    """config init makes a whole file, or leaves the one that is there."""
    path = os.path.join(work, 'new.yaml')
    cd.run_cd(['config', 'init', path], exit_code=0)
    cd.equal('rights', os.stat(path).st_mode & 0o777, 0o600)
    cd.run_cd(['config', 'check', '--config', path])
    cd.write(path, 'mine\n')
    result = cd.run_cd(['config', 'init', path], exit_code=73)
    cd.check(f'cannot create {path}: File exists' in result.stderr,
             f'{result}')
    cd.equal('file', cd.read(path), 'mine\n')
    cd.equal('files', os.listdir(work), ['new.yaml'])


def wrong_calls_touch_nothing(work):
    """What cannot be carried out sends no waiting run either."""
    cd.needs_faults()
    with Drop(work, 'usage') as c:
        for args in (['-j', 'file'], [], ['--until', 'later', '-j', 'file',
                                         c.path('x')]):
            c.cd('run', *args, exit_code=64, json=False)
            cd.equal('state', os.path.exists(c.state), False)
        c.night()
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='stage-done:1=kill') as p:
            code = p.wait(120)
        c.cd('run', '-j', 'file', exit_code=64)
        cd.equal('state', c.show()['state'], 'active')
        cd.equal('calls', c.calls(), 0)
        c.resume()
        c.bank_holds(c.rows)


case.main(rows_nowhere_else, one_name_every_night, marker_goes, own_folder,
          tidied_later, half_written, no_run_came_of_it,
          ledger_of_another_day, pipe_repeated, copies_of_the_ledger,
          config_is_not_replaced,
          # These need fault points.
          refused_rows_first, nothing_packed_stays, killed_dry_run,
          wrong_calls_touch_nothing)
