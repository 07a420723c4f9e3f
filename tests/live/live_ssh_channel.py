#!/usr/bin/env python3
"""Files through both SSH channels, libssh2 and the ssh program, to servers of
many kinds.

Servers that libssh2 cannot talk to, that want a password, that do not say
what they can, and that allow few connections.  COUPONDROP_SLOW=1 sends 300
MiB to each of them, not only to the first.
"""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from sshprobe import (  # noqa: E402
    CHANNELS, FILTER, HOSTKEY, LOGIN, MIB, PROTOCOL, SFTP_SERVER, SLOW,
    Probe, arrived, connections, data, key_of, main, same)

LARGE = 300 * MIB
NAMES = {'plain': 0, 'with space': 1, 'gr\u00fc\u00dfe': 30000,
         '100% \U0001f39f': 5 * MIB, "it's": 70000, '-dash': 1000}


def files_over_one_connection(work, server, login, large=SLOW, **how):
    """Every size under an odd name, up, looked at, down again."""
    sizes = {**NAMES, **({'-dash': LARGE} if large else {})}
    commands, back = [], os.path.join(work, 'back')
    for name, size in sizes.items():
        commands += ['stage', data(work, size), name, ',', 'stat', name, ',']
    commands += ['get', '100% \U0001f39f', back]
    before = connections(server)
    probe = Probe(server, ['-n', '1', *login, '--', *commands],
                  **how).ended(0)
    for name, size in sizes.items():
        cd.check(f'stat {name} {size}\n' in probe.out, f'{name}: {probe}')
        arrived(server, name, data(work, size))
    cd.check(same(back, data(work, 5 * MIB)), f'fetched file: {probe}')
    cd.equal('files left', server.files(), [])
    return probe, connections(server) - before


def one_connection(work, server, login, large=SLOW, **how):
    probe, count = files_over_one_connection(work, server, login, large,
                                             **how)
    cd.equal(f'connections of {probe}', count, 1)
    return probe


def streams(work, server, channel):
    big, before = data(work, 40 * MIB + 7), connections(server)
    probe = Probe(server, [*key_of(server, channel, '-n', 3), '--', 'stage',
                           big, 'big']).ended(0, 'several connections')
    cd.equal(f'connections of {probe}', connections(server) - before, 3)
    arrived(server, 'big', big)
    cd.equal('files left', server.files(), [])


def plain(work):
    with cd.Server(work, 'sshd', 'plain') as server:
        for channel in CHANNELS:
            one_connection(work, server, key_of(server, channel),
                           SLOW or channel != 'auto')
            streams(work, server, channel)


def beyond_libssh2(work, name, **env):
    """auto goes on with ssh, and says so once for one connection."""
    key = 'rsa' if name == 'rsa' else 'ed25519'
    with cd.Server(work, 'sshd', name, **env) as server:
        login = ['-i', server.path('id_ed25519'), '-k',
                 server.fingerprint(f'host_{key}.pub')]
        Probe(server, ['-s', 'libssh2', *login, '--', 'banner']).ended(
            PROTOCOL, 'no common way to encrypt', 'set ssh: openssh')
        one_connection(work, server, ['-s', 'openssh', *login])
        probe, count = files_over_one_connection(work, server, login)
        cd.equal(f'connections of {probe}', count, 2)
        cd.equal(f'said once: {probe}',
                 probe.err.count('going on with the ssh program'), 1)


def password(work):
    with cd.Server(work, 'sshd_password', 'password', SSH_USER='mapp',
                   SSH_PASSWORD='open sesame') as server:
        good = cd.write(os.path.join(work, 'pw'), 'open sesame\n', 0o600)
        for channel in CHANNELS:
            one_connection(work, server, [
                '-s', channel, '-k', server.fingerprint(), '-p', good],
                user='mapp', path='/~/')


def no_limits(work):
    """Without a word of the server, packets stay small."""
    with cd.Server(work, 'sshd', 'limits', SFTP_SERVER=f'{SFTP_SERVER} -P '
                   'limits') as server:
        for channel in CHANNELS:
            probe = one_connection(work, server, key_of(server, channel))
            cd.check('write_bytes=32768' in probe.err, str(probe))


def small_packets(work):
    """It ends the session when a packet is larger than every server must
    take (draft-ietf-secsh-filexfer-02, section 3)."""
    with cd.Server(work, 'sshd', 'small', SFTP_SERVER=f'{FILTER} '
                   'without=limits largest=34000') as server:
        for channel in CHANNELS:
            one_connection(work, server, key_of(server, channel))


