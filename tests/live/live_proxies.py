#!/usr/bin/env python3
"""A proxy that fails is told in the same words and with the same exit code
whatever is spoken through it, and by its name."""

import contextlib
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from probe import probe  # noqa: E402

# Nothing listens there, so that an answer can only be the proxy's.
URLS = ['ftp://u@127.0.0.1:1/', 'ftps://u@127.0.0.1:1/',
        'ftpes://u@127.0.0.1:1/', 'sftp://u@127.0.0.1:1/',
        'http://127.0.0.1:1/', 'https://127.0.0.1:1/']
HTTP = [        # what is answered to CONNECT; None: not a word
    (b'HTTP/1.1 403 Forbidden\r\n\r\n', 77, 'denied'),
    (b'HTTP/1.1 407 Who?\r\n\r\n', 77, 'login'),
    (b'HTTP/1.1 502 Bad Gateway\r\n\r\n', 69, 'connect'),
    (b'', 69, 'connect'),
    (None, 75, 'timeout'),
]
SOCKS = [       # replies to the greeting and to what follows
    ([b'\x05\xff'], 77, 'login'),
    ([b'\x05\x00', b'\x05\x02\x00\x01' + bytes(6)], 77, 'denied'),
    ([b'\x05\x00', b'\x05\x05\x00\x01' + bytes(6)], 69, 'connect'),
]


class Proxy:
    """It gives each connection these answers, one for each thing it is told,
    and then closes it; as a context."""

    def __init__(self, answers):
        self.answers = answers
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.held = []

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for sock in self.held:
            sock.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.held.append(sock)
                threading.Thread(target=self.one, args=(sock,),
                                 daemon=True).start()

    def one(self, sock):
        with contextlib.suppress(OSError):
            for answer in self.answers:
                sock.recv(65536)
                if answer is None:
                    return
                sock.sendall(answer)
            sock.shutdown(socket.SHUT_RDWR)


def tell(url, scheme, port, code, word):
    """What is said of this proxy."""
    no = probe(['-K', '/dev/null', '-C', '1000', '-R', '1000', '-s',
                'libssh2', '-x', f'{scheme}://127.0.0.1:{port}'], url,
               ['stat', 'a'], exit_code=None)
    last = no.error.splitlines()[-1]
    cd.equal(f'exit: {no}', no.exit, code)
    cd.check(last.startswith(word + ': '), f'not "{word}": {no}')
    cd.check('proxy' in last and f'127.0.0.1:{port}' in last,
             f'the proxy is not named: {no}')
    return last[last.index('the proxy'):]


def same(scheme, port, code, word, unlike=()):
    told = {url: tell(url, scheme, port, code, word) for url in URLS}
    words = {t for url, t in told.items() if url not in unlike}
    cd.check(len(words) == 1, f'told in several ways: {told}')


def test(_):
    for answer, code, word in HTTP:
        with Proxy([answer]) as proxy:
            same('http', proxy.port, code, word)
    for answers, code, word in SOCKS:
        with Proxy(answers) as proxy:
            same('socks5h', proxy.port, code, word)
    with socket.create_server(('127.0.0.1', 0)) as there:
        nobody = there.getsockname()[1]
    for scheme in 'http', 'socks5h':
        same(scheme, nobody, 69, 'connect')


cd.main(test)
