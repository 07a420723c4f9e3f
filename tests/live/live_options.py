#!/usr/bin/env python3
"""Settings of an endpoint that only a server can prove: headers, tokens,
signed addresses, redirects, proxies, active FTP, the rate."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
import stubs  # noqa: E402
from small import Small  # noqa: E402

DONE = 12       # finished; verify is off, so nothing confirms it


def stage_of(result):
    return result.json['runs'][0]['parts'][0]['stage']


def headers_and_token(work, stack):
    token_file, token = live.secret_file(work, 'token')
    key = 'key-' + os.urandom(9).hex()
    headers = cd.write(os.path.join(work, 'headers'),
                       f'X-Drop-Key: {key}\r\nX-Kind: drop\n', 0o600)
    up = stack.enter_context(stubs.store(need={
        'Authorization': f'Bearer {token}', 'X-Drop-Key': key,
        'X-Kind': 'drop'}))
    url = f'http://127.0.0.1:{up.port}/in'
    small = Small(work, stack, {
        'upload': url, 'bearer_file': token_file, 'headers_file': headers,
        'pull': url})
    done = small.run('-v', exit_code=DONE)
    cd.equal('proof', stage_of(done)['verified'], 'size')
    cd.equal('files left', up.server.files, {})
    cd.check_no_secret([token, key], done, os.path.join(work, 'state'))
    cd.write(headers, 'no header\n')
    bad = small.run(exit_code=78)
    cd.check('headers file' in bad.json['error']['message'], str(bad))


def redirects(work, stack):
    up = stack.enter_context(stubs.store(moved={'/in/': '/real/'}))
    base = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': base + '/in',
                                'pull': base + '/real'})
    small.config['jobs']['job']['retries'] = 0
    small.config['endpoints']['files']['atomic'] = 'direct'
    small.save()
    no = small.run(exit_code=78)
    cd.check('redirects' in no.json['error']['message'], str(no))
    cd.equal('files', up.server.files, {})
    small.config['endpoints']['files']['redirects'] = 1
    small.save()
    done = small.run(exit_code=DONE)
    cd.equal('runs', [r['state'] for r in done.json['runs']],
             ['finished', 'finished'])
    cd.equal('files left', up.server.files, {})


def signed(work, stack):
    put, get = 'X-Sig=' + os.urandom(12).hex(), 'X-Sig=' + \
        os.urandom(12).hex()
    up = stack.enter_context(stubs.store(signed={
        ('PUT', '/bucket/drop.zip'): put,
        ('GET', '/bucket/drop.zip'): get}))
    base = f'http://127.0.0.1:{up.port}/bucket/drop.zip'
    small = Small(work, stack, {'upload': f'{base}?{put}',
                                'pull': f'{base}?{get}'})
    done = small.run('-v', exit_code=DONE)
    cd.equal('proof', stage_of(done)['verified'], 'readback')
    cd.equal('address', stage_of(done)['url'], base)
    cd.equal('files', list(up.server.files), ['/bucket/drop.zip'])
    cd.check_no_secret([put, get], done, os.path.join(work, 'state'))
    shown = small.call('config', 'show')
    cd.check(put not in shown.stdout and get not in shown.stdout,
             'config show tells a signature')
    up.server.files.clear()
    no = small.run('--rehearse', 'off', exit_code=78)
    cd.check('signed' in no.json['error']['message'], str(no))
    cd.equal('nothing sent', up.server.files, {})


def proxies(work, stack):
    """Names that only the proxy knows."""
    secret = live.secret_file(work, 'proxy.secret')
    login = f'pat:{secret[1]}'
    end = live.proftpd(work, stack, lambda key: live.secret_file(
        work, key)[0], 'ftp')
    up = stack.enter_context(stubs.store())
    socks = stack.enter_context(stubs.proxy())
    connect = stack.enter_context(stubs.proxy(login))
    ftp = dict(end.settings)
    ftp['upload'] = ftp['upload'].replace('127.0.0.1', 'files.invalid')
    http = {'upload': f'http://files.invalid:{up.port}',
            'pull': f'http://127.0.0.1:{up.port}'}
    small = Small(work, stack, ftp, sandbox=end.sandbox)
    by_socks = {'proxy': f'socks5h://127.0.0.1:{socks.port}'}
    by_connect = {'proxy': f'http://127.0.0.1:{connect.port}',
                  'proxy_user': 'pat', 'proxy_password_file': secret[0]}
    sshd = stack.enter_context(cd.Server(
        work, 'sshd_password', 'ssh', SSH_USER='mapp',
        SSH_PASSWORD='only-of-this-test'))
    password = cd.write(os.path.join(work, 'ssh.secret'),
                        'only-of-this-test\n', 0o600)
    sftp = {'upload': f'sftp://mapp@files.invalid:{sshd.port}/~/',
            'upload_password_file': password,
            'host_key': [sshd.fingerprint()],
            'pull': f'sftp://mapp@127.0.0.1:{sshd.port}/~/',
            'pull_password_file': password}
    for settings, proxy, seen in [
            (sftp, by_socks, socks.server.seen),
            (sftp, by_connect, connect.server.seen),
            (ftp, by_socks, socks.server.seen),
            (ftp, by_connect, connect.server.seen),
            (http, by_socks, socks.server.seen),
            (http, by_connect, connect.server.seen)]:
        del seen[:]
        small.config['endpoints']['files'] = {**settings, **proxy}
        small.save()
        # What is configured holds, whatever the environment says.
        done = small.run(exit_code=DONE, no_proxy='*', NO_PROXY='*')
        cd.check(any(name == 'files.invalid' for _, name, _ in seen),
                 f'not by the proxy: {seen} {done}')
        cd.check_no_secret([secret[1]], done, os.path.join(work, 'state'))
    small.config['endpoints']['files']['proxy'] = 'http://u:p@h:1'
    small.save()
    small.run(exit_code=78)


def environment(work, stack):
    """Variables that libraries would listen to."""
    end = live.nginx(work, stack, lambda key: live.secret_file(
        work, key)[0], 'https')
    keys = os.path.join(work, 'keys')
    small = Small(work, stack, end.settings, sandbox=end.sandbox)
    small.run(exit_code=DONE, SSLKEYLOGFILE=keys)
    cd.check(not os.path.exists(keys), 'the keys of TLS were written down')
    cert = small.config['endpoints']['files'].pop('ca_file')
    small.save()
    small.run(exit_code=9, SSL_CERT_FILE=cert, CURL_CA_BUNDLE=cert)


def platform_proxy(work, stack):
    """The calls go by a proxy with a login, and nothing else does."""
    secret = live.secret_file(work, 'proxy.secret')
    proxy = stack.enter_context(stubs.proxy(f'pat:{secret[1]}'))
    up = stack.enter_context(stubs.store())
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url})
    platform = small.config['providers']['platform']
    port = platform['url'].split(':')[2]
    platform.update({
        'url': f'http://platform.invalid:{port}', 'allow_http': 'yes',
        'proxy': f'socks5h://127.0.0.1:{proxy.port}', 'proxy_user': 'pat',
        'proxy_password_file': secret[0]})
    small.save()
    small.call('config', 'check', exit_code=0)
    done = small.run(exit_code=DONE, no_proxy='*')
    cd.check(proxy.server.seen and all(
        name == 'platform.invalid' for _, name, _ in proxy.server.seen),
        f'not by the proxy: {proxy.server.seen}')
    cd.check_no_secret([secret[1]], done, os.path.join(work, 'state'))
    platform['proxy'] = f'http://pat:{secret[1]}@127.0.0.1:{proxy.port}'
    small.save()
    bad = small.call('config', 'check', exit_code=78)
    cd.check('proxy_password_file' in bad.stdout + bad.stderr, str(bad))
    small.run(exit_code=78)
    del platform['allow_http'], platform['proxy']
    small.save()
    for code in (small.call('config', 'check', exit_code=78),
                 small.run(exit_code=78)):
        cd.check('https://' in code.stdout + code.stderr, str(code))


def active(work, stack):
    end = live.proftpd(work, stack, lambda key: live.secret_file(
        work, key)[0], 'ftp')
    small = Small(work, stack, {**end.settings, 'ftp_mode': 'active'},
                  sandbox=end.sandbox)
    small.run(exit_code=DONE)
    cd.equal('files left', end.files(), [])


def slow(work, stack):
    up = stack.enter_context(stubs.store())
    url = f'http://127.0.0.1:{up.port}'
    small = Small(work, stack, {'upload': url, 'pull': url,
                                'limit_rate': '8K'},
                  job={'packing': 'none', 'rehearse': 'off'})
    done = small.run(rows=1700, exit_code=DONE)     # 17,000 bytes
    seconds = done.json['runs'][0]['seconds']['stage']
    cd.check(seconds > 1.5, f'17,000 bytes at 8K in {seconds} s')


def test(work):
    for part in (headers_and_token, redirects, signed, proxies,
                 environment, platform_proxy, active,
                 slow):
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with contextlib.ExitStack() as stack:
            part(folder, stack)


cd.main(test)
