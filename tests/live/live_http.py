#!/usr/bin/env python3
"""HTTP where servers answer oddly: redirects, pauses they ask for, folders
that are missing, addresses whose query is a signature."""

import base64
import contextlib
import os
import sys
import time
from email.utils import formatdate

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import stubs  # noqa: E402
from probe import probe  # noqa: E402

CONFIG, LATER, MISSING, DENIED = 78, 69, 75, 77
SECRET = 'only-of-this-test'
KEY = 'key-of-this-test'


class Case:
    def __init__(self, work, stack):
        self.work = work
        self.stack = stack
        self.body = os.urandom(3 << 20)
        self.file = os.path.join(work, 'file')
        with open(self.file, 'wb') as f:
            f.write(self.body)
        self.secret = cd.write(os.path.join(work, 'secret'), SECRET + '\n',
                               0o600)
        self.headers = cd.write(os.path.join(work, 'headers'),
                                f'X-Drop-Key: {KEY}\n', 0o600)

    def store(self, **more):
        return self.stack.enter_context(stubs.store(**more))

    def put(self, store, *options, path='/in', name='a.zip', exit_code=0,
            **more):
        url = f'http://127.0.0.1:{store.port}{path}'
        said = probe(['-v', *options], url, ['put', self.file, name],
                     exit_code=exit_code, **more)
        for hidden in (SECRET, KEY, 'signature'):
            cd.check(hidden not in said.error, f'"{hidden}" is told: {said}')
        return said


def address(store):
    return f'http://127.0.0.1:{store.port}'


def logins(case):
    """Options, and the header that they become."""
    basic = base64.b64encode(f'drop:{SECRET}'.encode()).decode()
    return [(['-u', 'drop', '-p', case.secret], f'Basic {basic}'),
            (['-b', case.secret], f'Bearer {SECRET}')]


def redirect_here(case):
    """At the same server, what was meant for it goes along."""
    for options, login in logins(case):
        up = case.store(moved={'/in/': '/real/'},
                        need={'Authorization': login, 'X-Drop-Key': KEY})
        case.put(up, *options, '-H', case.headers, '-r', '1')
        cd.check(up.server.files == {'/real/a.zip': case.body},
                 f'not there: {list(up.server.files)}')


def redirect_there(case):
    """Another server gets the file and nothing of ours."""
    there = case.store()
    for status in (301, 302, 307, 308):
        here = case.store(moved={'/in/': address(there) + '/real/'},
                          status=status)
        for options, login in logins(case):
            there.server.files.clear()
            del here.server.seen[:], there.server.seen[:]
            case.put(here, *options, '-H', case.headers, '-r', '1')
            cd.check(there.server.files == {'/real/a.zip': case.body},
                     f'not there: {list(there.server.files)}')
            told = here.server.seen[0][2]
            cd.equal('login', told['Authorization'], login)
            cd.equal('header', told['X-Drop-Key'], KEY)
            told = there.server.seen[0][2]
            cd.equal('login elsewhere', told['Authorization'], None)
            cd.equal('header elsewhere', told['X-Drop-Key'], None)


def redirect_refused(case):
    there = case.store()
    base = address(there)
    for target, status, options, word in [
            (base + '/x?signature=1', 307, [], 'redirects are not followed'),
            ('https://127.0.0.1:1/x', 307, ['-r', '1'], 'scheme'),
            (f'http://u:{SECRET}@127.0.0.1:{there.port}/x', 307, ['-r', '1'],
             'login in it'),
            (base + '/x', 303, ['-r', '1'], 'cannot be followed'),
            (base + '/x', 300, ['-r', '1'], 'cannot be followed')]:
        here = case.store(moved={'/in/': target}, status=status)
        no = case.put(here, *options, exit_code=CONFIG)
        cd.check(word in no.error, f'not said "{word}": {no}')
    ring = case.store(moved={'/in/': '/in/'})
    no = case.put(ring, '-r', '3', exit_code=CONFIG)
    cd.check('one redirect more' in no.error, f'not said: {no}')
    cd.equal('requests in the ring', len(ring.server.seen), 4)
    cd.equal('requests elsewhere', there.server.seen, [])
    here = case.store(moved={'/in/': base + '/real/'})
    no = probe(['-r', '1'], address(here) + '/in', ['replace', 'a', 'b'],
               exit_code=CONFIG)
    cd.check('renamed on another server' in no.error, f'not said: {no}')


def pauses(case):
    up = case.store()
    for status, value, least, most in [
            (503, '3', 3000, 3000), (429, '0', 0, 0),
            (503, formatdate(time.time() + 1000, usegmt=True), 900000,
             1000000),
            (503, formatdate(time.time() - 1000, usegmt=True), 0, 0)]:
        up.server.first = [(status, [('Retry-After', value)])]
        no = case.put(up, exit_code=LATER)
        told = [line.split()[1] for line in no.error.splitlines()
                if line.startswith('wait ')]
        wait = int(told[0]) if told else 0
        cd.check(least <= wait <= most, f'{value} is {wait} ms: {no}')


