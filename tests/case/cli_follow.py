#!/usr/bin/env python3
"""follow and status: what became of what was sent, and who is needed.

Trouble with one platform keeps nobody from hearing of the tasks at another,
following sends nothing, and a run that waits for a person shows whatever
came after it.
"""

import http.server
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
import stubs  # noqa: E402
from cli import HEADER  # noqa: E402
from following import configure, rows, run, sandbox  # noqa: E402


def several_platforms(room):
    """A wrong key, a wrong answer, a dead server: the good one is heard."""
    room.write('wrong.key', 'x' * 20)
    with sandbox(room) as box:
        config = configure(
            room, box, nokey={'api_key_file': room.path('missing')},
            refused={'api_key_file': room.path('wrong.key')},
            odd={'url': box.url + '/sandbox/tasks'},
            dead={'url': cli.PROVIDER_DOWN})
        task = run(room, config, '2026-01-05')['parts'][0]['task']['ref']
        refs = ['nokey:1', 'refused:2', 'odd:3', 'dead:4', task, 'good:77777']
        value = room.json('follow', 'follow', *refs, *config, '--deadline',
                          '20s', exit_code=7)
        told = {t['ref']: (t['state'], t['outcome'], (t['error'] or {})
                           .get('exit')) for t in value['tasks']}
        cd.equal('refs', list(told), refs)
        cd.equal('good', told[task], ('done', 'unconfirmed', 12))
        cd.equal('unknown there', told['good:77777'], ('lost', 'na', 7))
        cd.equal('no key', told['nokey:1'], ('unknown', 'na', 78))
        cd.equal('refused', told['refused:2'], ('unknown', 'na', 77))
        cd.equal('dead', told['dead:4'], ('unknown', 'na', 69))
        cd.equal('odd', told['odd:3'][0], 'unknown')
        cd.check(told['odd:3'][2] in (69, 70, 76), f'{told}')
        refs.remove('dead:4')
        ended = room.run('follow', *refs, *config, exit_code=7)
        for text in ('because: api_key of provider nokey',
                     'because: the platform does not know task good:77777'):
            cd.check(text in ended.out, f'"{text}" is not in {ended}')
        # What can be no task is found before anybody is asked.
        for ref in ('nokey:\33[31m1', 'nokey:\r2', 'nokey:1\n2', 'nokey:1,2',
                    'nokey:1/2', 'nokey:1 2'):
            ended = room.run('follow', ref, *config, exit_code=66)
            cd.check('one number, such as 92794' in ended.err, f'{ended}')
            cd.check(not re.search('[\33\r]', ended.out + ended.err),
                     f'a terminal obeys it: {ended}')
            # What is foreign begins no line: all but the first is indented.
            cd.check(not re.search('\n(?!  )', ended.err.rstrip('\n')),
                     f'{ended}')
        # A name that nobody has is found before anybody is asked.
        room.json('error', 'follow', task, 'nobody:1', *config, exit_code=66)


def many(room):
    """More tasks than one question of the platform takes."""
    with sandbox(room) as box:
        config = configure(room, box)
        task = run(room, config, '2026-01-05')['parts'][0]['task']['ref']
        refs = [f'good:{9000000 + i}' for i in range(1200)] + [task]
        value = room.json('follow', 'follow', *refs, *config, exit_code=7)
        told = {t['ref']: t['state'] for t in value['tasks']}
        cd.equal('refs', list(told), refs)
        cd.equal('known', told.pop(task), 'done')
        cd.equal('others', set(told.values()), {'lost'})


class Exports(http.server.BaseHTTPRequestHandler):
    """A Uniware whose facility "shut" is refused; all else has ended."""

    def log_message(self, *_):
        pass

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer({'access_token': 't0ken', 'expires_in': 600})

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.answer({'successful': False, 'errors': [
            {'code': 200001, 'description': 'no such facility'}]}
            if self.headers['Facility'] == 'shut' else
            {'successful': True, 'status': 'COMPLETE', 'filePath': '/a.csv'})


