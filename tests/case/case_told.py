#!/usr/bin/env python3
"""What is said of a run: the same by every command, now and later."""

import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import case  # noqa: E402
from case import cd, rule  # noqa: E402

SLOW = rule('word', word='PROCESSING', nth=2)
FAIL = rule('fail', output='disk full')
BAD_CODES = case.codes(4, 5000)

# name: faults, settings of the job, arguments, exit code
STATES = {
    'ok': ([], {}, [], 0),
    'unconfirmed': ([], {'verify': 'off'}, [], 12),
    'unknown': ([rule('reset')], {}, [], 7),
    'failed': ([FAIL], {}, [], 11),
    'failed and slow': ([FAIL, SLOW], {'deadline': '300ms'}, [], 11),
    'slow': ([SLOW], {'deadline': '300ms'}, [], 4),
    'unknown and refused': ([rule('reset'), rule('code', code=445, nth=2,
                                                 count=0)], {}, [], 7),
    'refused': ([rule('code', code=648)], {}, [], 70),
    'no login': ([rule('code', code=445, count=0)], {}, [], 77),
    'failed and no login': (
        [FAIL, rule('status', 'coupon.getDetails', status=403, nth=41,
                    count=0)], {}, [], 11),
    'some missing': ([], {'more': BAD_CODES}, [], 11),
    'some missing, as the job permits': (
        [], {'more': BAD_CODES, 'max_failed': 20}, [], 3),
    'some missing, as the call permits': (
        [], {'more': BAD_CODES}, ['--max-failed', '20'], 3),
    'packed': ([], {}, ['--until', 'packed'], 0),
    'wrong bank': ([], {}, ['--bank-name', 'Winter'], 10),
    'broken row': ([], {'more': ['A B']}, [], 65),
    'set aside': ([], {'more': ['A B'], 'max_reject': 1}, [], 3),
}


def told(run):
    return {key: run[key] for key in ('state', 'outcome', 'exit', 'updated',
                                      'already', 'failed', 'unaccounted',
                                      'basis', 'severity', 'error')}


def one_line(c, job):
    """status has a line of at most 100 columns for a job: the job, its run,
    and what came of it, which the JSON has, too."""
    lines = c.cd('status', json=False).stdout.splitlines()
    # A command to paste is as long as the path of its configuration.
    cd.equal('lines over 100 columns', [
        x for x in lines if len(x) > 100 and 'coupondrop ' not in x], [])
    line = next(x for x in lines if x.startswith('file '))
    cd.check(line.endswith('  ' + job['headline']), line)
    word = job['headline'].split('  ')[0]
    cd.equal(f'needed: {line}', job['needed'],
             word not in ('ok', 'NOTHING DONE'))
    cd.check(': ' not in word and not job['headline'].endswith(': '), line)


def same_everywhere(work):
    """run, show, runs, status and resume agree on each state."""
    for name, (faults, settings, args, code) in STATES.items():
        print(f'  {name}', flush=True)
        job = dict(settings)
        more = job.pop('more', [])
        with case.Case(work, name.replace(' ', '-'), faults, job=job) as c:
            rows = [(one, case.day(1 + n % 2)) for n, one in
                    enumerate(c.in_bank[:case.ROWS])] + case.rows(more)
            want = told(c.run(c.drop(rows), *args,
                              exit_code=code).json['runs'][0])
            for where, got in (
                    ('show', c.show()),
                    ('runs', c.cd('runs', exit_code=0).json['runs'][0])):
                cd.equal(f'{where} of {name}', told(got), want)
            job = next(j for j in c.cd('status').json['jobs']
                       if j['job'] == 'file')
            cd.equal(f'status of {name}', (job['outcome'], job['exit']),
                     (want['outcome'], want['exit']))
            one_line(c, job)
            if want['state'] == 'held' and not args:
                got = c.resume('last', exit_code=code).json['runs'][0]
                cd.equal(f'resume of {name}', told(got), told(c.show()))


def own_clock(work):
    """Times are those of the job, and named."""
    with case.Case(work, 'zone', job={'timezone': 'Asia/Tokyo'}) as c:
        run = c.run(c.drop(case.rows(c.in_bank[:5]))).json['runs'][0]
        text = c.cd('status', json=False, exit_code=0).stdout
        cd.check(text.splitlines()[0].endswith('(times: Asia/Tokyo)'), text)
        began = datetime.datetime.fromisoformat(
            run['started'].replace('Z', '+00:00')) + \
            datetime.timedelta(hours=9)
        shown = f'{began.day} {began:%b %H:%M}'.rjust(12)
        cd.check(f'file   {shown} {run["run"][:13]}  ok  5 rows, '
                 '5 of 5 confirmed\n' in text, text)
        text = c.cd('runs', json=False, exit_code=0).stdout
        cd.check(text.endswith('\n(times: Asia/Tokyo)\n') and
                 f'  {began:%Y-%m-%d %H:%M}  file ' in
                 text.replace(run['run'][:13], ' '), text)
        text = c.cd('show', json=False, exit_code=0).stdout
        cd.check('what happened (times: Asia/Tokyo)\n'
                 f'    {began:%Y-%m-%d %H:%M:%S}  received: ' in text, text)
        # A run without a job has the clocks of this machine, and the head
        # does not say otherwise.
        c.cd('run', '--provider', 'platform', '--bank', case.BANK,
             '--endpoint', 'files', c.drop(case.rows(c.in_bank[5:9]),
                                           'hand.csv'), '--until', 'packed')
        for command in ('runs', 'status'):
            text = c.cd(command, json=False).stdout
            cd.check("(times: each job's zone)\n" in text, text)
        hand = c.cd('runs', json=False).stdout.splitlines()[1]
        cd.check('hand.csv' in hand and c.show()['started'][:16].replace(
            'T', ' ') in hand, hand)


