#!/usr/bin/env python3
"""Killed while the ssh program works for us: on a line that is dead it ends
at once, and nothing of ours is left."""

import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
from cutproxy import HOST, CutProxy  # noqa: E402
from sshprobe import PROBE, data, key_of, main  # noqa: E402

SECONDS = 60


def children(pid):
    """{pid: its program} of all that this process started, and they."""
    parent, name = {}, {}
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            stat = cd.read(f'/proc/{entry}/stat')
        except OSError:
            continue
        head, _, tail = stat.rpartition(')')
        name[int(entry)] = head.split('(', 1)[1]
        parent[int(entry)] = int(tail.split()[1])
    out, more = {}, {pid}
    while more:
        more = {p for p, of in parent.items() if of in more}
        out.update({p: name[p] for p in more})
    return out


def until(what, f):
    end = time.monotonic() + SECONDS
    while not (got := f()):
        cd.check(time.monotonic() < end, what)
        time.sleep(0.05)
    return got


def alive(pid):
    """A process that ended and that nobody has collected is not."""
    try:
        return cd.read(f'/proc/{pid}/stat').rpartition(')')[2].split()[0] \
            not in 'ZX'
    except OSError:
        return False


def killed(work, url, options, command, ready):
    """Start, wait, kill; then all of it ends."""
    tmp = os.path.join(work, 'tmp')
    os.makedirs(tmp, exist_ok=True)
    with subprocess.Popen([PROBE, *options, url, *command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL,
                          env=cd.environment(work, TMPDIR=tmp)) as p:
        ssh = until('no ssh was started', lambda: [
            pid for pid, name in children(p.pid).items() if name == 'ssh'])
        ready()
        all_of_it = children(p.pid)
        p.send_signal(signal.SIGKILL)
    until(f'still there: {all_of_it}',
          lambda: not any(alive(pid) for pid in all_of_it))
    cd.check(ssh[0] in all_of_it, f'no ssh among {all_of_it}')
    cd.equal('left in TMPDIR', os.listdir(tmp), [])


def test(work):
    # Before the login: somebody listens, and never says a word.
    held = []
    with socket.create_server(('127.0.0.1', 0)) as mute:
        killed(work, f'sftp://u@127.0.0.1:{mute.getsockname()[1]}/',
               ['-s', 'openssh', '-K', '/dev/null'], ['banner'],
               lambda: held.append(mute.accept()))
    # In the middle of an upload.
    with cd.Server(work, 'sshd', 'up') as server, \
            CutProxy([server.port]) as proxy:
        proxy.spoil(2 << 20, 'stall')
        killed(work, f'sftp://{cd.user()}@{HOST}:{server.port}{server.root}',
               key_of(server, 'openssh'),
               ['stage', data(work, 8 << 20), 'a'],
               lambda: cd.check(proxy.hit.wait(SECONDS), 'nothing was sent'))


main(test)
