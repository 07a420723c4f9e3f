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
        result = c.cd('run', '-j', 'file', exit_code=5)
        cd.check('went through' not in result.json['error']['message'],
                 f'{result}')
        cd.equal('calls', c.calls(), 1)


def some_refused(work):
    """Every row is accounted for; what is said names the refused ones."""
    bank = case.codes(2 * case.ROWS)
    with Twice(work, 'refused', bank=bank[2:], job={'verify': 'all'}) as c:
        c.rows = case.rows(bank[:case.ROWS])
        c.file = c.drop(c.rows)
        c.copy = c.drop(c.rows[::-1], 'copy.csv')
        c.first(exit_code=11)
        said, _ = c.told(6, 'repeat')
        cd.check('2 coupons that were refused' in said, said)
        cd.equal('calls', c.calls(), 1)


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
          some_refused, outrun)
