#!/usr/bin/env python3
"""Logging in over SSH: keys of all kinds and files, agents, passwords,
dialogues, two factors; and what is said when it does not work."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from sshprobe import (  # noqa: E402
    CHANNELS, LOGIN, SECRET, Probe, allow, main, new_key, stopped,
    together)

PHRASE, WRONG = 'a phrase of four', 'not that phrase'
TYPES = {'ed25519': ['-t', 'ed25519'],
         'ecdsa': ['-t', 'ecdsa', '-b', '256'],
         'ecdsa521': ['-t', 'ecdsa', '-b', '521'],
         'rsa': ['-t', 'rsa', '-b', '2048']}
FORMATS = {'openssh': [], 'pem': ['-m', 'PEM'], 'pkcs8': ['-m', 'PKCS8']}
LOOK = ['--', 'banner']
SHA1 = 'libssh2 1.10 can only use with SHA-1'


def kinds():
    """Each type of key in each format it can have."""
    return [(t, f) for t in TYPES for f in FORMATS
            if t != 'ed25519' or f == 'openssh']


def make_keys(work, server):
    """{kind and format: (its plain file, its encrypted file)}."""
    made = {}
    for kind, form in kinds():
        made[kind, form] = tuple(
            new_key(os.path.join(work, f'{kind}-{form}-{len(phrase)}'),
                    '-a', '2', *TYPES[kind], *FORMATS[form],
                    phrase=phrase)
            for phrase in ('', PHRASE))
        allow(server, *made[kind, form])
    return made


def with_key(server, kind, channel, key, *more):
    login = ['-s', channel, '-k', server.fingerprint(), '-i', key, *more]
    probe = Probe(server, [*login, *LOOK])
    if kind == 'rsa' and channel == 'libssh2':
        probe.ended(LOGIN, SHA1)
    else:
        probe.ended(0)


def key_files(work, server, made):
    """Every type and format, with and without a passphrase."""
    good = cd.write(os.path.join(work, 'phrase'), PHRASE + '\n', 0o600)
    cases = []
    for (kind, form), (plain, locked) in made.items():
        for channel in CHANNELS:
            if channel != 'auto' or kind in ('rsa', 'ed25519'):
                cases += [(server, kind, channel, plain),
                          (server, kind, channel, locked, '-P', good)]
    # A passphrase that is not needed.
    cases += [(server, 'ed25519', channel, made['ed25519', 'openssh'][0],
               '-P', good) for channel in CHANNELS]
    together(with_key, cases)


def bad_phrase(server, channel, key, bad):
    login = ['-s', channel, '-k', server.fingerprint(), '-i', key]
    Probe(server, [*login, *LOOK]).ended(SECRET, 'needs a passphrase', key)
    Probe(server, [*login, '-P', bad, *LOOK]).ended(
        SECRET, 'the passphrase may be wrong', key).without(WRONG)


def passphrases(work, server, made):
    """None, and the wrong one."""
    bad = cd.write(os.path.join(work, 'bad'), WRONG + '\n', 0o600)
    together(bad_phrase, [
        (server, channel, made[which][1], bad) for channel in CHANNELS
        for which in [('ed25519', 'openssh'), ('ecdsa', 'openssh'),
                      ('ecdsa', 'pem'), ('rsa', 'pem'), ('rsa', 'pkcs8')]])


def refused(work, server):
    """A key that the server does not want, and files that are none."""
    strange = new_key(os.path.join(work, 'strange'), '-t', 'ed25519')
    text = cd.write(os.path.join(work, 'text'), 'no key\n', 0o600)
    torn = cd.write(os.path.join(work, 'torn'), cd.read(
        server.path('id_ed25519'))[:120], 0o600)
    for channel in CHANNELS:
        login = ['-s', channel, '-k', server.fingerprint(), '-i']
        Probe(server, [*login, strange, *LOOK]).ended(LOGIN, 'publickey')
        for path, words in [
                (text, 'is not a private key'), (torn, 'key file'),
                (strange + '.pub', 'holds the public half'),
                (os.path.join(work, 'none'), 'cannot read key file')]:
            Probe(server, [*login, path, *LOOK]).ended(SECRET, words, path)
        Probe(server, [*login, strange, *LOOK], user='nobody-here').ended(
            LOGIN)


def listens(path):
    with socket.socket(socket.AF_UNIX) as s, \
            contextlib.suppress(OSError):
        s.connect(path)
        return True
    return False


@contextlib.contextmanager
def agent(work, *keys):
    """ssh-agent with these keys: (its environment, its process)."""
    folder = tempfile.mkdtemp(dir=work)
    path = os.path.join(folder, 'agent')
    with subprocess.Popen(['ssh-agent', '-D', '-a', path],
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as p:
        try:
            while not listens(path):
                cd.check(p.poll() is None, 'no ssh-agent')
                time.sleep(0.01)
            env = {'SSH_AUTH_SOCK': path}
            if keys:
                subprocess.run(['ssh-add', '-q', *keys], check=True,
                               timeout=60, env={**os.environ, **env},
                               stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
            yield env, p
        finally:
            p.terminate()
            p.wait(60)


def agent_keys(work, server, channel, kind, *keys):
    """The last of the keys is the one that the server takes."""
    login = ['-s', channel, '-k', server.fingerprint()]
    with agent(work, *keys) as (env, _):
        probe = Probe(server, [*login, *LOOK], env=env)
    if kind == 'none':
        probe.ended(LOGIN)
    elif kind == 'rsa' and channel == 'libssh2':
        probe.ended(LOGIN, SHA1)
    else:
        probe.ended(0)


def agent_trouble(work, server, channel, key, strange):
    login = ['-s', channel, '-k', server.fingerprint()]
    with agent(work, key) as (env, process):
        # A key file that is named is the only one that is tried.
        Probe(server, [*login, '-i', strange, *LOOK], env=env).ended(LOGIN)
        with stopped(process.pid):
            Probe(server, [*login, '-C', '1500', *LOOK], env=env,
                  seconds=60).ended(75, 'took longer than')
    Probe(server, [*login, *LOOK], env={'SSH_AUTH_SOCK': os.path.join(
        work, 'nobody')}).ended(LOGIN)
    Probe(server, [*login, *LOOK]).ended(LOGIN)


def agents(work, server, made):
    strange = new_key(os.path.join(work, 'other'), '-t', 'ed25519')
    more = [new_key(os.path.join(work, f'more-{n}'), '-t', 'ed25519')
            for n in range(4)]
    cases = []
    for channel in CHANNELS:
        cases += [(work, server, channel, kind, strange,
                   made[kind, 'openssh'][0]) for kind in TYPES]
        cases += [(work, server, channel, 'none', strange),
                  (work, server, channel, 'none')]
    # The fifth key: libssh2 does not get that far, and auto goes on.
    cases += [(work, server, 'libssh2', 'none', *more,
               made['ed25519', 'openssh'][0]),
              (work, server, 'auto', 'ed25519', *more,
               made['ed25519', 'openssh'][0])]
    together(agent_keys, cases)
    together(agent_trouble, [
        (work, server, channel, made['ed25519', 'openssh'][0], strange)
        for channel in CHANNELS])


def keys(work):
    with cd.Server(work, 'sshd', 'keys', HOSTKEYS='ed25519') as server:
        made = make_keys(work, server)
        key_files(work, server, made)
        passphrases(work, server, made)
        refused(work, server)
        agents(work, server, made)


def secrets(work):
    good = cd.write(os.path.join(work, 'pw'), 'open sesame\n', 0o600)
    bad = cd.write(os.path.join(work, 'nopw'), 'close sesame\n', 0o600)
    return good, bad


def by_password(server, channel, good, bad):
    login = ['-s', channel, '-k', server.fingerprint()]
    at = {'user': 'mapp', 'path': '/~/'}
    Probe(server, [*login, '-p', good, *LOOK], **at).ended(0)
    Probe(server, [*login, '-p', bad, *LOOK], **at).ended(
        LOGIN).without('sesame')
    Probe(server, [*login, *LOOK], **at).ended(LOGIN)


def by_passwords(server, work):
    together(by_password, [(server, channel, *secrets(work))
                           for channel in CHANNELS])
    # Accounts are locked after a few: no second try of any kind.
    log = cd.read(server.path('log'))
    cd.equal(f'tries: {log}', log.count('Failed '), len(CHANNELS))


def password(work):
    with cd.Server(work, 'sshd_password', 'password', SSH_USER='mapp',
                   SSH_PASSWORD='open sesame') as server:
        by_passwords(server, work)


def dialogue(work):
    """PAM asks; only root can have it ask here."""
    if os.getuid() != 0:
        print('no dialogue: not root')
        return
    with cd.Server(work, 'sshd_password', 'dialogue', SSH_USER='mapp',
                   SSH_DIALOGUE='1', SSH_PASSWORD='open sesame') as server:
        by_passwords(server, work)
        cd.check('keyboard-interactive/pam' in cd.read(server.path('log')),
                 'there was no dialogue')


def either(work):
    """The server takes a password in one message and in a dialogue: it is
    tried once all the same."""
    if os.getuid() != 0:
        print('no dialogue: not root')
        return
    with cd.Server(work, 'sshd_password', 'either', SSH_USER='mapp',
                   SSH_DIALOGUE='1', SSH_PASSWORD='open sesame',
                   SSHD_EXTRA='PasswordAuthentication yes') as server:
        by_passwords(server, work)


def both_factors(server, channel, key, good, bad):
    login = ['-s', channel, '-k', server.fingerprint()]
    at = {'user': 'mapp', 'path': '/~/'}
    both = [*login, '-i', key, '-p']
    Probe(server, [*both, good, *LOOK], **at).ended(0)
    Probe(server, [*both, bad, *LOOK], **at).ended(LOGIN).without('sesame')
    Probe(server, [*login, '-i', key, *LOOK], **at).ended(LOGIN)
    Probe(server, [*login, '-p', good, *LOOK], **at).ended(LOGIN)


def two_factors(work):
    """A key and then a password; one of them is not enough."""
    with cd.Server(work, 'sshd_password', 'two', SSH_USER='mapp',
                   SSH_PASSWORD='open sesame',
                   SSHD_EXTRA='PubkeyAuthentication yes\n'
                   'AuthenticationMethods publickey,password') as server:
        key = new_key(os.path.join(work, 'factor'), '-t', 'ed25519')
        allow(server, key)
        together(both_factors, [(server, channel, key, *secrets(work))
                                for channel in CHANNELS])


def test(work):
    keys(work)
    password(work)
    dialogue(work)
    either(work)
    two_factors(work)


# libssh2 1.10 forgets two numbers of each ECDSA key that it reads.
main(test, ['libssh2_userauth_publickey_fromfile_ex'])
