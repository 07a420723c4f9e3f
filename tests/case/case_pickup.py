#!/usr/bin/env python3
"""The test pick-up: a pull side that was met and falls short stops the run,
for the platform would fare no better; and a file may come into sight late."""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd  # noqa: E402
import pullside  # noqa: E402


class Drop(case.Case):
    def __enter__(self):
        super().__enter__()
        self.rows = case.rows(self.in_bank[:case.ROWS])
        self.file = self.drop(self.rows)
        return self

    def through(self, port):
        self.settings[1]['pull'] = f'http://127.0.0.1:{port}/stage'
        self.configure()

    def ended_well(self, result, rehearsed):
        run = result.json['runs'][0]
        case.expect('run', run, state='finished', outcome='ok', error=None,
                    updated=len(self.rows))
        self.bank_holds(self.rows)
        part = run['parts'][0]
        cd.equal('uploads', part['stage']['attempts'], 1)
        cd.equal('rehearsed', part['rehearsed'], rehearsed)


def stops(c, pull):
    run = c.run(c.file, exit_code=75).json['runs'][0]
    case.expect('run', run, state='active', updated=0)
    cd.equal('word', case.error_word(run), 'pick-up')
    cd.check(str(pull.port) in run['error']['message'],
             f'not said where: {run["error"]}')
    cd.equal('calls', c.calls(), 0)
    # Mended, it goes on with the file that is there.
    pull.server.deed = None
    c.ended_well(c.resume(), 'full')


def half(work):
    with Drop(work, 'half') as c, \
            pullside.pull_side(c.box.url, 'half') as pull:
        c.through(pull.port)
        stops(c, pull)


def wrong_length(work):
    with Drop(work, 'longer') as c, \
            pullside.pull_side(c.box.url, 'longer') as pull:
        c.through(pull.port)
        stops(c, pull)


def busy(work):
    with Drop(work, 'busy') as c, \
            pullside.pull_side(c.box.url, 'busy') as pull:
        c.through(pull.port)
        stops(c, pull)


def silent(work):
    with Drop(work, 'silent', endpoint={'reply_timeout': '1s'}) as c, \
            pullside.pull_side(c.box.url, 'silent') as pull:
        c.through(pull.port)
        stops(c, pull)


def seen_late(work):
    """What was taken is waited for, not sent again."""
    with Drop(work, 'late') as c, \
            pullside.pull_side(c.box.url, 'late', looks=4) as pull:
        c.through(pull.port)
        c.ended_well(c.run(c.file, exit_code=0), 'full')
        cd.equal('looks left', pull.server.looks, 0)


case.main(half, wrong_length, busy, silent, seen_late)
