#!/usr/bin/env python3
"""doctor: what it finds at real servers, and what it says when it is refused."""

import base64
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
from small import Small  # noqa: E402

WRONG = 'SHA256:' + 'A' * 43
SFTP_SERVER = '/usr/lib/openssh/sftp-server'


def secrets(work):
    return lambda key: live.secret_file(work, key)[0]


def sftp(work, stack, job=None, **env):
    """A small drop by key to one sshd, picked up by password from another."""
    password_file = live.secret_file(work, 'pull.secret')
    up = stack.enter_context(cd.Server(work, 'sshd', 'up', **env))
    pull = stack.enter_context(cd.Server(
        work, 'sshd_password', 'pull', root=up.root, SSH_USER='mapp',
        SSH_PASSWORD=password_file[1]))
    small = Small(work, stack, {
        'upload': f'sftp://127.0.0.1:{up.port}{up.root}',
        'upload_user': cd.user(), 'identity_file': up.path('id_ed25519'),
        'host_key': [up.fingerprint()],
        'pull': f'sftp://127.0.0.1:{pull.port}/~/', 'pull_user': 'mapp',
        'pull_password_file': password_file[0],
        'pull_host_key': [pull.fingerprint()]}, job=job)
    small.secrets = [password_file[1]] + small.box.secrets()
    return up, small


def visit(small, code, *flags):
    got = small.call('doctor', '-j', 'job', '--json', *flags, exit_code=code)
    cd.equal('schema', got.json['schema'], 'coupondrop.doctor/1')
    cd.equal('exit in the JSON', got.json['exit'], code)
    return got.json['jobs'][0]


def paste(small, found):
    """Put the lines that were advised into the configuration."""
    lines = [s['line'] for s in found['upload']['set']]
    cd.check(lines, f'nothing is advised: {found["upload"]}')
    for line in lines:
        key, value = line.split(': ', 1)
        small.config['endpoints']['files'][key] = (
            json.loads(value) if value[0] == '[' else value)
    small.save()
    small.call('config', 'check', exit_code=0)
    return lines


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


def facts(side, *keys):
    return {key: side[key] for key in keys}


