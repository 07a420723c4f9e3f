#!/usr/bin/env python3
"""Files of one call are judged together: by validate, by run, and by what goes
on after a run was killed."""

import os
import re
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

CODES = ['M746209500', 'M746209501', 'M746209502']


def row(code, day='05'):
    return f'{code},1,2026-01-{day}\n'


def sandbox(room, more=()):
    room.write('codes.txt', '\n'.join([*CODES, *more]) + '\n')
    return cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                      ['--queued', '10ms', '--running', '10ms'])


def applied(box):
    return {code: day for code, (redeemed, day) in box.bank(600).items()
            if redeemed == '1'}


def numbers(value):
    return {r['file']: (r['exit'], r['rows']['sent'], r['rows']['repeated'],
                        r['rows']['rejected']) for r in value['runs']}


def checked(room):
    """validate names the other file, in words and in every report."""
    room.write('a.csv', HEADER + row(CODES[0]) + row(CODES[1]))
    room.write('b.csv', HEADER + row(CODES[0], '06') + row(CODES[1]))
    room.run('validate', 'a.csv', exit_code=0)
    ended = room.run('validate', 'a.csv', 'b.csv', '--report', 'r.csv',
                     '--report', 'r.html', exit_code=65)
    for text in ('2026-01-06 in line 2 of b.csv', 'in line 2 of a.csv'):
        cd.check(text in cd.unfold(ended.out),
                 f'"{text}" is not in {ended}')
    cd.check('"a.csv"' in cd.read(room.path('r.csv')).splitlines()[2],
             'the table does not name the other file')
    cd.check('2:1 of a.csv' in cd.read(room.path('r.html')),
             'the page does not name the other file')
    found = room.json('validate', 'validate', 'a.csv', 'b.csv', exit_code=65)
    cd.equal('counts', [(f['valid'], f['invalid'], f['duplicates'])
                        for f in found['files']], [(1, 1, 0), (0, 1, 1)])
    first = found['files'][1]['findings'][0]['first']
    cd.equal('first', (first['line'], first['file']), (2, 'a.csv'))


def sent(room):
    """What contradicts a file of the same call is not sent; what agrees with
    it is sent once."""
    room.write('a.csv', HEADER + row(CODES[0]))
    room.write('b.csv', HEADER + row(CODES[0], '06'))
    with sandbox(room) as box:
        config = ['-j', 'demo', '--config', box.config]
        value = room.json('run', 'run', 'a.csv', 'b.csv', *config,
                          exit_code=65)
        cd.equal('conflict', numbers(value), {'a.csv': (65, 0, 0, 1),
                                              'b.csv': (65, 0, 0, 1)})
        cd.equal('applied', applied(box), {})
        room.write('c.csv', HEADER + row(CODES[0]) + row(CODES[1]))
        value = room.json('run', 'run', 'a.csv', 'c.csv', *config,
                          exit_code=0)
        cd.equal('agreeing', numbers(value), {'a.csv': (0, 1, 0, 0),
                                              'c.csv': (0, 1, 1, 0)})
        # What has gone through before is of another call.
        room.write('d.csv', HEADER + row(CODES[2]) + row(CODES[1]))
        value = room.json('run', 'run', 'c.csv', 'd.csv', *config,
                          exit_code=5)
        cd.equal('before', numbers(value), {'d.csv': (0, 2, 0, 0)})


def turned_down(room):
    """A file that was turned down has sent nothing: what repeats it goes."""
    room.write('a.csv', HEADER + row(CODES[0]) + row('B AD'))
    with sandbox(room) as box:
        config = ['-j', 'demo', '--config', box.config]
        room.write('b.csv', HEADER + row(CODES[0]))
        value = room.json('run', 'run', 'a.csv', 'b.csv', *config,
                          exit_code=65)
        cd.equal('turned down', numbers(value), {'a.csv': (65, 0, 0, 1),
                                                 'b.csv': (0, 1, 0, 0)})
        cd.equal('applied', sorted(applied(box)), CODES[:1])
        ended = room.run('run', 'a.csv', '-', *config, exit_code=64)
        cd.check('save standard input' in ended.err, f'{ended}')


