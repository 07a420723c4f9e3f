#!/usr/bin/env python3
"""Claims against the truth.

The sandbox does other things than it says: rows that are not applied though
the task ends well, and applied though it does not, totals that are wrong,
look-ups that cannot be read; answers are lost and tasks vanish.  What it did is
in its bank.  Runs with random settings over both routes, stopped on the way,
killed anywhere and decided about by a person, must claim nothing that the bank
contradicts, and nothing more than their basis bears.  Afterwards the same is
said by `show` and `status`, and the same rows are not sent again unasked.

TRUTH_RUNS and TRUTH_SEED choose others than the runs of every check, TRUTH_JOBS
how many seeds are played at a time.
"""

import collections
import concurrent.futures
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

RUNS = int(os.environ.get('TRUTH_RUNS', '200'))
FIRST = int(os.environ.get('TRUTH_SEED', '1'))
JOBS = int(os.environ.get('TRUTH_JOBS', '4'))
PER_SEED = 10
IN_BANK = 400
DAYS = 4
CHANGES = 150   # to files, by a whole run, at the least
TURNS = 30      # commands until a run has ended
PLACES = ('submit-intent', 'submit-answered', 'followed', 'verified',
          'tidied')     # to be killed at, where the build has them
LIBRARY = os.environ.get('CRASH_LIBRARY') or os.path.join(
    os.environ.get('builddir', os.path.join(cd.TOP, 'build')),
    'tests', 'torture', 'crash.so')
TOLD = ('run', 'state', 'outcome', 'exit', 'updated', 'already', 'failed',
        'unaccounted', 'basis', 'files')
ENDED = ('finished', 'cancelled', 'rejected')


