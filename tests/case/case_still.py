#!/usr/bin/env python3
"""A file that is still being written is not sent as it stands.

The client asks a command for the API key when the file has been read; that
command is where another program goes on writing, at a moment that is certain.
"""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

SOURCE = {'source': 'in/*.csv*'}


class Written(case.Case):
    """A file to which rows are added when the key is read the nth time."""

    def __init__(self, work, name, faults=(), nth=1, change='append', **job):
        super().__init__(work, name, faults, job={**SOURCE, **job})
        self.nth, self.change = nth, change

    def __enter__(self):
        super().__enter__()
        os.mkdir(self.path('in'))
        self.rows = case.rows(self.in_bank[:20])
        self.more = case.rows(self.in_bank[20:25])
        self.file = self.drop(self.rows, 'in/a.csv')
        script = cd.write(self.path('key'), f'''#!/bin/sh
echo >>{self.path('asked')}
if [ "$(wc -l <{self.path('asked')})" -eq {self.nth} ]; then
    {self.does()}
fi
exec cat {self.box.api_key_file}
''')
        os.chmod(script, 0o700)
        text = cd.read(self.config)
        line = next(n for n in text.splitlines() if 'api_key_file' in n)
        cd.write(self.config, text.replace(
            line, f'    api_key_command: [{script}]'))
        return self

    def does(self):
        new = cd.write(self.path('new'), ''.join(
            f'{code},1,{date}\n' for code, date in self.more))
        if self.change == 'append':
            return f'cat {new} >>{self.file}'
        if self.change == 'replace':
            return f'cp {new} {new}.csv; mv {new}.csv {self.file}'
        if self.change == 'touch':
            return f'touch -d 2001-01-01 {self.file}'
        return f'rm {self.file}'

    def source(self, exit_code):
        return self.cd('run', '-j', 'file', exit_code=exit_code)


def grown_before(work):
    """Nothing is announced, nothing stays, and the next run takes it all."""
    for change, by_hand, job in (('append', False, 'file'),
                                 ('append', True, 'file'),
                                 ('append', True, 'inline'),
                                 ('touch', False, 'file')):
        with Written(work, f'{change}-{by_hand}-{job}', change=change) as c:
            result = c.run(c.file, job=job, exit_code=75) if by_hand else \
                c.source(75)
            run = result.json['runs'][0]
            case.expect('run', run, state='cancelled', updated=0)
            cd.equal('error', case.error_word(run), 'source-changing')
            cd.check('a.csv has' in run['error']['message'], f'{result}')
            cd.equal('calls', c.calls(), 0)
            cd.equal('staged files', c.staged(), [])
            c.resume(exit_code=5)
            c.source(0)
            c.bank_holds(c.rows + (c.more if change == 'append' else []))
            cd.equal('calls', c.calls(), 1)


def put_away_before(work):
    """Rows that are nowhere else by now go out."""
    for change in ('replace', 'remove'):
        with Written(work, change, change=change) as c:
            c.source(0)
            c.bank_holds(c.rows)


def resumed(work):
    """What was packed earlier goes out, whatever has its name by now."""
    with Written(work, 'resumed') as c:
        c.run(c.file, '--until', 'packed')
        c.resume()
        c.bank_holds(c.rows)


def grown_after(work):
    """The file grows while its task runs: too late, but told."""
    slow = rule('delay', method='utilities.getTasks', nth=2, ms=600000)
    for grows in (True, False):
        with Written(work, f'after-{grows}', [slow], nth=0) as c:
            with c.start('run', '-j', 'file') as p:
                try:
                    case.until('the task is not asked for', lambda:
                               c.calls('utilities.getTasks') == 2)
                    if grows:
                        cd.write(c.file, cd.read(c.file) + ''.join(
                            f'{code},1,{date}\n' for code, date in c.more))
                finally:
                    p.send_signal(signal.SIGKILL)
                    p.wait()
            result = c.resume()
            case.expect('run', result.json['runs'][0], outcome='ok',
                        updated=len(c.rows))
            cd.equal(f'told: {result}', grows,
                     'has grown since it was read' in result.stderr)
            c.bank_holds(c.rows)


def done_file(work):
    """Without the file beside it a file is not taken, one with it is."""
    with Written(work, 'done', nth=0, settle='20ms',
                 done_file='{name}.ok') as c:
        other = c.drop(c.more, 'in/b.csv')
        cd.write(other + '.ok', '')
        for _ in range(2):
            result = c.source(75)
            for held in result.json['not_started']:
                cd.equal('word', held['error']['word'], 'source-changing')
                cd.check('a.csv.ok' in held['error']['message'], f'{result}')
            cd.equal('not started', [os.path.basename(f['file']) for f in
                                     result.json['not_started']], ['a.csv'])
            c.bank_holds(c.more)
        # Each file that is not taken is named once, the worst one at the end.
        third = c.drop(c.rows[:3], 'in/c.csv')
        told = c.cd('run', '-j', 'file', exit_code=75, json=False).stderr
        for name in 'a.csv', 'c.csv':
            cd.equal(f'{name} in {told}', told.count(f'{name} is not'), 1)
        os.unlink(third)
        cd.write(c.file + '.ok', '')
        c.source(0)
        c.bank_holds(c.rows + c.more)
        c.source(5)
        # Markers whose files were taken away are no files themselves.
        os.unlink(c.file)
        os.unlink(other)
        cd.check('no file matches' in
                 c.source(5).json['error']['message'], 'a marker is input')


def settles(work):
    """A file that stands still is taken; one given by hand at once."""
    with Written(work, 'settles', nth=0, settle='50ms') as c:
        c.source(0)
        c.bank_holds(c.rows)
    with Written(work, 'given', nth=0, settle='1h',
                 done_file='{name}.ok') as c:
        c.run(c.file)
        c.bank_holds(c.rows)
        c.source(5)     # known, so that nothing is waited for


case.main(grown_before, put_away_before, resumed, grown_after, done_file,
          settles)
