#!/usr/bin/env python3
"""Servers that stand still: at each stage the call ends by the deadline for
that stage, with a sentence that tells which it was.

Only that it ends, and how, is looked at, not when: SECONDS is far more than
the deadlines of a second or two.
"""

import contextlib
import os
import signal
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from sshprobe import (  # noqa: E402
    BROKEN, CHANNELS, FILTER, MIB, SFTP_SERVER, Probe, data, key_of, main,
    script, stopped, together)

SECONDS = 120
LONG = ['-C', '30000', '-R', '30000', '-F', '30000', '-S', '30000']
CONNECT = '2000'    # enough to come as far as each stage
KEXINIT, REPLY, NEWKEYS = 20, 31, 21    # RFC 4253, RFC 5656
LOOK = ['--', 'banner']


class Standstill:
    """A way to the server that passes its answers on up to a stage.

    stage: 'greeting', the type of a packet of the key exchange, which is the
    first that is not passed on; 'keys': that and one answer more is passed
    on, to the client's wish to log in.
    """

    def __init__(self, server, stage):
        self.server = server
        self.stage = stage
        self.ends = []
        self.threads = []

    def __enter__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.start(self.accept)
        return self

    def __exit__(self, *_):
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for end in [self.listener, *self.ends]:
            end.close()

    def start(self, f, *args):
        thread = threading.Thread(target=f, args=args)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                there = socket.create_connection(
                    ('127.0.0.1', self.server.port))
                self.ends += [here, there]
                self.start(self.questions, here, there)
                self.start(self.answers, there, here)

    @staticmethod
    def questions(here, there):
        with contextlib.suppress(OSError):
            while chunk := here.recv(65536):
                there.sendall(chunk)
            there.shutdown(socket.SHUT_RDWR)

    def answers(self, there, here):
        stream = there.makefile('rb')
        with contextlib.suppress(OSError, struct.error):
            line = stream.readline()
            if self.stage == 'greeting':
                return
            here.sendall(line)
            while True:
                head = stream.read(6)   # length, padding, type
                body = stream.read(struct.unpack('>I', head[:4])[0] - 2)
                if head[5] == self.stage:
                    return
                here.sendall(head + body)
                if head[5] == NEWKEYS:
                    here.sendall(stream.read1(65536))
                    return


def ends(server, channel, short, words, *args, port=None):
    """The deadline with this letter is short, all others are long."""
    Probe(server, [*key_of(server, channel), *LONG, '-' + short,
                   CONNECT if short == 'C' else '1000', *(args or LOOK)],
          port=port, seconds=SECONDS).ended(BROKEN, *words)


def connecting(server, channel, stage, words):
    with Standstill(server, stage) as way:
        ends(server, channel, 'C', words, port=way.port)


def handshakes(work):
    """libssh2 tells what it was doing, for ssh it is all one."""
    ways = [('greeting', 'greeting'), (KEXINIT, 'the key exchange'),
            (REPLY, 'the key exchange'), (NEWKEYS, 'the key exchange'),
            ('keys', 'the login')]
    with cd.Server(work, 'sshd', 'shakes') as server:
        together(connecting, [
            (server, channel, stage, [
                'connecting' if channel == 'openssh' else doing,
                'took longer than 2.0 s'])
            for channel in CHANNELS for stage, doing in ways])


def listener_stands(work):
    """The whole server stands still: the kernel still takes connections."""
    with cd.Server(work, 'sshd', 'still') as server:
        with stopped(int(cd.read(server.path('pid')))):
            together(ends, [(server, channel, 'C', ['took longer than'])
                            for channel in CHANNELS])


def session_stands(work):
    """The SFTP program is started and says nothing."""
    mute = script(work, 'mute.sh', 'cat >/dev/null\n:\n')
    with cd.Server(work, 'sshd', 'mute', SFTP_SERVER=mute) as server:
        together(ends, [(server, channel, 'R', [
            'did not move a byte for 1.0 s']) for channel in CHANNELS])


def upload_stands(work):
    """The server's process for the connection stops after some bytes."""
    noted = cd.write(os.path.join(work, 'pids'), '')
    stands = script(work, 'stands.sh', (
        f'echo $PPID >>{noted}\n'
        '{ dd bs=4096 count=300 status=none; kill -STOP $PPID; } |'
        f' {SFTP_SERVER}\n'))
    try:
        with cd.Server(work, 'sshd', 'stands', SFTP_SERVER=stands) as server:
            together(ends, [
                (server, channel, 'S', [
                    'did not move a byte for 1.0 s', ' of 41943040 bytes'],
                 *more, '--', 'put', data(work, 40 * MIB),
                 f'{channel}.{len(more)}')
                for channel in CHANNELS for more in ([], ['-n', '2'])])
    finally:
        for pid in map(int, cd.read(noted).split()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def end_stands(work):
    """All bytes are taken, and then closing the file has no answer."""
    with cd.Server(work, 'sshd', 'end', SFTP_SERVER=f'{FILTER} '
                   'stuck=4:1') as server:
        together(ends, [
            (server, channel, 'F', [
                'close the file', 'did not move a byte for 1.0 s'],
             '--', 'put', data(work, MIB), channel)
            for channel in CHANNELS])


def test(work):
    data(work, 40 * MIB)
    data(work, MIB)
    handshakes(work)
    listener_stands(work)
    session_stands(work)
    upload_stands(work)
    end_stands(work)


# libssh2 1.10 forgets numbers of libcrypto's in a key exchange that does not
# come to its end; what it has of its own goes with our session.
main(test, ['libssh2_session_handshake'])
