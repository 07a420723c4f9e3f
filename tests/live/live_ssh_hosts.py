#!/usr/bin/env python3
"""Is it the server we mean?  The same three outcomes through both channels:
match, unknown, changed; from pins, known_hosts files, authorities, and behind
another host."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from sshprobe import (  # noqa: E402
    CHANNELS, HOSTKEY, LOGIN, Probe, allow, connections, main, new_key,
    together)

LOOK = ['--', 'banner']
OTHER = 'SHA256:' + 'A' * 43


def login_of(server, channel):
    return ['-s', channel, '-i', server.path('id_ed25519')]


def known(server, name, lines):
    """A known_hosts file."""
    return cd.write(server.path(name), ''.join(x + '\n' for x in lines))


def lines_of(server):
    """{type: its line}, as "[host]:port"."""
    lines = cd.read(server.path('known_hosts')).splitlines()
    return {line.split()[1]: line for line in lines}


def other_key(server, kind):
    """The line of a host that has another key of that type."""
    path = server.path(f'other_{kind}')
    if not os.path.exists(path):
        new_key(path, '-t', kind)
    return f'[127.0.0.1]:{server.port} ' + ' '.join(
        cd.read(path + '.pub').split()[:2])


def look(server, channel, code, words, *trust):
    probe = Probe(server, [*login_of(server, channel), *trust, *LOOK])
    probe.ended(code, *words)
    if code == HOSTKEY:
        cd.check('no password and no file was sent' in probe.err, str(probe))


def advice(server):
    return f'host_key: ["{server.fingerprint()}"]'


def pins(server):
    mine = server.fingerprint()
    return [
        (0, [], '-k', mine),
        (0, [], '-k', mine + '='),
        # Pins are the whole truth, whatever known_hosts has.
        (0, [], '-k', mine, '-K', known(server, 'not_me', [
            other_key(server, 'ed25519')])),
        (0, [], '-k', server.fingerprint('host_ecdsa.pub')),
        (HOSTKEY, ['has changed', OTHER, mine, advice(server)], '-k', OTHER,
         '-K', server.path('known_hosts')),
        (78, ['is not a fingerprint'], '-k', 'MD5:00:11'),
    ]


def known_hosts(server):
    mine, lines = server.fingerprint(), lines_of(server)
    bare = {t: line.split(' ', 1)[1] for t, line in lines.items()}
    hashed = known(server, 'hashed', lines.values())
    subprocess.run(['ssh-keygen', '-q', '-H', '-f', hashed], check=True,
                   timeout=60, capture_output=True)
    cd.check('127.0.0.1' not in cd.read(hashed), 'not hashed')
    unknown = ['is not known', mine, advice(server)]
    changed = ['has changed', mine, advice(server)]
    other = other_key(server, 'ed25519')
    return [
        (0, [], '-K', server.path('known_hosts')),
        (0, [], '-K', hashed),
        # One type only, which need not be what the server likes best.
        (0, [], '-K', known(server, 'ecdsa', [
            lines['ecdsa-sha2-nistp256']])),
        # Several keys of one type, as while one is being replaced.
        (0, [], '-K', known(server, 'two', [other, lines['ssh-ed25519']])),
        (0, [], '-K', known(server, 'names', [
            '# comment', '', 'broken line',
            f'x.example,[127.0.0.?]:{server.port},!y {bare["ssh-ed25519"]}'
            ' and a comment'])),
        (HOSTKEY, unknown, '-K', '/dev/null'),
        (HOSTKEY, unknown, '-K', server.path('none_there')),
        # Known without the port, or with another one: that is not this one.
        (HOSTKEY, unknown, '-K', known(server, 'no_port', [
            f'127.0.0.1 {bare["ssh-ed25519"]}',
            f'[127.0.0.1]:{server.port + 1} {bare["ssh-ed25519"]}'])),
        (HOSTKEY, unknown, '-K', known(server, 'not', [
            f'[127.0.0.*]:*,![127.0.0.1]:* {bare["ssh-ed25519"]}'])),
        (HOSTKEY, [*changed, 'line 1 of'], '-K', known(server, 'old', [
            other])),
        # Of a type that was never seen: that is what an impostor would show.
        (HOSTKEY, ['has changed'], '-K', known(server, 'rsa', [
            other_key(server, 'rsa')])),
        (HOSTKEY, ['revoked', mine], '-K', known(server, 'revoked', [
            '@revoked ' + lines['ssh-ed25519'], lines['ssh-ed25519']])),
        (HOSTKEY, ['revoked'], '-K', known(server, 'all_revoked', [
            '@revoked * ' + key for key in bare.values()])),
    ]


def plain(work):
    with cd.Server(work, 'sshd', 'plain') as server:
        rows = pins(server) + known_hosts(server)
        together(look, [(server, channel, *row) for row in rows
                        for channel in CHANNELS])
        # ~/.ssh/known_hosts is where it is looked for if nothing is said.
        os.mkdir(server.path('.ssh'))
        os.rename(server.path('known_hosts'),
                  server.path('.ssh/known_hosts'))
        together(look, [(server, channel, 0, []) for channel in CHANNELS])


def rsa_among_others(work):
    """The RSA key is the pinned or known one, the server would rather show
    another: libssh2 1.10 cannot ask for it."""
    with cd.Server(work, 'sshd', 'types', HOSTKEYS='ed25519 rsa') as server:
        pin = ['-k', server.fingerprint('host_rsa.pub')]
        line = ['-K', known(server, 'by_rsa', [lines_of(server)['ssh-rsa']])]
        together(look, [(server, channel, 0, [], *trust)
                        for trust in (pin, line)
                        for channel in ('openssh', 'auto')])
        for trust in pin, line:
            look(server, 'libssh2', HOSTKEY, [
                'has changed', 'cannot ask for an RSA key',
                'set ssh: openssh'], *trust)


def certificate(work):
    """The host is known by an authority, which libssh2 cannot check."""
    with cd.Server(work, 'sshd', 'ca', HOSTKEYS='ed25519') as server:
        pass    # it has made its keys; with a certificate once more
    ca = new_key(os.path.join(work, 'authority'), '-t', 'ed25519')
    subprocess.run(['ssh-keygen', '-q', '-s', ca, '-h', '-I', 'host', '-n',
                    '127.0.0.1', server.path('host_ed25519.pub')],
                   check=True, timeout=60)
    server.env['SSHD_EXTRA'] = ('HostCertificate ' +
                                server.path('host_ed25519-cert.pub'))
    with server:
        authority = (f'@cert-authority [127.0.0.1]:{server.port} ' +
                     cd.read(ca + '.pub').strip())
        by_ca = known(server, 'by_ca', [authority])
        stranger = known(server, 'by_other', [
            f'@cert-authority [127.0.0.1]:{server.port} ' +
            cd.read(server.path('id_ecdsa.pub')).strip()])
        revoked = known(server, 'revoked_ca', [
            authority, '@revoked * ' + cd.read(ca + '.pub').strip()])
        Probe(server, [*login_of(server, 'libssh2'), '-K', by_ca,
                       *LOOK]).ended(HOSTKEY, 'certificate authority',
                                     'set ssh: openssh')
        for channel in 'openssh', 'auto':
            login = login_of(server, channel)
            Probe(server, [*login, '-K', by_ca, *LOOK]).ended(0)
            Probe(server, [*login, '-K', stranger, *LOOK]).ended(HOSTKEY)
            Probe(server, [*login, '-K', revoked, *LOOK]).ended(HOSTKEY)
        # ssh says what is wrong with one.
        subprocess.run(['ssh-keygen', '-q', '-s', ca, '-h', '-I', 'host',
                        '-n', '127.0.0.1', '-V', '20200101:20210101',
                        server.path('host_ed25519.pub')], check=True,
                       timeout=60)
    with server:
        by_ca = known(server, 'expired', [
            f'@cert-authority [127.0.0.1]:{server.port} ' +
            cd.read(ca + '.pub').strip()])
        Probe(server, [*login_of(server, 'openssh'), '-K', by_ca,
                       *LOOK]).ended(HOSTKEY, 'Certificate invalid: expired')
        # A server with a certificate may also be known by its bare key.
        together(look, [(server, channel, 0, [], '-k', server.fingerprint())
                        for channel in CHANNELS])


def config_of(work, jump, target, extra=''):
    """An ssh_config(5): the target behind the jump host."""
    return cd.write(os.path.join(work, 'ssh_config'), f"""
