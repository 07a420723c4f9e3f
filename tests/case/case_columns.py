#!/usr/bin/env python3
"""No line is longer than a terminal or a mail shows: 100 columns.

Each command is run in many states, and every line of both outputs is
measured.  A path counts as one character, for it cannot be made shorter.
What may be longer all the same is listed here, with its reason; what is
listed and never met is taken off the list.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

COLUMNS = 100
MAY_BE_LONGER = {
    'a command to paste is whole, with what it is for':
        r' +(.+: +)?"?coupondrop [a-z]+ ',
    'a word is never broken, such as the name of a file':
        r' +\S+$',
    'a row of a table ends with a name that others gave':
        r'\w{13} \d{4}-\d\d-\d\d .*' + 'n' * 30,
    'the head of what is told names the file':
        r'[A-Z ]+  (run|only tried) .*' + 'n' * 30,
}
MET = set()
SAID = 'The disk of this machine is full, and nobody was there to mend it. '

# name: faults, settings of the job, of the endpoint, more rows, arguments
STATES = {
    'good': ([], {}, {}, [], []),
    'sample': ([], {'verify': 5}, {}, case.codes(9, 5000), []),
    'unknown': ([rule('reset')], {}, {}, [], []),
    'failed': ([rule('fail', output=SAID * 5)], {}, {}, [], []),
    'slow': ([rule('word', word='PROCESSING')], {'deadline': '300ms'}, {},
             [], []),
    'refused': ([rule('code', code=648)], {}, {}, [], []),
    'no login': ([rule('code', code=445, count=0)], {}, {}, [], []),
    'no server': ([], {}, {'upload': f'sftp://a{"b" * 50}.invalid/x',
                           'user': 'u', 'password_env': 'NONE'}, [], []),
    'no http server': ([], {}, {'upload': 'http://127.0.0.1:9/stage'},
                       [], []),
    'some missing': ([], {}, {}, case.codes(4, 5000), []),
    'packed': ([], {}, {}, [], ['--until', 'packed']),
    'wrong bank': ([], {}, {}, [], ['--bank-name', 'Winter ' * 20]),
    'dry': ([], {}, {}, [], ['--dry-run']),
    'watched': ([rule('fail', output=SAID * 5)], {}, {}, [], ['--watch']),
    'broken rows': ([], {}, {}, ['A B' + 'C' * 50, '4,21E+11', '\u00fc' * 60],
                    []),
    'set aside': ([], {'max_reject': 9}, {}, ['A B', '4,21E+11'], []),
    'no such flag': ([], {}, {}, [], ['--max-rejct', '1']),
}


def width(line):
    """Its columns, each path taken for one."""
    return len(re.sub(r"'[^']*/[^']*'|\S*/\S*", 'P', line))


def long_lines(text):
    for line in text.splitlines():
        if width(line) <= COLUMNS:
            continue
        why = [reason for reason, what in MAY_BE_LONGER.items()
               if re.match(what, line)]
        MET.update(why)
        if not why:
            yield line


def measure(c, wrong, what, *args):
    """Run it for a person, and note its lines that are too long."""
    result = c.cd(*args, json=False)
    for line in long_lines(result.stdout):
        wrong.append(f'{what}: stdout of {args[0]}: {len(line)}: {line}')
    for line in long_lines(result.raw_stderr):
        wrong.append(f'{what}: stderr of {args[0]}: {len(line)}: {line}')
    return result


def all_states(work):
    wrong = []
    for name, (faults, job, endpoint, more, args) in STATES.items():
        print(f'  {name}', flush=True)
        with case.Case(work, name.replace(' ', '-'), faults, job=job,
                       endpoint=endpoint) as c:
            some = [(code, case.day(1 + n % 14)) for n, code in
                    enumerate(c.in_bank[:case.ROWS])]
            drop = c.drop(some + case.rows(more), 'n' * 90 + '.csv')
            again = c.drop(some[:5], 'again.csv')
            measure(c, wrong, name, 'validate', '-j', 'file', drop)
            measure(c, wrong, name, 'run', '-j', 'file', *args, drop)
            measure(c, wrong, name, 'run', '-j', 'file', drop, again,
                    c.path('missing.csv'))
            for command in ('status', 'runs', 'show', 'resume'):
                measure(c, wrong, name, command)
    cd.check(not wrong, f'{len(wrong)} lines over {COLUMNS} columns:\n' +
             '\n'.join(wrong))
    cd.equal('listed, and never met', sorted(set(MAY_BE_LONGER) - MET), [])


def cause_first(work):
    """The first line on standard error is why, not on which way."""
    with case.Case(work, 'first', endpoint={
            'upload': 'http://127.0.0.1:9/stage'}) as c:
        drop = c.drop(case.rows(c.in_bank[:5]))
        result = measure(c, [], 'first', 'run', '-j', 'file', drop)
        message = c.show()['error']['message']
        lines = result.raw_stderr.splitlines()
        cd.check(message.startswith('upload ') and
                 re.match(r'coupondrop: .*127\.0\.0\.1:9', lines[0]) and
                 'upload' not in lines[0], f'{message}\n{result}')
        step = next(x for x in lines if x.startswith('  step: '))
        cd.check(message.startswith(step[len('  step: '):]),
                 f'{message}\n{result}')
        # Whoever reads the program's answer has the sentence as it is.
        cd.equal('twice', result.stderr.count(message.rsplit(': ', 1)[1]), 1)


case.main(all_states, cause_first)
