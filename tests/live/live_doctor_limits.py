#!/usr/bin/env python3
"""doctor: servers that refuse this or that, and the lines to set then."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import oddftp  # noqa: E402
from small import Small  # noqa: E402
from visits import each, facts, paste, sftp, visit  # noqa: E402

SFTP_SERVER = '/usr/lib/openssh/sftp-server'

# What a server refuses: exit code before and after the lines are pasted, what
# doctor says of it, and whether a run gets through then.
LIMITED = {
    'set_time': ('setstat,fsetstat', 0, {
        'set_time': 'denied', 'replace': 'yes', 'put': 'yes'}, None),
    'in_steps': ('posix-rename', 0, {
        'replace': 'yes', 'replace_how': 'steps'}, None),
    'no_rename': ('posix-rename,rename', 0, {
        'replace': 'denied', 'read': 'yes'}, ['atomic: direct']),
    'no_entry': ('open,opendir', 77, {
        'put': 'denied', 'list': 'denied'}, None),
    'no_reading': ('read,opendir,readdir', 0, {
        'read': 'denied', 'list': 'denied', 'look_up': 'yes',
        'write_only': True}, None),
    'no_look': ('stat,lstat,fstat', 0, {
        'look_up': 'denied', 'read': 'yes', 'write_only': False}, None),
    'nothing': ('stat,lstat,fstat,read,opendir,readdir', 0, {
        'look_up': 'denied', 'read': 'denied', 'write_only': True}, None),
    'no_remove': ('remove', 0, {'remove': 'denied'}, ['keep_staged: yes']),
}


def limited(work, stack):
    for name, (deny, code, want, lines) in LIMITED.items():
        folder = os.path.join(work, name)
        os.mkdir(folder)
        with contextlib.ExitStack() as inner:
            up, small = sftp(folder, inner, SFTP_SERVER=SFTP_SERVER +
                             ' -P ' + deny)
            found = visit(small, code)
            side = found['upload']
            cd.equal(name, facts(side, *want), want)
            if name != 'no_remove':
                cd.equal('files left', up.files(), [])
            if lines is not None:
                cd.equal('lines', paste(small, found), lines)
                cd.equal('after that', visit(small, 0)['upload']['set'], [])
            if code == 0 or lines is not None:
                done = small.run(exit_code=12)
                part = done.json['runs'][0]['parts'][0]
                cd.equal('proof', part['stage']['verified'], 'readback' if
                         want.get('look_up') == 'denied' else 'size')
                check_without_pickup(small, want)


def check_without_pickup(small, want):
    """Where nobody may look and nothing is fetched, a run must not get on."""
    if want.get('look_up') != 'denied':
        return
    small.config['jobs']['job']['rehearse'] = 'sample'
    small.save()
    found = visit(small, 77)
    cd.equal('look up', found['upload']['error']['word'], 'denied')
    small.run(exit_code=77)


def readback_denied(work, stack):
    """The proof that was configured cannot be had."""
    _, small = sftp(work, stack, SFTP_SERVER=SFTP_SERVER + ' -P read')
    small.config['endpoints']['files']['proof'] = 'readback'
    small.save()
    found = visit(small, 77)
    cd.equal('lines', paste(small, found), ['proof: size'])
    visit(small, 0)


LIMITED_FTP = {
    'ftp': ('<Limit MFMT>\nDenyAll\n</Limit>', {
        'set_time': ('denied', 'unsupported', 'not-found'),
        'put': ('yes',), 'read': ('yes',)}),
    'ftps': ('<Limit RETR DIRS>\nDenyAll\n</Limit>', {
        'read': ('denied',), 'list': ('denied', 'not-found'),
        'look_up': ('yes',), 'replace': ('yes',)}),
}


def limited_ftp(work, stack):
    """Without MFMT; and a folder for writing only, picked up elsewhere."""
    for mode, (extra, want) in LIMITED_FTP.items():
        folder = os.path.join(work, mode)
        os.mkdir(folder)
        with contextlib.ExitStack() as inner:
            up = inner.enter_context(cd.Server(
                folder, 'proftpd', 'up', MODE=mode, FTP_PASSWORD='secret-up',
                PROFTPD_EXTRA=extra))
            pull = inner.enter_context(cd.Server(folder, 'nginx', 'pull',
                                                 root=up.root))
            settings = {
                'upload': f'{mode}://drop@127.0.0.1:{up.port}/~/',
                'upload_password_file': cd.write(os.path.join(
                    folder, 'secret'), 'secret-up\n', 0o600),
                'pull': f'http://127.0.0.1:{pull.port}'}
            if mode != 'ftp':
                settings['ca_file'] = up.path('cert.pem')
            small = Small(folder, inner, settings)
            side = visit(small, 0)['upload']
            for key, words in want.items():
                cd.check(side[key] in words, f'{key} of {mode}: {side}')
            cd.equal('not encrypted', len(side['advice']),
                     int(mode == 'ftp'))
            cd.equal('files left', up.files(['small']), [])


def could_encrypt(work, stack):
    """Plain FTP to a server that offers TLS."""
    up = stack.enter_context(cd.Server(
        work, 'proftpd', 'up', MODE='ftpes', FTP_PASSWORD='secret-up',
        TLS_REQUIRED='off'))
    url = f'ftp://drop@127.0.0.1:{up.port}/~/'
    password = cd.write(os.path.join(work, 'secret'), 'secret-up\n', 0o600)
    small = Small(work, stack, {
        'upload': url, 'upload_password_file': password, 'pull': url,
        'pull_password_file': password, 'ca_file': up.path('cert.pem')})
    found = visit(small, 0)
    cd.equal('lines', paste(small, found),
             [f'upload: ftpes://drop@127.0.0.1:{up.port}/~/'])
    cd.check(visit(small, 0)['upload']['tls'], 'still no TLS')


def no_rename(work, stack):
    """nginx without MOVE: found out, and what to set."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up',
                                       DAV_METHODS='PUT DELETE'))
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    found = visit(small, 0)
    cd.equal('replace', found['upload']['replace'], 'unsupported')
    cd.equal('files left', up.files(['small']), [])
    done = small.run(exit_code=12)
    cd.equal('proof', done.json['runs'][0]['parts'][0]['stage']['verified'],
             'size')
    cd.equal('lines', paste(small, found), ['atomic: direct'])
    cd.equal('advice', visit(small, 0)['upload']['set'], [])
    small.run(exit_code=12)
    cd.equal('files left', up.files(['small']), [])


