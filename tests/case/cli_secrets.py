#!/usr/bin/env python3
"""Secrets come from where they may, and go nowhere; foreign bytes are shown,
not obeyed."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

GOOD = HEADER + 'M746209500,1,2026-01-05\n'
HOSTILE = b'ev\x1b[2J\x07\xff\n\xe2\x80\xae.csv'


def sandbox(room, *args):
    room.write('codes.txt', 'M746209500\nM746209501\n')
    return cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                      ['--queued', '10ms', '--running', '10ms', *args])


def configure(room, box, **secrets):
    room.configure({
        'providers': {'p': {'type': 'mapp', 'url': box.api,
                            'poll_first': '10ms', **secrets}},
        'jobs': {'j': {'provider': 'p', 'bank': '600', 'timezone': 'UTC',
                       'retries': 0}}})
    return ['--config', room.config]


def files(box):
    return {'api_key_file': box.api_key_file,
            'shared_secret_file': box.shared_secret_file}


def secret_in(ended, secrets):
    for name, data in (('stdout', ended.stdout), ('stderr', ended.stderr)):
        cd.check(cd.find_secret(data, secrets) is None,
                 f'a secret on {name}: {ended}')


def kept(room, secrets):
    for where, _, names in os.walk(room.state):
        for name in names:
            with open(os.path.join(where, name), 'rb') as f:
                cd.check(cd.find_secret(f.read(), secrets) is None,
                         f'a secret is kept in {where}/{name}')


def sources(room):
    room.write('good.csv', GOOD)
    with sandbox(room) as box:
        secrets = key, secret = box.secrets()
        room.write('key', key + '\n')
        for how, env in [
                (files(box), {}),
                ({'api_key_env': 'K', 'shared_secret_env': 'S'},
                 {'K': key, 'S': secret}),
                ({'api_key_command': ['/bin/cat', room.path('key')],
                  'shared_secret_file': box.shared_secret_file}, {}),
                ({'api_key_credential': 'key',
                  'shared_secret_file': box.shared_secret_file},
                 {'CREDENTIALS_DIRECTORY': room.work})]:
            config = configure(room, box, **how)
            for args in (['config', 'check'], ['config', 'show'],
                         ['run', '-j', 'j', '-v', '-w', '--again',
                          'good.csv'],
                         ['run', '-j', 'j', '-v', '--log-format', 'json',
                          '--again', '--json', 'good.csv'],
                         ['show'], ['status']):
                secret_in(room.run(*args, *config, exit_code=0, **env),
                          secrets)
        kept(room, secrets)


def refused(room):
    room.write('good.csv', GOOD)
    with sandbox(room) as box:
        secrets = box.secrets()
        other = 'wrong-secret-of-mine'
        room.write('open', other, mode=0o644)
        room.write('group', secrets[0], mode=0o640)
        room.write('empty', '')
        room.write('big', 'x' * 20000)
        room.write('wrong', other)
        room.write('two', other + '\nsecond line\n')
        cases = [
            ({'api_key_file': 'open'}, 'open to everybody', 78),
            ({'api_key_file': 'nix'}, 'No such file', 78),
            ({'api_key_file': 'empty'}, 'empty', 78),
            ({'api_key_file': 'big'}, '16', 78),
            ({'api_key_env': 'NOT_SET'}, 'NOT_SET', 78),
            ({'api_key_command': ['/bin/false', other]}, '/bin/false', 78),
            ({'api_key_command': ['/nix/nix']}, '/nix/nix', 78),
            ({'api_key_credential': '../open'}, 'open', 78),
            ({'api_key_file': 'wrong'}, '445', 77)]
        for how, text, code in cases:
            config = configure(room, box, **{
                'shared_secret_file': box.shared_secret_file, **how})
            ended = room.run('run', '-j', 'j', '-v', 'good.csv', *config,
                             exit_code=code)
            cd.check(text in ended.err, f'"{text}" is not in {ended}')
            secret_in(ended, [*secrets, other])
            if code == 78:
                ended = room.run('config', 'check', *config, exit_code=78)
                cd.check(text in ended.err and 'api_key' in ended.err,
                         f'{ended}')
                secret_in(ended, [*secrets, other])
        config = configure(room, box, api_key_file='group',
                           shared_secret_file=box.shared_secret_file)
        room.run('config', 'check', *config, exit_code=0)
        kept(room, [*secrets, other])


def not_in_configuration(room):
    mine = 'my-own-secret-value'
    room.write('coupondrop.yaml', 'providers:\n  p: {type: mapp, url: '
               f'"http://127.0.0.1/", api_key: {mine}}}\n')
    ended = room.run('config', 'check', '--config', room.config,
                     exit_code=78)
    cd.check('api_key_file' in ended.err, f'{ended}')
    secret_in(ended, [mine])
    for flag in ('--api-key', '--shared-secret', '--upload-password',
                 '--pull-password', '--api-key-file'):
        ended = room.run('run', f'{flag}={mine}', 'x', exit_code=64)
        secret_in(ended, [mine])
    room.write('coupondrop.yaml', 'endpoints:\n  e: {upload: '
               f'"ftp://u:{mine}@127.0.0.1/", pull: "ftp://127.0.0.1/"}}\n')
    for args in (['config', 'check'], ['config', 'show'],
                 ['config', 'check', '--json']):
        secret_in(room.run(*args, '--config', room.config), [mine])


def process_words(room):
    """While it works, no process of it has a secret among its words."""
    room.write('good.csv', GOOD)
    room.write('faults.json', json.dumps(
        [{'method': 'coupon.listBanks', 'do': 'delay', 'ms': 1500,
          'count': 9}]))
    with sandbox(room, '--faults', room.path('faults.json')) as box:
        secrets = box.secrets()
        config = configure(room, box, **files(box))
        with subprocess.Popen(
                [cd.PROGRAM, 'run', '-j', 'j', 'good.csv', *config],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=room.env(),
                cwd=room.work) as p:
            seen = 0
            end = time.monotonic() + 60
            while p.poll() is None and time.monotonic() < end:
                for name in ('cmdline', 'environ'):
                    try:
                        with open(f'/proc/{p.pid}/{name}', 'rb') as f:
                            data = f.read()
                    except OSError:
                        continue
                    cd.check(cd.find_secret(data, secrets) is None,
                             f'a secret in {name}')
                    seen += b'good.csv' in data
                time.sleep(0.02)
            out, err = p.communicate(timeout=60)
        cd.equal(f'exit: {err}', p.returncode, 0)
        cd.check(seen > 3, f'looked only {seen} times')


def harmless(ended):
    """Nothing that a terminal obeys, on either output."""
    for name, data in (('stdout', ended.stdout), ('stderr', ended.stderr)):
        text = data.decode('utf-8')
        bad = [c for c in text if (ord(c) < 32 and c != '\n') or
               127 <= ord(c) < 160 or c in '\u202e\u200b\ufeff']
        cd.check(not bad, f'{bad!r} on {name}: {ended}')


def hostile(room):
    cells = (HEADER.encode() + b'M746209500,1,2026-01-05\n'
             b'"A\x1b]0;title\x07B",1,2026-01-05\n'
             b'A\xff\xfe\x9b31m,1,2026-01-05\n'
             b'"A\nB",1,2026-01-05\n'
             b'M746209501,"\x1b[31m1",2026-01-05\n'
             b'M746209502,1,\xe2\x80\xae2026\n')
    name = room.work.encode() + b'/' + HOSTILE
    room.write(name, cells)
    with sandbox(room) as box:
        config = configure(room, box, **files(box))
        for args, code in [
                (['validate', name], 65), (['validate', name + b'x'], 66),
                (['run', '-j', 'j', '-w', '-v', *config, name], 65),
                (['run', '-j', 'j', '-w', '-v', '--log-format', 'json',
                  *config, name], 65),
                (['run', '-j', 'j', '-w', '-v', '--max-reject', '9',
                  *config, name], 3),
                (['show', *config], 0), (['runs', *config], 0),
                (['status', *config], 3)]:
            harmless(room.run(*args, exit_code=code))
        for shape, args, code in [
                ('validate', ['validate', name], 65),
                ('validate', ['validate', name + b'x'], 66),
                ('run', ['run', '-j', 'j', '--again', '--max-reject', '9',
                         *config, name], 3),
                ('show', ['show', *config], 0),
                ('runs', ['runs', *config], 0)]:
            room.json(shape, *args, exit_code=code)
        shown = room.run('show', *config, exit_code=0)
        cd.check(rb'ev\x1b[2J\x07\xff\x0a' in shown.stdout,
                 f'the name is not in {shown}')
    for word in (b'\x1b[2J\xff', b'--\x1b[2J\xff', b'-\x1b\xff'):
        harmless(room.run(word, exit_code=64))
        harmless(room.run('validate', b'-' + word, exit_code=None))
        harmless(room.run('explain', word, exit_code=64))
        harmless(room.run('show', '--config', word, exit_code=None))
        room.json('error', 'resume', b'-' + word, exit_code=64)
    room.write('coupondrop.yaml', b'jobs:\n  j: {"\\e[2J\\n": 1, '
               b'delimiter: "\\e[2J"}\n')
    harmless(room.run('config', 'check', '--config', room.config,
                      exit_code=78))
    room.write('coupondrop.yaml', b'state_dir: "%s/\\e[2Js"\n'
               b'providers: {p: {type: mapp, url: "https://127.0.0.1:1/", '
               b'api_key_env: A, shared_secret_env: B}}\n'
               b'jobs: {j: {provider: p, bank: 1, source: "in/\\e[2J*"}}\n' %
               os.fsencode(room.work))
    for args in (['config', 'check'], ['config', 'show'], ['ledger', 'init'],
                 ['ledger', 'check'], ['cleanup']):
        harmless(room.run(*args, '--config', room.config, exit_code=0,
                          A='a', B='b'))
    odd = os.path.join(os.fsencode(room.work), b"o\x1b[2J 'd.yaml")
    shown = room.run('config', 'init', odd, exit_code=0)
    harmless(shown)
    word = shown.stdout.split(b'--config ')[1].strip()
    cd.equal('what is pasted', subprocess.run(
        [b'bash', b'-c', b'printf %s ' + word], capture_output=True).stdout,
        odd)


cli.main(sources, refused, not_in_configuration, process_words, hostile)
