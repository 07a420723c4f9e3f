#!/usr/bin/env python3
"""Killed anywhere, resumed to the same end.

Every fault point in the sources is one place to die.  What is certain goes
on; what cannot be known is left to a person, and then ends the same.
"""

import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

POINT = re.compile(r'FAULT_POINT\("([^"]+)"\)')

# Killed here, the answer is lost or the call may not have left: these need
# a person's word.  The others settle by themselves.
UNKNOWN = {'submit-intent', 'submit-failed'}
# Failing there is only logged, and leaves files; dying there is not different.
LOGGED = {'tidy-staged', 'joined'}
# What the platform must do for the client to come by.
FAULTS = {
    'submit-failed': [rule('code', code=654, count=3)],
    'settled': [rule('reset', when='after')],
}


def points():
    """Names of all fault points."""
    found = set()
    for top in ('src', 'transfer'):
        for where, _, names in os.walk(os.path.join(cd.TOP, top)):
            for name in names:
                if name.endswith('.c'):
                    found.update(POINT.findall(
                        cd.read(os.path.join(where, name))))
    return sorted(found)


class Drop(case.Case):
    """A drop of two days, packed in the way that passes all points."""

    def __enter__(self):
        super().__enter__()
        self.rows = [(code, case.day(1 + n % 2))
                     for n, code in enumerate(self.in_bank[:case.ROWS])]
        self.file = self.drop(self.rows)
        return self

    def die(self, point, nth, how='kill', command=None):
        args = command or ['run', '-j', 'file', self.file]
        with self.start(*args, COUPONDROP_FAULT=f'{point}:{nth}={how}') as p:
            try:
                return p.wait(120)
            except BaseException:
                p.kill()
                raise

    def ended_well(self, run):
        case.expect('run', run, state='finished', outcome='ok',
                    updated=len(self.rows), failed=0, unaccounted=0,
                    error=None)
        self.undisturbed()

    def undisturbed(self):
        self.bank_holds(self.rows)
        cd.equal('staged files', self.staged(), [])
        cd.equal('tasks', len(self.box.tasks()), 2)
        left = [name for where, _, names in os.walk(self.state)
                for name in names
                if name.endswith(('.zip', '.tmp', '.part'))]
        cd.equal('files left', left, [])


def can_die(work):
    """A run dies where it is told to."""
    with Drop(work, 'try') as c:
        code = c.die('packed', 1)
        cd.equal('end of a killed run', code, -signal.SIGKILL)


def killed(work):
    cd.check(len(points()) > 5, f'only these points: {points()}')
    for point in points():
        for nth in (1, 2):
            print(f'  {point} {nth}', flush=True)
            with Drop(work, f'{point}-{nth}', FAULTS.get(point, [])) as c:
                killed_at(c, point, nth)


def killed_at(c, point, nth):
    code = c.die(point, nth)
    if nth > 1 and code >= 0:       # the place is passed once only
        if code != 0:
            c.resume()
        c.undisturbed()
        return
    cd.equal(f'end of a run killed at {point}', code, -signal.SIGKILL)
    asked = c.calls()
    if point in UNKNOWN:
        run = c.resume(exit_code=7).json['runs'][0]
        cd.equal('unknown batches', [p['state'] for p in run['parts']].count(
            'unknown'), 1)
        run = c.resume('last', '--resubmit').json['runs'][0]
    else:
        run = c.resume().json['runs'][0]
    c.ended_well(run)
    cd.check(c.calls() >= asked, 'calls got fewer')
    c.resume(exit_code=5)


def killed_inline(work):
    """Rows in the call leave no task; the codes themselves tell."""
    for point in ('submit-answered', 'submit-intent'):
        with Drop(work, 'inline-' + point, job={'batch': 10}) as c:
            cd.equal('end', c.die(point, 3, command=[
                'run', '-j', 'inline', c.file]), -signal.SIGKILL)
            if point == 'submit-intent':
                c.resume(exit_code=7)
            run = c.resume(*(['last', '--resubmit'] if
                             point == 'submit-intent' else [])).json['runs'][0]
            case.expect('run', run, state='finished', outcome='ok',
                        updated=len(c.rows), error=None)
            cd.equal('calls', c.calls(), len(c.rows))
            c.bank_holds(c.rows)


def killed_twice(work):
    """Killed in the resume, too."""
    with Drop(work, 'twice') as c:
        cd.equal('end', c.die('stage-uploaded', 2), -signal.SIGKILL)
        cd.equal('end', c.die('submit-answered', 1, command=['resume']),
                 -signal.SIGKILL)
        cd.equal('end', c.die('settled', 1, command=['resume']),
                 -signal.SIGKILL)
        cd.equal('end', c.die('verified', 2, command=['resume']),
                 -signal.SIGKILL)
        c.ended_well(c.resume().json['runs'][0])


def next_run_goes_on(work):
    """The job's next run finishes what was interrupted, then its own."""
    with Drop(work, 'next') as c:
        cd.equal('end', c.die('stage-done', 2), -signal.SIGKILL)
        more = case.rows(c.in_bank[case.ROWS:case.ROWS + 5])
        runs = c.run(c.drop(more, 'more.csv')).json['runs']
        cd.equal('files', [r['file'] for r in runs],
                 ['drop.csv', 'more.csv'])
        cd.equal('outcomes', [r['outcome'] for r in runs], ['ok', 'ok'])
        c.bank_holds(c.rows + more)


def given_up(work):
    """Not resumed but called off: no orphan stays on the file server."""
    for point in ('stage-uploaded', 'stage-done'):
        with Drop(work, point) as c:
            cd.equal('end', c.die(point, 2), -signal.SIGKILL)
            cd.equal('staged files', len(c.staged()), 2)
            run = c.resume('last', '--give-up', exit_code=5).json['runs'][0]
            case.expect('run', run, state='cancelled', updated=0)
            cd.equal('staged files', c.staged(), [])
            c.bank_holds([])


def errors(work):
    """Failing in place of dying ends with an error and can be resumed."""
    for point in points():
        if point in LOGGED:
            continue
        print(f'  {point}', flush=True)
        with Drop(work, point, FAULTS.get(point, [])) as c:
            code = c.die(point, 1, 'fail')
            cd.check(code >= 0, f'died of signal {-code}')
            run = c.show()
            if run['state'] != 'finished':
                if point in UNKNOWN:
                    c.resume(exit_code=7)
                    c.resume('last', '--resubmit')
                else:
                    c.resume()
            c.ended_well(c.show())


def asked_to_stop(work):
    """SIGTERM while a task runs: 143, one object, and it can go on."""
    for name, args, faults in (
            ('waiting', ['--running', '3s'], []),
            ('sending', [], [rule('delay', ms=4000)])):
        with Drop(work, name, faults, args=args) as c:
            with c.start('run', '--json', '-j', 'file', c.file) as p:
                try:
                    case.until('a task', lambda: c.box.tasks())
                    p.send_signal(signal.SIGTERM)
                    code = p.wait(60)
                except BaseException:
                    p.kill()
                    raise
            result = cd.Result(['run', '--json'], code,
                               cd.read(c.path('out')), cd.read(c.path('err')))
            cd.equal(f'exit of {result}', code, 128 + signal.SIGTERM)
            cd.equal('exit in the JSON', result.json['exit'], code)
            cd.equal('error', case.error_word(result.json), 'stopped')
            c.no_secret(result)
            c.ended_well(c.resume().json['runs'][0])


cd.needs_faults()
case.main(can_die, killed, killed_inline, killed_twice, next_run_goes_on,
          given_up, errors, asked_to_stop)
