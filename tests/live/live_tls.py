#!/usr/bin/env python3
"""Certificates: only a trusted one for the right name in its time passes, and
what the settings say about keys, versions and our own certificate counts."""

import base64
import contextlib
import os
import socket
import ssl
import sys
import threading
import types

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from certs import certificate, chain, pin_of  # noqa: E402
from probe import probe  # noqa: E402
from small import Small  # noqa: E402

DONE = 12       # finished; verify is off, so nothing confirms it
REFUSED = 9
DENIED = 77


class Case:
    def __init__(self, work, stack):
        self.work = work
        self.stack = stack
        self.pull = stack.enter_context(cd.Server(
            work, 'nginx', 'pull', DAV_METHODS='off'))
        self.small = Small(work, stack, {
            'upload': 'https://localhost:1', 'pull':
            f'http://127.0.0.1:{self.pull.port}'}, job={'retries': 0})

    def server(self, name, cert=None, **env):
        """An https server on the same folder."""
        folder = os.path.join(self.work, name)
        certificate(folder, **(cert or {}))
        return self.stack.enter_context(cd.Server(
            self.work, 'nginx', name, root=self.pull.root, TLS='1', **env))

    def check(self, server, code, settings, *flags, says=''):
        self.small.config['endpoints']['files'] = {
            'upload': f'https://localhost:{server.port}',
            'pull': f'http://127.0.0.1:{self.pull.port}', **settings}
        # A run that was refused shall not be gone on with by the next.
        self.small.config['state_dir'] = os.path.join(
            self.work, f'state-{self.small.rows}')
        self.small.save()
        got = self.small.run(*flags, exit_code=code)
        cd.check(says in (got.json['error'] or {}).get('message', ''),
                 f'not a word of "{says}": {got}')
        cd.equal('left', self.pull.files(['small']), [])
        return got


def trust(case):
    good = case.server('good')
    ca = {'ca_file': good.path('cert.pem')}
    case.check(good, DONE, ca)
    case.check(good, REFUSED, {}, says='not trusted')
    loud = case.check(good, DONE, {}, '--insecure-tls')
    cd.check('NOT checked' in loud.stderr, f'not loud: {loud}')
    pin = pin_of(good.path('cert.pem'))
    other = 'sha256//' + base64.b64encode(bytes(32)).decode()
    case.check(good, DONE, {**ca, 'pin': [pin]})
    case.check(good, DONE, {**ca, 'pin': [other, pin]})
    case.check(good, REFUSED, {**ca, 'pin': [other]}, says='pinned')
    case.check(good, 78, {**ca, 'pin': ['abc']}, says='sha256//')
    case.check(good, 78, {**ca, 'tls_min': '1.3', 'tls_max': '1.2'})


def names_and_times(case):
    wrong = case.server('wrong', {'names': 'DNS:other.example'})
    case.check(wrong, REFUSED, {'ca_file': wrong.path('cert.pem')},
               says='not trusted')
    late = case.server('late', {'days': -1})
    case.check(late, REFUSED, {'ca_file': late.path('cert.pem')},
               says='expired')


def authority(case):
    """One above the server's own certificate that is about to end."""
    for name, days, warned in (('soon', 5, 1), ('later', 500, 0)):
        root = chain(os.path.join(case.work, name), days)
        server = case.stack.enter_context(cd.Server(
            case.work, 'nginx', name, root=case.pull.root, TLS='1'))
        got = case.check(server, DONE, {'ca_file': root})
        cd.equal(f'{name}: warnings', got.stderr.count('of an authority'),
                 warned)
        cd.equal(f'{name}: whose', got.stderr.count('middle'), warned)


def versions(case):
    old = case.server('old', NGINX_EXTRA='ssl_protocols TLSv1.2;')
    ca = {'ca_file': old.path('cert.pem')}
    case.check(old, DONE, ca)
    case.check(old, 76, {**ca, 'tls_min': '1.3'}, says='TLS')
    new = case.server('new', NGINX_EXTRA='ssl_protocols TLSv1.3;')
    ca = {'ca_file': new.path('cert.pem')}
    case.check(new, DONE, {**ca, 'tls_min': '1.3'})
    case.check(new, 76, {**ca, 'tls_max': '1.2'}, says='TLS')


def our_own(case):
    ours = certificate(os.path.join(case.work, 'ours'))
    both = case.server(
        'both', NGINX_EXTRA=f'ssl_verify_client on; '
        f'ssl_client_certificate {ours};')
    ca = {'ca_file': both.path('cert.pem')}
    cert = {'client_cert': ours,
            'client_key': ours.replace('cert.pem', 'key.pem')}
    case.check(both, DONE, {**ca, **cert})
    case.check(both, DENIED, ca, says='client_cert')
    other = certificate(os.path.join(case.work, 'theirs'))
    wrong = {'client_cert': other,
             'client_key': other.replace('cert.pem', 'key.pem')}
    case.check(both, DENIED, {**ca, **wrong}, says='does not take our')
    case.check(both, 78, {**ca, 'client_key': cert['client_key']})
    case.check(both, 78, {**ca, 'client_cert': '/nonexistent.pem'},
               says='client_cert')


