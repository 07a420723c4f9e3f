#!/usr/bin/env python3
"""Memory stays bounded, whatever comes in.

With COUPONDROP_SLOW=1 also the largest file that the documentation speaks
of: 100 million rows.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

MIB = 1 << 20
LINE = 256 * MIB
LINE_MEMORY = 100 * MIB    # so the line is not kept
ROWS = 100_000_000
ROW_MEMORY = 24         # bytes for each row: what finds duplicates
BASE_MEMORY = 64 * MIB


def feed(write, parts):
    """A child that writes the parts and ends."""
    pid = os.fork()
    if pid == 0:
        code = 0
        try:
            with open(write, 'wb', buffering=0) as f:
                for part in parts:
                    f.write(part)
        except BrokenPipeError:
            pass
        except BaseException:       # nothing of the parent's may run here
            code = 1
        os._exit(code)
    return pid


def measured(room, args, parts=None):
    """Run with its input from a pipe; how it ended, and its peak of memory
    in bytes."""
    out = room.path('out')
    feeder = None
    stdin = os.open(os.devnull, os.O_RDONLY)
    if parts is not None:
        os.close(stdin)
        stdin, write = os.pipe()
        os.set_inheritable(write, False)
        feeder = feed(write, parts)
        os.close(write)
    with open(out, 'wb') as f, open(room.path('err'), 'wb') as err:
        p = subprocess.Popen([cd.PROGRAM, *args], stdin=stdin, stdout=f,
                             stderr=err, env=room.env(), cwd=room.work)
    os.close(stdin)
    # The tests' harness ends what hangs; wait4 itself has no limit.
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if feeder is not None:
        _, ended = os.waitpid(feeder, 0)
        cd.equal('how the feeder ended', os.waitstatus_to_exitcode(ended), 0)
    with open(out, 'rb') as f, open(room.path('err'), 'rb') as err:
        return cli.Ended(args, p.returncode, f.read(), err.read()), \
            usage.ru_maxrss * 1024


def within(peak, limit):
    print(f'  peak {peak / MIB:.0f} MiB of {limit / MIB:.0f}', flush=True)
    cd.check(peak < limit, f'peak of {peak} bytes of memory')


def long_line():
    """A good row, one line of LINE bytes, a good row."""
    yield (HEADER + 'M746209500,1,2026-01-05\n').encode()
    block = b'A' * MIB
    for _ in range(LINE // MIB):
        yield block
    yield b'\nM746209501,1,2026-01-05\n'


def said(ended):
    found = cli.read_json(ended, 'validate', 65)['files'][0]
    cd.equal('rules', found['by_rule'], {'line-too-long': 1})
    cd.equal('counts', [found[k] for k in ('rows', 'valid', 'invalid')],
             [3, 2, 1])
    cd.check(found['bytes'] > LINE, f'{found}')
    cd.equal('line', found['findings'][0]['line'], 3)


def line_from_a_pipe(room):
    ended, peak = measured(room, ['validate', '--json', '-'], long_line())
    said(ended)
    within(peak, LINE_MEMORY)


def line_in_a_file(room):
    path = room.path('long.csv')
    with open(path, 'wb') as f:
        for part in long_line():
            f.write(part)
    ended, peak = measured(room, ['validate', '--json', path])
    said(ended)
    within(peak, LINE_MEMORY)
    os.unlink(path)


def line_in_text(room):
    """A TXT without an end of line."""
    ended, peak = measured(
        room, ['validate', '--json', '--format', 'txt', '-'],
        (b'A' * MIB for _ in range(64)))
    found = cli.read_json(ended, 'validate', 65)['files'][0]
    cd.equal('rules', found['by_rule'], {'line-too-long': 1})
    within(peak, LINE_MEMORY)


def many_findings(room):
    """Each row is broken in its own way; only some are kept."""
    rows = (b''.join(b'A B%07d,x,2026-02-31\n' % n
                     for n in range(i * 10000, (i + 1) * 10000))
            for i in range(30))
    ended, peak = measured(room, ['validate', '--json', '-'],
                           [HEADER.encode(), *rows])
    found = cli.read_json(ended, 'validate', 65)['files'][0]
    cd.equal('rows', found['rows'], 300000)
    cd.equal('kept', len(found['findings']), 1000)
    cd.equal('not kept', found['findings_omitted'], 900000 - 1000)
    within(peak, LINE_MEMORY)


def on_a_terminal(room, columns, *args, **env):
    """Run with a terminal of so many columns as standard error; what came
    there, and on standard output."""
    leader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack('HHHH', 24, columns, 0, 0))
    with subprocess.Popen([cd.PROGRAM, *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=terminal,
                          env=room.env(**env), cwd=room.work) as p:
        os.close(terminal)
        seen = b''
        while True:
            try:
                block = os.read(leader, 65536)
            except OSError:         # EIO: the other side is closed
                break
            if not block:
                break
            seen += block
        out = p.stdout.read()
    os.close(leader)
    return seen.decode(), out.decode()


def progress(room):
    """A file that takes a while has a line that is gone at the end."""
    with open(room.path('a.csv'), 'wb') as f:
        f.write(HEADER.encode())
        f.truncate(2 << 30)
    for columns in (80, 24):
        seen, out = on_a_terminal(room, columns, 'validate', 'a.csv',
                                  TERM='vt100')
        lines = seen.split('\r')
        cd.check(len(lines) > 3, f'no progress: {seen!r}')
        cd.equal('at first', lines[0], '')
        cd.equal('at the end', lines[-1], '\x1b[K')
        for line in lines[1:-1]:
            cd.check(line.startswith('checking') and ' %' in line and
                     line.endswith('\x1b[K'), f'{line!r}')
            cd.check(len(line) - len('\x1b[K') < columns,
                     f'{line!r} is too long for {columns} columns')
        cd.check(columns < 80 or 'MB/s' in seen, f'no speed in {seen!r}')
        cd.check('a.csv: 1 row ' in out, out)
    os.truncate(room.path('a.csv'), 1 << 30)
    for args, env in [(['-q'], {'TERM': 'vt100'}), (['--json'],
                      {'TERM': 'vt100'}), ([], {'TERM': 'dumb'})]:
        seen, out = on_a_terminal(room, 80, 'validate', *args, 'a.csv', **env)
        cd.equal(f'progress with {args} {env}', seen, '')
    os.unlink(room.path('a.csv'))


def million_codes():
    for i in range(ROWS // 1_000_000):
        yield b''.join(b'M%011d\n' % (n * 48271 % 99999999977)
                       for n in range(i * 1_000_000, (i + 1) * 1_000_000))


def hundred_million(room):
    if os.environ.get('COUPONDROP_SLOW') != '1':
        print('  only with COUPONDROP_SLOW=1', flush=True)
        return
    ended, peak = measured(
        room, ['validate', '--json', '--format', 'txt', '--memory', '4G',
               '-'], million_codes())
    found = cli.read_json(ended, 'validate', 0)['files'][0]
    cd.equal('valid', found['valid'], ROWS)
    within(peak, BASE_MEMORY + ROW_MEMORY * ROWS)


cli.main(line_from_a_pipe, line_in_a_file, line_in_text, many_findings,
         progress, hundred_million)