def resumed(room):
    """A run that goes on later knows the files it was called with."""
    room.write('a.csv', HEADER + row(CODES[0]))
    room.write('b.csv', HEADER + row(CODES[0], '06') + row(CODES[1]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        more = ['--max-reject', '1']
        room.run('run', '-j', 'demo', '--until', 'validated', *more, 'b.csv',
                 'a.csv', *config)
        value = room.json('runs', 'runs', *config, exit_code=0)
        for run in value['runs']:
            room.run('resume', run['run'], *config)
        cd.equal('applied', applied(box), {CODES[1]: '2026-01-05'})


def moved_away(room):
    """Files that a job moves away once they are done, and one that is removed
    before the last run goes on, have been read by then."""
    room.write('a.csv', HEADER + row(CODES[0]))
    room.write('b.csv', HEADER + row(CODES[0]) + row(CODES[1]))
    room.write('c.csv', HEADER + row(CODES[1], '06') + row(CODES[0]) +
               row(CODES[2]))
    with sandbox(room) as box:
        with open(box.config, encoding='utf-8') as f:
            text = f.read()
        room.write('moved.yaml', re.sub(
            '(?m)^( +)bank: .*$', '\\g<0>\n\\1after_done: delete', text))
        config = ['--config', room.path('moved.yaml')]
        value = room.json('run', 'run', '-j', 'demo', 'a.csv', 'b.csv',
                          'c.csv', '--max-reject', '1', *config, exit_code=3)
        cd.equal('rows', numbers(value), {
            'a.csv': (0, 1, 0, 0), 'b.csv': (3, 0, 1, 1),
            'c.csv': (3, 1, 1, 1)})
        cd.equal('applied', applied(box), {
            CODES[0]: '2026-01-05', CODES[2]: '2026-01-05'})


def gone_before_resume(room):
    """Their rows are kept for a run that goes on later."""
    room.write('a.csv', HEADER + row(CODES[0]))
    room.write('b.csv', HEADER + row(CODES[0]) + row(CODES[1]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        room.run('run', '-j', 'demo', '--until', 'validated', 'a.csv',
                 'b.csv', *config)
        os.unlink(room.path('a.csv'))
        value = room.json('runs', 'runs', *config, exit_code=0)
        run = next(r['run'] for r in value['runs'] if r['file'] == 'b.csv')
        value = room.json('run', 'resume', run, *config, exit_code=0)
        cd.equal('rows', numbers(value), {'b.csv': (0, 1, 1, 0)})
        cd.equal('applied', applied(box), {CODES[1]: '2026-01-05'})
        kept = [name for _, _, names in os.walk(room.work) for name in names
                if name == 'beside.rows']
        cd.equal('rows of others, kept no longer than needed', len(kept), 1)


def folder_away(room):
    """A night without a file is fine; one whose folder is away is not."""
    os.makedirs(room.path('shops/graz'))
    os.symlink('loop', room.path('loop'))
    for source, code, said in (
            ('shops/graz/*.csv', 5, 'no file matches'),
            ('shops/*/in/*.csv', 5, 'no file matches'),
            ('tills/*.csv', 66, 'tills of source: No such file'),
            ('tills/in/x.csv', 66, 'tills/in of source: No such file'),
            ('loop/*.csv', 66, 'cannot be read: Too many levels')):
        room.configure({
            'providers': {'p': {'type': 'mapp', 'url': 'http://127.0.0.1:1/',
                                'api_key_env': 'K', 'shared_secret_env': 'K'}},
            'jobs': {'night': {'source': room.path(source), 'provider': 'p',
                               'bank': 600}}})
        ended = room.run('run', '-j', 'night', '--config', room.config, K='k',
                         exit_code=code)
        cd.check(said in ended.err, f'{source}: {ended}')


def too_many(room):
    """With no descriptor left for a file nothing is sent uncompared."""
    names = [f'{n}.csv' for n in range(60)]
    for name in names:
        room.write(name, HEADER + row('M' + name[:-4].zfill(9)))
    room.write(names[0], HEADER + row(CODES[0]))
    room.write(names[-1], HEADER + row(CODES[0], '06'))
    with sandbox(room) as box:
        p = subprocess.run(
            [cd.PROGRAM, 'run', '-j', 'demo', '--config', box.config, *names],
            cwd=room.work, env=room.env(), timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (40, 40)))
        cd.equal('applied', applied(box), {})
        cd.check(b'Too many open files' in p.stderr, p.stderr)
        cd.equal('exit', p.returncode, 74)


def read_by(room, *args, exit_code=None):
    """How many bytes the program reads."""
    with subprocess.Popen([cd.PROGRAM, *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=room.env(),
                          cwd=room.work) as p:
        os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
        text = cd.read(f'/proc/{p.pid}/io')
        cd.equal(f'exit of {args}', p.wait(), exit_code)
    return int(re.search('rchar: ([0-9]+)', text).group(1))


def read_once(room):
    """Each file is read a few times, however many are given, now or when the
    runs go on later."""
    rows, many, most = 5000, 12, 6
    names = [f'{n}.csv' for n in range(many)]
    codes = [[f'M{n:03}{i:05}' for i in range(rows)] for n in range(many)]
    for name, own in zip(names, codes):
        room.write(name, HEADER + row(CODES[0]) + ''.join(map(row, own)))
    size = os.path.getsize(room.path(names[0]))
    with sandbox(room, sum(codes, [])) as box:
        config = ['--config', box.config]
        until = ['run', '-j', 'demo', '--until', 'validated', *config]
        room.write('small.csv', HEADER + row(CODES[1]))
        small = read_by(room, *until, 'small.csv', exit_code=0)
        got = read_by(room, *until, *names, exit_code=0)
        cd.check(got < small + many * most * size,
                 f'{got / size:.1f} files read for {many}')
        for run in room.json('runs', 'runs', *config, exit_code=0)['runs']:
            if run['file'] == 'small.csv':
                continue
            got = read_by(room, 'resume', run['run'], *config, exit_code=0)
            cd.check(got < small + most * size,
                     f'{got / size:.1f} files read for one')


cli.main(checked, sent, turned_down, resumed, moved_away, folder_away,
         gone_before_resume, too_many, read_once)
