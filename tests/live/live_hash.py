#!/usr/bin/env python3
"""proof: hash.  The server's own SHA-256 proves an upload where it tells one,
by SFTP's check-file, FTP's HASH or XSHA256; elsewhere the file is fetched."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import oddftp  # noqa: E402
from probe import probe  # noqa: E402
from small import Small  # noqa: E402
from visits import paste, visit  # noqa: E402

DONE = 12       # finished; verify is off, so nothing confirms it
MISMATCH = 75
DIGEST = '''LoadModule mod_digest.c
DigestEngine on
DigestAlgorithms sha256'''
NAMES = ['plain.zip', 'with a space \u20ac.zip']
BODY = b'code\r\n\x00\xff' * 20000


def prove(work, options, url, want, code=0):
    """Two files over one connection, proven as want says."""
    path = os.path.join(work, 'file')
    with open(path, 'wb') as f:
        f.write(BODY)
    said = probe(['-v', *options], url,
                 *[['hash', path, name] for name in NAMES],
                 exit_code=code)
    if code == 0:
        cd.equal('proofs', said.lines,
                 [f'stage {name} {want}' for name in NAMES])
    return said


def by_ftp(work, stack):
    """Real servers with HASH, and without."""
    secret = cd.write(os.path.join(work, 'secret'), 'secret\n', 0o600)
    for mode, extra, want in (('ftp', DIGEST, 'hash'),
                              ('ftpes', DIGEST, 'hash'),
                              ('ftp', '', 'readback')):
        folder = f'{mode}.{want}'
        server = stack.enter_context(cd.Server(
            work, 'proftpd', folder, MODE=mode, PROFTPD_EXTRA=extra))
        prove(work, ['-u', 'drop', '-p', secret, '-I'],
              f'{mode}://127.0.0.1:{server.port}/~/', want)
        cd.equal('files', server.files(), sorted(NAMES))


def by_odd_ftp(work, stack):
    """Either command alone, and a server that stored something else."""
    secret = cd.write(os.path.join(work, 'secret'), 'secret\n', 0o600)

    def ask(want, code=0, **ways):
        up = stack.enter_context(oddftp.server(**ways))
        said = prove(work, ['-u', 'drop', '-p', secret],
                     f'ftp://127.0.0.1:{up.port}/~/', want, code)
        return said, sum((oddftp.words(a) for a in up.server.asked), [])

    _, words = ask('hash', hashes=('HASH',))
    cd.check('XSHA256' not in words and 'RETR' not in words, str(words))
    _, words = ask('hash', hashes=('XSHA256',))
    cd.check('XSHA256' in words and 'RETR' not in words, str(words))
    _, words = ask('readback', hashes=())
    cd.check('RETR' in words, str(words))
    said, _ = ask(None, MISMATCH, hashes=('HASH',), hashed=100)
    cd.check('SHA-256' in said.error, str(said))


def by_sftp(work, stack):
    """ProFTPD has check-file, OpenSSH has not."""
    ssh = stack.enter_context(cd.Server(work, 'sshd', 'ssh'))
    key = ['-i', ssh.path('id_ed25519'), '-K', ssh.path('known_hosts')]
    prove(work, key, f'sftp://{cd.user()}@127.0.0.1:{ssh.port}{ssh.root}',
          'readback')
    secret = cd.write(os.path.join(work, 'secret'), 'secret\n', 0o600)
    host_key = ssh.path('host_ed25519')
    pro = stack.enter_context(cd.Server(
        work, 'proftpd', 'sftp', PROFTPD_EXTRA=f'''LoadModule mod_sftp.c
SFTPEngine on
SFTPHostKey {host_key}
SFTPAuthMethods password'''))
    prove(work, ['-u', 'drop', '-p', secret, '-k', ssh.fingerprint()],
          f'sftp://127.0.0.1:{pro.port}{pro.root}', 'hash')
    cd.equal('files', pro.files(), sorted(NAMES))


def whole_run(work, stack):
    """The setting, and what is said of it."""
    secret = cd.write(os.path.join(work, 'secret'), 'secret\n', 0o600)
    server = stack.enter_context(cd.Server(
        work, 'proftpd', 'run', PROFTPD_EXTRA=DIGEST))
    url = f'ftp://127.0.0.1:{server.port}{server.root}'
    small = Small(work, stack, {
        'upload': url, 'upload_user': 'drop', 'upload_password_file': secret,
        'pull': url, 'pull_user': 'drop', 'pull_password_file': secret,
        'proof': 'hash'}, job={'rehearse': 'off'})
    found = visit(small, 0)['upload']
    cd.equal('hash', found['hash'], 'yes')
    cd.equal('lines', found['set'], [])
    small.config['endpoints']['files']['proof'] = 'readback'
    small.save()
    found = visit(small, 0)
    cd.equal('lines', paste(small, found), ['proof: hash'])
    cd.equal('setting', small.config['endpoints']['files']['proof'], 'hash')
    done = small.run(exit_code=DONE)
    part = done.json['runs'][0]['parts'][0]
    cd.equal('proof', part['stage']['verified'], 'hash')
    cd.equal('files left', server.files(), [])


def test(work):
    for name, case in (('ftp', by_ftp), ('odd', by_odd_ftp),
                       ('sftp', by_sftp), ('run', whole_run)):
        folder = os.path.join(work, name)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            case(folder, stack)


cd.main(test)
