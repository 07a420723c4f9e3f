#!/usr/bin/env python3
"""The night, again and again: killed before each change to a file, with and
without the power going too, and taken up again.

A run is ended by SIGKILL before its first, second, third ... mkdir, rename,
unlink, write, truncate or fsync below its folder; then the same is done to the
resume.  For a power cut the folder is then put into a state that a file system
may be left in:

    data     names are as they were, but of each file only what was flushed
    names    files and names are only those that were flushed

After that the job goes on as cron would have it: `resume`, then the next
`run`.  Whatever happened, every row is in the bank once, nothing was sent
twice, the files that the ledger names hold what it says, and `cleanup` leaves
no file behind that has codes in it.

    night.py [--step N] [--first N] [--only NAME] [--how kill|data|names]

--step N tries only each N-th place.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'case'))
import case  # noqa: E402
from case import cd  # noqa: E402

LIBRARY = os.environ.get('CRASH_LIBRARY') or os.path.join(
    os.environ.get('builddir', os.path.join(cd.TOP, 'build')),
    'tests', 'torture', 'crash.so')
ROWS = 6        # of two days
BROKEN = 'BROKEN CODE'
DEADLINE = 120


class Disk:
    """What a power cut leaves of a folder, by the notes of crash.c."""

    def __init__(self, top, keep):
        self.top = top
        self.keep = keep
        self.cuts = 0
        os.makedirs(keep)
        self.note(top)

    def note(self, folder):
        """All that is there now is on the disk for good."""
        entries = ''
        for e in os.scandir(folder):
            ino = e.inode()
            is_dir = e.is_dir(follow_symlinks=False)
            entries += f'{ino} {"d" if is_dir else "f"} {e.name}\n'
            if is_dir:
                self.note(e.path)
            else:
                shutil.copyfile(e.path, self.kept('f', ino))
        cd.write(self.kept('d', os.stat(folder).st_ino), entries, 0o600)

    def kept(self, kind, ino):
        return os.path.join(self.keep, f'{kind}.{ino}')

    def entries(self, folder_ino):
        path = self.kept('d', folder_ino)
        if not os.path.exists(path):
            return
        for line in cd.read(path).splitlines():
            ino, kind, name = line.split(' ', 2)
            yield int(ino), kind, name

    def content(self, ino):
        try:
            with open(self.kept('f', ino), 'rb') as f:
                return f.read()
        except FileNotFoundError:
            return b''

    def files(self):
        """{inode: path} of all files, those that have lost their name too."""
        found = {}
        for folder in (self.keep, self.top):
            for where, _, names in os.walk(folder):
                for name in names:
                    path = os.path.join(where, name)
                    if folder == self.top or name.startswith('h.'):
                        found[os.lstat(path).st_ino] = path
        return found

    def wanted(self, folder, ino, out, folders):
        for child, kind, name in self.entries(ino):
            path = os.path.join(folder, name)
            if kind == 'd':
                folders.append(path)
                self.wanted(path, child, out, folders)
            else:
                out[path] = child

    def cut(self, how):
        if how == 'names':
            self.lose_names()
        for ino, path in self.files().items():
            if path.startswith(self.top + '/'):
                self.lose_data(path, ino)

    def lose_names(self):
        want, folders = {}, [self.top]
        self.wanted(self.top, os.stat(self.top).st_ino, want, folders)
        self.cuts += 1
        stash = f'{self.keep}/lost.{self.cuts}'
        os.makedirs(stash)
        for ino, path in self.files().items():
            if path.startswith(self.top + '/') and want.get(path) != ino:
                os.rename(path, os.path.join(stash, str(ino)))
        now = self.files()
        now.update((int(name), os.path.join(stash, name))
                   for name in os.listdir(stash))
        for where, _, _ in os.walk(self.top, topdown=False):
            if where not in folders:
                os.rmdir(where)
        for folder in folders:
            os.makedirs(folder, 0o700, exist_ok=True)
        for path, ino in want.items():
            if not os.path.exists(path):
                os.rename(now[ino], path)

    def lose_data(self, path, ino):
        with open(path, 'rb') as f:
            if f.read() == self.content(ino):
                return
        with open(path, 'r+b') as f:
            f.truncate(0)
            f.write(self.content(ino))


# A platform lists 1,000 tasks at most; each try makes two or a few more.
TRIES_PER_PLATFORM = 300


class Night(case.Case):
    """All tries of one way to run; each has codes of its own."""

    def __init__(self, work, name, command, job, inline=False, stdin=False):
        self.tries = 0
        self.command = command
        self.inline = inline
        self.stdin = stdin
        self.after = job.get('after_done', 'keep')
        self.other = None       # a folder in another file system
        super().__init__(work, name, bank=case.codes(ROWS * 20000), job={
            'max_reject': 1, **job})

    def fresh(self):
        """The folder of a new try: configuration, state, source."""
        self.tries += 1
        if self.tries % TRIES_PER_PLATFORM == 0:
            self.new_platform()
        self.top = self.path(f'try{self.tries}')
        self.keep = self.path(f'keep{self.tries}')
        self.input = os.path.join(self.top, 'in')
        self.state = os.path.join(self.top, 'state')
        self.config = os.path.join(self.top, 'coupondrop.yaml')
        self.done = os.path.join(self.top, 'done')
        for folder in (self.top, self.input, self.done):
            os.makedirs(folder, 0o700)
        if self.after == 'across':
            self.done = os.path.join(self.other, str(self.tries))
            os.makedirs(self.done, 0o700)
        settings = dict(self.settings[2])
        if not self.stdin:
            settings['source'] = self.input + '/*.csv'
        if self.after in ('move', 'across'):
            settings['after_done'] = f'move:{self.done}'
        self.settings = (*self.settings[:2], settings)
        self.configure()
        at = self.tries * ROWS
        self.rows = [(code, case.day(1 + n % 2)) for n, code in
                     enumerate(self.in_bank[at:at + ROWS])]
        self.text = case.csv_text(self.rows) + f'{BROKEN},1,{case.day(1)}\n'
        self.file = os.path.join(self.input, 'drop.csv')
        if not self.stdin:
            cd.write(self.file, self.text)
        self.sent = self.calls()
        self.orphans = self.staged()
        self.unknown = False
        self.disk = Disk(self.top, self.keep)

    def new_platform(self):
        """The same codes on a platform that has no task yet."""
        self.box.__exit__(None, None, None)
        shutil.rmtree(os.path.join(self.box.dir, 'state'))
        self.box.__enter__()

    def attempt(self, args, at, how):
        """One command that may be killed; how many changes it made."""
        count = self.path('count')
        if os.path.exists(count):
            os.unlink(count)
        env = cd.environment(
            self.work, LD_PRELOAD=LIBRARY, CRASH_TOP=self.top,
            CRASH_AT=str(at), CRASH_COUNT=count, CRASH_KEEP=self.keep)
        p = subprocess.run(
            [cd.PROGRAM, *args, '--config', self.config],
            input=self.text if args[-1] == '-' else '', env=env,
            timeout=DEADLINE, capture_output=True, encoding='utf-8',
            errors='replace')
        self.said = p.stdout + p.stderr
        if p.returncode != -signal.SIGKILL:
            return p.returncode, int(cd.read(count))
        if how != 'kill':
            self.disk.cut(how)
        return None, 0

    def go_on(self):
        """What cron and a person do the next nights, until all is done."""
        for _ in range(6):
            code = self.cd('resume', json=False).exit
            if code == 7:
                self.decide()
                continue
            args = self.command if self.stdin else ['run', '-j', self.name]
            again = self.cd(*args, json=False, stdin=self.text)
            given_up = self.unknown and again.exit in (7, 12)
            cd.check(code in (0, 3, 5, 12) and (given_up or again.exit in
                     (0, 3, 5, 6)), f'resume {code}, then {again}')
            if given_up or again.exit in (5, 6):
                return
        raise cd.Failure('it never came to an end')

    def decide(self):
        """A person looks at the platform and says what became of a call."""
        self.unknown = True
        run = self.show()
        days = [p['redeem_date'] for p in run['parts']
                if p['state'] == 'unknown']
        cd.check(days, f'held without an unknown batch: {run}')
        bank = self.box.bank(case.BANK)
        there = [bank[code][0] == '1' for code, day in self.rows
                 if day in days]
        cd.check(not any(there) or self.inline,
                 f'a file that arrived was not settled: {run}')
        self.cd('resume', 'last', '--give-up' if all(there) else
                '--resubmit', json=False)

    @property
    def name(self):
        return 'inline' if self.inline else 'file'

    def holds(self):
        """Everything that must be true in the end, whatever happened."""
        bank = self.box.bank(case.BANK)
        for code, date in self.rows:
            cd.equal(f'{code} in the bank', bank[code], ('1', date))
        cd.equal('calls', self.calls() - self.sent,
                 ROWS if self.inline else 2)
        cd.equal('staged files', self.staged(), self.orphans)
        self.cd('cleanup', json=False, exit_code=0)
        left = {}
        for where, _, names in os.walk(self.top):
            for name in names:
                path = os.path.join(where, name)
                with open(path, 'rb') as f:
                    data = f.read()
                if name.startswith('.') or name.endswith('.zip') or any(
                        code.encode() in data for code, _ in self.rows):
                    left[os.path.relpath(path, self.top)] = data
        for path in list(left):
            if path.startswith('state/ledger.db') or path == 'state/lock':
                del left[path]
        if self.after == 'across':
            for name in os.listdir(self.done):
                with open(os.path.join(self.done, name), 'rb') as f:
                    left[f'done/{name}'] = f.read()
        self.source_is_right(left)
        cd.equal('other files with codes', sorted(left), [])
        self.set_aside_is_right()

    def source_is_right(self, left):
        mine = {path: data for path, data in left.items()
                if path.startswith(('in/', 'done/'))}
        for path in mine:
            del left[path]
            cd.equal(path, mine[path].decode(), self.text)
        want = 0 if self.stdin or self.after == 'delete' else 1
        cd.equal('copies of the source', len(mine), want)
        if self.after in ('move', 'across'):
            cd.check(next(iter(mine)).startswith('done/'),
                     f'not moved: {list(mine)}')

    def set_aside_is_right(self):
        runs = [r for r in self.every_run() if r['rows']['rejected'] > 0 and
                r['state'] == 'finished']
        cd.check(runs, 'no run knows of the broken row')
        for run in runs:
            path = run['files']['set_aside']
            cd.check(path and BROKEN in cd.read(path),
                     f'the broken row is not in {path}: {run}')

    def every_run(self):
        runs = self.cd('runs', exit_code=0).json['runs']
        return [self.show(r['run']) for r in runs]


def once(night, run_at, resume_at, how):
    """A run killed at one place, its resume at another; how far each came."""
    night.fresh()
    code, made = night.attempt(night.command, run_at, how)
    if code is None and resume_at:
        _, made = night.attempt(['resume'], resume_at, how)
    try:
        night.go_on()
        night.holds()
    except (cd.Failure, subprocess.TimeoutExpired, OSError, KeyError) as e:
        with open(os.path.join(night.work, 'failures'), 'a',
                  encoding='utf-8') as f:
            f.write(f'{how} {run_at} {resume_at}: {e}\n')
        print(f'FAILED {how}, run at {run_at}, resume at {resume_at}: '
              f'{str(e)[:1500]}\n  kept: {night.top}', flush=True)
        return code, made, 1
    shutil.rmtree(night.top)
    shutil.rmtree(night.keep)
    return code, made, 0


def nights(night, opts):
    failed = tried = 0
    # Of the other file system nothing is lost: only the program is killed.
    hows = [how for how in opts.how if how == 'kill'] \
        if night.after == 'across' else opts.how
    for how in hows:
        places = []
        at = opts.first
        while True:     # until the run comes to its end by itself
            code, made, bad = once(night, at, 0, how)
            tried += 1
            failed += bad
            if code is not None:
                break
            places.append(at)
            at += opts.step
        print(f'  {how}: {made} changes in a run, {len(places)} tried',
              flush=True)
        # The resume of a run that was killed here and there.
        for run_at in places[::max(1, len(places) // opts.resumes)]:
            at = opts.first
            while True:
                _, made, bad = once(night, run_at, at, how)
                tried += 1
                failed += bad
                if made > 0:
                    break
                at += opts.step * 3
    return failed, tried


WAYS = {
    'file': (['run', '-j', 'file'], {'after_done': 'move'}, {}),
    'across': (['run', '-j', 'file'], {'after_done': 'across'}, {}),
    'delete': (['run', '-j', 'file'], {'after_done': 'delete'}, {}),
    'inline': (['run', '-j', 'inline'], {'batch': 2}, {'inline': True}),
    'stdin': (['run', '-j', 'file', '-'], {}, {'stdin': True}),
}


def other_file_system(work):
    """A new folder there, or None where there is none."""
    top = '/dev/shm'
    if not os.access(top, os.W_OK) or \
            os.stat(top).st_dev == os.stat(work).st_dev:
        return None
    return tempfile.mkdtemp(prefix='coupondrop-torture-', dir=top)


def one_way(work, name, opts):
    command, job, more = WAYS[name]
    other = None
    if name == 'across':
        other = other_file_system(work)
        if other is None:
            print('  left out: there is no other file system')
            return 0, 0
    try:
        with Night(work, name, command, job, **more) as night:
            night.other = other
            return nights(night, opts)
    finally:
        if other is not None:
            shutil.rmtree(other)


def main(args=None):
    parser = argparse.ArgumentParser()
    parser.add_argument('--step', type=int, default=1)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--resumes', type=int, default=4)
    parser.add_argument('--only', choices=WAYS, action='append')
    parser.add_argument('--how', choices=('kill', 'data', 'names'),
                        action='append')
    opts = parser.parse_args(args)
    opts.how = opts.how or ['kill', 'data', 'names']

    def all_ways(work):
        failed = tried = 0
        for name in opts.only or WAYS:
            print(f'- {name}', flush=True)
            bad, n = one_way(work, name, opts)
            failed += bad
            tried += n
        print(f'{tried - failed} passed, {failed} failed', flush=True)
        cd.equal('failed nights', failed, 0)
    cd.main(all_ways)


if __name__ == '__main__':
    main()
