#!/usr/bin/env python3
"""A state folder that cannot be written still tells what is in it."""

import os
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

# The folder mounted so that nothing can be written, for one command only.
FIXED = ['unshare', '--mount', 'sh', '-c',
         'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && '
         'exec "$@"']


def fixed(c, *args, exit_code):
    p = subprocess.run(
        [*FIXED, c.state, cd.PROGRAM, *args, '--config', c.config],
        stdin=subprocess.DEVNULL, capture_output=True, encoding='utf-8',
        env=cd.environment(c.work), check=False, timeout=120)
    cd.equal(f'exit of {args}: {p.stdout} {p.stderr}', p.returncode,
             exit_code)
    return p


def same(c, code):
    """Each of them answers as where it may write."""
    before = sorted(os.listdir(c.state))
    for args, want in ((['status'], code), (['runs'], 0), (['show'], 0)):
        now = c.cd(*args, json=False, exit_code=want).stdout
        cd.equal(f'{args}', fixed(c, *args, exit_code=want).stdout, now)
    cd.equal('files', [name for name in sorted(os.listdir(c.state))
                       if name not in before], [])


def whole(work):
    """After runs that came to their end; the name is one for a URI, too."""
    with case.Case(work, '50% ready?') as c:
        c.run(c.drop(case.rows(c.in_bank[:5])))
        same(c, 0)
        p = fixed(c, 'run', '-j', 'file', c.drop(case.rows(
            c.in_bank[5:9]), 'more.csv'), exit_code=74)
        cd.check('cannot be written' in p.stderr, p.stderr)


def cut(work):
    """What a killed run left in the log of the ledger is read, too."""
    slow = rule('delay', method='utilities.getTasks', nth=2, ms=600000)
    with case.Case(work, 'cut', [slow]) as c:
        with c.start('run', '-j', 'file', c.drop(case.rows(
                c.in_bank[:5]))) as p:
            try:
                case.until('nothing was sent', lambda: any(
                    r['submitted'] for r in c.cd('runs').json['runs']))
            finally:
                p.send_signal(signal.SIGKILL)
                p.wait()
        log = os.path.getsize(os.path.join(c.state, 'ledger.db-wal'))
        cd.check(log > 0, 'the log is empty')
        p = fixed(c, 'status', exit_code=3)
        cd.check('WAITING  broken off' in p.stdout, p.stdout)
        p = fixed(c, 'runs', exit_code=0)
        cd.check('broken off' in p.stdout, p.stdout)
        same(c, 3)


def older(work):
    """An older ledger cannot be upgraded there, and says so."""
    with case.Case(work, 'older') as c:
        os.makedirs(c.state, 0o700)
        db = sqlite3.connect(os.path.join(c.state, 'ledger.db'))
        db.executescript(cd.read(os.path.join(
            cd.TOP, 'tests', 'golden', 'ledger', 'v8.sql')))
        db.close()
        p = fixed(c, 'status', exit_code=74)
        cd.check('cannot be upgraded' in p.stderr, p.stderr)


case.main(whole, cut, older)
