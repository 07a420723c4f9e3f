#!/usr/bin/env python3
"""What run, status, runs and show say to a person: trying, stopping, several
files, being asked."""

import os
import pty
import re
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

CODES = ['M746209500', 'M746209501', 'M746209502']


def rows(*codes):
    return HEADER + ''.join(f'{code},1,2026-01-05\n' for code in codes)


def sandbox(room, *args):
    room.write('codes.txt', '\n'.join(CODES) + '\n')
    return cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                      ['--queued', '10ms', '--running', '10ms', *args])


def applied(box):
    return [code for code, (redeemed, _) in box.bank(600).items()
            if redeemed == '1']


def trying(room):
    """A dry run says what would be, and leaves nothing anywhere."""
    room.write('a.csv', rows(*CODES) + 'X,1,2026-02-31\n')
    with sandbox(room) as box:
        config = ['--config', box.config]
        ended = room.run('run', '-j', 'demo', '-n', '--max-reject', '1',
                         'a.csv', *config, exit_code=0)
        cd.check('4 read = 3 to send + 0 repeated + 1 set aside' in
                 ended.out and 'nothing was uploaded' in ended.out and
                 'resume' not in ended.out, f'{ended}')
        value = room.json('run', 'run', '-j', 'demo', '-n', '--max-reject',
                          '1', 'a.csv', *config, exit_code=0)
        cd.equal('next', value['runs'][0]['next'], [])
        cd.equal('quiet', room.run('run', '-q', '-j', 'demo', '-n',
                                   '--max-reject', '1', 'a.csv', *config,
                                   exit_code=0).out, '')
        cd.equal('runs', room.json('runs', 'runs', *config,
                                   exit_code=0)['runs'], [])
        cd.equal('tasks', box.tasks(), [])
        cd.equal('applied', applied(box), [])
        cd.equal('staged', os.listdir(room.path('sandbox/state/stage')), [])
        room.run('run', '-j', 'demo', '-n', 'a.csv', *config, exit_code=65)
        room.run('run', '-j', 'demo', '-n', 'missing', *config, exit_code=66)
        cd.equal('left', os.listdir(room.path('tmp')), [])
        room.run('run', '-j', 'demo', '-n', 'a.csv', *config, exit_code=73,
                 TMPDIR=room.path('nowhere'))


def stopping(room):
    """--until leaves a run that waits, and everything says so."""
    room.write('a.csv', rows(*CODES))
    with sandbox(room) as box:
        config = ['--config', box.config]
        for step in ('validated', 'packed', 'staged'):
            ended = room.run('run', '-j', 'demo', '-w', '--until', step,
                             '--again', 'a.csv', *config, exit_code=0)
            cd.check('NOT FINISHED' in ended.out, f'{ended}')
            found = re.search(r'coupondrop resume (\w+)', ended.out)
            cd.check(found, f'no way on: {ended}')
            ended = room.run('status', *config, exit_code=3)
            cd.check('WAITING  ' in ended.out and 'as asked' in ended.out and
                     found.group(1) in ended.out, f'{ended}')
            ended = room.run('show', *config, exit_code=0)
            cd.check('NOT FINISHED' in ended.out, f'{ended}')
            cd.equal('applied', applied(box), [])
            room.run('resume', found.group(1), '--give-up', *config)
        ended = room.run('run', '-j', 'demo', '--until', 'staged', '--again',
                         'a.csv', *config, exit_code=0)
        cd.equal('what cron would mail', ended.out + ended.err, '')
        ended = room.run('resume', 'last', '-w', *config, exit_code=0)
        cd.check('3 read = 3 sent' in ended.out, f'{ended}')
        cd.equal('applied', sorted(applied(box)), CODES)


def several(room):
    """Of several runs each tells why it ended as it did."""
    room.write('a.csv', rows(CODES[0]))
    room.write('bad.csv', rows('A B'))
    room.write('worse.csv', 'Nummer\nA\n')
    with sandbox(room) as box:
        config = ['--config', box.config]
        ended = room.run('run', '-j', 'demo', 'bad.csv', 'a.csv',
                         'missing.csv', 'worse.csv', *config, exit_code=66)
        for text in ('bad.csv: 1 broken row', 'worse.csv cannot be used',
                     'nothing was sent'):
            cd.check(text in ended.out, f'"{text}" is not in {ended}')
        cd.check('missing.csv' in ended.err, f'{ended}')
        cd.equal('applied', applied(box), CODES[:1])
        value = room.json('runs', 'runs', *config, exit_code=0)
        cd.equal('exits', {r['file']: r['exit'] for r in value['runs']},
                 {'bad.csv': 65, 'a.csv': 0, 'worse.csv': 65})
        ended = room.run('runs', '--limit', '1', *config, exit_code=0)
        # A head, the run, and whose clocks its time is of.
        cd.equal('lines', len(ended.out.splitlines()), 3)
        ended = room.run('show', 'last:nosuch', *config, exit_code=66)


