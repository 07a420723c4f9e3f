#!/usr/bin/env python3
"""Help, completion, explain, the first configuration; silence and colour."""

import glob
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

COMMANDS = ('validate run follow status resume runs show explain config '
            'sandbox completion').split()
KEY_ROW = re.compile(r'^\s*\{ "(\w+)", SECT_(\w+), OPT_(\w+),', re.M)


def commands(room):
    """All commands of the program, as its help lists them."""
    text = room.run('--help', exit_code=0).out
    found = re.findall(r'^  ([a-z]+) +(?:\S.*)?\S', text, re.M)
    return text, [w for w in found if w not in ('coupondrop',)]


def rows():
    """(key, section, type, help) of each option in the table."""
    text = cd.read(os.path.join(cd.TOP, 'src', 'config', 'options.c'))
    table = text[text.index('rows[] = {'):text.index('option_rows(')]
    starts = list(KEY_ROW.finditer(table))
    for m, n in zip(starts, [*starts[1:], None]):
        row = table[m.start():n.start() if n else len(table)]
        words = re.search(r'\.help = ((?:"[^"\\]*(?:\\.[^"\\]*)*"\s*)+)',
                          row)
        yield (m.group(1), m.group(2), m.group(3), '.flag = true' in row,
               words and words.group(1))


def provider_settings():
    """What the platforms' own rows of settings are called."""
    found = set()
    for path in glob.glob(os.path.join(cd.TOP, 'src', 'provider', '*.c')):
        found |= set(re.findall(r'\{ "(\w+)", (?:true|false), ',
                                cd.read(path)))
    cd.check('shared_secret' in found, 'no settings of platforms')
    return found


def every_command(room):
    text, found = commands(room)
    for name in COMMANDS:
        cd.check(name in found, f'{name} is not in {text}')
    for name in found:
        help_text = room.run(name, '--help', exit_code=0).out
        cd.check(help_text.startswith(f'coupondrop {name} '), help_text)
        cd.equal('help by letter', room.run(name, '-h', exit_code=0).out,
                 help_text)
        cd.equal('help by word', room.run('help', name, exit_code=0).out,
                 help_text)
        for line in help_text.splitlines():
            cd.check(len(line) <= 100, f'too wide: {line}')
    cd.check(room.run(exit_code=64).out == text, 'no help without a word')
    cd.check('coupondrop ' in room.run('--version', exit_code=0).out,
             'no version')


def flags_in_help(room):
    """All that is in the help is taken; tests/unit/test_flags.c has the rest,
    each flag with each command."""
    _, found = commands(room)
    every = set()
    for name in found:
        text = room.run(name, '--help', exit_code=0).out
        listed = re.findall(r'^ +(?:-\w, )?--([a-z-]+)( \S+)?(?: |$)',
                            text[text.index('\nFlags:'):], re.M)
        every |= {flag for flag, _ in listed}
        words = [f'--{flag}=x' if value else f'--{flag}'
                 for flag, value in listed if flag != 'help']
        for first in range(0, len(words), 50):
            ended = room.run(name, *words[first:first + 50], '--no-such-flag',
                             exit_code=64)
            cd.check('does not take --no-such-flag' in ended.out + ended.err,
                     str(ended))
    cd.check(len(every) > 50, f'only {every}')


def every_key(room):
    helps = room.run('run', '--help', exit_code=0).out
    n = 0
    for key, section, kind, flag, words in rows():
        cd.check(words, f'{key} has no help')
        cd.check(words.rstrip().rstrip('"')[-1] in '.Yy' or ':' in words,
                 f'{key}: {words}')
        if section == 'JOB' and flag:
            cd.check('--' + key.replace('_', '-') + ' ' in helps,
                     f'{key} is not in the help of run')
        n += 1
    cd.check(n > 60, f'only {n} keys')