Host jump
    HostName 127.0.0.1
    Port {jump.port}
    User {extra or cd.user()}
    IdentityFile {jump.path('id_ed25519')}
    UserKnownHostsFile {jump.path('known_hosts')}
    GlobalKnownHostsFile none
Host 127.0.0.1
    ProxyJump jump
    IdentityFile {target.path('id_ed25519')}
""")


def jump(work):
    """Behind another host, by the user's ssh_config."""
    with cd.Server(work, 'sshd', 'jump') as first, \
            cd.Server(work, 'sshd', 'behind') as server:
        config = config_of(work, first, server)
        for channel in 'openssh', 'auto':
            before = connections(first)
            login = ['-s', channel, '-g', config]
            Probe(server, [*login, '-k', server.fingerprint(),
                           *LOOK]).ended(0)
            cd.equal('by the jump host', connections(first) - before, 1)
            Probe(server, [*login, '-k', OTHER, *LOOK]).ended(
                HOSTKEY, 'has changed', server.fingerprint())
            Probe(server, [*login, '-K', '/dev/null', *LOOK]).ended(
                HOSTKEY, 'is not known', advice(server))
        # The host in between must be known, too, and nobody is asked.
        os.rename(first.path('known_hosts'), first.path('forgotten'))
        Probe(server, ['-s', 'openssh', '-g', config, '-k',
                       server.fingerprint(), *LOOK]).ended(
            HOSTKEY, 'Host key verification failed',
            'a host in between wanted an answer to: The authenticity of '
            f"host '[127.0.0.1]:{first.port} ")


