"""A drop the whole way over a real file server.

100,000 rows of three days go to a bank of 120,000 codes, once packed as zip
and once as gzip.  Afterwards the bank must hold exactly those rows on those
days, the file server nothing, and nobody a secret.
"""

import contextlib
import datetime
import os
import random

import cd

ROWS = 100000
CODES = 120000      # the last 20,000 of them are in no file
DAYS = 3
SAMPLE = 300        # codes looked up per batch of more than 1,000 rows
BANKS = {'zip': 600, 'gzip': 601}
BANK_NAME = 'Autumn 10 %'


class Endpoint:
    """What a test of one server hands over.

    settings: keys of the endpoint in the configuration.  files(): what lies
    on the server.
    sandbox: more flags of the sandbox.  ending: {packing: end of the name of
    staged files}.
    """

    def __init__(self, settings, files, sandbox=(), ending=None):
        self.settings = settings
        self.files = files
        self.sandbox = list(sandbox)
        self.ending = ending or {'zip': '.zip', 'gzip': '.gzip'}


def secret_file(work, name):
    """A file with a new random secret; (path, secret)."""
    secret = 'pw-' + os.urandom(9).hex()
    return cd.write(os.path.join(work, name), secret + '\n', 0o600), secret


def all_codes():
    """Distinct codes whose order says nothing."""
    return [f'AU{n * 7919 % 10 ** 8:08d}' for n in range(CODES)]


def days():
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return [str(today - datetime.timedelta(days=n)) for n in range(1, 4)]


class Drop:
    """The input, and what the bank must look like before and after."""

    def __init__(self, work):
        codes, dates = all_codes(), days()
        self.before = {code: ('0', '') for code in codes}
        self.rows = [(code, dates[n % 7 % DAYS])
                     for n, code in enumerate(codes[:ROWS])]
        random.Random(7).shuffle(self.rows)
        self.after = dict(self.before)
        self.after.update((code, ('1', date)) for code, date in self.rows)
        self.per_day = {date: sum(d == date for _, d in self.rows)
                        for date in dates}
        self.codes = cd.write(os.path.join(work, 'codes.txt'),
                              '\n'.join(sorted(codes)) + '\n')
        self.file = cd.write(
            os.path.join(work, 'redemptions.csv'),
            'coupon_code,redeemed,redeem_date\n' +
            ''.join(f'{code},1,{date}\n' for code, date in self.rows))


def write_config(work, box, settings):
    config = {
        'state_dir': os.path.join(work, 'state'),
        'providers': {'platform': {
            'type': 'mapp',
            'url': box.api,
            'api_key_file': box.api_key_file,
            'shared_secret_file': box.shared_secret_file,
            'poll_first': '20ms',
            'poll_cap': '100ms',
        }},
        'endpoints': {'files': settings},
        'jobs': {packing: {
            'provider': 'platform',
            'endpoint': 'files',
            'bank': bank,
            'bank_name': BANK_NAME,
            'timezone': 'UTC',
            'packing': packing,
        } for packing, bank in BANKS.items()},
    }
    return cd.write(os.path.join(work, 'coupondrop.yaml'), cd.yaml(config))


def check_numbers(run, result):
    want = {
        'state': 'finished', 'outcome': 'ok', 'severity': 'ok', 'exit': 0,
        'rows': {'read': ROWS, 'sent': ROWS, 'repeated': 0, 'skipped': 0,
                 'rejected': 0, 'left_out': 0},
        # A clean sample gives no totals.
        'updated': None, 'failed': 0, 'unaccounted': 0, 'basis': 'sample',
        'error': None, 'retryable': False,
    }
    for key, value in want.items():
        cd.check(run.get(key) == value, f'{key} of the run is '
                 f'{run.get(key)!r}, should be {value!r}: {result}')


def check_parts(run, packing, drop, endpoint):
    per_day = {p['redeem_date']: p['rows'] for p in run['parts']}
    cd.equal('rows of each batch', per_day, drop.per_day)
    for part in run['parts']:
        name = part['artifact']['name']
        cd.check(name.endswith(endpoint.ending[packing]),
                 f'{packing} is staged as {name}')
        cd.equal('address of the upload', part['stage']['url'],
                 f'{endpoint.settings["upload"].rstrip("/")}/{name}')
        got = {
            'redeemed': part['redeemed'], 'state': part['state'],
            'route': part['route'], 'rehearsed': part['rehearsed'],
            'attempts': part['stage']['attempts'],
            'word': part['task']['word'],
            'verify': {**part['verify'], 'bound': None},
        }
        bound = part['verify']['bound']
        cd.check(0 < bound < 0.01, f'{bound} may be missing')
        cd.equal(f'batch of {part["redeem_date"]}', got, {
            'redeemed': 1, 'state': 'done', 'route': 'file',
            'rehearsed': 'full', 'attempts': 1, 'word': 'COMPLETE',
            'verify': {'asked': SAMPLE, 'applied': SAMPLE, 'already': 0,
                       'missing': 0, 'unknown': 0, 'bound': None},
        })