def one_of_many(room):
    """Each task is told by the answer to its own question."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Exports)
    with stubs.Threaded(server) as exports:
        # One call at a time: others wait when the first is answered.
        room.configure({'providers': {'p': {
            'type': 'uniware', 'username': 'u', 'password_env': 'KEY',
            'poll_first': '20ms', 'max_parallel': 1,
            'url': f'http://127.0.0.1:{exports.port}'}}})
        refs = ['p:shut/1', 'p:open/2', 'p:open/3']
        for args in [], ['--once']:
            value = room.json('follow', 'follow', *refs, *args, '--config',
                              room.config, KEY='k', exit_code=78)
            cd.equal(f'told {args}', [(t['ref'], t['state']) for t in
                                      value['tasks']],
                     list(zip(refs, ['unknown', 'done', 'done'])))
            cd.equal('word', value['tasks'][0]['error']['word'],
                     'uniware-facility')


class Imports(http.server.BaseHTTPRequestHandler):
    """A Which50 with one answer: a file, the server's answer."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, self.headers['X-W50-Key']))
        with open(self.server.answer, 'rb') as file:
            text = file.read()
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def login_by_header(room):
    """Name and value of a header are settings; counters that contradict each
    other are no outcome, in JSON and in XML."""
    golden = os.path.join(os.path.dirname(__file__), '..', 'golden',
                          'provider', 'which50')
    room.write('w50.auth', 'Token 0815-4711')
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Imports)
    server.seen = []
    with stubs.Threaded(server) as imports:
        room.configure({'providers': {'w50': {
            'type': 'which50', 'auth_header': 'X-W50-Key',
            'auth_value_file': room.path('w50.auth'), 'poll_first': '20ms',
            'url': f'http://127.0.0.1:{imports.port}/api'}}})
        for name in 'import.json', 'import-csp.json', 'import.xml':
            server.answer = os.path.join(golden, name)
            value = room.json('follow', 'follow', 'w50:1/1', '--config',
                              room.config, exit_code=12)
            task = value['tasks'][0]
            cd.equal(name, (task['ref'], task['state'], task['outcome']),
                     ('w50:1/1', 'done', 'unconfirmed'))
    cd.equal('asked', server.seen, [('/api/contactLists/1/import/1',
                                     'Token 0815-4711')] * 3)


def deadline(room):
    """How long to wait is said anew; another process is waited for."""
    with sandbox(room, '--queued', '60s') as box:
        config = configure(room, box, job={'deadline': '100ms'})
        late = run(room, config, '2026-01-05', exit_code=4)
        for command in ('resume', 'follow'):
            ended = room.run(command, late['run'], '--deadline', '30ms',
                             '--wait-lock', '1ms', *config, exit_code=4)
            cd.check('1 of 1 task still runs at the deadline' in ended.err,
                     f'{ended}')
            room.json('error', command, late['run'], '--deadline', 'soon',
                      *config, exit_code=64)
            room.json('error', command, late['run'], '--wait-lock', 'long',
                      *config, exit_code=64)
        task = late['parts'][0]['task']['ref']
        value = room.json('follow', 'follow', task, '--deadline', '30ms',
                          *config, exit_code=4)
        cd.equal('outcome', value['tasks'][0]['outcome'], 'na')
        room.json('error', 'follow', task, '--bank', '7', *config,
                  exit_code=64)


def stopped(room):
    """The tasks are told as far as they are known."""
    with sandbox(room) as box, socket.create_server(('127.0.0.1', 0)) as mute:
        port = mute.getsockname()[1]
        config = configure(room, box,
                           mute={'url': f'http://127.0.0.1:{port}/'})
        ended = room.interrupt(
            'follow', 'mute:1', '--json', *config, stdin=b'',
            ready=lambda: select.select([mute], [], [], 0)[0])
        value = cli.read_json(ended, 'follow', 128 + signal.SIGTERM)
        cd.equal('word', value['tasks'][0]['error']['word'], 'stopped')


def a_run(room):
    """A run's tasks: once ended, while they run, and before they are sent."""
    with sandbox(room) as box:
        config = configure(room, box)
        done = run(room, config, '2026-01-05')
        value = room.json('follow', 'follow', 'last', *config, exit_code=0)
        cd.equal('run', value['runs'][0]['run'], done['run'])
        cd.equal('tasks', [(t['ref'], t['state'], t['outcome'])
                           for t in value['tasks']],
                 [(done['parts'][0]['task']['ref'], 'done', 'ok')])
        held = run(room, config, '2026-01-06', '-j', 'night', '--until',
                   'staged')
        sent = len(box.tasks())
        value = room.json('follow', 'follow', held['run'], *config,
                          exit_code=5)
        cd.equal('tasks', value['tasks'], [])
        cd.equal('sent', len(box.tasks()), sent)
        cd.equal('state', value['runs'][0]['state'], 'held')
        cd.equal('noted', room.json('show', 'show', held['run'], *config,
                                    exit_code=0)['runs'][0]['error'], None)


def killed(room, box, config, name):
    """A run whose process died while its task was running; its id."""
    before = len(box.tasks())
    with subprocess.Popen([cd.PROGRAM, 'run', '-j', 'night', name, *config],
                          stdin=subprocess.DEVNULL, env=room.env(),
                          stdout=subprocess.DEVNULL, cwd=room.work,
                          stderr=subprocess.DEVNULL) as p:
        try:
            cli.wait_until(lambda: len(box.tasks()) > before)
            value = room.json('status', 'status', *config, exit_code=0)
            cd.equal('at work', [(j['running'], j['needed'])
                                 for j in value['jobs']], [(True, False)])
        finally:
            p.kill()
    return room.json('runs', 'runs', *config, exit_code=0)['runs'][0]['run']