def first_of_equals(room):
    """Two files broken alike: run and validate both name the first."""
    room.write('one.csv', rows('A B'))
    room.write('two.csv', rows('C D'))
    with sandbox(room) as box:
        config = ['--config', box.config]
        ended = room.json('run', 'run', '-j', 'demo', 'one.csv', 'two.csv',
                          *config, exit_code=65)
        cd.check(ended['error']['message'].startswith('one.csv'),
                 f'{ended["error"]}')
        ended = room.json('validate', 'validate', 'one.csv', 'gone1.csv',
                          'gone2.csv', exit_code=66)
        cd.check('gone1.csv' in ended['error']['message'],
                 f'{ended["error"]}')
        cd.equal('applied', applied(box), [])


def answered(room, answer, *args):
    """Run on a terminal, type the answer to each of its questions."""
    leader, follower = pty.openpty()
    shown = b''
    try:
        with subprocess.Popen(
                [cd.PROGRAM, *args], stdin=follower, stdout=subprocess.PIPE,
                stderr=follower, env=room.env(), cwd=room.work,
                start_new_session=True) as p:
            os.close(follower)
            asked = 0
            while True:
                ready, _, _ = select.select([leader], [], [], 60)
                cd.check(ready, f'nothing more is shown after {shown}')
                try:
                    data = os.read(leader, 65536)
                except OSError:     # the other end is closed
                    break
                shown += data
                while asked < shown.count(b'[y/N]'):
                    asked += 1
                    os.write(leader, answer)
            out = p.stdout.read()
            p.wait(60)
    finally:
        os.close(leader)
    return cli.Ended(args, p.returncode, out, shown)