def hidden_names(work, stack):
    """A web server that keeps names with a leading dot to itself."""
    up = stack.enter_context(cd.Server(work, 'nginx', 'up', NGINX_EXTRA=(
        'location ~ /[.] { deny all; }')))
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    small.run(exit_code=77)
    found = visit(small, 77)
    cd.equal('pick-up', found['pull']['ok'], True)
    cd.equal('lines', paste(small, found), ['atomic: direct'])
    visit(small, 0)
    small.run(exit_code=12)


def refused_delete(work, stack):
    """A refusal that does not say "denied" leaves the files there all the
    same, and doctor says so."""
    password = cd.write(os.path.join(work, 'secret'), 'secret-up\n', 0o600)
    up = stack.enter_context(oddftp.server(
        dele='550 Delete operation failed.'))
    url = f'ftp://drop@127.0.0.1:{up.port}/~/'
    small = Small(work, stack, {
        'upload': url, 'upload_password_file': password, 'pull': url,
        'pull_password_file': password})
    found = visit(small, 0)['upload']
    cd.equal('remove', found['remove'], 'denied')
    cd.check('keep_staged: yes' in [s['line'] for s in found['set']],
             f'no advice: {found}')
    cd.check(up.server.files, 'nothing stayed')
    up.server.dele = None
    up.server.files.clear()
    cd.equal('remove', visit(small, 0)['upload']['remove'], 'yes')
    cd.equal('files left', up.server.files, {})
    # A run says it, too, and cleanup is not done before they are gone.
    settings = small.config['endpoints']['files']
    settings['upload'] = settings['pull'] = url.replace('~', 'in')
    small.save()
    up.server.dele = '550 Delete operation failed.'
    done = small.run(exit_code=12)
    cd.check('still there' in done.stderr, f'not said: {done}')
    cd.equal('files left', len(up.server.files), 1)
    stays = small.call('cleanup', exit_code=None)
    cd.check(stays.exit != 0 and 'nothing of' not in stays.stdout, str(stays))
    up.server.dele = None
    small.call('cleanup', exit_code=0)
    cd.equal('files left', up.server.files, {})


cd.main(lambda work: each(work, contextlib.ExitStack, (
    limited, readback_denied, limited_ftp, could_encrypt, no_rename,
    hidden_names, refused_delete)))
