#!/usr/bin/env python3
"""Journeys of follow at the platforms that are only followed.

The sandbox has the job already and plays it by a script: each question moves
it on.  Every end that a job can have, and all that can go wrong on the way.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

TOKEN = 'token-that-is-not-to-be-seen'


def state(word, polls=1, **more):
    return {'word': word, 'polls': polls, **more}


def script(platform, ref, *states):
    member = 'bulks' if platform == 'placewise' else 'states'
    return {'platform': platform, 'id': ref, member: list(states)}


class Journey:
    """A sandbox with these jobs and faults, and one follow of the jobs."""

    def __init__(self, work, name, jobs, faults=()):
        print(f'  {name}', flush=True)
        self.work = os.path.join(work, name)
        os.makedirs(self.work)
        self.refs = [f'{job["platform"]}:{job["id"]}' for job in jobs]
        files = ['--jobs', self.write('jobs.json', jobs)]
        if faults:
            files += ['--faults', self.write('faults.json', list(faults))]
        self.box = cd.Sandbox(self.work, [], ['-v', *files])
        self.config = os.path.join(self.work, 'coupondrop.yaml')
        self.platforms = {job['platform'] for job in jobs}

    def write(self, name, value):
        return cd.write(os.path.join(self.work, name), json.dumps(value))

    def configure(self, **settings):
        """All with short pauses; settings are of those of the jobs."""
        key = {'api_key_file': self.box.api_key_file}
        providers = {
            'capillary': {**key, 'api_secret_file':
                          self.box.shared_secret_file},
            'uniware': {'username': 'sandbox', 'password_file':
                        self.box.shared_secret_file},
            'which50': {'auth_value_file': self.box.api_key_file},
            'placewise': {'token_file': self.box.api_key_file},
        }
        cd.write(self.config, cd.yaml({
            'state_dir': os.path.join(self.work, 'state'),
            'providers': {name: {
                'type': name, 'url': f'{self.box.url}/{name}',
                'poll_first': '10ms', 'poll_cap': '20ms', **more,
                **(settings if name in self.platforms else {})}
                for name, more in providers.items()}}))

    def follow(self, exit_code, *args, refs=None, secrets=()):
        """What follow tells of the jobs; no secret is where it may not be."""
        result = cd.run_cd(['follow', *(refs or self.refs), '--json', '-v',
                            '--config', self.config, *args],
                           exit_code=exit_code, work=self.work)
        cd.check_no_secret([*self.box.secrets(), *secrets], result,
                           os.path.join(self.work, 'state'))
        cd.check(cd.find_secret(cd.read(self.box.err).encode(),
                                self.box.secrets()) is None,
                 'a secret in the log of the sandbox')
        told = {t['ref']: t for t in result.json['tasks']}
        cd.equal('refs', list(told), refs or self.refs)
        return told

    def calls(self, method):
        """How many calls of a method were answered."""
        return cd.read(self.box.err).count(f'method={method} ') + \
            cd.read(self.box.err).count(f'method="{method}"')


def travel(work, name, job, exit_code, faults=(), args=(), settings=None,
           secrets=(), refs=None, **want):
    """One job from beginning to end, with what is told of it."""
    journey = Journey(work, name, [job], faults)
    with journey.box:
        journey.configure(**(settings or {}))
        told = journey.follow(exit_code, *args, secrets=secrets, refs=refs)
        case.expect(name, *told.values(), **want)
    return journey


def capillary(*states, ref='535521/220605'):
    return script('capillary', ref, *states)


# Queued, at work, and then all rows taken.
GOOD = (state('STARTED'), state('VALIDATED'), state('COMMITED'),
        state('FINISHED', rows=4, bad=0))


def capillary_ends(work):
    """What a job can end with, and how follow then ends."""
    for name, exit_code, states, want in (
            ('ok', 0, GOOD,
             {'state': 'done', 'outcome': 'ok', 'word': 'FINISHED',
              'total': 4, 'updated': 4, 'failed': 0, 'error': None}),
            ('partial', 3, [state('FINISHED', rows=4, bad=1, file='error_9')],
             {'state': 'done', 'outcome': 'partial', 'total': 4, 'updated': 3,
              'failed': 1, 'error_file': 'error_9'}),
            ('none', 11, [state('STARTED'),
                          state('FINISHED', rows=2, bad=2, file='error_9')],
             {'state': 'done', 'outcome': 'none', 'total': 2, 'updated': 0,
              'failed': 2}),
            ('errored', 11, [state('STARTED'), state('ERRORED')],
             {'state': 'failed', 'word': 'ERRORED'}),
            ('uncounted', 12, [state('FINISHED')],
             {'state': 'done', 'outcome': 'unconfirmed', 'total': None,
              'updated': None, 'failed': None}),
            ('half-counted', 12, [state('FINISHED', rows=4)],
             {'state': 'done', 'outcome': 'unconfirmed'}),
            ('untrue', 12, [state('FINISHED', rows=4, bad=5)],
             {'state': 'done', 'outcome': 'unconfirmed'}),
            ('number-3', 0, [state(3, rows=1, bad=0)],
             {'state': 'done', 'outcome': 'ok'}),
            ('number-4', 11, [state(4)], {'state': 'failed'}),
            ('odd-word', 0, [state('ODD \33[31m', 3),
                             state('FINISHED', rows=1, bad=0)],
             {'state': 'done', 'outcome': 'ok'}),
            ('late', 0, [state(None, 2), *GOOD],
             {'state': 'done', 'outcome': 'ok'}),
            ('lost', 7, [state(None)], {'state': 'lost', 'outcome': 'na'})):
        travel(work, name, capillary(*states), exit_code, **want)
    travel(work, 'redeem', capillary(
        state('QUEUED'), state('COMPLETED', rows=1, bad=0),
        ref='redeem/535521/7'), 0, state='done', outcome='ok')
    travel(work, 'for-ever', capillary(state('STARTED')), 4,
           args=['--deadline', '200ms'], state='running', outcome='na')


def capillary_series(work):
    """Jobs of one series are told apart, whatever their order in the list."""
    jobs = [capillary(*GOOD, ref='535521/1'),
            capillary(state('FINISHED', rows=4, bad=1), ref='535521/2'),
            capillary(state('STARTED', 3), state('ERRORED'),
                      ref='535521/3'),
            capillary(state('FINISHED', rows=9, bad=9), ref='60/1')]
    journey = Journey(work, 'series', jobs)
    with journey.box:
        journey.configure()
        told = journey.follow(11)
        cd.equal('outcomes', [(t['state'], t['outcome'], t['failed'])
                              for t in told.values()],
                 [('done', 'ok', 0), ('done', 'partial', 1),
                  ('failed', 'unconfirmed', None), ('done', 'none', 9)])


def trouble(work, job, call, token, exit_code=0, **want):
    """All that passes on the way, with the same end as without it."""
    for name, faults in {
        '429': [rule('status', call, status=429, count=2)],
        '429-after': [rule('status', call, status=429, retry_after=1)],
        '500s': [rule('status', call, status=500, nth=2, count=2)],
        '503s': [rule('status', call, status=503, nth=1, count=3,
                      retry_after=0)],
        'reset': [rule('reset', call, nth=2)],
        'reset-after': [rule('reset', call, when='after')],
        'truncated': [rule('truncate', call, at=20, nth=2)],
        **({'token-503': [rule('status', token, status=503)],
            'token-reset': [rule('reset', token)],
            'token-truncated': [rule('truncate', token, at=9)],
            'expired-1': [rule('expire', call)],
            'expired-2': [rule('expire', call, nth=2)],
            'expired-3': [rule('expire', call, nth=3)]} if token else {}),
    }.items():
        journey = travel(work, name, job, exit_code, faults, **want)
        if name.startswith('expired'):
            cd.equal('logins', journey.calls(token), 2)


def malformed(work, job, call):
    """What cannot be read is no end of the job, and is said."""
    for name, body in (('cut', '{"result"'), ('twice', '{"a":1,"a":2}'),
                       ('list', '[]'), ('empty', ''),
                       ('page', '<html><body>Sign in</body></html>')):
        journey = Journey(work, name, [job], [
            rule('answer', call, status=200, body=body, count=0)])
        with journey.box:
            journey.configure()
            told = journey.follow(None, '--deadline', '300ms')
            task = told[journey.refs[0]]
            cd.check(task['state'] not in ('done', 'failed') and
                     task['outcome'] == 'na', f'{task}')
            cd.check(task['error']['exit'] in (69, 75, 76),
                     f'{task["error"]}')


def capillary_trouble(work):
    trouble(work, capillary(*GOOD), 'capillary.status', 'capillary.token',
            state='done', outcome='ok')


def capillary_malformed(work):
    malformed(work, capillary(*GOOD), 'capillary.status')


def capillary_refused(work):
    """Logins and rights that are missing, in each form that they come in."""
    call = 'capillary.status'

    def told(code, message):
        return json.dumps({'response': {'status': {
            'success': 'true', 'code': code, 'message': message}}})
    for name, exit_code, fault in (
            ('keys', 77, rule('answer', 'capillary.token', status=200,
                              body='{"data":null,"errors":[{"code":320001,'
                              '"message":"Invalid client"}]}', count=0)),
            ('right', 77, rule('answer', call, status=403, count=0,
                               body='{"errorCode":4000}')),
            ('right-200', 77, rule('answer', call, status=200, count=0,
                                   body=told(403, 'no'))),
            ('path', 76, rule('answer', call, status=404, count=0,
                              body='<html>none</html>'))):
        journey = Journey(work, name, [capillary(*GOOD)], [fault])
        with journey.box:
            journey.configure()
            task = journey.follow(exit_code)[journey.refs[0]]
            case.expect(name, task, state='unknown', outcome='na')
    travel(work, 'expired-200', capillary(*GOOD), 0, [
        rule('answer', call, status=200, body=told('498', 'Token expired'))],
        state='done', outcome='ok')
    travel(work, 'not-now', capillary(*GOOD), 0, [
        rule('answer', call, status=503, body='{"errorCode":4001}')],
        state='done', outcome='ok')


def capillary_signed(work):
    """Each way to sign a call; a token is as secret as what it is for."""
    for how in ('oauth', 'bearer', 'basic'):
        travel(work, how, capillary(*GOOD), 0, settings={'auth': how},
               state='done', outcome='ok')
    travel(work, 'token', capillary(*GOOD), None, [
        rule('answer', 'capillary.token', status=200, count=0,
             body=json.dumps({'data': {'accessToken': TOKEN,
                                       'ttlSeconds': 300}})),
        rule('answer', 'capillary.status', status=500, count=0, body=TOKEN)],
        args=['--deadline', '100ms'], secrets=[TOKEN], outcome='na')


def placewise(*bulks, ref='mall/coupons-2026-05', **more):
    return {**script('placewise', ref, *bulks), **more}


BULK = [state('waiting'), state('working'), state('finished', rows=5, bad=0)]
FAILED = state('failed', rows=5, retries=5)


def placewise_ends(work):
    """An import is what its bulks are, once none of them is tried again."""
    for name, exit_code, bulks, want in (
            ('ok', 0, [BULK, BULK],
             {'state': 'done', 'outcome': 'ok', 'total': 10, 'updated': 10,
              'failed': 0, 'word': 'finished'}),
            ('partial', 3, [BULK, [state('finished', rows=5, bad=2)]],
             {'state': 'done', 'outcome': 'partial', 'total': 10,
              'updated': 8, 'failed': 2}),
            ('none', 11, [[state('finished', rows=2, bad=2)]],
             {'state': 'done', 'outcome': 'none'}),
            ('failed', 11, [[FAILED]],
             {'state': 'failed', 'word': 'failed',
              'text': '1 of 1 bulks failed for good'}),
            ('one-failed', 11, [BULK, [FAILED]],
             {'state': 'failed', 'total': 10, 'updated': 5}),
            ('uncounted', 12, [[state('finished')]],
             {'state': 'done', 'outcome': 'unconfirmed', 'total': None}),
            # "failed" is no end while there are retries left.
            ('retried', 0, [BULK, [
                state('failed', rows=5, retries=1),
                state('waiting_for_retry', rows=5),
                state('failed', 2, rows=5, retries=4),
                state('working', rows=5), state('finished', rows=5, bad=0)]],
             {'state': 'done', 'outcome': 'ok', 'total': 10}),
            ('retried-in-vain', 11, [[
                *(state('failed', rows=5, retries=n) for n in range(5)),
                FAILED]], {'state': 'failed'}),
            ('odd-word', 0, [[state('pondering', 2), *BULK[2:]]],
             {'state': 'done', 'outcome': 'ok'}),
            ('no-bulk-yet', 0, [[state(None, 2), *BULK]],
             {'state': 'done', 'outcome': 'ok'}),
            ('lost', 7, [[state(None)]], {'state': 'lost', 'outcome': 'na'})):
        travel(work, name, placewise(*bulks), exit_code, **want)
    travel(work, 'singular', placewise(BULK, singular=True), 0, total=5,
           outcome='ok')
    travel(work, 'for-ever', placewise(BULK, [state('waiting')]), 4,
           args=['--deadline', '200ms'], state='queued', outcome='na')
    # More of them than are remembered at a time.
    travel(work, 'many', placewise(*[[FAILED]] * 70, BULK), 11,
           state='failed', text='70 of 71 bulks failed for good')


def placewise_trouble(work):
    trouble(work, placewise(BULK, BULK), 'placewise.import', None,
            state='done', outcome='ok')


def placewise_bulk_trouble(work):
    """Between an import and its bulks, too."""
    trouble(work, placewise(BULK, [
        state('failed', rows=5, retries=4), state('failed', rows=5,
                                                  retries=4), FAILED]),
            'placewise.bulk', None, 11, state='failed')


def placewise_malformed(work):
    malformed(work, placewise(BULK), 'placewise.import')
    # The import was read before.
    malformed(os.path.join(work, 'bulk'), placewise([FAILED]),
              'placewise.bulk')


def placewise_refused(work):
    """What is missing is named, and by whom it can be mended."""
    call = 'placewise.import'
    for status, exit_code in ((401, 77), (402, 77), (403, 77), (460, 77),
                              (470, 78), (471, 78)):
        for what, body in (('said', '{"error":"told \33[31m"}'),
                           ('mute', '')):
            travel(work, f'{status}-{what}', placewise(BULK), exit_code,
                   [rule('answer', call, status=status, body=body, count=0)],
                   state='unknown', outcome='na')
    travel(work, 'product', placewise(BULK), 78,
           settings={'product_name': 'other'}, state='unknown')
    travel(work, 'unknown-club', placewise(BULK), 7,
           refs=['placewise:market/coupons-2026-05'], state='lost')


def uniware(*states, ref='NORTH/J-1'):
    return script('uniware', ref, *states)


REPORT = 'https://cdn.example.com/r.csv'
# The good word comes before the report does.
EXPORT = (state('QUEUED'), state('PROCESSING'), state('COMPLETE'),
          state('COMPLETE', file=REPORT + '?Signature=' + TOKEN))


def uniware_ends(work):
    """An export has ended when there is a report, and counts nothing."""
    for name, exit_code, states, want in (
            ('complete', 0, EXPORT,
             {'state': 'done', 'outcome': 'na', 'word': 'COMPLETE',
              'text': REPORT, 'total': None, 'updated': None,
              'failed': None, 'error': None}),
            ('successful', 0, [state('SUCCESSFUL', file='/r.csv')],
             {'state': 'done', 'outcome': 'na', 'text': '/r.csv'}),
            ('odd-word', 0, [state('WRITTEN', file='/r.csv')],
             {'state': 'done', 'outcome': 'na', 'word': 'WRITTEN'}),
            ('failed', 11, [state('PROCESSING'), state('FAILED')],
             {'state': 'failed', 'word': 'FAILED'}),
            ('cancelled', 11, [state('CANCELLED')], {'state': 'failed'}),
            ('odd-failure', 11, [state('EXPORT_ERROR', file='/r.csv')],
             {'state': 'failed', 'word': 'EXPORT_ERROR'})):
        travel(work, name, uniware(*states), exit_code, secrets=[TOKEN],
               **want)
    for name, word, is_state in (('for-ever', 'PROCESSING', 'running'),
                                 ('no-report', 'COMPLETE', 'running'),
                                 ('odd-for-ever', 'MUSING', 'unknown')):
        travel(work, name, uniware(state(word)), 4,
               args=['--deadline', '200ms'], state=is_state, outcome='na')


def uniware_trouble(work):
    trouble(work, uniware(*EXPORT), 'uniware.status', 'uniware.token',
            state='done', outcome='na')


def uniware_malformed(work):
    malformed(work, uniware(*EXPORT), 'uniware.status')


def uniware_refused(work):
    """A facility is configuration, a grant is the login."""
    call = 'uniware.status'
    travel(work, 'foreign', uniware(*EXPORT), 78, refs=['uniware:SOUTH/J-1'],
           state='unknown', outcome='na')
    travel(work, 'none', uniware(*EXPORT), 78, refs=['uniware:J-1'],
           state='unknown', outcome='na')
    travel(work, 'own', uniware(*EXPORT), 0, refs=['uniware:J-1'],
           settings={'facility': 'NORTH'}, state='done', outcome='na')
    travel(work, 'code', uniware(*EXPORT), 78, [
        rule('answer', call, status=200, count=0, body=json.dumps({
            'successful': False, 'message': None, 'warnings': None,
            'errors': [{'code': 200001, 'description': None,
                        'message': 'INVALID_FACILITY_CODE'}]}))],
        state='unknown', outcome='na')
    travel(work, 'job', uniware(*EXPORT), 76, refs=['uniware:NORTH/J-2'],
           state='unknown', outcome='na')
    travel(work, 'grant', uniware(*EXPORT), 77,
           settings={'username': 'nobody'}, state='unknown', outcome='na')


def which50(*states, ref='12/3456'):
    return script('which50', ref, *states)


IMPORT = (state('New'), state('Importing', percent=40),
          state('Imported', percent=100, rows=4, bad=0))


def which50_ends(work):
    """The date and the percentage tell the end, not the word."""
    for name, exit_code, states, want in (
            ('ok', 0, IMPORT,
             {'state': 'done', 'outcome': 'ok', 'word': 'Imported',
              'total': 4, 'updated': 4, 'failed': 0, 'error': None}),
            ('partial', 3, [state('X', percent=100, rows=4, bad=1)],
             {'state': 'done', 'outcome': 'partial', 'total': 4,
              'updated': 3, 'failed': 1}),
            ('none', 11, [state('X', percent=100, rows=2, bad=2)],
             {'state': 'done', 'outcome': 'none', 'updated': 0}),
            ('uncounted', 12, [state('X', percent=100)],
             {'state': 'done', 'outcome': 'unconfirmed', 'total': None}),
            ('failed', 11, [state('Running', percent=1),
                            state('Import failed', percent=1)],
             {'state': 'failed', 'word': 'Import failed'}),
            ('late', 0, [state(None, 2), *IMPORT],
             {'state': 'done', 'outcome': 'ok'}),
            ('lost', 7, [state(None)], {'state': 'lost', 'outcome': 'na'})):
        travel(work, name, which50(*states), exit_code, **want)
    # It was made and never run; its word alone is no end.
    for word in ('New', 'COMPLETED'):
        travel(work, f'for-ever-{word}', which50(state(word)), 4,
               args=['--deadline', '200ms'], outcome='na')


def which50_trouble(work):
    trouble(work, which50(*IMPORT), 'which50.import', None, state='done',
            outcome='ok')


def which50_malformed(work):
    malformed(work, which50(*IMPORT), 'which50.import')


def which50_refused(work):
    for status, exit_code in ((401, 77), (403, 77)):
        travel(work, str(status), which50(*IMPORT), exit_code, [
            rule('answer', 'which50.import', status=status, count=0,
                 body='{"Message":"no"}')], state='unknown', outcome='na')
    travel(work, 'header', which50(*IMPORT), 77,
           settings={'auth_header': 'X-Key'}, state='unknown')
    travel(work, 'address', which50(*IMPORT), 76, [
        rule('answer', 'which50.import', status=404, count=0, body=json.dumps(
            {'Message': 'No HTTP resource was found that matches'}))],
        state='unknown', outcome='na')


if __name__ == '__main__':
    case.main(capillary_ends, capillary_series, capillary_trouble,
              capillary_malformed, capillary_refused, capillary_signed,
              placewise_ends, placewise_trouble, placewise_bulk_trouble,
              placewise_malformed, placewise_refused, uniware_ends,
              uniware_trouble, uniware_malformed, uniware_refused,
              which50_ends, which50_trouble, which50_malformed,
              which50_refused)
