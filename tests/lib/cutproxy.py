"""A TCP proxy that spoils an exchange at a chosen byte.

Bytes of both directions and of all connections are counted together, data
connections of FTP too: a passive port in an answer is replaced by one of the
proxy's own.
"""

import contextlib
import re
import select
import socket
import struct
import threading
import time

PASSIVE = re.compile(rb'(\(\|\|\|)(\d+)(\|\))')
CHUNK = 4096


class CutProxy:
    """Forward to 127.0.0.1:port, as a context.

    spoil(at, how) says what happens at the at-th byte from now on:
    'cut'    all connections end there; new ones are served
    'dead'   the same, but new ones are refused, until heal()
    'stall'  nothing moves any more on these connections; new ones are served
    'late'   everything waits for a moment once, then goes on
    """

    def __init__(self, port, late=0.3):
        self.target = port
        self.late = late
        self.lock = threading.Lock()
        self.count = 0
        self.at = None
        self.how = None
        self.ended = False
        self.refuse = False
        self.pairs = set()
        self.threads = []
        self.listeners = []

    def __enter__(self):
        self.port = self.listen(self.target)
        return self

    def __exit__(self, *_):
        self.ended = True
        for listener in self.listeners:
            listener.close()
        self.drop()
        for thread in self.threads:
            thread.join()

    def spoil(self, at, how):
        self.heal()
        with self.lock:
            self.count, self.at, self.how = 0, at, how

    def heal(self):
        """End what is left of earlier connections; serve new ones well."""
        with self.lock:
            self.at = None
            self.refuse = False
        self.drop()

    def drop(self):
        for pair in list(self.pairs):
            for end in pair:
                with contextlib.suppress(OSError):
                    # A reset, as when a router forgets a connection.
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack('ii', 1, 0))
                    end.shutdown(socket.SHUT_RDWR)

    def start(self, f, *args):
        thread = threading.Thread(target=f, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def listen(self, target):
        listener = socket.create_server(('127.0.0.1', 0))
        listener.settimeout(0.1)
        self.listeners.append(listener)
        self.start(self.accept, listener, target)
        return listener.getsockname()[1]

    def accept(self, listener, target):
        while not self.ended:
            try:
                here, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if self.refuse:
                here.close()
                continue
            try:
                there = socket.create_connection(('127.0.0.1', target), 10)
            except OSError:
                here.close()
                continue
            self.start(self.relay, here, there)

    def relay(self, here, there):
        pair = (here, there)
        self.pairs.add(pair)
        with contextlib.suppress(OSError):
            self.pump({here: there, there: here}, there)
        self.pairs.discard(pair)
        here.close()
        there.close()

    def pump(self, ends, server):
        while ends and not self.ended:
            ready, _, _ = select.select(list(ends), [], [], 0.1)
            for end in ready:
                data = end.recv(CHUNK)
                if not data:
                    ends[end].shutdown(socket.SHUT_WR)
                    del ends[end]
                    continue
                if end is server:
                    data = PASSIVE.sub(self.passive, data)
                if not self.pass_on(ends[end], data):
                    return

    def passive(self, match):
        port = self.listen(int(match.group(2)))
        return match.group(1) + str(port).encode() + match.group(3)

    def pass_on(self, to, data):
        """False when the exchange was spoiled here."""
        with self.lock:
            left = None if self.at is None else self.at - self.count
            self.count += len(data)
            how = None
            if left is not None and left < len(data):
                how, self.at = self.how, None
                self.refuse = how == 'dead'
        if how is None:
            to.sendall(data)
            return True
        to.sendall(data[:max(left, 0)])
        if how == 'late':
            time.sleep(self.late)
            to.sendall(data[max(left, 0):])
            return True
        if how == 'stall':
            while not self.ended and self.stalled(to):
                time.sleep(0.05)
        else:
            self.drop()
        return False

    @staticmethod
    def stalled(sock):
        """Whether the connection still stands."""
        try:
            return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 \
                and sock.getpeername() is not None
        except OSError:
            return False
