#!/usr/bin/env python3
"""runs: how a run stands, what it ended with, and what of it was sent."""

import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402


def line(c, name):
    """State, exit, rows read and sent of the run of that file."""
    text = c.cd('runs', json=False, exit_code=0).stdout
    cd.check(re.match(r'RUN +STARTED.* JOB +STATE +EXIT +READ +SENT +FILE\n',
                      text) is not None, text)
    for row in text.splitlines()[1:]:
        if row.endswith('  ' + name):
            return tuple(re.split(' {2,}', row)[2:6])
    raise cd.Failure(f'no {name} in: {text}')


def drop(c, name, first=0, count=5):
    return c.drop(case.rows(c.in_bank[first:first + count]), name)


def ended(work):
    with case.Case(work, 'ended') as c:
        c.run(drop(c, 'good.csv'))
        cd.equal('good', line(c, 'good.csv'), ('finished', '0', '5', '5'))
        broken = c.drop(case.rows(c.in_bank[9:11] + ['A B']), 'broken.csv')
        c.run(broken, exit_code=65)
        cd.equal('broken', line(c, 'broken.csv'),
                 ('rejected', '65', '3', '0'))


def waits(work):
    """Uploaded is not sent."""
    with case.Case(work, 'waits') as c:
        run = c.run(drop(c, 'staged.csv'), '--until',
                    'staged').json['runs'][0]
        cd.equal('stands', (run['stands'], run['exit'],
                            run['submitted']), ('waiting', 0, 0))
        cd.equal('staged', line(c, 'staged.csv'), ('waiting', '0', '5', '0'))
        run = c.resume(run['run'], '--give-up', exit_code=5).json['runs'][0]
        cd.equal('sent', run['submitted'], 0)
        cd.equal('dropped', line(c, 'staged.csv'),
                 ('cancelled', '5', '5', '0'))


def late(work):
    """The attempt has ended, the run has not."""
    slow = rule('word', word='PROCESSING')
    with case.Case(work, 'late', [slow], job={'deadline': '300ms'}) as c:
        c.run(drop(c, 'late.csv'), exit_code=4)
        cd.equal('late', line(c, 'late.csv'), ('waiting', '4', '5', '5'))


def at_work(work):
    """Under way, then killed, then resumed."""
    slow = rule('delay', method='utilities.getTasks', nth=2, ms=600000)
    with case.Case(work, 'at work', [slow]) as c:
        c.run(drop(c, 'before.csv', 20), '--until', 'packed')
        path = drop(c, 'night.csv')
        with c.start('run', '-j', 'file', path) as p:
            try:
                case.until('nothing was sent', lambda: any(
                    r['file'] == 'night.csv' and r['submitted']
                    for r in c.cd('runs').json['runs']))
                cd.equal('under way', line(c, 'night.csv'),
                         ('running', '-', '5', '5'))
                run = c.show()
                cd.equal('exit', (run['stands'], run['exit']),
                         ('running', None))
                text = c.cd('show', json=False, exit_code=0).stdout
                cd.check(text.startswith('\nRUNNING ') and
                         'resume' not in text.split('what happened')[0],
                         text)
            finally:
                p.send_signal(signal.SIGKILL)
                p.wait()
        cd.equal('killed', line(c, 'night.csv'),
                 ('broken off', '-', '5', '5'))
        cd.equal('exit', c.show()['exit'], None)
        text = c.cd('show', json=False, exit_code=0).stdout
        cd.check(text.startswith('\nBROKEN OFF '), text)
        c.resume(c.show()['run'])
        cd.equal('resumed', line(c, 'night.csv'),
                 ('finished', '0', '5', '5'))


def which_file(work):
    """Who names several files is told which of them is at work."""
    with case.Case(work, 'which') as c:
        one, two = drop(c, 'one.csv'), drop(c, 'two.csv', 5)
        run = 'run', '-j', 'file', '--watch'
        said = c.cd(*run, one, two, json=False, exit_code=0).stderr
        for step in ('check', 'upload'):
            cd.equal(f'{step}: {said}', re.findall(
                rf'^{step} +file (\d of \d): ', said, re.M),
                ['1 of 2', '2 of 2'])
        # Of one alone there is nothing to count.
        said = c.cd(*run, drop(c, 'three.csv', 10), json=False,
                    exit_code=0).stderr
        cd.check('upload ' in said and 'file 1 of' not in said, said)
        # Runs that are named are counted alike.
        runs = [c.run(drop(c, f'{n}.csv', n), '--until',
                      'packed').json['runs'][0]['run'] for n in (20, 30)]
        said = c.cd('resume', '--watch', *runs, json=False).stderr
        cd.check('file 2 of 2: ' in said, said)


def no_such_job(work):
    """A job is known by the configuration, or by its runs once it is gone."""
    with case.Case(work, 'gone') as c:
        said = c.cd('runs', '-j', 'nigthly', json=False, exit_code=78)
        cd.check('no job "nigthly"' in said.stderr, said.stderr)
        c.cd('runs', '-j', 'file', exit_code=0)
        c.run(drop(c, 'a.csv'))
        cd.write(c.config, cd.read(c.config).replace('  file:', '  other:'))
        runs = c.cd('runs', '-j', 'file', exit_code=0).json['runs']
        cd.equal('runs', len(runs), 1)
        c.cd('runs', '-j', 'other', exit_code=0)


case.main(ended, waits, late, at_work, which_file, no_such_job)
