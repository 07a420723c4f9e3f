#!/usr/bin/env python3
"""The same coupons in another run.

Nothing needs to be done only when they went through with evidence.  What may
have arrived is not sent unasked, and what waits is named with the commands
that end it.
"""

import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402


class Twice(case.Case):
    """A file, and a copy of it under another name."""

    def __enter__(self):
        super().__enter__()
        self.rows = case.rows(self.in_bank[:case.ROWS])
        self.file = self.drop(self.rows)
        self.copy = self.drop(self.rows[::-1], 'copy.csv')
        return self

    def first(self, *args, exit_code=0, **more):
        return self.run(self.file, *args, exit_code=exit_code,
                        **more).json['runs'][-1]['run']

    def told(self, exit_code, word, *args, path=None):
        """What a run of the copy says: its JSON and the commands in it."""
        result = self.run(path or self.copy, *args, exit_code=exit_code)
        cd.equal('error', case.error_word(result.json), word)
        if result.json['runs']:
            case.expect('run', result.json['runs'][0], state='cancelled',
                        updated=0)
        said = result.json['error']['message']
        return said, [shlex.split(text)[1:]
                      for text in re.findall('"(coupondrop [^"]+)"', said)]


def waits(work):
    """Packed, uploaded, or held by a no: the run is named, with both ends."""
    for step in ('packed', 'staged'):
        with Twice(work, step) as c:
            run = c.first('--until', step)
            for path in (c.file, c.copy):
                said, commands = c.told(4, 'repeat-waits', path=path)
                cd.check(run[:6] in said, f'{run} is not in {said}')
            said = c.run(c.copy, json=False, exit_code=4)
            cd.check('NOT SENT' in said.stdout and 'STILL RUNNING' not in
                     said.stdout, f'{said}')
            cd.equal('calls', c.calls(), 0)
            goes_on, drops = commands
            if step == 'packed':
                c.cd(*drops, exit_code=5)
                c.run(c.copy)
            else:
                c.cd(*goes_on, exit_code=0)
                c.told(6, 'repeat')
                c.told(5, 'nothing-to-do', path=c.file)
            cd.equal('calls', c.calls(), 1)
            cd.equal('staged files', c.staged(), [])
            c.bank_holds(c.rows)


def older_waits_on(work):
    """A run that waited is not ended because another waits, too."""
    for decision, args, code in (('drop', ['--give-up'], 5), ('go on', [], 0)):
        with Twice(work, decision) as c:
            one = c.first('--until', 'validated')
            two = c.first('--until', 'packed')
            for _ in range(2):
                run = c.resume(one, exit_code=4).json['runs'][0]
                case.expect('run', run, state='held')
                cd.equal('error', case.error_word(run), 'repeat-waits')
            c.resume(two, *args, exit_code=code)
            run = c.resume(one, exit_code=0 if args else 6).json['runs'][0]
            case.expect('run', run,
                        state='finished' if args else 'cancelled')
            cd.equal('calls', c.calls(), 1)
            c.bank_holds(c.rows)


def may_have_arrived(work):
    """No answer, none proven, or closed as unknown: never sent unasked."""
    for name, faults, job, code in (
            ('unknown', [rule('reset')], {}, 7),
            ('unproven', [], {'verify': 'off'}, 12)):
        with Twice(work, name, faults, job=job) as c:
            run = c.first(exit_code=code)
            calls = c.calls()
            for path in (c.file, c.copy):
                said, commands = c.told(7, 'repeat-sent', path=path)
                cd.check(run[:6] in said and '--again' in said, said)
            c.cd(*commands[0], exit_code=7 if code == 7 else 0)
            if code == 7:
                c.resume(run, '--give-up', exit_code=12)
                for path in (c.file, c.copy):
                    said, commands = c.told(7, 'repeat-sent', path=path)
                c.cd(*commands[0], exit_code=0)
            cd.equal('calls', c.calls(), calls)
            c.run(c.copy, '--again', exit_code=None)
            cd.equal('calls', c.calls(), calls + 1)


