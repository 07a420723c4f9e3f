#!/usr/bin/env python3
"""A login that was refused is tried once a night, whichever run needs it."""

import base64
import glob
import json
import os
import sys

import case
import case_refused

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import stubs  # noqa: E402

DAY_MS = 24 * 3600 * 1000
USER = 'pos'
WRONG, RIGHT = 'not-the-one-77', 'the-right-one-88'
REFUSED = {'text': (200, case_refused.golden('auth-445.xml')),
           'status': (401, case_refused.PAGE, case_refused.HTML)}


class Login(case_refused.Refused):
    """A platform that can refuse all, and a file server with a password."""

    def __enter__(self):
        right = base64.b64encode(f'{USER}:{RIGHT}'.encode()).decode()
        self.store = self.stack.enter_context(stubs.store(
            {'Authorization': f'Basic {right}'})).server
        self.secret(WRONG)
        url = f'http://127.0.0.1:{self.store.server_address[1]}/'
        self.settings[1].update(
            upload=url, upload_user=USER,
            upload_password_file=self.path('password'), pull=url)
        return super().__enter__()

    def secret(self, text):
        cd.write(self.path('password'), text + '\n', 0o600)

    def at_platform(self):
        """Only the platform refuses."""
        self.secret(RIGHT)

    def tries(self):
        """Requests with a login that the file server refused."""
        return sum(method in ('PUT', 'DELETE', 'MOVE')
                   for method, _, _ in self.store.seen)

    def next_night(self):
        """As if all that is remembered were of the night before."""
        for path in self.records():
            record = json.loads(cd.read(path))
            for key in 'tried', 'refused':
                record[key] -= DAY_MS
            cd.write(path, json.dumps(record), 0o600)

    def records(self):
        return glob.glob(os.path.join(self.state, 'logins', '*.json'))

    def night(self, n):
        return self.drop(case.rows(self.in_bank[3 * n:3 * n + 3]),
                         f'night{n}.csv')


def one_try_a_night(c, tries, nights=4):
    """Though each night one more run waits for the login."""
    for n in range(nights):
        for _ in range(2):
            c.run(c.night(n), exit_code=77)
        c.resume(exit_code=77)
        cd.equal(f'tries after night {n}', tries(), n + 1)
        c.next_night()
    status = c.cd('status', exit_code=3).json
    login, = status['logins']
    cd.equal('waiting', sorted(login['runs']), status['jobs'][0]['open'])
    cd.equal('how many', len(login['runs']), nights)
    text = c.cd('status', json=False, exit_code=3).stdout
    cd.check(f'{nights} runs wait for the login of {login["user"]} at '
             f'{login["server"]}' in text and 'coupondrop resume' in text,
             f'status: {text}')
    for path in c.records():
        kept = cd.read(path)
        cd.equal('mode', os.stat(path).st_mode & 0o777, 0o600)
        for secret in WRONG, *c.box.secrets():
            cd.check(secret not in kept, f'a secret in {path}')


def all_through(c, nights=4):
    c.bank_holds(case.rows(c.in_bank[:3 * nights]))
    cd.equal('logins', c.cd('status', exit_code=0).json['logins'], [])
    cd.equal('kept', c.records(), [])


def file_server(work):
    with Login(work, 'upload') as c:
        one_try_a_night(c, c.tries)
        # A changed secret is tried at once, by whoever comes next.
        c.secret(RIGHT)
        c.store.need = {}       # the platform's side has no password
        c.resume()
        all_through(c)


def platform(work):
    for name, answer in REFUSED.items():
        with Login(work, name) as c:
            c.at_platform()
            c.answer = {'': answer}
            one_try_a_night(c, lambda c=c: c.answered)


def mended_over_there(work):
    """The secret was right: a person tries it, all others follow."""
    for how in 'doctor', 'resume':
        with Login(work, how) as c:
            c.at_platform()
            c.answer = {'': REFUSED['status']}
            run = c.run(c.night(0), exit_code=77).json['runs'][0]['run']
            c.run(c.night(1), exit_code=77)
            cd.equal('tries', c.answered, 1)
            # Each call by hand is one more try, and one only.
            if how == 'resume':
                c.resume(run, run, exit_code=77)
            else:
                c.cd('doctor', '-j', 'file')
            cd.equal('tries', c.answered, 2)
            c.answer = {}
            c.resume(exit_code=77)
            if how == 'resume':
                c.resume(run)
            else:
                c.cd('doctor', '-j', 'file')
            c.resume()
            all_through(c, 2)


def not_reached(work):
    """A server that did not judge the login has not refused it."""
    with Login(work, 'away') as c:
        c.at_platform()
        c.answer = {'': REFUSED['text']}
        c.run(c.night(0), exit_code=77)
        c.next_night()
        c.answer = {'': (503, '')}
        c.resume(exit_code=69)
        c.answer = {'': REFUSED['text']}
        before = c.answered
        c.resume(exit_code=77)
        c.resume(exit_code=77)
        cd.equal('tries', c.answered - before, 1)


if __name__ == '__main__':
    case.main(file_server, platform, mended_over_there, not_reached)
