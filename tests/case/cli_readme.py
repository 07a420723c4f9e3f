#!/usr/bin/env python3
"""The README's first hour and first night, typed as written.

In a room of its own, where /usr/local, /etc/coupondrop and /var/lib are empty
and the environment has nothing in it, each command of the README is typed in
its order.  What a person does there is done by stand-ins: sudo is root
already, sudoedit changes the names, the keyboard has the keys.
"""

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402

README = cd.read(os.path.join(cd.TOP, 'README.md'))
BUILD = os.path.dirname(os.path.realpath(cd.PROGRAM))
ROWS = 'coupon_code,redeemed,redeem_date\n'

# What a person changes in the configuration.
EDIT = '''#!/usr/bin/python3
import re, sys
text = open(sys.argv[1]).read()
for line, new in (
        (r'url: .*', 'url: {url}/api/xmlrpc/index.php'),
        (r'upload: .*', 'upload: {url}/stage'), (r'pull: .*',
         'pull: {url}/stage'), (r'pull_(user|password_file): .*',
         '#pull_\\\\1'), (r'source: .*', 'source: {work}/drop/r-*.csv')):
    text, n = re.subn(r'(?m)^( +)' + line, r'\\1' + new, text)
    if n == 0:
        sys.exit(line + ' is not there to be changed')
open(sys.argv[1], 'w').write(text)
'''


def section(title):
    return README.split(f'\n## {title}\n')[1].split('\n## ')[0]


def typed(title):
    """The lines of a section that are there to be typed."""
    blocks = re.findall(r'(?:^    .*\n)+', section(title), re.M)
    text = ''.join(blocks).replace('\\\n', ' ')
    return [re.sub(r'\s+', ' ', line).strip()
            for line in text.splitlines()]


def crontab(title):
    """The commands of crontab lines, as cron reads them."""
    return [m.group(1) for m in map(re.compile(
        r'(?:[\d*/,-]+ +){5}(\S.*)').fullmatch, typed(title)) if m]


class Hour:
    """A shell in the room."""

    def __init__(self, work):
        self.work = work
        self.home = os.path.join(work, 'home')
        self.etc = os.path.join(work, 'etc')
        self.lib = os.path.join(work, 'lib')
        self.local = os.path.join(work, 'local')
        for path in (self.home, self.lib, os.path.join(work, 'drop'),
                     os.path.join(self.local, 'bin')):
            os.makedirs(path)
        subprocess.run(['cp', '-a', '/etc', self.etc], check=True,
                       timeout=60)
        subprocess.run(['rm', '-rf', os.path.join(self.etc, 'coupondrop')],
                       check=True, timeout=60)
        self.shim('sudo', '#!/bin/sh\nexec "$@"\n')
        for name, to in (('samples', os.path.join(cd.TOP, 'samples')),
                         ('build', BUILD)):
            os.symlink(to, os.path.join(work, name))

    def shim(self, name, text):
        cd.write(os.path.join(self.local, 'bin', name), text, 0o755)

    def argv(self, line, env=(), cwd=None):
        inside = ''.join(f'mount --bind {a} {b} && ' for a, b in (
            (self.etc, '/etc'), (self.lib, '/var/lib'),
            (self.local, '/usr/local')))
        return ['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                inside + 'cd "$1" && shift && exec env -i "$@"', 'sh',
                cwd or self.work, f'HOME={self.home}', *env, 'bash',
                '--noprofile', '--norc', '-c', line]

    def type(self, line, stdin='', **more):
        p = subprocess.run(self.argv(line, **more), input=stdin, timeout=300,
                           capture_output=True, encoding='utf-8',
                           errors='replace')
        cd.check(p.returncode == 0, f'{line}: exit {p.returncode}\n'
                 f'{p.stdout[-2000:]}\n{p.stderr[-2000:]}')
        return p

    def drop(self, name, codes, age=3600):
        path = os.path.join(self.work, 'drop', name)
        cd.write(path, ROWS + ''.join(f'{code},1,2026-01-15\n'
                                      for code in codes))
        then = time.time() - age
        os.utime(path, (then, then))


class Terminal:
    """The one that the sandbox stays in."""

    def __init__(self, hour, line):
        self.out = os.path.join(hour.work, 'terminal')
        with open(self.out, 'wb') as out:
            self.process = subprocess.Popen(
                hour.argv(f'exec {line}'), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT)

    def __enter__(self):
        until = time.monotonic() + cd.START_SECONDS
        while '\nready' not in cd.read(self.out):
            cd.check(self.process.poll() is None and
                     time.monotonic() < until, cd.read(self.out))
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(cd.START_SECONDS)


