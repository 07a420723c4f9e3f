#!/usr/bin/env python3
"""cleanup: finds what ended runs left on real servers, and nothing else."""

import contextlib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import oddftp  # noqa: E402
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


def moved(top):
    """The endpoint gets another folder while a run waits, or has come to a
    stop before anything was announced."""
    work = os.path.join(top, 'moved')
    os.mkdir(work)
    with contextlib.ExitStack() as stack:
        end = sftp(work, stack, lambda key: live.secret_file(work, key)[0])
        small = Small(work, stack, end.settings)
        settings = small.config['endpoints']['files']
        home = settings['upload']

        def move(folder):
            os.makedirs(os.path.join(end.files.root, folder), exist_ok=True)
            settings['upload'] = settings['pull'] = home + folder
            small.save()

        def left():
            return sorted(os.path.join(os.path.basename(f), n)
                          for f, _, some in os.walk(end.files.root)
                          for n in some)

        # Waiting: sent again to the new folder, and both are clean at last.
        move('a')
        small.run('--until', 'staged', exit_code=0)
        cd.equal('staged', len(left()), 1)
        told = small.call('cleanup', exit_code=0)
        cd.check('nothing of ended' in told.stdout and
                 '1 file of runs that have not ended' in told.stdout,
                 str(told))
        move('b')
        done = small.call('resume', '--json', exit_code=12).json['runs'][0]
        cd.check('/b/' in done['parts'][0]['stage']['url'], str(done))
        cd.equal('left', left(), [])
        # Called off after a move: gone, too.
        move('a')
        small.run('--until', 'staged', exit_code=0)
        move('b')
        small.call('resume', 'last', '--give-up', exit_code=None)
        cd.equal('left', left(), [])
        # No endpoint leads to the server: what lies there is named.
        small.run('--until', 'staged', exit_code=0)
        name = left()[0]
        upload = settings['upload']
        settings['upload'] = settings['pull'] = upload.replace(
            'mapp@', 'other@')
        small.save()
        told = small.call('resume', 'last', '--give-up', exit_code=None)
        cd.equal('left', left(), [name])
        for args in ((), ('--dry-run',)):
            found = small.call('cleanup', '--json', *args, exit_code=None)
            cd.check(found.exit != 0, str(found))
            items = [i for i in found.json['items'] if i['kind'] == 'staged']
            cd.equal('named', [(i['url'], i['name'], i['removed'])
                               for i in items],
                     [(upload, os.path.basename(name), False)])
            cd.check('no endpoint leads' in items[0]['error']['message'],
                     str(found))
        # One that does brings its login.
        small.config['endpoints']['again'] = {
            **settings, 'upload': home + 'd', 'pull': home + 'd'}
        small.save()
        seen = small.call('cleanup', '--json', '--dry-run', exit_code=None)
        cd.equal('still there', left(), [name])
        cd.check(any(i['url'] == upload for i in seen.json['items']),
                 str(seen))
        small.call('cleanup', '--json', exit_code=None)
        cd.equal('left', left(), [])
        del small.config['endpoints']['again']
        settings['upload'] = settings['pull'] = upload
        small.save()
        small.call('cleanup', '--json', exit_code=0)
        told = small.call('cleanup', exit_code=0)
        cd.check('nothing of ended' in told.stdout and
                 'have not ended' not in told.stdout, str(told))
        # A pull side that the platform cannot use: nothing is uploaded.
        settings['pull'] = f'file://{end.files.root}'
        small.save()
        small.run(exit_code=78)
        cd.equal('left', left(), [])
        small.call('resume', 'last', '--give-up', exit_code=None)
        settings['pull'] = upload
        small.save()
        # A server that is gone for good is not asked for for ever.
        small.run('--until', 'staged', exit_code=0)
        settings['upload'] = f'file://{work}'
        small.save()
        small.call('resume', 'last', '--give-up', exit_code=None)
        found = small.call('cleanup', '--json', '--older-than', '0s',
                           exit_code=None)
        cd.check(found.exit != 0, str(found))
        cd.equal('named', [i['url'] for i in found.json['items']
                           if i['kind'] == 'staged'], [upload])
        found = small.call('cleanup', '--json', exit_code=0)
        cd.equal('named', [i for i in found.json['items']
                           if i['kind'] == 'staged'], [])


def hidden(top):
    """No MLSD, and an NLST without names that begin with a dot."""
    work = os.path.join(top, 'hidden')
    os.mkdir(work)
    with contextlib.ExitStack() as stack:
        password_file = live.secret_file(work, 'ftp.secret')[0]
        up = stack.enter_context(oddftp.server(lists=False, names=True))
        url = f'ftp://drop@127.0.0.1:{up.port}/in'
        small = Small(work, stack, {
            'upload': url, 'upload_password_file': password_file,
            'pull': url, 'pull_password_file': password_file})
        ended, artifact = run_of(small.run())
        cd.equal('left', up.server.files, {})
        ours = [f'.{artifact}.{ended}.part', artifact]
        up.server.files.update({
            f'/in/{name}': b'left' for name in [*ours, 'other.part']})
        found = small.call('cleanup', '--dry-run', '--json', exit_code=0)
        cd.equal('would go', names(found), sorted(ours))
        small.call('cleanup', exit_code=0)
        cd.equal('left', list(up.server.files), ['/in/other.part'])


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
    hidden(work)
    moved(work)


cd.main(test)