def endless(case):
    """A status counts; the page after it is not read for ever."""
    up = case.store()
    got = os.path.join(case.work, 'got')
    for pages, commands, exit_code, word in [
            ([(403, b'x' * 65536, 0)], [['put', case.file, 'a']], DENIED,
             '403'),
            ([(404, b'x' * 65536, 0)], [['get', 'a', got]], MISSING, '404'),
            ([(503, b'x', 0.05)], [['put', case.file, 'a']], LATER, '503'),
            ([(401, b'x', 0.05)], [['get', 'a', got]], DENIED, '401'),
            ([(201, b'x', 0.05)], [['put', case.file, 'a']], 0, '')]:
        up.server.endless = pages
        no = probe(['-F', '1000'], address(up) + '/in', *commands,
                   exit_code=exit_code)
        cd.check(word in no.error, f'not said "{word}": {no}')


def proxy_flood(case):
    """Nor is a proxy's answer, whatever goes through it."""
    proxy = case.stack.enter_context(stubs.proxy())
    by = ['-x', f'http://127.0.0.1:{proxy.port}', '-y', 'pat',
          '-C', '100', '-R', '100']
    more = b'X-More: and more and more and more of it\r\n' * 100
    for head in (b'HTTP/1.1 407 No\r\n',
                 b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="p"\r\n'
                 b'Content-Length: 99999999999999\r\n\r\n'):
        proxy.server.flood = (head, more)
        for url in ('http://a.invalid/in', 'https://a.invalid/in',
                    'ftp://a.invalid/in', 'sftp://u@a.invalid/in'):
            no = probe(by, url, ['put', case.file, 'a'], exit_code=None)
            cd.check(no.exit in (75, DENIED, 76), f'{url}: {no}')


def folders(case):
    nginx = case.stack.enter_context(cd.Server(
        case.work, 'nginx', 'nginx', DAV_METHODS='PUT DELETE MOVE MKCOL'))
    no = case.put(nginx, path='/no/such', exit_code=MISSING)
    for word in ('mkdir: true', 'create_full_put_path'):
        cd.check(word in no.error, f'no advice: {no}')
    url = f'http://127.0.0.1:{nginx.port}/no/such'
    probe(['-m'], url, ['check', case.file, 'a.zip'])
    cd.equal('there', os.listdir(os.path.join(nginx.root, 'no', 'such')),
             ['a.zip'])
    up = case.store()
    for status in (404, 409):
        up.server.first = [(status, [])]
        no = case.put(up, exit_code=MISSING)
        cd.check('mkdir: true' in no.error, f'no advice: {no}')
    up.server.first = [(500, [])]   # not nginx's own: trouble of a moment
    no = case.put(up, exit_code=LATER)
    cd.check('folder' not in no.error, f'a guess: {no}')


def signed(case):
    up = case.store(signed={('PUT', '/in/a.zip'): 'signature=good',
                            ('GET', '/in/a.zip'): 'signature=good'})
    url = f'{address(up)}/in/a.zip?signature='
    got = os.path.join(case.work, 'got')
    probe(['-v'], url + 'good', ['put', case.file, ''], ['get', '', got])
    with open(got, 'rb') as f:
        cd.check(f.read() == case.body, 'got something else')
    for command in (['put', case.file, ''], ['get', '', got]):
        no = probe(['-v'], url + 'bad', command, exit_code=77)
        cd.check('signature' not in no.error, f'the query is told: {no}')
        cd.check('signed until' not in no.error, f'no such thing: {no}')


def expired(case):
    """An address past its time is said to be that, once it is refused."""
    up = case.store(signed={('PUT', '/in/a.zip'): 'of another'})
    url = f'{address(up)}/in/a.zip?Expires='
    no = probe(['-v'], url + '1000000000&Signature=signature',
               ['put', case.file, ''], exit_code=77)
    cd.check('signed until 2001-09-09T01:46:40Z, which is past; have a new '
             'one made' in no.error, f'not said: {no}')
    cd.check('signature' not in no.error, f'the query is told: {no}')
    no = probe(['-v'], f'{url}{int(time.time()) + 3600}',
               ['put', case.file, ''], exit_code=77)
    cd.check('which is past' not in no.error, f'it is not: {no}')
    # Our clock alone refuses nothing.
    up = case.store()
    probe(['-v'], f'{address(up)}/in/a.zip?Expires=1000000000',
          ['put', case.file, ''])


def test(work):
    for part in (redirect_here, redirect_there, redirect_refused, pauses,
                 endless, proxy_flood, folders, signed, expired):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(Case(folder, stack))


cd.main(test)
