#!/usr/bin/env python3
"""Uploads that are cut, stalled and answered late, at many places.

After each run there is exactly one whole final file, or an error and none, or
a whole one that is reported unverified.  After the next resume that reaches
the server there is one proven final file and no temporary one.
COUPONDROP_SLOW=1 tries 50 places for each protocol.
"""

import contextlib
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
from cutproxy import CutProxy  # noqa: E402
from small import Small  # noqa: E402

PLACES = 50 if os.environ.get('COUPONDROP_SLOW') == '1' else 12
WAYS = ['cut', 'dead', 'stall', 'late']
ROWS = 4000
DONE = 12           # finished; verify is off, so nothing confirms it
SECONDS = 40        # no call may take longer, whatever happens
TIMES = {'connect_timeout': '3s', 'reply_timeout': '1s',
         'final_timeout': '1s', 'stall_timeout': '1s'}


def sftp(work, stack, secret):
    password_file = secret('sftp.secret')
    up = stack.enter_context(cd.Server(
        work, 'sshd_password', 'up', SSH_USER='mapp',
        SSH_PASSWORD=cd.read(password_file).strip()))
    return up, {
        'upload': 'sftp://mapp@127.0.0.1:PORT/~/',
        'upload_password_file': password_file,
        'host_key': [up.fingerprint()],
        'pull': f'sftp://mapp@127.0.0.1:{up.port}/~/',
        'pull_password_file': password_file}


def ftp(work, stack, secret):
    password_file = secret('ftp.secret')
    up = stack.enter_context(cd.Server(
        work, 'proftpd', 'up', MODE='ftp', FTP_USER='drop',
        FTP_PASSWORD=cd.read(password_file).strip(),
        PROFTPD_EXTRA='AllowStoreRestart on'))
    return up, {
        'upload': 'ftp://drop@127.0.0.1:PORT/~/',
        'upload_password_file': password_file,
        'pull': f'ftp://drop@127.0.0.1:{up.port}/~/',
        'pull_password_file': password_file}


def http(work, stack, secret):
    del secret
    up = stack.enter_context(cd.Server(work, 'nginx', 'up'))
    return up, {'upload': 'http://127.0.0.1:PORT',
                'pull': f'http://127.0.0.1:{up.port}'}


def sha256(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


class Cutting:
    def __init__(self, work, stack, open_server):
        self.work = work
        self.server, settings = open_server(
            work, stack, lambda key: live.secret_file(work, key)[0])
        self.proxy = stack.enter_context(CutProxy(self.server.port))
        settings['upload'] = settings['upload'].replace(
            'PORT', str(self.proxy.port))
        self.small = Small(work, stack, {
            **settings, **TIMES, 'keep_staged': 'yes'},
            job={'packing': 'none', 'retries': 0, 'rehearse': 'off'})
        self.file = self.small.file(ROWS)
        self.broken = 0     # runs that did not get through at once

    def files(self):
        return self.server.files(['small'])

    def fresh(self, name):
        """Nothing on the server, nothing in the ledger."""
        for left in self.files():
            os.unlink(os.path.join(self.server.root, left))
        self.small.config['state_dir'] = os.path.join(self.work, name)
        self.small.save()

    def run(self):
        return self.small.call('run', '-j', 'job', '--yes', '--json',
                               self.file, timeout=SECONDS)

    def check_whole(self, run, what):
        """The final files, each of which must be whole."""
        finals = [f for f in self.files() if not f.startswith('.')]
        want = {p['artifact']['name']: p['artifact']['sha256']
                for p in run['parts']}
        for name in finals:
            cd.equal(f'content of {name} {what}', sha256(os.path.join(
                self.server.root, name)), want.get(name))
        return finals

    def check_run(self, result, what):
        run = result.json['runs'][0]
        finals = self.check_whole(run, what)
        proof = (run['parts'][0]['stage'] or {}).get('verified')
        if result.exit == DONE:
            cd.equal(f'files {what}', len(finals), 1)
            cd.equal(f'left {what}', self.files(), finals)
            return run
        cd.check(result.exit in (69, 75, 76) and
                 result.json['error']['message'],
                 f'no clear error {what}: {result}')
        cd.check(not finals or proof == 'unverified',
                 f'a final file of which nothing is said, {what}: {result}')
        return run

    def one(self, number, at, how):
        what = f'after "{how}" at byte {at}'
        self.fresh(f'state-{number}')
        self.proxy.spoil(at, how)
        result = self.run()
        run = self.check_run(result, what)
        self.proxy.heal()
        if result.exit != DONE:
            self.broken += 1
            result = self.small.call('resume', run['run'], '--json',
                                     timeout=SECONDS)
            cd.equal(f'exit of resume {what}: {result}', result.exit, DONE)
            run = result.json['runs'][0]
        finals = self.check_whole(run, what)
        cd.equal(f'final files {what}', len(finals), 1)
        cd.equal(f'all files {what}', self.files(), finals)
        cd.check(run['parts'][0]['stage']['verified'] in ('size',
                                                          'readback'),
                 f'not proven {what}: {result}')

    def all(self):
        self.fresh('state-whole')
        self.proxy.spoil(1 << 60, 'cut')
        cd.equal('exit of a good run', self.run().exit, DONE)
        total = self.proxy.count
        cd.check(total > ROWS * 10, f'only {total} bytes passed')
        for n in range(PLACES):
            # The first and the last bytes of an exchange hold the commands.
            share = (n + 0.5) / PLACES
            if n % 3 == 0:
                share = share ** 3 if share < 0.5 else 1 - (1 - share) ** 3
            self.one(n, int(total * share), WAYS[n % len(WAYS)])
        cd.check(self.broken >= PLACES // 6,
                 f'only {self.broken} of {PLACES} runs were broken')


def test(work):
    for part in (http, ftp, sftp):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            cutting = Cutting(folder, stack, part)
            cutting.all()
        print(f'{part.__name__}: {PLACES} places, {cutting.broken} runs '
              'broken')


cd.main(test)
