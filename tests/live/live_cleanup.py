#!/usr/bin/env python3
"""cleanup: finds what ended runs left on real servers, and nothing else."""

import contextlib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import live  # noqa: E402
from small import Small  # noqa: E402

STRANGER = '23456789abcdefghjkmnp'    # the id of no run here


def sftp(work, stack, secret):
    password_file = secret('sftp.secret')
    up = stack.enter_context(cd.Server(
        work, 'sshd_password', 'up', SSH_USER='mapp',
        SSH_PASSWORD=cd.read(password_file).strip()))
    url = f'sftp://mapp@127.0.0.1:{up.port}/~/'
    return live.Endpoint({
        'upload': url, 'upload_password_file': password_file,
        'host_key': [up.fingerprint()], 'pull': url,
        'pull_password_file': password_file}, up)


def ftp(work, stack, secret):
    end = live.proftpd(work, stack, secret, 'ftp')
    end.files = end.files.__self__
    return end


def dav(work, stack, secret):
    password_file = secret('dav.secret')
    up = stack.enter_context(cd.Server(
        work, 'nginx', 'up', DAV_USER='drop',
        DAV_PASSWORD=cd.read(password_file).strip()))
    pull = stack.enter_context(cd.Server(
        work, 'nginx', 'pull', root=up.root, DAV_METHODS='off'))
    return live.Endpoint({
        'upload': f'http://127.0.0.1:{up.port}', 'upload_user': 'drop',
        'upload_password_file': password_file,
        'pull': f'http://127.0.0.1:{pull.port}'}, up)


def run_of(result):
    run = result.json['runs'][0]
    return run['run'], run['parts'][0]['artifact']['name']


def plant(server, names):
    for name in names:
        cd.write(os.path.join(server.root, name), 'left')


def names(result):
    return sorted(i['name'] for i in result.json['items'])


def check(small, server, can_list):
    """What must go, what must stay."""
    result = small.run()
    ended, artifact = run_of(result)
    cd.equal('state', result.json['runs'][0]['state'], 'finished')
    held, waits = run_of(small.run('--rehearse', 'off', '--until', 'staged',
                                   exit_code=0))
    ours = [f'.{artifact}.{ended}.part', artifact]
    if can_list:
        ours.append(f'.{artifact}.{ended}.part.old')
    theirs = [f'.{waits}.{held}.part',
              f'.coupons-other-{STRANGER}-1.zip.{STRANGER}.part',
              f'coupons-other-{STRANGER}-1.zip', 'list.part',
              f'{ended}.txt', f'price-{ended}-list.zip']
    plant(server, ours + theirs)
    stay = sorted(set(theirs) | {waits})
    found = small.call('cleanup', '--dry-run', '--json', exit_code=0)
    cd.equal('schema', found.json['schema'], 'coupondrop.cleanup/1')
    cd.equal('would go', names(found), sorted(ours))
    cd.equal('nothing has gone', server.files(['small']),
             sorted(set(ours) | set(stay)))
    gone = small.call('cleanup', '-j', 'job', '--json', exit_code=0)
    cd.equal('went', names(gone), sorted(ours))
    cd.check(all(i['removed'] for i in gone.json['items']), str(gone))
    cd.equal('what stays', server.files(['small']), stay)
    old = small.call('cleanup', '--json', '--older-than', '0s', exit_code=0)
    cd.equal('old folders', [i['run'] for i in old.json['items']], [ended])
    runs = os.listdir(os.path.join(small.work, 'state', 'runs'))
    cd.equal('folders left', runs, [held])


def check_unreachable(small):
    """Who could not look does not say that nothing is left."""
    end = small.config['endpoints']['files']
    end['upload'] = re.sub(r':\d+/', ':1/', end['upload'])
    small.save()
    cd.equal('what was found', small.call('cleanup', exit_code=69).stdout, '')


def one(top, name, open_endpoint, can_list):
    work = os.path.join(top, name)
    os.mkdir(work)
    with contextlib.ExitStack() as stack:
        end = open_endpoint(
            work, stack, lambda key: live.secret_file(work, key)[0])
        small = Small(work, stack, end.settings,
                      sandbox=end.sandbox)
        check(small, end.files, can_list)
        if can_list:
            check_unreachable(small)


def test(work):
    one(work, 'sftp', sftp, True)
    one(work, 'ftp', ftp, True)
    one(work, 'dav', dav, False)


cd.main(test)
