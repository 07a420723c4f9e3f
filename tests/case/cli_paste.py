#!/usr/bin/env python3
"""What is printed to be pasted works as pasted, in another folder and shell."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402

# What stands for something of the reader's.
BLANKS = {'TEXT': 'seen', 'FILE': '/dev/null', 'REF': 'mapp:1'}
DOWN = 'http://127.0.0.1:9/'    # the discard port: nobody listens


def paste(line, work):
    """Run a line in a shell that knows nothing but where the program is."""
    for blank, value in BLANKS.items():
        line = re.sub(rf'\b{blank}\b', value, line)
    env = cd.environment(work)
    env['PATH'] = os.path.dirname(cd.PROGRAM) + ':' + env['PATH']
    return subprocess.run(['sh', '-c', line], cwd='/', env=env, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          encoding='utf-8', errors='replace')


def commands(text):
    """The commands in what was printed, each as it would be marked."""
    found = []
    for line in text.replace('\\\n', ' ').splitlines():
        for at in re.finditer(r'coupondrop [a-z]+ [^"]*', line):
            found.append(re.split(r' {3,}', at.group())[0].rstrip())
    return found


def check_pasted(c, result, least):
    found = commands(result.stdout + '\n' + result.stderr)
    cd.check(len(found) >= least, f'only {found} in {result}')
    for line in found:
        if line in c.pasted:
            continue
        c.pasted.add(line)
        cd.check(f'--config {c.config}' in line, f'no --config: {line}')
        p = paste(line, c.work)
        cd.check(p.returncode not in (64, 66, 78),
                 f'{line}: exit {p.returncode}: {p.stderr}')


def with_config(work):
    """Runs that wait, by a configuration that is nobody's default."""
    with case.Case(work, 'down at night', provider={'url': DOWN},
                   job={'retries': 0}) as c:
        c.config = c.config.replace('drop.yaml', "drop's.yaml")
        c.configure()
        c.pasted = set()
        c.config, whole = "'" + c.config.replace(
            "'", "'\\''") + "'", c.config
        args = ['--config', whole]
        files = [c.drop(case.rows(c.in_bank[n:n + 3]), f'f{n}.csv')
                 for n in (0, 3, 6, 9)]
        ran = cd.run_cd(['run', *args, '-j', 'file', *files], exit_code=69,
                        work=c.work)
        ids = re.findall(r'to go on: coupondrop resume (\w+) ', ran.stdout)
        cd.equal('runs that are told', len(set(ids)), 4)
        for command in (['status'], ['show', ids[0]], ['doctor', '-j', 'file'],
                        ['resume', ids[1]]):
            said = cd.run_cd([command[0], *args, *command[1:]], work=c.work)
            check_pasted(c, said, 1)
        check_pasted(c, ran, 4)
        told = cd.run_cd(['show', *args, '--json', ids[2]], work=c.work)
        argv = told.json['runs'][0]['next'][0]
        cd.equal('next', argv[3:], ['--config', whole])
        cd.equal('next as it is', cd.run_cd(
            [*argv[1:], '--json'], work=c.work).exit != 64, True)
        candidates(c, args, ids)


def candidates(c, args, ids):
    """A beginning that several have names them."""
    said = cd.run_cd(['show', *args, ids[0][:4]], exit_code=66, work=c.work)
    cd.check(f'4 runs begin with "{ids[0][:4]}": {", ".join(sorted(ids))}'
             in said.stderr, f'{said}')


# Settings in the forms that messages, manual and configuration have.
FORMS = [
    ('columns', 'code: Nummer'), ('columns', '{code: Nummer}'),
    ('columns', '{code: "Nummer"}'), ('columns', '{ code: Nummer }'),
]
WORDS = [('redeemed-words', 'yes: [JA], no: [Nein]'),
         ('redeemed-words', '{yes: [JA], no: [Nein]}')]


def forms(work):
    """A flag takes what is printed for it, with braces and without."""
    path = cd.write(os.path.join(work, 'forms.csv'),
                    'Nummer,redeemed,redeem_date\nA1,JA,2026-01-15\n')
    for columns in FORMS:
        for words in WORDS:
            cd.run_cd(['validate', f'--{columns[0]}', columns[1],
                       f'--{words[0]}', words[1], path], exit_code=0)
    for rule in ('redeemed-value', 'header-missing', 'header-duplicate'):
        said = cd.run_cd(['explain', rule], exit_code=0).stdout
        for key, form in re.findall(r'(columns|redeemed_words)[,:] (?:such as '
                                    r')?(\{.*?\})', said.replace('\n', ' ')):
            cd.check(cd.run_cd(['validate', '--' + key.replace('_', '-'),
                                form, path]).exit in (0, 65), f'{form}')


def all_in_force(work):
    """The lines for the configuration are those of the whole command."""
    path = cd.write(os.path.join(work, 'force.csv'),
                    'Nr;Tag\nA1;15.01.2026\nA2;16.01.2026\n')
    known = cd.write(os.path.join(work, 'known.txt'), 'A1\nA2\n')
    said = cd.run_cd(['validate', '--redeemed', '1', '--code-max', '5',
                      '--code-pattern', '^A[0-9]$', '--known-codes', known,
                      '--columns', 'code: Nr', path], exit_code=65).stdout
    command = re.search(r'^  (coupondrop validate .*)$',
                        said.replace('\\\n', ' '), re.M).group(1)
    p = paste(command, work)
    cd.equal(f'exit of {command}', p.returncode, 0)
    lines = re.findall(r'^ {8}(\w+: .*)$', said, re.M)
    cd.equal('keys', sorted(line.split(':')[0] for line in lines),
             ['code_max', 'code_pattern', 'columns', 'date_format',
              'delimiter', 'known_codes', 'redeemed'])
    config = cd.write(os.path.join(work, 'force.yaml'), 'jobs:\n  j:\n' +
                      ''.join(f'    {line}\n' for line in lines))
    cd.run_cd(['validate', '--config', config, '-j', 'j', path], exit_code=0)


def test(work):
    for part in (forms, all_in_force, with_config):
        part(work)


cd.main(test)