def first_two(work):
    """What stands at the top is what bootstrap knows, and the demo works."""
    lines = re.findall(r'^    (\./bootstrap.*?) *(?:#.*)?$', README, re.M)
    cd.equal('the first two', lines[:2], ['./bootstrap demo',
                                          './bootstrap check'])
    cd.check(README.index(lines[0]) < README.index('\n## '), 'not at the top')
    script = cd.read(os.path.join(cd.TOP, 'bootstrap'))
    for line in lines:
        cd.check(f'\n{line.split()[1]})\n' in script, f'no {line}')
    p = subprocess.run(
        ['env', '-i', 'bash', os.path.join(cd.TOP, 'samples', 'demo.sh'),
         cd.PROGRAM], timeout=300, capture_output=True, encoding='utf-8')
    cd.check(p.returncode == 0 and '\nOK  run ' in p.stdout,
             f'demo: {p.returncode} {p.stdout} {p.stderr}')


def first_hour(hour):
    for line in typed('Install'):
        hour.type(line)
    lines = typed('The first hour')
    sandbox = [line for line in lines if line.startswith(
        'coupondrop sandbox ')]
    cd.equal('the sandbox is started once', len(sandbox), 1)
    before, after = (lines[:lines.index(sandbox[0])],
                     lines[lines.index(sandbox[0]) + 1:])
    for line in before:
        hour.type(line)
    with Terminal(hour, sandbox[0]):
        folder = os.path.join(hour.work, 'coupondrop-sandbox')
        url = re.search(r'url: "?(\S+?)/api', cd.read(
            os.path.join(folder, 'coupondrop.yaml'))).group(1)
        hour.shim('sudoedit', EDIT.format(url=url, work=hour.work))
        for line in after:
            hour.type(line, keyboard(line, folder))
        cd.check(any('config check' in line for line in after) and
                 any('doctor' in line for line in after), f'{after}')
        first_night(hour)


def keyboard(line, folder):
    """What a person would type into it."""
    for name, kept in (('empower.key', 'sandbox.key'),
                       ('empower.secret', 'sandbox.secret')):
        if line.endswith(name + "'"):
            return cd.read(os.path.join(folder, kept))
    return 'not-a-real-secret\n' if 'cat >' in line else ''


def first_night(hour):
    """cron: HOME, and a PATH without /usr/local; nothing is said."""
    lines = crontab('The first night')
    cd.equal('lines of the crontab', len(lines), 1)
    codes = re.findall(r'^([A-Z0-9]+),', cd.read(os.path.join(
        cd.TOP, 'samples', 'redemptions.csv')), re.M)[:3]
    hour.drop('r-1.csv', codes)
    said = hour.type(lines[0], env=['PATH=/usr/bin:/bin', 'LOGNAME=root'],
                     cwd='/')
    cd.equal('what cron would mail', said.stdout + said.stderr, '')
    for line in typed('The first night'):
        if line.startswith('sudo '):
            said = hour.type(line)
    cd.check('ok' in said.stdout, f'{said.stdout}')
    kept = json.loads(hour.type('coupondrop runs --json').stdout)['runs']
    cd.equal('runs', [(r['job'], r['exit']) for r in kept],
             [('nightly', 0)])


def where_things_lie(hour):
    """The table of the README, line by line."""
    rows = re.findall(r'^\| `?([^|`]*)`?[^|]*\| [^|]* \| `([^`]*)`[^|]*\|$',
                      section('Where things lie'), re.M)
    cd.equal('rows', [r[0] for r in rows], [
        '--config FILE', '~/.config/coupondrop/coupondrop.yaml',
        '/etc/coupondrop/coupondrop.yaml'])
    found = hour.type('coupondrop config show').stdout
    cd.check(rows[2][0] in found and rows[2][1] in found, found)
    own = rows[1][0].replace('~', hour.home)
    hour.type(f'mkdir -p {os.path.dirname(own)}; echo "jobs: {{}}" >{own}')
    found = hour.type('coupondrop config show').stdout
    cd.check(own in found and rows[1][1].replace('~', hour.home) in found,
             found)
    hour.type(f'cp {own} x.yaml')
    found = hour.type('coupondrop config show --config x.yaml').stdout
    cd.check(f'{hour.work}/{rows[0][1]}' in found, found)


def test(work):
    if os.getuid() != 0:
        print('skipped: the room needs root')
        sys.exit(cd.SKIP)
    # The README's ports are whatever they are, and may be taken outside.
    cd.own_network()
    first_two(work)
    hour = Hour(work)
    first_hour(hour)
    where_things_lie(hour)


cd.main(test)