def completion(room):
    """What is offered are the words that there are, and the right files."""
    room.configure({
        'providers': {'plat': {'type': 'mapp', 'url': cli.PROVIDER_DOWN,
                               'api_key_command': ['echo', 'k'],
                               'shared_secret_command': ['echo', 's']}},
        'jobs': {'nightly': {'provider': 'plat', 'bank': 600, 'retries': 0},
                 'weekly': {'provider': 'plat', 'bank': 601}}})
    config = ['--config', room.config]
    room.write('a.csv', cli.HEADER + 'A1,1,2026-01-05\n')
    cd.equal('runs before there is one', offered(room, 'show', *config, ''),
             ['last'])
    cd.check(not os.path.exists(room.state), 'completion made a ledger')
    room.run('run', '-j', 'nightly', *config, 'a.csv', exit_code=69)
    run = room.json('runs', 'runs', *config, exit_code=0)['runs'][0]['run']
    _, found = commands(room)
    cd.equal('commands', sorted(offered(room, '')), sorted(found))
    for words, want in [
            (['val'], ['validate']), (['run', '--dry'], ['--dry-run']),
            (['run', '--max-r'], ['--max-reject']),
            (['validate', '--max-r'], ['--max-reject']),
            (['validate', '--rehe'], []),
            (['sandbox', '--write'], ['--write-config']),
            (['run', *config, '-j', ''], ['nightly', 'weekly']),
            (['run', *config, '--job', 'n'], ['nightly']),
            (['schedule', *config, 'w'], ['weekly']),
            (['run', *config, '--provider', ''], ['plat']),
            (['run', '--packing', ''], ['none', 'zip', 'gzip']),
            (['run', '--header', ''], ['yes', 'no']),
            (['run', '--verify', ''], ['all', 'off', 'sample']),
            (['run', '--until', 'p'], ['packed']),
            (['run', '--log-format', ''], ['text', 'json', 'journal']),
            (['show', *config, 'l'], ['last']),
            (['resume', *config, ''], ['last', run[:13]]),
            (['ack', *config, run[:3]], [run[:13]]),
            (['config', ''], ['init', 'check', 'show']),
            (['completion', 'f'], ['fish']),
            (['explain', 'date-inv'], ['date-invalid']),
            (['explain', 'mapp-65'], ['mapp-654']),
            (['validate', ''], [':files csv tsv txt gz gzip zip']),
            (['validate', '--split', ''], [':folders']),
            (['run', '--config', ''], [':files yaml yml']),
            (['run', '--known-codes', ''], [':files']),
            (['nosuch', ''], [])]:
        cd.equal(f'offered for {words}', offered(room, *words), want)
    for shell in ('bash', 'zsh', 'fish'):
        script = room.run('completion', shell, exit_code=0).out
        cd.check('coupondrop completion offer' in script or
                 ' completion offer ' in script, script)
        if shutil.which(shell):
            p = subprocess.run([shell, '-n'], input=script, timeout=60,
                               capture_output=True, encoding='utf-8')
            cd.check(p.returncode == 0 and not p.stderr,
                     f'{shell} -n: {p.stderr}')
    in_bash(room, run)


def offered(room, *words):
    return room.run('completion', 'offer', '--', *words,
                    exit_code=0).out.split('\n')[:-1]


def in_bash(room, run):
    bash = room.write('bash', room.run('completion', 'bash').stdout)
    os.mkdir(room.path('more'))
    room.write('b.txt', '')
    room.write('c.pdf', '')
    config = f'--config {room.config}'
    for words, want in [
            ('val', ['validate']), ('run --dry', ['--dry-run']),
            (f'run {config} -j n', ['nightly']),
            (f"show {config} ''", ['last', run[:13]]),
            ("validate ''", ['a.csv', 'b.txt', 'home', 'more', 'tmp',
                             'xdg-config', 'xdg-state', 'state']),
            ('validate --split m', ['more']),
            ('validate --report c', ['c.pdf', 'coupondrop.yaml']),
            ("run --config c", ['coupondrop.yaml'])]:
        p = subprocess.run(
            ['bash', '-c', f'source {bash}; '
             f'COMP_WORDS=({cd.PROGRAM} {words});'
             'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _coupondrop;'
             'printf "%s\\n" "${COMPREPLY[@]}"'], timeout=60,
            capture_output=True, encoding='utf-8', env=room.env(),
            cwd=room.work)
        cd.equal(f'completion of {words} ({p.stderr})',
                 sorted(p.stdout.split()), sorted(want))


