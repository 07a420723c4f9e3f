"""Visits of the doctor to real servers, for several tests."""

import json
import os

import cd
import live
from small import Small


def secrets(work):
    return lambda key: live.secret_file(work, key)[0]


def sftp(work, stack, job=None, **env):
    """A small drop by key to one sshd, picked up by password from another."""
    password_file = live.secret_file(work, 'pull.secret')
    up = stack.enter_context(cd.Server(work, 'sshd', 'up', **env))
    pull = stack.enter_context(cd.Server(
        work, 'sshd_password', 'pull', root=up.root, SSH_USER='mapp',
        SSH_PASSWORD=password_file[1]))
    small = Small(work, stack, {
        'upload': f'sftp://127.0.0.1:{up.port}{up.root}',
        'upload_user': cd.user(), 'identity_file': up.path('id_ed25519'),
        'host_key': [up.fingerprint()],
        'pull': f'sftp://127.0.0.1:{pull.port}/~/', 'pull_user': 'mapp',
        'pull_password_file': password_file[0],
        'pull_host_key': [pull.fingerprint()]}, job=job)
    small.secrets = [password_file[1]] + small.box.secrets()
    return up, small


def visit(small, code, *flags):
    got = small.call('doctor', '-j', 'job', '--json', *flags, exit_code=code)
    cd.equal('schema', got.json['schema'], 'coupondrop.doctor/1')
    cd.equal('exit in the JSON', got.json['exit'], code)
    return got.json['jobs'][0]


def paste(small, found):
    """Put the lines that were advised into the configuration."""
    lines = [s['line'] for s in found['upload']['set']]
    cd.check(lines, f'nothing is advised: {found["upload"]}')
    for line in lines:
        key, value = line.split(': ', 1)
        small.config['endpoints']['files'][key] = (
            json.loads(value) if value[0] == '[' else value)
    small.save()
    small.call('config', 'check', exit_code=0)
    return lines


def facts(side, *keys):
    return {key: side[key] for key in keys}


def each(work, stack_of, parts):
    """Run each part with a folder and a stack of servers of its own."""
    for part in parts:
        folder = os.path.join(work, part.__name__)
        os.mkdir(folder)
        with stack_of() as stack:
            part(folder, stack)
