#!/usr/bin/env python3
"""Answers that say no: what ends a batch for good, and what a person mends."""

import contextlib
import os
import sys

import case

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import stubs  # noqa: E402

ANSWERS = os.path.join(cd.TOP, 'tests', 'golden', 'provider', 'mapp')
ADDRESS = '203.0.113.7'
AWAY = 'http://127.0.0.1:1/stage'     # nobody is there


class Refused(case.Case):
    """A case in front of whose platform somebody else answers."""

    def __init__(self, work, name, **more):
        super().__init__(work, name, **more)
        self.rows = case.rows(self.in_bank[:3])
        self.file = self.drop(self.rows)
        self.stack = contextlib.ExitStack()
        self.answer = {}        # method: (status, body[, headers])
        self.answered = 0

    def __enter__(self):
        super().__enter__()
        front = self.stack.enter_context(stubs.rewriting(
            self.box.api, instead=self.instead))
        self.settings[0]['url'] = f'http://127.0.0.1:{front.port}/'
        self.configure()
        return self

    def __exit__(self, *args):
        self.stack.close()
        super().__exit__(*args)

    def instead(self, call):
        for method, answer in self.answer.items():
            if method in call:
                self.answered += 1
                return answer
        return None


def golden(name):
    return cd.read(os.path.join(ANSWERS, name))


def address_not_listed(work):
    """Certain, whichever call it answers; once mended it goes on."""
    for job in 'file', 'inline':
        for method in 'coupon.listBanks', case.UPDATE:
            with Refused(work, f'{job}-{method}') as c:
                c.answer = {method: (200, golden('auth-address.xml'))}
                run = c.run(c.file, job=job, exit_code=77).json['runs'][0]
                cd.equal('error', case.error_word(run), 'mapp-address')
                cd.check(ADDRESS in run['error']['message'] and
                         'whitelist' in run['error']['advice'],
                         f'not told what to add: {run["error"]}')
                cd.equal('state', run['state'], 'active')
                cd.equal('asked', c.answered, 1)
                c.answer = {}
                c.resume()
                c.bank_holds(c.rows)


PAGE = golden('page.html')
HTML = {'Content-Type': 'text/html'}
# answer to the submission, and the exit code
WAITS = {
    'redirect': ((302, '', {'Location': 'http://127.0.0.1:1/'}), 76),
    'login': ((401, PAGE, HTML), 77),
    'not allowed': ((403, PAGE, HTML), 77),
    'not there': ((404, PAGE, HTML), 76),
    'too large': ((413, PAGE, HTML), 76),
    'maintenance': ((200, PAGE, HTML), 76),
}


def nothing_judged(work):
    """Who does not pass the call on says nothing of the rows: they wait."""
    for job in 'file', 'inline':
        for name, (answer, exit_code) in WAITS.items():
            with Refused(work, f'{job} {name}') as c:
                c.answer = {case.UPDATE: answer}
                run = c.run(c.file, job=job,
                            exit_code=exit_code).json['runs'][0]
                case.expect(name, run, state='active', failed=0)
                cd.equal(name, c.calls(), 0)
                c.answer = {}
                c.resume(run['run'])
                c.bank_holds(c.rows)


def no_code_of_a_call(work):
    """The vendor's example of an error means the same on both routes."""
    for job in 'file', 'inline':
        with Refused(work, job) as c:
            c.answer = {case.UPDATE: (200, golden('file-682.xml'))}
            run = c.run(c.file, job=job, exit_code=11).json['runs'][0]
            case.expect('run', run, state='finished', outcome='none',
                        failed=len(c.rows), unaccounted=0)
            cd.equal('error', case.error_word(run), 'mapp-682')
            case.refused_rows(run, c.rows)


def headers_flood(work):
    """Too much to take in is no want of memory, whoever sends it."""
    floods = {'long': {'X-Flood': 'a' * 200000},
              'many': {f'X-{n}': 'a' * 100 for n in range(20000)}}
    for name, headers in floods.items():
        with Refused(work, name) as c:
            c.answer = {'': (200, '<a/>', headers)}
            run = c.run(c.file, exit_code=76).json['runs'][0]
            cd.equal('platform', case.error_word(run), 'limit')
        with Refused(work, f'{name}-stage') as c, stubs.store() as store:
            store.server.headers = list(headers.items())
            c.settings[1]['upload'] = f'http://127.0.0.1:{store.port}/'
            c.configure()
            run = c.run(c.file, exit_code=76).json['runs'][0]
            cd.equal('file server', case.error_word(run), 'limit')


def told_once(work):
    """What is as it is every night is no news every night."""
    with case.Case(work, 'pull') as c:
        there = c.box.url + '/stage'
        for night, (pull, news) in enumerate((
                (AWAY, True), (AWAY, False), (there, False), (AWAY, True))):
            c.settings[1]['pull'] = pull
            c.configure()
            some = case.rows(c.in_bank[3 * night:3 * night + 3])
            result = c.cd('run', '-j', 'file', c.drop(some, f'{night}.csv'))
            cd.equal(f'told in night {night}', 'the pull side cannot be '
                     'reached' in result.stderr, news)


if __name__ == '__main__':
    case.main(address_not_listed, nothing_judged, no_code_of_a_call,
              headers_flood, told_once)