def check_bank(box, packing, want):
    got = box.bank(BANKS[packing])
    wrong = [f'{code}: {got.get(code)}, should be {want.get(code)}'
             for code in sorted(got.keys() | want.keys())
             if got.get(code) != want.get(code)]
    cd.check(not wrong, f'{len(wrong)} wrong codes in the bank of '
             f'{packing}: {"; ".join(wrong[:5])}')


def one_run(work, box, drop, endpoint, packing, secrets):
    config = os.path.join(work, 'coupondrop.yaml')
    result = cd.run_cd(['run', '--config', config, '-j', packing, '--yes',
                        '--json', drop.file], exit_code=0, work=work)
    cd.equal('schema', result.json['schema'], 'coupondrop.run/1')
    cd.equal('exit in the JSON', result.json['exit'], 0)
    cd.equal('number of runs', len(result.json['runs']), 1)
    run = result.json['runs'][0]
    check_numbers(run, result)
    check_parts(run, packing, drop, endpoint)
    check_bank(box, packing, drop.after)
    cd.equal('files left on the server', endpoint.files(), [])
    cd.check_no_secret(secrets, result, os.path.join(work, 'state'))


def live(work, open_endpoint):
    """The test.  open_endpoint(work, stack, secret) starts the servers.

    It enters them into the ExitStack, gets files with new secrets from
    secret(name), and returns an Endpoint.
    """
    drop = Drop(work)
    secrets = []

    def secret(name):
        path, value = secret_file(work, name)
        secrets.append(value)
        return path

    with contextlib.ExitStack() as stack:
        endpoint = open_endpoint(work, stack, secret)
        box = stack.enter_context(cd.Sandbox(
            work, [(bank, BANK_NAME, drop.codes) for bank in BANKS.values()],
            ['--queued', '50ms', '--running', '50ms', *endpoint.sandbox]))
        secrets += box.secrets()
        write_config(work, box, endpoint.settings)
        for packing in BANKS:
            check_bank(box, packing, drop.before)
            one_run(work, box, drop, endpoint, packing, secrets)


def add_ftp_tls(settings, server, mode):
    """Trust server as the mode asks for it; returns flags of the sandbox."""
    if mode == 'ftp':
        return []
    cert = settings['ca_file'] = server.path('cert.pem')
    # In the call, implicit TLS is known by its port only.
    return ['--ca-file', cert] + (
        ['--ftps-port', server.port] if mode == 'ftps' else [])


def proftpd(work, stack, secret, mode):
    """An Endpoint on ProFTPD: ftp, ftpes or ftps.

    Up it goes by the login folder, down by the absolute path.
    """
    password_file = secret('ftp.secret')
    server = stack.enter_context(cd.Server(
        work, 'proftpd', 'ftp', MODE=mode, FTP_USER='drop',
        FTP_PASSWORD=cd.read(password_file).strip()))
    settings = {
        'upload': f'{mode}://drop@127.0.0.1:{server.port}/~/',
        'upload_password_file': password_file,
        'pull': f'{mode}://127.0.0.1:{server.port}{server.root}',
        'pull_user': 'drop',
        'pull_password_file': password_file,
    }
    return Endpoint(settings, server.files,
                    add_ftp_tls(settings, server, mode))


def nginx(work, stack, secret, scheme):
    """An Endpoint on nginx: http or https.

    Up it goes with a password.  The platform's call has no place for a login
    at a web address, so a second server offers the same folder to read.
    """
    tls = '1' if scheme == 'https' else '0'
    password_file = secret('dav.secret')
    up = stack.enter_context(cd.Server(
        work, 'nginx', 'up', TLS=tls, DAV_USER='drop',
        DAV_PASSWORD=cd.read(password_file).strip()))
    pull = stack.enter_context(cd.Server(
        work, 'nginx', 'pull', root=up.root, TLS=tls, DAV_METHODS='off'))
    settings = {
        'upload': f'{scheme}://127.0.0.1:{up.port}',
        'upload_user': 'drop',
        'upload_password_file': password_file,
        'pull': f'{scheme}://127.0.0.1:{pull.port}',
    }
    sandbox = []
    if tls == '1':
        settings['ca_file'] = up.path('cert.pem')
        settings['pull_ca_file'] = pull.path('cert.pem')
        sandbox += ['--ca-file', pull.path('cert.pem')]
    return Endpoint(settings, lambda: up.files(ignore=['small']), sandbox,
                    {'zip': '.zip', 'gzip': ('.csv', '.txt')})


def main(open_endpoint):
    cd.main(lambda work: live(work, open_endpoint))
