"""What the cases share: a sandbox with faults, and a client set up for it."""

import csv
import datetime
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import cd  # noqa: E402

BANK = 600
BANK_NAME = 'Autumn 10 %'
ROWS = 40
UPDATE = 'coupon.updateDetails'


def day(n):
    """The date n days ago."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return str(today - datetime.timedelta(days=n))


def codes(count, first=0):
    return [f'AU{n * 7919 % 10 ** 8:08d}'
            for n in range(first, first + count)]


def rows(some, date=None):
    return [(code, date or day(1)) for code in some]


def csv_text(some):
    return 'coupon_code,redeemed,redeem_date\n' + ''.join(
        f'{code},1,{date}\n' for code, date in some)


def rule(do, method=UPDATE, **more):
    return {'method': method, 'do': do, **more}


class Case:
    """One sandbox, one configuration with the jobs "file" and "inline".

    As a context.  faults are rules as `sandbox --faults help` has them; more
    settings go to the provider, the endpoint and both jobs.
    """

    def __init__(self, work, name, faults=(), bank=None, args=(),
                 provider=None, endpoint=None, job=None):
        self.work = os.path.join(work, name)
        os.makedirs(self.work)
        self.in_bank = bank if bank is not None else codes(2 * ROWS)
        self.settings = provider or {}, endpoint or {}, job or {}
        path = cd.write(os.path.join(self.work, 'codes.txt'),
                        '\n'.join(self.in_bank) + '\n')
        flags = ['-v', '--queued', '20ms', '--running', '20ms', *args]
        if faults:
            flags += ['--faults', cd.write(
                os.path.join(self.work, 'faults.json'),
                json.dumps(list(faults)))]
        self.box = cd.Sandbox(self.work, [(BANK, BANK_NAME, path)], flags)
        self.config = os.path.join(self.work, 'coupondrop.yaml')
        self.state = os.path.join(self.work, 'state')

    def __enter__(self):
        self.box.__enter__()
        self.configure()
        return self

    def __exit__(self, *args):
        self.box.__exit__(*args)

    def configure(self):
        provider, endpoint, job = self.settings
        job = {'provider': 'platform', 'bank': BANK, 'timezone': 'UTC',
               'retries': 2, 'retry_first': '1ms', 'settle': '0s',
               'lag': '100ms', **job}
        cd.write(self.config, cd.yaml({
            'state_dir': self.state,
            'providers': {'platform': {
                'type': 'mapp', 'url': self.box.api,
                'api_key_file': self.box.api_key_file,
                'shared_secret_file': self.box.shared_secret_file,
                'poll_first': '20ms', 'poll_cap': '50ms', **provider}},
            'endpoints': {'files': {
                'upload': self.box.url + '/stage',
                'pull': self.box.url + '/stage', **endpoint}},
            'jobs': {'file': {'endpoint': 'files', **job},
                     'inline': job},
        }))

    # the client

    def cd(self, command, *args, exit_code=None, json=True, **more):
        args = [command, '--config', self.config, *args]
        if json:
            args.append('--json')
        result = cd.run_cd(args, exit_code=exit_code, timeout=120,
                           work=self.work, **more)
        self.no_secret(result)
        if json:
            cd.equal(f'exit in the JSON of {result}', result.json['exit'],
                     result.exit)
        return result

    def run(self, path, *args, job='file', exit_code=0, **more):
        return self.cd('run', '-j', job, *args, path, exit_code=exit_code,
                       **more)

    def resume(self, *args, exit_code=0, **more):
        return self.cd('resume', *args, exit_code=exit_code, **more)

    def show(self, ref='last'):
        """What the ledger says of a run."""
        return self.cd('show', ref, exit_code=0).json['runs'][0]

    def start(self, *args, **env):
        """The client at work, its output in files."""
        with open(self.path('out'), 'wb') as out, \
                open(self.path('err'), 'wb') as err:
            return subprocess.Popen(
                [cd.PROGRAM, *args, '--config', self.config],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=cd.environment(self.work, **env))

    def no_secret(self, result):
        for text in (result.stdout, result.stderr):
            cd.check(cd.find_secret(text.encode(), self.box.secrets()) is
                     None, f'a secret in the output: {result}')

    # files

    def path(self, name):
        return os.path.join(self.work, name)

    def drop(self, some, name='drop.csv'):
        """A file with these rows."""
        return cd.write(self.path(name), csv_text(some))

    def staged(self):
        return sorted(os.listdir(os.path.join(self.box.dir, 'state',
                                              'stage')))

    # the platform

    def calls(self, method=UPDATE):
        """How many calls of a method were carried out."""
        return len(re.findall('method="?' + re.escape(method),
                              cd.read(self.box.err)))

    def bank_holds(self, some):
        """The bank has exactly these rows redeemed, all others not."""
        want = {code: ('0', '') for code in self.in_bank}
        want.update((code, ('1', date)) for code, date in some)
        got = self.box.bank(BANK)
        wrong = [f'{code}: {got.get(code)}, should be {want.get(code)}'
                 for code in sorted(got.keys() | want.keys())
                 if got.get(code) != want.get(code)]
        cd.check(not wrong, f'{len(wrong)} wrong codes in the bank: '
                 f'{"; ".join(wrong[:5])}')

    def post(self, arguments, method=UPDATE, key=None):
        """A call made by hand; the answer as a tree."""
        api_key, secret = self.box.secrets()
        api = ET.Element('api')
        auth = ET.SubElement(api, 'authentication')
        ET.SubElement(auth, 'api_key').text = key or api_key
        ET.SubElement(auth, 'shared_secret').text = secret
        ET.SubElement(auth, 'response_type').text = 'xml'
        call = ET.SubElement(ET.SubElement(api, 'data'), 'methodCall')
        ET.SubElement(call, 'methodName').text = method
        for name, value in arguments:
            ET.SubElement(call, name).text = str(value)
        body = urllib.parse.urlencode({'data': ET.tostring(
            api, encoding='unicode')}).encode()
        with urllib.request.urlopen(self.box.api, body, timeout=60) as answer:
            cd.equal('status of the answer', answer.status, 200)
            return ET.fromstring(answer.read())

    def put(self, name, data):
        """A file on the sandbox's file server; its address."""
        url = f'{self.box.url}/stage/{name}'
        request = urllib.request.Request(url, data, method='PUT')
        with urllib.request.urlopen(request, timeout=60):
            return url


