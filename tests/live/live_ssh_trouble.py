#!/usr/bin/env python3
"""SFTP servers that refuse, fill up or die: what is left of the file, and
what is said.  A file that was there before is never lost."""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from sshprobe import (  # noqa: E402
    BROKEN, CHANNELS, FILTER, FULL, MIB, SFTP_SERVER, UNAVAILABLE, Probe,
    arrived, data, key_of, main, script, together)

RENAME, WRITE = 18, 6
PARTS = [[], ['-n', '2']]       # one connection, two


def stage(server, channel, source, name, *more, word='stage'):
    return Probe(server, [*key_of(server, channel, *more), '--', word,
                          source, name])


def left(server, channel):
    """What begins with this channel's name, hidden or not."""
    return [f for f in server.files() if f.lstrip('.').startswith(channel)]


def over_an_old_one(server, channel, work):
    """Not in one step: the old file moves aside first."""
    old, new = data(work, 30000), data(work, 70000)
    stage(server, channel, old, channel).ended(0)
    stage(server, channel, new, channel).ended(
        0, 'cannot replace a file in one step')
    cd.equal('files', left(server, channel), [channel])
    arrived(server, channel, new)


def no_posix_rename(work):
    with cd.Server(work, 'sshd', 'rename', SFTP_SERVER=f'{SFTP_SERVER} -P '
                   'posix-rename') as server:
        together(over_an_old_one, [(server, channel, work)
                                   for channel in CHANNELS])


def put_there(server, name, source):
    shutil.copyfile(source, os.path.join(server.root, name))


def refused_step(work, number, words=None, aside=''):
    """A rename is refused: the first is the new file to its name, then come
    the old one aside, and the new one to its name.  Refused once, it is tried
    again; for good, the old file is still there."""
    old, new = data(work, 30000), data(work, 70000)
    with cd.Server(work, 'sshd', f'step{number}', SFTP_SERVER=f'{FILTER} '
                   f'without=posix-rename refuse={RENAME}:{number}') as server:
        for channel in CHANNELS:
            put_there(server, channel, old)
            probe = stage(server, channel, new, channel)
            probe.ended(UNAVAILABLE, words) if words else probe.ended(0)
            name = f'.{channel}.probe.1.part.old' if aside else channel
            cd.equal(f'files: {probe}', left(server, channel), [name])
            arrived(server, name, old if words else new)


def died_at_step(server, channel, work):
    """The session ends at one of them, before or after it was done: gone on
    with over a new connection, and nothing is left over."""
    put_there(server, channel, data(work, 30000))
    probe = stage(server, channel, data(work, 70000), channel).ended(0)
    cd.equal(f'files: {probe}', server.files(), [channel])
    arrived(server, channel, data(work, 70000))


def steps(work):
    refused_step(work, '2')
    refused_step(work, '3')
    refused_step(work, '1+', 'move the old file aside')
    refused_step(work, '3+', 'the old file is now named', 'aside')
    for number in 1, 2, 3:
        for how in 'unheard', 'unanswered':
            for channel in CHANNELS[:2]:
                name = f'{how}.{number}.{channel}'
                with cd.Server(work, 'sshd', name, SFTP_SERVER=(
                        f'{FILTER} without=posix-rename {how}={RENAME}:'
                        f'{number} once={work}/{name}.once')) as server:
                    died_at_step(server, channel, work)


def too_large(server, channel, work, *more):
    name = channel + str(len(more))
    stage(server, channel, data(work, 5 * MIB), name, *more).ended(
        FULL, 'quota or size limit')
    cd.equal('files left', left(server, name), [])


def quota(work):
    """No file may have more than 200 KiB there."""
    limit = script(work, 'quota.sh', "trap '' XFSZ\nulimit -f 400\n"
                   f'exec {SFTP_SERVER}\n')
    with cd.Server(work, 'sshd', 'quota', SFTP_SERVER=limit) as server:
        together(too_large, [(server, channel, work, *more)
                             for channel in CHANNELS for more in PARTS])


