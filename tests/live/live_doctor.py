#!/usr/bin/env python3
"""doctor: what it finds at real servers, and what it says when it is refused."""

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
from small import Small  # noqa: E402
from visits import (  # noqa: E402
    each, facts, paste, secrets, sftp, visit)

WRONG = 'SHA256:' + 'A' * 43


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


def check_manual(side):
    """Each member has its place in the manual."""
    page = cd.read(os.path.join(cd.TOP, 'src', 'man', 'coupondrop.1.in'))
    page = page.split('.SH "A VISIT OF DOCTOR"')[1].split('.SH ')[0]
    told = re.findall(r'^\.TP\n\.B (.*)$', page, re.M)
    told = {word for line in told for word in
            re.sub(r'\\f[RB],?', '', line).split()}
    cd.equal('members in the manual', sorted(told), sorted(side))


def by_sftp(work, stack):
    up, small = sftp(work, stack)
    found = visit(small, 0)
    check_manual(found['upload'])
    check_good(found, up.files)
    side = found['upload']
    cd.equal('key', facts(side, 'host_key', 'host_key_type', 'host_key_by'), {
        'host_key': up.fingerprint(), 'host_key_type': 'ssh-ed25519',
        'host_key_by': 'host_key'})
    cd.equal('by', facts(side, 'connections', 'replace_how', 'set_time',
                         'hash', 'list', 'remove', 'write_only'), {
        'connections': 1, 'replace_how': 'one-step', 'set_time': 'yes',
        'hash': 'unsupported',
        'list': 'yes', 'remove': 'yes', 'write_only': False})
    cd.equal('files sent', len(side['transfers']), 3)
    cd.check(side['channel'].startswith('libssh2 '), str(side))
    cd.check(side['ssh']['kex'] and side['ssh']['mac'], str(side))
    cd.equal('kind of key', side['ssh']['host_key'], 'ssh-ed25519')
    cd.check(side['limits']['write_bytes'] >= 32768 and
             'posix-rename' in side['features'], str(side))
    cd.check(side['free_bytes'] > 0, str(found))
    cd.equal('same keys on both sides', set(side), set(found['pull']))
    cd.equal('drift and lines', (found['drift'], side['set']), ([], []))
    drifting(small, found)
    text = small.call('doctor', '-j', 'job', exit_code=0)
    cd.check('platform' in text.stdout and up.fingerprint() in text.stdout,
             str(text))
    cd.check_no_secret(small.secrets, text, os.path.join(work, 'state'))
    small.config['endpoints']['files']['ssh'] = 'openssh'
    small.save()
    found = visit(small, 0)
    check_good(found, up.files)
    side = found['upload']
    cd.equal('channel', side['channel'], 'the ssh program')
    cd.check(side['ssh']['kex'] and side['ssh']['cipher'] and
             side['server'].startswith('SSH-2.0-OpenSSH'), str(side))
    cd.check({'ssh.cipher', 'channel'} <= {d['key'] for d in found['drift']},
             str(found['drift']))


def drifting(small, found):
    """What an earlier visit saw otherwise, and since when a key is known."""
    kept = os.path.join(small.work, 'state', 'doctor', 'files.json')
    old = json.loads(cd.read(kept))
    then, key = '2026-03-02T01:10:00Z', found['upload']['host_key']
    old['at'] = then
    old['upload'].update(server='SSH-2.0-Older', host_key=WRONG,
                         free_bytes=1 << 62, replace='unsupported')
    old['upload']['ssh']['cipher'] = 'arcfour'
    old['keys'] = {'upload': {key: then}}
    cd.write(kept, json.dumps(old))
    again = visit(small, 0)
    cd.equal('since', again['upload']['host_key_since'], then)
    cd.equal('drift', [(d['key'], d['was'], d['seen'])
                       for d in again['drift']], [
        ('server', 'SSH-2.0-Older', then), ('host_key', WRONG, then),
        ('ssh.cipher', 'arcfour', then), ('replace', 'unsupported', then),
        ('free_bytes', 1 << 62, then)])
    cd.equal('drift is told once', visit(small, 0)['drift'], [])
    old['upload']['server'] = 'SSH-2.0-Older'
    cd.write(kept, json.dumps(old))
    said = small.call('doctor', '-j', 'job', exit_code=0)
    cd.check('was       SSH-2.0-Older   (2026-03-02)' in said.stdout,
             str(said))
    cd.write(kept, '[]')
    cd.equal('drift', visit(small, 0)['drift'], [])
    # Neither waited for nor read for ever.
    for odd in (os.mkfifo, lambda name: os.symlink('/dev/zero', name)):
        os.unlink(kept)
        odd(kept)
        cd.equal('drift', visit(small, 0)['drift'], [])
        cd.check(json.loads(cd.read(kept))['upload'], 'not kept')


