#!/usr/bin/env python3
"""A run that did not go through needs a person until that is settled: its
content or its corrected file went through, or somebody closed it."""

import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402


def needed(c, job='file'):
    """The runs of a job that need a person, as status has them."""
    result = c.cd('status')
    one = next(j for j in result.json['jobs'] if j['job'] == job)
    cd.equal('exit of status', result.exit, 3 if one['unsettled'] else 0)
    return one['unsettled']


def broken(c, name='night.csv', first=0):
    """A file with a broken row, refused; its run."""
    path = c.drop(case.rows(c.in_bank[first:first + 3] + ['A B']), name)
    return c.run(path, exit_code=65).json['runs'][0]['run']


def pasted(c, run, path):
    """What show prints to send the corrected file."""
    text = c.cd('show', run, json=False, exit_code=0).stdout
    line = re.search(r'corrected file: coupondrop (run .* FILE)\n', text)
    cd.check(line is not None, f'no command to paste: {text}')
    return shlex.split(line.group(1).replace('FILE', shlex.quote(path)))


def next_night(work):
    """The next night's file of the same name brings other rows."""
    with case.Case(work, 'night') as c:
        run = broken(c)
        c.run(c.drop(case.rows(c.in_bank[5:9]), 'night.csv'))
        cd.equal('needed', needed(c), [run])
        # Nor do the good rows of the refused file without the broken one.
        c.run(c.drop(case.rows(c.in_bank[:3]), 'night.csv'))
        cd.equal('needed', needed(c), [run])
        c.cd('ack', run, '--note', 'printed by mistake', exit_code=0)
        cd.equal('needed', needed(c), [])


def corrected(work):
    """The corrected file, sent with the command that is printed."""
    with case.Case(work, 'corrected') as c:
        run = broken(c)
        path = c.drop(case.rows(c.in_bank[:4]), "it's corrected.csv")
        new = c.cd(*pasted(c, run, path), exit_code=0).json['runs'][0]
        cd.equal('retry_of', new['retry_of'], run)
        cd.equal('needed', needed(c), [])
        note = c.show(run)['ack']
        cd.check(f'went through in run {new["run"][:10]}' in note, note)


def by_hand(work):
    """Without a job, with the flags that were in force."""
    with case.Case(work, 'hand') as c:
        path = c.drop(case.rows(c.in_bank[:3] + ['A B']))
        result = c.cd('run', '--provider', 'platform', '--bank',
                      str(case.BANK), '--endpoint', 'files', path,
                      exit_code=65)
        run = result.json['runs'][0]['run']
        cd.equal('others', [o['run'] for o in
                            c.cd('status', exit_code=3).json['others']],
                 [run])
        path = c.drop(case.rows(c.in_bank[:4]))
        c.cd(*pasted(c, run, path), exit_code=0)
        cd.equal('others', c.cd('status', exit_code=0).json['others'], [])


def not_yet(work):
    """A corrected file that does not get through settles nothing; one that
    does, with rows set aside, is what needs a person from then on."""
    with case.Case(work, 'not yet', [rule('code', code=648)]) as c:
        run = broken(c)
        path = c.drop(case.rows(c.in_bank[:4]))
        new = c.run(path, '--settles', run,
                    exit_code=70).json['runs'][0]['run']
        cd.equal('needed', needed(c), [run, new])
        path = c.drop(case.rows(c.in_bank[:5] + ['A B']))
        third = c.run(path, '--settles', run, '--max-reject', '1',
                      exit_code=3).json['runs'][0]['run']
        cd.equal('needed', needed(c), [new, third])


def sent_before(work):
    """The corrected file went through before anybody said what it is."""
    with case.Case(work, 'before') as c:
        run = broken(c)
        path = c.drop(case.rows(c.in_bank[:4]))
        c.run(path)
        cd.equal('needed', needed(c), [run])
        c.run(path, '--settles', run, exit_code=5)
        cd.equal('needed', needed(c), [])
        again = broken(c, first=10)
        c.run(c.drop(case.rows(c.in_bank[:4]), 'copy.csv'), '--settles',
              again, exit_code=6)
        cd.equal('needed', needed(c), [])


def refused(work):
    """A run that cannot be settled so, or no file to settle it."""
    with case.Case(work, 'refused') as c:
        good = c.drop(case.rows(c.in_bank[:4]))
        run = broken(c, first=10)
        for args, code, says in (
                ([good, '--settles', 'nosuch'], 66, 'nosuch'),
                (['--settles', run, good, good], 64, 'one file')):
            result = c.cd('run', '-j', 'file', *args, exit_code=code)
            cd.check(says in result.json['error']['message'], f'{result}')
        waits = c.run(good, '--until', 'packed').json['runs'][0]['run']
        result = c.run(good, '--settles', waits, exit_code=64)
        cd.check('--give-up' in result.json['error']['message'], f'{result}')
        c.resume(waits)
        result = c.run(good, '--settles', waits, exit_code=64)
        cd.check('needs nobody' in result.json['error']['message'],
                 f'{result}')


case.main(next_night, corrected, by_hand, not_yet, sent_before, refused)
