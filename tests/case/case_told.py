#!/usr/bin/env python3
"""What is said of a run: the same by every command, now and later."""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

SLOW = rule('word', word='PROCESSING', nth=2)
FAIL = rule('fail', output='disk full')
BAD_CODES = case.codes(4, 5000)

# name: faults, settings of the job, arguments, exit code
STATES = {
    'ok': ([], {}, [], 0),
    'unconfirmed': ([], {'verify': 'off'}, [], 12),
    'unknown': ([rule('reset')], {}, [], 7),
    'failed': ([FAIL], {}, [], 11),
    'failed and slow': ([FAIL, SLOW], {'deadline': '300ms'}, [], 11),
    'slow': ([SLOW], {'deadline': '300ms'}, [], 4),
    'unknown and refused': ([rule('reset'), rule('code', code=445, nth=2,
                                                 count=0)], {}, [], 7),
    'refused': ([rule('code', code=648)], {}, [], 70),
    'no login': ([rule('code', code=445, count=0)], {}, [], 77),
    'failed and no login': (
        [FAIL, rule('status', 'coupon.getDetails', status=403, nth=41,
                    count=0)], {}, [], 11),
    'some missing': ([], {'more': BAD_CODES}, [], 11),
    'some missing, as the job permits': (
        [], {'more': BAD_CODES, 'max_failed': 20}, [], 3),
    'some missing, as the call permits': (
        [], {'more': BAD_CODES}, ['--max-failed', '20'], 3),
    'packed': ([], {}, ['--until', 'packed'], 0),
    'wrong bank': ([], {}, ['--bank-name', 'Winter'], 10),
    'broken row': ([], {'more': ['A B']}, [], 65),
    'set aside': ([], {'more': ['A B'], 'max_reject': 1}, [], 3),
}


def told(run):
    return {key: run[key] for key in ('state', 'outcome', 'exit', 'updated',
                                      'already', 'failed', 'unaccounted',
                                      'basis', 'severity', 'error')}


def same_everywhere(work):
    """run, show, runs, status and resume agree on each state."""
    for name, (faults, settings, args, code) in STATES.items():
        print(f'  {name}', flush=True)
        job = dict(settings)
        more = job.pop('more', [])
        with case.Case(work, name.replace(' ', '-'), faults, job=job) as c:
            rows = [(one, case.day(1 + n % 2)) for n, one in
                    enumerate(c.in_bank[:case.ROWS])] + case.rows(more)
            want = told(c.run(c.drop(rows), *args,
                              exit_code=code).json['runs'][0])
            for where, got in (
                    ('show', c.show()),
                    ('runs', c.cd('runs', exit_code=0).json['runs'][0])):
                cd.equal(f'{where} of {name}', told(got), want)
            job = next(j for j in c.cd('status').json['jobs']
                       if j['job'] == 'file')
            cd.equal(f'status of {name}', (job['outcome'], job['exit']),
                     (want['outcome'], want['exit']))
            if want['state'] == 'held' and not args:
                got = c.resume('last', exit_code=code).json['runs'][0]
                cd.equal(f'resume of {name}', told(got), told(c.show()))


case.main(same_everywhere)
