"""A TCP proxy that spoils an exchange at a chosen byte.

It listens on 127.0.0.2, on the same ports as the server on 127.0.0.1: data
connections of FTP pass it too, with TLS as well, because the client connects
to the address of the control connection and the port it was told.

Bytes of both directions and of all connections are counted together.
"""

import contextlib
import select
import socket
import struct
import sys
import threading
import time

HOST = '127.0.0.2'
CHUNK = 4096
LATE = 0.3          # seconds; within the deadlines of the tests
OVERDUE = 2.5       # seconds; beyond them
SLOW_CHUNKS = 12    # that many are delayed
RESET = struct.pack('ii', 1, 0)


class Pair:
    """One connection through the proxy."""

    def __init__(self, here, there):
        self.ends = {here: there, there: here}  # from: to
        self.server = there
        self.here = here
        self.stalled = False
        self.struck = False
        self.until = {}     # ends whose bytes stay here, until when
        self.held = {}      # and the first of these bytes
        self.slow = 0       # chunks that still wait

    def drop(self, reset):
        for end in (self.here, self.server):
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)


class CutProxy:
    """Forward to 127.0.0.1, on each of ports, as a context.

    spoil(at, how) says what happens at the at-th byte from now on:
    'reset'   all connections end there as when a router forgets them
    'close'   all connections end there, in order
    'one'     only the connection of that byte is reset
    'half'    the receiver of that byte is told that no more will come, the
              other direction goes on
    'dead'    all are reset, and new ones refused until heal()
    'short'   all are reset, and one new one is refused
    'stall'   nothing moves any more on these connections
    'freeze'  the client's bytes wait, beyond all deadlines, and then arrive
    'mute'    the server's bytes do
    'late'    everything waits for a moment once, then goes on
    'slow'    so does each chunk from there on, for a while
    New connections are served well but for these.  With a small window, in
    bytes, what the proxy has not read yet stays with the client.
    """

    def __init__(self, ports, window=None):
        self.ports = ports
        self.window = window
        self.lock = threading.Lock()
        self.ended = False
        self.refuse = 0     # so many new connections
        self.at = None
        self.how = None
        self.count = 0
        self.turns = []     # counts at which the direction changed
        self.last = None    # who sent the last chunk
        self.opened = 0     # connections since spoil()
        self.passed = {}    # bytes of each of them
        self.hit = threading.Event()
        self.pairs = set()
        self.threads = []
        self.listeners = []

    def __enter__(self):
        for port in self.ports:
            try:
                listener = socket.create_server((HOST, port), backlog=64)
            except OSError:
                self.close()
                raise
            if self.window is not None:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                    self.window)
            self.listeners.append(listener)
        self.start(self.accept)
        return self

    def __exit__(self, *_):
        self.ended = True
        self.drop()
        for thread in list(self.threads):
            thread.join()
        self.close()

    def close(self):
        for listener in self.listeners:
            listener.close()

    def spoil(self, at, how):
        self.heal()
        with self.lock:
            self.count, self.at, self.how = 0, at, how
            self.turns, self.last = [], None
            self.opened, self.passed = 0, {}
        self.hit.clear()

    def heal(self):
        """End what is left of earlier connections; serve new ones well."""
        with self.lock:
            self.at = None
            self.refuse = 0
        self.drop()

    def forget(self):
        """Serve new connections well; what was held back may still come."""
        with self.lock:
            self.at = None
            self.refuse = 0

    def settled(self):
        """Wait for the end of connections of which something was held back:
        the client has left them."""
        while any(p.struck for p in list(self.pairs)):
            time.sleep(0.02)

    def drop(self, reset=True):
        for pair in list(self.pairs):
            pair.drop(reset)

    def start(self, f, *args):
        thread = threading.Thread(target=f, args=args, daemon=True)
        self.threads = [t for t in self.threads if t.is_alive()] + [thread]
        thread.start()

    def accept(self):
        while not self.ended:
            ready, _, _ = select.select(self.listeners, [], [], 0.1)
            for listener in ready:
                here, _ = listener.accept()
                if self.refuse > 0:
                    self.refuse -= 1
                    here.close()
                    continue
                port = listener.getsockname()[1]
                try:
                    there = socket.create_connection(('127.0.0.1', port), 10)
                except OSError:
                    here.close()
                    continue
                self.start(self.relay, Pair(here, there))

    def relay(self, pair):
        with self.lock:
            self.opened += 1
            self.passed[pair] = 0
        self.pairs.add(pair)
        with contextlib.suppress(OSError):
            self.pump(pair)
        self.pairs.discard(pair)
        pair.here.close()
        pair.server.close()

    @staticmethod
    def release(pair):
        """Pass on what was held back for long enough."""
        now = time.monotonic()
        for end in [e for e, until in pair.until.items() if until <= now]:
            if end in pair.ends:
                pair.ends[end].sendall(pair.held[end])
            del pair.until[end]

    def pump(self, pair):
        while pair.ends and not self.ended:
            self.release(pair)
            if pair.stalled and self.gone(pair.here):
                return
            ends = [end for end in pair.ends
                    if not pair.stalled and end not in pair.until]
            ready, _, _ = select.select(ends, [], [], 0.05)
            for end in ready:
                if end in pair.ends and not self.forward(pair, end):
                    return

    @staticmethod
    def gone(sock):
        """Whether that end has left a connection that nobody reads."""
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def forward(self, pair, end):
        """False when the connection ends here."""
        data = end.recv(CHUNK)
        to = pair.ends[end]
        if not data:
            to.shutdown(socket.SHUT_WR)
            del pair.ends[end]
            return True
        left, how = self.look(pair, end, len(data))
        if pair.slow > 0:
            pair.slow -= 1
            time.sleep(LATE * 2 / 3)
        if how is None:
            to.sendall(data)
            return True
        to.sendall(data[:left])
        return self.strike(pair, end, data[left:], how)

    def look(self, pair, end, n):
        """Count n bytes; what happens now, if anything, and after which."""
        with self.lock:
            side = end is pair.server
            if side != self.last:
                self.turns.append(self.count)
                self.last = side
            left = None if self.at is None else self.at - self.count
            self.count += n
            self.passed[pair] = self.passed.get(pair, 0) + n
            if left is None or left >= n:
                return 0, None
            how, self.at = self.how, None
            self.refuse = {'dead': sys.maxsize, 'short': 1}.get(how, 0)
        return max(left, 0), how

    def strike(self, pair, end, rest, how):
        self.hit.set()
        to = pair.ends[end]
        if how in ('late', 'slow'):
            pair.struck = how == 'slow'
            pair.slow = SLOW_CHUNKS if how == 'slow' else 0
            time.sleep(LATE)
            to.sendall(rest)
            return True
        if how in ('freeze', 'mute'):
            held = pair.here if how == 'freeze' else pair.server
            pair.struck = True
            pair.until[held] = time.monotonic() + OVERDUE
            pair.held[held] = rest if held is end else b''
            if held is not end:
                to.sendall(rest)
            return True
        if how == 'stall':
            for other in list(self.pairs):
                other.stalled = True
            return True
        if how == 'half':
            to.shutdown(socket.SHUT_WR)
            del pair.ends[end]
            return True
        if how == 'one':
            pair.drop(True)
        else:
            self.drop(how != 'close')
        return False
