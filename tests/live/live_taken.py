#!/usr/bin/env python3
"""Folders and links where a file is to go, on every kind of server.

They are named, nothing is sent, and no link is followed: what it leads to
stays as it is, and so does the link.  By itself a file goes through."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import ftpmodes  # noqa: E402
from probe import probe  # noqa: E402

TAKEN = 75
TEMP = '.a.zip.probe.1.part'
FOREIGN = 'of others'


def ftp(name):
    def start(work, stack):
        server = stack.enter_context(cd.Server(work, name, name, **(
            {'COUPONDROP_VSFTPD': ftpmodes.vsftpd()} if name == 'vsftpd'
            else {'FTP_USER': 'drop', 'FTP_PASSWORD': 'secret'})))
        secret = cd.write(os.path.join(work, 'secret'), 'secret\n', 0o600)
        user, path, top = ('drop', '/~/', server.root)
        if name == 'vsftpd':
            user, path, top = ('ftp', '/~/in/', os.path.join(server.root, 'in'))
        return (['-u', user, '-p', secret],
                f'ftp://127.0.0.1:{server.port}{path}', top)
    return start


def sftp(way):
    def start(work, stack):
        server = stack.enter_context(cd.Server(work, 'sshd', 'sshd'))
        return (['-u', cd.user(), '-i', server.path('id_ed25519'),
                 '-k', server.fingerprint(), '-s', way],
                f'sftp://127.0.0.1:{server.port}{server.root}/', server.root)
    return start


def http(work, stack):
    server = stack.enter_context(cd.Server(work, 'nginx', 'nginx'))
    return [], f'http://127.0.0.1:{server.port}/', server.root


def local(work, _):
    top = os.path.join(work, 'top')
    os.mkdir(top)
    return [], f'file://{top}/', top


KINDS = {'file': local, 'sftp': sftp('libssh2'), 'ssh': sftp('openssh'),
         'ftp': ftp('proftpd'), 'vsftpd': ftp('vsftpd'), 'http': http}


def tree(top):
    """All that is there, links as what they say."""
    out = {}
    for folder, folders, names in os.walk(top):
        for name in folders + names:
            path = os.path.join(folder, name)
            key = os.path.relpath(path, top)
            out[key] = (os.readlink(path) if os.path.islink(path) else
                        None if os.path.isdir(path) else cd.read(path))
    return out


def plant(top, name, what):
    path = os.path.join(top, name)
    if what == 'folder':
        os.mkdir(path)
    elif what == 'full folder':
        os.mkdir(path)
        cd.write(os.path.join(path, name), FOREIGN)
    else:
        os.symlink({'link': 'foreign', 'dangling': 'nothing'}[what], path)


def clear(top):
    for folder, folders, names in os.walk(top, topdown=False):
        for name in names:
            os.unlink(os.path.join(folder, name))
        for name in folders:
            path = os.path.join(folder, name)
            (os.unlink if os.path.islink(path) else os.rmdir)(path)


def one(kind, start, work):
    with contextlib.ExitStack() as stack:
        options, url, top = start(work, stack)
        file = cd.write(os.path.join(work, 'file'), 'bytes')
        cases = [(name, what) for name in ('a.zip', TEMP)
                 for what in ('folder', 'full folder', 'link', 'dangling')]
        for name, what in cases:
            if kind == 'http' and 'folder' not in what:
                continue    # a server's own matter: nobody can ask for links
            for command in ('stage', 'again'):
                clear(top)
                cd.write(os.path.join(top, 'foreign'), FOREIGN)
                plant(top, name, what)
                before = tree(top)
                no = probe(options, url, [command, file, 'a.zip'],
                           exit_code=None)
                told = f'{kind}, {what} at {name}, {command}: {no}'
                cd.equal(f'exit with {told}', no.exit, TAKEN)
                word = 'a folder' if 'folder' in what else 'a link'
                last = no.error.splitlines()[-1]
                cd.check(last.startswith('exists:') and
                         f'{name} is {word}' in last, f'not named: {told}')
                cd.equal(f'files after {told}', tree(top), before)
        clear(top)
        said = probe(options, url, ['stage', file, 'a.zip'])
        cd.equal('files', tree(top), {'a.zip': 'bytes'})
        cd.check('direct' not in said.lines[0], str(said))


def test(work):
    for kind, start in KINDS.items():
        if kind == 'vsftpd' and ftpmodes.vsftpd() is None:
            print('vsftpd left out: there is none')
            continue
        folder = os.path.join(work, kind)
        os.mkdir(folder)
        one(kind, start, folder)


cd.main(test)