def nearest(room):
    for args, want in [
            (['vaildate'], '"validate"'), (['stauts'], '"status"'),
            (['resum'], '"resume"'),
            (['validate', '--delimeter=;'], '--delimiter'),
            (['validate', '--max-finding', '3'], '--max-findings'),
            (['run', '--dryrun'], '--dry-run'),
            (['run', '--max_reject', '3'], '--max-reject'),
            (['explain', 'date-invald'], '"date-invalid"'),
            (['explain', 'hostkey'], '"host-key"')]:
        ended = room.run(*args, exit_code=64)
        cd.check(f'did you mean {want}?' in ended.err, f'{ended}')
        cd.equal('stdout', ended.out, '')
    for args in (['foo'], ['validate', '--xyzzy'], ['explain', 'xyzzy']):
        ended = room.run(*args, exit_code=64)
        cd.check('did you mean' not in ended.err, f'{ended}')


def first_configuration(room):
    ended = room.run('config', 'init', 'c.yaml', exit_code=0)
    cd.check('coupondrop config check --config c.yaml' in ended.out,
             f'{ended}')
    cd.equal('mode', os.stat(room.path('c.yaml')).st_mode & 0o777, 0o600)
    ended = room.run('config', 'init', 'c.yaml', exit_code=73)
    cd.check('exists' in ended.err, f'{ended}')
    # Nothing but the secrets is missing, and all of them are named.
    missing = ('empower.key', 'empower.secret', 'id_ed25519', 'pull.secret')
    ended = room.run('config', 'check', '--config', 'c.yaml', exit_code=78)
    lines = ended.err.splitlines()
    for line, name in zip(lines, missing):
        cd.check(re.match(r'c\.yaml:\d+:\d+: ', line) and name in line,
                 f'{name}: {ended}')
    cd.check(lines[4].startswith('coupondrop: ') and '4 mistakes' in
             lines[4], f'{ended}')
    for name in missing:
        room.write(name, '-----BEGIN PRIVATE KEY-----' if
                   name == 'id_ed25519' else 'not-a-real-secret')
    ended = room.run('config', 'check', '--config', 'c.yaml', exit_code=0)
    cd.check('good' in ended.out and 'jobs 1' in ended.out, f'{ended}')
    ended = room.run('config', 'show', '--config', 'c.yaml', exit_code=0)
    cd.check('nightly' in ended.out and 'not-a-real' not in ended.out,
             f'{ended}')
    # The one in HOME is found by itself.
    os.makedirs(room.path('xdg-config/coupondrop'))
    shutil.copy(room.path('c.yaml'),
                room.path('xdg-config/coupondrop/coupondrop.yaml'))
    ended = room.run('config', 'show', exit_code=0)
    cd.check(room.path('xdg-config') in ended.out, f'{ended}')
    ended = room.run('config', 'show', exit_code=0,
                     COUPONDROP_CONFIG=room.path('c.yaml'))
    cd.check(room.path('c.yaml') in ended.out, f'{ended}')


def explained(room):
    _, found = commands(room)
    words = json.loads(room.run('explain', '--json', exit_code=0).stdout)
    listed = room.run('explain', exit_code=0).out
    keys = {key for key, *_ in rows()} | provider_settings()
    named = set()
    for word in words['rules'] + words['errors']:
        cd.check(re.search(rf'^  {word} ', listed, re.M),
                 f'{word} is not listed')
        text = room.run('explain', word, exit_code=0).out
        cd.check(text.startswith(word + ' (') and '\n  ' in text, text)
        # Advice names only commands and settings that there are.
        for command in re.findall(r'"coupondrop ([a-z]+)', text):
            cd.check(command in found, f'{word}: no {command}: {text}')
        advice = re.sub(r'(?m)^  for example: .*', '', text)
        named |= set(re.findall(r'\b[a-z]+_[a-z_]+\b', advice))
    unknown = {n for n in named if n not in keys and
               re.sub(r'_(file|command|env|credential)$', '', n) not in keys}
    cd.equal('settings that advice names and nobody has', unknown, set())
    text = room.run('explain', '654', exit_code=0).out
    cd.check(text.startswith('mapp-654 ('), text)
    text = room.run('explain', '77', exit_code=0).out
    tables = [cd.read(p) for p in [
        os.path.join(cd.TOP, 'src', 'base', 'err_table.c'),
        *sorted(glob.glob(os.path.join(cd.TOP, 'src', 'provider', '*.c')))]]
    have = [re.findall(r'^\t\t"([\w-]+)", 77, RETRY_', t, re.M)
            for t in tables]
    listed = re.findall(r'^  ([a-z0-9-]+) ', text, re.M)
    cd.check(text.startswith('77 (an exit code') and
             listed[:2] == ['login', 'denied'] and
             sorted(listed) == sorted(sum(have, [])), text)
    value = json.loads(room.run('explain', '9', '--json', exit_code=0).stdout)
    cd.equal('9', (value['code'], value['kind'], value['errors']),
             (9, 'exit', ['host-key', 'certificate']))
    # Every code that the program can end with.
    table = cd.read(os.path.join(cd.TOP, 'src', 'base', 'exit.c'))
    for code in [*re.findall(r'^\t\{ (\d+), EXIT_', table, re.M), '70',
                 '130', '143']:
        if code != '128':
            text = room.run('explain', code, exit_code=0).out
            cd.check(text.startswith(f'{code} (an exit code'), text)
    cd.check('ended by signal 15' in text, text)
    room.run('explain', '99', exit_code=64)


