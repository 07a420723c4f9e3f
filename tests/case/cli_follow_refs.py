#!/usr/bin/env python3
"""What follow is given: tasks and runs mixed, from standard input too."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from following import configure, run, sandbox  # noqa: E402
from terminal import Terminal  # noqa: E402


def standard_input(room):
    """One a line, beside arguments; comments and blank lines are nothing."""
    with sandbox(room) as box:
        config = configure(room, box)
        task = run(room, config, '2026-01-05')['parts'][0]['task']['ref']
        text = f'# last night\n\n  {task}\r\n\t\ngood:7000002'.encode()
        value = room.json('follow', 'follow', 'good:7000001', '-', *config,
                          exit_code=7, stdin=text)
        cd.equal('tasks', [(t['ref'], t['state']) for t in value['tasks']],
                 [('good:7000001', 'lost'), (task, 'done'),
                  ('good:7000002', 'lost')])
        for text, said, code in (
                (b'# none\n\n', 'names no task and no run', 5),
                (b'mapp\0:1\n', 'line 1 of standard input', 66),
                (b'nobody:1\n', 'no provider "nobody"', 66)):
            ended = room.run('follow', '-', *config, stdin=text,
                             exit_code=code)
            cd.check(said in ended.err, f'"{said}" is not in {ended}')
        ended = room.run('follow', '-', '-', *config, exit_code=64)
        cd.check('once only' in ended.err, f'{ended}')


def mixed(room):
    """Runs beside tasks: one answer about all, with the worst exit code."""
    with sandbox(room) as box:
        config = configure(room, box)
        first = run(room, config, '2026-01-05')
        done = run(room, config, '2026-01-06')
        task = first['parts'][0]['task']['ref']
        value = room.json('follow', 'follow', task, done['run'], *config,
                          exit_code=12)
        cd.equal('runs', [(r['run'], r['exit']) for r in value['runs']],
                 [(done['run'], 0)])
        cd.equal('tasks', [(t['ref'], t['state'], t['outcome'])
                           for t in value['tasks']],
                 [(done['parts'][0]['task']['ref'], 'done', 'ok'),
                  (task, 'done', 'unconfirmed')])
        cd.equal('error', value['error']['word'], 'unconfirmed')
        # The run's own trouble is not hidden by tasks that ended well.
        held = run(room, config, '2026-01-07', '-j', 'night', '--until',
                   'staged')['run']
        value = room.json('follow', 'follow', held, 'good:7000001', *config,
                          exit_code=7)
        cd.equal('runs', [r['state'] for r in value['runs']], ['held'])
        # Nobody is asked, and no run goes on, if one of them is nothing.
        for wrong in ('nosuchrun', 'nobody:1'):
            room.json('error', 'follow', held, wrong, *config, exit_code=66)


def once(room):
    """One question: what runs is no failure, and goes on over there."""
    with sandbox(room, '--queued', '1h') as box:
        config = configure(room, box, job={'deadline': '1ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        task = late['parts'][0]['task']['ref']
        for ref, said in ((late['run'], '1 of 1 task still runs'),
                          (task, f'task {task} still runs')):
            ended = room.run('follow', '--once', ref, *config, exit_code=4)
            cd.check(said in ended.err and 'deadline' not in
                     ended.err.split('\n')[0], f'{said}: {ended}')
        value = room.json('follow', 'follow', '--once', task, 'good:7000001',
                          *config, exit_code=4)
        cd.equal('tasks', [(t['ref'], t['state'], t['outcome'])
                           for t in value['tasks']],
                 [(task, 'queued', 'na'), ('good:7000001', 'unknown', 'na')])
    # Nobody knows whether it runs at a platform that does not answer.
    for ref in (late['run'], task):
        ended = room.run('follow', '--once', ref, *config, exit_code=69)
        cd.check('no connection' in ended.err and 'still runs' not in
                 ended.err + ended.out, f'{ended}')


def until(room):
    """No further than a state; what is past it is there, too."""
    with sandbox(room, '--queued', '1h') as box:
        config = configure(room, box, job={'deadline': '1ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        task = late['parts'][0]['task']['ref']
        for ref in (task, late['run']):
            value = room.json('follow', 'follow', ref, '--until', 'queued',
                              *config, exit_code=0)
            cd.equal(f'{ref}', [(t['ref'], t['state'], t['outcome'])
                                for t in value['tasks']],
                     [(task, 'queued', 'na')])
            room.json('follow', 'follow', ref, '--until', 'running',
                      '--deadline', '1ms', *config, exit_code=4)
        # One that is past it is told as it ended.
        value = room.json('follow', 'follow', 'good:7000001', '--until',
                          'queued', *config, exit_code=7)
        cd.equal('state', value['tasks'][0]['state'], 'lost')
        for word in ('unknown', 'finished', ''):
            room.json('error', 'follow', task, '--until', word, *config,
                      exit_code=64)


def until_running(room):
    """Waited for: the task is queued at first."""
    with sandbox(room, '--running', '1h') as box:
        config = configure(room, box, job={'deadline': '1ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        task = late['parts'][0]['task']['ref']
        value = room.json('follow', 'follow', task, '--until', 'running',
                          *config, exit_code=0)
        cd.equal('state', value['tasks'][0]['state'], 'running')


def events_of(ended, exit_code):
    """The changes; the answer behind them is as without --events."""
    *changes, last = ended.stdout.splitlines(keepends=True)
    value = cli.read_json(cli.Ended(ended.args, ended.exit, last, b''),
                          'follow', exit_code)
    changes = [json.loads(line) for line in changes]
    for c in changes:
        cd.equal('schema', c['schema'], 'coupondrop.change/1')
        cd.check(c['time'].endswith('Z'), f'{c}')
    return changes, value


def events(room):
    """Each change is a line of JSON, or one for a person on stderr."""
    with sandbox(room, '--queued', '1h') as box:
        config = configure(room, box, job={'deadline': '1ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        task = late['parts'][0]['task']['ref']
        refs = [task, 'good:7000001']
        ended = room.run('follow', *refs, '--events', '--until', 'queued',
                         *config, exit_code=7)
        changes, value = events_of(ended, 7)
        cd.equal('changes', [(c['run'], c['ref'], c['state'], c['word'],
                              (c['error'] or {}).get('word'))
                             for c in changes],
                 [(None, task, 'queued', 'PENDING', None),
                  (None, refs[1], 'lost', None, 'task-lost')])
        cd.equal('stderr', ended.err, '')
        same = ('ref', 'state', 'word', 'outcome', 'total', 'updated',
                'failed', 'error_file', 'text', 'error')
        cd.equal('as in the answer', [{k: c[k] for k in same}
                                      for c in changes], value['tasks'])
        # A run's tasks, too; trouble that ends the waiting is a change.
        ended = room.run('follow', late['run'], task, '--events', '--once',
                         *config, exit_code=4)
        told = [(c['run'], c['ref'], c['state'], (c['error'] or {})
                 .get('word')) for c in events_of(ended, 4)[0]]
        cd.equal('first', told[0], (late['run'], task, 'queued', None))
        cd.equal('last', told[-2:], [(None, task, 'queued', None),
                                     (None, task, 'queued', 'deadline')])
        ended = room.run('follow', *refs, '--until', 'queued', *config,
                         exit_code=7)
        for line in (f'Z {task} is queued: PENDING\n',
                     'Z good:7000001 is lost; the platform does not know '
                     'task good:7000001\n'):
            cd.equal(f'"{line}" in {ended}', ended.err.count(line), 1)
        ended = room.run('follow', *refs, '--until', 'queued', '-q',
                         *config, exit_code=7)
        cd.check(f'{task} is' not in ended.err and 'is lost' not in
                 ended.err, f'{ended}')
        # A mistake is told as JSON; no task is followed for a lost reader.
        cli.read_json(room.run('follow', 'nobody:1', '--events', *config),
                      'error', 66)
        with open('/dev/full', 'wb') as full:
            for ref in (task, late['run']):
                ended = room.run('follow', ref, '--events', *config,
                                 exit_code=74, stdout=full)


def terminal(room):
    """A table in place, the worst first, as wide as the terminal is now."""
    back, fresh = '\x1b[2A\x1b[J', '\x1b[H\x1b[2J'
    with sandbox(room, '--queued', '1h') as box:
        config = configure(room, box, job={'deadline': '1ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        task = late['parts'][0]['task']['ref']
        with Terminal(['follow', task, 'good:7000001', '--until', 'running',
                       *config], room.path('home'), TERM='vt100') as t:
            t.wait_for('the platform does not know task')
            table = t.wait_for('PENDING\n').split(back)[-1].splitlines()
            cd.equal('worst first', [line.split()[:2] for line in table],
                     [['good:7000001', 'lost'], [task, 'queued']])
            t.resize(30, 24)
            t.wait_for(fresh)
            narrow = t.wait_for(fresh + 'good:7000001             lost\n'
                                f'{task:24} queu\n').split(fresh)[1]
            cd.check(all(len(line) < 30 for line in narrow.splitlines()),
                     f'{narrow!r}')
            t.resize(80, 2)
            t.wait_for(fresh + 'and 2 more\n')
            t.type('\x03')
            cd.equal('exit', t.end(), 128 + signal.SIGINT)
            shown = t.seen.split('\r\x1b[1A\x1b[J')[-1]
            cd.check(task in shown and '\x1b' not in shown,
                     f'the answer stands alone: {t.seen!r}')


cli.main(terminal, standard_input, mixed, once, until, until_running, events)