def ends_the_handshake(case):
    """A server that wants a certificate, and says so by TLS alone."""
    there = certificate(os.path.join(case.work, 'there'))
    ours = certificate(os.path.join(case.work, 'ours'))
    late = certificate(os.path.join(case.work, 'late'), days=-1)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(there, there.replace('cert.pem', 'key.pem'))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(late)
        for cert, lingers in ((None, True), (None, False), (ours, True),
                              (late, True)):
            with handshakes(context, lingers) as port:
                own = cert and {
                    'client_cert': cert,
                    'client_key': cert.replace('cert.pem', 'key.pem')}
                got = case.check(types.SimpleNamespace(port=port), DENIED,
                                 {'ca_file': there, **(own or {})},
                                 says='client_cert')
                cd.equal('word', got.json['error']['word'],
                         'client-certificate')


@contextlib.contextmanager
def handshakes(context, lingers):
    """A server that goes no further than that; yields its port.  One that does
    not linger hangs up at once, which may cost its alert."""
    over = threading.Event()

    def serve():
        while not over.is_set():
            peer, _ = listener.accept()
            peer.settimeout(30)
            with peer.dup() as line, contextlib.suppress(OSError):
                with contextlib.suppress(ssl.SSLError):
                    context.wrap_socket(peer, server_side=True).close()
                line.settimeout(30)
                line.shutdown(socket.SHUT_WR)
                while lingers and line.recv(4096):
                    pass

    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield port
        finally:
            over.set()      # and let it come to see that
            socket.create_connection(('127.0.0.1', port)).close()
            thread.join(60)


def plain_port(case):
    """A port without TLS: the same of a file server and of a platform."""
    plain = f'http://127.0.0.1:{case.pull.port}'
    job = case.small.config['jobs']['job']
    job['retries'], job['retry_first'] = 2, '1ms'
    for name, upload, api in [
            ('upload', plain.replace('http', 'https'), case.small.box.api),
            ('platform', plain,
             case.small.box.api.replace('http:', 'https:'))]:
        case.small.config['state_dir'] = os.path.join(case.work, name)
        case.small.config['endpoints']['files'] = {
            'upload': upload, 'pull': plain}
        case.small.config['providers']['platform']['url'] = api
        case.small.save()
        got = case.small.run('-v', exit_code=69)
        error = got.json['error']
        cd.equal(f'{name}: word, retry', (error['word'], error['retry']),
                 ('connect', 'backoff'))
        cd.equal(f'{name}: tries', got.stderr.count('trying again'), 2)


def pull_side(case):
    """No TLS where the platform would fetch is no matter of where we are."""
    good = case.server('good')
    case.small.config['endpoints']['files'] = {
        'upload': f'https://localhost:{good.port}',
        'ca_file': good.path('cert.pem'),
        'pull': f'https://127.0.0.1:{case.pull.port}'}
    case.small.save()
    error = case.small.run(exit_code=69).json['error']
    cd.equal('word', error['word'], 'connect')
    cd.check('no TLS' in error['message'], f'not a word of TLS: {error}')


def ftp(case):
    """The same for FTP, explicit and implicit, on ProFTPD."""
    secret = cd.write(os.path.join(case.work, 'secret'), 'secret\n', 0o600)
    other = 'sha256//' + base64.b64encode(bytes(32)).decode()

    def check(mode, name, cert, *cases):
        folder = os.path.join(case.work, name)
        pem = certificate(folder, **cert)
        server = case.stack.enter_context(cd.Server(
            case.work, 'proftpd', name, MODE=mode))
        for options, code, says in cases:
            options = [o.replace('CERT', pem).replace('PIN', pin_of(pem))
                       for o in options]
            said = probe(['-u', 'drop', '-p', secret, *options],
                         f'{mode}://localhost:{server.port}/~/',
                         ['stage', pem, 'a'], exit_code=code)
            cd.check(says in said.error, f'not a word of "{says}": {said}')

    for mode in ('ftpes', 'ftps'):
        check(mode, mode, {},
              (['-c', 'CERT'], 0, ''), ([], REFUSED, 'self-signed'),
              (['-I'], 0, ''), (['-c', 'CERT', '-N', 'PIN'], 0, ''),
              (['-c', 'CERT', '-N', other], REFUSED, 'pinned'))
    check('ftpes', 'name', {'names': 'DNS:other.example'},
          (['-c', 'CERT'], REFUSED, 'subject name'))
    check('ftps', 'time', {'days': -1}, (['-c', 'CERT'], REFUSED, 'expired'))


def test(work):
    for part in (trust, names_and_times, authority, versions, our_own,
                 ends_the_handshake, plain_port, pull_side, ftp):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(Case(folder, stack))


cd.main(test)
