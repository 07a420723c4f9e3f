#!/usr/bin/env python3
"""When jobs are due: with their zones and reasons, and what is no schedule."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402
import cli  # noqa: E402


def jobs(room, **schedules):
    job = {'source': room.path('x-*.csv'), 'provider': 'p', 'bank': 600}
    room.configure({
        'providers': {'p': {'type': 'mapp', 'url': 'http://127.0.0.1:9/',
                            'api_key_env': 'A', 'shared_secret_env': 'B'}},
        'jobs': {name: {**job, **({'schedule': text} if text else {}),
                        'timezone': 'Europe/Berlin'}
                 for name, text in schedules.items()}})
    return '--config', room.config


def due(room):
    """The next five nights of a job, all after now, on its clocks."""
    config = jobs(room, nightly='10 2 * * *', hand=None)
    now = datetime.datetime.now(datetime.timezone.utc)
    ended = room.run('schedule', 'nightly', '--json', *config)
    job, = cli.read_json(ended, 'schedule', 0)['jobs']
    cd.equal('zone', job['zone'], 'Europe/Berlin')
    cd.equal('lines', len(job['due']), 5)
    before = now
    for one in job['due']:
        at = datetime.datetime.fromisoformat(one['at'])
        cd.check(at > before and (at - before).total_seconds() < 91000,
                 f'{at} after {before}')
        cd.equal('time of day', one['local'][11:], '02:10')
        before = at
    text = room.run('schedule', 'nightly', '-n', 2, *config,
                    exit_code=0).out.splitlines()
    cd.equal('lines', len(text), 3)
    for line, one in zip(text[1:], job['due']):
        day = datetime.datetime.fromisoformat(one['local']).strftime('%a')
        cd.equal('line', line.split(), ['nightly', day, *one['local'].split(),
                                        'Europe/Berlin'])
    text = room.run('schedule', *config, exit_code=0).out.splitlines()
    cd.equal('one each', [line.split()[0] for line in text],
             ['JOB', 'nightly', 'hand'])
    cd.check('no schedule' in text[2], text[2])


def gap(room):
    """A time of day that clocks leave out is told with what replaces it."""
    config = jobs(room, spring='30 2 25-31 3 *')
    ended = room.run('schedule', 'spring', '-n', 7, '--json', *config)
    moved = [one for one in cli.read_json(ended, 'schedule', 0)['jobs'][0][
        'due'] if one['moved_from']]
    cd.equal('moved', len(moved), 1)
    cd.equal('from', moved[0]['moved_from'][11:], '02:30')
    cd.equal('to', moved[0]['local'][11:], '03:00')
    text = room.run('schedule', 'spring', '-n', 7, *config, exit_code=0).out
    cd.equal('told', [line for line in text.splitlines() if 'exist' in line],
             [f'spring       Sun {moved[0]["local"]}  Europe/Berlin; 02:30 '
              'does not exist there'])


def wrong(room):
    for text, said in (('0 2 31 feb *', 'never comes'),
                       ('60 2 * * *', 'the minute is "60"'),
                       ('@reboot', '@daily')):
        config = jobs(room, odd=text)
        for command in (('schedule',), ('config', 'check')):
            ended = room.run(*command, *config, exit_code=78)
            cd.check(said in ended.err, f'{said} is not said: {ended}')
    config = jobs(room, nightly='@daily')
    for args, code, said in ((['nope'], 78, 'no job "nope"'),
                             (['nightly', 'x'], 64, 'one job'),
                             (['-n', '0'], 64, 'shows nothing'),
                             (['-n', '1001'], 64, 'up to 1000')):
        ended = room.run('schedule', *args, *config, exit_code=code)
        cd.check(said in ended.err, f'{said} is not said: {ended}')
    room.configure({})
    ended = room.run('schedule', '--config', room.config, exit_code=78)
    cd.check('no job is configured' in ended.err, str(ended))


cli.main(due, gap, wrong)