def changed_key(work, stack):
    """Another key than the pinned one; the one that a person was told."""
    up, small = sftp(work, stack)
    files = small.config['endpoints']['files']
    files['host_key'] = [WRONG]
    small.save()
    found = visit(small, 9)
    side = found['upload']
    cd.equal('offered', side['offered'], up.fingerprint())
    cd.equal('pinned', side['pinned'], [{'key': WRONG, 'since': None}])
    cd.equal('word', side['error']['word'], 'host-key')
    cd.equal('pull', found['pull'], None)
    said = small.call('doctor', '-j', 'job', exit_code=9)
    cd.check(f'--pin {up.fingerprint()}' in said.stdout and
             'No password and no file was sent' in said.stdout, str(said))
    for flag in (WRONG, 'SHA256:' + 'B' * 43):
        cd.equal('error', visit(small, 9, '--pin', flag)['upload']['server'],
                 None)
    # A person vouches for it: all is tried, but the pin stays what it is.
    found = visit(small, 9, '--pin', up.fingerprint())
    side = found['upload']
    cd.equal('tried', facts(side, 'put', 'replace', 'stored'), {
        'put': 'yes', 'replace': 'yes', 'stored': None})
    cd.equal('pick-up', found['pull']['ok'], True)
    cd.equal('files left', up.files(), [])
    visit(small, 9)
    cd.equal('lines', paste(small, found), [
        f'host_key: ["{WRONG}", "{up.fingerprint()}"]'])
    # None of many is lost.
    files['host_key'] = many = [WRONG[:-2] + f'{n:02}' for n in range(63)]
    small.save()
    paste(small, visit(small, 9))
    cd.equal('many pins', files['host_key'], [*many, up.fingerprint()])
    check_good(visit(small, 0), up.files)
    small.run(exit_code=12)
    cd.equal('a pin that no server has', visit(
        small, 9, '--pin', 'SHA256:' + 'B' * 43)['upload']['ok'], True)
    said = small.call('doctor', '-j', 'job', '--pin', WRONG[:-1] + 'B',
                      exit_code=9)
    cd.check('no server of endpoint files shows' in said.stdout, str(said))
    small.call('doctor', '-j', 'job', '--pin', 'nonsense', exit_code=64)


def unknown_key(work, stack):
    """A key that --pin adds to known_hosts, and only if it is unknown."""
    up, small = sftp(work, stack)
    files = small.config['endpoints']['files']
    files['host_key'] = []      # no pin is as good as none named
    files['known_hosts'] = os.path.join(work, 'new', 'known_hosts')
    small.save()
    visit(small, 9)
    visit(small, 9, '--pin', WRONG)
    cd.check(not os.path.exists(files['known_hosts']), 'it was made')
    found = visit(small, 0, '--pin', up.fingerprint() + '=')
    cd.equal('by', facts(found['upload'], 'host_key_by', 'stored'), {
        'host_key_by': 'pin', 'stored': files['known_hosts']})
    line = cd.read(files['known_hosts'])
    cd.equal('its line', line.split()[0], f'[127.0.0.1]:{up.port}')
    cd.equal('mode', os.stat(files['known_hosts']).st_mode & 0o777, 0o600)
    found = visit(small, 0)
    cd.equal('by', found['upload']['host_key_by'], 'known_hosts')
    small.run(exit_code=12)
    visit(small, 0, '--pin', up.fingerprint())
    cd.equal('known_hosts', cd.read(files['known_hosts']), line)
    cd.equal('lines', paste(small, found),
             [f'host_key: ["{up.fingerprint()}"]'])
    # An old line that somebody edited, and one about another port.
    del files['host_key']
    small.save()
    other = 'old.example.com ' + ' '.join(line.split()[1:])
    cd.write(files['known_hosts'], other)
    visit(small, 0, '--pin', up.fingerprint())
    cd.equal('known_hosts', cd.read(files['known_hosts']),
             other + '\n' + line)
    # A changed one stays as it is.
    changed = line.replace(line.split()[2], cd.read(
        up.path('id_ed25519.pub')).split()[1])
    cd.write(files['known_hosts'], changed)
    found = visit(small, 9, '--pin', up.fingerprint())
    cd.equal('stored', found['upload']['stored'], None)
    cd.equal('known_hosts', cd.read(files['known_hosts']), changed)
    cd.equal('files left', up.files(), [])


def key_pin(pem):
    """What `pin` must be, by openssl."""
    key = subprocess.run(['openssl', 'x509', '-in', pem, '-pubkey', '-noout'],
                         capture_output=True, timeout=30, check=True).stdout
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'der'],
                         input=key, capture_output=True, timeout=30,
                         check=True).stdout
    return 'sha256//' + base64.b64encode(hashlib.sha256(der).digest()).decode()


