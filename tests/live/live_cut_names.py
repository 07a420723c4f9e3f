#!/usr/bin/env python3
"""Final names that others want at the same moment, and servers that refuse to
rename."""

import contextlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from small import Small  # noqa: E402

PROBE = os.path.join(os.path.dirname(cd.PROGRAM), 'tests', 'live',
                     'xfer_probe')
AT_ONCE = 6         # hosts that stage at the same moment
TAKEN = 75          # the remote name is taken
DENIED = 77
DONE = 12           # finished; verify is off, so nothing confirms it
SFTP_SERVER = '/usr/lib/openssh/sftp-server'


class Host:
    """One of several that stage under the same name."""

    def __init__(self, work, number, login, url, how):
        self.text = f'{number}' * (200000 + number)
        path = cd.write(os.path.join(work, f'file-{number}'), self.text)
        self.process = subprocess.Popen(
            [PROBE, *login, url, 'stage', path, 'f.zip', *how],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding='utf-8',
            env=cd.environment(work))

    def end(self):
        try:
            self.out, self.err = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.code = self.process.returncode
        return self

    def __str__(self):
        return f'{self.code} {self.out} {self.err}'


def race(work, server, login, url, how):
    """All of them at once; what lies there then."""
    hosts = [Host(work, n, login, url, how) for n in range(AT_ONCE)]
    hosts = [host.end() for host in hosts]
    files = {name: cd.read(os.path.join(server.root, name))
             for name in server.files(['small'])}
    for name in files:
        os.unlink(os.path.join(server.root, name))
    return hosts, files


def check_race(work, server, login, url, *way):
    hosts, files = race(work, server, login, url, ['fail', *way])
    won = [h for h in hosts if h.code == 0]
    cd.equal(f'winners {way} {url}', len(won), 1)
    cd.equal(f'files {way} {url}', files, {'f.zip': won[0].text})
    lost = [str(h) for h in hosts if h.code not in (0, TAKEN)]
    cd.equal(f'others {way}', lost, [])
    hosts, files = race(work, server, login, url, ['unique', *way])
    cd.equal(f'exits {way} {url}: {[str(h) for h in hosts]}',
             [h.code for h in hosts], [0] * AT_ONCE)
    names = ['f.zip'] + [f'f-{n}.zip' for n in range(2, AT_ONCE + 1)]
    cd.equal(f'names {way} {url}', sorted(files), sorted(names))
    for host in hosts:
        cd.equal(f'content {way} {url}', files[host.out.split()[1]],
                 host.text)


def races(work):
    with cd.Server(work, 'sshd', 'sshd', SSHD_EXTRA='MaxStartups 100') as s:
        login = ['-i', s.path('id_ed25519'), '-k', s.fingerprint()]
        url = f'sftp://{cd.user()}@127.0.0.1:{s.port}{s.root}'
        check_race(work, s, login, url)
        check_race(work, s, login, url, 'direct')
        check_race(work, s, [], f'file://{s.root}')
        check_race(work, s, [], f'file://{s.root}', 'direct')
    with cd.Server(work, 'nginx', 'nginx') as s:
        check_race(work, s, [], f'http://127.0.0.1:{s.port}')


def no_rename_http(work, stack):
    up = stack.enter_context(cd.Server(
        work, 'nginx', 'http', NGINX_EXTRA='if ($request_method = MOVE) '
        '{ return 403; }'))
    url = f'http://127.0.0.1:{up.port}'
    return up, {'upload': url, 'pull': url}


def no_rename_ftp(work, stack):
    secret = cd.write(os.path.join(work, 'ftp.secret'), 'of-this-test\n',
                      0o600)
    up = stack.enter_context(cd.Server(
        work, 'proftpd', 'ftp', FTP_PASSWORD='of-this-test',
        PROFTPD_EXTRA='<Limit RNFR RNTO>\nDenyAll\n</Limit>'))
    url = f'ftp://drop@127.0.0.1:{up.port}/~/'
    return up, {'upload': url, 'upload_password_file': secret,
                'pull': url, 'pull_password_file': secret}


def no_rename_sftp(work, stack):
    up = stack.enter_context(cd.Server(
        work, 'sshd', 'sftp', SFTP_SERVER=f'{SFTP_SERVER} -P '
        'rename,posix-rename'))
    pull = stack.enter_context(cd.Server(
        work, 'nginx', 'pull', root=up.root, DAV_METHODS='off'))
    return up, {'upload': f'sftp://{cd.user()}@127.0.0.1:{up.port}{up.root}',
                'identity_file': up.path('id_ed25519'),
                'host_key': [up.fingerprint()],
                'pull': f'http://127.0.0.1:{pull.port}'}


def no_rename(work, start):
    """auto goes on under the final name and says so once; rename does not."""
    with contextlib.ExitStack() as stack:
        server, settings = start(work, stack)
        small = Small(work, stack, {**settings, 'keep_staged': 'yes'},
                      job={'retries': 0})
        two_days = cd.read(small.file())
        two_days += 'SM0090000,1,2026-01-16\n'
        path = cd.write(os.path.join(work, 'two-days.csv'), two_days)
        done = small.call('run', '-j', 'job', '--yes', '--json', path,
                          exit_code=DONE)
        parts = done.json['runs'][0]['parts']
        cd.equal('proofs', [p['stage']['verified'] for p in parts],
                 ['size', 'size'])
        cd.equal('files', server.files(['small']),
                 sorted(p['artifact']['name'] for p in parts))
        cd.equal(f'said once {done}', done.stderr.count('does not rename'),
                 1)
        for name in server.files(['small']):
            os.unlink(os.path.join(server.root, name))
        small.config['endpoints']['files']['atomic'] = 'rename'
        small.save()
        no = small.run()
        error = no.json['error']
        cd.check(no.exit in (DENIED, 76) and
                 'atomic is \\"rename\\"' in no.stdout, f'unclear: {no}')
        cd.equal(f'retry {error}', error['retry'], 'never')
        cd.equal('files', server.files(['small']), [])


def test(work):
    races(work)
    for start in (no_rename_http, no_rename_ftp, no_rename_sftp):
        folder = os.path.join(work, start.__name__)
        os.mkdir(folder)
        no_rename(folder, start)


cd.main(test)
