#!/usr/bin/env python3
"""doctor: what it finds at real servers, and what it says when it is refused."""

import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
from small import Small  # noqa: E402

WRONG = 'SHA256:' + 'A' * 43


def secrets(work):
    return lambda key: live.secret_file(work, key)[0]


def sftp(work, stack):
    password_file = live.secret_file(work, 'pull.secret')
    up = stack.enter_context(cd.Server(work, 'sshd', 'up'))
    pull = stack.enter_context(cd.Server(
        work, 'sshd_password', 'pull', root=up.root, SSH_USER='mapp',
        SSH_PASSWORD=password_file[1]))
    return up, live.Endpoint({
        'upload': f'sftp://127.0.0.1:{up.port}{up.root}',
        'upload_user': cd.user(), 'identity_file': up.path('id_ed25519'),
        'host_key': [up.fingerprint()],
        'pull': f'sftp://127.0.0.1:{pull.port}/~/', 'pull_user': 'mapp',
        'pull_password_file': password_file[0],
        'pull_host_key': [pull.fingerprint()]}, up.files)


def visit(small, code, *flags):
    got = small.call('doctor', '-j', 'job', '--json', *flags, exit_code=code)
    cd.equal('schema', got.json['schema'], 'coupondrop.doctor/1')
    cd.equal('exit in the JSON', got.json['exit'], code)
    return got.json['jobs'][0]


def check_good(found, files):
    cd.check(found['platform']['ok'], str(found))
    cd.equal('bank', found['platform']['bank'], {'id': '600',
                                                 'name': 'Small'})
    up = found['upload']
    cd.check(up['ok'] and found['pull']['ok'], str(found))
    cd.equal('abilities', (up['look_up'], up['read'], up['replace']),
             ('yes', 'yes', 'yes'))
    cd.check(abs(up['clock_ahead_s']) <= 5, f'the clock: {up}')
    cd.check(up['server'] and up['bytes_per_s'] > 0, str(up))
    cd.equal('files left', files(), [])


def by_sftp(work, stack):
    up, end = sftp(work, stack)
    small = Small(work, stack, end.settings)
    found = visit(small, 0)
    check_good(found, end.files)
    cd.equal('key', found['upload']['host_key'], up.fingerprint())
    cd.check(found['upload']['free_bytes'] > 0, str(found))
    cd.equal('drift', found['drift'], [])
    kept = os.path.join(work, 'state', 'doctor', 'files.json')
    old = json.loads(cd.read(kept))
    old['upload']['server'] = 'SSH-2.0-Older'
    cd.write(kept, json.dumps(old))
    drift = visit(small, 0)['drift']
    cd.equal('drift', [d['was'] for d in drift], ['SSH-2.0-Older'])
    text = small.call('doctor', '-j', 'job', exit_code=0).stdout
    cd.check('platform' in text and up.fingerprint() in text, text)
    refused(small, up)


def refused(small, up):
    """Another key, an unknown one, the one that a person was told."""
    files = small.config['endpoints']['files']
    files['host_key'] = [WRONG]
    small.save()
    found = visit(small, 9)
    cd.equal('offered', found['upload']['offered'], up.fingerprint())
    cd.equal('word', found['upload']['error']['word'], 'host-key')
    cd.equal('pull', found['pull'], None)
    said = small.call('doctor', '-j', 'job', exit_code=9)
    cd.check(f'--pin {up.fingerprint()}' in said.stdout, str(said))
    visit(small, 9, '--pin', WRONG)
    del files['host_key'], files['pull_host_key']
    files['pull'] = files['upload']
    files['known_hosts'] = '/nonexistent'
    small.save()
    visit(small, 9)
    good = small.call('doctor', '-j', 'job', '--json', '--pin',
                      up.fingerprint())
    cd.check(good.json['jobs'][0]['upload']['ok'], str(good))


def by_ftpes(work, stack):
    end = live.proftpd(work, stack, secrets(work), 'ftpes')
    small = Small(work, stack, end.settings, sandbox=end.sandbox)
    found = visit(small, 0)
    check_good(found, end.files)
    cd.check(found['upload']['tls'].startswith('TLSv1.2'), str(found))
    cd.check(0 < found['upload']['cert_days'] < 8, str(found))
    cd.check(any('certificate' in a for a in found['upload']['advice']),
             str(found))
    wrong = cd.write(os.path.join(work, 'wrong'), 'wrong-password\n', 0o600)
    small.config['endpoints']['files']['upload_password_file'] = wrong
    small.save()
    visit(small, 77)


def by_http(work, stack):
    end = live.nginx(work, stack, secrets(work), 'https')
    small = Small(work, stack, end.settings, sandbox=end.sandbox)
    found = visit(small, 0)
    check_good(found, end.files)
    cd.check(0 < found['upload']['cert_days'] < 8, str(found))
    small.config['endpoints']['files']['upload'] = 'https://127.0.0.1:1'
    small.config['jobs']['job']['bank'] = 601
    small.save()
    found = visit(small, 69)
    cd.equal('bank', found['platform']['error']['exit'], 10)
    cd.equal('upload', found['upload']['error']['exit'], 69)


def no_rename(work, stack):
    """nginx without MOVE: found out, and what to set."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up',
                                       DAV_METHODS='PUT DELETE'))
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    found = visit(small, 0)
    cd.equal('replace', found['upload']['replace'], 'unsupported')
    cd.check('atomic: direct' in found['upload']['advice'][0], str(found))
    cd.equal('files left', up.files(['small']), [])
    done = small.run(exit_code=12)
    cd.equal('proof', done.json['runs'][0]['parts'][0]['stage']['verified'],
             'size')
    small.config['endpoints']['files']['atomic'] = 'direct'
    small.save()
    cd.check('advice' not in visit(small, 0)['upload'], 'still advises')
    small.run(exit_code=12)
    cd.equal('files left', up.files(['small']), [])


def test(work):
    for part in (by_sftp, by_ftpes, by_http, no_rename):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(folder, stack)


cd.main(test)