def known_in_the_folder(work):
    """A file of the source that was sent is no news, proven or not."""
    with Twice(work, 'folder', job={'verify': 'off',
                                    'source': 'drop*.csv'}) as c:
        c.cd('run', '-j', 'file', exit_code=12)
        result = c.cd('run', '-j', 'file', exit_code=7)
        cd.equal('error', case.error_word(result.json), 'repeat-sent')
        cd.equal('calls', c.calls(), 1)


def fell_short(work):
    """What was not all applied is neither sent unasked nor called done."""
    bank = case.codes(2 * case.ROWS)
    for name, first, limit, code in (
            ('some', 2, 2, 11), ('few', 2, 5, 3)):
        with Twice(work, name, bank=bank[first:], job={
                'verify': 'all', 'max_failed': limit}) as c:
            c.rows = case.rows(bank[:case.ROWS])
            c.file = c.drop(c.rows)
            c.copy = c.drop(c.rows[::-1], 'copy.csv')
            run = c.first(exit_code=code)
            failed = c.show()['files']['failed']
            for path in c.file, c.copy:
                said, commands = c.told(
                    code, 'repeat-failed' if code == 11 else
                    'repeat-partial', path=path)
                cd.check(f'{first} of {case.ROWS} coupons not applied' in
                         said and failed in said and '--again' in said, said)
                cd.equal('run', c.cd(*commands[0], exit_code=0)
                         .json['runs'][0]['run'], run)
            said = c.run(c.copy, json=False, exit_code=code).stdout
            cd.check('NOT SENT' in said, said)
            cd.equal('calls', c.calls(), 1)
            c.run(c.copy, '--again', exit_code=code)
            cd.equal('calls', c.calls(), 2)


def sent_again(work):
    """Once all of it went through, there is nothing left to do."""
    with Twice(work, 'again', [rule('fail', output='no')]) as c:
        c.first(exit_code=11)
        c.run(c.copy, '--again')
        c.told(6, 'repeat', path=c.drop(c.rows, 'third.csv'))
        for path in c.copy, c.file:
            c.told(5, 'nothing-to-do', path=path)
        cd.equal('calls', c.calls(), 2)
        c.bank_holds(c.rows)
        # What came last is what is known.
        c.run(c.copy, '--again', '--verify', 'off', exit_code=12)
        c.told(7, 'repeat-sent')


def mended(work):
    """The rows that failed, sent when the bank has them, close the run."""
    for after in 'keep', 'delete':
        with Twice(work, after, bank=case.codes(case.ROWS),
                   job={'after_done': after}) as c:
            mended_with(c)


def mended_with(c):
    more = case.rows(case.codes(3, 5000))
    c.rows += more
    c.file = c.drop(c.rows)
    c.copy = c.drop(c.rows[::-1], 'copy.csv')
    run = c.first(exit_code=11)
    failed = c.show()['files']['failed']
    cd.equal('closed', c.show(run)['ack'], None)
    c.post([('bank_id', case.BANK), ('coupon_codes', '\n'.join(
        code for code, _ in more))], 'coupon.addCoupons')
    c.run(failed, '--again')
    cd.check('went through in run' in str(c.show(run)['ack']), 'not closed')
    c.cd('status', exit_code=0)
    said, _ = c.told(6, 'repeat')
    cd.check('closed: the rows that failed went through' in said, said)
    if os.path.exists(c.file):
        c.told(5, 'nothing-to-do', path=c.file)
    c.bank_holds(c.rows)


