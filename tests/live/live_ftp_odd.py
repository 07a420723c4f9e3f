#!/usr/bin/env python3
"""FTP servers on bad days: passive modes that do not work, replies that lie,
come late or never, connections that end too early.  Nothing is believed but
what the server has."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import certs  # noqa: E402
import oddftp  # noqa: E402
from probe import probe  # noqa: E402

BODY = b'line\r\nline\n\x00\xff' * 20000


class Case:
    def __init__(self, work, stack):
        self.work = work
        self.stack = stack
        self.file = os.path.join(work, 'file')
        with open(self.file, 'wb') as f:
            f.write(BODY)
        self.secret = cd.write(os.path.join(work, 'secret'), 'x\n', 0o600)

    def server(self, **ways):
        return self.stack.enter_context(oddftp.server(**ways))

    def run(self, up, *commands, options=(), scheme='ftp', **more):
        url = f'{scheme}://127.0.0.1:{up.port}/~/'
        return probe(['-v', '-u', 'drop', '-p', self.secret, *options], url,
                     *commands, **more)

    def stage(self, up, names, **more):
        return self.run(up, *[['stage', self.file, n] for n in names],
                        **more)


def there(up, *names):
    cd.check(up.server.files == dict.fromkeys(names, BODY),
             f'there is {[(n, len(b)) for n, b in up.server.files.items()]}')


def asked(up):
    return [oddftp.words(a) for a in up.server.asked]


def passive(case):
    """EPSV refused once is not tried again, nor is PASV's address used."""
    up = case.server(epsv='no', address='10.255.255.1', lost=1)
    case.stage(up, 'abc')
    there(up, *'abc')
    said = asked(up)
    cd.equal('connections', len(said), 2)
    cd.equal('tries of EPSV', sum(w.count('EPSV') for w in said), 1)
    cd.equal('type of each upload', set(up.server.types), {'I'})


def passive_blocked(case):
    """EPSV that is promised but leads nowhere is tried once."""
    up = case.server(epsv='blocked')
    case.stage(up, 'ab', options=['-C', '1000'])
    there(up, *'ab')
    cd.equal('tries of EPSV', sum(w.count('EPSV') for w in asked(up)), 1)


def lies(case):
    up = case.server(keep=len(BODY) - 1)
    no = case.stage(up, 'a', exit_code=75)
    cd.check(f'{len(BODY) - 1} bytes' in no.error, f'no size: {no}')
    there(up)
    # Where no size is told, the content is fetched.
    up = case.server(keep=len(BODY) - 1, sizes=False)
    no = case.stage(up, 'a', exit_code=75)
    cd.check('not what was sent' in no.error, f'not read back: {no}')
    up = case.server(sizes=False)
    case.stage(up, 'a')
    there(up, 'a')


def lost(case):
    """The control connection ends after the last byte: look, send no more."""
    up = case.server(lost=1)
    said = case.stage(up, 'a')
    there(up, 'a')
    cd.check('after the last byte' in said.error, f'not said: {said}')
    cd.equal('uploads', sum(w.count('STOR') for w in asked(up)), 1)


def late(case):
    """The wait for the last reply is its own."""
    up = case.server(silent=1, delay=1.5)
    case.stage(up, 'a', options=['-R', '500', '-S', '500'])
    there(up, 'a')
    cd.equal('connections', len(asked(up)), 1)
    up = case.server(silent=1)
    case.stage(up, 'a', options=['-F', '500'])
    there(up, 'a')
    cd.equal('connections', len(asked(up)), 2)
    cd.equal('uploads', sum(w.count('STOR') for w in asked(up)), 1)
    up = case.server(silent=1)
    no = case.run(up, ['put', case.file, 'a'], options=['-F', '500'],
                  exit_code=75)
    cd.check('after the last byte' in no.error, f'not said: {no}')


def mute(case):
    """A server that does not answer QUIT keeps nobody."""
    up = case.server(mute=True)
    case.stage(up, 'a')
    cert = certs.certificate(os.path.join(case.work, 'tls'))
    up = case.server(mute=True, cert=cert)
    case.stage(up, 'ab', options=['-c', cert, '-V', '1.3'], scheme='ftpes')
    there(up, *'ab')
    cd.check(len(asked(up)) > 2, f'one login for all: {asked(up)}')


def no_good_bye(case):
    """Data connections that a server ends without TLS's good-bye."""
    cert = certs.certificate(os.path.join(case.work, 'tls'))
    got = os.path.join(case.work, 'got')
    for ways in ({}, {'polite': False}, {'polite': False, 'sizes': False}):
        up = case.server(cert=cert, **ways)
        case.run(up, ['check', case.file, 'a'], ['get', 'a', got],
                 options=['-c', cert], scheme='ftpes')
        there(up, 'a')
        with open(got, 'rb') as f:
            cd.check(f.read() == BODY, 'got something else')
        os.unlink(got)


