#!/usr/bin/env python3
"""OpenSSH: up by key, on a port that is not 22; fetched by password."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402


def endpoint(work, stack, secret):
    password_file = secret('pull.secret')
    up = stack.enter_context(cd.Server(work, 'sshd', 'up'))
    pull = stack.enter_context(cd.Server(
        work, 'sshd_password', 'pull', root=up.root, SSH_USER='mapp',
        SSH_PASSWORD=cd.read(password_file).strip()))
    return live.Endpoint({
        'upload': f'sftp://127.0.0.1:{up.port}{up.root}',
        'upload_user': cd.user(),
        'identity_file': up.path('id_ed25519'),
        'host_key': [up.fingerprint()],
        'pull': f'sftp://127.0.0.1:{pull.port}/~/',
        'pull_user': 'mapp',
        'pull_password_file': password_file,
        'pull_host_key': [pull.fingerprint()],
    }, up.files)


live.main(endpoint)
