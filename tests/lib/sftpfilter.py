#!/usr/bin/env python3
"""An sftp-server that has its ways; a subsystem of sshd for tests.

    sftpfilter.py RULE...

What the client asks goes through to the real sftp-server, but for

    largest=BYTES       a longer packet ends the session at once, as a server
                        does that never heard of large ones
    unheard=TYPE:N      the N-th packet of that type, counted from 1, is not
                        passed on, and the session ends
    unanswered=TYPE:N   likewise, but it is passed on and done
    stuck=TYPE:N        from then on there is silence
    refuse=TYPE:N       it is answered with FAILURE; N+: later ones, too
    without=NAME,NAME   the server is told not to know these (sftp-server -P)
    once=FILE           the rules hold only in the session that can create
                        FILE
TYPE is a number of the protocol, 18 for RENAME, 6 for WRITE.
"""

import os
import struct
import subprocess
import sys
import threading

SERVER = '/usr/lib/openssh/sftp-server'
STATUS, FAILURE = 101, 4


def read_packet(stream):
    """One packet without its length, or None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    body = stream.read(struct.unpack('>I', head)[0])
    return body or None


def packet(body):
    return struct.pack('>I', len(body)) + body


class Filter:
    def __init__(self, rules):
        self.rules = dict(rule.split('=', 1) for rule in rules)
        if 'once' in self.rules:
            try:
                os.close(os.open(self.rules['once'],
                                 os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                self.rules = {}
        self.seen = {}
        self.lock = threading.Lock()
        self.mute = False
        denied = self.rules.get('without')
        self.real = subprocess.Popen(
            [SERVER, *(['-P', denied] if denied else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def hits(self, name, kind):
        want, _, number = self.rules.get(name, '0:0').partition(':')
        if kind != int(want):
            return False
        if number.endswith('+'):
            return self.seen[kind] >= int(number[:-1])
        return self.seen[kind] == int(number)

    def say(self, body):
        with self.lock:
            if not self.mute:
                sys.stdout.buffer.write(packet(body))
                sys.stdout.buffer.flush()

    def answers(self):
        while (body := read_packet(self.real.stdout)) is not None:
            self.say(body)

    def questions(self):
        """Until the client ends, or a rule ends the session."""
        largest = int(self.rules.get('largest', '0'))
        while (body := read_packet(sys.stdin.buffer)) is not None:
            kind = body[0]
            self.seen[kind] = self.seen.get(kind, 0) + 1
            if self.hits('unheard', kind) or 0 < largest < len(body):
                return
            if self.hits('refuse', kind):
                self.say(struct.pack('>B4sIII', STATUS, body[1:5], FAILURE,
                                     0, 0))
                continue
            if self.hits('stuck', kind):
                while read_packet(sys.stdin.buffer) is not None:
                    pass
                return
            last = self.hits('unanswered', kind)
            with self.lock:
                self.mute = self.mute or last
            self.real.stdin.write(packet(body))
            self.real.stdin.flush()
            if last:
                return

    def run(self):
        answers = threading.Thread(target=self.answers, daemon=True)
        answers.start()
        self.questions()
        self.real.stdin.close()
        self.real.wait()
        answers.join()


Filter(sys.argv[1:]).run()