def drawn(verify, rows):
    """How many rows of a batch are looked up."""
    if verify.isdigit():
        return min(rows, max(3, int(verify)))
    if verify.endswith('%'):
        return min(rows, max(3, rows * int(verify[:-1]) // 100))
    return 0 if verify == 'off' else rows


def listed(path):
    """The codes of failed.csv or unknown.csv."""
    if path is None:
        return set()
    with open(path, encoding='utf-8', newline='') as f:
        codes = [row['coupon_code'] for row in csv.DictReader(f)]
    cd.equal(f'rows twice in {path}', len(codes), len(set(codes)))
    return set(codes)


class Truth:
    """What the bank says of some rows, before the first call and now."""

    def __init__(self, rows, before, after):
        self.codes = {code for code, _ in rows}
        self.right = {c for c, day in rows if after.get(c) == ('1', day)}
        self.already = {c for c, day in rows
                        if before.get(c) == ('1', day)} & self.right
        self.wrong = self.codes - self.right


class Seen:
    """What came up in all runs, so that nothing is left out unnoticed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.count = collections.Counter()

    def note(self, *what):
        with self.lock:
            self.count.update(what)

    def complete(self):
        print(', '.join(f'{n} {what}' for what, n in
                        sorted(self.count.items())), flush=True)
        want = ['outcome ok', 'outcome partial', 'outcome unconfirmed',
                'basis verify', 'basis counters', 'basis sample',
                'basis none', 'route file', 'route inline', 'decided',
                'repeated', 'rows lost by tasks', 'totals of tasks',
                'tasks that failed']
        if CAN_KILL:
            want.append('killed')
        if RUNS >= 200:
            cd.equal('never seen', [w for w in want if not self.count[w]], [])
        # The reach of a sample holds in 95 of 100 draws, not in each.
        n = self.count['batches drawn']
        cd.check(self.count['reach too small'] <=
                 0.05 * n + 4 * (0.05 * n) ** 0.5 + 1,
                 'samples claim more than they show')


def can_kill():
    """A program under a sanitizer cannot start with another library."""
    p = subprocess.run(
        [cd.PROGRAM, '--version'], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=cd.RUN_SECONDS,
        env=cd.environment(LD_PRELOAD=LIBRARY))
    return os.path.exists(LIBRARY) and p.returncode == 0 and not p.stderr


CAN_KILL = can_kill()


class Run:
    """One file with random settings, from its first command to its end."""

    def __init__(self, c, rnd, seen, number):
        self.c, self.rnd, self.seen, self.number = c, rnd, seen, number
        self.job = rnd.choice(['file', 'file', 'inline'])
        self.verify = rnd.choice(['sample', 'all', '4', '4', '20%', '50%',
                                  'off'])
        self.columns = self.job == 'file' and rnd.random() < 0.2
        self.max_failed = rnd.choice([0, 2, 20, 100])
        self.name = f'{number}.csv'
        self.rows = self.some_rows()
        self.path = c.drop(self.rows, self.name)
        self.before = c.box.bank(case.BANK)
        self.did = []

    def some_rows(self):
        """Of some days; some were so before, some are not in the bank."""
        c, rnd = self.c, self.rnd
        n = rnd.choice([1, 4, 12, 25, 40])
        days = rnd.sample(range(1, 29), rnd.randrange(1, DAYS))
        new = [(code, case.day(rnd.choice(days)))
               for code in c.fresh[:n]]
        del c.fresh[:n]
        again = rnd.sample(c.sent, min(len(c.sent), rnd.choice(
            [0, 0, n // 3, 3 * n])))
        absent = [(f'NO{self.number}{k}', case.day(days[0]))
                  for k in range(rnd.choice([0, 0, 0, 1]))]
        c.sent += new
        rows = new + again + absent
        rnd.shuffle(rows)
        return rows

    def first_command(self):
        args = ['run', '-j', self.job, '--verify', self.verify,
                '--max-failed', str(self.max_failed)]
        if self.columns:
            args += ['--file-layout', 'columns']
        if self.job == 'inline':
            args += ['--batch', str(self.rnd.choice([3, 500]))]
        if not self.did and self.rnd.random() < 0.3:
            args += ['--until', self.rnd.choice(
                ['validated', 'packed', 'staged'])]
        return [*args, self.path]

    def known(self):
        """What the ledger says of it; None before it is there."""
        result = self.c.cd('show', 'last')
        if result.exit != 0 or result.json['runs'][0]['file'] != self.name:
            return None
        return result.json['runs'][0]

    def next_command(self):
        run = self.known()
        if run is None:
            return self.first_command()
        if run['state'] in ENDED:
            return None
        if run['exit'] == 10:   # none of the codes left is in the bank
            return ['resume', 'last', '--give-up']
        waits = any(p['state'] in ('unknown', 'lost') for p in run['parts'])
        if not waits or self.rnd.random() < 0.3:
            return ['resume']
        self.seen.note('decided')
        lost = any(p['state'] == 'lost' for p in run['parts'])
        return ['resume', 'last', '--give-up' if lost else
                self.rnd.choice(['--give-up', '--resubmit'])]

    def do(self, args):
        """One command, which may be killed before a change to a file."""
        env = {}
        if len(self.did) < 4 and self.rnd.random() < 0.35:
            env = self.death()
        with self.c.start(*args, '--json', **env) as p:
            try:
                code = p.wait(cd.RUN_SECONDS)
            except BaseException:
                p.kill()
                raise
        self.did.append(f'{" ".join(args)}: {code}')
        if code == -signal.SIGKILL:
            self.seen.note('killed')
            return
        cd.check(code >= 0, f'ended by a signal: {cd.read(self.c.path("err"))}')
        # What it says itself is what the ledger says.
        out = json.loads(cd.read(self.c.path('out')))
        cd.check('runs' in out, f'an answer without runs: {out}')
        for said in out['runs']:
            known = self.known()
            cd.equal('told by show', {k: known[k] for k in TOLD},
                     {k: said[k] for k in TOLD})

    def death(self):
        if self.rnd.random() < 0.4:
            return {'COUPONDROP_FAULT': self.rnd.choice(PLACES) +
                    f':{self.rnd.choice([1, 1, 2])}=kill'}
        return {'LD_PRELOAD': LIBRARY, 'CRASH_TOP': self.c.state, 'CRASH_AT':
                str(self.rnd.randrange(1, CHANGES))} if CAN_KILL else {}

    def to_the_end(self):
        for _ in range(TURNS):
            args = self.next_command()
            if args is None:
                return self.known()
            self.do(args)
        raise cd.Failure(f'it never ended: {self.known()}')

    def judge(self, run):
        """What the run claims at its end."""
        if run['state'] == 'cancelled':
            self.cancelled(run)
            return
        self.seen.note(f'outcome {run["outcome"]}', f'route {self.job}')
        cd.equal('state', run['state'], 'finished')
        bank = self.c.box.bank(case.BANK)
        failed = listed(run['files']['failed'])
        unknown = listed(run['files']['unknown'])
        cd.equal('rows that failed and are unknown', failed & unknown, set())
        self.sums(run)
        days = {p['redeem_date'] for p in run['parts']}
        for day in days:
            rows = [r for r in self.rows if day in (None, r[1])]
            truth = Truth(rows, self.before, bank)
            parts = [p for p in run['parts'] if p['redeem_date'] == day]
            cd.equal('rows of a day', sum(p['rows'] for p in parts),
                     len(rows))
            self.batches(parts, truth, failed & truth.codes,
                         unknown & truth.codes)
        # Where each row was answered or looked up by itself.
        if self.job == 'inline' or {p['basis'] for p in run['parts']} == \
                {'verify'}:
            cd.equal('rows that failed', run['failed'], len(failed))
            cd.check(len(unknown) <= run['unaccounted'],
                     f'{len(unknown)} rows in unknown.csv')
        if run['outcome'] == 'ok':
            self.is_ok(run, Truth(self.rows, self.before, bank))

    def cancelled(self, run):
        """Nothing was sent: none of the codes could be seen, or called off."""
        bank = self.c.box.bank(case.BANK)
        cd.equal('changed by a run that was called off', [
            code for code, _ in self.rows
            if bank.get(code) != self.before.get(code)], [])
        cd.check(run['outcome'] != 'ok' and run['exit'] != 0,
                 'called off, and well')

    def sums(self, run):
        sent = run['rows']['sent']
        cd.equal('sent', sent, len(self.rows))
        if run['updated'] is not None:
            cd.equal('sum of the rows', run['updated'] + run['already'] +
                     run['failed'] + run['unaccounted'], sent)
        # Rows called off before they were sent are no failure of the
        # platform's.
        journal = self.c.cd('show', run['run'], json=False).stdout
        begun = re.findall(r'batch (\d+) submitting', journal)
        off = sum(p['rows'] for p in run['parts']
                  if p['state'] == 'cancelled' and str(p['no']) not in begun)
        bad = (run['failed'] - off) * 100 > self.max_failed * sent
        doubts = [p['doubt'] for p in run['parts'] if p['doubt']]
        exits = set()
        if off:
            exits.add(3)
        if run['failed'] > off:
            exits.add(11 if bad else 3)
        if run['unaccounted'] or doubts:
            exits.add(12)
        cd.equal('outcome ok', run['outcome'] == 'ok', not exits)
        # A batch that failed as a whole has an exit of its own.
        if not any(p['state'] == 'failed' for p in run['parts']):
            cd.check(run['exit'] in (exits or {0}),
                     f'exit {run["exit"]}, should be in {exits}')

    def batches(self, parts, truth, failed, unknown):
        """Batches of one day."""
        bases = {p['basis'] for p in parts}
        for p in parts:
            self.batch(p, truth)
        if bases == {'verify'}:
            cd.check(not failed & truth.right,
                     f'in failed.csv, but applied: {failed & truth.right}')
            cd.equal('not applied, and in no file',
                     truth.wrong - failed - unknown, set())
            cd.equal('rows in unknown.csv', len(unknown),
                     sum(p['verify']['unknown'] for p in parts))
            cd.equal('rows in failed.csv', len(failed),
                     sum(p['verify']['missing'] for p in parts))
        elif bases <= {'sample', 'none', None}:
            cd.check(not failed & truth.right,
                     f'in failed.csv, but applied: {failed & truth.right}')

    def batch(self, p, truth):
        rows, basis, look = p['rows'], p['basis'], p['verify']
        whole = drawn(self.verify, rows) == rows
        self.seen.note(f'basis {basis or "none"}')
        if p['task']:
            self.seen.note(*['totals of tasks'] * (p['updated'] is not None),
                           *['tasks that failed'] * (p['state'] == 'failed'),
                           *['rows lost by tasks'] * bool(truth.wrong))
        if basis in ('verify', 'sample'):
            cd.check(self.verify != 'off', 'looked up though told not to')
            # Null: which of the applied were so before, nobody knows.
            already = look['already'] or 0
            cd.check(look['applied'] + already <= len(truth.right),
                     f'{look} of {len(truth.right)}')
            cd.check(already <= len(truth.already),
                     f'{look} of {len(truth.already)} that were so before')
            cd.check(look['missing'] <= len(truth.wrong),
                     f'{look} of {len(truth.wrong)} that are not so')
            # Not of rows that were so, where all were looked up before.
            cd.check(not whole or look['already'] is None or
                     look['applied'] <= len(truth.right - truth.already),
                     f'{look} of {len(truth.right)}, '
                     f'{len(truth.already)} were so before')
        if basis == 'sample':
            cd.check(self.job == 'file' and not whole,
                     'a sample where all were to be looked up')
        if basis == 'counters':
            cd.check(self.job == 'inline' or not whole or look is None,
                     'totals believed where every row could be looked up')
        if self.job == 'file' and not whole and self.verify != 'off':
            self.seen.note('batches drawn')
            if basis == 'sample' and \
                    look['missing'] + look['unknown'] == 0 and \
                    len(truth.wrong) > round(look['bound'] * rows):
                self.seen.note('reach too small')

    def is_ok(self, run, truth):
        bases = {p['basis'] for p in run['parts']}
        cd.check('none' not in bases, 'ok without a basis')
        if bases == {'verify'}:
            cd.equal('wrong rows of a run that is ok', truth.wrong, set())
        if 'sample' in bases:
            cd.equal('updated', run['updated'], None)

    def afterwards(self, run):
        """Others say the same, and nothing is sent again unasked."""
        needed = run['exit'] != 0
        self.status(needed)
        # What was refused outright may be sent anew.
        taken = run['state'] == 'finished' and any(
            p['state'] != 'failed' or p['task'] for p in run['parts'])
        if taken:
            if run['outcome'] == 'ok':
                self.again(6)
            elif run['outcome'] == 'unconfirmed' or run['unaccounted']:
                self.again(7)
            else:
                self.again(3 if run['exit'] == 3 else 11)
            self.status(needed)
        if needed:
            self.c.cd('ack', run['run'], '--note', 'seen', exit_code=0)
            self.status(False)
            if taken:
                self.again(6)

    def again(self, exit_code):
        """The same rows, as the same file or as another one."""
        self.seen.note('repeated')
        calls = self.c.calls()
        path = self.path if self.rnd.random() < 0.5 else self.c.drop(
            self.rows, f'{self.number}-again.csv')
        self.c.cd('run', '-j', self.job, path, exit_code=exit_code)
        cd.equal('calls of the same rows again', self.c.calls(), calls)

    def status(self, needed):
        jobs = self.c.cd('status').json['jobs']
        told = [j for j in jobs if j['job'] == self.job]
        cd.equal('a person is needed', told[0]['needed'], needed)


def random_faults(rnd):
    """Answers that are lost, and tasks that vanish."""
    faults = []
    for what in rnd.sample([
            rule('reset', when='after', nth=rnd.randrange(1, 12)),
            rule('truncate', at=60, nth=rnd.randrange(1, 12)),
            rule('forget', nth=rnd.randrange(1, 12)),
            rule('status', method='utilities.getTasks', status=503,
                 nth=rnd.randrange(1, 20), count=2),
            rule('code', code=654, nth=rnd.randrange(1, 12)),
            rule('status', method='coupon.getDetails', status=500,
                 nth=rnd.randrange(1, 80))], rnd.choice([0, 1, 2])):
        faults.append(what)
    return faults


def one_seed(work, seed, seen):
    rnd = random.Random(seed)
    with case.Case(work, f'seed{seed}', random_faults(rnd),
                   args=['--moods', seed], bank=case.codes(IN_BANK),
                   job={'lag': '1ms', 'retries': 0}) as c:
        c.sent, c.fresh = [], list(c.in_bank)
        for number in range(PER_SEED):
            r = Run(c, rnd, seen, number)
            try:
                run = r.to_the_end()
                r.judge(run)
                r.afterwards(run)
            except cd.Failure as e:
                raise cd.Failure(
                    f'{e}\nseed {seed}, {r.name}: {r.job}, verify '
                    f'{r.verify}\n' + '\n'.join(r.did) + f'\n{r.known()}')


def random_runs(work):
    seen = Seen()
    seeds = range(FIRST, FIRST + RUNS // PER_SEED)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        done = [pool.submit(one_seed, work, seed, seen) for seed in seeds]
        try:
            for d in concurrent.futures.as_completed(done):
                d.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    seen.complete()


case.main(random_runs)