def until(what, condition, seconds=60):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise cd.Failure(f'{what}: not within {seconds} s')


def writes(process, where, least=1):
    """Whether it has a file open for writing there, named or not yet."""
    try:
        for fd in os.listdir(f'/proc/{process.pid}/fd'):
            path = f'/proc/{process.pid}/fd/{fd}'
            name = os.readlink(path)
            if name.startswith(where) and ('.stdin.' in name or
                                           '(deleted)' in name):
                return os.stat(path).st_size >= least
    except FileNotFoundError:
        pass
    return False


def expect(what, run, **want):
    """The named members of a JSON object have these values."""
    got = {key: run[key] for key in want}
    cd.equal(what, got, want)


def error_word(item):
    return item['error'] and item['error']['word']


def refused_rows(run, want):
    """The file of refused rows has exactly these."""
    with open(run['files']['failed'], encoding='utf-8', newline='') as f:
        got = list(csv.reader(f))
    cd.equal('head of the refused rows', got[0],
             ['coupon_code', 'redeemed', 'redeem_date'])
    cd.equal('refused rows', sorted(map(tuple, got[1:])),
             sorted((code, '1', date) for code, date in want))


def main(*tests):
    """Run each test(folder) in a folder of its own."""
    cd.main_each(tests, str)