def password_is_for_the_target(work):
    """The host in between would like a password: it does not get ours."""
    with cd.Server(work, 'sshd_password', 'curious', SSH_USER='mapp',
                   SSH_PASSWORD='open sesame') as curious, \
            cd.Server(work, 'sshd_password', 'behind2', SSH_USER='mapp',
                      SSH_PASSWORD='open sesame',
                      SSHD_EXTRA='PubkeyAuthentication yes') as server:
        new_key(curious.path('id_ed25519'), '-t', 'ed25519')
        key = new_key(server.path('id_ed25519'), '-t', 'ed25519')
        allow(server, key)
        config = config_of(work, curious, server, 'mapp')
        word = cd.write(os.path.join(work, 'pw'), 'open sesame\n', 0o600)
        login = ['-s', 'openssh', '-g', config, '-p', word, '-k',
                 server.fingerprint(), *LOOK]
        Probe(server, login, user='mapp', path='/~/').ended(
            LOGIN, 'mapp@127.0.0.1').without('sesame')
        log = cd.read(curious.path('log'))
        cd.check('Accepted password' not in log,
                 f'the password went to the host in between: {log}')
        # By key to that one, by password to the target.
        curious.env['SSHD_EXTRA'] = 'PubkeyAuthentication yes'
        allow(curious, curious.path('id_ed25519'))
    with curious, server:
        config_of(work, curious, server, 'mapp')
        server.env['SSHD_EXTRA'] = ''
        login[login.index('-k') + 1] = server.fingerprint()
        Probe(server, login, user='mapp', path='/~/').ended(0)


def test(work):
    plain(work)
    rsa_among_others(work)
    certificate(work)
    jump(work)
    password_is_for_the_target(work)


main(test)