def few_connections(work):
    """One channel for each connection; one connection logging in."""
    big = data(work, 40 * MIB + 7)
    for name, line in [('starting', 'MaxStartups 1'),
                       ('sessions', 'MaxSessions 1')]:
        with cd.Server(work, 'sshd', name, SSHD_EXTRA=line) as server:
            for channel in CHANNELS:
                one_connection(work, server, key_of(server, channel))
                Probe(server, [*key_of(server, channel, '-n', 6), '--',
                               'stage', big, 'big']).ended(
                    0, 'several connections')
                arrived(server, 'big', big)
                cd.equal('files left', server.files(), [])


def one_that_answers(work):
    """Only the first session is answered; nobody waits for the others."""
    big = data(work, 40 * MIB + 7)
    for channel in CHANNELS:
        lock = os.path.join(work, f'answered-{channel}')
        script = cd.write(os.path.join(work, f'first-{channel}'),
                          f'#!/bin/sh\nmkdir {lock} 2>/dev/null && '
                          f'exec {SFTP_SERVER}\nexec sed d\n', 0o755)
        with cd.Server(work, 'sshd', f'first-{channel}-server',
                       SFTP_SERVER=script) as server:
            Probe(server, [*key_of(server, channel, '-n', 3, '-R', 3600000),
                           '--', 'banner', ',', 'put', big, 'big']).ended(
                0, 'joined=1')
            arrived(server, 'big', big)


def failing_once(work):
    """However many connections were begun, one tries the password."""
    big = data(work, 5 * MIB)
    bad = cd.write(os.path.join(work, 'oncepw'), 'close sesame\n', 0o600)
    for channel in CHANNELS:
        with cd.Server(work, 'sshd_password', f'once-{channel}',
                       SSH_USER='mapp', SSH_PASSWORD='open') as server:
            login = ['-s', channel, '-n', 6, '-p', bad, '-k']
            # Each kind of key is asked for; nothing else may connect.
            Probe(server, [*login, 'SHA256:' + 'A' * 43, '--', 'put', big,
                           'x'], 'mapp', '/~/').ended(HOSTKEY, 'has changed')
            few = connections(server)
            # With auto, ssh asks once more for each.
            cd.check(few <= (8 if channel == 'auto' else 4),
                     f'{few} connections to a wrong host')
            Probe(server, [*login, server.fingerprint(), '--', 'put', big,
                           'x'], 'mapp', '/~/').ended(LOGIN)
            cd.equal('passwords tried', cd.read(server.path('log')).count(
                'Failed password for mapp'), 1)


class Single:
    """A way to a server that only one connection at a time may take."""

    def __init__(self, server):
        self.server = server
        self.turned_away = 0
        self.busy = threading.Lock()

    def __enter__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            if not self.busy.acquire(blocking=False):
                self.turned_away += 1
                here.close()
                continue
            threading.Thread(target=self.serve, args=(here,),
                             daemon=True).start()

    def serve(self, here):
        there = socket.create_connection(('127.0.0.1', self.server.port))
        back = threading.Thread(target=self.copy, args=(there, here))
        back.start()
        self.copy(here, there)
        back.join()
        here.close()
        there.close()
        self.busy.release()

    @staticmethod
    def copy(source, target):
        try:
            while chunk := source.recv(65536):
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()


def one_at_a_time(work):
    """Further connections for a large file are turned away: it goes over
    the first one, and later files do not try again."""
    with cd.Server(work, 'sshd', 'single') as server:
        for channel in CHANNELS:
            with Single(server) as single:
                big = data(work, 40 * MIB + 7)
                probe = Probe(server, [
                    *key_of(server, channel, '-n', 3), '--', 'stage', big,
                    'big', ',', 'stage', big, 'again'],
                    port=single.port).ended(0, 'no further connection')
                cd.equal(f'turned away: {probe}', single.turned_away, 2)
            arrived(server, 'big', big)
            arrived(server, 'again', big)
            cd.equal('files left', server.files(), [])


def test(work):
    plain(work)
    beyond_libssh2(work, 'rsa', HOSTKEYS='rsa')
    beyond_libssh2(work, 'gcm', HOSTKEYS='ed25519',
                   SSHD_EXTRA='Ciphers aes256-gcm@openssh.com')
    password(work)
    no_limits(work)
    small_packets(work)
    few_connections(work)
    one_that_answers(work)
    failing_once(work)
    one_at_a_time(work)


main(test)
