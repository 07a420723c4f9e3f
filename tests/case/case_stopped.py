#!/usr/bin/env python3
"""Asked to stop while the platform has the call: its answer is waited for."""

import json
import os
import signal
import sys
import threading

import case
import case_refused

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402

SAID = 'waiting for the answer'


class Slow(case_refused.Refused):
    """A platform that takes a submission when it is told to."""

    def __init__(self, work, name, **more):
        super().__init__(work, name, **more)
        self.asked, self.go = threading.Event(), threading.Event()

    def instead(self, call):
        if case.UPDATE in call:
            self.asked.set()
            self.go.wait(cd.RUN_SECONDS)

    def stopped(self, job, times):
        """The end of a client that gets so many Ctrl-C under way."""
        with self.start('run', '-j', job, '--json', self.file) as p:
            cd.check(self.asked.wait(cd.RUN_SECONDS), 'no call came')
            p.send_signal(signal.SIGINT)
            case.until('a word', lambda: SAID in cd.read(self.path('err')))
            if times == 1:
                cd.equal('at work', p.poll(), None)
                self.go.set()
            else:
                p.send_signal(signal.SIGINT)
            cd.equal('exit', p.wait(cd.RUN_SECONDS), 130)
        self.go.set()
        return json.loads(cd.read(self.path('out')))['runs'][0]


def once(work):
    """Nothing is left unknown, and nothing is sent again."""
    for job in 'file', 'inline':
        with Slow(work, job) as c:
            run = c.stopped(job, 1)
            cd.equal('error', case.error_word(run), 'stopped')
            cd.check(run['parts'][0]['state'] in ('following', 'verifying'),
                     f'the answer was lost: {run["parts"]}')
            calls = c.calls()
            c.resume()
            cd.equal('calls', c.calls(), calls)
            c.bank_holds(c.rows)


def twice(work):
    with Slow(work, 'twice') as c:
        run = c.stopped('file', 2)
        cd.equal('batch', run['parts'][0]['state'], 'unknown')


def headline(work):
    """A run that was stopped did not fail."""
    with Slow(work, 'word') as c:
        c.go.set()
        with c.start('run', '-j', 'file', '-w', '--lag', '1h', c.file) as p:
            case.until('the look-up', lambda: 'wait' in cd.read(
                c.path('err')))
            p.send_signal(signal.SIGINT)
            cd.equal('exit', p.wait(cd.RUN_SECONDS), 130)
        out = cd.read(c.path('out'))
        cd.check('STOPPED  run' in out and 'FAILED' not in out, out)


if __name__ == '__main__':
    case.main(once, twice, headline)