def refused(case):
    """Gone is what a look proves gone, whatever DELE was answered with."""
    for words in ('550 Delete operation failed.',
                  '550 Not enough privileges.', '550 no such file',
                  '450 busy', '250 gone'):
        for ways in ({}, {'sizes': False}, {'sees': False},
                     {'sees': False, 'unseen': '550 SIZE failed.'}):
            up = case.server(dele=words, **ways)
            up.server.files['a'] = BODY
            if ways.get('sees') is False and (
                    words == '550 no such file' or words == '250 gone'):
                continue    # two words that agree are believed
            no = case.run(up, ['remove', 'a'], exit_code=None)
            cd.check(no.exit != 0 and 'still there' in no.error,
                     f'{words} {ways}: {no}')
            cd.check('notfound' not in no.error, f'{words} {ways}: {no}')
    # What is not there is no refusal, in whatever words.
    for words in ('550 Delete operation failed.', '550 no such file'):
        for ways in ({}, {'unseen': '550 Could not get file size.'},
                     {'unseen': '550 SIZE failed.', 'lists': False},
                     {'sizes': False}):
            up = case.server(dele=words, **ways)
            no = case.run(up, ['remove', '.a'], exit_code=None)
            cd.check(no.error.splitlines()[-1].startswith('not-found'),
                     f'{words} {ways}: {no}')
    # Where nothing can be looked at, the words of the refusal count.
    up = case.server(dele='550 Delete operation failed.', sizes=False,
                     lists=False)
    no = case.run(up, ['remove', 'a'], exit_code=77)
    cd.check('Delete operation failed' in no.error, str(no))
    up = case.server(sizes=False, lists=False)
    up.server.files['a'] = BODY
    case.run(up, ['remove', 'a'])
    there(up)


ROW = 'rwxrwxrwx    1 65534      nogroup             7 Nov 30 11:52 '
TAKEN = (       # as of Pure-FTPd and pyftpdlib, and one that runs on DOS
    ('213-STAT\r\nl' + ROW + '/in/a -> b\r\n213 End.', '500 no', 'a link'),
    ('213-STAT\r\n213 End.', '250-Begin\r\n type=OS.unix=slink:;size=7; /in/a'
     '\r\n250 End.', 'a link'),
    ('213-STAT\r\n213 End.', '250-Begin\r\n type=dir;sizd=4096; /in/a\r\n'
     '250 End.', 'a folder'),
    ('213-STAT\r\n-' + ROW + 'y\r\n213 End.', '500 no', 'a folder'),
    ('213-Status of "/in/a":\r\nl' + ROW + 'a -> b\r\n213 End.', '500 no',
     'a link'),
)
FREE = (
    ('213-STAT\r\n213 End.', "550 Can't check for file existence"),
    ('213-STAT\r\n213 End.', '250-Begin\r\n type=file;size=3; /in/a\r\n250 End.'),
    ('213-\r\n11-30-26  12:00PM       90 a\r\n213 End.', '500 no'),
    ('211 odd is well', '500 no'),
    ('550 No such file or directory.', '500 no'),
    ('550 not for you', '500 no'),
)


def links(case):
    """What tells a link from a file, with servers that differ."""
    for stat, mlst, word in TAKEN:
        up = case.server(answers={'STAT': stat, 'MLST': mlst})
        no = case.stage(up, 'a', exit_code=75)
        cd.check(f'a is {word}' in no.error, f'{stat}: {no}')
        cd.check(not any('STOR' in w for w in asked(up)), f'{stat}: sent')
    for stat, mlst in FREE:
        up = case.server(answers={'STAT': stat, 'MLST': mlst})
        case.stage(up, 'a')
        there(up, 'a')


def full(case):
    """A server that takes no more says why behind the data's end."""
    big = cd.write(os.path.join(case.work, 'big'), 'x' * (8 << 20))
    for words in ('451 Failure writing to local file.',
                  '552-Transfer aborted (quota)\r\n552 not saved'):
        up = case.server(full=words)
        no = case.run(up, ['stage', big, 'a'], exit_code=75)
        cd.check(no.error.splitlines()[-1].startswith('remote-full: ') and
                 words.split('\r')[0][4:] in no.error, f'not said: {no}')


def no_going_on(case):
    """What broke off is sent from its beginning where it has to be."""
    for words in ('451 a: Append/Restart not permitted, try again',
                  '502 not here'):
        up = case.server(cut=1, answers={'APPE': words})
        said = case.stage(up, 'a')
        there(up, 'a')
        cd.check('sending all of it' in said.error, f'not said: {said}')
        cd.equal('uploads', [w for c in asked(up) for w in c
                             if w in ('STOR', 'APPE')],
                 ['STOR', 'APPE', 'STOR'])


def test(work):
    for part in (passive, passive_blocked, lies, lost, late, mute,
                 no_good_bye, refused, links, full,
                 no_going_on):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(Case(folder, stack))


cd.main(test)
