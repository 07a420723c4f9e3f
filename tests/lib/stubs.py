"""Small servers of the tests' own: an HTTP store that can be told to be
strict, and a proxy that speaks SOCKS5 and CONNECT."""

import base64
import contextlib
import http.server
import select
import socket
import socketserver
import struct
import threading
import time
import urllib.request


class Threaded:
    """A socketserver in a thread, as a context."""

    def __init__(self, server):
        self.server = server
        self.port = server.server_address[1]
        self.thread = threading.Thread(target=server.serve_forever,
                                       kwargs={'poll_interval': 0.05})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Store(http.server.BaseHTTPRequestHandler):
    """PUT, GET, HEAD and DELETE on a dict; no MOVE.

    The server's attributes say how strict it is: need, headers that every
    change must have; signed, {(method, path): query} of the only requests
    allowed; moved, {from: to} of redirects, with status as theirs; first,
    a list of (status, headers) to answer before anything else; endless, one
    of (status, bytes, pause) of pages that end when the client leaves; sizes,
    whether HEAD tells them; headers, more of each answer, as (name, value).
    What was asked is in seen, as (method, path, headers).
    """

    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body=b'', headers=()):
        self.send_response(status)
        for name, value in [*headers, *self.server.headers]:
            self.send_header(name, value)
        if self.command != 'HEAD' or self.server.sizes:
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def refused(self, change):
        s = self.server
        path, _, query = self.path.partition('?')
        if s.signed and s.signed.get((self.command, path)) != query:
            return 403
        for name, value in s.need.items() if change else ():
            if self.headers.get(name) != value:
                return 401 if name == 'Authorization' else 403
        return None

    def for_ever(self, status, body, pause):
        self.send_response(status)
        self.send_header('Connection', 'close')
        self.end_headers()
        with contextlib.suppress(OSError):
            while self.command != 'HEAD':
                self.wfile.write(body)
                time.sleep(pause)

    def elsewhere(self, path):
        self.server.seen.append((self.command, self.path, self.headers))
        if self.server.endless:
            self.for_ever(*self.server.endless.pop(0))
            return True
        if self.server.first:
            status, headers = self.server.first.pop(0)
            self.answer(status, headers=headers)
            return True
        for old, new in self.server.moved.items():
            if path.startswith(old):
                self.answer(self.server.status, headers=[
                    ('Location', new + path[len(old):])])
                return True
        return False

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        path = self.path.partition('?')[0]
        if self.elsewhere(path):
            return
        no = self.refused(True)
        if no is None:
            self.server.files[path] = body
        self.answer(no or 201)

    def find(self):
        path = self.path.partition('?')[0]
        if self.elsewhere(path):
            return
        no = self.refused(False)
        if no is None and path not in self.server.files:
            no = 404
        self.answer(no or 200, b'' if no else self.server.files[path])

    do_GET = do_HEAD = find

    def do_DELETE(self):
        path = self.path.partition('?')[0]
        if self.elsewhere(path):
            return
        no = self.refused(True)
        if no is None and self.server.files.pop(path, None) is None:
            no = 404
        self.answer(no or 204)

    def do_MOVE(self):
        if not self.elsewhere(self.path):
            self.answer(405)


def store(need=None, signed=None, moved=None, status=307, kind=Store):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), kind)
    server.need = need or {}
    server.signed = signed or {}
    server.moved = moved or {}
    server.status = status
    server.first = []
    server.headers = []
    server.sizes = True
    server.endless = []
    server.seen = []
    server.files = {}
    return Threaded(server)


