#!/usr/bin/env python3
"""The manual pages say all that the program knows, and are sound roff."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402

PAGES = ['coupondrop.1', 'coupondrop.conf.5']
SECRET_ENDS = ['_file', '_command', '_env', '_credential']


def source(*path):
    return cd.read(os.path.join(cd.TOP, *path))


def page_path(name):
    return os.path.join(os.path.dirname(os.path.realpath(cd.PROGRAM)), 'src',
                        'man', name)


def plain(name):
    """A page's text, one line for each of its lines, without the roff."""
    text = cd.read(page_path(name))
    text = re.sub(r'\\f[BRIP]', '', text)
    return text.replace(r'\-', '-').replace(r'\e', '\\').replace(r'\&', '')


def help_of(*command):
    return cd.run_cd([*command, '--help'], exit_code=0).stdout


def commands():
    return re.findall(r'^  ([a-z]+) .*\S', help_of().split('\nEach ')[0],
                      re.M)


def has(page, what, kind):
    cd.check(re.search(rf'(?<![\w-]){re.escape(what)}(?![\w-])', page),
             f'the {kind} {what} is not in the manual')


def check_commands(page):
    names = commands()
    cd.check('run' in names and len(names) > 8, f'only {names}')
    for name in names:
        start = re.search(rf'^\.SS "{name}\b', page, re.M)
        cd.check(start, f'the command {name} has no section')
        section = re.split(r'^\.S[SH] ', page[start.end():], flags=re.M)[0]
        flags = re.split(r'\nSettings of', help_of(name))[0]
        flags = re.findall(r'^ +(?:-\w, )?(--[a-z-]+)', flags, re.M)
        cd.check('--help' in flags, f'{name}: only {flags}')
        for flag in flags:
            has(section, flag, f'flag of {name}')


def check_pages():
    """Each command has a page of its own, with all that --help shows."""
    made = re.findall(r'coupondrop-([a-z]+)\.1', source(
        'src', 'man', 'man.inc'))
    cd.equal('commands with a page', sorted(made), sorted(commands()))
    for name in commands():
        page = f'coupondrop-{name}.1'
        check_roff(page)
        text, told = plain(page), help_of(name)
        for flag in re.findall(r'^ +(?:-\w, )?(--[a-z-]+)', told, re.M):
            cd.check(re.search(rf'(?<![\w-]){flag}(?![\w-])', text),
                     f'{flag} is not in {page}')
        cd.check(f'\ncoupondrop-{name} - ' in text and
                 f'coupondrop {name}' in text, f'{page}: {text[:400]}')
    for flag in ('--bank', '--endpoint', '--rehearse'):
        cd.check(flag in plain('coupondrop-run.1') and
                 flag not in help_of('validate') + plain(
                     'coupondrop-validate.1'), f'{flag}: of run only')


def check_words(page):
    told = json.loads(cd.run_cd(['explain', '--json'], exit_code=0).stdout)
    cd.check(len(told['rules']) > 20 and len(told['errors']) > 40,
             'explain tells too little')
    for rule in told['rules']:
        has(page.split('.SH RULES')[1], rule, 'rule')
    for word in told['errors']:
        has(page.split('.SH ERRORS')[1], word, 'error')


def check_exits(page):
    status = page.split('.SH "EXIT STATUS"')[1].split('.SH ')[0]
    codes = set(re.findall(r'^\t\t"[\w-]+", (\d+), RETRY_',
                           source('src', 'base', 'err_table.c'), re.M))
    cd.check(len(codes) > 18, f'only the exit codes {codes}')
    for code in codes - {'130'}:        # 128+N
        cd.check(re.search(rf'^\.B {code}$', status, re.M),
                 f'the exit code {code} is not explained')
    table = source('src', 'base', 'exit.c').replace(
        'INTERNAL,', re.search(r'#define INTERNAL\t(\d+)', source(
            'src', 'base', 'exit.c')).group(1) + ',')
    order = re.findall(r'^\t\{ (\d+), EXIT_', table, re.M)
    said = re.search(r'in the order 128\+N,([\d,\s]*)\.', status).group(1)
    cd.equal('order of the exit codes', ['128', *re.findall(r'\d+', said)],
             order)


def check_settings(page):
    rows = re.findall(r'^\t\{ "(\w+)", SECT_(\w+), OPT_(\w+),',
                      source('src', 'config', 'options.c'), re.M)
    cd.check(len(rows) > 70, f'only {len(rows)} settings')
    sections = {name: page.split(f'.SH {title}')[1].split('.SH ')[0]
                for name, title in (('TOP', 'SETTINGS'),
                                    ('PROVIDER', 'PROVIDERS'),
                                    ('ENDPOINT', 'ENDPOINTS'),
                                    ('JOB', 'JOBS'))}
    for key, section, kind in rows:
        for end in SECRET_ENDS if kind == 'SECRET' else ['']:
            has(sections[section], key + end, f'setting of {section}')
    for flag in re.findall(r'^  (--[a-z-]+)', help_of('run')
                           .split('\nSettings of')[1], re.M):
        has(sections['JOB'], flag, 'flag')


def check_roff(name):
    if shutil.which('groff') is None:
        print('no groff: the pages were not set')
        return
    p = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z',
                        page_path(name)], timeout=60, capture_output=True,
                       encoding='utf-8', errors='replace')
    cd.equal(f'what groff says of {name}', (p.returncode, p.stderr), (0, ''))


def check_pasted(where, text):
    """What is there to be pasted works: a name that is found by PATH, flags
    that there are, and all that cron does not know."""
    text = text.replace('\\\n', ' ')
    for line in re.findall(r'^ *(?:\$ |sudo )?(coupondrop [a-z].*)', text,
                           re.M):
        words = line.split('#')[0].split()
        known = help_of(words[1]) if words[1] in commands() else ''
        cd.check(known, f'{where}: there is no command {words[1]}: {line}')
        for flag in re.findall(r' (--[a-z-]+)', line):
            cd.check(re.search(rf'^ .*{flag}\b', known, re.M),
                     f'{where}: {words[1]} has no {flag}: {line}')
    crons = re.findall(r'^ *(?:[\d*]+ ){5} *(.*coupondrop.*)', text, re.M)
    cd.check(crons, f'{where} has no line for a crontab')
    for line in crons:
        cd.check(line.startswith('/') and '--config /' in line,
                 f'{where}: cron does not find the program, or the '
                 f'configuration: {line}')


def test(work):
    program, config = map(plain, PAGES)
    check_pasted('README.md', source('README.md'))
    cd.check('build/coupondrop ' not in source('README.md'),
             'the README calls the program otherwise than it calls itself')
    check_pasted(PAGES[0], program)
    check_commands(program)
    check_pages()
    check_words(program)
    check_exits(program)
    check_settings(config)
    for name in PAGES:
        check_roff(name)
        cd.check('.\\" @' not in cd.read(page_path(name)),
                 f'{name} has lists that were not put in')
    for word in ('man coupondrop`', 'coupondrop.conf`'):
        cd.check(word in source('README.md'),
                 f'the README does not name the page: {word}')


cd.main(test)