def by_ftpes(work, stack):
    end = live.proftpd(work, stack, secrets(work), 'ftpes')
    small = Small(work, stack, end.settings, sandbox=end.sandbox)
    found = visit(small, 0)
    check_good(found, end.files)
    side = found['upload']
    cd.check(side['tls'].startswith('TLSv1.2'), str(side))
    cd.equal('by', facts(side, 'connections', 'tls_full', 'tls_resumed',
                         'data_connection', 'set_time', 'list'), {
        'connections': 1, 'tls_full': 1, 'tls_resumed': 5,
        'data_connection': 'EPSV', 'set_time': 'yes', 'list': 'yes'})
    cd.check(side['system'].startswith('UNIX') and
             {'MDTM', 'MFMT', 'SIZE'} <= set(side['features']), str(side))
    cd.check(0 < side['cert_days'] < 8, str(side))
    cd.equal('pin', side['cert']['pin'], key_pin(end.settings['ca_file']))
    cd.check('localhost' in side['cert']['issuer'] and
             side['cert']['until'] > side['cert']['from'], str(side))
    cd.equal('lines', (side['set'], side['advice']), ([], []))
    small.config['endpoints']['files']['pin'] = [side['cert']['pin']]
    small.save()
    visit(small, 0)
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


def ending_certificate(work, stack):
    """One that nobody renews: doctor says so, and a run warns."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up', TLS='1',
                                       CERT_LEFT='5'))
    url = f'https://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url,
                                'ca_file': up.path('cert.pem')},
                  sandbox=['--ca-file', up.path('cert.pem')])
    found = visit(small, 0)
    cd.equal('days', found['upload']['cert_days'], 4)
    cd.check('certificate ends in 4 days' in found['upload']['advice'][0],
             str(found))
    done = small.run(exit_code=12)
    cd.equal('warnings', done.stderr.count('certificate ends soon'), 1)


def left_behind(work, stack):
    """What a killed visit left is removed by a later one, but nothing else."""
    up, small = sftp(work, stack)
    old, new = '0' * 21, 'z' * 21
    small.config['endpoints']['files']['temp_dir'] = 'in'
    small.save()
    hidden = os.path.join(up.root, 'in')
    os.mkdir(hidden)
    cd.write(os.path.join(hidden, f'.coupondrop-doctor-{old}.txt.part'), 'x')
    cd.write(os.path.join(hidden, 'other.txt'), 'x')
    keep = [f'.coupondrop-doctor-{new}.txt.part', 'coupondrop-doctor-x.txt',
            'other.txt']
    for name in [f'coupondrop-doctor-{old}.txt',
                 f'.coupondrop-doctor-{old}.txt.part', *keep]:
        cd.write(os.path.join(up.root, name), 'x')
    visit(small, 0)
    cd.equal('files left', up.files(['in']), sorted(keep))
    cd.equal('files left in temp_dir', os.listdir(hidden), ['other.txt'])


def await_files(files, n):
    until = time.monotonic() + cd.START_SECONDS
    while time.monotonic() < until:
        if len(files()) >= n:
            return
        time.sleep(0.02)
    raise cd.Failure(f'no {n} files after {cd.START_SECONDS} s')


def interrupted(work, stack):
    """Ctrl-C in the middle of the timed file: nothing stays there."""
    for kind in ('sftp', 'ftpes', 'http'):
        folder = os.path.join(work, kind)
        os.mkdir(folder)
        with contextlib.ExitStack() as inner:
            if kind == 'sftp':
                up, small = sftp(folder, inner)
                files = up.files
            else:
                make = live.proftpd if kind == 'ftpes' else live.nginx
                end = make(folder, inner, secrets(folder), kind)
                small = Small(folder, inner, end.settings,
                              sandbox=end.sandbox)
                files = end.files
            interrupt(small, kind, files)


def interrupt(small, kind, files):
    small.config['endpoints']['files']['limit_rate'] = '16K'
    small.save()
    p = subprocess.Popen(
        [cd.PROGRAM, 'doctor', '--config', small.path, '-j', 'job', '--json'],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding='utf-8',
        env=cd.environment(small.work))
    try:
        # nginx shows a file when it is whole.
        await_files(files, 1 if kind == 'http' else 2)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=cd.START_SECONDS)
    except BaseException:
        p.kill()
        p.wait()
        raise
    cd.equal('exit', p.returncode, 128 + signal.SIGINT)
    cd.equal('exit in the JSON', json.loads(out)['exit'], p.returncode)
    cd.equal(f'files left ({kind}, {err})', files(), [])


cd.main(lambda work: each(work, contextlib.ExitStack, (
    by_sftp, changed_key, unknown_key, by_ftpes, by_http, ending_certificate,
    left_behind, interrupted)))
