#!/usr/bin/env python3
"""Whose files are trusted, and as whom a command works that root starts."""

import os
import pwd
import shutil
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

NOBODY = pwd.getpwnam('nobody')


class Owned(case.Case):
    """A sandbox and a drop; the program's files are as a test makes them."""

    def __enter__(self):
        super().__enter__()
        self.file = self.drop(case.rows(self.in_bank[:5]))
        self.marker = self.path('ran')
        return self

    def refused(self, *say, word='config'):
        """By run and by config check, before anything is made or run."""
        result = self.run(self.file, exit_code=78)
        cd.equal('word', result.json['error']['word'], word)
        for text in say:
            cd.check(text in result.json['error']['message'], f'{result}')
        result = self.cd('config', 'check', exit_code=78)
        for text in say:
            cd.check(any(text in line for line in result.json['mistakes']),
                     f'{result}')
        cd.equal('tasks', self.box.tasks(), [])
        cd.check(not os.path.exists(self.marker), 'a command was run')

    def give(self, *paths):
        for path in paths:
            os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)


def configuration(work):
    """A command in a file that others may write would be run as root."""
    with Owned(work, 'open') as c:
        c.settings[1]['bearer_command'] = [
            'sh', '-c', f'echo ran | tee {c.marker}']
        c.configure()
        os.chmod(c.config, 0o666)
        c.refused(f'"chmod o-w {c.config}"')
        os.chmod(c.config, 0o644)
        parts = c.path('conf.d')
        os.mkdir(parts)
        os.chmod(parts, 0o777)
        c.refused(f'"chmod o-w {parts}"')
        os.chmod(parts, 0o755)
        more = cd.write(os.path.join(parts, 'more.yaml'), 'jobs: {}\n')
        os.chmod(more, 0o646)
        c.refused(f'"chmod o-w {more}"')
        os.unlink(more)
        c.run(c.file)
        cd.equal('command', cd.read(c.marker), 'ran\n')
    with Owned(work, 'link') as c:
        os.rename(c.config, c.path('real.yaml'))
        os.symlink('real.yaml', c.config)
        c.refused(f'readlink -f {c.config}')


def state(work):
    """What lies in the state folder, and what is opened there."""
    for name in '', 'runs', 'locks', 'ledger.db':
        with Owned(work, f'open-{name}') as c:
            c.cd('runs', exit_code=0)
            path = os.path.join(c.state, name).rstrip('/')
            if name in ('runs', 'locks'):
                os.mkdir(path)
            os.chmod(path, 0o777)
            c.refused(f'"chmod o-w {path}"')
    for name in '', 'locks', 'locks/job-file.lock':
        with Owned(work, f'link-{len(name)}') as c:
            if name:
                c.cd('runs', exit_code=0)
            path = os.path.join(c.state, name).rstrip('/')
            if name.endswith('.lock'):
                os.mkdir(os.path.dirname(path))
                there = cd.write(c.path('victim'), 'worth keeping')
            else:
                there = c.path('there')
                os.mkdir(there)
            os.symlink(there, path)
            result = c.run(c.file, exit_code=78)
            cd.check(f'readlink -f {path}' in
                     result.json['error']['message'], f'{result}')
            if name.endswith('.lock'):
                cd.equal('target', cd.read(there), 'worth keeping')
            else:
                cd.equal('target', os.listdir(there), [])


def keys(work):
    """Private keys of an endpoint."""
    for key in 'identity_file', 'client_key':
        with Owned(work, key) as c:
            path = cd.write(c.path('key'), 'not a key', 0o602)
            os.chmod(path, 0o602)
            c.settings[1].update({key: path, 'client_cert': path}
                                 if key == 'client_key' else {key: path})
            c.configure()
            result = c.cd('config', 'check', exit_code=78)
            cd.check(any(f'"chmod o-w {path}"' in line
                         for line in result.json['mistakes']), f'{result}')


def as_root(work):
    """Root's hand run and the user's nightly one share a ledger."""
    os.chmod(work, 0o755)
    os.chmod(os.path.dirname(work), 0o755)
    with Owned(work, 'shared') as c:
        os.chmod(c.work, 0o755)
        os.mkdir(c.state, 0o700)
        c.give(c.state)
        # Only root may read these: the message has what to paste.
        result = c.run(c.file, exit_code=78)
        cd.check(f'"chown nobody {c.box.api_key_file}" as root' in
                 result.json['error']['message'], f'{result}')
        for path, _, names in os.walk(c.box.dir):
            os.chmod(path, 0o755)
            for name in names:
                if name.endswith(('.key', '.secret')):
                    c.give(os.path.join(path, name))
        c.resume()
        for path, folders, names in os.walk(c.state):
            for name in folders + names:
                cd.equal(name, os.lstat(os.path.join(path, name)).st_uid,
                         NOBODY.pw_uid)
    with Owned(work, 'foreign') as c:
        # The state folder is root's, so the configuration has to be, too.
        os.mkdir(c.state, 0o700)
        c.give(c.config)
        c.refused('belongs to another user (nobody)',
                  f'"chown root {c.config}"')
        shutil.rmtree(c.state)


def main(work):
    tests = [configuration, state, keys]
    if os.geteuid() == 0:
        tests.append(as_root)
    for test in tests:
        print(f'- {test.__name__}', flush=True)
        test(work)


cd.main(main)
