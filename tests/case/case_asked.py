#!/usr/bin/env python3
"""A person is asked before rows are sent: only a yes sends them."""

import os
import re
import signal
import sys

import case

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import terminal  # noqa: E402


class Asked(case.Case):
    """A case with one file, and a terminal to send it from."""

    def __init__(self, work, name, **more):
        super().__init__(work, name, **more)
        self.rows = case.rows(self.in_bank[:case.ROWS])
        self.file = self.drop(self.rows)

    def terminal(self, *args):
        return terminal.Terminal([*args, '--config', self.config], self.work)

    def answer(self, keys, exit_code, *args):
        """What is shown to who answers the question with these keys."""
        with self.terminal(*(args or ('run', '-j', 'file', self.file))) as t:
            t.wait_for('Go on? [y/N]')
            t.type(keys)
            code = t.end()
            cd.equal(f'exit after {t.seen}', code, exit_code)
            self.no_secret(cd.Result(t.args, code, t.seen, ''))
            return t.seen


ANSWERS = (('no', 'n\n', 5), ('empty', '\n', 5), ('end', '\x04', 5),
           ('interrupt', '\x03', 128 + signal.SIGINT))


def not_sent_unasked(c):
    """No command that runs without a person sends it."""
    refused = c.resume(exit_code=5)
    cd.equal('error', refused.json['error']['word'], 'said-no')
    cd.check('--give-up' in refused.json['error']['message'],
             f'not told how to drop it: {refused}')
    c.cd('resume', '--yes', exit_code=5)
    other = c.drop(case.rows(c.in_bank[case.ROWS:]), 'tonight.csv')
    c.run(other)
    cd.equal('calls', c.calls(), 1)
    c.bank_holds(case.rows(c.in_bank[case.ROWS:]))
    c.cd('status', exit_code=3)


def a_no_binds(work):
    """Whatever is not a yes: said, shown, and kept by every later command."""
    for name, keys, code in ANSWERS:
        with Asked(work, name) as c:
            seen = c.answer(keys, code)
            run = c.show()['run'][:13]
            pasted = set(re.findall(r'"coupondrop (resume \w{8,}[^"]*)"',
                                    seen))
            cd.equal(f'ways on in {seen}', pasted,
                     {f'resume {run} --config {c.config}{flag}'
                      for flag in ('', ' --give-up')})
            cd.check('fine unless something was expected' not in seen, seen)
            cd.check('STOPPED' in seen if code > 128 else 'NOT SENT' in seen,
                     f'headline: {seen}')
            cd.equal('state', c.show()['state'], 'held')
            not_sent_unasked(c)
            c.cd('resume', run, '--give-up', exit_code=5)
            case.expect('run', c.show(run), state='cancelled')
            cd.equal('calls', c.calls(), 1)


def the_run_by_name(work):
    """Who names the run sends it; on a terminal there is a question again."""
    with Asked(work, 'named') as c:
        c.answer('n\n', 5)
        run = c.show()['run']
        c.answer('n\n', 5, 'resume')
        seen = c.answer('y\n', 0, 'resume', run)
        cd.check('OK ' in seen, seen)
        c.bank_holds(c.rows)
    with Asked(work, 'unattended') as c:
        c.answer('n\n', 5)
        c.resume(c.show()['run'])
        c.bank_holds(c.rows)


def killed_at_the_question(work):
    """Nobody answered: not sent either."""
    with Asked(work, 'killed') as c:
        with c.terminal('run', '-j', 'file', c.file) as t:
            t.wait_for('Go on? [y/N]')
            os.kill(t.pid, signal.SIGKILL)
            cd.equal('end', t.end(), -signal.SIGKILL)
        not_sent_unasked(c)


if __name__ == '__main__':
    case.main(a_no_binds, the_run_by_name, killed_at_the_question)
