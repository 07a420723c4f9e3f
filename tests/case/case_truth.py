#!/usr/bin/env python3
"""Claims against the truth.

The sandbox does other things than it says: rows that are not applied though
the task ends well, totals that are wrong, look-ups that cannot be read.  What
it did is in its bank.  Runs with random settings over both routes must claim
nothing that the bank contradicts, and nothing more than their basis bears.

TRUTH_RUNS and TRUTH_SEED choose others than the runs of every check.
"""

import csv
import os
import random
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

RUNS = int(os.environ.get('TRUTH_RUNS', '200'))
FIRST = int(os.environ.get('TRUTH_SEED', '1'))
PER_SEED = 10
ROWS = 12
SHARE_OF = {'sample': 1.0, 'all': 1.0, '4': 4 / ROWS, '50%': 0.5}
EXITS = {'ok': 0, 'partial': (3, 11), 'none': 11, 'unconfirmed': 12}


def rows_of(path):
    if path is None:
        return []
    with open(path, encoding='utf-8', newline='') as f:
        return [row['coupon_code'] for row in csv.DictReader(f)]


class Truth:
    """What the bank says of the rows of one run."""

    def __init__(self, rows, before, after):
        self.right = {c for c, day in rows if after[c] == ('1', day)}
        self.already = {c for c, day in rows if before[c] == ('1', day) and
                        c in self.right}
        self.wrong = {c for c, _ in rows} - self.right


def one_run(c, rnd, number):
    """A run with random settings; what it claimed is compared."""
    job = rnd.choice(['file', 'inline'])
    verify = rnd.choice(['sample', 'all', '4', '50%', 'off'])
    at = number * ROWS
    rows = [(code, case.day(1)) for code in c.in_bank[at:at + ROWS]]
    if number and rnd.random() < 0.3:   # some that were so before
        rows[:4] = c.sent[-1][:4]
    c.sent.append(rows)
    before = c.box.bank(case.BANK)
    args = ['--verify', verify]
    name = c.drop(rows, f'{number}.csv')
    if rnd.random() < 0.3:
        until = rnd.choice(['packed', 'staged'])
        c.run(name, *args, '--until', until, job=job)
        result = c.cd('resume')
    else:
        result = c.cd('run', '-j', job, *args, name)
    cd.check(result.json['runs'], f'no run: {result}')
    run = result.json['runs'][0]
    if run['state'] == 'cancelled':     # none of the codes could be seen
        cd.equal('cancelled for', case.error_word(run), 'bank')
        return
    try:
        judge(run, result.exit, verify, job, Truth(
            rows, before, c.box.bank(case.BANK)))
    except cd.Failure as e:
        raise cd.Failure(f'{e}\n{job}, verify {verify}: {result}')


def judge(run, exit_code, verify, job, truth):
    part = run['parts'][0]
    if part['state'] == 'failed':       # refused as a whole, or held
        cd.check(not truth.right - truth.already,
                 f'called refused, but applied: {truth.right}')
        return
    cd.equal('state', run['state'], 'finished')
    want = EXITS[run['outcome']]
    cd.check(exit_code in (want if isinstance(want, tuple) else (want,)),
             f'exit {exit_code} for outcome {run["outcome"]}')
    failed = rows_of(run['files']['failed'])
    unknown = rows_of(run['files']['unknown'])
    # An answer that no look-up speaks against is believed.
    cd.check(run['basis'] == 'counters' or not set(failed) & truth.right,
             f'in failed.csv, but applied: {set(failed) & truth.right}')
    if run['updated'] is not None:
        cd.equal('sum of the rows', run['updated'] + run['already'] +
                 run['failed'] + run['unaccounted'], ROWS)
    if run['basis'] == 'sample':
        cd.check(job == 'file' and SHARE_OF[verify] < 1,
                 'a sample where all were to be looked up')
        if run['outcome'] == 'ok':
            cd.equal('updated', run['updated'], None)
            cd.check(part['verify']['bound'] > 0, 'a sample without reach')
            cd.check(truth.right, 'ok, and nothing was applied')
    elif run['basis'] == 'verify':
        cd.check(verify != 'off', 'looked up though told not to')
        cd.equal('failed.csv and unknown.csv',
                 sorted(failed) + sorted(unknown),
                 sorted(truth.wrong - set(unknown)) + sorted(unknown))
        cd.equal('failed', run['failed'], len(failed))
        if run['outcome'] == 'ok':
            cd.equal('wrong rows of a run that is ok', truth.wrong, set())
            cd.equal('unaccounted', run['unaccounted'], 0)
        cd.check(run['updated'] <= len(truth.right),
                 f'{run["updated"]} updated, {len(truth.right)} are so')
        cd.check(run['already'] <= len(truth.already),
                 f'{run["already"]} already so, {len(truth.already)} are')
    elif run['basis'] == 'counters':
        cd.check(verify == 'off' or SHARE_OF[verify] < 1 or
                 job == 'inline',
                 'totals believed where every row could be looked up')
    else:
        cd.equal('basis', run['basis'], 'none')
        cd.check(run['outcome'] != 'ok', 'ok without a basis')


def random_runs(work):
    for seed in range(FIRST, FIRST + RUNS // PER_SEED):
        rnd = random.Random(seed)
        with case.Case(work, f'seed{seed}', args=['--moods', seed],
                       bank=case.codes(PER_SEED * ROWS),
                       job={'lag': '1ms', 'retries': 0}) as c:
            c.sent = []
            for number in range(PER_SEED):
                one_run(c, rnd, number)


case.main(random_runs)