def told_once(work):
    """The same coupons under a new name are not one more trouble."""
    with case.Case(work, 'once', [rule('code', code=445, count=0)]) as c:
        some = case.rows(c.in_bank[:5])
        run = c.run(c.drop(some), exit_code=77).json['runs'][0]['run']
        c.run(c.drop(some, 'copy.csv'), exit_code=None)
        job = next(j for j in c.cd('status', exit_code=3).json['jobs']
                   if j['job'] == 'file')
        cd.equal('told', (job['run'], job['open'], job['unsettled']),
                 (run, [run], []))


def no_job(work):
    """Nobody is told that all is well where nothing is ever sent."""
    config = cd.write(os.path.join(work, 'empty.yaml'),
                      cd.yaml({'state_dir': os.path.join(work, 'state')}))
    for command in 'status', 'doctor', 'schedule':
        args = [command, '--config', config]
        result = cd.run_cd([*args, '--json'], exit_code=78, work=work)
        cd.equal(command, (result.json['exit'],
                           result.json['error']['word']), (78, 'config'))
        cd.equal('jobs', result.json.get('jobs', []), [])
        result = cd.run_cd(args, exit_code=78, work=work)
        cd.equal('told', result.stderr.count('no job is configured'), 1)


ERROR = {'do': 'word', 'method': case.UPDATE, 'word': 'ERROR'}


def errored(work):
    """A task that ended in ERROR: what its rows show weighs more."""
    missing = case.codes(3, 5000)
    for name, faults, job, codes, code, want in (
            # Everything is as if it had ended well: said, and not called ok.
            ('all so', [ERROR], {}, [], 12, {
                'outcome': 'unconfirmed', 'updated': case.ROWS, 'failed': 0,
                'unaccounted': 0, 'basis': 'verify', 'error': 'unconfirmed',
                'state': 'done', 'task': 'failed'}),
            ('some so', [ERROR], {}, missing, 11, {
                'outcome': 'partial', 'updated': case.ROWS, 'failed': 3,
                'unaccounted': 0, 'basis': 'verify', 'error': 'task-failed',
                'state': 'failed', 'task': 'failed'}),
            ('a sample', [ERROR], {'verify': 5}, missing, 11, {
                'outcome': 'partial', 'failed': 3, 'unaccounted': 0,
                'basis': 'verify', 'error': 'task-failed',
                'state': 'failed', 'task': 'failed'}),
            ('none so', [FAIL], {}, [], 11, {
                'outcome': 'none', 'updated': 0, 'failed': case.ROWS,
                'unaccounted': 0, 'basis': 'verify', 'error': 'task-failed',
                'state': 'failed', 'task': 'failed'}),
            ('not looked up', [ERROR], {'verify': 'off'}, [], 11, {
                'outcome': 'unconfirmed', 'updated': 0, 'failed': 0,
                'unaccounted': case.ROWS, 'basis': 'none',
                'error': 'task-failed', 'state': 'failed',
                'task': 'failed'}),
            # It ends well after all, and later than the bank is behind.
            ('well after all', [{**ERROR, 'polls': 1}], {'lag': '60s'}, [],
             0, {'outcome': 'ok', 'updated': case.ROWS, 'failed': 0,
                 'unaccounted': 0, 'basis': 'verify', 'error': None,
                 'state': 'done', 'task': 'done'})):
        print(f'  {name}', flush=True)
        with case.Case(work, name.replace(' ', '-'), faults, job=job) as c:
            good = case.rows(c.in_bank[:case.ROWS])
            run = c.run(c.drop(good + case.rows(codes)),
                        exit_code=code).json['runs'][0]
            part = run['parts'][0]
            got = {**run, 'error': case.error_word(run),
                   'state': part['state'], 'task': part['task']['state']}
            cd.equal(name, {key: got[key] for key in want}, want)
            cd.equal('doubt', part['doubt'] is not None, name == 'all so')
            if run['failed']:
                case.refused_rows(run, case.rows(codes) or good)
            else:
                cd.equal('failed.csv', run['files']['failed'], None)
            cd.equal('shown', told(c.show()), told(run))


def one_of_three(work):
    """One batch of three fails: the numbers are not those of the others."""
    with case.Case(work, 'three', [{**FAIL, 'nth': 2}],
                   job={'verify': 5}) as c:
        rows = [(code, case.day(1 + n % 3))
                for n, code in enumerate(c.in_bank[:60])]
        run = c.run(c.drop(rows), exit_code=11).json['runs'][0]
        case.expect('run', run, outcome='partial', updated=None, failed=20,
                    unaccounted=0, basis='sample')
        cd.equal('bases', [p['basis'] for p in run['parts']],
                 ['sample', 'verify', 'sample'])
        said = cd.unfold(c.cd('show', json=False).stdout)
        cd.check('60 sent: 40 of them confirmed by sample: 10 of 10 (at most '
                 in said and ', 20 not applied' in said and
                 said.lstrip().startswith('FAILED'), said)
    # Refused as a whole by the platform's own word.
    with case.Case(work, 'refused', [rule('code', code=648)]) as c:
        rows = case.rows(c.in_bank[:5])
        run = c.run(c.drop(rows), exit_code=70).json['runs'][0]
        case.expect('run', run, outcome='none', failed=5, basis='counters')
        cd.equal('basis', run['parts'][0]['basis'], 'counters')
        case.refused_rows(run, rows)


case.main(same_everywhere, own_clock, told_once, no_job, errored,
          one_of_three)