def broken_off(room):
    """Killed at work: status says so, follow ends it without sending."""
    room.write('a.csv', rows('2026-01-05'))
    with sandbox(room, '--queued', '1500ms') as box:
        config = configure(room, box)
        dead = killed(room, box, config, 'a.csv')
        value = room.json('status', 'status', *config, exit_code=3)
        job = value['jobs'][0]
        cd.equal('job', (job['run'], job['running'], job['open']),
                 (dead, False, [dead]))
        ended = room.run('status', *config, exit_code=3)
        cd.check('broken off' in ended.out and
                 '1 needs a person: coupondrop show' in ended.out, f'{ended}')
        value = room.json('follow', 'follow', dead, *config, exit_code=0)
        cd.equal('tasks', [t['outcome'] for t in value['tasks']], ['ok'])
        cd.equal('sent', len(box.tasks()), 1)
        room.json('status', 'status', *config, exit_code=0)


def older(room):
    """Tonight went well; what waits since last night is what is shown."""
    with sandbox(room) as box:
        config = configure(room, box)
        waits = run(room, config, '2026-01-05', '-j', 'night', '--until',
                    'staged')['run']
        good = run(room, config, '2026-01-06')['run']
        value = room.json('status', 'status', *config, exit_code=3)
        job = value['jobs'][0]
        cd.equal('job', (job['run'], job['last'], job['needed']),
                 (waits, good, True))
        room.json('run', 'resume', waits, *config, exit_code=0)
        room.json('status', 'status', *config, exit_code=0)
        # By hand, without a job: it waits for somebody all the same.
        hand = run(room, config, '2026-01-07', '--provider', 'good',
                   '--bank', '600', '--endpoint', 'files', '--until',
                   'packed')['run']
        value = room.json('status', 'status', *config, exit_code=3)
        cd.equal('jobs', [j['needed'] for j in value['jobs']], [False])
        cd.equal('others', [o['run'] for o in value['others']], [hand])
        ended = room.run('status', *config, exit_code=3)
        cd.check('(by hand)' in ended.out, f'{ended}')


def fine_exits(room):
    """What the job calls fine needs nobody."""
    with sandbox(room) as box:
        room.write('a.csv', rows('2026-01-05') + 'A B,1,2026-01-05\n')
        config = configure(room, box, job={'max_reject': 1})
        room.run('run', '-j', 'night', 'a.csv', *config, exit_code=3)
        room.json('status', 'status', *config, exit_code=3)
        configure(room, box, job={'max_reject': 1, 'ok_exits': [3]})
        room.json('status', 'status', *config, exit_code=0)


def settings_of_platforms(room):
    """Each platform has its own settings, held to what its row says; and its
    own form of a task, said before anybody is asked."""
    def config(**provider):
        room.configure({'providers': {'p': {'url': 'http://127.0.0.1:1',
                                            **provider}}})
        return '--config', room.config

    secrets = {'api_key_env': 'KEY', 'api_secret_env': 'KEY'}
    for provider, said in (
            ({'type': 'capillary', 'auth': 'magic', **secrets},
             'auth: "magic" is not one of: oauth bearer basic'),
            ({'type': 'uniware', 'username': 'u', 'password_env': 'KEY',
              'auth': 'basic'}, 'a provider of type uniware has no auth'),
            ({'type': 'uniware', 'username': 'u', 'password_env': 'KEY',
              'facility': 'F 1'},
             'facility: "F 1" cannot be the code of a facility'),
            ({'type': 'placewise', 'token_env': 'KEY',
              'product_name': 'caf\u00e9'}, 'product_name: "'),
            ({'type': 'which50', 'auth_value_env': 'KEY',
              'auth_header': 'X-Key:'},
             'auth_header: "X-Key:" cannot be the name of a header'),
            ({'type': 'which50', 'auth_value_env': 'KEY',
              'auth_header': 'host'}, 'auth_header: "host" is a header that'),
            ({'type': 'which50'}, 'auth_value')):
        ended = room.run('config', 'check', *config(**provider), KEY='k',
                         exit_code=78)
        cd.check(said in ended.err, f'{said}: {ended}')
    for provider, task, said in (
            ({'type': 'capillary', 'auth': 'basic', **secrets}, '7',
             'SERIES/JOB'),
            ({'type': 'placewise', 'token_env': 'KEY'}, 'mall',
             'CLUB/IMPORT'),
            ({'type': 'uniware', 'username': 'u', 'password_env': 'KEY'},
             'a/b/c', 'FACILITY/JOBCODE'),
            ({'type': 'which50', 'auth_value_env': 'KEY'}, '7',
             'LIST/IMPORT')):
        room.run('config', 'check', *config(**provider), KEY='k',
                 exit_code=0)
        ended = room.run('follow', f'p:{task}', *config(**provider),
                         KEY='k', exit_code=66)
        cd.check(said in ended.err, f'{said}: {ended}')
        ended = room.run('follow', 'p:7/8', '--deadline', '1s',
                         *config(**provider), KEY='k', exit_code=69)
        cd.check('no connection' in ended.out + ended.err, str(ended))


cli.main(settings_of_platforms, several_platforms, many, one_of_many,
         login_by_header, deadline, stopped, a_run, broken_off, older,
         fine_exits)
