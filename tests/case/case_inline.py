#!/usr/bin/env python3
"""Without a file server the rows travel in the call, batch by batch.

The platform answers at once, for each row, and each is looked up afterwards:
the rows that it refused are known one by one.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

BATCH = 25
ROWS = 110      # five batches, the last one short


def batches(work):
    with case.Case(work, 'all', bank=case.codes(2 * ROWS),
                   job={'batch': BATCH}) as c:
        some = case.rows(c.in_bank[:ROWS])
        run = c.run(c.drop(some), job='inline').json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok',
                    basis='verify', updated=ROWS, failed=0,
                    unaccounted=0, error=None)
        cd.equal('batches', [(p['route'], p['rows'], p['updated'],
                              p['failed'], p['basis'], p['artifact'],
                              p['stage'], p['task'])
                             for p in run['parts']],
                 [('inline', n, n, 0, 'verify', None, None, None)
                  for n in [BATCH] * 4 + [ROWS - 4 * BATCH]])
        cd.equal('calls', c.calls(), ROWS)
        cd.equal('tasks', c.box.tasks(), [])
        c.bank_holds(some)
        c.run(c.path('drop.csv'), job='inline', exit_code=5)


def several_days(work):
    with case.Case(work, 'days', job={'batch': 20}) as c:
        half = case.ROWS // 2
        some = [(code, case.day(1 + n % 2))
                for n, code in enumerate(c.in_bank[:case.ROWS])]
        run = c.run(c.drop(some), job='inline').json['runs'][0]
        cd.equal('batches', [(p['redeem_date'], p['rows'])
                             for p in run['parts']],
                 [(case.day(2), half), (case.day(1), half)])
        c.bank_holds(some)


def some_refused(work):
    """Few missing codes are a remark, many a failure."""
    for missing, exit_code, word in ((2, 3, 'partial'),
                                     (20, 11, 'task-failed')):
        with case.Case(work, f'missing-{missing}',
                       bank=case.codes(ROWS), job={'batch': BATCH}) as c:
            good = case.rows(c.in_bank[:ROWS - missing])
            bad = case.rows(case.codes(missing, 1000))
            step = (ROWS - missing) // missing
            some = list(good)
            for n, row in enumerate(bad):
                some.insert(n * (step + 1), row)
            run = c.run(c.drop(some), job='inline',
                        exit_code=exit_code).json['runs'][0]
            case.expect('run', run, state='finished', outcome='partial',
                        basis='verify', updated=len(good),
                        failed=missing, unaccounted=0, retryable=True)
            cd.equal('error', case.error_word(run), word)
            case.refused_rows(run, bad)
            c.bank_holds(good)


def none_known(work):
    """No code in the bank: stopped before the first call."""
    with case.Case(work, 'none', bank=case.codes(ROWS)) as c:
        some = case.rows(case.codes(30, 1000))
        run = c.run(c.drop(some), job='inline',
                    exit_code=10).json['runs'][0]
        case.expect('run', run, state='cancelled', updated=0,
                    unaccounted=0)
        cd.equal('error', case.error_word(run), 'bank')
        cd.equal('calls', c.calls(), 0)
        # Told not to look, it finds out from the answer.
        run = c.run(c.drop(some), '--verify', 'off', job='inline',
                    exit_code=11).json['runs'][0]
        case.expect('run', run, state='finished', updated=0,
                    failed=len(some), outcome='none')
        case.refused_rows(run, some)
        c.bank_holds([])


def too_many(work):
    with case.Case(work, 'many', bank=case.codes(10)) as c:
        run = c.run(c.drop(case.rows(case.codes(10001))), job='inline',
                    exit_code=10).json['runs'][0]
        case.expect('run', run, state='rejected', updated=0)
        cd.equal('error', case.error_word(run), 'sanity')
        for word in ('10,001', 'inline_max', 'endpoint'):
            cd.check(word in run['error']['message'],
                     f'{word} is not in "{run["error"]["message"]}"')
        cd.equal('calls', c.calls(), 0)


def answer_lost(work):
    """No task to adopt: the looked-up codes tell that it arrived."""
    with case.Case(work, 'lost', [rule('reset', nth=30, when='after')],
                   job={'batch': BATCH}) as c:
        some = case.rows(c.in_bank[:3 * BATCH])
        run = c.run(c.drop(some), job='inline').json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok',
                    updated=len(some), failed=0, unaccounted=0)
        cd.equal('evidence', [p['basis'] for p in run['parts']],
                 ['verify'] * 3)
        cd.equal('calls', c.calls(), len(some))
        c.bank_holds(some)


def answer_lost_in_part(work):
    """Codes that are not in the bank do not hide that the call arrived."""
    with case.Case(work, 'part', [rule('reset', nth=30, when='after')],
                   job={'batch': BATCH}) as c:
        good = case.rows(c.in_bank[:3 * BATCH - 1])
        bad = case.rows(case.codes(1, 1000))
        run = c.run(c.drop(good[:30] + bad + good[30:]), job='inline',
                    exit_code=3).json['runs'][0]
        case.expect('run', run, state='finished', outcome='partial',
                    updated=len(good), failed=1, unaccounted=0)
        cd.equal('evidence', [(p['basis'], p['verify']['asked'],
                               p['verify']['applied'],
                               p['verify']['missing'])
                              for p in run['parts']],
                 [('verify', BATCH, BATCH, 0), ('verify', BATCH, BATCH - 1,
                                                1),
                  ('verify', BATCH, BATCH, 0)])
        case.refused_rows(run, bad)
        c.bank_holds(good)


def call_lost(work):
    """Nothing proves that it arrived: held, then sent by a person's word."""
    with case.Case(work, 'call', [rule('reset', nth=30)],
                   job={'batch': BATCH}) as c:
        some = case.rows(c.in_bank[:3 * BATCH])
        run = c.run(c.drop(some), job='inline',
                    exit_code=7).json['runs'][0]
        case.expect('run', run, state='held', updated=2 * BATCH,
                    unaccounted=BATCH)
        run = c.resume('last', '--resubmit').json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok',
                    updated=len(some), basis='verify')
        cd.equal('calls', c.calls(), len(some))
        c.bank_holds(some)


case.main(batches, several_days, some_refused, none_known, too_many,
          answer_lost, answer_lost_in_part, call_lost)
