"""Files of all sizes and odd names over one connection to an FTP server, plain
and by TLS, with the session reuse and the good-byes that it demands."""

import contextlib
import itertools
import os
import shutil

import cd
import probe

UNPACKED = os.path.join(cd.TOP, 'build-vsftpd', 'usr', 'sbin', 'vsftpd')
PASSWORD = 'only-of-this-test'
TRIES = 50 if probe.SLOW else 10
REUSED = {      # a line of each server's log that tells it
    'proftpd': ('tls.log', 'client reused TLS session'),
    'vsftpd': ('log', ', reused,'),
}


def vsftpd():
    """The program, or None: it cannot be installed beside ProFTPD."""
    for path in (os.environ.get('COUPONDROP_VSFTPD'), shutil.which('vsftpd'),
                 '/usr/sbin/vsftpd', UNPACKED):
        if path and os.access(path, os.X_OK):
            return path
    return None


class Mode:
    """One server in one mode; options and url reach its folder."""

    def __init__(self, work, stack, kind, number, **env):
        password = cd.write(os.path.join(work, f'secret-{number}'),
                            PASSWORD + '\n', 0o600)
        if kind == 'vsftpd':
            env['COUPONDROP_VSFTPD'] = vsftpd()
        else:
            env.update(FTP_USER='ftp', FTP_PASSWORD=PASSWORD)
        self.kind = kind
        self.server = stack.enter_context(cd.Server(
            work, kind, f'{kind}-{number}', **env))
        scheme = env.get('MODE', 'ftp')
        folder = 'in' if kind == 'vsftpd' else ''
        self.folder = os.path.join(self.server.root, folder)
        self.url = f'{scheme}://127.0.0.1:{self.server.port}/~/{folder}'
        self.options = ['-u', 'ftp', '-p', password]
        if scheme != 'ftp':
            self.options += ['-c', self.server.path('cert.pem')]

    def connections(self):
        if self.kind == 'vsftpd':
            return probe.count(self.server.path('log'), 'CONNECT: ')
        return probe.count(self.server.path('commands.log'), 'PASS ')

    def reused(self):
        name, word = REUSED[self.kind]
        return probe.count(self.server.path(name), word)


def send(files, mode, *options, big=False, one=True):
    before = mode.connections()
    said = files.send([*mode.options, *options], mode.url, mode.folder, big)
    made = mode.connections() - before
    cd.check((made == 1) == one, f'{made} control connections: {said}')
    return said


def plain(files, server):
    mode = server(MODE='ftp')
    send(files, mode)
    send(files, mode, '-a')
    # The answer to a missing folder is as much a "no" as a closed one's.
    name = 'block.zip'
    folder = mode.url.rstrip('/') + '/new/one'
    no = probe.probe(mode.options, folder, [
        'stage', files.path[name], name], exit_code=None)
    cd.check(no.exit in (75, 77) and 'mkdir: true' in no.error,
             f'no advice: {no}')
    probe.probe([*mode.options, '-m'], folder, [
        'check', files.path[name], name])
    cd.equal('there', os.listdir(os.path.join(mode.folder, 'new', 'one')),
             [name])


def with_reuse(files, server, big):
    """One control connection, and its session for all data connections."""
    for name in ('ftpes', 'ftps'):
        mode = server(MODE=name)
        send(files, mode, big=big == name)
        cd.check(mode.reused() >= len(probe.SIZES),
                 f'{name}: only {mode.reused()} sessions used again')
    send(files, mode, '-I')     # what is not checked is used again, too


def only_1_3(files, mode):
    """A new control connection for each file, since there is no reuse."""
    said = send(files, mode, '-v', one=False)
    cd.check('does not take TLS 1.2' in said.error, f'not said: {said}')
    no = probe.probe([*mode.options, '-V', '1.2'], mode.url, ['banner'],
                     exit_code=76)
    cd.check('tls_max' in no.error, f'no setting is named: {no}')


def small_1_3(files, mode):
    """libcurl closes while a session ticket is on its way."""
    name = 'odd.zip'
    commands = []
    for n in range(TRIES):
        commands += [['put', files.path[name], f'n{n}'], ['stat', f'n{n}']]
    said = probe.probe([*mode.options, '-V', '1.3'], mode.url, *commands)
    sizes = [line.split()[2] for line in said.lines if 'stat' in line]
    cd.equal('sizes', sizes, [str(probe.SIZES[name])] * TRIES)


def run(work, kind, modes):
    """modes(files, server) gets the files and starts servers."""
    number = itertools.count()
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(probe.Files(work))
        modes(files, lambda **env: Mode(work, stack, kind, next(number),
                                        **env))
