#!/usr/bin/env python3
"""A ledger that is gone, empty or an older copy is not taken for a new one."""

import glob
import os
import shlex
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

MARK = 1668310130
GOLDEN = os.path.join(cd.TOP, 'tests', 'golden', 'ledger')
SENT = '2n9ppp50p5g73m5c43xd5'      # the run in it that went through
HELD = '2n9ppp5d6p52z6tkpvdvj'
BROKEN = '2n9ppq0000000000000a3'    # rejected, and nothing came of it since


def shape(c):
    """What lies in the state folder and was written when; of a ledger that
    is there and ours only that it is."""
    return sorted((path, path != c.db and os.stat(path).st_mtime_ns,
                   os.stat(path).st_size)
                  for path in glob.glob(c.state + '/**', recursive=True)
                  if os.path.isfile(path))


def refused(c, say):
    """Nothing is sent, nothing is made, and the way out is named."""
    before, tasks = shape(c), c.tasks()
    for args in (['run', '-j', 'file', c.file], ['runs'], ['resume'],
                 ['ledger', 'check']):
        result = c.cd(*args, exit_code=74)
        cd.equal('word', result.json['error']['word'], 'ledger')
        message = result.json['error']['message']
        cd.check(say in message and message.endswith(
            f'coupondrop ledger init --config {shlex.quote(c.config)}'),
            message)
        cd.check(c.state in message, message)
    cd.equal('files', shape(c), before)
    cd.equal('tasks', c.tasks(), tasks)


class Lost(case.Case):
    """A run that went through, and one that is held."""

    def __enter__(self):
        super().__enter__()
        self.db = os.path.join(self.state, 'ledger.db')
        self.file = self.drop(case.rows(self.in_bank[:5]))
        return self

    def tasks(self):
        return self.box.tasks()

    def copy(self, name):
        """The ledger as it is now, whole in one file."""
        with sqlite3.connect(self.db) as db:
            db.execute('VACUUM INTO ?', [self.path(name)])
        db.close()
        return self.path(name)

    def take_away(self):
        for path in glob.glob(self.db + '*'):
            os.unlink(path)

    def filled(self):
        self.run(self.file)
        return self.run(self.drop(case.rows(self.in_bank[5:9]), 'held.csv'),
                        '--until', 'packed').json['runs'][0]['run']


def gone(work):
    for name in 'missing', 'empty':
        with Lost(work, f'{name} one') as c:
            held = c.filled()
            c.take_away()
            cd.check(not glob.glob(c.db + '*'), 'the ledger is there')
            if name == 'empty':
                cd.write(c.db, '')
            refused(c, f'is {name}, but')
            got = c.cd('ledger', 'init', exit_code=0).json
            cd.equal('made', (got['made'], got['runs'], got['moved']),
                     (True, 0, 2))
            cd.check(os.path.isdir(os.path.join(got['aside'], held)),
                     f'not put aside: {got}')
            cd.check(os.listdir(os.path.join(got['aside'], held)),
                     'the packages are gone')
            # On purpose: from here on it is a new one.
            c.run(c.file)
            c.cd('ledger', 'init', exit_code=5)
            cd.equal('runs', c.cd('ledger', 'check', exit_code=0)
                     .json['runs'], 1)


def older_copy(work):
    with Lost(work, 'older') as c:
        c.run(c.file)
        copy = c.copy('copy.db')
        c.run(c.drop(case.rows(c.in_bank[5:9]), 'held.csv'), '--until',
              'packed')
        whole = c.copy('whole.db')
        c.take_away()
        shutil.copy(copy, c.db)
        refused(c, 'is older than')
        # The right ledger put back is all it takes.
        c.take_away()
        shutil.copy(whole, c.db)
        cd.equal('runs', c.cd('ledger', 'check', exit_code=0).json['runs'], 2)
        c.take_away()
        shutil.copy(copy, c.db)
        got = c.cd('ledger', 'init', exit_code=0).json
        cd.equal('kept', (got['made'], got['runs'], got['moved']),
                 (False, 1, 1))
        c.run(c.file, exit_code=5)


