"""A pull side that hands files of another store over in ways of its own."""

import contextlib
import http.server
import urllib.error
import urllib.request

import stubs


class Pull(http.server.BaseHTTPRequestHandler):
    """GET and HEAD of what the server's store has at the same path; deed
    says how: 'half', 'longer', 'busy', 'silent' or 'late' (nothing is in
    sight for the first looks)."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body=b'', length=None):
        self.send_response(status)
        self.send_header('Content-Length', str(
            len(body) if length is None else length))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def fetch(self):
        try:
            with urllib.request.urlopen(self.server.store + self.path,
                                        timeout=60) as there:
                return there.read()
        except urllib.error.HTTPError:
            return None

    def do_GET(self):
        s = self.server
        body = self.fetch()
        s.seen.append(self.path)
        if s.deed == 'late' and body is not None and s.looks > 0:
            s.looks -= 1
            body = None
        if s.deed == 'busy':
            self.answer(503)
        elif body is None:
            self.answer(404)
        elif s.deed == 'half':
            self.answer(200, body[:len(body) // 2], len(body))
            self.close_connection = True
        elif s.deed == 'longer':
            self.answer(200, body, len(body) + 1)
            self.close_connection = True
        elif s.deed == 'silent':
            with contextlib.suppress(OSError):
                self.rfile.read(1)      # until the client leaves
        else:
            self.answer(200, body)

    do_HEAD = do_GET


def pull_side(store, deed, looks=0):
    """A context; store is the address before the paths."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pull)
    server.daemon_threads = True
    server.store, server.deed, server.looks = store, deed, looks
    server.seen = []
    return stubs.Threaded(server)
