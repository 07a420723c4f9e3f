#!/usr/bin/env python3
"""WebDAV as servers and the proxies before them answer it: what is sent, and
what comes of each answer.  src/doc/webdav.md has which server says what."""

import contextlib
import hashlib
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import stubs  # noqa: E402
from probe import probe  # noqa: E402

UNSUPPORTED, DENIED, TAKEN, CONFIG = 78, 77, 75, 78
SECRET = 'only-of-this-test'
FOLDER = ('<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response>'
          '<D:href>/in/a.zip/</D:href><D:propstat><D:prop><D:resourcetype>'
          '<D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK'
          '</D:status></D:propstat></D:response></D:multistatus>')


def multi(status):
    return (f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/in/a.zip'
            f'</D:href><D:status>HTTP/1.1 {status} So</D:status></D:response>'
            f'</D:multistatus>').encode()


class Dav(stubs.Store):
    """The server's place(destination) says where a MOVE leads: a path, or a
    status; put is a (status, body) of uploads, or None; folder a path that
    is one; nonce that of a digest that is wanted; expects whether "Expect"
    is known."""

    def digest_is_good(self):
        s = self.server
        told = self.headers.get('Authorization', '')
        if not told.startswith('Digest '):
            return False
        f = {k: quoted or plain for k, quoted, plain in
             re.findall(r'(\w+)=(?:"([^"]*)"|([^", ]+))', told)}

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()
        return f['nonce'] == s.nonce and f['response'] == md5(':'.join([
            md5(f'drop:drop:{SECRET}'), f['nonce'], f['nc'], f['cnonce'],
            f['qop'], md5(f'{self.command}:{self.path}')]))

    def turned_away(self):
        s = self.server
        if s.nonce is None or self.digest_is_good():
            return False
        s.seen.append((self.command, self.path, self.headers))
        self.answer(401, headers=[('WWW-Authenticate',
                                   f'Digest realm="drop", nonce="{s.nonce}", '
                                   f'qop="auth", algorithm=MD5')])
        return True

    def handle_expect_100(self):
        if self.server.expects:
            return super().handle_expect_100()
        self.server.seen.append((self.command, self.path, self.headers))
        # Late: what comes at once libcurl tries again by itself.
        self.rfile.read(int(self.headers['Content-Length']))
        self.answer(417)
        return False

    def do_PUT(self):
        s = self.server
        if s.nonce is not None and not self.digest_is_good():
            self.rfile.read(int(self.headers.get('Content-Length', 0)))
            self.turned_away()
        elif s.put is not None:
            self.rfile.read(int(self.headers.get('Content-Length', 0)))
            s.seen.append((self.command, self.path, self.headers))
            self.answer(*s.put)
        else:
            super().do_PUT()

    def find(self):
        if self.path == self.server.folder:
            self.server.seen.append((self.command, self.path, self.headers))
            self.answer(self.server.folder_status)
        elif not self.turned_away():
            super().find()

    do_GET = do_HEAD = find

    def do_PROPFIND(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.server.seen.append((self.command, self.path, self.headers))
        if self.path == self.server.folder:
            self.answer(207, FOLDER.encode())
        else:
            self.answer(405)

    def do_MOVE(self):
        s = self.server
        if self.turned_away():
            return
        s.seen.append((self.command, self.path, self.headers))
        place = s.place(self.headers['Destination'])
        if isinstance(place, int):
            self.answer(place)
        elif self.headers['Overwrite'] == 'F' and (
                place in s.files or place == s.folder):
            self.answer(412)
        else:
            s.files[place] = s.files.pop(self.path)
            self.answer(201)


def only_path(destination):
    """Behind a proxy: a whole address is somebody else's."""
    return destination if destination.startswith('/') else 502


def only_whole(destination):
    """Apache."""
    if destination.startswith('/'):
        return 400
    return '/' + destination.split('/', 3)[3]


class Case:
    def __init__(self, work, stack):
        self.work = work
        self.stack = stack
        self.body = os.urandom(3 << 20)
        self.file = os.path.join(work, 'file')
        with open(self.file, 'wb') as f:
            f.write(self.body)

    def server(self, place=only_path, **more):
        up = stubs.store(kind=Dav)
        server = up.server
        server.place = place
        server.put = server.folder = server.nonce = None
        server.expects, server.folder_status = True, 200
        for name, value in more.items():
            setattr(server, name, value)
        return self.stack.enter_context(up)

    def stage(self, server, *options, names=('a.zip',), exit_code=0):
        return probe(['-v', *options], f'http://127.0.0.1:{server.port}/in',
                     *[['stage', self.file, n] for n in names],
                     exit_code=exit_code)


def destinations(server):
    return [h['Destination'] for m, _, h in server.server.seen if m == 'MOVE']


def as_path(case):
    up = case.server()
    said = case.stage(up)
    cd.equal('said', said.lines, ['stage a.zip size'])
    cd.equal('places', destinations(up), ['/in/a.zip'])
    cd.equal('files', up.server.files, {'/in/a.zip': case.body})


def as_address(case):
    """Only to a server that insists, and then at once."""
    up = case.server(only_whole)
    said = case.stage(up, names=('a.zip', 'b.zip'))
    cd.equal('said', said.lines, ['stage a.zip size', 'stage b.zip size'])
    whole = f'http://127.0.0.1:{up.port}/in/'
    cd.equal('places', destinations(up),
             ['/in/a.zip', whole + 'a.zip', whole + 'b.zip'])


def at_once(case):
    """What cannot be renamed is sent under its own name."""
    for status in (400, 403, 405, 409, 415, 501, 502):
        up = case.server(lambda _, status=status: status)
        said = case.stage(up, names=('a.zip', 'b.zip'))
        cd.equal(f'{status}', said.lines, ['stage a.zip size direct',
                                           'stage b.zip size direct'])
        cd.check('the server does not rename' in said.error,
                 f'not told: {said}')
        cd.equal('files', sorted(up.server.files), ['/in/a.zip', '/in/b.zip'])


def renamed_elsewhere(case):
    """A proxy takes the begin of paths off, and not that of the new name."""
    up = case.server(lambda to: '/in' + to)
    said = case.stage(up)
    cd.equal('said', said.lines, ['stage a.zip size direct'])
    cd.equal('files', up.server.files, {'/in/a.zip': case.body})


def gateway_says_no(case):
    """... of a rename that was done."""
    up = case.server()

    def done(destination):
        files = up.server.files
        files[destination] = files.pop(
            [n for n in files if n.endswith('.part')][0])
        return 502
    up.server.place = done
    said = case.stage(up)
    cd.equal('said', said.lines, ['stage a.zip size'])
    cd.equal('puts', [m for m, *_ in up.server.seen if m == 'PUT'], ['PUT'])


def several(case):
    """207 is what its page says."""
    for inside, exit_code, word in ((403, DENIED, 'denied'),
                                    (507, 75, 'remote-full'),
                                    (423, 69, 'unavailable')):
        up = case.server(put=(207, multi(inside)))
        no = case.stage(up, exit_code=exit_code)
        cd.check(f'{word}: ' in no.error and f'with a {inside} inside' in
                 no.error, f'not told: {no}')
    up = case.server(put=(207, multi(201)),
                     files={'/in/.a.zip.probe.1.part': case.body})
    cd.equal('said', case.stage(up).lines, ['stage a.zip size'])


def own_sentences(case):
    for status, word, says in (
            (405, 'unsupported', 'takes no uploads (PUT) at this address'),
            (413, 'too-large', 'larger than the server takes')):
        no = case.stage(case.server(put=(status, b'')), exit_code=78)
        cd.check(f'{word}: ' in no.error and says in no.error,
                 f'not told: {no}')


def digest_only(case):
    secret = cd.write(os.path.join(case.work, 'secret'), SECRET + '\n', 0o600)
    up = case.server(nonce='n1')
    said = case.stage(up, '-u', 'drop', '-p', secret)
    cd.equal('said', said.lines, ['stage a.zip size'])
    cd.equal('files', up.server.files, {'/in/a.zip': case.body})
    wrong = cd.write(os.path.join(case.work, 'wrong'), 'other\n', 0o600)
    no = case.stage(up, '-u', 'drop', '-p', wrong, exit_code=DENIED)
    cd.check('login: ' in no.error, f'not told: {no}')


def no_expect(case):
    up = case.server(expects=False)
    said = case.stage(up, names=('a.zip', 'b.zip'))
    cd.equal('said', said.lines, ['stage a.zip size', 'stage b.zip size'])
    expects = [h['Expect'] for m, _, h in up.server.seen if m == 'PUT']
    cd.equal('expects', expects, ['100-continue', None, None])


def folder_there(case):
    """With "Overwrite: T" it would go with all that is in it."""
    for status in (200, 403, 404):
        up = case.server(folder='/in/a.zip', folder_status=status)
        no = case.stage(up, exit_code=TAKEN)
        cd.check('exists: ' in no.error and 'is a folder' in no.error,
                 f'not told: {no}')
        cd.equal('overwrites', [h['Overwrite'] for m, _, h in up.server.seen
                                if m == 'MOVE'], ['F'])


def replaced(case):
    """A file of that name gives way, as on_exists says."""
    up = case.server(files={'/in/a.zip': b'old'})
    cd.equal('said', case.stage(up).lines, ['stage a.zip size'])
    cd.equal('files', up.server.files, {'/in/a.zip': case.body})
    cd.equal('overwrites', [h['Overwrite'] for m, _, h in up.server.seen
                            if m == 'MOVE'], ['F', 'T'])


def as_given(case):
    """A signature is over the address as it was written."""
    up = case.server()
    got = os.path.join(case.work, 'got')
    path = '/in/a%2Fb+c%20d~(1).zip?signature=x%2By+z'
    probe([], f'http://127.0.0.1:{up.port}{path}',
          ['put', case.file, ''], ['get', '', got])
    cd.equal('paths', {p for _, p, _ in up.server.seen}, {path})
    probe([], f'http://127.0.0.1:{up.port}/i%2Bn+', ['put', case.file, 'a b'])
    cd.equal('path', up.server.seen[-1][1], '/i%2Bn+/a%20b')


def framing(case):
    up = case.server()
    for line in ('Content-Length: 1', 'transfer-encoding: chunked'):
        headers = cd.write(os.path.join(case.work, 'headers'), line + '\n',
                           0o600)
        no = case.stage(up, '-H', headers, exit_code=CONFIG)
        cd.check('cannot be set' in no.error, f'not told: {no}')
    cd.equal('requests', up.server.seen, [])


def bytes_leave_slowly(case):
    """The time for the last answer begins when the last byte has left."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(('127.0.0.1', 0))
    listener.listen(1)
    small = os.path.join(case.work, 'small')
    with open(small, 'wb') as f:
        f.write(bytes(200000))

    def slow():
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                got = b''
                while b'\r\n\r\n' not in got:
                    got += peer.recv(100)
                time.sleep(3)   # longer than -F below; nothing is read
                left = 200000 - len(got.split(b'\r\n\r\n', 1)[1])
                while left > 0:
                    left -= len(peer.recv(65536))
                peer.sendall(b'HTTP/1.1 201 Created\r\n'
                             b'Content-Length: 0\r\n\r\n')
                peer.recv(1)
    thread = threading.Thread(target=slow)
    thread.start()
    try:
        probe(['-F', '500'],
              f'http://127.0.0.1:{listener.getsockname()[1]}/in',
              ['put', small, 'a'])
    finally:
        listener.close()
        thread.join()


def test(work):
    for part in (as_path, as_address, at_once, renamed_elsewhere,
                 gateway_says_no, several, own_sentences, digest_only,
                 no_expect, folder_there, replaced, as_given, framing,
                 bytes_leave_slowly):
        print(f'- {part.__name__}', flush=True)
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(Case(folder, stack))


cd.main(test)