def older_than_what_went_through(work):
    """A run that has ended leaves no package, and was sent all the same."""
    with Lost(work, 'ended') as c:
        c.run(c.file)
        copy = c.copy('copy.db')
        again = c.drop(case.rows(c.in_bank[5:9]), 'again.csv')
        run = c.run(again).json['runs'][0]['run']
        c.take_away()
        shutil.copy(copy, c.db)
        refused(c, 'is older than')
        got = c.cd('ledger', 'init', exit_code=0).json
        cd.equal('kept', (got['made'], got['runs'], got['moved']),
                 (False, 1, 1))
        cd.check(os.path.isdir(os.path.join(got['aside'], run)),
                 f'not put aside: {got}')


def foreign(work):
    """Another program's database stays byte for byte what it was."""
    with Lost(work, 'foreign') as c:
        os.makedirs(c.state, 0o700)
        db = sqlite3.connect(c.db)
        db.execute('CREATE TABLE runs(id TEXT)')
        db.commit()
        db.close()
        with open(c.db, 'rb') as f:
            before = f.read()
        for args in ['run', '-j', 'file', c.file], ['ledger', 'init']:
            result = c.cd(*args, exit_code=74)
            cd.check('another program' in result.json['error']['message'],
                     f'{result}')
        with open(c.db, 'rb') as f:
            cd.equal('bytes', f.read(), before)
        cd.equal('files', os.listdir(c.state), ['ledger.db'])
    with Lost(work, 'ours') as c:
        c.run(c.file)
        db = sqlite3.connect(c.db)
        cd.equal('mark', db.execute('PRAGMA application_id').fetchone()[0],
                 MARK)
        db.close()


def versions(path):
    """A ledger's number, and the mark of whose it is."""
    db = sqlite3.connect(path)
    try:
        return tuple(db.execute(f'PRAGMA {name}').fetchone()[0]
                     for name in ('user_version', 'application_id'))
    finally:
        db.close()


def still_shown(c):
    """What needed a person before an upgrade does so after it, no more and no
    less: not the rejected file whose successor of the same name went through.
    """
    job = next(j for j in c.cd('status', exit_code=3).json['jobs']
               if j['job'] == 'file')
    cd.equal('unsettled', job['unsettled'], [BROKEN])


def upgraded(work):
    """A ledger of each version so far: taken over with a copy beside it, and
    it still knows what went through and what waits.

    A version that adds a migration adds the dump of a ledger before it.
    """
    with Lost(work, 'newest') as c:
        c.cd('ledger', 'init', exit_code=0)
        newest = versions(c.db)[0]
    for version in range(1, newest + 1):
        path = os.path.join(GOLDEN, f'v{version}.sql')
        if version == newest and not os.path.exists(path):
            break
        with Lost(work, f'v{version}') as c:
            os.makedirs(c.state, 0o700)
            db = sqlite3.connect(c.db)
            db.executescript(cd.read(path))
            db.close()
            old = versions(c.db)
            same = c.drop(case.rows(c.in_bank[:5], '2026-01-05'), 'same.csv')
            waits = c.drop(case.rows(c.in_bank[5:9], '2026-01-05'),
                           'waits.csv')
            for path, run, code in (same, SENT, 6), (waits, HELD, 4):
                result = c.run(path, exit_code=code)
                cd.check(f'run {run[:8]}' in
                         result.json['error']['message'], f'{result}')
            cd.equal('tasks', c.box.tasks(), [])
            cd.equal('ledger', versions(c.db), (newest, MARK))
            cd.equal('state', c.show(HELD)['state'], 'held')
            if version == 9:
                still_shown(c)
            copies = glob.glob(c.db + '.v*')
            cd.equal('copies', len(copies), int(version < newest))
            for copy in copies:
                cd.check(copy.startswith(f'{c.db}.v{version}-'), copy)
                cd.equal('copy', versions(copy), old)


def main(work):
    for test in (gone, older_copy, older_than_what_went_through, foreign,
                 upgraded):
        print(f'- {test.__name__}', flush=True)
        test(work)


cd.main(main)