def asked(room):
    """By hand it asks once, and takes only yes for yes."""
    room.write('a.csv', rows(CODES[0]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        for answer in (b'n\n', b'\n', b'maybe\n', b'\x04'):
            ended = answered(room, answer, 'run', '-j', 'demo', 'a.csv',
                             *config)
            cd.equal(f'questions in {ended}', ended.err.count('[y/N]'), 1)
            cd.check(ended.exit != 0, f'{ended}')
            for text in ('600', 'a.csv', '1 row'):
                cd.check(text in ended.err, f'"{text}" is not in {ended}')
            cd.equal('tasks', box.tasks(), [])
            cd.equal('applied', applied(box), [])
            room.run('resume', 'last', '--give-up', *config)
        # Trying sends nothing, so there is nothing to ask.
        ended = answered(room, b'', 'run', '-j', 'demo', '-n', '--again',
                         'a.csv', *config)
        cd.check('[y/N]' not in ended.err and ended.exit == 0 and
                 'OK  only tried  demo  a.csv' in ended.out, f'{ended}')
        ended = answered(room, b'y\n', 'run', '-j', 'demo', '--again',
                         'a.csv', *config)
        cd.equal(f'exit of {ended}', ended.exit, 0)
        cd.equal('applied', applied(box), CODES[:1])
        ended = answered(room, b'', 'run', '-j', 'demo', '--again', '--yes',
                         'a.csv', *config)
        cd.equal(f'exit of {ended}', ended.exit, 0)
        cd.check('[y/N]' not in ended.err, f'{ended}')


def asked_for_all(room):
    """Several files are all checked before one question about all of them."""
    room.write('a.csv', rows(CODES[0]))
    room.write('b.csv', rows(CODES[1], 'A B'))
    room.write('c.csv', rows(*CODES[:3]))
    args = ['run', '-j', 'demo', 'a.csv', 'b.csv', 'c.csv']
    with sandbox(room) as box:
        config = ['--config', box.config]
        ended = answered(room, b'n\n', *args, *config)
        cd.equal(f'questions in {ended}', ended.err.count('[y/N]'), 1)
        question = ended.err.split('[y/N]')[0]
        # The codes of b.csv are sent by nobody, so c.csv sends two.
        for line in (r'FILE +TO SEND +REPEATED +SET ASIDE', r'a\.csv +1 +0 +0',
                     r'c\.csv +2 +1 +0', r'3 coupons of 2 files: to bank 600 '
                     r'"Autumn" at \S+, by way of http'):
            cd.check(re.search(line, question), f'no "{line}": {ended}')
        cd.check('b.csv' not in question.split('FILE')[1], f'{ended}')
        cd.check(ended.exit == 65 and 'said no' in ended.out, f'{ended}')
        cd.equal('applied', applied(box), [])
        room.run('resume', *config, exit_code=5)
        cd.equal('tasks', box.tasks(), [])
        for run in room.json('runs', 'runs', *config,
                             exit_code=0)['runs']:
            if run['stands'] == 'waiting':
                room.run('resume', run['run'], '--give-up', *config)
        ended = answered(room, b'y\n', *args, *config)
        cd.equal(f'questions in {ended}', ended.err.count('[y/N]'), 1)
        cd.equal(f'exit of {ended}', ended.exit, 65)
        cd.equal('tasks', len(box.tasks()), 2)
        cd.equal('applied', sorted(applied(box)), sorted(CODES[:3]))


def asked_elsewhere(room):
    """The same coupons wait in another run: a person may go on with it."""
    room.write('a.csv', rows(CODES[0]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        args = ['run', '-j', 'demo', 'a.csv', *config]
        first = room.json('run', *args, '--until', 'packed',
                          exit_code=0)['runs'][0]['run']
        ended = answered(room, b'n\n', *args)
        cd.equal(f'exit of {ended}', ended.exit, 4)
        cd.check('NOT SENT' in ended.out and first[:6] in ended.err,
                 f'{ended}')
        ended = answered(room, b'y\n', *args, '--yes')
        cd.equal(f'exit of {ended}', ended.exit, 4)
        cd.check('[y/N]' not in ended.err, f'{ended}')
        cd.equal('applied', applied(box), [])
        ended = answered(room, b'y\n', *args)
        cd.equal(f'exit of {ended}', ended.exit, 0)
        cd.equal(f'questions in {ended}', ended.err.count('[y/N]'), 2)
        cd.check(f'OK  run {first[:6]}' in ended.out, f'{ended}')
        cd.equal('applied', applied(box), CODES[:1])


def interrupted(room):
    """A signal while a task runs: the run is kept, and can go on."""
    room.write('a.csv', rows(*CODES))
    with sandbox(room, '--queued', '1500ms') as box:
        config = ['--config', box.config]
        ended = room.interrupt(
            'run', '-j', 'demo', '--json', *config, 'a.csv', stdin=b'',
            ready=lambda: box.tasks() != [], number=signal.SIGINT)
        value = cli.read_json(ended, 'run', 128 + signal.SIGINT)
        cd.equal('word', value['error']['word'], 'stopped')
        run = value['runs'][0]
        cd.equal('next', run['next'], [['coupondrop', 'resume', run['run'],
                                       *config]])
        value = room.json('run', 'resume', run['run'], *config, exit_code=0)
        cd.equal('outcome', value['runs'][0]['outcome'], 'ok')
        cd.equal('tasks', len(box.tasks()), 1)


def unusable(room):
    """A setting that can never be used makes no run that never goes on."""
    room.write('a.csv', rows(CODES[0]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        for flag, value in (('--timezone', 'Mars/Base'),
                            ('--date-format', '%q'), ('--encoding', 'rot13'),
                            ('--code-pattern', '('), ('--code-min', '41'),
                            ('--delimiter', 'abc'), ('--sample', 'many'),
                            ('--redeem-date', '2026-02-30')):
            for command in ('run', 'validate'):
                told = room.json('error', command, '-j', 'demo', flag, value,
                                 'a.csv', *config, exit_code=64)
                name = flag[2:].replace('-', '_')
                cd.check(name in told['error']['message'], f'{told}')
        cd.equal('runs', room.json('runs', 'runs', *config,
                                   exit_code=0)['runs'], [])
        text = cd.read(box.config)
        room.write('own.yaml', text + '    timezone: Mars/Base\n')
        own = ['--config', room.path('own.yaml')]
        room.run('run', '-j', 'demo', 'a.csv', *own, exit_code=78)
        room.run('run', '-j', 'demo', '--sample', '9', 'a.csv', *own,
                 exit_code=78)
        room.run('run', '-j', 'demo', '--timezone', 'UTC', 'a.csv', *own,
                 exit_code=0)


def leftover(room):
    """What is left of last night does not hide what came of tonight."""
    room.write('a.csv', rows(CODES[0]))
    room.write('b.csv', rows(CODES[1]))
    with sandbox(room) as box:
        config = ['--config', box.config]
        text = cd.read(box.config)
        room.write('down.yaml', text.replace(
            f'url: {box.api}', f'url: {cli.PROVIDER_DOWN}'))
        down = ['--config', room.path('down.yaml'), '--retries', '0']
        room.run('run', '-j', 'demo', 'a.csv', *down, exit_code=69)
        value = room.json('run', 'run', '-j', 'demo', 'nofile.csv', *down,
                          exit_code=69)
        cd.equal('runs', [r['file'] for r in value['runs']], ['a.csv'])
        cd.equal('not started', [(f['file'], f['error']['exit'])
                                 for f in value['not_started']],
                 [('nofile.csv', 66)])
        ended = room.run('run', '-j', 'demo', 'nofile.csv', *down,
                         exit_code=69)
        cd.check('because:' in ended.out and 'nofile.csv' in ended.err,
                 f'{ended}')
        ended = room.run('show', *config, exit_code=0)
        cd.check('because:' in ended.out and 'refused' in ended.out,
                 f'{ended}')
        value = room.json('run', 'run', '-j', 'demo', 'b.csv', *config,
                          exit_code=0)
        cd.equal('files', [r['file'] for r in value['runs']],
                 ['a.csv', 'b.csv'])


def called_off(room):
    """What never went anywhere is not told as sent."""
    room.write('a.csv', rows(*CODES))
    with sandbox(room) as box:
        config = ['--config', box.config]
        ended = room.run('run', '-j', 'demo', '--bank', '999', 'a.csv',
                         *config, exit_code=10)
        cd.check('3 read: nothing was sent' in ended.out, f'{ended}')
        room.run('run', '-j', 'demo', 'a.csv', *config, exit_code=0)
        room.write('copy.csv', rows(*CODES))
        ended = room.run('run', '-j', 'demo', 'copy.csv', *config,
                         exit_code=6)
        cd.check('3 read: nothing was sent' in ended.out, f'{ended}')
        room.write('c.csv', rows(CODES[0]).replace('01-05', '02-05'))
        room.run('run', '-j', 'demo', '--until', 'validated', 'c.csv',
                 *config, exit_code=0)
        ended = room.run('resume', 'last', '--give-up', *config, exit_code=5)
        cd.check('called off before anything was sent' in ended.err,
                 f'{ended}')


def one_folder(room):
    """The sandbox and its configuration in one folder: each key once."""
    room.write('a.csv', rows(*CODES))
    box = sandbox(room)
    at = box.args.index('--write-config')
    del box.args[at:at + 2]
    with box:
        state = room.path('sandbox/state')
        cd.equal('keys', sorted(name for name in os.listdir(state)
                                if name.endswith(('.key', '.secret'))),
                 ['sandbox.key', 'sandbox.secret'])
        room.run('run', '-j', 'demo', 'a.csv', '--config',
                 os.path.join(state, 'coupondrop.yaml'), exit_code=0)


def without(room, closed, *args):
    """Run with descriptors closed, as a shell's <&- does it."""
    p = subprocess.run(
        ['/bin/sh', '-c', f'exec "$@" {closed}', 'sh', cd.PROGRAM, *args],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
        env=room.env(), cwd=room.work)
    return cli.Ended(args, p.returncode, p.stdout, p.stderr)


def closed(room):
    """A descriptor that the caller closed does not become one of ours: input
    fails as input, a result that nobody gets is not called printed."""
    room.write('a.csv', rows(*CODES))
    with sandbox(room) as box:
        config = ['--config', box.config]
        for args in (['validate', '-'], ['run', '-j', 'demo', '-', *config]):
            ended = without(room, '<&-', *args)
            cd.check(ended.exit == 66 and
                     'standard input: it is not open' in ended.err, ended)
        ended = without(room, '<&- >&- 2>&-', 'run', '-j', 'demo', 'a.csv',
                        '--json', *config)
        cd.equal(f'{ended}', ended.exit, 74)
        cd.equal('applied', applied(box), CODES)
        ended = without(room, '2>&-', 'run', '-j', 'demo', 'a.csv', *config)
        cd.equal(f'{ended}', ended.exit, 5)
        found = room.json('runs', 'runs', *config, exit_code=0)['runs']
        cd.equal('runs', [r['exit'] for r in found], [0])


cli.main(trying, stopping, several, first_of_equals, asked, asked_for_all,
         asked_elsewhere,
         interrupted, unusable, leftover, called_off, one_folder, closed)
