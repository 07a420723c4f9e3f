#!/usr/bin/env python3
"""Answers that come late, broken or not at all, and tasks that go wrong.

Each rule of the sandbox is one case: how the run ends with it, what resume
makes of it, and that the bank holds the drop once and exactly.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

TASKS = 'utilities.getTasks'
LOOKUP = 'coupon.getDetails'
BANKS = 'coupon.listBanks'


class Drop(case.Case):
    """A case with a drop of some rows of two days."""

    def __enter__(self):
        super().__enter__()
        half = case.ROWS // 2
        self.rows = case.rows(self.in_bank[:half], case.day(1)) + \
            case.rows(self.in_bank[half:case.ROWS], case.day(2))
        self.file = self.drop(self.rows)
        return self

    def went_well(self, run, inferred=False):
        """The run ended well and sent each of its two batches once."""
        case.expect('run', run, state='finished', outcome='ok', error=None,
                    updated=len(self.rows), failed=0, unaccounted=0,
                    basis='verify')
        cd.equal('batches', [p['state'] for p in run['parts']],
                 ['done', 'done'])
        cd.equal('inferred', any(p['task']['inferred']
                                 for p in run['parts']), inferred)
        self.bank_holds(self.rows)
        cd.equal('calls that were carried out', self.calls(), 2)
        cd.equal('tasks', len(self.box.tasks()), 2)
        cd.equal('staged files', self.staged(), [])


def waited_out(work):
    """Trouble that passes while the client asks again."""
    for name, faults in {
        'late': [rule('delay', '*', ms=20, count=0)],
        'banks-reset': [rule('reset', BANKS, count=2)],
        'banks-503': [rule('status', BANKS, status=503, retry_after=1)],
        'banks-truncated': [rule('truncate', BANKS, at=60)],
        'lookup-reset': [rule('reset', LOOKUP, when='after'),
                         rule('reset', LOOKUP, nth=50)],
        'lookup-truncated': [rule('truncate', LOOKUP, at=300)],
        'tasks-503': [rule('status', TASKS, status=503, count=2,
                           retry_after=0),
                      rule('status', TASKS, status=503, nth=5, count=9,
                           retry_after=0)],
        'tasks-reset': [rule('reset', TASKS, nth=4, count=9)],
        'tasks-truncated': [rule('truncate', TASKS, nth=4, at=100)],
        'put-503': [rule('status', 'stage.PUT', status=503, count=2)],
        'put-reset': [rule('reset', 'stage.PUT', count=2)],
        'put-reset-after': [rule('reset', 'stage.PUT', when='after')],
        'move-503': [rule('status', 'stage.MOVE', status=503, count=2)],
        'move-reset': [rule('reset', 'stage.MOVE')],
        'move-reset-after': [rule('reset', 'stage.MOVE', when='after')],
        'odd-word': [rule('word', word='ODD <word>', polls=3)],
        'hidden': [rule('hide', polls=3)],
    }.items():
        print(f'  {name}', flush=True)
        with Drop(work, name, faults) as c:
            c.went_well(c.run(c.file).json['runs'][0])


def attempts(work):
    """How often an upload was tried is in the account."""
    fault = rule('status', 'stage.PUT', status=500, count=2)
    with Drop(work, 'attempts', [fault]) as c:
        run = c.run(c.file).json['runs'][0]
        cd.equal('attempts', [p['stage']['attempts'] for p in run['parts']],
                 [3, 1])
        c.went_well(run)


def resumed(work):
    """Trouble that outlasts the tries: nothing is sent, resume does it."""
    for name, method, do, exit_code, word in (
            ('banks', BANKS, {'do': 'status', 'status': 503}, 69,
             'unavailable'),
            ('lookup', LOOKUP, {'do': 'truncate', 'at': 60}, 75,
             'broken'),
            ('baseline', TASKS, {'do': 'status', 'status': 503}, 69,
             'unavailable'),
            ('put', 'stage.PUT', {'do': 'status', 'status': 503}, 69,
             'unavailable'),
            ('full', 'stage.PUT', {'do': 'status', 'status': 507}, 75,
             'remote-full'),
            ('denied', 'stage.PUT', {'do': 'status', 'status': 403}, 77,
             'denied')):
        print(f'  {name}', flush=True)
        # A call is counted for each of the codes in it.
        count = {LOOKUP: 3 * case.ROWS // 2}.get(
            method, 1 if word == 'denied' else 3)
        with Drop(work, name, [{'method': method, 'count': count,
                                **do}]) as c:
            result = c.run(c.file, exit_code=exit_code)
            run = result.json['runs'][0]
            case.expect('interrupted run', run, state='active', updated=0)
            cd.equal('error', case.error_word(run), word)
            cd.equal('error of all', case.error_word(result.json), word)
            cd.equal('error in the ledger', case.error_word(c.show()), word)
            cd.equal('next', run['next'],
                     [['coupondrop', 'resume', run['run'], '--config',
                       c.config]])
            cd.equal('calls', c.calls(), 0)
            c.bank_holds([])
            c.went_well(c.resume().json['runs'][0])


def answer_lost(work):
    """The call was carried out, its answer did not come whole."""
    for name, fault, provider in (
            ('reset', rule('reset', when='after'), {}),
            ('truncated', rule('truncate', at=120), {}),
            ('late', rule('delay', ms=1500), {'call_timeout': '500ms'})):
        print(f'  {name}', flush=True)
        with Drop(work, name, [fault], provider=provider) as c:
            c.went_well(c.run(c.file).json['runs'][0], inferred=True)


def call_lost(work):
    """The call never arrived, which nobody can know."""
    for name, do in (('reset', {'do': 'reset'}),
                     ('503', {'do': 'status', 'status': 503,
                              'retry_after': 1})):
        print(f'  {name}', flush=True)
        with Drop(work, name, [{'method': case.UPDATE, **do}]) as c:
            run = c.run(c.file, exit_code=7).json['runs'][0]
            case.expect('held run', run, state='held',
                        outcome='unconfirmed', unaccounted=case.ROWS // 2)
            cd.equal('error', case.error_word(run), 'unknown-outcome')
            cd.equal('batches', [p['state'] for p in run['parts']],
                     ['unknown', 'done'])
            c.bank_holds(c.rows[:case.ROWS // 2]
                         if run['parts'][0]['redeem_date'] != case.day(1)
                         else c.rows[case.ROWS // 2:])
            c.resume(exit_code=7)
            cd.equal('calls', c.calls(), 1)
            c.went_well(c.resume('last', '--resubmit').json['runs'][0])


def task_failed(work):
    fault = rule('fail', output='disk <full>', count=2)
    with Drop(work, 'failed', [fault]) as c:
        run = c.run(c.file, exit_code=11).json['runs'][0]
        case.expect('failed run', run, state='finished', updated=0)
        cd.equal('error', case.error_word(run), 'task-failed')
        for part in (*run['parts'], *c.show()['parts']):
            cd.equal('batch', part['state'], 'failed')
            case.expect('task', part['task'], state='failed', word='ERROR',
                        text='disk <full>')
            cd.equal('basis', part['basis'], 'verify')
        case.expect('rows', run, outcome='none', failed=case.ROWS,
                    unaccounted=0, basis='verify')
        case.refused_rows(run, c.rows)
        c.bank_holds([])
        # It may still do a part of its work: not sent again by itself.
        c.run(c.file, exit_code=11)
        c.run(c.file, '--again')
        c.bank_holds(c.rows)


def odd_for_ever(work):
    """A word that is never explained: wait until the deadline."""
    fault = rule('word', word='HUMMING', count=0)
    with Drop(work, 'odd', [fault]) as c:
        for again in (False, True):
            result = c.resume('last', exit_code=4) if again else \
                c.run(c.file, '--deadline', '300ms', exit_code=4)
            run = result.json['runs'][0]
            cd.equal('error', case.error_word(run), 'deadline')
            case.expect('run', run, state='active', updated=0,
                        severity='warning')
            case.expect('task', run['parts'][0]['task'], word='HUMMING',
                        state='unknown')
        cd.equal('calls', c.calls(), 2)


def forgotten(work):
    """A task that the platform never lists."""
    with Drop(work, 'forgotten', [rule('forget')]) as c:
        run = c.run(c.file, exit_code=7).json['runs'][0]
        case.expect('held run', run, state='held', outcome='unconfirmed')
        cd.equal('error', case.error_word(run), 'task-lost')
        cd.equal('batches', [p['state'] for p in run['parts']],
                 ['lost', 'done'])
        c.resume(exit_code=7)
        c.resume('last', '--resubmit', exit_code=64)
        cd.equal('calls', c.calls(), 2)
        run = c.resume('last', '--give-up', '--note', 'ticket 5512',
                       exit_code=12).json['runs'][0]
        case.expect('run given up', run, state='finished',
                    outcome='unconfirmed', updated=case.ROWS // 2,
                    unaccounted=case.ROWS // 2)
        cd.check('ticket 5512' in c.cd('show', json=False).stdout,
                 'the note is not shown')
        c.resume(exit_code=5)


def called_off(work):
    """A batch that a person calls off after another one was sent: its rows
    are in failed.csv, and sent from there they close the run."""
    cd.needs_faults()
    with Drop(work, 'off') as c:
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='submit-answered:1=kill') as p:
            cd.check(p.wait(120) != 0, 'not killed')
        run = c.resume('last', '--give-up', exit_code=3).json['runs'][0]
        case.expect('run', run, state='finished', outcome='partial',
                    updated=case.ROWS // 2, failed=case.ROWS // 2)
        off = [n for n, p in enumerate(run['parts'])
               if p['state'] == 'cancelled']
        cd.equal('batches called off', len(off), 1)
        half = case.ROWS // 2
        gone = c.rows[half:] if off == [0] else c.rows[:half]
        lines = cd.read(run['files']['failed']).splitlines()
        cd.equal('failed.csv', [line.split(',')[0] for line in lines[1:]],
                 [code for code, _ in gone])
        run2 = c.run(run['files']['failed'], '--again').json['runs'][0]
        case.expect('the rest', run2, outcome='ok', updated=half)
        cd.check('went through in run' in str(c.show(run['run'])['ack']),
                 'not closed')
        c.bank_holds(c.rows)


def rest_not_in_bank(work):
    """The bank was found right for the whole file: what is left of it after
    a kill is sent, though none of it is there, and told as refused."""
    cd.needs_faults()
    with Drop(work, 'rest') as c:
        half = case.ROWS // 2
        there = c.in_bank[:half]
        rows = case.rows(case.codes(half, 7000), case.day(1)) + \
            case.rows(there, case.day(2))
        file = c.drop(rows, 'half.csv')
        with c.start('run', '-j', 'file', file,
                     COUPONDROP_FAULT='submit-answered:1=kill') as p:
            cd.check(p.wait(120) != 0, 'not killed')
        run = c.resume('last', exit_code=11).json['runs'][0]
        case.expect('run', run, state='finished', outcome='partial',
                    updated=half, failed=half, unaccounted=0)
        cd.equal('calls', c.calls(), 2)
        c.bank_holds(rows[half:])


def rest_not_uploaded(work):
    """What was sent is followed, though the rest cannot be uploaded."""
    cd.needs_faults()
    with Drop(work, 'kept-back', job={'retries': 0}) as c:
        with c.start('run', '-j', 'file', c.file,
                     COUPONDROP_FAULT='submit-answered:1=kill') as p:
            cd.check(p.wait(120) != 0, 'not killed')
        # Nobody answers at the file server any more.
        cd.write(c.config, re.sub(r'"http://127.0.0.1:\d+/stage"',
                                  '"http://127.0.0.1:1/stage"',
                                  cd.read(c.config)))
        run = c.resume('last', exit_code=69).json['runs'][0]
        cd.equal('error', case.error_word(run), 'connect')
        cd.equal('batches', [p['state'] for p in run['parts']],
                 ['done', 'prepared'])
        case.expect('run', run, updated=case.ROWS // 2)
        cd.equal('calls', c.calls(), 1)


def found_again(work):
    """A task that shows later than the client had patience for."""
    with Drop(work, 'again', [rule('hide', polls=8, count=2)]) as c:
        run = c.run(c.file, exit_code=7).json['runs'][0]
        cd.equal('error', case.error_word(run), 'task-lost')
        c.went_well(c.resume().json['runs'][0])


case.main(waited_out, attempts, resumed, answer_lost, call_lost, task_failed,
          odd_for_ever, forgotten, called_off,
          rest_not_in_bank, rest_not_uploaded, found_again)