class Proxy(socketserver.BaseRequestHandler):
    """CONNECT, or SOCKS5 with the name resolved here.  Every name leads to
    127.0.0.1; the server's seen lists what was asked for.  With flood set,
    (head, more), the answer to CONNECT is head, and more of it for ever."""

    def take(self, n):
        data = b''
        while len(data) < n:
            more = self.request.recv(n - len(data))
            if not more:
                raise OSError('the client left')
            data += more
        return data

    def handle(self):
        with contextlib.suppress(OSError):
            first = self.take(1)
            there = self.socks() if first == b'\x05' else self.connect(first)
            if there is not None:
                with there:
                    self.pump(there)

    def dial(self, kind, name, port):
        self.server.seen.append((kind, name, port))
        return socket.create_connection(('127.0.0.1', port), 10)

    def socks(self):
        self.take(self.take(1)[0])
        if self.server.login is None:
            self.request.sendall(b'\x05\x00')
        else:
            self.request.sendall(b'\x05\x02')
            self.take(1)
            login = b':'.join(self.take(self.take(1)[0]) for _ in 'up')
            good = login.decode() == self.server.login
            self.request.sendall(b'\x01\x00' if good else b'\x01\x01')
            if not good:
                return None
        _, _, _, kind = self.take(4)
        if kind == 3:
            name = self.take(self.take(1)[0]).decode()
        else:
            name = socket.inet_ntoa(self.take(4))
        port = struct.unpack('>H', self.take(2))[0]
        there = self.dial('socks', name, port)
        self.request.sendall(b'\x05\x00\x00\x01\x7f\x00\x00\x01' +
                             struct.pack('>H', port))
        return there

    def connect(self, head):
        while not head.endswith(b'\r\n\r\n'):
            head += self.take(1)
        line, *rest = head.decode().split('\r\n')
        if self.server.flood:
            self.request.sendall(self.server.flood[0])
            while True:
                self.request.sendall(self.server.flood[1])
        want = self.server.login
        if want is not None:
            text = 'Basic ' + base64.b64encode(want.encode()).decode()
            if f'Proxy-Authorization: {text}' not in rest:
                self.request.sendall(
                    b'HTTP/1.1 407 Proxy Authentication Required\r\n'
                    b'Proxy-Authenticate: Basic realm="p"\r\n'
                    b'Content-Length: 0\r\n\r\n')
                return None
        name, _, port = line.split()[1].rpartition(':')
        there = self.dial('connect', name, int(port))
        self.request.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
        return there

    def pump(self, there):
        ends = {self.request: there, there: self.request}
        while ends:
            ready, _, _ = select.select(list(ends), [], [], 60)
            if not ready:
                return
            for end in ready:
                data = end.recv(65536)
                if data:
                    ends[end].sendall(data)
                else:
                    ends[end].shutdown(socket.SHUT_WR)
                    del ends[end]


class ProxyServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def proxy(login=None):
    """login: "user:password" that must be brought."""
    server = ProxyServer(('127.0.0.1', 0), Proxy)
    server.login = login
    server.flood = None
    server.seen = []
    return Threaded(server)


class Rewriting(http.server.BaseHTTPRequestHandler):
    """In front of a platform: passes calls on, and what the server's rewrite
    makes of (body of the call, answer) back.  What its instead(body) makes of
    a call, unless that is None, is answered in the platform's place: (status,
    body) or (status, body, headers)."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        mine = self.server.instead(body.decode())
        if mine is not None:
            self.answer(*mine)
            return
        asked = urllib.request.Request(
            self.server.behind, body,
            {'Content-Type': self.headers['Content-Type']})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            kind = answer.headers['Content-Type']
            text = self.server.rewrite(body.decode(), answer.read().decode())
        self.answer(200, text, {'Content-Type': kind})

    def answer(self, status, text, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(text.encode())))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may have left
            self.wfile.write(text.encode())


def rewriting(behind, rewrite=lambda call, answer: answer,
              instead=lambda call: None):
    """A platform at port of this context that is the one at behind but for
    its answers."""
    server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Rewriting)
    server.daemon_threads = True
    server.behind, server.rewrite = behind, rewrite
    server.instead = instead
    return Threaded(server)