def mended_and_killed(work):
    """The run that is mended is closed, also where the other one broke off."""
    cd.needs_faults()
    with Twice(work, 'killed', bank=case.codes(case.ROWS)) as c:
        more = case.rows(case.codes(3, 5000))
        run = c.run(c.drop(c.rows + more), exit_code=11).json['runs'][0]
        c.post([('bank_id', case.BANK), ('coupon_codes', '\n'.join(
            code for code, _ in more))], 'coupon.addCoupons')
        with c.start('run', '-j', 'file', run['files']['failed'],
                     COUPONDROP_FAULT='mended:1=kill') as p:
            cd.check(p.wait(120) != 0, 'not killed')
        c.resume('last')
        cd.check('went through in run' in str(c.show(run['run'])['ack']),
                 'not closed')
        c.cd('status', exit_code=0)


def lost(work):
    """What is advised where a task vanished works as printed."""
    with Twice(work, 'lost', [rule('forget')]) as c:
        run = c.first(exit_code=7)
        result = c.resume(run, '--resubmit', exit_code=64)
        gives_up, again = [
            shlex.split(text)[1:] for text in re.findall(
                '"(coupondrop [^"]+)"', result.json['error']['message'])]
        c.cd(*gives_up, exit_code=12)
        c.cd('status', exit_code=3)
        c.told(7, 'repeat-sent')
        c.told(7, 'repeat-sent', path=c.file)
        cd.equal('calls', c.calls(), 1)
        c.cd(*again, '-j', 'file', c.file, exit_code=0)
        cd.equal('calls', c.calls(), 2)
        c.bank_holds(c.rows)
        c.cd('status', exit_code=0)
        c.told(6, 'repeat')


def closed(work):
    """A person may say that nobody is needed any more, and why."""
    with Twice(work, 'closed', [rule('reset')]) as c:
        run = c.first(exit_code=7)
        c.cd('ack', run, '--note', 'seen', exit_code=64)
        c.resume(run, '--give-up', exit_code=12)
        for command in 'resume', 'follow':
            c.cd(command, run, exit_code=12)
        c.cd('ack', run, exit_code=64)
        c.cd('ack', '--note', 'seen', exit_code=64)
        c.cd('ack', 'nosuch', '--note', 'seen', exit_code=66)
        c.told(7, 'repeat-sent')
        # That run sent nothing; it says which one is open.
        said = c.cd('ack', 'last', '--note', 'seen', exit_code=5).json
        cd.check(run[:6] in said['error']['message'], said)
        cd.equal('closed', c.show()['ack'], None)
        c.cd('status', exit_code=3)
        value = c.cd('ack', run, '--note', 'by hand, 5512', exit_code=0)
        case.expect('run', value.json['runs'][0], exit=12,
                    ack='by hand, 5512', outcome='unconfirmed')
        c.cd('ack', run, '--note', 'seen', exit_code=5)
        c.resume(run, exit_code=5)
        c.cd('status', exit_code=0)
        said, _ = c.told(6, 'repeat')
        cd.check('closed: by hand, 5512' in said, said)
        c.told(5, 'nothing-to-do', path=c.file)
        said = c.cd('show', run, json=False).stdout
        cd.equal('told', said.count('by hand, 5512'), 2)
        # What went through is not closed.
        c.run(c.copy, '--again')
        c.cd('ack', 'last', '--note', 'seen', exit_code=5)


def outrun(work):
    """A run that waits sends nothing that went out since."""
    for name, faults, code, state in (
            ('went', [], 6, 'cancelled'),
            ('unknown', [rule('reset')], 7, 'held')):
        with Twice(work, name, faults) as c:
            one = c.first('--until', 'staged')
            c.run(c.copy, '--again', exit_code=code if code == 7 else 0)
            calls = c.calls()
            run = c.resume(one, exit_code=code).json['runs'][0]
            case.expect('run', run, state=state, updated=0)
            cd.equal('calls', c.calls(), calls)
            if state == 'held':
                c.resume(one, '--give-up', exit_code=5)
                c.resume('last', '--resubmit')
            cd.equal('staged files', c.staged(), [])
            c.bank_holds(c.rows)


case.main(waits, older_waits_on, may_have_arrived, known_in_the_folder,
          fell_short, sent_again, mended, mended_and_killed, lost, closed,
          outrun)
