#!/usr/bin/env python3
"""3 GiB through both SSH channels to a server that reads by fits and starts.

Past 2 GiB and with pauses is where SFTP clients have lost bytes: offsets that
do not fit, packets that were sent by half.  sshd's own process is stopped now
and then, so that the socket, too, fills up.  Takes minutes and 6 GiB in
/dev/shm or TMPDIR, so it runs only with COUPONDROP_SLOW=1; MIB is another
size than 3072.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402

PROBE = os.path.join(os.environ.get('builddir', os.path.join(cd.TOP, 'build')),
                     'tests', 'live', 'xfer_probe')
MIB = int(os.environ.get('MIB', '3072'))
PAUSE, BETWEEN = 0.4, 1.0       # seconds


def children(pid):
    """The processes below pid; sshd has one or two for each connection."""
    below = {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            stat = cd.read(f'/proc/{name}/stat')
        except OSError:
            continue
        parent = int(stat.rsplit(')', 1)[1].split()[1])
        below.setdefault(parent, []).append(int(name))
    found = list(below.get(pid, []))
    for child in found:
        found += below.get(child, [])
    return found


def pause(pid):
    """Stop one process of the connection for a while; 1 if there was one."""
    pids = children(pid)
    if not pids:
        return 0
    one = random.choice(pids)
    try:
        os.kill(one, signal.SIGSTOP)
        time.sleep(PAUSE)
        os.kill(one, signal.SIGCONT)
    except ProcessLookupError:
        return 0
    return 1


def upload(server, channel, source):
    url = f'sftp://{cd.user()}@127.0.0.1:{server.port}{server.root}'
    line = [PROBE, '-s', channel, '-n', '1', '-i', server.path('id_ed25519'),
            '-k', server.fingerprint(), url, 'put', source, 'large']
    sshd = int(cd.read(server.path('pid')))
    start, pauses = time.monotonic(), 0
    with subprocess.Popen(line, env=cd.environment(server.state)) as p:
        while p.poll() is None:
            time.sleep(BETWEEN)
            pauses += pause(sshd)
    cd.equal(f'exit through {channel}', p.returncode, 0)
    cmp = subprocess.run(['cmp', source, os.path.join(server.root, 'large')])
    cd.equal(f'cmp through {channel}', cmp.returncode, 0)
    cd.check(pauses > 0, 'nothing was ever stopped')
    print(f'{channel}: {MIB} MiB, {pauses} pauses, '
          f'{time.monotonic() - start:.0f} s, identical')


def test(work):
    source = os.path.join(work, 'source')
    with open(source, 'wb') as f:
        for _ in range(MIB):
            f.write(os.urandom(1 << 20))
    with cd.Server(work, 'sshd', 'slow') as server:
        for channel in 'libssh2', 'openssh':
            upload(server, channel, source)


if os.environ.get('COUPONDROP_SLOW') != '1':
    print('not run: set COUPONDROP_SLOW=1')
    sys.exit(77)
if 'TMPDIR' not in os.environ and os.access('/dev/shm', os.W_OK):
    tempfile.tempdir = '/dev/shm'
cd.main(test)
