#!/usr/bin/env python3
"""status, runs and cleanup with a million runs behind them.

usage: ledger.py [RUNS [JOBS]]

Prints seconds of each command, and of `ledger check`, which reads all of it:
that is what the others must not come near.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ.get('COUPONDROP', 'coupondrop')
DIGITS = '0123456789abcdefghjkmnpqrstuvwxyz'
FIRST_MS = 1700000000000


def run_id(n):
    """Ids that are in order, with the letters that ids have."""
    out = ''
    for _ in range(18):
        out = DIGITS[n % len(DIGITS)] + out
        n //= len(DIGITS)
    return '2n0' + out


def runs(count, jobs):
    """Of a hundred, one was closed by a person; a few newest are open."""
    for n in range(count):
        bad = n % 100 == 7
        late = n >= count - jobs
        yield (run_id(n), f'job{n % jobs}', f'/srv/{n}.csv', f'{n}.csv', n,
               2 if late else 4, None if late else 'partial' if bad else 'ok',
               -1 if late else 3 if bad else 0, FIRST_MS + 60000 * n,
               0 if late else FIRST_MS + 60000 * n + 5000, f'c{n}',
               'seen' if bad and not late else None, int(late))


def fill(path, count, jobs):
    db = sqlite3.connect(path)
    db.execute('PRAGMA synchronous=OFF')
    db.executemany(
        'INSERT INTO runs(id,job,src_path,src_name,src_ino,state,outcome,'
        'exit,created,finished,content_id,ack,paused,provider,endpoint,bank,'
        'plan,src_dev,src_size,src_mtime,src_ctime,read,repeated,skipped,'
        "rejected) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,'p','files','600','{}',"
        '1,100,1,1,10,0,0,0)', runs(count, jobs))
    db.executemany(
        'INSERT INTO parts(run,no,state,redeemed,rows,inlined,artifact,bytes,'
        'attempts,intent,inferred,polls,total,updated,failed,asked,applied,'
        "missing) VALUES(?,1,?,1,10,0,?,90,1,1,0,1,-1,-1,-1,10,10,0)",
        ((run_id(n), 2 if n >= count - jobs else 8, f'c-{run_id(n)}-1.zip')
         for n in range(count)))
    db.executemany(
        'INSERT INTO steps(run,part,at,what) VALUES(?,0,?,?)',
        ((run_id(n), FIRST_MS, what) for n in range(count)
         for what in ('received', 'active', 'finished')))
    db.commit()
    db.close()


def config(work, jobs):
    path = os.path.join(work, 'coupondrop.yaml')
    for name in ('key', 'secret'):
        with open(os.path.join(work, name), 'w', encoding='ascii') as f:
            os.fchmod(f.fileno(), 0o600)
            f.write('x\n')
    os.makedirs(os.path.join(work, 'stage'))
    with open(path, 'w', encoding='ascii') as f:
        os.fchmod(f.fileno(), 0o600)
        f.write(f'''state_dir: {work}/state
providers:
  p: {{type: mapp, url: "http://127.0.0.1:9/", api_key_file: {work}/key,
    shared_secret_file: {work}/secret}}
endpoints:
  files: {{upload: "file://{work}/stage", pull: "file://{work}/stage"}}
jobs:
''')
        for n in range(jobs):
            f.write(f'  job{n}: {{provider: p, endpoint: files, bank: 600, '
                    'timezone: UTC}\n')
    return path


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with tempfile.TemporaryDirectory() as work:
        path = config(work, jobs)

        def call(*args):
            start = time.monotonic()
            p = subprocess.run([PROGRAM, *args, '--config', path],
                               stdout=subprocess.DEVNULL, check=False)
            print(f'{time.monotonic() - start:8.3f} s  exit {p.returncode:3d}'
                  f'  {" ".join(args)}', flush=True)

        call('ledger', 'init')
        fill(os.path.join(work, 'state', 'ledger.db'), count, jobs)
        for args in (['status'], ['status'], ['runs'], ['runs', '-j', 'job1'],
                     ['show', 'last:job1'], ['cleanup', '--dry-run'],
                     ['cleanup'], ['ledger', 'check']):
            call(*args)


main()
