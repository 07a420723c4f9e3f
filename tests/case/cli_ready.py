#!/usr/bin/env python3
"""What a run refuses, config check and doctor refuse, in the same words.

Each row is a mistake in the settings and what a run says of it.  A refusal
that is added to the program has to be added here: the sources are searched
for their sentences.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

KEY = '-----BEGIN PRIVATE KEY-----\n'
PUBLIC = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ someone\n'
SFTP = {'upload': 'sftp://pos@127.0.0.1:9/in'}
LOGIN = {'pull': 'sftp://mapp@127.0.0.1:9/in'}
TLS = {'upload': 'https://127.0.0.1:9/in', 'ca_file': '{key}'}


# (settings of provider, endpoint, job), the setting to blame, what is said
ROWS = [
    # the job
    ((None, None, {'provider': None}), 'file', 'no provider is given'),
    ((None, None, {'bank': None}), 'file', 'no bank is given'),
    ((None, None, {'delimiter': 'ab'}), 'delimiter', 'use one of'),
    ((None, None, {'code_pattern': '('}), 'code_pattern', 'code_pattern "("'),
    ((None, None, {'notification_email': 'a\x07b'}),
     'notification_email',
     'cannot ask Mapp Empower for coupon.updateDetails'),
    # the platform
    (({'type': 'map'}, None, None), 'type', 'is no platform'),
    (({'url': 'ftp://127.0.0.1/x'}, None, None), 'url',
     'begins with https://'),
    (({'url': 'http://example.com/x'}, None, None), 'url', 'allow_http'),
    (({'proxy': 'ftp://127.0.0.1:9'}, None, None), 'proxy',
     'proxy is not "socks5h://HOST:PORT"'),
    (({'proxy': 'http://user@127.0.0.1:9'}, None, None), 'proxy',
     'proxy has a login in its address'),
    (({'ca_file': '{work}/none'}, None, None), 'ca_file', 'cannot read'),
    (({'api_key_file': '{work}/none'}, None, None), 'api_key_file',
     'cannot open'),
    (({'api_key_command': ['printf', 'a\\001b'], 'api_key_file': None}, None,
      None), 'file', 'holds bytes that cannot be sent'),
    # what the platform can fetch
    ((None, {'pull_password_file': '{secret}'}, None), 'pull',
     'cannot log in at a web address'),
    ((None, {'pull': 'http://user@127.0.0.1:9/in'}, None), 'pull',
     'cannot log in at a web address'),
    ((None, {'pull': 'http://127.0.0.1:9/in folder'}, None), 'pull',
     'a space or special character as its byte 22'),
    ((None, {'pull': 'http://127.0.0.1:9/in/x.gz?sig=1'}, None), 'pull',
     'only under a name that ends in .zip'),
    ((None, {'pull': 'file:///in'}, None), 'pull', 'cannot fetch a file over'),
    ((None, {**LOGIN}, None), 'pull', 'set pull_password_file'),
    ((None, {'pull': 'ftp://127.0.0.1:9/in',
             'pull_password_file': '{secret}'}, None), 'pull',
     'set pull_user'),
    # the upload
    ((None, {'upload': 'nowhere'}, None), 'upload', 'does not begin with'),
    ((None, {'upload': 'ftp://a:b@127.0.0.1/'}, None), 'upload',
     'a password in it'),
    ((None, {'upload': 'sftp://127.0.0.1:9/in'}, None), 'upload',
     'no user name is given'),
    ((None, {'upload_user': 'a\x07b'}, None), 'upload',
     'the user name has a control character'),
    ((None, {**SFTP, 'host_key': ['SHA256:x']}, None), 'host_key',
     'is not a fingerprint'),
    ((None, {**SFTP, 'identity_file': '{work}/none'}, None), 'identity_file',
     'cannot read key file'),
    ((None, {**SFTP, 'identity_file': '{public}'}, None), 'identity_file',
     'holds the public half'),
    ((None, {**SFTP, 'identity_file': '{secret}'}, None), 'identity_file',
     'is not a private key'),
    ((None, {**SFTP, 'identity_file': '{locked}'}, None), 'identity_file',
     'needs a passphrase'),
    ((None, {**SFTP, 'ssh': 'openssh', 'proxy': 'http://127.0.0.1:9'}, None),
     'proxy', 'takes no proxy from here'),
    ((None, {**SFTP, 'ssh_config': '{work}/none'}, None), 'ssh_config',
     'No such file'),
    ((None, {**SFTP, 'ssh': 'libssh2', 'ssh_config': '{secret}'}, None),
     'ssh', 'would be left out'),
    ((None, {**TLS, 'ca_file': '{work}/none'}, None), 'ca_file',
     'cannot read'),
    ((None, {**TLS, 'client_cert': '{work}/none'}, None), 'client_cert',
     'cannot read'),
    ((None, {**TLS, 'client_key': '{key}'}, None), 'client_key',
     'needs client_cert'),
    ((None, {**TLS, 'tls_max': '1.4'}, None), 'tls_max', 'it can be'),
    ((None, {**TLS, 'tls_min': '1.1'}, None), 'tls_min', 'it can be'),
    ((None, {**TLS, 'tls_max': '1.2', 'tls_min': '1.3'}, None), 'tls_min',
     'tls_min is above tls_max'),
    ((None, {**TLS, 'pin': ['x']}, None), 'pin', 'begins with "sha256//"'),
    ((None, {'headers_command': ['echo', 'nonsense']}, None),
     'headers_command', 'not "Name: value"'),
    ((None, {'headers_command': ['printf', 'A: \\001']}, None),
     'headers_command', 'control character'),
    ((None, {'headers_command': ['echo', 'Content-Length: 5']}, None),
     'headers_command', 'cannot be set; take it out'),
    ((None, {'bearer_command': ['printf', 'a\\nb']}, None), 'upload',
     'has a line end in it'),
    ((None, {'proxy': 'http://127.0.0.1:9', 'proxy_user': 'a',
             'proxy_password_command': ['printf', 'a\\nb']}, None),
     'proxy_password_command', 'the password of the proxy has a line end'),
    ((None, {'upload_password_command': ['false']}, None),
     'upload_password_command', 'ended with exit code 1'),
    ((None, {'temp_dir': 'x/'}, None), 'temp_dir', 'without a slash'),
    ((None, {'done_marker': '/x'}, None), 'done_marker', 'has a slash'),
    ((None, {'upload': 'http://127.0.0.1:9/x.zip?sig=1',
             'on_exists': 'fail'}, None), 'on_exists',
     'on_exists can only be'),
    ((None, {'upload': 'http://127.0.0.1:9/x.zip?sig=1'},
      {'rehearse': 'off'}), 'rehearse', 'only rehearse "full"'),
]

# Sentences of the sources that settings alone do not lead to.
OTHERS = {
    'src/pipeline/start.c': (), 'src/pipeline/submit.c': (),
    'src/pipeline/stage.c': (),
    'src/pipeline/account.c': (
        'there is no provider "',),
    'src/provider/provider.c': (
        'the pull side has no address', 'the pull side has no host',
        'has no port', 'has no path'),
    'src/provider/mapp_pull.c': (),
    'src/provider/mapp_build.c': (
        'no coupon bank is given', ' is a number, not', ' is empty',
        'the platform has no url'),
    'src/net/setup.c': (), 'src/config/staged.c': ('is signed for one file, '
                                                   'and this drop makes',),
    'transfer/curl_settings.c': (), 'transfer/sftp.c': (),
    'transfer/sshkey.c': (
        "in PuTTY's own", 'is damaged', 'needs a security'),
    'transfer/stage.c': ('a staged file needs a name', 'the file name',
                         'the name %s is too long'),
}


def sentences(path):
    """What a source says with a code of the configuration."""
    for call in re.findall(
            r'err_set\(\w+, ERR_(?:CONFIG|SECRET),\s*'
            r'((?:MAPP_TITLE|"(?:[^"\\]|\\.)*"|\s)+)',
            cd.read(os.path.join(cd.TOP, path))):
        yield ''.join('Mapp Empower' if word == 'MAPP_TITLE' else word[1:-1]
                      for word in re.findall(
                          r'MAPP_TITLE|"(?:[^"\\]|\\.)*"', call)
                      ).replace('\\"', '"')


def complete(seen):
    """No sentence of the sources is missing above; seen is what was said."""
    for path, others in OTHERS.items():
        for sentence in sentences(path):
            pattern = '.*'.join(map(re.escape, re.split(
                r'%%|%[-.*\d]*(?:l|ll|z)?[a-z]', sentence)))
            cd.check(any(re.search(pattern, line) for line in seen) or
                     any(what in sentence for what in others),
                     f'{path} refuses what is not tried here: {sentence}')


class Ready(case.Case):
    """Settings with one mistake in them."""

    def mistake(self, settings):
        # Runs that went wrong are not to be resumed by the next one.
        self.state = self.path(f'state-{len(os.listdir(self.work))}')
        files = {'work': self.work, 'secret': self.path('secret'),
                 'public': self.path('public'), 'key': self.path('key'),
                 'locked': self.path('locked')}
        self.settings = tuple(
            {k: v.format(**files) if isinstance(v, str) else v
             for k, v in (part or {}).items()} for part in settings)
        self.configure()

    def configure(self):
        """None takes a setting out."""
        super().configure()
        cd.write(self.config, ''.join(
            line for line in cd.read(self.config).splitlines(True)
            if not line.endswith(': null\n')))


def refused(work):
    with Ready(work, 'ready') as c:
        for name, text in (('secret', 'a-secret\n'), ('public', PUBLIC),
                           ('key', KEY),
                           ('locked', KEY.replace('PRIVATE',
                                                  'ENCRYPTED PRIVATE'))):
            cd.write(c.path(name), text, 0o600)
        path = c.drop(case.rows(c.in_bank[:3]))
        c.cd('config', 'check', exit_code=0)
        c.cd('doctor', '-j', 'file', exit_code=0)
        seen = []
        for settings, blamed, what in ROWS:
            c.mistake(settings)
            seen += check_one(c, path, blamed, what)
        complete(seen)


def check_one(c, path, blamed, what):
    """All that config check says."""
    found = c.cd('config', 'check', exit_code=78).json['mistakes']
    mine = [line for line in found if what in line]
    cd.check(mine, f'config check does not say "{what}": {found}')
    place = re.match(re.escape(c.config) + r':(\d+):\d+: ', mine[0])
    cd.check(place, f'no place: {mine[0]}')
    line = cd.read(c.config).splitlines()[int(place.group(1)) - 1]
    cd.check(line.strip().startswith(blamed + ':'),
             f'{mine[0]} blames {line}, should be {blamed}')
    visit = c.cd('doctor', '-j', 'file')
    cd.check(what in visit.stdout.replace('\\"', '"') and visit.exit != 0,
             f'doctor does not say "{what}": {visit}')
    run = c.cd('run', '-j', 'file', path)
    cd.check(run.exit == 78 and what in
             run.stdout.replace('\\"', '"'), f'run does not say "{what}": '
             f'{run}')
    return found


cd.main(refused)