def on_terminal(room, args, **env):
    """Run with a terminal as stderr; what it shows."""
    leader, follower = pty.openpty()
    try:
        p = subprocess.Popen(
            [cd.PROGRAM, *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=follower, env=room.env(**env),
            cwd=room.work)
        os.close(follower)
        shown = b''
        while True:
            ready, _, _ = select.select([leader], [], [], 60)
            cd.check(ready, 'nothing is shown')
            try:
                data = os.read(leader, 65536)
            except OSError:     # the other end is closed
                break
            if not data:
                break
            shown += data
        out = p.stdout.read()
        p.wait(60)
    finally:
        os.close(leader)
    return cli.Ended(args, p.returncode, out, shown)


def quiet_under_cron(room):
    room.write('codes.txt', 'M746209500\nM746209501\n')
    room.write('good.csv', HEADER + 'M746209500,1,2026-01-05\n')
    room.write('bad.csv', HEADER + 'M746209500,1,2026-02-30\n')
    room.write('more.csv', HEADER + 'M746209501,1,2026-01-05\n')
    with cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                    ['--queued', '10ms', '--running', '10ms']) as box:
        config = ['--config', box.config]
        ended = room.run('run', '-j', 'demo', 'good.csv', *config,
                         exit_code=0)
        cd.equal('what cron would mail', ended.out + ended.err, '')
        for args in (['validate', 'bad.csv'], ['run', '-j', 'demo',
                                               'bad.csv', *config],
                     ['show', *config], ['runs', *config],
                     ['status', *config], ['explain'], ['--help'],
                     ['validate', 'nix'], ['config', 'show', *config],
                     ['run', '-j', 'demo', '-w', '--again', 'good.csv',
                      *config]):
            for env in ({}, {'NO_COLOR': '1'}, {'TERM': 'xterm-256color'}):
                ended = room.run(*args, **env)
                cd.check(b'\033' not in ended.stdout + ended.stderr and
                         b'\r' not in ended.stdout + ended.stderr,
                         f'escape sequences: {ended}')
        # On a terminal each step is told, and the result at the end.
        ended = on_terminal(room, ['run', '-j', 'demo', 'more.csv',
                                   *config])
        cd.equal(f'exit of {ended}', ended.exit, 0)
        cd.check('OK' in ended.out and 'send' in ended.err and
                 b'\033[K' in ended.stderr, f'{ended}')
        ended = on_terminal(room, ['run', '-q', '-j', 'demo', '--again',
                                   'more.csv', *config])
        cd.equal('quiet on a terminal', ended.out, '')


def nothing_tonight(room):
    room.configure({'jobs': {'j': {'source': room.path('*.csv'),
                                   'ok_exits': [5]},
                             'k': {'source': room.path('*.csv')}}})
    config = ['--config', room.config]
    ended = room.run('run', '-j', 'j', *config, exit_code=0)
    cd.equal('what cron would mail', ended.out + ended.err, '')
    room.json('error', 'run', '-j', 'j', *config, exit_code=5)
    ended = room.run('run', '-j', 'k', *config, exit_code=5)
    cd.check('no file matches' in ended.err, f'{ended}')


cli.main(every_command, flags_in_help, every_key, completion, nearest,
         first_configuration, explained, quiet_under_cron, nothing_tonight)
