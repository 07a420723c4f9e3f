"""What the tests of follow share: a sandbox with a few coupons, a job that
sends to it, and a night of it."""

import cd
from cli import HEADER

CODES = [f'M7462095{n:02d}' for n in range(4)]


def rows(date, *codes):
    return HEADER + ''.join(f'{code},1,{date}\n' for code in codes or CODES)


def sandbox(room, *args):
    room.write('codes.txt', '\n'.join(CODES) + '\n')
    return cd.Sandbox(room.work, [(600, 'Autumn', room.path('codes.txt'))],
                      ['--queued', '10ms', '--running', '10ms', *args])


def configure(room, box, job=(), **providers):
    """The sandbox as provider "good", others with a part of it changed."""
    good = {'type': 'mapp', 'url': box.api, 'poll_first': '20ms',
            'poll_cap': '50ms', 'api_key_file': box.api_key_file,
            'shared_secret_file': box.shared_secret_file}
    room.configure({
        'providers': {**{name: {**good, **more}
                         for name, more in providers.items()}, 'good': good},
        'endpoints': {'files': {'upload': box.url + '/stage',
                                'pull': box.url + '/stage'}},
        'jobs': {'night': {'provider': 'good', 'endpoint': 'files',
                           'bank': 600, 'timezone': 'UTC', 'retries': 0,
                           **dict(job)}}})
    return ['--config', room.config]


def run(room, config, date, *args, exit_code=0):
    name = f'{date}.csv'
    room.write(name, rows(date))
    value = room.json('run', 'run', *(args or ['-j', 'night']), name, *config,
                      exit_code=exit_code)
    return value['runs'][0]
