"""A small drop: a few hundred codes, for tests that need many runs."""

import os

import cd

BANK = 600
ROWS = 300


class Small:
    """A sandbox with one bank, and a configuration with one job, "job".

    settings are the keys of the endpoint "files", job those of the job beyond
    the usual ones; sandbox are more flags of the sandbox; digits says how long
    codes are, bank how many it has.
    """

    def __init__(self, work, stack, settings, job=None, sandbox=(),
                 digits=7, bank=10000):
        self.work = work
        self.rows = 0
        self.digits = digits
        codes = cd.write(os.path.join(work, 'codes.txt'), ''.join(
            f'{self.code(n)}\n' for n in range(bank)))
        self.box = stack.enter_context(cd.Sandbox(
            work, [(BANK, 'Small', codes)],
            ['--queued', '1ms', '--running', '1ms', *sandbox]))
        self.config = {
            'state_dir': os.path.join(work, 'state'),
            'providers': {'platform': {
                'type': 'mapp', 'url': self.box.api,
                'api_key_file': self.box.api_key_file,
                'shared_secret_file': self.box.shared_secret_file,
                'poll_first': '10ms', 'poll_cap': '50ms',
            }},
            'endpoints': {'files': settings},
            'jobs': {'job': {
                'provider': 'platform', 'endpoint': 'files', 'bank': BANK,
                'timezone': 'UTC', 'verify': 'off', **(job or {}),
            }},
        }
        self.path = os.path.join(work, 'coupondrop.yaml')
        self.save()

    def code(self, n):
        """The n-th code of the bank."""
        return f'SM{n:0{self.digits}d}'

    def save(self):
        """Write the configuration as it is now."""
        cd.write(self.path, cd.yaml(self.config))

    def file(self, rows=ROWS):
        """A new file with codes that no file had before."""
        first, self.rows = self.rows, self.rows + rows
        return cd.write(
            os.path.join(self.work, f'small-{first}.csv'),
            'coupon_code,redeemed,redeem_date\n' + ''.join(
                f'{self.code(n)},1,2026-01-15\n'
                for n in range(first, self.rows)))

    def call(self, *args, **more):
        """Run a command with this configuration."""
        return cd.run_cd([args[0], '--config', self.path, *args[1:]],
                         work=self.work, **more)

    def run(self, *args, rows=ROWS, **more):
        """run -j job on a new file, as JSON."""
        return self.call('run', '-j', 'job', '--yes', '--json', *args,
                         self.file(rows), **more)
