#!/usr/bin/env python3
"""--json: one object of the documented shape on stdout, in every ending."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402
from cli import HEADER  # noqa: E402

GOOD = HEADER + 'M746209500,1,2026-01-05\nM746209501,1,2026-01-06\n'

# 108 bytes, 4 rows: the example of the format.
EXAMPLE = (HEADER + 'M746209500,1,2026-02-27\nM746209501,1,2026-02-30\n'
           'M746209502,0,\nM746209502,0,')
EXAMPLE_SAYS = {
    'format': 'csv', 'encoding': 'utf-8', 'delimiter': ',', 'header': True,
    'bytes': 108, 'rows': 4, 'valid': 2, 'invalid': 1, 'duplicates': 1,
    'by_rule': {'date-invalid': 1, 'duplicate-code': 1},
    'findings_omitted': 0}
EXAMPLE_FINDINGS = [
    {'rule': 'date-invalid', 'severity': 'error', 'scope': 'cell',
     'line': 3, 'column': 14, 'record': 2, 'byte': 70,
     'field': 'redeem_date', 'value': '2026-02-30',
     'message': 'February 2026 has 28 days', 'fix': None, 'first': None},
    {'rule': 'duplicate-code', 'severity': 'warning', 'scope': 'cell',
     'line': 5, 'column': 1, 'record': 4, 'byte': 95,
     'field': 'coupon_code', 'value': 'M746209502', 'fix': None,
     'first': {'line': 4, 'column': 1, 'record': 3, 'byte': 81,
               'file': None}}]


def validate_example(room):
    cd.equal('bytes of the example', len(EXAMPLE), 108)
    room.write('x.csv', EXAMPLE)
    found = room.json('validate', 'validate', 'x.csv', exit_code=65)
    file = found['files'][0]
    cd.equal('path', file['path'], 'x.csv')
    for key, want in EXAMPLE_SAYS.items():
        cd.equal(key, file[key], want)
    cd.equal('findings', len(file['findings']), 2)
    for got, want in zip(file['findings'], EXAMPLE_FINDINGS):
        cd.equal(want['rule'], {k: got[k] for k in want}, want)


def error_of(value, word):
    cd.check(value['error'] is not None, f'no error in {value}')
    cd.equal('word', value['error']['word'], word)
    cd.equal('exit of the error', value['error']['exit'], value['exit'])
    cd.check(value['error']['message'], 'an error without a message')


def validate_endings(room):
    room.write('good.csv', GOOD)
    room.write('bad.csv', EXAMPLE)
    found = room.json('validate', 'validate', 'good.csv', exit_code=0)
    cd.equal('error', found['error'], None)
    cd.equal('findings', found['files'][0]['findings'], [])
    found = room.json('validate', 'validate', 'bad.csv', 'good.csv',
                      exit_code=65)
    cd.equal('files', [f['path'] for f in found['files']],
             ['bad.csv', 'good.csv'])
    found = room.json('validate', 'validate', 'missing.csv', 'good.csv',
                      exit_code=66)
    error_of(found, 'input')
    cd.equal('files', [f['path'] for f in found['files']], ['good.csv'])
    found = room.json('validate', 'validate', 'bad.csv', 'missing.csv',
                      exit_code=66)
    cd.equal('files', [f['path'] for f in found['files']], ['bad.csv'])


def usage(room):
    for args, text in [
            (['nosuch'], 'no command'),
            (['--json', 'validate', 'x'], 'comes first'),
            (['validate'], 'name a file'),
            (['validate', '--nosuch', 'x'], '--nosuch'),
            (['validate', '-Z', 'x'], '-Z'),
            (['validate', 'x', '--max-findings'], 'a number'),
            (['validate', '--max-findings', 'many', 'x'], 'a number'),
            (['validate', '--bank', 'x', 'x'], 'bank'),
            (['validate', '--log-format', 'xml', 'x'], 'xml'),
            (['validate', '--quiet=yes', 'x'], 'no value'),
            (['run'], 'neither a job'),
            (['run', '--until', 'noon', 'x'], 'noon'),
            (['run', '--wait-lock', 'long', 'x'], 'long'),
            (['follow'], 'name tasks'),
            (['resume', '--resubmit'], 'one run at a time'),
            (['resume', 'x', '--resubmit', '--give-up'], 'one way'),
            (['runs', '--limit', 'few'], 'few'),
            (['show', 'a', 'b'], 'one run at a time'),
            (['config'], 'config init'),
            (['config', 'nosuch'], 'config init'),
            (['explain', 'nosuch'], 'nosuch'),
            (['completion', 'csh'], 'completion does not take'),
            (['sandbox', '--port', 'x'], 'port')]:
        value = room.json('error', *args, exit_code=64)
        error_of(value, 'usage')
        cd.check(text in value['error']['message'],
                 f'"{text}" is not in {value}')


def config_mistakes(room):
    room.write('coupondrop.yaml', 'jobs:\n  j: {sorce: x, bank: y}\n')
    value = room.json('config', 'config', 'check', '--config', room.config,
                      exit_code=78)
    cd.equal('mistakes', [m.split(': ')[0] for m in value['mistakes']],
             [f'{room.config}:2:7', f'{room.config}:2:17'])
    for args in (['validate', 'x'], ['run', '-j', 'j', 'x'], ['status'],
                 ['runs'], ['show'], ['resume'], ['follow', 'p:1'],
                 ['config', 'show']):
        value = room.json('error', *args, '--config', room.config,
                          exit_code=78)
        error_of(value, 'config')
    value = room.json('error', 'run', '-j', 'nix', 'x', exit_code=78)
    cd.check('"nix"' in value['error']['message'] and 'config init' in
             value['error']['message'], f'{value}')
    room.configure({'jobs': {'j': {'schedule': '10 2 * * *'}}})
    value = room.json('config', 'config', 'check', '--config', room.config,
                      exit_code=0)
    cd.check(len(value['notes']) == 1 and 'cron' in value['notes'][0],
             f'{value}')
    ended = room.run('config', 'check', '--config', room.config, exit_code=0)
    cd.check('schedule is checked, but starts nothing' in ended.out,
             f'{ended}')
    room.write('new.yaml', 'jobs: {}\n')
    value = room.json('config', 'config', 'check', '--config', 'new.yaml',
                      exit_code=0)
    cd.equal('error', value['error'], None)
    value = room.json('config', 'config', 'show', exit_code=0)
    cd.equal('path', value['path'], None)


def down(room):
    room.write('key', 'key-of-nobody')
    room.write('good.csv', GOOD)
    room.configure({
        'providers': {'p': {
            'type': 'mapp', 'url': cli.PROVIDER_DOWN, 'api_key_file': 'key',
            'shared_secret_file': 'key'}},
        'jobs': {'j': {'provider': 'p', 'bank': '600', 'timezone': 'UTC',
                       'retries': 0}}})


def provider_down(room):
    down(room)
    config = ['--config', room.config]
    value = room.json('run', 'run', '-j', 'j', 'good.csv', *config,
                      exit_code=69)
    error_of(value, 'connect')
    run = value['runs'][0]
    cd.equal('error of the run', run['error']['word'], 'connect')
    cd.equal('state', run['state'], 'active')
    cd.equal('next', run['next'], [['coupondrop', 'resume', run['run'],
                                   *config]])
    value = room.json('follow', 'follow', 'p:1', *config, '--deadline',
                      '1ms', exit_code=69)
    cd.equal('task', value['tasks'][0]['state'], 'unknown')
    # What the ledger says of it.
    value = room.json('show', 'show', 'last', *config, exit_code=0)
    cd.equal('run', value['runs'][0]['run'], run['run'])
    value = room.json('runs', 'runs', *config, exit_code=0)
    cd.equal('runs', [r['run'] for r in value['runs']], [run['run']])
    value = room.json('status', 'status', *config, exit_code=3)
    cd.equal('needed', value['jobs'][0]['needed'], True)
    value = room.json('run', 'resume', *config, exit_code=69)
    cd.equal('run', value['runs'][0]['run'], run['run'])


def refused_before_sending(room):
    down(room)
    room.write('bad.csv', EXAMPLE)
    config = ['--config', room.config]
    value = room.json('run', 'run', '-j', 'j', 'bad.csv', *config,
                      exit_code=65)
    error_of(value, 'rules')
    run = value['runs'][0]
    cd.equal('state', run['state'], 'rejected')
    cd.equal('outcome', run['outcome'], 'na')
    cd.equal('rejected', run['rows']['rejected'], 1)
    value = room.json('run', 'run', '-j', 'j', 'missing.csv', *config,
                      exit_code=66)
    error_of(value, 'input')
    cd.equal('runs', value['runs'], [])
    value = room.json('error', 'show', 'nosuchrun', *config, exit_code=66)
    error_of(value, 'reference')
    value = room.json('error', 'resume', *config, exit_code=5)
    error_of(value, 'nothing-to-do')
    value = room.json('run', 'run', '-j', 'j', '--until', 'validated',
                      '--max-reject', '1', 'bad.csv', *config, exit_code=0)
    cd.equal('state', value['runs'][0]['state'], 'held')


def no_state(room):
    down(room)
    room.write('state', 'a file is in the way')
    for args in (['run', '-j', 'j', 'good.csv'], ['status'], ['runs'],
                 ['show'], ['resume'], ['follow', 'p:1']):
        value = room.json('error', *args, '--config', room.config,
                          exit_code=73)
        error_of(value, 'cannot-create')


def stopped(room):
    down(room)
    row = b'M746209500,1,2026-01-05\n'
    for number in (signal.SIGTERM, signal.SIGINT):
        for stdin in (b'', HEADER.encode() + row * 4000):
            ended = room.interrupt('validate', '--json', '-', stdin=stdin,
                                   ready=None, number=number)
            value = cli.read_json(ended, 'validate', 128 + number)
            error_of(value, 'stopped')
            cd.equal('files', value['files'], [])
    runs = os.path.join(room.state, 'runs')
    ended = room.interrupt(
        'run', '-j', 'j', '--json', '--config', room.config, '-',
        stdin=HEADER.encode() + row * 4000,
        ready=lambda: os.path.isdir(runs) and any(os.scandir(runs)))
    value = cli.read_json(ended, 'run', 128 + signal.SIGTERM)
    error_of(value, 'stopped')


def success(room):
    room.write('codes.txt', 'M746209500\nM746209501\n')
    room.write('good.csv', GOOD)
    with cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                    ['--queued', '10ms', '--running', '10ms']) as box:
        config = ['--config', box.config]
        value = room.json('run', 'run', '-j', 'demo', 'good.csv', *config,
                          exit_code=0)
        run = value['runs'][0]
        cd.equal('error', [value['error'], run['error']], [None, None])
        cd.equal('rows', run['rows'], {
            'read': 2, 'sent': 2, 'repeated': 0, 'skipped': 0,
            'rejected': 0, 'left_out': 0})
        cd.equal('outcome', run['outcome'], 'ok')
        cd.equal('host', value['host'], os.uname().nodename)
        value = room.json('show', 'show', *config, exit_code=0)
        cd.equal('shown', value['runs'][0]['parts'], run['parts'])
        value = room.json('status', 'status', *config, exit_code=0)
        job = next(j for j in value['jobs'] if j['job'] == 'demo')
        cd.equal('job', job, {**job, 'last': run['run'], 'needed': False,
                              'outcome': 'ok', 'exit': 0})
        task = run['parts'][0]['task']['ref']
        value = room.json('follow', 'follow', task, *config, exit_code=12)
        cd.equal('task', value['tasks'][0]['state'], 'done')
        cd.equal('outcome', value['tasks'][0]['outcome'], 'unconfirmed')
        value = room.json('run', 'run', '-j', 'demo', 'good.csv', *config,
                          exit_code=5)
        error_of(value, 'nothing-to-do')
        room.write('copy.csv', GOOD)
        value = room.json('run', 'run', '-j', 'demo', 'copy.csv', *config,
                          exit_code=6)
        error_of(value, 'repeat')


def words(room):
    ended = room.run('explain', '--json', exit_code=0)
    said = json.loads(ended.stdout)
    cd.equal('schema', said['schema'], 'coupondrop.explain/1')
    for word in said['rules'] + said['errors']:
        one = json.loads(room.run('explain', '--json', word,
                                  exit_code=0).stdout)
        cd.equal('word', one['word'], word)
        cd.check(one['meaning'].endswith('.'), f'{one}')


def lost_output(room):
    room.write('good.csv', GOOD)
    with open('/dev/full', 'wb') as full:
        ended = room.run('validate', '--json', 'good.csv', exit_code=74,
                         stdout=full)
        cd.check('cannot be written' in ended.err or
                 'No space' in ended.err, f'nothing is said: {ended}')


def reader_gone(room):
    """Whoever read the answer has seen enough: nothing is said of it."""
    room.write('good.csv', GOOD)
    for more in [], ['--json']:
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, 'wb') as pipe:
            ended = room.run('validate', *more, 'good.csv', exit_code=74,
                             stdout=pipe)
        cd.equal('said', ended.err, '')


cli.main(validate_example, validate_endings, usage, config_mistakes,
         provider_down, refused_before_sending, no_state, stopped, success,
         words, lost_output,
         reader_gone)