def too_full(server, channel, work, words, *more):
    probe = Probe(server, [*key_of(server, channel, *more), '--', 'stage',
                           data(work, 5 * MIB), channel]).ended(FULL, *words)
    seen = Probe(server, [*key_of(server, channel), '--', 'list',
                          '-']).ended(0)
    cd.equal(f'files left by {probe}', seen.out, '')


def full_disk(work):
    """A disk of 3 MiB: seen before anything is sent, or by failing."""
    if os.getuid() != 0:
        print('no full disk: not root')
        return
    with cd.Server(work, 'sshd', 'full', SSHD_DISK='3m',
                   SFTP_SERVER=SFTP_SERVER) as server:
        for channel in CHANNELS:
            too_full(server, channel, work, [
                'the disk over there is too full', 'nothing was sent'])
    with cd.Server(work, 'sshd', 'mute', SSHD_DISK='3m',
                   SFTP_SERVER=f'{SFTP_SERVER} -P statvfs') as server:
        for channel in CHANNELS:
            for more in PARTS:
                too_full(server, channel, work, [
                    'may be full, or a quota used up'], *more)


def dies_always(server, channel, work, *more):
    """Part of it stays, under its temporary name only, to be gone on with."""
    name = channel + str(len(more))
    probe = stage(server, channel, data(work, 5 * MIB), name, *more).ended(
        BROKEN)
    cd.equal(f'files left: {probe}', left(server, name),
             [f'.{name}.probe.1.part'])


def went_on(probe, more):
    """Two connections may have left a hole, which nothing can go on from."""
    probe.ended(0, 'of an earlier try is not used' if more and
                'is not used' in probe.err else 'upload that broke off')


def goes_on(server, channel, work, *more):
    name = channel + str(len(more))
    big = data(work, 5 * MIB)
    went_on(stage(server, channel, big, name, *more, word='again'), more)
    cd.equal('files', left(server, name), [name])
    arrived(server, name, big)


def dies(work):
    """The server's program ends after some bytes, each time; and then it is
    mended, and the next call goes on from where the last one came to."""
    mortal = script(work, 'dies.sh', f'dd bs=4096 count=300 status=none | '
                    f'{SFTP_SERVER}\n')
    cases = [(channel, work, *more) for channel in CHANNELS
             for more in PARTS]
    with cd.Server(work, 'sshd', 'dies', SFTP_SERVER=mortal) as server:
        together(dies_always, [(server, *case) for case in cases])
    server.env['SFTP_SERVER'] = SFTP_SERVER
    with server:
        together(goes_on, [(server, *case) for case in cases])


def dies_once(work):
    """Within one call: a new connection, and on from the proven bytes."""
    for channel in CHANNELS:
        for more in PARTS:
            once = os.path.join(work, f'once.{channel}{len(more)}')
            with cd.Server(work, 'sshd', f'once{channel}{len(more)}',
                           SFTP_SERVER=f'{FILTER} unheard={WRITE}:40 '
                           f'once={once}') as server:
                big = data(work, 40 * MIB)
                probe = stage(server, channel, big, 'x', *more)
                went_on(probe, more)
                cd.equal(f'files: {probe}', server.files(), ['x'])
                arrived(server, 'x', big)


def small_writes(work):
    """It refuses the first large packet: all goes in small ones."""
    with cd.Server(work, 'sshd', 'small', SFTP_SERVER=f'{FILTER} '
                   f'refuse={WRITE}:1') as server:
        for channel in CHANNELS:
            stage(server, channel, data(work, 5 * MIB), channel).ended(
                0, 'trying again with packets of 32 KiB')
            cd.equal('files', server.files(), [channel])
            arrived(server, channel, data(work, 5 * MIB))


def test(work):
    for size in 30000, 70000, 5 * MIB, 40 * MIB:
        data(work, size)
    no_posix_rename(work)
    steps(work)
    quota(work)
    full_disk(work)
    dies(work)
    dies_once(work)
    small_writes(work)


main(test)
