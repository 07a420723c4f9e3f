#!/usr/bin/env python3
"""The world changes under a run: files, secrets, addresses, the platform."""

import os
import socket
import sys
import threading
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402


class Drop(case.Case):
    def __enter__(self):
        super().__enter__()
        self.rows = [(code, case.day(1 + n % 2))
                     for n, code in enumerate(self.in_bank[:case.ROWS])]
        self.file = self.drop(self.rows)
        return self

    def ended_well(self, result):
        run = result.json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok', error=None,
                    updated=len(self.rows))
        self.bank_holds(self.rows)
        cd.equal('staged files', self.staged(), [])
        cd.equal('tasks', len(self.box.tasks()), 2)
        return run

    def remove(self, name):
        urllib.request.urlopen(urllib.request.Request(
            f'{self.box.url}/stage/{name}', method='DELETE'),
            timeout=60).close()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def staged_file_gone(work):
    with Drop(work, 'gone') as c:
        c.run(c.file, '--until', 'staged')
        for name in c.staged():
            c.remove(name)
        run = c.ended_well(c.resume())
        cd.equal('attempts', [p['stage']['attempts'] for p in run['parts']],
                 [2, 2])


def staged_file_changed(work):
    """Never announced as it is: the platform would apply it."""
    for proof in ('size', 'readback'):
        with Drop(work, proof, endpoint={'proof': proof}) as c:
            c.run(c.file, '--until', 'staged')
            c.put(c.staged()[1], f'{c.in_bank[-1]}\n'.encode())
            run = c.ended_well(c.resume())
            cd.equal('attempts', [p['stage']['attempts']
                                  for p in run['parts']], [1, 2])


def gone_after_rehearsal(work):
    """The platform does not find it any more; resume finds out why."""
    with Drop(work, 'gone', [rule('code', code=654, count=3)]) as c:
        c.run(c.file, exit_code=75)
        for name in c.staged():
            c.remove(name)
        c.ended_well(c.resume())


def never_there(work):
    """The pull side shows another folder: not for ever."""
    with Drop(work, 'folder') as c:
        c.settings[1]['pull'] = c.box.url + '/elsewhere'
        c.configure()
        run = c.run(c.file, exit_code=75).json['runs'][0]
        case.expect('run', run, state='active', updated=0)
        cd.check('pick-up' in run['error']['message'],
                 f'not said where: "{run["error"]["message"]}"')
        cd.equal('calls', c.calls(), 0)
        del c.settings[1]['pull']
        c.configure()
        c.ended_well(c.resume())


def pull_unreachable(work):
    """Not to get there from here is no reason to stop."""
    with Drop(work, 'pull') as c:
        c.settings[1]['pull'] = f'http://127.0.0.1:{free_port()}/stage'
        c.configure()
        run = c.run(c.file, exit_code=75).json['runs'][0]
        cd.equal('error', case.error_word(run), 'mapp-654')
        cd.equal('rehearsed', run['parts'][0]['rehearsed'] in
                 (None, 'unreachable'), True)
        del c.settings[1]['pull']
        c.configure()
        c.ended_well(c.resume())


def wrong_secret(work):
    """Refused before anything is uploaded; mended, the run goes on."""
    with Drop(work, 'secret') as c:
        right = cd.read(c.box.api_key_file)
        cd.write(c.box.api_key_file, 'not-the-right-key')
        result = c.cd('run', '-j', 'file', c.file, exit_code=77)
        cd.equal('error', case.error_word(result.json), 'mapp-445')
        cd.check('not-the-right-key' not in result.stdout + result.stderr,
                 f'the wrong key is shown: {result}')
        cd.equal('staged files', c.staged(), [])
        cd.write(c.box.api_key_file, right)
        c.ended_well(c.resume())


def server_down(work):
    """Nobody answers: a temporary failure, whichever side it is."""
    nowhere = f'http://127.0.0.1:{free_port()}'
    for name, side in (('platform', {'url': nowhere + '/api'}),
                       ('files', {'upload': nowhere + '/stage'})):
        with Drop(work, name) as c:
            settings = c.settings[0 if 'url' in side else 1]
            settings.update(side)
            c.configure()
            run = c.run(c.file, exit_code=69).json['runs'][0]
            case.expect('run', run, state='active', updated=0)
            cd.equal('error', case.error_word(run), 'connect')
            settings.clear()
            c.configure()
            c.ended_well(c.resume())


def platform_restarts(work):
    """It goes away while a task runs; the client waits for it."""
    port = free_port()
    with Drop(work, 'restart',
              args=['--port', port, '--running', '3s']) as c:
        result = []
        client = threading.Thread(
            target=lambda: result.append(c.run(c.file)))
        client.start()
        case.until('two tasks', lambda: len(c.box.tasks()) == 2)
        asked = c.calls('utilities.getTasks')
        case.until('a question', lambda:
                   c.calls('utilities.getTasks') > asked)
        c.box.__exit__(None, None, None)
        c.box.__enter__()
        client.join()
        c.ended_well(result[0])


def two_jobs_at_once(work):
    """One lost answer, another run's task: it is not taken for ours."""
    faults = [rule('delay', ms=500), rule('reset', when='after')]
    for again in range(3):
        with case.Case(work, f'jobs-{again}', faults) as c:
            one = case.rows(c.in_bank[:case.ROWS])
            two = case.rows(c.in_bank[case.ROWS:], case.day(2))
            ended = []

            def client(rows, name):
                ended.append(c.cd('run', '--provider', 'platform', '--bank',
                                  case.BANK, '--endpoint', 'files',
                                  '--timezone', 'UTC',
                                  c.drop(rows, name), exit_code=0))

            both = [threading.Thread(target=client, args=args)
                    for args in ((one, 'one.csv'), (two, 'two.csv'))]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            cd.equal('runs that ended well', len(ended), 2)
            refs = {p['task']['ref'] for r in ended
                    for p in r.json['runs'][0]['parts']}
            cd.equal('tasks', len(refs), 2)
            cd.equal('calls', c.calls(), 2)
            c.bank_holds(one + two)


case.main(staged_file_gone, staged_file_changed, gone_after_rehearsal,
          never_there, pull_unreachable, wrong_secret, server_down,
          platform_restarts, two_jobs_at_once)