def by_sftp(work, stack):
    up, small = sftp(work, stack)
    found = visit(small, 0)
    check_good(found, up.files)
    side = found['upload']
    cd.equal('key', facts(side, 'host_key', 'host_key_type', 'host_key_by'), {
        'host_key': up.fingerprint(), 'host_key_type': 'ssh-ed25519',
        'host_key_by': 'host_key'})
    cd.equal('by', facts(side, 'connections', 'replace_how', 'set_time',
                         'list', 'remove', 'write_only'), {
        'connections': 1, 'replace_how': 'one-step', 'set_time': 'yes',
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
    del files['host_key']
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


# What a server refuses: exit code before and after the lines are pasted, what
# doctor says of it, and whether a run gets through then.
LIMITED = {
    'set_time': ('setstat,fsetstat', 0, {
        'set_time': 'denied', 'replace': 'yes', 'put': 'yes'}, None),
    'in_steps': ('posix-rename', 0, {
        'replace': 'yes', 'replace_how': 'steps'}, None),
    'no_rename': ('posix-rename,rename', 77, {
        'replace': 'denied', 'read': 'yes'}, ['atomic: direct']),
    'write_only': ('open,opendir', 77, {
        'put': 'denied', 'list': 'denied'}, None),
    'no_reading': ('read,opendir,readdir', 0, {
        'read': 'denied', 'list': 'denied', 'look_up': 'yes',
        'write_only': True}, None),
    'no_look': ('stat,lstat,fstat', 77, {
        'look_up': 'denied', 'read': 'yes', 'write_only': False}, None),
    'no_remove': ('remove', 0, {'remove': 'denied'}, ['keep_staged: yes']),
}


def limited(work, stack):
    for name, (deny, code, want, lines) in LIMITED.items():
        folder = os.path.join(work, name)
        os.mkdir(folder)
        with contextlib.ExitStack() as inner:
            up, small = sftp(folder, inner, SFTP_SERVER=SFTP_SERVER +
                             ' -P ' + deny)
            found = visit(small, code)
            side = found['upload']
            cd.equal(name, facts(side, *want), want)
            if name != 'no_remove':
                cd.equal('files left', up.files(), [])
            if lines is not None:
                cd.equal('lines', paste(small, found), lines)
                cd.equal('after that', visit(small, 0)['upload']['set'], [])
            if code == 0 or lines is not None:
                small.run(exit_code=12)


def readback_denied(work, stack):
    """The proof that was configured cannot be had."""
    _, small = sftp(work, stack, SFTP_SERVER=SFTP_SERVER + ' -P read')
    small.config['endpoints']['files']['proof'] = 'readback'
    small.save()
    found = visit(small, 77)
    cd.equal('lines', paste(small, found), ['proof: size'])
    visit(small, 0)


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


LIMITED_FTP = {
    'ftp': ('<Limit MFMT>\nDenyAll\n</Limit>', {
        'set_time': ('denied', 'unsupported', 'not-found'),
        'put': ('yes',), 'read': ('yes',)}),
    'ftps': ('<Limit RETR DIRS>\nDenyAll\n</Limit>', {
        'read': ('denied',), 'list': ('denied', 'not-found'),
        'look_up': ('yes',), 'replace': ('yes',)}),
}


def limited_ftp(work, stack):
    """Without MFMT; and a folder for writing only, picked up elsewhere."""
    for mode, (extra, want) in LIMITED_FTP.items():
        folder = os.path.join(work, mode)
        os.mkdir(folder)
        with contextlib.ExitStack() as inner:
            up = inner.enter_context(cd.Server(
                folder, 'proftpd', 'up', MODE=mode, FTP_PASSWORD='secret-up',
                PROFTPD_EXTRA=extra))
            pull = inner.enter_context(cd.Server(folder, 'nginx', 'pull',
                                                 root=up.root))
            settings = {
                'upload': f'{mode}://drop@127.0.0.1:{up.port}/~/',
                'upload_password_file': cd.write(os.path.join(
                    folder, 'secret'), 'secret-up\n', 0o600),
                'pull': f'http://127.0.0.1:{pull.port}'}
            if mode != 'ftp':
                settings['ca_file'] = up.path('cert.pem')
            small = Small(folder, inner, settings)
            side = visit(small, 0)['upload']
            for key, words in want.items():
                cd.check(side[key] in words, f'{key} of {mode}: {side}')
            cd.equal('not encrypted', len(side['advice']),
                     int(mode == 'ftp'))
            cd.equal('files left', up.files(['small']), [])


def could_encrypt(work, stack):
    """Plain FTP to a server that offers TLS."""
    up = stack.enter_context(cd.Server(
        work, 'proftpd', 'up', MODE='ftpes', FTP_PASSWORD='secret-up',
        TLS_REQUIRED='off'))
    url = f'ftp://drop@127.0.0.1:{up.port}/~/'
    password = cd.write(os.path.join(work, 'secret'), 'secret-up\n', 0o600)
    small = Small(work, stack, {
        'upload': url, 'upload_password_file': password, 'pull': url,
        'pull_password_file': password, 'ca_file': up.path('cert.pem')})
    found = visit(small, 0)
    cd.equal('lines', paste(small, found),
             [f'upload: ftpes://drop@127.0.0.1:{up.port}/~/'])
    cd.check(visit(small, 0)['upload']['tls'], 'still no TLS')


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
    cd.equal('files left', up.files(['small']), [])
    done = small.run(exit_code=12)
    cd.equal('proof', done.json['runs'][0]['parts'][0]['stage']['verified'],
             'size')
    cd.equal('lines', paste(small, found), ['atomic: direct'])
    cd.equal('advice', visit(small, 0)['upload']['set'], [])
    small.run(exit_code=12)
    cd.equal('files left', up.files(['small']), [])


def hidden_names(work, stack):
    """A web server that keeps names with a leading dot to itself."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up', NGINX_EXTRA=(
        'location ~ /[.] { deny all; }')))
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    small.run(exit_code=77)
    found = visit(small, 77)
    cd.equal('pick-up', found['pull']['ok'], True)
    cd.equal('lines', paste(small, found), ['atomic: direct'])
    visit(small, 0)
    small.run(exit_code=12)


def ending_certificate(work, stack):
    """One that nobody renews: doctor says so, and a run warns."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up', TLS='1',
                                       CERT_LEFT='5'))
    url = f'https://127.0.0.1:{up.port}'
, found['upload']['cert_days'], 4)
    cd.check('certificate ends in 4 days' in found['upload']['advice'][0],
             str(found))
    done = small.run(exit_code=12)
    cd.equal('warnings', done.stderr.count('certificate ends soon'), 1)


def left_behind(work, stack):
    """What a killed visit left is removed by a later one, but nothing else."""
    up, small = sftp(work, stack)
    old, new = '0' * 21, 'z' * 21
    keep = [f'.coupondrop-doctor-{new}.txt.part', 'coupondrop-doctor-x.txt',
            'other.txt']
    for name in [f'coupondrop-doctor-{old}.txt',
                 f'.coupondrop-doctor-{old}.txt.part', *keep]:
        cd.write(os.path.join(up.root, name), 'x')
    visit(small, 0)
    cd.equal('files left', up.files(), sorted(keep))


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


def test(work):
    for part in (by_sftp, changed_key, unknown_key, limited, readback_denied,
                 by_ftpes, limited_ftp, could_encrypt, by_http, no_rename,
                 hidden_names, ending_certificate, left_behind, interrupted):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(folder, stack)


cd.main(test)
